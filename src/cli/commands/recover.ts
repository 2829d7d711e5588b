/** `jpki recover`: which way is open when a PIN is wrong, forgotten or locked. */
import {
  HOLDER_PINS,
  type HolderPin,
  JpkiError,
  type KeyRole,
  LOST_CARD,
  type PinSituation,
  type RecoverySituation,
  readOtherPinCounters,
  recoveryOptions,
} from '../../index.js';
import { ifThere, type OpenCard, readAvailability, readRecord, withCard } from '../card.js';
import { reportCertificate, unread } from '../certificate.js';
import { type Context, isInteractive, type Run } from '../context.js';
import { usageError, withRemedy } from '../failure.js';
import { answerOf } from '../terminal/keyboard.js';
import {
  BLANK,
  heading,
  item,
  type Line,
  paragraph,
  type Row,
  rows,
  type Segment,
} from '../terminal/screen.js';
import type { Texts, Words } from '../text/index.js';
import {
  ALL_PINS,
  deviceOf,
  HOLDERS_APPLICATIONS,
  type HolderCounters,
  holderCounters,
  isInTrouble,
  waysInFull,
  waysJson,
} from '../ways.js';

type Said = { [pin in HolderPin]?: PinSituation['holder'] };

/** What the card said: nothing when there was none. */
type ReadFromCard = { readonly counters: HolderCounters } & Pick<
  RecoverySituation,
  'certificates' | 'device' | 'cardExpiry'
>;

const STATES = ['known', 'forgotten', 'locked'] as const;
const NOTHING: ReadFromCard = {
  counters: {},
  certificates: undefined,
  device: undefined,
  cardExpiry: undefined,
};

export const recover: Run = async (context) => {
  const given = saidInOptions(context);
  const asks = Object.keys(given).length === 0;
  const canGoOn = !asks || isInteractive(context);
  if (!canGoOn && context.options.has('no-card'))
    throw usageError((texts) => texts.recovery.nothingToGoBy, ...context.help);
  if (asks && canGoOn) context.keyboard.open();
  const card = context.options.has('no-card') ? NOTHING : await readCard(context, canGoOn);
  const said = asks && canGoOn ? await askHolder(context, card.counters) : given;

  const heardOf = ALL_PINS.filter((pin) => said[pin] !== undefined || card.counters[pin] !== undefined);
  const pins = heardOf.map((pin) => [pin, { holder: said[pin], counter: card.counters[pin] }]);
  const { certificates, device, cardExpiry } = card;
  const all = recoveryOptions({ pins: Object.fromEntries(pins), certificates, device, cardExpiry });
  // Asked about, or in trouble as the card says. One that is only a key to another is not.
  const isWanted = (pin: HolderPin) =>
    (said[pin] !== undefined && said[pin] !== 'known') || isInTrouble(card.counters[pin]);
  const wanted = all.filter(({ pin }) => isWanted(pin));
  const ways = wanted.length > 0 ? wanted : all.filter(({ pin }) => said[pin] !== undefined);
  if (context.json)
    context.out.json({ ways: waysJson(ways, context), lostCard: context.say(LOST_CARD.text) });
  else if (ways.length === 0) context.out.lines([paragraph(context.texts.recovery.nothingWrong, 0)]);
  else {
    const lost = [BLANK, paragraph(context.say(LOST_CARD.text), 0)];
    context.out.lines([
      heading(context.texts.recovery.waysOpen),
      BLANK,
      ...waysInFull(ways, context),
      ...lost,
    ]);
  }
};

function saidInOptions({ options, help }: Context): Said {
  const said: Said = {};
  for (const pin of ALL_PINS) {
    const text = options.value(pin);
    if (text === undefined) continue;
    const state = STATES.find((name) => name === text);
    if (state === undefined)
      throw usageError((texts) => texts.arguments.badValue(`--${pin}`, STATES.join('|')), ...help);
    said[pin] = state;
  }
  return said;
}

/** Reads what costs no try. Where there is more to go by, no card is no error: what was not read is to be checked. */
async function readCard(context: Context, canGoOn: boolean): Promise<ReadFromCard> {
  try {
    return await withCard(context, (card) => readCounters(card, context), { timeoutMs: 0 });
  } catch (error) {
    if (!(error instanceof JpkiError) || error.code === 'ABORTED') throw error;
    if (!canGoOn) throw withRemedy(error, ({ recovery }, remedy) => recovery.withoutCard(remedy));
    const { message } = error.inLanguage(context.language);
    context.err.lines([paragraph(context.texts.recovery.noCardRead(message), 0)]);
    return NOTHING;
  }
}

