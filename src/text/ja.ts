import type { Texts } from './en.js';

/** Everything the library says to people, in Japanese; `en.ts` is what it translates. */
export const ja: Texts = {
  /** `errors.ts` and `arguments.ts`. */
  error: {},
  argument: {},

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {},
  card: {},

  /** `certificate/`. */
  certificate: {
    unreadable: (reason) => `電子証明書を解釈できません（${reason}）。`,
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason) => `CMS SignedData として解釈できません（${reason}）。`,
    noSignedDataRemedy:
      '署名ファイルそのものであること、欠けていないこと、PEM ではなく DER または BER であることを確かめてください。',
  },

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {
    /** Of a replay. */
    ended: (sent) => `通信記録は終わりましたが、プログラムが続けて送信しました：${sent}`,
    mismatch: (line, expected, sent) =>
      `通信記録の ${line} 行目は次のとおりです：${expected} プログラムの動作：${sent}`,
    mismatchRemedy: '記録したときと同じプログラムを実行するか、このプログラムで記録し直してください。',
  },

  /** `virtual/`. */
  virtual: {
    /** What issuing takes. */
    certificateDate: '1950 年から 9999 年までの Date',
    birthDate: 'EYYYYMMDD 形式の生年月日（元号の 1 桁と 8 桁の数字）',
    substitutes: '1 文字につき一つの 0 または 1',
    pin: 'UTF-8 で 1 から 16 バイトの文字列',
    /** A quirk. */
    statusWord: (first, last, others) =>
      `${[`${first} から ${last} までのステータスワード`, ...others].join('、')} のいずれか`,
    fileName: 'アプリケーションとファイル（例：「jpki/0008」）',
    noSuchQuirk: '指定なし（そのような項目はありません）',
    /** The virtual reader. */
    tooLong: (length) => `仮想カードの応答が ${length} バイトあります。送れるのは 65535 バイトまでです。`,
    notServed: (host, port) => `${host}:${port} に仮想カードリーダーがありません。`,
    notServedRemedy:
      '仮想リーダーと PC/SC サービスをインストールし（「sudo apt-get install vsmartcard-vpcd pcscd」）、「sudo systemctl start pcscd」（systemd がない環境では「sudo pcscd」）で起動してください。',
    slotBusy: (host, port) => `仮想カードリーダー ${host}:${port} がカードを受け付けません。`,
    slotBusyRemedy: (otherPort) =>
      `別の仮想カードが入っている可能性があります。そのプログラムを終了するか、別のスロット（ポート ${otherPort}）を使ってください。`,
  },
};
