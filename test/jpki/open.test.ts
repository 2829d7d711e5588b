import { afterEach, expect, it, vi } from 'vitest';
import { type OpenOptions, openJpki, ReadStrategy } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { openCardFor } from '../../src/transport/pcsc.js';
import { countExchanges, virtualCard } from '../support/virtual.js';

vi.mock('../../src/transport/pcsc.js', () => ({ openCardFor: vi.fn() }));
afterEach(() => {
  vi.useRealTimers();
});

const silent = new Promise<never>(() => undefined);

/** A card that answers so many commands with 9000, and then none. Its line, as that of a reader, waits for the answer too. */
function answering(commands: number) {
  let left = commands;
  const disconnect = vi.fn(() => silent);
  const connection: CardConnection = {
    ...{ readerName: 'Silent', atr: Uint8Array.of(0x3b, 0x00), exclusive: true },
    transmit: () => (left-- > 0 ? Promise.resolve(Uint8Array.of(0x90, 0x00)) : silent),
    disconnect,
  };
  vi.mocked(openCardFor).mockImplementation((_options, use) => use(connection));
  return disconnect;
}

/** After how many seconds the work ends with TIMEOUT, by a clock of the test's own; at most 100. */
async function secondsUntilTimeout(work: () => Promise<unknown>): Promise<number> {
  let code: unknown;
  work().catch((error: { code?: string }) => {
    code = error.code;
  });
  for (let seconds = 0; seconds <= 100; seconds++) {
    if (code !== undefined) {
      expect(code).toBe('TIMEOUT');
      return seconds;
    }
    await vi.advanceTimersByTimeAsync(1_000);
  }
  throw new Error('it never ended');
}

it('a card that is silent from the start is not waited for after the time-out', async () => {
  const disconnect = answering(0);
  await expect(openJpki({ exchangeTimeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(disconnect).toHaveBeenCalledOnce();
});

it('a card that is silent from the start keeps nobody from the next reader for longer than 10 s', async () => {
  vi.useFakeTimers();
  for (const options of [
    {},
    { exchangeTimeoutMs: 60_000 },
    { exchangeTimeoutMs: Number.POSITIVE_INFINITY },
  ]) {
    answering(0);
    expect(await secondsUntilTimeout(() => openJpki(options))).toBe(10);
  }
});

it.each([
  [{}, 30],
  [{ exchangeTimeoutMs: 60_000 }, 60],
  [{ exchangeTimeoutMs: 5_000 }, 5],
])('a card that was selected has the time that the caller gives it: %j', async (options, seconds) => {
  vi.useFakeTimers();
  answering(1);
  const applet = await openJpki(options);
  expect(await secondsUntilTimeout(() => applet.readStatus())).toBe(seconds);
});

it('what a reader carries is remembered for the process by its name, and begun anew where that is asked for', async () => {
  const exchanges = async (readerName: string, options: OpenOptions = {}) => {
    const card = countExchanges((await virtualCard({ extendedLength: false })).connect());
    const connection = Object.assign(card, { readerName });
    vi.mocked(openCardFor).mockImplementation((_options, use) => use(connection));
    await using applet = await openJpki(options);
    await applet.readCertificateDer('auth');
    return connection.count;
  };
  const first = await exchanges('Reader A');
  // The extended-length read that is refused is sent once.
  expect(await exchanges('Reader A')).toBe(first - 1);
  expect(await exchanges('Reader B')).toBe(first);
  expect(await exchanges('Reader A', { readStrategy: new ReadStrategy() })).toBe(first);
});
