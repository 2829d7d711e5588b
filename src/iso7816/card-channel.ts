import {
  type ChecksOf,
  checkedOptions,
  checkFunction,
  checkSignal,
  checkThat,
  checkTimeLimit,
  LONGEST_TIMER_MS,
} from '../arguments.js';
import { concatBytes, toHex, wipe } from '../bytes.js';
import { JpkiError, throwIfAborted } from '../errors.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import {
  type CardConnection,
  checkConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import { CommandApdu, INS } from './command-apdu.js';
import { ResponseApdu } from './response-apdu.js';

const trace = createTrace('jpki:apdu');

/** Most data one command may bring back, however many GET RESPONSE it takes. */
const MAX_RESPONSE_DATA = 65536;
/** Twice what 64 KB takes in pieces of 256 bytes: a card that hands out less a time is not serving anybody. */
const MAX_GET_RESPONSES = 512;

export const DEFAULT_EXCHANGE_TIMEOUT_MS = 30_000;
export const DEFAULT_OPERATION_TIMEOUT_MS = 120_000;

/** How to talk to the card. */
export interface CardChannelOptions {
  /**
   * How long one exchange may take, in milliseconds, more than 0; default 30000, `Infinity` for no limit. After a
   * silence that long the channel is unusable: an answer that still came would be taken for the next command's.
   * Anything else is `INVALID_ARGUMENT`.
   */
  readonly exchangeTimeoutMs?: number | undefined;
  /**
   * How long the exchanges of one operation may take together, in milliseconds; default 120000, `Infinity` for no limit.
   * An exchange under way is never cut short by it: after that time no further one is begun, and the operation ends with
   * `TIMEOUT`. So an operation takes at most this and one `exchangeTimeoutMs`, however slowly a card hands out its data.
   */
  readonly operationTimeoutMs?: number | undefined;
}

/**
 * How one operation may be stopped.
 *
 * @category The card and its applet
 */
export interface OperationOptions {
  /**
   * Ends the operation with `ABORTED` before its next exchange, or while it waits for its turn. An exchange that is under
   * way is waited for: what a card has begun it finishes.
   */
  readonly signal?: AbortSignal | undefined;
}

export const CHANNEL_CHECKS: ChecksOf<CardChannelOptions> = {
  exchangeTimeoutMs: checkTimeLimit,
  operationTimeoutMs: checkTimeLimit,
};
export const OPERATION_CHECKS: ChecksOf<OperationOptions> = { signal: checkSignal };

const checkCommand = checkThat(
  (t) => t.apdu.command,
  (value) => value instanceof CommandApdu,
);

/** Sends one command of an operation that holds the channel. */
export type Send = (command: CommandApdu) => Promise<ResponseApdu>;

/**
 * Carries commands to a card one at a time. Queues callers, fetches what a 61xx announces, repeats once what a
 * 6Cxx corrects, and is bounded: no card can make it loop, or grow past 64 KB.
 *
 * @example
 * const channel = new CardChannel(connection);
 * const response = await channel.transmit(new CommandApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0x0c, data: aid }));
 */
export class CardChannel {
  readonly connection: CardConnection;
  readonly #watch = new OpenKeyWatch();
  #timeoutMs = DEFAULT_EXCHANGE_TIMEOUT_MS;
  #operationTimeoutMs = DEFAULT_OPERATION_TIMEOUT_MS;
  /** Settles when the last operation and every command it sent are done. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Settles when the last command is done, its GET RESPONSEs included. Never rejects. */
  #line: Promise<unknown> = Promise.resolve();
  #silent = false;
  #closed = false;
  #exchanges = 0;

  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(connection: CardConnection, options: CardChannelOptions = {}) {
    checkConnection('connection', connection);
    this.connection = connection;
    this.configure(options);
  }

  /** Whether a PIN was sent, or a key was found open: the card must then lose power at the end. */
  get keyMayBeOpen(): boolean {
    return this.#watch.mayBeOpen;
  }

  /** How many commands were handed to the connection, each GET RESPONSE and each repetition being one. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /**
   * Changes how to talk to the card, from the next exchange on. What is not given stays as it is.
   *
   * @throws JpkiError `INVALID_ARGUMENT`
   */
  configure(options: CardChannelOptions = {}): void {
    const checked = checkedOptions(options, CHANNEL_CHECKS);
    this.#timeoutMs = checked.exchangeTimeoutMs ?? this.#timeoutMs;
    this.#operationTimeoutMs = checked.operationTimeoutMs ?? this.#operationTimeoutMs;
  }

