import * as jose from 'jose';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { signJws } from '../../src/signature/index.js';
import { Intercepted } from '../support/connections.js';
import { flipped, openCard, signerOf, unlockedCard } from './support.js';

const publicKey = (role: 'auth' | 'sign', algorithm: string) =>
  jose.importX509(JpkiCertificate.parse(signerOf(role).certificate).toPem(), algorithm);

describe('a JWS signed with the card', () => {
  it.each([
    ['auth', 'RS256'],
    ['auth', 'RS384'],
    ['auth', 'RS512'],
    ['sign', 'RS256'],
    ['sign', 'RS512'],
  ] as const)('with %s and %s verifies with jose', async (role, algorithm) => {
    const payload = new TextEncoder().encode('申請書');
    const jws = await signJws(await unlockedCard(), role, payload, { algorithm });
    const verified = await jose.compactVerify(jws, await publicKey(role, algorithm));
    expect(verified.payload).toEqual(payload);
    const { certificate, ca } = signerOf(role);
    // RFC 7515 section 4.1.6: standard base64, not base64url.
    expect(verified.protectedHeader).toEqual({
      alg: algorithm,
      x5c: [Buffer.from(certificate).toString('base64'), Buffer.from(ca).toString('base64')],
    });
  });

  it('takes bytes, a text or an object', async () => {
    const applet = await unlockedCard();
    const key = await publicKey('auth', 'RS256');
    for (const [payload, bytes] of [
      [Uint8Array.of(0, 255), Buffer.from([0, 255])],
      ['“署名”', Buffer.from('“署名”')],
      ['', Buffer.alloc(0)],
      [{ b: 1, a: [2] }, Buffer.from('{"b":1,"a":[2]}')],
    ] as const) {
      const verified = await jose.compactVerify(await signJws(applet, 'auth', payload), key);
      expect(Buffer.from(verified.payload)).toEqual(bytes);
    }
  });

  it('has the header parameters it was given, in front of its own', async () => {
    const jws = await signJws(await unlockedCard(), 'auth', '', { header: { typ: 'JWT', kid: '鍵' } });
    expect(Object.keys(jose.decodeProtectedHeader(jws))).toEqual(['alg', 'typ', 'kid', 'x5c']);
    await jose.compactVerify(jws, await publicKey('auth', 'RS256'));
  });

  it('costs one exchange once the certificates were read', async () => {
    let commands = 0;
    const applet = await unlockedCard((connection) => {
      return new Intercepted(connection, (_number, _command, send) => {
        commands++;
        return send();
      });
    });
    await signJws(applet, 'auth', 'first');
    commands = 0;
    await signJws(applet, 'auth', 'second');
    expect(commands).toBe(1);
  });
});

describe('no JWS is made', () => {
  it('before the PIN', async () => {
    await expect(signJws(await openCard(), 'auth', '')).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'auth',
    });
  });

  it('of a signature that was changed on the way', async () => {
    const applet = await unlockedCard((connection) => {
      return new Intercepted(connection, async (_number, command, send) => {
        const response = await send();
        return command[1] === 0x2a ? flipped(response, 17) : response;
      });
    });
    await expect(signJws(applet, 'auth', '')).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  it.each([
    [{ algorithm: 'none' }, ''],
    [{ algorithm: 'HS256' }, ''],
    [{ algorithm: 'PS256' }, ''],
    [{ header: { alg: 'none' } }, ''],
    [{ header: { x5c: [] } }, ''],
    [{ header: { b64: false } }, ''],
    [{ header: { crit: ['b64'] } }, ''],
    [{ header: { typ: 'jpki-login+jwt' } }, ''],
    [{ header: { typ: 'application/JPKI-LOGIN+jwt' } }, ''],
    [{ header: { typ: { toJSON: () => 'jpki-login+jwt' } } }, ''],
    [{ header: { toJSON: () => ({ typ: 'jpki-login+jwt' }) } }, ''],
    [{ header: { toJSON: () => ({ alg: 'none' }) } }, ''],
    [{ header: { n: 1n } }, ''],
    [{ header: { kid: 'k'.repeat(8192) } }, ''],
    [{}, new Uint8Array(2 ** 24 + 1)],
    [{}, loop],
    [{}, undefined],
  ])('with %o and the payload %o', async (options, payload) => {
    await expect(
      signJws(await unlockedCard(), 'auth', payload as never, options as never),
    ).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('of a role that does not exist', async () => {
    await expect(signJws(await unlockedCard(), 'root' as never, '')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
