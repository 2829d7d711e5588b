/**
 * One look at the readers of this machine that goes on until it is closed or fails: pcsclite's events, made safe.
 *
 * What pcsclite 1.0.1 needs to be handled with (src/cardreader.cpp, src/pcsclite.cpp):
 * - Status listeners run while the reader's mutex is held, and `close()` takes it again: everything here happens in
 *   a `setImmediate` after the event, never inside it.
 * - Closing a reader before its first event, or between an event and its thread's next wait, leaves a handle open
 *   that keeps the process alive for good: `close` waits for a quiet moment.
 * - A transmit holds the same mutex, so that an event would block the main thread meanwhile: a reader is closed
 *   before it is connected, which pcsclite allows.
 * - Without a listener for `error` an event ends the process; no reader at all is no event.
 * - Closing waits for the native thread on the main thread: a millisecond, but up to a second on a system without
 *   PC/SC's plug-and-play notification, where that thread sleeps between two looks.
 */
import debug from 'debug';
import type { NativeMonitor, NativeReader } from 'pcsclite';
import type { JpkiError } from '../errors.js';
import type { PcscSystem } from './pcsc-addon.js';
import { pcscError } from './pcsc-errors.js';

const trace = debug('jpki:pcsc');

/** How long a native thread gets to reach its next wait after an event. */
const QUIET_MS = 10;
const LONGEST_QUIET_ROUNDS = 50;
/** A reader that ended although it is still listed came back before anyone noticed: look again from the start. */
const LOST_READER_MS = 500;

export interface SeenReader {
  readonly native: NativeReader;
  /** SCARD_STATE_* bits and event counter; unknown until the first report. */
  state: number | undefined;
  /** Answer to reset of the card present, if the reader got one. */
  atr: Uint8Array | undefined;
}

export interface MonitorListener {
  /** The list of readers arrived, or a reader came, changed or went. */
  changed(change: ReaderChange): void;
  /** Nothing more will come; the monitor must still be closed. */
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

export class ReaderMonitor {
  /** In the order of the PC/SC service. */
  readonly readers = new Map<string, SeenReader>();
  readonly #native: NativeMonitor;
  readonly #listener: MonitorListener;
  readonly #lists = new Activity();
  readonly #closings = new Set<Promise<void>>();
  readonly #closers = new Map<NativeReader, () => void>();
  #listedNames: readonly string[] | undefined;
  #lostReaderTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | undefined;

  /** @throws JpkiError of the code the PC/SC service answered with, `SERVICE_UNAVAILABLE` when it does not run */
  constructor(system: PcscSystem, listener: MonitorListener) {
    this.#listener = listener;
    try {
      this.#native = system.open();
    } catch (error) {
      trace('cannot watch: %o', error);
      throw pcscError(error);
    }
    this.#listenToLists();
    this.#native.on('error', (error) => {
      trace('monitor: %s', error.message);
      this.#afterEvent(() => this.#listener.failed(pcscError(error)));
    });
    this.#native.on('reader', (reader) => this.#watch(reader));
  }

  /** Whether every reader there is has said what is in it. */
  get settled(): boolean {
    return (
      this.#listedNames !== undefined && [...this.readers.values()].every(({ state }) => state !== undefined)
    );
  }

  /** Ends the native threads, after which nothing of this monitor keeps the process alive. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#lostReaderTimer);
    for (const close of this.#closers.values()) close();
    await this.#lists.quiet();
    this.#native.close();
    await Promise.all(this.#closings);
    trace('monitor closed');
  }

  /** pcsclite calls `start` itself on the next tick; standing in its way shows when a list is complete. */
  #listenToLists(): void {
    const native = this.#native;
    const start = native.start.bind(native);
    native.start = (callback) =>
      start((error, names) => {
        this.#lists.note();
        // A reader seen from here on would be watched by a thread that nobody closes.
        if (this.#closed) return;
        callback(error, names);
        if (!error) this.#afterEvent(() => this.#listed(names ?? new Uint8Array()));
      });
  }

  #listed(names: Uint8Array): void {
    this.#listedNames = new TextDecoder().decode(names).split('\0').filter(Boolean);
    trace('readers: %o', this.#listedNames);
    clearTimeout(this.#lostReaderTimer);
    this.#listener.changed({ type: 'listed' });
  }

  #watch(native: NativeReader): void {
    const { name } = native;
    const reader: SeenReader = { native, state: undefined, atr: undefined };
    const activity = this.#deferClosing(native);
    native.on('error', (error) => {
      activity.note();
      trace('%s: %s', name, error.message);
      this.#afterEvent(() => this.#listener.failed(pcscError(error)));
    });
    native.on('status', ({ state, atr }) => {
      activity.note();
      trace('%s: state %s', name, state.toString(16));
      this.#afterEvent(() => {
        const before = reader.state;
        reader.state = state;
        reader.atr = atr === undefined || atr.length === 0 ? undefined : new Uint8Array(atr);
        this.#listener.changed({ type: 'status', name, reader, before });
      });
    });
    native.on('end', () => {
      activity.note();
      this.#afterEvent(() => this.#ended(name, reader));
    });
    this.#afterEvent(() => {
      this.readers.set(name, reader);
      this.#listener.changed({ type: 'added', name, reader });
    });
  }

  #ended(name: string, reader: SeenReader): void {
    trace('%s: gone', name);
    if (this.readers.get(name) === reader) this.readers.delete(name);
    this.#closers.get(reader.native)?.();
    this.#listener.changed({ type: 'removed', name, reader });
    if (!this.#listedNames?.includes(name)) return;
    // Usually the next list is on its way and lacks the reader.
    this.#lostReaderTimer = setTimeout(() => {
      if (!this.#listedNames?.includes(name) || this.readers.has(name)) return;
      this.#listener.failed(pcscError(new Error(`lost sight of the reader ${name}`)));
    }, LOST_READER_MS);
  }

  /** Puts a safe `close` into the place of the native one: pcsclite itself calls it when a reader leaves the list. */
  #deferClosing(native: NativeReader): Activity {
    const activity = new Activity();
    const close = native.close.bind(native);
    let begun = false;
    const closeLater = () => {
      if (begun) return;
      begun = true;
      const closing = activity.quiet().then(() => {
        close();
        this.#closings.delete(closing);
        this.#closers.delete(native);
      });
      this.#closings.add(closing);
    };
    this.#closers.set(native, closeLater);
    native.close = closeLater;
    return activity;
  }

  #afterEvent(action: () => void): void {
    setImmediate(() => {
      if (!this.#closed) action();
    });
  }
}

/** Signs of life of a native thread. */
class Activity {
  #events = 0;
  #first: () => void = () => {};
  readonly #begun = new Promise<void>((resolve) => {
    this.#first = resolve;
  });

  note(): void {
    this.#events += 1;
    this.#first();
  }

  /** Resolves when the thread has reported at least once and has had the time to wait again. */
  async quiet(): Promise<void> {
    await this.#begun;
    for (let round = 0; round < LONGEST_QUIET_ROUNDS; round++) {
      const [seen, start] = [this.#events, performance.now()];
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
      // A timer that is late means a busy machine, on which the native thread may not have had its turn either.
      const late = performance.now() - start - QUIET_MS;
      if (seen === this.#events && late < QUIET_MS / 2) return;
    }
  }
}
