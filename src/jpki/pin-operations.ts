/** Operations with a PIN: each reads the counter before it sends one, and wipes what it sent. */
import { equalBytes, wipe } from '../bytes.js';
import { ERROR_TEXTS, JpkiError, type KeyRole, type PinArgument, retold, throwIfAborted } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import type { CommandApdu, ResponseApdu, Send, StatusWord } from '../iso7816/index.js';
import { say, sayOf } from '../text/index.js';
import { changeReferenceData, verify } from './commands.js';
import { byShortId, CURRENT_FILE, PIN_FILE } from './files.js';
import { checkNewPin, encodePin, type PinInput } from './pin.js';
import { type CounterAnswer, published, readCounter, triesOf } from './pin-counter.js';
import { type PinCallback, type VerifyOptions, wipePins } from './pin-options.js';
import { type CardSession, isCheckingError, refusesShortId, statusError, trace } from './session.js';

/** A counter read before the PIN was asked for. */
interface Reading extends CounterAnswer {
  /** Commands sent by then: after another one the counter may be another. */
  readonly exchanges: number;
  /** By `performance.now`. */
  readonly readAt: number;
  /** Whether the last try may be spent, where that many are left. */
  readonly lastTryAllowed: boolean;
}

/** Verifies a PIN: counter, then VERIFY. */
export async function verifyPin(
  session: CardSession,
  role: KeyRole,
  pin: PinInput | PinCallback,
  options: VerifyOptions,
): Promise<void> {
  await withEncoded(session, role, { pin }, options, async ({ pin: bytes }, reading) => {
    checkExclusive(session, options);
    await session.run((send) => present(session, send, role, bytes, options, reading), options);
  });
}

/** Verifies the current PIN, then replaces it: counter, VERIFY, CHANGE REFERENCE DATA. */
export async function changePin(
  session: CardSession,
  role: KeyRole,
  current: PinInput | PinCallback,
  next: PinInput | PinCallback,
  options: VerifyOptions,
): Promise<void> {
  await withEncoded(session, role, { current, next }, options, async (bytes, reading) => {
    checkNewPin(role, bytes.next);
    if (equalBytes(bytes.current, bytes.next))
      throw new JpkiError(
        'PIN_FORMAT',
        say((t) => t.pin.samePin),
        { role, argument: 'next' },
      );
    checkExclusive(session, options);
    await session.run(async (send) => {
      const p2 = await present(session, send, role, bytes.current, options, reading);
      throwIfAborted(options.signal);
      await replace(session, send, role, p2, bytes.next);
    }, options);
  });
}

/**
 * Encodes the PINs of an operation, and wipes what it made in the end. Those that are to be asked for come after the
 * counter, while nothing holds the card's line: who is asked may use the applet, or take his time.
 */
