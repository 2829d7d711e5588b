/** The structure of a certificate: what is refused when it is read, and what is let through. */
import { X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/bytes.js';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { objectIdentifier } from '../signature/der-write.js';
import { AT, caCertificate, leaf, leafContent, withExtension } from './support.js';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();
const unreadable = (reason: string) =>
  expect.objectContaining({ code: 'CERTIFICATE_INVALID', message: expect.stringContaining(reason) });
const good = leaf('auth');

/** Replaces the first occurrence of some bytes by as many others. */
function patched(der: Uint8Array, from: string, to: string): Uint8Array {
  const changed = Buffer.from(der);
  const at = changed.indexOf(bytes(from));
  if (at < 0 || from.length !== to.length) throw new Error('nothing to patch');
  changed.set(bytes(to), at);
  return changed;
}

const extended = (oid: string, value: string, critical = false): Uint8Array =>
  leaf('auth', {
    extensions: withExtension(leafContent('auth').extensions, { oid, critical, value: bytes(value) }),
  });

async function codesOf(der: Uint8Array): Promise<readonly string[]> {
  const certificate = JpkiCertificate.parse(der);
  const verdict = await verifyCertificate(certificate, {
    purpose: 'auth',
    issuer: caCertificate('auth'),
    at: AT,
  });
  return verdict.findings.map(({ code }) => code);
}

describe('encodings', () => {
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

  it('PEM is called by its name', () => {
    const pem = JpkiCertificate.parse(good).toPem();
    for (const text of [pem, `\r\n${pem}`, pem.replaceAll('\n', '\r\n')])
      expect(() => JpkiCertificate.parse(new TextEncoder().encode(text))).toThrow(
        unreadable('this is PEM; give DER'),
      );
    expect(new X509Certificate(pem).raw).toEqual(Buffer.from(good));
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

  it('a certificate of version 1, which leaves its version out, is called one', () => {
    const version = bytes('a003020102');
    const der = Buffer.from(good);
    const at = der.indexOf(version);
    const changed = Buffer.concat([der.subarray(0, at), der.subarray(at + version.length)]);
    // The two lengths in front are of two bytes each.
    changed.writeUInt16BE(changed.readUInt16BE(2) - version.length, 2);
    changed.writeUInt16BE(changed.readUInt16BE(6) - version.length, 6);
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('version 1'));
  });

  it('an address in an otherName of the wrong form is refused, not passed over', () => {
    const changed = Buffer.from(leaf('sign'));
    const address = Buffer.from(objectIdentifier('1.2.392.200149.8.5.5.5')[1] ?? []);
    const at = changed.indexOf(address);
    const entry = changed.lastIndexOf(0xa0, at);
    changed[entry] = 0x80;
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('an otherName that is not one'));
  });

  it('a field after the signature is refused', () => {
    const changed = Buffer.concat([good, bytes('0500')]);
    changed.writeUInt16BE(changed.readUInt16BE(2) + 2, 2);
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('too many fields'));
  });

  it('a serial number that is not positive is refused', () => {
    expect(() => JpkiCertificate.parse(leaf('auth', { serialNumber: Uint8Array.of(0) }))).toThrow(
      unreadable('not positive'),
    );
  });
});

describe('extensions', () => {
  it('under another tag are refused', () => {
    const changed = Buffer.from(good);
    changed[changed.indexOf(bytes('a382'))] = 0xa2;
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('fields that no certificate has'));
  });

  it('that are an empty list are refused', () => {
    expect(() => JpkiCertificate.parse(leaf('auth', { extensions: [] }))).toThrow(unreadable('not one list'));
  });

  it('with a critical flag that says FALSE are not critical', async () => {
    // OID 1.2.3.4, BOOLEAN, OCTET STRING of a NULL
    const critical = extended('1.2.3.4', '0500', true);
    expect(await codesOf(critical)).toContain('CERTIFICATE_CRITICAL_EXTENSION');
    const flagged = patched(critical, '06032a03040101ff', '06032a0304010100');
    expect(await codesOf(flagged)).not.toContain('CERTIFICATE_CRITICAL_EXTENSION');
  });

  it('with a field too many are refused', () => {
    // SEQUENCE { OID, OCTET STRING of six bytes } becomes SEQUENCE { OID, OCTET STRING of two bytes, OCTET STRING, NULL }.
    const changed = patched(extended('1.2.3.4', '040405000500'), '0406040405000500', '0402050004000500');
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('not a type and a value'));
  });

  it.each([
    ['basic constraints with two path lengths', '2.5.29.19', '30090101ff020100020101', 'too many fields'],
    ['basic constraints that are text', '2.5.29.19', '30030c0141', 'the path length'],
    ['a key usage that is a number', '2.5.29.15', '020105', 'the key usage'],
    ['a policy that is a text', '2.5.29.32', '30030c0141', 'a certificate policy'],
    ['a value that is not DER', '1.2.3.4', '0102ffff', 'a boolean'],
    ['two values in one', '1.2.3.4', '05000500', 'bytes follow'],
  ])('with %s are refused', (_, oid, value, reason) => {
    expect(() => JpkiCertificate.parse(extended(oid, value))).toThrow(unreadable(reason));
  });
});

