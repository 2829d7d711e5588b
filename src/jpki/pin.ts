/** What a PIN or check number may look like, and turning what a caller gives into the bytes the card compares. */

import { checkPinRole, isBytes, oneOf } from '../arguments.js';
import { secretBytes, wipe } from '../bytes.js';
import { JpkiError, type PinArgument, type PinRole } from '../errors.js';
import type { Texts } from '../text/en.js';
import { type BilingualText, say, sayOf } from '../text/index.js';

/**
 * A PIN as text or as ASCII bytes. Bytes are wiped by the operation that takes them, when it ends.
 *
 * @category PINs
 */
export type PinInput = string | Uint8Array;

/**
 * The form of one PIN. Lengths are in bytes, which are characters: every allowed character is ASCII.
 *
 * @category PINs
 */
export interface PinRule {
  readonly minLength: number;
  readonly maxLength: number;
  /** Every character the PIN may hold. */
  readonly alphabet: string;
  /** A new PIN holds at least one character of each of these. */
  readonly newPinHolds: readonly string[];
  /** Consecutive wrong tries until the card locks the PIN; `undefined` where no source says, which is so of check numbers. */
  readonly maxTries: number | undefined;
}

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The PINs of four digits. */
const FOUR_DIGITS = { minLength: 4, maxLength: 4, alphabet: DIGITS, newPinHolds: [], maxTries: 3 } as const;

/**
 * The rules of the card's PINs and check numbers. Lower case is not in the alphabet of the signature PIN: official software
 * turns it into upper case before the card sees it, so lower case never matches and only costs a try.
 * Maximum tries as measured [myna-card]; the letter-and-digit rule is the issuer's and binds new PINs only [J-LIS].
 *
 * @category PINs
 */
export const PIN_RULES = {
  auth: FOUR_DIGITS,
  sign: {
    minLength: 6,
    maxLength: 16,
    alphabet: LETTERS + DIGITS,
    newPinHolds: [LETTERS, DIGITS],
    maxTries: 5,
  },
  'input-support': FOUR_DIGITS,
  registry: FOUR_DIGITS,
  // The Individual Number; and birth date, year of expiry and security code [myna-card].
  'check-number-a': { minLength: 12, maxLength: 12, alphabet: DIGITS, newPinHolds: [], maxTries: undefined },
  'check-number-b': { minLength: 14, maxLength: 14, alphabet: DIGITS, newPinHolds: [], maxTries: undefined },
} as const satisfies Readonly<Record<PinRole, PinRule>>;

/** Unicode block "Halfwidth and Fullwidth Forms": U+FF01 to U+FF5E are ASCII 21 to 7E, moved by this. */
const FULL_WIDTH_OFFSET = 0xfee0;

/**
 * The bytes of an existing PIN as the card compares them: a fresh copy, which the caller wipes after use.
 * Strict: only length and alphabet are checked, and nothing is converted (`normalizePin` does that, when asked).
 *
 * @throws JpkiError `PIN_FORMAT`, whose message names the broken rule and tells nothing of the PIN.
 * @example
 * const bytes = encodePin('auth', pin);
 * try { await send(bytes); } finally { wipe(bytes); }
 */
export function encodePin(
  role: PinRole,
  pin: PinInput,
  argument: PinArgument = 'pin',
): Uint8Array<ArrayBuffer> {
  const rule = PIN_RULES[role];
  checkPinType(role, pin, argument);
  if (pin.length < rule.minLength || pin.length > rule.maxLength)
    throw refusal(role, argument, (t) => t[role].length(rule.minLength, rule.maxLength));
  const bytes = secretBytes(pin.length);
  for (let i = 0; i < bytes.length; i++) {
    const code = typeof pin === 'string' ? pin.charCodeAt(i) : pin[i];
    if (code === undefined || !rule.alphabet.includes(String.fromCharCode(code))) {
      wipe(bytes);
      throw refusal(role, argument, (t) => t[role].alphabet);
    }
    bytes[i] = code;
  }
  return bytes;
}

/**
 * A caller without types may hand over a number, which has already lost its leading zeros.
 *
 * @throws JpkiError `PIN_FORMAT`
 */
export function checkPinType(role: PinRole, pin: PinInput, argument: PinArgument = 'pin'): void {
  if (typeof pin !== 'string' && !isBytes(pin)) throw refusal(role, argument, (t) => t[role].type);
}

/**
 * The issuing rule for a new PIN, on bytes that `encodePin` made: a signature PIN holds a letter and a digit.
 * Cards do not enforce it, so an existing PIN may break it and is never checked against it.
 *
 * @throws JpkiError `PIN_FORMAT`
 * @example
 * checkNewPin('sign', encodePin('sign', next));
 */