async function withEncoded<Name extends PinArgument>(
  session: CardSession,
  role: KeyRole,
  pins: Readonly<Record<Name, PinInput | PinCallback>>,
  options: VerifyOptions,
  operation: (encoded: Record<Name, Uint8Array>, reading: Reading | undefined) => Promise<void>,
): Promise<void> {
  const encoded: Partial<Record<Name, Uint8Array>> = {};
  const entries = Object.entries(pins) as [Name, PinInput | PinCallback][];
  let reading: Reading | undefined;
  try {
    for (const [name, pin] of entries)
      if (typeof pin !== 'function') encoded[name] = encodePin(role, pin, name);
    const asks = entries.some(([, pin]) => typeof pin === 'function');
    if (asks || options.confirmLastTry !== undefined) {
      checkExclusive(session, options);
      reading = await readBeforehand(session, role, options);
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
async function readBeforehand(session: CardSession, role: KeyRole, options: VerifyOptions): Promise<Reading> {
  const answer = await session.run(async (send) => {
    const read = await readCounter(session, send, role, true);
    return { ...read, exchanges: session.channel.exchanges, readAt: performance.now() };
  }, options);
  const { allowLastTry = false, confirmLastTry } = options;
  const asks = !allowLastTry && confirmLastTry !== undefined && mayBeLast(answer);
  const lastTryAllowed = asks
    ? (await unlessAborted(async () => confirmLastTry(answer.counter), options.signal)) === true
    : allowLastTry;
  checkTries(answer, lastTryAllowed);
  return { ...answer, lastTryAllowed };
}

function mayBeLast({ triesBefore }: CounterAnswer): boolean {
  return triesBefore === 1 || triesBefore === undefined;
}

/** @throws JpkiError `PIN_LOCKED`, `PIN_LAST_TRY` */
function checkTries(answer: CounterAnswer, lastTryAllowed: boolean): void {
  const { role, locked, triesLeft } = answer.counter;
  if (locked) throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0 });
  if (lastTryAllowed || !mayBeLast(answer)) return;
  const message = answer.triesBefore === undefined ? say((t) => t.pin.counterUnknown) : undefined;
  throw new JpkiError('PIN_LAST_TRY', message, { role, triesLeft });
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
  role: KeyRole,
  pin: Uint8Array,
  options: VerifyOptions,
  reading: Reading | undefined,
): Promise<number> {
  const answer =
    reading && isFresh(session, reading) ? reading : await readCounter(session, send, role, true);
  const { p2, triesBefore, counter } = answer;
  // What was allowed for a number of tries is allowed for that number.
  const wasAllowed = reading?.lastTryAllowed === true && reading.triesBefore === triesBefore;
  checkTries(answer, options.allowLastTry === true || wasAllowed);
  throwIfAborted(options.signal);

  session.pinGoesOut(role);
  const { statusWord } = await sendPin(send, verify(p2, pin), (error) =>
    retold(error, (t, message) => t.pin.mayBeSpent(message), { role }),
  );
  trace('verify %s: %s', role, statusWord);
  if (statusWord.isDone) {
    session.pinWasRight(role);
    return p2;
  }
  if (isCheckingError(statusWord) && !statusWord.saysLocked)
    throw statusError(statusWord, (t) => t.pin.verifying, role);
  // A wrong PIN leaves fewer tries than there were, and locks only where there was no more than one.
  const tries = triesOf(statusWord);
  const { triesLeft } = published(tries ?? { kind: 'hidden' });
  const isBelievable = statusWord.saysLocked
    ? triesBefore === undefined || triesBefore === 1
    : triesLeft !== undefined && triesLeft < (triesBefore ?? counter.maxTries);
  if (triesLeft === undefined || !isBelievable) throw verifyUncertain(role, statusWord);
  session.pinWasWrong(role, triesLeft);
  if (statusWord.saysLocked)
    throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0, statusWord: statusWord.value });
  throw pinIncorrect(role, triesLeft, statusWord);
}

async function replace(
  session: CardSession,
  send: Send,
  role: KeyRole,
  p2: number,
  pin: Uint8Array,
): Promise<void> {
  const change = (by: number): Promise<ResponseApdu> =>
    sendPin(
      send,
      changeReferenceData(by, pin),
      (cause) => new JpkiError('PIN_CHANGE_UNCERTAIN', undefined, { role, cause }),
    );
  let { statusWord } = await change(p2);
  // Only the current file is documented for CHANGE; the short identifier names the PIN beyond doubt, so it goes first.
  // Not on a shared connection, where another program may select the other PIN's file in between.
  if (session.exclusive && p2 === byShortId(PIN_FILE[role]) && refusesShortId(statusWord)) {
    if (await session.findFile(send, PIN_FILE[role])) ({ statusWord } = await change(CURRENT_FILE));
  }
  trace('change %s: %s', role, statusWord);
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
    details,
  );
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

function pinIncorrect(role: KeyRole, triesLeft: number, statusWord: StatusWord): JpkiError {
  const isLocked = triesLeft === 0;
  return new JpkiError(
    'PIN_INCORRECT',
    say(({ pin }) => (isLocked ? pin.incorrectAndLocked : pin.incorrect(triesLeft))),
    {
      ...{ role, triesLeft, statusWord: statusWord.value },
      remedy: isLocked ? ERROR_TEXTS.PIN_LOCKED.remedy : undefined,
    },
  );
}

/** The answer to a VERIFY that this PIN, or a PIN with the counter just read, cannot give [JICSAP 5.2.2, ACR122U]. */
function verifyUncertain(role: KeyRole, statusWord: StatusWord): JpkiError {
  return new JpkiError(
    'MALFORMED_RESPONSE',
    sayOf(statusWord.meaning, (t, meaning) => t.pin.uncertain(`${statusWord}`, meaning)),
    { role, statusWord: statusWord.value, remedy: say((t) => t.pin.readTheCounter) },
  );
}
