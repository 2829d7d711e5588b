import {
  type Check,
  type ChecksOf,
  checkBoolean,
  checkBytes,
  checkedOptions,
  checkThat,
  required,
} from '../arguments.js';
import { secretBytes, wipe } from '../bytes.js';
import { JpkiError } from '../errors.js';
import type { Texts } from '../text/en.js';
import { type Entry, say } from '../text/index.js';
import { REFERENCE_DATA_INS } from '../transport/connection.js';

/** Instruction bytes, ISO/IEC 7816-4 table 4. */
export const INS = {
  VERIFY: 0x20,
  CHANGE_REFERENCE_DATA: 0x24,
  /** PERFORM SECURITY OPERATION in ISO; with class 80 the card's own COMPUTE DIGITAL SIGNATURE. */
  COMPUTE_DIGITAL_SIGNATURE: 0x2a,
  /** CHANGE KEY of JICSAP, with class 80: how the resident registry PIN is changed [myna-card]. */
  CHANGE_KEY: 0x32,
  GET_CHALLENGE: 0x84,
  SELECT: 0xa4,
  READ_BINARY: 0xb0,
  READ_RECORD: 0xb2,
  GET_RESPONSE: 0xc0,
} as const;

const MAX_SHORT_LC = 255;
const MAX_SHORT_LE = 256;
const MAX_EXTENDED_LC = 65535;
const MAX_EXTENDED_LE = 65536;

/** The fields of a command APDU; `cla`, `ins`, `p1` and `p2` are bytes, 0 to 255. Anything else is `INVALID_ARGUMENT`. */
export interface CommandApduFields {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** Command data, 0 to 65535 bytes; more than 255 needs extended length. Copied. */
  readonly data?: Uint8Array | undefined;
  /** Most bytes expected back, 1 to 65536; more than 256 needs extended length. Absent: no response data. */
  readonly le?: number | undefined;
  /** `true` encodes in extended length even where short would do, `false` refuses to; default: where it is needed. */
  readonly extended?: boolean | undefined;
}

const NO_DATA = new Uint8Array(0);

/** Fields or bytes that are each of their type and make no command APDU together. */
function refuse(reason: (texts: Texts['apdu']) => string): never {
  throw new JpkiError(
    'INVALID_ARGUMENT',
    say(({ apdu }) => apdu.notACommand(reason(apdu))),
  );
}

