import { checkBytes, integerFrom } from '../arguments.js';
import { JpkiError } from '../errors.js';

/** A BER-TLV data object, ISO/IEC 7816-4 5.2.2. */
export interface BerTlv {
  /** Tag as written, one to three bytes read as one number: 0x30, 0x7f21, 0x5f2d. */
  readonly tag: number;
  /** Whether the value is itself data objects (bit 6 of the first tag byte). */
  readonly constructed: boolean;
  readonly value: Uint8Array;
  /** The data objects inside a constructed one; empty for a primitive one. */
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
 * Reads tag and length at `offset`; the value itself need not be there.
 * Returns `undefined` when the bytes end before the header does.
 *
 * @param offset whole number, 0 or more; default 0
 * @throws JpkiError `MALFORMED_RESPONSE` for a tag over three bytes, an indefinite length or one over four bytes;
 * `INVALID_ARGUMENT`
 */
export function readBerTlvHeader(bytes: Uint8Array, offset = 0): BerTlvHeader | undefined {
  checkBytes('bytes', bytes);
  checkOffset('offset', offset);
  let at = offset;
  const first = bytes[at++];
  if (first === undefined) return undefined;
  let tag = first;
  if ((first & 0x1f) === 0x1f) {
    for (let more = true; more; ) {
      // ISO/IEC 7816-4 5.2.2.1 allows tag fields of one, two or three bytes.
      if (at - offset === 3) throw malformed('a tag of more than three bytes');
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
    if (count === 0) throw malformed('an indefinite length');
    if (count > 4) throw malformed('a length field of more than five bytes');
    if (at + count > bytes.length) return undefined;
    valueLength = 0;
    for (let i = 0; i < count; i++) valueLength = valueLength * 256 + (bytes[at++] ?? 0);
  }
  return { tag, constructed: (first & 0x20) !== 0, headerLength: at - offset, valueLength };
}

/**
 * Parses the data objects in `bytes`. Bytes 00 and FF between them are filler (ISO/IEC 7816-4 5.2.2).
 *
 * @throws JpkiError `MALFORMED_RESPONSE` for anything else, with the reason; `INVALID_ARGUMENT` for no bytes
 * @example
 * parseBerTlv(Uint8Array.of(0x70, 0x03, 0x5a, 0x01, 0x07))[0]?.children[0]?.value; // 07
 */
export function parseBerTlv(bytes: Uint8Array): BerTlv[] {
  checkBytes('bytes', bytes);
  return parseLevel(bytes, 0);
}

function parseLevel(bytes: Uint8Array, depth: number): BerTlv[] {
  if (depth > MAX_DEPTH) throw malformed(`nested more than ${MAX_DEPTH} deep`);
  const objects: BerTlv[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes[offset] === 0x00 || bytes[offset] === 0xff) {
      offset++;
      continue;
    }
    const header = readBerTlvHeader(bytes, offset);
    const start = offset + (header?.headerLength ?? 0);
    if (header === undefined || start + header.valueLength > bytes.length) {
      throw malformed('it ends before its length says');
    }
    const value = bytes.subarray(start, start + header.valueLength);
    const children = header.constructed ? parseLevel(value, depth + 1) : [];
    objects.push({ tag: header.tag, constructed: header.constructed, value, children });
    offset = start + header.valueLength;
  }
  return objects;
}
