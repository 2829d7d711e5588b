import { concatBytes, wipe } from '../bytes.js';
import { JpkiError, type JpkiErrorCode, type PinRole, retold } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import { type CommandApdu, readBerTlvHeader, type Send, type StatusWord, SW } from '../iso7816/index.js';
import { say, sayOf } from '../text/index.js';
import { readBinary, readBinaryByShortId } from './commands.js';
import type { PinPlace } from './files.js';
import { EXTENDED_LENGTH, isBroken, LEAST_LENGTH, SHORT_LENGTH } from './read-strategy.js';
import { type Attempt, type CardSession, isCheckingError, statusError, trace } from './session.js';

/** Largest object accepted, in bytes: real certificates are about 2 KB, all else is less, and an offset has 15 bits. */
const MAX_OBJECT_LENGTH = 16384;
/** Reads of one file that are enough for any real one: a card may answer less than asked, but not so little that nobody gets to the end. */
const MAX_READS = 256;
/** Reads that the header of an object may take: it has up to five bytes. */
const MAX_HEADER_READS = 8;

/**
 * The first `length` bytes of a file, in as few exchanges as that takes; fewer, but not below `least`, where the file is
 * shorter. `undefined` when there is no such file. It may be the Individual Number, so what came in pieces is wiped, and the
 * caller wipes the whole.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readFile(
  session: CardSession,
  send: Send,
  file: number,
  length: number,
  least = length,
  pins: readonly PinPlace[] = [],
): Promise<Uint8Array | undefined> {
  const reader = new FileReader(session, send, file, pins);
  let have = await reader.start(length);
  if (have === undefined) return undefined;
  try {
    for (let reads = 1; have.length < length; reads++) {
      if (reads === MAX_READS) throw tooManyReads(reads);
      const more = await reader.more(have.length, length - have.length, have.length >= least);
      // The end of the file, which a reader may have taken for a reason to refuse: no news of what it carries.
      if (more.length === 0) return have;
      const pieces: Uint8Array[] = [have, more];
      have = concatBytes(...pieces);
      for (const piece of pieces) wipe(piece);
    }
  } catch (error) {
    wipe(have);
    throw error;
  }
  reader.done();
  return have;
}

/** What a file is to begin with. */
export interface ObjectInFile {
  /** Tag of the one data object in it. */
  readonly tag: number;
  /** What it is called in an error. */
  readonly what: string;
  /** What opens the file, each of them, the usual one first; default: nothing is needed. */
  readonly pins?: readonly PinPlace[];
}

/** A certificate of X.509. */
export const DER_CERTIFICATE = { tag: 0x30, what: 'certificate' } as const;

/**
 * The data object in a file, without the filler behind it. One read of extended length brings all of it; where that is not
 * carried, the header of what came says how much is left, and no more is asked for. `undefined` when the file is absent
 * or nothing but filler.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readObject(
  session: CardSession,
  send: Send,
  file: number,
  { tag, what, pins }: ObjectInFile,
): Promise<Uint8Array | undefined> {
  const reader = new FileReader(session, send, file, pins);
  let have = await reader.start(EXTENDED_LENGTH);
  if (have === undefined) return undefined;
  // A byte or two of filler are not yet a file of it: what comes behind may be something else.
  while (have.length < LEAST_LENGTH && isFiller(have)) {
    const more = await reader.more(have.length, LEAST_LENGTH - have.length, true);
    if (more.length === 0) break;
    have = concatBytes(have, more);
  }
  if (isFiller(have)) return undefined;
  let header = readBerTlvHeader(have);
  // A reader may hand out so little at a time that the header itself comes in pieces.
  for (let reads = 1; header === undefined; reads++) {
    if (reads === MAX_HEADER_READS)
      throw new JpkiError('MALFORMED_RESPONSE', 'The file does not start with a data object.');
    have = concatBytes(have, await reader.more(have.length, SHORT_LENGTH));
    header = readBerTlvHeader(have);
  }
  if (header.tag !== tag)
    throw new JpkiError('MALFORMED_RESPONSE', `The file does not start with a ${what}.`);
  const length = header.headerLength + header.valueLength;
  if (length > MAX_OBJECT_LENGTH) {
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      `A ${what} of ${length} bytes; at most ${MAX_OBJECT_LENGTH} are read.`,
    );
  }
  const parts = [have];
  let count = have.length;
  // The longest object in the shortest reads is more than any real one takes.
  const mostReads = Math.max(MAX_READS, Math.ceil(length / LEAST_LENGTH));
  for (let reads = 1; count < length; reads++) {
    if (reads === mostReads) throw tooManyReads(reads);
    const more = await reader.more(count, length - count);
    parts.push(more);
    count += more.length;
  }
  reader.done();
  return concatBytes(...parts).slice(0, length);
}

/**
 * Asks for a certificate before its PIN, once, so that after it one read of extended length may bring it: "PIN missing" says
 * that the length was carried. Whatever else comes is no news.
 */
