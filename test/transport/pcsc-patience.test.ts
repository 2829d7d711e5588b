import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Patience } from '../../src/transport/pcsc/patience.js';

const DAY_MS = 86_400_000;

describe('patience', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends at its deadline and says so once', () => {
    const patience = new Patience(30_000);
    const listener = vi.fn();
    patience.onEnd(listener);
    vi.advanceTimersByTime(29_999);
    expect(patience.over).toBe(false);
    vi.advanceTimersByTime(1);
    expect(patience.over).toBe(true);
    expect(listener).toHaveBeenCalledOnce();
  });

  it.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e15])(
    'never ends after %d ms, which no timer can hold',
    (timeoutMs) => {
      const patience = new Patience(timeoutMs);
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(30 * DAY_MS);
      expect(patience.over).toBe(false);
    },
  );

  it('leaves neither timer nor listener behind', () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    new Patience(30_000, signal).dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(remove).toHaveBeenCalledOnce();
  });

  it('sleeps no longer than until the abort', async () => {
    const controller = new AbortController();
    const patience = new Patience(Number.POSITIVE_INFINITY, controller.signal);
    const slept = patience.sleep(30_000);
    controller.abort(new Error('enough'));
    await slept;
    expect(vi.getTimerCount()).toBe(0);
    expect(patience.abortedError).toMatchObject({ code: 'ABORTED', cause: new Error('enough') });
  });
});
