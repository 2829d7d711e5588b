/** The four PINs that a holder has set, with what a card says of them, and the ways out. The words are the library's. */
import {
  type BilingualText,
  HOLDER_PINS,
  type HolderPin,
  type JpkiStatus,
  type OtherPinCounter,
  type PinDevice,
  type PinSituation,
  type RecoveryOption,
  type TokenInfo,
} from '../index.js';
import { BLANK, BULLET, INDENT, item, type Line, paragraph, type Row, rows } from './terminal/screen.js';
import type { Words } from './text/index.js';

export const ALL_PINS = Object.keys(HOLDER_PINS) as readonly HolderPin[];

/** Where those are that a holder has set: a check number of the surface check is nothing that anybody remembers. */
export const HOLDERS_APPLICATIONS = ['registry', 'input-support', 'common'] as const;

/** Those of the JPKI application. */
export const ROLES = ['auth', 'sign'] as const satisfies readonly HolderPin[];

export type HolderCounters = { readonly [pin in HolderPin]?: PinSituation['counter'] };

/** What was read of the four. The check numbers of the other applications are nothing a holder remembers. */
export function holderCounters(
  pins: JpkiStatus['pins'],
  others: readonly OtherPinCounter[] = [],
): HolderCounters {
  const counters: { [pin in HolderPin]?: PinSituation['counter'] } = { ...pins };
  for (const { application, setByHolder, present, triesLeft, locked } of others) {
    const pin = ALL_PINS.find((name) => name === application);
    if (pin !== undefined && setByHolder && present) counters[pin] = { triesLeft, locked };
  }
  return counters;
}

/** What holds the PINs, by the card's own name for itself. */
export function deviceOf(token: TokenInfo | null | undefined): PinDevice {
  return token?.kind === 'android' || token?.kind === 'iphone' ? 'phone' : 'card';
}

/** Locked, or one wrong entry away from it. */
export function isInTrouble(counter: PinSituation['counter']): boolean {
  return counter !== undefined && (counter.locked || counter.triesLeft === 1);
}

/** Title and place of each way, with what must not be left out even in short. */
export function waysInShort(options: readonly RecoveryOption[], { say }: Words): Line[] {
  return options.flatMap((option, i) => {
    return [
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      ...[
        say(option.answer),
        ...option.conditions.filter(({ code }) => code === 'pin-known').map(({ text }) => say(text)),
        ...option.notes.filter(({ code }) => SHORT_NOTES.has(code)).map(({ text }) => say(text)),
      ].map((text) => paragraph(text, INDENT + 3)),
    ];
  });
}

const SHORT_NOTES: ReadonlySet<string> = new Set([
  'last-try',
  'other-pin-last-try',
  'kiosk-other-pin-lost',
  'same-visit',
  'certificate-absent',
  'maybe-face-authentication-card',
  'phone-pin',
  'card-expiring',
  'card-expired',
]);

type Items = readonly { readonly code: string; readonly text: BilingualText }[];

/** Everything that the library knows of each way. */
export function waysInFull(options: readonly RecoveryOption[], { say, texts }: Words): Line[] {
  return options.flatMap((option, i) => {
    const bullets = (list: Items) => list.map(({ text }) => BULLET + say(text));
    const details: Row[] = [
      [texts.recovery.needs, ...bullets(option.needs)],
      [texts.recovery.steps, ...option.steps.map(({ text }, step) => `${step + 1}. ${say(text)}`)],
      [texts.recovery.where, say(option.where)],
      [texts.recovery.when, say(option.when.hours), say(option.when.now)],
      [texts.recovery.check, ...bullets(option.conditions)],
      [texts.recovery.note, ...bullets(option.notes)],
      [texts.recovery.confirm, say(option.confirm)],
    ];
    return [
      ...(i === 0 ? [] : [BLANK]),
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      paragraph(say(option.answer), INDENT + 3),
      ...rows(
        details.filter(([, ...values]) => values.length > 0),
        { indent: INDENT + 3 },
      ),
    ];
  });
}

/** The same with stable keys. */
export function waysJson(options: readonly RecoveryOption[], { say }: Words) {
  const items = (list: RecoveryOption['notes' | 'needs' | 'conditions' | 'steps']) =>
    list.map(({ code, text, sources }) => ({ code, text: say(text), sources }));
  return options.map((option) => ({
    pin: option.pin,
    pinState: option.pinState,
    way: option.way,
    title: say(option.title),
    answer: say(option.answer),
    steps: items(option.steps),
    needs: items(option.needs),
    where: say(option.where),
    hours: say(option.when.hours),
    openNow: option.when.openNow ?? null,
    conditions: items(option.conditions),
    notes: items(option.notes),
    sameVisit: option.sameVisit,
    confirm: say(option.confirm),
    page: option.page,
    checked: option.checked,
  }));
}
