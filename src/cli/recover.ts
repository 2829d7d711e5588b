/** `jpki recover`: which way is open when a PIN is wrong, forgotten or locked. */
import { JpkiError } from '../errors.js';
import { readOtherPinCounters } from '../jpki/other-pins.js';
import {
  type HolderPin,
  type PinSituation,
  type RecoverySituation,
  recoveryOptions,
} from '../recovery/index.js';
import { type OpenCard, readAvailability, withCard } from './card.js';
import { reportCertificate } from './certificate-report.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { messageOf, usageError } from './failure.js';
import { ALL_PINS, type HolderCounters, holderCounters, isInTrouble } from './holder-pins.js';
import { BLANK, heading, paragraph } from './layout.js';
import { isInteractive } from './pin-entry.js';
import { askHolder } from './recover-questions.js';
import { waysInFull, waysJson } from './recovery-view.js';
import type { Line } from './screen.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { CARD_TEXTS } from './texts-card.js';
import { RECOVERY_TEXTS as TEXT } from './texts-recovery.js';

type Said = { readonly [pin in HolderPin]?: PinSituation['holder'] };

/** What the card said: nothing when there was none. */
interface ReadFromCard {
  readonly counters: HolderCounters;
  readonly certificates: RecoverySituation['certificates'];
}

const STATES = ['known', 'forgotten', 'locked'] as const;
const NOTHING: ReadFromCard = { counters: {}, certificates: undefined };

export const recover: Run = async (context) => {
  const given = saidInOptions(context);
  const asks = Object.keys(given).length === 0;
  const canGoOn = !asks || isInteractive(context);
  if (!canGoOn && context.options.has('no-card')) throw usageError(TEXT.nothingToGoBy, ...context.help);
  if (asks && canGoOn) context.keyboard.open();
  const card = context.options.has('no-card') ? NOTHING : await readCard(context, canGoOn);
  const said = asks && canGoOn ? await askHolder(context, card.counters) : given;

  const pins = Object.fromEntries(
    ALL_PINS.filter((pin) => said[pin] !== undefined || card.counters[pin] !== undefined).map((pin) => [
      pin,
      { holder: said[pin], counter: card.counters[pin] },
    ]),
  );
  const all = recoveryOptions({ pins, certificates: card.certificates });
  // Asked about, or in trouble as the card says. One that is only a key to another is not.
  const isWanted = (pin: HolderPin) =>
    (said[pin] !== undefined && said[pin] !== 'known') || isInTrouble(card.counters[pin]);
  const wanted = all.filter(({ pin }) => isWanted(pin));
  const ways = wanted.length > 0 ? wanted : all.filter(({ pin }) => said[pin] !== undefined);
  if (context.json) context.out.json({ ways: waysJson(ways, context.say) });
  else context.out.lines(screen(ways, context));
  return undefined;
};

function saidInOptions({ options, help }: Context): Said {
  const said: { [pin in HolderPin]?: PinSituation['holder'] } = {};
  for (const pin of ALL_PINS) {
    const text = options.value(pin);
    if (text === undefined) continue;
    const state = STATES.find((name) => name === text);
    if (state === undefined) throw usageError(ARGUMENT_TEXTS.badValue(`--${pin}`, STATES.join('|')), ...help);
    said[pin] = state;
  }
  return said;
}

/** Reads what costs no try. Where there is more to go by, no card is no error: what was not read is to be checked. */
async function readCard(context: Context, canGoOn: boolean): Promise<ReadFromCard> {
  try {
    return await withCard(context, readCounters, { timeoutMs: 0 });
  } catch (error) {
    if (!(error instanceof JpkiError) || error.code === 'ABORTED' || !canGoOn) throw error;
    context.err.lines([paragraph(context.say(TEXT.noCardRead(messageOf(error))), 0)]);
    return NOTHING;
  }
}

async function readCounters(card: OpenCard): Promise<ReadFromCard> {
  const { applet, connection, progress } = card;
  progress.step(CARD_TEXTS.readingStatus);
  const { pins } = await applet.readStatus();
  const availability = await readAvailability(card);
  const auth =
    availability.auth === false ? 'absent' : (await reportCertificate(applet, 'auth', new Date())).state;
  const counters = holderCounters(pins, await readOtherPinCounters(connection));
  return { counters, certificates: { auth, sign: availability.sign === false ? 'absent' : 'not-read' } };
}

function screen(ways: ReturnType<typeof recoveryOptions>, { say }: Context): Line[] {
  if (ways.length === 0) return [paragraph(say(TEXT.nothingWrong), 0)];
  return [heading(say(TEXT.waysOpen)), BLANK, ...waysInFull(ways, say)];
}
