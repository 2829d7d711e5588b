import type { BilingualText } from '../errors.js';

export const RECORD_TEXTS = {
  written: (path: string): BilingualText => ({
    en: `Recorded in ${path}: status and authentication certificate, without PINs and without what names the holder. Read it through before you pass it on.`,
    ja: `${path} に記録しました（状態の確認と利用者証明用電子証明書の読み取り）。暗証番号や個人を特定する情報は含みませんが、他の人に渡す前に内容を確認してください。`,
  }),
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
