/** Makes one certificate. It signs whatever it is told to: the office above keeps to the profile, tests forge. */
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type forge from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';
import util from 'node-forge/lib/util.js';
import { NAME_ATTRIBUTES, type NameAttribute } from '../asn1/oid.js';
import { parsePrivateKey, pkcs1Block, rsaPrivate } from './rsa.js';

type Asn1 = forge.asn1.Asn1;

const { Class, Type } = asn1;

/** A distinguished name in the order it is encoded: `[['C', 'JP'], ['O', 'JPKI-VIRTUAL']]`. */
export type NameParts = readonly (readonly [NameAttribute, string])[];

/** One X.509 extension; `value` is the DER inside the OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

/** RFC 8017 appendices A.2.4 and B.1: PKCS #1 v1.5 with a hash, and the hash in its DigestInfo. */
const SIGNATURE_ALGORITHMS = {
  sha256: { signature: '1.2.840.113549.1.1.11', digest: '2.16.840.1.101.3.4.2.1', hash: sha256 },
  sha1: { signature: '1.2.840.113549.1.1.5', digest: '1.3.14.3.2.26', hash: sha1 },
  md5: { signature: '1.2.840.113549.1.1.4', digest: '1.2.840.113549.2.5', hash: md5 },
} as const;

export interface CertificateContent {
  /** Big-endian, without a sign octet; up to 20 bytes (RFC 5280 section 4.1.2.2). */
  readonly serialNumber: Uint8Array;
  readonly issuer: NameParts;
  readonly subject: NameParts;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Extension[];
  /** The signing RSA key, PKCS#8 DER. */
  readonly issuerKey: Uint8Array;
  /** Default `sha256`; the others exist so that a forgery can be made and refused. */
  readonly digest?: keyof typeof SIGNATURE_ALGORITHMS;
}

/**
 * Signs an X.509 version 3 certificate with an RSA key (PKCS #1 v1.5) and returns its DER.
 *
 * @example
 * const der = issueCertificate({ ...content, issuerKey: authority.sign.privateKey });
 */
export function issueCertificate(content: CertificateContent): Uint8Array {
  const { signature, digest, hash } = SIGNATURE_ALGORITHMS[content.digest ?? 'sha256'];
  const algorithm = sequence(oid(signature), primitive(Type.NULL, ''));
  const tbs = sequence(
    explicit(0, primitive(Type.INTEGER, '\x02')),
    primitive(Type.INTEGER, unsigned(content.serialNumber)),
    algorithm,
    nameAsn1(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    nameAsn1(content.subject),
    parse(content.publicKey),
    explicit(3, sequence(...content.extensions.map(extensionAsn1))),
  );
  const key = parsePrivateKey(content.issuerKey);
  const digestInfo = sequence(sequence(oid(digest), primitive(Type.NULL, '')), octetString(hash(der(tbs))));
  const signed = rsaPrivate(key, pkcs1Block(key, der(digestInfo)));
  return der(sequence(tbs, algorithm, primitive(Type.BITSTRING, `\0${binary(signed)}`)));
}

/** SHA-1 of the public key itself, from its SubjectPublicKeyInfo (RFC 5280 section 4.2.1.2, method 1). */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  // forge reads what is inside a BIT STRING when it can be read.
  const bits = (parse(publicKey).value as Asn1[])[1]?.value as Asn1[] | undefined;
  return sha1(der(bits?.[0] as Asn1));
}

/** DER of an ASN.1 value. */
export function der(value: Asn1): Uint8Array {
  return fromBinary(asn1.toDer(value).getBytes());
}

export function sequence(...values: Asn1[]): Asn1 {
  return asn1.create(Class.UNIVERSAL, Type.SEQUENCE, true, values);
}

/** A context-specific constructed value: an EXPLICIT tag, or an IMPLICIT one over a constructed type. */
export function explicit(tag: number, ...values: Asn1[]): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, true, values);
}

/** A context-specific primitive value: an IMPLICIT tag over content given as bytes. */
export function implicit(tag: number, content: Uint8Array): Asn1 {
  return asn1.create(Class.CONTEXT_SPECIFIC, tag, false, binary(content));
}

export function oid(value: string): Asn1 {
  return primitive(Type.OID, asn1.oidToDer(value).getBytes());
}

export function utf8String(text: string): Asn1 {
  return primitive(Type.UTF8, util.encodeUtf8(text));
}

export function boolean(value: boolean): Asn1 {
  return primitive(Type.BOOLEAN, value ? '\xff' : '\0');
}

export function octetString(content: Uint8Array): Asn1 {
  return primitive(Type.OCTETSTRING, binary(content));
}

/** A named bit list in DER: bit 0 is the first, trailing zero bits are left off (X.690 section 11.2.2). */
export function bitList(bits: readonly number[]): Asn1 {
  const last = Math.max(...bits);
  const content = new Uint8Array(1 + Math.floor(last / 8) + 1);
  content[0] = 7 - (last % 8);
  for (const bit of bits) {
    const index = 1 + Math.floor(bit / 8);
    content[index] = (content[index] ?? 0) | (0x80 >> (bit % 8));
  }
  return primitive(Type.BITSTRING, binary(content));
}

export function nameAsn1(parts: NameParts): Asn1 {
  return sequence(
    ...parts.map(([attribute, text]) => {
      // RFC 5280 appendix A.1: countryName is a PrintableString; the real CA certificates use UTF8String elsewhere.
      const value = attribute === 'C' ? primitive(Type.PRINTABLESTRING, text) : utf8String(text);
      const pair = sequence(oid(NAME_ATTRIBUTES[attribute]), value);
      return asn1.create(Class.UNIVERSAL, Type.SET, true, [pair]);
    }),
  );
}

function extensionAsn1({ oid: id, critical, value }: Extension): Asn1 {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? primitive(Type.UTCTIME, asn1.dateToUtcTime(date) as string)
    : primitive(Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date) as string);
}

function unsigned(bytes: Uint8Array): string {
  const text = binary(bytes).replace(/^\0+(?=.)/s, '');
  return text.charCodeAt(0) >= 0x80 ? `\0${text}` : text;
}

function primitive(type: forge.asn1.Type, content: string): Asn1 {
  return asn1.create(Class.UNIVERSAL, type, false, content);
}

function parse(bytes: Uint8Array): Asn1 {
  return asn1.fromDer(binary(bytes));
}

function fromBinary(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function binary(bytes: Uint8Array): string {
  return util.binary.raw.encode(bytes);
}
