import { checkFunction, fieldsOf, required } from '../arguments.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import { forWebCrypto, type HashName } from '../jpki/hash.js';

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
    return await globalThis.crypto.subtle.verify(
      key.algorithm.name,
      key,
      forWebCrypto(signature),
      forWebCrypto(data),
    );
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
      {
        en: "The card's signature does not fit its certificate; nothing was handed out.",
        ja: 'カードの署名がカードの電子証明書と一致しないため、結果を破棄しました。',
      },
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
