import { expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import { runsOf } from '../support/runs.js';
import { mutated, randomFrom } from './mutations.js';
import { anchors, CONTENT, craftCms, unlockedCard, verifyBothWays } from './support.js';

const COUNT = runsOf(2_000);
const SEED = Number(process.env['JPKI_FUZZ_SEED'] ?? 1);

it(`${COUNT} changed messages are refused, and some in chunks too, in the verdict or with a JpkiError and nothing else`, async () => {
  const applet = await unlockedCard();
  const messages = [
    await signCms(applet, CONTENT),
    await craftCms({ signers: [{}, { hash: 'SHA-512' }] }),
    await craftCms({ signers: [{ attributes: 'none' }] }),
  ];
  const random = randomFrom(SEED);
  const outcomes = { verdict: 0, error: 0 };
  for (let i = 0; i < COUNT; i++) {
    const message = messages[i % messages.length] ?? CONTENT;
    const bytes = mutated(message, random);
    const context = () => `seed ${SEED}, number ${i}: ${Buffer.from(bytes).toString('base64')}`;
    try {
      const verdict = await (i % 4 === 0 ? verifyBothWays : verifyCms)(bytes, { anchors });
      outcomes.verdict++;
      if (verdict.valid) expect(withVersionOf(message, bytes), context()).toEqual(message);
    } catch (error) {
      if (!(error instanceof JpkiError)) throw new Error(context(), { cause: error });
      outcomes.error++;
    }
  }
  expect(outcomes.verdict).toBeGreaterThan(COUNT / 20);
  expect(outcomes.error).toBeGreaterThan(COUNT / 20);
}, 300_000);

/** The version number is the one thing in our messages that nobody signs and nothing depends on: at byte 25. */
function withVersionOf(message: Uint8Array, bytes: Uint8Array): Uint8Array {
  const changed = new Uint8Array(bytes);
  changed.set(message.subarray(25, 26), 25);
  return changed;
}
