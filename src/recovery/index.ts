/** Which way is open when a PIN is wrong, forgotten or locked. */

export { type BilingualText, JpkiError, type JpkiErrorCode, type JpkiErrorDetails } from '../errors.js';
export { HOLDER_PINS, type HolderPinFacts, type RecoveryWay } from './facts.js';
export type { RecoveryHours } from './opening-hours.js';
export { type RecoveryOption, recoveryOptions } from './recovery-options.js';
export type { CertificateState, HolderPin, PinSituation, PinState, RecoverySituation } from './situation.js';
export type { RecoveryCondition, RecoveryItem, RecoveryNeed, RecoveryNote } from './texts.js';
