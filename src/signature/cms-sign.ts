import {
  type ChecksOf,
  checkBoolean,
  checkedOptions,
  checkRole,
  checkSignal,
  checkThat,
  isBytes,
} from '../arguments.js';
import { CMS } from '../asn1/oid.js';
import { fromHex } from '../bytes.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { invalidArgument, JpkiError, type KeyRole, throwIfAborted } from '../errors.js';
import type { JpkiApplet, OperationOptions } from '../jpki/applet.js';
import { checkData, digest, type HashName, type SignableData } from '../jpki/hash.js';
import { checkApplet, readCertificates, signChecked } from './check.js';
import {
  type DerPieces,
  explicit,
  implicitSetOf,
  nullValue,
  objectIdentifier,
  octetString,
  positiveInteger,
  ready,
  sequence,
  setOf,
  time,
  toDer,
} from './der-write.js';
import { checkHash, HASHES } from './hashes.js';

/** How to sign a CMS message. A value of another type or range is `INVALID_ARGUMENT`. */
export interface SignCmsOptions extends OperationOptions {
  /** Default `sign`, 署名用: what documents are signed with. */
  readonly role?: KeyRole | undefined;
  /** `SHA-256`, the default, `SHA-384` or `SHA-512`. */
  readonly hash?: HashName | undefined;
  /** Leaves the content out of the message: a `.p7s` beside the file. Default `false`. */
  readonly detached?: boolean | undefined;
  /** The time the signer claims, whole seconds of the years 0 to 9999; default now. No proof of when it was signed. */
  readonly signingTime?: Date | undefined;
}

const SIGN_CHECKS: ChecksOf<SignCmsOptions> = {
  role: checkRole,
  hash: checkHash,
  detached: checkBoolean,
  signal: checkSignal,
  // GeneralizedTime has four digits for the year.
  signingTime: checkThat(
    { en: 'a Date of the years 0 to 9999', ja: '0 年から 9999 年までの Date' },
    (value) => value instanceof Date && value.getUTCFullYear() >= 0 && value.getUTCFullYear() <= 9999,
  ),
};

/**
 * The hash of a content, made beforehand with the hash of `SignCmsOptions`: a source that is slow, or never ends, then
 * never keeps a card waiting whose PIN has been verified.
 */
export interface ContentDigest {
  readonly digest: Uint8Array;
}

/**
 * Signs content as CMS SignedData (RFC 5652), DER: signed attributes content type, message digest, signing time and
 * signingCertificateV2 (RFC 5035); the signer's and the CA's certificate are in it. The PIN of the role must have been
 * verified. The content is hashed while the certificates are read; the card makes one signature, which is checked
 * against the certificate before anything is returned.
 *
 * A message of the signature key tells everybody who gets it the signer's name, sex, date of birth and address: they are
 * in the certificate.
 *
 * @param content bytes; when `detached` also chunks of any number, or the hash made before the PIN was verified. An error
 * of the caller's stream goes through unchanged
 * @throws JpkiError `PIN_REQUIRED`, `CERTIFICATE_ABSENT`, `CERTIFICATE_INVALID`, `SIGNATURE_INVALID` (the card's signature
 * does not fit its certificate), `INVALID_ARGUMENT` (also for a stream or a hash that is not to be detached)
 * @example
 * await applet.verifyPin('sign', pin);
 * const p7s = await signCms(applet, createReadStream('contract.pdf'), { detached: true });
 */
