/**
 * `npm run soak`: many open-read-verify-sign-close cycles, and what is left of them. Prints numbers; ends with an error
 * when something grew after the warm-up. Needs `--expose-gc`, which the script sets.
 */
import { createPublicKey, verify } from 'node:crypto';
import { JpkiApplet } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import { PcscHarness } from '../pcsc/harness.js';
import { missingForPcsc } from '../pcsc/harness-requirements.js';

const inMemoryCycles = Number(process.argv[2] ?? 10_000);
const pcscCycles = Number(process.argv[3] ?? 200);

/** What may be left of the heap after thousands of cycles: less than any of them could keep and not be seen. */
const MAX_HEAP_GROWTH_MB = 8;

interface Residue {
  readonly heapMb: number;
  readonly rssMb: number;
  readonly handles: number;
  readonly timers: number;
  readonly listeners: number;
}

const data = new TextEncoder().encode('what is signed');

async function cycle(open: () => Promise<CardConnection>): Promise<void> {
  await using applet = await JpkiApplet.select(await open());
  const { pins } = await applet.readStatus();
  if (pins.auth.triesLeft !== 3) throw new Error(`${pins.auth.triesLeft} tries left`);
  const certificate = await applet.readCertificate('auth');
  await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  const signature = await applet.sign('auth', data);
  const key = createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' });
  if (!verify('sha256', data, key, signature)) throw new Error('a signature does not verify');
}

async function residue(): Promise<Residue> {
  // Handles that were closed in this turn are gone in the next; a second collection takes what the first one freed.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  const resources = process.getActiveResourcesInfo();
  const { heapUsed, rss } = process.memoryUsage();
  const mb = (bytes: number): number => Math.round(bytes / 2 ** 18) / 4;
  return {
    heapMb: mb(heapUsed),
    rssMb: mb(rss),
    handles: resources.filter((name) => name !== 'Timeout' && name !== 'Immediate').length,
    timers: resources.filter((name) => name === 'Timeout').length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}

async function soak(title: string, cycles: number, open: () => Promise<CardConnection>): Promise<boolean> {
  const warmUp = Math.max(5, Math.ceil(cycles / 10));
  for (let i = 0; i < warmUp; i++) await cycle(open);
  const before = await residue();
  const started = Date.now();
  for (let i = 0; i < cycles; i++) await cycle(open);
  const seconds = (Date.now() - started) / 1000;
  const after = await residue();
  console.log(`${title}: ${cycles} cycles in ${seconds.toFixed(0)} s, after ${warmUp} to warm up`);
  console.table({ before, after });
  return (
    after.heapMb - before.heapMb <= MAX_HEAP_GROWTH_MB &&
    after.handles <= before.handles &&
    after.timers <= before.timers &&
    after.listeners <= before.listeners
  );
}

if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
const card = await VirtualCard.issue();
let good = await soak('virtual card in memory', inMemoryCycles, async () => card.connect());

const missing = missingForPcsc();
if (missing !== undefined) {
  console.log(missing);
  good = false;
} else {
  const pcsc = await PcscHarness.create();
  try {
    await pcsc.start();
    const session = await connectVpcd(card, { port: pcsc.ports[0] });
    good =
      (await soak('through the PC/SC service', pcscCycles, () =>
        connectCard({ reader: pcsc.readerNames[0] }),
      )) && good;
    await session.close();
  } finally {
    await pcsc.dispose();
  }
}
console.log(good ? 'nothing grew' : 'something grew');
process.exitCode = good ? 0 : 1;
