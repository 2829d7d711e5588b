/** Login tokens: made with a card, checked on a server. */
import {
  type ChecksOf,
  checkDate,
  checkedOptions,
  checkText,
  checkThat,
  integerFrom,
  required,
} from '../arguments.js';
import type { CertificateVerdict, Finding, JpkiCertificate, TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { type BilingualText, JpkiError } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { PIN_CHECKS, type PinOptions, wipingPin } from '../jpki/pin-options.js';
import { say } from '../text/index.js';
import { checkApplet } from './card-signature.js';
import { signJwsOf } from './jws.js';
import { judgeSigner } from './jws-read.js';
import { LOGIN_TOKEN_TYPE, type LoginFindingCode, MAX_TOKEN_LENGTH, readLoginToken } from './login-token.js';

/** How long a token is good for, where its maker does not say, in seconds. */
const DEFAULT_EXPIRES_IN_SECONDS = 120;

/** The oldest token that is accepted, where the server does not say, in seconds. */
const DEFAULT_MAX_AGE_SECONDS = 300;

/** How far the clocks of the two sides may be apart, in seconds. */
const CLOCK_LEEWAY_SECONDS = 30;

/** Longer ones, about 68 years, are meant for ever, which no token is good for. */
const MAX_EXPIRES_IN_SECONDS = 2 ** 31 - 1;

/**
 * The challenge that a login token answers. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Logins
 */
export interface CreateLoginTokenOptions extends PinOptions {
  /** Whom the token is for, a string that is not empty. Take it from what the program connects to, never from what the server says it is. */
  readonly audience: string;
  /** What the server gave for this one login, a string that is not empty. */
  readonly nonce: string;
  /** Whole seconds until it is refused, 1 to 2147483647; default 120. */
  readonly expiresInSeconds?: number | undefined;
}

/** Required: without this a server that forgets its nonce would accept a token without one. */
const CHALLENGE_CHECKS = { audience: required(checkText), nonce: required(checkText) } as const;

const CREATE_CHECKS: ChecksOf<CreateLoginTokenOptions> = {
  ...CHALLENGE_CHECKS,
  expiresInSeconds: integerFrom(1, MAX_EXPIRES_IN_SECONDS),
  ...PIN_CHECKS,
};

/**
 * Makes a token that proves to one server, once, that the holder of the authentication key is here: a compact JWS,
 * RS256, with the claims `aud`, `nonce`, `iat` and `exp`. The auth PIN comes with it (`pin`), or must have been
 * verified. Six exchanges from the SELECT on, with the PIN given here and extended length.
 *
 * @throws JpkiError what `signJws` throws, and `INVALID_ARGUMENT` when audience and nonce are much too long
 * @example
 * const pin = () => ask('PIN: ');
 * const token = await createLoginToken(applet, { audience: 'https://example.jp', nonce, pin });
 * @category Logins
 */
export async function createLoginToken(
  applet: JpkiApplet,
  options: CreateLoginTokenOptions,
): Promise<string> {
  return wipingPin(options, () => create(applet, options));
}

async function create(applet: JpkiApplet, options: CreateLoginTokenOptions): Promise<string> {
  checkApplet('applet', applet);
  const {
    audience,
    nonce,
    expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS,
    ...pinOptions
  } = checkedOptions(options, CREATE_CHECKS);
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { aud: audience, nonce, iat: issuedAt, exp: issuedAt + expiresInSeconds };
  // Half of a token: the certificates take less than the other, so nothing is signed for nothing.
  if (new TextEncoder().encode(JSON.stringify(claims)).length > MAX_TOKEN_LENGTH / 2) throw tooLong();
  const token = await signJwsOf(LOGIN_TOKEN_TYPE, applet, 'auth', claims, pinOptions);
  if (token.length > MAX_TOKEN_LENGTH) throw tooLong();
  return token;
}

function tooLong(): JpkiError {
  const message = say((texts) => texts.signature.login.tooLong);
  return new JpkiError('INVALID_ARGUMENT', message);
}

/**
 * One thing that is wrong with a token or its certificate.
 *
 * @category Logins
 */
export interface LoginFinding {
  /** The token's, or `Finding`'s for its certificate. */
  readonly code: LoginFindingCode | Finding['code'];
  readonly text: BilingualText;
}

/**
 * What a token is checked against. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Logins
 */
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
    (texts) => texts.signature.login.seconds,
    (value) => Number.isFinite(value) && Number(value) >= 0,
  ),
};

