import type { BaseBlock } from 'asn1js';
import type { AlgorithmIdentifier, Attribute, SignerInfo } from 'pkijs';
import { type ChecksOf, checkBoolean, checkedOptions, checkRole, checkThat, isBytes } from '../arguments.js';
import { SEQUENCE } from '../asn1/ber.js';
import { readDer, TAG } from '../asn1/der.js';
import { CMS, HASH_ALGORITHMS, RSA_SIGNATURES } from '../asn1/oid.js';
import { compareBytes, concatBytes, fromHex } from '../bytes.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { invalidArgument, JpkiError, type KeyRole, throwIfAborted } from '../errors.js';
import { HASH_LENGTH, type HashName } from '../hashes.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { checkData, digest, type SignableData } from '../jpki/hash.js';
import { PIN_CHECKS, type PinOptions, wipingPin } from '../jpki/pin-options.js';
import { say } from '../text/index.js';
import { checkApplet, checkHash, readCertificates, signChecked } from './card-signature.js';

/** How to sign a CMS message. A value of another type or range is `INVALID_ARGUMENT`. */
export interface SignCmsOptions extends PinOptions {
  /** Default `sign`, 署名用: what documents are signed with. */
  readonly role?: KeyRole | undefined;
  /** `SHA-256`, the default, `SHA-384` or `SHA-512`. */
  readonly hash?: HashName | undefined;
  /** Leaves the content out of the message: a `.p7s` beside the file. Default `false`. */
  readonly detached?: boolean | undefined;
  /**
   * The time the signer claims, whole seconds of the years 0 to 9999; default now. No proof of when it was signed. `false`
   * leaves it out, as a signature in a PDF has it that is made by ETSI EN 319 142-1.
   */
  readonly signingTime?: Date | false | undefined;
}

/** GeneralizedTime, and a date in a PDF, have four digits for the year. */
export function isSigningTime(value: unknown): boolean {
  return value instanceof Date && value.getUTCFullYear() >= 0 && value.getUTCFullYear() <= 9999;
}

