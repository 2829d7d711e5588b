import type { BilingualText, Language } from './text/index.js';

export type { BilingualText, Language };

/** Which of the two JPKI keys: `auth` 利用者証明用 (user authentication), `sign` 署名用 (digital signature). */
export type KeyRole = 'auth' | 'sign';

/** Stable names of everything that can go wrong; `switch (error.code)` narrows. */
export type JpkiErrorCode =
  | 'PCSC_UNAVAILABLE'
  | 'SERVICE_UNAVAILABLE'
  | 'NO_READER'
  | 'NO_CARD'
  | 'CARD_REMOVED'
  | 'CARD_RESET'
  | 'CARD_MUTE'
  | 'SHARING_VIOLATION'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CLOSED'
  | 'TRANSPORT'
  | 'NOT_JPKI'
  | 'MALFORMED_RESPONSE'
  | 'STATUS_WORD'
  | 'PIN_FORMAT'
  | 'PIN_INCORRECT'
  | 'PIN_LOCKED'
  | 'PIN_LAST_TRY'
  | 'PIN_REQUIRED'
  | 'PIN_CHANGE_UNCERTAIN'
  | 'CERTIFICATE_ABSENT'
  | 'CERTIFICATE_INVALID'
  | 'SIGNATURE_INVALID'
  | 'UNSUPPORTED'
  | 'INVALID_ARGUMENT';

interface ErrorTexts {
  readonly summary: BilingualText;
  readonly remedy: BilingualText;
}

