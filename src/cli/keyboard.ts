/**
 * Reads what a person types, key by key, so that nothing is echoed that should not be. A PIN is never a string on its
 * way: code points go into an array that is wiped.
 */
import { wipe } from '../bytes.js';
import { JpkiError } from '../errors.js';
import type { Input } from './context.js';
import { displayWidth, printable } from './display-width.js';
import type { Screen } from './screen.js';

/** Longer than any PIN or answer. What goes beyond it ends in a character that no PIN holds, so it is refused. */
const MAX_CHARACTERS = 64;
const REPLACEMENT_CHARACTER = 0xfffd;
const MAX_TYPED_AHEAD = 1024;

const KEY = {
  ctrlC: 0x03,
  ctrlD: 0x04,
  backspace: 0x08,
  lineFeed: 0x0a,
  enter: 0x0d,
  ctrlU: 0x15,
  escape: 0x1b,
  delete: 0x7f,
} as const;

/** What was typed up to Enter. Whoever gets it wipes it. */
export type Typed = Uint32Array;

interface Reading {
  readonly characters: Typed;
  length: number;
  readonly echo: (character: string) => string;
  readonly done: (result: Typed | JpkiError) => void;
}

/** The terminal in raw mode from the first question to `close`: between questions nothing is echoed either. */
export class Keyboard {
  readonly #input: Input;
  readonly #screen: Screen;
  readonly #interrupt: () => unknown;
  readonly #ahead: number[] = [];
  #decoder = new TextDecoder();
  #reading: Reading | undefined;
  #sequence: 'none' | 'escape' | 'control' = 'none';
  #afterEnter = false;

  /** `interrupt` is what Ctrl-C does: in raw mode the terminal makes no signal of it. */
  constructor(input: Input, screen: Screen, interrupt: () => unknown) {
    this.#input = input;
    this.#screen = screen;
    this.#interrupt = interrupt;
    input.setRawMode?.(true);
    input.on('data', this.#onData);
    input.on('end', this.#onEnd);
    input.resume();
  }

  close(): void {
    this.#input.off('data', this.#onData);
    this.#input.off('end', this.#onEnd);
    this.#input.setRawMode?.(false);
    this.#input.pause();
    this.#ahead.fill(0);
    this.#finish(new JpkiError('ABORTED'));
  }

  /**
   * Asks and reads one line. `mask` stands for each character instead of itself.
   *
   * @throws JpkiError `ABORTED` on Ctrl-C, Ctrl-D, the end of the input, and when `signal` aborts
   */
  async ask(
    question: string,
    { mask, signal }: { mask?: string; signal?: AbortSignal } = {},
  ): Promise<Typed> {
    this.#screen.prompt(question);
    const typed = new Promise<Typed>((resolve, reject) => {
      this.#reading = {
        characters: new Uint32Array(MAX_CHARACTERS),
        length: 0,
        echo: (character) => mask ?? printable(character),
        done: (result) => (result instanceof JpkiError ? reject(result) : resolve(result)),
      };
    });
    const onAbort = () => this.#finish(new JpkiError('ABORTED', undefined, { cause: signal?.reason }));
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    else this.#take(this.#ahead.splice(0));
    try {
      return await typed;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    // A key sends its sequence in one piece: an Escape alone must not swallow the key after it, which may be the PIN's.
    this.#sequence = 'none';
    const kept: number[] = [];
    for (const byte of bytes) if (!this.#isControlSequence(byte)) kept.push(byte);
    this.#take(kept);
    wipe(bytes);
  };

  readonly #onEnd = (): void => this.#finish(new JpkiError('ABORTED'));

  #take(bytes: number[]): void {
    for (const [i, byte] of bytes.entries()) {
      bytes[i] = 0;
      const endsEnter = byte === KEY.lineFeed && this.#afterEnter;
      this.#afterEnter = byte === KEY.enter;
      if (endsEnter) continue;
      if (byte === KEY.ctrlC) this.#interrupt();
      else if (this.#reading === undefined) {
        // What was pasted after an Enter answers the next question.
        if (this.#ahead.length < MAX_TYPED_AHEAD) this.#ahead.push(byte);
      } else {
        // One byte at a time: no string ever holds more than one character of a PIN.
        const character = this.#decoder.decode(Uint8Array.of(byte), { stream: true });
        if (character !== '') this.#key(character);
      }
    }
  }

  /** Arrow keys, and the brackets some terminals put around a paste: ESC [ ... final byte (ECMA-48 5.4), ESC O x. */
  #isControlSequence(byte: number): boolean {
    switch (this.#sequence) {
      case 'none':
        if (byte !== KEY.escape) return false;
        this.#sequence = 'escape';
        return true;
      case 'escape':
        this.#sequence = byte === 0x5b || byte === 0x4f ? 'control' : 'none';
        return true;
      case 'control':
        if (byte >= 0x40 && byte <= 0x7e) this.#sequence = 'none';
        return true;
    }
  }

  #key(character: string): void {
    const reading = this.#reading;
    const code = character.codePointAt(0);
    if (reading === undefined || code === undefined) return;
    switch (code) {
      case KEY.enter:
      case KEY.lineFeed:
        this.#finish(reading.characters.slice(0, reading.length));
        return;
      case KEY.ctrlD:
        if (reading.length === 0) this.#finish(new JpkiError('ABORTED'));
        return;
      case KEY.backspace:
      case KEY.delete:
        this.#erase(reading);
        return;
      case KEY.ctrlU:
        while (reading.length > 0) this.#erase(reading);
        return;
    }
    if (/\p{Cc}/u.test(character)) return;
    if (reading.length === MAX_CHARACTERS) {
      reading.characters[MAX_CHARACTERS - 1] = REPLACEMENT_CHARACTER;
      return;
    }
    reading.characters[reading.length++] = code;
    this.#screen.echo(reading.echo(character));
  }

  #erase(reading: Reading): void {
    if (reading.length === 0) return;
    reading.length--;
    const erased = String.fromCodePoint(reading.characters[reading.length] ?? 0x20);
    reading.characters[reading.length] = 0;
    this.#screen.echo('\b \b'.repeat(displayWidth(reading.echo(erased))));
  }

  #finish(result: Typed | JpkiError): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#reading = undefined;
    this.#decoder = new TextDecoder();
    reading.characters.fill(0);
    this.#screen.echo('\n');
    reading.done(result);
  }
}

/** An answer that is no secret, as text. */
export function textOf(typed: Typed): string {
  return String.fromCodePoint(...typed).trim();
}
