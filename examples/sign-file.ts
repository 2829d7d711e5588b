/**
 * Signs a file with the signature key: FILE.p7s, a detached CMS signature. The file may be of any size.
 *
 *   npx tsx examples/sign-file.ts FILE [--virtual]
 */
import { createReadStream } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { signCms } from 'jpki-card/cms';
import { askPin, openCard, operands, run, usage } from './support.js';

await run(async () => {
  const [file] = operands;
  if (file === undefined) return usage('FILE');
  // Before the PIN is asked for.
  await access(file);
  await using applet = await openCard();
  await applet.verifyPin('sign', await askPin('sign'));
  const signature = await signCms(applet, createReadStream(file), { detached: true });
  await writeFile(`${file}.p7s`, signature);

  const { holder, notAfter } = await applet.readCertificate('sign');
  console.log(`${file}.p7s`);
  console.log(`signed by   ${holder?.name}, certificate valid to ${notAfter.toISOString().slice(0, 10)}`);
  console.log(
    'It holds the name, sex, date of birth and address of the signer: give it only to those who may know.',
  );
});
