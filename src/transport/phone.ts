/**
 * A phone as the reader: whoever connects here and speaks the vpcd protocol is a card in a reader. The app "Remote Smart Card
 * Reader" of vsmartcard for Android does so with the card that lies on the phone.
 */
import type { Server, Socket } from 'node:net';
import {
  bytesFrom,
  type ChecksOf,
  checkBoolean,
  checkedOptions,
  checkFunction,
  checkSignal,
  checkText,
  checkTimeout,
  integerFrom,
  LONGEST_TIMER_MS,
} from '../arguments.js';
import { invalidArgument, JpkiError, throwIfAborted } from '../errors.js';
import { nodeModule } from '../node-module.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import { type CardConnection, checkDisposition, type Disposition, OpenKeyWatch } from './connection.js';
import type { WaitingReason } from './pcsc/connect.js';
import { unpowerAtExit } from './pcsc/exit.js';
import { CONTROL, framed, MAX_VPCD_MESSAGE, MessageReader, VPCD_PORT } from './vpcd-wire.js';

const trace = createTrace('jpki:phone');

/**
 * Where phones are listened for. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Readers and connections
 */
export interface CardListenerOptions {
  /**
   * Address of this computer, default `127.0.0.1`, which a phone on a cable reaches after `adb reverse tcp:35963 tcp:35963`.
   * Any address that others on a network reach needs `allowRemote`.
   */
  readonly host?: string | undefined;
  /** TCP port, 0 to 65535; 0 takes a free one. Default 35963, which the app has as well. */
  readonly port?: number | undefined;
  /**
   * Listen on an address that others on a network reach. Default `false`: the protocol is not encrypted, so the PIN crosses the
   * network in clear, and whoever connects first is taken for the phone.
   */
  readonly allowRemote?: boolean | undefined;
}

/**
 * How long a phone and its card are waited for. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Readers and connections
 */
export interface ListenerConnectOptions {
  /** In milliseconds, 0 or more; default 30000, `Infinity` for no limit. */
  readonly timeoutMs?: number | undefined;
  /** Ends the waiting with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for, each time that it changes: `no-reader` is a phone that has not connected. */
  readonly onWaiting?: ((reason: WaitingReason) => void) | undefined;
}

/**
 * Both of them.
 *
 * @category Readers and connections
 */
export interface ListenForCardOptions extends CardListenerOptions, ListenerConnectOptions {}

/**
 * A place where a phone connects, for a program that opens its card several times.
 *
 * @category Readers and connections
 */
export interface CardListener extends AsyncDisposable {
  readonly host: string;
  /** The port that is listened on. */
  readonly port: number;
  /**
   * Powers the card up and gives a connection to it, one at a time. Its end takes the power from the card; the phone stays
   * connected for the next one.
   *
   * @throws JpkiError when the time is over: `NO_READER` (no phone), `NO_CARD`; at once: `SHARING_VIOLATION` (a connection
   * lives), `ABORTED`, `CLOSED`, `INVALID_ARGUMENT`
   */
  connect(options?: ListenerConnectOptions): Promise<CardConnection>;
  /** Takes the power from the card, and ends the connection to the phone. A second call does nothing more. */
  close(): Promise<void>;
}

const LISTENER_CHECKS: ChecksOf<CardListenerOptions> = {
  host: checkText,
  port: integerFrom(0, 65535),
  allowRemote: checkBoolean,
};
const CONNECT_CHECKS: ChecksOf<ListenerConnectOptions> = {
  timeoutMs: checkTimeout,
  signal: checkSignal,
  onWaiting: checkFunction,
};

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_TIMEOUT_MS = 30_000;
/** A peer that does not say within this time what card it has is none. */
const GREETING_MS = 5_000;
/** A phone without a card is asked again after this, as the PC/SC service does. */
const LOOK_AGAIN_MS = 400;
/** A peer that takes no more bytes has gone. */
const GOODBYE_MS = 1_000;

/** A command APDU has a header of four bytes (ISO/IEC 7816-4 5.1): less would be taken for a message of the reader. */
const checkCommand = bytesFrom(4, MAX_VPCD_MESSAGE);

/**
 * Waits for a phone with a card on it: one phone, one connection, at the end of which the card has no power and nothing is
 * listened for any more.
 *
 * @throws JpkiError at once: `INVALID_ARGUMENT`, also for an address that needs `allowRemote`; `SERVICE_UNAVAILABLE` the port is
 * in use; `ABORTED`; `UNSUPPORTED` in a browser; when the time is over: `NO_READER` (no phone has connected), `NO_CARD`
 * @example
 * await using applet = await JpkiApplet.select(await listenForCard());
 * @category Readers and connections
 */
