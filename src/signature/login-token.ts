/** What a login token is, and from its text to its parts, strictly: what is not as createLoginToken makes it is refused. */
import { orUndefined } from '../asn1/der.js';
import { fromBase64, fromBase64Url } from '../bytes.js';
import { parseCertificate } from '../certificate/certificate.js';
import { JpkiCertificate } from '../certificate/index.js';
import type { HashName } from '../jpki/hash.js';
import { hashNamed, JWS_ALGORITHMS } from './card-signature.js';

/** `typ` of the header: a token for another use is never one for logging in (RFC 8725 section 3.11). */
export const LOGIN_TOKEN_TYPE = 'jpki-login+jwt';

/** Most characters of a token. One has about 6000, nearly all of them the two certificates. */
export const MAX_TOKEN_LENGTH = 16_384;

/** Stable names of what a verdict on a token finds wrong, beside those about its certificate. */
export type LoginFindingCode =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_REPEATED_NAME'
  | 'TOKEN_ALGORITHM'
  | 'TOKEN_TYPE'
  | 'TOKEN_HEADER'
  | 'TOKEN_CERTIFICATES'
  | 'TOKEN_AUDIENCE'
  | 'TOKEN_NONCE'
  | 'TOKEN_TIMES'
  | 'TOKEN_NOT_YET_VALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_TOO_OLD'
  | 'TOKEN_SIGNATURE';

interface LoginToken {
  readonly hash: HashName;
  readonly certificate: JpkiCertificate;
  /** The CA certificate that came with it, which proves nothing by itself. */
  readonly issuer: JpkiCertificate;
  readonly claims: ReadonlyMap<string, unknown>;
  /** Header and payload as they stand (RFC 7515 section 5.2). */
  readonly signingInput: Uint8Array;
  readonly signature: Uint8Array;
}

/** The only parameters of its header: none of them can lead to another key, or change what is signed. */
const PARAMETERS: readonly string[] = ['alg', 'typ', 'x5c'];

/** @returns the parts, or what makes the token one that is not looked at any further */
export function readLoginToken(token: string): LoginToken | LoginFindingCode {
  if (typeof token !== 'string' || token.length > MAX_TOKEN_LENGTH) return 'TOKEN_MALFORMED';
  const [encodedHeader = '', encodedPayload = '', encodedSignature = '', ...more] = token.split('.');
  const header = readJson(encodedHeader);
  const claims = readJson(encodedPayload);
  const signature = fromBase64Url(encodedSignature);
  if (!signature || more.length > 0) return 'TOKEN_MALFORMED';
  if (header === 'repeated-name' || claims === 'repeated-name') return 'TOKEN_REPEATED_NAME';
  if (header === 'malformed' || claims === 'malformed') return 'TOKEN_MALFORMED';

  const hash = hashNamed(JWS_ALGORITHMS, header.get('alg'));
  if (hash === undefined) return 'TOKEN_ALGORITHM';
  if (header.get('typ') !== LOGIN_TOKEN_TYPE) return 'TOKEN_TYPE';
  if ([...header.keys()].some((name) => !PARAMETERS.includes(name))) return 'TOKEN_HEADER';
  const chain = readChain(header.get('x5c'));
  if (!chain) return 'TOKEN_CERTIFICATES';
  const signingInput = new TextEncoder().encode(`${encodedHeader}.${encodedPayload}`);
  return { hash, ...chain, claims, signingInput, signature };
}

function readJson(encoded: string): ReturnType<typeof readJsonObject> {
  const bytes = fromBase64Url(encoded);
  if (!bytes) return 'malformed';
  try {
    return readJsonObject(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return 'malformed';
  }
}

/** RFC 7515 section 4.1.6: standard base64, the signer's certificate first. */
function readChain(x5c: unknown): Pick<LoginToken, 'certificate' | 'issuer'> | undefined {
  if (!Array.isArray(x5c) || x5c.length !== 2) return undefined;
  const certificate = readCertificate(x5c[0], JpkiCertificate.parse);
  const issuer = readCertificate(x5c[1], parseCertificate);
  return certificate && issuer && { certificate, issuer };
}

function readCertificate(
  encoded: unknown,
  parse: (der: Uint8Array) => JpkiCertificate,
): JpkiCertificate | undefined {
  const der = typeof encoded === 'string' ? fromBase64(encoded) : undefined;
  return der && orUndefined(() => parse(der));
}

/**
 * Reads one JSON object whose names are all different, also in the objects inside it. JSON.parse takes the last of two
 * equal names and other parsers the first, so a token could say one thing here and another elsewhere (RFC 7515 section 10.12).
 *
 * @returns its members, or what is wrong with the text
 */
export function readJsonObject(text: string): ReadonlyMap<string, unknown> | 'malformed' | 'repeated-name' {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'malformed';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'malformed';
  return hasRepeatedName(text) ? 'repeated-name' : new Map(Object.entries(value));
}

/** Strings, and what objects and arrays are made of; everything else is skipped. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:]/g;

/** @param json text that JSON.parse took, so that a colon outside of strings always follows a name */
function hasRepeatedName(json: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [token] of json.matchAll(TOKENS)) {
    switch (token) {
      case '{':
        open.push(new Set());
        break;
      case '[':
        open.push(undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        // One name has several spellings: "a" and "\u0061".
        const name: string = JSON.parse(last);
        const names = open.at(-1);
        if (names?.has(name)) return true;
        names?.add(name);
        break;
      }
      default:
        last = token;
    }
  }
  return false;
}