async function readCounters(card: OpenCard, { texts }: Context): Promise<ReadFromCard> {
  const { applet, connection, progress } = card;
  progress.step(texts.card.readingStatus);
  const { pins } = await applet.readStatus();
  const availability = await readAvailability(card);
  const auth =
    availability.auth === false
      ? unread('auth', false)
      : await reportCertificate(applet, 'auth', new Date(), false);
  const others = await readOtherPinCounters(connection, { applications: HOLDERS_APPLICATIONS });
  const counters = holderCounters(pins, others);
  // A phone gives its certificate after the PIN alone: what gave one is a card, whatever it calls itself.
  const device = auth.certificate ? 'card' : deviceOf(await ifThere(applet.readTokenInfo()));
  const sign = availability.sign === false ? 'absent' : 'not-read';
  const record = await readRecord(card, auth.state, device);
  return { counters, certificates: { auth: auth.state, sign }, device, cardExpiry: record?.expiry };
}

/** A kiosk resets one JPKI PIN to whoever has the other. */
const PARTNER: { readonly [pin in HolderPin]?: KeyRole } = { sign: 'auth', auth: 'sign' };

/** Asks which PINs it is about and what is known of each; what the card has answered is not asked. */
export async function askHolder(context: Context, counters: HolderCounters): Promise<Said> {
  const { err, say, texts } = context;
  err.lines(pinTable(counters, context));
  const locked = ALL_PINS.filter((pin) => isInTrouble(counters[pin]));
  const question = texts.recovery.whichPins(locked.length > 0);
  const numbers = await askNumbers(context, [paragraph(question, 0)], ALL_PINS.length, ALL_PINS.length);
  const chosen = ALL_PINS.filter((_, i) => numbers.includes(i + 1));
  const answers: Said = {};
  for (const pin of chosen.length > 0 ? chosen : locked) {
    if (counters[pin]?.locked) continue;
    answers[pin] = await choose(context, texts.recovery.whatAbout(say(HOLDER_PINS[pin].name)), TROUBLES, 1);
  }
  for (const pin of chosen.length > 0 ? chosen : locked) {
    const partner = PARTNER[pin];
    if (partner === undefined || partner in answers || counters[partner]?.locked) continue;
    const answer = await choose(context, texts.recovery.sureOf(say(HOLDER_PINS[partner].name)), CERTAINTY, 3);
    if (answer !== undefined) answers[partner] = answer;
  }
  return answers;
}

type Answer = 'forgotten' | 'toldLocked' | 'known' | 'surelyKnown' | 'notKnown' | 'notSure';
/** In the order of their numbers in the question. */
type Choices = readonly (readonly [words: Answer, holder: PinSituation['holder']])[];
const TROUBLES: Choices = [
  ['forgotten', 'forgotten'],
  ['toldLocked', 'locked'],
  ['known', 'known'],
];
const CERTAINTY: Choices = [
  ['surelyKnown', 'known'],
  ['notKnown', 'forgotten'],
  ['notSure', undefined],
];

/** One of the choices; `byEnter` is the number that Enter alone stands for. Said back in words: what is typed is not shown. */
async function choose(
  context: Context,
  question: string,
  choices: Choices,
  byEnter: number,
): Promise<PinSituation['holder']> {
  const { texts } = context;
  const lead = [
    paragraph(question, 0),
    ...choices.map(([words], i) => {
      const text = i + 1 === byEnter ? texts.recovery.orEnter(texts.recovery[words]) : texts.recovery[words];
      return item(`${i + 1}. `, text);
    }),
  ];
  const [number = byEnter] = await askNumbers(context, lead, choices.length, 1);
  const [words, holder] = choices[number - 1] ?? [];
  if (words) context.err.lines([paragraph(texts.recovery[words])]);
  return holder;
}

/**
 * At most `most` numbers up to `last`, with something between them. Anything else is asked for again rather than guessed at: four digits
 * in a row are likelier a PIN that was typed at the wrong question.
 */
async function askNumbers(
  { keyboard, err, texts }: Context,
  lead: readonly Line[],
  last: number,
  most: number,
): Promise<number[]> {
  for (;;) {
    const numbers = numbersIn(answerOf(await keyboard.ask(texts.recovery.number(last), lead)), last);
    if (numbers !== undefined && numbers.length <= most) return numbers;
    err.line(texts.recovery.onlyNumbers);
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
function pinTable(counters: HolderCounters, { say, texts }: Words): Line[] {
  const list = ALL_PINS.map((pin, i): Row => {
    const { name, form, use, onScreens } = HOLDER_PINS[pin];
    const called = onScreens === undefined ? [] : [texts.status.onScreens(onScreens)];
    return [`${i + 1}. ${say(name)}`, say(form), ...called, say(use), ...stateOf(counters[pin], texts)];
  });
  return [heading(texts.recovery.fourPins), ...rows(list), BLANK];
}

function stateOf(counter: PinSituation['counter'], { status }: Texts): Segment[] {
  if (counter?.locked) return [{ text: status.locked, style: 'bold' }];
  if (counter?.triesLeft === undefined) return [];
  return [{ text: status.tries(counter.triesLeft, undefined), style: 'bold' }];
}
