import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { errorOfCode, JpkiError } from '../../src/errors.js';
import type { CardConnection } from '../../src/transport/connection.js';
import type { PcscBinding } from '../../src/transport/pcsc/binding.js';
import { type ConnectOptions, connectWith, type WaitingReason } from '../../src/transport/pcsc/connect.js';
import { EMPTY, EXCLUSIVE, FakePcsc, IN_USE, MUTE, PRESENT } from './fake-pcsc.js';

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

const unchanged = async (connection: CardConnection) => connection;
const connect = (options: ConnectOptions = {}) => connectWith(pcsc, options, unchanged);

/** After the service has told everything it knows. */
const settled = (ms = 5) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets that many go by on a clock that is made up, unless it is over before. */
async function milliseconds(count: number, over: () => boolean): Promise<void> {
  for (let each = 0; each < count && !over(); each++) {
    await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(1);
  }
}

describe('connecting', () => {
  it('opens the card that is there, exclusively, once nobody watches the reader any more', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    const connection = await connect();
    expect(connection).toMatchObject({ readerName: 'Reader A', exclusive: true });
    expect([...connection.atr]).toEqual(ATR);
    // SCARD_SHARE_EXCLUSIVE
    expect(pcsc.connects).toEqual([{ name: 'Reader A', shareMode: 1 }]);
  });

  it('shares the card when asked to', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connect({ share: 'shared' })).exclusive).toBe(false);
    // SCARD_SHARE_SHARED
    expect(pcsc.connects).toEqual([{ name: 'Reader A', shareMode: 2 }]);
  });

  it('waits for a reader, then for a card on it', async () => {
    const connecting = connect();
    await settled();
    pcsc.plug('Reader A');
    await settled();
    pcsc.turn('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
  });

  it('says what it waits for when that begins, and when it changes', async () => {
    const reasons: WaitingReason[] = [];
    const connecting = connect({ onWaiting: (reason) => reasons.push(reason) });
    await vi.waitUntil(() => reasons.length === 1);
    pcsc.plug('Reader A', EMPTY);
    await vi.waitUntil(() => reasons.length === 2);
    pcsc.turn('Reader A', PRESENT | MUTE);
    await vi.waitUntil(() => reasons.length === 3);
    // SCARD_E_SHARING_VIOLATION, SCARD_W_RESET_CARD
    pcsc.connectResults.push('8010000b', '8010000b', '80100068');
    pcsc.turn('Reader A', PRESENT, ATR);
    await connecting;
    expect(reasons).toEqual(['no-reader', 'no-card', 'mute', 'in-use']);
  });

  it('does not say that it waits when a card is there, or when it may not wait', async () => {
    const onWaiting = vi.fn();
    await expect(connect({ timeoutMs: 0, onWaiting })).rejects.toMatchObject({ code: 'NO_READER' });
    pcsc.plug('Reader A', PRESENT, ATR);
    await connect({ onWaiting });
    expect(onWaiting).not.toHaveBeenCalled();
  });

  it('ends with what the program throws that is told of the waiting', async () => {
    const problem = new Error('no more of this');
    const onWaiting = () => {
      throw problem;
    };
    await expect(connect({ onWaiting })).rejects.toBe(problem);
  });

  it('looks once even when it may not wait', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connect({ timeoutMs: 0 })).readerName).toBe('Reader A');
  });

  it.each([
    ['the card is gone again', '8010000c'],
    ['the card was removed', '80100069'],
    ['the card was reset', '80100068'],
    ['the card does not answer', '80100066'],
    ['the reader is gone', '80100009'],
    ['the service is stopped', '8010001e'],
  ])('waits on when %s before it can be opened', async (_what, number) => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push(number);
    expect((await connect()).readerName).toBe('Reader A');
    expect(pcsc.connects).toHaveLength(2);
  });

  it('waits on for a service that stopped while the card was being opened', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push('8010001e');
    const open = pcsc.open;
    let looks = 0;
    pcsc.onConnect = () => {
      pcsc.running = false;
      pcsc.onConnect = () => {};
    };
    Object.assign(pcsc, {
      open: () => {
        looks += 1;
        // Back when it was looked for in vain twice.
        if (looks > 3) pcsc.running = true;
        return open();
      },
    });
    expect((await connect()).readerName).toBe('Reader A');
    expect(looks).toBeGreaterThan(3);
  });

  it('takes a card nobody holds before one that somebody does', async () => {
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.plug('Reader B', PRESENT, ATR);
    expect((await connect()).readerName).toBe('Reader B');
  });
});

