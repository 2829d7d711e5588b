export type { VirtualCardState } from './card-memory.js';
export { type IssuanceOptions, issueAuthority, type VirtualAuthority } from './issuance.js';
export type { HolderDetails } from './issue-holder.js';
export type { VirtualCardQuirks } from './quirks.js';
export { VIRTUAL_PINS, VirtualCard, type VirtualCardOptions, type VirtualToken } from './virtual-card.js';
