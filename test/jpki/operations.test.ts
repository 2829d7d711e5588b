/** What every operation of the applet has in common: it can be stopped, and it comes to an end. */
import { describe, expect, it } from 'vitest';
import { CardText } from '../../src/card-text/index.js';
import {
  createLoginToken,
  readCardRecord,
  readOtherPinCounters,
  signJws,
  verifyRegistryPin,
} from '../../src/index.js';
import {
  CardChannel,
  type CardChannelOptions,
  CommandApdu,
  type OperationOptions,
} from '../../src/iso7816/index.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { signCms } from '../../src/signature/cms.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

const issued = virtualCard();
const DATA = new TextEncoder().encode('what is signed');

type Operation = (applet: JpkiApplet, options: OperationOptions) => Promise<unknown>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  select: (applet, options) => JpkiApplet.select(applet.connection, options),
  readTokenInfo: (applet, options) => applet.readTokenInfo(options),
  readCertificateAvailability: (applet, options) => applet.readCertificateAvailability(options),
  readPinCounter: (applet, options) => applet.readPinCounter('auth', options),
  readStatus: (applet, options) => applet.readStatus(options),
  verifyPin: (applet, options) => applet.verifyPin('auth', VIRTUAL_PINS.auth, options),
  changePin: (applet, options) => applet.changePin('auth', VIRTUAL_PINS.auth, '8642', options),
  readCertificateDer: (applet, options) => applet.readCertificateDer('auth', options),
  readCertificate: (applet, options) => applet.readCertificate('auth', options),
  sign: (applet, options) => applet.sign('sign', DATA, options),
  readOtherPinCounters: ({ connection }, options) => readOtherPinCounters(connection, options),
  readCardRecord: ({ connection }, options) => readCardRecord(connection, options),
  verifyRegistryPin: ({ connection }, options) =>
    verifyRegistryPin(connection, VIRTUAL_PINS.registry, options),
  selectText: ({ connection }, options) => CardText.select(connection, options),
  readBasicInformation: async ({ connection }, options) =>
    (await CardText.select(connection, options)).readBasicInformation(options),
  signCms: (applet, options) => signCms(applet, DATA, options),
  signJws: (applet, options) => signJws(applet, 'sign', { hello: 'world' }, options),
  createLoginToken: (applet, options) =>
    createLoginToken(applet, { audience: 'https://example.jp', nonce: 'n', ...options }),
};
const NAMES = Object.keys(OPERATIONS);

const operation = (name: string): Operation => {
  const found = OPERATIONS[name];
  if (found === undefined) throw new Error(name);
  return found;
};

/** A card with both PINs verified that gives short answers, and what happens at each exchange from now on. */
async function open(at: (number: number) => void = () => undefined) {
  const card = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks: { extendedLength: false } });
  let counted = -Infinity;
  const connection = new Intercepted(card.connect(), async (_number, _command, send) => {
    counted++;
    at(counted);
    return send();
  });
  const applet = await JpkiApplet.select(connection);
  await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  await applet.verifyPin('sign', VIRTUAL_PINS.sign);
  counted = 0;
  return { applet, connection, count: () => counted };
}

