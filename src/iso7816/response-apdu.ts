/** What a card answers: data, and a status word that says how it went. */
import { bytesFrom, checkBytes, checkThat, integerFrom } from '../arguments.js';
import { type BilingualText, JpkiError } from '../errors.js';
import type { Texts } from '../text/en.js';
import { say } from '../text/index.js';

/** Status words by name, ISO/IEC 7816-4 table 6, and as seen on the Individual Number Card [myna-card]. */
export const SW = {
  DONE: 0x9000,
  END_OF_FILE: 0x6282,
  WRONG_PIN_NO_COUNTER: 0x6300,
  WRONG_LENGTH: 0x6700,
  LOGICAL_CHANNEL_UNSUPPORTED: 0x6881,
  SECURE_MESSAGING_UNSUPPORTED: 0x6882,
  CHAINING_UNSUPPORTED: 0x6884,
  INCOMPATIBLE_FILE: 0x6981,
  SECURITY_STATUS_NOT_SATISFIED: 0x6982,
  METHOD_BLOCKED: 0x6983,
  REFERENCE_DATA_UNUSABLE: 0x6984,
  CONDITIONS_NOT_SATISFIED: 0x6985,
  NO_CURRENT_FILE: 0x6986,
  /** To a secure messaging class where no session is open [myna-card sm.rs]. */
  NO_SECURE_MESSAGING_SESSION: 0x69fc,
  WRONG_DATA: 0x6a80,
  FILE_NOT_FOUND: 0x6a82,
  RECORD_NOT_FOUND: 0x6a83,
  WRONG_P1_P2: 0x6a86,
  REFERENCE_NOT_FOUND: 0x6a88,
  WRONG_OFFSET: 0x6b00,
  INS_UNSUPPORTED: 0x6d00,
  CLA_UNSUPPORTED: 0x6e00,
  UNSPECIFIED: 0x6f00,
} as const;

/** By value, and by first byte for words that have no name, ISO/IEC 7816-4 table 5. */
const NAMES = new Map(Object.entries(SW).map(([name, value]) => [value as number, name as keyof typeof SW]));

function meaningOf({ value, sw1, triesLeft, bytesAvailable, exactLe }: StatusWord, { apdu }: Texts): string {
  if (triesLeft !== undefined) return apdu.triesLeft(triesLeft);
  if (bytesAvailable !== undefined) return apdu.bytesAvailable(bytesAvailable);
  if (exactLe !== undefined) return apdu.exactLe(exactLe);
  const name = NAMES.get(value);
  if (name !== undefined) return apdu.words[name];
  const ofClass: Readonly<Partial<Record<string, string>>> = apdu.classes;
  return ofClass[sw1.toString(16)] ?? apdu.undefinedWord;
}

const checkValue = integerFrom(0, 0xffff);

/**
 * Status word of a response APDU (SW1 SW2, two bytes).
 *
 * @example
 * const sw = new StatusWord(0x63c2);
 * sw.triesLeft; // 2
 */
export class StatusWord {
  /** 0 to 65535. */
  readonly value: number;

  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(value: number) {
    checkValue('value', value);
    this.value = value;
  }

  get sw1(): number {
    return this.value >> 8;
  }

  get sw2(): number {
    return this.value & 0xff;
  }

  /** 9000 only. */
  get isDone(): boolean {
    return this.value === SW.DONE;
  }

  /** The x of 63Cx, 0 to 15: a PIN's tries left (ISO/IEC 7816-4 table 6). `undefined` for any other word. */
  get triesLeft(): number | undefined {
    return this.value >> 4 === 0x63c ? this.value & 0x0f : undefined;
  }

  /** SW2 of 61xx: bytes to fetch with GET RESPONSE, 1 to 256 (00 means 256 or more). */
  get bytesAvailable(): number | undefined {
    return this.sw1 === 0x61 ? this.sw2 || 256 : undefined;
  }

  /** SW2 of 6Cxx: the Le to repeat the command with, 1 to 256. */
  get exactLe(): number | undefined {
    return this.sw1 === 0x6c ? this.sw2 || 256 : undefined;
  }

  /** 6983 and 6984: cards seen answer 6984 to a locked PIN, ISO says 6983; 63C0 to a query is `triesLeft` 0. */
  get saysLocked(): boolean {
    return this.value === SW.METHOD_BLOCKED || this.value === SW.REFERENCE_DATA_UNUSABLE;
  }

  /** What the word means, in English and Japanese. */
  get meaning(): BilingualText {
    return say((texts) => meaningOf(this, texts));
  }

  /** Four upper-case hexadecimal digits. */
  toString(): string {
    return this.value.toString(16).toUpperCase().padStart(4, '0');
  }
}

/** Most bytes one response may have: 65536 of data and the status word (ISO/IEC 7816-4 5.1, extended Le). */
const MAX_LENGTH = 65536 + 2;

const checkData = bytesFrom(0, MAX_LENGTH - 2);
const checkStatusWord = checkThat(
  (t) => t.apdu.statusWord,
  (value) => value instanceof StatusWord,
);

/**
 * A response APDU: data, then the status word.
 *
 * @example
 * ResponseApdu.parse(Uint8Array.of(0x8f, 0x8f, 0x00, 0x90, 0x00)).data; // 8F 8F 00
 */
export class ResponseApdu {
  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(
    /** Response data, 0 to 65536 bytes. */
    readonly data: Uint8Array,
    readonly statusWord: StatusWord,
  ) {
    checkData('data', data);
    checkStatusWord('statusWord', statusWord);
  }

  /**
   * @throws JpkiError `MALFORMED_RESPONSE` for fewer than 2 or more than 65538 bytes, `INVALID_ARGUMENT` for no bytes
   */
  static parse(bytes: Uint8Array): ResponseApdu {
    checkBytes('bytes', bytes);
    const { length } = bytes;
    if (length < 2 || length > MAX_LENGTH) {
      throw new JpkiError(
        'MALFORMED_RESPONSE',
        `A response of ${length} bytes; a response APDU has 2 to ${MAX_LENGTH}.`,
      );
    }
    const statusWord = new StatusWord(((bytes[length - 2] ?? 0) << 8) | (bytes[length - 1] ?? 0));
    // A copy: the transport may fill its buffer again.
    return new ResponseApdu(new Uint8Array(bytes.subarray(0, length - 2)), statusWord);
  }

  /** The bytes as the card sends them. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.data.length + 2);
    bytes.set(this.data);
    bytes[bytes.length - 2] = this.statusWord.sw1;
    bytes[bytes.length - 1] = this.statusWord.sw2;
    return bytes;
  }
}
