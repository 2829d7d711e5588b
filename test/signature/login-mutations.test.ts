import { expect, it } from 'vitest';
import { createLoginToken, verifyLoginToken } from '../../src/signature/index.js';
import { runsOf } from '../support/runs.js';
import { changedInside, changedText, randomFrom } from './mutations.js';
import { anchors, unlockedCard } from './support.js';

const COUNT = runsOf(2_000);
const SEED = Number(process.env['JPKI_FUZZ_SEED'] ?? 1);

it(`${COUNT} changed tokens are refused, without an exception`, async () => {
  const challenge = { audience: 'https://example.jp', nonce: 'n-0S6_WzA2Mj' };
  const token = await createLoginToken(await unlockedCard(), challenge);
  const random = randomFrom(SEED);
  const findings = new Set<string>();
  for (let i = 0; i < COUNT; i++) {
    const text = i % 2 === 0 ? changedText(token, random) : changedInside(token, random);
    const verdict = await verifyLoginToken(text, { ...challenge, anchors });
    expect(verdict.valid, `seed ${SEED}, number ${i}: ${text}`).toBe(false);
    for (const { code } of verdict.findings) findings.add(code);
  }
  // The changes reached every stage: form, header, certificates, claims, signatures.
  expect([...findings]).toEqual(
    expect.arrayContaining(['TOKEN_MALFORMED', 'TOKEN_CERTIFICATES', 'TOKEN_AUDIENCE', 'TOKEN_SIGNATURE']),
  );
}, 300_000);
