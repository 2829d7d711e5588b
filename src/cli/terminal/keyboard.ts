/**
 * Reads what a person types, key by key, so that nothing of it is shown: a PIN is also typed too early, too late, or at
 * another question. A PIN is never a string on its way: code points go into an array that is wiped.
 */
import type { Readable } from 'node:stream';
import { JpkiError } from '../failure.js';
import { JobControl, untilRead } from './job-control.js';
import type { Line, Screen } from './screen.js';
import { secretBytes } from './secret-input.js';

/** A terminal or a pipe that is read from. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
};

/** Longer than any PIN or answer. What goes beyond it ends in a character that no PIN holds, so it is refused. */
const MAX_CHARACTERS = 64;
const REPLACEMENT_CHARACTER = 0xfffd;
const MASK = '*';

const KEY = {
  ctrlC: 0x03,
  ctrlD: 0x04,
  backspace: 0x08,
  lineFeed: 0x0a,
  enter: 0x0d,
  ctrlU: 0x15,
  ctrlW: 0x17,
  ctrlZ: 0x1a,
  escape: 0x1b,
  ctrlBackslash: 0x1c,
  delete: 0x7f,
} as const;

/** What was typed up to Enter. Whoever gets it wipes it. */
export type Typed = Uint32Array;

/** Room for code points, off the heap of V8: see `secretBytes`. */
export function roomFor(length: number): Typed {
  return new Uint32Array(secretBytes(length * Uint32Array.BYTES_PER_ELEMENT).buffer);
}

const YES = ['yes', 'はい'];

interface Reading {
  readonly characters: Typed;
  length: number;
  /** Whether the question is on the screen. What was typed before answers something else. */
  shown: boolean;
  readonly show: () => void;
  readonly resolve: (typed: Typed) => void;
  readonly reject: (error: JpkiError) => void;
}

/** The terminal in raw mode from `open` to `close`: between questions and while a card is waited for, nothing is echoed either. */
export class Keyboard {
  readonly #input: Input;
  readonly #screen: Screen;
  readonly #interrupt: () => unknown;
  readonly #signal: AbortSignal;
  readonly #job: JobControl;
  #state: 'not-open' | 'open' | 'gone' | 'closed' = 'not-open';
  readonly #byte = secretBytes(1);
  #decoder = new TextDecoder();
  #reading: Reading | undefined;
  #afterEnter = false;

  /** `interrupt` is what Ctrl-C does: in raw mode the terminal makes no signal of it. */
  constructor(input: Input, screen: Screen, interrupt: () => unknown, signal: AbortSignal) {
    this.#input = input;
    this.#screen = screen;
    this.#interrupt = interrupt;
    this.#signal = signal;
    this.#job = new JobControl({ signal, giveBack: this.#giveBack, takeAgain: this.#takeAgain });
  }

