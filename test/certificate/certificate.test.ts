import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import * as pkijs from 'pkijs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/bytes.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { JpkiError } from '../../src/errors.js';
import { leaf } from './support.js';
import { OPENSSL_AUTH, OPENSSL_AUTH_CA, OPENSSL_SIGN, OPENSSL_SIGN_CA } from './vectors.js';

const sign = JpkiCertificate.parse(OPENSSL_SIGN);
const auth = JpkiCertificate.parse(OPENSSL_AUTH);

describe('a signature certificate made by openssl', () => {
  it('says what openssl says of it', () => {
    expect(String(sign.subject)).toBe('C=JP, L=Kakuu-ken, L=Mihon-shi, CN=2026040112345600000002T');
    expect(String(sign.issuer)).toBe(
      'C=JP, O=JPKI-OPENSSL (NOT REAL), OU=JPKI for digital signature, OU=made by openssl for a test',
    );
    expect(sign.subject.getAll('L')).toEqual(['Kakuu-ken', 'Mihon-shi']);
    expect(sign.serialNumber).toBe('a1b2c3d4');
    expect(sign.notBefore).toEqual(new Date('2026-04-01T00:00:00Z'));
    expect(sign.notAfter).toEqual(new Date('2030-04-15T14:59:59Z'));
    expect(sign.keyUsage).toEqual(['digitalSignature', 'nonRepudiation']);
    expect(sign.policy).toBe('1.2.392.200149.8.5.1.1.20');
    expect(sign.isCa).toBe(false);
    expect(sign.subjectKeyIdentifier).toBe('b050e293d34b351598875cbd335de003b483799f');
    expect(sign.authorityKeyIdentifier).toBe('139bbe1cd38a5d48f151ed2cccfe97e84af757a4');
    expect(sign.fingerprintSha256).toBe('6befe642f655b740cb2932eab3468df67d5559f045424205351c795bb8ad8337');
  });

  it('is for signing, by its policy and key usage', () => {
    expect(sign.role).toBe('sign');
    expect(auth.role).toBe('auth');
    expect(JpkiCertificate.parse(OPENSSL_SIGN_CA).role).toBeUndefined();
  });

  it('names its holder, with the substitute character and the unknown day', () => {
    expect(sign.holder).toMatchObject({
      name: '仮想　見本子',
      nameSubstitutes: [{ index: 3, character: '見' }],
      sex: 'female',
      birthDate: { iso: undefined, year: 2001, month: 4, day: undefined, eraYear: 13, unknown: ['day'] },
      address: '架空県見本市例示町一丁目２番３号　架空荘１０１',
      addressSubstitutes: [],
    });
  });

  it('does not show its holder when it is logged or written as JSON', () => {
    expect(JSON.stringify(sign)).not.toContain('見本子');
    expect(Object.keys(sign)).not.toContain('holder');
  });
});

describe('a certificate', () => {
  it('of user authentication names nobody', () => {
    expect(auth.holder).toBeUndefined();
  });

  it('after 2049 has its date from GeneralizedTime', () => {
    expect(auth.notAfter).toEqual(new Date('2055-04-15T14:59:59Z'));
  });

  it('claims the hierarchy that its issuer is named after', () => {
    const issuedBy = (organization: string, unit: string) =>
      JpkiCertificate.parse(
        leaf('auth', {
          issuer: [
            ['C', 'JP'],
            ['O', organization],
            ['OU', unit],
          ],
        }),
      ).hierarchy;
    expect(issuedBy('JPKI', 'JPKI for user authentication')).toBe('production');
    expect(issuedBy('JPKI-TEST', 'JPKI for digital signature')).toBe('test');
    expect(issuedBy('JPKI', 'another unit')).toBe('other');
    expect(issuedBy('JPKI-VIRTUAL', 'JPKI for user authentication')).toBe('other');
    expect(sign.hierarchy).toBe('other');
  });

  it('is valid from the first second to the last one', () => {
    expect(sign.isValidAt(new Date('2026-03-31T23:59:59.999Z'))).toBe(false);
    expect(sign.isValidAt(new Date('2026-04-01T00:00:00Z'))).toBe(true);
    expect(sign.isValidAt(new Date('2030-04-15T14:59:59.999Z'))).toBe(true);
    expect(sign.isValidAt(new Date('2030-04-15T15:00:00Z'))).toBe(false);
  });

  it('counts whole days to its end', () => {
    expect(sign.daysLeft(new Date('2030-04-13T14:59:59Z'))).toBe(2);
    expect(sign.daysLeft(new Date('2030-04-15T00:00:00Z'))).toBe(0);
    expect(sign.daysLeft(new Date('2030-04-15T15:00:00Z'))).toBe(-1);
  });

  it('cannot be changed from outside', () => {
    const source = OPENSSL_SIGN.slice();
    const certificate = JpkiCertificate.parse(source);
    source.fill(0);
    certificate.der.fill(0);
    certificate.spki.fill(0);
    certificate.subject.der.fill(0);
    certificate.notAfter.setFullYear(1990);
    expect(certificate.der).toEqual(OPENSSL_SIGN);
    expect(certificate.spki).toEqual(sign.spki);
    expect(certificate.subject.der).toEqual(sign.subject.der);
    expect(certificate.notAfter).toEqual(sign.notAfter);
    expect(() => Object.assign(certificate, { role: 'auth' })).toThrow(TypeError);
    expect(() => Object.assign(certificate.holder ?? {}, { name: '' })).toThrow(TypeError);
  });

  it('keeps its own copy when it is read from a Buffer', () => {
    const source = Buffer.from(OPENSSL_SIGN);
    const certificate = JpkiCertificate.parse(source);
    source.fill(0);
    expect(certificate.der).toEqual(OPENSSL_SIGN);
  });

  it('gives its key to WebCrypto, also for RSASSA-PSS, and says when it cannot', async () => {
    expect((await auth.importPublicKey()).algorithm).toMatchObject({
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
    });
    const pss = await auth.importPublicKey({ name: 'RSA-PSS', hash: 'SHA-256' });
    expect(pss.usages).toEqual(['verify']);
    const wrong = auth.importPublicKey({ name: 'ECDSA', hash: 'SHA-256' });
    await expect(wrong).rejects.toMatchObject({ name: 'JpkiError', code: 'INVALID_ARGUMENT' });
  });
});

