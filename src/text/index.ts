import { en, type Texts } from './en.js';
import { ja } from './ja.js';

/** A sentence a person reads, in both languages the library speaks. */
export interface BilingualText {
  readonly en: string;
  readonly ja: string;
}

/** A language that the library speaks. */
export type Language = keyof BilingualText;

/**
 * One entry of the catalogues in both languages.
 *
 * @example
 * say((texts) => texts.pin.incorrect(triesLeft))
 */
export function say(entry: (texts: Texts) => string): BilingualText {
  return { en: entry(en), ja: entry(ja) };
}
