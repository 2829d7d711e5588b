/**
 * `npm run fuzz [SEED]`: sessions against a random card, and changed messages, tokens and certificates, in turns until
 * stopped, or until one fails, whose seed it prints.
 */
import { spawnSync } from 'node:child_process';
import { VirtualCard } from '../../src/virtual/index.js';
import { runSession } from './random-card.js';

const SESSIONS = 5_000;
const CHANGES = 20_000;

const state = (await VirtualCard.issue()).toJSON();
const first = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 31));
let exchanges = 0;
for (let seed = first; ; seed++) {
  exchanges += await runSession(seed, state);
  const sessions = seed - first + 1;
  if (sessions % 1000 === 0) {
    const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    console.log(`${sessions} sessions from seed ${first}, ${exchanges} exchanges, heap ${heap} MB`);
  }
  if (sessions % SESSIONS === 0) changeAll(seed);
}

/** The tests that change what is good, with more changes than `npm test` has time for. */
function changeAll(seed: number): void {
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', 'mutations.test', 'hostile-input.test'],
    {
      stdio: 'inherit',
      env: { ...process.env, JPKI_FUZZ_RUNS: String(CHANGES), JPKI_FUZZ_SEED: String(seed) },
    },
  );
  if (status === 1) throw new Error(`seed ${seed}: changes were not refused, see above`);
  // Stopped, as this is to be then too.
  if (status !== 0) process.exit(status ?? 130);
}
