/** What a subcommand gets to work with. */
import type { Ending } from './ending.js';
import type { OptionName, Options } from './options.js';
import type { Input, Keyboard } from './terminal/keyboard.js';
import type { Screen } from './terminal/screen.js';
import type { Texts, Words } from './text/index.js';

export interface Context extends Words {
  readonly options: Options;
  readonly operands: readonly string[];
  /** Whether the result is wanted as JSON. */
  readonly json: boolean;
  /** The result. */
  readonly out: Screen;
  /** Everything else: questions, notes, errors. */
  readonly err: Screen;
  readonly input: Input;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C and every other signal that ends a process. */
  readonly signal: AbortSignal;
  readonly ending: Ending;
  /** What Ctrl-C does where a terminal makes no signal of it. */
  readonly interrupt: () => unknown;
  /** What went wrong once the work was done or had failed: told behind that, and not in place of it. */
  readonly afterwards: unknown[];
  /** For questions; closed when the command has said all it has to say. */
  readonly keyboard: Keyboard;
  /** The usage line and the help command, for a usage error. */
  readonly help: readonly [usage: string, help: string];
}

/** What a subcommand's file exports; it gives the exit code, and no value means done. */
export type Run = (context: Context) => Promise<number> | Promise<void>;

/** A subcommand: how it is written, and what it takes. */
export interface Command {
  readonly name: keyof Texts['commands'];
  readonly usage: string;
  /**
   * The word that follows the name: the name of a file, or one of these; `command` is any number of words behind `--`, another
   * command with its own.
   */
  readonly operand?: 'file' | 'command' | readonly string[];
  /** Beside the global ones. */
  readonly options: readonly OptionName[];
  readonly load: () => Promise<Run>;
}

/** Whether somebody sits there to be asked. */
export function isInteractive({ input, out, err }: Context): boolean {
  return input.isTTY === true && out.isTerminal && err.isTerminal;
}
