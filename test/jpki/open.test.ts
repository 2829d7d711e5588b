import { expect, it, vi } from 'vitest';
import { openJpki } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { openCardFor } from '../../src/transport/pcsc.js';

vi.mock('../../src/transport/pcsc.js', () => ({ openCardFor: vi.fn() }));

it('a card that is silent from the start is not waited for after the time-out', async () => {
  const silent = new Promise<never>(() => undefined);
  const disconnect = vi.fn(() => silent);
  const connection: CardConnection = {
    ...{ readerName: 'Silent', atr: Uint8Array.of(0x3b, 0x00), exclusive: true },
    transmit: () => silent,
    // As that of a reader, which waits for the exchange that is under way.
    disconnect,
  };
  vi.mocked(openCardFor).mockImplementation((_options, use) => use(connection));
  await expect(openJpki({ exchangeTimeoutMs: 20 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(disconnect).toHaveBeenCalledOnce();
});

it('who aborts while the application is selected gets no card to close: it is let go of', async () => {
  const controller = new AbortController();
  const disconnect = vi.fn(async () => undefined);
  const connection: CardConnection = {
    ...{ readerName: 'Reader', atr: Uint8Array.of(0x3b, 0x00), exclusive: true },
    transmit: async () => {
      controller.abort();
      return Uint8Array.of(0x90, 0x00);
    },
    disconnect,
  };
  vi.mocked(openCardFor).mockImplementation((_options, use) => use(connection));
  await expect(openJpki({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(disconnect).toHaveBeenCalledOnce();
});
