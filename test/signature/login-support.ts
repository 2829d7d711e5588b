/** Login tokens that are good but for one thing. */
import { verifyLoginToken } from '../../src/signature/index.js';
import { anchors, codes, type Signer, signerOf } from './support.js';

export const AUDIENCE = 'https://example.jp';
export const NONCE = 'n-0S6_WzA2Mj';
export const EXPECTED = { audience: AUDIENCE, nonce: NONCE, anchors };
export const good = signerOf('auth');

export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
export const base64url = (text: string | Uint8Array) => Buffer.from(text).toString('base64url');
export const now = () => Math.floor(Date.now() / 1000);
export const claims = (changes: Record<string, unknown> = {}) => ({
  aud: AUDIENCE,
  nonce: NONCE,
  iat: now(),
  exp: now() + 120,
  ...changes,
});
export const header = (signer = good, changes: Record<string, unknown> = {}) => ({
  alg: 'RS256',
  typ: 'jpki-login+jwt',
  x5c: [base64(signer.certificate), base64(signer.ca)],
  ...changes,
});

/** A token over texts taken as they are, signed with the key of `signer`. */
export async function tokenOf(
  headerText: string,
  payloadText: string,
  signer = good,
  hash = 'SHA-256',
): Promise<string> {
  const input = `${base64url(headerText)}.${base64url(payloadText)}`;
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash };
  const key = await crypto.subtle.importKey('pkcs8', Buffer.from(signer.privateKey), algorithm, false, [
    'sign',
  ]);
  const signature = await crypto.subtle.sign(algorithm.name, key, Buffer.from(input));
  return `${input}.${base64url(new Uint8Array(signature))}`;
}

export interface Craft {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly signer?: Signer;
  readonly hash?: string;
}

/** The findings about a token that is good but for what `craft` says. */
export async function findingsOf(craft: Craft, options = {}): Promise<string[]> {
  const headerText = JSON.stringify(header(craft.signer, craft.header));
  const token = await tokenOf(headerText, JSON.stringify(claims(craft.claims)), craft.signer, craft.hash);
  return codes(await verifyLoginToken(token, { ...EXPECTED, ...options }));
}
