/** One exchange: what of its command a transcript may hold, and which file of the card the data of its response come from. */
import { orUndefined } from '../asn1/der.js';
import { equalBytes } from '../bytes.js';
import { CommandApdu, INS, type ResponseApdu, SW } from '../iso7816/index.js';
import { AID, type ApplicationName, TEXT_FILE } from '../jpki/files.js';

/** Bytes as recorded, or a number of bytes that were left out. */
export type Piece = Uint8Array | number;

/** The commands that an exchange stands for. */
export interface CommandPattern {
  readonly pieces: readonly Piece[];
  /** More bytes followed, their number left out too: reference data, or data of which nothing is known. */
  readonly rest?: 'PIN' | 'data';
}

export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce<number>((sum, piece) => sum + (typeof piece === 'number' ? piece : piece.length), 0);
}

/** The pieces as bytes, 00 in place of those left out. */
export function bytesOf(pieces: readonly Piece[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pieces));
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') bytes.set(piece, offset);
    offset += typeof piece === 'number' ? piece : piece.length;
  }
  return bytes;
}

/** The longest application identifier, ISO/IEC 7816-4 12.2.3; a file identifier has two bytes. */
const MAX_SELECT_DATA = 16;

interface RecordableCommand {
  readonly pattern: CommandPattern;
  /** The command without its data, except that of a SELECT; `undefined` when the bytes are no command. */
  readonly command: CommandApdu | undefined;
}

/**
 * What of a command a transcript may hold. A list of what is kept, because a PIN may hide in anything else: data of a
 * SELECT, the lengths and, if asked for, the data of the signature command, and commands without data.
 */
export function recordableCommand(bytes: Uint8Array, keepSignedData = false): RecordableCommand {
  const command = orUndefined(() => CommandApdu.parse(bytes));
  if (bytes.length < 4 || !isKnownClass(bytes[0] ?? 0))
    return hidden(undefined, bytes.subarray(0, 0), 'data');
  // Bytes that are no command may be one with a PIN that was put together wrongly: then P1 and P2 may be part of it.
  if (command === undefined) return hidden(undefined, bytes.subarray(0, 2), 'data');

  const { data, ins, cla, le } = command;
  const header = bytes.subarray(0, 4);
  if (command.carriesReferenceData) return hidden(command, header, 'PIN');
  if (data.length === 0) {
    // A wrongly built VERIFY may have the first digit where Le belongs.
    const plain = le === undefined || le >= 256 || KEEPS_LE.has(ins);
    return plain ? { pattern: { pieces: [bytes.slice()] }, command } : hidden(command, header, 'data');
  }
  if (ins === INS.SELECT && cla === 0x00 && data.length <= MAX_SELECT_DATA) {
    return { pattern: { pieces: [bytes.slice()] }, command };
  }
  if (ins === INS.COMPUTE_DIGITAL_SIGNATURE && cla === 0x80) {
    const start = command.extended ? 7 : 5;
    const end = start + data.length;
    const signed = keepSignedData ? bytes.slice(start, end) : data.length;
    command.wipe();
    return { pattern: { pieces: [bytes.slice(0, start), signed, bytes.slice(end)] }, command };
  }
  return hidden(command, header, 'data');
}

const KEEPS_LE: ReadonlySet<number> = new Set([
  INS.SELECT,
  INS.READ_BINARY,
  INS.GET_RESPONSE,
  INS.COMPUTE_DIGITAL_SIGNATURE,
]);

function hidden(
  command: CommandApdu | undefined,
  shown: Uint8Array,
  rest: 'PIN' | 'data',
): RecordableCommand {
  command?.wipe();
  return { pattern: { pieces: [shown.slice()], rest }, command };
}

/**
 * ISO/IEC 7816-4 5.4.1 classes on channels 0 to 3, the card's own, and FF for the reader. Digits and letters are none
 * of them: bytes that are a PIN instead of a command show nothing.
 */
function isKnownClass(cla: number): boolean {
  return cla <= 0x1f || (cla >= 0x80 && cla <= 0x9f) || cla === 0xff;
}

const APPLICATIONS = Object.keys(AID) as ApplicationName[];
/** The number itself and the digest of it; the image of it [myna-card]. */
const FILES_WITH_NUMBER: Readonly<Partial<Record<ApplicationName, readonly number[]>>> = {
  'input-support': [TEXT_FILE.myNumber, TEXT_FILE.proof],
  'surface-check': [0x0005],
};
const APPLICATIONS_WITH_NUMBER = Object.keys(FILES_WITH_NUMBER) as ApplicationName[];

/** Where on the card the data of a response come from: application, file identifier, and offset in bytes. */
export interface FilePosition {
  readonly application: ApplicationName;
  readonly file: number;
  readonly offset: number;
}

/**
 * Follows which file of which application is read. It knows nothing rather than something wrong: after a command it
 * has no rule for, and after most refusals, it knows neither application nor file until they are selected again.
 */