export async function tryExtendedRead(session: CardSession, send: Send, file: number): Promise<void> {
  await new FileReader(session, send, file).tryExtended();
}

function isFiller(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x00 || byte === 0xff);
}

/** One place in a file, and how to read there. */
interface Place {
  readonly offset: number;
  command(le: number): CommandApdu;
  /** Whether a word without data says something of the file, so that no other length is tried. */
  isAnswer(statusWord: StatusWord): boolean;
  /** Whether a word that refused every length may have been meant for the way the file is named. */
  mayMeanName(statusWord: StatusWord): boolean;
  /** Makes the place readable again when the application was selected anew. */
  again(): Promise<unknown>;
}

/**
 * Reads one file with what reader and card carry. A read that brings nothing is tried again with less: what was asked is
 * too much for some readers, and they say so in every way there is (`ReaderLimits` names the reports).
 */
class FileReader {
  /** Most bytes that one read of this file asks for. */
  #most: number;
  /** The same for the files to come, once this one is read: lengths above brought nothing, and never have. */
  #learnt: number | undefined;

  constructor(
    private readonly session: CardSession,
    private readonly send: Send,
    private readonly file: number,
    private readonly pins: readonly PinPlace[] = [],
  ) {
    const { limits, extendedReads, channel } = session;
    // A reader that chokes on its first extended read may lose the card, and the PIN would be asked for again.
    const mayTry = limits.extendedIsSafe || !channel.keyMayBeOpen;
    this.#most = extendedReads && mayTry ? limits.longest : Math.min(limits.longest, SHORT_LENGTH);
  }

  /** At most `length` bytes from the start; `undefined` when there is no such file. */
  async start(length: number): Promise<Uint8Array | undefined> {
    let refusedAt: number | undefined;
    const read = await this.session.withFile(this.send, this.file, async ({ byShortId, isProven }) => {
      const { data, asked } = await this.#read(
        length,
        byShortId ? this.#byName(isProven) : this.#at(0, false),
      );
      if (byShortId && data.length === 0) refusedAt = asked;
      // The same read without the identifier works: so it was the identifier that was refused, and not the length.
      const isTaken = byShortId ? data.length > 0 : asked === refusedAt;
      const name: Attempt['name'] = isTaken ? 'taken' : byShortId ? 'doubted' : 'untold';
      return { data, name, isCurrent: true };
    });
    return read?.data;
  }

  async tryExtended(): Promise<void> {
    const { limits, takesShortIds, channel } = this.session;
    if (limits.extendedIsSafe || this.#most <= SHORT_LENGTH) return;
    if (takesShortIds === false || channel.keyMayBeOpen) return;
    const place = this.#byName(true);
    this.session.forgetFile();
    try {
      const { statusWord, data } = await this.send(place.command(EXTENDED_LENGTH));
      trace('extended read before the PIN: %s', statusWord);
      if (statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) limits.answeredExtended();
      // Another program has left the key open.
      else if (statusWord.isDone) limits.brought(data.length);
    } catch (error) {
      if (!(error instanceof JpkiError) || !wasSent(error)) throw error;
      if (!isBroken(error)) throw this.#lost(error, EXTENDED_LENGTH);
      await this.#lookForCard(EXTENDED_LENGTH, place);
    }
  }

  /** At most `length` bytes from `offset` on; none where the file may end there and does. */
  async more(offset: number, length: number, mayEnd = false): Promise<Uint8Array> {
    return (await this.#read(length, this.#at(offset, mayEnd))).data;
  }

  /** Everything that was wanted is there: what was refused on the way was refused for its length. */
  done(): void {
    if (this.#learnt !== undefined) this.session.limits.askAtMost(this.#learnt);
  }

  #byName(isProven: boolean): Place {
    return {
      offset: 0,
      command: (le) => readBinaryByShortId(this.file, le),
      // A card may take the identifier of a PIN and none of a file, so that others than this read proved it.
      isAnswer: (word) =>
        word.sw1 === 0x69 || word.sw1 === 0x6a
          ? !isProven || word.value !== SW.SECURITY_STATUS_NOT_SATISFIED
          : !isProven && word.sw1 === 0x6b,
      mayMeanName: (word) => isCheckingError(word) && word.value !== SW.SECURITY_STATUS_NOT_SATISFIED,
      again: async () => undefined,
    };
  }

  #at(offset: number, mayEnd: boolean): Place {
    return {
      offset,
      command: (le) => readBinary(offset, le),
      isAnswer: () => mayEnd,
      mayMeanName: () => false,
      again: () => this.session.findFile(this.send, this.file),
    };
  }

  async #read(length: number, place: Place): Promise<{ data: Uint8Array; asked: number }> {
    const { limits } = this.session;
    const tried: number[] = [];
    for (let asked = Math.min(length, this.#most); ; ) {
      tried.push(asked);
      let failure: StatusWord | JpkiError;
      try {
        const { statusWord, data } = await this.send(place.command(asked));
        if (data.length > 0 && (statusWord.isDone || statusWord.value === SW.END_OF_FILE)) {
          limits.brought(Math.min(data.length, asked));
          return { data: data.subarray(0, asked), asked };
        }
        const lacksPin = statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED;
        if (lacksPin && asked > SHORT_LENGTH) limits.answeredExtended();
        if (place.isAnswer(statusWord)) return { data: new Uint8Array(0), asked };
        failure = statusWord;
      } catch (error) {
        if (!(error instanceof JpkiError) || !wasSent(error)) throw error;
        if (!isBroken(error)) throw this.#lost(error, asked);
        failure = error;
      }
      trace('read of %d bytes at %d: %s', asked, place.offset, failure);
      const less = this.#less(asked, failure);
      if (less === undefined) {
        if (failure instanceof JpkiError || !place.mayMeanName(failure))
          throw nothingCame(failure, tried, place.offset, this.pins[0]?.role);
        // Then the lengths were refused for nothing, and are open again.
        this.#most = tried[0] ?? asked;
        this.#learnt = undefined;
        return { data: new Uint8Array(0), asked: this.#most };
      }
      if (failure instanceof JpkiError) await this.#lookForCard(asked, place);
      if (asked > limits.carried) this.#learnt = less;
      this.#most = less;
      asked = less;
    }
  }

  #less(asked: number, failure: StatusWord | JpkiError): number | undefined {
    const { limits } = this.session;
    if (failure instanceof JpkiError || failure.value !== SW.SECURITY_STATUS_NOT_SATISFIED)
      return limits.below(asked);
    // After the PIN it is a reader that does not carry the length, whatever it answered before.
    if (asked > SHORT_LENGTH && this.pins.some((pin) => this.session.hasVerified(pin))) return SHORT_LENGTH;
    // One more read shows whether it is the PIN that is missing, or a reader that says so of a long read.
    return asked > Math.max(LEAST_LENGTH, limits.carried) ? LEAST_LENGTH : undefined;
  }

  /** After an exchange that failed on its way: whether the card is there still, and on the same file. */
  async #lookForCard(asked: number, place: Place): Promise<void> {
    try {
      // What became of the command is not known, so the application is selected again too.
      await this.session.selectAgain(this.send);
      await place.again();
    } catch (error) {
      throw error instanceof JpkiError && wasSent(error) ? this.#lost(error, asked) : error;
    }
  }

  /** The error for a card that went with a read, or right after it. */
  #lost(error: JpkiError, asked: number): JpkiError {
    const { limits } = this.session;
    // What was carried before costs the card for another reason, unless it is of extended length: one read may work, and the next not.
    const isCarried = asked <= limits.carried && asked <= SHORT_LENGTH;
    if (isCarried || !COSTS_THE_CARD.has(error.code)) return error;
    limits.lost(asked);
    return error.code === 'TIMEOUT' ? error : lostInRead(error, asked);
  }
}

