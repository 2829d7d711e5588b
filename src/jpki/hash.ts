/** Hashes of what is signed or checked: bytes, or chunks in order, which are not kept. */
import { checkBytes, checkThat, isBytes } from '../arguments.js';
import { forWebCrypto } from '../bytes.js';
import { throwIfAborted } from '../errors.js';
import { type HashName, type HashState, hashState, takeTurn } from '../hashes.js';

export type { HashName } from '../hashes.js';

/**
 * What a caller may sign: bytes, or chunks of them in order, which are hashed without being kept.
 *
 * @category Signatures
 */
export type SignableData = Uint8Array | AsyncIterable<Uint8Array>;

/** After this many bytes others get a turn: a stream that never waits would keep the card's answers from being read. */
const TURN_BYTES = 4 * 1024 * 1024;

export const checkData = checkThat(
  (t) => t.card.dataToSign,
  (value) =>
    isBytes(value) ||
    (typeof value === 'object' &&
      value !== null &&
      Symbol.asyncIterator in value &&
      typeof value[Symbol.asyncIterator] === 'function'),
);

/**
 * Several hashes of one piece of data, which is gone through once. An error of the caller's stream goes through unchanged.
 *
 * @param signal ends it, also while it waits for a chunk that never comes
 * @throws JpkiError `INVALID_ARGUMENT` when data or a chunk is none, `ABORTED`
 */
export async function hashData<H extends HashName>(
  hashes: readonly H[],
  data: SignableData,
  signal?: AbortSignal,
): Promise<ReadonlyMap<H, Uint8Array>> {
  checkData('data', data);
  if (data instanceof Uint8Array) {
    const bytes = forWebCrypto(data);
    const digests = hashes.map(async (hash) => {
      return [hash, new Uint8Array(await crypto.subtle.digest(hash, bytes))] as const;
    });
    return new Map(await Promise.all(digests));
  }
  const hasher = new ChunkHasher(hashes);
  for await (const chunk of signal ? untilAborted(data, signal) : data) {
    checkBytes('each chunk of data', chunk);
    await hasher.update(chunk);
  }
  return hasher.digests();
}

/** Several hashes of chunks as they come. */
export class ChunkHasher<H extends HashName> {
  readonly #states: readonly (readonly [H, HashState])[];
  #sinceTurn = 0;

  constructor(hashes: readonly H[]) {
    this.#states = hashes.map((hash) => [hash, hashState(hash)]);
  }

  async update(chunk: Uint8Array): Promise<void> {
    for (const [, state] of this.#states) state.update(chunk);
    this.#sinceTurn += chunk.length;
    if (this.#sinceTurn < TURN_BYTES) return;
    this.#sinceTurn = 0;
    await takeTurn();
  }

  /** Once, at the end. */
  digests(): ReadonlyMap<H, Uint8Array> {
    return new Map(this.#states.map(([hash, state]) => [hash, new Uint8Array(state.digest())]));
  }
}

/** The chunks of a stream until the caller aborts, who need not wait for one that may never come. */
async function* untilAborted<T>(data: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  throwIfAborted(signal);
  const chunks = data[Symbol.asyncIterator]();
  let stopWaiting: () => void = () => undefined;
  const onAbort = (): void => stopWaiting();
  signal.addEventListener('abort', onAbort);
  let ended = false;
  try {
    for (;;) {
      // Also after an abort between two chunks, which nobody was waiting for.
      throwIfAborted(signal);
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        stopWaiting = () => resolve(undefined);
        chunks.next().then(resolve, reject);
      });
      throwIfAborted(signal);
      ended = next === undefined || next.done === true;
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not waited for: a generator's `return` waits behind a `next` that may never come.
    if (!ended) (async () => chunks.return?.())().catch(() => undefined);
  }
}

/** One hash, as `hashData`. */
export async function digest(hash: HashName, data: SignableData, signal?: AbortSignal): Promise<Uint8Array> {
  const [value] = (await hashData([hash], data, signal)).values();
  return value ?? new Uint8Array(0);
}
