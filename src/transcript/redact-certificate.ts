/**
 * A certificate that names nobody. Every value in it is replaced by a stand-in of the same length, except those on a short
 * list; the published certificates of the J-LIS CAs stay as they are.
 */

import {
  type DerValue,
  expectTag,
  isContext,
  oidText,
  orUndefined,
  readDer,
  sequenceOf,
  TAG,
  timeValue,
} from '../asn1/der.js';
import { EXTENSIONS, HOLDER_ENTRIES, NAME_ATTRIBUTES } from '../asn1/oid.js';
import { equalBytes, toHex } from '../bytes.js';
import { JLIS_TRUST_ANCHORS } from '../certificate/trust-anchors.js';
import { sha256 } from '../hashes.js';

/** Certificates are about 2 KB; what is larger than this is none. */
const MAX_LENGTH = 16384;

/** By its fingerprint, because a name is only a claim: nothing that was not published passes for one of them. */
const PUBLISHED: ReadonlySet<string> = new Set(JLIS_TRUST_ANCHORS.map((anchor) => anchor.sha256));

/** The certificate with stand-ins, of the same length and structure; `undefined` when the bytes are no certificate in DER. */
export function redactCertificate(der: Uint8Array, standIns: StandIns): Uint8Array | undefined {
  const copy = der.slice();
  const certificate = der.length > MAX_LENGTH ? undefined : orUndefined(() => readCertificate(copy));
  if (certificate === undefined) return undefined;
  if (!PUBLISHED.has(toHex(sha256(der)))) new CertificateRedaction(certificate, standIns).run();
  return copy;
}

type Certificate = NonNullable<ReturnType<typeof readCertificate>>;

/** The parts of an X.509 certificate (RFC 5280 section 4.1) that are treated each in its own way. Views: to write is to change it. */
function readCertificate(der: Uint8Array) {
  const whole = readDer(der);
  const [tbs, algorithm, signature, ...excess] = sequenceOf(whole, 'a certificate');
  expectTag(algorithm, TAG.sequence, 'the algorithm');
  expectTag(signature, TAG.bitString, 'the signature');
  const fields = [...sequenceOf(tbs, 'what is signed')];
  const version = isContext(fields[0], 0, true) ? fields.shift() : undefined;
  const [serialNumber, innerAlgorithm, issuer, validity, subject, spki, ...optional] = fields;
  expectTag(serialNumber, TAG.integer, 'the serial number');
  expectTag(innerAlgorithm, TAG.sequence, 'the algorithm');
  const times = sequenceOf(validity, 'the validity');
  for (const time of times) timeValue(time, 'a time');
  if (times.length !== 2 || excess.length > 0) return undefined;
  const list = optional.find((value) => isContext(value, 3, true));
  return {
    whole,
    version,
    issuer: expectTag(issuer, TAG.sequence, 'the issuer'),
    subject: expectTag(subject, TAG.sequence, 'the subject'),
    times,
    publicKey: orUndefined(() => readRsaPublicKey(expectTag(spki, TAG.sequence, 'the public key'))),
    extensions: list === undefined ? [] : sequenceOf(list.children[0], 'the extensions').map(readExtension),
  };
}

function readExtension(extension: DerValue) {
  return {
    oid: oidText(extension.children[0], 'an extension'),
    value: expectTag(extension.children.at(-1), TAG.octetString, 'the value of an extension'),
  };
}

function readRsaPublicKey({ children: [, value] }: DerValue) {
  const bitString = expectTag(value, TAG.bitString, 'the key');
  if (bitString.content[0] !== 0) return undefined;
  const [first, second, ...excess] = sequenceOf(readDer(bitString.content.subarray(1)), 'an RSA key');
  const [modulus, exponent] = [expectTag(first, TAG.integer, 'n'), expectTag(second, TAG.integer, 'e')];
  return excess.length > 0 ? undefined : { bitString, modulus, exponent };
}

/** KEY USAGE and BASIC CONSTRAINTS are flags and a small number; nothing longer passes for one of them. */
const FLAG_EXTENSIONS: ReadonlySet<string> = new Set([EXTENSIONS.keyUsage, EXTENSIONS.basicConstraints]);
const MAX_FLAGS_LENGTH = 8;

/** Of the issuer's name these are the agency's and say which hierarchy it is; the rest could be the holder's town. */
const PUBLIC_ATTRIBUTES: ReadonlySet<string> = new Set([
  NAME_ATTRIBUTES.C,
  NAME_ATTRIBUTES.O,
  NAME_ATTRIBUTES.OU,
]);

/** Longer than any attribute of a name: bounds the comparisons. */
const MAX_ATTRIBUTE_LENGTH = 256;

const RSA_EXPONENT = '010001';

class CertificateRedaction {
  readonly #certificate: Certificate;
  readonly #standIns: StandIns;
  /** Attributes of the issuer's name, to be kept wherever they stand: also in the distribution point. */
  readonly #kept: ReadonlySet<string>;
  /** Nodes that have been dealt with. */
  readonly #done = new Set<DerValue>();

  constructor(certificate: Certificate, standIns: StandIns) {
    this.#certificate = certificate;
    this.#standIns = standIns;
    const { issuer, subject } = certificate;
    // An issuer that is the subject too may be the holder.
    const attributes = equalBytes(issuer.bytes, subject.bytes)
      ? []
      : issuer.children.flatMap((set) => set.children);
    const isPublic = ({ children: [type] }: DerValue): boolean => PUBLIC_ATTRIBUTES.has(oidOf(type) ?? '');
    this.#kept = new Set(attributes.filter(isPublic).map(({ bytes }) => toHex(bytes)));
  }

