/** PC/SC return codes and what each means to a person. */
import { type BilingualText, JpkiError, type JpkiErrorCode } from '../../errors.js';

interface Meaning {
  readonly code: JpkiErrorCode;
  /** Where PC/SC says more than the code's own summary. */
  readonly message?: BilingualText;
}

const INTERRUPTED: BilingualText = {
  en: 'The exchange broke off: the card was probably moved or taken away.',
  ja: '通信が途切れました。カードが動いたか、離された可能性があります。',
};
const SERVICE_STOPPED: BilingualText = {
  en: 'The PC/SC service stopped.',
  ja: 'PC/SC サービスが停止しました。',
};
const READER_GONE: BilingualText = {
  en: 'The card reader was unplugged.',
  ja: 'カードリーダーが取り外されました。',
};

/** winscard.h, pcsclite.h: the numbers are the same on every system. */
export const PCSC_RETURN_CODES = {
  /** SCARD_E_INVALID_HANDLE: what was open before the service restarted. */
  '80100003': { code: 'SERVICE_UNAVAILABLE', message: SERVICE_STOPPED },
  /** SCARD_E_UNKNOWN_READER */
  '80100009': { code: 'NO_READER', message: READER_GONE },
  /** SCARD_E_TIMEOUT */
  '8010000A': { code: 'TIMEOUT' },
  /** SCARD_E_SHARING_VIOLATION */
  '8010000B': { code: 'SHARING_VIOLATION' },
  /** SCARD_E_NO_SMARTCARD */
  '8010000C': { code: 'NO_CARD' },
  /** SCARD_F_COMM_ERROR: on Linux, pcscd went away in the middle. */
  '80100013': { code: 'SERVICE_UNAVAILABLE', message: SERVICE_STOPPED },
  /** SCARD_E_NOT_TRANSACTED: on Linux, a card pulled during an exchange. */
  '80100016': { code: 'TRANSPORT', message: INTERRUPTED },
  /** SCARD_E_READER_UNAVAILABLE */
  '80100017': { code: 'NO_READER', message: READER_GONE },
  /** SCARD_E_NO_SERVICE */
  '8010001D': { code: 'SERVICE_UNAVAILABLE' },
  /** SCARD_E_SERVICE_STOPPED */
  '8010001E': { code: 'SERVICE_UNAVAILABLE', message: SERVICE_STOPPED },
  /** SCARD_E_NO_READERS_AVAILABLE */
  '8010002E': { code: 'NO_READER' },
  /** SCARD_E_COMM_DATA_LOST: on Windows, a card pulled during an exchange. */
  '8010002F': { code: 'TRANSPORT', message: INTERRUPTED },
  /** SCARD_W_UNSUPPORTED_CARD: an ATR the reader makes nothing of. */
  '80100065': { code: 'CARD_MUTE' },
  /** SCARD_W_UNRESPONSIVE_CARD */
  '80100066': { code: 'CARD_MUTE' },
  /** SCARD_W_UNPOWERED_CARD */
  '80100067': { code: 'CARD_MUTE' },
  /** SCARD_W_RESET_CARD */
  '80100068': { code: 'CARD_RESET' },
  /** SCARD_W_REMOVED_CARD */
  '80100069': { code: 'CARD_REMOVED' },
} as const satisfies Record<string, Meaning>;

/** The JpkiError for an error of pcsclite, whose text ends in the return code: `... (0x80100069)`. */
export function pcscError(cause: unknown): JpkiError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const number = /\(0x([0-9a-f]{1,16})\)\s*$/i.exec(text)?.[1]?.toUpperCase();
  const codes: Readonly<Record<string, Meaning>> = PCSC_RETURN_CODES;
  const meaning = number === undefined ? undefined : codes[number];
  if (meaning) return new JpkiError(meaning.code, meaning.message, { cause });
  const detail = number === undefined ? text : `0x${number}`;
  return new JpkiError(
    'TRANSPORT',
    {
      en: `The exchange with the card failed (PC/SC: ${detail}).`,
      ja: `カードとの通信に失敗しました（PC/SC: ${detail}）。`,
    },
    { cause },
  );
}
