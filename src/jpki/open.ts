import { type ChecksOf, checkedOptions, checkFunction } from '../arguments.js';
import { throwIfAborted } from '../errors.js';
import { DEFAULT_EXCHANGE_TIMEOUT_MS } from '../iso7816/card-channel.js';
import type { OperationOptions } from '../iso7816/index.js';
import type { CardConnection } from '../transport/connection.js';
import { type ConnectOptions, openCardFor } from '../transport/pcsc.js';
import { APPLET_CHECKS, type AppletOptions, JpkiApplet } from './applet.js';
import { ReadStrategy } from './read-strategy.js';
import { CardSession } from './session.js';

/**
 * Which card to wait for, and how to talk to it.
 *
 * @category The card and its applet
 */
export interface OpenOptions extends ConnectOptions, AppletOptions {
  /**
   * Makes of the connection what the applet talks through, once for each card that is tried: `recordTranscript` of
   * `jpki-card/transcript` records the exchanges from the first one on. Default: the connection itself.
   */
  readonly through?: ((connection: CardConnection) => CardConnection) | undefined;
}

const OPEN_CHECKS: ChecksOf<Pick<OpenOptions, 'through'>> = { through: checkFunction };

/** What the readers of this computer carry: a program that opens one card after another finds it out once. */
const OF_PROCESS = new ReadStrategy();

/**
 * Waits for a card with the JPKI application, connects, and selects it. Close what it gives. Cards of other kinds (a
 * security key, a SIM, an employee card) are passed over, and cards that nobody uses come first.
 *
 * @throws JpkiError what `connectCard` and `JpkiApplet.select` throw, each card being let go first; `NOT_JPKI` at once when
 * no card on any of the readers has the application, naming the readers
 * @example
 * await using applet = await openJpki({ timeoutMs: 10_000 });
 * const { pins } = await applet.readStatus();
 * @category The card and its applet
 */
export async function openJpki(options: OpenOptions = {}): Promise<JpkiApplet> {
  // Before the card is touched; the transport checks the others.
  const ofApplet = { readStrategy: OF_PROCESS, ...checkedOptions<AppletOptions>(options, APPLET_CHECKS) };
  const { through } = checkedOptions<Pick<OpenOptions, 'through'>>(options, OPEN_CHECKS);
  return openCardFor(options, (connection) =>
    selectOrLetGo(through ? through(connection) : connection, { ...ofApplet, signal: options.signal }),
  );
}

/** SELECT takes a card milliseconds; one that is silent for so long must not keep a caller from the next reader. */
const SELECT_TIMEOUT_MS = 10_000;

/** The applet on a card just connected; a card that is not the one, or does not answer, is let go of as it was. */
export async function selectOrLetGo(
  connection: CardConnection,
  options: AppletOptions & OperationOptions = {},
): Promise<JpkiApplet> {
  const { exchangeTimeoutMs = DEFAULT_EXCHANGE_TIMEOUT_MS } = options;
  try {
    const applet = await JpkiApplet.select(connection, {
      ...options,
      exchangeTimeoutMs: Math.min(exchangeTimeoutMs, SELECT_TIMEOUT_MS),
    });
    // Who aborted does not wait for a card to close.
    throwIfAborted(options.signal);
    CardSession.of(connection, { exchangeTimeoutMs });
    return applet;
  } catch (error) {
    // The reason it failed matters more than how the goodbye went, which a silent card must not draw out for ever.
    await CardSession.of(connection)
      .channel.close()
      .catch(() => undefined);
    throw error;
  }
}
