/** What the holder remembers, asked one thing at a time. */
import type { KeyRole } from '../errors.js';
import { HOLDER_PINS, type HolderPin, type PinSituation } from '../recovery/index.js';
import type { Context } from './context.js';
import { Keyboard, textOf } from './keyboard.js';
import { ALL_PINS, isInTrouble, type ReadFromCard } from './recover.js';
import { RECOVERY_TEXTS as TEXT } from './texts-recovery.js';

type Answers = { [pin in HolderPin]?: PinSituation['holder'] };

/** A kiosk resets one JPKI PIN to whoever has the other. */
const PARTNER: { readonly [pin in HolderPin]?: KeyRole } = { sign: 'auth', auth: 'sign' };

/** Asks which PINs it is about and what is known of each; what the card has answered is not asked. */
export async function askHolder(context: Context, { counters }: ReadFromCard): Promise<Answers> {
  const keyboard = new Keyboard(context.input, context.err, context.interrupt);
  const { err, say, signal } = context;
  const ask = async (question: string): Promise<string> => {
    err.line(question);
    return halfWidth(textOf(await keyboard.ask(say(TEXT.number), { signal })));
  };
  try {
    const locked = ALL_PINS.filter((pin) => isInTrouble(counters[pin]));
    const numbers = await ask(say(TEXT.whichPins(locked.length > 0)));
    const chosen = ALL_PINS.filter((_, i) => numbers.includes(String(i + 1)));
    const answers: Answers = {};
    for (const pin of chosen.length > 0 ? chosen : locked) {
      if (counters[pin]?.locked) continue;
      answers[pin] = TROUBLES[await ask(say(TEXT.whatAbout(HOLDER_PINS[pin].name)))];
      answers[pin] ??= 'forgotten';
    }
    for (const pin of chosen.length > 0 ? chosen : locked) {
      const partner = PARTNER[pin];
      if (partner === undefined || partner in answers || counters[partner]?.locked) continue;
      const answer = await ask(say(TEXT.sureOf(HOLDER_PINS[partner].name)));
      if (answer === '1') answers[partner] = 'known';
      if (answer === '2') answers[partner] = 'forgotten';
    }
    return answers;
  } finally {
    keyboard.close();
  }
}

const TROUBLES: Readonly<Record<string, PinSituation['holder']>> = {
  1: 'forgotten',
  2: 'locked',
  3: 'known',
};

/** Japanese input methods type full-width digits. */
function halfWidth(text: string): string {
  return text.normalize('NFKC');
}
