import { format, inspect } from 'node:util';
import createDebug from 'debug';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiError } from '../../src/errors.js';
import { CardChannel, type CardChannelOptions, CommandApdu } from '../../src/iso7816/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { scripted } from '../support/connections.js';

const PIN = 'ABC987';
const query = (): CommandApdu => new CommandApdu({ cla: 0x00, ins: 0x20, p1: 0, p2: 0x98 });
const withPin = (ins = 0x20): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins, p1: 0, p2: 0x9b, data: new TextEncoder().encode(PIN) });

function connection(
  transmit: (command: Uint8Array) => Promise<Uint8Array>,
  disconnect: () => Promise<void> = async () => {},
): CardConnection {
  return { readerName: 'Test', atr: Uint8Array.of(0x3b, 0x00), exclusive: true, transmit, disconnect };
}

interface Settle {
  readonly promise: Promise<Uint8Array>;
  resolve(bytes: Uint8Array): void;
  reject(error: Error): void;
}

function deferred(): Settle {
  const settle = {} as { -readonly [K in keyof Settle]: Settle[K] };
  settle.promise = new Promise((resolve, reject) => {
    settle.resolve = resolve;
    settle.reject = reject;
  });
  return settle;
}

const silence = (): Promise<never> => new Promise(() => {});

