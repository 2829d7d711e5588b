/** Waiting for a card, then opening it. */
import {
  type ChecksOf,
  checkBoolean,
  checkFunction,
  checkSignal,
  checkThat,
  checkTimeout,
  oneOf,
} from '../../arguments.js';
import { JpkiError, type JpkiErrorCode, retold } from '../../errors.js';
import { say } from '../../text/index.js';
import { createTrace } from '../../trace.js';
import type { CardConnection } from '../connection.js';
import {
  type BindingName,
  cardOf,
  heldExclusively,
  type PcscBinding,
  type SeenReader,
  swapped,
} from './binding.js';
import { openCard } from './connection.js';
import { checkBinding } from './load.js';
import { inTransaction, leaveBehind, MOST_IN_TRANSACTION, Patience } from './patience.js';
import { lookAtReaders, type ReaderLookout } from './readers.js';

const trace = createTrace('jpki:pcsc');

/**
 * Which card to wait for, how long, and how to open it. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Readers and connections
 */
export interface ConnectOptions {
  /**
   * Which reader. Text is a reader's name, or a part of it when no reader is called exactly so; a pattern is searched
   * for in the name. Among several the first with a card is taken. Default: any reader.
   */
  readonly reader?: string | RegExp | undefined;
  /** `exclusive`, the default: nobody else reaches the card while the connection lives; or `shared`. */
  readonly share?: 'exclusive' | 'shared' | undefined;
  /** How long to wait for a reader and a card, in milliseconds, 0 or more. Default 30000; `Infinity` waits for ever. */
  readonly timeoutMs?: number | undefined;
  /** An AbortSignal that ends the waiting with `ABORTED`. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Take the power from the card when the process ends before the connection does, once a PIN was sent or a key was found
   * open: on `process.exit`, an uncaught exception, a signal that ends the program (which still ends it), or when nothing
   * is left to do. Default `true`. With `false` a program that ends without `close` leaves the key to the next program.
   * A worker thread must say `false`: one that is terminated runs nothing more, so it cannot keep that promise.
   */
  readonly unpowerOnExit?: boolean | undefined;
  /**
   * A card that another program uses: `wait`, the default, tries again until `timeoutMs` is over, since programs that look
   * at every new card hold it for a second or two; `fail` is `SHARING_VIOLATION` at once.
   */
  readonly busy?: 'wait' | 'fail' | undefined;
  /** Which package reaches the PC/SC service, as for `listReaders`. */
  readonly binding?: BindingName | undefined;
  /**
   * Called when it has to wait, and when it goes on to wait for something else: for a program that tells a person what to
   * do meanwhile. What it throws ends the waiting. Default: none.
   */
  readonly onWaiting?: ((reason: WaitingReason) => void) | undefined;
}

/**
 * What the opening of a card waits for: a reader; the PC/SC service, which stopped; a card on the reader; another program
 * to be done with the card; a card that does not answer to be put on the reader again.
 *
 * @category Readers and connections
 */
export type WaitingReason = 'no-reader' | 'no-service' | 'no-card' | 'in-use' | 'mute';

/** A card that came and went, or that another program reset, is waited for as one that is not there or is in use. */
const WAITING_REASONS: Readonly<Partial<Record<JpkiErrorCode, WaitingReason>>> = {
  NO_READER: 'no-reader',
  SERVICE_UNAVAILABLE: 'no-service',
  NO_CARD: 'no-card',
  CARD_REMOVED: 'no-card',
  SHARING_VIOLATION: 'in-use',
  CARD_RESET: 'in-use',
  CARD_MUTE: 'mute',
};

export const CONNECT_CHECKS: ChecksOf<ConnectOptions> = {
  reader: checkThat(
    (t) => t.reader.name,
    (value) => typeof value === 'string' || value instanceof RegExp,
  ),
  share: oneOf('exclusive', 'shared'),
  timeoutMs: checkTimeout,
  signal: checkSignal,
  unpowerOnExit: checkBoolean,
  busy: oneOf('wait', 'fail'),
  binding: checkBinding,
  onWaiting: checkFunction,
};

const DEFAULT_TIMEOUT_MS = 30_000;
/** An opening that is not answered in this time, in milliseconds, is given up when the patience is over too. */
const OPENING_MS = 10_000;
/** The same for a card in use, whose opening waits until the transaction of another program ends (pcscd, Windows). */
const OPENING_IN_USE_MS = 1_000;

