/** `jpki pin verify` and `jpki pin change`. */
import { HOLDER_PINS, JpkiError, type KeyRole } from '../../index.js';
import { withCard } from '../card.js';
import type { Context, Run } from '../context.js';
import { isPlainAbort, usageError } from '../failure.js';
import { PinEntry } from '../pins/pin-entry.js';
import { bilingual } from '../text/index.js';

export const pinVerify: Run = async (context) => {
  const role = roleOf(context);
  using pins = await PinEntry.open(context);
  await withCard(context, ({ applet }) => pins.verify(applet, role));
  if (context.json) context.out.json({ pin: role, verified: true });
  else context.out.line(context.texts.pin.verified(context.say(HOLDER_PINS[role].name)));
};

export const pinChange: Run = async (context) => {
  const role = roleOf(context);
  using pins = await PinEntry.open(context, 'current-and-new');
  try {
    await withCard(context, ({ applet }) => pins.change(applet, role));
  } catch (error) {
    // Once the change is sent its outcome is waited for, or told to be uncertain.
    if (!isPlainAbort(error)) throw error;
    const text = bilingual(({ pin, language }) => pin.notChanged(HOLDER_PINS[role].name[language]));
    throw new JpkiError('ABORTED', text, { cause: error });
  }
  if (context.json) context.out.json({ pin: role, changed: true });
  else context.out.line(context.texts.pin.changed(context.say(HOLDER_PINS[role].name)));
};

/** What was typed is not said back: it may be the PIN. */
function roleOf({ operands: [role], help }: Context): KeyRole {
  if (role === 'auth' || role === 'sign') return role;
  throw usageError((texts) => texts.arguments.badOperand('auth|sign'), ...help);
}
