import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { StubCard } from './harness-stub-card.js';

describe.skipIf(requirePcsc(['opensc-tool']))('connectVpcd with the real service', () => {
  let pcsc: PcscHarness;
  beforeAll(async () => {
    pcsc = await PcscHarness.create();
  });
  afterAll(() => pcsc.dispose());

  it('says what to install and start when nothing listens', async () => {
    const error = await connectVpcd(new StubCard(), { port: pcsc.ports[0] }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect((error as Error & { remedy: string }).remedy).toMatch(/vsmartcard-vpcd.*pcscd.*start/s);
  });

  it('puts a card into the reader that other programs see, and takes it out', async () => {
    await pcsc.start();
    const card = new StubCard();
    const session = await connectVpcd(card, { port: pcsc.ports[0] });
    const atr = await pcsc.run('opensc-tool', ['--reader', '0', '--card-driver', 'default', '--atr']);
    expect(atr.stdout.toString().trim()).toBe('3b:e0:00:ff:81:31:fe:45:14');
    await session.close();
    await session.closed;
    expect(card.history.at(-1)).toBe('off');
    await session.close();
  });
});
