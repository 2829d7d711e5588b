/** A program that keeps the card in the reader named to itself until its standard input ends. */
import { connectCard } from '../../src/transport/pcsc.js';

const connection = await connectCard({ timeoutMs: 10_000, reader: process.argv[2] ?? '' });
console.log('holding');
for await (const _ of process.stdin);
await connection.disconnect('leave');
