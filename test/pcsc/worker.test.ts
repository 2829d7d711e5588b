/** Readers from a worker thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJpki } from '../../src/jpki/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { compiled } from '../support/compiled.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

describe.skipIf(requirePcsc())('in a worker thread', () => {
  let pcsc: PcscHarness;
  let session: VpcdSession;

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
    session = await connectVpcd(await virtualCard(), { port: pcsc.ports[0] });
  });
  afterAll(async () => {
    await session?.close();
    await pcsc.dispose();
  });

  async function inWorker(binding: string): Promise<unknown> {
    const worker = new Worker(compiled('test/pcsc/harness-worker.ts'), {
      env: { ...process.env, JPKI_PCSC: binding },
    });
    // The message and the end may come in one go.
    const ended = once(worker, 'exit');
    const [said] = await once(worker, 'message');
    // By itself: nothing of the readers keeps it.
    expect(await ended).toEqual([0]);
    return said;
  }

  it('koffi lists, watches and signs, but only for somebody who gives up the promise about the end', async () => {
    expect(await inWorker('koffi')).toEqual([['present', 'empty'], 'reader-added', 'UNSUPPORTED', 256]);
    await using applet = await openJpki({ timeoutMs: 10_000 });
    await expect(applet.sign('auth', new Uint8Array(1))).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  });

  it('pcsclite is refused', async () => {
    expect(await inWorker('pcsclite')).toEqual(Array(4).fill('UNSUPPORTED'));
  });
});