export async function listenForCard(options: ListenForCardOptions = {}): Promise<CardConnection> {
  const where = checkedAddress(options);
  const waiting = checkedOptions<ListenerConnectOptions>(options, CONNECT_CHECKS);
  throwIfAborted(waiting.signal);
  const listener = await PhoneListener.open(where);
  try {
    return await listener.connect(waiting, () => listener.close());
  } catch (error) {
    await listener.close();
    throw error;
  }
}

/**
 * Listens for a phone, for a program that opens its card several times. Close what it gives.
 *
 * @throws JpkiError `INVALID_ARGUMENT`, also for an address that needs `allowRemote`; `SERVICE_UNAVAILABLE` the port is in use;
 * `UNSUPPORTED` in a browser
 * @example
 * await using listener = await openCardListener();
 * const connection = await listener.connect({ timeoutMs: 60_000 });
 * @category Readers and connections
 */
export async function openCardListener(options: CardListenerOptions = {}): Promise<CardListener> {
  return PhoneListener.open(checkedAddress(options));
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function checkedAddress(options: CardListenerOptions): Address {
  const {
    host = DEFAULT_HOST,
    port = VPCD_PORT,
    allowRemote,
  } = checkedOptions<CardListenerOptions>(options, LISTENER_CHECKS);
  if (allowRemote !== true && !isLoopback(host)) throw invalidArgument('host', (t) => t.phone.loopback);
  // The name is of this computer alone (RFC 6761 section 6.3), whatever a file of hosts makes of it.
  return { host: /^localhost$/i.test(host) ? DEFAULT_HOST : host, port };
}

/** Addresses that only programs on this computer reach (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3). */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}

class PhoneListener implements CardListener {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  #phone: Phone | undefined;
  #connection: PhoneConnection | undefined;
  /** Whether somebody waits for a card. */
  #isWaiting = false;
  /** Whether something has happened since the phone was last looked at. */
  #hasChanged = false;
  #goOn: () => void = () => undefined;
  #closed: Promise<void> | undefined;

  static async open({ host, port }: Address): Promise<PhoneListener> {
    const server = nodeModule('node:net').createServer({ noDelay: true, keepAlive: true });
    return new Promise((resolve, reject) => {
      server.once('error', (cause) => reject(portInUse(host, port, cause)));
      server.listen({ host, port, exclusive: true }, () => resolve(new PhoneListener(server, host)));
    });
  }

