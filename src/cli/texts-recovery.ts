/** Labels and questions around the ways out; the ways themselves are the library's words. */
import type { BilingualText } from '../errors.js';

export const RECOVERY_TEXTS = {
  needs: { en: 'Needs', ja: '必要なもの' },
  needed: (what: BilingualText): BilingualText => ({
    en: `Needs: ${what.en}`,
    ja: `必要なもの：${what.ja}`,
  }),
  where: { en: 'Where', ja: '場所' },
  when: { en: 'When', ja: '時間' },
  check: { en: 'Check first', ja: '事前の確認' },
  note: { en: 'Note', ja: '注意' },
  confirm: { en: 'Confirm', ja: '最新情報' },
  waysOpen: { en: 'Ways that are open', ja: '対処方法' },
  nothingWrong: {
    en: 'No PIN is locked or close to it. Say which one is forgotten, for example --sign forgotten.',
    ja: 'ロックされている（または残り 1 回の）暗証番号はありません。忘れた場合は --sign forgotten のように指定してください。',
  },
  nothingToGoBy: {
    en: 'Without a card, say what the holder remembers, for example --sign forgotten --auth known.',
    ja: 'カードを読まない場合は、本人の記憶を --sign forgotten --auth known のように指定してください。',
  },
  noCardRead: (why: BilingualText): BilingualText => ({
    en: `No card was read (${why.en.replace(/\.$/, '')}), so what it would say is to be checked.`,
    ja: `カードを読み取れませんでした（${why.ja.replace(/。$/, '')}）。カードで分かる内容は「事前の確認」に示します。`,
  }),
  fourPins: { en: 'The four PINs of the card', ja: 'カードに設定された 4 つの暗証番号' },
  whichPins: (someInTrouble: boolean): BilingualText => ({
    en: `Which one is it about? Type its number, or several such as 1 2.${someInTrouble ? ' Enter alone: those that are locked or have one try left.' : ''}`,
    ja: `どの暗証番号でお困りですか。番号を入力してください（複数の場合は 1 2 のように）。${someInTrouble ? 'Enter だけを押すと、ロックされているもの（または残り 1 回のもの）について表示します。' : ''}`,
  }),
  whatAbout: (name: BilingualText): BilingualText => ({
    en: `What about the ${name.en}? 1 forgotten (or Enter), 2 told that it is locked, 3 known.`,
    ja: `${name.ja}について：1 忘れた（Enter だけでも可）　2 ロックされたと言われた　3 覚えている`,
  }),
  sureOf: (name: BilingualText): BilingualText => ({
    en: `Does the holder know the ${name.en}? 1 yes, for sure, 2 no, 3 not sure (or Enter).`,
    ja: `${name.ja}について：1 確実に覚えている　2 覚えていない　3 はっきりしない（Enter だけでも可）`,
  }),
  number: { en: 'Number: ', ja: '番号: ' },
  onlyNumbers: {
    en: 'Type only a number that was offered; between several, a space.',
    ja: '表示された番号だけを入力してください（複数の場合は空白で区切ります）。',
  },
  forgotten: { en: 'Forgotten.', ja: '忘れた' },
  toldLocked: { en: 'Told that it is locked.', ja: 'ロックされたと言われた' },
  known: { en: 'Known.', ja: '覚えている' },
  surelyKnown: { en: 'Known for sure.', ja: '確実に覚えている' },
  notKnown: { en: 'Not known.', ja: '覚えていない' },
  notSure: { en: 'Not sure.', ja: 'はっきりしない' },
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
