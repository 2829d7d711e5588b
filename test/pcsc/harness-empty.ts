import { expect } from 'vitest';
import { listReaders } from '../../src/transport/pcsc.js';

/** Until the service has seen that the last card is gone: only then does the driver take a new one. */
export async function untilEmpty(name: string): Promise<void> {
  const state = async () => (await listReaders()).find((reader) => reader.name === name)?.state;
  await expect.poll(state, { timeout: 10_000 }).not.toBe('present');
}
