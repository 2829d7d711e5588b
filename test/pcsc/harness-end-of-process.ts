/** A program that verifies a PIN and then ends in the way that its first argument names, without ever closing the card. */
import { connectCard, JpkiApplet } from 'jpki-card';

const connection = await connectCard({ timeoutMs: 10_000 });
const applet = await JpkiApplet.select(connection);
await applet.verifyPin('auth', '1234');
const how = process.argv[2] ?? '';
console.log('verified');
const ends: Record<string, () => unknown> = {
  exit: () => process.exit(0),
  exception: () => {
    throw new Error('uncaught');
  },
  rejection: () => void Promise.reject(new Error('unhandled')),
  dry: () => undefined,
  wait: () => setInterval(() => undefined, 1e6),
};
ends[how]?.();
