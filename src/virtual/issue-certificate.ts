/**
 * Makes the certificates of the virtual hierarchy: the profile of docs/card.md section 7, field by field. It brings pkijs
 * along, so it is loaded when something is issued, not with the card.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import {
  EXTENSIONS,
  HOLDER_ENTRIES,
  NAME_ATTRIBUTES,
  type NameAttribute,
  RSA_SIGNATURES,
} from '../asn1/oid.js';
import {
  ISSUER_ALT_ORGANIZATION,
  ISSUER_UNITS,
  KEY_USAGE_BITS,
  KEY_USAGES,
  type KeyUsage,
  POLICIES,
  SEX_DIGITS,
  type Sex,
} from '../certificate/profile.js';
import type { KeyRole } from '../errors.js';
import { inJapan } from '../japan.js';
import { signSha256 } from './chip.js';

/** An RSA key pair as DER. */
export interface KeyPair {
  /** PKCS#8. */
  readonly privateKey: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

/** A distinguished name in the order it is encoded: `[['C', 'JP'], ['O', 'JPKI-VIRTUAL']]`. */
export type NameParts = readonly (readonly [NameAttribute, string])[];

/** One self-signed CA of the virtual hierarchy. */
export interface CertificateAuthority extends KeyPair {
  readonly role: KeyRole;
  readonly name: NameParts;
  /** Of its certificate, big-endian. */
  readonly serialNumber: Uint8Array;
  /** DER of its self-signed certificate. */
  readonly certificate: Uint8Array;
}

/** First and last second of a certificate. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** The two L of the signature certificate's subject. */
export interface Place {
  readonly prefecture: string;
  readonly municipality: string;
}

/** The holder as the signature certificate names one. A value of another type or range is `INVALID_ARGUMENT`. */
export interface HolderDetails {
  /** Family and given name separated by U+3000, not empty. */
  readonly name: string;
  /** One digit per character of `name`, `1` where a substitute character was used; default: none was. */
  readonly nameSubstitutes?: string;
  readonly sex: Sex;
  /**
   * `EYYYYMMDD`: the era's digit (1 明治 2 大正 3 昭和 4 平成 5 令和 0 unknown) and the Gregorian date, `00` for a month or
   * day and `0000` for a year that is unknown.
   */
  readonly birthDate: string;
  /** Without postal code. */
  readonly address: string;
  /** As `nameSubstitutes`, for `address`. */
  readonly addressSubstitutes?: string;
}

/** One X.509 extension; `value` is the DER inside the OCTET STRING. */
export interface Extension {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

/** What a certificate says. Anything goes: the functions below keep to the profile, tests forge. */
export interface CertificateContent extends Validity {
  /** Big-endian, without a sign octet; up to 20 bytes (RFC 5280 section 4.1.2.2). */
  readonly serialNumber: Uint8Array;
  readonly issuer: NameParts;
  readonly subject: NameParts;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Extension[];
  /** The signing RSA key, PKCS#8 DER. */
  readonly issuerKey: Uint8Array;
}

/**
 * Signs an X.509 version 3 certificate with an RSA key (sha256WithRSAEncryption) and returns its DER.
 *
 * @example
 * const der = issueCertificate({ ...content, issuerKey: authority.sign.privateKey });
 */
export function issueCertificate(content: CertificateContent): Uint8Array {
  const algorithm = new pkijs.AlgorithmIdentifier({
    algorithmId: RSA_SIGNATURES['SHA-256'],
    algorithmParams: new asn1js.Null(),
  });
  const certificate = new pkijs.Certificate({
    version: 2,
    serialNumber: new asn1js.Integer({ valueHex: withSignByte(content.serialNumber) }),
    signature: algorithm,
    issuer: distinguishedName(content.issuer),
    notBefore: time(content.notBefore),
    notAfter: time(content.notAfter),
    subject: distinguishedName(content.subject),
    subjectPublicKeyInfo: publicKeyInfo(content.publicKey),
    extensions: content.extensions.map(
      ({ oid, critical = false, value }) =>
        new pkijs.Extension({ extnID: oid, critical, extnValue: new Uint8Array(value).buffer }),
    ),
    signatureAlgorithm: algorithm,
  });
  certificate.tbsView = der(certificate.encodeTBS());
  certificate.signatureValue = new asn1js.BitString({
    valueHex: signSha256(content.issuerKey, certificate.tbsView),
  });
  return der(certificate.toSchema(true));
}

/** A self-signed CA certificate, shaped as the real ones are (seen in the published CA certificates). */
export function authorityContent(name: NameParts, keys: KeyPair, validity: Validity): CertificateContent {
  return {
    serialNumber: randomSerialNumber(),
    issuer: name,
    subject: name,
    ...validity,
    publicKey: keys.publicKey,
    issuerKey: keys.privateKey,
    extensions: [
      keyUsage(['keyCertSign', 'cRLSign']),
      { ...extension('basicConstraints', new pkijs.BasicConstraints({ cA: true })), critical: true },
      distributionPoint(name),
      subjectKeyIdentifier(keys.publicKey),
    ],
  };
}

const OPERATOR = 'jpki-card virtual card, for development only';

/** What a CA of the virtual hierarchy is called. */
export function authorityName(role: KeyRole, organization: string): NameParts {
  return [
    ['C', 'JP'],
    ['O', organization],
    ['OU', ISSUER_UNITS[role]],
    ['OU', OPERATOR],
  ];
}

/** The signature certificate: the holder's name, sex, birth date and address are in its subjectAltName. */
export function signContent(
  ca: CertificateAuthority,
  publicKey: Uint8Array,
  validity: Validity,
  place: Place,
  holder: HolderDetails,
): CertificateContent {
  const content = authContent(ca, publicKey, validity, [
    ['L', place.prefecture],
    ['L', place.municipality],
  ]);
  const altName: Extension = { oid: EXTENSIONS.subjectAltName, value: holderAltName(holder) };
  return { ...content, extensions: [...content.extensions, altName] };
}

const ISSUER_ALT_NAME: NameParts = [
  ['C', 'JP'],
  ['O', ISSUER_ALT_ORGANIZATION],
];

/** The user authentication certificate, which names nobody: an issue number, and a `place` in the signature certificate. */
export function authContent(
  ca: CertificateAuthority,
  publicKey: Uint8Array,
  validity: Validity,
  place: NameParts = [],
): CertificateContent {
  const crlName: NameParts = [
    ...ca.name.slice(0, 3),
    ['OU', 'CRL Distribution Points'],
    ['CN', 'Kakuu-ken CRLDP'],
  ];
  const policy = new pkijs.PolicyInformation({ policyIdentifier: POLICIES[ca.role].card });
  const policies = new pkijs.CertificatePolicies({ certificatePolicies: [policy] });
  const authorityKey = new pkijs.AuthorityKeyIdentifier({
    keyIdentifier: new asn1js.OctetString({ valueHex: keyIdentifier(ca.publicKey) }),
    authorityCertIssuer: [directoryName(ca.name)],
    authorityCertSerialNumber: new asn1js.Integer({ valueHex: withSignByte(ca.serialNumber) }),
  });
  return {
    serialNumber: randomSerialNumber(),
    issuer: ca.name,
    subject: [['C', 'JP'], ...place, ['CN', issueNumber(validity.notBefore)]],
    ...validity,
    publicKey,
    issuerKey: ca.privateKey,
    extensions: [
      keyUsage(KEY_USAGES[ca.role]),
      { ...extension('certificatePolicies', policies), critical: true },
      extension('issuerAltName', new pkijs.GeneralNames({ names: [directoryName(ISSUER_ALT_NAME)] })),
      distributionPoint(crlName),
      extension('authorityKeyIdentifier', authorityKey),
      subjectKeyIdentifier(publicKey),
    ],
  };
}

/** DER of the signature certificate's subjectAltName: one otherName entry for each item of docs/card.md section 7. */
export function holderAltName(holder: HolderDetails): Uint8Array {
  const noSubstitutes = (text: string): string => '0'.repeat([...text].length);
  const values: Readonly<Record<keyof typeof HOLDER_ENTRIES, string>> = {
    name: holder.name,
    nameSubstitutes: holder.nameSubstitutes ?? noSubstitutes(holder.name),
    sex: SEX_DIGITS[holder.sex],
    birthDate: holder.birthDate,
    address: holder.address,
    addressSubstitutes: holder.addressSubstitutes ?? noSubstitutes(holder.address),
  };
  const keys = Object.keys(HOLDER_ENTRIES) as (keyof typeof HOLDER_ENTRIES)[];
  // RFC 5280 section 4.2.1.6: the otherName of a GeneralName has an IMPLICIT tag [0], its value an EXPLICIT one.
  const entries = keys.map((key) =>
    tagged(
      0,
      new asn1js.ObjectIdentifier({ value: HOLDER_ENTRIES[key] }),
      tagged(0, new asn1js.Utf8String({ value: values[key] })),
    ),
  );
  return der(new asn1js.Sequence({ value: entries }));
}

function keyUsage(usages: readonly KeyUsage[]): Extension {
  const bits = usages.map((usage) => KEY_USAGE_BITS.indexOf(usage));
  // A named bit list in DER: bit 0 is the first, trailing zero bits are left off (X.690 section 11.2.2).
  const last = Math.max(...bits);
  const valueHex = new Uint8Array(Math.floor(last / 8) + 1);
  for (const bit of bits) valueHex[bit >> 3] = (valueHex[bit >> 3] ?? 0) | (0x80 >> (bit % 8));
  const value = der(new asn1js.BitString({ valueHex, unusedBits: 7 - (last % 8) }));
  return { oid: EXTENSIONS.keyUsage, critical: true, value };
}

function subjectKeyIdentifier(publicKey: Uint8Array): Extension {
  const value = der(new asn1js.OctetString({ valueHex: keyIdentifier(publicKey) }));
  return { oid: EXTENSIONS.subjectKeyIdentifier, value };
}

/** SHA-1 of the public key itself, from its SubjectPublicKeyInfo (RFC 5280 section 4.2.1.2, method 1). */
function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return sha1(publicKeyInfo(publicKey).subjectPublicKey.valueBlock.valueHexView);
}

function publicKeyInfo(publicKey: Uint8Array): pkijs.PublicKeyInfo {
  return pkijs.PublicKeyInfo.fromBER(new Uint8Array(publicKey));
}

/** RFC 5280 section 4.2.1.13: DistributionPoint [0] DistributionPointName, of it [0] fullName. */
function distributionPoint(name: NameParts): Extension {
  const point = new pkijs.DistributionPoint({ distributionPoint: [directoryName(name)] });
  return extension('cRLDistributionPoints', new pkijs.CRLDistributionPoints({ distributionPoints: [point] }));
}

function extension(name: keyof typeof EXTENSIONS, value: pkijs.PkiObject): Extension {
  return { oid: EXTENSIONS[name], value: der(value.toSchema()) };
}

/** GeneralName directoryName, of which pkijs knows only the number (RFC 5280 section 4.2.1.6). */
function directoryName(name: NameParts): pkijs.GeneralName {
  return new pkijs.GeneralName({ type: 4, value: distinguishedName(name) });
}

/** Read from its encoding: pkijs itself would put all attributes into one SET, which is a name of one part. */
function distinguishedName(parts: NameParts): pkijs.RelativeDistinguishedNames {
  const sets = parts.map(([attribute, value]) => {
    // RFC 5280 appendix A.1: countryName is a PrintableString; the real CA certificates use UTF8String elsewhere.
    const text = attribute === 'C' ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value });
    const pair = new pkijs.AttributeTypeAndValue({ type: NAME_ATTRIBUTES[attribute], value: text });
    return new asn1js.Set({ value: [pair.toSchema()] });
  });
  return pkijs.RelativeDistinguishedNames.fromBER(new asn1js.Sequence({ value: sets }).toBER());
}

/** RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on; whole seconds. */
function time(date: Date): pkijs.Time {
  const type = date.getUTCFullYear() < 2050 ? pkijs.TimeType.UTCTime : pkijs.TimeType.GeneralizedTime;
  return new pkijs.Time({ type, value: new Date(Math.floor(date.getTime() / 1000) * 1000) });
}

/** A constructed value with a context-specific tag. */
function tagged(tagNumber: number, ...value: asn1js.AsnType[]): asn1js.Constructed {
  return new asn1js.Constructed({ idBlock: { tagClass: 3, tagNumber }, value });
}

function der(value: { toBER(): ArrayBuffer }): Uint8Array {
  return new Uint8Array(value.toBER());
}

/** The content of an INTEGER that is not negative, in the fewest bytes (X.690 section 8.3.2). */
function withSignByte(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const magnitude = start < 0 ? Uint8Array.of(0) : bytes.subarray(start);
  return (magnitude[0] ?? 0) < 0x80 ? magnitude.slice() : Uint8Array.of(0, ...magnitude);
}

/** Four bytes, as J-LIS uses; the highest bit is clear, the next one set, so that it is positive and in DER. */
function randomSerialNumber(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** Date and time of issue in Japan, eight random digits, and a V for virtual. */
function issueNumber(issued: Date): string {
  const stamp = inJapan(issued).toISOString().replace(/\D/g, '').slice(0, 14);
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return `${stamp}${String(random % 100_000_000).padStart(8, '0')}V`;
}
