import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectWith } from '../../src/transport/pcsc/connect.js';
import { EMPTY, EXCLUSIVE, FakePcsc, MUTE, PRESENT } from './fake-pcsc.js';

const ATR = [0x3b, 0xe0, 0x00, 0xff];

let pcsc: FakePcsc;
beforeEach(() => {
  pcsc = new FakePcsc();
});
afterEach(() => {
  vi.useRealTimers();
  expect(pcsc.violations).toEqual([]);
  expect(pcsc.openMonitors).toBe(0);
  expect(pcsc.watchedReaders).toBe(0);
});

/** After the service has told everything it knows. */
const settled = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

describe('connecting', () => {
  it('opens the card that is there, exclusively, once nobody watches the reader any more', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    const connection = await connectWith(pcsc);
    expect(connection).toMatchObject({ readerName: 'Reader A', exclusive: true });
    expect([...connection.atr]).toEqual(ATR);
    // SCARD_SHARE_EXCLUSIVE
    expect(pcsc.connects).toEqual([{ name: 'Reader A', shareMode: 1 }]);
  });

  it('shares the card when asked to', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connectWith(pcsc, { share: 'shared' })).exclusive).toBe(false);
    // SCARD_SHARE_SHARED
    expect(pcsc.connects).toEqual([{ name: 'Reader A', shareMode: 2 }]);
  });

  it('waits for a reader, then for a card on it', async () => {
    const connecting = connectWith(pcsc);
    await settled();
    pcsc.plug('Reader A');
    await settled();
    pcsc.turn('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
  });

  it('looks once even when it may not wait', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connectWith(pcsc, { timeoutMs: 0 })).readerName).toBe('Reader A');
  });

  it('waits on when the card is gone again before it can be opened', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push('8010000c', '80100069');
    expect((await connectWith(pcsc)).readerName).toBe('Reader A');
    expect(pcsc.connects).toHaveLength(3);
  });

  it('takes a card nobody holds before one that somebody does', async () => {
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.plug('Reader B', PRESENT, ATR);
    expect((await connectWith(pcsc)).readerName).toBe('Reader B');
  });
});

describe('choosing a reader', () => {
  beforeEach(() => {
    for (const name of ['Reader 10', 'Reader 1', 'Other']) pcsc.plug(name, PRESENT, ATR);
  });

  it.each([
    ['its exact name, though another contains it', 'Reader 1', 'Reader 1'],
    ['a part of its name', 'Othe', 'Other'],
    ['a pattern', /^o.*r$/i, 'Other'],
    ['nothing: the first', undefined, 'Reader 10'],
  ])('by %s', async (_how, reader, expected) => {
    expect((await connectWith(pcsc, { ...(reader && { reader }) })).readerName).toBe(expected);
  });

  it('by a pattern that remembers where it stopped, every time', async () => {
    pcsc.plugged.clear();
    for (const name of ['A', 'AA']) pcsc.plug(name, PRESENT, ATR);
    const reader = /A/g;
    expect((await connectWith(pcsc, { reader })).readerName).toBe('A');
    expect((await connectWith(pcsc, { reader })).readerName).toBe('A');
  });

  it('by a name nobody has says which readers there are', async () => {
    const error = await connectWith(pcsc, { reader: 'Missing', timeoutMs: 0 }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'NO_READER' });
    expect(String(error)).toMatch(/Missing.*Reader 10, Reader 1, Other/);
  });
});