export async function signCms(
  applet: JpkiApplet,
  content: SignableData | ContentDigest,
  options: SignCmsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkApplet('applet', applet);
  if (!isDigest(content)) checkData('content', content);
  const {
    role = 'sign',
    hash = 'SHA-256',
    detached = false,
    signingTime = new Date(),
    signal,
  } = checkedOptions(options, SIGN_CHECKS);
  const attached = detached ? undefined : contentToAttach(content);

  throwIfAborted(signal);
  const stop = new AbortController();
  // Not AbortSignal.any of both, which hears only signals of Node's own.
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const hashing = digestOf(attached ?? content, hash, stop.signal);
  const reading = readCertificates(applet, role, { signal });
  const [hashed, { certificate, issuer }] = await Promise.all([hashing, reading]).finally(() => {
    signal?.removeEventListener('abort', onAbort);
    // Where reading fails the stream is not drained for nothing.
    stop.abort();
  });

  const attributes = signedAttributes(certificate, hashed, signingTime);
  const signature = await signChecked(applet, role, hash, certificate, toDer(setOf(...attributes)), {
    signal,
  });
  return toDer(
    contentInfo(
      sequence(
        // RFC 5652 section 5.1: version 1 for plain data and signers named by issuer and serial number.
        version(1),
        setOf(digestAlgorithm(hash)),
        sequence(objectIdentifier(CMS.data), ...(attached ? [explicit(0, octetString(attached))] : [])),
        implicitSetOf(0, ready(certificate.der), ready(issuer.der)),
        setOf(signerInfo(certificate, hash, attributes, signature)),
      ),
    ),
  );
}

function isDigest(content: SignableData | ContentDigest): content is ContentDigest {
  return typeof content === 'object' && content !== null && 'digest' in content;
}

function digestOf(
  content: SignableData | ContentDigest,
  hash: HashName,
  signal: AbortSignal,
): Uint8Array | Promise<Uint8Array> {
  if (!isDigest(content)) return digest(hash, content, signal);
  const { digest: given } = content;
  if (isBytes(given) && given.length === HASHES[hash].length) return new Uint8Array(given);
  throw invalidArgument('content.digest', {
    en: `the ${HASHES[hash].length} bytes of a ${hash} digest`,
    ja: `${hash} のダイジェスト（${HASHES[hash].length} バイト）`,
  });
}

/** A copy, so that what is in the message is what was hashed. */
function contentToAttach(content: SignableData | ContentDigest): Uint8Array {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  throw new JpkiError('INVALID_ARGUMENT', {
    en: 'A stream or a digest can only be signed detached: set { detached: true }, or give the content as one Uint8Array.',
    ja: 'ストリームやダイジェストは分離署名でのみ署名できます。{ detached: true } を指定するか、内容を一つの Uint8Array で渡してください。',
  });
}

function contentInfo(signedData: DerPieces): DerPieces {
  return sequence(objectIdentifier(CMS.signedData), explicit(0, signedData));
}

function signerInfo(
  certificate: JpkiCertificate,
  hash: HashName,
  attributes: readonly DerPieces[],
  signature: Uint8Array,
): DerPieces {
  return sequence(
    version(1),
    sequence(ready(certificate.issuer.der), serialNumber(certificate)),
    digestAlgorithm(hash),
    implicitSetOf(0, ...attributes),
    // RFC 5754 section 3.2: the parameters are NULL.
    sequence(objectIdentifier(HASHES[hash].signatureOid), nullValue()),
    octetString(signature),
  );
}

function signedAttributes(
  certificate: JpkiCertificate,
  digest: Uint8Array,
  signingTime: Date,
): readonly DerPieces[] {
  const attribute = (type: string, value: DerPieces): DerPieces =>
    sequence(objectIdentifier(type), setOf(value));
  return [
    attribute(CMS.contentType, objectIdentifier(CMS.data)),
    attribute(CMS.messageDigest, octetString(digest)),
    attribute(CMS.signingTime, time(signingTime)),
    attribute(CMS.signingCertificateV2, signingCertificate(certificate)),
  ];
}

/** RFC 5035 section 3: its hash algorithm is left out because SHA-256 is the default. */
function signingCertificate(certificate: JpkiCertificate): DerPieces {
  const directoryName = explicit(4, ready(certificate.issuer.der));
  const identifier = sequence(
    octetString(fromHex(certificate.fingerprintSha256) ?? new Uint8Array(0)),
    sequence(sequence(directoryName), serialNumber(certificate)),
  );
  return sequence(sequence(identifier));
}

function serialNumber(certificate: JpkiCertificate): DerPieces {
  return positiveInteger(fromHex(certificate.serialNumber) ?? new Uint8Array(0));
}

/** RFC 5754 section 2: the parameters are left out. */
function digestAlgorithm(hash: HashName): DerPieces {
  return sequence(objectIdentifier(HASHES[hash].oid));
}

function version(number: number): DerPieces {
  return positiveInteger(Uint8Array.of(number));
}
