/** An open line to a card through PC/SC. */
import debug from 'debug';
import type { NativeReader } from 'pcsclite';
import { checkBytes } from '../arguments.js';
import { JpkiError, type JpkiErrorCode } from '../errors.js';
import { type CardConnection, checkDisposition, type Disposition } from './connection.js';
import { OpenKeyWatch } from './open-key.js';
import { pcscError } from './pcsc-errors.js';
import { unpowerAtExit } from './pcsc-exit.js';

const trace = debug('jpki:pcsc');

/** winscard.h: SCARD_SHARE_*, SCARD_PROTOCOL_T0 and _T1, and what SCardDisconnect does to the card. */
const SHARE = { exclusive: 1, shared: 2 } as const;
const PROTOCOL_T0_OR_T1 = 1 | 2;
const DISPOSITION: Readonly<Record<Disposition, number>> = { leave: 0, reset: 1, unpower: 2 };

/** ISO/IEC 7816-4 5.1: a response is at most Ne bytes and two of status; Ne is 256 short, 65536 extended. */
const SHORT_RESPONSE = 256 + 2;
const EXTENDED_RESPONSE = 65_536 + 2;

/** With these the line is cut on the other side already, which is what a disconnect is for. */
const ALREADY_GONE: ReadonlySet<JpkiErrorCode> = new Set([
  'CARD_REMOVED',
  'CARD_MUTE',
  'NO_CARD',
  'NO_READER',
  'SERVICE_UNAVAILABLE',
]);

/**
 * Readers with an open card. Garbage collection of one would end its connection and reset the card, at no moment
 * anybody chose.
 */
const open = new Set<NativeReader>();

/** @throws JpkiError of the code the PC/SC service answered with */
export async function openCard(
  reader: NativeReader,
  atr: Uint8Array,
  share: keyof typeof SHARE,
  unpowerOnExit: boolean,
): Promise<CardConnection> {
  open.add(reader);
  try {
    const protocol = await native<number>((done) =>
      reader.connect({ share_mode: SHARE[share], protocol: PROTOCOL_T0_OR_T1 }, done),
    );
    trace('%s: connected, %s, protocol %d', reader.name, share, protocol);
    return new PcscConnection(reader, atr, share === 'exclusive', protocol, unpowerOnExit);
  } catch (error) {
    open.delete(reader);
    throw error;
  }
}

class PcscConnection implements CardConnection {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive: boolean;
  readonly #reader: NativeReader;
  readonly #protocol: number;
  readonly #unpowerOnExit: boolean;
  readonly #exchanges = new Set<Promise<Uint8Array>>();
  readonly #watch = new OpenKeyWatch();
  /** Takes this connection off the list of those that the end of the process unpowers. */
  #stopGuarding: (() => void) | undefined;
  #ended: Promise<void> | undefined;

  constructor(
    reader: NativeReader,
    atr: Uint8Array,
    exclusive: boolean,
    protocol: number,
    unpowerOnExit: boolean,
  ) {
    this.#reader = reader;
    this.#protocol = protocol;
    this.#unpowerOnExit = unpowerOnExit;
    this.readerName = reader.name;
    this.atr = atr;
    this.exclusive = exclusive;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    if (this.#ended) throw new JpkiError('CLOSED');
    this.#watch.sending(command);
    this.#guard();
    const exchange = native<Uint8Array>((done) => {
      this.#reader.transmit(asBuffer(command), roomForResponse(command), this.#protocol, done);
    });
    this.#exchanges.add(exchange);
    try {
      const response = await exchange;
      // ISO/IEC 7816-4 5.1: SW1 and SW2 always come.
      if (response.length < 2) throw pcscError(new Error('the reader gave no response'));
      this.#watch.answered(command, response);
      this.#guard();
      return new Uint8Array(response.buffer, response.byteOffset, response.length);
    } finally {
      this.#exchanges.delete(exchange);
    }
  }

  async disconnect(disposition?: Disposition): Promise<void> {
    if (disposition !== undefined) checkDisposition('disposition', disposition);
    // Whatever the first call met was told to whoever made it.
    if (this.#ended) return this.#ended.catch(() => {});
    this.#ended = this.#disconnect(disposition);
    return this.#ended;
  }

  /** From now on the end of the process, whichever it is, takes the power from the card first. */
  #guard(): void {
    if (!this.#watch.mayBeOpen || !this.#unpowerOnExit) return;
    // The addon works off its calls one after the other: this one waits for an exchange that is under way.
    this.#stopGuarding ??= unpowerAtExit(() => {
      this.#ended ??= Promise.resolve();
      return native((done) => this.#reader.disconnect(DISPOSITION.unpower, done));
    });
  }

  async #disconnect(asked: Disposition | undefined): Promise<void> {
    await Promise.allSettled(this.#exchanges);
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    try {
      await native((done) => this.#reader.disconnect(DISPOSITION[disposition], done));
      trace('%s: disconnected, %s', this.readerName, disposition);
    } catch (error) {
      if (!(error instanceof JpkiError && ALREADY_GONE.has(error.code))) throw error;
      trace('%s: was gone: %s', this.readerName, error.code);
    } finally {
      this.#stopGuarding?.();
      open.delete(this.#reader);
    }
  }
}

/**
 * One call of the addon as a promise that never settles inside the addon's callback. The addon copies what it sends
 * and frees the copy unwiped, which is out of reach here; the caller's bytes are read before the call returns.
 */
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

/** The same memory, so that wiping the command leaves no PIN behind. */
function asBuffer(command: Uint8Array): Uint8Array {
  return Buffer.from(command.buffer, command.byteOffset, command.byteLength);
}

/** ISO/IEC 7816-4 5.1: an extended command has 00 for its fifth byte and at least two more. */
function roomForResponse(command: Uint8Array): number {
  return command.length >= 7 && command[4] === 0 ? EXTENDED_RESPONSE : SHORT_RESPONSE;
}
