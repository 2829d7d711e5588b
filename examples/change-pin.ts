/**
 * Changes a PIN that is known and not locked.
 *
 *   npx tsx examples/change-pin.ts auth|sign [--virtual]
 */
import { type KeyRole, pinAdvice } from 'jpki-card';
import { askPin, isVirtual, openCard, operands, run } from './support.js';

await run(async () => {
  const role = operands[0];
  if (role !== 'auth' && role !== 'sign') {
    console.error('Say which PIN: npx tsx examples/change-pin.ts auth|sign [--virtual]');
    process.exitCode = 2;
    return;
  }
  await using applet = await openCard();
  const { triesLeft, maxTries } = await applet.readPinCounter(role);
  console.log(`${triesLeft ?? 'unknown'} of ${maxTries} tries left`);

  const current = await askPin(role, 'current PIN');
  const next = isVirtual ? virtualNextPin(role) : await askPin(role, 'new PIN');
  for (const { text } of pinAdvice(role, next)) console.log(`Think again? ${text.en} ${text.ja}`);

  await applet.changePin(role, current, next);
  console.log('The new PIN is in force.');
});

/** The virtual card of this run is gone at the end, and so is its PIN. */
function virtualNextPin(role: KeyRole): string {
  return role === 'auth' ? '8046' : 'EXAMPLE27';
}
