/** What goes wrong, the exit code that it makes, and how the user is told: as text, or as JSON. */
import { inspect } from 'node:util';
import type { JpkiErrorCode, KeyRole } from '../index.js';
// The smallest entry: this file is loaded at every start, and the main one brings certificates and PC/SC along.
import { HOLDER_PINS, JpkiError } from '../recovery/index.js';
import { capital, type Line, type Screen } from './terminal/screen.js';
import { bilingual, type Entry, type Texts, type Words } from './text/index.js';

export { JpkiError };

export const EXIT = { done: 0, failed: 1, usage: 2, noCard: 3, pinWrong: 4, pinRefused: 5 } as const;

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
};

export function exitCodeOf(error: JpkiError): ExitCode {
  return BY_CODE[meaningOf(error)] ?? EXIT.failed;
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

/** The code of a system's error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === undefined ? undefined : String(code);
}

interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly role?: KeyRole;
  readonly triesLeft?: number;
}

interface Told {
  readonly content: Report;
  readonly exitCode: ExitCode;
}

/** Prints an error, and what must be known `also`; gives the exit code that the error makes. */
export function report(
  error: unknown,
  also: readonly unknown[],
  screen: Screen,
  words: Words,
  { json, debug }: { readonly json: boolean; readonly debug: boolean },
): ExitCode {
  const first = reportOf(error, words);
  const others = also.map((other) => reportOf(other, words));
  screen.clearTransient();
  if (json) {
    const contents = others.map(({ content }) => content);
    screen.json({ error: { ...first.content, ...(contents.length > 0 && { also: contents }) } });
  } else for (const told of [first, ...others]) screen.lines(linesOf(told, words));
  if (debug)
    for (const one of [error, ...also])
      for (const line of inspect(one, { depth: 5 }).split('\n')) screen.line(line);
  return first.exitCode;
}

function linesOf({ content, exitCode }: Told, { texts }: Words): Line[] {
  const label = exitCode === EXIT.usage ? texts.report.usage : texts.report.whatToDo;
  const message: Line = { segments: [{ text: 'jpki: ', style: 'red' }, content.message], hang: 6 };
  // Who pressed Ctrl-C knows what to do.
  if (content.code === 'ABORTED') return [message];
  return [message, { segments: [{ text: label, style: 'bold' }, content.remedy], indent: 2, hang: 4 }];
}

/** Their messages say "the PIN": which one it is goes in front. */
const NAMELESS: ReadonlySet<JpkiErrorCode> = new Set([
  'PIN_INCORRECT',
  'PIN_LOCKED',
  'PIN_LAST_TRY',
  'PIN_REQUIRED',
  'PIN_CHANGE_UNCERTAIN',
]);

function reportOf(error: unknown, { language, texts, say }: Words): Told {
  if (error instanceof JpkiError) {
    const { message, remedy } = error.inLanguage(language);
    const pin = error.role && NAMELESS.has(error.code) ? say(HOLDER_PINS[error.role].name) : undefined;
    const own: Readonly<Partial<Record<JpkiErrorCode, string>>> = texts.remedies;
    return {
      content: {
        code: error.code,
        message: pin === undefined ? message : `${capital(pin)}${texts.report.colon}${message}`,
        remedy: own[meaningOf(error)] ?? remedy,
        ...(error.role !== undefined && { role: error.role }),
        ...(error.triesLeft !== undefined && { triesLeft: error.triesLeft }),
      },
      exitCode: exitCodeOf(error),
    };
  }
  if (error instanceof CliFailure) {
    const { code } = error;
    const [message, remedy] = error.said(texts);
    return { content: { code, message, remedy }, exitCode: code === 'USAGE' ? EXIT.usage : EXIT.failed };
  }
  const { internal, internalRemedy } = texts.report;
  return { content: { code: 'INTERNAL', message: internal, remedy: internalRemedy }, exitCode: EXIT.failed };
}