/** A card that was seen but could not be opened for one of these may still come to rest on the reader. */
const MAY_PASS: ReadonlySet<JpkiErrorCode> = new Set([
  'NO_CARD',
  'CARD_REMOVED',
  'CARD_RESET',
  'CARD_MUTE',
  'NO_READER',
  'SERVICE_UNAVAILABLE',
]);
/** Nothing shows that a card has come to rest, or that a transaction has ended: it is tried again after this. */
const NEXT_ATTEMPT_MS = 250;
/** The end of an exclusive use is shown; a service that does not show it is asked after this. */
const KEPT_MS = 1_000;
/** A card that gave one of these is not asked again: it is of another kind, or its reader still waits for its answer. */
const FINAL: ReadonlySet<JpkiErrorCode> = new Set(['NOT_JPKI', 'TIMEOUT']);

interface FoundCard {
  readonly reader: string;
  readonly atr: Uint8Array;
  readonly state: number | undefined;
}

/** A card that is not the one wanted, or could not be opened, and why. */
interface Refusal {
  readonly card: FoundCard;
  readonly error: JpkiError;
}

/**
 * Opens a card and hands it to `use`; where that fails, goes on to the card in the next reader. A card that somebody uses
 * is tried after one that nobody does, and again until the time is over: programs that look at every new card hold it for
 * a second or two [esteid.js issue 3, yubikey-manager issue 16].
 *
 * @param use lets go of the connection when it throws; `NOT_JPKI` is a card of another kind, which is not asked again
 */
export async function connectWith<T>(
  binding: PcscBinding,
  options: ConnectOptions,
  use: (connection: CardConnection) => Promise<T>,
): Promise<T> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, signal, busy = 'wait', onWaiting } = options;
  const patience = new Patience(timeoutMs, signal);
  let told: WaitingReason | undefined;
  const waits = ({ code }: JpkiError) => {
    const reason = WAITING_REASONS[code];
    // With no time to wait nobody waits, however late the timer of that is.
    if (timeoutMs === 0 || reason === undefined || reason === told) return;
    told = reason;
    onWaiting?.(reason);
  };
  let refusals: Refusal[] = [];
  try {
    for (let attempt = 0; ; attempt++) {
      let seen = statesOf(new Map());
      const cards = await lookAtReaders(
        binding,
        patience,
        (lookout) => {
          seen = statesOf(lookout.readers);
          return usableCards(binding, lookout, options.reader, patience, waits);
        },
        attempt > 0,
      );
      const before = refusals;
      // A card that bounced and is not back yet is still waited for, whatever lies on the other readers.
      refusals = before.filter(
        ({ card, error }) => MAY_PASS.has(error.code) && !cards.some(({ reader }) => reader === card.reader),
      );
      for (const card of cards) {
        const known = before.find((refusal) => FINAL.has(refusal.error.code) && isSame(refusal.card, card));
        if (known) {
          refusals.push(known);
          continue;
        }
        try {
          return await use(await open(binding, card, options, patience));
        } catch (error) {
          if (!(error instanceof JpkiError)) throw error;
          patience.throwIfAborted();
          trace('%s: %s', card.reader, error.code);
          refusals.push({ card, error });
        }
      }
      const held = refusals.some(({ error }) => error.code === 'SHARING_VIOLATION');
      const mayPass = held ? busy === 'wait' : refusals.some(({ error }) => MAY_PASS.has(error.code));
      const reason = reasonOf(refusals);
      if (mayPass) {
        waits(reason);
        await worthAnotherAttempt(binding, patience, refusals, seen);
      }
      if (!mayPass || patience.over) throw reason;
    }
  } finally {
    patience.dispose();
  }
}

type States = ReadonlyMap<string, number | undefined>;

function statesOf(readers: ReadonlyMap<string, SeenReader>): States {
  return new Map([...readers].map(([name, { state }]) => [name, state]));
}

/** A card that somebody keeps to himself is shown to be free again, as every other change is; the rest is tried after a while. */
async function worthAnotherAttempt(
  binding: PcscBinding,
  patience: Patience,
  refusals: readonly Refusal[],
  seen: States,
): Promise<void> {
  const passing = refusals.filter(({ error }) => !FINAL.has(error.code));
  const isKept = ({ card, error }: Refusal) =>
    error.code === 'SHARING_VIOLATION' && heldExclusively(card.state);
  if (!binding.watchEndsAtOnce || !passing.every(isKept)) return patience.sleep(NEXT_ATTEMPT_MS);
  const whileKept = patience.atMost(KEPT_MS);
  try {
    await lookAtReaders(
      binding,
      whileKept,
      ({ readers, failure }) =>
        failure !== undefined ||
        whileKept.over ||
        readers.size !== seen.size ||
        [...readers].some(([name, { state }]) => state !== seen.get(name)) ||
        undefined,
    );
  } finally {
    whileKept.dispose();
  }
}

