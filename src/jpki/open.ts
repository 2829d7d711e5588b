import { checkedOptions } from '../arguments.js';
import { type ConnectOptions, openCardFor } from '../transport/pcsc.js';
import { APPLET_CHECKS, type AppletOptions, JpkiApplet } from './applet.js';
import { CardSession } from './session.js';

/**
 * Waits for a reader and a card, connects, and selects the JPKI application. Close what it gives.
 *
 * @throws JpkiError what `connectCard` and `JpkiApplet.select` throw; the card is let go first
 * @example
 * await using applet = await openJpki({ timeoutMs: 10_000 });
 * const { pins } = await applet.readStatus();
 */
export async function openJpki(options: ConnectOptions & AppletOptions = {}): Promise<JpkiApplet> {
  // Before the card is touched; the transport checks the others.
  const ofApplet = checkedOptions<AppletOptions>(options, APPLET_CHECKS);
  return openCardFor(options, async (connection) => {
    try {
      return await JpkiApplet.select(connection, { ...ofApplet, signal: options.signal });
    } catch (error) {
      // The reason it failed matters more than how the goodbye went, which a silent card must not draw out for ever.
      await CardSession.of(connection)
        .channel.close()
        .catch(() => undefined);
      throw error;
    }
  });
}