/**
 * What a valid token says.
 *
 * @category Logins
 */
export interface LoginClaims {
  readonly audience: string;
  readonly nonce: string;
  /** By the clock of the computer that made it. */
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/**
 * The holder of the certificate's key answered this challenge. Says nothing about revocation.
 *
 * @category Logins
 */
export interface ValidLogin {
  readonly valid: true;
  readonly findings: readonly [];
  /**
   * Whose certificate it is: serial number, `@`, issuer. The same in every login until the certificate is renewed,
   * which gives the person another one. 公的個人認証法 limits who may handle such numbers as a service: a lawyer's question before
   * one keeps them; `accountKey` makes a key for an account from it.
   */
  readonly subject: string;
  readonly certificate: JpkiCertificate;
  /** Also says what was not checked. */
  readonly certificateVerdict: CertificateVerdict;
  readonly claims: LoginClaims;
}

/**
 * Nobody is logged in: at least one thing is wrong.
 *
 * @category Logins
 */
export interface InvalidLogin {
  readonly valid: false;
  /** Everything that is wrong, as far as the token could be read. */
  readonly findings: readonly LoginFinding[];
}

/**
 * Check `valid` before anything else: only a valid login has a subject.
 *
 * @category Logins
 */
export type LoginVerdict = ValidLogin | InvalidLogin;

/**
 * Checks a login token on a server, without a card: RS256, RS384 or RS512 by an authentication certificate under a
 * pinned anchor, for exactly this audience and nonce, within its time. Clocks may be 30 seconds apart.
 *
 * What it cannot do is the server's: give each nonce once, with enough randomness, and forget it at the first answer
 * (`LoginChallenges` does); ask for revocation (公的個人認証法 第17条: accredited verifiers only); link the accounts of one person when the
 * certificate is renewed.
 *
 * @throws JpkiError `INVALID_ARGUMENT` for options that are none; whatever is wrong with the token is in the verdict, also
 * that it is no string
 * @example
 * const verdict = await verifyLoginToken(token, { audience: 'https://example.jp', nonce });
 * if (verdict.valid) session.user = await accountKey(verdict.subject, secret);
 * @category Logins
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
  if (typeof parts === 'string') return rejectedLogin([parts]);
  const { jws, hash, chain, claims } = parts;
  const { certificate } = chain;
  // Compared as they are: neither is a secret once it is in a token, so the time it takes tells nothing.
  const wrong: LoginFindingCode[] = [
    ...(claims.get('aud') === audience ? [] : ['TOKEN_AUDIENCE' as const]),
    ...(claims.get('nonce') === nonce ? [] : ['TOKEN_NONCE' as const]),
    ...judgeTimes(claims, at, maxAgeSeconds),
  ];
  const rules = { purpose: 'auth', at, anchors } as const;
  const { certificateVerdict, isSigned } = await judgeSigner(jws, hash, chain, rules);
  if (!isSigned) wrong.push('TOKEN_SIGNATURE');
  if (wrong.length > 0 || !certificateVerdict.trusted)
    return rejectedLogin(wrong, certificateVerdict.findings);
  const verdict: ValidLogin = {
    valid: true,
    findings: [],
    subject: `${certificate.serialNumber}@${certificate.issuer}`,
    certificate,
    certificateVerdict,
    claims: {
      audience,
      nonce,
      issuedAt: new Date(Number(claims.get('iat')) * 1000),
      expiresAt: new Date(Number(claims.get('exp')) * 1000),
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

/** A refusal with its words. */
export function rejectedLogin(
  codes: readonly LoginFindingCode[],
  ofCertificate: CertificateVerdict['findings'] = [],
): InvalidLogin {
  const findings = codes.map(
    (code): LoginFinding => ({ code, text: say((texts) => texts.signature.login.finding[code]) }),
  );
  return Object.freeze({ valid: false, findings: Object.freeze([...findings, ...ofCertificate]) });
}
