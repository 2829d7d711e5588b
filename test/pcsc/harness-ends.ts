/**
 * A program that opens a key of the card, says so, and ends in the way that its second argument names without closing
 * anything; for the test of how processes end. Its first argument is how the key comes to be open.
 */

import { once } from 'node:events';
import { JpkiApplet, readOtherPinCounters } from '../../src/jpki/index.js';
import { connectCard } from '../../src/transport/pcsc.js';

const [how = '', end = ''] = process.argv.slice(2);
const said = (text: string): void => void process.stdout.write(`${text}\n`);

// pcscd takes the power from a card that nobody uses for a moment: a key that another program left open is found only by
// who comes right after it.
said('ready');
await once(process.stdin, 'data');
const connection = await connectCard({ timeoutMs: 10_000, unpowerOnExit: how !== 'unguarded' });
const applet = await JpkiApplet.select(connection);

/** VERIFY of the authentication PIN of a virtual card, as a program without the applet sends it. */
const RAW_VERIFY = Uint8Array.of(0x00, 0x20, 0x00, 0x98, 0x04, 0x31, 0x32, 0x33, 0x34);

const opens: Record<string, () => Promise<unknown>> = {
  verify: () => applet.verifyPin('auth', '1234'),
  unguarded: () => applet.verifyPin('auth', '1234'),
  change: () => applet.changePin('auth', '1234', '8642'),
  raw: () => connection.transmit(RAW_VERIFY),
  wrong: () => applet.verifyPin('sign', 'WRONG1').catch(() => undefined),
  'found by its counter': () => applet.readStatus(),
  'found by a signature': () => applet.sign('auth', new Uint8Array(1)),
  'found by the other counters': () => readOtherPinCounters(connection),
  // The VERIFY is on its way when the process ends: the card takes its time for it.
  slow: async () => void applet.verifyPin('auth', '1234').catch(() => undefined),
};
const ends: Record<string, () => unknown> = {
  exit: () => process.exit(0),
  'exit with a code': () => process.exit(7),
  exitCode: () => {
    process.exitCode = 7;
  },
  exception: () => {
    throw new Error('thrown on purpose');
  },
  'exception in a timer': () =>
    setTimeout(() => {
      throw new Error('thrown on purpose');
    }),
  rejection: () => void Promise.reject(new Error('rejected on purpose')),
  dry: () => undefined,
  'signal to itself': () => {
    setInterval(() => undefined, 1_000_000);
    process.kill(process.pid, 'SIGTERM');
  },
  'exit in an exit handler': () => {
    process.on('exit', () => process.exit(7));
    process.exit(0);
  },
  wait: () => setInterval(() => undefined, 1_000_000),
  'own handler': () => {
    setInterval(() => undefined, 1_000_000);
    process.on('SIGTERM', () => process.exit(7));
  },
  'handler that goes on': () => {
    process.on('SIGTERM', async () => {
      const signature = await applet.sign('auth', new Uint8Array(1));
      said(`signed ${signature.length}`);
      process.exit(7);
    });
    setInterval(() => undefined, 1_000_000);
  },
};

/** What the program has set up before. */
const early: Record<string, () => unknown> = {
  'exit in an earlier exit handler': () => process.on('exit', () => process.exit(7)),
  'exception in an earlier exit handler': () =>
    process.on('exit', () => {
      throw new Error('thrown on purpose');
    }),
  'earlier handler for once': () => {
    process.once('SIGTERM', async () => {
      await applet.sign('auth', new Uint8Array(1));
      process.exit(7);
    });
    setInterval(() => undefined, 1_000_000);
  },
};

early[end]?.();
await opens[how]?.();
said('open');
// With the VERIFY on its way, the test says when.
if (how === 'slow') await once(process.stdin, 'data');
process.stdin.destroy();
ends[end]?.();
