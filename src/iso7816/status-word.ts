import { integerFrom } from '../arguments.js';
import type { BilingualText } from '../errors.js';

/** Status words by name, ISO/IEC 7816-4 table 6, and as seen on the Individual Number Card [myna-card]. */
export const SW = {
  DONE: 0x9000,
  END_OF_FILE: 0x6282,
  WRONG_PIN_NO_COUNTER: 0x6300,
  WRONG_LENGTH: 0x6700,
  LOGICAL_CHANNEL_UNSUPPORTED: 0x6881,
  SECURE_MESSAGING_UNSUPPORTED: 0x6882,
  CHAINING_UNSUPPORTED: 0x6884,
  INCOMPATIBLE_FILE: 0x6981,
  SECURITY_STATUS_NOT_SATISFIED: 0x6982,
  METHOD_BLOCKED: 0x6983,
  REFERENCE_DATA_UNUSABLE: 0x6984,
  CONDITIONS_NOT_SATISFIED: 0x6985,
  NO_CURRENT_FILE: 0x6986,
  /** To a secure messaging class where no session is open [myna-card sm.rs]. */
  NO_SECURE_MESSAGING_SESSION: 0x69fc,
  WRONG_DATA: 0x6a80,
  FILE_NOT_FOUND: 0x6a82,
  WRONG_P1_P2: 0x6a86,
  REFERENCE_NOT_FOUND: 0x6a88,
  WRONG_OFFSET: 0x6b00,
  INS_UNSUPPORTED: 0x6d00,
  CLA_UNSUPPORTED: 0x6e00,
  UNSPECIFIED: 0x6f00,
} as const;

const MEANINGS: Readonly<Record<number, BilingualText>> = {
  [SW.DONE]: { en: 'done', ja: '正常終了' },
  [SW.END_OF_FILE]: {
    en: 'end of file reached before the length asked for',
    ja: '要求した長さより前にファイルの終わりに達した',
  },
  [SW.WRONG_PIN_NO_COUNTER]: {
    en: 'PIN wrong, tries left not told',
    ja: '暗証番号不一致（残り回数は通知なし）',
  },
  [SW.WRONG_LENGTH]: { en: 'wrong length', ja: '長さが正しくない' },
  [SW.LOGICAL_CHANNEL_UNSUPPORTED]: { en: 'logical channel not supported', ja: '論理チャネルに非対応' },
  [SW.SECURE_MESSAGING_UNSUPPORTED]: {
    en: 'secure messaging not supported',
    ja: 'セキュアメッセージングに非対応',
  },
  [SW.CHAINING_UNSUPPORTED]: {
    en: 'command chaining not supported',
    ja: 'コマンドチェイニングに非対応',
  },
  [SW.INCOMPATIBLE_FILE]: {
    en: 'the command does not fit the kind of file',
    ja: 'コマンドがファイルの種類と合わない',
  },
  [SW.SECURITY_STATUS_NOT_SATISFIED]: { en: 'PIN needed first', ja: '先に暗証番号の照合が必要' },
  [SW.METHOD_BLOCKED]: { en: 'PIN locked', ja: '暗証番号がロックされている' },
  [SW.REFERENCE_DATA_UNUSABLE]: { en: 'PIN locked', ja: '暗証番号がロックされている' },
  [SW.CONDITIONS_NOT_SATISFIED]: { en: 'conditions of use not satisfied', ja: '使用条件を満たさない' },
  [SW.NO_CURRENT_FILE]: { en: 'no current file', ja: 'カレントファイルがない' },
  [SW.NO_SECURE_MESSAGING_SESSION]: {
    en: 'no secure messaging session',
    ja: 'セキュアメッセージングのセッションがない',
  },
  [SW.WRONG_DATA]: { en: 'wrong data', ja: 'データが正しくない' },
  [SW.FILE_NOT_FOUND]: { en: 'no such file or application', ja: 'ファイルまたはアプリケーションがない' },
  [SW.WRONG_P1_P2]: { en: 'wrong P1 or P2', ja: 'P1 または P2 が正しくない' },
  [SW.REFERENCE_NOT_FOUND]: { en: 'no such key or PIN', ja: '鍵または暗証番号がない' },
  [SW.WRONG_OFFSET]: {
    en: 'offset past the end of the file',
    ja: 'オフセットがファイルの終わりを超えている',
  },
  [SW.INS_UNSUPPORTED]: { en: 'instruction not supported', ja: '命令に非対応' },
  [SW.CLA_UNSUPPORTED]: { en: 'class not supported', ja: 'クラスに非対応' },
  [SW.UNSPECIFIED]: { en: 'no precise diagnosis', ja: '詳細不明のエラー' },
};

