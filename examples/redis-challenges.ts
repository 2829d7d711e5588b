/**
 * Challenges in Redis (6.2 or newer, for GETDEL), for several servers behind one name: a token that one of them took is
 * refused by all. Not a program of its own: a server hands `redisChallenges` to `LoginChallenges` as its `store`.
 */
import type { ChallengeStore } from 'jpki-card';
import type { createClient } from 'redis';

export type RedisClient = Pick<ReturnType<typeof createClient>, 'sendCommand'>;

/** In the words of Redis itself: node-redis 4 does not know how 5 names the options of SET, and leaves them out unsaid. */
export function redisChallenges(client: RedisClient): ChallengeStore {
  const keyOf = (nonce: string) => `jpki-login:${nonce}`;
  return {
    async put(nonce, expiresInSeconds) {
      await client.sendCommand(['SET', keyOf(nonce), '1', 'NX', 'EX', String(expiresInSeconds)]);
    },
    // One command, which Redis runs by itself: reading first and deleting then would let two servers both read it.
    take: async (nonce) => (await client.sendCommand<unknown>(['GETDEL', keyOf(nonce)])) === '1',
  };
}