export function checkNewPin(role: PinRole, bytes: Uint8Array): void {
  for (const kind of PIN_RULES[role].newPinHolds) {
    if (!bytes.some((byte) => kind.includes(String.fromCharCode(byte))))
      throw new JpkiError(
        'PIN_FORMAT',
        say((t) => t.pin.newPin),
        { role, argument: 'next' },
      );
  }
}

/**
 * Why something cannot be the PIN of a role. Tells nothing of what was entered but that.
 *
 * @category PINs
 */
export interface PinProblem {
  /** `too-short` passes while somebody types; `wrong-character` and `too-long` do not. */
  readonly code: 'too-short' | 'too-long' | 'wrong-character' | 'needs-letter' | 'needs-digit';
  readonly text: BilingualText;
}

/**
 * What keeps a text from being a PIN, by the rules alone, while it is typed into a form: no card is asked. `undefined` when
 * `verifyPin` would send it as it is. Bytes are neither kept nor wiped; typed text goes through `normalizePin` first.
 *
 * @param use `new` also asks of a signature PIN what its issuer asks of a new one: a letter and a digit
 * @throws JpkiError `INVALID_ARGUMENT` for another role or use, `PIN_FORMAT` for what is neither text nor bytes
 * @example
 * const problem = checkPin('sign', normalizePin('sign', input.value));
 * hint.textContent = problem === undefined || problem.code === 'too-short' ? '' : problem.text.en;
 * @category PINs
 */
export function checkPin(
  role: PinRole,
  pin: PinInput,
  use: 'existing' | 'new' = 'existing',
): PinProblem | undefined {
  checkPinRole('role', role);
  oneOf('existing', 'new')('use', use);
  checkPinType(role, pin);
  const { alphabet, minLength, maxLength, newPinHolds } = PIN_RULES[role];
  const missing = new Set<string>(use === 'new' ? newPinHolds : []);
  for (let i = 0; i < pin.length; i++) {
    const character = typeof pin === 'string' ? pin.charAt(i) : String.fromCharCode(pin[i] ?? 0);
    if (!alphabet.includes(character))
      return { code: 'wrong-character', text: say((t) => t.pin[role].alphabet) };
    for (const kind of missing) if (kind.includes(character)) missing.delete(kind);
  }
  const length = say((t) => t.pin[role].length(minLength, maxLength));
  if (pin.length > maxLength) return { code: 'too-long', text: length };
  if (pin.length < minLength) return { code: 'too-short', text: length };
  if (missing.size === 0) return undefined;
  return { code: missing.has(DIGITS) ? 'needs-digit' : 'needs-letter', text: say((t) => t.pin.newPin) };
}

/**
 * What a person typed, in the characters the card knows: full-width digits and letters become half-width, letters of
 * a signature PIN become upper case, spaces (also U+3000), invisible characters, and line ends and tabs around it go.
 * Everything else stays, so that the strict check of `verifyPin` and `changePin` refuses it: a refusal is free, a guess
 * costs a try. Line ends and tabs in the middle stay because two PINs may stand there. Hyphens stay because, unlike a
 * space, one is seen while typing, so the text is likelier something other than the PIN (a phone number, another card's
 * number) than the PIN with a slip. Never throws, because it runs while somebody types: what is no text is handed back,
 * and a role that is none is for the strict check to refuse as well.
 *
 * @example
 * await applet.verifyPin('sign', normalizePin('sign', 'ａｂｃ １２３')); // the card is sent ABC123
 * @category PINs
 */
export function normalizePin(role: PinRole, text: string): string {
  if (typeof text !== 'string') return text;
  // Not NFKC and toUpperCase: they also turn circled digits, ligatures or a dotless i into characters nobody typed.
  const halfWidth = text
    .replace(/[\p{Zs}\p{Default_Ignorable_Code_Point}]/gu, '')
    .trim()
    .replace(/[０-９Ａ-Ｚａ-ｚ]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH_OFFSET));
  return role === 'sign' ? halfWidth.replace(/[a-z]/g, (letter) => letter.toUpperCase()) : halfWidth;
}

/** Names the rule that was broken, and which PIN broke it where two were given. Nothing of it depends on the PIN itself. */
function refusal(role: PinRole, argument: PinArgument, rule: (texts: Texts['pin']) => string): JpkiError {
  const message = say(({ pin }) => rule(pin));
  const remedy = role === 'auth' || role === 'sign' ? undefined : say(({ pin }) => pin.formOfOthers);
  if (argument === 'pin') return new JpkiError('PIN_FORMAT', message, { role, argument, remedy });
  const named = sayOf(message, ({ pin }, own) =>
    argument === 'next' ? pin.ofNext(own) : pin.ofCurrent(own),
  );
  return new JpkiError('PIN_FORMAT', named, { role, argument, remedy });
}
