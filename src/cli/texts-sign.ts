import type { BilingualText } from '../errors.js';

export const SIGN_TEXTS = {
  readingFile: { en: 'Reading the file...', ja: 'ファイルを読み取っています…' },
  signedDetached: (target: string, path: string): BilingualText => ({
    en: `Signed: ${target}. Keep it beside ${path}, which it is worthless without.`,
    ja: `署名しました：${target}（検証には ${path} も必要です。一緒に保管してください）`,
  }),
  signedAttached: (target: string): BilingualText => ({
    en: `Signed: ${target}, with the content in it.`,
    ja: `署名しました：${target}（本文を含みます）`,
  }),
  valid: {
    en: 'The signature is good: the content is what was signed, by the signer below.',
    ja: '署名は有効です。内容は、下記の署名者が署名したものと一致します。',
  },
  invalid: {
    en: 'The signature is NOT good. Do not rely on it, nor on whom it names.',
    ja: '署名は有効と確認できませんでした。署名も、署名者の名前も信頼しないでください。',
  },
  signer: { en: 'Signer', ja: '署名者' },
  claimedSigner: { en: 'Named as signer, without proof', ja: '署名者とされている名義（未確認）' },
  trustAnchor: { en: 'Issued under', ja: '発行元の認証局' },
  virtualAnchor: {
    en: 'the virtual card itself: not real, worth nothing outside a test',
    ja: '仮想カード自身（本物ではありません。テスト以外では無効）',
  },
  signedAt: { en: 'Signed at', ja: '署名日時' },
  claimedTime: (time: Date): BilingualText => {
    const text = `${new Date(time.getTime() + 9 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')}`;
    return {
      en: `${text} Japan time, as the signer claims`,
      ja: `${text}（日本時間、署名者の申告によるもの）`,
    };
  },
  contentWas: (path: string): BilingualText => ({
    en: `Checked with the content of ${path}.`,
    ja: `${path} の内容で検証しました。`,
  }),
  nothingToWrite: {
    en: 'The signature is detached: there is no content in it to write.',
    ja: '本文が別の署名のため、書き出す内容がありません。',
  },
  contentIsYours: {
    en: 'Leave --out out; the content is the file that you gave.',
    ja: '--out を付けずに実行してください。内容は指定したファイルそのものです。',
  },
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