/** What each code means and what a person does next, where the place that throws knows nothing better. */
export const ERROR_TEXTS: Readonly<Record<JpkiErrorCode, ErrorTexts>> = {
  PCSC_UNAVAILABLE: {
    summary: {
      en: 'No package that reaches card readers is installed.',
      ja: 'カードリーダーを使うためのパッケージがインストールされていません。',
    },
    remedy: {
      en: 'Install it: "npm install koffi" ("npm install -g koffi" for a command installed with -g).',
      ja: 'インストールしてください。「npm install koffi」（-g でインストールしたコマンドでは「npm install -g koffi」）を実行します。',
    },
  },
  SERVICE_UNAVAILABLE: {
    summary: { en: 'The PC/SC service is not running.', ja: 'PC/SC サービスが動いていません。' },
    remedy: {
      en: 'Start it: on Linux "sudo systemctl start pcscd"; on Windows start the service "Smart Card" (it stops while no reader is plugged in); on macOS plug the reader in again.',
      ja: '起動してください。Linux では「sudo systemctl start pcscd」、Windows ではサービス「Smart Card」を開始します（リーダーが一台もないと止まります）。macOS ではリーダーを差し直してください。',
    },
  },
  NO_READER: {
    summary: { en: 'No card reader was found.', ja: 'カードリーダーが見つかりません。' },
    remedy: {
      en: 'Plug in a PC/SC card reader that supports the Individual Number Card, and check its name if you asked for one by name.',
      ja: 'マイナンバーカード対応の PC/SC カードリーダーを接続してください。名前を指定した場合は、その名前も確認してください。',
    },
  },
  NO_CARD: {
    summary: { en: 'There is no card on the reader.', ja: 'リーダーにカードがありません。' },
    remedy: {
      en: 'Put the card flat on the reader (or into its slot, chip first) and keep it there.',
      ja: 'カードをリーダーの上に平らに置き（差し込み式は IC チップ側から差し込み）、そのまま動かさないでください。',
    },
  },
  CARD_REMOVED: {
    summary: { en: 'The card was taken away.', ja: 'カードが離されました。' },
    remedy: {
      en: 'Put the card flat on the reader, keep it there until the end, and start again.',
      ja: 'カードをリーダーの上に平らに置き、終わるまで動かさずに、最初からやり直してください。',
    },
  },
  CARD_RESET: {
    summary: { en: 'Another program reset the card.', ja: '別のプログラムがカードをリセットしました。' },
    remedy: {
      en: 'Close the other program that uses the card and start again.',
      ja: 'カードを使っている別のプログラムを終了して、やり直してください。',
    },
  },
  CARD_MUTE: {
    summary: { en: 'The card does not answer.', ja: 'カードが応答しません。' },
    remedy: {
      en: 'Take the card off, put it flat on the reader and keep it there; for a slot, check that the chip goes in first and is clean.',
      ja: 'カードを一度離し、リーダーの上に平らに置き直してください。差し込み式では IC チップの向きと汚れを確認してください。',
    },
  },
  SHARING_VIOLATION: {
    summary: { en: 'Another program is using the card.', ja: '別のプログラムがカードを使用中です。' },
    remedy: {
      en: 'Close the other program that uses the card (browser, e-Tax, JPKI client software) and try again.',
      ja: 'カードを使っている別のプログラム（ブラウザー、e-Tax、JPKI クライアントソフトなど）を終了して、やり直してください。',
    },
  },
  TIMEOUT: {
    summary: {
      en: 'The card or reader took too long.',
      ja: 'カードまたはリーダーの応答が時間内にありません。',
    },
    remedy: {
      en: 'Take the card off, put it back flat, and try again; unplug and plug in the reader if it stays silent.',
      ja: 'カードを離して平らに置き直し、もう一度試してください。それでも応答がなければリーダーを差し直してください。',
    },
  },
  ABORTED: {
    summary: { en: 'The operation was aborted.', ja: '操作は中止されました。' },
    remedy: { en: 'Start it again when you want it done.', ja: '必要になったら、もう一度実行してください。' },
  },
  CLOSED: {
    summary: { en: 'The connection to the card is closed.', ja: 'カードとの接続は閉じられています。' },
    remedy: { en: 'Open the card again.', ja: 'カードへの接続を開き直してください。' },
  },
  TRANSPORT: {
    summary: { en: 'The exchange with the card failed.', ja: 'カードとの通信に失敗しました。' },
    remedy: {
      en: 'Put the card flat on the reader, keep it there, and open it again; try another USB port if it happens often.',
      ja: 'カードを平らに置いて動かさずに、接続し直してください。何度も起きる場合は別の USB ポートを試してください。',
    },
  },
  NOT_JPKI: {
    summary: {
      en: 'This card has no JPKI application.',
      ja: 'このカードには公的個人認証（JPKI）のアプリケーションがありません。',
    },
    remedy: {
      en: 'Use an Individual Number Card (マイナンバーカード); another card may be on the reader.',
      ja: 'マイナンバーカードを置いてください。別のカードが載っていないか確認してください。',
    },
  },
  MALFORMED_RESPONSE: {
    summary: {
      en: 'The card sent something that cannot be understood.',
      ja: 'カードから解釈できない応答がありました。',
    },
    remedy: {
      en: 'Take the card off, put it back and try again; if it happens every time, report it with a redacted transcript.',
      ja: 'カードを置き直してもう一度試してください。毎回起きる場合は、個人情報を伏せた通信記録を添えて報告してください。',
    },
  },
  STATUS_WORD: {
    summary: { en: 'The card refused the command.', ja: 'カードがコマンドを拒否しました。' },
    remedy: {
      en: 'Take the card off, put it back and try again; if it happens every time, report the status word.',
      ja: 'カードを置き直してもう一度試してください。毎回起きる場合は、ステータスワードを報告してください。',
    },
  },
  PIN_FORMAT: {
    summary: {
      en: 'This cannot be the PIN; nothing was sent to the card.',
      ja: '暗証番号の形式が正しくありません。カードには何も送っていません。',
    },
    remedy: {
      en: 'The authentication PIN is exactly 4 digits; the signature PIN is 6 to 16 upper-case letters and digits, half-width.',
      ja: '利用者証明用は数字 4 桁、署名用は半角の英大文字と数字 6 から 16 文字です。',
    },
  },
  PIN_INCORRECT: {
    summary: { en: 'The PIN is wrong.', ja: '暗証番号が違います。' },
    remedy: {
      en: "Check which of the card's PINs is asked for before you try again; do not guess, because the PIN locks when no try is left.",
      ja: 'どの暗証番号が求められているかを確かめてから入力してください。残り回数がなくなるとロックされるので、推測で入力しないでください。',
    },
  },
  PIN_LOCKED: {
    summary: { en: 'The PIN is locked.', ja: '暗証番号はロックされています。' },
    remedy: {
      en: 'No software can unlock it: reset it at a municipal counter, or at a kiosk in a convenience store if the other JPKI PIN is known (JPKI暗証番号リセット, www.jpki.go.jp).',
      ja: 'ソフトウェアでは解除できません。市区町村の窓口で初期化するか、もう一方の JPKI の暗証番号が分かる場合はコンビニ等のキオスク端末で初期化できます（JPKI暗証番号リセット、www.jpki.go.jp）。',
    },
  },
  PIN_LAST_TRY: {
    summary: {
      en: 'Only one try is left, so the PIN was not sent.',
      ja: '残り 1 回のため、暗証番号は送っていません。',
    },
    remedy: {
      en: 'Be sure of the PIN, then allow the last try explicitly (allowLastTry); a wrong PIN now locks it.',
      ja: '暗証番号を確認したうえで、最後の 1 回の使用を明示的に許可してください（allowLastTry）。間違えるとロックされます。',
    },
  },
  PIN_REQUIRED: {
    summary: { en: 'The card asks for the PIN first.', ja: '先に暗証番号の照合が必要です。' },
    remedy: {
      en: 'Verify the PIN of this key, then repeat the operation.',
      ja: 'この鍵の暗証番号を照合してから、もう一度実行してください。',
    },
  },
  PIN_CHANGE_UNCERTAIN: {
    summary: {
      en: 'The link broke while the PIN was being changed: either PIN may be in force.',
      ja: '暗証番号の変更中に通信が途切れました。新旧どちらが有効か分かりません。',
    },
    remedy: {
      en: 'Verify the new PIN first. If the card accepts it, the change was made; if it is wrong, one try is spent and the old PIN holds: verify it, and the counter is full again.',
      ja: 'まず新しい暗証番号を照合してください。通れば変更は完了しています。違うと出た場合は 1 回分を使いますが古い暗証番号が有効です。それを照合すれば残り回数は元に戻ります。',
    },
  },
  CERTIFICATE_ABSENT: {
    summary: { en: 'The card holds no such certificate.', ja: 'この電子証明書はカードに入っていません。' },
    remedy: {
      en: 'A municipal counter can issue it; people under fifteen normally have no signature certificate.',
      ja: '市区町村の窓口で発行できます。15 歳未満の方には通常、署名用電子証明書は発行されません。',
    },
  },
  CERTIFICATE_INVALID: {
    summary: {
      en: 'The certificate cannot be read or believed.',
      ja: '電子証明書を解釈できないか、信頼できません。',
    },
    remedy: {
      en: 'Do not rely on it. If it came from a card, read it again; if it came from somebody else, ask for a new one.',
      ja: 'この証明書を信頼しないでください。カードから読んだ場合は読み直し、他者から受け取った場合は再送を求めてください。',
    },
  },
  SIGNATURE_INVALID: {
    summary: {
      en: 'The signature does not fit the data and the certificate.',
      ja: '署名がデータまたは証明書と一致しません。',
    },
    remedy: {
      en: 'Do not rely on it; if it was just made, sign again with the card kept still.',
      ja: 'この署名を信頼しないでください。今作成したものであれば、カードを動かさずに署名し直してください。',
    },
  },
  UNSUPPORTED: {
    summary: { en: 'This is not supported here.', ja: 'この操作には対応していません。' },
    remedy: { en: 'Use the way the message names.', ja: 'メッセージにある方法を使ってください。' },
  },
  INVALID_ARGUMENT: {
    summary: {
      en: 'The program passed a value that cannot be used.',
      ja: 'プログラムから渡された値を使用できません。',
    },
    remedy: {
      en: 'Correct the call: the message says which value and why.',
      ja: '呼び出しを修正してください。どの値がなぜ使えないかはメッセージにあります。',
    },
  },
};

