import {
  type ChecksOf,
  checkBytes,
  checkDate,
  checkedOptions,
  checkFunction,
  checkRole,
} from '../arguments.js';
import { orUndefined } from '../asn1/der.js';
import { CMS, HASH_ALGORITHMS } from '../asn1/oid.js';
import { concatBytes } from '../bytes.js';
import { parseCertificate } from '../certificate/certificate.js';
import type { JpkiCertificate, TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { checkCertificates } from '../certificate/verify.js';
import type { KeyRole } from '../errors.js';
import { ChunkHasher, checkData, type HashName, hashData, type SignableData } from '../jpki/hash.js';
import { hashNamed } from './card-signature.js';
import { chunksOf, readSignedData, type SignedData } from './cms-read.js';
import {
  type CmsFinding,
  type CmsNote,
  type CmsSignerVerdict,
  isLikeAttributes,
  judgeSigner,
  remark,
  type SignedContent,
  type ValidCmsSigner,
} from './cms-signer.js';

/** What a CMS message is checked against. A value of another type is `INVALID_ARGUMENT`. */
export interface VerifyCmsOptions {
  /** The content of a detached signature: bytes, or chunks in order. Not for a message that has its own. */
  readonly content?: SignableData | undefined;
  /** Whom to believe, instead of the six CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
  /**
   * CA certificates for a message that lacks its own, from anywhere: like those in the message they count only under an
   * anchor. Those of J-LIS need not be given.
   */
  readonly issuers?: readonly JpkiCertificate[] | undefined;
  /** The moment at which the certificates have to be within their dates; default now. */
  readonly at?: Date | undefined;
  /** Which key has to have signed; default `sign`, 署名用. The other one never stands in for it. */
  readonly purpose?: KeyRole | undefined;
  /**
   * Gets the content that is in the message, piece by piece in order, while it is read; the next piece waits for what
   * is returned. Nobody has vouched for it yet: throw it away unless the verdict is valid.
   */
  readonly onContent?: ((piece: Uint8Array) => unknown) | undefined;
}

const VERIFY_CHECKS: ChecksOf<VerifyCmsOptions> = {
  content: checkData,
  anchors: checkAnchors,
  issuers: checkCertificates,
  at: checkDate,
  purpose: checkRole,
  onContent: checkFunction,
};

/** Somebody signed it, and every signature on it is good. Says nothing about revocation. */
export interface ValidCms {
  readonly valid: true;
  readonly findings: readonly [];
  /** What is worth knowing of the message and of all its signers, and nothing wrong: show it with the verdict. */
  readonly notes: readonly CmsNote[];
  readonly signers: readonly [ValidCmsSigner, ...ValidCmsSigner[]];
  /**
   * The content in the message, which is what was signed; `undefined` for a detached signature, and for a message that
   * came as a stream: see `onContent`.
   */
  readonly content: Uint8Array | undefined;
}

/** At least one thing is wrong. Its content is not given: nobody has vouched for it. */
export interface InvalidCms {
  readonly valid: false;
  /** Everything that is wrong, of the message and of all its signers. */
  readonly findings: readonly CmsFinding[];
  /** What is worth knowing besides. */
  readonly notes: readonly CmsNote[];
  /** In the order of the message; a good signature beside a bad one is `valid` by itself. */
  readonly signers: readonly CmsSignerVerdict[];
}

/** Check `valid` before anything else. */
export type CmsVerdict = ValidCms | InvalidCms;

/**
 * Judges a CMS SignedData message in DER or BER: each signature, the content, and each signer's certificate. One bad
 * signer makes the whole message invalid. Certificates are taken from the message and from `issuers`, a CA of J-LIS that is
 * in neither from the package, and all are believed only under an anchor.
 * Only signatures over plain data (id-data) with SHA-256, SHA-384 or SHA-512 and RSASSA-PKCS1-v1_5 are accepted.
 * Timestamps, other unsigned attributes and revocation data in the message are not looked at; `notes` says where there are any.
 *
 * A message of any size can be given as a stream, which is read once and not kept: at most 16 MiB may follow the content.
 * The verdict is the same, but for a signature without signed attributes, which a stream of more than 16 MiB of content,
 * in the message or beside it, cannot be checked with (`CONTENT_NOT_WHOLE`).
 *
 * An error of the caller's stream goes through unchanged.
 *
 * @throws JpkiError `SIGNATURE_INVALID` when the bytes are no CMS SignedData; `INVALID_ARGUMENT` for arguments that
 * are none. Anything else that is wrong is in the verdict.
 * @example
 * const verdict = await verifyCms(p7s, { content: createReadStream('contract.pdf') });
 * if (verdict.valid) console.log(verdict.signers[0].certificate.holder?.name);
 * else for (const { code, text } of verdict.findings) console.log(code, text.en);
 */
export async function verifyCms(
  cms: Uint8Array | AsyncIterable<Uint8Array>,
  options: VerifyCmsOptions = {},
): Promise<CmsVerdict> {
  checkData('cms', cms);
  const {
    content,
    anchors,
    issuers = [],
    at = new Date(),
    purpose = 'sign',
    onContent,
  } = checkedOptions(options, VERIFY_CHECKS);

  const isStream = !(cms instanceof Uint8Array);
  const own = await (isStream ? readStream(cms, onContent) : readWhole(cms, onContent));
  const { message } = own;
  const signed = await signedContent(own, content);
  const signers = await Promise.all(
    message.signers.map((signer) => judgeSigner(signer, signed, { purpose, at, anchors, issuer: issuers })),
  );
  const notes = Object.freeze([
    ...(message.hasRevocationLists ? [remark('REVOCATION_DATA_NOT_CHECKED')] : []),
    ...signers.flatMap((signer) => signer.notes),
  ]);
  const [first, ...others] = signers.filter((signer) => signer.valid);
  if (first && signers.length === 1 + others.length) {
    const verdict: ValidCms = {
      valid: true,
      findings: [],
      notes,
      signers: [first, ...others],
      content: isStream ? undefined : own.bytes,
    };
    return Object.freeze(verdict);
  }
  // What is wrong with the message is among the findings of each signer, in front.
  const ofSigners = signers.flatMap(({ findings }) => findings.slice(signed.findings.length));
  const findings = [
    ...signed.findings,
    ...(signers.length === 0 ? [remark('NO_SIGNERS')] : []),
    ...ofSigners,
  ];
  return Object.freeze({ valid: false, findings, notes, signers });
}

const hashesNamed = (oids: readonly string[]): HashName[] => [
  ...new Set(oids.flatMap((oid) => hashNamed(HASH_ALGORITHMS, oid) ?? [])),
];

/** A message and what is known of the content in it. */
interface ReadMessage {
  readonly message: SignedData;
  readonly bytes?: Uint8Array | undefined;
  /** Where they were made while the message was read. */
  readonly digests?: ReadonlyMap<HashName, Uint8Array>;
}

type OnContent = VerifyCmsOptions['onContent'];

async function readWhole(cms: Uint8Array, onContent: OnContent): Promise<ReadMessage> {
  const pieces: Uint8Array[] = [];
  // Of a copy, so that the content handed out is the one that was checked.
  const message = await readSignedData(chunksOf(cms), {
    begin: () => undefined,
    take: (piece) => pieces.push(piece),
  });
  if (!message.hasContent) return { message };
  const [only, ...others] = pieces;
  const bytes = only && others.length === 0 ? only : concatBytes(...pieces);
  await onContent?.(new Uint8Array(bytes));
  return { message, bytes };
}

/**
 * A signature without signed attributes is over the content itself, which then has to be there as a whole. Of a stream
 * it is kept up to this size, so that memory stays flat.
 */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/** A copy of the pieces, which may be millions of a byte each. */
class HeldContent {
  #bytes = new Uint8Array(0);
  #length = 0;

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > MAX_HELD_BYTES) this.#bytes = new Uint8Array(0);
    else {
      if (length > this.#bytes.length) {
        const grown = new Uint8Array(Math.min(2 * length, MAX_HELD_BYTES));
        grown.set(this.#bytes.subarray(0, this.#length));
        this.#bytes = grown;
      }
      this.#bytes.set(piece, this.#length);
    }
    this.#length = length;
  }

  /** `undefined` when it was too much. */
  bytes(): Uint8Array | undefined {
    return this.#length > MAX_HELD_BYTES ? undefined : this.#bytes.subarray(0, this.#length);
  }
}

