import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReaderEvent } from '../../src/transport/pcsc/readers.js';
import { listWith, watchWith } from '../../src/transport/pcsc/readers.js';
import { EMPTY, EXCLUSIVE, FakePcsc, MUTE, PRESENT } from './fake-pcsc.js';

const ATR = [0x3b, 0xe0, 0x00, 0xff];
/** One card coming or going, as the upper 16 bits of the state count them. */
const COUNT = 0x10000;

let pcsc: FakePcsc;
beforeEach(() => {
  pcsc = new FakePcsc();
});
afterEach(() => {
  expect(pcsc.violations).toEqual([]);
  expect(pcsc.openMonitors).toBe(0);
  expect(pcsc.watchedReaders).toBe(0);
});

describe('the list of readers', () => {
  it('is empty without a reader', async () => {
    expect(await listWith(pcsc)).toEqual([]);
  });

  it('tells what is in each', async () => {
    pcsc.plug('A', EMPTY);
    pcsc.plug('B', PRESENT, ATR);
    pcsc.plug('C', PRESENT | EXCLUSIVE, ATR);
    pcsc.plug('D', PRESENT | MUTE);
    expect(await listWith(pcsc)).toEqual([
      { name: 'A', state: 'empty' },
      { name: 'B', state: 'present', atr: Uint8Array.from(ATR) },
      { name: 'C', state: 'in-use', atr: Uint8Array.from(ATR) },
      { name: 'D', state: 'mute' },
    ]);
  });

  it('is an error while the service is not running', async () => {
    pcsc.running = false;
    await expect(listWith(pcsc)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is an error when the service stops meanwhile', async () => {
    pcsc.plug('A');
    const listing = listWith(pcsc);
    pcsc.stop();
    await expect(listing).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('is empty where the service runs only while a reader is plugged in', async () => {
    pcsc.running = false;
    pcsc.serviceStopsWithoutReaders = true;
    expect(await listWith(pcsc)).toEqual([]);
  });
});

describe('watching', () => {
  let events: AsyncIterator<ReaderEvent>;
  const abort = () => controller.abort();
  let controller: AbortController;
  beforeEach(() => {
    controller = new AbortController();
    events = watchWith(async () => pcsc, controller.signal)[Symbol.asyncIterator]();
  });
  afterEach(async () => {
    await events.return?.();
  });

  /** The next events as short text: `A+` reader added, `A card 3be0` and so on. */
  async function next(count: number): Promise<string[]> {
    const texts: string[] = [];
    while (texts.length < count) {
      const { value, done } = await events.next();
      if (done) break;
      texts.push(describeEvent(value));
    }
    return texts;
  }

  it('begins with what is there', async () => {
    pcsc.plug('A', PRESENT, ATR);
    pcsc.plug('B');
    expect(await next(3)).toEqual(['+A', '+B', 'A card 3be000ff']);
  });

  it('tells of readers and cards that come and go', async () => {
    pcsc.plug('A');
    expect(await next(1)).toEqual(['+A']);
    pcsc.turn('A', PRESENT | COUNT, ATR);
    expect(await next(1)).toEqual(['A card 3be000ff']);
    pcsc.turn('A', EMPTY | (2 * COUNT));
    expect(await next(1)).toEqual(['A no card']);
    pcsc.unplug('A');
    expect(await next(1)).toEqual(['-A']);
  });

  it('tells of a card that leaves with its reader', async () => {
    pcsc.plug('A', PRESENT, ATR);
    await next(2);
    pcsc.unplug('A');
    expect(await next(2)).toEqual(['A no card', '-A']);
  });

  it('tells of a mute card without an answer to reset', async () => {
    pcsc.plug('A', PRESENT | MUTE);
    expect(await next(2)).toEqual(['+A', 'A card']);
  });

  it('says nothing when only the use of the card changes', async () => {
    pcsc.plug('A', PRESENT | COUNT, ATR);
    await next(2);
    pcsc.turn('A', PRESENT | EXCLUSIVE | COUNT, ATR);
    pcsc.turn('A', EMPTY | (2 * COUNT));
    expect(await next(1)).toEqual(['A no card']);
  });

  it('notices a card that was swapped between two reports', async () => {
    pcsc.plug('A', PRESENT | COUNT, ATR);
    await next(2);
    pcsc.turn('A', PRESENT | (3 * COUNT), [0x3b, 0x01]);
    expect(await next(2)).toEqual(['A no card', 'A card 3b01']);
  });

  it('loses nothing that happens while nobody asks', async () => {
    pcsc.plug('A');
    await next(1);
    for (let count = 1; count <= 40; count++) {
      pcsc.turn('A', (count % 2 === 1 ? PRESENT : EMPTY) | (count * COUNT));
      await new Promise(setImmediate);
    }
    expect(await next(40)).toEqual(
      Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 'A card' : 'A no card')),
    );
  });

  it('goes on when the service restarts: readers go, then come', async () => {
    pcsc.plug('A', PRESENT, ATR);
    await next(2);
    pcsc.stop();
    expect(await next(2)).toEqual(['A no card', '-A']);
    pcsc.running = true;
    expect(await next(2)).toEqual(['+A', 'A card 3be000ff']);
  });

  it('looks again when a reader left and came back too fast for the list to show it', async () => {
    pcsc.plug('A');
    await next(1);
    pcsc.monitors[0]?.readers.get('A')?.vanish();
    expect(await next(2)).toEqual(['-A', '+A']);
    expect(pcsc.monitors).toHaveLength(2);
  });

  it('fails at its first step while the service is not running', async () => {
    pcsc.running = false;
    await expect(events.next()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('waits for a service that runs only while a reader is plugged in', async () => {
    pcsc.running = false;
    pcsc.serviceStopsWithoutReaders = true;
    const first = next(1);
    await new Promise(setImmediate);
    pcsc.running = true;
    pcsc.plug('A');
    expect(await first).toEqual(['+A']);
  });

  it('ends without an error when aborted, also while it waits', async () => {
    const first = events.next();
    await new Promise(setImmediate);
    abort();
    expect(await first).toEqual({ value: undefined, done: true });
    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  it("ends by a signal that is not of Node's own, and leaves nobody listening to it", async () => {
    const listeners = new Set<() => void>();
    const foreign = {
      aborted: false,
      addEventListener: (_type: string, listener: () => void) => listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => listeners.delete(listener),
    };
    const watched = watchWith(async () => pcsc, foreign as unknown as AbortSignal)[Symbol.asyncIterator]();
    const first = watched.next();
    await new Promise(setImmediate);
    expect(listeners.size).toBe(1);
    foreign.aborted = true;
    for (const listener of listeners) listener();
    expect((await first).done).toBe(true);
    expect(listeners.size).toBe(0);
    expect(pcsc.openMonitors).toBe(0);
  });

  it('starts nothing when it was aborted before', async () => {
    abort();
    expect((await events.next()).done).toBe(true);
    expect(pcsc.monitors).toEqual([]);
  });

  it('ends when the caller leaves, though a step still waits', async () => {
    const waiting = events.next();
    await new Promise(setImmediate);
    await events.return?.();
    expect((await waiting).done).toBe(true);
    expect(pcsc.openMonitors).toBe(0);
  });
});

function describeEvent(event: ReaderEvent): string {
  switch (event.type) {
    case 'reader-added':
      return `+${event.reader}`;
    case 'reader-removed':
      return `-${event.reader}`;
    case 'card-inserted':
      return `${event.reader} card ${event.atr ? Buffer.from(event.atr).toString('hex') : ''}`.trim();
    case 'card-removed':
      return `${event.reader} no card`;
  }
}
