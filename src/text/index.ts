import { en, type Texts } from './en.js';
import { ja } from './ja.js';

/**
 * A sentence a person reads, in both languages the library speaks.
 *
 * @category Errors and languages
 */
export interface BilingualText {
  readonly en: string;
  readonly ja: string;
}

/**
 * A language that the library speaks.
 *
 * @category Errors and languages
 */
export type Language = keyof BilingualText;

/** Finds one entry of a catalogue. */
export type Entry = (texts: Texts) => string;

/**
 * One entry of the catalogues in both languages.
 *
 * @example
 * say((texts) => texts.pin.incorrect(triesLeft))
 */
/* @__NO_SIDE_EFFECTS__ */
export function say(entry: Entry): BilingualText {
  return { en: entry(en), ja: entry(ja) };
}

/** What differs from system to system. */
export type BySystem = Readonly<Record<'linux' | 'win32' | 'darwin', string>>;

/** What to do on this system: nobody reads what the others would want. Where it is none of them Linux is the likest. */
export function onSystem(text: string | BySystem, platform: string | undefined = globalThis.process?.platform): string {
  if (typeof text === 'string') return text;
  return text[platform === 'win32' || platform === 'darwin' ? platform : 'linux'];
}

/** `say` where a part of the sentence has two languages itself; `entry` is handed that part. */
export function sayOf(part: BilingualText, entry: (texts: Texts, part: string) => string): BilingualText {
  return { en: entry(en, part.en), ja: entry(ja, part.ja) };
}
