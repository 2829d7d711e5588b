/**
 * What one reader, and the card in it, carry of a read and of a question for a counter. Readers were reported to stop at
 * 254, 240, 236, 192 or 128 bytes [gmrtd issue 410, NFCPassportReader issues 89 and 91, CCID issue 97, pcsc-rust issue
 * 31], to fail a command of extended length, with the card reset or not [acsccid issue 42, nfc-pcsc issue 37], and to bring
 * nothing for an Le of 00 [neopgp issue 3].
 */
import { type ChecksOf, checkBoolean, checkThat } from '../arguments.js';
import type { JpkiError } from '../errors.js';

/**
 * Most that one extended read asks for: a whole certificate, seen with up to 1749 bytes, and less than its file of 3808
 * bytes has, since no published trace shows a read beyond the end of a file working [jpki-image-signer].
 */
export const EXTENDED_LENGTH = 2048;
/** Most that a short Le asks for, ISO/IEC 7816-4 5.1. */
export const SHORT_LENGTH = 256;
/** Less and less, below every limit that was reported. */
const SHORT_LENGTHS = [SHORT_LENGTH, 240, 192, 128, 64, 32] as const;
/** Who refuses so little refuses for another reason than the length. */
export const LEAST_LENGTH = 32;

export class ReaderLimits {
  #longest: number = EXTENDED_LENGTH;
  #carried = 0;
  #fourByteVerify: boolean | undefined;
  #extendedAnswered = false;

  /** Most bytes that one read asks for. */
  get longest(): number {
    return this.#longest;
  }

  /** Most bytes that one read has brought: one that fails up to here does not fail for its length. */
  get carried(): number {
    return this.#carried;
  }

  /**
   * Whether a read of extended length is known to cost no card: one brought data, or was answered that the PIN is missing,
   * which a reader that carries none does not say.
   */
  get extendedIsSafe(): boolean {
    return this.#extendedAnswered || this.#carried > SHORT_LENGTH;
  }

  /** Whether VERIFY without data goes as four bytes, ISO case 1; `undefined` until one was answered. */
  get fourByteVerify(): boolean | undefined {
    return this.#fourByteVerify;
  }

  /** A read of that length brought data. */
  brought(length: number): void {
    this.#carried = Math.max(this.#carried, length);
  }

  /** A read of extended length was answered that the PIN is missing. */
  answeredExtended(): void {
    this.#extendedAnswered = true;
  }

  /** Reads longer than that brought nothing where shorter ones did. */
  askAtMost(length: number): void {
    this.#longest = Math.min(this.#longest, length);
  }

  /** A VERIFY without data was answered as four bytes, or only with an Le behind them. */
  answeredQuery(asFourBytes: boolean): void {
    this.#fourByteVerify = asFourBytes;
  }

  /** A card refused the form that was learnt. */
  forgetQuery(): void {
    this.#fourByteVerify = undefined;
  }

  /** What to ask for after a read of that length brought nothing; `undefined` when there is nothing less to try. */
  below(length: number): number | undefined {
    if (this.#carried > SHORT_LENGTH && this.#carried < length) return this.#carried;
    return SHORT_LENGTHS.find((one) => one < length);
  }

  /** A read of that length has cost the card: none is tried again, and after one of extended length no other of these. */
  lost(length: number): void {
    this.askAtMost((length > SHORT_LENGTH ? SHORT_LENGTH : this.below(length)) ?? LEAST_LENGTH);
  }
}

let readersOf: (strategy: ReadStrategy) => Map<string, ReaderLimits>;

/**
 * Remembers what readers carry, by their names. Sessions with the same strategy spend no exchange twice on what a
 * reader refuses, and lose no second card to a read that cost the first. `openJpki` has one for the process; a new one is
 * for who wants to begin anew.
 *
 * @example
 * const readStrategy = new ReadStrategy();
 * await using applet = await openJpki({ readStrategy });
 * @category The card and its applet
 */
export class ReadStrategy {
  readonly #readers = new Map<string, ReaderLimits>();

  static {
    readersOf = (strategy) => strategy.#readers;
  }
}

/** No method of the class: what a strategy holds is nothing for programs to build on. */
export function limitsOf(strategy: ReadStrategy, readerName: string): ReaderLimits {
  const readers = readersOf(strategy);
  const limits = readers.get(readerName) ?? new ReaderLimits();
  readers.set(readerName, limits);
  return limits;
}

/**
 * How to read from the card.
 *
 * @category The card and its applet
 */
export interface ReadOptions {
  /**
   * What readers were seen to carry, from session to session. Default: `openJpki` keeps it for the process, by the readers'
   * names; `JpkiApplet.select` knows nothing at the start.
   */
  readonly readStrategy?: ReadStrategy | undefined;
  /**
   * Whether reads of extended length are tried, which bring a certificate in one exchange; default `true`. `false` is for a
   * reader that loses the card over one. Given again for a connection that an applet was opened on before, it applies
   * to both from then on.
   */
  readonly extendedReads?: boolean | undefined;
}

export const READ_CHECKS: ChecksOf<ReadOptions> = {
  readStrategy: checkThat(
    (t) => t.card.readStrategy,
    (value) => value instanceof ReadStrategy && readersOf(value) instanceof Map,
  ),
  extendedReads: checkBoolean,
};

/** Whether an exchange failed on its way and the card may still be there: no answer, or one cut down to less than a status word. */
export function isBroken({ code, statusWord }: JpkiError): boolean {
  return code === 'TRANSPORT' || (code === 'MALFORMED_RESPONSE' && statusWord === undefined);
}
