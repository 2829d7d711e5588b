/**
 * CMS (RFC 5652) documents signed with a card: entry point `jpki-card/cms`.
 *
 * @module jpki-card/cms
 */

export type { CmsFinding, CmsFindingCode, CmsNote, CmsNoteCode } from './cms-findings.js';
export { isDetachedCms } from './cms-read.js';
export { type ContentDigest, type SignCmsOptions, signCms } from './cms-sign.js';
export type { CmsSignerFacts, CmsSignerVerdict, InvalidCmsSigner, ValidCmsSigner } from './cms-signer.js';
export {
  type CmsVerdict,
  type InvalidCms,
  type ValidCms,
  type VerifyCmsOptions,
  verifyCms,
} from './cms-verify.js';
