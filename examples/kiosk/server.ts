/**
 * A page for those who look rather than read: which reader has a card, how many tries are left, and the way out, as cards
 * are put down and taken away. For this computer only: it listens on 127.0.0.1, and the address has a token that the page
 * of another site cannot know. No PIN is asked for, and nothing that names the holder leaves the card.
 *
 *   npx tsx examples/kiosk/server.ts [--port PORT]
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { JpkiError } from 'jpki-card';
import { type Reader, readersAndCards } from './cards.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
const token = randomBytes(24).toString('base64url');
const file = (name: string) => readFileSync(new URL(name, import.meta.url));
const FILES: Readonly<Record<string, readonly [type: string, content: Buffer]>> = {
  '': ['text/html; charset=utf-8', file('page.html')],
  'page.js': ['text/javascript; charset=utf-8', file('page.js')],
  'page.css': ['text/css; charset=utf-8', file('page.css')],
};
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const listeners = new Set<ServerResponse>();
let readers: readonly Reader[] = [];
const event = () => `data: ${JSON.stringify(readers)}\n\n`;

const server = createServer((request, response) => {
  const { port } = server.address() as AddressInfo;
  // A name that somebody else made lead to 127.0.0.1 is not the name of this page.
  const { host, origin = `http://${host}` } = request.headers;
  const isHere = host === `127.0.0.1:${port}` && origin === `http://${host}`;
  const [, given, name = ''] = /^\/([\w-]+)\/([\w.]*)$/.exec(request.url ?? '') ?? [];
  if (!isHere || request.method !== 'GET' || given !== token) {
    response.writeHead(404, HEADERS).end();
  } else if (name === 'events') {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' }).write(event());
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  } else {
    const [type, content] = (Object.hasOwn(FILES, name) && FILES[name]) || [];
    response
      .writeHead(content ? 200 : 404, { ...HEADERS, 'content-type': type ?? 'text/plain' })
      .end(content);
  }
});

const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
server.listen(Number(values.port), '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${token}/`);
try {
  for await (readers of readersAndCards(end.signal))
    for (const listener of listeners) listener.write(event());
} catch (error) {
  if (!(error instanceof JpkiError)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.remedy}`);
  process.exitCode = 1;
} finally {
  server.close();
  server.closeAllConnections();
}
