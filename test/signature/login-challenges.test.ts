import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ChallengeStore, LoginChallenges } from '../../src/signature/index.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { AUDIENCE, base64, claims, good, header, tokenOf } from './login-support.js';
import { anchors, authority, codes, signerOf } from './support.js';

const create = (more = {}) => new LoginChallenges({ audience: AUDIENCE, anchors, ...more });
const tokenFor = (nonce: unknown, changes = {}) =>
  tokenOf(JSON.stringify(header()), JSON.stringify(claims({ nonce, ...changes })));
const answered = async (challenges: LoginChallenges, token: unknown) =>
  codes(await challenges.answer(token as string));

afterEach(() => {
  vi.useRealTimers();
});

describe('a challenge', () => {
  it('is 32 random bytes in base64url, each time others', async () => {
    const challenges = create();
    const nonces = await Promise.all(Array.from({ length: 1000 }, () => challenges.issue()));
    expect(new Set(nonces).size).toBe(1000);
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64url').toString('base64url')).toBe(nonce);
    for (const nonce of nonces) expect(Buffer.from(nonce, 'base64url')).toHaveLength(32);
  });

  it('is answered once', async () => {
    const challenges = create();
    const nonce = await challenges.issue();
    const token = await tokenFor(nonce);
    const verdict = await challenges.answer(token);
    expect(verdict).toMatchObject({ valid: true, claims: { nonce, audience: AUDIENCE } });
    expect(await answered(challenges, token)).toEqual(['TOKEN_CHALLENGE']);
  });

  it('is answered once by many at the same moment', async () => {
    const challenges = create();
    const token = await tokenFor(await challenges.issue());
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => challenges.answer(token)));
    expect(verdicts.filter(({ valid }) => valid)).toHaveLength(1);
  });

  it('is forgotten at a wrong answer', async () => {
    const challenges = create();
    const nonce = await challenges.issue();
    expect(await answered(challenges, await tokenFor(nonce, { aud: 'https://evil.example' }))).toEqual([
      'TOKEN_AUDIENCE',
    ]);
    expect(await answered(challenges, await tokenFor(nonce))).toEqual(['TOKEN_CHALLENGE']);
  });

  it('stays open when the answer cannot be read, which names no challenge', async () => {
    const challenges = create();
    const token = await tokenFor(await challenges.issue());
    expect(await answered(challenges, `${token}.`)).toEqual(['TOKEN_MALFORMED']);
    expect(await answered(challenges, undefined)).toEqual(['TOKEN_MALFORMED']);
    expect((await challenges.answer(token)).valid).toBe(true);
  });

  it('of another service is unknown', async () => {
    expect(await answered(create(), await tokenFor(await create().issue()))).toEqual(['TOKEN_CHALLENGE']);
  });

  it('is answered by the key of the certificate alone', async () => {
    const challenges = create();
    const other = signerOf('auth', await VirtualCard.issue({ authority }));
    const stolen = JSON.stringify(header(good, { x5c: [base64(other.certificate), base64(other.ca)] }));
    const token = await tokenOf(stolen, JSON.stringify(claims({ nonce: await challenges.issue() })));
    expect(await answered(challenges, token)).toEqual(['TOKEN_SIGNATURE']);
  });

  it('waits 300 seconds in memory, or as long as the service says', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    for (const [expiresInSeconds, seconds] of [
      [undefined, 300],
      [10, 10],
    ] as const) {
      const challenges = create({ expiresInSeconds });
      const [late, early] = [await challenges.issue(), await challenges.issue()];
      vi.setSystemTime(Date.now() + seconds * 1000 - 1);
      expect((await challenges.answer(await tokenFor(early))).valid).toBe(true);
      vi.setSystemTime(Date.now() + 1);
      expect(await answered(challenges, await tokenFor(late))).toEqual(['TOKEN_CHALLENGE']);
    }
  });

  it('is answered as late as it waits, not only within the 300 seconds of a token by itself', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const challenges = create({ expiresInSeconds: 3600 });
    const nonce = await challenges.issue();
    const iat = Math.floor(Date.now() / 1000);
    const token = await tokenFor(nonce, { iat, exp: iat + 3600 });
    vi.setSystemTime(Date.now() + 3_500_000);
    expect((await challenges.answer(token)).valid).toBe(true);
  });

  it('is not answered by a token that is older than it could be', async () => {
    const challenges = create({ expiresInSeconds: 10 });
    const iat = Math.floor(Date.now() / 1000) - 60;
    const token = await tokenFor(await challenges.issue(), { iat, exp: iat + 3600 });
    expect(await answered(challenges, token)).toEqual(['TOKEN_TOO_OLD']);
  });

  it('is among the last 100000 in memory', async () => {
    const challenges = create();
    const [oldest, next] = [await challenges.issue(), await challenges.issue()];
    for (let i = 0; i < 99_999; i++) await challenges.issue();
    expect(await answered(challenges, await tokenFor(oldest))).toEqual(['TOKEN_CHALLENGE']);
    expect((await challenges.answer(await tokenFor(next))).valid).toBe(true);
  });
});

describe('a store', () => {
  const storeOf = (answer: unknown) => ({
    put: vi.fn(async () => undefined),
    take: vi.fn(async () => answer as boolean),
  });
  const NONCE = 'A'.repeat(43);

  it('is given the nonce and its seconds, and asked for it once', async () => {
    const store = storeOf(true);
    const challenges = create({ store, expiresInSeconds: 7 });
    const nonce = await challenges.issue();
    expect(store.put.mock.calls).toEqual([[nonce, 7]]);
    expect((await challenges.answer(await tokenFor(nonce))).valid).toBe(true);
    expect(store.take.mock.calls).toEqual([[nonce]]);
  });

  it.each([false, null, undefined, 0, 1, '1', {}])('that answers %o logs nobody in', async (answer) => {
    expect(await answered(create({ store: storeOf(answer) }), await tokenFor(NONCE))).toEqual([
      'TOKEN_CHALLENGE',
    ]);
  });

  it.each([
    undefined,
    null,
    7,
    '',
    'A'.repeat(42),
    'A'.repeat(44),
    `${NONCE}\n`,
    `${NONCE.slice(1)}:`,
    [NONCE],
  ])('is never asked for what no challenge is: %o', async (nonce) => {
    const store = storeOf(true);
    expect(await answered(create({ store }), await tokenFor(nonce))).toEqual(['TOKEN_CHALLENGE']);
    expect(store.take).not.toHaveBeenCalled();
  });

  it('that fails is heard, and logs nobody in', async () => {
    const failure = new Error('connection lost');
    const store: ChallengeStore = {
      put: () => Promise.reject(failure),
      take: () => Promise.reject(failure),
    };
    await expect(create({ store }).issue()).rejects.toBe(failure);
    await expect(create({ store }).answer(await tokenFor(NONCE))).rejects.toBe(failure);
  });

  it('may be an object that needs its own this', async () => {
    class Own implements ChallengeStore {
      readonly #kept = new Set<string>();
      async put(nonce: string) {
        this.#kept.add(nonce);
      }
      async take(nonce: string) {
        return this.#kept.delete(nonce);
      }
    }
    const challenges = create({ store: new Own() });
    expect((await challenges.answer(await tokenFor(await challenges.issue()))).valid).toBe(true);
  });
});
