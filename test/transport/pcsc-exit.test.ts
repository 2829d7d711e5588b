import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

/** The module as a copy of its own, as the ESM and the CommonJS build are in one process. */
async function copy(): Promise<typeof import('../../src/transport/pcsc/exit.js')> {
  vi.resetModules();
  return import('../../src/transport/pcsc/exit.js');
}
const listeners = () => ['exit', 'SIGTERM', 'SIGINT', 'SIGQUIT'].map((name) => process.listenerCount(name));
const before = listeners();
const oneMore = before.map((count) => count + 1);

// What all copies share: a process that one test had end would end in the next one too.
beforeEach(() => Reflect.deleteProperty(globalThis, Symbol.for('jpki-card unpower at exit')));
afterEach(() => expect(listeners()).toEqual(before));

it('listens exactly while a card is guarded, however many are', async () => {
  const { unpowerAtExit } = await copy();
  expect(listeners()).toEqual(before);
  const stops = [1, 2, 3].map(() => unpowerAtExit(async () => undefined));
  expect(listeners()).toEqual(oneMore);
  for (const stop of stops.slice(1)) stop();
  expect(listeners()).toEqual(oneMore);
  stops[0]?.();
});

it('listens once for two copies of the library, or each would take the other for the program', async () => {
  const [first, second] = [await copy(), await copy()];
  expect(first.unpowerAtExit).not.toBe(second.unpowerAtExit);
  const stopFirst = first.unpowerAtExit(async () => undefined);
  const stopSecond = second.unpowerAtExit(async () => undefined);
  expect(listeners()).toEqual(oneMore);
  stopFirst();
  expect(listeners()).toEqual(oneMore);
  stopSecond();
});

describe('a signal', () => {
  /** No other test or tool listens to it. */
  const SIGNAL = 'SIGXCPU';
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  afterEach(() => kill.mockClear());

  it('that the program takes once, and had taken before, is left to the program', async () => {
    const { unpowerAtExit } = await copy();
    const own = vi.fn();
    process.once(SIGNAL, own);
    const unpower = vi.fn(async () => undefined);
    const stop = unpowerAtExit(unpower);
    process.emit(SIGNAL, SIGNAL);
    expect(own).toHaveBeenCalledOnce();
    expect(unpower).not.toHaveBeenCalled();
    stop();
  });

  it('ends the process only when the card is unpowered that got its PIN in the meantime', async () => {
    const { unpowerAtExit } = await copy();
    const order: string[] = [];
    kill.mockImplementation(() => {
      order.push('end');
      return true;
    });
    let finish = (): void => undefined;
    unpowerAtExit(() => {
      order.push('first card');
      return new Promise((resolve) => {
        finish = resolve;
      });
    });
    process.emit(SIGNAL, SIGNAL);
    unpowerAtExit(async () => void order.push('second card'));
    finish();
    await vi.waitFor(() => expect(order).toContain('end'));
    expect(order).toEqual(['first card', 'second card', 'end']);
  });
});
