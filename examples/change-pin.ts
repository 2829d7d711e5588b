/**
 * Changes a PIN that is known and not locked.
 *
 *   npx tsx examples/change-pin.ts auth|sign [--virtual]
 */
import { type KeyRole, pinAdvice } from 'jpki-card';
import { askPin, isVirtual, openCard, operands, run, usage } from './support.js';

await run(async () => {
  const role = operands[0];
  if (role !== 'auth' && role !== 'sign') return usage('auth|sign');
  await using applet = await openCard();
  const { triesLeft, maxTries } = await applet.readPinCounter(role);
  console.log(`${triesLeft ?? 'unknown'} of ${maxTries} tries left`);

  // Functions, so that nothing is asked for on a card whose PIN is locked.
  const current = () => askPin(role, 'current');
  await applet.changePin(role, current, async () => {
    const next = isVirtual ? virtualNextPin(role) : await askPin(role, 'new');
    for (const { text } of pinAdvice(role, next)) console.log(`Think again? ${text.en} ${text.ja}`);
    return next;
  });
  console.log('The new PIN is in force.');
});

/** The virtual card of this run is gone at the end, and so is its PIN. */
function virtualNextPin(role: KeyRole): string {
  return role === 'auth' ? '8046' : 'EXAMPLE27';
}
