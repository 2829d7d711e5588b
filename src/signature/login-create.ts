import {
  type ChecksOf,
  checkedOptions,
  checkSignal,
  checkText,
  integerFrom,
  required,
} from '../arguments.js';
import { JpkiError } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import { checkApplet } from './check.js';
import { signJws } from './jws.js';
import { DEFAULT_EXPIRES_IN_SECONDS, LOGIN_TOKEN_TYPE, MAX_TOKEN_LENGTH } from './login-profile.js';

/** Longer ones, about 68 years, are meant for ever, which no token is good for. */
const MAX_EXPIRES_IN_SECONDS = 2 ** 31 - 1;

/** The challenge that a login token answers. A value of another type or range is `INVALID_ARGUMENT`. */
export interface CreateLoginTokenOptions extends OperationOptions {
  /** Whom the token is for, a string that is not empty. Take it from what the program connects to, never from what the server says it is. */
  readonly audience: string;
  /** What the server gave for this one login, a string that is not empty. */
  readonly nonce: string;
  /** Whole seconds until it is refused, 1 to 2147483647; default 120. */
  readonly expiresInSeconds?: number | undefined;
}

/** Required: without this a server that forgets its nonce would accept a token without one. */
export const CHALLENGE_CHECKS = { audience: required(checkText), nonce: required(checkText) } as const;

const CREATE_CHECKS: ChecksOf<CreateLoginTokenOptions> = {
  ...CHALLENGE_CHECKS,
  expiresInSeconds: integerFrom(1, MAX_EXPIRES_IN_SECONDS),
  signal: checkSignal,
};

/**
 * Makes a token that proves to one server, once, that the holder of the authentication key is here: a compact JWS,
 * RS256, with the claims `aud`, `nonce`, `iat` and `exp`. The auth PIN must have been verified.
 *
 * @throws JpkiError what `signJws` throws, and `INVALID_ARGUMENT` when audience and nonce are much too long
 * @example
 * await applet.verifyPin('auth', pin);
 * const token = await createLoginToken(applet, { audience: 'https://example.jp', nonce });
 */
export async function createLoginToken(
  applet: JpkiApplet,
  options: CreateLoginTokenOptions,
): Promise<string> {
  checkApplet('applet', applet);
  const {
    audience,
    nonce,
    expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS,
    signal,
  } = checkedOptions(options, CREATE_CHECKS);
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { aud: audience, nonce, iat: issuedAt, exp: issuedAt + expiresInSeconds };
  // Half of a token: the certificates take less than the other, so nothing is signed for nothing.
  if (new TextEncoder().encode(JSON.stringify(claims)).length > MAX_TOKEN_LENGTH / 2) throw tooLong();
  const token = await signJws(applet, 'auth', claims, { header: { typ: LOGIN_TOKEN_TYPE }, signal });
  if (token.length > MAX_TOKEN_LENGTH) throw tooLong();
  return token;
}

function tooLong(): JpkiError {
  return new JpkiError('INVALID_ARGUMENT', {
    en: 'audience and nonce are too long for a login token.',
    ja: 'audience と nonce がログイントークンには長すぎます。',
  });
}
