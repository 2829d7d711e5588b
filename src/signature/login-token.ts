/** What a login token is, and from its text to its parts, strictly: what is not as createLoginToken makes it is refused. */
import type { HashName } from '../jpki/hash.js';
import { hashNamed, JWS_ALGORITHMS } from './card-signature.js';
import { type CompactJws, readChain, readCompactJws, readJson, type SignerChain } from './jws-read.js';

/** `typ` of the header: a token for another use is never one for logging in (RFC 8725 section 3.11). */
export const LOGIN_TOKEN_TYPE = 'jpki-login+jwt';

/** Most characters of a token. One has about 6000, nearly all of them the two certificates. */
export const MAX_TOKEN_LENGTH = 16_384;

/**
 * Stable names of what a verdict on a token finds wrong, beside those about its certificate.
 *
 * @category Logins
 */
export type LoginFindingCode =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_REPEATED_NAME'
  | 'TOKEN_ALGORITHM'
  | 'TOKEN_TYPE'
  | 'TOKEN_HEADER'
  | 'TOKEN_CERTIFICATES'
  | 'TOKEN_AUDIENCE'
  | 'TOKEN_NONCE'
  | 'TOKEN_CHALLENGE'
  | 'TOKEN_TIMES'
  | 'TOKEN_NOT_YET_VALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_TOO_OLD'
  | 'TOKEN_SIGNATURE';

interface LoginToken {
  readonly jws: CompactJws;
  readonly hash: HashName;
  readonly chain: SignerChain;
  readonly claims: ReadonlyMap<string, unknown>;
}

/** The only parameters of its header: none of them can lead to another key, or change what is signed. */
const PARAMETERS: readonly string[] = ['alg', 'typ', 'x5c'];

const DEFECTS = { malformed: 'TOKEN_MALFORMED', 'repeated-name': 'TOKEN_REPEATED_NAME' } as const;

/** @returns the parts, or what makes the token one that is not looked at any further */
export function readLoginToken(token: unknown): LoginToken | LoginFindingCode {
  const jws = readCompactJws(token, MAX_TOKEN_LENGTH);
  if (typeof jws === 'string') return DEFECTS[jws];
  const claims = readJson(jws.payload);
  if (typeof claims === 'string') return DEFECTS[claims];

  const { header } = jws;
  const hash = hashNamed(JWS_ALGORITHMS, header.get('alg'));
  if (hash === undefined) return 'TOKEN_ALGORITHM';
  if (header.get('typ') !== LOGIN_TOKEN_TYPE) return 'TOKEN_TYPE';
  if ([...header.keys()].some((name) => !PARAMETERS.includes(name))) return 'TOKEN_HEADER';
  const chain = readChain(header.get('x5c'));
  if (chain?.issuers.length !== 1) return 'TOKEN_CERTIFICATES';
  return { jws, hash, chain, claims };
}
