/** From the bytes of a certificate to its fields, its public key and its extensions (RFC 5280 section 4.1). */
import {
  bitStringBytes,
  type DerValue,
  expectTag,
  insideOctetString,
  invalid,
  isContext,
  oidText,
  positiveInteger,
  readDer,
  sequenceOf,
  TAG,
  timeValue,
} from '../asn1/der.js';
import { EXTENSIONS, RSA_ENCRYPTION, RSA_SIGNATURES } from '../asn1/oid.js';
import { equalBytes, toBase64Url } from '../bytes.js';
import { DistinguishedName } from './distinguished-name.js';
import { type Holder, readHolder } from './holder.js';
import { KEY_USAGE_BITS, type KeyUsage } from './profile.js';

/** The fields of one certificate. The arrays are views of the DER, for use inside the library. */
export interface CertificateFields {
  readonly der: Uint8Array;
  /** The part that is signed. */
  readonly tbs: Uint8Array;
  /** Big-endian, without a sign byte. */
  readonly serialNumber: Uint8Array;
  readonly issuer: DistinguishedName;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subject: DistinguishedName;
  /** SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** `undefined` when the key is not RSA. */
  readonly rsaKey: RsaPublicKey | undefined;
  readonly extensions: Extensions;
  /** Object identifier. */
  readonly signatureAlgorithm: string;
  readonly signature: Uint8Array;
}

/** RFC 5280 section 4.1.2.2. */
const MAX_SERIAL_NUMBER_BYTES = 20;
const VERSION_3 = 2;

/** RFC 7468 section 2, with the white space that a text may begin with. */
function isPem(bytes: Uint8Array): boolean {
  return /^\s*-----BEGIN /.test(new TextDecoder('latin1').decode(bytes.subarray(0, 64)));
}

/** @throws JpkiError `CERTIFICATE_INVALID` when the bytes are not one X.509 version 3 certificate in DER */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  if (isPem(der)) throw invalid('this is PEM; give DER');
  const [tbs, algorithm, signature, ...more] = sequenceOf(readDer(der), 'the certificate');
  if (more.length > 0) throw invalid('it has too many fields');
  const [version, serial, inner, issuer, validity, subject, spki, ...optional] = sequenceOf(
    tbs,
    'what is signed',
  );
  if (!tbs || !inner || !algorithm || !spki) throw invalid('fields are missing');

  // RFC 5280 section 4.1.2.1: version 1 is the default and left out, so that the serial number comes first.
  if (version?.tagClass === 'universal' && version.tag === TAG.integer)
    throw invalid('it is of version 1, not 3');
  if (!isContext(version, 0, true) || version.children.length !== 1) throw invalid('it is not of version 3');
  const versionNumber = expectTag(version.children[0], TAG.integer, 'the version').content;
  if (versionNumber.length !== 1 || versionNumber[0] !== VERSION_3) throw invalid('it is not of version 3');

  const serialNumber = positiveInteger(serial, 'the serial number');
  if (serialNumber.length > MAX_SERIAL_NUMBER_BYTES) throw invalid('the serial number is too long');

  // RFC 5280 section 4.1.1.2: the algorithm is named twice, once where the signature protects it.
  if (!equalBytes(inner.bytes, algorithm.bytes)) throw invalid('the two signature algorithms differ');
  const [notBefore, notAfter, ...others] = sequenceOf(validity, 'the validity');
  if (others.length > 0) throw invalid('the validity has too many fields');

  // Unique identifiers, the other optional fields, must not be used (RFC 5280 section 4.1.2.8).
  const [extensions, ...excess] = optional;
  if ((extensions && !isContext(extensions, 3, true)) || excess.length > 0) {
    throw invalid('it has fields that no certificate has');
  }
  const issuerName = DistinguishedName.fromDer(issuer);
  if (issuerName.parts.length === 0) throw invalid('it names no issuer');
  return Object.freeze({
    der,
    tbs: tbs.bytes,
    serialNumber,
    issuer: issuerName,
    notBefore: timeValue(notBefore, 'the start of validity'),
    notAfter: timeValue(notAfter, 'the end of validity'),
    subject: DistinguishedName.fromDer(subject),
    spki: spki.bytes,
    rsaKey: readRsaPublicKey(spki),
    extensions: readExtensions(extensions),
    signatureAlgorithm: readAlgorithm(algorithm, 'the signature algorithm'),
    signature: bitStringBytes(signature, 'the signature'),
  });
}

/** Where a moment lies: dates in certificates are whole seconds, and the last one still counts (RFC 5280 section 4.1.2.5). */
export function validityAt(
  { notBefore, notAfter }: CertificateFields,
  at: Date,
): 'early' | 'within' | 'late' {
  const second = Math.floor(at.getTime() / 1000) * 1000;
  if (second < notBefore.getTime()) return 'early';
  return second <= notAfter.getTime() ? 'within' : 'late';
}

/** An RSA public key, and the numbers that say whether it is fit for use. */
interface RsaPublicKey {
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array;
  readonly exponentBytes: Uint8Array;
  readonly modulusBits: number;
  readonly exponent: bigint;
}

/** The key as a JSON Web Key. OpenSSL takes six times as long to find the numbers in the DER again (measured). */
export function jwkOf({ modulus, exponentBytes }: RsaPublicKey) {
  return { kty: 'RSA', n: toBase64Url(modulus), e: toBase64Url(exponentBytes) };
}

