import type { BilingualText } from '../errors.js';
import type { ReaderState } from '../transport/pcsc.js';

/** What is in a reader. Labels of readers are printed as they are and padded: see `rows`. */
export const READER_TEXTS: Readonly<Record<ReaderState, BilingualText>> = {
  empty: { en: 'no card', ja: 'カードなし' },
  present: { en: 'card', ja: 'カードあり' },
  'in-use': { en: 'card, in use by another program', ja: 'カードあり（別のプログラムが使用中）' },
  mute: { en: 'card that does not answer', ja: 'カードが応答しません' },
};
