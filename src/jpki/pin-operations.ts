import { type ChecksOf, checkBoolean, checkSignal } from '../arguments.js';
import { equalBytes, wipe } from '../bytes.js';
import { type BilingualText, ERROR_TEXTS, JpkiError, type KeyRole, throwIfAborted } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import {
  type OperationOptions,
  type ResponseApdu,
  type Send,
  type StatusWord,
  SW,
} from '../iso7816/index.js';
import { changeReferenceData, queryPin, queryPinWithLe, verify } from './commands.js';
import { byShortId, CURRENT_FILE, PIN_FILE } from './files.js';
import { checkNewPin, encodePin, PIN_RULES, type PinInput } from './pin.js';
import { isBroken } from './read-strategy.js';
import { type CardSession, isCheckingError, refusesShortId, statusError, trace } from './session.js';

/** A PIN's retry counter as the card reported it. */
export interface PinCounter {
  readonly role: KeyRole;
  /** Tries left; `undefined` when the card did not say. */
  readonly triesLeft: number | undefined;
  /** Tries after a correct PIN: 3 for `auth`, 5 for `sign`. */
  readonly maxTries: number;
  readonly locked: boolean;
  /** This session verified the PIN, or the card says that it is verified. */
  readonly verified: boolean;
  /**
   * The word that the card refused the question with, 0 to 65535: 6A82 or 6A88, it has no such PIN; or one that no such PIN
   * can give. Absent where it answered.
   */
  readonly statusWord?: number;
}

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

const QUERYING: BilingualText = { en: 'Reading the retry counter', ja: '残り回数の照会' };
const VERIFYING: BilingualText = { en: 'Verifying the PIN', ja: '暗証番号の照合' };

/**
 * Reads a counter with an empty VERIFY, which spends nothing; `p2` is how the PIN was named.
 *
 * @param forPin a PIN goes to the same place next, so that place must be beyond doubt
 */
export async function readCounter(
  session: CardSession,
  send: Send,
  role: KeyRole,
  forPin = false,
): Promise<{ counter: PinCounter; p2: number; statusWord: StatusWord }> {
  const select = () => session.selectJpki(send);
  const { statusWord, p2, isThere } = await sendQuery(session, send, PIN_FILE[role], {
    select,
    forPin,
    role,
  });
  // A word that refuses the SELECT of the file is no counter, even if it looks like one.
  if (!isThere) throw statusError(statusWord, QUERYING, role);
  const counter = interpret(session, role, statusWord);
  trace('counter %s: %s, tries left %o', role, statusWord, counter.triesLeft);
  return { counter, p2, statusWord };
}

/** Both counters: one that the card refuses to tell does not spoil the other. */
export async function readCounters(session: CardSession, send: Send): Promise<Record<KeyRole, PinCounter>> {
  const read = async (role: KeyRole): Promise<PinCounter> => {
    try {
      return (await readCounter(session, send, role)).counter;
    } catch (error) {
      if (!(error instanceof JpkiError) || error.statusWord === undefined) throw error;
      if (error.code !== 'STATUS_WORD' && error.code !== 'MALFORMED_RESPONSE') throw error;
      const { maxTries } = PIN_RULES[role];
      const { statusWord } = error;
      return { role, triesLeft: undefined, maxTries, locked: false, verified: false, statusWord };
    }
  };
  return { auth: await read('auth'), sign: await read('sign') };
}

/** How a counter is asked for. */
interface QueryOptions {
  /** Selects the application of the PIN, as after an exchange that failed on its way. */
  readonly select: () => Promise<unknown>;
  /** As for `readCounter`. */
  readonly forPin?: boolean;
  readonly role?: KeyRole;
}

interface QueryAnswer {
  readonly statusWord: StatusWord;
  /** How the PIN was named. */
  readonly p2: number;
  /** Whether the card has that PIN: it did not refuse the SELECT of its file, nor say that there is none. */
  readonly isThere: boolean;
}

/**
 * VERIFY without data, in the form that card and reader take: the PIN named by its short identifier or as the current
 * file, in four bytes or in five. Some carry no four bytes and answer 6700, another word, or fail the exchange; some
 * refuse the identifier. Each form is sent once, which costs no try whatever comes of it.
 */
