/**
 * What the transport needs of a package that reaches the PC/SC service (a test puts a fake in its place), and what the
 * numbers of winscard.h say.
 */
import { JpkiError, type JpkiErrorCode, type JpkiErrorFields } from '../../errors.js';
import { say } from '../../text/index.js';

/**
 * A package that reaches the PC/SC service.
 *
 * @category Readers and connections
 */
export type BindingName = 'koffi' | 'pcsclite';
/** In the order in which they are tried. */
export const BINDING_NAMES = ['koffi', 'pcsclite'] as const satisfies readonly BindingName[];

export interface PcscBinding {
  readonly name: BindingName;
  /** Windows stops the service with the last reader and starts it with the next: not running means no reader. */
  readonly serviceStopsWithoutReaders: boolean;
  /** Whether a watch ends as soon as it is closed. One that takes its time is not begun where a pause does as well. */
  readonly watchEndsAtOnce: boolean;
  /**
   * Begins to watch the readers. The listener is called later, never before this returns.
   *
   * @throws JpkiError of the code the PC/SC service answered with, `SERVICE_UNAVAILABLE` when it does not run
   */
  watch(listener: WatchListener): Promise<ReaderWatch>;
  /**
   * Opens the card in a reader that a watch has shown. A reader must not be watched meanwhile.
   *
   * @throws JpkiError of the code the PC/SC service answered with
   */
  connect(reader: string, share: ShareMode): Promise<NativeCard>;
}

export type ShareMode = 'exclusive' | 'shared';

/** One look at the readers that goes on until it is closed or fails. */
export interface ReaderWatch {
  /** In the order of the PC/SC service. */
  readonly readers: ReadonlyMap<string, SeenReader>;
  /** Whether every listed reader has reported its state. */
  readonly settled: boolean;
  /** Ends the watch; nothing of it keeps the process alive afterwards. */
  close(): Promise<void>;
}

export interface SeenReader {
  /** SCARD_STATE_* bits and, in the upper 16 bits, how many cards came and went; unknown until the first report. */
  state: number | undefined;
  /** Answer to reset of the card present, if the reader got one. */
  atr: Uint8Array | undefined;
}

export interface WatchListener {
  /** The list of readers arrived, or a reader came, changed or went. */
  changed(change: ReaderChange): void;
  /** Nothing more will come; the watch must still be closed. */
  failed(error: JpkiError): void;
}

export type ReaderChange =
  | { readonly type: 'listed' }
  | { readonly type: 'added' | 'removed'; readonly name: string; readonly reader: SeenReader }
  | {
      readonly type: 'status';
      readonly name: string;
      readonly reader: SeenReader;
      readonly before: number | undefined;
    };

/** winscard.h: SCARD_SHARE_*, SCARD_PROTOCOL_T0 and _T1, and what SCardDisconnect does to the card. */
export const SHARE: Readonly<Record<ShareMode, number>> = { exclusive: 1, shared: 2 };
export const PROTOCOL_T0_OR_T1 = 1 | 2;

/** A connection to a card. Its calls are worked off one after the other, a disconnect behind an exchange under way. */
export interface NativeCard {
  /** SCARD_PROTOCOL_T0 or SCARD_PROTOCOL_T1. */
  readonly protocol: number;
  /** `room` is the longest response that is expected, in bytes. The command is not kept once this settles. */
  transmit(command: Uint8Array, room: number): Promise<Uint8Array>;
  /** Has begun when this returns: the end of the process no longer stops it. `disposition` is SCARD_LEAVE_CARD and so on. */
  disconnect(disposition: number): Promise<void>;
}

/** SCARD_READERSTATE.dwEventState of winscard.h. */
const STATE = { present: 0x20, exclusive: 0x80, inUse: 0x100, mute: 0x200 } as const;

/**
 * What is in a reader: nothing, a card, a card somebody uses, or a card that does not answer.
 *
 * @category Readers and connections
 */
export type ReaderState = 'empty' | 'present' | 'in-use' | 'mute';

export function cardOf(state: number | undefined): ReaderState {
  if (state === undefined || (state & STATE.present) === 0) return 'empty';
  if ((state & STATE.mute) !== 0) return 'mute';
  return (state & (STATE.exclusive | STATE.inUse)) === 0 ? 'present' : 'in-use';
}

/** Whether somebody keeps the card to himself. */
export function heldExclusively(state: number | undefined): boolean {
  return state !== undefined && (state & STATE.exclusive) !== 0;
}

/**
 * Whether a card was taken and one put in between two states that both show a card. The upper 16 bits count both;
 * a system that does not count leaves them zero.
 */
export function swapped(before: number | undefined, after: number | undefined): boolean {
  const [was, is] = [(before ?? 0) >>> 16, (after ?? 0) >>> 16];
  return was !== 0 && is !== 0 && was !== is;
}

interface Meaning {
  readonly code: Exclude<JpkiErrorCode, keyof JpkiErrorFields>;
  /** Where PC/SC says more than the code's own summary. */
  readonly message?: 'interrupted' | 'serviceStopped' | 'readerGone';
}

/** winscard.h, pcsclite.h: the numbers are the same on every system. */
export const PCSC_RETURN_CODES = {
  /** SCARD_E_INVALID_HANDLE: what was open before the service restarted. */
  '80100003': { code: 'SERVICE_UNAVAILABLE', message: 'serviceStopped' },
  /** SCARD_E_UNKNOWN_READER */
  '80100009': { code: 'NO_READER', message: 'readerGone' },
  /** SCARD_E_TIMEOUT */
  '8010000A': { code: 'TIMEOUT' },
  /** SCARD_E_SHARING_VIOLATION */
  '8010000B': { code: 'SHARING_VIOLATION' },
  /** SCARD_E_NO_SMARTCARD */
  '8010000C': { code: 'NO_CARD' },
  /** SCARD_F_COMM_ERROR: on Linux, pcscd went away in the middle. */
  '80100013': { code: 'SERVICE_UNAVAILABLE', message: 'serviceStopped' },
  /** SCARD_E_NOT_TRANSACTED: on Linux, a card pulled during an exchange. */
  '80100016': { code: 'TRANSPORT', message: 'interrupted' },
  /** SCARD_E_READER_UNAVAILABLE */
  '80100017': { code: 'NO_READER', message: 'readerGone' },
  /** SCARD_E_NO_SERVICE */
  '8010001D': { code: 'SERVICE_UNAVAILABLE' },
  /** SCARD_E_SERVICE_STOPPED */
  '8010001E': { code: 'SERVICE_UNAVAILABLE', message: 'serviceStopped' },
  /** SCARD_E_NO_READERS_AVAILABLE */
  '8010002E': { code: 'NO_READER' },
  /** SCARD_E_COMM_DATA_LOST: on Windows, a card pulled during an exchange. */
  '8010002F': { code: 'TRANSPORT', message: 'interrupted' },
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
  if (meaning) {
    const { code, message } = meaning;
    return new JpkiError(code, message && say((t) => t.reader[message]), { cause });
  }
  const detail = number === undefined ? text : `0x${number}`;
  return new JpkiError(
    'TRANSPORT',
    say((t) => t.reader.failed(detail)),
    { cause },
  );
}
