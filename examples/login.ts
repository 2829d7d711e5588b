/**
 * A login: a server on 127.0.0.1 that gives a challenge and checks the answer, and the client with the card that
 * answers it. The PIN never leaves the client, and the server needs neither a card nor pcsclite.
 *
 *   npx tsx examples/login.ts [--virtual]
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLoginToken, type JpkiApplet, type TrustAnchor, verifyLoginToken } from 'jpki-card';
import { askPin, openCard, run, trustAnchors } from './support.js';

const MAX_BODY = 20_000;

/** POST /challenge gives a nonce; POST /login takes a token. */
function loginServer(audience: () => string, anchors: readonly TrustAnchor[] | undefined): Server {
  // Each nonce is good for one answer within two minutes. A real server keeps it with the browser's session.
  const nonces = new Map<string, number>();

  async function login(body: string): Promise<[number, object]> {
    const { nonce, token } = JSON.parse(body);
    const expires = nonces.get(nonce);
    nonces.delete(nonce);
    if (expires === undefined || expires < Date.now()) return [401, { error: 'unknown or used challenge' }];
    const verdict = await verifyLoginToken(token, { audience: audience(), nonce, anchors });
    if (!verdict.valid) return [401, { error: verdict.findings.map(({ code }) => code) }];
    // Here the account is looked up by the subject. Revocation was not checked: see the README.
    return [200, { subject: verdict.subject }];
  }

  function challenge(): [number, object] {
    const nonce = randomBytes(32).toString('base64url');
    nonces.set(nonce, Date.now() + 120_000);
    return [200, { nonce }];
  }

  return createServer(async (request, response) => {
    let [status, answer]: [number, object] = [400, { error: 'bad request' }];
    try {
      const body = await bodyOf(request);
      if (request.url === '/challenge') [status, answer] = challenge();
      if (request.url === '/login') [status, answer] = await login(body);
    } catch {
      // A request that is none: the answer is 400.
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > MAX_BODY) throw new Error('too long');
  }
  return body;
}

const post = (url: string, body: object = {}) => fetch(url, { method: 'POST', body: JSON.stringify(body) });

/** What runs beside the reader. The audience is where it connects to, never what a server says it is. */
async function logIn(applet: JpkiApplet, origin: string): Promise<void> {
  const { nonce } = await (await post(`${origin}/challenge`)).json();
  const token = await createLoginToken(applet, { audience: origin, nonce });
  const first = await post(`${origin}/login`, { nonce, token });
  console.log(`login       ${first.status} ${await first.text()}`);
  const again = await post(`${origin}/login`, { nonce, token });
  console.log(`same again  ${again.status} ${await again.text()}`);
}

await run(async () => {
  await using applet = await openCard();
  await applet.verifyPin('auth', await askPin('auth'));

  let origin = '';
  const server = loginServer(() => origin, await trustAnchors(applet, 'auth'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await logIn(applet, origin);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
