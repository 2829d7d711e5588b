/** From the bytes of a CMS message to its fields (RFC 5652 section 5). What a decision rests on is brought into DER and read strictly. */
import { checkBytes } from '../arguments.js';
import { type BerValue, childrenOf, noSignedData, readAt, SEQUENCE, SET } from '../asn1/ber.js';
import { type Frame, MessageSource, WHOLE_MESSAGE } from '../asn1/ber-stream.js';
import {
  type DerValue,
  expectTag,
  isContext,
  oidText,
  positiveInteger,
  readDer,
  sequenceOf,
  TAG,
} from '../asn1/der.js';
import { CMS } from '../asn1/oid.js';
import { toDer } from '../asn1/to-der.js';
import { concatBytes, equalBytes, toHex } from '../bytes.js';
import { DistinguishedName } from '../certificate/distinguished-name.js';
import { JpkiError } from '../errors.js';
import { checkData, type SignableData } from '../jpki/hash.js';

/** Each costs a signature check or two; a document has a few. */
const MAX_SIGNERS = 16;
const MAX_CERTIFICATES = 32;
const MAX_FIELDS = 16;

/** What stands in front of the content: two object identifiers, and a list of hashes. */
const MAX_HEAD_BYTES = 65_536;
/**
 * What follows the content: certificates, revocation lists, signers. It is held as a whole, so that a message of any
 * size takes a memory that is known. Long-term signatures bring lists of some megabytes.
 */
const MAX_TAIL_BYTES = 16 * 1024 * 1024;

const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
/** Extended, attribute (version 1 and 2) and other certificates. */
const OTHER_CERTIFICATES: readonly number[] = [CONTEXT_0, CONTEXT_1, 0xa2, 0xa3];

/** RFC 5652 section 5.1. It tells old readers what to expect, and this one nothing. */
const VERSIONS: readonly number[] = [1, 3, 4, 5];

export interface SignedData {
  /** Object identifier. */
  readonly contentType: string;
  /** Whether the content is in the message. */
  readonly hasContent: boolean;
  /** DER of each X.509 certificate, none of them read yet. */
  readonly certificates: readonly Uint8Array[];
  /** Whether revocation lists came with it, or what else RFC 5652 section 10.2.1 allows in their place. */
  readonly hasRevocationLists: boolean;
  readonly signers: readonly SignerInfo[];
}

export interface IssuerAndSerialNumber {
  readonly issuer: DistinguishedName;
  readonly serialNumber: string;
}

/** RFC 5652 section 5.3: how a signer's certificate is named. */
export type SignerIdentifier = IssuerAndSerialNumber | { readonly subjectKeyIdentifier: string };

export interface SignerInfo {
  readonly identifier: SignerIdentifier;
  /** Object identifiers; parameters were checked to be absent or NULL. */
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  /** `undefined` when there are none. */
  readonly attributes: SignedAttributes | undefined;
  readonly signature: Uint8Array;
  /** Object identifiers of the unsigned attributes, each once; `unknown` for those that cannot be read. */
  readonly unsignedAttributes: readonly string[];
}

export interface SignedAttributes {
  /**
   * What is signed: the attributes in DER, whatever the message has, under the tag of a SET OF (RFC 5652 section 5.4). In the
   * order of a SET OF, and in that of the message if it is another: there are signers that sort nothing.
   */
  readonly signedBytes: readonly Uint8Array[];
  /** In the order of the message. */
  readonly list: readonly { readonly type: string; readonly values: readonly DerValue[] }[];
}

/** Gets the content while the message is read. */
interface ContentReceiver {
  /** Once, before the content: the object identifiers of the hashes that the message lists. */
  begin(digestAlgorithms: readonly string[]): void;
  /** The next bytes of it; what comes after them is read when this is done. */
  take(piece: Uint8Array): unknown;
}

/**
 * Reads a message that comes in chunks. The bytes of every chunk must stay as they are.
 *
 * @throws JpkiError `SIGNATURE_INVALID` when the bytes are no CMS SignedData
 */
