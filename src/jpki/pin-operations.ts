/** Operations with a PIN: each reads the counter before it sends one, and wipes what it sent. */
import { type ChecksOf, checkBoolean, checkSignal } from '../arguments.js';
import { equalBytes, wipe } from '../bytes.js';
import { ERROR_TEXTS, JpkiError, type KeyRole, retold, throwIfAborted } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import type { CommandApdu, OperationOptions, ResponseApdu, Send, StatusWord } from '../iso7816/index.js';
import { say, sayOf } from '../text/index.js';
import { changeReferenceData, verify } from './commands.js';
import { byShortId, CURRENT_FILE, PIN_FILE } from './files.js';
import { checkNewPin, encodePin, type PinInput } from './pin.js';
import { published, readCounter, triesOf } from './pin-counter.js';
import { type CardSession, isCheckingError, refusesShortId, statusError, trace } from './session.js';

/**
 * What an operation with a PIN may do. Every default is the careful one, and only `true` lifts it: a value of another
 * type is `INVALID_ARGUMENT`.
 */
export interface VerifyOptions extends OperationOptions {
  /**
   * Send the PIN although one try is left, or although the card does not say how many are. Default `false`: the last
   * try is never spent unasked.
   */
  readonly allowLastTry?: boolean | undefined;
  /**
   * Send the PIN on a connection that others share. Default `false`: whoever else is connected could use the key
   * without the PIN.
   */
  readonly allowShared?: boolean | undefined;
}

export const VERIFY_CHECKS: ChecksOf<VerifyOptions> = {
  allowLastTry: checkBoolean,
  allowShared: checkBoolean,
  signal: checkSignal,
};

/** Verifies a PIN: counter, then VERIFY. */
export async function verifyPin(
  session: CardSession,
  role: KeyRole,
  pin: PinInput,
  options: VerifyOptions,
): Promise<void> {
  const bytes = encodePin(role, pin);
  try {
    checkExclusive(session, options);
    await session.run((send) => present(session, send, role, bytes, options), options);
  } finally {
    wipe(bytes);
  }
}

/** Verifies the current PIN, then replaces it: counter, VERIFY, CHANGE REFERENCE DATA. */
export async function changePin(
  session: CardSession,
  role: KeyRole,
  current: PinInput,
  next: PinInput,
  options: VerifyOptions,
): Promise<void> {
  const from = encodePin(role, current, 'current');
  let to: Uint8Array | undefined;
  try {
    const bytes = encodePin(role, next, 'next');
    to = bytes;
    checkNewPin(role, bytes);
    if (equalBytes(from, bytes))
      throw new JpkiError(
        'PIN_FORMAT',
        say((t) => t.pin.samePin),
        { role, argument: 'next' },
      );
    checkExclusive(session, options);
    await session.run(async (send) => {
      const p2 = await present(session, send, role, from, options);
      throwIfAborted(options.signal);
      await replace(session, send, role, p2, bytes);
    }, options);
  } finally {
    wipe(from);
    if (to !== undefined) wipe(to);
  }
}

/** Counter, the rules of the last try, VERIFY. Gives the P2 that names the PIN. */
async function present(
  session: CardSession,
  send: Send,
  role: KeyRole,
  pin: Uint8Array,
  options: VerifyOptions,
): Promise<number> {
  const wasVerified = session.hasVerified(role);
  const { counter, p2, statusWord: answer } = await readCounter(session, send, role, true);
  if (counter.locked) throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0 });
  // 9000 hides the number of a PIN that is verified; where this session verified it, the counter is full.
  const triesBefore = counter.triesLeft ?? (answer.isDone && wasVerified ? counter.maxTries : undefined);
  if (options.allowLastTry !== true && (triesBefore === 1 || triesBefore === undefined)) {
    const message = triesBefore === undefined ? say((t) => t.pin.counterUnknown) : undefined;
    throw new JpkiError('PIN_LAST_TRY', message, { role, triesLeft: counter.triesLeft });
  }
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
