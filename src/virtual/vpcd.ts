/**
 * Puts a card made of software into the PC/SC service: the card's end of the wire that the virtual reader of
 * vsmartcard (`vpcd`) speaks, so that every PC/SC program on the machine sees a card in a reader.
 */
import type { Socket } from 'node:net';
import {
  bytesFrom,
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkFunction,
  checkText,
  fieldsOf,
  integerFrom,
  required,
} from '../arguments.js';
import { JpkiError } from '../errors.js';
import { nodeModule } from '../node-module.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import { CONTROL, framed, MAX_VPCD_MESSAGE, MessageReader, VPCD_PORT } from '../transport/vpcd-wire.js';

const trace = createTrace('jpki:pcsc');

/** What a reader needs of a card: contacts that give power, and an exchange of bytes. */
export interface PoweredCard {
  /** Answer to reset, 2 to 33 bytes. */
  readonly atr: Uint8Array;
  /** Before the first command, and again after each `powerOff`. */
  powerOn(): void;
  /** Also called when the card leaves the reader: a card out of the field has no power. */
  powerOff(): void;
  /** A warm reset: the power stays on. */
  reset(): void;
  /**
   * Command APDU in, response APDU out (at most 65535 bytes), at once or later. No bytes at all are a card that is lost
   * in the exchange: it leaves the reader, without power, and is back in a second.
   */
  process(command: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** Where the virtual reader is. A value of another type or range is `INVALID_ARGUMENT`. */
export interface VpcdOptions {
  /** Where the PC/SC service runs, a name or an address. Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** TCP port of the reader's slot, 1 to 65535. Default 35963, the first slot; 35964 is the second. */
  readonly port?: number | undefined;
}

const VPCD_CHECKS: ChecksOf<VpcdOptions> = { host: checkText, port: integerFrom(1, 65535) };
const checkCard = fieldsOf<PoweredCard>({
  atr: required(bytesFrom(2, 33)),
  powerOn: required(checkFunction),
  powerOff: required(checkFunction),
  reset: required(checkFunction),
  process: required(checkFunction),
});

/** A card in a virtual reader. */
export interface VpcdSession {
  /** Takes the card out. The service notices within about half a second. A second call does nothing more. */
  close(): Promise<void>;
  /** Settles when the card is out, whoever took it out; rejects if the card itself threw. */
  readonly closed: Promise<void>;
}

/** The service looks for a card every 0.4 s; when it does not ask within this time, it is not going to. */
const INSERTION_MS = 5_000;

/** A card that leaves for less than the 0.4 s between two looks was never gone for the service. */
const ABSENCE_MS = 1_000;

/**
 * Puts the card into the virtual reader and resolves once the PC/SC service has powered it up.
 *
 * @throws JpkiError `SERVICE_UNAVAILABLE` nothing listens on the port; `TIMEOUT` the reader does not take the card;
 * `INVALID_ARGUMENT`
 * @example
 * const session = await connectVpcd(await VirtualCard.issue());
 * await session.close();
 */
export async function connectVpcd(card: PoweredCard, options: VpcdOptions = {}): Promise<VpcdSession> {
  checkCard('card', card);
  const { host = '127.0.0.1', port = VPCD_PORT } = checkedOptions(options, VPCD_CHECKS);
  const { connect } = nodeModule('node:net');
  let socket: Socket;
  let closing = false;
  let back: ReturnType<typeof setTimeout> | undefined;
  let finish: (failure?: unknown) => void = () => {};
  const closed = new Promise<void>((resolve, reject) => {
    finish = (failure) => (failure === undefined ? resolve() : reject(failure));
  });
  // A caller who never looks at `closed` must not be ended by its rejection.
  closed.catch(() => {});

  const insert = (): Promise<void> => {
    const wire = connect({ host, port });
    socket = wire;
    // The driver waits for each answer: without this every one would sit out Nagle's delay.
    wire.setNoDelay(true);
    const insertion = new Insertion(wire, host, port);
    const messages = new MessageReader();
    let failure: unknown;
    let gone = false;
    let answered: Promise<void> = Promise.resolve();
    const answer = async (message: Uint8Array): Promise<void> => {
      const response = await answerTo(message, card);
      if (response?.length === 0) {
        gone = true;
        wire.destroy();
        return;
      }
      if (response !== undefined) send(wire, response);
      insertion.sawRequest(message);
    };
    wire.on('data', (chunk) => {
      for (const message of messages.push(chunk)) {
        // One after the other: a late answer must not be taken for that to the next message.
        answered = answered
          .then(() => (gone ? undefined : answer(message)))
          .catch((error: unknown) => {
            failure ??= error;
            wire.destroy();
          });
      }
    });
    wire.once('close', () => {
      if (wire.bytesRead > 0) card.powerOff();
      if (!gone || closing) return finish(failure);
      back = setTimeout(() => insert().catch(finish), ABSENCE_MS);
    });
    return insertion.done;
  };

  await insert();
  return {
    closed,
    async close() {
      closing = true;
      clearTimeout(back);
      // Out of the reader for a moment already, it has no wire that could say that it closed.
      if (socket.closed) finish();
      socket.destroy();
      await closed.catch(() => {});
    },
  };
}

/** The time from the TCP connection until the service has powered the card and knows its ATR: it is in the reader. */
class Insertion {
  readonly done: Promise<void>;
  #powered = false;
  #finish: (error?: JpkiError) => void = () => {};

  constructor(socket: Socket, host: string, port: number) {
    this.done = new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        // Asked but not powered: a service that waits for somebody to use the card.
        this.#finish(socket.bytesRead > 0 ? undefined : slotBusy(host, port));
      }, INSERTION_MS);
      this.#finish = (error) => {
        clearTimeout(timer);
        if (error === undefined) return resolve();
        socket.destroy();
        reject(error);
      };
      socket.on('error', (cause) => {
        trace('vpcd: %s', cause.message);
        this.#finish(notServed(host, port, cause));
      });
      socket.once('close', () => this.#finish(notServed(host, port)));
    });
  }

  sawRequest(message: Uint8Array): void {
    if (message.length !== 1) return;
    if (message[0] === CONTROL.powerOn) this.#powered = true;
    if (message[0] === CONTROL.atr && this.#powered) this.#finish();
  }
}

