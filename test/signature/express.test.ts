import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { giveChallenge, takeLogin } from '../../examples/express-login.js';
import { createLoginToken, LoginChallenges } from '../../src/signature/index.js';
import { AUDIENCE } from './login-support.js';
import { anchors, unlockedCard } from './support.js';

describe('the middleware of Express', () => {
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    const challenges = new LoginChallenges({ audience: AUDIENCE, anchors });
    const application = express();
    application.get('/challenge', giveChallenge(challenges));
    application.post(
      '/login',
      express.text({ type: () => true, limit: '20kb' }),
      takeLogin(challenges),
      (_request, response) => {
        response.json({ subject: response.locals['subject'] });
      },
    );
    server = application.listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function challenged(): Promise<{ token: string; cookie: string }> {
    const response = await fetch(`${origin}/challenge`);
    const { nonce } = await response.json();
    const cookie = response.headers.get('set-cookie') ?? '';
    expect(cookie).toBe(`__Host-challenge=${nonce}; Path=/; HttpOnly; Secure; SameSite=Strict`);
    const token = await createLoginToken(await unlockedCard(), { audience: AUDIENCE, nonce });
    return { token, cookie: cookie.split('; ')[0] ?? '' };
  }

  async function logIn(body: string, cookie: string, type = 'text/plain'): Promise<[number, unknown]> {
    const headers = { 'content-type': type, cookie };
    const response = await fetch(`${origin}/login`, { method: 'POST', body, headers });
    if (response.status !== 413)
      expect(response.headers.get('set-cookie')).toMatch(
        /^__Host-challenge=; Path=\/; Expires=Thu, 01 Jan 1970 .*; Secure/,
      );
    return [response.status, response.status === 413 ? undefined : await response.json()];
  }

  it('logs in once', async () => {
    const { token, cookie } = await challenged();
    const [status, answer] = await logIn(token, `theme=dark; ${cookie}`);
    expect([status, answer]).toEqual([200, { subject: expect.stringMatching(/^[0-9a-f]+@C=JP, /) }]);
    expect(await logIn(token, cookie)).toEqual([401, { error: ['TOKEN_CHALLENGE'] }]);
  });

  it('refuses a token in the browser of somebody else', async () => {
    const [attacker, victim] = [await challenged(), await challenged()];
    expect(await logIn(attacker.token, victim.cookie)).toEqual([401, { error: ['OTHER_BROWSER'] }]);
  });

  it('refuses what is no token, and a request without one', async () => {
    expect(await logIn('x', '')).toEqual([401, { error: ['TOKEN_MALFORMED'] }]);
    expect(await logIn('', '')).toEqual([401, { error: ['TOKEN_MALFORMED'] }]);
  });

  it.each(['application/jwt', 'application/json', 'application/octet-stream'])(
    'takes a token that is called %s',
    async (type) => {
      const { token, cookie } = await challenged();
      expect(await logIn(token, cookie, type)).toEqual([200, { subject: expect.any(String) }]);
    },
  );

  it('reads no more than a token has', async () => {
    expect(await logIn('x'.repeat(20_481), '')).toEqual([413, undefined]);
  });
});
