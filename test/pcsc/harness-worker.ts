/** In a worker thread: what the readers say there, and a signature. Sends one message, the results in their order. */
import { parentPort } from 'node:worker_threads';
import { openJpki } from '../../src/jpki/index.js';
import { listReaders, watchReaders } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';

const codeOf = (error: unknown) => (error as { code?: string }).code;

async function firstEvent(): Promise<string | undefined> {
  for await (const { type } of watchReaders()) return type;
  return undefined;
}

async function sign(): Promise<number> {
  await using applet = await openJpki({ unpowerOnExit: false, timeoutMs: 10_000 });
  await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  return (await applet.sign('auth', new Uint8Array(1))).length;
}

parentPort?.postMessage([
  await listReaders().then((readers) => readers.map(({ state }) => state), codeOf),
  await firstEvent().catch(codeOf),
  await openJpki({ timeoutMs: 10_000 }).catch(codeOf),
  await sign().catch(codeOf),
]);
