import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { CardChannel, CommandApdu, type Send } from '../../src/iso7816/index.js';
import type { CardConnection, Disposition } from '../../src/transport/connection.js';
import { hex } from '../support/virtual.js';

/** READ BINARY of the file with this number: tells commands apart by their P1. */
const read = (number: number): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: 0xb0, p1: number, p2: 0, le: 1 });

/** A card that answers when told to, and notes when it has more than one command to answer. */
class PatientCard implements CardConnection {
  readonly readerName = 'Patient';
  readonly atr = Uint8Array.of(0x3b, 0x00);
  readonly exclusive = true;
  readonly sent: string[] = [];
  overlapped = false;
  disposition: Disposition | undefined;
  #waiting: ((response: Uint8Array) => void)[] = [];

  transmit(command: Uint8Array): Promise<Uint8Array> {
    this.overlapped ||= this.#waiting.length > 0;
    this.sent.push(toHex(command));
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Answers the command under way, and lets everything that waits for it go on. */
  async answer(response: string): Promise<void> {
    this.#waiting.shift()?.(hex(response));
    await settled();
  }

  async disconnect(disposition: Disposition): Promise<void> {
    this.overlapped ||= this.#waiting.length > 0;
    this.sent.push('disconnect');
    this.disposition = disposition;
  }
}

/** Everything that can go on without the card has. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a card channel', () => {
  it('sends one command at a time, in the order of its callers', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const answers = [1, 2, 3].map((number) => channel.transmit(read(number)));
    await settled();
    expect(card.sent).toEqual(['00b0010001']);
    await card.answer('aa9000');
    expect(card.sent).toEqual(['00b0010001', '00b0020001']);
    await card.answer('bb9000');
    await card.answer('cc9000');
    expect((await Promise.all(answers)).map(({ data }) => toHex(data))).toEqual(['aa', 'bb', 'cc']);
    expect(card.overlapped).toBe(false);
  });

  it('lets no command in between those of an operation, however long it waits for other things', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const operation = channel.run(async (send) => {
      await send(read(1));
      await settled();
      await send(read(2));
    });
    const other = channel.transmit(read(9));
    for (let i = 0; i < 3; i++) {
      await settled();
      await card.answer('aa9000');
      await settled();
    }
    await Promise.all([operation, other]);
    expect(card.sent).toEqual(['00b0010001', '00b0020001', '00b0090001']);
  });

  it('gives what the operation gives, and throws what it throws, then serves the next', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const failure = new Error('of the caller');
    await expect(channel.run(async () => 42)).resolves.toBe(42);
    await expect(channel.run(() => Promise.reject(failure))).rejects.toBe(failure);
    await expect(
      channel.run(() => {
        throw failure;
      }),
    ).rejects.toBe(failure);
    const next = channel.transmit(read(1));
    await settled();
    await card.answer('6a82');
    expect((await next).statusWord.value).toBe(0x6a82);
  });

  it('sends one after the other what an operation sends at once, each with what it fetches', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const both = channel.run((send) => Promise.all([send(read(1)), send(read(2))]));
    for (const response of ['6101', 'aa9000', 'bb9000']) {
      await settled();
      await card.answer(response);
    }
    expect((await both).map(({ data }) => toHex(data))).toEqual(['aa', 'bb']);
    expect(card.sent).toEqual(['00b0010001', '00c0000001', '00b0020001']);
    expect(card.overlapped).toBe(false);
  });

  it('starts nothing while a command is under way that its operation did not wait for', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const hasty = channel.run(async (send) => {
      void send(read(1));
      throw new Error('gives up');
    });
    const next = channel.transmit(read(2));
    await expect(hasty).rejects.toThrow('gives up');
    await settled();
    expect(card.sent).toEqual(['00b0010001']);
    await card.answer('9000');
    await card.answer('bb9000');
    expect(toHex((await next).data)).toBe('bb');
  });

  it('starts nothing before its turn because somebody between stopped waiting for his', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const first = channel.run(async (send) => {
      await send(read(1));
      await settled();
      await send(read(2));
    });
    const controller = new AbortController();
    const second = channel.transmit(read(3), { signal: controller.signal });
    const third = channel.transmit(read(4));
    controller.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    for (let turn = 0; turn < 6; turn++) await card.answer('9000');
    await Promise.all([first, third]);
    expect(card.sent).toEqual(['00b0010001', '00b0020001', '00b0040001']);
  });

  it('leaves nobody listening to a signal, whether an operation waited or not', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    const { signal } = new AbortController();
    const answers = [1, 2].map((number) => channel.transmit(read(number), { signal }));
    await settled();
    await card.answer('aa9000');
    await card.answer('bb9000');
    await Promise.all(answers);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('disconnects only when such a command is answered', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    await channel.run(async (send) => {
      void send(read(1));
    });
    const closed = channel.close(() => 'unpower');
    await settled();
    expect(card.sent).toEqual(['00b0010001']);
    await card.answer('9000');
    await closed;
    expect(card.sent).toEqual(['00b0010001', 'disconnect']);
  });

  it('closes after the operations before, with the disposition that holds then', async () => {
    const card = new PatientCard();
    const channel = new CardChannel(card);
    let disposition: Disposition = 'leave';
    const operation = channel.run(async (send) => {
      await send(read(1));
      disposition = 'unpower';
    });
    const closed = channel.close(() => disposition);
    await settled();
    expect(card.sent).toEqual(['00b0010001']);
    await card.answer('9000');
    await Promise.all([operation, closed]);
    expect(card.sent).toEqual(['00b0010001', 'disconnect']);
    expect(card.disposition).toBe('unpower');
  });

  it('keeps the commands of each operation together, whoever calls and whenever the card answers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
        async (scheduler, lengths) => {
          const sent: number[] = [];
          const channel = new CardChannel({
            readerName: 'Scheduled',
            atr: Uint8Array.of(0x3b, 0x00),
            exclusive: true,
            transmit: (command) => {
              sent.push(command[2] ?? 0);
              return scheduler.schedule(Promise.resolve(Uint8Array.of(0x90, 0x00)));
            },
            disconnect: () => Promise.resolve(),
          });
          const operation = (number: number, length: number) => async (send: Send) => {
            for (let i = 0; i < length; i++) {
              await scheduler.schedule(Promise.resolve());
              await send(read(number));
            }
          };
          const all = Promise.all(lengths.map((length, i) => channel.run(operation(i, length))));
          await scheduler.waitFor(all);
          expect(sent).toEqual(lengths.flatMap((length, i) => Array<number>(length).fill(i)));
        },
      ),
      { numRuns: 50 },
    );
  });
});