  run(): void {
    const { whole, version, times, publicKey, extensions } = this.#certificate;
    // [0] with an INTEGER of one byte.
    if (version?.content.length === 3) this.#done.add(version);
    // The end of validity is a birthday and its start the minute of a visit to the town hall: only the years stay.
    for (const [i, time] of times.entries()) this.#keepYear(time, i === 0 ? '0101000000Z' : '1231235959Z');
    if (publicKey !== undefined) {
      const { content } = publicKey.modulus;
      content.set(this.#standIns.integer(content));
      // Odd, because a product of two large primes is, and there are programs that check.
      content[content.length - 1] = (content.at(-1) ?? 0) | 1;
      if (toHex(publicKey.exponent.content) !== RSA_EXPONENT) this.#replace(publicKey.exponent);
      this.#done.add(publicKey.bitString);
    }
    for (const { oid, value } of extensions) {
      this.#done.add(value);
      if (FLAG_EXTENSIONS.has(oid) && value.content.length <= MAX_FLAGS_LENGTH) continue;
      const inner = orUndefined(() => readDer(value.content));
      if (inner === undefined) value.content.set(this.#standIns.bytes(value.content));
      else this.#replace(inner);
    }
    this.#replace(whole);
  }

  #keepYear(time: DerValue, rest: string): void {
    time.content.set(new TextEncoder().encode(rest), time.content.length - rest.length);
    this.#done.add(time);
  }

  /** Everything in a node, except what has been dealt with and the issuer's attributes. */
  #replace(node: DerValue): void {
    const { bytes } = node;
    if (this.#done.has(node) || (bytes.length <= MAX_ATTRIBUTE_LENGTH && this.#kept.has(toHex(bytes))))
      return;
    if (!node.constructed) {
      node.content.set(this.#standIn(node));
      return;
    }
    for (const child of node.children) this.#replace(child);
    const [type, value] = node.children;
    // Zero, as all text becomes, is no sex; 3 is "unknown" (docs/card.md section 7).
    if (oidOf(type) === HOLDER_ENTRIES.sex) value?.children[0]?.content.fill(0x33);
  }

  #standIn(value: DerValue): Uint8Array {
    const { tagClass, tag, content } = value;
    if (saysNothing(value)) return content;
    switch (tagClass === 'universal' ? tag : undefined) {
      case TAG.integer:
        return this.#standIns.integer(content);
      case TAG.bitString:
        return this.#bitString(content);
      case TAG.utf8String:
        return zeroUtf8(content);
      case TAG.bmpString:
        return zeroWide(content);
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
function saysNothing({ tagClass, tag, content }: DerValue): boolean {
  if (tagClass !== 'universal') return false;
  if (tag === TAG.boolean) return true;
  // A complete one ends in a byte below 80 (X.690 section 8.19), as no Japanese character does.
  return tag === TAG.oid && content.length <= MAX_OID_LENGTH;
}

function oidOf(value: DerValue | undefined): string | undefined {
  return value?.tagClass === 'universal' && value.tag === TAG.oid ? oidText(value, 'a type') : undefined;
}

/**
 * What a recording shows in place of personal bytes, of the same length. Random and kept in a table, not computed: nobody
 * can try birth dates until one fits. The same bytes get the same stand-in throughout one recording.
 */
export class StandIns {
  readonly #random = new Map<string, Uint8Array>();

  /** For keys, signatures, identifiers: at most 65536 bytes. */
  bytes(original: Uint8Array): Uint8Array {
    const key = toHex(original);
    const known = this.#random.get(key) ?? crypto.getRandomValues(new Uint8Array(original.length));
    this.#random.set(key, known);
    return known.slice();
  }

  /** For the content of an INTEGER: positive, and in as many bytes as DER wants (X.690 section 8.3.2). */
  integer(original: Uint8Array): Uint8Array {
    const random = this.bytes(original);
    if (original[0] === 0 && original.length > 1) {
      random[0] = 0;
      random[1] = 0x80 | (random[1] ?? 0);
    } else if (random.length > 0) {
      random[0] = 0x40 | ((random[0] ?? 0) & 0x3f);
    }
    return random;
  }
}

/** Zeros of one, two, three and four bytes in UTF-8: 0 Ø 〇 𝟘. */
const UTF8_ZEROS = ['0', 'Ø', '〇', '𝟘'].map((zero) => new TextEncoder().encode(zero));
/** Between family and given name; the name would not be one without it. */
const IDEOGRAPHIC_SPACE = new TextEncoder().encode('\u3000');

/** UTF-8 with every character replaced by a zero of the same length in bytes, U+3000 excepted. */
export function zeroUtf8(original: Uint8Array): Uint8Array {
  const zeros = new Uint8Array(original.length).fill(0x30);
  for (let at = 0; at < original.length; ) {
    const length = utf8Length(original[at] ?? 0);
    const character = original.subarray(at, at + length);
    const isSpace = character.every((byte, i) => byte === IDEOGRAPHIC_SPACE[i]) && length === 3;
    const zero = isSpace ? IDEOGRAPHIC_SPACE : UTF8_ZEROS[length - 1];
    if (zero !== undefined && character.length === length) zeros.set(zero, at);
    at += length;
  }
  return zeros;
}

/** Length of a character by its first byte, RFC 3629 section 3; 1 for a byte that starts none. */
function utf8Length(first: number): number {
  if (first >= 0xf0 && first <= 0xf4) return 4;
  if (first >= 0xe0 && first <= 0xef) return 3;
  return first >= 0xc2 && first <= 0xdf ? 2 : 1;
}

/** The same for the characters of two bytes of a BMPString. */
function zeroWide(original: Uint8Array): Uint8Array {
  return original.map((_, i) => [0x30, 0x07][i % 2] ?? 0);
}
