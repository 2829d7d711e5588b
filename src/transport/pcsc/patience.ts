import { JpkiError } from '../../errors.js';

/** setTimeout takes 31 bits; a longer wait, 24 days and more, is as good as for ever. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** How long a caller is willing to wait: until a deadline, and no longer than until an abort. */
export class Patience {
  /** Called when the deadline passes and when the caller aborts. */
  onEnd: () => void = () => {};
  readonly #signal: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#end);
    if (timeoutMs > LONGEST_TIMER_MS) return;
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#end();
    }, timeoutMs);
  }

  /** Whether the deadline has passed. */
  get over(): boolean {
    return this.#over;
  }

  /** @throws JpkiError `ABORTED` */
  throwIfAborted(): void {
    const error = this.abortedError;
    if (error) throw error;
  }

  get abortedError(): JpkiError | undefined {
    return this.#signal?.aborted
      ? new JpkiError('ABORTED', undefined, { cause: this.#signal.reason })
      : undefined;
  }

  /** Resolves after `ms` milliseconds, sooner when there is no more patience. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.onEnd = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#end);
  }

  readonly #end = () => this.onEnd();
}
