import { en, type Texts } from './text/en.js';
import { type BilingualText, type Entry, type Language, onSystem, say, sayOf } from './text/index.js';

export type { BilingualText, Language };

/**
 * Which of the two JPKI keys: `auth` 利用者証明用 (user authentication), `sign` 署名用 (digital signature).
 *
 * @category PINs
 */
export type KeyRole = 'auth' | 'sign';
/** Both, in the order in which they are shown. */
export const ROLES: readonly KeyRole[] = ['auth', 'sign'];

/**
 * What opens something on the card: the PINs of the two keys, the card input support PIN (券面事項入力補助用), the resident
 * registry PIN (住民基本台帳用), and the check numbers A and B (照合番号), which are read off the face of the card.
 *
 * @category PINs
 */
export type PinRole = KeyRole | 'input-support' | 'registry' | 'check-number-a' | 'check-number-b';
export const PIN_ROLES: readonly PinRole[] = [
  ...ROLES,
  'input-support',
  'registry',
  'check-number-a',
  'check-number-b',
];

/**
 * Stable names of everything that can go wrong; `switch (error.code)` narrows what else the error carries.
 *
 * @category Errors and languages
 */
export type JpkiErrorCode =
  | 'PCSC_UNAVAILABLE'
  | 'SERVICE_UNAVAILABLE'
  | 'NO_READER'
  | 'NO_CARD'
  | 'CARD_REMOVED'
  | 'CARD_RESET'
  | 'CARD_MUTE'
  | 'SHARING_VIOLATION'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'CLOSED'
  | 'TRANSPORT'
  | 'NOT_JPKI'
  | 'MALFORMED_RESPONSE'
  | 'STATUS_WORD'
  | 'PIN_FORMAT'
  | 'PIN_INCORRECT'
  | 'PIN_LOCKED'
  | 'PIN_LAST_TRY'
  | 'PIN_REQUIRED'
  | 'PIN_CHANGE_UNCERTAIN'
  | 'PIN_CHANGE_PARTIAL'
  | 'CERTIFICATE_ABSENT'
  | 'CERTIFICATE_INVALID'
  | 'SIGNATURE_INVALID'
  | 'PDF_REFUSED'
  | 'UNSUPPORTED'
  | 'INVALID_ARGUMENT';

interface ErrorTexts {
  readonly summary: BilingualText;
  readonly remedy: BilingualText;
}

const textsOf = (code: JpkiErrorCode): ErrorTexts => ({
  summary: say((t) => t.error[code].summary),
  remedy: say((t) => onSystem(t.error[code].remedy)),
});

/** What each code means and what a person does next, where the place that throws knows nothing better. */
export const ERROR_TEXTS = /* @__PURE__ */ everyCode();

/**
 * The parameter of a method that a PIN was given as.
 *
 * @category PINs
 */
export type PinArgument = 'pin' | 'current' | 'next';

/**
 * What an error of these codes always carries. What another code carries depends on where it happened.
 *
 * @category Errors and languages
 */
export interface JpkiErrorFields {
  STATUS_WORD: { readonly statusWord: number };
  PIN_FORMAT: { readonly role: PinRole; readonly argument: PinArgument };
  PIN_INCORRECT: { readonly role: PinRole; readonly triesLeft: number; readonly statusWord: number };
  PIN_LOCKED: { readonly role: PinRole; readonly triesLeft: 0 };
  PIN_LAST_TRY: { readonly role: PinRole };
  PIN_REQUIRED: { readonly role: PinRole };
  PIN_CHANGE_UNCERTAIN: { readonly role: PinRole };
  PIN_CHANGE_PARTIAL: { readonly role: PinRole; readonly changed: 'registry' | 'common' };
  CERTIFICATE_ABSENT: { readonly role: KeyRole };
}

/**
 * What an error carries beside its code and message.
 *
 * @category Errors and languages
 */
export type JpkiErrorDetails<C = unknown> = (C extends keyof JpkiErrorFields
  ? JpkiErrorFields[C]
  : unknown) & {
  /** Tries left as the card said; absent when the card did not say. */
  readonly triesLeft?: number | undefined;
  readonly role?: PinRole | undefined;
  /** Status word as sent, 0 to 65535. */
  readonly statusWord?: number | undefined;
  /** The parameter or option that the error is about, by its name. */
  readonly argument?: string | undefined;
  /** The application in which a PIN was changed, where it was not, or not certainly, in the other one. */
  readonly changed?: 'registry' | 'common' | undefined;
  /** What a person does next, where it is more precise than the code's own. */
  readonly remedy?: BilingualText | undefined;
  readonly cause?: unknown;
};

