/** What goes wrong between a program and a card, through the real service; afterwards the same process reads a good card. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JpkiApplet, openJpki } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import {
  attempt,
  describeCase,
  FAULTS,
  garbled,
  judge,
  MAX,
  type PinOperation,
  triesLeft,
} from '../support/pin-faults.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { WrappedCard } from './harness-wrapped-card.js';

const GONE = ['CARD_REMOVED', 'TRANSPORT', 'NO_CARD'];

/** A card to which something happens at its n-th command, counted from 1. */
class FaultyCard extends WrappedCard {
  session: VpcdSession | undefined;
  /** Answers in place of the card. */
  act: (command: Uint8Array, number: number) => Uint8Array = (command) => this.card.process(command);

  protected override answer(command: Uint8Array): Uint8Array {
    return this.act(command, this.commands);
  }

  /** Out of the reader in the middle of a command: its answer goes nowhere. */
  pull(): Uint8Array {
    void this.session?.close();
    return Uint8Array.of(0x6f, 0x00);
  }
}

describe.skipIf(requirePcsc())('through the PC/SC service', () => {
  let pcsc: PcscHarness;
  const issued = VirtualCard.issue();
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
  async function insert(card: PoweredCard): Promise<VpcdSession> {
    const session = await connectVpcd(card, { port: pcsc.ports[0] });
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
    for (const quirks of [{}, { extendedLength: false }] as const) {
      const whole = new FaultyCard(await newCard(quirks));
      const session = await insert(whole);
      const applet = await openJpki(reader);
      await applet.readCertificate('auth');
      await applet.close();
      await session.close();
      for (let at = 1; at <= whole.commands; at++) {
        const faulty = new FaultyCard(await newCard(quirks));
        faulty.act = (command, number) => (number === at ? faulty.pull() : faulty.card.process(command));
        faulty.session = await insert(faulty);
        const error = await (async () => {
          await using broken = await openJpki({ timeoutMs: 5_000 });
          await broken.readCertificate('auth');
        })().catch((reason: unknown) => reason);
        expect(GONE, `pulled at ${at}`).toContain((error as { code?: string }).code);
      }
      await readsAGoodCard();
    }
  }, 180_000);

  it('a second program is refused at once while the first holds the card, and asked for the PIN after it', async () => {
    await insert(await newCard());
    const first = await openJpki(reader);
    await first.verifyPin('auth', VIRTUAL_PINS.auth);
    const second = spawn(process.execPath, [
      '--import',
      'tsx',
      new URL('./harness-sign-once.ts', import.meta.url).pathname,
    ]);
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
      expect(await carried(connection, '00b08a00000800')).toBe('TRANSPORT');
      expect(['TRANSPORT', 'CARD_REMOVED']).toContain(await carried(connection, SELECT_JPKI));
      await expect.poll(removals, { timeout: 5_000 }).toBeGreaterThan(before);
      expect(await carried(connection, SELECT_JPKI)).toBe('CARD_REMOVED');
      await connection.disconnect();
      const next = await connectCard(reader);
      expect(await carried(next, SELECT_JPKI)).toBe('9000');
      await next.disconnect();
    },
  );

  const operations: readonly PinOperation[] = [
    { role: 'auth', change: false, wrong: true },
    { role: 'sign', change: true, wrong: false },
  ];

  it.each(operations)(
    'a fault at any exchange costs no more than the PIN presented, and the report is true: %o',
    async (operation) => {
      let cases = 0;
      // A message of the virtual reader has two bytes of length, and an empty one is no message.
      const carried = FAULTS.filter(
        (fault) =>
          fault.kind !== 'late answer' &&
          (fault.kind !== 'answer' || (fault.hex.length > 2 && fault.hex.length < 2000)),
      );
      for (const fault of carried) {
        const faulty = new FaultyCard(await newCard());
        faulty.session = await insert(faulty);
        for (let at = 1, due = true; due; at++) {
          const { card } = faulty;
          const before = removals();
          const controller = new AbortController();
          due = false;
          faulty.commands = 0;
          let answerBefore: Uint8Array | undefined;
          faulty.act = (command, number) => {
            if (number !== at) {
              answerBefore = card.process(command);
              return answerBefore;
            }
            due = true;
            const replacement = garbled(fault, card, operation.role, answerBefore);
            switch (fault.kind) {
              case 'lost command':
                return faulty.pull();
              case 'lost answer':
                card.process(command);
                return faulty.pull();
              case 'abort':
                controller.abort();
                return card.process(command);
              default: {
                const done = fault.kind === 'answer' && !fault.executed ? undefined : card.process(command);
                return replacement ?? done ?? new Uint8Array(0);
              }
            }
          };
          const label = describeCase(operation, fault, at);
          const connection = await connectCard(reader);
          const error = await attempt(connection, operation, controller.signal);
          await connection.disconnect('unpower');
          const pin = judge(card, operation, fault, error, label);
          cases++;
          if (!due) break;

          // The next case has a card as new; the last one still works with the PIN that now holds.
          const copy = VirtualCard.fromJSON(card.toJSON());
          const again = await JpkiApplet.select(copy.connect());
          await again.verifyPin(operation.role, pin);
          expect(triesLeft(copy, operation.role), label).toBe(MAX[operation.role]);
          const pulled = fault.kind === 'lost command' || fault.kind === 'lost answer';
          faulty.card = await newCard();
          if (!pulled) continue;
          // The service looks every 0.4 s, and takes a card that was swapped between two looks for the old one.
          await expect.poll(removals, { timeout: 5_000 }).toBeGreaterThan(before);
          faulty.session = await insert(faulty);
        }
        await faulty.session?.close();
      }
      console.info(`${cases} cases of a fault through the PC/SC service`);
      await readsAGoodCard();
    },
    400_000,
  );
});
