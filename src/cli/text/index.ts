import type { BilingualText, Language } from '../../index.js';
import { en, type Texts } from './en.js';
import { ja } from './ja.js';

export type { BornOn, Texts } from './en.js';

/** One sentence of the catalogue, for whoever does not know yet in which language it will be said. */
export type Entry = (texts: Texts) => string;

/** How to speak to the user. */
export interface Words {
  readonly language: Language;
  /** What the command says itself. */
  readonly texts: Texts;
  /** What the library says. */
  readonly say: (text: BilingualText) => string;
}

const CATALOGUES: Readonly<Record<Language, Texts>> = { en, ja };

export function wordsIn(language: Language): Words {
  return { language, texts: CATALOGUES[language], say: (text) => text[language] };
}

/** An entry as the library's errors take it. */
export function bilingual(entry: Entry): BilingualText {
  return { en: entry(en), ja: entry(ja) };
}

export function isLanguage(name: string): name is Language {
  return Object.hasOwn(CATALOGUES, name);
}

/** The language asked for, else that of the locale (POSIX: the first of the three that is set decides). */
export function languageOf(asked: string | undefined, environment: Readonly<Record<string, string | undefined>>): Language {
  if (asked !== undefined && isLanguage(asked)) return asked;
  const locale = environment['LC_ALL'] || environment['LC_MESSAGES'] || environment['LANG'] || '';
  return /^ja([_.@-]|$)/i.test(locale) ? 'ja' : 'en';
}
