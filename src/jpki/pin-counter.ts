/** The retry counter of a PIN: asking a card for it, and what its answer means. */
import { JpkiError, type KeyRole, type PinRole } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import { type Send, type StatusWord, SW } from '../iso7816/index.js';
import { say } from '../text/index.js';
import { queryPin, queryPinWithLe } from './commands.js';
import { byShortId, CURRENT_FILE, PIN_PLACE, type PinPlace } from './files.js';
import { PIN_RULES } from './pin.js';
import { isBroken } from './read-strategy.js';
import { type CardSession, isCheckingError, statusError, trace } from './session.js';

/**
 * A PIN's retry counter as the card reported it.
 *
 * @category PINs
 */
export interface PinCounter {
  readonly role: PinRole;
  /** Tries left; `undefined` when the card did not say. */
  readonly triesLeft: number | undefined;
  /** Tries after a correct PIN: 5 for `sign`, 3 for the others; `undefined` for a check number, of which no source says. */
  readonly maxTries: number | undefined;
  readonly locked: boolean;
  /** This session verified the PIN, or the card says that it is verified. */
  readonly verified: boolean;
  /**
   * The word that the card refused the question with, 0 to 65535: 6A82 or 6A88, it has no such PIN; or one that no such PIN
   * can give. Absent where it answered.
   */
  readonly statusWord?: number;
}

/** What a card said of a counter. `hidden`: it answered without a number. */
export type Tries =
  | { readonly kind: 'known'; readonly left: number }
  | { readonly kind: 'locked' }
  | { readonly kind: 'hidden' };

/** What the answer to a question for the counter, or to a PIN, says of the counter; `undefined` where it is no such answer. */
export function triesOf(statusWord: StatusWord): Tries | undefined {
  const { triesLeft } = statusWord;
  if (statusWord.saysLocked || triesLeft === 0) return { kind: 'locked' };
  if (triesLeft !== undefined) return { kind: 'known', left: triesLeft };
  // ISO/IEC 7816-4 lets a verified PIN answer 9000. 6300, or a word of the reader's own: 6301, 637F [nfc-pcsc issue 139, acsccid issue 30].
  return statusWord.isDone || statusWord.sw1 === 0x63 ? { kind: 'hidden' } : undefined;
}

/** The same as the published counters have it. */
export function published(tries: Tries): { triesLeft: number | undefined; locked: boolean } {
  const triesLeft = tries.kind === 'known' ? tries.left : tries.kind === 'locked' ? 0 : undefined;
  return { triesLeft, locked: tries.kind === 'locked' };
}

/** A counter as it was read. */
export interface CounterAnswer {
  readonly counter: PinCounter;
  /** How the PIN was named. */
  readonly p2: number;
  /** Tries before the next one, as far as the card's answers tell; `undefined` where they do not. */
  readonly triesBefore: number | undefined;
}

/**
 * Reads a counter with an empty VERIFY, which spends nothing.
 *
 * @param forPin a PIN goes to the same place next, so that place must be beyond doubt
 */
export async function readCounter(
  session: CardSession,
  send: Send,
  place: PinPlace,
  forPin = false,
): Promise<CounterAnswer> {
  const { role, file } = place;
  const wasVerified = session.hasVerified(place);
  const select = () => session.selectAgain(send);
  const { statusWord, p2, isThere } = await sendQuery(session, send, file, {
    select,
    forPin,
    role,
  });
  // A word that refuses the SELECT of the file is no counter, even if it looks like one.
  if (!isThere) throw refusedQuery(role, statusWord);
  const counter = interpret(session, place, statusWord);
  trace('counter %s: %s, tries left %o', role, statusWord, counter.triesLeft);
  // 9000 hides the number of a PIN that is verified; where this session verified it, the counter is full.
  const full = statusWord.isDone && wasVerified ? counter.maxTries : undefined;
  return { counter, p2, triesBefore: counter.triesLeft ?? full };
}

