/** Telling the user what went wrong and what to do now: as text, or as JSON. */
import { inspect } from 'node:util';
import { JpkiError, type JpkiErrorCode, type KeyRole, type Language } from '../errors.js';
import { HOLDER_PINS } from '../recovery/facts.js';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';
import { CliFailure } from './failure.js';
import type { Line, Screen } from './screen.js';
import { capital } from './texts-pin.js';
import { CLI_REMEDIES, REPORT_TEXTS as TEXT } from './texts-report.js';

interface Report {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly role?: KeyRole;
  readonly triesLeft?: number;
}

export interface ReportStyle {
  readonly language: Language;
  readonly json: boolean;
  readonly debug: boolean;
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
  { language, json, debug }: ReportStyle,
): ExitCode {
  const first = reportOf(error, language);
  const others = also.map((other) => reportOf(other, language));
  screen.clearTransient();
  if (json) {
    const contents = others.map(({ content }) => content);
    screen.json({ error: { ...first.content, ...(contents.length > 0 && { also: contents }) } });
  } else for (const told of [first, ...others]) screen.lines(linesOf(told, language));
  if (debug)
    for (const one of [error, ...also])
      for (const line of inspect(one, { depth: 5 }).split('\n')) screen.line(line);
  return first.exitCode;
}

function linesOf({ content, exitCode }: Told, language: Language): Line[] {
  const label = exitCode === EXIT.usage ? TEXT.usage : TEXT.whatToDo;
  return [
    { segments: [{ text: 'jpki: ', style: 'red' }, content.message], hang: 6 },
    // Who pressed Ctrl-C knows what to do.
    ...(content.code === 'ABORTED'
      ? []
      : [
          {
            segments: [{ text: label[language], style: 'bold' as const }, content.remedy],
            indent: 2,
            hang: 4,
          },
        ]),
  ];
}

/** Their messages say "the PIN": which one it is goes in front. */
const NAMELESS: ReadonlySet<JpkiErrorCode> = new Set([
  'PIN_INCORRECT',
  'PIN_LOCKED',
  'PIN_LAST_TRY',
  'PIN_REQUIRED',
  'PIN_CHANGE_UNCERTAIN',
]);

function reportOf(error: unknown, language: Language): Told {
  if (error instanceof JpkiError) {
    const { message, remedy } = error.inLanguage(language);
    // A wrong PIN that was the last try is a locked one from now on.
    const isLocked = error.code === 'PIN_INCORRECT' && error.triesLeft === 0;
    const pin = error.role && NAMELESS.has(error.code) ? HOLDER_PINS[error.role].name[language] : undefined;
    const own = CLI_REMEDIES[isLocked ? 'PIN_LOCKED' : error.code];
    return {
      content: {
        code: error.code,
        message: pin === undefined ? message : `${capital(pin)}${TEXT.colon[language]}${message}`,
        remedy: own?.[language] ?? remedy,
        ...(error.role !== undefined && { role: error.role }),
        ...(error.triesLeft !== undefined && { triesLeft: error.triesLeft }),
      },
      exitCode: exitCodeOf(error),
    };
  }
  if (error instanceof CliFailure) {
    const { message, remedy } = error.texts;
    return {
      content: { code: error.code, message: message[language], remedy: remedy[language] },
      exitCode: error.exitCode,
    };
  }
  return {
    content: { code: 'INTERNAL', message: TEXT.internal[language], remedy: TEXT.internalRemedy[language] },
    exitCode: EXIT.failed,
  };
}
