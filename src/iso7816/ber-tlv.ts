import { checkBytes, integerFrom } from '../arguments.js';
import { JpkiError } from '../errors.js';

/** A BER-TLV data object, ISO/IEC 7816-4 5.2.2. */
export interface BerTlv {
  /** Tag as written, one to three bytes read as one number: 0x30, 0x7f21, 0xff10. */
  readonly tag: number;
  /** Whether the value is itself data objects (bit 6 of the first tag byte). */
  readonly constructed: boolean;
  readonly value: Uint8Array;
  /** The data objects inside a constructed one; empty for a primitive one, and where an FFxx of this card holds text. */
  readonly children: readonly BerTlv[];
}

/** Where the parts of a data object lie. */
export interface BerTlvHeader {
  readonly tag: number;
  readonly constructed: boolean;
  /** Bytes of tag and length fields. */
  readonly headerLength: number;
  readonly valueLength: number;
}

/** Deeper nesting than any card data has; bounds recursion on hostile input. */
const MAX_DEPTH = 16;

const checkOffset = integerFrom(0, Number.MAX_SAFE_INTEGER);

function malformed(reason: string): JpkiError {
  return new JpkiError('MALFORMED_RESPONSE', `Not a BER-TLV data object: ${reason}.`);
}

/**
 * Reads tag and length at `offset`; the value itself need not be there. Filler is not looked for: what stands at `offset`
 * is read as a data object.
 * Returns `undefined` when the bytes end before the header does.
 *
 * @param offset whole number, 0 or more; default 0
 * @throws JpkiError `MALFORMED_RESPONSE` for a tag over three bytes, an indefinite length, its end mark 0000, or a length over
 * four bytes; `INVALID_ARGUMENT`
 * @example
 * readBerTlvHeader(Uint8Array.of(0x30, 0x82, 0x05, 0x45)); // { tag: 0x30, constructed: true, headerLength: 4, valueLength: 1349 }
 */
export function readBerTlvHeader(bytes: Uint8Array, offset = 0): BerTlvHeader | undefined {
  checkBytes('bytes', bytes);
  checkOffset('offset', offset);
  const header = headerAt(bytes, offset);
  if (typeof header === 'string') throw malformed(header);
  return header;
}

/** The header, or why there can be none: a reason and no error, because a long run of filler would make one for each byte. */
function headerAt(bytes: Uint8Array, offset: number): BerTlvHeader | string | undefined {
  let at = offset;
  const first = bytes[at++];
  if (first === undefined) return undefined;
  let tag = first;
  if ((first & 0x1f) === 0x1f) {
    for (let more = true; more; ) {
      // ISO/IEC 7816-4 5.2.2.1 allows tag fields of one, two or three bytes.
      if (at - offset === 3) return 'a tag of more than three bytes';
      const next = bytes[at++];
      if (next === undefined) return undefined;
      tag = (tag << 8) | next;
      more = (next & 0x80) !== 0;
    }
  }
  const lengthByte = bytes[at++];
  if (lengthByte === undefined) return undefined;
  let valueLength = lengthByte;
  if (lengthByte >= 0x80) {
    const count = lengthByte & 0x7f;
    if (count === 0) return 'an indefinite length';
    if (count > 4) return 'a length field of more than five bytes';
    if (at + count > bytes.length) return undefined;
    valueLength = 0;
    for (let i = 0; i < count; i++) valueLength = valueLength * 256 + (bytes[at++] ?? 0);
  }
  // X.690 8.1.5: the end of an indefinite length, which is none of its own, and the commonest filler of all.
  if (tag === 0 && at - offset === 2 && valueLength === 0) return 'an end-of-contents mark';
  return { tag, constructed: (first & 0x20) !== 0, headerLength: at - offset, valueLength };
}

/**
 * Parses the data objects in `bytes`. A byte 00 or FF is filler (ISO/IEC 7816-4 5.2.2) only where no complete data object
 * starts with it, because tags of this card start with FF: FF10 is the My Number, FF20 name and address [myna-card
 * text.rs]. So each object is the one that `readBerTlvHeader` reads in its place.
 *
 * @throws JpkiError `MALFORMED_RESPONSE` for anything else, with the reason; `INVALID_ARGUMENT` for no bytes
 * @example
 * parseBerTlv(Uint8Array.of(0x70, 0x03, 0x5a, 0x01, 0x07))[0]?.children[0]?.value; // 07
 */
export function parseBerTlv(bytes: Uint8Array): BerTlv[] {
  checkBytes('bytes', bytes);
  const objects = parseLevel(bytes, 0);
  if (typeof objects === 'string') throw malformed(objects);
  return objects;
}

function parseLevel(bytes: Uint8Array, depth: number): BerTlv[] | string {
  if (depth > MAX_DEPTH) return `nested more than ${MAX_DEPTH} deep`;
  const objects: BerTlv[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const header = headerAt(bytes, offset);
    const mayBeFiller = bytes[offset] === 0x00 || bytes[offset] === 0xff;
    if (header === undefined || typeof header === 'string' || !fits(header, offset, bytes)) {
      if (!mayBeFiller) return typeof header === 'string' ? header : 'it ends before its length says';
      offset++;
      continue;
    }
    const { tag, constructed, headerLength, valueLength } = header;
    const value = bytes.subarray(offset + headerLength, offset + headerLength + valueLength);
    let children = constructed ? parseLevel(value, depth + 1) : [];
    if (typeof children === 'string') {
      if (!mayBeFiller) return children;
      // By its bits FF10 is constructed, yet its value is twelve digits [myna-card text.rs].
      children = [];
    }
    objects.push({ tag, constructed, value, children });
    offset += headerLength + valueLength;
  }
  return objects;
}

function fits({ headerLength, valueLength }: BerTlvHeader, offset: number, bytes: Uint8Array): boolean {
  return offset + headerLength + valueLength <= bytes.length;
}
