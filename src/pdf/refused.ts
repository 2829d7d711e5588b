import { JpkiError } from '../errors.js';
import { type Entry, say } from '../text/index.js';

/** The error for a document that cannot be signed or judged, and why. */
export function refused(why: Entry, cause?: unknown): JpkiError {
  return new JpkiError('PDF_REFUSED', say(why), cause === undefined ? {} : { cause });
}

/** Lets an error of `refused` through with what helps who judges a document: saving it anew would lose the signature. */
export async function refusedWhileJudging<T>(judge: () => Promise<T>): Promise<T> {
  try {
    return await judge();
  } catch (error) {
    if (!JpkiError.is(error) || error.code !== 'PDF_REFUSED') throw error;
    const message = { en: error.inLanguage('en').message, ja: error.inLanguage('ja').message };
    const remedy = say((texts) => texts.pdf.askAgain);
    throw new JpkiError('PDF_REFUSED', message, { cause: error.cause, remedy });
  }
}
