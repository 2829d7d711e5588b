/**
 * A program that keeps the card in the reader named until its standard input ends: to itself, or with `transaction` shared
 * and in a transaction, as programs of the system do.
 */
import koffi from 'koffi';
import { connectCard } from '../../src/transport/pcsc.js';

if (process.argv[3] === 'transaction') await holdInTransaction(process.argv[2] ?? '');
else {
  const connection = await connectCard({ timeoutMs: 10_000, reader: process.argv[2] ?? '' });
  await untilInputEnds();
  await connection.disconnect('leave');
}

async function untilInputEnds(): Promise<void> {
  console.log('holding');
  for await (const _ of process.stdin);
}

/** Through winscard.h itself: the library begins no transactions. */
async function holdInTransaction(reader: string): Promise<void> {
  const pcsc = koffi.load('libpcsclite.so.1');
  const call = (name: string, types: string, ...values: unknown[]) => {
    const code = pcsc.func(`long ${name}(${types})`)(...values);
    if (code !== 0) throw new Error(`${name}: ${code}`);
  };
  const [context, card, protocol] = [[0], [0], [0]];
  call('SCardEstablishContext', 'ulong, void *, void *, _Out_ long *', 2, null, null, context);
  const out = 'long, str, ulong, ulong, _Out_ long *, _Out_ ulong *';
  call('SCardConnect', out, context[0], reader, 2, 3, card, protocol);
  call('SCardBeginTransaction', 'long', card[0]);
  await untilInputEnds();
  call('SCardEndTransaction', 'long, ulong', card[0], 0);
  call('SCardDisconnect', 'long, ulong', card[0], 0);
  call('SCardReleaseContext', 'long', context[0]);
}
