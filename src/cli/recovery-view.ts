/** The ways out of a wrong, forgotten or locked PIN, in short and in full. The words are the library's. */
import type { BilingualText } from '../errors.js';
import type { RecoveryOption } from '../recovery/index.js';
import { BULLET, INDENT, item, paragraph, rows } from './layout.js';
import type { Line } from './screen.js';
import { RECOVERY_TEXTS as TEXT } from './texts-recovery.js';

type Say = (text: BilingualText) => string;

/** Title and place of each way, with what must not be left out even in short. */
export function waysInShort(options: readonly RecoveryOption[], say: Say): Line[] {
  return options.flatMap((option, i) => {
    const needed = option.needs.filter(({ code }) => code === 'auth-pin' || code === 'sign-pin');
    return [
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      ...[
        option.where,
        ...needed.map(({ text }) => TEXT.needed(text)),
        ...option.conditions.filter(({ code }) => code === 'pin-known').map(({ text }) => text),
        ...option.notes.filter(({ code }) => SHORT_NOTES.has(code)).map(({ text }) => text),
      ].map((text) => paragraph(say(text), INDENT + 3)),
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
export function waysInFull(options: readonly RecoveryOption[], say: Say): Line[] {
  return options.flatMap((option, i) => {
    const details = [
      { label: say(TEXT.needs), values: option.needs.map(({ text }) => BULLET + say(text)) },
      { label: say(TEXT.where), values: [say(option.where)] },
      { label: say(TEXT.when), values: [say(option.when.hours), say(option.when.now)] },
      { label: say(TEXT.check), values: option.conditions.map(({ text }) => BULLET + say(text)) },
      { label: say(TEXT.note), values: option.notes.map(({ text }) => BULLET + say(text)) },
      { label: say(TEXT.confirm), values: [say(option.confirm)] },
    ];
    return [
      ...(i === 0 ? [] : [{ segments: [''] }]),
      item(`${i + 1}. `, { text: say(option.title), style: 'bold' }),
      ...rows(
        details.filter(({ values }) => values.length > 0),
        { indent: INDENT + 3 },
      ),
    ];
  });
}

/** The same with stable keys. */
export function waysJson(options: readonly RecoveryOption[], say: Say) {
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