/** What `code` always carries, or what it may. */
type FieldOf<C, Name extends string, Type> = C extends keyof JpkiErrorFields
  ? JpkiErrorFields[C] extends Readonly<Record<Name, infer Always>>
    ? Always
    : Type | undefined
  : Type | undefined;

/**
 * An error of one code. What is `undefined` does not apply, or the card did not say.
 *
 * @category Errors and languages
 */
export interface JpkiErrorOf<C extends JpkiErrorCode> extends Error {
  readonly name: 'JpkiError';
  readonly code: C;
  /** What a person does next, in English; `inLanguage` has it in Japanese. */
  readonly remedy: string;
  /** Whose PIN, key or certificate it is about. */
  readonly role: FieldOf<C, 'role', PinRole>;
  /** Tries left as the card said, 0 to 15. */
  readonly triesLeft: FieldOf<C, 'triesLeft', number>;
  /** Status word of the card, 0 to 65535. */
  readonly statusWord: FieldOf<C, 'statusWord', number>;
  /** The parameter or option that it is about, by its name. */
  readonly argument: FieldOf<C, 'argument', string>;
  /** The application in which a PIN was changed, where it was not, or not certainly, in the other one. */
  readonly changed: FieldOf<C, 'changed', 'registry' | 'common'>;
  /**
   * Message and remedy in one language, for a program that shows errors to a person.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for another language than `en` and `ja`
   */
  inLanguage(language: Language): { message: string; remedy: string };
}

/**
 * The one error of the library. Never holds a PIN. Its code tells what else it carries (`JpkiErrorFields`).
 *
 * @example
 * try { await applet.verifyPin('auth', pin); }
 * catch (error) { if (error instanceof JpkiError && error.code === 'PIN_INCORRECT') console.log(error.triesLeft); }
 * @category Errors and languages
 */
export type JpkiError<C extends JpkiErrorCode = JpkiErrorCode> = C extends JpkiErrorCode
  ? JpkiErrorOf<C>
  : never;

/**
 * The class of `JpkiError`, declared as TypeScript declares `Error`: only so can `instanceof` give what narrows by its code.
 *
 * @category Errors and languages
 */
export interface JpkiErrorConstructor {
  readonly prototype: JpkiError;
  /** @throws JpkiError `INVALID_ARGUMENT` when an argument is none */
  new <C extends JpkiErrorCode>(
    code: C,
    message?: string | BilingualText,
    ...details: Extract<C, keyof JpkiErrorFields> extends never
      ? [details?: JpkiErrorDetails<C>]
      : [details: JpkiErrorDetails<C>]
  ): JpkiError<C>;
  /** Whether it is an error of this library, as `instanceof` says too: of whichever copy in the process (ESM, CommonJS). */
  is(error: unknown): error is JpkiError;
  /** What `instanceof` asks. */
  [Symbol.hasInstance](error: unknown): error is JpkiError;
}

/** Known to every copy of this library, so that a program may mix the ESM and the CommonJS build. */
const BRAND = Symbol.for('jpki-card JpkiError');

function isJpkiError(error: unknown): error is JpkiError {
  return typeof error === 'object' && error !== null && BRAND in error;
}

class ErrorOfCode extends Error {
  readonly code: JpkiErrorCode;
  readonly remedy: string;
  // Declared only: a field that one of the builds defines as `undefined` would be printed by that one alone.
  declare readonly role?: PinRole;
  declare readonly triesLeft?: number;
  declare readonly statusWord?: number;
  declare readonly argument?: string;
  declare readonly changed?: 'registry' | 'common';
  readonly #texts: ErrorTexts;

