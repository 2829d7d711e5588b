/**
 * The objects a PDF is made of (ISO 32000-1 section 7.3), read strictly: a verdict must not rest on what one reader
 * repairs in one way and another in another.
 */
import { refused } from './refused.js';

/** Longest number or keyword: a long run of letters is no part of a document. */
const MAX_WORD = 64;
/** Deepest nesting of arrays and dictionaries that is read. */
const MAX_DEPTH = 64;
/** Longest name, in bytes as written: readers need not take more than 127 characters (annex C), each at most `#xx`. */
const MAX_NAME = 1024;
/** Longest string, in bytes as written. Large data is in streams, and a signature has some ten thousand. */
const MAX_STRING = 4 * 1024 * 1024;
/** Most values in one object. Each takes a hundred times the memory of its two bytes in the file. */
const MAX_VALUES = 1_000_000;

export interface PdfName {
  readonly kind: 'name';
  readonly name: string;
}

/** Where something stands in the file: its first byte, and the one behind its last. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface PdfString {
  readonly kind: 'string';
  readonly bytes: Uint8Array;
  /** Written as `<hex>`. */
  readonly hex: boolean;
  /** With its brackets; of the stream's content where it stands in an object stream. */
  readonly extent: Extent;
}

export interface PdfReference {
  readonly kind: 'reference';
  readonly number: number;
  readonly generation: number;
}

export interface PdfArray {
  readonly kind: 'array';
  readonly items: readonly PdfValue[];
  readonly extent: Extent;
}

export interface PdfDictionary {
  readonly kind: 'dictionary';
  readonly entries: ReadonlyMap<string, PdfValue>;
  readonly extent: Extent;
}

export interface PdfStream {
  readonly kind: 'stream';
  readonly entries: ReadonlyMap<string, PdfValue>;
  /** Where its data begins. */
  readonly start: number;
}

export type PdfValue =
  | null
  | boolean
  | number
  | PdfName
  | PdfString
  | PdfReference
  | PdfArray
  | PdfDictionary
  | PdfStream;

type Kind = Exclude<PdfValue, null | boolean | number>['kind'];

/** Whether it is of that kind: `is(value, 'name')`. */
export function is<K extends Kind>(
  value: PdfValue | undefined,
  kind: K,
): value is Extract<PdfValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

export const nameOf = (value: PdfValue | undefined): string | undefined =>
  is(value, 'name') ? value.name : undefined;

const codes = (text: string): ReadonlySet<number> => new Set([...text].map((char) => char.charCodeAt(0)));
const SPACES = codes('\0\t\n\f\r ');
const DELIMITERS = codes('()<>[]{}/%');
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)$/;
const WHOLE = /^\d{1,10}$/;
const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 };

export const isSpace = (byte: number | undefined): boolean => byte !== undefined && SPACES.has(byte);

