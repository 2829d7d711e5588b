/** How cards, and the readers that they are in, differ from the card seen most often; and the reader that plays its part. */
import {
  type Check,
  type ChecksOf,
  checkBoolean,
  checkedOptions,
  checkThat,
  integerFrom,
  listOf,
  oneOf,
  type SomeOf,
} from '../arguments.js';
import { invalidArgument } from '../errors.js';
import { INS } from '../iso7816/index.js';
import { AID, type ApplicationName } from '../jpki/files.js';

/**
 * What becomes of an exchange that fails in the reader, as a program sees it: the exchange is `TRANSPORT`, and after it
 * the card is as it was (`fails`), was reset so that every further exchange of the connection is `CARD_RESET` (`resets`),
 * or has left, `CARD_REMOVED` (`removes`). The virtual reader of vsmartcard has no such failures: there `fails` is an answer of
 * one byte, which is no response APDU, and the other two take the card out for a second.
 */
export type ReaderFault = 'fails' | 'resets' | 'removes';

const READER_FAULTS: readonly ReaderFault[] = ['fails', 'resets', 'removes'];

/** Commands whose answer a reader may replace; `query` is a VERIFY without data, which asks for the counter. */
export type AnsweredCommand = 'select' | 'read' | 'query' | 'verify' | 'change' | 'sign';

/**
 * How a virtual card behaves wherever cards, or the readers that they are in, are known to differ. The defaults are the
 * card seen most often in a reader that changes nothing; every other value was seen or is allowed by a standard. Any
 * other is `INVALID_ARGUMENT`. Each reader quirk names the public report that it plays.
 */
export interface VirtualCardQuirks {
  /** Short EF identifiers, or the status word 69xx or 6Axx that refuses them. */
  readonly shortIds: true | number;
  /** CHANGE REFERENCE DATA takes a short identifier too; no source says, so both are here. */
  readonly changeByShortId: boolean;
  /** A VERIFY of four bytes is understood; else 6700 (`false`), another word 67xx to 6Fxx, or a fault of the reader. */
  readonly fourByteVerify: boolean | number | ReaderFault;
  /**
   * Commands of extended length; else 6700 (`false`), another word 67xx to 6Fxx, or a fault of the reader [acsccid issue
   * 42, nfc-pcsc issue 37].
   */
  readonly extendedLength: boolean | number | ReaderFault;
  /** Answer to a query on a locked PIN. */
  readonly lockedQuery: 0x63c0 | 0x6983 | 0x6984;
  /** Answer to a VERIFY on a locked PIN. */
  readonly lockedVerify: 0x6983 | 0x6984;
  /** Answer to a query on a verified PIN: 63Cx, or 9000 as ISO allows. */
  readonly verifiedQuery: 'counter' | 0x9000;
  /** A wrong PIN and a query are answered 63Cx, or 6300 without a number. */
  readonly pinCounter: boolean;
  /** The first command after a power-up is answered 6F00. */
  readonly firstCommandFails: boolean;
  /** A read that reaches the end of the file: a shorter answer and 9000, the same and 6282; or no data, and 6Cxx or 6700. */
  readonly endOfFile: 'shorter' | 0x6282 | 0x6c | 0x6700;
  /** Data is announced with 61xx and fetched with GET RESPONSE. */
  readonly getResponse: boolean;
  /** Most data bytes in one answer to READ BINARY, 1 to 65536: less than asked is normal (JICSAP 6.4.1). */
  readonly maxRead: number;
  /**
   * Most bytes that a READ BINARY may ask for, 1 to 65536; `longRead` says what becomes of one that asks for more. Readers
   * were reported to stop at 254, 240, 236, 192 or 128 [gmrtd issue 410, NFCPassportReader issues 89 and 91, CCID issue
   * 97, pcsc-rust issue 31].
   */
  readonly longestRead: number;
  /**
   * What becomes of a read beyond `longestRead`: a word 64xx to 6Fxx in place of the command; 9000 or a warning 62xx or
   * 63xx without the data; the data cut off at `longestRead` bytes, before the status word (`cut`); or a fault.
   */
  readonly longRead: number | 'cut' | ReaderFault;
  /** A READ BINARY with an Le of 00, which is 256, brings data; else this word, 9000 included, alone [neopgp issue 3]. */
  readonly leZero: true | number;
  /** Every READ BINARY is answered 6Cxx, also one that asks for what the 6Cxx before it said [OpenSC issue 1731]. */
  readonly endlessWrongLe: boolean;
  /**
   * The word of its own that a reader gives in place of the answer to a command that the card did carry out [nfc-pcsc
   * issue 139, acsccid issue 30], or `false`; `inventedFor` says to which commands.
   */
  readonly inventedWord: false | 0x6300 | 0x6301 | 0x637f;
  readonly inventedFor: readonly AnsweredCommand[];
  /** SELECT of an application, the current one too, ends what was verified, as for a session key [myna-card sm.rs]. */
  readonly selectClearsStatus: boolean;
  /** SELECT with P2 = 00 is answered with a file control information template (FCI), where its Le asks for data. */
  readonly fci: boolean;
  /** Answer to the SELECT of an application or a file that is not there, 64xx to 6Fxx. */
  readonly selectRefusal: number;
  /** The token information in full, or its label alone, padded with 00 as in the file that a peer recorded [myna]. */
  readonly tokenInfoLength: 160 | 32;
  /** The user authentication certificate is read only after its PIN, as on an Android token [myna]. */
  readonly authCertificateNeedsPin: boolean;
  /** Signature variants P1 01 to 05 exist; else 6A86. */
  readonly cardSideHashing: boolean;
  /** Applications the card lacks. */
  readonly absentApplications: readonly ApplicationName[];
  /** Files the card lacks, as application and identifier: `jpki/0008`. */
  readonly absentFiles: readonly string[];
}

