import type { BilingualText } from '../errors.js';

export const EMULATE_TEXTS = {
  inReader: {
    en: 'A virtual card is in the PC/SC service',
    ja: '仮想カードを PC/SC サービスのリーダーに入れました',
  },
  reader: { en: 'Virtual reader', ja: '仮想リーダー' },
  publicPins: { en: 'PINs as issued', ja: '発行時の暗証番号' },
  pinsAre: (auth: string, sign: string): BilingualText => ({
    en: `authentication ${auth}, signature ${sign} (public, and worth nothing on a real card)`,
    ja: `利用者証明用 ${auth}、署名用 ${sign}（公開の値で、本物のカードには使えません）`,
  }),
  state: { en: 'State file', ja: '状態ファイル' },
  notKept: { en: 'none: the card is gone when this ends', ja: 'なし（終了するとカードは残りません）' },
  ctrlC: { en: 'Ctrl-C takes it out.', ja: 'Ctrl-C で取り出して終了します。' },
  takenOut: {
    en: 'The PC/SC service has let go of the virtual card.',
    ja: 'PC/SC サービスとの接続が切れ、仮想カードが取り出されました。',
  },
  alreadyIssued: (option: string): BilingualText => ({
    en: `The state file holds a card already; ${option} is for a new one.`,
    ja: `状態ファイルには既にカードがあります。${option} は新しく作成するときに指定してください。`,
  }),
  noSuchQuirk: {
    en: 'There is no such quirk, or it cannot have that value. "jpki emulate --help" lists them.',
    ja: 'その動作（--quirk）の名前または値は使えません。「jpki emulate --help」で確認してください。',
  },
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
