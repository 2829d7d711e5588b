/** Every option of the command, whatever subcommand takes it: one name means one thing everywhere. */
import type { BilingualText } from '../errors.js';

export interface OptionSpec {
  /** `optional`: with or without a value. `values`: may be given several times. */
  readonly kind: 'flag' | 'value' | 'values' | 'optional';
  /** What the help shows for the value. */
  readonly placeholder?: string;
  readonly short?: string;
  readonly text: BilingualText;
}

export const OPTIONS = {
  reader: {
    kind: 'value',
    placeholder: 'NAME',
    text: { en: 'the reader whose name holds NAME', ja: '名前に NAME を含むリーダーを使う' },
  },
  virtual: {
    kind: 'optional',
    placeholder: 'FILE.json',
    text: {
      en: 'a virtual card instead of a reader (not real); kept in FILE.json if given, made when absent (--virtual=FILE for other names)',
      ja: 'リーダーの代わりに仮想カード（本物ではない）を使う。FILE.json を付けると状態を保存し、なければ作成（他の名前は --virtual=FILE）',
    },
  },
  timeout: {
    kind: 'value',
    placeholder: 'SECONDS',
    text: { en: 'how long to wait for reader and card (30)', ja: 'リーダーとカードを待つ秒数（既定 30）' },
  },
  json: {
    kind: 'flag',
    text: {
      en: 'JSON on stdout, errors as JSON on stderr',
      ja: '結果を JSON で出力し、エラーも JSON で標準エラーに出力',
    },
  },
  lang: {
    kind: 'value',
    placeholder: 'ja|en',
    text: { en: 'language (otherwise by locale)', ja: '表示言語（省略時はロケールによる）' },
  },
  debug: {
    kind: 'flag',
    text: { en: 'trace on stderr, without PINs', ja: '動作の記録を標準エラーに出力（暗証番号は含まない）' },
  },
  help: { kind: 'flag', short: 'h', text: { en: 'this help', ja: 'このヘルプ' } },
  version: { kind: 'flag', text: { en: 'the version', ja: 'バージョンを表示' } },

  'all-pins': {
    kind: 'flag',
    text: { en: 'also the PINs of the other applications', ja: '公的個人認証以外の暗証番号も表示' },
  },
  'short-reads': {
    kind: 'flag',
    text: {
      en: 'no extended-length reads, for a reader that loses the card over them',
      ja: '拡張長の読み出しを使わない（読み出し中にカードを見失うリーダー向け）',
    },
  },
  'pin-file': {
    kind: 'value',
    placeholder: 'PATH',
    text: {
      en: 'read the PIN from a file instead of the terminal: one line; "-" is standard input',
      ja: '暗証番号を端末ではなくファイルから読む（1 行）。「-」は標準入力',
    },
  },
  'new-pin-file': {
    kind: 'value',
    placeholder: 'PATH',
    text: {
      en: 'the new PIN; otherwise it is the second line of --pin-file',
      ja: '新しい暗証番号のファイル。省略時は --pin-file の 2 行目',
    },
  },
  'allow-last-try': {
    kind: 'flag',
    text: {
      en: 'send the PIN even if one try is left: a wrong one locks it',
      ja: '残り 1 回でも暗証番号を送る（間違えるとロックされます）',
    },
  },
  out: {
    kind: 'value',
    placeholder: 'FILE',
    text: { en: 'where to write', ja: '書き込むファイル' },
  },
  force: {
    kind: 'flag',
    text: {
      en: 'replace a file that is there already; on a terminal it is asked otherwise',
      ja: '既にあるファイルを置き換える（端末では、付けなければ確認します）',
    },
  },
  format: {
    kind: 'value',
    placeholder: 'pem|der',
    text: { en: 'form of the certificate (pem)', ja: '電子証明書の形式（既定 pem）' },
  },
  attached: {
    kind: 'flag',
    text: {
      en: 'put the content into the signature file (default: a detached signature)',
      ja: '署名ファイルに本文を含める（既定は本文と別の署名ファイル）',
    },
  },
  content: {
    kind: 'value',
    placeholder: 'FILE',
    text: {
      en: 'the signed file, for a detached signature',
      ja: '署名の対象ファイル（本文が別の署名の場合）',
    },
  },
  audience: {
    kind: 'value',
    placeholder: 'URL',
    text: { en: 'the service that the token is for', ja: 'トークンを渡す相手のサービス' },
  },
  nonce: {
    kind: 'value',
    placeholder: 'TEXT',
    text: { en: 'the challenge that the service gave', ja: 'サービスから受け取ったチャレンジ' },
  },
  'no-card': {
    kind: 'flag',
    text: { en: 'do not look for a card', ja: 'カードを読まない' },
  },
  auth: {
    kind: 'value',
    placeholder: 'known|forgotten|locked',
    text: {
      en: 'the user authentication PIN, as the holder says',
      ja: '利用者証明用の暗証番号（本人の申告）',
    },
  },
  sign: {
    kind: 'value',
    placeholder: 'known|forgotten|locked',
    text: { en: 'the signature PIN, as the holder says', ja: '署名用の暗証番号（本人の申告）' },
  },
  registry: {
    kind: 'value',
    placeholder: 'known|forgotten|locked',
    text: { en: 'the resident registry PIN', ja: '住民基本台帳用の暗証番号' },
  },
  'input-support': {
    kind: 'value',
    placeholder: 'known|forgotten|locked',
    text: { en: 'the card input support PIN', ja: '券面事項入力補助用の暗証番号' },
  },
  state: {
    kind: 'value',
    placeholder: 'FILE',
    text: {
      en: 'keep the card in FILE: loaded at the start, made when absent, saved at the end',
      ja: 'カードの状態を FILE に保存（開始時に読み込み、なければ作成、終了時に保存）',
    },
  },
  host: {
    kind: 'value',
    placeholder: 'HOST',
    text: { en: 'where the virtual reader is (127.0.0.1)', ja: '仮想リーダーのホスト（既定 127.0.0.1）' },
  },
  port: {
    kind: 'value',
    placeholder: 'PORT',
    text: {
      en: 'its TCP port (35963; second slot 35964)',
      ja: 'その TCP ポート（既定 35963、2 番目のスロットは 35964）',
    },
  },
  locked: {
    kind: 'values',
    placeholder: 'auth|sign',
    text: { en: 'this PIN is locked', ja: 'この暗証番号をロックした状態にする' },
  },
  tries: {
    kind: 'values',
    placeholder: 'auth|sign=N',
    text: { en: 'this PIN has N tries left', ja: 'この暗証番号の残り回数を N 回にする' },
  },
  token: {
    kind: 'value',
    placeholder: 'card|older-card|android|iphone',
    text: { en: 'what it stands in for (card)', ja: 'カードの種類（既定 card）' },
  },
  quirk: {
    kind: 'values',
    placeholder: 'NAME=VALUE',
    text: {
      en: 'behave as some other cards or readers do',
      ja: '一部のカードやリーダーに見られる動作を再現',
    },
  },
  expired: {
    kind: 'flag',
    text: { en: 'certificates that have expired', ja: '有効期限の切れた電子証明書' },
  },
  'no-signature': {
    kind: 'flag',
    text: {
      en: 'no signature certificate, as for people under fifteen',
      ja: '署名用電子証明書なし（15 歳未満の方と同じ）',
    },
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

export type OptionName = keyof typeof OPTIONS;

/** What every subcommand takes. */
export const GLOBAL_OPTIONS = [
  'reader',
  'virtual',
  'timeout',
  'short-reads',
  'json',
  'lang',
  'debug',
  'help',
] as const;
