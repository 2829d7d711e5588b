import { LONGEST_TIMER_MS } from '../../arguments.js';
import { JpkiError } from '../../errors.js';
import { onSystem, say } from '../../text/index.js';

/** After an abort what is under way gets this long to come to its end, so that nothing is left behind. */
const WIND_UP_MS = 500;

/** How long a caller is willing to wait: until a deadline, and no longer than until an abort. */
export class Patience {
  readonly #signal: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();
  #over = false;
  #stopListening = () => {};

  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#end);
    // A longer wait is as good as for ever.
    if (timeoutMs > LONGEST_TIMER_MS) return;
    this.#timer = setTimeout(() => {
      this.#over = true;
      this.#end();
    }, timeoutMs);
  }

  /** Patience for a part of the waiting: it ends with this one, and no later than in `ms` milliseconds. */
  atMost(ms: number): Patience {
    const part = new Patience(ms, this.#signal);
    part.#stopListening = this.onEnd(() => {
      part.#over ||= this.#over;
      part.#end();
    });
    return part;
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

  /** Has the listener called when the deadline passes and when the caller aborts; what it gives ends that. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves after `ms` milliseconds, sooner when there is no more patience. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        stopListening();
        resolve();
      };
      const timer = setTimeout(wake, ms);
      const stopListening = this.onEnd(wake);
    });
  }

  /**
   * What the PC/SC service answers. A call of it cannot be interrupted, so that one which is not answered is left behind:
   * soon after an abort, and when the deadline has passed, but not before the call has had `leastMs` milliseconds.
   *
   * @param late why the call is left behind after `leastMs`, however much patience is left
   * @throws JpkiError `ABORTED`, `SERVICE_UNAVAILABLE`, and what `answer` rejects with
   */
  async within<T>(answer: Promise<T>, leastMs: number, late?: () => JpkiError): Promise<T> {
    const begun = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopListening = () => {};
    const leftBehind = new Promise<never>((_resolve, reject) => {
      const leave = () => reject(this.abortedError ?? (late ?? noAnswer)());
      const look = () => {
        clearTimeout(timer);
        if (this.abortedError) timer = setTimeout(leave, WIND_UP_MS);
        else if (this.#over || late)
          timer = setTimeout(leave, Math.max(0, begun + leastMs - performance.now()));
      };
      stopListening = this.onEnd(look);
      look();
    });
    try {
      return await Promise.race([answer, leftBehind]);
    } finally {
      clearTimeout(timer);
      stopListening();
    }
  }

  dispose(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#end);
  }

  readonly #end = () => {
    for (const listener of this.#listeners) listener();
  };
}

function noAnswer(): JpkiError {
  return new JpkiError(
    'SERVICE_UNAVAILABLE',
    say((t) => t.reader.noAnswer),
    { remedy: say((t) => onSystem(t.reader.restartService)) },
  );
}

/** Calls that were left behind without an answer. koffi makes each on one of the four threads that Node.js has for all. */
const unanswered = new Set<Promise<unknown>>();
const MOST_UNANSWERED = 2;

/**
 * Readers whose opening was left behind while it waits for the end of another program's transaction; asked again each would
 * wait on one more thread. They do not count as calls without an answer: the service is well.
 */
export const inTransaction = new Set<string>();
export const MOST_IN_TRANSACTION = 2;

/** Whether a thread of this process still waits for PC/SC, which the end of the process would wait for too. */
export function threadWaits(): boolean {
  return unanswered.size > 0 || inTransaction.size > 0;
}

/** Nobody waits for this any more. */
export function leaveBehind(call: Promise<unknown>): void {
  const answered = () => unanswered.delete(call);
  unanswered.add(call);
  call.then(answered, answered);
}

/** Settles when so few calls are without an answer that another one may be made. */
export async function mayCall(): Promise<void> {
  while (unanswered.size >= MOST_UNANSWERED) await Promise.race(unanswered).catch(() => {});
}
