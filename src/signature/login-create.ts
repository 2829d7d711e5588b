import { JpkiError } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import { signJws } from './jws.js';
import { DEFAULT_EXPIRES_IN_SECONDS, LOGIN_TOKEN_TYPE, MAX_TOKEN_LENGTH } from './login-profile.js';

/** The challenge that a login token answers. */
export interface CreateLoginTokenOptions extends OperationOptions {
  /** Whom the token is for. Take it from what the program connects to, never from what the server says it is. */
  readonly audience: string;
  /** What the server gave for this one login. */
  readonly nonce: string;
  /** Whole seconds until it is refused; default 120. */
  readonly expiresInSeconds?: number | undefined;
}

/**
 * Makes a token that proves to one server, once, that the holder of the authentication key is here: a compact JWS,
 * RS256, with the claims `aud`, `nonce`, `iat` and `exp`. The auth PIN must have been verified.
 *
 * @throws JpkiError what `signJws` throws, and `INVALID_ARGUMENT` when audience or nonce is empty or much too long
 * @example
 * await applet.verifyPin('auth', pin);
 * const token = await createLoginToken(applet, { audience: 'https://example.jp', nonce });
 */
export async function createLoginToken(
  applet: JpkiApplet,
  options: CreateLoginTokenOptions,
): Promise<string> {
  const { audience, nonce, expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS, signal } = options;
  checkChallenge(audience, nonce);
  if (!Number.isSafeInteger(expiresInSeconds) || expiresInSeconds < 1) {
    throw new JpkiError(
      'INVALID_ARGUMENT',
      'The token is to expire in a whole number of seconds, 1 or more.',
    );
  }
  const issuedAt = Math.floor(Date.now() / 1000);
  const claims = { aud: audience, nonce, iat: issuedAt, exp: issuedAt + expiresInSeconds };
  const token = await signJws(applet, 'auth', claims, { header: { typ: LOGIN_TOKEN_TYPE }, signal });
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new JpkiError('INVALID_ARGUMENT', 'Audience and nonce are too long for a login token.');
  }
  return token;
}

/**
 * Without this a server that forgets its nonce would accept a token without one.
 *
 * @throws JpkiError `INVALID_ARGUMENT`
 */
export function checkChallenge(audience: string, nonce: string): void {
  if (typeof audience !== 'string' || audience === '')
    throw new JpkiError('INVALID_ARGUMENT', 'The audience is not a text, or empty.');
  if (typeof nonce !== 'string' || nonce === '')
    throw new JpkiError('INVALID_ARGUMENT', 'The nonce is not a text, or empty.');
}
