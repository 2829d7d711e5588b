/** What the command's exit code says, and which error gets which. */
import { constants } from 'node:os';
import { ENDING_SIGNALS } from '../ending-signals.js';
import type { BilingualText, JpkiError, JpkiErrorCode } from '../errors.js';

export const EXIT = { done: 0, failed: 1, usage: 2, noCard: 3, pinWrong: 4, pinRefused: 5 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_TEXTS: Readonly<Record<ExitCode | '128+n', BilingualText>> = {
  0: { en: 'done', ja: '正常に終了' },
  1: { en: 'failed', ja: '失敗' },
  2: { en: 'wrong usage; nothing was done', ja: '使い方の誤り（何もしていません）' },
  3: {
    en: 'no reader or card (also: PC/SC missing or stopped, card taken away)',
    ja: 'リーダーまたはカードがない（PC/SC がない・止まっている、カードが離された場合も）',
  },
  4: {
    en: 'PIN wrong, or not in the form of a PIN (then nothing was sent)',
    ja: '暗証番号が違う、または形式が誤り（形式の誤りではカードに何も送りません）',
  },
  5: {
    en: 'PIN locked, or last try refused',
    ja: '暗証番号がロックされている、または最後の 1 回を使わなかった',
  },
  '128+n': {
    en: 'ended by signal n (130: Ctrl-C, 143: SIGTERM; 137: by force, because card or reader stayed silent)',
    ja: 'シグナル n で終了（130 は Ctrl-C、143 は SIGTERM、137 はカードまたはリーダーの応答がないための強制終了）',
  },
};

const ENDING: ReadonlySet<string> = new Set(ENDING_SIGNALS);

/**
 * Those that end Node.js on this platform, and the exit code of a command that each has ended: 128 and its number, as
 * shells have it. What nohup or a shell has set to be ignored Node.js sets back when it starts, before anybody could
 * look: so a hang-up always ends the command, and it may as well end well.
 */
export const SIGNAL_EXIT = Object.entries(constants.signals).flatMap(([name, number]) =>
  ENDING.has(name) ? [[name as NodeJS.Signals, 128 + number] as const] : [],
);

const BY_CODE: Readonly<Partial<Record<JpkiErrorCode, ExitCode>>> = {
  PCSC_UNAVAILABLE: EXIT.noCard,
  SERVICE_UNAVAILABLE: EXIT.noCard,
  NO_READER: EXIT.noCard,
  NO_CARD: EXIT.noCard,
  CARD_REMOVED: EXIT.noCard,
  PIN_FORMAT: EXIT.pinWrong,
  PIN_INCORRECT: EXIT.pinWrong,
  PIN_LOCKED: EXIT.pinRefused,
  PIN_LAST_TRY: EXIT.pinRefused,
};

/** A wrong PIN that was the last try has locked the PIN: a script must not ask again. */
export function exitCodeOf(error: JpkiError): ExitCode {
  if (error.code === 'PIN_INCORRECT' && error.triesLeft === 0) return EXIT.pinRefused;
  return BY_CODE[error.code] ?? EXIT.failed;
}