export async function sendQuery(
  session: CardSession,
  send: Send,
  file: number,
  { select, forPin = false, role }: QueryOptions,
): Promise<QueryAnswer> {
  const { limits } = session;
  let named = session.shortIds !== false;
  let four = limits.fourByteVerify !== false;
  /** The form in which the short identifier was refused; `both` where neither was answered. */
  let refusedIn: boolean | 'both' | undefined;
  let refusal = named ? undefined : await selectIt();
  for (;;) {
    const p2 = named ? byShortId(file) : CURRENT_FILE;
    if (refusal !== undefined) return { statusWord: refusal, p2, isThere: false };
    // The identifier may make its file current: what was selected before must not be taken for it later.
    if (named) session.currentFile = undefined;
    const statusWord = await ask(p2);
    if (statusWord !== undefined && isAnswer(statusWord)) {
      if (named) session.shortIds = true;
      // The same form, with the file selected, is answered: it was the identifier that was refused.
      else if (refusedIn === four || refusedIn === 'both') session.shortIds = false;
      // A lock is told in whatever form the question came.
      if (!statusWord.saysLocked) limits.fourByteVerify = four;
      return { statusWord, p2, isThere: true };
    }
    if (statusWord !== undefined && named && mayMeanIdentifier(statusWord)) {
      named = false;
      refusedIn = four;
      refusal = await selectIt();
    } else if (statusWord !== undefined && named && !four && maySelect() && isCheckingError(statusWord)) {
      // 6700, 6B00, 6D00 or 6E00 to every form by name: it may be the name all the same.
      named = false;
      refusedIn = 'both';
      four = limits.fourByteVerify !== false;
      refusal = await selectIt();
    } else if (four) {
      four = false;
      // What became of the failed command is not known, so the application is selected again.
      if (statusWord === undefined) {
        await select();
        session.currentFile = undefined;
        if (!named) refusal = await session.refusalOf(send, file);
      }
    } else if (statusWord !== undefined) {
      const { value } = statusWord;
      return { statusWord, p2, isThere: value !== SW.FILE_NOT_FOUND && value !== SW.REFERENCE_NOT_FOUND };
    }
  }

  /** The answer; `undefined` where four bytes were not carried, and the exchange failed. */
  async function ask(p2: number): Promise<StatusWord | undefined> {
    try {
      return (await send(four ? queryPin(p2) : queryPinWithLe(p2))).statusWord;
    } catch (error) {
      if (four && error instanceof JpkiError && wasSent(error) && isBroken(error)) return undefined;
      throw error;
    }
  }

  /** Whether the word tells of the PIN. "Locked" (698x) may be what somebody says who does not know the form. */
  function isAnswer(statusWord: StatusWord): boolean {
    const isForm = (!named || session.shortIds === true) && (!four || limits.fourByteVerify === true);
    return statusWord.isDone || statusWord.sw1 === 0x63 || (statusWord.saysLocked && isForm);
  }

  function mayMeanIdentifier(statusWord: StatusWord): boolean {
    const { sw1, saysLocked } = statusWord;
    if (sw1 !== 0x69 && sw1 !== 0x6a) return false;
    // Where the file may not be selected, the other form by name comes first: it may be the four bytes that are refused.
    return maySelect() || (!four && !saysLocked);
  }

  /** The file selected last may be another program's choice by the time that the PIN arrives. */
  function maySelect(): boolean {
    return !forPin || session.channel.connection.exclusive;
  }

  /**
   * For a PIN the application first: a SELECT of the file that got lost then shows in the next answer (6986, no current
   * file), where it would else leave another file selected.
   */
  async function selectIt(): Promise<StatusWord | undefined> {
    if (!maySelect())
      throw new JpkiError('SHARING_VIOLATION', SHARED_CURRENT_FILE, { role, remedy: SHARED_REMEDY });
    if (forPin) await select();
    return session.refusalOf(send, file);
  }
}

function interpret(session: CardSession, role: KeyRole, statusWord: StatusWord): PinCounter {
  const known = session.pins[role];
  const { maxTries } = PIN_RULES[role];
  const counter = (triesLeft: number | undefined, verified: boolean): PinCounter => {
    const locked = triesLeft === 0;
    return { role, triesLeft, maxTries, locked, verified: verified && !locked };
  };
  if (statusWord.triesLeft !== undefined) {
    // More tries than this PIN ever has: the answer is another PIN's, or none of this card's.
    if (statusWord.triesLeft > maxTries) throw impossibleCounter(role, statusWord, maxTries);
    return counter(statusWord.triesLeft, known.verified);
  }
  if (statusWord.saysLocked) return counter(0, false);
  // ISO 9000 hides the number until the session ends; what the card said after a wrong PIN before still counts.
  if (statusWord.isDone) return counter(known.triesLeft, true);
  // 6300, or a word of the reader's own: 6301, 637F [nfc-pcsc issue 139, acsccid issue 30].
  if (statusWord.sw1 === 0x63) return counter(undefined, known.verified);
  throw statusError(statusWord, QUERYING, role);
}

