/**
 * Records a status and certificate read of a card, with everything personal replaced, to contribute or to debug with.
 *
 *   npx tsx examples/record.ts FILE.txt [--virtual]
 */
import { writeFile } from 'node:fs/promises';
import { JpkiApplet } from 'jpki-card';
import { recordTranscript } from 'jpki-card/transcript';
import { connect, operands, run, usage } from './support.js';

await run(async () => {
  const [file] = operands;
  if (file === undefined) return usage('FILE.txt');
  const recording = recordTranscript(await connect());
  const applet = await JpkiApplet.select(recording);
  try {
    await applet.readTokenInfo();
    await applet.readCertificateAvailability();
    await applet.readStatus();
    await applet.readCertificateDer('auth');
    await applet.readCertificateDer('auth-ca');
  } finally {
    await applet.close();
    // Also when something failed: that is when a transcript is wanted most. A new file, for its owner alone.
    await writeFile(file, recording.text(), { flag: 'wx', mode: 0o600 });
  }
  console.log(
    `Saved ${file}. PINs and personal data are not in it; read it through before you give it away.`,
  );
});
