import { format } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('the trace', () => {
  beforeEach(() => {
    vi.resetModules();
    vi.stubEnv('DEBUG', '');
    vi.stubEnv('DEBUG_HIDE_DATE', 'yes');
  });
  afterEach(() => {
    vi.doUnmock('debug');
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  async function fresh() {
    const { createTrace } = await import('../src/trace.js');
    const { default: debug } = await import('debug');
    const lines: string[] = [];
    debug.log = (...parts: unknown[]) => {
      lines.push(format(...parts));
    };
    return { apdu: createTrace('jpki:apdu'), pcsc: createTrace('jpki:pcsc'), debug, lines };
  }

  it('is carried by debug, in the order in which it was written, from before debug was there', async () => {
    const { apdu, pcsc, debug, lines } = await fresh();
    debug.enable('jpki:*');
    apdu('> %s', '00B0');
    pcsc('connected');
    expect(lines).toEqual([]);
    await vi.waitFor(() => expect(lines).toHaveLength(2));
    pcsc('closed');
    apdu('< %d bytes', 2);
    expect(lines).toEqual([
      expect.stringMatching(/jpki:apdu.*> 00B0/),
      expect.stringMatching(/jpki:pcsc.*connected/),
      expect.stringMatching(/jpki:pcsc.*closed/),
      expect.stringMatching(/jpki:apdu.*< 2 bytes/),
    ]);
    debug.disable();
  });

  it('shows the namespaces that were asked for alone, and can be turned on and off at any time', async () => {
    const { apdu, pcsc, debug, lines } = await fresh();
    expect(apdu.enabled).toBe(false);
    apdu('never seen');
    debug.enable('jpki:apdu');
    pcsc('not asked for');
    apdu('seen');
    await vi.waitFor(() => expect(lines).toEqual([expect.stringContaining('seen')]));
    expect([apdu.enabled, pcsc.enabled]).toEqual([true, false]);
    debug.disable();
    apdu('no more');
    expect(apdu.enabled).toBe(false);
    expect(lines).toHaveLength(1);
  });

  it.each([
    ['jpki:*', 1],
    ['express:*,*', 1],
    ['1', 0],
    ['express:*', 0],
  ])('that cannot be loaded says so once to who asked for it with DEBUG=%s', async (wanted, times) => {
    vi.doMock('debug', () => {
      throw new Error('Dynamic require of "tty" is not supported');
    });
    vi.stubEnv('DEBUG', wanted);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { createTrace } = await import('../src/trace.js');
    const trace = createTrace('jpki:apdu');
    trace('one');
    trace('two');
    await vi.waitFor(() => expect(trace.enabled).toBe(false));
    trace('three');
    expect(warn).toHaveBeenCalledTimes(times);
  });
});
