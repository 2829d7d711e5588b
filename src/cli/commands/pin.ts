/** `jpki pin verify` and `jpki pin change`. */
import { HOLDER_PINS, type HolderPin, JpkiError, type RegistryApplication } from '../../index.js';
import { withCard } from '../card.js';
import type { Context, Run } from '../context.js';
import { isPlainAbort, usageError } from '../failure.js';
import { isLikePin } from '../options.js';
import { PinEntry } from '../pins/pin-entry.js';
import { bilingual } from '../text/index.js';

export const pinVerify: Run = async (context) => {
  const asked = askedFor(context);
  using pins = await PinEntry.open(context);
  await withCard(context, ({ applet }) => pins.verify(applet, asked.role, asked.applications));
  if (context.json) context.out.json({ pin: asked.role, verified: true });
  else context.out.line(context.texts.pin.verified(context.say(HOLDER_PINS[asked.role].name)));
};

export const pinChange: Run = async (context) => {
  const { role, applications } = askedFor(context);
  using pins = await PinEntry.open(context, 'current-and-new');
  try {
    await withCard(context, ({ applet }) => pins.change(applet, role, applications));
  } catch (error) {
    // Once the change is sent its outcome is waited for, or told to be uncertain.
    if (!isPlainAbort(error)) throw error;
    const text = bilingual(({ pin, language }) => pin.notChanged(HOLDER_PINS[role].name[language]));
    throw new JpkiError('ABORTED', text, { cause: error });
  }
  if (context.json) context.out.json({ pin: role, changed: true });
  else {
    context.out.line(context.texts.pin.changed(context.say(HOLDER_PINS[role].name)));
    const isLost = context.options.has('virtual') && context.options.value('virtual') === undefined;
    if (isLost) context.out.line({ text: context.texts.pin.virtualNotKept, style: 'yellow' });
  }
};

interface Asked {
  readonly role: HolderPin;
  /** In which of the two places of the resident registry PIN; `undefined`: in both. */
  readonly applications: readonly RegistryApplication[] | undefined;
}

const ROLES: Readonly<Record<string, HolderPin>> = {
  auth: 'auth',
  sign: 'sign',
  text: 'input-support',
  registry: 'registry',
};

/** What was typed is not said back: it may be the PIN. */
function askedFor({ operands: [name = ''], options, help }: Context): Asked {
  const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  if (role === undefined)
    throw usageError(({ arguments: texts }) => (isLikePin(name) ? texts.noPinHere : texts.whichPin), ...help);
  const only = options.value('only');
  if (only === undefined) return { role, applications: undefined };
  if (role !== 'registry') throw usageError(({ pin }) => pin.onlyOfRegistry, ...help);
  if (only !== 'registry' && only !== 'common')
    throw usageError((texts) => texts.arguments.badValue('--only', 'registry|common'), ...help);
  return { role, applications: [only] };
}