describe('a card that another program uses', () => {
  // SCARD_E_SHARING_VIOLATION
  const HELD = '8010000b';

  it('is tried again until the other program lets it go', async () => {
    pcsc.plug('Reader A', PRESENT | IN_USE, ATR);
    pcsc.connectResults.push(HELD, HELD);
    expect((await connect()).readerName).toBe('Reader A');
    expect(pcsc.connects).toHaveLength(3);
  });

  it('is not tried again before the service shows that nobody keeps it, and then at once', async () => {
    pcsc.watchEndsAtOnce = true;
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.connectResults.push(HELD);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const opening = connect();
    await milliseconds(100, () => pcsc.connects.length > 0);
    await milliseconds(400, () => pcsc.connects.length > 1);
    expect(pcsc.connects).toHaveLength(1);
    pcsc.turn('Reader A', PRESENT, ATR);
    await milliseconds(200, () => pcsc.connects.length > 1);
    expect(pcsc.connects).toHaveLength(2);
    expect((await opening).readerName).toBe('Reader A');
  });

  it.each([true, false])(
    'is tried again after a while where nothing shows that nobody keeps it (%s)',
    async (at) => {
      pcsc.watchEndsAtOnce = at;
      pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
      pcsc.connectResults.push(HELD);
      expect((await connect()).readerName).toBe('Reader A');
      expect(pcsc.connects).toHaveLength(2);
    },
  );

  it('is SHARING_VIOLATION when the time is over, and was tried once even without time', async () => {
    pcsc.plug('Reader A', PRESENT | IN_USE, ATR);
    for (const timeoutMs of [0, 600]) {
      pcsc.connectResults.push(...Array(9).fill(HELD));
      await expect(connect({ timeoutMs })).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
      pcsc.connectResults.length = 0;
    }
    expect(pcsc.connects.length).toBeGreaterThan(2);
  });

  it('is left for one that is put on another reader meanwhile', async () => {
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.plug('Reader B');
    pcsc.connectResults.push(HELD);
    pcsc.onConnect = () => pcsc.turn('Reader B', PRESENT, ATR);
    expect((await connect()).readerName).toBe('Reader B');
  });

  it('comes after those that nobody uses, and one held exclusively last', async () => {
    pcsc.plug('Held', PRESENT | EXCLUSIVE, ATR);
    pcsc.plug('Used', PRESENT | IN_USE, ATR);
    pcsc.plug('Free', PRESENT, ATR);
    pcsc.connectResults.push('8010000f', '8010000f', '8010000f');
    await expect(connect()).rejects.toMatchObject({ code: 'TRANSPORT' });
    expect(pcsc.connects.map(({ name }) => name)).toEqual(['Free', 'Used', 'Held']);
  });
});

