/**
 * A card in software, for tests and development, and its way into the PC/SC service.
 *
 * @module jpki-card/virtual
 */

export {
  VIRTUAL_PINS,
  type VirtualCardState,
  type VirtualPin,
  type VirtualReference,
  type VirtualToken,
} from './card-memory.js';
export {
  type AuthorityOptions,
  type IssuanceOptions,
  issueAuthority,
  VIRTUAL_ORGANIZATION,
  type VirtualAuthority,
} from './issuance.js';
export type { HolderDetails, Validity } from './issue-certificate.js';
export { type AnsweredCommand, isQuirk, type ReaderFault, type VirtualCardQuirks } from './quirks.js';
export type { TextAuthority, TextIssuer } from './text-files.js';
export { VirtualCard, type VirtualCardOptions } from './virtual-card.js';
export { connectVpcd, type PoweredCard, type VpcdOptions, type VpcdSession } from './vpcd.js';