  private constructor(server: Server, host: string) {
    const address = server.address();
    this.#server = server;
    this.host = host;
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    server.on('connection', (socket) => this.#onConnection(socket));
    server.on('error', (error) => trace('listening: %s', error.message));
    trace('listening on %s:%d', host, this.port);
  }

  async connect(
    options: ListenerConnectOptions = {},
    afterwards?: () => Promise<void>,
  ): Promise<CardConnection> {
    const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, onWaiting } = checkedOptions(options, CONNECT_CHECKS);
    throwIfAborted(signal);
    this.#throwIfClosed();
    if (this.#isWaiting || this.#connection?.isOpen) throw new JpkiError('SHARING_VIOLATION');
    this.#isWaiting = true;
    const stop = () => {
      // A greeting that is answered later would be taken for the next one's.
      if (this.#phone?.isBusy) this.#phone.sendAway();
      this.#wake();
    };
    signal?.addEventListener('abort', stop);
    try {
      const { phone, atr } = await this.#waitForCard(performance.now() + timeoutMs, signal, onWaiting);
      this.#connection = new PhoneConnection(phone, atr, this.port, afterwards);
      return this.#connection;
    } finally {
      signal?.removeEventListener('abort', stop);
      this.#isWaiting = false;
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#wake();
    await this.#connection?.unpower();
    await this.#phone?.leave();
    await ended;
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new JpkiError('CLOSED');
  }

  async #waitForCard(
    end: number,
    signal: AbortSignal | undefined,
    onWaiting: ((reason: WaitingReason) => void) | undefined,
  ): Promise<{ phone: Phone; atr: Uint8Array }> {
    let told: WaitingReason | undefined;
    for (;;) {
      this.#hasChanged = false;
      const phone = this.#phone;
      await phone?.greeting;
      const atr = await phone?.powerUp();
      throwIfAborted(signal);
      this.#throwIfClosed();
      if (phone && atr) return { phone, atr };
      // One that is no phone has been sent away by now.
      const isThere = this.#phone !== undefined;
      const left = end - performance.now();
      if (left <= 0) throw isThere ? noCard() : noPhone(this.host, this.port);
      const reason = isThere ? 'no-card' : 'no-reader';
      if (reason !== told) onWaiting?.(reason);
      told = reason;
      if (!this.#hasChanged) await this.#change(isThere ? Math.min(left, LOOK_AGAIN_MS) : left);
      throwIfAborted(signal);
      this.#throwIfClosed();
    }
  }

  /** Until a phone comes or goes, somebody ends the waiting, or the time is over. */
  async #change(limitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(limitMs, LONGEST_TIMER_MS));
      this.#goOn = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#goOn = () => undefined;
  }

  #wake(): void {
    this.#hasChanged = true;
    this.#goOn();
  }

  #onConnection(socket: Socket): void {
    // One at a time: nobody takes the place of a phone that is there.
    if (this.#phone !== undefined || this.#closed !== undefined) {
      trace('one phone is there already: another was sent away');
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const phone = new Phone(socket, () => {
      if (this.#phone === phone) this.#phone = undefined;
      this.#wake();
    });
    trace('a phone has connected');
    this.#phone = phone;
    // As the PC/SC service looks at a card at once: what is no phone does not keep the place of one.
    if (!this.#isWaiting) phone.greet();
    this.#wake();
  }
}

interface Question {
  readonly resolve: (answer: Uint8Array) => void;
  readonly reject: (error: JpkiError) => void;
}

/** What has connected: messages to it and from it, one question at a time. */
class Phone {
  readonly #socket: Socket;
  readonly #messages = new MessageReader();
  #question: Question | undefined;
  /** Settles when the first look at its card is done. */
  greeting: Promise<void> | undefined;

  constructor(socket: Socket, onGone: () => void) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => trace('phone: %s', error.message));
    socket.once('close', () => {
      trace('the phone has gone');
      this.#question?.reject(gone());
      this.#question = undefined;
      onGone();
    });
  }

  /** Whether an answer is still to come. */
  get isBusy(): boolean {
    return this.#question !== undefined;
  }

  /** Looks whether it has a card, and leaves that without power. */
  greet(): void {
    this.greeting = this.powerUp().then(() => this.tell(CONTROL.powerOff));
  }

  /** The ATR of the card, with power; `undefined` where there is no card, or the peer makes no sense and is sent away. */
  async powerUp(): Promise<Uint8Array | undefined> {
    const timer = setTimeout(() => this.sendAway(), GREETING_MS);
    try {
      // In the order of the PC/SC service: whether there is a card, then power.
      const before = await this.ask(Uint8Array.of(CONTROL.atr));
      if (before.length === 0) return undefined;
      // Before anything more is said to a peer that is no phone.
      if (!isAtr(before)) {
        this.sendAway();
        return undefined;
      }
      await this.tell(CONTROL.powerOn);
      const atr = await this.ask(Uint8Array.of(CONTROL.atr));
      if (atr.length === 0) return undefined;
      if (isAtr(atr)) return atr;
      this.sendAway();
      return undefined;
    } catch (error) {
      trace('no card: %o', error);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws JpkiError `CARD_REMOVED` when the phone is gone, or goes before it answers */
  ask(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed || this.isBusy) {
        reject(gone());
        return;
      }
      this.#question = { resolve, reject };
      this.#send(message);
    });
  }

  /** A change of power, which nobody answers. Settles when it is on its way, or there is nobody to take it. */
  async tell(control: number): Promise<void> {
    if (this.#socket.destroyed) return;
    const timer = setTimeout(() => this.sendAway(), GOODBYE_MS);
    await new Promise<void>((resolve) => {
      this.#socket.once('close', resolve);
      this.#send(Uint8Array.of(control), () => {
        this.#socket.off('close', resolve);
        resolve();
      });
    });
    clearTimeout(timer);
  }

  /** Ends the connection behind what was sent. */
  async leave(): Promise<void> {
    if (this.#socket.destroyed) return;
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    const timer = setTimeout(() => this.sendAway(), GOODBYE_MS);
    this.#socket.end();
    await closed;
    clearTimeout(timer);
  }

  sendAway(): void {
    this.#socket.destroy();
  }

  #send(message: Uint8Array, done: () => void = () => undefined): void {
    const frame = framed(message);
    this.#socket.write(frame, () => {
      // It may hold a PIN.
      frame.fill(0);
      done();
    });
  }

  #onData(chunk: Uint8Array): void {
    for (const message of this.#messages.push(chunk)) {
      const question = this.#question;
      // What nobody asked for would be taken for the answer to the next command.
      if (question === undefined) {
        trace('phone: a message that nobody asked for');
        this.sendAway();
        return;
      }
      this.#question = undefined;
      question.resolve(message);
    }
  }
}

