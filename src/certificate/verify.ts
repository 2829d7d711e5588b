import { type ChecksOf, checkDate, checkedOptions, checkRole, listOf, required } from '../arguments.js';
import type { BilingualText, KeyRole } from '../errors.js';
import { checkCertificate, type JpkiCertificate } from './certificate.js';
import { type Finding, finding } from './findings.js';
import { type IssuerJudgement, judgeIssuer, judgeLeaf } from './judge.js';
import { checkAnchors, JLIS_TRUST_ANCHORS, type TrustAnchor } from './trust-anchors.js';
import { REVOCATION_NOT_CHECKED, summarise } from './verdict-texts.js';

/** What to judge a certificate for, and by whom. A value of another type is `INVALID_ARGUMENT`. */
export interface VerifyCertificateOptions {
  /** What the certificate is to be believed for. The two never stand in for each other. */
  readonly purpose: KeyRole;
  /**
   * The CA certificate, from the card or from a folder, or several of which one fits: generations of a CA share one name.
   * It need not come from a trusted place, because it counts only when its fingerprint is among `anchors`.
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

const checkCertificates = listOf(checkCertificate);
const VERIFY_CHECKS: ChecksOf<VerifyCertificateOptions> = {
  purpose: required(checkRole),
  issuer: (name, value) => (Array.isArray(value) ? checkCertificates : checkCertificate)(name, value),
  at: checkDate,
  anchors: checkAnchors,
};

/** What is known about a certificate at one moment. It never says that a certificate is not revoked. */
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
  const candidates = [given].flat();
  const judged = candidates.map((issuer) =>
    judgeIssuer(certificate, issuer, { purpose, at: checkedAt, anchors }),
  );
  const best = (await Promise.all(judged)).reduce<IssuerJudgement | undefined>(
    (least, next) => (least && least.findings.length <= next.findings.length ? least : next),
    undefined,
  );
  const findings = Object.freeze([
    ...judgeLeaf(certificate, purpose, checkedAt, best?.anchor),
    ...(best?.findings ?? [issuerMissing(certificate)]),
  ]);
  const outcome = {
    trusted: findings.length === 0 && best?.anchor !== undefined,
    findings,
    anchor: best?.anchor,
  };
  return Object.freeze({
    ...outcome,
    issuer: best?.issuer,
    purpose,
    checkedAt,
    notChecked: Object.freeze([REVOCATION_NOT_CHECKED]),
    summary: summarise(outcome, checkedAt),
  });
}

/** Names the anchor that the certificate's authority key identifier points to, if it is one of J-LIS. */
function issuerMissing(certificate: JpkiCertificate): Finding {
  const identifier = certificate.authorityKeyIdentifier;
  const hint = JLIS_TRUST_ANCHORS.find((anchor) => anchor.subjectKeyIdentifier === identifier);
  return finding('ISSUER_MISSING', hint && `${hint.name}?`);
}
