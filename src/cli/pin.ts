/** `jpki pin verify` and `jpki pin change`. */
import { JpkiError, type KeyRole } from '../errors.js';
import { HOLDER_PINS } from '../recovery/index.js';
import { withCard } from './card.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { PinEntry } from './pin-entry.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { PIN_TEXTS as TEXT } from './texts-pin.js';

export const pinVerify: Run = async (context) => {
  const role = roleOf(context);
  using pins = await PinEntry.open(context);
  await withCard(context, ({ applet }) => pins.verify(applet, role));
  if (context.json) context.out.json({ pin: role, verified: true });
  else context.out.line(context.say(TEXT.verified(HOLDER_PINS[role].name)));
  return undefined;
};

export const pinChange: Run = async (context) => {
  const role = roleOf(context);
  using pins = await PinEntry.open(context, 'current-and-new');
  try {
    await withCard(context, ({ applet }) => pins.change(applet, role));
  } catch (error) {
    // Once the change is sent its outcome is waited for, or told to be uncertain.
    if (!(error instanceof JpkiError && error.code === 'ABORTED') || error.role !== undefined) throw error;
    throw new JpkiError('ABORTED', TEXT.notChanged(HOLDER_PINS[role].name), { cause: error });
  }
  if (context.json) context.out.json({ pin: role, changed: true });
  else context.out.line(context.say(TEXT.changed(HOLDER_PINS[role].name)));
  return undefined;
};

/** What was typed is not said back: it may be the PIN. */
function roleOf({ operands: [role], help }: Context): KeyRole {
  if (role === 'auth' || role === 'sign') return role;
  throw usageError(ARGUMENT_TEXTS.badOperand('auth|sign'), ...help);
}
