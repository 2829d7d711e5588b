/** Looking at the readers: once, or for as long as somebody cares. */
import { JpkiError } from '../../errors.js';
import { createTrace } from '../../trace.js';
import {
  cardOf,
  type PcscBinding,
  type ReaderChange,
  type ReaderState,
  type ReaderWatch,
  type SeenReader,
  swapped,
} from './binding.js';
import { leaveBehind, mayCall, Patience } from './patience.js';

const trace = createTrace('jpki:pcsc');

/** Waits between attempts to reach a service that went away, in milliseconds; the last one repeats. */
const RETRY_DELAYS_MS = [100, 200, 400, 800] as const;
const LONGEST_RETRY_DELAY_MS = 1_000;

/**
 * What happened at a reader; `reader` is its name.
 *
 * @category Readers and connections
 */
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

/** Watches the readers for as long as somebody wants, also across restarts of the PC/SC service. */
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

/**
 * A reader at the moment it was looked at.
 *
 * @category Readers and connections
 */
export interface ReaderInfo {
  readonly name: string;
  readonly state: ReaderState;
  /** Answer to reset of the card in it, 2 to 33 bytes; absent without a card and when it is mute. */
  readonly atr?: Uint8Array;
}

/** A look that the service has not answered in this time, in milliseconds, is given up when the patience is over too. */
const LOOK_MS = 5_000;
/** How long the end of a watch may take beyond that. */
const CLOSE_MS = 1_000;
/** pcscd looks after a card every 0.4 s; after this a card that was taken away has been missed. */
const REMOVAL_MS = 1_000;

/**
 * Watches the readers until `pick` gives something or throws. It is asked when all readers have told their state, after
 * every change, and when the deadline passes.
 *
 * @param patient wait for a service that is not running, instead of throwing
 * @throws JpkiError `ABORTED`, `SERVICE_UNAVAILABLE` and what `pick` throws
 */
export async function lookAtReaders<T>(
  binding: PcscBinding,
  patience: Patience,
  pick: (lookout: ReaderLookout) => T | undefined,
  patient = false,
): Promise<T> {
  patience.throwIfAborted();
  await patience.within(mayCall(), LOOK_MS);
  let look = () => {};
  const lookout = new ReaderLookout(binding, () => look());
  const picked = new Promise<T>((resolve, reject) => {
    look = () => {
      if (patience.abortedError) return reject(patience.abortedError);
      // Readers report in any order: without all of them "the first with a card" would be chance.
      if (!lookout.settled) return;
      try {
        const found = pick(lookout);
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error);
      }
    };
    lookout.start({ patient }).catch(reject);
  });
  const stopListening = patience.onEnd(() => look());
  try {
    return await patience.within(picked, LOOK_MS);
  } finally {
    stopListening();
    // A reader can be connected only once nobody watches it.
    await closed(lookout, patience);
  }
}

async function closed(lookout: ReaderLookout, patience: Patience): Promise<void> {
  const closing = lookout.close();
  try {
    await patience.within(closing, CLOSE_MS);
  } catch (error) {
    leaveBehind(closing);
    throw error;
  }
}

/** What `listReaders` does, on the PC/SC given. */
export async function listWith(binding: PcscBinding): Promise<ReaderInfo[]> {
  const patience = new Patience(0);
  try {
    return await lookAtReaders(binding, patience, ({ failure, readers }) => {
      if (failure) throw failure;
      return [...readers].map(([name, { state, atr }]) => ({
        name,
        state: cardOf(state),
        ...(atr && { atr }),
      }));
    });
  } catch (error) {
    const meansNoReader = error instanceof JpkiError && error.code === 'SERVICE_UNAVAILABLE';
    if (meansNoReader && binding.serviceStopsWithoutReaders) return [];
    throw error;
  } finally {
    patience.dispose();
  }
}

/** Why an exchange broke off, where the card or its reader is gone; the service may take a moment to notice. */
export async function goneFrom(
  binding: PcscBinding,
  reader: string,
): Promise<'CARD_REMOVED' | 'NO_READER' | undefined> {
  const patience = new Patience(REMOVAL_MS);
  let first: number | undefined;
  try {
    return await lookAtReaders(binding, patience, ({ failure, readers }) => {
      if (failure) throw failure;
      const seen = readers.get(reader);
      if (seen === undefined) return 'NO_READER';
      first ??= seen.state;
      if (cardOf(seen.state) === 'empty' || swapped(first, seen.state)) return 'CARD_REMOVED';
      if (patience.over) throw new JpkiError('TRANSPORT');
      return undefined;
    });
  } catch {
    // It is there, or nobody can tell.
    return undefined;
  } finally {
    patience.dispose();
  }
}

/** What `watchReaders` does, on the PC/SC that `load` gives. */
export function watchWith(
  load: () => Promise<PcscBinding>,
  signal?: AbortSignal,
): AsyncIterable<ReaderEvent> {
  return {
    [Symbol.asyncIterator]() {
      const left = new AbortController();
      const events = eventsUntil(load, signal ? [signal, left.signal] : [left.signal]);
      return {
        next: () => events.next(),
        // A generator's own `return` would wait behind a `next` that waits for an event.
        return() {
          left.abort();
          return events.return();
        },
      };
    },
  };
}

async function* eventsUntil(
  load: () => Promise<PcscBinding>,
  ends: readonly AbortSignal[],
): AsyncGenerator<ReaderEvent, void, void> {
  if (ends.some(({ aborted }) => aborted)) return;
  // Not AbortSignal.any of them, which takes only signals of Node's own.
  const end = new AbortController();
  const onEnd = () => end.abort();
  for (const signal of ends) signal.addEventListener('abort', onEnd);
  const patience = new Patience(Number.POSITIVE_INFINITY, end.signal);
  const waiting: ReaderEvent[] = [];
  let wake = () => {};
  patience.onEnd(() => wake());
  let lookout: ReaderLookout | undefined;
  try {
    const binding = await load();
    await patience.within(mayCall(), LOOK_MS);
    lookout = new ReaderLookout(binding, (event) => {
      if (event === undefined) return;
      waiting.push(event);
      wake();
    });
    await patience.within(lookout.start(), LOOK_MS);
    while (!end.signal.aborted) {
      const event = waiting.shift();
      if (event) yield event;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } catch (error) {
    // An abort ends the iteration without an error.
    if (!end.signal.aborted) throw error;
  } finally {
    for (const signal of ends) signal.removeEventListener('abort', onEnd);
    if (lookout) await closed(lookout, patience).catch(() => {});
    patience.dispose();
  }
}
