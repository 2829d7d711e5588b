/** From the text of a login token to its parts, strictly: what is not as createLoginToken makes it is refused. */
import { fromBase64, fromBase64Url } from '../bytes.js';
import { JpkiCertificate } from '../certificate/index.js';
import { JpkiError } from '../errors.js';
import type { HashName } from '../jpki/hash.js';
import { hashNamed } from './hashes.js';
import { readJsonObject } from './json.js';
import type { LoginFindingCode } from './login-findings.js';
import { LOGIN_TOKEN_TYPE, MAX_TOKEN_LENGTH } from './login-profile.js';

export interface LoginToken {
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

  const hash = hashNamed('jwa', header.get('alg'));
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
  const [certificate, issuer] = x5c.map(readCertificate);
  return certificate && issuer && { certificate, issuer };
}

function readCertificate(encoded: unknown): JpkiCertificate | undefined {
  const der = typeof encoded === 'string' ? fromBase64(encoded) : undefined;
  if (!der) return undefined;
  try {
    return JpkiCertificate.parse(der);
  } catch (error) {
    if (error instanceof JpkiError) return undefined;
    throw error;
  }
}
