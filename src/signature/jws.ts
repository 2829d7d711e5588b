import {
  type ChecksOf,
  checkedOptions,
  checkObject,
  checkRole,
  checkThat,
  isBytes,
  oneOf,
} from '../arguments.js';
import { toBase64, toBase64Url } from '../bytes.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { PIN_CHECKS, type PinOptions, wipingPin } from '../jpki/pin-options.js';
import { say } from '../text/index.js';
import { checkApplet, hashNamed, JWS_ALGORITHMS, readCertificates, signChecked } from './card-signature.js';
import { LOGIN_TOKEN_TYPE } from './login-token.js';

/** Most characters of a JWS that is made or judged, so that a stranger's takes a bounded amount of memory. */
export const MAX_JWS_LENGTH = 2 ** 25;

/** Most bytes of a payload: in base64url at most two thirds of the longest JWS. */
const MAX_PAYLOAD_LENGTH = MAX_JWS_LENGTH / 2;

/** Most bytes of the header parameters that a program adds. */
const MAX_PARAMETERS_LENGTH = 8192;

/**
 * Signature algorithms of a card's RSA key (RFC 7518 section 3.3).
 *
 * @category Signatures
 */
export type JwsAlgorithm = 'RS256' | 'RS384' | 'RS512';

/**
 * Bytes as they are, a text in UTF-8, or an object as JSON: at most 16 MiB. Anything else is `INVALID_ARGUMENT`.
 *
 * @category Signatures
 */
export type JwsPayload = Uint8Array | string | Readonly<Record<string, unknown>>;

/**
 * How to sign a JWS. A value of another type is `INVALID_ARGUMENT`.
 *
 * @category Signatures
 */
export interface SignJwsOptions extends PinOptions {
  /** `RS256`, the default, `RS384` or `RS512`. */
  readonly algorithm?: JwsAlgorithm | undefined;
  /** Further protected header parameters, `{ typ: 'JWT' }`. Not `alg`, `x5c`, `crit` and `b64`, nor the `typ` of a login token; at most 8192 bytes as JSON. */
  readonly header?: Readonly<Record<string, unknown>> | undefined;
}

const OPTION_CHECKS: ChecksOf<SignJwsOptions> = {
  algorithm: oneOf(...Object.values(JWS_ALGORITHMS)),
  header: checkObject,
  ...PIN_CHECKS,
};
const checkPayload = checkThat(
  (texts) => texts.signature.jws.aPayload,
  (value) =>
    isBytes(value) ||
    typeof value === 'string' ||
    Object.prototype.toString.call(value) === '[object Object]',
);

/** Set here (`alg`, `x5c`), or of a meaning that this function would have to know (RFC 7515 section 4.1.11, RFC 7797). */
const RESERVED_PARAMETERS = ['alg', 'x5c', 'crit', 'b64'] as const;

/**
 * Signs a payload as a compact JWS (RFC 7515). Its `x5c` holds the certificate of the role and the CA's. The PIN of
 * the role comes with it (`pin`), or must have been verified; the signature is checked against the certificate before
 * anything is returned.
 *
 * @throws JpkiError `PIN_REQUIRED`, with `pin` what `verifyPin` throws, `CERTIFICATE_ABSENT`, `CERTIFICATE_INVALID`, `SIGNATURE_INVALID` (the card's signature
 * does not fit its certificate), `INVALID_ARGUMENT`
 * @example
 * const jws = await signJws(applet, 'auth', { hello: 'world' }, { header: { typ: 'JWT' } });
 * const { payload } = await jose.compactVerify(jws, await certificate.importPublicKey());
 * @category Signatures
 */
export async function signJws(
  applet: JpkiApplet,
  role: KeyRole,
  payload: JwsPayload,
  options: SignJwsOptions = {},
): Promise<string> {
  return wipingPin(options, () => signJwsOf(undefined, applet, role, payload, options));
}

/**
 * The same for the package itself, which also makes the type that nobody else is let make: whoever lets others choose
 * header and payload would sign them in.
 *
 * @param type `typ` of the header, where the package sets it
 */
export async function signJwsOf(
  type: typeof LOGIN_TOKEN_TYPE | undefined,
  applet: JpkiApplet,
  role: KeyRole,
  payload: JwsPayload,
  options: SignJwsOptions,
): Promise<string> {
  checkApplet('applet', applet);
  checkRole('role', role);
  checkPayload('payload', payload);
  const { algorithm = 'RS256', header = {}, ...pinOptions } = checkedOptions(options, OPTION_CHECKS);
  const hash = hashNamed(JWS_ALGORITHMS, algorithm) ?? 'SHA-256';
  // As it will be written: an object can say in its `toJSON` what it does not hold.
  const given: Readonly<Record<string, unknown>> = { ...JSON.parse(toJson({ ...header })) };
  const reserved = RESERVED_PARAMETERS.find(
    (name) => Object.hasOwn(header, name) || Object.hasOwn(given, name),
  );
  if (reserved !== undefined) throw notSettable(reserved);
  if (isLoginType(given['typ'])) throw notSettable(`typ "${LOGIN_TOKEN_TYPE}"`);
  const bytes = isBytes(payload) ? payload : utf8(typeof payload === 'string' ? payload : toJson(payload));
  const parameters = { alg: algorithm, ...given, ...(type === undefined ? {} : { typ: type }) };
  if (bytes.length > MAX_PAYLOAD_LENGTH || utf8(toJson(parameters)).length > MAX_PARAMETERS_LENGTH) {
    throw new JpkiError(
      'INVALID_ARGUMENT',
      say((texts) => texts.signature.jws.tooLong),
    );
  }
  const encodedPayload = toBase64Url(bytes);

  const { certificate, issuer } = await readCertificates(applet, role, pinOptions);
  const x5c = [toBase64(certificate.der), toBase64(issuer.der)];
  const encodedHeader = toBase64Url(utf8(toJson({ ...parameters, x5c })));
  const signingInput = `${encodedHeader}.${encodedPayload}`;
  const signature = await signChecked(applet, role, hash, certificate, utf8(signingInput), pinOptions);
  return `${signingInput}.${toBase64Url(signature)}`;
}

function notSettable(parameter: string): JpkiError {
  const message = say((texts) => texts.signature.jws.reserved(parameter));
  return new JpkiError('INVALID_ARGUMENT', message);
}

/** However a receiver may compare it: in any case, and with what RFC 7515 section 4.1.9 lets one leave out. */
function isLoginType(typ: unknown): boolean {
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === LOGIN_TOKEN_TYPE;
}

function toJson(value: object): string {
  let cause: unknown;
  try {
    // `undefined` where an object has a toJSON that gives nothing.
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  const message = say((texts) => texts.signature.jws.noJson);
  throw new JpkiError('INVALID_ARGUMENT', message, { cause });
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