function isWhole(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

const byte = (takes: Entry): Check => checkThat(takes, (value) => isWhole(value, 0, 0xff));

const FIELD_CHECKS: ChecksOf<CommandApduFields> = {
  cla: required(byte((t) => t.apdu.cla)),
  // ISO/IEC 7816-3 10.3.2: 6X and 9X would be taken for procedure bytes.
  ins: required(
    checkThat(
      (t) => t.apdu.ins,
      (value) => isWhole(value, 0, 0xff) && Number(value) >> 4 !== 0x6 && Number(value) >> 4 !== 0x9,
    ),
  ),
  p1: required(byte((t) => t.apdu.p1)),
  p2: required(byte((t) => t.apdu.p2)),
  data: checkBytes,
  le: checkThat(
    (t) => t.apdu.le(MAX_EXTENDED_LE),
    (value) => isWhole(value, 1, MAX_EXTENDED_LE),
  ),
  extended: checkBoolean,
};

/**
 * A command APDU in any of the four cases of ISO/IEC 7816-4 5.1, short or extended.
 *
 * @example
 * new CommandApdu({ cla: 0x00, ins: 0xb0, p1: 0, p2: 0, le: 256 }).encode(); // 00 B0 00 00 00
 * @throws JpkiError `INVALID_ARGUMENT` when a field is out of its range
 */
export class CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  readonly le: number | undefined;
  readonly extended: boolean;

  constructor(fields: CommandApduFields) {
    const { cla, ins, p1, p2, data = NO_DATA, le, extended } = checkedOptions(fields, FIELD_CHECKS, 'fields');
    const { length } = data;
    if (length > MAX_EXTENDED_LC) refuse((t) => t.tooMuchData(length, MAX_EXTENDED_LC));
    const needsExtended = length > MAX_SHORT_LC || (le ?? 0) > MAX_SHORT_LE;
    if (needsExtended && extended === false) refuse((t) => t.notShort);
    this.cla = cla;
    this.ins = ins;
    this.p1 = p1;
    this.p2 = p2;
    // Not slice(): that of a Node Buffer shares the memory, and wipe() would reach into the caller's.
    this.data = secretBytes(length);
    this.data.set(data);
    this.le = le;
    // Case 1 has no length field, so there is nothing to extend.
    this.extended = needsExtended || (extended === true && (length > 0 || le !== undefined));
  }

  /** Whether the data field is a PIN or other reference data, which no trace or transcript may hold. */
  get carriesReferenceData(): boolean {
    return this.data.length > 0 && REFERENCE_DATA_INS.has(this.ins);
  }

  /** The bytes that go to the card; a fresh array each time. */
  encode(): Uint8Array<ArrayBuffer> {
    const { data, le, extended } = this;
    const lcLength = data.length === 0 ? 0 : extended ? 3 : 1;
    // ISO/IEC 7816-4 5.1: extended Le is two bytes after an Lc field, three (a leading 00) without one.
    const leLength = le === undefined ? 0 : !extended ? 1 : data.length === 0 ? 3 : 2;
    const bytes = secretBytes(4 + lcLength + data.length + leLength);
    bytes[0] = this.cla;
    bytes[1] = this.ins;
    bytes[2] = this.p1;
    bytes[3] = this.p2;
    let end = 4;
    if (lcLength === 1) bytes[end++] = data.length;
    if (lcLength === 3) {
      bytes[end + 1] = data.length >> 8;
      bytes[end + 2] = data.length & 0xff;
      end += 3;
    }
    bytes.set(data, end);
    if (le !== undefined) {
      // The largest Le of each form is written as zeros, which is what dropping the high bits gives.
      bytes[bytes.length - 1] = le & 0xff;
      if (extended) bytes[bytes.length - 2] = (le >> 8) & 0xff;
    }
    return bytes;
  }

  /**
   * The same command asking for another number of bytes, 1 to 256, in the same form.
   *
   * @throws JpkiError `INVALID_ARGUMENT` when that number does not fit the form
   */
  withLe(le: number): CommandApdu {
    FIELD_CHECKS.le('le', le);
    return new CommandApdu({ ...this.fields(), le });
  }

  /** Overwrites the data with zeros; for commands that carried a PIN. */
  wipe(): void {
    wipe(this.data);
  }

  private fields(): CommandApduFields {
    const { cla, ins, p1, p2, data, le, extended } = this;
    return { cla, ins, p1, p2, data, le, extended };
  }

  /**
   * Reads the bytes of a command APDU back, keeping its form.
   *
   * @throws JpkiError `INVALID_ARGUMENT` when the bytes are none, with the reason
   */
  static parse(bytes: Uint8Array): CommandApdu {
    checkBytes('bytes', bytes);
    if (bytes.length < 4) refuse((t) => t.noHeader(bytes.length));
    const [cla, ins, p1, p2] = bytes as unknown as [number, number, number, number];
    const header = { cla, ins, p1, p2 };
    if (bytes.length === 4) return new CommandApdu(header);
    const first = bytes[4] ?? 0;
    if (bytes.length === 5) return new CommandApdu({ ...header, le: first || MAX_SHORT_LE, extended: false });
    if (first !== 0) return CommandApdu.#parseBody(header, bytes, 5, first, 1);
    if (bytes.length < 7) refuse((t) => t.cutOff);
    const long = ((bytes[5] ?? 0) << 8) | (bytes[6] ?? 0);
    if (bytes.length === 7)
      return new CommandApdu({ ...header, le: long || MAX_EXTENDED_LE, extended: true });
    if (long === 0) refuse((t) => t.zeroLc);
    return CommandApdu.#parseBody(header, bytes, 7, long, 2);
  }

  static #parseBody(
    header: Pick<CommandApduFields, 'cla' | 'ins' | 'p1' | 'p2'>,
    bytes: Uint8Array,
    start: number,
    lc: number,
    leLength: 1 | 2,
  ): CommandApdu {
    const rest = bytes.length - start - lc;
    if (rest !== 0 && rest !== leLength) refuse((t) => t.wrongLc(lc, bytes.length - start));
    const data = bytes.subarray(start, start + lc);
    const extended = leLength === 2;
    if (rest === 0) return new CommandApdu({ ...header, data, extended });
    const last = bytes[bytes.length - 1] ?? 0;
    const le = extended ? ((bytes[bytes.length - 2] ?? 0) << 8) | last : last;
    return new CommandApdu({
      ...header,
      data,
      le: le || (extended ? MAX_EXTENDED_LE : MAX_SHORT_LE),
      extended,
    });
  }
}
