/** The four PINs that a holder has set, with what a card says of them, and the ways out. The words are the library's. */
import {
  type BilingualText,
  HOLDER_PINS,
  type HolderPin,
  type JpkiStatus,
  type OtherPinCounter,
  type PinSituation,
  type RecoveryOption,
} from '../index.js';
import { BLANK, BULLET, INDENT, item, type Line, paragraph, rows } from './terminal/screen.js';
import type { Words } from './text/index.js';

export const ALL_PINS = Object.keys(HOLDER_PINS) as readonly HolderPin[];

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

/** Locked, or one wrong entry away from it. */
export function isInTrouble(counter: PinSituation['counter']): boolean {
  return counter !== undefined && (counter.locked || counter.triesLeft === 1);
}

/** Title and place of each way, with what must not be left out even in short. */
export function waysInShort(options: readonly RecoveryOption[], { say, texts }: Words): Line[] {
  return options.flatMap((option, i) => {
    const needed = option.needs.filter(({ code }) => code === 'auth-pin' || code === 'sign-pin');
    return [
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      ...[
        say(option.where),
        ...needed.map(({ text }) => texts.recovery.needed(say(text))),
        ...option.conditions.filter(({ code }) => code === 'pin-known').map(({ text }) => say(text)),
        ...option.notes.filter(({ code }) => SHORT_NOTES.has(code)).map(({ text }) => say(text)),
      ].map((text) => paragraph(text, INDENT + 3)),
    ];
  });
}

const SHORT_NOTES: ReadonlySet<string> = new Set([
  'last-try',
  'same-visit',
  'certificate-expired',
  'certificate-absent',
]);

/** Everything that the library knows of each way. */
export function waysInFull(options: readonly RecoveryOption[], { say, texts }: Words): Line[] {
  return options.flatMap((option, i) => {
    const details = [
      { label: texts.recovery.needs, values: option.needs.map(({ text }) => BULLET + say(text)) },
      { label: texts.recovery.where, values: [say(option.where)] },
      { label: texts.recovery.when, values: [say(option.when.hours), say(option.when.now)] },
      { label: texts.recovery.check, values: option.conditions.map(({ text }) => BULLET + say(text)) },
      { label: texts.recovery.note, values: option.notes.map(({ text }) => BULLET + say(text)) },
      { label: texts.recovery.confirm, values: [say(option.confirm)] },
    ];
    return [
      ...(i === 0 ? [] : [BLANK]),
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      ...rows(
        details.filter(({ values }) => values.length > 0),
        { indent: INDENT + 3 },
      ),
    ];
  });
}

/** The same with stable keys. */
export function waysJson(options: readonly RecoveryOption[], { say }: Words) {
  const items = (list: readonly { readonly code: string; readonly text: BilingualText }[]) =>
    list.map(({ code, text }) => ({ code, text: say(text) }));
  return options.map((option) => ({
    pin: option.pin,
    pinState: option.pinState,
    way: option.way,
    title: say(option.title),
    needs: items(option.needs),
    where: say(option.where),
    hours: say(option.when.hours),
    openNow: option.when.openNow ?? null,
    conditions: items(option.conditions),
    notes: items(option.notes),
    sameVisit: option.sameVisit,
    confirm: say(option.confirm),
    checked: option.checked,
  }));
}
