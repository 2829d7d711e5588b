/** A program for a bundler: an error of a reader, and a signature and a login with the virtual card. */
import { createLoginToken, JpkiApplet, listReaders, verifyLoginToken } from 'jpki-card';
import { VIRTUAL_PINS, VirtualCard } from 'jpki-card/virtual';

async function main() {
  const reader = await listReaders().catch((error) => error.code);
  const applet = await JpkiApplet.select((await VirtualCard.issue()).connect());
  await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  const { length: signed } = await applet.sign('auth', new Uint8Array([1, 2, 3]));
  const challenge = { audience: 'https://service.example.jp', nonce: 'b7f3' };
  const token = await createLoginToken(applet, challenge);
  const ca = await applet.readCertificate('auth-ca');
  const anchors = [{ name: 'virtual card', purpose: 'auth', sha256: ca.fingerprintSha256 }];
  const { valid: login } = await verifyLoginToken(token, { ...challenge, anchors });
  await applet.close();
  console.log(JSON.stringify({ signed, login, reader }));
}

// No `await` here: a bundle in CommonJS has none at the top.
void main();
