/** Watches the readers for as long as somebody wants, also across restarts of the PC/SC service. */
import type { JpkiError } from '../../errors.js';
import { createTrace } from '../../trace.js';
import type { PcscBinding, ReaderChange, ReaderWatch, SeenReader } from './binding.js';
import { cardOf, swapped } from './state.js';

const trace = createTrace('jpki:pcsc');

/** Waits between attempts to reach a service that went away, in milliseconds; the last one repeats. */
const RETRY_DELAYS_MS = [100, 200, 400, 800] as const;
const LONGEST_RETRY_DELAY_MS = 1_000;

/** What happened at a reader; `reader` is its name. */
export type ReaderEvent =
  | { readonly type: 'reader-added'; readonly reader: string }
  | { readonly type: 'reader-removed'; readonly reader: string }
  | {
      readonly type: 'card-inserted';
      readonly reader: string;
      /** Answer to reset; absent when the card does not answer. */
      readonly atr?: Uint8Array;
    }
  | { readonly type: 'card-removed'; readonly reader: string };

export class ReaderLookout {
  readonly #binding: PcscBinding;
  readonly #notify: (event: ReaderEvent | undefined) => void;
  #watch: ReaderWatch | undefined;
  /** An attempt to watch that is under way. */
  #starting: Promise<unknown> = Promise.resolve();
  #failure: JpkiError | undefined;
  #retries = 0;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #closings: Promise<void> = Promise.resolve();
  #closed = false;

  /** `notify` is called after every change, with the event where the change is one. */
  constructor(binding: PcscBinding, notify: (event: ReaderEvent | undefined) => void) {
    this.#binding = binding;
    this.#notify = notify;
  }

  get readers(): ReadonlyMap<string, SeenReader> {
    return this.#watch?.readers ?? new Map();
  }

  /** Why nothing can be seen at the moment. */
  get failure(): JpkiError | undefined {
    return this.#failure;
  }

  /** Whether `readers` and `failure` show how things are: false only until the service has told everything. */
  get settled(): boolean {
    return this.#failure !== undefined || this.#watch?.settled === true;
  }

  /**
   * Begins to watch.
   *
   * @param patient wait for a service that is not running, instead of throwing
   * @throws JpkiError `SERVICE_UNAVAILABLE` the service is not running, except where it stops without readers
   */
  async start({ patient = false }: { patient?: boolean } = {}): Promise<void> {
    const failure = await this.#open();
    if (failure === undefined || this.#closed) return;
    const expected = failure.code === 'SERVICE_UNAVAILABLE' && this.#binding.serviceStopsWithoutReaders;
    if (!patient && !expected) throw failure;
    this.#retryLater(failure);
    this.#notify(undefined);
  }

  /** Ends everything this lookout started. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    await this.#starting;
    this.#dropWatch();
    await this.#closings;
  }

  /** Gives the reason when the service cannot be watched. */
  #open(): Promise<JpkiError | undefined> {
    const opening = this.#binding
      .watch({
        changed: (change) => this.#changed(change),
        failed: (error) => this.#failed(error),
      })
      .then(
        (watch) => {
          this.#watch = watch;
          this.#failure = undefined;
          return undefined;
        },
        (error: JpkiError) => error,
      );
    this.#starting = opening;
    return opening;
  }

  #changed(change: ReaderChange): void {
    if (this.#closed) return;
    if (change.type === 'listed') this.#retries = 0;
    const events = eventsOf(change);
    if (events.length === 0) this.#notify(undefined);
    for (const event of events) this.#notify(event);
  }

  #failed(error: JpkiError): void {
    if (this.#closed) return;
    const lost = [...this.readers];
    this.#dropWatch();
    this.#retryLater(error);
    for (const [name, reader] of lost) {
      for (const event of eventsOf({ type: 'removed', name, reader })) this.#notify(event);
    }
    this.#notify(undefined);
  }

  #retryLater(failure: JpkiError): void {
    this.#failure = failure;
    const delay = RETRY_DELAYS_MS[this.#retries] ?? LONGEST_RETRY_DELAY_MS;
    this.#retries += 1;
    trace('%s; next look in %d ms', failure.message, delay);
    this.#retryTimer = setTimeout(async () => {
      const again = await this.#open();
      if (again && !this.#closed) this.#retryLater(again);
    }, delay);
  }

  #dropWatch(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch) this.#closings = Promise.all([this.#closings, watch.close()]).then(() => {});
  }
}

function eventsOf(change: ReaderChange): ReaderEvent[] {
  if (change.type === 'listed') return [];
  const { name: reader } = change;
  const { state, atr } = change.reader;
  const isThere = cardOf(state) !== 'empty';
  const inserted: ReaderEvent = { type: 'card-inserted', reader, ...(atr && { atr }) };
  const removed: ReaderEvent = { type: 'card-removed', reader };
  switch (change.type) {
    case 'added':
      return [{ type: 'reader-added', reader }];
    case 'removed':
      return [...(isThere ? [removed] : []), { type: 'reader-removed', reader }];
    case 'status': {
      const wasThere = cardOf(change.before) !== 'empty';
      if (!wasThere) return isThere ? [inserted] : [];
      if (!isThere) return [removed];
      return swapped(change.before, state) ? [removed, inserted] : [];
    }
  }
}
