import { INS } from '../iso7816/index.js';
import type { CardProcessor } from './card-processor.js';
import type { AnsweredCommand, ReaderFault, VirtualCardQuirks } from './quirks.js';

const READER_FAULTS: ReadonlySet<unknown> = new Set<ReaderFault>(['fails', 'resets', 'removes']);

/**
 * What stands between a program and the card, and carries most commands as they are. The rest is what readers were
 * reported to do to them: `VirtualCardQuirks` names the report of each.
 */
export class CardReader {
  readonly #card: CardProcessor;
  readonly #quirks: VirtualCardQuirks;

  constructor(card: CardProcessor, quirks: VirtualCardQuirks) {
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
    if (refusal !== undefined) return word(refusal);
    return this.#answered(command, this.#card.process(command));
  }

  /** Why the reader does not even pass the command on; `undefined` where it does. */
  #refusal(command: Uint8Array): number | ReaderFault | undefined {
    const { extendedLength, fourByteVerify, longRead, longestRead, leZero } = this.#quirks;
    if (isExtended(command)) {
      if (extendedLength === false) return 0x6700;
      if (extendedLength !== true) return extendedLength;
    }
    if (command[1] === INS.VERIFY && command.length === 4) {
      if (fourByteVerify === false) return 0x6700;
      if (fourByteVerify !== true) return fourByteVerify;
    }
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
  return READER_FAULTS.has(value);
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

function kindOf(command: Uint8Array): AnsweredCommand | undefined {
  switch (command[1]) {
    case INS.SELECT:
      return 'select';
    case INS.READ_BINARY:
      return 'read';
    case INS.VERIFY:
      return command.length > 5 ? 'verify' : 'query';
    case INS.CHANGE_REFERENCE_DATA:
      return 'change';
    case INS.COMPUTE_DIGITAL_SIGNATURE:
      return 'sign';
    default:
      return undefined;
  }
}

function word(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}
