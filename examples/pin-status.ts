/**
 * Every retry counter of a card, and the way out where one is locked. Spends no try.
 *
 *   npx tsx examples/pin-status.ts [--virtual] [--locked]    --locked locks the virtual card's signature PIN first
 */
import { JpkiApplet, readOtherPinCounters, recoveryOptions } from 'jpki-card';
import { connect, isVirtual, run } from './support.js';

await run(async () => {
  const connection = await connect();
  await using applet = await JpkiApplet.select(connection);
  if (isVirtual && process.argv.includes('--locked')) {
    for (let tries = 0; tries < 5; tries++) {
      await applet.verifyPin('sign', 'WRONG1', { allowLastTry: true }).catch(() => undefined);
    }
  }

  const { pins } = await applet.readStatus();
  console.log(`利用者証明用 / user authentication: ${describe(pins.auth)}`);
  console.log(`署名用 / signature: ${describe(pins.sign)}`);
  for (const pin of await readOtherPinCounters(connection)) {
    if (pin.setByHolder) console.log(`${pin.name.ja} / ${pin.name.en}: ${describe(pin)}`);
  }

  for (const option of recoveryOptions({
    pins: { auth: { counter: pins.auth }, sign: { counter: pins.sign } },
  })) {
    if (option.pinState !== 'locked') continue;
    console.log(`\n${option.title.ja}\n${option.title.en}`);
    for (const { text } of [...option.needs, ...option.conditions])
      console.log(`  - ${text.ja}\n    ${text.en}`);
    console.log(`  ${option.where.ja}\n  ${option.where.en}`);
  }
});

function describe(counter: {
  locked: boolean;
  present?: boolean;
  triesLeft: number | undefined;
  maxTries: number | undefined;
}): string {
  if (counter.present === false) return 'not on this card';
  if (counter.locked) return 'LOCKED';
  return `${counter.triesLeft ?? 'unknown'} of ${counter.maxTries ?? 'unknown'} tries left`;
}
