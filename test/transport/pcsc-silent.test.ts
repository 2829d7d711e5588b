/** A PC/SC service, or the driver of a reader, that does not answer: nobody waits for it for ever. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  NativeCard,
  PcscBinding,
  ReaderWatch,
  WatchListener,
} from '../../src/transport/pcsc/binding.js';
import { connectWith } from '../../src/transport/pcsc/connect.js';
import { listWith, watchWith } from '../../src/transport/pcsc/readers.js';
import { IN_USE, PRESENT } from './fake-pcsc.js';

/** Answers what it is asked when `answer` is called, and not before. */
class SilentService implements PcscBinding {
  readonly name = 'koffi';
  readonly serviceStopsWithoutReaders = false;
  readonly watchEndsAtOnce = true;
  /** One for each call under way. */
  readonly answers: (() => void)[] = [];
  readonly closed = vi.fn(async () => {});
  readonly disconnected = vi.fn(async () => {});
  watches = 0;
  /** Whether the watch is answered, so that only the card is silent. */
  watching = false;
  state = PRESENT;
  opened = 0;

  async watch(listener: WatchListener): Promise<ReaderWatch> {
    this.watches += 1;
    const seen = { state: this.state, atr: Uint8Array.of(0x3b, 0) };
    const watch = { readers: new Map([['Reader', seen]]), settled: true, close: this.closed };
    if (!this.watching) await this.#asked();
    setImmediate(() => listener.changed({ type: 'listed' }));
    return watch;
  }

  async connect(): Promise<NativeCard> {
    this.opened += 1;
    await this.#asked();
    return { protocol: 2, transmit: () => Promise.reject(new Error()), disconnect: this.disconnected };
  }

  /** Everything that was left behind has its answer, and has been let go of. */
  async answer(): Promise<void> {
    for (const answer of this.answers.splice(0)) answer();
    await turns();
  }

  #asked(): Promise<void> {
    return new Promise((resolve) => this.answers.push(resolve));
  }
}

/** Whatever does not wait for time has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

let service: SilentService;
beforeEach(() => {
  service = new SilentService();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(async () => {
  await service.answer();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const unchanged = async <T>(connection: T) => connection;
const connect = (options: { timeoutMs?: number; signal?: AbortSignal }) =>
  connectWith(service, options, unchanged);
const NO_ANSWER = { code: 'SERVICE_UNAVAILABLE', message: expect.stringMatching(/does not answer/) };

/** Whether the work settles within so many seconds. */
async function settlesWithin(work: Promise<unknown>, seconds: number): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  work.then(note, note);
  await turns();
  await vi.advanceTimersByTimeAsync(seconds * 1000);
  return settled;
}

describe('a service that does not answer', () => {
  it('ends a list, and the watch that comes after all is ended', async () => {
    const listing = listWith(service);
    const outcome = expect(listing).rejects.toMatchObject(NO_ANSWER);
    expect(await settlesWithin(listing, 10)).toBe(true);
    await outcome;
    expect(service.closed).not.toHaveBeenCalled();
    await service.answer();
    expect(service.closed).toHaveBeenCalledOnce();
  });

  it.each([
    [0, 10],
    [1_000, 10],
    [60_000, 62],
  ])(
    'ends the waiting for a card, with %d ms to wait, after %d s at the latest',
    async (timeoutMs, latest) => {
      const connecting = connect({ timeoutMs });
      const outcome = expect(connecting).rejects.toMatchObject(NO_ANSWER);
      expect(await settlesWithin(connecting, timeoutMs / 1_200)).toBe(false);
      expect(await settlesWithin(connecting, latest)).toBe(true);
      await outcome;
    },
  );

  it('is waited for as long as the caller has patience', async () => {
    service.watching = true;
    const connecting = connect({ timeoutMs: 60_000 });
    expect(await settlesWithin(connecting, 50)).toBe(false);
    await service.answer();
    expect((await connecting).readerName).toBe('Reader');
  });

  it('ends the opening of a card, which is given back unread when it is open after all', async () => {
    service.watching = true;
    const connecting = connect({ timeoutMs: 1_000 });
    const outcome = expect(connecting).rejects.toMatchObject(NO_ANSWER);
    expect(await settlesWithin(connecting, 12)).toBe(true);
    await outcome;
    expect(service.disconnected).not.toHaveBeenCalled();
    await service.answer();
    // SCARD_LEAVE_CARD
    expect(service.disconnected.mock.calls).toEqual([[0]]);
  });

  it('is not what a card in use shows whose opening waits for a transaction: asked once, and given back', async () => {
    service.watching = true;
    service.state = PRESENT | IN_USE;
    for (let time = 0; time < 3; time++) {
      const connecting = connect({ timeoutMs: 3_000 });
      const outcome = expect(connecting).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
      expect(await settlesWithin(connecting, 5)).toBe(true);
      await outcome;
    }
    expect(service.opened).toBe(1);
    await service.answer();
    // SCARD_LEAVE_CARD
    expect(service.disconnected.mock.calls).toEqual([[0]]);
    const last = connect({});
    await turns();
    await service.answer();
    expect((await last).readerName).toBe('Reader');
  });

  it.each([false, true])('does not hold up an abort (the card is silent: %s)', async (watching) => {
    service.watching = watching;
    const controller = new AbortController();
    const connecting = connect({ timeoutMs: Number.POSITIVE_INFINITY, signal: controller.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await settlesWithin(connecting, 100)).toBe(false);
    controller.abort();
    expect(await settlesWithin(connecting, 2)).toBe(true);
    await outcome;
  });

  it('does not hold up the end of a watch', async () => {
    const controller = new AbortController();
    const events = watchWith(async () => service, controller.signal)[Symbol.asyncIterator]();
    const next = events.next();
    expect(await settlesWithin(next, 100)).toBe(false);
    controller.abort();
    expect(await settlesWithin(next, 2)).toBe(true);
    expect(await next).toEqual({ done: true, value: undefined });
  });

  it('does not hold up the leaving of a loop', async () => {
    const events = watchWith(async () => service)[Symbol.asyncIterator]();
    const next = events.next();
    await vi.advanceTimersByTimeAsync(100);
    const left = events.return?.() ?? Promise.reject(new Error('no return'));
    expect(await settlesWithin(Promise.all([next, left]), 2)).toBe(true);
  });

  it('is asked no more while two calls are without an answer, as each takes a thread of Node.js', async () => {
    for (let time = 0; time < 4; time++) {
      const listing = listWith(service);
      const outcome = expect(listing).rejects.toMatchObject(NO_ANSWER);
      expect(await settlesWithin(listing, 10)).toBe(true);
      await outcome;
    }
    expect(service.watches).toBe(2);
    service.watching = true;
    const last = listWith(service);
    await service.answer();
    expect(await last).toMatchObject([{ name: 'Reader', state: 'present' }]);
    expect(service.watches).toBe(3);
  });
});
