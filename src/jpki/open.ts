import { type ChecksOf, checkedOptions, checkFunction } from '../arguments.js';
import type { CardConnection } from '../transport/connection.js';
import { type ConnectOptions, openCardFor } from '../transport/pcsc.js';
import { APPLET_CHECKS, type AppletOptions, type JpkiApplet, selectOrLetGo } from './applet.js';

/** Which card to wait for, and how to talk to it. */
export interface OpenOptions extends ConnectOptions, AppletOptions {
  /**
   * Makes of the connection what the applet talks through, once for each card that is tried: `recordTranscript` of
   * `jpki-card/transcript` records the exchanges from the first one on. Default: the connection itself.
   */
  readonly through?: ((connection: CardConnection) => CardConnection) | undefined;
}

const OPEN_CHECKS: ChecksOf<Pick<OpenOptions, 'through'>> = { through: checkFunction };

/**
 * Waits for a card with the JPKI application, connects, and selects it. Close what it gives. Cards of other kinds (a
 * security key, a SIM, an employee card) are passed over, and cards that nobody uses come first.
 *
 * @throws JpkiError what `connectCard` and `JpkiApplet.select` throw, each card being let go first; `NOT_JPKI` at once when
 * no card on any of the readers has the application, naming the readers
 * @example
 * await using applet = await openJpki({ timeoutMs: 10_000 });
 * const { pins } = await applet.readStatus();
 */
export async function openJpki(options: OpenOptions = {}): Promise<JpkiApplet> {
  // Before the card is touched; the transport checks the others.
  const ofApplet = checkedOptions<AppletOptions>(options, APPLET_CHECKS);
  const { through } = checkedOptions<Pick<OpenOptions, 'through'>>(options, OPEN_CHECKS);
  return openCardFor(options, (connection) =>
    selectOrLetGo(through ? through(connection) : connection, { ...ofApplet, signal: options.signal }),
  );
}