const SIGN_CHECKS: ChecksOf<SignCmsOptions> = {
  role: checkRole,
  hash: checkHash,
  detached: checkBoolean,
  ...PIN_CHECKS,
  signingTime: checkThat(
    (texts) => texts.signature.cms.aSigningTime,
    (value) => value === false || isSigningTime(value),
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
 * signingCertificateV2 (RFC 5035); the signer's and the CA's certificate are in it. The PIN of the role comes with
 * it (`pin`), or must have been verified. The content is hashed while certificates are read, and before a PIN given here is
 * asked for; the card makes one signature, which is checked against the certificate before anything is returned. Six
 * exchanges from the SELECT on, with the PIN given here and extended length.
 *
 * A message of the signature key tells everybody who gets it the signer's name, sex, date of birth and address: they are
 * in the certificate.
 *
 * @param content bytes; when `detached` also chunks of any number, or the hash made before the PIN was verified. An error
 * of the caller's stream goes through unchanged
 * @throws JpkiError `PIN_REQUIRED`, with `pin` what `verifyPin` throws, `CERTIFICATE_ABSENT`, `CERTIFICATE_INVALID`,
 * `SIGNATURE_INVALID` (the card's signature does not fit its certificate), `INVALID_ARGUMENT` (also for a stream or a hash that is not to be detached)
 * @example
 * const pin = () => ask('Signature PIN: ');
 * const p7s = await signCms(applet, createReadStream('contract.pdf'), { detached: true, pin });
 */
export async function signCms(
  applet: JpkiApplet,
  content: SignableData | ContentDigest,
  options: SignCmsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return wipingPin(options, () => signInForm('cades', applet, content, options));
}

/**
 * What a message is made as. `cades`: DER, with the signer's certificate among the signed attributes. `bouncy-castle`: what
 * Bouncy Castle 1.72 makes, which the registry is known to have taken: its outer values in BER of indefinite length, and
 * among the signed attributes the algorithms (RFC 6211) in place of the certificate.
 */
export type CmsForm = 'cades' | 'bouncy-castle';

/** `signCms` in either form, for a PIN that has been verified. */
export async function signInForm(
  form: CmsForm,
  applet: JpkiApplet,
  content: SignableData | ContentDigest,
  options: SignCmsOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkApplet('applet', applet);
  if (!isDigest(content)) checkData('content', content);
  const {
    role = 'sign',
    hash = 'SHA-256',
    detached = false,
    signingTime = new Date(),
    ...pinOptions
  } = checkedOptions(options, SIGN_CHECKS);
  const { signal } = pinOptions;
  const attached = detached ? undefined : contentToAttach(content);

  throwIfAborted(signal);
  const stop = new AbortController();
  const hashing = digestOf(attached ?? content, hash, stop.signal);
  // Not AbortSignal.any of both, which hears only signals of Node's own.
  const onAbort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  const prepared = Promise.all([hashing, derWriter()]);
  const reading = readCertificates(applet, role, pinOptions, prepared);
  const [[hashed, der], { certificate, issuer }] = await Promise.all([prepared, reading]).finally(() => {
    signal?.removeEventListener('abort', onAbort);
    // Where reading fails the stream is not drained for nothing.
    stop.abort();
  });

  const attributes = signedAttributes(der, form, { certificate, hash, hashed, signingTime });
  const toBeSigned = bytesOf(new der.Set({ value: attributes.map((attribute) => attribute.toSchema()) }));
  const signature = await signChecked(applet, role, hash, certificate, toBeSigned, { signal });
  const signer = signerInfo(der, certificate, hash, attributes, signature);
  return signedData(der, form, signer, [certificate, issuer], attached);
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
  const length = HASH_LENGTH[hash];
  if (isBytes(given) && given.length === length) return new Uint8Array(given);
  throw invalidArgument('content.digest', (texts) => texts.signature.cms.aDigest(hash, length));
}

/** A copy, so that what is in the message is what was hashed. */
function contentToAttach(content: SignableData | ContentDigest): Uint8Array {
  if (content instanceof Uint8Array) return new Uint8Array(content);
  const message = say((texts) => texts.signature.cms.detachedOnly);
  throw new JpkiError('INVALID_ARGUMENT', message);
}

/** Loaded for the first signature: whoever only checks signatures, or signs nothing, waits for neither package. */
async function derWriter() {
  const [asn1js, pkijs] = await Promise.all([import('asn1js'), import('pkijs')]);
  return { ...asn1js, ...pkijs };
}
type DerWriter = Awaited<ReturnType<typeof derWriter>>;

/** The tags of `[0]` around values. */
const CONTEXT_0 = 0xa0;

/**
 * The message (RFC 5652 section 5.1). What is around the content is put together here, so that a large content is copied
 * once, and the certificates stay as they are.
 */
function signedData(
  der: DerWriter,
  form: CmsForm,
  signer: SignerInfo,
  certificates: readonly JpkiCertificate[],
  content: Uint8Array | undefined,
): Uint8Array<ArrayBuffer> {
  const signed = new der.SignedData({
    digestAlgorithms: [signer.digestAlgorithm],
    encapContentInfo: new der.EncapsulatedContentInfo({ eContentType: CMS.data }),
    signerInfos: [signer],
  });
  const [version, digestAlgorithms, , signerInfos] = signed.toSchema().valueBlock.value.map(bytesOf);
  const encoded = certificates.map((certificate) => certificate.der);
  const type = (oid: string): Uint8Array => bytesOf(new der.ObjectIdentifier({ value: oid }));
  const outer = form === 'cades' ? around : aroundIndefinite;
  const attached = content ? around(CONTEXT_0, around(TAG.octetString, [content])) : [];
  const fields = [
    ...[version, digestAlgorithms],
    ...around(SEQUENCE, [type(CMS.data), ...attached]),
    ...outer(CONTEXT_0, form === 'cades' ? encoded.sort(compareBytes) : encoded),
    ...[signerInfos],
  ].filter((field) => field !== undefined);
  const contentInfo = [type(CMS.signedData), ...outer(CONTEXT_0, outer(SEQUENCE, fields))];
  return concatBytes(...outer(SEQUENCE, contentInfo));
}

function signerInfo(
  der: DerWriter,
  certificate: JpkiCertificate,
  hash: HashName,
  attributes: readonly Attribute[],
  signature: Uint8Array,
): SignerInfo {
  return new der.SignerInfo({
    // RFC 5652 section 5.3: version 1 for a signer named by issuer and serial number.
    version: 1,
    sid: new der.Sequence({ value: [issuer(der, certificate), serialNumber(der, certificate)] }),
    digestAlgorithm: digestAlgorithm(der, hash),
    signedAttrs: new der.SignedAndUnsignedAttributes({ type: 0, attributes: [...attributes] }),
    signatureAlgorithm: signatureAlgorithm(der, hash),
    signature: new der.OctetString({ valueHex: signature }),
  });
}

/** RFC 5754 section 2: the parameters are left out. */
function digestAlgorithm(der: DerWriter, hash: HashName): AlgorithmIdentifier {
  return new der.AlgorithmIdentifier({ algorithmId: HASH_ALGORITHMS[hash] });
}

/** RFC 5754 section 3.2: the parameters are NULL. */
function signatureAlgorithm(der: DerWriter, hash: HashName): AlgorithmIdentifier {
  return new der.AlgorithmIdentifier({
    algorithmId: RSA_SIGNATURES[hash],
    algorithmParams: new der.Null(),
  });
}

interface ToBeSigned {
  readonly certificate: JpkiCertificate;
  readonly hash: HashName;
  readonly hashed: Uint8Array;
  readonly signingTime: Date | false;
}

/** In the order of their encodings, which is that of a SET OF (X.690 section 11.6). */
function signedAttributes(
  der: DerWriter,
  form: CmsForm,
  { certificate, hash, hashed, signingTime }: ToBeSigned,
): readonly Attribute[] {
  const attribute = (type: string, value: BaseBlock) => new der.Attribute({ type, values: [value] });
  return [
    attribute(CMS.contentType, new der.ObjectIdentifier({ value: CMS.data })),
    attribute(CMS.messageDigest, new der.OctetString({ valueHex: hashed })),
    ...(signingTime ? [attribute(CMS.signingTime, time(der, signingTime))] : []),
    form === 'cades'
      ? attribute(CMS.signingCertificateV2, signingCertificate(der, certificate))
      : attribute(CMS.algorithmProtection, algorithmProtection(der, hash)),
  ].sort((a, b) => compareBytes(bytesOf(a.toSchema()), bytesOf(b.toSchema())));
}

/** RFC 5652 section 11.3: UTCTime from 1950 through 2049, else GeneralizedTime; whole seconds in UTC. */
function time(der: DerWriter, date: Date): BaseBlock {
  const valueDate = new Date(Math.floor(date.getTime() / 1000) * 1000);
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? new der.UTCTime({ valueDate })
    : new der.GeneralizedTime({ valueDate });
}

/** RFC 5035 section 3: its hash algorithm is left out because SHA-256 is the default. */
function signingCertificate(der: DerWriter, certificate: JpkiCertificate): BaseBlock {
  const sequence = (...value: BaseBlock[]) => new der.Sequence({ value });
  const directoryName = new der.Constructed({
    idBlock: { tagClass: 3, tagNumber: 4 },
    value: [issuer(der, certificate)],
  });
  const fingerprint = fromHex(certificate.fingerprintSha256) ?? new Uint8Array(0);
  const certificateHash = new der.OctetString({ valueHex: fingerprint });
  const issuerSerial = sequence(sequence(directoryName), serialNumber(der, certificate));
  return sequence(sequence(sequence(certificateHash, issuerSerial)));
}

/** RFC 6211 section 2: the signature's algorithm is an implicit `[1]`. */
function algorithmProtection(der: DerWriter, hash: HashName): BaseBlock {
  const signature = new der.Constructed({
    idBlock: { tagClass: 3, tagNumber: 1 },
    value: signatureAlgorithm(der, hash).toSchema().valueBlock.value,
  });
  return new der.Sequence({ value: [digestAlgorithm(der, hash).toSchema(), signature] });
}

/** The name as it stands in the certificate: a SEQUENCE whose content is taken for bytes of no form. */
function issuer(der: DerWriter, certificate: JpkiCertificate): BaseBlock {
  const { content } = readDer(certificate.issuer.der);
  const name = new der.Primitive({ idBlock: { tagClass: 1, tagNumber: TAG.sequence }, valueHex: content });
  name.idBlock.isConstructed = true;
  return name;
}

function serialNumber(der: DerWriter, certificate: JpkiCertificate): BaseBlock {
  return der.Integer.fromBigInt(BigInt(`0x${certificate.serialNumber}`));
}

function bytesOf(value: BaseBlock): Uint8Array {
  return new Uint8Array(value.toBER());
}

/** The tag and the length of a value (X.690 section 10.1), and the pieces of what is in it. */
function around(tag: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  const header = length < 0x80 ? [length] : [0x80 | bytes.length, ...bytes];
  return [Uint8Array.of(tag, ...header), ...pieces];
}

/** The same with an indefinite length (X.690 section 8.1.3.6): two zero bytes end it. */
function aroundIndefinite(tag: number, pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  return [Uint8Array.of(tag, 0x80), ...pieces, Uint8Array.of(0, 0)];
}
