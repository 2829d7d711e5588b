/** Waiting for a card, then opening it. */
import { type ChecksOf, checkBoolean, checkSignal, checkThat, checkTimeout, oneOf } from '../../arguments.js';
import { JpkiError, type JpkiErrorCode } from '../../errors.js';
import { createTrace } from '../../trace.js';
import type { CardConnection } from '../connection.js';
import type { BindingName, PcscBinding, SeenReader } from './binding.js';
import { openCard } from './connection.js';
import { checkBinding } from './load.js';
import { ReaderLookout } from './lookout.js';
import { Patience } from './patience.js';
import { cardOf, heldExclusively } from './state.js';

const trace = createTrace('jpki:pcsc');

/** Which card to wait for, how long, and how to open it. A value of another type or range is `INVALID_ARGUMENT`. */
export interface ConnectOptions {
  /**
   * Which reader. Text is a reader's name, or a part of it when no reader is called exactly so; a pattern is searched
   * for in the name. Among several the first with a card is taken. Default: any reader.
   */
  readonly reader?: string | RegExp;
  /** `exclusive`, the default: nobody else reaches the card while the connection lives; or `shared`. */
  readonly share?: 'exclusive' | 'shared';
  /** How long to wait for a reader and a card, in milliseconds, 0 or more. Default 30000; `Infinity` waits for ever. */
  readonly timeoutMs?: number;
  /** An AbortSignal that ends the waiting with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal;
  /**
   * Take the power from the card when the process ends before the connection does, once a PIN was sent or a key was found
   * open: on `process.exit`, an uncaught exception, a signal that ends the program (which still ends it), or when nothing
   * is left to do. Default `true`. With `false` a program that ends without `close` leaves the key to the next program.
   * A worker thread must say `false`: one that is terminated runs nothing more, so it cannot keep that promise.
   */
  readonly unpowerOnExit?: boolean;
  /** Which package reaches the PC/SC service, as for `listReaders`. */
  readonly binding?: BindingName;
}

export const CONNECT_CHECKS: ChecksOf<ConnectOptions> = {
  reader: checkThat(
    { en: 'a string or a RegExp', ja: '文字列または RegExp' },
    (value) => typeof value === 'string' || value instanceof RegExp,
  ),
  share: oneOf('exclusive', 'shared'),
  timeoutMs: checkTimeout,
  signal: checkSignal,
  unpowerOnExit: checkBoolean,
  binding: checkBinding,
};

const DEFAULT_TIMEOUT_MS = 30_000;

/** A card that was seen but could not be opened for one of these may still come to rest on the reader. */
const MAY_PASS: ReadonlySet<JpkiErrorCode> = new Set([
  'NO_CARD',
  'CARD_REMOVED',
  'CARD_RESET',
  'CARD_MUTE',
  'NO_READER',
  'SERVICE_UNAVAILABLE',
]);
const NEXT_ATTEMPT_MS = 250;

interface FoundCard {
  readonly reader: string;
  readonly atr: Uint8Array;
}

/** What `connectCard` does, on the PC/SC given. */
export async function connectWith(
  binding: PcscBinding,
  options: ConnectOptions = {},
): Promise<CardConnection> {
  const { share = 'exclusive', timeoutMs = DEFAULT_TIMEOUT_MS, signal, unpowerOnExit = true } = options;
  const patience = new Patience(timeoutMs, signal);
  try {
    for (let attempt = 0; ; attempt++) {
      const { reader, atr } = await findCard(binding, options.reader, patience, attempt > 0);
      try {
        return await unlessAborted(await openCard(binding, reader, atr, share, unpowerOnExit), patience);
      } catch (error) {
        if (!(error instanceof JpkiError && MAY_PASS.has(error.code))) throw error;
        trace('%s: %s, waiting on', reader, error.code);
        await patience.sleep(NEXT_ATTEMPT_MS);
        patience.throwIfAborted();
        if (patience.over) throw error;
      }
    }
  } finally {
    patience.dispose();
  }
}

