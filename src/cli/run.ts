/** One run of the command: words in, exit code out. */
import { nearestHelp, parseArguments } from './arguments.js';
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
    let done: number = EXIT.done;
    if (given.wantsWords) {
      const { wordsOf } = await import('./help.js');
      out.lines(wordsOf(given, words.texts));
    } else {
      const { operands } = given;
      const json = options.has('json');
      const help = nearestHelp(given.topic);
      if (given.error) throw usageError(given.error.what, ...given.error.help);
      if (given.command === undefined) throw usageError((texts) => texts.arguments.commandMissing, ...help);
      if (options.has('debug')) await traceTo(err);
      const work = await given.command.load();
      const input = { input: stdin, env, keyboard, interrupt, signal: ending.signal };
      const context = { ...words, options, operands, json, out, err, help, ...input, ending, afterwards };
      done = (await work(context)) ?? done;
    }
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

/** Before anything that traces is loaded. The texts in a trace may come from a reader: no colours, no raw bytes. */
async function traceTo(screen: Screen): Promise<void> {
  process.env['DEBUG_COLORS'] = 'no';
  process.env['DEBUG_HIDE_DATE'] = 'yes';
  const [{ default: debug }, { format }] = await Promise.all([import('debug'), import('node:util')]);
  debug.log = (...parts: unknown[]) => screen.line(format(...parts));
  debug.enable('jpki:*');
}
