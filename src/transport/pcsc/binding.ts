/** What the transport needs of a package that reaches the PC/SC service; a test puts a fake in its place. */
import type { JpkiError } from '../../errors.js';

/** A package that reaches the PC/SC service. */
export type BindingName = 'koffi' | 'pcsclite';
/** In the order in which they are tried. */
export const BINDING_NAMES = ['koffi', 'pcsclite'] as const satisfies readonly BindingName[];

export interface PcscBinding {
  readonly name: BindingName;
  /** Windows stops the service with the last reader and starts it with the next: not running means no reader. */
  readonly serviceStopsWithoutReaders: boolean;
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
