/** Helpers on byte arrays that run in Node and in a browser alike. */

/** Lower-case hexadecimal text of `bytes`, two digits a byte, no separators. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

const HEX = /* @__PURE__ */ Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Bytes from hexadecimal text; white space between digits is allowed.
 * Returns `undefined` when the text is not whole bytes of hexadecimal.
 */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One new array that holds the parts in order. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** WebCrypto takes no view of shared memory. */
export function forWebCrypto(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/** Whether both arrays hold the same bytes. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** For `sort`: by the first byte that differs, a beginning before what it begins. The order of a SET OF (X.690 section 11.6). */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const differs = a.findIndex((byte, i) => byte !== b[i]);
  return differs < 0 ? a.length - b.length : (a[differs] ?? 0) - (b[differs] ?? -1);
}

/**
 * Zeros for a PIN to be written into. V8 keeps small arrays on its heap and copies them whenever it tidies up or native
 * code asks for their memory, and of those copies only the last can be wiped; an array on a buffer of its own stays put.
 */
export function secretBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** Overwrites the bytes with zeros, so that a PIN does not stay in memory; see `secretBytes`. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}

/** Standard base64 with padding. */
export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  // In pieces that fit into arguments: a text that grows by one character at a time takes 32 times its memory.
  for (let i = 0; i < bytes.length; i += 8192) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(binary);
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const BASE64 = /* @__PURE__ */ valuesOf('+/');
const BASE64_URL = /* @__PURE__ */ valuesOf('-_');
const NO_DIGIT = 0xff;

/** The value of each digit, by its code in ASCII; the alphabets differ in their last two. */
function valuesOf(lastTwo: string): Uint8Array {
  const digits = DIGITS + lastTwo;
  const values = new Uint8Array(128).fill(0xff);
  for (let i = 0; i < digits.length; i++) values[digits.charCodeAt(i)] = i;
  return values;
}

/** Six bits a digit; `undefined` where one is none, or says more than the bytes hold. */
function decoded(text: string, length: number, values: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let count = 0;
  let next = 0;
  for (let i = 0; i < length; i++) {
    const value = values[text.charCodeAt(i)] ?? NO_DIGIT;
    if (value === NO_DIGIT) return undefined;
    bits = ((bits << 6) | value) & 0xfff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[next++] = bits >> count;
  }
  // RFC 4648 section 3.5: the unused bits of the last digit must be zero, else one value has two spellings.
  return (bits & ((1 << count) - 1)) === 0 ? bytes : undefined;
}

/** Strict standard base64 (padded, no white space), or `undefined` when the text is anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return decoded(text, text.length - padding, BASE64);
}

/** Base64url without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Strict unpadded base64url, or `undefined` when the text is anything else. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return decoded(text, text.length, BASE64_URL);
}
