/** A program that keeps a card to itself until its standard input ends; for the test of exclusive access. */
import { connectCard } from '../../src/transport/pcsc.js';

const connection = await connectCard({ timeoutMs: 10_000 });
console.log('holding');
for await (const _ of process.stdin);
await connection.disconnect('leave');