export function readSignedData(
  chunks: AsyncIterable<Uint8Array>,
  receiver: ContentReceiver,
): Promise<SignedData> {
  return reading(chunks, false, async (source) => {
    const { bytes, frames, digestAlgorithms, contentType, content } = await readHead(source);
    if (content) {
      receiver.begin(digestAlgorithms);
      await source.octets(bytes, content, (piece) => receiver.take(piece));
    }
    const tail = await readTail(source, frames, digestAlgorithms);
    return { contentType, hasContent: content !== undefined, ...tail };
  });
}

/**
 * Whether a CMS SignedData message in DER or BER is detached: without the content that was signed, which `verifyCms`
 * then has to be given. Only the beginning is read, at most 64 KiB, and nothing is checked: a message that is detached
 * may still be broken, or signed by nobody.
 *
 * @param cms the message, or its chunks in order; a stream is let go of when enough of it was read
 * @throws JpkiError `SIGNATURE_INVALID` when the beginning is not that of a CMS SignedData, `INVALID_ARGUMENT`. An error of
 * the caller's stream goes through unchanged
 * @example
 * const content = (await isDetachedCms(p7s)) ? createReadStream('contract.pdf') : undefined;
 * const verdict = await verifyCms(p7s, { content });
 */
export async function isDetachedCms(cms: Uint8Array | AsyncIterable<Uint8Array>): Promise<boolean> {
  checkData('cms', cms);
  const { content } = await reading(chunksOf(cms), true, readHead);
  return content === undefined;
}

/** The message in chunks that nobody changes: a caller may fill one buffer again and again. */
export async function* chunksOf(cms: SignableData): AsyncGenerator<Uint8Array> {
  // (`slice` of a Buffer is no copy.)
  if (cms instanceof Uint8Array) return yield new Uint8Array(cms);
  for await (const chunk of cms) {
    checkBytes('each chunk of cms', chunk);
    yield new Uint8Array(chunk);
  }
}

/** Lets go of the stream after a failure, and where it is not read to its end. */
async function reading<T>(
  chunks: AsyncIterable<Uint8Array>,
  early: boolean,
  read: (source: MessageSource) => Promise<T>,
): Promise<T> {
  const source = new MessageSource(chunks);
  try {
    const result = await read(source);
    if (early) await source.close();
    return result;
  } catch (error) {
    // As `for await` does it: why it was given up is told, not how the stream took that.
    await source.close().catch(() => undefined);
    throw error;
  }
}

/**
 * What stands in front of the content: the `bytes` of the message at least up to there, the `frames` that are open, the
 * innermost last, and the frame around the `content`, which is next; `undefined` when there is none.
 */
async function readHead(source: MessageSource) {
  const bytes = await source.head(MAX_HEAD_BYTES);
  const enter = (identifier: number, around: Frame): Frame => {
    if (bytes[source.position] !== identifier) throw missingField();
    return source.enter(bytes, around);
  };
  const next = (around: Frame): BerValue => {
    const value = readAt(bytes.subarray(0, around.limit), source.position);
    source.skip(value.bytes.length);
    return value;
  };

  const contentInfo = enter(SEQUENCE, WHOLE_MESSAGE);
  if (oid(next(contentInfo)) !== CMS.signedData) throw noSignedData('its content type is another');
  const wrapper = enter(CONTEXT_0, contentInfo);
  const signedData = enter(SEQUENCE, wrapper);
  if (!VERSIONS.includes(readVersion(next(signedData)))) throw noSignedData('its version is none');
  const digestAlgorithms = fields(next(signedData), SET).map(readAlgorithm);
  const encapsulated = enter(SEQUENCE, signedData);
  const contentType = oid(next(encapsulated));
  const frames = [contentInfo, wrapper, signedData, encapsulated];
  const content = isAtEnd(encapsulated, bytes, source.position) ? undefined : enter(CONTEXT_0, encapsulated);
  if (content) frames.push(content);
  return { bytes, frames, digestAlgorithms, contentType, content };
}