/** Verifies a PIN: counter, then VERIFY. */
export async function verifyPin(
  session: CardSession,
  role: KeyRole,
  pin: PinInput,
  options: VerifyOptions,
): Promise<void> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = encodePin(role, pin);
    const encoded = bytes;
    checkExclusive(session, options);
    await session.run((send) => present(session, send, role, encoded, options), options);
  } finally {
    if (bytes !== undefined) wipe(bytes);
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
  let currentBytes: Uint8Array | undefined;
  let nextBytes: Uint8Array | undefined;
  try {
    currentBytes = encodePin(role, current);
    nextBytes = encodePin(role, next);
    checkNewPin(role, nextBytes);
    if (equalBytes(currentBytes, nextBytes)) throw new JpkiError('PIN_FORMAT', SAME_PIN, { role });
    checkExclusive(session, options);
    const [from, to] = [currentBytes, nextBytes];
    await session.run(async (send) => {
      const p2 = await present(session, send, role, from, options);
      throwIfAborted(options.signal);
      await replace(session, send, role, p2, to);
    }, options);
  } finally {
    for (const bytes of [currentBytes, nextBytes]) if (bytes !== undefined) wipe(bytes);
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
  const wasVerified = session.pins[role].verified;
  const { counter, p2, statusWord: answer } = await readCounter(session, send, role, true);
  if (counter.locked) throw new JpkiError('PIN_LOCKED', undefined, { role, triesLeft: 0 });
  // 9000 hides the number of a PIN that is verified; where this session verified it, the counter is full.
  const triesBefore = counter.triesLeft ?? (answer.isDone && wasVerified ? counter.maxTries : undefined);
  if (options.allowLastTry !== true && (triesBefore === 1 || triesBefore === undefined)) {
    throw new JpkiError('PIN_LAST_TRY', triesBefore === undefined ? COUNTER_UNKNOWN : undefined, {
      role,
      triesLeft: counter.triesLeft,
    });
  }
  throwIfAborted(options.signal);

  // Until the answer says otherwise nothing is known: a lost answer must not leave an old "verified" behind.
  session.pins[role] = { verified: false, triesLeft: undefined };
  const { statusWord } = await sendPin(send, verify(p2, pin), (error) => verifyBroken(error, role));
  trace('verify %s: %s', role, statusWord);
  if (statusWord.isDone) {
    session.pins[role] = { verified: true, triesLeft: undefined };
    return p2;
  }
  if (isCheckingError(statusWord) && !statusWord.saysLocked) throw statusError(statusWord, VERIFYING, role);
  // A wrong PIN leaves fewer tries than there were, and locks only where there was no more than one.
  const triesLeft = statusWord.saysLocked ? 0 : statusWord.triesLeft;
  const believable = statusWord.saysLocked
    ? triesBefore === undefined || triesBefore === 1
    : triesLeft !== undefined && triesLeft < (triesBefore ?? counter.maxTries);
  if (triesLeft === undefined || !believable) throw verifyUncertain(role, statusWord);
  session.pins[role] = { verified: false, triesLeft };
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
    sendPin(send, changeReferenceData(by, pin), (error) => changeUncertain(role, error));
  let { statusWord } = await change(p2);
  // Only the current file is documented for CHANGE; the short identifier names the PIN beyond doubt, so it goes first.
  // Not on a shared connection, where another program may select the other PIN's file in between.
  const { exclusive } = session.channel.connection;
  if (exclusive && p2 === byShortId(PIN_FILE[role]) && refusesShortId(statusWord)) {
    if (await session.selectFile(send, PIN_FILE[role])) ({ statusWord } = await change(CURRENT_FILE));
  }
  trace('change %s: %s', role, statusWord);
  if (statusWord.isDone) return;
  if (isCheckingError(statusWord)) throw changeRefused(role, statusWord);
  throw changeUncertain(role, undefined, statusWord);
}

/** Sends a command that holds a PIN and wipes the command's copy of it. */
async function sendPin(
  send: Send,
  command: ReturnType<typeof verify>,
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
  if (session.channel.connection.exclusive || options.allowShared === true) return;
  throw new JpkiError('SHARING_VIOLATION', SHARED, { remedy: SHARED_REMEDY });
}

const SAME_PIN: BilingualText = {
  en: 'The new PIN is the current one; nothing was sent to the card.',
  ja: '新しい暗証番号が現在のものと同じです。カードには何も送っていません。',
};
/** Why a PIN is not sent when the card hides its counter. */
export const COUNTER_UNKNOWN: BilingualText = {
  en: 'The card does not say how many tries are left, so the PIN was not sent.',
  ja: 'カードが残り回数を示さないため、暗証番号は送っていません。',
};
const SHARED: BilingualText = {
  en: 'The connection is shared with other programs, so the PIN was not sent.',
  ja: '接続が他のプログラムと共有されているため、暗証番号は送っていません。',
};
const SHARED_CURRENT_FILE: BilingualText = {
  en: 'This card knows a PIN only by the file that was selected last, which another program on the shared connection can change; the PIN was not sent.',
  ja: 'このカードは直前に選択されたファイルで暗証番号を区別しますが、共有接続では他のプログラムが選択を変えられるため、暗証番号は送っていません。',
};
const SHARED_REMEDY: BilingualText = {
  en: 'Connect exclusively (the default), or pass allowShared if every program on this machine may use the key.',
  ja: '排他接続（既定）で開くか、このコンピューターのすべてのプログラムに鍵の使用を許す場合だけ allowShared を指定してください。',
};

const READ_THE_COUNTER: BilingualText = {
  en: 'Read the counter before the PIN is entered again ("jpki status"). If the counter looks right and this happens every time, the reader is at fault: use another one.',
  ja: 'もう一度入力する前に残り回数を確認してください（「jpki status」）。残り回数が正しいのに毎回起きる場合はリーダーの問題です。別のリーダーを使ってください。',
};

function pinIncorrect(role: KeyRole, triesLeft: number, statusWord: StatusWord): JpkiError {
  const details = { role, triesLeft, statusWord: statusWord.value };
  if (triesLeft === 0) {
    return new JpkiError(
      'PIN_INCORRECT',
      { en: 'The PIN is wrong and is now locked.', ja: '暗証番号が違い、ロックされました。' },
      { ...details, remedy: ERROR_TEXTS.PIN_LOCKED.remedy },
    );
  }
  return new JpkiError(
    'PIN_INCORRECT',
    {
      en: `The PIN is wrong; ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left.`,
      ja: `暗証番号が違います。残り ${triesLeft} 回です。`,
    },
    details,
  );
}

/** The link broke on the VERIFY: the error says that a try may be gone. */
function verifyBroken(error: JpkiError, role: KeyRole): JpkiError {
  const { message } = error.inLanguage('ja');
  return new JpkiError(
    error.code,
    {
      en: `${error.message} The PIN may have reached the card, so a try may be spent; read the counter before the next one.`,
      ja: `${message}暗証番号がカードに届いて 1 回分を使った可能性があります。次に試す前に残り回数を確認してください。`,
    },
    { cause: error, role, remedy: { en: error.remedy, ja: error.inLanguage('ja').remedy } },
  );
}

/** The answer to a VERIFY that this PIN, or a PIN with the counter just read, cannot give [JICSAP 5.2.2, ACR122U]. */
function verifyUncertain(role: KeyRole, statusWord: StatusWord): JpkiError {
  const { meaning } = statusWord;
  return new JpkiError(
    'MALFORMED_RESPONSE',
    {
      en: `The answer to the PIN was ${statusWord} (${meaning.en}), which does not fit what the card said before: the PIN may have been taken, or a try may be spent.`,
      ja: `暗証番号に対する応答 ${statusWord}（${meaning.ja}）は、直前のカードの応答と矛盾しています。照合が通った可能性も、1 回分を使った可能性もあります。`,
    },
    { role, statusWord: statusWord.value, remedy: READ_THE_COUNTER },
  );
}

function impossibleCounter(role: KeyRole, statusWord: StatusWord, maxTries: number): JpkiError {
  return new JpkiError(
    'MALFORMED_RESPONSE',
    {
      en: `The card answered ${statusWord} when asked for the tries left, but this PIN never has more than ${maxTries}.`,
      ja: `残り回数の照会に対する応答は ${statusWord} ですが、この暗証番号の上限は ${maxTries} 回です。`,
    },
    { role, statusWord: statusWord.value },
  );
}

function changeRefused(role: KeyRole, statusWord: StatusWord): JpkiError {
  const { meaning } = statusWord;
  return new JpkiError(
    'STATUS_WORD',
    {
      en: `The card refused the new PIN with ${statusWord} (${meaning.en}); the old PIN still holds.`,
      ja: `カードが新しい暗証番号を拒否しました（${statusWord}、${meaning.ja}）。古い暗証番号が引き続き有効です。`,
    },
    { role, statusWord: statusWord.value },
  );
}

function changeUncertain(role: KeyRole, cause: JpkiError | undefined, statusWord?: StatusWord): JpkiError {
  const message = statusWord && {
    en: `The card answered ${statusWord} (${statusWord.meaning.en}) to the change: either PIN may be in force.`,
    ja: `変更に対するカードの応答は ${statusWord}（${statusWord.meaning.ja}）です。新旧どちらの暗証番号が有効か分かりません。`,
  };
  return new JpkiError('PIN_CHANGE_UNCERTAIN', message, { role, cause, statusWord: statusWord?.value });
}