function isSame(before: FoundCard, now: FoundCard): boolean {
  return before.reader === now.reader && !swapped(before.state, now.state);
}

/**
 * What to say when no card would do: that one is in use, or could not be asked, as it may be the one; that none is, with
 * the readers looked at, only where each has said so.
 */
function reasonOf(refusals: readonly Refusal[]): JpkiError {
  const held = refusals.find(({ error }) => error.code === 'SHARING_VIOLATION');
  if (held) {
    const { reader } = held.card;
    return new JpkiError(
      'SHARING_VIOLATION',
      say((t) => t.reader.inUse(reader)),
      { cause: held.error },
    );
  }
  const { card, error } = refusals.find(({ error }) => error.code !== 'NOT_JPKI') ?? (refusals[0] as Refusal);
  if (error.code !== 'NOT_JPKI') {
    if (refusals.length === 1) return error;
    return retold(error, (t, message) => t.reader.ofReader(card.reader, message));
  }
  const list = refusals.map(({ card }) => card.reader).join(', ');
  return retold(error, (t, message) => t.reader.lookedAt(message, list));
}

/** @throws JpkiError of the code the PC/SC service answered with, `ABORTED`, `SERVICE_UNAVAILABLE` */
async function open(
  binding: PcscBinding,
  { reader, atr, state }: FoundCard,
  { share = 'exclusive', unpowerOnExit = true }: ConnectOptions,
  patience: Patience,
): Promise<CardConnection> {
  const isHeld = () => new JpkiError('SHARING_VIOLATION');
  const inUse = cardOf(state) === 'in-use';
  if (inUse && (inTransaction.has(reader) || inTransaction.size >= MOST_IN_TRANSACTION)) throw isHeld();
  const opening = openCard(binding, reader, atr, share, unpowerOnExit);
  try {
    const connection = await (inUse
      ? patience.within(opening, OPENING_IN_USE_MS, isHeld)
      : patience.within(opening, OPENING_MS));
    // PC/SC cannot be interrupted while it connects.
    patience.throwIfAborted();
    return connection;
  } catch (error) {
    const givenBack = opening.then((connection) => connection.disconnect('leave')).catch(() => {});
    if (inUse) {
      inTransaction.add(reader);
      void givenBack.then(() => inTransaction.delete(reader));
    } else leaveBehind(givenBack);
    if (patience.abortedError) await patience.within(givenBack, 0).catch(() => {});
    throw error;
  }
}

/** @throws JpkiError `UNSUPPORTED` a promise that a worker thread cannot keep: `terminate` runs nothing in it */
export function checkThread(isMainThread: boolean, unpowerOnExit = true): void {
  if (isMainThread || !unpowerOnExit) return;
  throw new JpkiError(
    'UNSUPPORTED',
    say((t) => t.reader.worker),
    { remedy: say((t) => t.reader.mainThread) },
  );
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

/**
 * The cards that may be opened: first those nobody uses, last those that somebody keeps to himself, where opening one says
 * that he does. `undefined` while there is none and time is left.
 */
function usableCards(
  binding: PcscBinding,
  lookout: ReaderLookout,
  wanted: string | RegExp | undefined,
  patience: Patience,
  waits: (reason: JpkiError) => void,
): FoundCard[] | undefined {
  const cards = matching(lookout.readers, wanted)
    .filter(([, { state }]) => ['present', 'in-use'].includes(cardOf(state)))
    .map(([reader, { state, atr }]): FoundCard => ({ reader, state, atr: atr ?? new Uint8Array() }))
    .sort((a, b) => rank(a) - rank(b));
  if (cards.length > 0) return cards;
  const reason = reasonForNoCard(binding, lookout, wanted);
  if (patience.over) throw reason;
  waits(reason);
  return undefined;
}

function rank({ state }: FoundCard): number {
  if (cardOf(state) === 'present') return 0;
  return heldExclusively(state) ? 2 : 1;
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
  return new JpkiError(
    'NO_READER',
    say((t) => t.reader.noneCalled(String(wanted), list)),
  );
}
