export {
  type AppletOptions,
  type CertificateAvailability,
  JpkiApplet,
  type JpkiStatus,
  type OperationOptions,
  type SignOptions,
} from './applet.js';
export { type CalendarDay, type CardRecord, readCardRecord } from './card-record.js';
export {
  AID,
  type ApplicationName,
  type CertificateFile,
  type OtherApplicationName,
  type OtherPin,
  type RegistryApplication,
} from './files.js';
export { type OpenOptions, openJpki } from './open.js';
export {
  type OtherPinCounter,
  type OtherPinOptions,
  type PinReference,
  readOtherPinCounters,
} from './other-pins.js';
export {
  checkPin,
  normalizePin,
  PIN_RULES,
  type PinInput,
  type PinProblem,
  type PinRule,
} from './pin.js';
export {
  type PinAdvice,
  type PinAdviceBirthDate,
  type PinAdviceOptions,
  type PinWeakness,
  pinAdvice,
} from './pin-advice.js';
export type { PinCounter } from './pin-counter.js';
export type { PinCallback, PinOptions, VerifyOptions } from './pin-options.js';
export { type ReadOptions, ReadStrategy } from './read-strategy.js';
export { changeRegistryPin, type RegistryPinOptions, verifyRegistryPin } from './registry-pin.js';
export type { HashName, SignableData, SignatureScheme } from './sign.js';
export type { TokenInfo, TokenKind } from './token-info.js';
