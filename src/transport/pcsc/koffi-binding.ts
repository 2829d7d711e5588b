/**
 * PC/SC by a foreign function interface: the functions of winscard.h themselves, called through the package koffi, which
 * comes compiled for Windows, macOS and Linux.
 *
 * - No thread of its own waits: a watch asks again and again with a time limit, so that nothing has to be cancelled. A
 *   cancellation that comes a moment too early is lost (SCardCancel reaches only a wait that has begun), and who then
 *   waits for the other thread waits for ever.
 * - Each watch and each card has a PC/SC context of its own. libpcsclite locks one during a call, so that the calls of a
 *   card are worked off one after the other.
 * - koffi runs asynchronous calls on the four threads of libuv, which the end of the process waits for.
 */
import type * as koffi from 'koffi';
import { secretBytes } from '../../bytes.js';
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
  type ShareMode,
  type WatchListener,
} from './binding.js';

const trace = createTrace('jpki:pcsc');

type Koffi = typeof koffi;
/** What koffi takes for a type: its name, or an object of koffi's own. */
type Type = Parameters<Koffi['sizeof']>[0];

/** winscard.h */
const SCARD_SCOPE_SYSTEM = 2;
const SCARD_E_INSUFFICIENT_BUFFER = 0x80100008;
const SCARD_E_UNKNOWN_READER = 0x80100009;
const SCARD_E_TIMEOUT = 0x8010000a;
const SCARD_E_NO_READERS_AVAILABLE = 0x8010002e;
const STATE_UNAWARE = 0;
const STATE_CHANGED = 0x2;
/** SCARD_STATE_UNKNOWN and SCARD_STATE_UNAVAILABLE: the reader is gone. */
const STATE_GONE = 0x4 | 0x8;

/**
 * How long one wait for a change lasts, in milliseconds. It bounds how late a new reader is seen, and how long a watch
 * takes to end.
 */
const WAIT_MS = 200;
/** Room for the names of all readers, in characters; grown when the service says so. */
const NAMES_LENGTH = 4_096;

interface StateRecord {
  szReader: Uint8Array;
  pvUserData: null;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: Uint8Array | readonly number[];
}

/**
 * The library of the system and its types. pcsclite.h and wintypes.h: a DWORD is an `unsigned long` on Linux and 32 bits
 * on macOS, where the structures are packed; winscard.h of Windows: 32 bits, handles as wide as a pointer, and the
 * functions with text in two versions. The table of pcsc-rust (pcsc-sys) gives the same.
 */
const SYSTEMS = {
  win32: { library: 'winscard.dll', long: 'int32', dword: 'uint32', handle: 'uintptr_t', atr: 36, wide: 'W' },
  darwin: {
    library: '/System/Library/Frameworks/PCSC.framework/PCSC',
    long: 'int32',
    dword: 'uint32',
    handle: 'int32',
    atr: 33,
    wide: '',
  },
  linux: { library: 'libpcsclite.so.1', long: 'long', dword: 'ulong', handle: 'long', atr: 33, wide: '' },
} as const;

/** One function of winscard.h as a promise of its return code. Numbers a function gives stand in arrays of one. */
type Call<Arguments extends readonly unknown[]> = (...given: Arguments) => Promise<number>;
type Handle = number | bigint;

interface Functions {
  establishContext: Call<[scope: number, null, null, context: [Handle]]>;
  releaseContext: Call<[context: Handle]>;
  listReaders: Call<[context: Handle, groups: null, names: Uint8Array, length: [number]]>;
  getStatusChange: Call<[context: Handle, timeoutMs: number, states: StateRecord[], count: number]>;
  connect: Call<
    [
      context: Handle,
      reader: Uint8Array,
      share: number,
      protocols: number,
      card: [Handle],
      protocol: [number],
    ]
  >;
  disconnect: Call<[card: Handle, disposition: number]>;
  transmit: Call<
    [
      card: Handle,
      send: { dwProtocol: number; cbPciLength: number },
      command: Uint8Array,
      commandLength: number,
      receive: null,
      response: Uint8Array,
      length: [number],
    ]
  >;
  readonly wide: boolean;
  /** Names of readers that came as bytes which are not UTF-8. */
  readonly notUtf8: Set<string>;
  readonly ioRequestLength: number;
}

/** Throws what koffi throws when the system has no PC/SC library. */
export function koffiBinding(koffi: Koffi, platform: NodeJS.Platform = process.platform): PcscBinding {
  const functions = load(koffi, SYSTEMS[platform === 'win32' || platform === 'darwin' ? platform : 'linux']);
  return {
    name: 'koffi',
    serviceStopsWithoutReaders: platform === 'win32',
    watchEndsAtOnce: true,
    watch: async (listener) => new KoffiWatch(functions, await openContext(functions), listener),
    connect: (reader, share) => connect(functions, reader, share),
  };
}

