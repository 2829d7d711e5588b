/** One run of the command: words in, exit code out. */
import type { BilingualText, Language } from '../errors.js';
import { type Arguments, nearestHelp, parseArguments } from './args.js';
import type { Context, Input } from './context.js';
import { EXIT } from './exit-codes.js';
import { fileError, usageError } from './failure.js';
import { Keyboard } from './keyboard.js';
import { languageOf } from './language.js';
import { report } from './report.js';
import { type Output, Screen } from './screen.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { REPORT_TEXTS } from './texts-report.js';

/** The process, as far as the command uses it. */
export interface Surroundings {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly interrupt: () => unknown;
}

export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdin, stdout, stderr, env, signal, interrupt } = surroundings;
  const out = new Screen(stdout, env);
  const err = new Screen(stderr, env);
  const keyboard = new Keyboard(stdin, err, interrupt, signal);
  const given = parseArguments(words);
  const { options } = given;
  const language = languageOf(options.value('lang'), env);
  try {
    const exitCode = await carryOut(given, language, { ...surroundings, out, err, keyboard });
    const failure = await out.settled();
    if (failure) throw fileError(REPORT_TEXTS.output, failure);
    return exitCode;
  } catch (failure) {
    return report(failure, err, { language, json: options.has('json'), debug: options.has('debug') });
  } finally {
    await keyboard.close();
  }
}

async function carryOut(
  { command, topic, options, operands, error }: Arguments,
  language: Language,
  { out, err, stdin, signal, keyboard }: Surroundings & Pick<Context, 'out' | 'err' | 'keyboard'>,
): Promise<number> {
  const help = nearestHelp(topic);
  if (error) throw error;
  const lang = options.value('lang');
  if (lang !== undefined && lang !== language)
    throw usageError(ARGUMENT_TEXTS.badValue('--lang', 'ja|en'), ...help);
  if (options.has('version')) {
    const { VERSION } = await import('./version.js');
    out.line(VERSION);
    return EXIT.done;
  }
  if (options.has('help')) {
    const { helpScreen } = await import('./help.js');
    out.lines(helpScreen(topic, language));
    return EXIT.done;
  }
  if (command === undefined) throw usageError(ARGUMENT_TEXTS.commandMissing, ...help);
  if (options.has('debug')) await traceTo(err);
  const work = await command.load();
  const say = (text: BilingualText) => text[language];
  const json = options.has('json');
  const done = await work({
    ...{ options, operands, language, json, out, err, input: stdin, signal, keyboard, say, help },
  });
  return done ?? EXIT.done;
}

/** Before anything that traces is loaded. The texts in a trace may come from a reader: no colours, no raw bytes. */
async function traceTo(screen: Screen): Promise<void> {
  process.env['DEBUG_COLORS'] = 'no';
  process.env['DEBUG_HIDE_DATE'] = 'yes';
  const [{ default: debug }, { format }] = await Promise.all([import('debug'), import('node:util')]);
  debug.log = (...parts: unknown[]) => screen.line(format(...parts));
  debug.enable('jpki:*');
}
