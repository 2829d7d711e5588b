/** Objects where they stand in a file. */
import { damaged, is, PdfScanner, type PdfValue } from './values.js';

/** An object, and where its reading ended: of a stream where its dictionary does. */
export interface ReadObject {
  readonly value: PdfValue;
  readonly end: number;
}

/** `12 0 obj … endobj`; the number has to be the one that was looked for. */
export function readObject(
  bytes: Uint8Array,
  offset: number,
  number: number,
  generation: number,
): ReadObject {
  const scanner = new PdfScanner(bytes, offset);
  if (scanner.whole() !== number || scanner.whole() !== generation)
    throw damaged(`object ${number} is not where it should be`, offset);
  scanner.expect('obj');
  const value = scanner.value();
  const { at: end } = scanner;
  if (!is(value, 'dictionary') || !scanner.passes('stream')) {
    scanner.expect('endobj');
    return { value, end: scanner.at };
  }
  // Section 7.3.8.1: CR LF or LF.
  if (bytes[scanner.at] === 13) scanner.at++;
  if (bytes[scanner.at++] !== 10) throw damaged('a stream does not begin on a new line', scanner.at);
  return { value: { kind: 'stream', entries: value.entries, start: scanner.at }, end };
}

/** The data of a stream as it stands, and where its `endstream` ends. */
export function streamData(
  bytes: Uint8Array,
  start: number,
  length: PdfValue,
): { readonly data: Uint8Array; readonly end: number } {
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0 || start + length > bytes.length)
    throw damaged('a stream has no length', start);
  const scanner = new PdfScanner(bytes, start + length);
  scanner.expect('endstream');
  return { data: bytes.subarray(start, start + length), end: scanner.at };
}
