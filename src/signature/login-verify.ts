import { type ChecksOf, checkDate, checkedOptions, checkThat } from '../arguments.js';
import {
  type CertificateVerdict,
  type JpkiCertificate,
  type TrustAnchor,
  verifyCertificate,
} from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { isSignedBy } from './check.js';
import { CHALLENGE_CHECKS } from './login-create.js';
import { LOGIN_FINDINGS, type LoginFinding, type LoginFindingCode } from './login-findings.js';
import { CLOCK_LEEWAY_SECONDS, DEFAULT_MAX_AGE_SECONDS } from './login-profile.js';
import { readLoginToken } from './login-token.js';

/** What a token is checked against. A value of another type or range is `INVALID_ARGUMENT`. */
export interface VerifyLoginTokenOptions {
  /** What the server is called, a string that is not empty: compared exactly, with what the token's maker connected to. */
  readonly audience: string;
  /** What the server gave for this login, and accepts once, a string that is not empty: compared exactly. */
  readonly nonce: string;
  /** The moment to check at; default now. */
  readonly at?: Date | undefined;
  /** Whom to believe, instead of the authentication CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
  /**
   * The oldest token that is accepted, in seconds since it was made, 0 or more, whenever it says that it expires;
   * default 300.
   */
  readonly maxAgeSeconds?: number | undefined;
}

const VERIFY_CHECKS: ChecksOf<VerifyLoginTokenOptions> = {
  ...CHALLENGE_CHECKS,
  at: checkDate,
  anchors: checkAnchors,
  maxAgeSeconds: checkThat(
    { en: 'a number of seconds, 0 or more', ja: '0 以上の秒数' },
    (value) => Number.isFinite(value) && Number(value) >= 0,
  ),
};

/** What a valid token says. */
export interface LoginClaims {
  readonly audience: string;
  readonly nonce: string;
  /** By the clock of the computer that made it. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** The holder of the certificate's key answered this challenge. Says nothing about revocation. */
export interface ValidLogin {
  readonly valid: true;
  readonly findings: readonly [];
  /**
   * Whose certificate it is: serial number, `@`, issuer. The same in every login until the certificate is renewed,
   * which gives the person another one.
   */
  readonly subject: string;
  readonly certificate: JpkiCertificate;
  /** Also says what was not checked. */
  readonly certificateVerdict: CertificateVerdict;
  readonly claims: LoginClaims;
}

/** Nobody is logged in: at least one thing is wrong. */
export interface InvalidLogin {
  readonly valid: false;
  /** Everything that is wrong, as far as the token could be read. */
  readonly findings: readonly LoginFinding[];
}

/** Check `valid` before anything else: only a valid login has a subject. */
export type LoginVerdict = ValidLogin | InvalidLogin;

/**
 * Checks a login token on a server, without a card: RS256, RS384 or RS512 by an authentication certificate under a
 * pinned anchor, for exactly this audience and nonce, within its time. Clocks may be 30 seconds apart.
 *
 * What it cannot do is the server's: give each nonce once, with enough randomness, and forget it at the first answer;
 * ask for revocation (公的個人認証法 第17条: accredited verifiers only); link the accounts of one person when the
 * certificate is renewed.
 *
 * @throws JpkiError `INVALID_ARGUMENT` for options that are none; whatever is wrong with the token is in the verdict, also
 * that it is no string
 * @example
 * const verdict = await verifyLoginToken(token, { audience: 'https://example.jp', nonce });
 * if (verdict.valid) session.user = verdict.subject;
 */
export async function verifyLoginToken(
  token: string,
  options: VerifyLoginTokenOptions,
): Promise<LoginVerdict> {
  const {
    audience,
    nonce,
    anchors,
    at = new Date(),
    maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS,
  } = checkedOptions(options, VERIFY_CHECKS);

  const parts = readLoginToken(token);
  if (typeof parts === 'string') return invalid([parts]);
  const { certificate, issuer, claims, hash, signature, signingInput } = parts;
  // Compared as they are: neither is a secret once it is in a token, so the time it takes tells nothing.
  const wrong: LoginFindingCode[] = [
    ...(claims.get('aud') === audience ? [] : ['TOKEN_AUDIENCE' as const]),
    ...(claims.get('nonce') === nonce ? [] : ['TOKEN_NONCE' as const]),
    ...judgeTimes(claims, at, maxAgeSeconds),
  ];
  const [certificateVerdict, signed] = await Promise.all([
    verifyCertificate(certificate, { purpose: 'auth', issuer, at, anchors }),
    isSignedBy(certificate, hash, signature, signingInput),
  ]);
  if (!signed) wrong.push('TOKEN_SIGNATURE');
  if (wrong.length > 0 || !certificateVerdict.trusted) return invalid(wrong, certificateVerdict.findings);
  const verdict: ValidLogin = {
    valid: true,
    findings: [],
    subject: `${certificate.serialNumber}@${certificate.issuer}`,
    certificate,
    certificateVerdict,
    claims: {
      audience,
      nonce,
      issuedAt: secondsToDate(claims.get('iat')),
      expiresAt: secondsToDate(claims.get('exp')),
    },
  };
  return Object.freeze(verdict);
}

/** RFC 7519 sections 4.1.4 to 4.1.6; at `exp` itself a token has expired. */
function judgeTimes(
  claims: ReadonlyMap<string, unknown>,
  at: Date,
  maxAgeSeconds: number,
): readonly LoginFindingCode[] {
  const [issuedAt, expiresAt] = [claims.get('iat'), claims.get('exp')];
  const notBefore = claims.get('nbf') ?? issuedAt;
  if (!isSeconds(issuedAt) || !isSeconds(expiresAt) || !isSeconds(notBefore)) return ['TOKEN_TIMES'];
  const now = at.getTime() / 1000;
  const findings: LoginFindingCode[] = [];
  if (Math.max(issuedAt, notBefore) > now + CLOCK_LEEWAY_SECONDS) findings.push('TOKEN_NOT_YET_VALID');
  if (now >= expiresAt + CLOCK_LEEWAY_SECONDS) findings.push('TOKEN_EXPIRED');
  if (now - issuedAt > maxAgeSeconds + CLOCK_LEEWAY_SECONDS) findings.push('TOKEN_TOO_OLD');
  return findings;
}

/** Greatest number of seconds that a Date can hold. */
const MAX_SECONDS = 8_640_000_000_000;

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MAX_SECONDS;
}

function secondsToDate(seconds: unknown): Date {
  return new Date(Number(seconds) * 1000);
}

function invalid(
  codes: readonly LoginFindingCode[],
  ofCertificate: CertificateVerdict['findings'] = [],
): InvalidLogin {
  const findings = codes.map((code): LoginFinding => ({ code, text: LOGIN_FINDINGS[code] }));
  return Object.freeze({ valid: false, findings: Object.freeze([...findings, ...ofCertificate]) });
}
