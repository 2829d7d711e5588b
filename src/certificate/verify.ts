/** Whether to believe a certificate: the verdict, and the rules it is made by (RFC 5280 section 6, docs/card.md section 7). */
import { type ChecksOf, checkDate, checkedOptions, checkRole, listOf, required } from '../arguments.js';
import { EXTENDED_KEY_USAGES, EXTENSIONS, RSA_SIGNATURES } from '../asn1/oid.js';
import { forWebCrypto } from '../bytes.js';
import type { BilingualText, KeyRole } from '../errors.js';
import type { HashName } from '../hashes.js';
import { builtinModule } from '../node-module.js';
import { say } from '../text/index.js';
import {
  checkCertificate,
  fieldsOf,
  type JpkiCertificate,
  rememberCertificate,
  rsaKeyOf,
} from './certificate.js';
import { type CertificateFields, jwkOf, validityAt } from './fields.js';
import { hasKeyUsageOf, isPolicyOf } from './profile.js';
import { namedAnchor, publishedIssuer } from './published-issuer.js';
import { checkAnchors, JLIS_TRUST_ANCHORS, type TrustAnchor } from './trust-anchors.js';

/**
 * Stable names of what a verdict finds wrong; `CERTIFICATE_` is about the certificate itself, `ISSUER_` about its CA's.
 *
 * @category Certificates
 */
export type FindingCode =
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_NOT_YET_VALID'
  | 'CERTIFICATE_IS_CA'
  | 'CERTIFICATE_KEY_USAGE'
  | 'CERTIFICATE_POLICY'
  | 'CERTIFICATE_KEY'
  | 'CERTIFICATE_ALGORITHM'
  | 'CERTIFICATE_CRITICAL_EXTENSION'
  | 'CERTIFICATE_SIGNATURE'
  | 'ISSUER_MISSING'
  | 'ISSUER_NAME'
  | 'ISSUER_NOT_ANCHORED'
  | 'ISSUER_OTHER_PURPOSE'
  | 'ISSUER_NOT_CA'
  | 'ISSUER_KEY_USAGE'
  | 'ISSUER_EXPIRED'
  | 'ISSUER_NOT_YET_VALID'
  | 'ISSUER_KEY'
  | 'ISSUER_CRITICAL_EXTENSION';

/**
 * One thing that is wrong with a certificate or with that of its CA.
 *
 * @category Certificates
 */
export interface Finding {
  readonly code: FindingCode;
  readonly text: BilingualText;
}

/** What a certificate puts into a finding is cut here: it may be as long as its issuer likes. */
const MAX_DETAIL = 200;

/** A finding with its words; `detail` (a date, a name) follows them in brackets. */
function finding(code: FindingCode, detail?: string): Finding {
  const shown = detail && detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail;
  return { code, text: say(({ certificate }) => certificate.remark(certificate.finding[code], shown)) };
}

/**
 * What to judge a certificate for, and by whom. A value of another type is `INVALID_ARGUMENT`.
 *
 * @category Certificates
 */
