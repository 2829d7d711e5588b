/** The content of single DER values: numbers, object identifiers, texts, times. */
import { type DerValue, invalid, readDer, TAG } from './der.js';

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

/** Numbers of the bits that are set in a BIT STRING, the first being 0. */
export function setBits(value: DerValue, what: string): readonly number[] {
  const bytes = expectTag(value, TAG.bitString, what).content.subarray(1);
  const bits: number[] = [];
  bytes.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) if (byte & (0x80 >> bit)) bits.push(8 * i + bit);
  });
  return bits;
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
  if (encoding === 'ascii' || encoding === 'latin1') return singleByteText(value.content);
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

/** Not TextDecoder: its "latin1" is windows-1252. */
function singleByteText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}
