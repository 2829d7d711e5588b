/** Name, address, birth date and sex as text: file 0002. */
import { checkBytes } from '../arguments.js';
import { JpkiError } from '../errors.js';
import { isCalendarDay } from '../japan.js';
import { TEXT_TAG } from '../jpki/files.js';
import { digitsOf, ObjectFile } from './data-objects.js';

/** The four attributes (基本4情報) that the card has of its holder, as text. */
export interface CardAttributes {
  /** Family and given name with U+3000 between them, not empty; without it where the holder has one name only. */
  readonly name: string;
  /** Without a postal code; numbers of blocks in full-width digits, with U+FF0D between them. */
  readonly address: string;
  readonly birthDate: CardBirthDate;
  readonly sex: CardSex;
  /** The file that it was read from, without filler: what `verifyCardText` takes. */
  readonly file: Uint8Array;
}

/** A Gregorian date of birth; a part that the card writes as zeros is unknown, and `undefined`. */
export interface CardBirthDate {
  readonly year: number | undefined;
  /** 1 to 12. */
  readonly month: number | undefined;
  /** 1 to 31. */
  readonly day: number | undefined;
  /** `YYYY-MM-DD`; `undefined` where a part is unknown. */
  readonly iso: string | undefined;
}

/** As JIS X 0303 has it: 1, 2, 0 and 9. Of cards only 1 was seen by the source [myna-card]. */
export type CardSex = 'male' | 'female' | 'unknown' | 'not-applicable';

const SEXES: Readonly<Record<string, CardSex>> = {
  '1': 'male',
  '2': 'female',
  '0': 'unknown',
  '9': 'not-applicable',
};

/**
 * Reads file 0002 of the card input support application: `FF20 { DF21 offsets, DF22 name, DF23 address, DF24 birth date, DF25
 * sex }`, found by their tags. The offset table has to name where each object begins, from the first byte of the file
 * [myna-card]. Filler of 00 or FF may follow.
 *
 * @throws JpkiError `MALFORMED_RESPONSE`, which tells nothing of the holder; `INVALID_ARGUMENT` for no bytes
 * @example
 * const { name, address } = parseCardAttributes(file);
 */
export function parseCardAttributes(bytes: Uint8Array): CardAttributes {
  checkBytes('bytes', bytes);
  const file = new ObjectFile(bytes, TEXT_TAG.attributes, 'text of the four attributes');
  checkOffsets(file);
  const name = textOf(file, TEXT_TAG.name);
  if (name === '') throw file.malformed('there is no name');
  const sex = SEXES[digitsOf(file.one(TEXT_TAG.sex, 1).value) ?? ''];
  if (sex === undefined) throw file.malformed('the sex is none of JIS X 0303');
  return {
    name,
    address: textOf(file, TEXT_TAG.address),
    birthDate: birthDateOf(file),
    sex,
    // Not slice(): that of a Node Buffer shares the memory.
    file: new Uint8Array(bytes.subarray(0, file.outer.end)),
  };
}

/**
 * The bytes that the card's digest of the attributes covers: the value of FF20 behind the offset table, to its end
 * [myna-card].
 *
 * @throws JpkiError `MALFORMED_RESPONSE`
 */
export function digestedAttributes(bytes: Uint8Array): Uint8Array {
  const file = new ObjectFile(bytes, TEXT_TAG.attributes, 'text of the four attributes');
  return bytes.subarray(offsetTable(file).end, file.outer.end);
}

function offsetTable(file: ObjectFile) {
  const table = file.one(TEXT_TAG.offsets);
  if (table !== file.objects[0]) throw file.malformed('the offset table is not its first object');
  return table;
}

/** A table that lies would have other readers, who go by it, read something else in the same file. */
function checkOffsets(file: ObjectFile): void {
  const { value } = offsetTable(file);
  const [, ...objects] = file.objects;
  const isTrue = objects.every(
    ({ start }, i) => value[2 * i] === start >> 8 && value[2 * i + 1] === (start & 0xff),
  );
  if (value.length !== 2 * objects.length || !isTrue)
    throw file.malformed('the offset table does not name where its objects begin');
}

/** UTF-8 that is nothing else, and nothing that moves a cursor or ends a line. */
function textOf(file: ObjectFile, tag: number): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.one(tag).value);
  } catch (error) {
    if (error instanceof JpkiError) throw error;
    throw file.malformed('a text is not UTF-8');
  }
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/u.test(text))
    throw file.malformed('a text holds control characters');
  return text;
}

function birthDateOf(file: ObjectFile): CardBirthDate {
  const digits = digitsOf(file.one(TEXT_TAG.birthDate, 8).value);
  if (digits === undefined) throw file.malformed('the birth date is not eight digits');
  const parts = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)];
  const [year, month, day] = parts.map((part) => Number(part) || undefined);
  // 2000 is a leap year, and January has 31 days: a part that is unknown does not spoil the others.
  if (!isCalendarDay(year ?? 2000, month ?? 1, day ?? 1)) throw file.malformed('the birth date is no day');
  const isKnown = year !== undefined && month !== undefined && day !== undefined;
  return { year, month, day, iso: isKnown ? parts.join('-') : undefined };
}
