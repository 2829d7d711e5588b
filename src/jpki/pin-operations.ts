/** Operations with a PIN: each reads the counter before it sends one, and wipes what it sent. */
import { equalBytes, wipe } from '../bytes.js';
import {
  type BilingualText,
  ERROR_TEXTS,
  JpkiError,
  type PinArgument,
  type PinRole,
  retold,
  throwIfAborted,
} from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import { type CommandApdu, type ResponseApdu, type Send, StatusWord, SW } from '../iso7816/index.js';
import { say, sayOf } from '../text/index.js';
import { changeKey, changeReferenceData, verify } from './commands.js';
import { byShortId, CURRENT_FILE, type PinPlace } from './files.js';
import { checkNewPin, encodePin, type PinInput } from './pin.js';
import { type CounterAnswer, type PinCounter, published, readCounter, triesOf } from './pin-counter.js';
import { type PinCallback, type VerifyOptions, wipePins } from './pin-options.js';
import { type CardSession, isCheckingError, refusesShortId, statusError, trace } from './session.js';

/** Counters read before the PIN was asked for. */
interface Reading {
  readonly answers: ReadonlyMap<PinPlace, CounterAnswer>;
  /** The one to show: of two references of one PIN that with fewer tries. */
  readonly counter: PinCounter;
  /** Commands sent by then: after another one the counter may be another. */
  readonly exchanges: number;
  /** By `performance.now`. */
  readonly readAt: number;
  /** Whether the last try may be spent, where that many are left. */
  readonly lastTryAllowed: boolean;
}

/** The references of one PIN: one, but for the resident registry PIN. */
export type PinPlaces = readonly [PinPlace, ...PinPlace[]];

/** Verifies a PIN: counter, then VERIFY, of each of its references until one does not take it. */
export async function verifyPin(
  session: CardSession,
  places: PinPlaces,
  pin: PinInput | PinCallback,
  options: VerifyOptions,
): Promise<void> {
  await withEncoded(session, places, { pin }, options, async ({ pin: bytes }, reading) => {
    checkExclusive(session, options);
    await session.run(
      places[0].application,
      (send) => presentToAll(session, send, places, bytes, options, reading),
      { signal: options.signal },
    );
  });
}

/**
 * Verifies the current PIN, then replaces it: counter, VERIFY, CHANGE. Where the PIN has two references both have taken the
 * current one before either is changed.
 */
export async function changePin(
  session: CardSession,
  places: PinPlaces,
  current: PinInput | PinCallback,
  next: PinInput | PinCallback,
  options: VerifyOptions,
): Promise<void> {
  const [{ role, application }] = places;
  await withEncoded(session, places, { current, next }, options, async (bytes, reading) => {
    checkNewPin(role, bytes.next);
    if (equalBytes(bytes.current, bytes.next))
      throw new JpkiError(
        'PIN_FORMAT',
        say((t) => t.pin.samePin),
        { role, argument: 'next', remedy: say((t) => t.pin.samePinRemedy) },
      );
    checkExclusive(session, options);
    using abort = new AbortUntil(options.signal);
    await session.run(
      application,
      async (send) => {
        const named = await presentToAll(session, send, places, bytes.current, options, reading);
        throwIfAborted(options.signal);
        // From here on one of two references may have the new PIN: whoever aborts now gets both, and no half.
        if (places.length > 1) abort.ends();
        const changed: PinPlace[] = [];
        // The one that was presented last is still selected.
        for (const [place, p2] of [...named].reverse()) {
          try {
            await session.enter(send, place.application);
            await replace(session, send, place, p2, bytes);
          } catch (error) {
            throw changed[0] === undefined
              ? inPlace(places, place, error)
              : partial(changed[0], place, error);
          }
          changed.push(place);
        }
      },
      { signal: abort.signal },
    );
  });
}

/** A signal that aborts with another one until it is told to heed it no more. */
class AbortUntil implements Disposable {
  readonly #controller = new AbortController();
  readonly #onAbort = () => this.#controller.abort(this.given?.reason);

