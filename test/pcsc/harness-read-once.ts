/** A program that does everything that could keep it alive, ends it, and has no `process.exit`. */
import { connectCard, listReaders, watchReaders } from '../../src/transport/pcsc.js';

await listReaders();
for await (const event of watchReaders()) if (event.type === 'card-inserted') break;

const connection = await connectCard({ timeoutMs: 10_000 });
const response = await connection.transmit(Uint8Array.of(0x00, 0xa4, 0x00, 0x00));
await connection.disconnect('unpower');

const waiting = new AbortController();
const aborted = connectCard({
  reader: 'no such reader',
  timeoutMs: Number.POSITIVE_INFINITY,
  signal: waiting.signal,
});
setTimeout(() => waiting.abort(), 50);
await aborted.catch(() => {});

console.log(Buffer.from(response).toString('hex'));