/** The RSA key of a SubjectPublicKeyInfo, or `undefined` when the key is of another kind. */
function readRsaPublicKey(spki: DerValue | undefined): RsaPublicKey | undefined {
  const [algorithm, key, ...more] = sequenceOf(spki, 'the public key');
  if (more.length > 0) throw invalid('the public key has too many fields');
  const bits = bitStringBytes(key, 'the public key');
  if (readAlgorithm(algorithm, 'the algorithm of the public key') !== RSA_ENCRYPTION) return undefined;

  const [modulus, exponent, ...others] = sequenceOf(readDer(bits), 'the RSA public key');
  if (others.length > 0) throw invalid('the RSA public key has too many fields');
  const n = positiveInteger(modulus, 'the RSA modulus');
  const e = positiveInteger(exponent, 'the RSA exponent');
  return Object.freeze({
    modulus: n,
    exponentBytes: e,
    modulusBits: 8 * n.length - Math.clz32(n[0] ?? 0) + 24,
    // An exponent of more than 8 bytes is refused by every rule, so its exact value does not matter.
    exponent: e.subarray(0, 9).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
  });
}

/**
 * The object identifier of an AlgorithmIdentifier. For the RSA ones, its parameters are NULL and must be there (RFC 8017
 * appendix A.2.4); for others anything is let through, since none of them is accepted later.
 */
function readAlgorithm(value: DerValue | undefined, what: string): string {
  const [type, parameters, ...more] = sequenceOf(value, what);
  const oid = oidText(type, what);
  if (more.length > 0) throw invalid(`${what} has too many fields`);
  if (oid === RSA_ENCRYPTION || oid === RSA_SIGNATURES['SHA-256'])
    expectTag(parameters, TAG.null, `${what}: its parameters`);
  return oid;
}

/** What the extensions of one certificate say; a field is `undefined` when its extension is not there. */
interface Extensions {
  readonly keyUsage: readonly KeyUsage[] | undefined;
  /** Whether basicConstraints says that this is a CA. */
  readonly isCa: boolean;
  readonly policies: readonly string[];
  readonly extendedKeyUsages: readonly string[] | undefined;
  readonly subjectKeyIdentifier: Uint8Array | undefined;
  readonly authorityKeyIdentifier: Uint8Array | undefined;
  readonly holder: Holder | undefined;
  /** Object identifiers of the critical ones. */
  readonly critical: readonly string[];
}

/**
 * Reads the `[3]` field of a TBSCertificate; `undefined` stands for a certificate without extensions.
 *
 * @throws JpkiError `CERTIFICATE_INVALID`, also when one extension is there twice (RFC 5280 section 4.2)
 */
function readExtensions(field: DerValue | undefined): Extensions {
  const found = new Map<string, DerValue>();
  const critical: string[] = [];
  const [list, ...more] = field?.children ?? [];
  const extensions = field ? sequenceOf(list, 'the extensions') : [];
  if (field && (more.length > 0 || extensions.length === 0)) throw invalid('the extensions are not one list');
  for (const extension of extensions) {
    const children = [...sequenceOf(extension, 'an extension')];
    const oid = oidText(children.shift(), 'the type of an extension');
    if (found.has(oid)) throw invalid(`the extension ${oid} is there twice`);
    if (children.length === 2) {
      const flag = expectTag(children.shift(), TAG.boolean, 'the critical flag of an extension');
      if (flag.content[0] !== 0) critical.push(oid);
    }
    if (children.length !== 1) throw invalid('an extension is not a type and a value');
    found.set(oid, insideOctetString(children[0], 'the value of an extension'));
  }
  const read = <T>(oid: string, reader: (value: DerValue) => T): T | undefined => {
    const value = found.get(oid);
    return value && reader(value);
  };
  return Object.freeze({
    keyUsage: read(EXTENSIONS.keyUsage, readKeyUsage),
    isCa: read(EXTENSIONS.basicConstraints, readIsCa) ?? false,
    policies: read(EXTENSIONS.certificatePolicies, readPolicies) ?? Object.freeze([]),
    extendedKeyUsages: read(EXTENSIONS.extendedKeyUsage, (value) =>
      sequenceOf(value, 'the extended key usage').map((usage) => oidText(usage, 'an extended key usage')),
    ),
    subjectKeyIdentifier: read(
      EXTENSIONS.subjectKeyIdentifier,
      (value) => expectTag(value, TAG.octetString, 'the subject key identifier').content,
    ),
    authorityKeyIdentifier: read(
      EXTENSIONS.authorityKeyIdentifier,
      (value) =>
        sequenceOf(value, 'the authority key identifier').find((item) => isContext(item, 0, false))?.content,
    ),
    holder: read(EXTENSIONS.subjectAltName, readHolder),
    critical: Object.freeze(critical),
  });
}

function readKeyUsage(value: DerValue): readonly KeyUsage[] {
  const bytes = expectTag(value, TAG.bitString, 'the key usage').content.subarray(1);
  // Bits beyond the nine that are defined mean nothing yet.
  return Object.freeze(KEY_USAGE_BITS.filter((_, bit) => (bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))));
}

/** RFC 5280 section 4.2.1.9: a flag that is false when left out, and perhaps the length of the path below. */
function readIsCa(value: DerValue): boolean {
  const fields = [...sequenceOf(value, 'the basic constraints')];
  const flag = fields[0]?.tag === TAG.boolean ? fields.shift() : undefined;
  if (fields.length > 0) expectTag(fields.shift(), TAG.integer, 'the path length');
  if (fields.length > 0) throw invalid('the basic constraints have too many fields');
  return flag !== undefined && expectTag(flag, TAG.boolean, 'the CA flag').content[0] !== 0;
}

function readPolicies(value: DerValue): readonly string[] {
  const policies = sequenceOf(value, 'the certificate policies').map((policy) =>
    oidText(sequenceOf(policy, 'a certificate policy')[0], 'a certificate policy'),
  );
  return Object.freeze(policies);
}