function load(koffi: Koffi, system: (typeof SYSTEMS)[keyof typeof SYSTEMS]): Functions {
  const { long, dword, handle, atr, wide } = system;
  const library = koffi.load(system.library);
  const members = {
    szReader: 'void *',
    pvUserData: 'void *',
    dwCurrentState: dword,
    dwEventState: dword,
    cbAtr: dword,
    rgbAtr: koffi.array('uint8', atr, 'Typed'),
  };
  const packed = system === SYSTEMS.darwin;
  const readerState = packed ? koffi.pack(members) : koffi.struct(members);
  const ioRequest = koffi.struct({ dwProtocol: dword, cbPciLength: dword });
  const given = (type: Type) => koffi.out(koffi.pointer(type));
  const changed = (type: Type) => koffi.inout(koffi.pointer(type));

  function declare<A extends readonly unknown[]>(name: string, types: Type[]): Call<A> {
    const declared = library.func('__stdcall', name, long, types);
    return (...values: A) =>
      new Promise((resolve, reject) => {
        // What koffi calls at the end keeps `values`, whose memory the other thread uses, from the garbage collector.
        declared.async(...values, (error: Error | null, code: number) => {
          // Not inside the callback of the native side: an exception there would end the process.
          if (error) reject(error);
          else resolve(code >>> 0);
        });
      });
  }

  return {
    establishContext: declare('SCardEstablishContext', [dword, 'void *', 'void *', given(handle)]),
    releaseContext: declare('SCardReleaseContext', [handle]),
    listReaders: declare(`SCardListReaders${wide}`, [handle, 'void *', 'void *', changed(dword)]),
    getStatusChange: declare(`SCardGetStatusChange${wide}`, [handle, dword, changed(readerState), dword]),
    connect: declare(`SCardConnect${wide}`, [handle, 'void *', dword, dword, given(handle), given(dword)]),
    disconnect: declare('SCardDisconnect', [handle, dword]),
    transmit: declare('SCardTransmit', [
      handle,
      koffi.pointer(ioRequest),
      'void *',
      dword,
      'void *',
      'void *',
      changed(dword),
    ]),
    wide: wide !== '',
    notUtf8: new Set(),
    ioRequestLength: koffi.sizeof(ioRequest),
  };
}

/** The error of a return code, worded so that `pcscError` reads it. */
function failure(name: string, code: number): JpkiError {
  const number = code.toString(16).padStart(8, '0');
  trace('%s: 0x%s', name, number);
  return pcscError(new Error(`${name}: (0x${number})`));
}

async function openContext(functions: Functions): Promise<Handle> {
  const context: [Handle] = [0];
  const code = await functions.establishContext(SCARD_SCOPE_SYSTEM, null, null, context);
  if (code !== 0) throw failure('SCardEstablishContext', code);
  return context[0];
}

async function connect(functions: Functions, reader: string, share: ShareMode): Promise<NativeCard> {
  const context = await openContext(functions);
  const [card, protocol]: [[Handle], [number]] = [[0], [0]];
  const name = writtenName(functions, reader);
  const code = await functions.connect(context, name, SHARE[share], PROTOCOL_T0_OR_T1, card, protocol);
  if (code !== 0) {
    await functions.releaseContext(context);
    throw failure('SCardConnect', code);
  }
  return new KoffiCard(functions, context, card[0], protocol[0]);
}

/**
 * To libpcsclite a name is bytes, whatever their encoding, and the service knows a reader by exactly those: what is not
 * UTF-8 is read, and written again, with one character for each byte.
 */
function readNames({ wide, notUtf8 }: Functions, list: Buffer): string[] {
  const names = list
    .toString(wide ? 'utf16le' : 'latin1')
    .split('\0')
    .filter(Boolean);
  if (wide) return names;
  return names.map((name) => {
    const bytes = Buffer.from(name, 'latin1');
    const text = bytes.toString('utf8');
    if (bytes.equals(Buffer.from(text, 'utf8'))) return text;
    notUtf8.add(name);
    return name;
  });
}

function writtenName({ wide, notUtf8 }: Functions, name: string): Uint8Array {
  return Buffer.from(`${name}\0`, wide ? 'utf16le' : notUtf8.has(name) ? 'latin1' : 'utf8');
}

class KoffiCard implements NativeCard {
  readonly protocol: number;
  readonly #functions: Functions;
  readonly #context: Handle;
  readonly #card: Handle;

  constructor(functions: Functions, context: Handle, card: Handle, protocol: number) {
    this.#functions = functions;
    this.#context = context;
    this.#card = card;
    this.protocol = protocol;
  }

