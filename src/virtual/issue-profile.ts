/** What the certificates of the virtual hierarchy contain: the profile of card.md section 7, field by field. */
import { EXTENSIONS } from '../asn1/oid.js';
import {
  ISSUER_ALT_ORGANIZATION,
  ISSUER_UNITS,
  KEY_USAGE_BITS,
  KEY_USAGES,
  type KeyUsage,
  POLICIES,
} from '../certificate/profile.js';
import type { KeyRole } from '../errors.js';
import {
  bitList,
  boolean,
  type CertificateContent,
  der,
  type Extension,
  explicit,
  implicit,
  keyIdentifier,
  type NameParts,
  nameAsn1,
  octetString,
  oid,
  sequence,
} from './issue-certificate.js';
import { type HolderDetails, holderAltName, inJapan } from './issue-holder.js';

/** An RSA key pair as DER. */
export interface KeyPair {
  /** PKCS#8. */
  readonly privateKey: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

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

/** What no hierarchy but a virtual one is called: nobody can take it for a real one. */
export const VIRTUAL_ORGANIZATION = 'JPKI-VIRTUAL (NOT REAL)';
const OPERATOR = 'jpki-card virtual card, for development only';

export function authorityName(role: KeyRole, organization: string): NameParts {
  return [
    ['C', 'JP'],
    ['O', organization],
    ['OU', ISSUER_UNITS[role]],
    ['OU', OPERATOR],
  ];
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
      { oid: EXTENSIONS.basicConstraints, critical: true, value: der(sequence(boolean(true))) },
      distributionPoint(name),
      subjectKeyIdentifier(keys.publicKey),
    ],
  };
}

/** The user authentication certificate: it names nobody, only an issue number. */
export function authContent(
  ca: CertificateAuthority,
  publicKey: Uint8Array,
  validity: Validity,
): CertificateContent {
  return leafContent(ca, publicKey, validity, []);
}

/** The signature certificate: the holder's name, sex, birth date and address are in its subjectAltName. */
export function signContent(
  ca: CertificateAuthority,
  publicKey: Uint8Array,
  validity: Validity,
  place: Place,
  holder: HolderDetails,
): CertificateContent {
  const content = leafContent(ca, publicKey, validity, [
    ['L', place.prefecture],
    ['L', place.municipality],
  ]);
  const altName: Extension = { oid: EXTENSIONS.subjectAltName, value: holderAltName(holder) };
  return { ...content, extensions: [...content.extensions, altName] };
}

function leafContent(
  ca: CertificateAuthority,
  publicKey: Uint8Array,
  validity: Validity,
  place: NameParts,
): CertificateContent {
  const crlName: NameParts = [
    ...ca.name.slice(0, 3),
    ['OU', 'CRL Distribution Points'],
    ['CN', 'Kakuu-ken CRLDP'],
  ];
  return {
    serialNumber: randomSerialNumber(),
    issuer: ca.name,
    subject: [['C', 'JP'], ...place, ['CN', issueNumber(validity.notBefore)]],
    ...validity,
    publicKey,
    issuerKey: ca.privateKey,
    extensions: [
      keyUsage(KEY_USAGES[ca.role]),
      {
        oid: EXTENSIONS.certificatePolicies,
        critical: true,
        value: der(sequence(sequence(oid(POLICIES[ca.role].card)))),
      },
      { oid: EXTENSIONS.issuerAltName, value: der(sequence(directoryName(ISSUER_ALT_NAME))) },
      distributionPoint(crlName),
      {
        oid: EXTENSIONS.authorityKeyIdentifier,
        value: der(
          sequence(
            implicit(0, keyIdentifier(ca.publicKey)),
            explicit(1, directoryName(ca.name)),
            implicit(2, ca.serialNumber),
          ),
        ),
      },
      subjectKeyIdentifier(publicKey),
    ],
  };
}

const ISSUER_ALT_NAME: NameParts = [
  ['C', 'JP'],
  ['O', ISSUER_ALT_ORGANIZATION],
];

function keyUsage(usages: readonly KeyUsage[]): Extension {
  const bits = usages.map((usage) => KEY_USAGE_BITS.indexOf(usage));
  return { oid: EXTENSIONS.keyUsage, critical: true, value: der(bitList(bits)) };
}

function subjectKeyIdentifier(publicKey: Uint8Array): Extension {
  return { oid: EXTENSIONS.subjectKeyIdentifier, value: der(octetString(keyIdentifier(publicKey))) };
}

/** GeneralName directoryName: an EXPLICIT tag, because Name is a CHOICE (X.680 section 31.2.7). */
function directoryName(name: NameParts) {
  return explicit(4, nameAsn1(name));
}

/** RFC 5280 section 4.2.1.13: DistributionPoint [0] DistributionPointName, of it [0] fullName. */
function distributionPoint(name: NameParts): Extension {
  const point = sequence(explicit(0, explicit(0, directoryName(name))));
  return { oid: EXTENSIONS.cRLDistributionPoints, value: der(sequence(point)) };
}

/** Four bytes, as J-LIS uses; the highest bit is clear, the next one set, so that it is positive and in DER. */
function randomSerialNumber(): Uint8Array {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(4));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** Date and time of issue in Japan, eight random digits, and a V for virtual. */
function issueNumber(issued: Date): string {
  const stamp = inJapan(issued).toISOString().replace(/\D/g, '').slice(0, 14);
  const [random = 0] = globalThis.crypto.getRandomValues(new Uint32Array(1));
  return `${stamp}${String(random % 100_000_000).padStart(8, '0')}V`;
}