describe('the role', () => {
  it('of user authentication never has a holder, whatever the certificate carries', () => {
    const altName = leafContent('sign').extensions.find(({ oid }) => oid === '2.5.29.17');
    if (!altName) throw new Error('the signature certificate names its holder');
    const extensions = withExtension(leafContent('auth').extensions, altName);
    const certificate = JpkiCertificate.parse(leaf('auth', { extensions }));
    expect(certificate.role).toBe('auth');
    expect(certificate.holder).toBeUndefined();
  });

  it('is not there when policy and key usage disagree, or when it is a CA', () => {
    expect(JpkiCertificate.parse(good).role).toBe('auth');
    expect(JpkiCertificate.parse(extended('2.5.29.15', '030206c0', true)).role).toBeUndefined();
    expect(JpkiCertificate.parse(extended('2.5.29.19', '30030101ff', true)).role).toBeUndefined();
  });
});

describe('a name', () => {
  it.each([
    ['A, B+C "D" <E>; \\', 'A\\, B\\+C \\"D\\" \\<E\\>\\; \\\\'],
    ['#1 ', '\\#1\\ '],
    [' A', '\\ A'],
    // U+202E turns the writing direction; RFC 4514 section 2.4 writes its UTF-8 bytes.
    ['A\n\u202eB', 'A\\0A\\E2\\80\\AEB'],
  ])('%j is printed so that it stays in its place', (value, text) => {
    const certificate = JpkiCertificate.parse(leaf('auth', { subject: [['CN', value]] }));
    expect(String(certificate.subject).toUpperCase()).toBe(`CN=${text}`.toUpperCase());
    expect(certificate.subject.get('CN')).toBe(value);
  });

  it('with an attribute that is no text is refused', () => {
    // UTF8String of 23 bytes becomes an OCTET STRING of as many.
    const changed = patched(good, '0c174a504b492d5649525455414c', '04174a504b492d5649525455414c');
    expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('no text'));
  });

  it('is equal to the same texts in other string types, and to nothing else', async () => {
    // The O of the issuer as a UTF8String (0c), then as a PrintableString (13), then with one letter changed.
    const issuer = patched(good, '0c174a504b492d5649525455414c', '13174a504b492d5649525455414c');
    expect(await codesOf(issuer)).not.toContain('ISSUER_NAME');
    const other = patched(good, '0c174a504b492d5649525455414c', '0c174a504b492d5649525455414d');
    expect(await codesOf(other)).toContain('ISSUER_NAME');
  });
});

describe('a public key', () => {
  const rsa = (bits: number): Uint8Array => {
    const modulus = new forge.jsbn.BigInteger('2').pow(bits).subtract(new forge.jsbn.BigInteger('1'));
    const key = forge.pki.setRsaPublicKey(modulus, new forge.jsbn.BigInteger('65537'));
    return bytes(forge.asn1.toDer(forge.pki.publicKeyToAsn1(key)).toHex());
  };

  it.each([
    [2047, true],
    [2048, false],
    [4096, false],
    [4097, true],
  ])('of %i bits is a finding: %s', async (bits, found) => {
    expect((await codesOf(leaf('auth', { publicKey: rsa(bits) }))).includes('CERTIFICATE_KEY')).toBe(found);
  });

  it.each([
    // SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING of a SEQUENCE of INTEGERs }
    ['three numbers', '301d300d06092a864886f70d0101010500030c003009020103020103020103', 'too many fields'],
    ['a negative modulus', '301a300d06092a864886f70d01010105000309003006020183020103', 'not positive'],
    ['no parameters', '3018300b06092a864886f70d0101010309003006020103020103', 'its parameters'],
  ])('with %s is refused', (_, hex, reason) => {
    expect(() => JpkiCertificate.parse(leaf('auth', { publicKey: bytes(hex) }))).toThrow(unreadable(reason));
  });
});

it('a signature that is not made of whole bytes is refused', () => {
  const changed = Buffer.from(good);
  changed[changed.length - 257] = 1;
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) & 0xfe;
  expect(() => JpkiCertificate.parse(changed)).toThrow(unreadable('whole bytes'));
});

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
