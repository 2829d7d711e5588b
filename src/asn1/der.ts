/**
 * Reads DER (X.690) and refuses what shows without knowing its type to be only BER: lengths, forms, numbers and bits have
 * one encoding, so nothing in a certificate can be read in two ways. Not refused are the values of a SET OF in another
 * order, a DEFAULT that is written out, and characters outside a string type's alphabet below 80. The general ASN.1
 * packages accept BER, and this reading decides whom to believe.
 *
 * First the values as they are nested, then what a single value says: numbers, object identifiers, texts, times.
 */
import { JpkiError } from '../errors.js';
import { say } from '../text/index.js';

/** A certificate is about 2 KB; what is larger than this is none. */
const MAX_BYTES = 65_536;
const MAX_DEPTH = 24;
const MAX_VALUES = 4096;
const MAX_OID_BYTES = 64;

/** Universal tag numbers (X.680 section 8.6). */
export const TAG = {
  boolean: 1,
  integer: 2,
  bitString: 3,
  octetString: 4,
  null: 5,
  oid: 6,
  enumerated: 10,
  utf8String: 12,
  sequence: 16,
  set: 17,
  numericString: 18,
  printableString: 19,
  teletexString: 20,
  ia5String: 22,
  utcTime: 23,
  generalizedTime: 24,
  visibleString: 26,
  bmpString: 30,
} as const;

const UNIVERSAL_TAGS: ReadonlySet<number> = new Set(Object.values(TAG));
const CONSTRUCTED_TAGS: ReadonlySet<number> = new Set([TAG.sequence, TAG.set]);

const TAG_CLASSES = ['universal', 'application', 'context', 'private'] as const;

/** One value. `children` is empty for a primitive one. The arrays are views of the bytes that were read. */
export interface DerValue {
  readonly tagClass: (typeof TAG_CLASSES)[number];
  readonly tag: number;
  readonly constructed: boolean;
  /** Tag, length and content. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly DerValue[];
}

/**
 * Reads exactly one value, with everything in it.
 *
 * @throws JpkiError `CERTIFICATE_INVALID` when the bytes are not one DER value, or are larger or deeper than any certificate
 */
export function readDer(bytes: Uint8Array): DerValue {
  if (bytes.length > MAX_BYTES) throw invalid(`more than ${MAX_BYTES} bytes`);
  const value = readValue(bytes, 0, bytes.length, 0, { values: MAX_VALUES });
  if (value.bytes.length !== bytes.length) throw invalid('bytes follow the end');
  return value;
}

/** A certificate that cannot be read, and why, in words for a programmer. */
export function invalid(reason: string): JpkiError {
  const message = say((texts) => texts.certificate.unreadable(reason));
  return new JpkiError('CERTIFICATE_INVALID', message);
}

/** What `read` gives; `undefined` for bytes that it refuses. */
export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof JpkiError) return undefined;
    throw error;
  }
}

function readValue(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  budget: { values: number },
): DerValue {
  if (depth > MAX_DEPTH) throw invalid('nested too deeply');
  budget.values -= 1;
  if (budget.values < 0) throw invalid('too many values');

  const identifier = byteAt(bytes, start, end);
  const tag = identifier & 0x1f;
  // A tag number of 31 or more takes further bytes; no certificate has one.
  if (tag === 0x1f) throw invalid('a tag number above 30');
  const { length, contentStart } = readLength(bytes, start + 1, end);
  const contentEnd = contentStart + length;
  if (contentEnd > end) throw invalid('a length that reaches past the end');

  const constructed = (identifier & 0x20) !== 0;
  const children: DerValue[] = [];
  for (let at = contentStart; constructed && at < contentEnd; ) {
    const child = readValue(bytes, at, contentEnd, depth + 1, budget);
    children.push(child);
    at += child.bytes.length;
  }
  const value: DerValue = {
    tagClass: TAG_CLASSES[(identifier >> 6) as 0 | 1 | 2 | 3],
    tag,
    constructed,
    bytes: bytes.subarray(start, contentEnd),
    content: bytes.subarray(contentStart, contentEnd),
    children,
  };
  if (value.tagClass === 'universal') checkUniversal(value);
  return value;
}

/** X.690 section 10.1: the definite form, in the fewest bytes. */
function readLength(bytes: Uint8Array, start: number, end: number): { length: number; contentStart: number } {
  const first = byteAt(bytes, start, end);
  if (first < 0x80) return { length: first, contentStart: start + 1 };
  if (first === 0x80) throw invalid('an indefinite length');
  const count = first & 0x7f;
  // Three bytes reach beyond MAX_BYTES.
  if (count > 3) throw invalid('a length that reaches past the end');
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + byteAt(bytes, start + i, end);
  if (length < 0x80 || length < 256 ** (count - 1)) throw invalid('a length in more bytes than it needs');
  return { length, contentStart: start + 1 + count };
}

function byteAt(bytes: Uint8Array, at: number, end: number): number {
  const byte = at < end ? bytes[at] : undefined;
  if (byte === undefined) throw invalid('it ends too early');
  return byte;
}

function checkUniversal({ tag, constructed, content }: DerValue): void {
  if (!UNIVERSAL_TAGS.has(tag)) throw invalid(`a value of type ${tag}`);
  // X.690 section 10.2: no string is put together from parts.
  if (constructed !== CONSTRUCTED_TAGS.has(tag)) throw invalid('a value in the wrong form');
  switch (tag) {
    case TAG.boolean:
      if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff))
        throw invalid('a boolean not in DER');
      break;
    case TAG.integer:
    case TAG.enumerated:
      checkInteger(content);
      break;
    case TAG.bitString:
      checkBitString(content);
      break;
    case TAG.null:
      if (content.length !== 0) throw invalid('a null with content');
      break;
    case TAG.oid:
      checkOid(content);
      break;
  }
}

