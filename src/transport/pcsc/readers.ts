/** Looking at the readers: once, or for as long as somebody cares. */
import type { JpkiError } from '../../errors.js';
import type { PcscBinding } from './binding.js';
import { type ReaderEvent, ReaderLookout } from './lookout.js';
import { cardOf, type ReaderState } from './state.js';

/** A reader at the moment it was looked at. */
export interface ReaderInfo {
  readonly name: string;
  readonly state: ReaderState;
  /** Answer to reset of the card in it, 2 to 33 bytes; absent without a card and when it is mute. */
  readonly atr?: Uint8Array;
}

/** What `listReaders` does, on the PC/SC given. */
export async function listWith(binding: PcscBinding): Promise<ReaderInfo[]> {
  let look = () => {};
  const lookout = new ReaderLookout(binding, () => look());
  const listed = new Promise<ReaderInfo[]>((resolve, reject) => {
    look = () => {
      if (!lookout.settled) return;
      if (lookout.failure) reject(lookout.failure);
      else
        resolve(
          [...lookout.readers].map(([name, { state, atr }]) => ({
            name,
            state: cardOf(state),
            ...(atr && { atr }),
          })),
        );
    };
    lookout.start().catch(reject);
  });
  return listed
    .catch((error: JpkiError) => {
      if (error.code === 'SERVICE_UNAVAILABLE' && binding.serviceStopsWithoutReaders) return [];
      throw error;
    })
    .finally(() => lookout.close());
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
  // Not AbortSignal.any of them, which takes only signals of Node's own.
  ends: readonly AbortSignal[],
): AsyncGenerator<ReaderEvent, void, void> {
  const over = () => ends.some(({ aborted }) => aborted);
  if (over()) return;
  const waiting: ReaderEvent[] = [];
  let wake = () => {};
  const lookout = new ReaderLookout(await load(), (event) => {
    if (event === undefined) return;
    waiting.push(event);
    wake();
  });
  const onEnd = () => wake();
  for (const end of ends) end.addEventListener('abort', onEnd);
  try {
    await lookout.start();
    while (!over()) {
      const event = waiting.shift();
      if (event) yield event;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    for (const end of ends) end.removeEventListener('abort', onEnd);
    await lookout.close();
  }
}