describe('a card that its user will not have', () => {
  const other = (connection: CardConnection) => {
    if (connection.readerName.startsWith('Other')) throw new JpkiError('NOT_JPKI');
    return Promise.resolve(connection.readerName);
  };
  const open = (options: ConnectOptions = {}) => connectWith(pcsc, options, async (card) => other(card));

  it('is followed by the next', async () => {
    for (const name of ['Other 1', 'Other 2', 'Reader']) pcsc.plug(name, PRESENT, ATR);
    expect(await open()).toBe('Reader');
    expect(pcsc.connects.map(({ name }) => name)).toEqual(['Other 1', 'Other 2', 'Reader']);
  });

  it('is followed by one whose card cannot be opened yet, and is not asked a second time', async () => {
    for (const name of ['Other 1', 'Reader']) pcsc.plug(name, PRESENT, ATR);
    // SCARD_W_UNRESPONSIVE_CARD, SCARD_E_SHARING_VIOLATION
    pcsc.connectResults.push(undefined, '80100066', '8010000b');
    expect(await open()).toBe('Reader');
    expect(pcsc.connects.map(({ name }) => name)).toEqual(['Other 1', 'Reader', 'Reader', 'Reader']);
  });

  it('is asked again when another one lies there', async () => {
    pcsc.plug('Other 1', 0x10000 | PRESENT, ATR);
    pcsc.plug('Reader', PRESENT, ATR);
    pcsc.connectResults.push(undefined, '80100066');
    pcsc.onConnect = () => pcsc.turn('Other 1', 0x30000 | PRESENT, ATR);
    expect(await open()).toBe('Reader');
    expect(pcsc.connects.map(({ name }) => name)).toEqual(['Other 1', 'Reader', 'Other 1', 'Reader']);
  });

  it('is the reason at once where there is no other, with the readers looked at', async () => {
    for (const name of ['Other 1', 'Other 2', 'Empty']) pcsc.plug(name, PRESENT, ATR);
    pcsc.turn('Empty', EMPTY);
    await expect(open({ timeoutMs: Number.POSITIVE_INFINITY })).rejects.toMatchObject({
      code: 'NOT_JPKI',
      message: expect.stringMatching(/Other 1, Other 2\.$/),
    });
    expect(pcsc.connects).toHaveLength(2);
  });

  it('is not the reason where another card is in use, which may be the one', async () => {
    for (const name of ['Other 1', 'Reader']) pcsc.plug(name, PRESENT, ATR);
    pcsc.connectResults.push(undefined, '8010000b');
    await expect(open({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
  });
});

describe('a card that could not be asked, beside one of another kind', () => {
  const open = (code: JpkiError['code'], options: ConnectOptions = {}) =>
    connectWith(pcsc, options, ({ readerName }) =>
      Promise.reject(errorOfCode(readerName === 'Other' ? 'NOT_JPKI' : code)),
    );

  // It may be the card wanted: nobody has said that it has no such application.
  it.each(['TIMEOUT', 'TRANSPORT', 'MALFORMED_RESPONSE', 'CARD_REMOVED', 'CARD_MUTE'] as const)(
    'is the reason, with its reader (%s)',
    async (code) => {
      for (const name of ['Other', 'Reader']) pcsc.plug(name, PRESENT, ATR);
      await expect(open(code, { timeoutMs: 0 })).rejects.toMatchObject({
        code,
        message: `Reader: ${new JpkiError(code).message}`,
        remedy: new JpkiError(code).remedy,
      });
    },
  );

  it('is waited for while it bounces, also when it is away at the next look', async () => {
    for (const name of ['Other', 'Reader']) pcsc.plug(name, PRESENT, ATR);
    let tries = 0;
    const opening = connectWith(pcsc, {}, async ({ readerName }) => {
      if (readerName === 'Other') throw new JpkiError('NOT_JPKI');
      tries += 1;
      if (tries > 1) return readerName;
      pcsc.turn('Reader', EMPTY);
      setTimeout(() => pcsc.turn('Reader', PRESENT, ATR), 600);
      throw new JpkiError('CARD_REMOVED');
    });
    expect(await opening).toBe('Reader');
  });

  it('is not asked again when it left a command unanswered: its reader still waits', async () => {
    for (const name of ['Held', 'Silent']) pcsc.plug(name, PRESENT, ATR);
    pcsc.connectResults.push('8010000b', undefined, '8010000b', '8010000b');
    await expect(open('TIMEOUT', { timeoutMs: 600 })).rejects.toMatchObject({
      code: 'SHARING_VIOLATION',
      message: expect.stringMatching('Held'),
    });
    expect(pcsc.connects.filter(({ name }) => name === 'Silent')).toHaveLength(1);
  });
});

describe('an abort while a card is asked', () => {
  it.each(['NOT_JPKI', 'TIMEOUT', 'TRANSPORT'] as const)(
    'is what is said, whatever the card says (%s)',
    async (code) => {
      for (const name of ['Other', 'Reader']) pcsc.plug(name, PRESENT, ATR);
      const controller = new AbortController();
      const opening = connectWith(pcsc, { signal: controller.signal }, async () => {
        controller.abort();
        throw new JpkiError(code);
      });
      await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
      expect(pcsc.connects).toHaveLength(1);
    },
  );
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
    expect((await connect({ ...(reader && { reader }) })).readerName).toBe(expected);
  });

  it('by a pattern that remembers where it stopped, every time', async () => {
    pcsc.plugged.clear();
    for (const name of ['A', 'AA']) pcsc.plug(name, PRESENT, ATR);
    const reader = /A/g;
    expect((await connect({ reader })).readerName).toBe('A');
    expect((await connect({ reader })).readerName).toBe('A');
  });

  it('by a name nobody has says which readers there are', async () => {
    const error = await connect({ reader: 'Missing', timeoutMs: 0 }).catch((e: unknown) => e);
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
    await expect(connect({ timeoutMs: 20 })).rejects.toMatchObject({ code });
    expect(pcsc.connects).toEqual([]);
  });

  it('opens a card while somebody else waits for one in another reader, each on a reader of its own', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.plug('Reader B', EMPTY);
    const waiting = connect({ reader: 'Reader B' });
    // `violations` holds a connection on a reader that is still watched.
    const [first, second] = await Promise.all([
      connect({ reader: 'Reader A', share: 'shared' }),
      connect({ reader: 'Reader A', share: 'shared' }),
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
    await expect(connect({ timeoutMs: 600 })).rejects.toMatchObject({ code: 'CARD_MUTE' });
    expect(pcsc.connects.length).toBeGreaterThan(1);
  });
});

describe('what ends the waiting at once', () => {
  it('another program that holds the card, for a caller who does not want to wait for it', async () => {
    pcsc.plug('Reader A', PRESENT | EXCLUSIVE, ATR);
    pcsc.connectResults.push('8010000b');
    await expect(connect({ busy: 'fail' })).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    expect(pcsc.connects).toHaveLength(1);
  });

  it('a failure that waiting cannot cure', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    pcsc.connectResults.push('8010000f');
    await expect(connect()).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('an abort before it began, with its reason', async () => {
    const reason = new Error('closed the window');
    await expect(connect({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: 'ABORTED',
      cause: reason,
    });
    expect(pcsc.monitors).toEqual([]);
  });

  it('an abort while it waits', async () => {
    const controller = new AbortController();
    const connecting = connect({ signal: controller.signal, timeoutMs: Number.POSITIVE_INFINITY });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await settled();
    controller.abort();
    await outcome;
  });

  it('an abort before a reader has said anything, which then is let go the moment it does', async () => {
    pcsc.silent = true;
    pcsc.plug('Reader A', PRESENT, ATR);
    const controller = new AbortController();
    const connecting = connect({ signal: controller.signal });
    const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    await settled();
    controller.abort();
    await settled(25);
    pcsc.speak();
    await outcome;
  });

  // At once, and when the next look is due; the other timer is that of the deadline.
  it.each([1, 2])(
    'an abort while the service is away, after which nobody looks for it (%i)',
    async (timers) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      pcsc.serviceStopsWithoutReaders = true;
      pcsc.running = false;
      const controller = new AbortController();
      const connecting = connect({ signal: controller.signal });
      const outcome = expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
      for (let turn = 0; vi.getTimerCount() < timers && turn < 100; turn++) await new Promise(setImmediate);
      expect(vi.getTimerCount()).toBe(timers);
      controller.abort();
      await outcome;
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('an abort before the service has answered at all, whose answer is then let go of', async () => {
    const close = vi.fn(async () => {});
    let answer = () => {};
    const binding: PcscBinding = {
      name: 'koffi',
      serviceStopsWithoutReaders: false,
      watchEndsAtOnce: true,
      watch: () =>
        new Promise((resolve) => {
          answer = () => resolve({ readers: new Map(), settled: false, close });
        }),
      connect: () => Promise.reject(new Error('unexpected')),
    };
    const controller = new AbortController();
    const connecting = connectWith(binding, { signal: controller.signal }, unchanged);
    controller.abort();
    setImmediate(() => answer());
    await expect(connecting).rejects.toMatchObject({ code: 'ABORTED' });
    expect(close).toHaveBeenCalledTimes(1);
  });

  it('an abort while the card is being opened, which gives the card back', async () => {
    pcsc.plug('Reader A', PRESENT, ATR);
    const controller = new AbortController();
    pcsc.onConnect = () => controller.abort();
    await expect(connect({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    // SCARD_LEAVE_CARD
    expect(pcsc.disconnects).toEqual([0]);
  });
});

describe('the PC/SC service', () => {
  it('that is not running is said at once', async () => {
    pcsc.running = false;
    const connecting = connect({ timeoutMs: Number.POSITIVE_INFINITY });
    await expect(connecting).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('that runs only while a reader is plugged in is waited for', async () => {
    pcsc.serviceStopsWithoutReaders = true;
    pcsc.running = false;
    const connecting = connect();
    await settled();
    pcsc.running = true;
    pcsc.plug('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
  });

  it('that runs only while a reader is plugged in and never comes means no reader', async () => {
    pcsc.serviceStopsWithoutReaders = true;
    pcsc.running = false;
    await expect(connect({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'NO_READER' });
  });

  it('that stops while a card is waited for is reached again when it is back', async () => {
    pcsc.plug('Reader A');
    const connecting = connect();
    await settled();
    pcsc.stop();
    await settled();
    pcsc.running = true;
    pcsc.turn('Reader A', PRESENT, ATR);
    expect((await connecting).readerName).toBe('Reader A');
    expect(pcsc.monitors).toHaveLength(2);
  });

  it('that stopped and is back is no reason at the deadline', async () => {
    pcsc.plug('Reader A');
    const outcome = expect(connect({ timeoutMs: 600 })).rejects.toMatchObject({ code: 'NO_CARD' });
    await settled();
    pcsc.stop();
    await settled();
    pcsc.running = true;
    await outcome;
    expect(pcsc.monitors).toHaveLength(2);
  });

  it('that stops and stays away is the reason at the deadline', async () => {
    pcsc.plug('Reader A');
    const outcome = expect(connect({ timeoutMs: 150 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await settled();
    pcsc.stop();
    await outcome;
  });
});