  async transmit(command: Uint8Array, room: number): Promise<Uint8Array> {
    // Another thread reads it, perhaps after the caller gave up and wiped his own.
    const sent = secretBytes(command.length);
    sent.set(command);
    const response = new Uint8Array(new ArrayBuffer(room));
    const length: [number] = [room];
    const request = { dwProtocol: this.protocol, cbPciLength: this.#functions.ioRequestLength };
    const code = await this.#functions
      .transmit(this.#card, request, sent, sent.length, null, response, length)
      .finally(() => sent.fill(0));
    if (code !== 0) throw failure('SCardTransmit', code);
    return response.slice(0, length[0]);
  }

  async disconnect(disposition: number): Promise<void> {
    const code = await this.#functions.disconnect(this.#card, disposition);
    await this.#functions.releaseContext(this.#context);
    if (code !== 0) throw failure('SCardDisconnect', code);
  }
}

/** Looks at the readers, then waits for a change for a while, and so on. */
class KoffiWatch implements ReaderWatch {
  readonly readers = new Map<string, SeenReader>();
  readonly #functions: Functions;
  readonly #listener: WatchListener;
  readonly #ended: Promise<void>;
  #listed = false;
  #closed = false;
  /** Ends a pause between two looks. */
  #wake: () => void = () => {};

  constructor(functions: Functions, context: Handle, listener: WatchListener) {
    this.#functions = functions;
    this.#listener = listener;
    this.#ended = this.#run(context);
  }

  get settled(): boolean {
    return this.#listed && [...this.readers.values()].every(({ state }) => state !== undefined);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    return this.#ended;
  }

  async #run(context: Handle): Promise<void> {
    try {
      for (let first = true; !this.#closed; first = false) {
        const listedBefore = [...this.readers.keys()].join('\0');
        await this.#list(context);
        const listChanged = first || listedBefore !== [...this.readers.keys()].join('\0');
        if (this.#closed) break;
        if (this.readers.size === 0) {
          if (listChanged) this.#listener.changed({ type: 'listed' });
          await this.#pause();
          continue;
        }
        const unknown = [...this.readers.values()].some(({ state }) => state === undefined);
        await this.#waitForChange(context, unknown ? 0 : WAIT_MS);
        if (listChanged && !this.#closed) this.#listener.changed({ type: 'listed' });
      }
    } catch (error) {
      if (!this.#closed) this.#listener.failed(error instanceof JpkiError ? error : pcscError(error));
    } finally {
      await this.#functions.releaseContext(context);
    }
  }

  async #list(context: Handle): Promise<void> {
    const listed = await this.#names(context);
    if (this.#closed) return;
    for (const name of [...this.readers.keys()]) if (!listed.includes(name)) this.#remove(name);
    for (const name of listed) {
      if (this.readers.has(name)) continue;
      const reader: SeenReader = { state: undefined, atr: undefined };
      this.readers.set(name, reader);
      this.#listener.changed({ type: 'added', name, reader });
    }
    this.#listed = true;
  }

  async #names(context: Handle): Promise<string[]> {
    const bytesEach = this.#functions.wide ? 2 : 1;
    for (let room = NAMES_LENGTH; ; room *= 2) {
      const names = new Uint8Array(new ArrayBuffer(room * bytesEach));
      const length: [number] = [room];
      const code = await this.#functions.listReaders(context, null, names, length);
      if (code === SCARD_E_NO_READERS_AVAILABLE) return [];
      if (code === SCARD_E_INSUFFICIENT_BUFFER && room < 2 ** 20) continue;
      if (code !== 0) throw failure('SCardListReaders', code);
      return readNames(this.#functions, Buffer.from(names.buffer, 0, length[0] * bytesEach));
    }
  }

  async #waitForChange(context: Handle, timeoutMs: number): Promise<void> {
    const seen = [...this.readers];
    const records = seen.map(
      ([name, { state }]): StateRecord => ({
        szReader: writtenName(this.#functions, name),
        pvUserData: null,
        dwCurrentState: state ?? STATE_UNAWARE,
        dwEventState: 0,
        cbAtr: 0,
        rgbAtr: new Uint8Array(36),
      }),
    );
    const code = await this.#functions.getStatusChange(context, timeoutMs, records, records.length);
    if (this.#closed || code === SCARD_E_TIMEOUT) return;
    // A reader was pulled between the list and this: the next list lacks it.
    if (code === SCARD_E_UNKNOWN_READER) return this.#pause();
    if (code !== 0) throw failure('SCardGetStatusChange', code);
    let gone = false;
    for (const [i, [name, reader]] of seen.entries()) {
      const record = records[i] as StateRecord;
      if ((record.dwEventState & STATE_CHANGED) === 0) continue;
      if ((record.dwEventState & STATE_GONE) !== 0) {
        this.#remove(name);
        gone = true;
        continue;
      }
      const before = reader.state;
      reader.state = record.dwEventState & ~STATE_CHANGED;
      reader.atr = record.cbAtr === 0 ? undefined : Uint8Array.from(record.rgbAtr.slice(0, record.cbAtr));
      trace('%s: state %s', name, reader.state.toString(16));
      this.#listener.changed({ type: 'status', name, reader, before });
    }
    // The service may list such a reader for a while, or for as long as its driver does not answer.
    if (gone) await this.#pause();
  }

  #remove(name: string): void {
    const reader = this.readers.get(name);
    if (!reader) return;
    trace('%s: gone', name);
    this.readers.delete(name);
    this.#listener.changed({ type: 'removed', name, reader });
  }

  #pause(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