describe('a signal', () => {
  it.each(NAMES)('that is aborted already lets %s send nothing', async (name) => {
    const { applet, count } = await open();
    const reason = new Error('why');
    const error = await operation(name)(applet, { signal: AbortSignal.abort(reason) }).catch((e) => e);
    expect(error).toMatchObject({ code: 'ABORTED', cause: reason });
    expect(count()).toBe(0);
    // The applet goes on.
    expect((await applet.readPinCounter('auth')).triesLeft).toBe(3);
  });

  it.each(NAMES)('that is aborted at any exchange of %s ends it before the next one', async (name) => {
    const whole = await open();
    await operation(name)(whole.applet, {});
    const exchanges = whole.count();
    expect(exchanges).toBeGreaterThan(0);
    for (let stopAt = 1; stopAt < exchanges; stopAt++) {
      const controller = new AbortController();
      const { applet, count } = await open((number) => {
        if (number === stopAt) controller.abort();
      });
      const running = operation(name)(applet, { signal: controller.signal });
      await expect(running, `${name} at ${stopAt}`).rejects.toMatchObject({ code: 'ABORTED' });
      expect(count(), `${name} at ${stopAt}`).toBe(stopAt);
    }
  });

  it.each(NAMES)('ends the waiting of %s for its turn at once', async (name) => {
    let letGo = (): void => undefined;
    const { applet, connection, count } = await open();
    const held = new CardChannel(connection);
    const inner = connection.transmit.bind(connection);
    connection.transmit = async (command) => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
      return inner(command);
    };
    const before = applet.readPinCounter('auth');
    const controller = new AbortController();
    const waiting = operation(name)(applet, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    letGo();
    await before;
    expect(count()).toBe(1);
    expect(held.keyMayBeOpen).toBe(false);
  });

  /** An AbortSignal as another library makes one, which Node's own functions do not hear. */
  class ForeignController {
    readonly signal = Object.assign(new EventTarget(), { aborted: false }) as unknown as AbortSignal;
    abort(): void {
      Object.assign(this.signal, { aborted: true });
      this.signal.dispatchEvent(new Event('abort'));
    }
  }

  it.each([
    ['sign', AbortController],
    ['signCms', AbortController],
    ['sign', ForeignController],
    ['signCms', ForeignController],
  ])('ends %s while its stream keeps it waiting, by an %o', async (name, Controller) => {
    const { applet } = await open();
    const controller = new Controller();
    let returned = false;
    const endless: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          setImmediate(() => controller.abort());
          return new Promise(() => undefined);
        },
        return: async () => {
          returned = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const { signal } = controller;
    const signing =
      name === 'sign'
        ? applet.sign('sign', endless, { signal })
        : signCms(applet, endless, { detached: true, signal });
    await expect(signing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(returned).toBe(true);
  });
});

it.each(NAMES)('the error of %s is not hidden behind one of the end', async (name) => {
  let isBroken = false;
  const { applet, connection } = await open(() => {
    if (isBroken) throw new Error('the cable is out');
  });
  connection.disconnect = async () => {
    throw new Error('and nothing can be unpowered');
  };
  // A call that went well: its end would be told.
  await applet.readStatus();
  isBroken = true;
  const run = async () => {
    await using end = applet;
    await operation(name)(end, {});
  };
  await expect(run()).rejects.toMatchObject({ name: 'JpkiError', code: 'TRANSPORT' });
});

it('a signal that is aborted between two chunks ends the signing, although the next chunk never comes', async () => {
  const { applet } = await open();
  const controller = new AbortController();
  async function* stalling() {
    yield DATA;
    controller.abort();
    yield DATA;
    await new Promise(() => undefined);
  }
  const signing = applet.sign('sign', stalling(), { signal: controller.signal });
  await expect(signing).rejects.toMatchObject({ code: 'ABORTED' });

  const early = new AbortController();
  const chunks: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]() {
      let asked = 0;
      return {
        next: async () => {
          asked++;
          if (asked > 1) return new Promise(() => undefined);
          // Comes while the first chunk is hashed, when nobody waits for one.
          queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => early.abort())));
          return { done: false, value: DATA };
        },
      };
    },
  };
  await expect(applet.sign('sign', chunks, { signal: early.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

describe('a card that hands out its data ever so slowly', () => {
  /** Each answer takes this long by the clock that the channel looks at, which the test moves. */
  async function slow(answerMs: number, options: CardChannelOptions) {
    const clock = { now: 0 };
    const sent: string[] = [];
    const connection: CardConnection = {
      ...{ readerName: 'Slow', atr: Uint8Array.of(0x3b, 0x00), exclusive: true },
      async transmit(command) {
        sent.push(Buffer.from(command.subarray(0, 2)).toString('hex'));
        clock.now += answerMs;
        return command[1] === 0xa4 ? Uint8Array.of(0x90, 0x00) : Uint8Array.of(0x42, 0x61, 0x01);
      },
      async disconnect() {},
    };
    return { connection, sent, clock, channel: new CardChannel(connection, options) };
  }
  const READ = new CommandApdu({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 256 });

  it.each([
    [undefined, 10_000, 12],
    [60_000, 10_000, 6],
    [1, 10_000, 1],
    [25_000, 10_000, 3],
  ])('is given up after %s ms of exchanges of %i ms each: %i exchanges', async (limit, answerMs, count) => {
    const { channel, sent, clock } = await slow(answerMs, { operationTimeoutMs: limit });
    const now = performance.now;
    performance.now = () => clock.now;
    try {
      await expect(channel.transmit(READ)).rejects.toMatchObject({ code: 'TIMEOUT' });
    } finally {
      performance.now = now;
    }
    expect(sent).toHaveLength(count);
    // No exchange was cut short, so the next operation may go on.
    await expect(
      channel.transmit(new CommandApdu({ cla: 0, ins: 0xa4, p1: 4, p2: 0 })),
    ).resolves.toBeDefined();
  });

  it('is waited for without end where the caller says so, within the 512 pieces that one answer may have', async () => {
    const { channel, sent, clock } = await slow(10_000, { operationTimeoutMs: Number.POSITIVE_INFINITY });
    const now = performance.now;
    performance.now = () => clock.now;
    try {
      await expect(channel.transmit(READ)).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
    } finally {
      performance.now = now;
    }
    expect(sent).toHaveLength(513);
  });

  it.each([
    // The counter, or the VERIFY, takes up all the time that the operation has.
    ['a PIN', 'verifyPin', false],
    ['a new PIN', 'changePin', true],
  ])('is not said to have got %s that was not sent any more', async (_what, name, slowAtPin) => {
    const clock = { now: 0 };
    const card = VirtualCard.fromJSON((await issued).toJSON());
    const connection = new Intercepted(card.connect(), async (_number, command, send) => {
      if (command[1] === 0x20 && command.length > 5 === slowAtPin) clock.now += 200_000;
      return send();
    });
    const applet = await JpkiApplet.select(connection);
    const now = performance.now;
    performance.now = () => clock.now;
    try {
      await expect(operation(name)(applet, {})).rejects.toMatchObject({
        code: 'TIMEOUT',
        message: 'The card answers too slowly: the operation was stopped after 120000 ms.',
      });
    } finally {
      performance.now = now;
    }
    // SELECT and counter, and for the change the VERIFY.
    expect(connection.count).toBe(slowAtPin ? 3 : 2);
    expect((await applet.readPinCounter('auth')).triesLeft).toBe(3);
  });
});
