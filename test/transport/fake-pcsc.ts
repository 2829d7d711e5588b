import { EventEmitter } from 'node:events';
import type { NativeMonitor } from 'pcsclite';
import type { PcscBinding } from '../../src/transport/pcsc/binding.js';
import { pcscliteBinding } from '../../src/transport/pcsc/pcsclite-binding.js';

/** winscard.h: bits of SCARD_READERSTATE.dwEventState. */
export const EMPTY = 0x10;
export const PRESENT = 0x20;
export const EXCLUSIVE = 0x80;
export const IN_USE = 0x100;
export const MUTE = 0x200;

/** An error as pcsclite words it: the PC/SC text, then the return code. */
export function nativeError(number: string): Error {
  return new Error(`SCardSomething error: some text.(0x${number})`);
}

type Done = (error: Error | null | undefined, result?: never) => void;

/**
 * The package pcsclite with a PC/SC service behind it, both made up. It behaves like version 1.0.1 where that bites:
 * a service that is not running throws from `open`, no reader means no event, and what would hang the real one or
 * leave a handle open is noted in `violations`.
 */
export class FakePcsc implements PcscBinding {
  readonly name = 'pcsclite';
  serviceStopsWithoutReaders = false;
  watchEndsAtOnce = false;
  readonly monitors: FakeMonitor[] = [];
  readonly violations: string[] = [];
  readonly plugged = new Map<string, { state: number; atr: Uint8Array }>();
  /** What the next connects meet, in order; a number of PC/SC or, for `undefined`, success. */
  readonly connectResults: (string | undefined)[] = [];
  readonly connects: { name: string; shareMode: number }[] = [];
  /** The objects of pcsclite that were connected. */
  readonly connectedReaders: object[] = [];
  readonly disconnects: number[] = [];
  readonly transmits: {
    command: Uint8Array;
    room: number;
    done: (error: unknown, response?: Uint8Array) => void;
  }[] = [];
  disconnectResult: string | undefined;
  /** Called in the middle of a connect. */
  onConnect = () => {};
  running = true;
  /** Whether the watching threads are slow to tell anything; `speak` makes up for it. */
  silent = false;

  readonly #binding = pcscliteBinding(() => this.open());
  readonly watch = this.#binding.watch;
  readonly connect = this.#binding.connect;

  readonly open = (): NativeMonitor => {
    if (!this.running) throw nativeError('8010001d');
    const monitor = new FakeMonitor(this);
    this.monitors.push(monitor);
    process.nextTick(() => monitor.start(monitor.onList));
    return monitor as unknown as NativeMonitor;
  };

  /** Monitors that nobody has closed. */
  get openMonitors(): number {
    return this.monitors.filter(({ closed }) => !closed).length;
  }

  /** Readers whose watching thread nobody has ended. */
  get watchedReaders(): number {
    return this.monitors.flatMap(({ all }) => all).filter(({ watched }) => watched).length;
  }

  plug(name: string, state = EMPTY, atr: readonly number[] = []): void {
    this.plugged.set(name, { state, atr: Uint8Array.from(atr) });
    for (const monitor of this.monitors) monitor.list();
  }

  unplug(name: string): void {
    this.plugged.delete(name);
    for (const monitor of this.monitors) monitor.list();
  }

  /** A reader tells that its state changed. */
  turn(name: string, state: number, atr: readonly number[] = []): void {
    this.plugged.set(name, { state, atr: Uint8Array.from(atr) });
    for (const monitor of this.monitors) monitor.readers.get(name)?.report();
  }

  speak(): void {
    this.silent = false;
    for (const monitor of this.monitors) for (const reader of monitor.readers.values()) reader.report();
  }

  /** pcscd goes away: everything that was watching fails. */
  stop(number = '80100013'): void {
    this.running = false;
    for (const monitor of this.monitors) monitor.fail(number);
  }
}

class FakeMonitor extends EventEmitter {
  closed = false;
  readonly readers = new Map<string, FakeReader>();
  readonly all: FakeReader[] = [];
  readonly #pcsc: FakePcsc;
  #callback: ((error: Error | null | undefined, names?: Uint8Array) => void) | undefined;
  #failed = false;
  #listedAt: number | undefined;

  constructor(pcsc: FakePcsc) {
    super();
    this.#pcsc = pcsc;
  }

