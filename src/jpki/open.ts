import { type ConnectOptions, connectCard } from '../transport/pcsc.js';
import { type AppletOptions, JpkiApplet } from './applet.js';

/**
 * Waits for a reader and a card, connects, and selects the JPKI application. Close what it gives.
 *
 * @throws JpkiError what `connectCard` and `JpkiApplet.select` throw; the card is let go first
 * @example
 * await using applet = await openJpki({ timeoutMs: 10_000 });
 * const { pins } = await applet.readStatus();
 */
export async function openJpki(options: ConnectOptions & AppletOptions = {}): Promise<JpkiApplet> {
  const connection = await connectCard(options);
  try {
    return await JpkiApplet.select(connection, options);
  } catch (error) {
    // The reason it failed matters more than how the goodbye went.
    await connection.disconnect('leave').catch(() => undefined);
    throw error;
  }
}
