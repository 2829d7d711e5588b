/**
 * Checks a detached CMS signature (default FILE.p7s). Needs no card and no reader. With --virtual it believes the CA
 * certificate in the signature itself, which proves nothing and is good for trying things out. A PDF that is signed inside
 * itself is judged by `verifyPdf`: `jpki verify FILE.pdf`.
 *
 *   npx tsx examples/verify-file.ts FILE [SIGNATURE] [--virtual]
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { TrustAnchor } from 'jpki-card';
import { type CmsVerdict, verifyCms } from 'jpki-card/cms';
import { isVirtual, operands, run, usage } from './support.js';

function anchorsIn({ signers }: CmsVerdict): TrustAnchor[] {
  const issuers = signers.flatMap(({ certificateVerdict }) => certificateVerdict?.issuer ?? []);
  const name = 'virtual card, not real';
  return issuers.map(({ fingerprintSha256 }) => ({ name, purpose: 'sign', sha256: fingerprintSha256 }));
}

await run(async () => {
  const [file, signatureFile = `${file}.p7s`] = operands;
  if (file === undefined) return usage('FILE [SIGNATURE]');
  const signature = await readFile(signatureFile);
  const anchors = isVirtual ? anchorsIn(await verifyCms(signature)) : undefined;
  const verdict = await verifyCms(signature, { content: createReadStream(file), anchors });

  console.log(verdict.valid ? 'The signature is good.' : 'DO NOT RELY ON THIS SIGNATURE.');
  for (const { code, text } of verdict.findings) console.log(`problem     ${text.en} [${code}]`);
  for (const signer of verdict.signers) {
    const name = signer.certificate?.holder?.name ?? signer.certificate?.subject ?? 'nobody in the file';
    console.log(`${signer.valid ? 'signed by  ' : 'NOT PROVEN '} ${name}`);
    console.log(`time        ${signer.signingTime?.toISOString() ?? 'none'}, as the signer says`);
    if (signer.valid) console.log(`certificate ${signer.certificateVerdict.summary.en}`);
  }
  if (!verdict.valid) process.exitCode = 1;
});
