/** Certificates that must not be believed, each made for real and refused for its own reason. */
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.js';
import { JpkiCertificate, type TrustAnchor, verifyCertificate } from '../../src/certificate/index.js';
import type { KeyRole } from '../../src/errors.js';
import type { KeyPair } from '../../src/virtual/issue-profile.js';
import {
  AT,
  anchorOf,
  authority,
  ca,
  caCertificate,
  leaf,
  leafContent,
  leafKeys,
  strangerKeys,
  weakKeyPair,
  withExtension,
  withoutExtension,
} from './support.js';

const BASIC_CONSTRAINTS = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

/** The codes of what is found wrong with `der`, which `issuer` issued; by default every issuer given is an anchor. */
async function findingsOf(
  der: Uint8Array,
  purpose: KeyRole,
  issuerDer: Uint8Array = authority[purpose].certificate,
  anchors?: readonly TrustAnchor[],
  at: Date = AT,
): Promise<readonly string[]> {
  const issuer = JpkiCertificate.parse(issuerDer);
  const verdict = await verifyCertificate(JpkiCertificate.parse(der), {
    purpose,
    issuer,
    at,
    anchors: anchors ?? [anchorOf(issuer, purpose)],
  });
  expect(verdict.trusted).toBe(false);
  return verdict.findings.map(({ code }) => code);
}

const unreadable = (reason: string) =>
  expect.objectContaining({ code: 'CERTIFICATE_INVALID', message: expect.stringContaining(reason) });

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

  it.each(['sha1', 'md5'] as const)('is signed with %s', async (digest) => {
    expect(await findingsOf(leaf('sign', { digest }), 'sign')).toEqual(['CERTIFICATE_ALGORITHM']);
  });
});

describe('weak keys', () => {
  let short: KeyPair;
  let cubic: KeyPair;
  beforeAll(async () => {
    [short, cubic] = await Promise.all([weakKeyPair(1024, 65537), weakKeyPair(2048, 3)]);
  });

  it('RSA-1024 is refused in a certificate and in a CA', async () => {
    expect(await findingsOf(leaf('auth', { publicKey: short.publicKey }), 'auth')).toEqual([
      'CERTIFICATE_KEY',
    ]);
    const issued = leaf('auth', { issuerKey: short.privateKey });
    expect(await findingsOf(issued, 'auth', ca('auth', {}, short))).toEqual(['ISSUER_KEY']);
  });

  it('exponent 3 is refused in a certificate and in a CA', async () => {
    expect(await findingsOf(leaf('auth', { publicKey: cubic.publicKey }), 'auth')).toEqual([
      'CERTIFICATE_KEY',
    ]);
    const issued = leaf('auth', { issuerKey: cubic.privateKey });
    expect(await findingsOf(issued, 'auth', ca('auth', {}, cubic))).toEqual(['ISSUER_KEY']);
  });

  it('a cube root made without any private key (Bleichenbacher 2006) is refused', async () => {
    const template = leaf('auth', { issuerKey: strangerKeys.privateKey });
    const prefix = lenientPrefix(template);
    // The block may end in anything: any cube between prefix|00… and prefix|FF… will do.
    const shift = BigInt(8 * (256 - prefix.length));
    const root = cubeRoot((BigInt(`0x${toHex(prefix)}`) + 1n) << shift);
    const forged = withSignature(template, root);
    expect(toHex(blockOf(root ** 3n)).startsWith(toHex(prefix))).toBe(true);
    expect(await findingsOf(forged, 'auth', ca('auth', {}, cubic))).toEqual(['ISSUER_KEY']);
  });

  it('garbage after the hash is refused even when the CA key itself signed it', async () => {
    const template = leaf('auth');
    const prefix = lenientPrefix(template);
    const block = new Uint8Array(256).fill(0x5a);
    block.set(prefix);
    const { n, d, e } = forge.pki.privateKeyFromAsn1(
      forge.asn1.fromDer(forge.util.binary.raw.encode(authority.auth.privateKey)),
    ) as forge.pki.rsa.PrivateKey;
    const signature = new forge.jsbn.BigInteger(toHex(block), 16).modPow(d, n);
    expect(signature.modPow(e, n).toString(16).padStart(512, '0')).toBe(toHex(block));
    const forged = withSignature(template, BigInt(`0x${signature.toString(16)}`));
    expect(await findingsOf(forged, 'auth')).toEqual(['CERTIFICATE_SIGNATURE']);
  });
});

