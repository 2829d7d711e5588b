import { JpkiError } from '../errors.js';
import { type Entry, say } from '../text/index.js';

/** The error for a document that cannot be signed or judged, and why. */
export function refused(why: Entry, cause?: unknown): JpkiError {
  return new JpkiError('PDF_REFUSED', say(why), cause === undefined ? {} : { cause });
}
