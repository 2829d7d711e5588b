/** What goes wrong between a program and a card, through the real service; afterwards the same process reads a good card. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JpkiApplet, openJpki, ReadStrategy } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { compiled } from '../support/compiled.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { FaultyCard } from './harness-faulty-card.js';

const GONE = ['CARD_REMOVED', 'NO_CARD'];

describe.skipIf(requirePcsc())('through the PC/SC service', () => {
  let pcsc: PcscHarness;
  const issued = virtualCard();
  const inserted: VpcdSession[] = [];

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterAll(() => pcsc.dispose());
  afterEach(async () => {
    for (const session of inserted.splice(0)) await session.close();
  });

  async function newCard(quirks: Partial<VirtualCardQuirks> = {}): Promise<VirtualCard> {
    return VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks });
  }
  async function insert(card: PoweredCard, slot: 0 | 1 = 0): Promise<VpcdSession> {
    const session = await connectVpcd(card, { port: pcsc.ports[slot] });
    inserted.push(session);
    return session;
  }
  const reader = { timeoutMs: 10_000 };
  const removals = () => pcsc.log.split('Card Removed').length;

  async function readsAGoodCard(): Promise<void> {
    const session = await insert(await newCard());
    await using applet = await openJpki(reader);
    expect((await applet.readStatus()).pins.auth.triesLeft).toBe(3);
    await applet.close();
    await session.close();
  }

  it('a card without the JPKI application is NOT_JPKI', async () => {
    const session = await insert(await newCard({ absentApplications: ['jpki'] }));
    await expect(openJpki(reader)).rejects.toMatchObject({ code: 'NOT_JPKI' });
    await session.close();
    await readsAGoodCard();
  });

  it('a card pulled at each exchange of a certificate read ends it with a code, and a good card is read after it', async () => {
    // With extended length in one reader, without in the other, at the same time.
    const pullAll = async (slot: 0 | 1, quirks: Partial<VirtualCardQuirks>) => {
      // Each begins anew: what the process remembers of the reader would spare it the exchange that is refused.
      const here = () => ({ ...reader, reader: pcsc.readerNames[slot], readStrategy: new ReadStrategy() });
      const whole = new FaultyCard(await newCard(quirks));
      const session = await insert(whole, slot);
      const applet = await openJpki(here());
      await applet.readCertificate('auth');
      await applet.close();
      await session.close();
      for (let at = 1; at <= whole.commands; at++) {
        const faulty = new FaultyCard(await newCard(quirks));
        faulty.act = (command, number) => (number === at ? faulty.pull() : faulty.card.process(command));
        faulty.session = await insert(faulty, slot);
        const error = await (async () => {
          await using broken = await openJpki(here());
          await broken.readCertificate('auth');
        })().catch((reason: unknown) => reason);
        expect(GONE, `pulled at ${at}`).toContain((error as { code?: string }).code);
      }
      return whole.commands;
    };
    const cases = await Promise.all([pullAll(0, {}), pullAll(1, { extendedLength: false })]);
    console.info(`a card pulled at ${cases.join(' + ')} exchanges`);
    await readsAGoodCard();
  }, 180_000);

  it('a second program that does not wait is refused at once while the first holds the card, and asked for the PIN after it', async () => {
    await insert(await newCard());
    const first = await openJpki(reader);
    await first.verifyPin('auth', VIRTUAL_PINS.auth);
    const second = spawn(process.execPath, [compiled('test/pcsc/harness-sign-once.ts')]);
    let said = '';
    second.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await once(second, 'close');
    expect(said.trim()).toBe('SHARING_VIOLATION');

    await first.close();
    const next = await openJpki(reader);
    await expect(next.sign('auth', new Uint8Array(1))).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    await next.close();
  });

  it('a program that left the card powered leaves it verified, which is why close does not', async () => {
    await insert(await newCard());
    const connection = await connectCard(reader);
    await (await JpkiApplet.select(connection)).verifyPin('auth', VIRTUAL_PINS.auth);
    await connection.disconnect('leave');
    const next = await openJpki(reader);
    expect((await next.sign('auth', new Uint8Array(1))).length).toBe(256);
    await next.close();
  });

  // Answers as a program gets them from the reader; an error as its code.
  async function carried(connection: CardConnection, command: string): Promise<string> {
    const bytes = Uint8Array.from(Buffer.from(command, 'hex'));
    return connection.transmit(bytes).then(
      (response) => Buffer.from(response).toString('hex'),
      (error: unknown) => (error as { code: string }).code,
    );
  }
  const SELECT_JPKI = '00a4040c0ad392f000260100000001';
  const READ_ALL = '00b08a0000';

  it.each<[string, Partial<VirtualCardQuirks>, string, number | string]>([
    ['a read of 256 bytes is cut off', { longestRead: 254, longRead: 'cut' }, READ_ALL, 254],
    [
      'a read of 256 bytes brings success and nothing',
      { longestRead: 240, longRead: 0x9000 },
      READ_ALL,
      '9000',
    ],
    [
      'a read of 256 bytes brings a warning and nothing',
      { longestRead: 236, longRead: 0x6282 },
      READ_ALL,
      '6282',
    ],
    ['a read of 256 bytes is refused', { longestRead: 192 }, READ_ALL, '6700'],
    ['a read of 256 bytes fails', { longestRead: 128, longRead: 'fails' }, READ_ALL, 'TRANSPORT'],
    ['an answer is cut to one byte', { longestRead: 1, longRead: 'cut' }, READ_ALL, 'TRANSPORT'],
    ['an Le of 00 brings nothing', { leZero: 0x9000 }, READ_ALL, '9000'],
    ['an extended read fails', { extendedLength: 'fails' }, '00b08a00000800', 'TRANSPORT'],
    ['a VERIFY of four bytes fails', { fourByteVerify: 'fails' }, '00200098', 'TRANSPORT'],
    ['the reader makes up an answer', { inventedWord: 0x637f, inventedFor: ['query'] }, '00200098', '637f'],
  ])(
    'the quirks of a reader are what a program sees, and the card stays: %s',
    async (_name, quirks, command, seen) => {
      await insert(await newCard(quirks));
      const connection = await connectCard(reader);
      expect(await carried(connection, SELECT_JPKI)).toBe('9000');
      const answer = await carried(connection, command);
      if (typeof seen === 'number') expect(answer).toHaveLength(2 * seen);
      else expect(answer).toBe(seen);
      expect(await carried(connection, SELECT_JPKI)).toBe('9000');
      await connection.disconnect();
    },
  );

  it.each(['resets', 'removes'] as const)(
    'a card that an extended read costs (%s) leaves the reader, and is there again for the next program',
    async (extendedLength) => {
      await insert(await newCard({ extendedLength }));
      const before = removals();
      const connection = await connectCard(reader);
      expect(await carried(connection, SELECT_JPKI)).toBe('9000');
      expect(await carried(connection, '00b08a00000800')).toBe('CARD_REMOVED');
      expect(removals()).toBeGreaterThan(before);
      expect(await carried(connection, SELECT_JPKI)).toBe('CARD_REMOVED');
      await connection.disconnect();
      const next = await connectCard(reader);
      expect(await carried(next, SELECT_JPKI)).toBe('9000');
      await next.disconnect();
    },
  );
});