/** ISO/IEC 7816-3 8.2: TS, which is 3B or 3F, T0, and at most 32 characters in all behind TS. */
function isAtr(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes.length <= 33 && (bytes[0] === 0x3b || bytes[0] === 0x3f);
}

class PhoneConnection implements CardConnection {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive = true;
  readonly #phone: Phone;
  readonly #watch = new OpenKeyWatch();
  readonly #afterwards: (() => Promise<void>) | undefined;
  #isLost = false;
  #stopGuarding: (() => void) | undefined;
  #unpowered: Promise<void> | undefined;
  #ended: Promise<void> | undefined;

  constructor(phone: Phone, atr: Uint8Array, port: number, afterwards: (() => Promise<void>) | undefined) {
    this.#phone = phone;
    this.atr = atr;
    this.readerName = `Phone on port ${port}`;
    this.#afterwards = afterwards;
  }

  get isOpen(): boolean {
    return this.#unpowered === undefined;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkCommand('command', command);
    if (!this.isOpen) throw new JpkiError('CLOSED');
    if (this.#isLost) throw gone();
    this.#watch.sending(command);
    this.#guard();
    let response: Uint8Array;
    try {
      response = await this.#phone.ask(command);
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
    // No bytes are a card that has left the phone; one that comes back has forgotten what was selected and verified.
    if (response.length === 0) {
      this.#isLost = true;
      throw new JpkiError('CARD_REMOVED');
    }
    // ISO/IEC 7816-4 5.1: SW1 and SW2 always come.
    if (response.length < 2) throw new JpkiError('TRANSPORT');
    this.#watch.answered(command, response);
    this.#guard();
    return response;
  }

  async disconnect(disposition?: Disposition): Promise<void> {
    if (disposition !== undefined) checkDisposition('disposition', disposition);
    this.#ended ??= this.unpower().then(() => this.#afterwards?.());
    return this.#ended;
  }

  /** Whatever was asked for: a card on a phone takes its power from the battery, and no other program can have it. */
  unpower(): Promise<void> {
    this.#unpowered ??= this.#takePower();
    return this.#unpowered;
  }

  async #takePower(): Promise<void> {
    // An answer that is still to come would be taken for that to the next connection's first command.
    const { isBusy } = this.#phone;
    await this.#phone.tell(CONTROL.powerOff);
    if (isBusy) await this.#phone.leave();
    this.#stopGuarding?.();
    trace('unpowered');
  }

  /** From now on the end of the process, whichever it is, takes the power from the card first. */
  #guard(): void {
    if (this.#watch.mayBeOpen) this.#stopGuarding ??= unpowerAtExit(() => this.unpower());
  }
}

function gone(): JpkiError {
  return new JpkiError(
    'CARD_REMOVED',
    say((t) => t.phone.gone),
    { remedy: say((t) => t.phone.goneRemedy) },
  );
}

function noPhone(host: string, port: number): JpkiError {
  return new JpkiError(
    'NO_READER',
    say((t) => t.phone.noPhone(host, port)),
    {
      remedy: say((t) =>
        isLoopback(host) ? t.phone.noPhoneRemedy(port) : t.phone.noRemotePhoneRemedy(port),
      ),
    },
  );
}

function noCard(): JpkiError {
  return new JpkiError(
    'NO_CARD',
    say((t) => t.phone.noCard),
    { remedy: say((t) => t.phone.noCardRemedy) },
  );
}

function portInUse(host: string, port: number, cause: unknown): JpkiError {
  const code = String((cause as { code?: unknown }).code);
  return new JpkiError(
    'SERVICE_UNAVAILABLE',
    say((t) => t.phone.cannotListen(host, port, code)),
    {
      remedy: say((t) =>
        code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' ? t.phone.notHere : t.phone.cannotListenRemedy,
      ),
      cause,
    },
  );
}
