/** What the holder remembers, asked one thing at a time. */
import type { BilingualText, KeyRole } from '../errors.js';
import { HOLDER_PINS, type HolderPin, type PinSituation } from '../recovery/index.js';
import type { Context } from './context.js';
import { ALL_PINS, type HolderCounters, isInTrouble } from './holder-pins.js';
import { answerOf } from './keyboard.js';
import { BLANK, heading, paragraph, type Row, rows } from './layout.js';
import type { Line, Segment } from './screen.js';
import { RECOVERY_TEXTS as TEXT } from './texts-recovery.js';
import { STATUS_TEXTS } from './texts-status.js';

type Answers = { [pin in HolderPin]?: PinSituation['holder'] };

/** A kiosk resets one JPKI PIN to whoever has the other. */
const PARTNER: { readonly [pin in HolderPin]?: KeyRole } = { sign: 'auth', auth: 'sign' };

/** Asks which PINs it is about and what is known of each; what the card has answered is not asked. */
export async function askHolder(context: Context, counters: HolderCounters): Promise<Answers> {
  const { err, say } = context;
  err.lines(pinTable(counters, say));
  const locked = ALL_PINS.filter((pin) => isInTrouble(counters[pin]));
  const numbers = await askNumbers(
    context,
    TEXT.whichPins(locked.length > 0),
    ALL_PINS.length,
    ALL_PINS.length,
  );
  const chosen = ALL_PINS.filter((_, i) => numbers.includes(i + 1));
  const answers: Answers = {};
  for (const pin of chosen.length > 0 ? chosen : locked) {
    if (counters[pin]?.locked) continue;
    answers[pin] = await choose(context, TEXT.whatAbout(HOLDER_PINS[pin].name), TROUBLES, 1);
  }
  for (const pin of chosen.length > 0 ? chosen : locked) {
    const partner = PARTNER[pin];
    if (partner === undefined || partner in answers || counters[partner]?.locked) continue;
    const answer = await choose(context, TEXT.sureOf(HOLDER_PINS[partner].name), CERTAINTY, 3);
    if (answer !== undefined) answers[partner] = answer;
  }
  return answers;
}

/** In the order of their numbers in the question. */
type Choices = readonly (readonly [words: BilingualText, holder: PinSituation['holder']])[];
const TROUBLES: Choices = [
  [TEXT.forgotten, 'forgotten'],
  [TEXT.toldLocked, 'locked'],
  [TEXT.known, 'known'],
];
const CERTAINTY: Choices = [
  [TEXT.surelyKnown, 'known'],
  [TEXT.notKnown, 'forgotten'],
  [TEXT.notSure, undefined],
];

/** One of the choices; `byEnter` is the number that Enter alone stands for. Said back in words: what is typed is not shown. */
async function choose(
  context: Context,
  question: BilingualText,
  choices: Choices,
  byEnter: number,
): Promise<PinSituation['holder']> {
  const [number = byEnter] = await askNumbers(context, question, choices.length, 1);
  const [words, holder] = choices[number - 1] ?? [];
  if (words) context.err.lines([paragraph(context.say(words))]);
  return holder;
}

/**
 * At most `most` numbers up to `last`, with something between them. Anything else is asked for again rather than guessed at: four digits
 * in a row are likelier a PIN that was typed at the wrong question.
 */
async function askNumbers(
  { keyboard, err, say }: Context,
  question: BilingualText,
  last: number,
  most: number,
): Promise<number[]> {
  for (;;) {
    const numbers = numbersIn(answerOf(await keyboard.ask(say(TEXT.number), say(question))), last);
    if (numbers !== undefined && numbers.length <= most) return numbers;
    err.line(say(TEXT.onlyNumbers));
  }
}

function numbersIn(characters: readonly string[], last: number): number[] | undefined {
  const numbers: number[] = [];
  let separated = true;
  for (const character of characters) {
    if (/^[ ,、]$/.test(character)) separated = true;
    else {
      const number = Number(character);
      if (!separated || !(number >= 1 && number <= last)) return undefined;
      numbers.push(number);
      separated = false;
    }
  }
  return numbers;
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
