/** A command line that is shown to be run next. */
import type { Options } from './options.js';

/** What no shell, on whatever system, takes for anything else. */
const PLAIN = /^[^\s"'`$&;|<>()[\]{}*?!#~^%\\]+$/;

/** A file as it can be typed; a name that shells treat differently is left for the reader to fill in. */
export function fileWord(path: string): string {
  return PLAIN.test(path) ? path : 'FILE';
}

/** The virtual card of this run, for the next command; nothing where it was another card. */
export function sameVirtual(options: Options): string {
  if (!options.has('virtual')) return '';
  const path = options.value('virtual');
  if (path === undefined) return ' --virtual';
  const word = fileWord(path);
  return /\.json$/i.test(word) ? ` --virtual ${word}` : ` --virtual=${word}`;
}
