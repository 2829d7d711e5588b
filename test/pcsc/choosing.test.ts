/** Which of the cards on two readers is taken: what lies first must not hide the Individual Number Card behind it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openJpki } from '../../src/jpki/index.js';
import { listReaders } from '../../src/transport/pcsc.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { JPKI, noTerminal, Terminal } from '../cli/support.js';
import { compiled } from '../support/compiled.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

/** A card that answers every command alike, as a SIM or a security key does to a name it does not know. */
function otherCard(answer: () => Uint8Array | Promise<Uint8Array>, atr = [0x3b, 0x00]): PoweredCard {
  const nothing = () => {};
  return {
    atr: Uint8Array.from(atr),
    powerOn: nothing,
    powerOff: nothing,
    reset: nothing,
    process: answer,
  };
}
const refusing = (high: number, low: number) => otherCard(() => Uint8Array.of(high, low));

describe.skipIf(requirePcsc())('cards on two readers', () => {
  let pcsc: PcscHarness;
  const issued = virtualCard();
  const sessions: VpcdSession[] = [];
  const holders: ChildProcess[] = [];

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterEach(async () => {
    await Promise.all(holders.splice(0).map(letGo));
    await Promise.all(sessions.splice(0).map((session) => session.close()));
    // The next test must not find what this one took out.
    await expect
      .poll(async () => (await jpki('readers')).readers.map(({ state }: { state: string }) => state), {
        timeout: 10_000,
      })
      .toEqual(['empty', 'empty']);
  });
  afterAll(() => pcsc.dispose());

  async function insert(slot: 0 | 1, card?: PoweredCard): Promise<VpcdSession> {
    const inserted = card ?? VirtualCard.fromJSON((await issued).toJSON());
    const session = await connectVpcd(inserted, { port: pcsc.ports[slot] });
    sessions.push(session);
    return session;
  }

  /** The service looks for cards every 0.4 s, and may have seen one of the two. */
  async function bothSeen(): Promise<void> {
    const empty = async () => (await listReaders()).filter(({ state }) => state === 'empty');
    await expect.poll(empty, { timeout: 5_000 }).toEqual([]);
  }

  /** Another program keeps the card to itself until it is let go of. */
  async function hold(slot: 0 | 1, how = 'exclusive'): Promise<ChildProcess> {
    const holder = spawn(process.execPath, [
      compiled('test/pcsc/harness-hold-card.ts'),
      pcsc.readerNames[slot],
      how,
    ]);
    holders.push(holder);
    await once(holder.stdout, 'data');
    return holder;
  }
  async function letGo(holder: ChildProcess): Promise<void> {
    if (holder.exitCode !== null) return;
    const exited = once(holder, 'exit');
    holder.stdin?.end();
    await exited;
  }

  const [node = '', ...words] = JPKI;
  async function jpki(...args: string[]) {
    const { stdout, stderr } = await pcsc.run(node, [...words, ...args, '--json']);
    return JSON.parse(stdout.toString() || stderr);
  }

  /** The reader whose card the library opens, which the command must also read. */
  async function chosen(): Promise<string> {
    await using applet = await openJpki({ timeoutMs: 10_000, exchangeTimeoutMs: 2_000 });
    expect((await applet.readStatus()).pins.auth.triesLeft).toBe(3);
    return applet.connection.readerName;
  }

  it.each([
    ['has no such application (6A82)', () => refusing(0x6a, 0x82)],
    ['knows no applications (6D00)', () => refusing(0x6d, 0x00)],
    ['knows no such class (6E00)', () => refusing(0x6e, 0x00)],
    ['wants a PIN of its own first (6982)', () => refusing(0x69, 0x82)],
    ['says nothing of why (6F00)', () => refusing(0x6f, 0x00)],
    ['answers with half a status word', () => otherCard(() => Uint8Array.of(0x6a))],
    ['speaks no protocol', () => otherCard(() => Uint8Array.of(0x90, 0x00), [0x00, 0x00])],
    ['leaves the field at the first command', () => otherCard(() => new Uint8Array(0))],
  ])('a card in the first reader that %s is passed over', async (_what, card) => {
    await insert(0, card());
    await insert(1);
    await bothSeen();
    expect(await chosen()).toBe(pcsc.readerNames[1]);
    expect((await jpki('status', '--timeout', '10')).pins).toMatchObject({ auth: { triesLeft: 3 } });
    expect(await jpki('doctor')).toMatchObject({ ok: true });
  });

  it('a card that never answers is passed over', async () => {
    let answer = (_bytes: Uint8Array) => {};
    await insert(
      0,
      otherCard(
        () =>
          new Promise((resolve) => {
            answer = resolve;
          }),
      ),
    );
    await insert(1);
    expect(await chosen()).toBe(pcsc.readerNames[1]);
    answer(Uint8Array.of(0x6a, 0x82));
  });

  it('only other cards are NOT_JPKI at once, with the readers that were looked at', async () => {
    await insert(0, refusing(0x6a, 0x82));
    await insert(1, refusing(0x6d, 0x00));
    const looked = expect.stringMatching('Virtual PCD 00 00, Virtual PCD 00 01');
    await expect(openJpki({ timeoutMs: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
      code: 'NOT_JPKI',
      message: looked,
    });
    expect((await jpki('status')).error).toMatchObject({ code: 'NOT_JPKI', message: looked });
    const { checks } = await jpki('doctor');
    expect(checks.at(-1)).toMatchObject({ state: 'problem', detail: looked });
  });

  it('a reader that was named is the only one looked at', async () => {
    await insert(0, refusing(0x6a, 0x82));
    await insert(1);
    const reader = pcsc.readerNames[0];
    await expect(openJpki({ reader })).rejects.toMatchObject({ code: 'NOT_JPKI' });
    expect((await jpki('status', '--reader', reader)).error).toMatchObject({ code: 'NOT_JPKI' });
  });

  it('a card in use in the first reader hides no free one', async () => {
    await insert(0);
    await insert(1);
    await hold(0);
    expect(await chosen()).toBe(pcsc.readerNames[1]);
  });

  it('a free card of another kind does not end the waiting for one in use', async () => {
    await insert(0);
    await insert(1, refusing(0x6a, 0x82));
    const holder = await hold(0);
    const choosing = chosen();
    setTimeout(() => void letGo(holder), 2_000);
    expect(await choosing).toBe(pcsc.readerNames[0]);
  });

  it('a card that another program holds for two seconds is waited for', async () => {
    await insert(0);
    const holder = await hold(0);
    const choosing = chosen();
    setTimeout(() => void letGo(holder), 2_000);
    expect(await choosing).toBe(pcsc.readerNames[0]);
  });

  it('a card that another program keeps is SHARING_VIOLATION when the time is over, or at once where asked', async () => {
    await insert(0);
    await hold(0);
    for (const options of [{ timeoutMs: 1_000 }, { timeoutMs: 600_000, busy: 'fail' }] as const)
      await expect(openJpki(options)).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    expect((await jpki('status', '--timeout', '1')).error).toMatchObject({ code: 'SHARING_VIOLATION' });
  });

  describe('a card that another program keeps in a transaction, which opening it would wait for', () => {
    it.each(['exclusive', 'shared'] as const)(
      'is in use, and stays no secret of a service that answers (%s)',
      async (share) => {
        await insert(0);
        await hold(0, 'transaction');
        // Each waits on a thread of Node.js, of which there are four.
        for (let time = 0; time < 5; time++)
          await expect(openJpki({ timeoutMs: 0, share })).rejects.toMatchObject({
            code: 'SHARING_VIOLATION',
          });
        await expect(openJpki({ timeoutMs: 600_000, share, busy: 'fail' })).rejects.toMatchObject({
          code: 'SHARING_VIOLATION',
        });
        expect((await listReaders()).map(({ state }) => state)).toEqual(['in-use', 'empty']);
      },
    );

    it.each(['exclusive', 'shared'] as const)('is opened when that is over (%s)', async (share) => {
      await insert(0);
      const holder = await hold(0, 'transaction');
      const opening = openJpki({ timeoutMs: 20_000, share });
      setTimeout(() => void letGo(holder), 2_000);
      await using applet = await opening;
      expect((await applet.readStatus()).pins.auth.triesLeft).toBe(3);
    });

    it('does not hide one that is put down meanwhile', async () => {
      await insert(0);
      await hold(0, 'transaction');
      const choosing = chosen();
      setTimeout(() => void insert(1), 2_000);
      expect(await choosing).toBe(pcsc.readerNames[1]);
    });

    it('does not hold up an abort', async () => {
      await insert(0);
      await hold(0, 'transaction');
      await expect(
        openJpki({ timeoutMs: Number.POSITIVE_INFINITY, signal: AbortSignal.timeout(500) }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
    });

    it('is what the command says', async () => {
      await insert(0);
      const holder = await hold(0, 'transaction');
      const { status, stderr } = await pcsc.run(node, [...words, 'status', '--timeout', '1', '--json']);
      const { error } = JSON.parse(stderr);
      expect(error).toMatchObject({ code: 'SHARING_VIOLATION' });
      expect(status).toBe(1);
      expect((await jpki('doctor')).checks.at(-1)).toMatchObject({ state: 'problem', detail: error.message });
      await letGo(holder);
      expect((await jpki('status', '--timeout', '10')).pins).toMatchObject({ auth: { triesLeft: 3 } });
    });
  });

  it.skipIf(noTerminal())(
    'a terminal shows that another program has the card, until it has not',
    async () => {
      await insert(0);
      const holder = await hold(0);
      const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
      const terminal = new Terminal(['status'], { LANG: 'C', PCSCLITE_CSOCK_NAME: socket });
      await terminal.waitFor('Another program is using the card');
      await letGo(holder);
      await terminal.waitFor('3 tries left');
      expect((await terminal.finish()).status).toBe(0);
    },
  );

  it.skipIf(noTerminal())(
    'a terminal waits through a restart of the service, and for a card that bounced beside one of another kind',
    async () => {
      await insert(0, refusing(0x6a, 0x82));
      let bouncing: VpcdSession | undefined;
      const bounce = () => {
        void bouncing?.close();
        return new Promise<never>(() => {});
      };
      bouncing = await insert(1, otherCard(bounce));
      const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
      const terminal = new Terminal(['status'], { LANG: 'C', PCSCLITE_CSOCK_NAME: socket });
      await terminal.waitFor('put it on the reader');
      await pcsc.stop();
      await terminal.waitFor('PC/SC service stopped');
      await pcsc.start();
      await insert(1);
      await terminal.waitFor('3 tries left');
      expect((await terminal.finish()).status).toBe(0);
    },
  );
});