describe('what is no command', () => {
  it.each([undefined, Uint8Array.of(0x00, 0xb0, 0, 0), { cla: 0, ins: 0xb0, p1: 0, p2: 0 }])(
    'in an operation is INVALID_ARGUMENT, and the next one goes on: %o',
    async (wrong) => {
      const card = scripted('9000');
      const channel = new CardChannel(card);
      await expect(channel.run((send) => send(wrong as never))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      expect(card.commands).toEqual([]);
      expect((await channel.transmit(query())).statusWord.isDone).toBe(true);
    },
  );
});

describe('a connection that fails', () => {
  it.each<[string, () => Promise<Uint8Array>]>([
    ['rejects with an Error', () => Promise.reject(new Error('unplugged'))],
    ['rejects with nothing', () => Promise.reject()],
    [
      'throws at once',
      () => {
        throw new TypeError('no such reader');
      },
    ],
    ['gives no bytes', () => Promise.resolve(undefined as unknown as Uint8Array)],
    ['gives an array of numbers', () => Promise.resolve([0x90, 0x00] as unknown as Uint8Array)],
    ['gives an ArrayBuffer', () => Promise.resolve(new ArrayBuffer(2) as unknown as Uint8Array)],
  ])('and %s is a TRANSPORT error', async (_name, transmit) => {
    const error: unknown = await new CardChannel(connection(transmit)).transmit(query()).catch((e) => e);
    expect(error).toBeInstanceOf(JpkiError);
    expect(error).toMatchObject({ code: 'TRANSPORT' });
  });

  it('keeps the cause of a TRANSPORT error', async () => {
    const cause = new Error('unplugged');
    const channel = new CardChannel(connection(() => Promise.reject(cause)));
    await expect(channel.transmit(query())).rejects.toMatchObject({ code: 'TRANSPORT', cause });
  });

  it('passes a JpkiError on as it is', async () => {
    const removed = new JpkiError('CARD_REMOVED');
    const channel = new CardChannel(connection(() => Promise.reject(removed)));
    await expect(channel.transmit(query())).rejects.toBe(removed);
  });

  it('when disconnecting does so as a JpkiError too', async () => {
    const channel = new CardChannel(
      connection(silence, () => {
        throw new Error('unplugged');
      }),
    );
    await expect(channel.close(() => 'leave')).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it.each([0, 1, 65539])('with a response of %d bytes is a MALFORMED_RESPONSE', async (length) => {
    const channel = new CardChannel(connection(async () => new Uint8Array(length)));
    await expect(channel.transmit(query())).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it('serves the next command after a failure, if it can', async () => {
    let calls = 0;
    const channel = new CardChannel(
      connection(async () => {
        if (calls++ === 0) throw new Error('a glitch');
        return Uint8Array.of(0x63, 0xc3);
      }),
    );
    await expect(channel.transmit(query())).rejects.toMatchObject({ code: 'TRANSPORT' });
    expect((await channel.transmit(query())).statusWord.triesLeft).toBe(3);
  });
});

describe('a card that stays silent', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is a TIMEOUT after the time given, and CLOSED from then on without a command going out', async () => {
    const transmit = vi.fn(silence);
    const channel = new CardChannel(connection(transmit), { exchangeTimeoutMs: 50 });
    const first = expect(channel.transmit(query())).rejects.toMatchObject({ code: 'TIMEOUT' });
    const second = expect(channel.transmit(query())).rejects.toMatchObject({ code: 'CLOSED' });
    await vi.advanceTimersByTimeAsync(49);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all([first, second]);
    await expect(channel.transmit(query())).rejects.toMatchObject({ code: 'CLOSED' });
    expect(transmit).toHaveBeenCalledTimes(1);
  });

  it('waits 30 seconds when nothing is said', async () => {
    let outcome = '';
    const sent = new CardChannel(connection(silence)).transmit(query()).catch(({ code }) => {
      outcome = code;
    });
    await vi.advanceTimersByTimeAsync(29_999);
    expect(outcome).toBe('');
    await vi.advanceTimersByTimeAsync(1);
    await sent;
    expect(outcome).toBe('TIMEOUT');
  });

  it('is waited for without a timer when the time is Infinity, and with one that can be that long otherwise', async () => {
    void new CardChannel(connection(silence), { exchangeTimeoutMs: Infinity }).transmit(query());
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
    let outcome = '';
    new CardChannel(connection(silence), { exchangeTimeoutMs: 2 ** 40 })
      .transmit(query())
      .catch(({ code }) => {
        outcome = code;
      });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(outcome).toBe('');
  });

  it.each<[string, CardChannelOptions, CardChannelOptions]>([
    ['one exchange', { exchangeTimeoutMs: 50 }, { operationTimeoutMs: 1_000 }],
    ['an operation', { operationTimeoutMs: 50 }, { exchangeTimeoutMs: 1_000 }],
  ])(
    'is given the time for %s that was said first, whatever is said of the other',
    async (_what, first, then) => {
      const transmit = vi.fn(
        () => new Promise<Uint8Array>((answer) => setTimeout(() => answer(Uint8Array.of(0x61, 0x01)), 60)),
      );
      const channel = new CardChannel(connection(transmit), first);
      channel.configure(then);
      const read = new CommandApdu({ cla: 0, ins: 0xb0, p1: 0, p2: 0, le: 1 });
      const sent = expect(channel.transmit(read)).rejects.toMatchObject({ code: 'TIMEOUT' });
      await vi.advanceTimersByTimeAsync(1_000);
      await sent;
      expect(transmit).toHaveBeenCalledTimes(1);
    },
  );

  it('is not waited for once more by a close, which still unpowers it', async () => {
    const disconnect = vi.fn(silence);
    const channel = new CardChannel(connection(silence, disconnect), { exchangeTimeoutMs: 50 });
    const sent = expect(channel.transmit(query())).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(50);
    await sent;
    await expect(channel.close(() => 'unpower')).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(vi.getTimerCount()).toBe(0);
    expect(disconnect).toHaveBeenCalledWith('unpower');
  });

  it('can still be disconnected from, which is bounded as well', async () => {
    const disconnect = vi.fn(silence);
    const channel = new CardChannel(connection(silence, disconnect), { exchangeTimeoutMs: 50 });
    const both = Promise.all([
      expect(channel.transmit(query())).rejects.toMatchObject({ code: 'TIMEOUT' }),
      expect(channel.close(() => 'unpower')).rejects.toMatchObject({ code: 'TIMEOUT' }),
    ]);
    await vi.advanceTimersByTimeAsync(100);
    await both;
    expect(disconnect).toHaveBeenCalledWith('unpower');
  });

  it('leaves no timer behind once it has answered', async () => {
    await new CardChannel(connection(async () => Uint8Array.of(0x90, 0x00))).transmit(query());
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the bytes of a PIN', () => {
  it.each<[string, (settle: Settle) => void]>([
    ['answered', ({ resolve }) => resolve(Uint8Array.of(0x90, 0x00))],
    ['refused', ({ resolve }) => resolve(Uint8Array.of(0x63, 0xc1))],
    ['failed', ({ reject }) => reject(new Error('unplugged'))],
  ])('are wiped once the transport has %s, and not before', async (_name, finish) => {
    let seen = new Uint8Array(0);
    const settle = deferred();
    const channel = new CardChannel(
      connection((command) => {
        seen = command as Uint8Array<ArrayBuffer>;
        return settle.promise;
      }),
    );
    const done = channel.transmit(withPin()).catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(toHex(seen)).toBe('0020009b06414243393837');
    finish(settle);
    await done;
    expect([...seen].every((byte) => byte === 0)).toBe(true);
  });

  it('are wiped by a transport that answers too late, only then', async () => {
    vi.useFakeTimers();
    try {
      let seen = new Uint8Array(0);
      const settle = deferred();
      const channel = new CardChannel(
        connection((command) => {
          seen = command as Uint8Array<ArrayBuffer>;
          return settle.promise;
        }),
        { exchangeTimeoutMs: 5 },
      );
      const done = expect(channel.transmit(withPin())).rejects.toMatchObject({ code: 'TIMEOUT' });
      await vi.advanceTimersByTimeAsync(5);
      await done;
      expect(toHex(seen)).toContain('414243393837');
      settle.reject(new Error('cancelled'));
      await vi.advanceTimersByTimeAsync(0);
      expect([...seen].every((byte) => byte === 0)).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the trace jpki:apdu', () => {
  const log = createDebug.log;
  let lines: string[] = [];
  beforeEach(() => {
    lines = [];
    createDebug.log = (...args: unknown[]) => lines.push(format(...args));
    createDebug.enable('jpki:*');
  });
  afterEach(() => {
    createDebug.disable();
    createDebug.log = log;
  });

  it('shows commands and status words, never reference data, nor what an answer holds', async () => {
    const card = scripted('9000', '63c2', '9000', '9000', `${'5a'.repeat(256)}9000`, '90');
    const channel = new CardChannel(card);
    const select = new CommandApdu({ cla: 0, ins: 0xa4, p1: 2, p2: 0x0c, data: Uint8Array.of(0x00, 0x1b) });
    const toSign = new TextEncoder().encode('payload');
    const errors: unknown[] = [];
    await channel.transmit(select);
    for (const ins of [0x20, 0x24, 0x2c]) await channel.transmit(withPin(ins));
    await channel.transmit(new CommandApdu({ cla: 0x80, ins: 0x2a, p1: 0, p2: 0x9a, data: toSign, le: 256 }));
    await channel.transmit(withPin()).catch((error) => errors.push(error));
    const text = lines.join('\n');
    expect(text).toMatch(/00a4020c 001b/);
    expect(text).toMatch(/0020009b \[reference data\]/);
    expect(text).toMatch(/802a009a \[7 bytes\]/);
    expect(text).toMatch(/63C2/);
    expect(errors).toHaveLength(1);
    for (const secret of [PIN, toHex(new TextEncoder().encode(PIN)), '5a5a', toHex(toSign)]) {
      expect(text).not.toContain(secret);
      expect(inspect(errors, { depth: 9, showHidden: true })).not.toContain(secret);
    }
  });
});
