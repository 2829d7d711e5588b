/** The Individual Number (個人番号, My Number): file 0001. */
import { checkBytes } from '../arguments.js';
import { secretBytes, wipe } from '../bytes.js';
import { hasCheckDigit } from '../japan.js';
import { TEXT_TAG } from '../jpki/files.js';
import { areDigits, digitsOf, malformed, onlyObject } from './data-objects.js';

const NAME = 'Individual Number';
const LENGTH = 12;
const SHOWN = 4;

/**
 * A holder's Individual Number. The Number Act (番号法) says who may ask for one, and for what; collecting or keeping one
 * otherwise is forbidden. So nothing reads it on the way to something else, and where this object is printed or becomes JSON
 * it shows four digits. Dispose of it when it has been used (`using`): the digits are wiped then. What the reader's driver
 * received them in is not the library's to wipe.
 *
 * @example
 * using number = await text.readMyNumber();
 * if (number.hasCheckDigit) submit(number.digits);
 */
export class MyNumber implements Disposable {
  readonly #file: Uint8Array;
  readonly #start: number;
  readonly #hasCheckDigit: boolean;

  /**
   * @param file file 0001 as the card has it, with its filler: `FF10 0C` and twelve digits [myna-card]; copied
   * @throws JpkiError `MALFORMED_RESPONSE`, which tells nothing of the number; `INVALID_ARGUMENT` for no bytes
   */
  constructor(file: Uint8Array) {
    checkBytes('file', file);
    const { value, end } = onlyObject(file, TEXT_TAG.myNumber, NAME);
    // Never as text, which nobody can wipe.
    if (value.length !== LENGTH || !areDigits(value)) throw malformed(NAME, 'it is not twelve digits');
    this.#file = secretBytes(file.length);
    this.#file.set(file);
    this.#start = end - LENGTH;
    this.#hasCheckDigit = hasCheckDigit(value);
  }

  /** Twelve ASCII digits; zeros once the number was disposed of. */
  get digits(): Uint8Array {
    return this.#file.subarray(this.#start, this.#start + LENGTH);
  }

  /** The file as the card has it, filler included, for `verifyCardText`; zeros once the number was disposed of. */
  get file(): Uint8Array {
    return this.#file;
  }

  /** Whether the last digit is the check digit of the others. A number whose is not is nobody's. */
  get hasCheckDigit(): boolean {
    return this.#hasCheckDigit;
  }

  /** `********` and the last four digits, enough for its holder to recognise it; all `*` once it was disposed of. */
  get masked(): string {
    return (digitsOf(this.digits.subarray(-SHOWN)) ?? '').padStart(LENGTH, '*');
  }

  /** As `masked`. */
  toString(): string {
    return this.masked;
  }

  /** As `masked`, so that no JSON holds the number by accident. */
  toJSON(): string {
    return this.masked;
  }

  /** Overwrites the digits with zeros. */
  [Symbol.dispose](): void {
    wipe(this.#file);
  }
}
