/** What a verdict on a PDF says besides what is said of its CMS messages. */
import type { BilingualText } from '../errors.js';
import type { CmsFinding, CmsNote } from '../signature/cms.js';
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

/** Stable names of what is worth knowing of a signature in a PDF, beside what its message gives to know. */
export type PdfNoteCode = 'SIGNATURE_SHOWN_LATER';

/** One thing that is worth knowing of a signature in a PDF. */
export interface PdfNote {
  /** The document's, or `CmsNote`'s for the message. */
  readonly code: PdfNoteCode | CmsNote['code'];
  readonly text: BilingualText;
}

/** A finding or a note with its words; `detail` follows them in brackets. */
export function remark<C extends PdfFindingCode | PdfNoteCode>(
  code: C,
  detail?: string,
): { readonly code: C; readonly text: BilingualText } {
  return { code, text: say(({ certificate, pdf }) => certificate.remark(pdf.finding[code], detail)) };
}
