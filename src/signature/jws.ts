import { toBase64, toBase64Url } from '../bytes.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import type { HashName } from '../jpki/hash.js';
import { checkRole, readCertificates, signChecked } from './check.js';
import { HASHES, hashNamed } from './hashes.js';

/** Signature algorithms of a card's RSA key (RFC 7518 section 3.3). */
export type JwsAlgorithm = 'RS256' | 'RS384' | 'RS512';

/** Bytes as they are, a text in UTF-8, or an object as JSON. */
export type JwsPayload = Uint8Array | string | Readonly<Record<string, unknown>>;

/** How to sign a JWS. */
export interface SignJwsOptions extends OperationOptions {
  /** Default `RS256`. */
  readonly algorithm?: JwsAlgorithm | undefined;
  /** Further protected header parameters, `{ typ: 'JWT' }`. Not `alg`, `x5c`, `crit` and `b64`. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
}

/** Set here (`alg`, `x5c`), or of a meaning that this function would have to know (RFC 7515 section 4.1.11, RFC 7797). */
const RESERVED_PARAMETERS = ['alg', 'x5c', 'crit', 'b64'] as const;

/**
 * Signs a payload as a compact JWS (RFC 7515). Its `x5c` holds the certificate of the role and the CA's. The PIN of
 * the role must have been verified; the signature is checked against the certificate before anything is returned.
 *
 * @throws JpkiError `PIN_REQUIRED`, `CERTIFICATE_ABSENT`, `CERTIFICATE_INVALID`, `SIGNATURE_INVALID` (the card's signature
 * does not fit its certificate), `INVALID_ARGUMENT`
 * @example
 * const jws = await signJws(applet, 'auth', { hello: 'world' }, { header: { typ: 'JWT' } });
 * const { payload } = await jose.compactVerify(jws, await certificate.importPublicKey());
 */
export async function signJws(
  applet: JpkiApplet,
  role: KeyRole,
  payload: JwsPayload,
  options: SignJwsOptions = {},
): Promise<string> {
  const { algorithm = 'RS256', header = {} } = options;
  checkRole(role);
  const hash = checkAlgorithm(algorithm);
  const reserved = RESERVED_PARAMETERS.find((name) => Object.hasOwn(header, name));
  if (reserved !== undefined) {
    throw new JpkiError('INVALID_ARGUMENT', `The header parameter "${reserved}" cannot be set.`);
  }
  const encodedPayload = toBase64Url(payloadBytes(payload));

  const { certificate, issuer } = await readCertificates(applet, role, options);
  const x5c = [toBase64(certificate.der), toBase64(issuer.der)];
  const encodedHeader = toBase64Url(utf8(toJson({ alg: algorithm, ...header, x5c })));
  const signingInput = `${encodedHeader}.${encodedPayload}`;
  const signature = await signChecked(applet, role, hash, certificate, utf8(signingInput), options);
  return `${signingInput}.${toBase64Url(signature)}`;
}

function checkAlgorithm(algorithm: JwsAlgorithm): HashName {
  const hash = hashNamed('jwa', algorithm);
  if (hash !== undefined) return hash;
  const names = Object.values(HASHES).map(({ jwa }) => jwa);
  throw new JpkiError('INVALID_ARGUMENT', `The algorithm is none of ${names.join(', ')}.`);
}

function payloadBytes(payload: JwsPayload): Uint8Array {
  if (payload instanceof Uint8Array) return payload;
  return utf8(typeof payload === 'string' ? payload : toJson(payload));
}

function toJson(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new JpkiError('INVALID_ARGUMENT', 'The payload or header is no JSON.', { cause });
  }
  // A function or `undefined` is left out by JSON, silently.
  if (text === undefined) throw new JpkiError('INVALID_ARGUMENT', 'The payload or header is no JSON.');
  return text;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
