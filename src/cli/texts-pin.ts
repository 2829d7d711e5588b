/** What is said while PINs are asked for. */
import type { BilingualText } from '../errors.js';

export const PIN_TEXTS = {
  heading: (name: BilingualText, form: BilingualText): BilingualText => ({
    en: `${capital(name.en)} (${form.en})`,
    ja: `${name.ja}（${form.ja}）`,
  }),
  triesLeft: (left: number | undefined, max: number): BilingualText =>
    left === undefined
      ? { en: 'Tries left: the card does not say', ja: '残り回数：カードが示していません' }
      : { en: `Tries left: ${left} of ${max}`, ja: `残り回数：${left} 回（最大 ${max} 回）` },
  lastTry: {
    en: 'This is the last try. If the PIN is wrong, it locks, and no software can unlock it. If you are not sure, stop here and run "jpki recover".',
    ja: 'これが最後の 1 回です。間違えるとロックされ、ソフトウェアでは解除できません。確信がなければここで中止し、「jpki recover」で対処方法を確認してください。',
  },
  triesUnknown: {
    en: 'The card does not say how many tries are left: this may be the last one, and a wrong PIN may lock it.',
    ja: 'カードが残り回数を示していません。これが最後の 1 回の可能性があり、間違えるとロックされるおそれがあります。',
  },
  reallyLastTry: {
    en: 'Type "yes" to enter the PIN all the same, anything else to stop: ',
    ja: '入力に進む場合は「はい」または yes、中止する場合はそのまま Enter: ',
  },
  askPin: { en: 'PIN: ', ja: '暗証番号: ' },
  askCurrent: { en: 'Current PIN: ', ja: '現在の暗証番号: ' },
  askNext: { en: 'New PIN: ', ja: '新しい暗証番号: ' },
  askNextAgain: { en: 'New PIN again: ', ja: '新しい暗証番号（確認）: ' },
  nextForm: (form: BilingualText): BilingualText => ({
    en: `The new PIN: ${form.en}. Choose none that others can guess: no date of birth, no telephone number.`,
    ja: `新しい暗証番号は${form.ja}です。生年月日や電話番号など、推測されやすいものは避けてください。`,
  }),
  adjusted: {
    en: 'Note: what was entered was turned into the form the card knows (half-width, capital letters, no spaces).',
    ja: '注意：入力された文字を、カードで使える形（半角・英大文字・空白なし）に直しました。',
  },
  advice: { en: 'This PIN is easy to guess:', ja: 'この暗証番号は推測されるおそれがあります：' },
  useAnyway: {
    en: 'Type "yes" to use it all the same, anything else to choose another: ',
    ja: 'このまま使う場合は「はい」または yes、選び直す場合はそのまま Enter: ',
  },
  differ: {
    en: 'The two do not match. Once more.',
    ja: '2 回の入力が一致しません。もう一度入力してください。',
  },
  tooOften: {
    en: 'No usable PIN was entered; nothing was sent to the card.',
    ja: '使える暗証番号が入力されませんでした。カードには何も送っていません。',
  },
  again: {
    en: 'Run the command again when you have it at hand.',
    ja: '確認のうえ、もう一度実行してください。',
  },
  notInteractive: {
    en: 'The PIN can be asked for only on a terminal, with no output redirected. Give it with --pin-file.',
    ja: '暗証番号は端末でのみ入力できます（出力をリダイレクトしている場合も入力できません）。--pin-file で指定してください。',
  },
  newPinFileAlone: {
    en: 'The option --new-pin-file needs --pin-file beside it.',
    ja: '--new-pin-file は --pin-file と一緒に指定してください。',
  },
  oneInput: {
    en: 'Standard input can be only one of the two files.',
    ja: '標準入力を指定できるのは、どちらか一方だけです。',
  },
  inputIsTerminal: {
    en: 'Standard input is a terminal, where the PIN would be seen. Leave --pin-file out to be asked for it.',
    ja: '標準入力が端末のため、暗証番号が画面に表示されてしまいます。--pin-file を付けずに実行すると、伏せ字で入力できます。',
  },
  fileIsTerminal: {
    en: 'The PIN file is a terminal, where the PIN would be seen. Leave --pin-file out to be asked for it.',
    ja: '暗証番号のファイルが端末のため、暗証番号が画面に表示されてしまいます。--pin-file を付けずに実行すると、伏せ字で入力できます。',
  },
  fileKind: {
    en: 'The PIN file is a device, neither a file nor a pipe.',
    ja: '暗証番号のファイルとして指定されたものはデバイスです。ファイルまたはパイプを指定してください。',
  },
  pinFile: { en: 'The PIN file cannot be read', ja: '暗証番号のファイルを読めません' },
  fileTooLong: { en: 'The PIN file is too long to be one.', ja: '暗証番号のファイルとしては長すぎます。' },
  fileLines: (expected: number): BilingualText => ({
    en: `The PIN file does not hold ${expected === 1 ? 'one line' : 'two lines, the current PIN and the new one'}.`,
    ja: `暗証番号のファイルは${expected === 1 ? '1 行' : '2 行（現在の暗証番号、新しい暗証番号の順）'}で作成してください。`,
  }),
  fileRemedy: {
    en: 'A PIN file holds one PIN a line and nothing else.',
    ja: 'ファイルには暗証番号だけを 1 行に 1 つ書いてください。',
  },
  readableByOthers: {
    en: 'Warning: others on this machine can read the PIN file; "chmod 600" it.',
    ja: '警告：暗証番号のファイルを他の利用者も読めます。「chmod 600」で権限を変更してください。',
  },
  verified: (name: BilingualText): BilingualText => ({
    en: `The ${name.en} is right. Its counter is full again.`,
    ja: `${name.ja}は正しいことを確認しました。残り回数は最大に戻りました。`,
  }),
  changed: (name: BilingualText): BilingualText => ({
    en: `The ${name.en} was changed.`,
    ja: `${name.ja}を変更しました。`,
  }),
  notChanged: (name: BilingualText): BilingualText => ({
    en: `Stopped: the ${name.en} was not changed.`,
    ja: `中止しました。${name.ja}は変更していません。`,
  }),
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;

/** A name at the beginning of a line. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