/** Whether a value ends at `position`, which is the byte `at` of `bytes`. X.690 section 8.1.5: two zero bytes end it. */
function isAtEnd({ end }: Frame, bytes: Uint8Array, position: number, at = position): boolean {
  return end === undefined ? bytes[at] === 0 && bytes[at + 1] === 0 : position === end;
}

/** From behind the content to the end of the message. `frames` are open, the innermost last. */
async function readTail(
  source: MessageSource,
  frames: Frame[],
  listed: readonly string[],
): Promise<Pick<SignedData, 'certificates' | 'hasRevocationLists' | 'signers'>> {
  const start = source.position;
  const tail = await source.rest(MAX_TAIL_BYTES);
  let at = 0;
  const ends = (frame: Frame): boolean => isAtEnd(frame, tail, start + at, at);
  const leave = (): void => {
    const frame = frames.pop();
    if (!frame || !ends(frame)) throw noSignedData('a value does not end where it should');
    if (frame.end === undefined) at += 2;
    if (start + at > frame.limit) throw noSignedData('a length reaches past the end');
  };

  const SIGNED_DATA_DEPTH = 3;
  while (frames.length > SIGNED_DATA_DEPTH) leave();
  const [, , signedData = WHOLE_MESSAGE] = frames;
  const rest: BerValue[] = [];
  while (!ends(signedData)) {
    if (rest.length === MAX_FIELDS) throw noSignedData(`more than ${MAX_FIELDS} values in one`);
    const value = readAt(tail.subarray(0, signedData.limit - start), at);
    rest.push(value);
    at += value.bytes.length;
  }
  while (frames.length > 0) leave();
  if (at !== tail.length) throw noSignedData('bytes follow its end');

  const certificates = rest[0]?.identifier === CONTEXT_0 ? rest.shift() : undefined;
  // Revocation lists are not looked at: a list that comes with a signature shows what its sender wants.
  const revocationLists = rest[0]?.identifier === CONTEXT_1 ? rest.shift() : undefined;
  const [signerInfos, ...excess] = rest;
  if (signerInfos?.identifier !== SET || excess.length > 0) throw noSignedData('the signers are missing');
  const signers = childrenOf(signerInfos, MAX_SIGNERS).map(readSignerInfo);
  // A reader of streams has not hashed the content for it (RFC 5652 section 5.3, digestAlgorithm).
  if (!signers.every(({ digestAlgorithm }) => listed.includes(digestAlgorithm))) {
    throw noSignedData("a signer's digest algorithm is not in its list");
  }
  return {
    certificates: certificates ? certificatesIn(certificates) : [],
    hasRevocationLists: revocationLists !== undefined,
    signers,
  };
}

/** X.509 certificates are picked out of the choices of RFC 5652 section 10.2.2. */
function certificatesIn(value: BerValue): readonly Uint8Array[] {
  const choices = childrenOf(value, MAX_CERTIFICATES);
  if (
    !choices.every(({ identifier }) => identifier === SEQUENCE || OTHER_CERTIFICATES.includes(identifier))
  ) {
    throw noSignedData('among the certificates is something else');
  }
  return choices.filter(({ identifier }) => identifier === SEQUENCE).map(({ bytes }) => bytes);
}

function readSignerInfo(value: BerValue): SignerInfo {
  const [version, identifier, digestAlgorithm, ...rest] = fields(value, SEQUENCE);
  const attributes = rest[0]?.identifier === CONTEXT_0 ? rest.shift() : undefined;
  const [signatureAlgorithm, signature, unsignedAttributes, ...more] = rest;
  // Unsigned attributes prove nothing: only which there are is read.
  if ((unsignedAttributes && unsignedAttributes.identifier !== CONTEXT_1) || more.length > 0) {
    throw noSignedData('a signer has fields that no signer has');
  }
  return {
    identifier: readIdentifier(version, identifier),
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    attributes: attributes && readAttributes(attributes),
    signature: strict(signature, (der) => expectTag(der, TAG.octetString, 'a signature').content),
    unsignedAttributes: unsignedAttributes ? typesOf(unsignedAttributes) : [],
  };
}

