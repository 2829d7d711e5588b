/**
 * PC/SC by the package pcsclite: its events, made safe.
 *
 * What pcsclite 1.0.1 needs to be handled with (src/cardreader.cpp, src/pcsclite.cpp):
 * - Status listeners run while the reader's mutex is held, and `close()` takes it again: everything here happens in
 *   a `setImmediate` after the event, never inside it.
 * - Closing a reader before its first event, or between an event and its thread's next wait, leaves a handle open
 *   that keeps the process alive for good, or cancels a wait that has not begun and then waits for it on the main
 *   thread, for good: `close` waits for a quiet moment.
 * - A transmit holds the same mutex, so that an event would block the main thread meanwhile: a reader is closed
 *   before it is connected, which pcsclite allows.
 * - Without a listener for `error` an event ends the process; no reader at all is no event.
 * - Closing waits for the native thread on the main thread: a millisecond, but up to a second on a system without
 *   PC/SC's plug-and-play notification, where that thread sleeps between two looks.
 * - Calls of one reader are worked off one after the other. The addon copies what it sends and frees the copy unwiped.
 */
import type { NativeMonitor, NativeReader } from 'pcsclite';
import { JpkiError } from '../../errors.js';
import { createTrace } from '../../trace.js';
import {
  type NativeCard,
  type PcscBinding,
  PROTOCOL_T0_OR_T1,
  pcscError,
  type ReaderWatch,
  type SeenReader,
  SHARE,
  type WatchListener,
} from './binding.js';

const trace = createTrace('jpki:pcsc');

/** How long a native thread gets to reach its next wait after an event. */
const QUIET_MS = 50;
const LONGEST_QUIET_ROUNDS = 50;
/** As many programs as look for a card in one reader at the same time. */
const MAX_IDLE = 4;
/** A reader that ended although it is still listed came back before anyone noticed: look again from the start. */
const LOST_READER_MS = 500;

/**
 * Readers with an open card. Garbage collection of one would end its connection and reset the card, at no moment
 * anybody chose.
 */
const open = new Set<NativeReader>();

/** @param openMonitor what the package exports: begins to watch, and throws when the service does not answer */
export function pcscliteBinding(
  openMonitor: () => NativeMonitor,
  platform: NodeJS.Platform = process.platform,
): PcscBinding {
  const idle = new IdleReaders();
  return {
    name: 'pcsclite',
    serviceStopsWithoutReaders: platform === 'win32',
    watchEndsAtOnce: false,
    watch: async (listener) => new PcscliteWatch(openMonitor, idle, listener),
    async connect(name, share) {
      const reader = idle.take(name);
      if (!reader) throw new JpkiError('NO_READER');
      open.add(reader);
      try {
        const options = { share_mode: SHARE[share], protocol: PROTOCOL_T0_OR_T1 };
        return new PcscliteCard(reader, await native<number>((done) => reader.connect(options, done)));
      } catch (error) {
        open.delete(reader);
        throw error;
      }
    },
  };
}

/**
 * Readers that nobody watches any more. Only a monitor makes these objects, and they stay usable when it is closed; before,
 * `close()` would block the main thread for as long as SCardConnect takes, which holds the reader's mutex.
 */
class IdleReaders {
  readonly #byName = new Map<string, NativeReader[]>();

  add(reader: NativeReader): void {
    const idle = this.#byName.get(reader.name) ?? [];
    this.#byName.set(reader.name, [...idle.slice(1 - MAX_IDLE), reader]);
  }

  /** For one connection only: a second one on the same object would get the card of the first. */
  take(name: string): NativeReader | undefined {
    return this.#byName.get(name)?.pop();
  }
}

class PcscliteCard implements NativeCard {
  readonly protocol: number;
  readonly #reader: NativeReader;

  constructor(reader: NativeReader, protocol: number) {
    this.#reader = reader;
    this.protocol = protocol;
  }

  transmit(command: Uint8Array, room: number): Promise<Uint8Array> {
    // The same memory, so that wiping the command leaves no PIN behind.
    const buffer = Buffer.from(command.buffer, command.byteOffset, command.byteLength);
    return native<Uint8Array>((done) => this.#reader.transmit(buffer, room, this.protocol, done));
  }

  disconnect(disposition: number): Promise<void> {
    const ended = native((done) => this.#reader.disconnect(disposition, done));
    return ended.finally(() => open.delete(this.#reader));
  }
}

/** One call of the addon as a promise that never settles inside the addon's callback. */
function native<T = void>(
  call: (done: (error: Error | null | undefined, result?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      setImmediate(() => {
        if (error) {
          trace('%s', error.message);
          reject(pcscError(error));
        } else resolve(result as T);
      });
    });
  });
}

class PcscliteWatch implements ReaderWatch {
  /** In the order of the PC/SC service. */
  readonly readers = new Map<string, SeenReader>();
  readonly #native: NativeMonitor;
  readonly #listener: WatchListener;
  readonly #idle: IdleReaders;
  readonly #lists = new Activity();
  readonly #closings = new Set<Promise<void>>();
  readonly #closers = new Map<NativeReader, () => void>();
  #listedNames: readonly string[] | undefined;
  #lostReaderTimer: ReturnType<typeof setTimeout> | undefined;
  #closed: Promise<void> | undefined;

  /** @throws JpkiError of the code the PC/SC service answered with, `SERVICE_UNAVAILABLE` when it does not run */
  constructor(openMonitor: () => NativeMonitor, idle: IdleReaders, listener: WatchListener) {
    this.#idle = idle;
    this.#listener = listener;
    try {
      this.#native = openMonitor();
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
    const reader: SeenReader = { state: undefined, atr: undefined };
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
      this.#afterEvent(() => this.#ended(native, reader));
    });
    this.#afterEvent(() => {
      this.readers.set(name, reader);
      this.#listener.changed({ type: 'added', name, reader });
    });
  }

  #ended(native: NativeReader, reader: SeenReader): void {
    const { name } = native;
    trace('%s: gone', name);
    if (this.readers.get(name) === reader) this.readers.delete(name);
    this.#closers.get(native)?.();
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
        this.#idle.add(native);
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
