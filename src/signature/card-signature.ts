/** What every kind of signature stands on: the hashes, one signature of a card, and the check of one. */
import { checkFunction, fieldsOf, oneOf, required } from '../arguments.js';
import { HASH_ALGORITHMS, RSA_SIGNATURES } from '../asn1/oid.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import { forWebCrypto, type HashName } from '../jpki/hash.js';
import { say } from '../text/index.js';

interface HashFacts {
  /** Length of a hash in bytes. */
  readonly length: number;
  /** Object identifier of the hash (RFC 5754 section 2). */
  readonly oid: string;
  /** Object identifier of RSASSA-PKCS1-v1_5 with the hash (RFC 5754 section 3.2). */
  readonly signatureOid: string;
  /** Name in a JWS header (RFC 7518 section 3.1). */
  readonly jwa: 'RS256' | 'RS384' | 'RS512';
}

/** The hashes a signature may be made over, and what each is called elsewhere. */
export const HASHES: Readonly<Record<HashName, HashFacts>> = {
  'SHA-256': {
    length: 32,
    oid: HASH_ALGORITHMS['SHA-256'],
    signatureOid: RSA_SIGNATURES['SHA-256'],
    jwa: 'RS256',
  },
  'SHA-384': {
    length: 48,
    oid: HASH_ALGORITHMS['SHA-384'],
    signatureOid: RSA_SIGNATURES['SHA-384'],
    jwa: 'RS384',
  },
  'SHA-512': {
    length: 64,
    oid: HASH_ALGORITHMS['SHA-512'],
    signatureOid: RSA_SIGNATURES['SHA-512'],
    jwa: 'RS512',
  },
};

const NAMES = Object.keys(HASHES) as readonly HashName[];

/** The hash that `key` names as `value`: `hashNamed('jwa', 'RS256')`. */
export function hashNamed(key: 'oid' | 'signatureOid' | 'jwa', value: unknown): HashName | undefined {
  return NAMES.find((name) => HASHES[name][key] === value);
}

export const checkHash = oneOf(...NAMES);

/** SubjectPublicKeyInfo of RSA-4096 has 550 bytes: a larger key is refused by every verdict and would only take time. */
const MAX_SPKI_LENGTH = 600;

/**
 * Whether the certificate's key made the RSASSA-PKCS1-v1_5 signature. WebCrypto builds the one right block and
 * compares it whole, so nothing can hide in the padding. A key that cannot be used has signed nothing.
 */
export async function isSignedBy(
  certificate: JpkiCertificate,
  hash: HashName,
  signature: Uint8Array,
  data: Uint8Array,
): Promise<boolean> {
  if (certificate.spki.length > MAX_SPKI_LENGTH) return false;
  try {
    const key = await certificate.importPublicKey({ name: 'RSASSA-PKCS1-v1_5', hash });
    return await crypto.subtle.verify(key.algorithm.name, key, forWebCrypto(signature), forWebCrypto(data));
  } catch {
    return false;
  }
}

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
    throw new JpkiError(
      'SIGNATURE_INVALID',
      say((texts) => texts.signature.doesNotFit),
      { role },
    );
  }
  return signature;
}

/** The certificate of a role and its CA's, each read from the card once in a session. */
export async function readCertificates(
  applet: JpkiApplet,
  role: KeyRole,
  { signal }: OperationOptions,
): Promise<{ certificate: JpkiCertificate; issuer: JpkiCertificate }> {
  const certificate = await applet.readCertificate(role, { signal });
  return { certificate, issuer: await applet.readCertificate(`${role}-ca`, { signal }) };
}

/** By its members: the applet of the other module system, or one that a program has wrapped, is as good. */
export const checkApplet = fieldsOf<Pick<JpkiApplet, 'sign' | 'readCertificate'>>({
  sign: required(checkFunction),
  readCertificate: required(checkFunction),
});