export const DEFAULT_QUIRKS: VirtualCardQuirks = {
  shortIds: true,
  changeByShortId: true,
  fourByteVerify: true,
  extendedLength: true,
  lockedQuery: 0x63c0,
  lockedVerify: 0x6984,
  verifiedQuery: 'counter',
  pinCounter: true,
  firstCommandFails: false,
  endOfFile: 'shorter',
  getResponse: false,
  maxRead: 65536,
  longestRead: 65536,
  longRead: 0x6700,
  leZero: true,
  endlessWrongLe: false,
  inventedWord: false,
  inventedFor: ['verify', 'change'],
  selectClearsStatus: false,
  fci: false,
  selectRefusal: 0x6a82,
  tokenInfoLength: 160,
  authCertificateNeedsPin: false,
  cardSideHashing: true,
  absentApplications: [],
  absentFiles: [],
};

/** Status words by their first byte, from `first` to `last`, or one of `others`. */
function wordOr(first: number, last: number, ...others: readonly (string | number | boolean)[]): Check {
  const hex = (byte: number): string => `${byte.toString(16).toUpperCase()}xx`;
  const list = others.map((value) =>
    typeof value === 'number' ? value.toString(16).toUpperCase() : String(value),
  );
  return checkThat(
    (t) => t.virtual.statusWord(hex(first), hex(last), list),
    (value) =>
      others.some((one) => one === value) ||
      (Number.isInteger(value) && Number(value) >> 8 >= first && Number(value) >> 8 <= last),
  );
}

const checkFileName = checkThat(
  (t) => t.virtual.fileName,
  (value) => {
    const [application = '', id = '', ...rest] = typeof value === 'string' ? value.split('/') : [];
    return Object.hasOwn(AID, application) && /^[0-9a-f]{4}$/.test(id) && rest.length === 0;
  },
);

const CHECKS: ChecksOf<Partial<VirtualCardQuirks>> = {
  shortIds: wordOr(0x69, 0x6a, true),
  changeByShortId: checkBoolean,
  fourByteVerify: wordOr(0x67, 0x6f, true, false, ...READER_FAULTS),
  extendedLength: wordOr(0x67, 0x6f, true, false, ...READER_FAULTS),
  lockedQuery: oneOf(0x63c0, 0x6983, 0x6984),
  lockedVerify: oneOf(0x6983, 0x6984),
  verifiedQuery: oneOf('counter', 0x9000),
  pinCounter: checkBoolean,
  firstCommandFails: checkBoolean,
  endOfFile: oneOf('shorter', 0x6282, 0x6c, 0x6700),
  getResponse: checkBoolean,
  maxRead: integerFrom(1, 65536),
  longestRead: integerFrom(1, 65536),
  longRead: wordOr(0x62, 0x6f, 0x9000, 'cut', ...READER_FAULTS),
  leZero: wordOr(0x62, 0x6f, true, 0x9000),
  endlessWrongLe: checkBoolean,
  inventedWord: oneOf(false, 0x6300, 0x6301, 0x637f),
  inventedFor: listOf(oneOf('select', 'read', 'query', 'verify', 'change', 'sign')),
  selectClearsStatus: checkBoolean,
  fci: checkBoolean,
  selectRefusal: wordOr(0x64, 0x6f),
  tokenInfoLength: oneOf(160, 32),
  authCertificateNeedsPin: checkBoolean,
  cardSideHashing: checkBoolean,
  absentApplications: listOf(oneOf(...Object.keys(AID))),
  absentFiles: listOf(checkFileName),
};

/**
 * The quirks with what is left out of them as `defaults` say, for a program's argument and for a saved state.
 *
 * @throws JpkiError `INVALID_ARGUMENT` naming the quirk; one that does not exist would be a card that is not what was
 * asked for
 */
export function quirksFrom(
  quirks: SomeOf<VirtualCardQuirks>,
  defaults: Partial<VirtualCardQuirks> = {},
): VirtualCardQuirks {
  const checked = checkedOptions(quirks, CHECKS, 'quirks');
  const unknown = Object.keys(quirks).find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined) throw invalidArgument(`quirks.${unknown}`, (t) => t.virtual.noSuchQuirk);
  return { ...DEFAULT_QUIRKS, ...defaults, ...checked };
}

