/**
 * How a run ends before its work is done: nothing more is sent to the card, an answer under way is waited for, and the
 * card is let go of. Whoever insists, or a card that stays silent, ends the waiting too.
 */
import type { CardConnection, Disposition } from '../index.js';
import { JpkiError } from './failure.js';
import type { Entry } from './text/index.js';

/** npm and shells pass one Ctrl-C on a second time, within milliseconds: only a later one is the user's second. */
const SECOND_AFTER_MS = 1_000;
/** What else may hang (a pipe that nobody writes to, a reader that is being opened) is left behind after this. */
const LEAVE_AFTER_MS = 5_000;
const LOOK_EVERY_MS = 500;
/** The error that the work itself ends with says more, so it gets this long to come first. */
const OWN_ERROR_MS = 500;
/** Longer than any reader takes to cut the power. */
const DISCONNECT_MS = 5_000;

export class Ending {
  /** Tells the user something at once; the run knows how. */
  tell: (what: Entry) => void = () => undefined;
  /** Takes a signal for a program that this one runs, which then decides about the end of both. */
  handOver: ((signal: NodeJS.Signals) => void) | undefined;
  readonly card: CardInHand;
  /** Rejects once nothing is waited for any more. */
  readonly left: Promise<never>;
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  #leave: (error: JpkiError) => void = () => undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  #since = 0;
  #idleSince = 0;
  #told = false;
  /** The exception that nothing in the command caught. */
  bug: { readonly error: unknown } | undefined;

  constructor() {
    this.card = new CardInHand(this.#stop.signal, this.#over.signal);
    this.left = new Promise((_resolve, reject) => {
      this.#leave = reject;
    });
    // It may come when nobody looks any more.
    this.left.catch(() => undefined);
  }

  /** Aborted as soon as the run is to end. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Somebody wants the run to end. Asked a second time, it no longer waits for the card. */
  ask(): void {
    const now = performance.now();
    if (!this.#stop.signal.aborted) this.#begin(now);
    // Before it was said that the card works, nobody can have meant not to wait for it.
    else if (now - this.#since >= SECOND_AFTER_MS && (this.#told || !this.card.isBusy)) this.#giveUp();
    this.#look();
  }

  /** Something threw where nothing catches: the run ends as if asked to. */
  fail(error: unknown): void {
    if (this.bug !== undefined) return;
    this.bug = { error };
    if (!this.#stop.signal.aborted) this.ask();
  }

  /** The run is over, so nothing is left to hurry. */
  finish(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #begin(now: number): void {
    this.#since = now;
    this.#idleSince = now;
    this.#timers.push(setInterval(() => this.#look(), LOOK_EVERY_MS));
    this.#stop.abort();
  }

  #look(): void {
    const now = performance.now();
    if (!this.card.isBusy) {
      if (now - this.#idleSince >= LEAVE_AFTER_MS) this.#giveUp();
      return;
    }
    this.#idleSince = now;
    if (this.#told) return;
    this.#told = true;
    this.#since = now;
    this.tell(({ card }) => card.stillWorking);
  }

  #giveUp(): void {
    if (this.#over.signal.aborted) return;
    this.finish();
    this.#over.abort();
    this.#timers.push(setTimeout(() => void this.#goodbye(), OWN_ERROR_MS));
  }

  async #goodbye(): Promise<void> {
    await this.card.letGo('unpower').catch(() => undefined);
    this.#leave(new JpkiError('ABORTED'));
  }
}

/** The card from when it is opened until it is let go of. */
export class CardInHand {
  readonly #stop: AbortSignal;
  readonly #over: AbortSignal;
  #connection: CardConnection | undefined;
  #unanswered = 0;

  constructor(stop: AbortSignal, over: AbortSignal) {
    this.#stop = stop;
    this.#over = over;
  }

  /** Whether the card is, as far as is known, still powered for this command. */
  get isHeld(): boolean {
    return this.#connection !== undefined;
  }

  /** Whether PC/SC or the card is at work. A thread of the process waits for it then, and cannot be told to stop. */
  get isBusy(): boolean {
    return this.#unanswered > 0;
  }

  /** The connection to work with: it sends nothing once the run is to end. */
  hold(connection: CardConnection): CardConnection {
    this.#connection = connection;
    const stop = this.#stop;
    return {
      readerName: connection.readerName,
      atr: connection.atr,
      exclusive: connection.exclusive,
      transmit: async (command) => {
        if (stop.aborted) throw new JpkiError('ABORTED', undefined, { cause: stop.reason });
        return this.#answered(connection.transmit(command));
      },
      disconnect: (disposition) => this.letGo(disposition),
    };
  }

  /** Ends the connection, but does not wait for ever: a command that is never answered keeps PC/SC from ending it. */
  async letGo(disposition?: Disposition): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#over.aborted && this.isBusy) throw new JpkiError('ABORTED');
    const ended = connection.disconnect(disposition).then(() => {
      // The next card may be in hand by then.
      if (this.#connection === connection) this.#connection = undefined;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new JpkiError('TIMEOUT')), DISCONNECT_MS);
    });
    await Promise.race([this.#answered(ended), late]).finally(() => clearTimeout(timer));
  }

  /** What PC/SC answers; `ABORTED` when the waiting ends first. */
  #answered<T>(work: Promise<T>): Promise<T> {
    this.#unanswered++;
    return new Promise((resolve, reject) => {
      const leave = () => reject(new JpkiError('ABORTED'));
      this.#over.addEventListener('abort', leave);
      const done = () => {
        this.#unanswered--;
        this.#over.removeEventListener('abort', leave);
      };
      work.finally(done).then(resolve, reject);
    });
  }
}
