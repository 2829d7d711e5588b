/** The rules a certificate and its issuer are judged by (RFC 5280 section 6, and the profile of card.md section 7). */

import { EXTENDED_KEY_USAGES, EXTENSIONS, RSA_SIGNATURES } from '../asn1/oid.js';
import type { KeyRole } from '../errors.js';
import { fieldsOf, type JpkiCertificate } from './certificate.js';
import { type Finding, type FindingCode, finding } from './findings.js';
import { type CertificateFields, validityAt } from './parse.js';
import { hasKeyUsageOf, isPolicyOf } from './role.js';
import type { TrustAnchor } from './trust-anchors.js';

/** What the certificate itself has to be, whoever issued it. */
export function judgeLeaf(
  certificate: JpkiCertificate,
  purpose: KeyRole,
  at: Date,
  anchor: TrustAnchor | undefined,
): readonly Finding[] {
  const fields = fieldsOf(certificate);
  const { extensions } = fields;
  const [policy, ...morePolicies] = extensions.policies;
  const isTest = anchor?.hierarchy === 'test';
  return [
    ...judgeDates(fields, at, 'CERTIFICATE'),
    ...unless(!extensions.isCa && !extensions.keyUsage?.includes('keyCertSign'), 'CERTIFICATE_IS_CA'),
    ...unless(
      hasKeyUsageOf(purpose, extensions.keyUsage) && hasExtendedKeyUsageOf(purpose, fields),
      'CERTIFICATE_KEY_USAGE',
    ),
    ...unless(
      policy !== undefined && morePolicies.length === 0 && isPolicyOf(purpose, policy, isTest),
      'CERTIFICATE_POLICY',
      extensions.policies.join(' '),
    ),
    ...unless(isFitKey(fields), 'CERTIFICATE_KEY'),
    ...unless(
      fields.signatureAlgorithm === RSA_SIGNATURES['SHA-256'],
      'CERTIFICATE_ALGORITHM',
      fields.signatureAlgorithm,
    ),
    ...judgeCriticalExtensions(
      fields,
      'CERTIFICATE_CRITICAL_EXTENSION',
      purpose === 'auth' ? EXTENSIONS.extendedKeyUsage : undefined,
    ),
  ];
}

export interface IssuerJudgement {
  readonly issuer: JpkiCertificate;
  readonly findings: readonly Finding[];
  /** Only when it made the signature. */
  readonly anchor: TrustAnchor | undefined;
}

/** What the CA certificate has to be, and whether its key made the signature. */
export async function judgeIssuer(
  certificate: JpkiCertificate,
  issuer: JpkiCertificate,
  { purpose, at, anchors }: { purpose: KeyRole; at: Date; anchors: readonly TrustAnchor[] },
): Promise<IssuerJudgement> {
  const fields = fieldsOf(issuer);
  const { extensions } = fields;
  const matching = anchors.filter((anchor) => sameFingerprint(anchor, issuer));
  const anchor = matching.find((candidate) => candidate.purpose === purpose);
  const fitKey = isFitKey(fields);
  // A key that is unfit is not asked, nor about an algorithm that is none: either is a finding of its own.
  const { signatureAlgorithm } = fieldsOf(certificate);
  const askable = fitKey && signatureAlgorithm === RSA_SIGNATURES['SHA-256'];
  const signed = askable ? await isSignedBy(fieldsOf(certificate), issuer) : undefined;
  const findings = [
    ...unless(anchor !== undefined, matching.length > 0 ? 'ISSUER_OTHER_PURPOSE' : 'ISSUER_NOT_ANCHORED'),
    ...unless(certificate.issuer.equals(issuer.subject), 'ISSUER_NAME', String(issuer.subject)),
    ...unless(fitKey, 'ISSUER_KEY'),
    ...unless(signed !== false, 'CERTIFICATE_SIGNATURE'),
    ...unless(extensions.isCa, 'ISSUER_NOT_CA'),
    ...unless(extensions.keyUsage?.includes('keyCertSign') === true, 'ISSUER_KEY_USAGE'),
    ...judgeDates(fields, at, 'ISSUER'),
    ...judgeCriticalExtensions(fields, 'ISSUER_CRITICAL_EXTENSION'),
  ];
  return { issuer, findings, anchor: signed ? anchor : undefined };
}

/** WebCrypto builds the one right PKCS #1 v1.5 block and compares it whole: nothing can hide behind the hash. */
async function isSignedBy(fields: CertificateFields, issuer: JpkiCertificate): Promise<boolean> {
  const [signature, tbs] = [Uint8Array.from(fields.signature), Uint8Array.from(fields.tbs)];
  try {
    const key = await issuer.importPublicKey();
    return await globalThis.crypto.subtle.verify(key.algorithm.name, key, signature, tbs);
  } catch {
    // A modulus that WebCrypto cannot work with has signed nothing.
    return false;
  }
}

function judgeDates(
  fields: CertificateFields,
  at: Date,
  whose: 'CERTIFICATE' | 'ISSUER',
): readonly Finding[] {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  switch (validityAt(fields, at)) {
    case 'early':
      return [finding(`${whose}_NOT_YET_VALID`, day(fields.notBefore))];
    case 'late':
      return [finding(`${whose}_EXPIRED`, day(fields.notAfter))];
    case 'within':
      return [];
  }
}

/** Extensions that are judged here. Any other critical one may mean anything (RFC 5280 section 4.2). */
const JUDGED_EXTENSIONS: readonly string[] = [
  EXTENSIONS.basicConstraints,
  EXTENSIONS.keyUsage,
  EXTENSIONS.certificatePolicies,
  EXTENSIONS.subjectAltName,
];

function judgeCriticalExtensions(
  fields: CertificateFields,
  code: FindingCode,
  alsoJudged?: string,
): readonly Finding[] {
  const known = (oid: string): boolean => JUDGED_EXTENSIONS.includes(oid) || oid === alsoJudged;
  const unknown = fields.extensions.critical.filter((oid) => !known(oid));
  return unless(unknown.length === 0, code, unknown.join(' '));
}

/** RFC 5280 section 4.2.1.12: where there is one, the use has to be in it; logging in is client authentication. */
function hasExtendedKeyUsageOf(purpose: KeyRole, { extensions }: CertificateFields): boolean {
  const usages = extensions.extendedKeyUsages;
  return (
    purpose === 'sign' ||
    !usages ||
    Object.values(EXTENDED_KEY_USAGES).some((usage) => usages.includes(usage))
  );
}

const PUBLIC_EXPONENT = 65537n;

function isFitKey({ rsaKey }: CertificateFields): boolean {
  return (
    rsaKey !== undefined &&
    rsaKey.modulusBits >= 2048 &&
    rsaKey.modulusBits <= 4096 &&
    rsaKey.exponent === PUBLIC_EXPONENT
  );
}

function sameFingerprint(anchor: TrustAnchor, certificate: JpkiCertificate): boolean {
  return anchor.sha256.toLowerCase() === certificate.fingerprintSha256;
}

function unless(condition: boolean, code: FindingCode, detail?: string): readonly Finding[] {
  return condition ? [] : [finding(code, detail || undefined)];
}
