/**
 * Readers, the JPKI applet, PINs, certificates and verdicts, recovery, JWS and login tokens.
 *
 * @categoryDescription Readers and connections
 * Which readers there are, a card in one of them, and a phone in place of a reader.
 *
 * @categoryDescription The card and its applet
 * `openJpki` and `JpkiApplet`, on which everything with a PIN is done, and what the card says of itself without one.
 *
 * @categoryDescription PINs
 * Checked, verified and changed, and how many tries are left. No try is spent by accident. `verifyPin` and `changePin` for
 * the two keys are methods of `JpkiApplet`; the card input PIN is in `jpki-card/card-text`.
 *
 * @categoryDescription When a PIN is locked
 * The ways out, in Japanese and English, with where, when and what to take along. Also in `jpki-card/recovery`, alone.
 *
 * @categoryDescription Certificates
 * Read, taken apart, and judged by the anchors of J-LIS.
 *
 * @categoryDescription Signatures
 * `JpkiApplet.sign` makes raw ones; here is JWS. CMS is in `jpki-card/cms`, PDF in `jpki-card/pdf`, SSH in `jpki-card/ssh`.
 *
 * @categoryDescription Logins
 * A challenge, its answer, and what a server makes of it.
 *
 * @categoryDescription Errors and languages
 * `JpkiError` with its codes, and texts in two languages.
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
