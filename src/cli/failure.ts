/** What goes wrong, the exit code that it makes, and how the user is told: as text, or as JSON. */
import { inspect } from 'node:util';
import type { JpkiErrorCode, PinRole, RegistryApplication } from '../index.js';
// The smallest entry: this file is loaded at every start, and the main one brings certificates and PC/SC along.
import { HOLDER_PINS, type HolderPin, JpkiError } from '../recovery/index.js';
import { capital, type Line, type Screen } from './terminal/screen.js';
import { bilingual, type Entry, type Texts, type Words } from './text/index.js';

export { JpkiError };

export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noCard: 3,
  pinWrong: 4,
  pinRefused: 5,
  aborted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Readonly<Partial<Record<JpkiErrorCode, ExitCode>>> = {
  PCSC_UNAVAILABLE: EXIT.noCard,
  SERVICE_UNAVAILABLE: EXIT.noCard,
  NO_READER: EXIT.noCard,
  NO_CARD: EXIT.noCard,
  CARD_REMOVED: EXIT.noCard,
  PIN_FORMAT: EXIT.pinWrong,
  PIN_INCORRECT: EXIT.pinWrong,
  PIN_LOCKED: EXIT.pinRefused,
  PIN_LAST_TRY: EXIT.pinRefused,
  // Ctrl-D ends a question as Ctrl-C does.
  ABORTED: EXIT.aborted,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof JpkiError) return BY_CODE[meaningOf(error)] ?? EXIT.failed;
  return error instanceof CliFailure && error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
}

/** A wrong PIN that was the last try has locked the PIN: a script must not ask again. */
function meaningOf({ code, triesLeft }: JpkiError): JpkiErrorCode {
  return code === 'PIN_INCORRECT' && triesLeft === 0 ? 'PIN_LOCKED' : code;
}

/** What goes wrong in the command itself rather than with the card. Never holds what the user typed as a value. */
export class CliFailure extends Error {
  /** What is wrong, and what to do. */
  readonly said: (texts: Texts) => readonly [what: string, remedy: string];
  readonly code: 'USAGE' | 'FILE';

  constructor(said: CliFailure['said'], cause?: unknown, code: CliFailure['code'] = 'FILE') {
    super(bilingual((texts) => said(texts)[0]).en, cause === undefined ? undefined : { cause });
    this.said = said;
    this.code = code;
  }
}

/** `usage` is the line of the subcommand that comes nearest to what was typed. */
export function usageError(what: Entry, usage: string, help: string): CliFailure {
  return new CliFailure((texts) => [what(texts), texts.arguments.more(usage, help)], undefined, 'USAGE');
}

/** A file that could not be read or written; `name` is what to call it, a path only where no PIN can stand there. */
export function fileError(name: Entry | string, cause: unknown): CliFailure {
  const code = codeOf(cause) ?? '';
  return new CliFailure((texts) => {
    const reasons: Readonly<Record<string, string>> = texts.fileReasons;
    const called = typeof name === 'string' ? name : name(texts);
    const reason = reasons[code] ?? (code || texts.file.unknownReason);
    return [texts.file.failed(called, reason), texts.file.failedRemedy];
  }, cause);
}

/** The same error, with more that can be done about it. */
export function withRemedy(error: JpkiError, entry: (texts: Texts, remedy: string) => string): JpkiError {
  const { en, ja } = { en: error.inLanguage('en'), ja: error.inLanguage('ja') };
  const remedy = bilingual((texts) => entry(texts, (texts.language === 'ja' ? ja : en).remedy));
  return new JpkiError<JpkiErrorCode>(
    error.code,
    { en: en.message, ja: ja.message },
    { remedy, cause: error },
  );
}

/** Nothing but the end that was asked for: one with a role tells what became of a PIN. */
export function isPlainAbort(error: unknown): boolean {
  return error instanceof JpkiError && error.code === 'ABORTED' && error.role === undefined;
}

/** The code of a system's error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === undefined ? undefined : String(code);
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly role?: PinRole;
  readonly triesLeft?: number;
  /** In which of its two places the resident registry PIN was changed. */
  readonly changed?: RegistryApplication;
}

/** Prints an error, and behind it what must be known besides; gives the exit code that the first makes. */
export function report(
  errors: readonly unknown[],
  screen: Screen,
  words: Words,
  { json, debug }: { readonly json: boolean; readonly debug: boolean },
): ExitCode {
  const reports = errors.map((error) => reportOf(error, words));
  screen.clearTransient();
  if (json) {
    const [first, ...also] = reports;
    screen.json({ error: { ...first, ...(also.length > 0 && { also }) } });
  } else for (const told of reports) screen.lines(linesOf(told, words));
  if (debug)
    for (const error of errors)
      for (const line of inspect(error, { depth: 5 }).split('\n')) screen.line(line);
  return exitCodeOf(errors[0]);
}

/** Not the library's, and in no table of its documents. */
const OWN_CODES: ReadonlySet<string> = new Set(['USAGE', 'FILE', 'INTERNAL']);

function linesOf({ code, message, remedy }: Report, { texts }: Words): Line[] {
  const label = code === 'USAGE' ? texts.report.usage : texts.report.whatToDo;
  const lineOf = (text: string): Line => ({ segments: [{ text: 'jpki: ', style: 'red' }, text], hang: 6 });
  // Who pressed Ctrl-C knows what to do.
  if (code === 'ABORTED') return [lineOf(message)];
  // The library's codes are what the documents go by.
  const coded = !OWN_CODES.has(code) ? texts.report.withCode(message, code) : message;
  return [lineOf(coded), { segments: [{ text: label, style: 'bold' }, remedy], indent: 2, hang: 4 }];
}

/** Those that a holder set, which have names; a check number's error names it. */
const ALL_PINS = Object.keys(HOLDER_PINS) as HolderPin[];

/** Their messages say "the PIN": which one it is goes in front. */
const NAMELESS: ReadonlySet<JpkiErrorCode> = new Set([
  'PIN_INCORRECT',
  'PIN_LOCKED',
  'PIN_LAST_TRY',
  'PIN_REQUIRED',
  'PIN_CHANGE_UNCERTAIN',
  'PIN_CHANGE_PARTIAL',
]);

export function reportOf(error: unknown, { language, texts, say }: Words): Report {
  if (error instanceof JpkiError) {
    const { message, remedy } = error.inLanguage(language);
    const pin = NAMELESS.has(error.code) ? ALL_PINS.find((name) => name === error.role) : undefined;
    const own: Readonly<Partial<Record<JpkiErrorCode, string>>> = texts.remedies;
    return {
      code: error.code,
      message:
        pin === undefined ? message : `${capital(say(HOLDER_PINS[pin].name))}${texts.report.colon}${message}`,
      remedy: own[meaningOf(error)] ?? remedy,
      ...(error.role !== undefined && { role: error.role }),
      ...(error.triesLeft !== undefined && { triesLeft: error.triesLeft }),
      ...(error.changed !== undefined && { changed: error.changed }),
    };
  }
  if (error instanceof CliFailure) {
    const [message, remedy] = error.said(texts);
    return { code: error.code, message, remedy };
  }
  return { code: 'INTERNAL', message: texts.report.internal, remedy: texts.report.internalRemedy };
}