/** How a card that a read has cost shows: at once, or on the next exchange. */
const COSTS_THE_CARD: ReadonlySet<JpkiErrorCode> = new Set([
  'CARD_RESET',
  'CARD_REMOVED',
  'CARD_MUTE',
  'NO_READER',
  'TIMEOUT',
  'TRANSPORT',
]);

function tooManyReads(reads: number): JpkiError {
  return new JpkiError('MALFORMED_RESPONSE', `After ${reads} reads the file is still not complete.`);
}

/** No length brought anything: that is no absent file, whatever word it was refused with. */
function nothingCame(
  failure: StatusWord | JpkiError,
  tried: readonly number[],
  offset: number,
  role: PinRole | undefined,
): JpkiError {
  const lengths = tried.join(', ');
  if (failure instanceof JpkiError) {
    if (tried.length === 1) return failure;
    return retold(failure, (t, message) => t.card.lengthsTried(message, lengths), { role });
  }
  const statusWord = failure.value;
  if (statusWord === SW.SECURITY_STATUS_NOT_SATISFIED) {
    // Of the files that no PIN protects nobody can say which PIN it would be.
    if (role === undefined) return statusError(failure, (t) => t.card.reading);
    const remedy = role === 'input-support' ? say((t) => t.pin.openTheText) : undefined;
    return new JpkiError('PIN_REQUIRED', undefined, { role, statusWord, remedy });
  }
  const message = sayOf(failure.meaning, (t, meaning) =>
    t.card.lengthsTried(t.card.nothingCame(offset, `${failure}`, meaning), lengths),
  );
  return new JpkiError('MALFORMED_RESPONSE', message, { role, statusWord });
}

/** Says what was seen: nobody else can reset the card of an exclusive connection, but a holder can take it away. */
function lostInRead(error: JpkiError, asked: number): JpkiError {
  const isExtended = asked > SHORT_LENGTH;
  const isReset = error.code === 'CARD_RESET';
  return retold(
    error,
    ({ card }) => (isReset ? card.resetInRead(asked, isExtended) : card.lostInRead(asked, isExtended)),
    { remedy: say(({ card }) => (isExtended ? card.withoutExtended : card.withLess)) },
  );
}
