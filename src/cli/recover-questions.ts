/** What the holder remembers, asked one thing at a time. */
import type { KeyRole } from '../errors.js';
import { HOLDER_PINS, type HolderPin, type PinSituation } from '../recovery/index.js';
import type { Context } from './context.js';
import { ALL_PINS, type HolderCounters, isInTrouble } from './holder-pins.js';
import { Keyboard, textOf } from './keyboard.js';
import { BLANK, heading, type Row, rows } from './layout.js';
import type { Line, Segment } from './screen.js';
import { RECOVERY_TEXTS as TEXT } from './texts-recovery.js';
import { STATUS_TEXTS } from './texts-status.js';

type Answers = { [pin in HolderPin]?: PinSituation['holder'] };

/** A kiosk resets one JPKI PIN to whoever has the other. */
const PARTNER: { readonly [pin in HolderPin]?: KeyRole } = { sign: 'auth', auth: 'sign' };

/** Asks which PINs it is about and what is known of each; what the card has answered is not asked. */
export async function askHolder(context: Context, counters: HolderCounters): Promise<Answers> {
  const keyboard = new Keyboard(context.input, context.err, context.interrupt);
  const { err, say, signal } = context;
  err.lines(pinTable(counters, say));
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

/** The four PINs by what a holder tells them apart by, and what the card says of each. */
function pinTable(counters: HolderCounters, say: Context['say']): Line[] {
  const list = ALL_PINS.map((pin, i): Row => {
    const { name, form, use } = HOLDER_PINS[pin];
    return { label: `${i + 1}. ${say(name)}`, values: [say(form), say(use), ...stateOf(counters[pin], say)] };
  });
  return [heading(say(TEXT.fourPins)), ...rows(list), BLANK];
}

function stateOf(counter: PinSituation['counter'], say: Context['say']): Segment[] {
  if (counter?.locked) return [{ text: say(STATUS_TEXTS.locked), style: 'bold' }];
  if (counter?.triesLeft === undefined) return [];
  return [{ text: say(STATUS_TEXTS.tries(counter.triesLeft, undefined)), style: 'bold' }];
}
