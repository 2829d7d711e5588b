/**
 * Every retry counter of a card, and the way out where one is locked. Spends no try.
 *
 *   npx tsx examples/pin-status.ts [--virtual] [--locked]    --locked locks the virtual card's signature PIN first
 */
import { JpkiApplet, type PinCounter, readOtherPinCounters, recoveryOptions } from 'jpki-card';
import { connect, isVirtual, run } from './support.js';

await run(async () => {
  const connection = await connect();
  await using applet = await JpkiApplet.select(connection);
  if (isVirtual && process.argv.includes('--locked'))
    for (let tries = 0; tries < 5; tries++)
      await applet.verifyPin('sign', 'WRONG1', { allowLastTry: true }).catch(() => undefined);

  const { pins } = await applet.readStatus();
  console.log(`利用者証明用 / user authentication: ${left(pins.auth)}`);
  console.log(`署名用 / signature: ${left(pins.sign)}`);
  for (const pin of await readOtherPinCounters(connection))
    if (pin.setByHolder)
      console.log(`${pin.name.ja} / ${pin.name.en}: ${pin.present ? left(pin) : 'not here'}`);

  const situation = { pins: { auth: { counter: pins.auth }, sign: { counter: pins.sign } } };
  for (const { pinState, title, answer, needs, steps } of recoveryOptions(situation)) {
    if (pinState !== 'locked') continue;
    console.log(`\n${title.ja}\n${title.en}\n  ${answer.ja}\n  ${answer.en}`);
    for (const { text } of [...needs, ...steps]) console.log(`  - ${text.ja}\n    ${text.en}`);
  }
});

function left({ locked, triesLeft }: Pick<PinCounter, 'locked' | 'triesLeft'>): string {
  return locked ? 'LOCKED' : `${triesLeft ?? 'unknown'} tries left`;
}
