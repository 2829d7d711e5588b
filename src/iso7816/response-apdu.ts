import { bytesFrom, checkBytes, checkThat } from '../arguments.js';
import { JpkiError } from '../errors.js';
import { StatusWord } from './status-word.js';

/** Most bytes one response may have: 65536 of data and the status word (ISO/IEC 7816-4 5.1, extended Le). */
const MAX_LENGTH = 65536 + 2;

const checkData = bytesFrom(0, MAX_LENGTH - 2);
const checkStatusWord = checkThat(
  { en: 'a StatusWord', ja: 'StatusWord' },
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
