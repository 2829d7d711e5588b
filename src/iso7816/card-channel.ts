import createDebug from 'debug';
import { type ChecksOf, checkedOptions, checkFunction, checkThat, checkTimeLimit } from '../arguments.js';
import { concatBytes, toHex, wipe } from '../bytes.js';
import { JpkiError } from '../errors.js';
import {
  type CardConnection,
  checkConnection,
  checkDisposition,
  type Disposition,
} from '../transport/connection.js';
import { CommandApdu, INS } from './command-apdu.js';
import { ResponseApdu } from './response-apdu.js';

const trace = createDebug('jpki:apdu');

/** Most data one command may bring back, however many GET RESPONSE it takes. */
const MAX_RESPONSE_DATA = 65536;
/** Twice what 64 KB takes in pieces of 256 bytes: a card that hands out less a time is not serving anybody. */
const MAX_GET_RESPONSES = 512;
/** setTimeout takes 31 bits of milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export const DEFAULT_EXCHANGE_TIMEOUT_MS = 30_000;

/** How to talk to the card. */
export interface CardChannelOptions {
  /**
   * How long one exchange may take, in milliseconds, more than 0; default 30000, `Infinity` for no limit. After a
   * silence that long the channel is unusable: an answer that still came would be taken for the next command's.
   * Anything else is `INVALID_ARGUMENT`.
   */
  readonly exchangeTimeoutMs?: number | undefined;
}

export const CHANNEL_CHECKS: ChecksOf<CardChannelOptions> = { exchangeTimeoutMs: checkTimeLimit };

const checkCommand = checkThat(
  { en: 'a CommandApdu', ja: 'CommandApdu' },
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
  #timeoutMs = DEFAULT_EXCHANGE_TIMEOUT_MS;
  /** Settles when the last operation and every command it sent are done. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Settles when the last command is done, its GET RESPONSEs included. Never rejects. */
  #line: Promise<unknown> = Promise.resolve();
  #silent = false;

  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(connection: CardConnection, options: CardChannelOptions = {}) {
    checkConnection('connection', connection);
    this.connection = connection;
    this.configure(options);
  }

  /**
   * Changes how to talk to the card, from the next exchange on. What is not given stays as it is.
   *
   * @throws JpkiError `INVALID_ARGUMENT`
   */
  configure(options: CardChannelOptions): void {
    const { exchangeTimeoutMs = this.#timeoutMs } = checkedOptions(options, CHANNEL_CHECKS);
    this.#timeoutMs = exchangeTimeoutMs;
  }

  /**
   * Sends one command when those before it are done.
   *
   * @throws JpkiError `TIMEOUT`, `MALFORMED_RESPONSE`, `INVALID_ARGUMENT`, and what the connection throws; a status word
   * is no error here
   */
  transmit(command: CommandApdu): Promise<ResponseApdu> {
    return this.run((send) => send(command));
  }

  /**
   * Runs an operation of several exchanges with nobody else's in between. The operation must use the `send` it is
   * given: waiting for `transmit` or `run` of the same channel inside it would wait for itself.
   *
   * @throws JpkiError `INVALID_ARGUMENT`, and what the operation throws
   */
  async run<T>(operation: (send: Send) => Promise<T>): Promise<T> {
    checkFunction('operation', operation);
    const result = this.#tail.then(() => operation((command) => this.#inLine(command)));
    const sent = () => this.#line;
    this.#tail = result.then(sent, sent);
    return result;
  }

  /**
   * Ends the connection when the operation under way is done; bounded like an exchange.
   *
   * @throws JpkiError `INVALID_ARGUMENT` when `disposition` is no function, or gives no disposition
   */
  async close(disposition: () => Disposition): Promise<void> {
    checkFunction('disposition', disposition);
    return this.run(() => {
      const chosen = disposition();
      checkDisposition('disposition', chosen);
      return this.#bounded(
        started(() => this.connection.disconnect(chosen)),
        'disconnecting',
      );
    });
  }

  /** An operation that does not wait for its own commands still sends them one after the other. */
  #inLine(command: CommandApdu): Promise<ResponseApdu> {
    const response = this.#line.then(() => {
      checkCommand('command', command);
      return this.#send(command);
    });
    this.#line = response.catch(() => undefined);
    return response;
  }

  async #send(command: CommandApdu): Promise<ResponseApdu> {
    let response = await this.#exchangeWithLe(command);
    // A command that expects no data has nothing to fetch: its 61xx is the caller's to judge.
    if (command.le === undefined || response.statusWord.bytesAvailable === undefined) return response;
    const parts = [response.data];
    let total = response.data.length;
    for (let count = 0; response.statusWord.bytesAvailable !== undefined; count++) {
      if (count === MAX_GET_RESPONSES)
        throw new JpkiError('MALFORMED_RESPONSE', 'The card never stops announcing more data (61xx).');
      const le = response.statusWord.bytesAvailable;
      response = await this.#exchangeWithLe(
        new CommandApdu({ cla: command.cla & 0x03, ins: INS.GET_RESPONSE, p1: 0, p2: 0, le }),
      );
      if (response.data.length === 0 && response.statusWord.bytesAvailable !== undefined) {
        throw new JpkiError('MALFORMED_RESPONSE', 'The card announced more data (61xx) and sent none.');
      }
      parts.push(response.data);
      total += response.data.length;
      if (total > MAX_RESPONSE_DATA)
        throw new JpkiError('MALFORMED_RESPONSE', 'The card sent more than 65536 bytes for one command.');
    }
    return new ResponseApdu(concatBytes(...parts), response.statusWord);
  }

  async #exchangeWithLe(command: CommandApdu): Promise<ResponseApdu> {
    const response = await this.#exchange(command);
    const { exactLe } = response.statusWord;
    // Without an Le there is nothing to correct, and a repeated VERIFY would spend a second try.
    if (exactLe === undefined || command.le === undefined || command.carriesReferenceData) return response;
    return this.#exchange(command.withLe(exactLe));
  }

  async #exchange(command: CommandApdu): Promise<ResponseApdu> {
    if (this.#silent)
      throw new JpkiError(
        'CLOSED',
        'The card left a command unanswered; the connection cannot be used any more.',
      );
    const bytes = command.encode();
    if (trace.enabled) trace('> %s', describe(command));
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
      return ResponseApdu.parse(received);
    });
    const response = await this.#bounded(parsed, 'an answer');
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
        Math.min(timeoutMs, MAX_TIMER_MS),
      );
      work.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
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
