import { equalBytes } from '../bytes.js';
import { type CommandApdu, INS, type ResponseApdu, SW } from '../iso7816/index.js';
import { AID } from '../jpki/files.js';

/** Where in the JPKI application the data of a response come from: file identifier, and offset in bytes. */
export interface FilePosition {
  readonly file: number;
  readonly offset: number;
}

/**
 * Follows which file of the JPKI application is read. It knows nothing rather than something wrong: after a command it
 * has no rule for, and after most refusals, it knows neither application nor file until they are selected again.
 */
export class FileTracker {
  #inJpki = false;
  #file: number | undefined;
  /** What GET RESPONSE would bring. */
  #awaited: FilePosition | undefined;

  forget(): void {
    this.#inJpki = false;
    this.#file = undefined;
    this.#awaited = undefined;
  }

  /** Takes the next exchange and says where its data come from; `undefined`: not known to be from a JPKI file. */
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
    this.forget();
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
    this.forget();
    this.#inJpki = p1 === 0x04 && first && done && equalBytes(data, AID.jpki);
  }

  #read({ p1, p2, data, le }: CommandApdu, response: ResponseApdu): FilePosition | undefined {
    const byShortId = (p1 & 0x80) !== 0;
    if (data.length > 0 || le === undefined || (byShortId && (p1 & 0x60) !== 0)) {
      this.#file = undefined;
      return undefined;
    }
    // JICSAP table 5: a short identifier makes its file current; zero is none, so it names no known file.
    if (byShortId) this.#file = bringsData(response) ? p1 & 0x1f : undefined;
    const offset = byShortId ? p2 : (p1 << 8) | p2;
    if (!this.#inJpki || this.#file === undefined) return undefined;
    return this.#take({ file: this.#file, offset }, le, response);
  }

  #fetch(
    awaited: FilePosition | undefined,
    { p1, p2, data, le }: CommandApdu,
    response: ResponseApdu,
  ): FilePosition | undefined {
    if (awaited === undefined || p1 !== 0 || p2 !== 0 || data.length > 0 || le === undefined)
      return undefined;
    // 6Cxx: the same again with another Le.
    if (response.statusWord.exactLe !== undefined && response.data.length === 0) {
      this.#awaited = awaited;
      return undefined;
    }
    return this.#take(awaited, le, response);
  }

  #take(position: FilePosition, le: number, response: ResponseApdu): FilePosition | undefined {
    const { data, statusWord } = response;
    // A card that sends more than was asked for may send anything.
    if (!bringsData(response) || data.length > le) return undefined;
    if (statusWord.bytesAvailable !== undefined) {
      this.#awaited = { file: position.file, offset: position.offset + data.length };
    }
    return position;
  }
}

function bringsData({ statusWord }: ResponseApdu): boolean {
  return statusWord.isDone || statusWord.value === SW.END_OF_FILE || statusWord.bytesAvailable !== undefined;
}
