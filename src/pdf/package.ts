import { JpkiError } from '../errors.js';
import { say } from '../text/index.js';

/**
 * The package that puts the increment together. Loaded for the first signature: whoever only judges needs none.
 *
 * @throws JpkiError `UNSUPPORTED` where it is not installed
 */
export async function pdfLib() {
  try {
    return await import('@cantoo/pdf-lib');
  } catch (cause) {
    const remedy = say((texts) => texts.pdf.packageRemedy);
    throw new JpkiError(
      'UNSUPPORTED',
      say((texts) => texts.pdf.packageMissing),
      { cause, remedy },
    );
  }
}

export type PdfLib = Awaited<ReturnType<typeof pdfLib>>;
