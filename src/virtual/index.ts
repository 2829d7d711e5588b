/**
 * A card in software, for tests and development, and its way into the PC/SC service.
 *
 * @module jpki-card/virtual
 */

export type { VirtualCardState } from './card-memory.js';
export {
  type AuthorityOptions,
  type IssuanceOptions,
  issueAuthority,
  type VirtualAuthority,
} from './issuance.js';
export type { HolderDetails } from './issue-holder.js';
export { type Validity, VIRTUAL_ORGANIZATION } from './issue-profile.js';
export { type AnsweredCommand, isQuirk, type ReaderFault, type VirtualCardQuirks } from './quirks.js';
export { VIRTUAL_PINS, VirtualCard, type VirtualCardOptions, type VirtualToken } from './virtual-card.js';
export { connectVpcd, type PoweredCard, type VpcdOptions, type VpcdSession } from './vpcd.js';