/** @throws JpkiError `UNSUPPORTED` a promise that a worker thread cannot keep: `terminate` runs nothing in it */
export function checkThread(isMainThread: boolean, unpowerOnExit = true): void {
  if (isMainThread || !unpowerOnExit) return;
  throw new JpkiError(
    'UNSUPPORTED',
    {
      en: 'A worker thread that is terminated cannot take the power from its card.',
      ja: '強制終了されたワーカースレッドは、カードの電源を切ることができません。',
    },
    {
      remedy: {
        en: 'Open the card on the main thread; or with unpowerOnExit: false, and never terminate the worker before it has closed the card.',
        ja: 'カードはメインスレッドで開いてください。または unpowerOnExit: false を指定し、カードを閉じるまでワーカーを強制終了しないでください。',
      },
    },
  );
}

/** PC/SC cannot be interrupted while it connects: after an abort in that time the card is given back. */
async function unlessAborted(connection: CardConnection, patience: Patience): Promise<CardConnection> {
  const error = patience.abortedError;
  if (!error) return connection;
  await connection.disconnect('leave');
  throw error;
}

/** The first card that can be opened; gives up when the time is over, but never before it has looked once. */
async function findCard(
  binding: PcscBinding,
  wanted: string | RegExp | undefined,
  patience: Patience,
  again: boolean,
): Promise<FoundCard> {
  patience.throwIfAborted();
  let look = () => {};
  const lookout = new ReaderLookout(binding, () => look());
  const found = new Promise<FoundCard>((resolve, reject) => {
    look = () => {
      if (patience.abortedError) return reject(patience.abortedError);
      // Readers report in any order: without all of them "the first with a card" would be chance.
      if (!lookout.settled) return;
      const card = firstUsable(matching(lookout.readers, wanted));
      if (card) resolve(card);
      else if (patience.over) reject(reasonForNoCard(binding, lookout, wanted));
    };
    patience.onEnd = look;
    lookout.start({ patient: again }).catch(reject);
  });
  // A reader can be connected only once nobody watches it.
  return found.finally(() => lookout.close());
}

function matching(
  readers: ReadonlyMap<string, SeenReader>,
  wanted: string | RegExp | undefined,
): [name: string, SeenReader][] {
  if (typeof wanted === 'string') {
    const exact = readers.get(wanted);
    if (exact) return [[wanted, exact]];
  }
  return [...readers].filter(([name]) => isWanted(name, wanted));
}

function isWanted(name: string, wanted: string | RegExp | undefined): boolean {
  if (wanted === undefined) return true;
  // `search` starts at the beginning whatever a caller's /g pattern remembers.
  return typeof wanted === 'string' ? name.includes(wanted) : name.search(wanted) >= 0;
}

/** A card nobody holds exclusively, else any: then opening it says who is in the way. */
function firstUsable(readers: readonly [name: string, SeenReader][]): FoundCard | undefined {
  const answering = readers.filter(([, { state }]) => ['present', 'in-use'].includes(cardOf(state)));
  const chosen = answering.find(([, { state }]) => !heldExclusively(state)) ?? answering[0];
  return chosen && { reader: chosen[0], atr: chosen[1].atr ?? new Uint8Array() };
}

function reasonForNoCard(
  binding: PcscBinding,
  lookout: ReaderLookout,
  wanted: string | RegExp | undefined,
): JpkiError {
  const { failure } = lookout;
  const meansNoReader = failure?.code === 'SERVICE_UNAVAILABLE' && binding.serviceStopsWithoutReaders;
  if (failure && !meansNoReader) return failure;
  const readers = matching(lookout.readers, wanted);
  if (readers.length === 0) return noReader([...lookout.readers.keys()], wanted, failure);
  return new JpkiError(readers.some(([, { state }]) => cardOf(state) === 'mute') ? 'CARD_MUTE' : 'NO_CARD');
}

function noReader(names: readonly string[], wanted: string | RegExp | undefined, cause: unknown): JpkiError {
  if (wanted === undefined || names.length === 0) return new JpkiError('NO_READER', undefined, { cause });
  const list = names.join(', ');
  return new JpkiError('NO_READER', {
    en: `No card reader is called ${wanted}. There is: ${list}.`,
    ja: `${wanted} という名前のカードリーダーがありません。接続中のリーダー: ${list}`,
  });
}
