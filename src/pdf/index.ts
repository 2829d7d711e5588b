/**
 * PDF documents signed with a card: entry point `jpki-card/pdf`.
 *
 * @module jpki-card/pdf
 */

export { MAX_PDF_BYTES } from './file.js';
export type { PdfFinding, PdfFindingCode, PdfNote, PdfNoteCode } from './findings.js';
export { type PdfProfile, type SignPdfOptions, signPdf } from './sign.js';
export {
  type InvalidPdf,
  type InvalidPdfSignature,
  type PdfSignatureFacts,
  type PdfSignatureVerdict,
  type PdfVerdict,
  type ValidPdf,
  type ValidPdfSignature,
  type VerifyPdfOptions,
  verifyPdf,
} from './verify.js';
export type { VisibleFont, VisibleSignature } from './visible.js';
