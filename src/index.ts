/**
 * Readers, the JPKI applet, PINs, certificates and verdicts, recovery, JWS and login tokens.
 *
 * @module jpki-card
 */

export * from './certificate/index.js';
export {
  type BilingualText,
  JpkiError,
  type JpkiErrorCode,
  type JpkiErrorConstructor,
  type JpkiErrorDetails,
  type JpkiErrorFields,
  type JpkiErrorOf,
  type KeyRole,
  type Language,
  type PinArgument,
  type PinRole,
} from './errors.js';
export * from './jpki/index.js';
export * from './recovery/index.js';
export * from './signature/index.js';
export type { CardConnection, Disposition } from './transport/connection.js';
export {
  type BindingName,
  type BindingOptions,
  type ConnectOptions,
  connectCard,
  findBinding,
  listReaders,
  pcscStillWaits,
  type ReaderEvent,
  type ReaderInfo,
  type ReaderState,
  type WaitingReason,
  watchReaders,
} from './transport/pcsc.js';
export {
  type CardListener,
  type CardListenerOptions,
  type ListenerConnectOptions,
  type ListenForCardOptions,
  listenForCard,
  openCardListener,
} from './transport/phone.js';
