import { equalBytes, toHex } from '../bytes.js';
import {
  type CertificateNodes,
  hasTag,
  isSelfSignedCa,
  OID,
  readCertificateNodes,
} from './certificate-nodes.js';
import { type DerNode, readDerNode, TAG } from './der-node.js';
import { type StandIns, zeroUtf8, zeroWide } from './stand-ins.js';

/** Certificates are about 2 KB; what is larger than this is none. */
const MAX_LENGTH = 16384;

/**
 * A certificate of the same length and structure that names nobody: every value in it is replaced, except those on a
 * short list. A CA's own certificate stays as it is, because it is published. `undefined` when the bytes are none.
 */
export function redactCertificate(der: Uint8Array, standIns: StandIns): Uint8Array | undefined {
  const copy = der.slice();
  const certificate = der.length > MAX_LENGTH ? undefined : readCertificateNodes(copy);
  if (certificate === undefined) return undefined;
  if (!isSelfSignedCa(certificate)) new CertificateRedaction(certificate, standIns).run();
  return copy;
}

/** KEY USAGE and BASIC CONSTRAINTS are flags and a small number; nothing longer passes for one of them. */
const FLAG_EXTENSIONS: ReadonlySet<string> = new Set([OID.keyUsage, OID.basicConstraints]);
const MAX_FLAGS_LENGTH = 8;

/** Of the issuer's name these are the agency's and say which hierarchy it is; the rest could be the holder's town. */
const PUBLIC_ATTRIBUTES: ReadonlySet<string> = new Set([
  OID.countryName,
  OID.organizationName,
  OID.organizationalUnitName,
]);

/** Longer than any attribute of a name: bounds the comparisons. */
const MAX_ATTRIBUTE_LENGTH = 256;

const RSA_EXPONENT = '010001';

class CertificateRedaction {
  readonly #certificate: CertificateNodes;
  readonly #standIns: StandIns;
  /** Attributes of the issuer's name, to be kept wherever they stand: also in the distribution point. */
  readonly #kept: ReadonlySet<string>;
  /** Nodes that have been dealt with. */
  readonly #done = new Set<DerNode>();

  constructor(certificate: CertificateNodes, standIns: StandIns) {
    this.#certificate = certificate;
    this.#standIns = standIns;
    const { issuer, subject } = certificate;
    // An issuer that is the subject and no CA is the holder.
    const attributes = equalBytes(issuer.bytes, subject.bytes)
      ? []
      : issuer.children.flatMap((set) => set.children);
    const isPublic = ({ children: [type] }: DerNode) =>
      hasTag(type, TAG.oid) && PUBLIC_ATTRIBUTES.has(toHex(type.content));
    this.#kept = new Set(attributes.filter(isPublic).map(({ bytes }) => toHex(bytes)));
  }

  run(): void {
    const { tbs, version, notBefore, notAfter, publicKey, extensions, algorithm, signature } =
      this.#certificate;
    // [0] with an INTEGER of one byte.
    if (version?.content.length === 3) this.#done.add(version);
    // The end of validity is a birthday and its start the minute of a visit to the town hall: only the years stay.
    this.#keepYear(notBefore, '0101000000Z');
    this.#keepYear(notAfter, '1231235959Z');
    if (publicKey !== undefined) {
      this.#modulus(publicKey.modulus);
      if (toHex(publicKey.exponent.content) !== RSA_EXPONENT) this.#replace(publicKey.exponent);
      this.#done.add(publicKey.bitString);
    }
    for (const { oid, value } of extensions) {
      this.#done.add(value);
      if (FLAG_EXTENSIONS.has(oid) && value.content.length <= MAX_FLAGS_LENGTH) continue;
      const inner = readDerNode(value.content);
      if (inner === undefined) value.content.set(this.#standIns.bytes(value.content));
      else this.#replace(inner);
    }
    for (const part of [tbs, algorithm, signature]) this.#replace(part);
  }

  #keepYear(time: DerNode, rest: string): void {
    time.content.set(new TextEncoder().encode(rest), time.content.length - rest.length);
    this.#done.add(time);
  }

  /** Odd, because a product of two large primes is, and there are programs that check. */
  #modulus({ content }: DerNode): void {
    content.set(this.#standIns.integer(content));
    content[content.length - 1] = (content[content.length - 1] ?? 0) | 1;
  }

  /** Everything in a node, except what has been dealt with and the issuer's attributes. */
  #replace(node: DerNode): void {
    if (this.#done.has(node) || this.#isKept(node)) return;
    if (!node.constructed) {
      node.content.set(this.#standIn(node));
      return;
    }
    for (const child of node.children) this.#replace(child);
    const [type, value] = node.children;
    // Zero, as all text becomes, is no sex; 3 is "unknown" (card.md section 7).
    if (hasTag(type, TAG.oid) && toHex(type.content) === OID.holderSex)
      value?.children[0]?.content.fill(0x33);
  }

  #isKept({ tag, bytes }: DerNode): boolean {
    return tag === TAG.sequence && bytes.length <= MAX_ATTRIBUTE_LENGTH && this.#kept.has(toHex(bytes));
  }

  #standIn({ tag, content }: DerNode): Uint8Array {
    if (saysNothing(tag, content)) return content;
    switch (tag) {
      case TAG.integer:
        return this.#standIns.integer(content);
      case TAG.bitString:
        return this.#bitString(content);
      case TAG.utf8String:
        return zeroUtf8(content);
      case TAG.bmpString:
        return zeroWide(content, 2);
      case TAG.universalString:
        return zeroWide(content, 4);
      case TAG.numericString:
      case TAG.printableString:
      case TAG.teletexString:
      case TAG.ia5String:
      case TAG.visibleString:
        return new Uint8Array(content.length).fill(0x30);
      default:
        // A context tag hides the type. Text stays text, so that an address or a name of the internet can be read.
        return content.every((byte) => byte >= 0x20 && byte < 0x7f)
          ? zeroUtf8(content)
          : this.#standIns.bytes(content);
    }
  }

  /** The first byte counts the unused bits at the end, which are zero (X.690 section 11.2.1). */
  #bitString(content: Uint8Array): Uint8Array {
    const [unused] = content;
    if (unused === undefined) return content;
    const bits = this.#standIns.bytes(content.subarray(1));
    const last = bits.length - 1;
    bits[last] = (bits[last] ?? 0) & (0xff << (unused & 7));
    return Uint8Array.of(unused, ...bits);
  }
}

/** Of an object identifier, in bytes; those of certificates have 3 to 11. */
const MAX_OID_LENGTH = 20;

/** Types whose values are no text and no number of a person: as long as they are what they say they are. */
function saysNothing(tag: number, content: Uint8Array): boolean {
  if (tag === TAG.boolean) return content.length === 1;
  // X.690 section 8.19: the last byte of an object identifier is below 80; that of a Japanese character is not.
  return tag === TAG.oid && content.length <= MAX_OID_LENGTH && (content.at(-1) ?? 0x80) < 0x80;
}