/** The chunks of a detached content, which is kept as it is hashed. */
async function* keeping(content: AsyncIterable<Uint8Array>, held: HeldContent): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    checkBytes('each chunk of data', chunk);
    const piece = new Uint8Array(chunk);
    held.add(piece);
    yield piece;
  }
}

async function readStream(chunks: AsyncIterable<Uint8Array>, onContent: OnContent): Promise<ReadMessage> {
  let hasher = new ChunkHasher<HashName>([]);
  const held = new HeldContent();
  const message = await readSignedData(chunksOf(chunks), {
    begin(listed) {
      hasher = new ChunkHasher(hashesNamed(listed));
    },
    async take(piece) {
      await hasher.update(piece);
      held.add(piece);
      await onContent?.(piece);
    },
  });
  if (!message.hasContent) return { message };
  return { message, bytes: held.bytes(), digests: hasher.digests() };
}

async function signedContent(
  { message, bytes, digests }: ReadMessage,
  given: SignableData | undefined,
): Promise<SignedContent> {
  const wanted = hashesNamed(message.signers.map(({ digestAlgorithm }) => digestAlgorithm));
  const content = message.hasContent ? bytes : given;
  const isBare = message.signers.some(({ attributes }) => !attributes);
  const kept = new HeldContent();
  const read = isBare && content && !(content instanceof Uint8Array) ? keeping(content, kept) : content;
  const hashed = digests ?? (read === undefined ? new Map() : await hashData(wanted, read));
  const held = read === content ? (content instanceof Uint8Array ? content : undefined) : kept.bytes();
  const findings = [
    ...(message.hasContent || given !== undefined ? [] : [remark('CONTENT_MISSING')]),
    ...(message.hasContent && given !== undefined ? [remark('CONTENT_GIVEN_TWICE')] : []),
    ...(message.contentType === CMS.data ? [] : [remark('CONTENT_TYPE', message.contentType)]),
  ];
  return {
    contentType: message.contentType,
    bytes: held,
    likeAttributes: held !== undefined && isBare && isLikeAttributes(held),
    digests: hashed,
    certificates: parseCertificates(message.certificates),
    findings,
  };
}

/** Each once. What cannot be read is nobody's certificate. */
function parseCertificates(ders: readonly Uint8Array[]): readonly JpkiCertificate[] {
  const certificates = ders.flatMap((der) => orUndefined(() => parseCertificate(der)) ?? []);
  return [...new Map(certificates.map((one) => [one.fingerprintSha256, one])).values()];
}
