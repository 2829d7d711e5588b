/** `jpki login-token`: proves to one service, once, that the holder of the card is here. */
import { createLoginToken } from '../signature/index.js';
import { withCard } from './card.js';
import { requirePresent } from './cert.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { PinEntry } from './pin-entry.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { CARD_TEXTS } from './texts-card.js';

export const loginToken: Run = async (context) => {
  const audience = required(context, 'audience');
  const nonce = required(context, 'nonce');
  using pins = await PinEntry.open(context);
  const token = await withCard(context, async (card) => {
    await requirePresent(card, 'auth');
    await pins.verify(card.applet, 'auth');
    card.progress.step(CARD_TEXTS.signing);
    return createLoginToken(card.applet, { audience, nonce });
  });
  if (context.json) context.out.json({ token, audience });
  else context.out.bytes(new TextEncoder().encode(`${token}\n`));
  return undefined;
};

function required({ options, help }: Context, name: 'audience' | 'nonce'): string {
  const value = options.value(name);
  if (value === undefined) throw usageError(ARGUMENT_TEXTS.optionMissing(`--${name}`), ...help);
  return value;
}