describe('a certificate for other libraries', () => {
  it.each([
    ['sign', OPENSSL_SIGN],
    ['sign-ca', OPENSSL_SIGN_CA],
    ['auth', OPENSSL_AUTH],
    ['auth-ca', OPENSSL_AUTH_CA],
  ])('%s is the same one in node:crypto, pkijs and node-forge', (_, der) => {
    const certificate = JpkiCertificate.parse(der);
    const node = new X509Certificate(certificate.der);
    expect(node.serialNumber.toLowerCase()).toBe(certificate.serialNumber);
    expect(node.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(certificate.fingerprintSha256);
    expect(node.toString()).toBe(certificate.toPem());

    const ofPkijs = certificate.toPkijs(pkijs);
    expect(ofPkijs).toBeInstanceOf(pkijs.Certificate);
    expect(new Uint8Array(ofPkijs.toSchema().toBER())).toEqual(der);
    expect(ofPkijs.notAfter.value).toEqual(certificate.notAfter);

    const ofForge = certificate.toForge(forge);
    expect(ofForge.validity.notAfter).toEqual(certificate.notAfter);
    expect(forge.pki.certificateToPem(ofForge).replaceAll('\r', '')).toBe(certificate.toPem());
  });

  it('is refused with UNSUPPORTED where node-forge cannot hold its key', () => {
    expect(() => JpkiCertificate.parse(withOtherKeyType(OPENSSL_AUTH)).toForge(forge)).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
  });
});

describe('what is no certificate', () => {
  it.each([
    ['nothing', new Uint8Array()],
    ['a text', new TextEncoder().encode('-----BEGIN CERTIFICATE-----')],
    ['an empty SEQUENCE', Uint8Array.of(0x30, 0)],
    ['bytes after a certificate', Uint8Array.of(...OPENSSL_AUTH, 0)],
    ['more than 64 KB', new Uint8Array(65_537)],
  ])('%s is CERTIFICATE_INVALID', (_, bytes) => {
    expect(() => JpkiCertificate.parse(bytes)).toThrow(
      expect.objectContaining({ name: 'JpkiError', code: 'CERTIFICATE_INVALID' }),
    );
  });

  it('says in both languages what is wrong with it', () => {
    try {
      JpkiCertificate.parse(Uint8Array.of(...OPENSSL_AUTH, 0));
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof JpkiError)) throw error;
      expect(error.message).toContain('bytes follow the end');
      expect(error.inLanguage('ja').message).toContain('電子証明書');
    }
  });

  it('PEM given as a string is refused as well', () => {
    // @ts-expect-error: what a JavaScript caller may do
    expect(() => JpkiCertificate.parse(sign.toPem())).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

/** Changes the object identifier of the key's algorithm to one that does not exist. */
function withOtherKeyType(der: Uint8Array): Uint8Array {
  const rsaEncryption = fromHex('06092a864886f70d010101') ?? new Uint8Array();
  const patched = Buffer.from(der);
  patched[patched.indexOf(rsaEncryption) + rsaEncryption.length - 1] = 0x63;
  return patched;
}
