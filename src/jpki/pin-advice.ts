/** What makes a new PIN easy to guess. Advice only: nothing here refuses a PIN. */

import { type ChecksOf, checkedOptions, checkPinRole, checkThat, fieldsOf } from '../arguments.js';
import type { BilingualText, PinRole } from '../errors.js';
import { say } from '../text/index.js';
import { checkPinType, PIN_RULES, type PinInput } from './pin.js';

/**
 * Why a PIN is easy to guess.
 *
 * @category PINs
 */
export type PinWeakness = 'birth-date' | 'repeat' | 'sequence' | 'keyboard';

const WEAKNESSES: readonly PinWeakness[] = ['birth-date', 'repeat', 'sequence', 'keyboard'];

/**
 * One weakness of a PIN.
 *
 * @category PINs
 */
export interface PinAdvice {
  readonly code: PinWeakness;
  /** One sentence for the holder. Names the kind of weakness, never the PIN or the part of it that is weak. */
  readonly text: BilingualText;
}

/**
 * A Gregorian date of birth; a part that is absent or out of range is not looked for.
 *
 * @category PINs
 */
export interface PinAdviceBirthDate {
  readonly year?: number | undefined;
  /** 1 to 12 */
  readonly month?: number | undefined;
  /** 1 to 31 */
  readonly day?: number | undefined;
}

/**
 * What is known of the holder that a PIN should not repeat.
 *
 * @category PINs
 */
export interface PinAdviceOptions {
  /**
   * The holder's date of birth, as the holder or the signature certificate gives it. Default: not looked for. Other
   * types than numbers are `INVALID_ARGUMENT`.
   */
  readonly birthDate?: PinAdviceBirthDate | undefined;
}

const checkPart = checkThat(
  (t) => t.pin.number,
  (value) => typeof value === 'number',
);
const ADVICE_CHECKS: ChecksOf<PinAdviceOptions> = {
  birthDate: fieldsOf<PinAdviceBirthDate>({ year: checkPart, month: checkPart, day: checkPart }),
};

/** A shorter run turns up by chance in a good signature PIN; the authentication PIN is this long as a whole. */
const RUN_LENGTH = 4;

/** Lines a finger or a habit follows, forwards or backwards. */
const LINES: Readonly<Record<'sequence' | 'keyboard', readonly string[]>> = {
  sequence: ['01234567890', '02468', '13579', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  keyboard: ['QWERTYUIOP', 'ASDFGHJKL', 'ZXCVBNM', '2580'],
};

/** Years of birth that have a year of each era; the first year of one is the last of the one before. */
const ERAS = [
  { initial: 'M', first: 1868, last: 1912 },
  { initial: 'T', first: 1912, last: 1926 },
  { initial: 'S', first: 1926, last: 1989 },
  { initial: 'H', first: 1989, last: 2019 },
  { initial: 'R', first: 2019, last: 9999 },
] as const;

/**
 * Names the weaknesses of a new PIN: the birth date in its usual spellings (calendar year or era year, month, day),
 * few different characters, runs of digits, letters or neighbouring keys. An empty list says only that none of these
 * was found. Takes the PIN as it would be sent (see `normalizePin`), also while it is still being typed; bytes are
 * read, not copied and not wiped.
 *
 * @throws JpkiError `PIN_FORMAT` for no string and no bytes, `INVALID_ARGUMENT`
 * @example
 * for (const { text } of pinAdvice('auth', next, { birthDate })) console.log(text.ja);
 * @category PINs
 */
export function pinAdvice(role: PinRole, next: PinInput, options: PinAdviceOptions = {}): PinAdvice[] {
  checkPinRole('role', role);
  checkPinType(role, next, 'next');
  const { birthDate = {} } = checkedOptions(options, ADVICE_CHECKS);
  const found: Readonly<Record<PinWeakness, boolean>> = {
    'birth-date': birthDateSpellings(birthDate).some((spelling) => holds(role, next, spelling)),
    repeat: hasRepeats(role, next),
    sequence: LINES.sequence.some((line) => holdsRunOf(role, next, line)),
    keyboard: LINES.keyboard.some((line) => holdsRunOf(role, next, line)),
  };
  return WEAKNESSES.filter((code) => found[code]).map((code) => ({
    code,
    text: say((t) => t.pin.weakness[code]),
  }));
}

/**
 * Every longer spelling holds one of these (YYYYMMDD holds YYYY, DDMMYY holds DDMM), so they find those too. Two parts
 * at least, or a whole year: two digits alone say nothing, except after the initial of an era.
 */
function birthDateSpellings(date: PinAdviceBirthDate): string[] {
  const year = inRange(date.year, ERAS[0].first, 9999);
  const month = twoDigits(inRange(date.month, 1, 12));
  const day = twoDigits(inRange(date.day, 1, 31));
  const eras = ERAS.filter(({ first, last }) => year !== undefined && year >= first && year <= last);
  const eraYears = eras.map(({ initial, first }) => ({
    initial,
    year: twoDigits((year ?? first) - first + 1),
  }));
  const spellings = eraYears.map((era) => `${era.initial}${era.year}`);
  if (year !== undefined) spellings.push(String(year));
  if (month !== '' && day !== '') spellings.push(month + day, day + month);
  const shortYears = [...eraYears.map((era) => era.year), year === undefined ? '' : twoDigits(year % 100)];
  for (const shortYear of shortYears) {
    for (const part of [month, day]) {
      if (shortYear !== '' && part !== '') spellings.push(shortYear + part, part + shortYear);
    }
  }
  return spellings;
}

function inRange(value: number | undefined, min: number, max: number): number | undefined {
  return Number.isInteger(value) && value !== undefined && value >= min && value <= max ? value : undefined;
}

function twoDigits(value: number | undefined): string {
  return value === undefined ? '' : String(value).padStart(2, '0');
}

/** Half of the characters are repeats of others, or one character stands in a row. */
function hasRepeats(role: PinRole, pin: PinInput): boolean {
  const codes = new Set<number>();
  const length = Math.min(pin.length, PIN_RULES[role].maxLength);
  for (let i = 0; i < length; i++) codes.add(codeAt(pin, i));
  if (length >= RUN_LENGTH && codes.size * 2 <= length) return true;
  return [...PIN_RULES[role].alphabet].some((character) => holds(role, pin, character.repeat(RUN_LENGTH)));
}

function holdsRunOf(role: PinRole, pin: PinInput, line: string): boolean {
  const backwards = [...line].reverse().join('');
  for (let i = 0; i + RUN_LENGTH <= line.length; i++) {
    if (holds(role, pin, line.slice(i, i + RUN_LENGTH))) return true;
    if (holds(role, pin, backwards.slice(i, i + RUN_LENGTH))) return true;
  }
  return false;
}

/** Whether `part` stands in the PIN. Compares codes, because a string made from PIN bytes could not be wiped. */
function holds(role: PinRole, pin: PinInput, part: string): boolean {
  const length = Math.min(pin.length, PIN_RULES[role].maxLength);
  for (let start = 0; start + part.length <= length; start++) {
    let same = 0;
    while (same < part.length && codeAt(pin, start + same) === part.charCodeAt(same)) same++;
    if (same === part.length) return true;
  }
  return false;
}

function codeAt(pin: PinInput, index: number): number {
  return (typeof pin === 'string' ? pin.charCodeAt(index) : pin[index]) ?? Number.NaN;
}
