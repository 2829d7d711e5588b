/**
 * What a holder needs to know about a card, without any PIN.
 *
 *   npx tsx examples/status.ts              a card in a reader
 *   npx tsx examples/status.ts --virtual    a virtual card, no reader needed
 */
import { verifyCertificate } from 'jpki-card';
import { isVirtual, openCard, run, trustAnchors } from './support.js';

await run(async () => {
  await using applet = await openCard();
  const token = await applet.readTokenInfo();
  const { pins } = await applet.readStatus();
  const present = await applet.readCertificateAvailability();

  console.log(`reader          ${applet.connection.readerName}${isVirtual ? ' (not a real card)' : ''}`);
  console.log(`card            ${token.kind} (${token.label})`);
  for (const { role, triesLeft, maxTries, locked } of [pins.auth, pins.sign]) {
    const left = locked ? 'locked' : `${triesLeft ?? 'unknown'} of ${maxTries} tries left`;
    console.log(`PIN ${role}        ${left}`);
  }
  console.log(`certificates    auth ${yesNo(present.auth)}, sign ${yesNo(present.sign)}`);
  if (!present.auth) return;

  const certificate = await applet.readCertificate('auth');
  const issuer = await applet.readCertificate('auth-ca');
  const verdict = await verifyCertificate(certificate, {
    purpose: 'auth',
    issuer,
    anchors: await trustAnchors(applet, 'auth'),
  });
  console.log(
    `auth valid      ${day(certificate.notBefore)} to ${day(certificate.notAfter)}, ${certificate.daysLeft()} days left`,
  );
  console.log(`auth issuer     ${certificate.issuer}`);
  console.log(`verdict         ${verdict.summary.en}`);
});

function yesNo(present: boolean): string {
  return present ? 'present' : 'absent';
}

function day(date: Date): string {
  return date.toLocaleDateString('sv-SE', { timeZone: 'Asia/Tokyo' });
}
