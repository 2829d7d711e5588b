/** A PC/SC service that hangs: nobody waits for it for ever, and everything works again when it answers. Through koffi alone. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openJpki } from '../../src/jpki/index.js';
import { connectCard, listReaders, watchReaders } from '../../src/transport/pcsc.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { JPKI } from '../cli/support.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

const NO_ANSWER = { code: 'SERVICE_UNAVAILABLE', message: expect.stringMatching(/does not answer/) };

describe.skipIf(requirePcsc())('a PC/SC service that does not answer', () => {
  let pcsc: PcscHarness;
  let session: VpcdSession;

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
    session = await connectVpcd(await virtualCard(), { port: pcsc.ports[0] });
  });
  // Whatever was left behind is answered, and the card is free.
  afterEach(async () => {
    pcsc.resume();
    await using applet = await openJpki({ timeoutMs: 10_000 });
    expect((await applet.readStatus()).pins.auth.triesLeft).toBe(3);
  });
  afterAll(async () => {
    pcsc.resume();
    await session.close();
    await pcsc.dispose();
  });

  it('ends a list of the readers, as often as it is asked for', async () => {
    pcsc.pause();
    for (let time = 0; time < 3; time++) await expect(listReaders()).rejects.toMatchObject(NO_ANSWER);
    pcsc.resume();
    expect((await listReaders()).map(({ state }) => state)).toEqual(['present', 'empty']);
  });

  it('ends the waiting for a card', async () => {
    pcsc.pause();
    await expect(connectCard({ timeoutMs: 500 })).rejects.toMatchObject(NO_ANSWER);
  });

  it('does not hold up an abort, nor the end of a watch that was told of readers before', async () => {
    const controller = new AbortController();
    const events = watchReaders({ signal: controller.signal })[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ type: 'reader-added' });
    pcsc.pause();
    const connecting = connectCard({ timeoutMs: Number.POSITIVE_INFINITY, signal: controller.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    controller.abort();
    await outcome;
    for (let count = 0; !(await events.next()).done; count++) expect(count).toBeLessThan(10);
  });

  it('is what the command says', async () => {
    pcsc.pause();
    const [node = '', ...words] = JPKI;
    const commands = [['readers'], ['status', '--timeout', '0'], ['doctor']];
    const results = await Promise.all(commands.map((args) => pcsc.run(node, [...words, ...args, '--json'])));
    // The service is not there for the command: the exit status of no card.
    expect(results.map(({ status }) => status)).toEqual([3, 3, 3]);
    for (const { stdout, stderr } of results) {
      const said = JSON.parse(stderr || stdout.toString());
      const { message } = said.error ?? {
        message: said.checks.find(({ state }: { state: string }) => state === 'problem').detail,
      };
      expect(message).toBe('The PC/SC service does not answer.');
    }
  });
});
