/** One run of the command: words in, exit code out. */
import { type Arguments, nearestHelp, parseArguments } from './arguments.js';
import type { Context } from './context.js';
import type { Ending } from './ending.js';
import { EXIT, fileError, isPlainAbort, JpkiError, report, usageError } from './failure.js';
import { type Input, Keyboard } from './terminal/keyboard.js';
import { type Output, Screen } from './terminal/screen.js';
import { bilingual, languageOf, wordsIn } from './text/index.js';

/** The process, as far as the command uses it. */
export interface Surroundings {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ending: Ending;
  readonly interrupt: () => unknown;
}

export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { stdin, stdout, stderr, env, ending, interrupt } = surroundings;
  const out = new Screen(stdout, env);
  const err = new Screen(stderr, env);
  const keyboard = new Keyboard(stdin, err, interrupt, ending.signal);
  const given = parseArguments(args);
  const { options } = given;
  const words = wordsIn(languageOf(options.value('lang'), env));
  ending.tell = (what) => err.line(what(words.texts));
  const afterwards: unknown[] = [];
  /** Nothing is waited for when somebody insists on the end: neither the work, nor an output that nobody reads. */
  const unlessLeft = <T>(work: Promise<T>): Promise<T> => Promise.race([work, ending.left]);
  const work = async (): Promise<number> => {
    const json = options.has('json');
    const help = nearestHelp(given.topic);
    const done = await carryOut(given, {
      ...words,
      ...{ options, operands: given.operands, json, out, err, input: stdin, keyboard, help },
      ...{ signal: ending.signal, ending, afterwards },
    });
    const failure = await out.settled();
    if (failure) throw fileError((texts) => texts.report.output, failure);
    return done;
  };
  let exitCode: number = EXIT.done;
  const failures: unknown[] = [];
  try {
    exitCode = await unlessLeft(work());
  } catch (failure) {
    failures.push(failure);
  }
  const problems = inOrder(ending, failures, afterwards);
  if (problems.length > 0) {
    const style = { json: options.has('json'), debug: options.has('debug') };
    exitCode = report(problems, err, words, style);
    await unlessLeft(err.settled()).catch(() => undefined);
  }
  await keyboard.close();
  ending.finish();
  return exitCode;
}

/** What came first is the error, the rest is what the user must know besides. */
function inOrder({ bug, card }: Ending, failures: unknown[], afterwards: unknown[]): unknown[] {
  // That the run was stopped because of a bug says nothing that the bug does not.
  const own = bug ? failures.filter((failure) => !isPlainAbort(failure)) : failures;
  const remedy = bilingual((texts) => texts.card.takeItOff);
  const notLetGo = bilingual((texts) => texts.card.notLetGo);
  const held = card.isHeld ? [new JpkiError('TRANSPORT', notLetGo, { remedy })] : [];
  return [...(bug ? [bug.error] : []), ...own, ...held, ...afterwards];
}

async function carryOut({ command, topic, error }: Arguments, context: Context): Promise<number> {
  const { options, language, texts, help, out, err } = context;
  if (error) throw error;
  const lang = options.value('lang');
  if (lang !== undefined && lang !== language)
    throw usageError((texts) => texts.arguments.badValue('--lang', 'ja|en'), ...help);
  if (options.has('version')) {
    const { VERSION } = await import('./help.js');
    out.line(VERSION);
    return EXIT.done;
  }
  if (options.has('help')) {
    const { helpScreen } = await import('./help.js');
    out.lines(helpScreen(topic, texts));
    return EXIT.done;
  }
  if (command === undefined) throw usageError((texts) => texts.arguments.commandMissing, ...help);
  if (options.has('debug')) await traceTo(err);
  const work = await command.load();
  const done = await work(context);
  return typeof done === 'number' ? done : EXIT.done;
}

/** Before anything that traces is loaded. The texts in a trace may come from a reader: no colours, no raw bytes. */
async function traceTo(screen: Screen): Promise<void> {
  process.env['DEBUG_COLORS'] = 'no';
  process.env['DEBUG_HIDE_DATE'] = 'yes';
  const [{ default: debug }, { format }] = await Promise.all([import('debug'), import('node:util')]);
  debug.log = (...parts: unknown[]) => screen.line(format(...parts));
  debug.enable('jpki:*');
}
