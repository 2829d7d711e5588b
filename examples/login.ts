/**
 * A login end to end: a server on 127.0.0.1 that gives challenges and judges answers, and the client with the card. The PIN
 * never leaves the client, and the server needs neither a card nor a reader.
 *
 *   npx tsx examples/login.ts [--virtual]
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createLoginToken, LoginChallenges } from 'jpki-card';
import { askPin, openCard, run, trustAnchors } from './support.js';

await run(async () => {
  await using applet = await openCard();
  const anchors = await trustAnchors(applet, 'auth');
  const server = createServer(async (request, response) => {
    // A real server also ties each challenge to the browser's session: see examples/express-login.ts.
    if (request.url === '/challenge') return response.end(await challenges.issue());
    if (Number(request.headers['content-length'] ?? Infinity) > 20_000) return response.writeHead(413).end();
    const verdict = await challenges.answer(await text(request));
    // The account is looked up by the subject. Revocation was not checked.
    const answer = verdict.valid ? { subject: verdict.subject } : verdict.findings.map(({ code }) => code);
    return response.writeHead(verdict.valid ? 200 : 401).end(JSON.stringify(answer));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // What the server is called: never what a request says, and for the client what it connects to.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const challenges = new LoginChallenges({ audience: origin, anchors });
  const nonce = await (await fetch(`${origin}/challenge`)).text();
  const token = await createLoginToken(applet, { audience: origin, nonce, pin: () => askPin('auth') });
  for (const attempt of ['login     ', 'same again']) {
    const response = await fetch(`${origin}/login`, { method: 'POST', body: token });
    console.log(`${attempt}  ${response.status} ${await response.text()}`);
  }
  server.close().closeAllConnections();
});
