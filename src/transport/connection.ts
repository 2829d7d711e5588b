import {
  checkBoolean,
  checkBytes,
  checkFunction,
  checkString,
  fieldsOf,
  oneOf,
  required,
} from '../arguments.js';

/**
 * What the card is left as when a connection ends (PC/SC: SCARD_LEAVE_CARD, SCARD_RESET_CARD,
 * SCARD_UNPOWER_CARD). Only `unpower` clears a verified PIN: a warm reset keeps it [myna-card].
 *
 * @category Readers and connections
 */
export type Disposition = 'leave' | 'reset' | 'unpower';

/** A misspelt one would leave a key open. */
export const checkDisposition = oneOf('leave', 'reset', 'unpower');

/**
 * One open line to one card: bytes in, bytes out. Every transport gives this, everything above uses only this.
 *
 * @category Readers and connections
 */
export interface CardConnection {
  /** The reader as the PC/SC service names it, or a name that says what stands in for it. */
  readonly readerName: string;
  /** Answer to reset, 2 to 33 bytes. Not a way to identify the card: readers make one up for contactless cards. */
  readonly atr: Uint8Array;
  /** Whether nobody else can reach the card while this connection lives. */
  readonly exclusive: boolean;
  /**
   * Sends one command APDU and gives the response APDU. Does not interpret, retry or queue anything.
   *
   * @throws JpkiError `CARD_REMOVED` `CARD_RESET` `CARD_MUTE` `SERVICE_UNAVAILABLE` `NO_READER` `TRANSPORT` `CLOSED`,
   * and `INVALID_ARGUMENT` for no bytes
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /**
   * Ends the connection. When nothing is said the card is left as it is, but unpowered where a PIN was sent through this
   * connection or a key was found open. A second call does nothing.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for another disposition: the connection stays open
   */
  disconnect(disposition?: Disposition): Promise<void>;
}

/** What somebody else's transport has to bring; `exclusive` as a boolean, because it decides whether a PIN is sent. */
export const checkConnection = fieldsOf<CardConnection>({
  readerName: required(checkString),
  atr: required(checkBytes),
  exclusive: required(checkBoolean),
  transmit: required(checkFunction),
  disconnect: required(checkFunction),
});

/** Instruction bytes of ISO/IEC 7816-4 that open a key, or show that one is open. */
const VERIFY = 0x20;
const COMPUTE_DIGITAL_SIGNATURE = 0x2a;
const SELECT = 0xa4;
const READ_BINARY = 0xb0;

/**
 * Instructions whose data field holds a PIN or other reference data: VERIFY 20 and 21, CHANGE REFERENCE DATA 24 and
 * 25, DISABLE and ENABLE VERIFICATION 26 and 28, RESET RETRY COUNTER 2C and 2D (ISO/IEC 7816-4 7.5.6 to 7.5.11), and
 * CHANGE KEY 32 (JICSAP), with which the resident registry PIN is changed [myna-card].
 */
export const REFERENCE_DATA_INS: ReadonlySet<number> = new Set([
  0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2c, 0x2d, 0x32,
]);

/** The signature certificate is read only after the signature PIN: file 0001 of the JPKI application [OpenSC]. */
const GUARDED: readonly number[] = [1];
/** Names of the card's applications on input and on the face, but for the last byte, behind their length. */
const CARD_APPLICATION = [0x0a, 0xd3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04] as const;
/** Files of these, by that last byte, which are read only after a PIN or a check number [myna-card]. */
const GUARDED_IN: ReadonlyMap<number | undefined, readonly number[]> = new Map([
  [0x08, [1, 2, 3, 6, 7]],
  [0x02, [1, 2, 5, 6]],
]);

/**
 * Watches what goes over one connection. A verified PIN stays in force until the card loses power [myna-card], whoever
 * verified it. So a connection that sent a PIN, or that found a key open, must not hand the card on as it is. Once said,
 * it stays said: an answer may be lost, or be a reader's own invention.
 */
export class OpenKeyWatch {
  #mayBeOpen = false;
  #guarded = GUARDED;
  #guardedSelected = false;

  get mayBeOpen(): boolean {
    return this.#mayBeOpen;
  }

  /** Before a command is sent: with a PIN in it, whatever comes back. */
  sending(command: Uint8Array): void {
    // Five bytes are a header and an Le: a question for the counter, which opens nothing.
    if (REFERENCE_DATA_INS.has(command[1] ?? 0) && command.length > 5) this.#mayBeOpen = true;
    // Its answer may be lost, and the application selected all the same.
    if (command[1] === SELECT && command[2] === 0x04) this.#guarded = guardedIn(command);
  }

  /** After its answer: a key that answers to somebody who verified nothing was open before. */
  answered(command: Uint8Array, response: Uint8Array): void {
    if (this.#mayBeOpen) return;
    const [, ins, p1 = 0] = command;
    const sw1 = response[response.length - 2];
    // A warning (62xx) comes with what was asked for: a read that meets the end of the file, 6282.
    const done = sw1 === 0x90 || sw1 === 0x61 || sw1 === 0x62;
    if (ins === SELECT) {
      if (p1 === 0x04 && !done) this.#guarded = GUARDED;
      const [lc, high, low = 0] = command.subarray(4);
      this.#guardedSelected = done && lc === 2 && high === 0 && this.#isGuarded(low);
      return;
    }
    if (!done) return;
    const readsGuarded =
      ins === READ_BINARY && (p1 < 0x80 ? this.#guardedSelected : this.#isGuarded(p1 & 0x1f));
    if (ins === VERIFY || ins === COMPUTE_DIGITAL_SIGNATURE || readsGuarded) this.#mayBeOpen = true;
  }

  /** Whether only somebody who verified something reads that file; its short identifier is its number. */
  #isGuarded(file: number): boolean {
    return this.#guarded.includes(file);
  }
}

/** Guarded files of the application that a SELECT names. */
function guardedIn(command: Uint8Array): readonly number[] {
  const isOfCard = CARD_APPLICATION.every((byte, i) => byte === command[4 + i]);
  return (isOfCard && GUARDED_IN.get(command[4 + CARD_APPLICATION.length])) || GUARDED;
}