/** Of values that may be megabytes of BER, and anybody's. */
function typesOf(attributes: BerValue): readonly string[] {
  try {
    const types = childrenOf(attributes, MAX_FIELDS).map((attribute) => oid(readAt(attribute.content, 0)));
    return [...new Set(types)];
  } catch {
    return ['unknown'];
  }
}

/** RFC 5652 section 5.3: version 1 goes with issuer and serial number, 3 with a key identifier. */
function readIdentifier(version: BerValue | undefined, value: BerValue | undefined): SignerIdentifier {
  const number = readVersion(version);
  return strict(value, (der): SignerIdentifier => {
    if (number === 3 && isContext(der, 0, false)) return { subjectKeyIdentifier: toHex(der.content) };
    // In parts, which only who knows that it is a string can put together (X.690 section 8.7.3).
    if (number === 3 && isContext(der, 0, true)) {
      const parts = der.children.map((part) =>
        expectTag(part, TAG.octetString, 'a part of a key identifier'),
      );
      return { subjectKeyIdentifier: toHex(concatBytes(...parts.map(({ content }) => content))) };
    }
    const [issuer, serialNumber, ...more] = sequenceOf(der, 'the name of a signer');
    if (number !== 1 || more.length > 0) throw noSignedData('a signer is named in no known way');
    return {
      issuer: DistinguishedName.fromDer(issuer),
      serialNumber: toHex(positiveInteger(serialNumber, "a signer's serial number")),
    };
  });
}

function readVersion(value: BerValue | undefined): number {
  return strict(value, (der) => positiveInteger(der, 'a version').reduce((sum, byte) => sum * 256 + byte, 0));
}

function readAlgorithm(value: BerValue | undefined): string {
  return strict(value, (der) => algorithmOf(sequenceOf(der, 'an algorithm')));
}

/** RFC 5754 sections 2 and 3.2: parameters that are absent and those that are NULL both have to be accepted. */
export function algorithmOf([type, parameters, ...more]: readonly DerValue[]): string {
  const algorithm = oidText(type, 'an algorithm');
  const plain =
    parameters === undefined || (parameters.tagClass === 'universal' && parameters.tag === TAG.null);
  // With other parameters it is an algorithm that is accepted nowhere.
  return plain && more.length === 0 ? algorithm : `${algorithm} with parameters`;
}

function readAttributes(value: BerValue): SignedAttributes {
  return strict(value, ({ content, children }) => {
    if (children.length === 0) throw noSignedData('a signer has an empty list of attributes');
    const list = children.map((attribute) => {
      const [type, values, ...more] = sequenceOf(attribute, 'an attribute');
      const elements = expectTag(values, TAG.set, 'the values of an attribute').children;
      if (more.length > 0) throw noSignedData('an attribute has too many fields');
      return { type: oidText(type, 'the type of an attribute'), values: elements };
    });
    const inOrder = toDer({ identifier: SET, bytes: content, content });
    const header = inOrder.subarray(0, inOrder.length - content.length);
    const asTheyStand = concatBytes(header, content);
    const isSorted = equalBytes(inOrder, asTheyStand);
    return { signedBytes: isSorted ? [inOrder] : [inOrder, asTheyStand], list };
  });
}

/** The fields of a constructed value that has this tag byte. */
function fields(value: BerValue | undefined, identifier: number): BerValue[] {
  if (value?.identifier !== identifier) throw missingField();
  return childrenOf(value, MAX_FIELDS);
}

function missingField(): JpkiError {
  return noSignedData('a field is missing or of the wrong type');
}

function oid(value: BerValue): string {
  return strict(value, (der) => oidText(der, 'an object identifier'));
}

/** Brings a field into DER and reads it, and says of what cannot be read that the message is none. */
function strict<T>(value: BerValue | undefined, read: (der: DerValue) => T): T {
  if (!value) throw noSignedData('a signer has fields missing');
  try {
    return read(readDer(toDer(value)));
  } catch (cause) {
    if (cause instanceof JpkiError && cause.code === 'SIGNATURE_INVALID') throw cause;
    throw noSignedData('a field cannot be read', cause);
  }
}
