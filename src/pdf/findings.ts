/** What a verdict on a PDF says besides what is said of its CMS messages. */
import type { BilingualText } from '../errors.js';
import type { CmsFinding } from '../signature/cms.js';
import { say } from '../text/index.js';

/** Stable names of what a verdict on a PDF finds wrong, beside those about a signature's message and certificate. */
export type PdfFindingCode =
  | 'NO_SIGNATURES'
  | 'CHANGED_AFTER_SIGNING'
  | 'NOT_IN_FORM'
  | 'BYTE_RANGE'
  | 'CONTENTS'
  | 'NO_REVISION'
  | 'SUB_FILTER'
  | 'SEVERAL_SIGNERS'
  | 'NO_SIGNING_CERTIFICATE'
  | 'CERTIFIED'
  | 'CHANGED_LATER'
  | 'CONTENT_ADDED_LATER';

/** One thing that is wrong with a document or a signature in it. */
export interface PdfFinding {
  /** The document's, or `CmsFinding`'s for the message and the signer's certificate. */
  readonly code: PdfFindingCode | CmsFinding['code'];
  readonly text: BilingualText;
}

/** A finding with its words; `detail` follows them in brackets. */
export function remark(code: PdfFindingCode, detail?: string): PdfFinding {
  return { code, text: say(({ certificate, pdf }) => certificate.remark(pdf.finding[code], detail)) };
}
