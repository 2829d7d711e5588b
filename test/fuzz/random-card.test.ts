import { expect, it } from 'vitest';
import { virtualCard } from '../support/virtual.js';
import { runSession } from './random-card.js';

/** Others each time; `npm run fuzz` goes on for as long as it is left alone. */
const SESSIONS = 1_000;

it(`${SESSIONS} sessions against a card that answers anything end in a JpkiError or a true value`, async () => {
  const state = (await virtualCard()).toJSON();
  const base = Number(process.env['JPKI_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  let exchanges = 0;
  const heapBefore = process.memoryUsage().heapUsed;
  for (let i = 0; i < SESSIONS; i++) exchanges += await runSession(base + i, state);
  const grown = process.memoryUsage().heapUsed - heapBefore;
  console.info(
    `${SESSIONS} sessions from seed ${base}, ${exchanges} exchanges, heap grew ${Math.round(grown / 2 ** 20)} MB`,
  );
  expect(exchanges).toBeGreaterThan(SESSIONS);
}, 600_000);
