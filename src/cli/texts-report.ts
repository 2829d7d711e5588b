/** What is said about errors, where the command knows a better next step than the library. */
import type { BilingualText, JpkiErrorCode } from '../errors.js';

export const REPORT_TEXTS = {
  whatToDo: { en: 'What to do: ', ja: '対処方法：' },
  colon: { en: ': ', ja: '：' },
  usage: { en: 'Usage: ', ja: '使い方：' },
  output: { en: 'The output cannot be written', ja: '結果を出力できません' },
  internal: { en: 'The command itself failed.', ja: 'コマンドの内部でエラーが起きました。' },
  internalRemedy: {
    en: 'Run it again with --debug, and report what it prints.',
    ja: '--debug を付けてもう一度実行し、表示された内容を報告してください。',
  },
} as const satisfies Readonly<Record<string, BilingualText>>;

/** In the words of the command instead of the library's. */
export const CLI_REMEDIES: Readonly<Partial<Record<JpkiErrorCode, BilingualText>>> = {
  PIN_INCORRECT: {
    en: 'Check which of the card\'s PINs is asked for before you try again, and do not guess. If you are not sure, "jpki recover" shows the ways out.',
    ja: 'どの暗証番号が求められているかを確かめてください。推測では入力せず、分からない場合は「jpki recover」で対処方法を確認してください。',
  },
  PIN_LAST_TRY: {
    en: 'If you are sure of the PIN, run it again and say yes when asked (in a script: --allow-last-try); a wrong PIN now locks it. If not, "jpki recover" shows the ways out.',
    ja: '暗証番号に確信がある場合は、もう一度実行して確認に「はい」と答えてください（スクリプトでは --allow-last-try）。間違えるとロックされます。確信がない場合は「jpki recover」で対処方法を確認してください。',
  },
  PIN_LOCKED: {
    en: 'No software can unlock it. "jpki recover" shows where it can be reset and what that needs.',
    ja: 'ソフトウェアでは解除できません。「jpki recover」で、再設定できる場所と必要なものを確認してください。',
  },
};
