import { toHex } from '../bytes.js';

/**
 * What a recording shows in place of personal bytes, of the same length. Random and kept in a table, not computed: nobody
 * can try birth dates until one fits. The same bytes get the same stand-in throughout one recording.
 */
export class StandIns {
  readonly #random = new Map<string, Uint8Array>();

  /** For keys, signatures, identifiers: at most 65536 bytes. */
  bytes(original: Uint8Array): Uint8Array {
    const key = toHex(original);
    const known = this.#random.get(key) ?? globalThis.crypto.getRandomValues(new Uint8Array(original.length));
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

/** The same for big-endian characters of `width` bytes: 2 in a BMPString, 4 in a UniversalString. */
export function zeroWide(original: Uint8Array, width: 2 | 4): Uint8Array {
  return original.map((_, i) => [0x30, 0x07][(i % width) - (width - 2)] ?? 0);
}