/** What the card says to one message of the driver; nothing to a change of power. */
function answerTo(message: Uint8Array, card: PoweredCard): Uint8Array | Promise<Uint8Array> | undefined {
  if (message.length > 1) return card.process(message);
  const [control] = message;
  if (control === CONTROL.powerOff) card.powerOff();
  if (control === CONTROL.powerOn) card.powerOn();
  if (control === CONTROL.reset) card.reset();
  return control === CONTROL.atr ? card.atr : undefined;
}

function send(socket: Socket, message: Uint8Array): void {
  checkBytes('what card.process gives', message);
  if (message.length > MAX_VPCD_MESSAGE) {
    const tooLong = say((t) => t.virtual.tooLong(message.length));
    throw new JpkiError('INVALID_ARGUMENT', tooLong);
  }
  // A card that was taken out in the meantime answers nobody.
  if (!socket.destroyed) socket.write(framed(message));
}

function notServed(host: string, port: number, cause?: unknown): JpkiError {
  const message = say((t) => t.virtual.notServed(host, port));
  return new JpkiError('SERVICE_UNAVAILABLE', message, {
    cause,
    remedy: say((t) => t.virtual.notServedRemedy),
  });
}

function slotBusy(host: string, port: number): JpkiError {
  const message = say((t) => t.virtual.slotBusy(host, port));
  return new JpkiError('TIMEOUT', message, { remedy: say((t) => t.virtual.slotBusyRemedy(port + 1)) });
}