/**
 * Whether there is a quirk of that name that may have that value: for a program that lets its user choose. Never throws.
 *
 * @example
 * isQuirk('maxRead', 128); // true
 */
export function isQuirk(name: string, value: unknown): boolean {
  try {
    quirksFrom({ [name]: value });
    return true;
  } catch {
    return false;
  }
}

/** What the reader needs of the card in it. */
interface PlainCard {
  process(command: Uint8Array): Uint8Array;
  reset(): void;
  powerOff(): void;
}

/**
 * What stands between a program and the card, and carries most commands as they are. The rest is what readers were
 * reported to do to them: `VirtualCardQuirks` names the report of each.
 */
export class CardReader {
  readonly #card: PlainCard;
  readonly #quirks: VirtualCardQuirks;

  constructor(card: PlainCard, quirks: VirtualCardQuirks) {
    this.#card = card;
    this.#quirks = quirks;
  }

  /** Command APDU in; out comes a response APDU, or what the reader made of one, or how the exchange failed. */
  exchange(command: Uint8Array): Uint8Array | ReaderFault {
    const refusal = this.#refusal(command);
    if (isFault(refusal)) {
      if (refusal === 'resets') this.#card.reset();
      if (refusal === 'removes') this.#card.powerOff();
      return refusal;
    }
    return refusal === undefined ? this.#answered(command, this.#card.process(command)) : word(refusal);
  }

  /** Why the reader does not even pass the command on; `undefined` where it does. */
  #refusal(command: Uint8Array): number | ReaderFault | undefined {
    const { extendedLength, fourByteVerify, longRead, longestRead, leZero } = this.#quirks;
    const fourBytes = command[1] === INS.VERIFY && command.length === 4;
    const carried = isExtended(command) ? extendedLength : !fourBytes || fourByteVerify;
    if (carried !== true) return carried || 0x6700;
    const le = readLength(command);
    if (le === undefined) return undefined;
    if (le > longestRead) return refuses(longRead) ? longRead : undefined;
    return isLeZero(command) && refuses(leZero) ? leZero : undefined;
  }

  /** What becomes of the card's answer on its way back. */
  #answered(command: Uint8Array, response: Uint8Array): Uint8Array {
    const { longRead, longestRead, leZero, endlessWrongLe, inventedWord, inventedFor } = this.#quirks;
    const kind = kindOf(command);
    if (inventedWord !== false && kind !== undefined && inventedFor.includes(kind)) return word(inventedWord);
    const le = readLength(command);
    const length = response.length - 2;
    if (le === undefined || length === 0) return response;
    if (endlessWrongLe) return word(0x6c00 | ((le - 1) & 0xff));
    if (le > longestRead) {
      if (longRead === 'cut') return length > longestRead ? response.slice(0, longestRead) : response;
      if (typeof longRead === 'number') return word(longRead);
    }
    return isLeZero(command) && typeof leZero === 'number' ? word(leZero) : response;
  }
}

function isFault(value: unknown): value is ReaderFault {
  return READER_FAULTS.some((fault) => fault === value);
}

/** A word of success or a warning comes from a card that was asked; any other, or a fault, is the reader's alone. */
function refuses(quirk: true | number | 'cut' | ReaderFault): quirk is number | ReaderFault {
  return isFault(quirk) || (typeof quirk === 'number' && quirk >= 0x6400 && quirk !== 0x9000);
}

/** ISO/IEC 7816-4 5.1: a length field that starts with 00 and has more behind it. */
function isExtended(command: Uint8Array): boolean {
  return command.length > 5 && command[4] === 0x00;
}

/** An Le of one byte 00 in a READ BINARY, which asks for 256 bytes. */
function isLeZero(command: Uint8Array): boolean {
  return command[1] === INS.READ_BINARY && command.length === 5 && command[4] === 0x00;
}

/** How many bytes a READ BINARY asks for, 1 to 65536; `undefined` for any other command. */
function readLength(command: Uint8Array): number | undefined {
  if (command[1] !== INS.READ_BINARY) return undefined;
  const [, , , , first = 0, high = 0, low = 0] = command;
  if (command.length === 5) return first || 256;
  return command.length === 7 && first === 0 ? (high << 8) | low || 65536 : undefined;
}

const KINDS: ReadonlyMap<number | undefined, AnsweredCommand> = new Map([
  [INS.SELECT, 'select'],
  [INS.READ_BINARY, 'read'],
  [INS.READ_RECORD, 'read'],
  [INS.VERIFY, 'verify'],
  [INS.CHANGE_REFERENCE_DATA, 'change'],
  [INS.CHANGE_KEY, 'change'],
  [INS.COMPUTE_DIGITAL_SIGNATURE, 'sign'],
]);

function kindOf(command: Uint8Array): AnsweredCommand | undefined {
  const kind = KINDS.get(command[1]);
  return kind === 'verify' && command.length <= 5 ? 'query' : kind;
}

/** A status word as bytes. */
export function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
