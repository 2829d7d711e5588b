/**
 * Which way is open when a PIN is wrong, forgotten or locked: entry point `jpki-card/recovery`, which needs neither a card
 * nor Node.js. The main entry has the same.
 *
 * @module jpki-card/recovery
 */

export { type BilingualText, JpkiError, type JpkiErrorCode, type JpkiErrorDetails } from '../errors.js';
export { type CertificateExpiry, certificateExpiry, type ExpiryRemark } from './certificate-expiry.js';
export { HOLDER_PINS, type HolderPinFacts, type RecoverySource, type RecoveryWay } from './facts.js';
export { type RecoveryOption, recoveryOptions } from './recovery-options.js';
export type {
  RecoveryCondition,
  RecoveryHours,
  RecoveryItem,
  RecoveryNeed,
  RecoveryNote,
  RecoveryStep,
} from './sentences.js';
export { LOST_CARD } from './sentences.js';
export type {
  CardDay,
  CertificateState,
  HolderPin,
  PinDevice,
  PinSituation,
  PinState,
  RecoverySituation,
} from './situation.js';
