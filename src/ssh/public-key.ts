/** The key of the authentication certificate as SSH writes it. */
import { concatBytes, toBase64 } from '../bytes.js';
import { checkCertificate, rsaKeyOf } from '../certificate/certificate.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { JpkiError } from '../errors.js';
import { sha256 } from '../hashes.js';
import { inJapan } from '../japan.js';
import { say } from '../text/index.js';
import { sshMpint, sshString } from './wire.js';

/** A public key as SSH programs have it. */
export interface SshPublicKey {
  /** Key type, exponent and modulus (RFC 4253 section 6.6): 279 bytes for the RSA-2048 key of a card. */
  readonly blob: Uint8Array;
  /** What stands behind the key in a file, and names nobody: `jpki-card auth, until 2030-04-15`. */
  readonly comment: string;
  /** The line for `authorized_keys`, without its end: `ssh-rsa AAAA... comment`. */
  readonly line: string;
  /** As `ssh-keygen -l` shows it: `SHA256:` and 43 characters of base64. */
  readonly fingerprint: string;
}

/**
 * The public key of an authentication certificate for SSH. A renewed certificate has another key. The certificate of the
 * signature key is refused: it names its holder, and a signature with that key may be taken for one under a document.
 *
 * @throws JpkiError `UNSUPPORTED` when the certificate is not one for user authentication with an RSA key, `INVALID_ARGUMENT`
 * @example
 * console.log(sshPublicKey(await applet.readCertificate('auth')).line);
 */
export function sshPublicKey(certificate: JpkiCertificate): SshPublicKey {
  checkCertificate('certificate', certificate);
  const rsaKey = rsaKeyOf(certificate);
  if (rsaKey === undefined || certificate.role !== 'auth')
    throw new JpkiError(
      'UNSUPPORTED',
      say((t) => t.ssh.notAuth),
      { remedy: say((t) => t.ssh.takeAuth) },
    );
  const blob = concatBytes(sshString('ssh-rsa'), sshMpint(rsaKey.exponentBytes), sshMpint(rsaKey.modulus));
  const comment = `jpki-card auth, until ${inJapan(certificate.notAfter).toISOString().slice(0, 10)}`;
  return { blob, comment, line: `ssh-rsa ${toBase64(blob)} ${comment}`, fingerprint: fingerprintOf(blob) };
}

/** How OpenSSH shows a key: the SHA-256 of its blob, in base64 without padding. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${toBase64(sha256(blob)).replaceAll('=', '')}`;
}