  /** As soon as it is known that something may be asked. */
  open(): void {
    if (this.#state !== 'not-open') return;
    this.#state = 'open';
    this.#input.on('data', this.#onData);
    this.#input.on('end', this.#onEnd);
    // A terminal that hangs up is a read error.
    this.#input.on('error', this.#onEnd);
    this.#job.open();
    this.#input.setRawMode?.(true);
    this.#input.resume();
  }

  /** Gives the terminal back, when nothing is asked or told any more: what was typed must not reach the shell. */
  async close(): Promise<void> {
    if (this.#state === 'not-open' || this.#state === 'closed') return;
    // First, so that a question which comes in the meantime is not left without an answer.
    this.#state = 'closed';
    this.#abort();
    await untilRead();
    if (this.#job.hasTerminal) this.#input.setRawMode?.(false);
    this.#job.close();
    this.#input.pause();
    this.#input.off('data', this.#onData);
    this.#input.off('end', this.#onEnd);
    this.#input.off('error', this.#onEnd);
    // An error that comes late must not end the process.
    if (!this.#input.listeners('error').includes(ignoreLate)) this.#input.on('error', ignoreLate);
  }

  /**
   * Asks and reads one line, each character shown as a mask. Nothing that was typed before the question was there is an
   * answer to it. `lead` is shown above the question.
   *
   * @throws JpkiError `ABORTED` on Ctrl-C, Ctrl-D, the end of the input, and when the command is aborted
   */
  ask(question: string, lead: readonly Line[] = []): Promise<Typed> {
    this.open();
    return new Promise<Typed>((resolve, reject) => {
      this.#signal.addEventListener('abort', this.#onAbort);
      this.#reading = {
        characters: roomFor(MAX_CHARACTERS),
        length: 0,
        shown: false,
        show: () => {
          this.#screen.lines(lead);
          this.#screen.prompt(question);
        },
        resolve,
        reject,
      };
      if (this.#signal.aborted || this.#state !== 'open') this.#onAbort();
      else void this.#show();
    });
  }

  /** A question that is answered with yes or anything else. */
  async confirm(question: string): Promise<boolean> {
    const characters = answerOf(await this.ask(question)).filter((character) => character !== ' ');
    return YES.some((word) => word.length === characters.length && characters.every((c, i) => c === word[i]));
  }

  async #show(): Promise<void> {
    const reading = this.#reading;
    await untilRead();
    // Over already, or shown again when the terminal is taken again.
    if (reading === undefined || reading !== this.#reading || reading.shown || !this.#job.hasTerminal) return;
    reading.shown = true;
    reading.show();
  }

  readonly #giveBack = async (): Promise<void> => {
    this.#hide();
    await untilRead();
    this.#input.pause();
    this.#input.setRawMode?.(false);
  };

  readonly #takeAgain = (): void => {
    const wasShown = this.#hide();
    // Off first: libuv remembers a mode that somebody else has changed, and would do nothing.
    this.#input.setRawMode?.(false);
    this.#input.setRawMode?.(true);
    this.#input.resume();
    if (wasShown) this.#screen.raw('\n');
    void this.#show();
  };

  /** Forgets what was typed so far. Whether there was a question on the screen. */
  #hide(): boolean {
    const reading = this.#reading;
    this.#decoder = new TextDecoder();
    if (reading === undefined) return false;
    const { shown } = reading;
    reading.characters.fill(0);
    reading.length = 0;
    reading.shown = false;
    return shown;
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    // A key sends its sequence in one piece: an Escape alone must not swallow the key after it, which may be the PIN's.
    let sequence: Sequence = 'none';
    for (const byte of bytes) {
      if (sequence !== 'none' || byte === KEY.escape) {
        sequence = sequenceAfter(sequence, byte);
        continue;
      }
      if (byte === KEY.ctrlZ) {
        this.#job.stopGroup();
        break;
      }
      const endsEnter = byte === KEY.lineFeed && this.#afterEnter;
      this.#afterEnter = byte === KEY.enter;
      if (endsEnter) continue;
      if (byte === KEY.ctrlC || byte === KEY.ctrlBackslash) {
        this.#interrupt();
        continue;
      }
      const reading = this.#reading;
      if (!reading?.shown) continue;
      // One byte at a time: no string ever holds more than one character of a PIN.
      this.#byte[0] = byte;
      // Two where the byte is none that can follow those before: what they were is lost, the byte itself may be Enter.
      for (const character of this.#decoder.decode(this.#byte, { stream: true })) {
        const code = character.codePointAt(0) ?? REPLACEMENT_CHARACTER;
        if (code === KEY.enter || code === KEY.lineFeed) {
          const typed = roomFor(reading.length);
          typed.set(reading.characters.subarray(0, reading.length));
          this.#end();
          reading.resolve(typed);
        } else if (code === KEY.ctrlD) {
          if (reading.length === 0) this.#abort();
        } else if (code === KEY.backspace || code === KEY.delete) this.#erase(reading, 1);
        else if (code === KEY.ctrlU || code === KEY.ctrlW) this.#erase(reading, reading.length);
        else if (reading.length === MAX_CHARACTERS)
          reading.characters[MAX_CHARACTERS - 1] = REPLACEMENT_CHARACTER;
        else {
          // Other control characters too: without the Tab in it, what was pasted could be a PIN that nobody meant.
          reading.characters[reading.length++] = code;
          this.#screen.raw(MASK);
        }
      }
    }
    bytes.fill(0);
  };

  readonly #onAbort = (): void => this.#abort(this.#signal.reason);

  readonly #onEnd = (): void => {
    if (this.#state === 'open') this.#state = 'gone';
    this.#abort();
  };

  #erase(reading: Reading, count: number): void {
    for (let i = 0; i < count && reading.length > 0; i++) {
      reading.characters[--reading.length] = 0;
      this.#screen.raw('\b \b');
    }
  }

  /** The question is over: nothing of what was typed is left here. */
  #end(): void {
    if (this.#hide()) this.#screen.raw('\n');
    this.#reading = undefined;
    this.#signal.removeEventListener('abort', this.#onAbort);
  }

  #abort(cause?: unknown): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#end();
    reading.reject(new JpkiError('ABORTED', undefined, { cause }));
  }
}

/** Once on an input, however many keyboards read it one after the other. */
function ignoreLate(): void {}

type Sequence = 'none' | 'escape' | 'control';

/** Arrow keys, and the brackets some terminals put around a paste: ESC [ ... final byte (ECMA-48 5.4), ESC O x. */
function sequenceAfter(sequence: Sequence, byte: number): Sequence {
  if (sequence === 'none') return 'escape';
  if (sequence === 'escape') return byte === 0x5b || byte === 0x4f ? 'control' : 'none';
  return byte >= 0x40 && byte <= 0x7e ? 'none' : 'control';
}

/**
 * The characters of an answer that is no PIN: half-width and lower case, each by itself, because a PIN may have been typed
 * in its place. Wipes what was typed.
 */
export function answerOf(typed: Typed): string[] {
  const characters = Array.from(typed, (code) => String.fromCodePoint(code).normalize('NFKC').toLowerCase());
  typed.fill(0);
  return characters;
}
