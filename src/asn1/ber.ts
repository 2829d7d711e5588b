/**
 * Reads BER (X.690) as the outer parts of a CMS message may have it (RFC 5652 section 2): lengths in more bytes than
 * needed, indefinite lengths, strings in parts. Only what is asked for is read, so a list of values that nobody asks for
 * takes no memory. The general ASN.1 packages are not used: they let a value reach past the end of the one it is in.
 */
import { JpkiError } from '../errors.js';
import { say } from '../text/index.js';
import { TAG } from './der.js';

/** Deepest nesting of values with indefinite lengths; a message made in one pass has about ten. */
export const MAX_DEPTH = 24;

/** Tag bytes of constructed values. */
export const SEQUENCE = 0x20 | TAG.sequence;
export const SET = 0x20 | TAG.set;
/** What `lengthAt` gives for a value that only an end of contents ends. */
export const INDEFINITE = -1;

/** X.690 section 8.1.3.5 c: no length begins with it. */
export const RESERVED = 0xff;

/** One value. The arrays are views of the message. */
export interface BerValue {
  /** Tag byte: class, form and number. */
  readonly identifier: number;
  /** The whole value as it stands. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** Bytes that are no CMS SignedData, and why, in words for a programmer. */
export function noSignedData(reason: string, cause?: unknown): JpkiError {
  return new JpkiError(
    'SIGNATURE_INVALID',
    say((texts) => texts.signature.noSignedData(reason)),
    { cause, remedy: say((texts) => texts.signature.noSignedDataRemedy) },
  );
}

/**
 * Reads exactly one value.
 *
 * @throws JpkiError `SIGNATURE_INVALID`
 */
export function readBer(bytes: Uint8Array): BerValue {
  const value = readAt(bytes, 0);
  if (value.bytes.length !== bytes.length) throw noSignedData('bytes follow its end');
  return value;
}

/** The values in a constructed value, in order; more than `most` are none of a message that is meant to be read. */
export function childrenOf({ content }: BerValue, most: number): BerValue[] {
  const children: BerValue[] = [];
  for (let at = 0; at < content.length; ) {
    const child = readAt(content, at);
    if (children.length === most) throw noSignedData(`more than ${most} values in one`);
    children.push(child);
    at += child.bytes.length;
  }
  return children;
}

/** The value that starts at `start`; what it ends with has to be in `bytes`. */
export function readAt(bytes: Uint8Array, start: number): BerValue {
  const end = endAt(bytes, start, 0);
  const contentEnd = lengthAt(bytes, start) === INDEFINITE ? end - 2 : end;
  return {
    identifier: byteAt(bytes, start),
    bytes: bytes.subarray(start, end),
    content: bytes.subarray(contentStartAt(bytes, start), contentEnd),
  };
}

/**
 * Behind the last byte of the value that starts at `start`. Numbers only, no object for each value that is passed: a
 * message of nothing but two-byte values takes some milliseconds a megabyte.
 */
function endAt(bytes: Uint8Array, start: number, depth: number): number {
  if (depth > MAX_DEPTH) throw noSignedData('it is nested too deeply');
  const identifier = byteAt(bytes, start);
  if ((identifier & 0x1f) === 0x1f) throw noSignedData('it has a tag number above 30');
  if (identifier === 0) throw noSignedData('an end of contents where there is nothing to end');
  const contentStart = contentStartAt(bytes, start);
  const length = lengthAt(bytes, start);
  if (length !== INDEFINITE) {
    if (length > bytes.length - contentStart) throw noSignedData('a length reaches past the end');
    return contentStart + length;
  }
  if ((identifier & 0x20) === 0) throw noSignedData('a value without parts has no length');
  let at = contentStart;
  // X.690 section 8.1.5: two zero bytes end it.
  while (byteAt(bytes, at) !== 0 || byteAt(bytes, at + 1) !== 0) at = endAt(bytes, at, depth + 1);
  return at + 2;
}

/** Where the content of the value at `start` begins. */
export function contentStartAt(bytes: Uint8Array, start: number): number {
  const first = byteAt(bytes, start + 1);
  return start + 2 + (first > 0x80 ? first & 0x7f : 0);
}

/**
 * How long the content of the value at `start` says it is (X.690 section 8.1.3), of which BER allows leading zeros.
 * Beyond 2^53 it is inexact, and larger than any message.
 */
export function lengthAt(bytes: Uint8Array, start: number): number {
  const first = byteAt(bytes, start + 1);
  if (first < 0x80) return first;
  if (first === 0x80) return INDEFINITE;
  if (first === RESERVED) throw noSignedData('a length of a form that is reserved');
  let length = 0;
  for (let i = 0; i < (first & 0x7f); i++) length = length * 256 + byteAt(bytes, start + 2 + i);
  return length;
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw noSignedData('it ends too early');
  return byte;
}
