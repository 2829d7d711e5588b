/** An open line to a card through PC/SC. */
import { checkBytes } from '../../arguments.js';
import { JpkiError, type JpkiErrorCode } from '../../errors.js';
import { createTrace } from '../../trace.js';
import { type CardConnection, checkDisposition, type Disposition, OpenKeyWatch } from '../connection.js';
import { type NativeCard, type PcscBinding, pcscError, type ShareMode } from './binding.js';
import { unpowerAtExit } from './exit.js';
import { goneFrom } from './readers.js';

const trace = createTrace('jpki:pcsc');

/** winscard.h: SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD. */
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

/** What an exchange with a card that is being taken away may end with, on Windows under several numbers. */
const MAY_BE_GONE: ReadonlySet<JpkiErrorCode> = new Set(['TRANSPORT', 'CARD_MUTE', 'TIMEOUT']);

/** @throws JpkiError of the code the PC/SC service answered with */
export async function openCard(
  binding: PcscBinding,
  reader: string,
  atr: Uint8Array,
  share: ShareMode,
  unpowerOnExit: boolean,
): Promise<CardConnection> {
  const card = await binding.connect(reader, share);
  trace('%s: connected, %s, protocol %d', reader, share, card.protocol);
  return new PcscConnection(card, reader, atr, share === 'exclusive', unpowerOnExit, () =>
    goneFrom(binding, reader),
  );
}

class PcscConnection implements CardConnection {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive: boolean;
  readonly #card: NativeCard;
  readonly #unpowerOnExit: boolean;
  readonly #whatIsGone: () => Promise<'CARD_REMOVED' | 'NO_READER' | undefined>;
  readonly #exchanges = new Set<Promise<Uint8Array>>();
  readonly #watch = new OpenKeyWatch();
  /** Takes this connection off the list of those that the end of the process unpowers. */
  #stopGuarding: (() => void) | undefined;
  #ended: Promise<void> | undefined;

  constructor(
    card: NativeCard,
    readerName: string,
    atr: Uint8Array,
    exclusive: boolean,
    unpowerOnExit: boolean,
    whatIsGone: () => Promise<'CARD_REMOVED' | 'NO_READER' | undefined>,
  ) {
    this.#card = card;
    this.#whatIsGone = whatIsGone;
    this.#unpowerOnExit = unpowerOnExit;
    this.readerName = readerName;
    this.atr = atr;
    this.exclusive = exclusive;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    if (this.#ended) throw new JpkiError('CLOSED');
    this.#watch.sending(command);
    this.#guard();
    const exchange = this.#card.transmit(command, roomForResponse(command));
    this.#exchanges.add(exchange);
    try {
      const response = await exchange;
      // ISO/IEC 7816-4 5.1: SW1 and SW2 always come.
      if (response.length < 2) throw pcscError(new Error('the reader gave no response'));
      this.#watch.answered(command, response);
      this.#guard();
      return new Uint8Array(response.buffer, response.byteOffset, response.length);
    } catch (error) {
      this.#exchanges.delete(exchange);
      throw await this.#explained(error);
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

  /** Whether the card or its reader is gone, where the error leaves that open. */
  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof JpkiError && MAY_BE_GONE.has(error.code))) return error;
    const gone = await this.#whatIsGone();
    return gone === undefined ? error : new JpkiError(gone, undefined, { cause: error });
  }

  /** From now on the end of the process, whichever it is, takes the power from the card first. */
  #guard(): void {
    if (!this.#watch.mayBeOpen || !this.#unpowerOnExit) return;
    // Calls are worked off one after the other: this one waits for an exchange that is under way.
    this.#stopGuarding ??= unpowerAtExit(() => {
      this.#ended ??= Promise.resolve();
      return this.#card.disconnect(DISPOSITION.unpower);
    });
  }

  async #disconnect(asked: Disposition | undefined): Promise<void> {
    await Promise.allSettled(this.#exchanges);
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    try {
      await this.#card.disconnect(DISPOSITION[disposition]);
      trace('%s: disconnected, %s', this.readerName, disposition);
    } catch (error) {
      if (!(error instanceof JpkiError && ALREADY_GONE.has(error.code))) throw error;
      trace('%s: was gone: %s', this.readerName, error.code);
    } finally {
      this.#stopGuarding?.();
    }
  }
}

/** ISO/IEC 7816-4 5.1: an extended command has 00 for its fifth byte and at least two more. */
function roomForResponse(command: Uint8Array): number {
  return command.length >= 7 && command[4] === 0 ? EXTENDED_RESPONSE : SHORT_RESPONSE;
}