describe('encodings', () => {
  const good = leaf('auth');

  it('bytes after the certificate are refused', () => {
    expect(() => JpkiCertificate.parse(Uint8Array.of(...good, 0))).toThrow(unreadable('bytes follow'));
  });

  it('a length that is not in DER is refused', () => {
    // 30 82 hh ll becomes 30 83 00 hh ll.
    const longer = Uint8Array.of(0x30, 0x83, 0, ...good.subarray(2));
    expect(() => JpkiCertificate.parse(longer)).toThrow(unreadable('more bytes than it needs'));
    const indefinite = Uint8Array.of(0x30, 0x80, ...good.subarray(4), 0, 0);
    expect(() => JpkiCertificate.parse(indefinite)).toThrow(unreadable('indefinite'));
  });

  it('an extension that is there twice is refused', () => {
    const { extensions } = leafContent('auth');
    const [first] = extensions;
    if (!first) throw new Error('the profile has extensions');
    const der = leaf('auth', { extensions: [...extensions, first] });
    expect(() => JpkiCertificate.parse(der)).toThrow(unreadable('there twice'));
  });

  it('two names for the signature algorithm are refused', () => {
    const changed = Buffer.from(good);
    // sha256WithRSAEncryption; the last one is the one nobody signed.
    const at = changed.lastIndexOf(bytes('06092a864886f70d01010b'));
    changed[at + 10] = 0x0c;
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('algorithms differ'));
  });

  it('a certificate without an issuer is refused', () => {
    expect(() => JpkiCertificate.parse(leaf('auth', { issuer: [] }))).toThrow(unreadable('no issuer'));
  });

  it('a serial number of more than 20 bytes is refused', () => {
    const serialNumber = new Uint8Array(20).fill(0x11);
    expect(JpkiCertificate.parse(leaf('auth', { serialNumber })).serialNumber).toBe('11'.repeat(20));
    const longer = new Uint8Array(21).fill(0x11);
    expect(() => JpkiCertificate.parse(leaf('auth', { serialNumber: longer }))).toThrow(
      unreadable('too long'),
    );
  });

  it.each([
    ['a unique identifier before the extensions', '81020011', 'before'],
    ['a field after the extensions', '81020011', 'after'],
  ])('%s is refused', (_, field, place) => {
    expect(() => JpkiCertificate.parse(withField(good, bytes(field), place === 'before'))).toThrow(
      unreadable('fields that no certificate has'),
    );
  });

  it('a certificate of version 2 is refused', () => {
    const changed = Buffer.from(good);
    // [0] { INTEGER 2 }, which is version 3; version 2 is the number 1.
    changed[changed.indexOf(bytes('a003020102')) + 4] = 1;
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('version 3'));
  });

  it('a serial number that is not positive is refused', () => {
    expect(() => JpkiCertificate.parse(leaf('auth', { serialNumber: Uint8Array.of(0) }))).toThrow(
      unreadable('not positive'),
    );
  });
});

/** What a careless verifier looks at: padding of eight bytes, the DigestInfo of SHA-256 (RFC 8017 section 9.2) and the hash. */
function lenientPrefix(certificate: Uint8Array): Uint8Array {
  const tbsLength = 4 + (((certificate[6] ?? 0) << 8) | (certificate[7] ?? 0));
  const tbs = forge.util.binary.raw.encode(certificate.subarray(4, 4 + tbsLength));
  const hash = forge.md.sha256.create().update(tbs).digest().toHex();
  return bytes(`0001${'ff'.repeat(8)}003031300d060960864801650304020105000420${hash}`);
}

function blockOf(number: bigint): Uint8Array {
  return bytes(number.toString(16).padStart(512, '0'));
}

/** Adds a field to what is signed, just before or after the extensions, and counts it in the two lengths around it. */
function withField(certificate: Uint8Array, field: Uint8Array, before: boolean): Uint8Array {
  const view = Buffer.from(certificate);
  // The certificate and what is signed both start with 30 82 and a length of two bytes.
  const tbsEnd = 8 + view.readUInt16BE(6);
  const extensions = view.lastIndexOf(bytes('a382'), tbsEnd);
  const at = before ? extensions : tbsEnd;
  const changed = Buffer.concat([view.subarray(0, at), field, view.subarray(at)]);
  for (const length of [2, 6]) changed.writeUInt16BE(changed.readUInt16BE(length) + field.length, length);
  return changed;
}

/** Puts other 256 bytes at the end, where the signature is. */
function withSignature(certificate: Uint8Array, signature: bigint): Uint8Array {
  const changed = certificate.slice();
  changed.set(blockOf(signature), changed.length - 256);
  return changed;
}

/** The largest whole number whose cube is not above `value` (Newton's method). */
function cubeRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 3));
  for (;;) {
    const next = (2n * root + value / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}
