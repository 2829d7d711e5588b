/** Logins behind two server processes that share a Redis. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisChallenges } from '../../examples/redis-challenges.js';
import { createLoginToken, LoginChallenges } from '../../src/signature/index.js';
import { anchors, unlockedCard } from '../signature/support.js';
import { endProcess, noRedis, printed, startRedis } from './redis.js';

const AUDIENCE = 'https://service.example.jp';
const REPLAYS = 1000;

it('speaks to Redis in commands, whose options no version of the package can leave out', async () => {
  const sent: unknown[] = [];
  const store = redisChallenges({
    async sendCommand<T>(words: readonly unknown[]): Promise<T> {
      sent.push(words);
      return '1' as T;
    },
  });
  await store.put('n', 300);
  expect(await store.take('n')).toBe(true);
  expect(sent).toEqual([
    ['SET', 'jpki-login:n', '1', 'NX', 'EX', '300'],
    ['GETDEL', 'jpki-login:n'],
  ]);
});

describe.skipIf(noRedis())('two servers with one store', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  const servers: ChildProcess[] = [];
  let origins: string[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    const program = fileURLToPath(new URL('server.ts', import.meta.url));
    const sha256 = anchors.find(({ purpose }) => purpose === 'auth')?.sha256 ?? '';
    for (let i = 0; i < 2; i++) {
      const args = ['--import', 'tsx', program, String(redis.port), sha256];
      servers.push(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] }));
    }
    const ports = await Promise.all(servers.map((server) => printed(server, /^(\d+)$/)));
    origins = ports.map((port) => `http://127.0.0.1:${port}`);
  });

  afterAll(async () => {
    await Promise.all(servers.map(endProcess));
    await redis?.end();
  });

  const post = async (i: number, token: string, together = 1): Promise<unknown> => {
    const headers = { 'x-together': String(together) };
    return (await fetch(`${origins[i % 2]}/login`, { method: 'POST', body: token, headers })).json();
  };
  const tokenFor = async (i: number) => {
    const nonce = await (await fetch(`${origins[i]}/challenge`)).text();
    return createLoginToken(await unlockedCard(), { audience: AUDIENCE, nonce });
  };

  it(`log in one of ${REPLAYS} replays of one token at the same moment`, async () => {
    const token = await tokenFor(0);
    const answers = await Promise.all(Array.from({ length: REPLAYS }, (_, i) => post(i, token, REPLAYS / 2)));
    const refused = answers.filter((answer) => JSON.stringify(answer) === '["TOKEN_CHALLENGE"]');
    expect(answers).toContainEqual(['logged in']);
    expect(refused).toHaveLength(REPLAYS - 1);
  });

  it('take the answer to the challenge of the other one, once', async () => {
    const token = await tokenFor(0);
    expect(await post(1, token)).toEqual(['logged in']);
    expect(await post(0, token)).toEqual(['TOKEN_CHALLENGE']);
    expect(await post(1, token)).toEqual(['TOKEN_CHALLENGE']);
  });

  it('leave nothing behind in it but challenges that expire', async () => {
    const client = createClient({ socket: { host: '127.0.0.1', port: redis.port } });
    await client.connect();
    try {
      await client.flushDb();
      const challenges = new LoginChallenges({
        audience: AUDIENCE,
        store: redisChallenges(client),
        expiresInSeconds: 100,
      });
      const key = `jpki-login:${await challenges.issue()}`;
      expect(await client.keys('*')).toEqual([key]);
      const seconds = await client.ttl(key);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(100);
    } finally {
      client.destroy();
    }
  });
});
