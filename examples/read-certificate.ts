/**
 * A certificate: summary and PEM; with --holder the person a signature certificate names.
 *
 *   npx tsx examples/read-certificate.ts auth|sign|auth-ca|sign-ca [--holder] [--virtual]
 */
import { type CertificateFile, verifyCertificate } from 'jpki-card';
import { askPin, openCard, operands, run, trustAnchors, usage } from './support.js';

const FILES: readonly CertificateFile[] = ['auth', 'sign', 'auth-ca', 'sign-ca'];

await run(async () => {
  const file = FILES.find((name) => name === operands[0]);
  if (file === undefined) return usage(`${FILES.join('|')} [--holder]`);
  await using applet = await openCard();
  if (file === 'sign') await applet.verifyPin('sign', await askPin('sign'));
  const certificate = await applet.readCertificate(file);
  console.log(`subject     ${certificate.subject}`);
  console.log(`issuer      ${certificate.issuer}`);
  console.log(`serial      ${certificate.serialNumber}`);
  console.log(`valid       ${certificate.notBefore.toISOString()} to ${certificate.notAfter.toISOString()}`);
  console.log(`hierarchy   ${certificate.hierarchy}`);
  console.log(`SHA-256     ${certificate.fingerprintSha256}`);

  if (file === 'auth' || file === 'sign') {
    const issuer = await applet.readCertificate(`${file}-ca`);
    const anchors = await trustAnchors(applet, file);
    const verdict = await verifyCertificate(certificate, { purpose: file, issuer, anchors });
    console.log(`verdict     ${verdict.summary.en}`);
  }
  if (process.argv.includes('--holder') && certificate.holder !== undefined) {
    const { name, birthDate, sex, address } = certificate.holder;
    console.log(`holder      ${name}, ${birthDate.iso ?? 'birth date not fully known'}, ${sex}, ${address}`);
  }
  console.log(certificate.toPem());
});
