/**
 * Signs a PDF with the signature key, inside itself: contract-signed.pdf, which is then judged.
 *
 *   npx tsx examples/sign-pdf.ts contract.pdf [--virtual]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { signPdf, verifyPdf } from 'jpki-card/pdf';
import { askPin, openCard, operands, run, trustAnchors, usage } from './support.js';

await run(async () => {
  const [file] = operands;
  if (file === undefined) return usage('FILE.pdf');
  const pdf = await readFile(file);
  await using applet = await openCard();
  // Asked for when everything else is ready.
  const signed = await signPdf(applet, pdf, { pin: () => askPin('sign') });
  const target = `${file.replace(/\.pdf$/i, '')}-signed.pdf`;
  await writeFile(target, signed);

  const verdict = await verifyPdf(signed, { anchors: await trustAnchors(applet, 'sign') });
  for (const { field, claimedName, coversWholeFile } of verdict.signatures)
    console.log(
      `${field}: ${claimedName}, over ${coversWholeFile ? 'the whole file' : 'an earlier state of it'}`,
    );
  for (const { code, text } of verdict.findings) console.log(`problem ${text.en} [${code}]`);
  console.log(
    verdict.valid ? `${target} is good; whether a certificate was revoked was not checked.` : target,
  );
  if (!verdict.valid) process.exitCode = 1;
});