  constructor(private readonly given: AbortSignal | undefined) {
    if (given?.aborted) this.#onAbort();
    given?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  ends(): void {
    this.given?.removeEventListener('abort', this.#onAbort);
  }

  [Symbol.dispose](): void {
    this.ends();
  }
}

/** Presents a PIN to each of its references; gives the P2 that names it in each. */
async function presentToAll(
  session: CardSession,
  send: Send,
  places: PinPlaces,
  pin: Uint8Array,
  options: VerifyOptions,
  reading: Reading | undefined,
): Promise<Map<PinPlace, number>> {
  const named = new Map<PinPlace, number>();
  for (const place of places) {
    try {
      await session.enter(send, place.application);
      named.set(place, await present(session, send, place, pin, options, reading));
    } catch (error) {
      throw inPlace(places, place, error);
    }
  }
  return named;
}

/** Of a PIN with two references an error tells which of them it is about. */
function inPlace(places: PinPlaces, { application, role }: PinPlace, error: unknown): unknown {
  if (places.length === 1 || !(error instanceof JpkiError) || application === 'jpki') return error;
  // Whoever aborts before a PIN is sent is told of no place, and of no PIN that may have cost a try.
  if (error.code === 'ABORTED' && error.role === undefined) return error;
  return retold(error, (t, message) => t.pin.inApplication(t.card.applications[application], message), {
    role,
  });
}

/** The error for a PIN that was changed in one of two places, and in the other was not, or may have been. */
function partial(changed: PinPlace, { application, role }: PinPlace, error: unknown): unknown {
  if (!(error instanceof JpkiError) || application === 'jpki' || changed.application === 'jpki') return error;
  const [done, other] = [changed.application, application];
  const isUncertain = error.code === 'PIN_CHANGE_UNCERTAIN';
  const own = { en: error.inLanguage('en').message, ja: error.inLanguage('ja').message };
  return new JpkiError(
    'PIN_CHANGE_PARTIAL',
    sayOf(own, ({ pin, card: { applications } }, message) =>
      pin[isUncertain ? 'partialUncertain' : 'partial'](applications[done], applications[other], message),
    ),
    {
      ...{ role, triesLeft: error.triesLeft, statusWord: error.statusWord, cause: error },
      changed: done === 'common' ? 'common' : 'registry',
      remedy: say(({ pin }) =>
        isUncertain
          ? pin.partialUncertainRemedy(other, pin.registryUncertain(other))
          : pin.partialRemedy(other),
      ),
    },
  );
}

/**
 * Encodes the PINs of an operation, and wipes what it made in the end. Those that are to be asked for come after the
 * counter, while nothing holds the card's line: who is asked may use the applet, or take his time.
 */
async function withEncoded<Name extends PinArgument>(
  session: CardSession,
  places: PinPlaces,
  pins: Readonly<Record<Name, PinInput | PinCallback>>,
  options: VerifyOptions,
  operation: (encoded: Record<Name, Uint8Array>, reading: Reading | undefined) => Promise<void>,
): Promise<void> {
  const [{ role }] = places;
  const encoded: Partial<Record<Name, Uint8Array>> = {};
  const entries = Object.entries(pins) as [Name, PinInput | PinCallback][];
  let reading: Reading | undefined;
  try {
    for (const [name, pin] of entries)
      if (typeof pin !== 'function') encoded[name] = encodePin(role, pin, name);
    const asks = entries.some(([, pin]) => typeof pin === 'function');
    if (asks || options.confirmLastTry !== undefined) {
      checkExclusive(session, options);
      reading = await readBeforehand(session, places, options);
    }
    for (const [name, pin] of entries) {
      if (typeof pin !== 'function' || reading === undefined) continue;
      const { counter } = reading;
      const entered = await unlessAborted(async () => pin(counter), options.signal);
      try {
        encoded[name] = encodePin(role, entered, name);
      } finally {
        wipePins([entered]);
      }
    }
    throwIfAborted(options.signal);
    await operation(encoded as Record<Name, Uint8Array>, reading);
  } finally {
    for (const bytes of Object.values<Uint8Array | undefined>(encoded)) if (bytes) wipe(bytes);
  }
}

/** The answer of whoever is asked, which nobody waits for who aborts: a PIN that comes later is wiped. */
function unlessAborted<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const answer = ask();
  if (signal === undefined) return answer;
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      reject(new JpkiError('ABORTED', undefined, { cause: signal.reason }));
      answer.then((late) => wipePins([late])).catch(() => undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  });
}

/** The counter, for a PIN that is yet to be asked for: not at all where it may not be sent. */
async function readBeforehand(
  session: CardSession,
  places: PinPlaces,
  options: VerifyOptions,
): Promise<Reading> {
  const answers = new Map<PinPlace, CounterAnswer>();
  // Last the one that is presented first: it is still selected then.
  const [first, ...others] = [...places].reverse() as [PinPlace, ...PinPlace[]];
  const { exchanges, readAt } = await session.run(
    first.application,
    async (send) => {
      for (const place of [first, ...others]) {
        try {
          await session.enter(send, place.application);
          answers.set(place, await readCounter(session, send, place, true));
        } catch (error) {
          throw inPlace(places, place, error);
        }
      }
      return { exchanges: session.channel.exchanges, readAt: performance.now() };
    },
    { signal: options.signal },
  );
  const [place, answer] = [...answers].reduce((worst, one) => (fewerTries(one[1], worst[1]) ? one : worst));
  const { allowLastTry = false, confirmLastTry } = options;
  const asks = !allowLastTry && confirmLastTry !== undefined && mayBeLast(answer);
  const lastTryAllowed = asks
    ? (await unlessAborted(async () => confirmLastTry(answer.counter), options.signal)) === true
    : allowLastTry;
  try {
    checkTries(answer, lastTryAllowed);
  } catch (error) {
    throw inPlace(places, place, error);
  }
  return { answers, counter: answer.counter, exchanges, readAt, lastTryAllowed };
}

