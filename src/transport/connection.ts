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
 */
export type Disposition = 'leave' | 'reset' | 'unpower';

/** A misspelt one would leave a key open. */
export const checkDisposition = oneOf('leave', 'reset', 'unpower');

/** One open line to one card: bytes in, bytes out. Every transport gives this, everything above uses only this. */
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
