import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectCard, listReaders, type ReaderEvent, watchReaders } from '../../src/transport/pcsc.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { compiled } from '../support/compiled.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { StubCard } from './harness-stub-card.js';

const COMMAND = Uint8Array.of(0x00, 0xa4, 0x00, 0x00);
const SHORT_MS = 300;

describe.skipIf(requirePcsc())('readers through the real service', () => {
  let pcsc: PcscHarness;
  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterAll(() => pcsc.dispose());

  const inserted: VpcdSession[] = [];
  afterEach(async () => {
    for (const session of inserted.splice(0)) await session.close();
    if (!pcsc.running) await pcsc.start();
    // The service looks for cards every 0.4 s.
    await expect.poll(allEmpty, { timeout: 5_000 }).toBe(true);
  });
  const allEmpty = async () => (await listReaders()).every(({ state }) => state === 'empty');

  async function insert(card = new StubCard()): Promise<VpcdSession> {
    const session = await connectVpcd(card, { port: pcsc.ports[0] });
    inserted.push(session);
    return session;
  }

  /** What must hold after every fault: this process reads a good card. */
  async function readsAGoodCard(): Promise<void> {
    await insert();
    const connection = await connectCard({ timeoutMs: 5_000 });
    expect([...(await connection.transmit(COMMAND))]).toEqual([0x90, 0x00]);
    await connection.disconnect('unpower');
  }

  it('say SERVICE_UNAVAILABLE while it is not running, then read a card once it is', async () => {
    await pcsc.stop();
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(listReaders()).rejects.toMatchObject(unavailable);
    await expect(connectCard()).rejects.toMatchObject(unavailable);
    await expect(watchReaders()[Symbol.asyncIterator]().next()).rejects.toMatchObject(unavailable);
    await pcsc.start();
    await readsAGoodCard();
  });

  it('are none when none is plugged in, which is NO_READER at the deadline', async () => {
    await pcsc.restart({ readers: false });
    expect(await listReaders()).toEqual([]);
    await expect(connectCard({ timeoutMs: SHORT_MS })).rejects.toMatchObject({ code: 'NO_READER' });
    await pcsc.restart();
    await readsAGoodCard();
  });

  it('are listed with what is in them', async () => {
    const [first, second] = pcsc.readerNames;
    expect(await listReaders()).toEqual([
      { name: first, state: 'empty' },
      { name: second, state: 'empty' },
    ]);
    await insert();
    await expect
      .poll(() => listReaders(), { timeout: 5_000 })
      .toContainEqual({
        name: first,
        state: 'present',
        atr: Uint8Array.of(0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14),
      });
    const connection = await connectCard();
    expect(await listReaders()).toContainEqual(expect.objectContaining({ name: first, state: 'in-use' }));
    await connection.disconnect();
  });

  it('without a card are NO_CARD at the deadline', async () => {
    await expect(connectCard({ timeoutMs: SHORT_MS })).rejects.toMatchObject({ code: 'NO_CARD' });
    await expect(connectCard({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'NO_CARD' });
    await readsAGoodCard();
  });

  it('wait for the card, and show it as it is', async () => {
    const connecting = connectCard({ reader: pcsc.readerNames[0] });
    await insert();
    const connection = await connecting;
    expect(connection).toMatchObject({ readerName: pcsc.readerNames[0], exclusive: true });
    expect(Buffer.from(connection.atr).toString('hex')).toBe('3be000ff8131fe4514');
    await connection.disconnect();
  });

  it('carry extended commands and their responses whole', async () => {
    const card = new StubCard();
    const data = Uint8Array.from({ length: 40_000 }, (_, i) => i % 251);
    card.answer = () => Uint8Array.of(...data, 0x90, 0x00);
    await insert(card);
    const connection = await connectCard();
    const response = await connection.transmit(Uint8Array.of(0x00, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00));
    expect(Buffer.from(response.subarray(0, -2)).equals(data)).toBe(true);
    await connection.disconnect();
  });

  it('tell of a card pulled in the middle of a command, then that it is gone', async () => {
    const card = new StubCard();
    const session = await insert(card);
    const connection = await connectCard();
    card.answer = () => {
      void session.close();
      return Uint8Array.of(0x90, 0x00);
    };
    for (let time = 0; time < 2; time++)
      await expect(connection.transmit(COMMAND)).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    await connection.disconnect('unpower');
    await expect(connection.transmit(COMMAND)).rejects.toMatchObject({ code: 'CLOSED' });
    await readsAGoodCard();
  });

  it('are SHARING_VIOLATION while another program holds the card', async () => {
    const session = await insert();
    const other = spawn(process.execPath, [compiled('test/pcsc/harness-hold-card.ts'), pcsc.readerNames[0]], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = once(other, 'exit');
    await once(other.stdout, 'data');
    for (const options of [{ busy: 'fail' }, { busy: 'fail', share: 'shared' }, { timeoutMs: 500 }] as const)
      await expect(connectCard(options)).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    other.stdin.end();
    expect(await exited).toEqual([0, null]);
    await session.close();
    await readsAGoodCard();
  });

  it('let two programs share a card that both open shared', async () => {
    await insert();
    const first = await connectCard({ share: 'shared' });
    const second = await connectCard({ share: 'shared' });
    expect([first.exclusive, second.exclusive]).toEqual([false, false]);
    expect([...(await second.transmit(COMMAND))]).toEqual([0x90, 0x00]);
    await first.disconnect();
    await second.disconnect();
  });

  it.each([
    ['leave', ['00a40000']],
    ['reset', ['reset', '00a40000']],
    ['unpower', ['off', 'on', '00a40000']],
  ] as const)('end a connection with %s as the card sees it', async (disposition, expected) => {
    const card = new StubCard();
    await insert(card);
    const connection = await connectCard();
    card.history.length = 0;
    await connection.disconnect(disposition);
    const next = await connectCard();
    await next.transmit(COMMAND);
    expect(card.history).toEqual(expected);
    await next.disconnect();
  });

  it('go on being watched when the service restarts', async () => {
    const leave = new AbortController();
    const events: ReaderEvent['type'][] = [];
    const watched = (async () => {
      for await (const event of watchReaders({ signal: leave.signal })) {
        if (event.reader === pcsc.readerNames[0]) events.push(event.type);
      }
    })();
    const seen = (count: number) => expect.poll(() => events.length, { timeout: 10_000 }).toBe(count);
    await seen(1);
    const session = await insert();
    await seen(2);
    await pcsc.restart();
    await seen(5);
    await session.closed;
    const again = await insert();
    await seen(6);
    await again.close();
    await seen(7);
    leave.abort();
    await watched;
    expect(events).toEqual([
      'reader-added',
      'card-inserted',
      'card-removed',
      'reader-removed',
      'reader-added',
      'card-inserted',
      'card-removed',
    ]);
    await readsAGoodCard();
  });

  it('lose an open card when the service stops, and open it again when it is back', async () => {
    await insert();
    const connection = await connectCard();
    await pcsc.stop();
    await expect(connection.transmit(COMMAND)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await connection.disconnect('unpower');
    await pcsc.start();
    await readsAGoodCard();
  });

  it('wait through a restart of the service for a card', async () => {
    const connecting = connectCard();
    // Once a list has arrived, the wait begun before it is on its way too.
    await listReaders();
    await pcsc.restart();
    await insert();
    const connection = await connecting;
    await connection.disconnect();
  });

  it('stop waiting when aborted', async () => {
    const controller = new AbortController();
    const connecting = connectCard({ signal: controller.signal, timeoutMs: Number.POSITIVE_INFINITY });
    setTimeout(() => controller.abort(), 50);
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await readsAGoodCard();
  });

  it('let a program end by itself that has read a card', async () => {
    await insert();
    const result = await pcsc.run(process.execPath, [compiled('test/pcsc/harness-read-once.ts')], {
      timeoutMs: 15_000,
    });
    expect({ ...result, stdout: result.stdout.toString().trim() }).toEqual({
      status: 0,
      stdout: '9000',
      stderr: '',
    });
  });

  it('can be listed more often than the service has contexts (200)', async () => {
    // In a process of its own: the native code would wait for ever for a context, and no timeout would end it.
    const result = await pcsc.run(process.execPath, [compiled('test/pcsc/harness-list-often.ts')]);
    expect({ ...result, stdout: result.stdout.toString().trim() }).toEqual({
      status: 0,
      stdout: '440',
      stderr: '',
    });
    await readsAGoodCard();
  });
});
