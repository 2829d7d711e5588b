import { checkedOptions } from '../arguments.js';
import { CONNECT_CHECKS, type ConnectOptions, connectCard } from '../transport/pcsc.js';
import { APPLET_CHECKS, type AppletOptions, JpkiApplet } from './applet.js';

/**
 * Waits for a reader and a card, connects, and selects the JPKI application. Close what it gives.
 *
 * @throws JpkiError what `connectCard` and `JpkiApplet.select` throw; the card is let go first
 * @example
 * await using applet = await openJpki({ timeoutMs: 10_000 });
 * const { pins } = await applet.readStatus();
 */
export async function openJpki(options: ConnectOptions & AppletOptions = {}): Promise<JpkiApplet> {
  // All of them before the card is touched.
  const checked = checkedOptions(options, { ...CONNECT_CHECKS, ...APPLET_CHECKS });
  const connection = await connectCard(checked);
  try {
    return await JpkiApplet.select(connection, checked);
  } catch (error) {
    // The reason it failed matters more than how the goodbye went.
    await connection.disconnect('leave').catch(() => undefined);
    throw error;
  }
}
