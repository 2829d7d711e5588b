/** What a subcommand gets to work with. */
import type { Readable } from 'node:stream';
import type { BilingualText, Language } from '../errors.js';
import type { Options } from './args.js';
import type { Ending } from './ending.js';
import type { Keyboard } from './keyboard.js';
import type { Screen } from './screen.js';

/** A terminal or a pipe that is read from. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
};

export interface Context {
  readonly options: Options;
  readonly operands: readonly string[];
  readonly language: Language;
  /** Whether the result is wanted as JSON. */
  readonly json: boolean;
  /** The result. */
  readonly out: Screen;
  /** Everything else: questions, notes, errors. */
  readonly err: Screen;
  readonly input: Input;
  /** Aborted by Ctrl-C and every other signal that ends a process. */
  readonly signal: AbortSignal;
  readonly ending: Ending;
  /** What went wrong once the work was done or had failed: told behind that, and not in place of it. */
  readonly afterwards: unknown[];
  /** For questions; closed when the command has said all it has to say. */
  readonly keyboard: Keyboard;
  /** A sentence in the language of the user. */
  readonly say: (text: BilingualText) => string;
  /** The usage line and the help command, for a usage error. */
  readonly help: readonly [usage: string, help: string];
}
