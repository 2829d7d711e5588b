import type { BilingualText } from '../errors.js';
import type { Context } from './context.js';

/** Nobody needs to be told of what is over before they wonder. */
const SHOWN_AFTER_MS = 1_000;

/** Says what is going on once it takes longer than a second; on a terminal only, and gone when it is done. */
export class Progress {
  readonly #context: Context;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #step: BilingualText | undefined;
  #shown = false;

  constructor(context: Context) {
    this.#context = context;
  }

  step(text: BilingualText): void {
    this.#step = text;
    if (this.#shown) this.#show();
    else this.#timer ??= setTimeout(() => this.#show(), SHOWN_AFTER_MS);
  }

  /** Before something is asked or printed. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#shown = false;
    this.#context.err.clearTransient();
  }

  #show(): void {
    this.#shown = true;
    if (this.#step) this.#context.err.transient(this.#context.say(this.#step));
  }
}
