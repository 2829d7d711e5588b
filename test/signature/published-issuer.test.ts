/** The CAs of J-LIS issue nothing for a test: those of the virtual card stand in for them, in the anchors and in the package. */
import { expect, it, vi } from 'vitest';
import { issuerOf } from '../../src/signature/card-signature.js';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import { signJws } from '../../src/signature/index.js';
import { PassThrough } from '../support/connections.js';
import { authority, CONTENT, codes, craftCms, openCard, signerOf } from './support.js';

vi.mock('../../src/certificate/jlis-ca.js', async () => {
  const { authority } = (await import('../support/issued.js')).saved();
  const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64');
  return {
    JLIS_CA_CERTIFICATES: {
      signca09: base64(authority.sign.certificate),
      authca09: base64(authority.auth.certificate),
    },
  };
});

vi.mock('../../src/certificate/trust-anchors.js', async (original) => {
  const { createHash, X509Certificate } = await import('node:crypto');
  const { authority } = (await import('../support/issued.js')).saved();
  const JLIS_TRUST_ANCHORS = (['sign', 'auth'] as const).map((purpose) => {
    const { certificate } = authority[purpose];
    // In DER: the extension's object identifier, and an OCTET STRING in an OCTET STRING (RFC 5280 section 4.2.1.2).
    const [, subjectKeyIdentifier] =
      /0603551d0e0416041(?:4)(.{40})/.exec(Buffer.from(certificate).toString('hex')) ?? [];
    const serialNumber = new X509Certificate(certificate).serialNumber;
    const sha256 = createHash('sha256').update(certificate).digest('hex');
    return { name: `${purpose}ca09`, purpose, sha256, subjectKeyIdentifier, serialNumber };
  });
  return { ...(await original<object>()), JLIS_TRUST_ANCHORS };
});

/** Which file each command on the card is about: READ BINARY by short identifier, or SELECT (docs/card.md section 4). */
async function signing(sign: (applet: Awaited<ReturnType<typeof openCard>>) => Promise<unknown>) {
  const commands: string[] = [];
  class Counted extends PassThrough {
    override transmit(command: Uint8Array): Promise<Uint8Array> {
      commands.push(Buffer.from(command).toString('hex'));
      return super.transmit(command);
    }
  }
  const applet = await openCard((connection) => new Counted(connection));
  commands.length = 0;
  await sign(applet);
  return commands;
}

const good = signerOf('sign');

it('a message without its CA certificate is valid when J-LIS has published it', async () => {
  const verdict = await verifyCms(await craftCms({ certificates: [good.certificate] }));
  expect(verdict).toMatchObject({
    valid: true,
    signers: [{ certificateVerdict: { anchor: { name: 'signca09' } } }],
  });
});

it('a published CA certificate is not believed by whoever names other anchors', async () => {
  const cms = await craftCms({ certificates: [good.certificate] });
  expect(codes(await verifyCms(cms, { anchors: [] }))).toEqual(['ISSUER_MISSING']);
});

it('the card is not read for a CA certificate that is published, where nothing else depends on it', async () => {
  const cms = await signing((applet) => signCms(applet, CONTENT, { role: 'auth', pin: '1234' }));
  // Counter, VERIFY, the certificate in one exchange, and the signature.
  expect(cms).toHaveLength(4);
  expect(await signing((applet) => signJws(applet, 'auth', 'x', { pin: '1234' }))).toHaveLength(4);
});

it('the message has the published certificate in place of the copy on the card', async () => {
  const applet = await openCard();
  const cms = await signCms(applet, CONTENT, { role: 'auth', pin: '1234' });
  expect(Buffer.from(cms).includes(Buffer.from(authority.auth.certificate))).toBe(true);
});

it('a certificate that only names a published CA, which did not issue it, goes with the copy on the card', async () => {
  const { JpkiCertificate } = await import('../../src/certificate/index.js');
  const changed = new Uint8Array(good.certificate);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  const read = vi.fn(async () => JpkiCertificate.parse(good.ca));
  const issuer = (der: Uint8Array) =>
    issuerOf(JpkiCertificate.parse(der), { readCertificate: read }, 'sign', {});
  await issuer(good.certificate);
  expect(read).not.toHaveBeenCalled();
  await issuer(changed);
  expect(read).toHaveBeenCalledExactlyOnceWith('sign-ca', {});
});
