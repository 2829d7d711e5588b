/** From the bytes of a certificate to its fields (RFC 5280 section 4.1). */

import {
  bitStringBytes,
  expectTag,
  invalid,
  isContext,
  positiveInteger,
  readDer,
  sequenceOf,
  TAG,
  timeValue,
} from '../asn1/der.js';
import { equalBytes } from '../bytes.js';
import { DistinguishedName } from './distinguished-name.js';
import { type Extensions, readExtensions } from './extensions.js';
import { type RsaPublicKey, readAlgorithm, readRsaPublicKey } from './public-key.js';

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

/** @throws JpkiError `CERTIFICATE_INVALID` when the bytes are not one X.509 version 3 certificate in DER */
export function readCertificateFields(der: Uint8Array): CertificateFields {
  const [tbs, algorithm, signature, ...more] = sequenceOf(readDer(der), 'the certificate');
  if (more.length > 0) throw invalid('it has too many fields');
  const [version, serial, inner, issuer, validity, subject, spki, ...optional] = sequenceOf(
    tbs,
    'what is signed',
  );
  if (!tbs || !inner || !algorithm || !spki) throw invalid('fields are missing');

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
  { notBefore, notAfter }: Pick<CertificateFields, 'notBefore' | 'notAfter'>,
  at: Date,
): 'early' | 'within' | 'late' {
  const second = Math.floor(at.getTime() / 1000) * 1000;
  if (second < notBefore.getTime()) return 'early';
  return second <= notAfter.getTime() ? 'within' : 'late';
}
