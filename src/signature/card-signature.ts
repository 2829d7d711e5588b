/** What every kind of signature stands on: the hashes, and one signature of a card. */
import { checkFunction, fieldsOf, oneOf, required } from '../arguments.js';
import { JpkiCertificate } from '../certificate/index.js';
import { publishedIssuer } from '../certificate/published-issuer.js';
import { hasIssued, isSignedBy } from '../certificate/verify.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import type { HashName } from '../jpki/hash.js';
import { checkGivenPin, type PinOptions } from '../jpki/pin-options.js';
import { say } from '../text/index.js';

/** The hashes a signature may be made over, by what a JWS header calls them (RFC 7518 section 3.1). */
export const JWS_ALGORITHMS = { 'SHA-256': 'RS256', 'SHA-384': 'RS384', 'SHA-512': 'RS512' } as const;

const NAMES = Object.keys(JWS_ALGORITHMS) as readonly HashName[];

/** The hash that `names` calls `value`: `hashNamed(JWS_ALGORITHMS, 'RS256')`. */
export function hashNamed(names: Readonly<Record<HashName, string>>, value: unknown): HashName | undefined {
  return NAMES.find((name) => names[name] === value);
}

export const checkHash = oneOf(...NAMES);

/**
 * Signs with the card and checks the signature against the certificate, so that what a bad exchange made is never
 * handed out.
 *
 * @throws JpkiError `SIGNATURE_INVALID`, and what `JpkiApplet.sign` throws
 */
export async function signChecked(
  applet: JpkiApplet,
  role: KeyRole,
  hash: HashName,
  certificate: JpkiCertificate,
  data: Uint8Array,
  { signal }: OperationOptions,
): Promise<Uint8Array> {
  const signature = await applet.sign(role, data, { scheme: `RSASSA-PKCS1-v1_5-${hash}`, signal });
  if (!(await isSignedBy(certificate, hash, signature, data))) {
    const message = say((texts) => texts.signature.doesNotFit);
    throw new JpkiError('SIGNATURE_INVALID', message, { role });
  }
  return signature;
}

/**
 * The certificate of a role and its CA's, each read from the card once in a session, the CA's only where it is none of
 * those that J-LIS has published or is needed to find something out. A PIN that is given with them is
 * presented when `ready` is, and behind every read that does not need it: such a read finds out whether one of extended
 * length may follow the PIN, and a PIN is not asked for where nothing could be signed.
 */
export async function readCertificates(
  applet: JpkiApplet,
  role: KeyRole,
  { pin, signal, ...rules }: PinOptions,
  ready?: Promise<unknown>,
): Promise<{ certificate: JpkiCertificate; issuer: JpkiCertificate }> {
  if (pin === undefined) {
    const certificate = await applet.readCertificate(role, { signal });
    return { certificate, issuer: await issuerOf(certificate, applet, role, { signal }) };
  }
  checkGivenPin(role, pin);
  const certificate = role === 'auth' ? await readUnlessBehindPin(applet, { signal }) : undefined;
  const issuer = await issuerOf(certificate, applet, role, { signal });
  await ready;
  await applet.verifyPin(role, pin, { ...rules, signal });
  return { certificate: certificate ?? (await applet.readCertificate(role, { signal })), issuer };
}

/** Its CA's certificate: the published one if its key issued it, else the copy on the card. */
export async function issuerOf(
  certificate: JpkiCertificate | undefined,
  applet: Pick<JpkiApplet, 'readCertificate'>,
  role: KeyRole,
  options: OperationOptions,
): Promise<JpkiCertificate> {
  const published = certificate && (await publishedIssuer(certificate));
  // Read anew: an applet of the package's other build gives a certificate that is looked into by that build alone.
  if (published && (await hasIssued(published, JpkiCertificate.parse(certificate.der)))) return published;
  return applet.readCertificate(`${role}-ca`, options);
}

/** A phone gives the authentication certificate after its PIN alone [myna]. */
async function readUnlessBehindPin(
  applet: JpkiApplet,
  options: OperationOptions,
): Promise<JpkiCertificate | undefined> {
  try {
    return await applet.readCertificate('auth', options);
  } catch (error) {
    if (JpkiError.is(error) && error.code === 'PIN_REQUIRED') return undefined;
    throw error;
  }
}

/** By its members: the applet of the other module system, or one that a program has wrapped, is as good. */
export const checkApplet = fieldsOf<Pick<JpkiApplet, 'sign' | 'readCertificate' | 'verifyPin'>>({
  sign: required(checkFunction),
  verifyPin: required(checkFunction),
  readCertificate: required(checkFunction),
});