/** A number that is not told may be the last one. */
function fewerTries(one: CounterAnswer, than: CounterAnswer): boolean {
  const triesOf = ({ counter, triesBefore }: CounterAnswer) => (counter.locked ? 0 : (triesBefore ?? 1));
  return triesOf(one) < triesOf(than);
}

function mayBeLast({ triesBefore }: CounterAnswer): boolean {
  return triesBefore === 1 || triesBefore === undefined;
}

/** @throws JpkiError `PIN_LOCKED`, `PIN_LAST_TRY` */
function checkTries(answer: CounterAnswer, lastTryAllowed: boolean): void {
  const { role, locked, triesLeft } = answer.counter;
  if (locked) throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0, remedy: unlocking(role) });
  if (lastTryAllowed || !mayBeLast(answer)) return;
  const message = answer.triesBefore === undefined ? say((t) => t.pin.counterUnknown) : undefined;
  throw new JpkiError('PIN_LAST_TRY', message, { role, triesLeft });
}

/** What to do about a PIN that is locked: a kiosk resets none but those of the two keys. */
function unlocking(role: PinRole): BilingualText | undefined {
  switch (role) {
    case 'auth':
    case 'sign':
      return undefined;
    case 'input-support':
    case 'registry':
      return say((t) => t.pin.unlockedAtCounter);
    default:
      return say((t) => t.pin.checkNumberLocked);
  }
}

/**
 * How long a counter that was read beforehand stands in for one. A person takes longer to enter a PIN, and may take the card
 * away meanwhile: that has to show before a PIN is sent which may then have cost a try.
 */
const FRESH_MS = 1_000;

function isFresh({ exclusive, channel }: CardSession, { exchanges, readAt }: Reading): boolean {
  return exclusive && exchanges === channel.exchanges && performance.now() - readAt < FRESH_MS;
}

/** Counter, unless it was read just before and nothing was sent since; the rules of the last try; VERIFY. Gives the P2 that names the PIN. */
async function present(
  session: CardSession,
  send: Send,
  place: PinPlace,
  pin: Uint8Array,
  options: VerifyOptions,
  reading: Reading | undefined,
): Promise<number> {
  const { role } = place;
  const readBefore = reading?.answers.get(place);
  const answer =
    readBefore && reading && isFresh(session, reading)
      ? readBefore
      : await readCounter(session, send, place, true);
  const { p2, triesBefore, counter } = answer;
  // What was allowed for a number of tries is allowed for that number.
  const wasAllowed = reading?.lastTryAllowed === true && readBefore?.triesBefore === triesBefore;
  checkTries(answer, options.allowLastTry === true || wasAllowed);
  throwIfAborted(options.signal);

  session.pinGoesOut(place);
  const { statusWord } = await sendPin(send, verify(p2, pin), (error) =>
    retold(error, (t, message) => t.pin.mayBeSpent(message), { role }),
  );
  trace('verify %s: %s', role, statusWord);
  if (statusWord.isDone) {
    session.pinWasRight(place);
    return p2;
  }
  if (isCheckingError(statusWord) && !statusWord.saysLocked)
    throw statusError(statusWord, (t) => t.pin.verifying, role);
  // A wrong PIN leaves fewer tries than there were, and locks only where there was no more than one.
  const tries = triesOf(statusWord);
  const { triesLeft } = published(tries ?? { kind: 'hidden' });
  const isBelievable = statusWord.saysLocked
    ? triesBefore === undefined || triesBefore === 1
    : triesLeft !== undefined && triesLeft < (triesBefore ?? counter.maxTries ?? Number.POSITIVE_INFINITY);
  if (triesLeft === undefined || !isBelievable) throw verifyUncertain(role, statusWord);
  session.pinWasWrong(place, triesLeft);
  if (statusWord.saysLocked)
    throw new JpkiError('PIN_LOCKED', undefined, {
      ...{ role, triesLeft: 0, statusWord: statusWord.value },
      remedy: unlocking(role),
    });
  throw pinIncorrect(role, triesLeft, statusWord);
}

