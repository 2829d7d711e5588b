/**
 * What a holder needs to know about a card, without any PIN.
 *
 *   npx tsx examples/status.ts              a card in a reader
 *   npx tsx examples/status.ts --virtual    a virtual card, no reader needed
 */
import { certificateExpiry, verifyCertificate } from 'jpki-card';
import { isVirtual, openCard, run, trustAnchors } from './support.js';

await run(async () => {
  await using applet = await openCard();
  const token = await applet.readTokenInfo();
  const { pins } = await applet.readStatus();
  const present = await applet.readCertificateAvailability();

  console.log(`reader          ${applet.connection.readerName}${isVirtual ? ' (not a real card)' : ''}`);
  console.log(`card            ${token.kind} (${token.label})`);
  for (const { role, triesLeft, maxTries, locked } of [pins.auth, pins.sign])
    console.log(
      `PIN ${role.padEnd(12)}${locked ? 'locked' : `${triesLeft ?? 'unknown'} of ${maxTries} tries left`}`,
    );
  console.log(`certificates    auth ${present.auth ? 'yes' : 'no'}, sign ${present.sign ? 'yes' : 'no'}`);
  if (!present.auth) return;

  const certificate = await applet.readCertificate('auth');
  const issuer = await applet.readCertificate('auth-ca');
  const anchors = await trustAnchors(applet, 'auth');
  const verdict = await verifyCertificate(certificate, { purpose: 'auth', issuer, anchors });
  console.log(`auth until      ${certificate.notAfter.toISOString()}, ${certificate.daysLeft()} days left`);
  for (const { text } of certificateExpiry(certificate).remarks) console.log(`                ${text.en}`);
  console.log(`auth issuer     ${certificate.issuer}`);
  console.log(`verdict         ${verdict.summary.en}`);
});
