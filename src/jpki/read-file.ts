import { concatBytes } from '../bytes.js';
import { type BilingualText, JpkiError, type JpkiErrorCode, type KeyRole } from '../errors.js';
import { wasSent } from '../iso7816/card-channel.js';
import { type CommandApdu, readBerTlvHeader, type Send, type StatusWord, SW } from '../iso7816/index.js';
import { readBinary, readBinaryByShortId } from './commands.js';
import { EXTENDED_LENGTH, isBroken, LEAST_LENGTH, SHORT_LENGTH } from './read-strategy.js';
import { type CardSession, isCheckingError, trace } from './session.js';

/** Largest certificate accepted, in bytes: real ones are about 2 KB, and an offset has 15 bits. */
const MAX_CERTIFICATE_LENGTH = 16384;
/** Reads of one file that are enough for any real one: a card may answer less than asked, but not so little that nobody gets to the end. */
const MAX_READS = 256;
/** Reads that the header of a certificate may take: it has four bytes. */
const MAX_HEADER_READS = 8;

/**
 * The first `length` bytes of a file, in as few exchanges as that takes; fewer, but not below `least`, where the file is
 * shorter. `undefined` when there is no such file.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readFile(
  session: CardSession,
  send: Send,
  file: number,
  length: number,
  least = length,
): Promise<Uint8Array | undefined> {
  const reader = new FileReader(session, send, file);
  let have = await reader.start(length);
  if (have === undefined) return undefined;
  for (let reads = 1; have.length < length; reads++) {
    if (reads === MAX_READS) throw tooManyReads(reads);
    const more = await reader.more(have.length, length - have.length, have.length >= least);
    // The end of the file, which a reader may have taken for a reason to refuse: no news of what it carries.
    if (more.length === 0) return have;
    have = concatBytes(have, more);
  }
  reader.done();
  return have;
}

/**
 * The certificate in a file, without the filler behind it. One read of extended length brings all of it; where that is not
 * carried, the DER header of what came says how much is left, and no more is asked for. `undefined` when the file is absent
 * or nothing but filler.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readDer(
  session: CardSession,
  send: Send,
  file: number,
  role: KeyRole,
): Promise<Uint8Array | undefined> {
  const reader = new FileReader(session, send, file, role);
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
  if (header.tag !== 0x30)
    throw new JpkiError('MALFORMED_RESPONSE', 'The file does not start with a certificate.');
  const length = header.headerLength + header.valueLength;
  if (length > MAX_CERTIFICATE_LENGTH) {
    throw new JpkiError(
      'MALFORMED_RESPONSE',
      `A certificate of ${length} bytes; at most ${MAX_CERTIFICATE_LENGTH} are read.`,
    );
  }
  const parts = [have];
  let count = have.length;
  // The longest certificate in the shortest reads is more than any real one takes.
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
    private readonly role?: KeyRole,
  ) {
    const { limits, extendedReads, channel } = session;
    // A reader that chokes on its first extended read may lose the card, and the PIN would be asked for again.
    const mayTry = limits.carried > SHORT_LENGTH || !channel.keyMayBeOpen;
    this.#most = extendedReads && mayTry ? limits.longest : Math.min(limits.longest, SHORT_LENGTH);
  }

  /**
   * At most `length` bytes from the start; `undefined` when there is no such file, which only the SELECT of a file says
   * beyond doubt: the same words refuse a short identifier, or a length.
   */
  async start(length: number): Promise<Uint8Array | undefined> {
    const { session, send, file } = this;
    let refusedAt: number | undefined;
    if (session.shortIds !== false && session.currentFile !== file) {
      session.currentFile = undefined;
      const proven = session.shortIds === true;
      const { data, asked } = await this.#read(length, {
        offset: 0,
        command: (le) => readBinaryByShortId(file, le),
        // A card may take the identifier of a PIN and none of a file, so that others than this read proved it.
        isAnswer: (word) =>
          word.sw1 === 0x69 || word.sw1 === 0x6a
            ? !proven || word.value !== SW.SECURITY_STATUS_NOT_SATISFIED
            : !proven && word.sw1 === 0x6b,
        mayMeanName: (word) => isCheckingError(word) && word.value !== SW.SECURITY_STATUS_NOT_SATISFIED,
        again: async () => undefined,
      });
      if (data.length > 0) {
        session.shortIds = true;
        session.currentFile = file;
        return data;
      }
      refusedAt = asked;
    }
    if (!(await session.selectFile(send, file))) return undefined;
    const { data, asked } = await this.#read(length, this.#at(0, false));
    // The same read without the identifier works: so it was refused, and not the length.
    if (asked === refusedAt) session.shortIds ??= false;
    return data;
  }

  /** At most `length` bytes from `offset` on; none where the file may end there and does. */
  async more(offset: number, length: number, mayEnd = false): Promise<Uint8Array> {
    return (await this.#read(length, this.#at(offset, mayEnd))).data;
  }

  /** Everything that was wanted is there: what was refused on the way was refused for its length. */
  done(): void {
    const { limits } = this.session;
    limits.longest = Math.min(limits.longest, this.#learnt ?? limits.longest);
  }

  #at(offset: number, mayEnd: boolean): Place {
    return {
      offset,
      command: (le) => readBinary(offset, le),
      isAnswer: () => mayEnd,
      mayMeanName: () => false,
      again: () => this.session.selectFile(this.send, this.file),
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
          limits.carried = Math.max(limits.carried, Math.min(data.length, asked));
          return { data: data.subarray(0, asked), asked };
        }
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
          throw nothingCame(failure, tried, place.offset, this.role);
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
    // One more read shows whether it is the PIN that is missing, or a reader that says so of a long read.
    return asked > Math.max(LEAST_LENGTH, limits.carried) ? LEAST_LENGTH : undefined;
  }

  /** After an exchange that failed on its way: whether the card is there still, and on the same file. */
  async #lookForCard(asked: number, place: Place): Promise<void> {
    try {
      // What became of the command is not known, so the application is selected again too.
      await this.session.selectJpki(this.send);
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

const READING: BilingualText = { en: 'Reading a file', ja: 'ファイルの読み出し' };

function tooManyReads(reads: number): JpkiError {
  return new JpkiError('MALFORMED_RESPONSE', `After ${reads} reads the file is still not complete.`);
}

/** No length brought anything: that is no absent file, whatever word it was refused with. */
function nothingCame(
  failure: StatusWord | JpkiError,
  tried: readonly number[],
  offset: number,
  role: KeyRole | undefined,
): JpkiError {
  const lengths = tried.join(', ');
  if (failure instanceof JpkiError) {
    if (tried.length === 1) return failure;
    const { message, remedy } = failure.inLanguage('ja');
    return new JpkiError(
      failure.code,
      {
        en: `${failure.message} Reads of ${lengths} bytes were tried.`,
        ja: `${message}試した読み出しの長さ：${lengths} バイト。`,
      },
      { cause: failure, role, remedy: { en: failure.remedy, ja: remedy } },
    );
  }
  const statusWord = failure.value;
  if (statusWord === SW.SECURITY_STATUS_NOT_SATISFIED)
    return new JpkiError('PIN_REQUIRED', undefined, { role, statusWord });
  return new JpkiError(
    'MALFORMED_RESPONSE',
    {
      en: `${READING.en} from byte ${offset} on brought no usable data: ${failure} (${failure.meaning.en}). Reads of ${lengths} bytes were tried.`,
      ja: `${READING.ja}（${offset} バイト目から）で使えるデータが返りません：${failure}（${failure.meaning.ja}）。試した読み出しの長さ：${lengths} バイト。`,
    },
    { role, statusWord },
  );
}

/** Says what was seen: nobody else can reset the card of an exclusive connection, but a holder can take it away. */
function lostInRead(error: JpkiError, asked: number): JpkiError {
  const isExtended = asked > SHORT_LENGTH;
  const isReset = error.code === 'CARD_RESET';
  return new JpkiError(
    error.code,
    {
      en: `The card was ${isReset ? 'reset' : 'lost'} in ${isExtended ? 'an extended-length' : 'a'} read of ${asked} bytes: ${isReset ? '' : 'unless it was taken away, '}this reader may not carry such reads.`,
      ja: `${asked} バイトの${isExtended ? '拡張長の' : ''}読み出し中にカードが${isReset ? 'リセットされました' : '応答しなくなりました'}。${isReset ? '' : 'カードを離していなければ、'}このリーダーがその長さの読み出しに対応していない可能性があります。`,
    },
    { cause: error, remedy: isExtended ? WITHOUT_EXTENDED : WITH_LESS },
  );
}

const WITHOUT_EXTENDED: BilingualText = {
  en: 'Put the card back and start again without extended-length reads: --short-reads for the command, extendedReads: false for a program (or one ReadStrategy for all its sessions, which remembers).',
  ja: 'カードを置き直し、拡張長の読み出しを使わずにやり直してください。コマンドでは --short-reads、プログラムでは extendedReads: false を指定します（すべてのセッションに同じ ReadStrategy を渡せば、自動的に避けます）。',
};
const WITH_LESS: BilingualText = {
  en: 'Put the card back and start again; if it happens every time, use another reader. A program that hands one ReadStrategy to all its sessions asks this reader for less from now on.',
  ja: 'カードを置き直して、やり直してください。毎回起きる場合は別のリーダーを使ってください。プログラムでは、すべてのセッションに同じ ReadStrategy を渡せば、次からは短い長さで読み出します。',
};
