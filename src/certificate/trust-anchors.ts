/** Whom to believe: CA certificates, pinned by the SHA-256 fingerprint of the whole certificate. */
import { checkRole, checkString, checkThat, fieldsOf, listOf, oneOf, required } from '../arguments.js';
import type { KeyRole } from '../errors.js';

/**
 * Which hierarchy a certificate or an anchor belongs to; `other` is for instance a virtual card's.
 *
 * @category Certificates
 */
export type CertificateHierarchy = 'production' | 'test' | 'other';

/**
 * A CA certificate to believe, for one purpose.
 *
 * @category Certificates
 */
export interface TrustAnchor {
  /** What a verdict calls it. */
  readonly name: string;
  /** An anchor for one purpose never stands in for the other. */
  readonly purpose: KeyRole;
  /** SHA-256 of the CA certificate's DER, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Default `other`. Only under a `test` anchor is the test hierarchy's own policy accepted. */
  readonly hierarchy?: CertificateHierarchy;
}

export const checkAnchors = listOf(
  fieldsOf<TrustAnchor>({
    name: required(checkString),
    purpose: required(checkRole),
    sha256: required(
      checkThat(
        (texts) => texts.certificate.aFingerprint,
        (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
      ),
    ),
    hierarchy: oneOf('production', 'test', 'other'),
  }),
);

/**
 * One of the CAs of J-LIS, with what else tells it from the other generations: they share one name.
 *
 * @category Certificates
 */
export interface JlisTrustAnchor extends TrustAnchor {
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Hexadecimal; certificates it issued name it in their authority key identifier. */
  readonly subjectKeyIdentifier: string;
  /** First and last day of the CA certificate, `YYYY-MM-DD` in UTC. */
  readonly validFrom: string;
  readonly validTo: string;
}

/**
 * The six CAs of J-LIS (docs/card.md section 8, from the certificates J-LIS publishes).
 *
 * @example
 * const staging = { name: 'staging', purpose: 'auth' as const, sha256: ca.fingerprintSha256 };
 * const anchors = [...JLIS_TRUST_ANCHORS, staging];
 * await verifyCertificate(certificate, { purpose: 'auth', issuer: ca, anchors });
 * @category Certificates
 */
export const JLIS_TRUST_ANCHORS: readonly JlisTrustAnchor[] = Object.freeze(
  (
    [
      {
        name: 'signca01',
        purpose: 'sign',
        sha256: '19645405a1fe14377434bd55957628ac4038557c542403a2243f21c706fc9355',
        hierarchy: 'production',
        serialNumber: '01',
        subjectKeyIdentifier: '0d034cbb34d0714f45e45a1cafd8fd143fab54a7',
        validFrom: '2015-10-20',
        validTo: '2025-10-19',
      },
      {
        name: 'signca02',
        purpose: 'sign',
        sha256: '79679c33e4cc9319440f1ad120a597ff1844e2ef217063adb176966fd5e6fbeb',
        hierarchy: 'production',
        serialNumber: '0132c4ab',
        subjectKeyIdentifier: '4de017de4b7f473dcd867a62d38b134ace83558a',
        validFrom: '2019-09-14',
        validTo: '2029-09-14',
      },
      {
        name: 'signca03',
        purpose: 'sign',
        sha256: 'd227f6cde11d35c5252178f106f843d24651944975413b539fa2fb68dbfa365f',
        hierarchy: 'production',
        serialNumber: '067c6a21',
        subjectKeyIdentifier: 'd21ea55895617e93adbf966b941ab4edf653f08f',
        validFrom: '2023-07-16',
        validTo: '2033-07-15',
      },
      {
        name: 'authca01',
        purpose: 'auth',
        sha256: '4dcfc4ca0aaf9fb2a3081b3f0c991c320b3acc008667a341eeaec5af1d58ca7d',
        hierarchy: 'production',
        serialNumber: '01',
        subjectKeyIdentifier: '9567951b5ca70d84a0fff1d85a87f1aab1340385',
        validFrom: '2015-10-20',
        validTo: '2025-10-19',
      },
      {
        name: 'authca02',
        purpose: 'auth',
        sha256: '0d98de47fc11b7f67126874b7028b6026a803d2638d6edfe53176953961fade6',
        hierarchy: 'production',
        serialNumber: '0133c349',
        subjectKeyIdentifier: '8cd5586a891485e559379b7e29d410cfd28b3593',
        validFrom: '2019-09-14',
        validTo: '2029-09-14',
      },
      {
        name: 'authca03',
        purpose: 'auth',
        sha256: '64114f29620c24ed2631d46476a040e7ee740d956089c00b036a6a8118c322b5',
        hierarchy: 'production',
        serialNumber: '06d18006',
        subjectKeyIdentifier: '1ac100f596a3bc8c4b3df195e32699249e9e308a',
        validFrom: '2023-07-16',
        validTo: '2033-07-15',
      },
    ] as const
  ).map((anchor) => Object.freeze(anchor)),
);