async function replace(
  session: CardSession,
  send: Send,
  place: PinPlace,
  p2: number,
  pins: { readonly current: Uint8Array; readonly next: Uint8Array },
): Promise<void> {
  const { role, application, file } = place;
  const change = (command: CommandApdu): Promise<ResponseApdu> =>
    sendPin(
      send,
      command,
      (cause) =>
        new JpkiError('PIN_CHANGE_UNCERTAIN', undefined, { role, cause, remedy: afterChange(place) }),
    );
  let statusWord: StatusWord;
  if (isChangedByKey(place)) {
    // The one form that is known names the current file.
    const changeCurrent = async () => {
      const isThere = await session.findFile(send, file);
      return isThere ? (await change(changeKey(pins.next))).statusWord : new StatusWord(SW.FILE_NOT_FOUND);
    };
    statusWord = await changeCurrent();
    // The SELECT of the other application may have ended what this PIN had opened; the PIN was right a moment ago.
    if (statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) {
      await session.selectAgain(send);
      await present(session, send, place, pins.current, { allowLastTry: false }, undefined);
      statusWord = await changeCurrent();
    }
  } else {
    ({ statusWord } = await change(changeReferenceData(p2, pins.next)));
    // Only the current file is documented for CHANGE; the short identifier names the PIN beyond doubt, so it goes first.
    // Not on a shared connection, where another program may select the other PIN's file in between.
    if (session.exclusive && p2 === byShortId(file) && refusesShortId(statusWord)) {
      if (await session.findFile(send, file))
        ({ statusWord } = await change(changeReferenceData(CURRENT_FILE, pins.next)));
    }
  }
  trace('change %s in %s: %s', role, application, statusWord);
  if (statusWord.isDone) return;
  const details = { role, statusWord: statusWord.value };
  const word = `${statusWord}`;
  if (isCheckingError(statusWord))
    throw new JpkiError(
      'STATUS_WORD',
      sayOf(statusWord.meaning, (t, meaning) => t.pin.changeRefused(word, meaning)),
      details,
    );
  throw new JpkiError(
    'PIN_CHANGE_UNCERTAIN',
    sayOf(statusWord.meaning, (t, meaning) => t.pin.changeUncertain(word, meaning)),
    { ...details, remedy: afterChange(place) },
  );
}

/** The two references of the resident registry PIN are changed with JICSAP's CHANGE KEY [myna-card]. */
function isChangedByKey({ role }: PinPlace): boolean {
  return role === 'registry';
}

/** How to find out which PIN holds after a change whose outcome is not known; `undefined`: as the code's own remedy says. */
function afterChange({ application }: PinPlace): BilingualText | undefined {
  if (application !== 'registry' && application !== 'common') return undefined;
  return say((t) => t.pin.registryUncertain(application));
}

/** Sends a command that holds a PIN and wipes the command's copy of it. */
async function sendPin(
  send: Send,
  command: CommandApdu,
  broken: (error: JpkiError) => JpkiError,
): Promise<ResponseApdu> {
  try {
    return await send(command);
  } catch (error) {
    throw error instanceof JpkiError && wasSent(error) ? broken(error) : error;
  } finally {
    command.wipe();
  }
}

function checkExclusive(session: CardSession, options: VerifyOptions): void {
  if (session.exclusive || options.allowShared === true) return;
  throw new JpkiError(
    'SHARING_VIOLATION',
    say((t) => t.pin.shared),
    { remedy: say((t) => t.pin.connectExclusively) },
  );
}

function pinIncorrect(role: PinRole, triesLeft: number, statusWord: StatusWord): JpkiError {
  const isLocked = triesLeft === 0;
  return new JpkiError(
    'PIN_INCORRECT',
    say(({ pin }) => (isLocked ? pin.incorrectAndLocked : pin.incorrect(triesLeft))),
    {
      ...{ role, triesLeft, statusWord: statusWord.value },
      remedy: isLocked ? (unlocking(role) ?? ERROR_TEXTS.PIN_LOCKED.remedy) : undefined,
    },
  );
}

/** The answer to a VERIFY that this PIN, or a PIN with the counter just read, cannot give [JICSAP 5.2.2, ACR122U]. */
function verifyUncertain(role: PinRole, statusWord: StatusWord): JpkiError {
  return new JpkiError(
    'MALFORMED_RESPONSE',
    sayOf(statusWord.meaning, (t, meaning) => t.pin.uncertain(`${statusWord}`, meaning)),
    { role, statusWord: statusWord.value, remedy: say((t) => t.pin.readTheCounter) },
  );
}