/** Goes through bytes from `at` on, one value or word after the other. */
export class PdfScanner {
  readonly bytes: Uint8Array;
  at: number;
  #values = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Over white space and comments. */
  skip(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === 0x25) while (this.at < this.bytes.length && !isEndOfLine(this.bytes[this.at])) this.at++;
      else if (isSpace(byte)) this.at++;
      else return;
    }
  }

  /** The next run of ordinary characters, empty where there is none. */
  word(): string {
    this.skip();
    let text = '';
    for (let byte = this.bytes[this.at]; byte !== undefined; byte = this.bytes[++this.at]) {
      if (SPACES.has(byte) || DELIMITERS.has(byte) || text.length > MAX_WORD) break;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  expect(word: string): void {
    const start = this.at;
    if (this.word() !== word) throw damaged(`no "${word}"`, start);
  }

  /** A number without sign or point. */
  whole(): number {
    const start = this.at;
    const word = this.word();
    if (!WHOLE.test(word)) throw damaged('no number', start);
    return Number(word);
  }

  /** Whether the next word is that one; then it is passed. */
  passes(word: string): boolean {
    const start = this.at;
    if (this.word() === word) return true;
    this.at = start;
    return false;
  }

  value(depth = 0): PdfValue {
    if (depth > MAX_DEPTH) throw damaged('nested too deeply', this.at);
    if (++this.#values > MAX_VALUES) throw damaged('an object has too many values', this.at);
    this.skip();
    const start = this.at;
    switch (this.bytes[start]) {
      case 0x2f:
        return this.#name();
      case 0x28:
        return this.#literal();
      case 0x5b:
        return this.#array(depth);
      case 0x3c:
        return this.bytes[start + 1] === 0x3c ? this.#dictionary(depth) : this.#hex();
    }
    const word = this.word();
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (!NUMBER.test(word)) throw damaged('no value', start);
    return (WHOLE.test(word) ? this.#reference(Number(word)) : undefined) ?? Number(word);
  }

  #reference(number: number): PdfReference | undefined {
    const behind = this.at;
    const generation = this.word();
    if (WHOLE.test(generation) && this.word() === 'R')
      return { kind: 'reference', number, generation: Number(generation) };
    this.at = behind;
    return undefined;
  }

  #name(): PdfName {
    const start = this.at++;
    let name = '';
    for (let byte = this.bytes[this.at]; byte !== undefined; byte = this.bytes[++this.at]) {
      if (SPACES.has(byte) || DELIMITERS.has(byte)) break;
      if (this.at - start > MAX_NAME) throw damaged('a name is too long', start);
      const escaped = byte === 0x23 ? hexPair(this.bytes, this.at + 1) : undefined;
      name += String.fromCharCode(escaped ?? byte);
      if (escaped !== undefined) this.at += 2;
    }
    return { kind: 'name', name };
  }

  #literal(): PdfString {
    const start = this.at++;
    const bytes: number[] = [];
    for (let open = 1; ; this.at++) {
      const byte = this.bytes[this.at];
      if (byte === undefined) throw damaged('a string does not end', start);
      if (this.at - start > MAX_STRING) throw damaged('a string is too long', start);
      if (byte === 0x5c) {
        this.#escape(bytes);
        continue;
      }
      if (byte === 0x28) open++;
      if (byte === 0x29 && --open === 0) break;
      bytes.push(byte);
    }
    return { kind: 'string', bytes: Uint8Array.from(bytes), hex: false, extent: { start, end: ++this.at } };
  }

  /** Section 7.3.4.2, table 3; `at` is left on the last character. */
  #escape(bytes: number[]): void {
    const next = this.bytes[++this.at] ?? 0;
    if (next === 13 && this.bytes[this.at + 1] === 10) this.at++;
    if (isEndOfLine(next)) return;
    const char = String.fromCharCode(next);
    let octal = '';
    while (octal.length < 3 && isOctal(this.bytes[this.at + octal.length]))
      octal += String.fromCharCode(this.bytes[this.at + octal.length] ?? 0);
    if (octal === '') bytes.push(ESCAPES[char] ?? next);
    else {
      bytes.push(Number.parseInt(octal, 8) & 0xff);
      this.at += octal.length - 1;
    }
  }

  #hex(): PdfString {
    const start = this.at++;
    const digits: number[] = [];
    for (let byte = this.bytes[this.at]; byte !== 0x3e; byte = this.bytes[++this.at]) {
      if (this.at - start > MAX_STRING) throw damaged('a string is too long', start);
      if (isSpace(byte)) continue;
      const digit = hexDigit(byte);
      if (digit === undefined) throw damaged('a string in hexadecimal has another character', this.at);
      digits.push(digit);
    }
    if (digits.length % 2 === 1) digits.push(0);
    const bytes = new Uint8Array(digits.length / 2);
    for (let i = 0; i < bytes.length; i++) bytes[i] = (digits[2 * i] ?? 0) * 16 + (digits[2 * i + 1] ?? 0);
    return { kind: 'string', bytes, hex: true, extent: { start, end: ++this.at } };
  }

  #array(depth: number): PdfArray {
    const start = this.at++;
    const items: PdfValue[] = [];
    for (;;) {
      this.skip();
      if (this.bytes[this.at] === 0x5d) break;
      items.push(this.value(depth + 1));
    }
    return { kind: 'array', items, extent: { start, end: ++this.at } };
  }

  #dictionary(depth: number): PdfDictionary {
    const start = this.at;
    this.at += 2;
    const entries = new Map<string, PdfValue>();
    for (;;) {
      this.skip();
      if (this.bytes[this.at] === 0x3e && this.bytes[this.at + 1] === 0x3e) break;
      const key = this.bytes[this.at] === 0x2f ? this.#name().name : undefined;
      // Readers differ in which of two they take.
      if (key === undefined || entries.has(key))
        throw damaged('a dictionary has a bad or repeated key', this.at);
      entries.set(key, this.value(depth + 1));
    }
    this.at += 2;
    return { kind: 'dictionary', entries, extent: { start, end: this.at } };
  }
}

const isEndOfLine = (byte: number | undefined): boolean => byte === 10 || byte === 13;
const isOctal = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x37;

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : undefined;
}

function hexPair(bytes: Uint8Array, at: number): number | undefined {
  const [high, low] = [hexDigit(bytes[at]), hexDigit(bytes[at + 1])];
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

/** What a programmer wants to know: what was not there, and at which byte. */
export const damaged = (what: string, at: number) =>
  refused((texts) => texts.pdf.damaged(`${what} (byte ${at})`));