/** Meanings by first byte where the exact word is not in the table, ISO/IEC 7816-4 table 5. */
const MEANINGS_BY_SW1: ReadonlyMap<number, BilingualText> = new Map([
  [0x62, { en: 'warning, nothing changed', ja: '警告（状態変化なし）' }],
  [0x63, { en: 'warning, state changed', ja: '警告（状態変化あり）' }],
  [0x64, { en: 'execution error, nothing changed', ja: '実行エラー（状態変化なし）' }],
  [0x65, { en: 'execution error, state changed', ja: '実行エラー（状態変化あり）' }],
  [0x66, { en: 'execution error, security-related', ja: '実行エラー（セキュリティ関連）' }],
  [0x67, { en: 'wrong length', ja: '長さが正しくない' }],
  [0x68, { en: 'function in CLA not supported', ja: 'CLA の機能に非対応' }],
  [0x69, { en: 'command not allowed', ja: 'コマンドは許可されていない' }],
  [0x6a, { en: 'wrong parameters', ja: 'パラメーターが正しくない' }],
  [0x6b, { en: 'wrong parameters', ja: 'パラメーターが正しくない' }],
  [0x6d, { en: 'instruction not supported', ja: '命令に非対応' }],
  [0x6e, { en: 'class not supported', ja: 'クラスに非対応' }],
]);

const checkValue = integerFrom(0, 0xffff);

/**
 * Status word of a response APDU (SW1 SW2, two bytes).
 *
 * @example
 * const sw = new StatusWord(0x63c2);
 * sw.triesLeft; // 2
 */
export class StatusWord {
  /** 0 to 65535. */
  readonly value: number;

  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(value: number) {
    checkValue('value', value);
    this.value = value;
  }

  get sw1(): number {
    return this.value >> 8;
  }

  get sw2(): number {
    return this.value & 0xff;
  }

  /** 9000 only. */
  get isDone(): boolean {
    return this.value === SW.DONE;
  }

  /** The x of 63Cx, 0 to 15: a PIN's tries left (ISO/IEC 7816-4 table 6). `undefined` for any other word. */
  get triesLeft(): number | undefined {
    return this.value >> 4 === 0x63c ? this.value & 0x0f : undefined;
  }

  /** SW2 of 61xx: bytes to fetch with GET RESPONSE, 1 to 256 (00 means 256 or more). */
  get bytesAvailable(): number | undefined {
    return this.sw1 === 0x61 ? this.sw2 || 256 : undefined;
  }

  /** SW2 of 6Cxx: the Le to repeat the command with, 1 to 256. */
  get exactLe(): number | undefined {
    return this.sw1 === 0x6c ? this.sw2 || 256 : undefined;
  }

  /** 6983 and 6984: cards seen answer 6984 to a locked PIN, ISO says 6983; 63C0 to a query is `triesLeft` 0. */
  get saysLocked(): boolean {
    return this.value === SW.METHOD_BLOCKED || this.value === SW.REFERENCE_DATA_UNUSABLE;
  }

  /** What the word means, in English and Japanese. */
  get meaning(): BilingualText {
    const tries = this.triesLeft;
    if (tries !== undefined) {
      return {
        en: `PIN wrong or counter asked for, ${tries} ${tries === 1 ? 'try' : 'tries'} left`,
        ja: `暗証番号不一致または残り回数の照会、残り ${tries} 回`,
      };
    }
    const available = this.bytesAvailable;
    if (available === 256) return { en: '256 or more bytes to fetch', ja: '続きが 256 バイト以上ある' };
    if (available !== undefined) {
      return { en: `${available} more bytes to fetch`, ja: `続きが ${available} バイトある` };
    }
    if (this.exactLe !== undefined) {
      return { en: `wrong Le, ${this.exactLe} is right`, ja: `Le が正しくない（正しくは ${this.exactLe}）` };
    }
    return (
      MEANINGS[this.value] ??
      MEANINGS_BY_SW1.get(this.sw1) ?? {
        en: 'a word that ISO/IEC 7816-4 does not define',
        ja: 'ISO/IEC 7816-4 に定義のない値',
      }
    );
  }

  /** Four upper-case hexadecimal digits. */
  toString(): string {
    return this.value.toString(16).toUpperCase().padStart(4, '0');
  }
}