/** X.690 section 8.3.2: the first nine bits are never all alike. */
function checkInteger(content: Uint8Array): void {
  const [first, second = 0] = content;
  if (first === undefined) throw invalid('an integer without content');
  if (content.length === 1) return;
  if ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80)) {
    throw invalid('an integer in more bytes than it needs');
  }
}

/** X.690 section 11.2.1: unused bits are zero. */
function checkBitString(content: Uint8Array): void {
  const unused = content[0];
  if (unused === undefined || unused > 7 || (content.length === 1 && unused !== 0)) {
    throw invalid('a bit string without its count of unused bits');
  }
  const last = content.at(-1) ?? 0;
  if (content.length > 1 && (last & ((1 << unused) - 1)) !== 0)
    throw invalid('a bit string with unused bits set');
}

/** X.690 section 8.19: each number in the fewest bytes, the last one complete. */
function checkOid(content: Uint8Array): void {
  if (content.length === 0 || content.length > MAX_OID_BYTES)
    throw invalid('an object identifier of this length');
  let startsNumber = true;
  for (const byte of content) {
    if (startsNumber && byte === 0x80) throw invalid('an object identifier in more bytes than it needs');
    startsNumber = byte < 0x80;
  }
  if (!startsNumber) throw invalid('an object identifier that ends too early');
}

/** `value` if it has this universal tag. */
export function expectTag(value: DerValue | undefined, tag: number, what: string): DerValue {
  if (value?.tagClass !== 'universal' || value.tag !== tag)
    throw invalid(`${what} is missing or of the wrong type`);
  return value;
}

/** Whether `value` is the context-specific `tag`, in this form. */
export function isContext(value: DerValue | undefined, tag: number, constructed: boolean): value is DerValue {
  return value?.tagClass === 'context' && value.tag === tag && value.constructed === constructed;
}

/** The elements of a SEQUENCE. */
export function sequenceOf(value: DerValue | undefined, what: string): readonly DerValue[] {
  return expectTag(value, TAG.sequence, what).children;
}

/** Dotted text of an OBJECT IDENTIFIER. */
export function oidText(value: DerValue | undefined, what: string): string {
  const numbers: bigint[] = [];
  let number = 0n;
  for (const byte of expectTag(value, TAG.oid, what).content) {
    number = (number << 7n) | BigInt(byte & 0x7f);
    if (byte >= 0x80) continue;
    numbers.push(number);
    number = 0n;
  }
  // X.690 section 8.19.4: the first number holds the first two arcs, and the first arc is 0, 1 or 2.
  const [head = 0n, ...rest] = numbers;
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - 40n * first, ...rest].join('.');
}

/** The bytes of a positive INTEGER without its sign byte. */
export function positiveInteger(value: DerValue | undefined, what: string): Uint8Array {
  const { content } = expectTag(value, TAG.integer, what);
  const magnitude = content[0] === 0 ? content.subarray(1) : content;
  if (magnitude.length === 0 || (content[0] ?? 0) >= 0x80) throw invalid(`${what} is not positive`);
  return magnitude;
}

/** The bytes of a BIT STRING that is made of whole bytes. */
export function bitStringBytes(value: DerValue | undefined, what: string): Uint8Array {
  const { content } = expectTag(value, TAG.bitString, what);
  if (content[0] !== 0) throw invalid(`${what} is not made of whole bytes`);
  return content.subarray(1);
}

/** The one DER value inside an OCTET STRING. */
export function insideOctetString(value: DerValue | undefined, what: string): DerValue {
  return readDer(expectTag(value, TAG.octetString, what).content);
}

const TEXT_ENCODINGS: Readonly<Record<number, string>> = {
  [TAG.utf8String]: 'utf-8',
  [TAG.numericString]: 'ascii',
  [TAG.printableString]: 'ascii',
  [TAG.ia5String]: 'ascii',
  [TAG.visibleString]: 'ascii',
  [TAG.teletexString]: 'latin1',
  [TAG.bmpString]: 'utf-16be',
};

/** The text of a string type, or `undefined` when the value is none that certificates use. */
export function stringText(value: DerValue): string | undefined {
  const encoding = value.tagClass === 'universal' ? TEXT_ENCODINGS[value.tag] : undefined;
  if (encoding === undefined) return undefined;
  if (encoding === 'ascii' && value.content.some((byte) => byte >= 0x80))
    throw invalid('a text with bytes above 7F');
  // Not TextDecoder: its "latin1" is windows-1252.
  if (encoding === 'ascii' || encoding === 'latin1')
    return Array.from(value.content, (byte) => String.fromCharCode(byte)).join('');
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(value.content);
  } catch {
    throw invalid('a text in a broken encoding');
  }
}

/** RFC 5280 section 4.1.2.5: both time types are in UTC with seconds and without fractions. */
export function timeValue(value: DerValue | undefined, what: string): Date {
  const tag = value?.tagClass === 'universal' ? value.tag : undefined;
  const text =
    value && (tag === TAG.utcTime || tag === TAG.generalizedTime)
      ? String.fromCharCode(...value.content.subarray(0, 20))
      : '';
  const form = tag === TAG.utcTime ? /^\d{12}Z$/ : /^\d{14}Z$/;
  if (!form.test(text)) throw invalid(`${what} is not a time`);
  const digits = tag === TAG.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  const iso = digits.replace(/^(....)(..)(..)(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const date = new Date(iso);
  // An impossible day such as 31 April is moved on by some engines instead of refused.
  if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) throw invalid(`${what} is not a time`);
  return date;
}