  /** lib/pcsclite.js: new names become readers, missing ones are closed. */
  readonly onList = (error: Error | null | undefined, names?: Uint8Array) => {
    if (error) return this.emit('error', error);
    const listed = new TextDecoder().decode(names).split('\0').filter(Boolean);
    for (const name of listed) {
      if (this.readers.has(name)) continue;
      const reader = new FakeReader(this.#pcsc, name, () => this.readers.delete(name));
      this.readers.set(name, reader);
      this.all.push(reader);
      reader.report();
      this.emit('reader', reader);
    }
    for (const [name, reader] of this.readers) if (!listed.includes(name)) reader.close();
    return undefined;
  };

  start(callback: (error: Error | null | undefined, names?: Uint8Array) => void): void {
    this.#callback = callback;
    this.list();
  }

  list(): void {
    const callback = this.#callback;
    if (!callback || this.closed || this.#failed) return;
    const names = [...this.#pcsc.plugged.keys()].map((name) => `${name}\0`).join('');
    setImmediate(() => {
      this.#listedAt = performance.now();
      callback(undefined, new TextEncoder().encode(`${names}\0`));
    });
  }

  fail(number: string): void {
    if (this.closed || this.#failed) return;
    this.#failed = true;
    setImmediate(() => {
      this.#listedAt = performance.now();
      this.#callback?.(nativeError(number));
    });
    for (const reader of this.readers.values()) reader.fail(number);
  }

  close(): void {
    const because = (why: string) => this.#pcsc.violations.push(`monitor closed ${why}`);
    if (this.closed) because('twice');
    if (this.#listedAt === undefined) because('before its first list, a leak');
    else if (performance.now() - this.#listedAt < 5) because('before its thread waits again, a leak');
    this.closed = true;
  }
}

class FakeReader extends EventEmitter {
  readonly name: string;
  watched = true;
  readonly #pcsc: FakePcsc;
  readonly #forget: () => void;
  #inListener = false;
  #reportedAt: number | undefined;

  constructor(pcsc: FakePcsc, name: string, forget: () => void) {
    super();
    this.#pcsc = pcsc;
    this.name = name;
    this.#forget = forget;
  }

  report(): void {
    setImmediate(() => {
      if (!this.watched || this.#pcsc.silent) return;
      const seen = this.#pcsc.plugged.get(this.name) ?? { state: 0x0c, atr: new Uint8Array() };
      this.#tell('status', { state: seen.state, atr: seen.atr });
    });
  }

  fail(number: string): void {
    setImmediate(() => {
      if (!this.watched) return;
      this.#tell('error', nativeError(number));
      this.#end();
    });
  }

  /** The thread of a reader that was unplugged ends by itself. */
  vanish(): void {
    setImmediate(() => this.#end());
  }

  close(): void {
    const because = (why: string) => this.#pcsc.violations.push(`${this.name}: closed ${why}`);
    if (this.#inListener) because('inside its own event, a deadlock');
    if (this.#reportedAt === undefined) because('before its first event, a leak');
    else if (performance.now() - this.#reportedAt < 5) because('before its thread waits again, a leak');
    if (this.watched) setImmediate(() => this.#end());
    this.watched = false;
  }

  connect(options: { share_mode: number }, done: Done): void {
    if (this.watched) this.#pcsc.violations.push(`${this.name}: connected while watched`);
    this.#pcsc.connects.push({ name: this.name, shareMode: options.share_mode });
    this.#pcsc.connectedReaders.push(this);
    this.#pcsc.onConnect();
    const number = this.#pcsc.connectResults.shift();
    setImmediate(() => (number ? done(nativeError(number)) : done(null, 2 as never)));
  }

  disconnect(disposition: number, done: Done): void {
    this.#pcsc.disconnects.push(disposition);
    const number = this.#pcsc.disconnectResult;
    setImmediate(() => done(number ? nativeError(number) : null));
  }

  transmit(
    command: Uint8Array,
    room: number,
    _protocol: number,
    done: (error: unknown, response?: Uint8Array) => void,
  ) {
    this.#pcsc.transmits.push({ command, room, done });
  }

  #end(): void {
    this.watched = false;
    this.#forget();
    this.#tell('end');
  }

  #tell(event: string, ...values: unknown[]): void {
    this.#reportedAt = performance.now();
    this.#inListener = true;
    this.emit(event, ...values);
    this.#inListener = false;
  }
}