  constructor(code: JpkiErrorCode, message?: string | BilingualText, details: JpkiErrorDetails = {}) {
    checkError(code, message, details);
    const { summary, remedy } = ERROR_TEXTS[code];
    const texts = typeof message === 'object' ? message : { en: message ?? summary.en, ja: summary.ja };
    super(texts.en, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.#texts = { summary: texts, remedy: details.remedy ?? remedy };
    this.remedy = this.#texts.remedy.en;
    if (details.role !== undefined) this.role = details.role;
    if (details.triesLeft !== undefined) this.triesLeft = details.triesLeft;
    if (details.statusWord !== undefined) this.statusWord = details.statusWord;
    if (details.argument !== undefined) this.argument = details.argument;
    if (details.changed !== undefined) this.changed = details.changed;
  }

  inLanguage(language: Language): { message: string; remedy: string } {
    if (language !== 'en' && language !== 'ja') throw invalidArgument('language', (t) => t.argument.language);
    return { message: this.#texts.summary[language], remedy: this.#texts.remedy[language] };
  }
}

/**
 * The class: `error instanceof JpkiError` or `JpkiError.is(error)`, then `switch (error.code)`.
 *
 * @category Errors and languages
 */
export const JpkiError: JpkiErrorConstructor = /* @__PURE__ */ asPublished(ErrorOfCode);

/** On the prototype and the class, where no build renames it and no `console.log` shows it. */
function asPublished(implementation: typeof ErrorOfCode): JpkiErrorConstructor {
  Object.defineProperty(implementation, 'name', { value: 'JpkiError' });
  Object.defineProperty(implementation, Symbol.hasInstance, { value: isJpkiError });
  Object.defineProperty(implementation, 'is', { value: isJpkiError });
  Object.defineProperty(implementation.prototype, 'name', { value: 'JpkiError' });
  Object.defineProperty(implementation.prototype, BRAND, { value: true });
  return implementation as unknown as JpkiErrorConstructor;
}

function everyCode(): Readonly<Record<JpkiErrorCode, ErrorTexts>> {
  const codes = Object.keys(en.error) as JpkiErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, textsOf(code)])) as Record<JpkiErrorCode, ErrorTexts>;
}

/** The error of a code that came from elsewhere: from a recorded exchange, or with an error that is told in other words. */
export function errorOfCode(
  code: JpkiErrorCode,
  message?: string | BilingualText,
  details?: JpkiErrorDetails,
): JpkiError {
  return new ErrorOfCode(code, message, details) as unknown as JpkiError;
}

/** An error in other words, with what it carried; `message` is handed its own. */
export function retold(
  error: JpkiError,
  message: (texts: Texts, own: string) => string,
  details: Pick<JpkiErrorDetails, 'role' | 'remedy'> = {},
): JpkiError {
  const own = { en: error.inLanguage('en'), ja: error.inLanguage('ja') };
  const { role, triesLeft, statusWord, argument, changed } = error;
  return errorOfCode(error.code, sayOf({ en: own.en.message, ja: own.ja.message }, message), {
    role: details.role ?? role,
    ...{ triesLeft, statusWord, argument, changed, cause: error },
    remedy: details.remedy ?? { en: own.en.remedy, ja: own.ja.remedy },
  });
}

/** @throws JpkiError `ABORTED` when the signal is aborted; its reason is the cause */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new JpkiError('ABORTED', undefined, { cause: signal.reason });
}

/** The error for a value that a program passed as `name`; `takes` finishes the sentence "… must be". */
export function invalidArgument(name: string, takes: BilingualText | Entry): JpkiError {
  const values = typeof takes === 'function' ? say(takes) : takes;
  const message = sayOf(values, (t, part) => t.argument.mustBe(name, part));
  return new JpkiError('INVALID_ARGUMENT', message, { argument: name });
}

/** By hand, because the checks of arguments.ts stand on this file. */
function checkError(code: unknown, message: unknown, details: JpkiErrorDetails): void {
  if (typeof code !== 'string' || !Object.hasOwn(ERROR_TEXTS, code))
    throw invalidArgument('code', (t) => t.argument.errorCode);
  if (message !== undefined && typeof message !== 'string' && !isBilingual(message))
    throw invalidArgument('message', (t) => t.argument.message);
  if (typeof details !== 'object' || details === null)
    throw invalidArgument('details', (t) => t.argument.object);
  const { triesLeft, role, statusWord, argument, changed, remedy } = details;
  if (triesLeft !== undefined && !isWholeUpTo(15, triesLeft))
    throw invalidArgument('triesLeft', (t) => t.argument.wholeNumber(0, 15));
  if (role !== undefined && !PIN_ROLES.includes(role))
    throw invalidArgument('role', (t) => t.argument.oneOf(PIN_ROLES));
  if (statusWord !== undefined && !isWholeUpTo(0xffff, statusWord))
    throw invalidArgument('statusWord', (t) => t.argument.wholeNumber(0, 0xffff));
  if (argument !== undefined && typeof argument !== 'string')
    throw invalidArgument('argument', (t) => t.argument.string);
  if (changed !== undefined && changed !== 'registry' && changed !== 'common')
    throw invalidArgument('changed', (t) => t.argument.oneOf(['registry', 'common']));
  if (remedy !== undefined && !isBilingual(remedy))
    throw invalidArgument('remedy', (t) => t.argument.bilingual);
}

function isBilingual(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'en' in value && typeof value.en === 'string' && 'ja' in value && typeof value.ja === 'string';
}

function isWholeUpTo(max: number, value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max;
}