  /**
   * Sends one command when those before it are done.
   *
   * @throws JpkiError `TIMEOUT`, `MALFORMED_RESPONSE`, `ABORTED`, `INVALID_ARGUMENT`, and what the connection throws; a
   * status word is no error here
   * @example
   * const { statusWord } = await channel.transmit(new CommandApdu({ cla: 0, ins: 0xb0, p1: 0x8b, p2: 0, le: 256 }));
   */
  transmit(command: CommandApdu, options: OperationOptions = {}): Promise<ResponseApdu> {
    return this.run((send) => send(command), options);
  }

  /**
   * Runs an operation of several exchanges with nobody else's in between. The operation must use the `send` it is
   * given: waiting for `transmit` or `run` of the same channel inside it would wait for itself.
   *
   * @throws JpkiError `INVALID_ARGUMENT`, and what the operation throws
   * @example
   * const halves = await channel.run(async (send) => [await send(first), await send(second)]);
   */
  async run<T>(operation: (send: Send) => Promise<T>, options: OperationOptions = {}): Promise<T> {
    checkFunction('operation', operation);
    const { signal } = checkedOptions(options, OPERATION_CHECKS);
    const before = this.#tail;
    const allowance: Allowance = { signal, spentMs: 0 };
    const result = untilAborted(before, signal).then(() =>
      operation((command) => this.#inLine(command, allowance)),
    );
    this.#tail = Promise.allSettled([before, result]).then(() => this.#line);
    return result;
  }

  /**
   * Ends the connection when the operation under way is done; bounded like an exchange. Unless the caller says otherwise
   * the card is unpowered where a PIN was sent or a key was found open; else the connection decides, which may have
   * carried more than this channel.
   *
   * @param disposition asked when its turn has come
   * @throws JpkiError `TIMEOUT` at once when the card has left a command unanswered: the power goes as soon as the reader
   * gives the card back, which may be never; `INVALID_ARGUMENT` when `disposition` is no function, or gives none
   * @example
   * await channel.close(() => 'unpower');
   */
  async close(disposition?: () => Disposition): Promise<void> {
    if (disposition !== undefined) checkFunction('disposition', disposition);
    return this.run(async () => {
      const asked = disposition?.();
      if (disposition !== undefined) checkDisposition('disposition', asked);
      const chosen = asked ?? (this.keyMayBeOpen ? 'unpower' : undefined);
      // Whatever comes now comes too late to be unpowered, a PIN that somebody is still entering above all.
      this.#closed = true;
      const disconnected = started(() => this.connection.disconnect(chosen));
      if (!this.#silent) return this.#bounded(disconnected, 'disconnecting');
      disconnected.catch((error: unknown) => trace('disconnecting after a silence: %o', error));
      throw stillSilent('TIMEOUT');
    });
  }

  /** An operation that does not wait for its own commands still sends them one after the other. */
  #inLine(command: CommandApdu, allowance: Allowance): Promise<ResponseApdu> {
    const response = this.#line.then(async () => {
      checkCommand('command', command);
      const first = await this.#exchange(command, allowance);
      // A command that expects no data has no Le to correct, nor anything to fetch: its 61xx is the caller's to judge.
      return command.le === undefined ? first : this.#complete(command, first, allowance);
    });
    this.#line = response.catch(() => undefined);
    return response;
  }

  /** The whole answer to a command that expects data: with the right Le, and with what a 61xx announces. */
  async #complete(command: CommandApdu, first: ResponseApdu, allowance: Allowance): Promise<ResponseApdu> {
    let response = await this.#withExactLe(command, first, allowance);
    if (response.statusWord.bytesAvailable === undefined) return response;
    const parts = [response.data];
    let total = response.data.length;
    for (let count = 0; response.statusWord.bytesAvailable !== undefined; count++) {
      if (count === MAX_GET_RESPONSES) {
        throw new JpkiError('MALFORMED_RESPONSE', 'The card never stops announcing more data (61xx).', {
          statusWord: response.statusWord.value,
        });
      }
      const le = response.statusWord.bytesAvailable;
      const more = new CommandApdu({ cla: command.cla & 0x03, ins: INS.GET_RESPONSE, p1: 0, p2: 0, le });
      response = await this.#withExactLe(more, await this.#exchange(more, allowance), allowance);
      if (response.data.length === 0 && response.statusWord.bytesAvailable !== undefined) {
        throw new JpkiError('MALFORMED_RESPONSE', 'The card announced more data (61xx) and sent none.');
      }
      parts.push(response.data);
      total += response.data.length;
      if (total > MAX_RESPONSE_DATA) {
        throw new JpkiError('MALFORMED_RESPONSE', 'The card sent more than 65536 bytes for one command.', {
          statusWord: response.statusWord.value,
        });
      }
    }
    const whole = concatBytes(...parts);
    // Nobody else has the pieces, of what may be the Individual Number.
    for (const part of parts) wipe(part);
    return new ResponseApdu(whole, response.statusWord);
  }

  async #withExactLe(
    command: CommandApdu,
    response: ResponseApdu,
    allowance: Allowance,
  ): Promise<ResponseApdu> {
    const { exactLe } = response.statusWord;
    // A repeated VERIFY would spend a second try.
    if (exactLe === undefined || command.carriesReferenceData) return response;
    return this.#exchange(command.withLe(exactLe), allowance);
  }

  /** Why no further command may be sent. */
  #obstacle({ signal, spentMs }: Allowance): JpkiError | undefined {
    if (signal?.aborted) return new JpkiError('ABORTED', undefined, { cause: signal.reason });
    if (this.#silent) return stillSilent('CLOSED');
    if (this.#closed) return new JpkiError('CLOSED');
    if (spentMs < this.#operationTimeoutMs) return undefined;
    const limitMs = this.#operationTimeoutMs;
    return new JpkiError(
      'TIMEOUT',
      say((t) => t.apdu.tooSlow(limitMs)),
    );
  }

  async #exchange(command: CommandApdu, allowance: Allowance): Promise<ResponseApdu> {
    const obstacle = this.#obstacle(allowance);
    if (obstacle !== undefined) {
      unsent.add(obstacle);
      throw obstacle;
    }
    const bytes = command.encode();
    this.#exchanges++;
    this.#watch.sending(bytes);
    if (trace.enabled) trace('> %s', describe(command));
    const begun = performance.now();
    const answer = started(() => this.connection.transmit(bytes));
    // Only once the transport is through with them: earlier, zeros could be sent in place of a PIN.
    if (command.carriesReferenceData)
      void answer.then(
        () => wipe(bytes),
        () => wipe(bytes),
      );
    const parsed = answer.then((received) => {
      // Not the caller's argument but the connection's fault, and so a TRANSPORT error.
      if (!(received instanceof Uint8Array)) throw new TypeError('The connection gave no bytes.');
      this.#watch.answered(bytes, received);
      return ResponseApdu.parse(received);
    });
    const response = await this.#bounded(parsed, 'an answer').finally(() => {
      allowance.spentMs += performance.now() - begun;
    });
    if (trace.enabled) trace('< %d bytes, %s', response.data.length, response.statusWord);
    return response;
  }

  async #bounded<T>(work: Promise<T>, what: string): Promise<T> {
    try {
      return await (this.#timeoutMs === Infinity ? work : this.#withTimeout(work, what));
    } catch (error) {
      if (error instanceof JpkiError) throw error;
      throw new JpkiError('TRANSPORT', undefined, { cause: error });
    }
  }

  #withTimeout<T>(work: Promise<T>, what: string): Promise<T> {
    const timeoutMs = this.#timeoutMs;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#silent = true;
          reject(new JpkiError('TIMEOUT', `Waited ${timeoutMs} ms for ${what}.`));
        },
        Math.min(timeoutMs, LONGEST_TIMER_MS),
      );
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

