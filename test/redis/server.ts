/** One of several servers: gives challenges and takes answers, over a Redis on 127.0.0.1. Arguments: its port, the anchor's hash. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createClient } from 'redis';
import { redisChallenges } from '../../examples/redis-challenges.js';
import { LoginChallenges } from '../../src/signature/index.js';

const [port, sha256 = ''] = process.argv.slice(2);
const client = createClient({ socket: { host: '127.0.0.1', port: Number(port) } });
await client.connect();
const challenges = new LoginChallenges({
  audience: 'https://service.example.jp',
  store: redisChallenges(client),
  anchors: [{ name: 'virtual', purpose: 'auth', sha256 }],
});

/** Holds requests until so many are here, so that their answers are judged at the same moment. */
const waiting: (() => void)[] = [];
function together(count: number): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length >= count) for (const go of waiting.splice(0)) go();
  });
}

const server = createServer(async (request, response) => {
  if (request.url === '/challenge') return response.end(await challenges.issue());
  const token = await text(request);
  await together(Number(request.headers['x-together'] ?? 1));
  const verdict = await challenges.answer(token);
  response.end(JSON.stringify(verdict.valid ? ['logged in'] : verdict.findings.map(({ code }) => code)));
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
console.log((server.address() as AddressInfo).port);
