import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoginToken, openJpki, verifyLoginToken } from '../../src/index.js';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { anchors, CONTENT, card, chunks } from '../signature/support.js';
import { PcscHarness, requirePcsc } from './harness.js';

describe.skipIf(requirePcsc())('signatures with a card in a reader', () => {
  let pcsc: PcscHarness;
  let session: VpcdSession;
  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
    session = await connectVpcd(card, { port: pcsc.ports[0] });
  });
  afterAll(async () => {
    await session?.close();
    await pcsc.dispose();
  });

  it('make a CMS message, attached and detached, that is valid', async () => {
    await using applet = await openJpki({ timeoutMs: 5_000 });
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    expect(await verifyCms(await signCms(applet, CONTENT), { anchors })).toMatchObject({ valid: true });
    const detached = await signCms(applet, chunks(CONTENT), { detached: true, hash: 'SHA-512' });
    expect(await verifyCms(detached, { anchors, content: CONTENT })).toMatchObject({ valid: true });
  });

  it('make a login token that is valid, and leave the card without power', async () => {
    const login = { audience: 'https://example.jp', nonce: 'n-0S6_WzA2Mj' };
    const make = async (pin: boolean): Promise<string> => {
      await using applet = await openJpki({ timeoutMs: 5_000 });
      if (pin) await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      return await createLoginToken(applet, login);
    };
    expect(await verifyLoginToken(await make(true), { ...login, anchors })).toMatchObject({ valid: true });
    await expect(make(false)).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  });
});