/** What is left of one operation: who may stop it, and how long its exchanges have taken until now. */
interface Allowance {
  readonly signal: AbortSignal | undefined;
  spentMs: number;
}

/** Errors of commands that never reached the connection. */
const unsent = new WeakSet<JpkiError>();

/** Whether the command that ended with this error may have reached the card. */
export function wasSent(error: JpkiError): boolean {
  return !unsent.has(error);
}

function stillSilent(code: 'TIMEOUT' | 'CLOSED'): JpkiError {
  return new JpkiError(
    code,
    say((t) => t.apdu.stillSilent),
    { remedy: say((t) => t.apdu.takeItOff) },
  );
}

/** Waits for a turn, which somebody who aborts does not need any more. */
async function untilAborted(turn: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await turn;
    return;
  }
  throwIfAborted(signal);
  let stop = (): void => undefined;
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
  });
  signal.addEventListener('abort', stop, { once: true });
  await Promise.race([turn, aborted]);
  signal.removeEventListener('abort', stop);
  throwIfAborted(signal);
}

/** Whatever calls a connection goes through this, so that one that throws instead of rejecting is no case of its own. */
async function started<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** Header and data of a command for the trace: never reference data, and of what is signed only the length. */
function describe(command: CommandApdu): string {
  const header = toHex(Uint8Array.of(command.cla, command.ins, command.p1, command.p2));
  const le = command.le === undefined ? '' : ` Le=${command.le}`;
  if (command.data.length === 0) return header + le;
  if (command.carriesReferenceData) return `${header} [reference data]${le}`;
  if (command.ins === INS.COMPUTE_DIGITAL_SIGNATURE) return `${header} [${command.data.length} bytes]${le}`;
  return `${header} ${toHex(command.data)}${le}`;
}