/** Both counters: one that the card refuses to tell does not spoil the other. */
export async function readCounters(session: CardSession, send: Send): Promise<Record<KeyRole, PinCounter>> {
  const read = async (role: KeyRole): Promise<PinCounter> => {
    try {
      return (await readCounter(session, send, PIN_PLACE[role])).counter;
    } catch (error) {
      if (!(error instanceof JpkiError) || error.statusWord === undefined) throw error;
      if (error.code !== 'STATUS_WORD' && error.code !== 'MALFORMED_RESPONSE') throw error;
      return { ...counterOf(role, { kind: 'hidden' }, false), statusWord: error.statusWord };
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
  readonly role?: PinRole;
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
  let named = session.takesShortIds !== false;
  let four = limits.fourByteVerify !== false;
  /** The form in which the short identifier was refused; `both` where neither was answered. */
  let refusedIn: boolean | 'both' | undefined;
  let refusal = named ? undefined : await selectIt();
  for (;;) {
    const p2 = named ? byShortId(file) : CURRENT_FILE;
    if (refusal !== undefined) return { statusWord: refusal, p2, isThere: false };
    // The identifier may make its file current: what was selected before must not be taken for it later.
    if (named) session.forgetFile();
    const statusWord = await ask(p2);
    if (statusWord !== undefined && isAnswer(statusWord)) {
      if (named) session.learnShortIds(true);
      // The same form, with the file selected, is answered: it was the identifier that was refused.
      else if (refusedIn === four || refusedIn === 'both') session.learnShortIds(false);
      // A lock is told in whatever form the question came.
      if (!statusWord.saysLocked) limits.answeredQuery(four);
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
        session.forgetFile();
        if (!named) refusal = await session.selectFile(send, file);
      }
    } else if (statusWord !== undefined) {
      const { value } = statusWord;
      const isThere = value !== SW.FILE_NOT_FOUND && value !== SW.REFERENCE_NOT_FOUND;
      if (!isThere || limits.fourByteVerify !== false) return { statusWord, p2, isThere };
      // Four bytes were not carried before, by this reader and perhaps another card: this one may take nothing else.
      limits.forgetQuery();
      [named, four, refusedIn] = [session.takesShortIds !== false, true, undefined];
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
    const isForm = (!named || session.takesShortIds === true) && (!four || limits.fourByteVerify === true);
    return triesOf(statusWord) !== undefined && (!statusWord.saysLocked || isForm);
  }

  function mayMeanIdentifier(statusWord: StatusWord): boolean {
    const { sw1, saysLocked } = statusWord;
    if (sw1 !== 0x69 && sw1 !== 0x6a) return false;
    // Where the file may not be selected, the other form by name comes first: it may be the four bytes that are refused.
    return maySelect() || (!four && !saysLocked);
  }

  /** The file selected last may be another program's choice by the time that the PIN arrives. */
  function maySelect(): boolean {
    return !forPin || session.exclusive;
  }

  /**
   * For a PIN the application first: a SELECT of the file that got lost then shows in the next answer (6986, no current
   * file), where it would else leave another file selected.
   */
  async function selectIt(): Promise<StatusWord | undefined> {
    if (!maySelect())
      throw new JpkiError(
        'SHARING_VIOLATION',
        say((t) => t.pin.sharedFile),
        { role, remedy: say((t) => t.pin.connectExclusively) },
      );
    if (forPin) await select();
    return session.selectFile(send, file);
  }
}

function counterOf(role: PinRole, tries: Tries, verified: boolean): PinCounter {
  const { triesLeft, locked } = published(tries);
  return { role, triesLeft, maxTries: PIN_RULES[role].maxTries, locked, verified: verified && !locked };
}

function interpret(session: CardSession, place: PinPlace, statusWord: StatusWord): PinCounter {
  const { role } = place;
  const tries = triesOf(statusWord);
  if (tries === undefined) throw refusedQuery(role, statusWord);
  const { maxTries } = PIN_RULES[role];
  // More tries than this PIN ever has: the answer is another PIN's, or none of this card's.
  if (tries.kind === 'known' && maxTries !== undefined && tries.left > maxTries)
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      say((t) => t.pin.impossible(`${statusWord}`, maxTries)),
      { role, statusWord: statusWord.value },
    );
  if (!statusWord.isDone) return counterOf(role, tries, session.hasVerified(place));
  // ISO 9000 hides the number until the session ends; what the card said after a wrong PIN before still counts.
  const left = session.triesLeftAfterWrongPin(place);
  if (left === undefined) return counterOf(role, tries, true);
  return counterOf(role, left === 0 ? { kind: 'locked' } : { kind: 'known', left }, true);
}

function refusedQuery(role: PinRole, statusWord: StatusWord): JpkiError {
  return statusError(statusWord, (t) => t.pin.querying, role);
}
