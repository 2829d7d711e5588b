import { bytesFrom, checkText } from '../arguments.js';
import { forWebCrypto, toBase64Url } from '../bytes.js';

/** Fewer are guessed sooner than the hash is: as long as SHA-256 (RFC 2104 section 3). */
const LEAST_SECRET = 32;

const checkSecret = bytesFrom(LEAST_SECRET, 1024);

/**
 * A key for an account from the subject of a login, for a service that is not to keep serial numbers of certificates: HMAC-
 * SHA-256 with a secret of the service. The same subject gives the same key at this service, and nobody without the secret
 * finds the serial number from it, though all serial numbers can be tried. Whether that is enough is a question for a lawyer.
 *
 * @param secret 32 to 1024 random bytes, kept apart from the accounts; with another one every account has another key
 * @returns 43 characters, base64url
 * @throws JpkiError `INVALID_ARGUMENT`
 * @example
 * if (verdict.valid) console.log(await accountKey(verdict.subject, secret));
 * @category Logins
 */
export async function accountKey(subject: string, secret: Uint8Array): Promise<string> {
  checkText('subject', subject);
  checkSecret('secret', secret);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', forWebCrypto(secret), algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(subject));
  return toBase64Url(new Uint8Array(mac));
}
