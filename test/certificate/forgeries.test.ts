/** Certificates that must not be believed, each made for real and refused for its own reason. */
import { createPrivateKey, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/bytes.js';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import type { KeyRole } from '../../src/errors.js';
import {
  AT,
  anchorOf,
  authority,
  ca,
  caCertificate,
  findingsOf,
  leaf,
  leafContent,
  leafKeys,
  strangerKeys,
  withExtension,
  withoutExtension,
} from './support.js';

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe('a forger without the CA key', () => {
  it('signs with a key of their own under the right name', async () => {
    const forged = leaf('auth', { issuerKey: strangerKeys.privateKey });
    expect(await findingsOf(forged, 'auth')).toEqual(['CERTIFICATE_SIGNATURE']);
  });

  it('brings a CA certificate of their own with the right name', async () => {
    const forged = leaf('auth', { issuerKey: strangerKeys.privateKey });
    const theirCa = ca('auth', {}, strangerKeys);
    const anchors = [anchorOf(caCertificate('auth'), 'auth')];
    expect(await findingsOf(forged, 'auth', theirCa, anchors)).toEqual(['ISSUER_NOT_ANCHORED']);
  });

  it('changes one bit anywhere in what is signed, or in the signature', async () => {
    const good = leaf('sign');
    for (const at of [good.length - 1, good.length - 200, 700]) {
      const changed = good.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(await findingsOf(changed, 'sign'), `byte ${at}`).toContain('CERTIFICATE_SIGNATURE');
    }
  });

  it("signs with the key of a person's certificate", async () => {
    const person = leaf('auth');
    const forged = leaf('auth', { issuer: leafContent('auth').subject, issuerKey: leafKeys.privateKey });
    const anchors = [anchorOf(caCertificate('auth'), 'auth')];
    const codes = await findingsOf(forged, 'auth', person, anchors);
    expect(codes).toEqual(
      expect.arrayContaining(['ISSUER_NOT_ANCHORED', 'ISSUER_NOT_CA', 'ISSUER_KEY_USAGE']),
    );
  });

  it('gives no CA certificate at all', async () => {
    const verdict = await verifyCertificate(JpkiCertificate.parse(leaf('auth')), { purpose: 'auth', at: AT });
    expect(verdict).toMatchObject({
      trusted: false,
      findings: [{ code: 'ISSUER_MISSING' }],
      anchor: undefined,
    });
    const none = await verifyCertificate(JpkiCertificate.parse(leaf('auth')), {
      purpose: 'auth',
      issuer: [],
      at: AT,
    });
    expect(none).toMatchObject({ trusted: false, findings: [{ code: 'ISSUER_MISSING' }] });
  });
});

describe('an anchored CA certificate', () => {
  it.each([
    ['ISSUER_NOT_CA', (role: KeyRole) => without(role, BASIC_CONSTRAINTS)],
    ['ISSUER_KEY_USAGE', (role: KeyRole) => without(role, KEY_USAGE)],
    // SEQUENCE {}: cA is false when left out.
    ['ISSUER_NOT_CA', (role: KeyRole) => replaced(role, BASIC_CONSTRAINTS, '3000')],
    // BIT STRING with cRLSign alone.
    ['ISSUER_KEY_USAGE', (role: KeyRole) => replaced(role, KEY_USAGE, '03020102')],
    ['ISSUER_CRITICAL_EXTENSION', (role: KeyRole) => replaced(role, '1.2.3.4', '0500')],
  ])('that is none is refused: %s', async (code, make) => {
    expect(await findingsOf(leaf('sign'), 'sign', make('sign'))).toEqual([code]);
  });

  it('does not stand in for the other purpose', async () => {
    const signCa = caCertificate('sign');
    expect(
      await findingsOf(leaf('sign'), 'sign', authority.sign.certificate, [anchorOf(signCa, 'auth')]),
    ).toEqual(['ISSUER_OTHER_PURPOSE']);
  });

  it('listed for the wrong purpose does not make its certificates fit that purpose', async () => {
    const anchors = [anchorOf(caCertificate('sign'), 'auth')];
    expect(await findingsOf(leaf('sign'), 'auth', authority.sign.certificate, anchors)).toEqual([
      'CERTIFICATE_KEY_USAGE',
      'CERTIFICATE_POLICY',
    ]);
  });

  it('of another name than the certificate says is refused', async () => {
    const renamed = leaf('auth', {
      issuer: [
        ['C', 'JP'],
        ['O', 'JPKI'],
      ],
    });
    expect(await findingsOf(renamed, 'auth')).toEqual(['ISSUER_NAME']);
  });

  const without = (role: KeyRole, oid: string): Uint8Array =>
    ca(role, { extensions: withoutExtension(caExtensions, oid) });
  const replaced = (role: KeyRole, oid: string, value: string): Uint8Array =>
    ca(role, { extensions: withExtension(caExtensions, { oid, critical: true, value: bytes(value) }) });
  const caExtensions = [
    { oid: KEY_USAGE, critical: true, value: bytes('03020106') },
    { oid: BASIC_CONSTRAINTS, critical: true, value: bytes('30030101ff') },
  ];
});

describe('dates', () => {
  const certificate = leaf('auth');
  it.each([
    ['the certificate has expired', '2030-04-15T15:00:00Z', ['CERTIFICATE_EXPIRED']],
    ['the certificate is not valid yet', '2026-03-31T23:59:59Z', ['CERTIFICATE_NOT_YET_VALID']],
    ['the CA has expired', '2035-01-01T00:00:01Z', ['CERTIFICATE_EXPIRED', 'ISSUER_EXPIRED']],
    [
      'the CA is not valid yet',
      '2024-12-31T23:59:59Z',
      ['CERTIFICATE_NOT_YET_VALID', 'ISSUER_NOT_YET_VALID'],
    ],
  ])('%s', async (_, at, codes) => {
    expect(await findingsOf(certificate, 'auth', undefined, undefined, new Date(at))).toEqual(codes);
  });

  it('a certificate that outlives its CA ends with the CA', async () => {
    const long = leaf('auth', { notAfter: new Date('2050-01-01T00:00:00Z') });
    expect(await findingsOf(long, 'auth', undefined, undefined, new Date('2036-01-01T00:00:00Z'))).toEqual([
      'ISSUER_EXPIRED',
    ]);
  });
});

describe('the certificate itself', () => {
  const replaced = (role: KeyRole, oid: string, value: string, critical = true): Uint8Array =>
    leaf(role, {
      extensions: withExtension(leafContent(role).extensions, { oid, critical, value: bytes(value) }),
    });

  it.each([
    ['says that it is a CA', replaced('auth', BASIC_CONSTRAINTS, '30030101ff'), ['CERTIFICATE_IS_CA']],
    [
      'may sign certificates',
      replaced('auth', KEY_USAGE, '03020284'),
      ['CERTIFICATE_IS_CA', 'CERTIFICATE_KEY_USAGE'],
    ],
    [
      'has no key usage',
      leaf('auth', { extensions: withoutExtension(leafContent('auth').extensions, KEY_USAGE) }),
      ['CERTIFICATE_KEY_USAGE'],
    ],
    [
      'has an unknown critical extension',
      replaced('auth', '1.3.6.1.4.1.99999.1', '0500'),
      ['CERTIFICATE_CRITICAL_EXTENSION'],
    ],
    // id-kp-codeSigning
    [
      'is for another extended use',
      replaced('auth', '2.5.29.37', '300a06082b06010505070303', false),
      ['CERTIFICATE_KEY_USAGE'],
    ],
    [
      'has the policy of signatures',
      replaced('auth', '2.5.29.32', '300f300d060b2a83088c9b550805010114'),
      ['CERTIFICATE_POLICY'],
    ],
    // 1.2.392.200149.8.5.1.30: the arc is shorter than that of any policy.
    [
      'has a policy that only starts alike',
      replaced('auth', '2.5.29.32', '300e300c060a2a83088c9b550805011e'),
      ['CERTIFICATE_POLICY'],
    ],
    [
      'has a policy below that of a card',
      // 1.2.392.200149.8.5.1.3.30.1
      replaced('auth', '2.5.29.32', '3010300e060c2a83088c9b55080501031e01'),
      ['CERTIFICATE_POLICY'],
    ],
    [
      'has two policies',
      replaced('auth', '2.5.29.32', '301e300d060b2a83088c9b55080501031e300d060b2a83088c9b550805010114'),
      ['CERTIFICATE_POLICY'],
    ],
    [
      'has no policy',
      leaf('auth', { extensions: withoutExtension(leafContent('auth').extensions, '2.5.29.32') }),
      ['CERTIFICATE_POLICY'],
    ],
  ])('%s', async (_, der, codes) => {
    expect(await findingsOf(der, 'auth')).toEqual(codes);
  });

  it('has the policy of a phone, which is as good as that of a card', async () => {
    // 1.2.392.200149.8.5.1.1.40
    const phone = JpkiCertificate.parse(replaced('sign', '2.5.29.32', '300f300d060b2a83088c9b550805010128'));
    const issuer = caCertificate('sign');
    const options = { purpose: 'sign', issuer, at: AT, anchors: [anchorOf(issuer, 'sign')] } as const;
    expect(await verifyCertificate(phone, options)).toMatchObject({ trusted: true });
  });

  it('may allow client authentication, as a non-critical and as a critical extension', async () => {
    for (const critical of [true, false]) {
      const certificate = JpkiCertificate.parse(
        replaced('auth', '2.5.29.37', '300a06082b06010505070302', critical),
      );
      const issuer = caCertificate('auth');
      const options = { purpose: 'auth', issuer, at: AT, anchors: [anchorOf(issuer, 'auth')] } as const;
      expect((await verifyCertificate(certificate, options)).findings).toEqual([]);
    }
  });

  it.each([
    ['sha1', 0x05],
    ['md5', 0x04],
  ])('is signed with %s', async (digest, algorithm) => {
    const forged = Buffer.from(leaf('sign'));
    // sha256WithRSAEncryption; the algorithms of PKCS #1 differ in the last byte (RFC 8017 appendix A.2.4).
    const oid = bytes('06092a864886f70d01010b');
    for (let at = forged.indexOf(oid); at >= 0; at = forged.indexOf(oid, at))
      forged[at + oid.length - 1] = algorithm;
    const key = createPrivateKey({
      key: Buffer.from(authority.sign.privateKey),
      format: 'der',
      type: 'pkcs8',
    });
    // A header of four bytes around what is signed, which has one too; the signature is at the end.
    const tbs = forged.subarray(4, 8 + forged.readUInt16BE(6));
    const signature = sign(digest, tbs, key);
    forged.set(signature, forged.length - signature.length);
    expect(await findingsOf(forged, 'sign')).toEqual(['CERTIFICATE_ALGORITHM']);
  });
});