export interface VerifyCertificateOptions {
  /** What the certificate is to be believed for. The two never stand in for each other. */
  readonly purpose: KeyRole;
  /**
   * The CA certificate, from the card or from a folder, or several of which one fits: generations of a CA share one name.
   * It need not come from a trusted place, because it counts only when its fingerprint is among `anchors`. The six of
   * J-LIS come with the package: one that is needed and not given is loaded.
   */
  readonly issuer?: JpkiCertificate | readonly JpkiCertificate[] | undefined;
  /**
   * The moment at which both certificates have to be within their dates; default now. A moment that only the signer
   * claims lets an expired certificate pass.
   */
  readonly at?: Date | undefined;
  /** Whom to believe, instead of the six of J-LIS; of an empty list, nobody. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
}

export const checkCertificates = listOf(checkCertificate);
const VERIFY_CHECKS: ChecksOf<VerifyCertificateOptions> = {
  purpose: required(checkRole),
  issuer: (name, value) => (Array.isArray(value) ? checkCertificates : checkCertificate)(name, value),
  at: checkDate,
  anchors: checkAnchors,
};

/**
 * What is known about a certificate at one moment. It never says that a certificate is not revoked.
 *
 * @category Certificates
 */
export interface CertificateVerdict {
  /** Whether it was issued under an anchor of this purpose, fits the profile and is within its dates. */
  readonly trusted: boolean;
  /** Everything that is wrong; empty when `trusted`. */
  readonly findings: readonly Finding[];
  /** The anchor whose key made the certificate's signature, even when something else is wrong; else `undefined`. */
  readonly anchor: TrustAnchor | undefined;
  /** The CA certificate that was used, the best one when several were given. */
  readonly issuer: JpkiCertificate | undefined;
  readonly purpose: KeyRole;
  readonly checkedAt: Date;
  /** What this verdict says nothing about: show it wherever the verdict is shown. */
  readonly notChecked: readonly BilingualText[];
  /** The verdict in words, with what was not checked. */
  readonly summary: BilingualText;
}

/**
 * Judges a certificate: who issued it, for what, and whether it is within its dates. Revocation is not asked for: only
 * accredited verifiers can (公的個人認証法 第17条).
 *
 * @throws JpkiError `INVALID_ARGUMENT` (no certificate, no purpose, no date, an anchor without a fingerprint)
 * @example
 * const issuer = JpkiCertificate.parse(await readFile('authca03.cer'));
 * const verdict = await verifyCertificate(certificate, { purpose: 'auth', issuer });
 * if (!verdict.trusted) throw new Error(verdict.findings.map((finding) => finding.text.en).join(' '));
 * @category Certificates
 */
export async function verifyCertificate(
  certificate: JpkiCertificate,
  options: VerifyCertificateOptions,
): Promise<CertificateVerdict> {
  checkCertificate('certificate', certificate);
  const {
    purpose,
    issuer: given = [],
    at = new Date(),
    anchors = JLIS_TRUST_ANCHORS,
  } = checkedOptions(options, VERIFY_CHECKS);
  const checkedAt = new Date(at);
  const missing = await missingIssuer(certificate, [given].flat(), anchors);
  const all = [...[given].flat(), ...(missing ? [missing] : [])];
  const issuers = [...new Map(all.map((issuer) => [issuer.fingerprintSha256, issuer])).values()];
  // Of many only the anchored ones are asked for their key's signature: whoever makes up CA certificates makes no work.
  const judged = issuers.map((issuer) =>
    judgeIssuer(certificate, issuer, { purpose, at: checkedAt, anchors, alone: issuers.length === 1 }),
  );
  const [best] = (await Promise.all(judged)).sort(
    (a, b) => Number(b.isKnown) - Number(a.isKnown) || a.findings.length - b.findings.length,
  );
  const findings = Object.freeze([
    ...judgeLeaf(certificate, purpose, checkedAt, best?.anchor),
    ...(best?.findings ?? [issuerMissing(certificate)]),
  ]);
  const anchor = best?.anchor;
  const trusted = findings.length === 0 && anchor !== undefined;
  return Object.freeze({
    trusted,
    findings,
    anchor,
    issuer: best?.issuer,
    purpose,
    checkedAt,
    notChecked: Object.freeze([REVOCATION_NOT_CHECKED]),
    summary: trusted
      ? issuedUnder(anchor, checkedAt)
      : say((texts) => texts.certificate.verdict.untrusted(findings.map(({ text }) => text))),
  });
}

/** The published CA certificate that the certificate names, where it would be believed and is not among those given. */
async function missingIssuer(
  certificate: JpkiCertificate,
  given: readonly JpkiCertificate[],
  anchors: readonly TrustAnchor[],
): Promise<JpkiCertificate | undefined> {
  const sha256 = namedAnchor(certificate)?.sha256;
  const isBelieved = anchors.some((anchor) => anchor.sha256.toLowerCase() === sha256);
  const isGiven = given.some(({ fingerprintSha256 }) => fingerprintSha256 === sha256);
  return isBelieved && !isGiven ? publishedIssuer(certificate) : undefined;
}

const REVOCATION_NOT_CHECKED = Object.freeze(say((texts) => texts.certificate.verdict.revocationNotChecked));

/** A good verdict in one paragraph of each language, which claims no more than was checked (docs/card.md section 8). */
function issuedUnder(anchor: TrustAnchor, at: Date): BilingualText {
  const moment = `${at.toISOString().slice(0, 19)}Z`;
  const isJlis = JLIS_TRUST_ANCHORS.some(({ sha256 }) => sha256 === anchor.sha256.toLowerCase());
  return say(({ certificate: { verdict } }) =>
    verdict.and(
      (isJlis ? verdict.byJlis : verdict.byAnother)(anchor.name, moment),
      verdict.revocationNotChecked,
    ),
  );
}

/** Names the anchor that the certificate's authority key identifier points to, if it is one of J-LIS. */
function issuerMissing(certificate: JpkiCertificate): Finding {
  const hint = namedAnchor(certificate);
  return finding('ISSUER_MISSING', hint && `${hint.name}?`);
}

/** What the certificate itself has to be, whoever issued it. */
function judgeLeaf(
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
    ...unless(isFitKey(fields.rsaKey), 'CERTIFICATE_KEY'),
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

/** What the CA certificate has to be, and whether its key made the signature. */
async function judgeIssuer(
  certificate: JpkiCertificate,
  issuer: JpkiCertificate,
  {
    purpose,
    at,
    anchors,
    alone,
  }: { purpose: KeyRole; at: Date; anchors: readonly TrustAnchor[]; alone: boolean },
) {
  const fields = fieldsOf(issuer);
  const { extensions } = fields;
  const matching = anchors.filter(({ sha256 }) => sha256.toLowerCase() === issuer.fingerprintSha256);
  const anchor = matching.find((candidate) => candidate.purpose === purpose);
  const fitKey = isFitKey(fields.rsaKey);
  // A key that is unfit is not asked, nor about an algorithm that is none: either is a finding of its own.
  const { signatureAlgorithm } = fieldsOf(certificate);
  const isKnown = matching.length > 0;
  if (isKnown) rememberCertificate(issuer);
  const askable = fitKey && signatureAlgorithm === RSA_SIGNATURES['SHA-256'] && (alone || isKnown);
  const signed = askable ? await hasIssued(issuer, certificate) : undefined;
  const findings = [
    ...unless(anchor !== undefined, isKnown ? 'ISSUER_OTHER_PURPOSE' : 'ISSUER_NOT_ANCHORED'),
    ...unless(certificate.issuer.equals(issuer.subject), 'ISSUER_NAME', String(issuer.subject)),
    ...unless(fitKey, 'ISSUER_KEY'),
    ...unless(signed !== false, 'CERTIFICATE_SIGNATURE'),
    ...unless(extensions.isCa, 'ISSUER_NOT_CA'),
    ...unless(extensions.keyUsage?.includes('keyCertSign') === true, 'ISSUER_KEY_USAGE'),
    ...judgeDates(fields, at, 'ISSUER'),
    ...judgeCriticalExtensions(fields, 'ISSUER_CRITICAL_EXTENSION'),
  ];
  // Only the one whose key made the signature.
  return { issuer, findings, isKnown, anchor: signed ? anchor : undefined };
}

/** SubjectPublicKeyInfo of RSA-4096 has 550 bytes: a larger key is refused by every verdict and would only take time. */
const MAX_SPKI_LENGTH = 600;

/** Most bytes that are hashed without a turn for others: about a millisecond. */
const MAX_AT_ONCE = 1024 * 1024;

/** Keys as Node.js has them, which takes a fifth of a check to make. */
const nativeKeys = new WeakMap<JpkiCertificate, ReturnType<typeof import('node:crypto').createPublicKey>>();

/**
 * Whether the certificate's key made the RSASSA-PKCS1-v1_5 signature. OpenSSL and WebCrypto build the one right block and
 * compare it whole, so nothing can hide in the padding. A key that cannot be used has signed nothing.
 */
export async function isSignedBy(
  certificate: JpkiCertificate,
  hash: HashName,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  if (certificate.spki.length > MAX_SPKI_LENGTH) return false;
  const rsaKey = rsaKeyOf(certificate);
  const native = builtinModule('node:crypto');
  try {
    // A check takes 40 microseconds, and WebCrypto's way to another thread and back several times that. A key that no
    // verdict believes could take longer, and goes that way.
    if (native !== undefined && isFitKey(rsaKey) && data.length <= MAX_AT_ONCE) {
      const key =
        nativeKeys.get(certificate) ?? native.createPublicKey({ key: jwkOf(rsaKey), format: 'jwk' });
      nativeKeys.set(certificate, key);
      const padding = native.constants.RSA_PKCS1_PADDING;
      return native.verify(hash.replace('-', ''), data, { key, padding }, signature);
    }
    const key = await certificate.importPublicKey({ name: 'RSASSA-PKCS1-v1_5', hash });
    return await crypto.subtle.verify(key.algorithm.name, key, forWebCrypto(signature), forWebCrypto(data));
  } catch {
    return false;
  }
}

/** Whether the certificate was signed with the issuer's key, in the only algorithm of the JPKI. */
export async function hasIssued(issuer: JpkiCertificate, certificate: JpkiCertificate): Promise<boolean> {
  const { signatureAlgorithm, signature, tbs } = fieldsOf(certificate);
  return (
    signatureAlgorithm === RSA_SIGNATURES['SHA-256'] && (await isSignedBy(issuer, 'SHA-256', signature, tbs))
  );
}

function judgeDates(
  fields: CertificateFields,
  at: Date,
  whose: 'CERTIFICATE' | 'ISSUER',
): readonly Finding[] {
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  const validity = validityAt(fields, at);
  return [
    ...unless(validity !== 'early', `${whose}_NOT_YET_VALID`, day(fields.notBefore)),
    ...unless(validity !== 'late', `${whose}_EXPIRED`, day(fields.notAfter)),
  ];
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

function isFitKey(rsaKey: CertificateFields['rsaKey']): rsaKey is NonNullable<typeof rsaKey> {
  return (
    rsaKey !== undefined &&
    rsaKey.modulusBits >= 2048 &&
    rsaKey.modulusBits <= 4096 &&
    rsaKey.exponent === PUBLIC_EXPONENT
  );
}

function unless(condition: boolean, code: FindingCode, detail?: string): readonly Finding[] {
  return condition ? [] : [finding(code, detail || undefined)];
}
