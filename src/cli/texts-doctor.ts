import type { BilingualText } from '../errors.js';

export const DOCTOR_TEXTS = {
  names: {
    package: { en: 'Package', ja: 'パッケージ' },
    binding: { en: 'Reader access', ja: 'リーダーへの接続' },
    service: { en: 'PC/SC service', ja: 'PC/SC サービス' },
    reader: { en: 'Reader', ja: 'リーダー' },
    card: { en: 'Card', ja: 'カード' },
    applet: { en: 'JPKI', ja: '公的個人認証' },
  },
  states: {
    ok: { en: 'OK', ja: '正常' },
    problem: { en: 'PROBLEM', ja: '問題あり' },
    skipped: { en: '-', ja: '未確認' },
  },
  skipped: { en: 'not checked, because of the problem above', ja: '上の問題が解決してから確認します' },
  next: { en: 'Next: ', ja: '対処方法：' },
  loads: (name: string): BilingualText => ({
    en: `${name} is installed, and loads`,
    ja: `${name} がインストール済みで、読み込めます`,
  }),
  answers: { en: 'runs, and answers', ja: '動作しています' },
  cardIn: (reader: string): BilingualText => ({ en: `in ${reader}`, ja: `${reader} にあります` }),
  applet: (label: string): BilingualText => ({
    en: `answers, and tells the tries left (${label})`,
    ja: `応答があり、残り回数を読み取れました（${label}）`,
  }),
  virtualApplet: (label: string): BilingualText => ({
    en: `a virtual card, not real, answers (${label})`,
    ja: `仮想カード（本物ではありません）が応答しました（${label}）`,
  }),
  oldNode: (version: string): BilingualText => ({
    en: `Node.js ${version} is too old.`,
    ja: `Node.js ${version} は古すぎます。`,
  }),
  newerNode: (version: string): BilingualText => ({
    en: `Install Node.js ${version} or newer.`,
    ja: `Node.js ${version} 以降をインストールしてください。`,
  }),
} as const;
