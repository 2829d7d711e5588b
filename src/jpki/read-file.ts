import { concatBytes } from '../bytes.js';
import { type BilingualText, JpkiError, type KeyRole } from '../errors.js';
import { type ResponseApdu, readBerTlvHeader, type Send, SW } from '../iso7816/index.js';
import { readBinary, readBinaryByShortId } from './commands.js';
import { type CardSession, refusesShortId, statusError } from './session.js';

/** Bytes of one short READ BINARY. */
const BLOCK = 256;
/** Bytes of one extended READ BINARY: twice the largest certificate seen, and little filler behind it. */
const EXTENDED_BLOCK = 4096;
/** Largest certificate accepted, in bytes: real ones are about 2 KB, and an offset has 15 bits. */
const MAX_CERTIFICATE_LENGTH = 16384;
/** Reads of one file at the most: a card may answer less than asked, but not so little that nobody gets to the end. */
const MAX_READS = 256;

const READING: BilingualText = { en: 'Reading a file', ja: 'ファイルの読み出し' };

function endsEarly(have: number, want: number): JpkiError {
  return new JpkiError('MALFORMED_RESPONSE', `The file ends after ${have} of ${want} bytes.`);
}

/**
 * The first `length` bytes of a file, in as few exchanges as that takes; `undefined` when there is no such file.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readFile(
  session: CardSession,
  send: Send,
  file: number,
  length: number,
): Promise<Uint8Array | undefined> {
  const first = await readStart(session, send, file, Math.min(length, BLOCK), undefined);
  return first && readRest(send, first, length, BLOCK);
}

/**
 * The certificate in a file, without the filler behind it: its DER header in the first block says how long it is, so
 * no exchange is spent on asking. `undefined` when the file is absent, empty or nothing but filler.
 *
 * @throws JpkiError `PIN_REQUIRED`, `MALFORMED_RESPONSE`, `STATUS_WORD`
 */
export async function readDer(
  session: CardSession,
  send: Send,
  file: number,
  role: KeyRole,
): Promise<Uint8Array | undefined> {
  let first = await readStartOfDer(session, send, file, role);
  if (first === undefined || first.every((byte) => byte === 0x00 || byte === 0xff)) return undefined;
  let header = readBerTlvHeader(first);
  // A reader may hand out so little at a time that the header itself comes in pieces.
  for (let reads = 1; header === undefined; reads++) {
    if (reads === 8) throw new JpkiError('MALFORMED_RESPONSE', 'The file does not start with a data object.');
    const more = await readBlock(send, first.length, BLOCK);
    if (more.length === 0) throw endsEarly(first.length, first.length + 1);
    first = concatBytes(first, more);
    header = readBerTlvHeader(first);
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
  return readRest(send, first, length, session.extendedReads === true ? EXTENDED_BLOCK : BLOCK);
}

/**
 * The start of a file, in one extended-length read where card and reader carry it: for a certificate that is all of
 * it. Tried once in a session, and never after a PIN was verified: a reader that chokes on it may reset the card, and
 * the PIN would be asked for again.
 */
async function readStartOfDer(
  session: CardSession,
  send: Send,
  file: number,
  role: KeyRole,
): Promise<Uint8Array | undefined> {
  const untried = session.extendedReads === undefined;
  if (session.extendedReads === true || (untried && !session.channel.keyMayBeOpen)) {
    try {
      const start = await readStart(session, send, file, EXTENDED_BLOCK, role);
      if (start !== undefined) session.extendedReads = true;
      return start;
    } catch (error) {
      if (!untried || !(error instanceof JpkiError)) throw error;
      if (error.code !== 'STATUS_WORD' && error.code !== 'TRANSPORT') throw error;
      session.extendedReads = false;
      // What the reader made of the command is not known: start from the application again.
      if (error.code === 'TRANSPORT') await session.selectJpki(send);
    }
  }
  return readStart(session, send, file, BLOCK, role);
}

async function readStart(
  session: CardSession,
  send: Send,
  file: number,
  le: number,
  role: KeyRole | undefined,
): Promise<Uint8Array | undefined> {
  let response: ResponseApdu | undefined;
  if (session.shortIds !== false && session.currentFile !== file) {
    session.currentFile = undefined;
    response = await send(readBinaryByShortId(file, le));
    if (refusesShortId(response.statusWord)) response = undefined;
  }
  const byShortId = response !== undefined;
  if (response === undefined) {
    if (!(await session.selectFile(send, file))) return undefined;
    // The SELECT found what the short identifier did not.
    if (session.shortIds === undefined) session.shortIds = false;
    response = await send(readBinary(0, le));
  }
  const { statusWord, data } = response;
  if (statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) {
    throw new JpkiError('PIN_REQUIRED', undefined, { role, statusWord: statusWord.value });
  }
  // 6B00 at offset 0: the file is there and holds nothing.
  if (statusWord.value === SW.WRONG_OFFSET) return undefined;
  if (!statusWord.isDone && statusWord.value !== SW.END_OF_FILE) throw statusError(statusWord, READING, role);
  // Not before: a refused length says nothing of the identifier.
  if (byShortId) session.shortIds = true;
  session.currentFile = file;
  return data;
}

/** Reads on until `length` bytes are there; anything behind them is not asked for. */
async function readRest(send: Send, first: Uint8Array, length: number, most: number): Promise<Uint8Array> {
  const parts = [first];
  let have = first.length;
  for (let reads = 1; have < length; reads++) {
    if (reads === MAX_READS)
      throw new JpkiError('MALFORMED_RESPONSE', `After ${reads} reads the file is still not complete.`);
    const block = await readBlock(send, have, Math.min(length - have, most));
    if (block.length === 0) throw endsEarly(have, length);
    parts.push(block);
    have += block.length;
  }
  return concatBytes(...parts).slice(0, length);
}

/** One READ BINARY of the current file; empty at its end. */
async function readBlock(send: Send, offset: number, le: number): Promise<Uint8Array> {
  const { statusWord, data } = await send(readBinary(offset, le));
  if (statusWord.value === SW.WRONG_OFFSET) return new Uint8Array(0);
  if (!statusWord.isDone && statusWord.value !== SW.END_OF_FILE) throw statusError(statusWord, READING);
  return data;
}