export class FileTracker {
  #application: ApplicationName | undefined;
  #file: number | undefined;
  /** Whether an application with the Individual Number may be selected: until another one is known to be. */
  #nearNumber = true;
  /** What GET RESPONSE would bring. */
  #awaited: FilePosition | undefined;

  /** After a fault, when nobody knows which application is selected. */
  forget(): void {
    this.#lose();
    this.#nearNumber = true;
  }

  #lose(): void {
    this.#application = undefined;
    this.#file = undefined;
    this.#awaited = undefined;
  }

  /**
   * Whether data that came from there may be the Individual Number, or tell it: its digest does, since all numbers can be
   * tried. What is not known to be another file of these applications may be that one.
   */
  mayTellNumber(position: FilePosition | undefined): boolean {
    if (position === undefined) return this.#nearNumber;
    return FILES_WITH_NUMBER[position.application]?.includes(position.file) ?? false;
  }

  /** Takes the next exchange and says where its data come from; `undefined`: not known. */
  follow(command: CommandApdu | undefined, response: ResponseApdu): FilePosition | undefined {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    if (command?.cla === 0x00) {
      switch (command.ins) {
        case INS.SELECT:
          this.#select(command, response);
          return undefined;
        case INS.READ_BINARY:
          return this.#read(command, response);
        case INS.GET_RESPONSE:
          return this.#fetch(awaited, command, response);
        case INS.VERIFY:
        case INS.CHANGE_REFERENCE_DATA:
          return undefined;
      }
    }
    if (command?.cla === 0x80 && command.ins === INS.COMPUTE_DIGITAL_SIGNATURE) return undefined;
    // Of the card's two classes no command but SELECT selects an application; what another class does is not known.
    const isOfCard = command?.cla === 0x00 || command?.cla === 0x80;
    if (isOfCard && command.ins !== INS.SELECT) this.#lose();
    else this.forget();
    return undefined;
  }

  #select({ p1, p2, data }: CommandApdu, { statusWord }: ResponseApdu): void {
    const done = statusWord.isDone || statusWord.bytesAvailable !== undefined;
    // ISO/IEC 7816-4 table 40: anything but the first or only occurrence may be another application's file.
    const first = (p2 & 0xf3) === 0;
    if (p1 === 0x02 && first && data.length === 2) {
      this.#file = done ? ((data[0] ?? 0) << 8) | (data[1] ?? 0) : undefined;
      return;
    }
    this.#lose();
    // A refusal may be a reader's own, to a command that was carried out.
    if (p1 !== 0x04 || APPLICATIONS_WITH_NUMBER.some((name) => maySelect(data, AID[name])))
      this.#nearNumber = true;
    else if (done) this.#nearNumber = false;
    if (p1 === 0x04 && done && first)
      this.#application = APPLICATIONS.find((name) => equalBytes(data, AID[name]));
  }

  #read({ p1, p2, data, le }: CommandApdu, response: ResponseApdu): FilePosition | undefined {
    const byShortId = (p1 & 0x80) !== 0;
    if (data.length > 0 || le === undefined || (byShortId && (p1 & 0x60) !== 0)) {
      this.#file = undefined;
      return undefined;
    }
    // JICSAP table 5: a short identifier makes its file current; zero is none, so nobody knows which file that was.
    const shortId = p1 & 0x1f;
    if (byShortId) this.#file = bringsData(response) && shortId > 0 ? shortId : undefined;
    const offset = byShortId ? p2 : (p1 << 8) | p2;
    if (this.#application === undefined || this.#file === undefined) return undefined;
    return this.#take({ application: this.#application, file: this.#file, offset }, le, response);
  }

  #fetch(
    awaited: FilePosition | undefined,
    { p1, p2, data, le }: CommandApdu,
    response: ResponseApdu,
  ): FilePosition | undefined {
    if (awaited === undefined || p1 !== 0 || p2 !== 0 || data.length > 0 || le === undefined)
      return undefined;
    // 6Cxx: the same again with another Le.
    if (response.statusWord.exactLe !== undefined && response.data.length === 0) this.#awaited = awaited;
    return this.#take(awaited, le, response);
  }

  #take(position: FilePosition, le: number, response: ResponseApdu): FilePosition | undefined {
    const { data, statusWord } = response;
    // A card that sends more than was asked for may send anything.
    if (!bringsData(response) || data.length > le) return undefined;
    if (statusWord.bytesAvailable !== undefined) {
      this.#awaited = { ...position, offset: position.offset + data.length };
    }
    return position;
  }
}

/** The beginning of a name selects too (JICSAP 4.2 (1)); that a longer one does not is no reason to show anything. */
function maySelect(name: Uint8Array, aid: Uint8Array): boolean {
  const length = Math.min(name.length, aid.length);
  return equalBytes(name.subarray(0, length), aid.subarray(0, length));
}

function bringsData({ statusWord }: ResponseApdu): boolean {
  return statusWord.isDone || statusWord.value === SW.END_OF_FILE || statusWord.bytesAvailable !== undefined;
}
