import * as pkijs from 'pkijs';
import { beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { fifthBirthday, type IssuedCredentials, issueCredentials } from '../../src/virtual/issuance.js';

const ISSUED = new Date('2026-04-01T03:00:00Z');

describe('the end of validity', () => {
  it.each([
    ['the birthday comes later in the year', '420010415', '2026-04-01T03:00:00Z', '2030-04-15T14:59:59Z'],
    ['the birthday is over', '420010415', '2026-04-16T03:00:00Z', '2031-04-15T14:59:59Z'],
    ['it is issued on the birthday', '420010415', '2026-04-15T03:00:00Z', '2031-04-15T14:59:59Z'],
    ['it is already the birthday in Japan', '420010415', '2026-04-14T15:00:00Z', '2031-04-15T14:59:59Z'],
    ['it is still the day before in Japan', '420010415', '2026-04-14T14:59:59Z', '2030-04-15T14:59:59Z'],
    ['29 February falls on the 28th', '420000229', '2026-02-01T03:00:00Z', '2030-02-28T14:59:59Z'],
    ['29 February is there in that year', '420000229', '2023-12-01T03:00:00Z', '2028-02-29T14:59:59Z'],
    ['the day of birth is unknown', '319500400', '2026-04-01T03:00:00Z', '2031-04-01T14:59:59Z'],
    ['nothing is known', '000000000', '2026-04-01T03:00:00Z', '2031-04-01T14:59:59Z'],
    ['the year is unknown', '300000415', '2026-04-01T03:00:00Z', '2030-04-15T14:59:59Z'],
  ])('is the fifth birthday after issue: %s', (_, birthDate, issued, end) => {
    expect(fifthBirthday(birthDate, new Date(issued))).toEqual(new Date(end));
  });

  it('cannot be counted from a birth date in another form', async () => {
    await expect(issueCredentials({ holder: { birthDate: '2001-04-15' } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('what a card is issued', () => {
  let issued: IssuedCredentials;
  let sign: JpkiCertificate;
  let auth: JpkiCertificate;
  beforeAll(async () => {
    issued = await issueCredentials({ notBefore: ISSUED });
    sign = JpkiCertificate.parse(issued.certificates.sign ?? new Uint8Array());
    auth = JpkiCertificate.parse(issued.certificates.auth);
  });

  it.each(['auth', 'sign'] as const)('is a %s certificate that its CA issued', async (purpose) => {
    const certificate = purpose === 'auth' ? auth : sign;
    const issuer = JpkiCertificate.parse(issued.certificates[`${purpose}-ca`]);
    const anchors = [{ name: 'virtual', purpose, sha256: issuer.fingerprintSha256 }];
    const verdict = await verifyCertificate(certificate, { purpose, issuer, anchors, at: ISSUED });
    expect(verdict.findings).toEqual([]);
    expect(certificate.notAfter).toEqual(new Date('2030-04-15T14:59:59Z'));
  });

  it.each(['auth', 'sign'] as const)('has the private key of its %s certificate', async (role) => {
    const pkcs8 = Uint8Array.from(issued.privateKeys[role] ?? []);
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
    const data = Uint8Array.of(1, 2, 3);
    const signature = await crypto.subtle.sign(algorithm, key, data);
    const publicKey = await (role === 'auth' ? auth : sign).importPublicKey();
    expect(await crypto.subtle.verify(algorithm, publicKey, signature, data)).toBe(true);
    expect(publicKey.algorithm).toMatchObject({
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
    });
  });

  it('carries the extensions of the profile, with their criticality and their exact bytes', () => {
    const altName = '公的個人認証サービス';
    const altNameHex = `303aa4383036310b3009060355040613024a5031273025060355040a0c1e${Buffer.from(altName).toString('hex')}`;
    expect(extensionsOf(sign)).toMatchObject({
      '2.5.29.15': [true, '030206c0'],
      '2.5.29.32': [true, '300f300d060b2a83088c9b550805010114'],
      '2.5.29.18': [false, altNameHex],
    });
    expect(extensionsOf(auth)).toMatchObject({
      '2.5.29.15': [true, '03020780'],
      '2.5.29.32': [true, '300f300d060b2a83088c9b55080501031e'],
      '2.5.29.18': [false, altNameHex],
    });
    const common = ['2.5.29.14', '2.5.29.15', '2.5.29.18', '2.5.29.31', '2.5.29.32', '2.5.29.35'];
    expect(Object.keys(extensionsOf(auth)).sort()).toEqual(common);
    expect(Object.keys(extensionsOf(sign)).sort()).toEqual([...common, '2.5.29.17'].sort());
  });

  it('names places and an issue number in the subject as the profile does', () => {
    expect(String(sign.subject)).toMatch(/^C=JP, L=Kakuu-ken, L=Mihon-shi, CN=20260401120000\d{8}V$/);
    expect(String(auth.subject)).toMatch(/^C=JP, CN=20260401120000\d{8}V$/);
  });

  it('cannot be mistaken for a real certificate', () => {
    for (const certificate of [sign, auth]) {
      expect(String(certificate.issuer)).toMatch(/^C=JP, O=JPKI-VIRTUAL \(NOT REAL\), OU=JPKI for /);
      expect(certificate.hierarchy).toBe('other');
    }
  });

  it('is as large as the certificates of a real card', () => {
    expect(sign.der.length).toBeGreaterThan(1500);
    expect(sign.der.length).toBeLessThan(2048);
    expect(auth.der.length).toBeGreaterThan(1280);
  });

  it('comes from CAs that are marked as such', () => {
    for (const role of ['auth', 'sign'] as const) {
      const ca = JpkiCertificate.parse(issued.certificates[`${role}-ca`]);
      expect(extensionsOf(ca)).toMatchObject({
        '2.5.29.15': [true, '03020106'],
        '2.5.29.19': [true, '30030101ff'],
      });
      expect(String(ca.subject)).toBe(String(ca.issuer));
    }
  });
});

describe('the issuing office', () => {
  it('leaves the signature certificate out for people under fifteen', async () => {
    const { certificates, privateKeys } = await issueCredentials({ signatureCertificate: false });
    expect(certificates.sign).toBeUndefined();
    expect(privateKeys.sign).toBeUndefined();
    expect(certificates['sign-ca'].length).toBeGreaterThan(0);
  });

  it('issues several cards from one hierarchy, each with its own keys and serial numbers', async () => {
    const first = await issueCredentials({ signatureCertificate: false });
    const { authority } = first;
    const second = await issueCredentials({ signatureCertificate: false, authority });
    expect(second.certificates['auth-ca']).toBe(first.certificates['auth-ca']);
    const [one, other] = [first, second].map(({ certificates }) => JpkiCertificate.parse(certificates.auth));
    expect(one?.serialNumber).not.toBe(other?.serialNumber);
    expect(one?.spki).not.toEqual(other?.spki);
  });

  it('takes the holder, the place and the dates it is told', async () => {
    const { certificates } = await issueCredentials({
      holder: {
        name: '架空　太郎',
        sex: 'male',
        birthDate: '319500000',
        address: '架空市１',
        nameSubstitutes: '10000',
      },
      prefecture: 'Reiji-ken',
      municipality: 'Reiji-shi',
      notBefore: ISSUED,
      notAfter: new Date('2055-01-01T00:00:00Z'),
    });
    const sign = JpkiCertificate.parse(certificates.sign ?? new Uint8Array());
    expect(sign.holder).toMatchObject({
      name: '架空　太郎',
      nameSubstitutes: [{ index: 0, character: '架' }],
      sex: 'male',
      birthDate: { encoded: '319500000' },
      address: '架空市１',
    });
    expect(sign.subject.getAll('L')).toEqual(['Reiji-ken', 'Reiji-shi']);
    expect([sign.notBefore, sign.notAfter]).toEqual([ISSUED, new Date('2055-01-01T00:00:00Z')]);
  });
});

/** Criticality and content of each extension, as pkijs reads them. */
function extensionsOf(certificate: JpkiCertificate): Readonly<Record<string, readonly [boolean, string]>> {
  const extensions = certificate.toPkijs(pkijs).extensions ?? [];
  return Object.fromEntries(
    extensions.map(({ extnID, critical, extnValue }) => [
      extnID,
      [critical, toHex(new Uint8Array(extnValue.valueBlock.valueHexView))],
    ]),
  );
}
