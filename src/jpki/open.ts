import { checkedOptions } from '../arguments.js';
import { type ConnectOptions, openCardFor } from '../transport/pcsc.js';
import { APPLET_CHECKS, type AppletOptions, type JpkiApplet, selectOrLetGo } from './applet.js';

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
export async function openJpki(options: ConnectOptions & AppletOptions = {}): Promise<JpkiApplet> {
  // Before the card is touched; the transport checks the others.
  const ofApplet = checkedOptions<AppletOptions>(options, APPLET_CHECKS);
  return openCardFor(options, (connection) =>
    selectOrLetGo(connection, { ...ofApplet, signal: options.signal }),
  );
}