describe('at the deadline', () => {
  it.each([
    ['NO_READER', 'there is no reader', () => {}],
    ['NO_CARD', 'the reader is empty', () => pcsc.plug('Reader A', EMPTY)],
    ['CARD_MUTE', 'the card does not answer', () => pcsc.plug('Reader A', PRESENT | MUTE)],
  ])('%s when %s', async (code, _when, arrange) => {
    arrange();
    await expect(connectWith(pcsc, { timeoutMs: 20 })).rejects.toMatchObject({ code });
    expect(pcsc.connects).toEqual([]);
  });

  it('opens a card while somebody else waits for one in another reader, each on a reader of its own', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.plug('Reader B', EMPTY);
    const waiting = connectWith(pcsc, { reader: 'Reader B' });
    // `violations` holds a connection on a reader that is still watched.
    const [first, second] = await Promise.all([
      connectWith(pcsc, { reader: 'Reader A', share: 'shared' }),
      connectWith(pcsc, { reader: 'Reader A', share: 'shared' }),
    ]);
    pcsc.turn('Reader B', PRESENT, ATR);
    await waiting;
    expect(pcsc.connects.map(({ name }) => name)).toEqual(['Reader A', 'Reader A', 'Reader B']);
    expect(new Set(pcsc.connectedReaders).size).toBe(3);
    expect(first).not.toBe(second);
  });

  it('says what opening the card met last', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push(...Array(9).fill('80100066'));
    await expect(connectWith(pcsc, { timeoutMs: 600 })).rejects.toMatchObject({ code: 'CARD_MUTE' });
    expect(pcsc.connects.length).toBeGreaterThan(1);
  });
});

describe('what ends the waiting at once', () => {
  it('another program that holds the card', async () => {
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.connectResults.push('8010000b');
    await expect(connectWith(pcsc)).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    expect(pcsc.connects).toHaveLength(1);
  });

  it('a failure that waiting cannot cure', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push('8010000f');
    await expect(connectWith(pcsc)).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('an abort before it began, with its reason', async () => {
    const reason = new Error('closed the window');
    await expect(connectWith(pcsc, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: reason,
    });
    expect(pcsc.monitors).toEqual([]);
  });

  it('an abort while it waits', async () => {
    const controller = new AbortController();
    const connecting = connectWith(pcsc, { signal: controller.signal, timeoutMs: Number.POSITIVE_INFINITY });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await settled();
    controller.abort();
    await outcome;
  });

  it('an abort before a reader has said anything, which then is let go the moment it does', async () => {
    pcsc.silent = true;
    pcsc.plug('Reader A', PRESENT, ATR);
    const controller = new AbortController();
    const connecting = connectWith(pcsc, { signal: controller.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await settled();
    controller.abort();
    await settled(25);
    pcsc.speak();
    await outcome;
  });

  it('an abort while the service is away, after which nobody looks for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    pcsc.serviceStopsWithoutReaders = true;
    pcsc.running = false;
    const controller = new AbortController();
    const connecting = connectWith(pcsc, { signal: controller.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    controller.abort();
    await outcome;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('an abort while the card is being opened, which gives the card back', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    const controller = new AbortController();
    pcsc.onConnect = () => controller.abort();
    await expect(connectWith(pcsc, { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    // SCARD_LEAVE_CARD
    expect(pcsc.disconnects).toEqual([0]);
  });
});

describe('the PC/SC service', () => {
  it('that is not running is said at once', async () => {
    pcsc.running = false;
    await expect(connectWith(pcsc)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('that runs only while a reader is plugged in is waited for', async () => {
    pcsc.serviceStopsWithoutReaders = true;
    pcsc.running = false;
    const connecting = connectWith(pcsc);
    await settled();
    pcsc.running = true;
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
  });

  it('that runs only while a reader is plugged in and never comes means no reader', async () => {
    pcsc.serviceStopsWithoutReaders = true;
    pcsc.running = false;
    await expect(connectWith(pcsc, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'NO_READER' });
  });

  it('that stops while a card is waited for is reached again when it is back', async () => {
    pcsc.plug('Reader A');
    const connecting = connectWith(pcsc);
    await settled();
    pcsc.stop();
    await settled();
    pcsc.running = true;
    pcsc.turn('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
    expect(pcsc.monitors).toHaveLength(2);
  });

  it('that stops and stays away is the reason at the deadline', async () => {
    pcsc.plug('Reader A');
    const outcome = expect(connectWith(pcsc, { timeoutMs: 150 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await settled();
    pcsc.stop();
    await outcome;
  });
});