/** What an error carries beside its code and message. */
export interface JpkiErrorDetails {
  /** Tries left as the card said; absent when the card did not say. */
  readonly triesLeft?: number | undefined;
  readonly role?: KeyRole | undefined;
  /** Status word as sent, 0 to 65535. */
  readonly statusWord?: number | undefined;
  /** What a person does next, where it is more precise than the code's own. */
  readonly remedy?: BilingualText | undefined;
  readonly cause?: unknown;
}

/**
 * The one error class of the library. Never holds a PIN.
 *
 * @example
 * try { await applet.verifyPin('auth', pin); }
 * catch (error) { if (error instanceof JpkiError && error.code === 'PIN_INCORRECT') console.log(error.triesLeft); }
 */
export class JpkiError extends Error {
  override readonly name = 'JpkiError';
  readonly code: JpkiErrorCode;
  /** What a person does next, in English; `inLanguage` has it in Japanese. */
  readonly remedy: string;
  readonly triesLeft?: number;
  readonly role?: KeyRole;
  readonly statusWord?: number;
  readonly #texts: ErrorTexts;

  /** @throws JpkiError `INVALID_ARGUMENT` when an argument is none */
  constructor(code: JpkiErrorCode, message?: string | BilingualText, details: JpkiErrorDetails = {}) {
    checkError(code, message, details);
    const { summary, remedy } = ERROR_TEXTS[code];
    const texts = typeof message === 'object' ? message : { en: message ?? summary.en, ja: summary.ja };
    super(texts.en, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.#texts = { summary: texts, remedy: details.remedy ?? remedy };
    this.remedy = this.#texts.remedy.en;
    if (details.triesLeft !== undefined) this.triesLeft = details.triesLeft;
    if (details.role !== undefined) this.role = details.role;
    if (details.statusWord !== undefined) this.statusWord = details.statusWord;
  }

  /**
   * Message and remedy in one language, for a program that shows errors to a person.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for another language than `en` and `ja`
   */
  inLanguage(language: Language): { message: string; remedy: string } {
    if (language !== 'en' && language !== 'ja')
      throw invalidArgument('language', { en: '"en" or "ja"', ja: '"en" または "ja"' });
    return { message: this.#texts.summary[language], remedy: this.#texts.remedy[language] };
  }
}

/** @throws JpkiError `ABORTED` when the signal is aborted; its reason is the cause */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new JpkiError('ABORTED', undefined, { cause: signal.reason });
}

/** The error for a value that a program passed as `name`; `takes` finishes the sentence "… must be". */
export function invalidArgument(name: string, takes: BilingualText): JpkiError {
  return new JpkiError('INVALID_ARGUMENT', {
    en: `${name} must be ${takes.en}.`,
    ja: `${name} には次の値を指定してください：${takes.ja}。`,
  });
}

/** By hand, because the checks of arguments.ts stand on this file. */
function checkError(code: unknown, message: unknown, details: JpkiErrorDetails): void {
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_TEXTS, code))
    throw invalidArgument('code', { en: 'one of JpkiErrorCode', ja: 'JpkiErrorCode のいずれか' });
  if (message !== undefined && typeof message !== 'string' && !isBilingual(message))
    throw invalidArgument('message', MESSAGE);
  if (typeof details !== 'object' || details === null)
    throw invalidArgument('details', { en: 'an object', ja: 'オブジェクト' });
  const { triesLeft, role, statusWord, remedy } = details;
  if (triesLeft !== undefined && !isWholeUpTo(15, triesLeft))
    throw invalidArgument('triesLeft', { en: 'a whole number from 0 to 15', ja: '0 から 15 までの整数' });
  if (role !== undefined && role !== 'auth' && role !== 'sign')
    throw invalidArgument('role', { en: '"auth" or "sign"', ja: '"auth" または "sign"' });
  if (statusWord !== undefined && !isWholeUpTo(0xffff, statusWord))
    throw invalidArgument('statusWord', {
      en: 'a whole number from 0 to 65535',
      ja: '0 から 65535 までの整数',
    });
  if (remedy !== undefined && !isBilingual(remedy)) throw invalidArgument('remedy', BILINGUAL);
}

const BILINGUAL: BilingualText = {
  en: 'an object of two strings, { en, ja }',
  ja: '二つの文字列を持つオブジェクト { en, ja }',
};
const MESSAGE: BilingualText = {
  en: `a string, or ${BILINGUAL.en}`,
  ja: `文字列、または${BILINGUAL.ja}`,
};

function isBilingual(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'en' in value && typeof value.en === 'string' && 'ja' in value && typeof value.ja === 'string';
}

function isWholeUpTo(max: number, value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}
