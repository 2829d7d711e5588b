/**
 * What the bytes of one signature are: which part of the file it was made over, and the message in it. By the bytes
 * themselves, because the known attacks on PDF signatures live on readers that take a dictionary's word for it.
 */
import { readAt } from '../asn1/ber.js';
import { type PdfFinding, remark } from './findings.js';
import { damaged, is, type PdfDictionary } from './values.js';

export interface Coverage {
  /** Where what was signed ends: the length of the document as the signer saw it. */
  readonly end: number;
  /** The two ranges that were signed, in pieces. */
  signedBytes(): AsyncGenerator<Uint8Array>;
  /** The CMS message. */
  readonly cms: Uint8Array;
}

/** So that others get their turn while a large document is hashed. */
const PIECE_BYTES = 1024 * 1024;

/** The coverage, or what is wrong with it. */
export function coverageOf(
  bytes: Uint8Array,
  { entries }: PdfDictionary,
): { readonly coverage?: Coverage; readonly findings: readonly PdfFinding[] } {
  const [range, contents] = [entries.get('ByteRange'), entries.get('Contents')];
  // A reference could lead elsewhere in another revision.
  if (!is(range, 'array') || !is(contents, 'string') || !contents.hex)
    return { findings: [remark('BYTE_RANGE')] };
  const [start, firstLength, secondStart, secondLength, ...more] = range.items;
  const isRight =
    more.length === 0 &&
    start === 0 &&
    firstLength === contents.extent.start &&
    secondStart === contents.extent.end &&
    typeof secondLength === 'number' &&
    Number.isInteger(secondLength) &&
    secondLength > 0 &&
    secondStart + secondLength <= bytes.length;
  if (!isRight) return { findings: [remark('BYTE_RANGE')] };
  // Digits and nothing between them: what is not signed holds the message and no more.
  const { extent } = contents;
  const digits = bytes.subarray(extent.start + 1, extent.end - 1);
  const isPlain = digits.length === 2 * contents.bytes.length && digits.every((byte) => byte > 0x20);
  const cms = isPlain ? messageIn(contents.bytes) : undefined;
  if (cms === undefined) return { findings: [remark('CONTENTS')] };
  const end = secondStart + secondLength;
  return {
    findings: [],
    coverage: {
      end,
      cms,
      async *signedBytes() {
        yield* inPieces(bytes, 0, extent.start);
        yield* inPieces(bytes, extent.end, end);
      },
    },
  };
}

/** One value, and zeros up to the end of the room that was kept for it. */
function messageIn(contents: Uint8Array): Uint8Array | undefined {
  try {
    const { bytes } = readAt(contents, 0);
    return contents.subarray(bytes.length).every((byte) => byte === 0) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

async function* inPieces(bytes: Uint8Array, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; at += PIECE_BYTES) yield bytes.subarray(at, Math.min(at + PIECE_BYTES, end));
}

/** The file as it was when it was signed. */
export function revisionOf(bytes: Uint8Array, { end }: Coverage): Uint8Array {
  if (end > bytes.length) throw damaged('a signature reaches past the end', end);
  return bytes.subarray(0, end);
}
