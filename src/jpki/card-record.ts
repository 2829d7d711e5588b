import { type ChecksOf, checkedOptions, checkSignal } from '../arguments.js';
import { JpkiError } from '../errors.js';
import { type OperationOptions, type Send, type StatusWord, SW } from '../iso7816/index.js';
import { isCalendarDay } from '../japan.js';
import type { CardConnection } from '../transport/connection.js';
import { readRecord } from './commands.js';
import { CARD_RECORD_FILE, CARD_RECORD_LENGTH } from './files.js';
import { CardSession, statusError } from './session.js';

/**
 * A day of the Gregorian calendar.
 *
 * @category The card and its applet
 */
export interface CalendarDay {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
  /** `YYYY-MM-DD`. */
  readonly iso: string;
}

/**
 * What a card says of itself without any PIN.
 *
 * @category The card and its applet
 */
export interface CardRecord {
  /** The last day on which the card is valid. */
  readonly expiry: CalendarDay;
  /** The municipality that issued it: five digits of 全国地方公共団体コード, the first two the prefecture. */
  readonly municipalityCode: string;
}

const CHECKS: ChecksOf<OperationOptions> = { signal: checkSignal };

/**
 * When the card ends, and which municipality issued it, from record 1 of file 0001 of the common application [myna-card];
 * no PIN is needed. Three exchanges, two where the application is selected. `undefined` on a card or phone that has no such
 * record. The serial number that stands beside it is not handed out: it is the same for every service, for life of the card.
 *
 * @throws JpkiError `MALFORMED_RESPONSE`, `STATUS_WORD`, `INVALID_ARGUMENT`, and what the connection throws
 * @example
 * const { expiry } = (await readCardRecord(applet.connection)) ?? {};
 * @category The card and its applet
 */
export async function readCardRecord(
  connection: CardConnection,
  options: OperationOptions = {},
): Promise<CardRecord | undefined> {
  const session = CardSession.of(connection);
  return session.told(async () => {
    const { signal } = checkedOptions(options, CHECKS);
    try {
      return await session.run('common', (send) => readIt(session, send), { signal });
    } catch (error) {
      if (error instanceof JpkiError && error.code === 'UNSUPPORTED') return undefined;
      throw error;
    }
  });
}

async function readIt(session: CardSession, send: Send): Promise<CardRecord | undefined> {
  if (!(await session.findFile(send, CARD_RECORD_FILE))) return undefined;
  const { data, statusWord } = await send(readRecord(1, 256));
  if (isAbsent(statusWord)) return undefined;
  if (!statusWord.isDone) throw statusError(statusWord, (t) => t.card.reading);
  return parseCardRecord(data);
}

function isAbsent({ value }: StatusWord): boolean {
  return value === SW.RECORD_NOT_FOUND || value === SW.FILE_NOT_FOUND;
}

/** `01 1C` and 28 digits: serial number 15, municipality 5, expiry YYYYMMDD. Filler may follow. */
function parseCardRecord(record: Uint8Array): CardRecord {
  const end = 2 + CARD_RECORD_LENGTH;
  const value = record.subarray(2, end);
  const isRecord = record[0] === 0x01 && record[1] === CARD_RECORD_LENGTH && record.length >= end;
  const hasOnlyFiller = record.subarray(end).every((byte) => byte === 0x00 || byte === 0xff);
  if (!isRecord || !hasOnlyFiller || value.some((byte) => byte < 0x30 || byte > 0x39))
    throw new JpkiError('MALFORMED_RESPONSE', 'The card record is not 28 digits.');
  const text = String.fromCharCode(...value);
  const expiry = calendarDay(text.slice(20));
  if (expiry === undefined)
    throw new JpkiError('MALFORMED_RESPONSE', 'The card record says no day of expiry.');
  return { expiry, municipalityCode: text.slice(15, 20) };
}

/** A day written YYYYMMDD; `undefined` where there is no such day. */
export function calendarDay(digits: string): CalendarDay | undefined {
  const [, y = '', m = '', d = ''] = /^([0-9]{4})([0-9]{2})([0-9]{2})$/.exec(digits) ?? [];
  const [year, month, day] = [Number(y), Number(m), Number(d)];
  return isCalendarDay(year, month, day) && year > 0
    ? { year, month, day, iso: `${y}-${m}-${d}` }
    : undefined;
}
