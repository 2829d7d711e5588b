/** The person a signature certificate names (docs/card.md section 7), and whether somebody typed the same name and address. */
import { checkString, fieldsOf, integerFrom, listOf, required } from '../arguments.js';
import {
  type DerValue,
  expectTag,
  invalid,
  isContext,
  oidText,
  sequenceOf,
  stringText,
  TAG,
} from '../asn1/der.js';
import { HOLDER_ENTRIES } from '../asn1/oid.js';
import { ERAS, type Era, SEX_DIGITS, type Sex } from './profile.js';

/**
 * A character that stands in for one the character set lacks: the person's real one is not in the certificate.
 *
 * @category Certificates
 */
export interface SubstituteCharacter {
  /** Position in characters (code points), the first being 0. */
  readonly index: number;
  readonly character: string;
}

/**
 * The holder as the certificate names one. Fields the certificate leaves out are empty or unknown.
 *
 * @category Certificates
 */
export interface Holder {
  /** Family and given name separated by U+3000, as on the card. */
  readonly name: string;
  /** Characters of `name` that are substitutes; `undefined` when the certificate does not say which. */
  readonly nameSubstitutes: readonly SubstituteCharacter[] | undefined;
  readonly sex: Sex;
  readonly birthDate: BirthDate;
  /** Without postal code; empty when the certificate has none. */
  readonly address: string;
  /** As `nameSubstitutes`, for `address`. */
  readonly addressSubstitutes: readonly SubstituteCharacter[] | undefined;
}

const UNKNOWN_BIRTH_DATE = '000000000';

/**
 * The holder in a subjectAltName, or `undefined` when it names none.
 *
 * @throws JpkiError `CERTIFICATE_INVALID` when an entry is there twice or holds what it cannot
 */
export function readHolder(altName: DerValue): Holder | undefined {
  const entries = new Map<string, string>();
  for (const entry of sequenceOf(altName, 'the subjectAltName')) {
    if (entry.tagClass !== 'context' || entry.tag !== 0) continue;
    // Passed over, it would be an attribute that the holder seems not to have.
    if (!entry.constructed) throw invalid('an otherName that is not one');
    const oid = oidText(entry.children[0], 'the type of an otherName');
    if (!HOLDER_OIDS.has(oid)) continue;
    if (entries.has(oid)) throw invalid('an attribute of the holder is there twice');
    entries.set(oid, otherNameText(entry));
  }
  const name = entries.get(HOLDER_ENTRIES.name);
  if (name === undefined) return undefined;
  const address = entries.get(HOLDER_ENTRIES.address) ?? '';
  return Object.freeze({
    name,
    nameSubstitutes: readSubstitutes(name, entries.get(HOLDER_ENTRIES.nameSubstitutes)),
    sex: readSex(entries.get(HOLDER_ENTRIES.sex)),
    birthDate: parseBirthDate(entries.get(HOLDER_ENTRIES.birthDate) ?? UNKNOWN_BIRTH_DATE),
    address,
    addressSubstitutes: readSubstitutes(address, entries.get(HOLDER_ENTRIES.addressSubstitutes)),
  });
}

const HOLDER_OIDS: ReadonlySet<string> = new Set(Object.values(HOLDER_ENTRIES));

/** OtherName is a type and an explicitly tagged [0] value (RFC 5280 section 4.2.1.6). */
function otherNameText(entry: DerValue): string {
  const [, wrapper, ...more] = entry.children;
  if (!isContext(wrapper, 0, true) || wrapper.children.length !== 1 || more.length > 0) {
    throw invalid('an attribute of the holder is not one value');
  }
  const text = stringText(expectTag(wrapper.children[0], TAG.utf8String, 'an attribute of the holder')) ?? '';
  // No name or address holds what moves the cursor or turns the writing direction.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    throw invalid('an attribute of the holder has control characters');
  return text;
}

function readSex(digit: string | undefined): Sex {
  const sexes = Object.keys(SEX_DIGITS) as Sex[];
  const sex = digit === undefined ? 'unknown' : sexes.find((key) => SEX_DIGITS[key] === digit);
  if (!sex) throw invalid('the sex is none of the three digits');
  return sex;
}

function readSubstitutes(
  text: string,
  digits: string | undefined,
): readonly SubstituteCharacter[] | undefined {
  if (digits === undefined) return undefined;
  if (/[^01]/.test(digits)) throw invalid('the substitute characters are not marked by 0 and 1');
  if (!digits.includes('1')) return Object.freeze([]);
  const characters = [...text];
  // Marks that do not fit the text say that there are substitutes, but not where.
  if (digits.length !== characters.length) return undefined;
  const marked = characters.map((character, index) => ({ index, character }));
  return Object.freeze(marked.filter(({ index }) => digits[index] === '1'));
}

/**
 * A date of birth of which parts may be unknown.
 *
 * @category Certificates
 */
export interface BirthDate {
  /** As the certificate has it: `EYYYYMMDD`, zeros where unknown. */
  readonly encoded: string;
  /** Gregorian; `undefined` when unknown. */
  readonly year: number | undefined;
  /** 1 to 12; `undefined` when unknown. */
  readonly month: number | undefined;
  /** 1 to 31; `undefined` when unknown. */
  readonly day: number | undefined;
  /** Era of birth with its names; `undefined` when unknown. */
  readonly era: Era | undefined;
  /** Year within the era, 1 for 元年; `undefined` when era or year is unknown. */
  readonly eraYear: number | undefined;
  /** `YYYY-MM-DD`, only when year, month and day are all known. */
  readonly iso: string | undefined;
  readonly unknown: readonly ('era' | 'year' | 'month' | 'day')[];
}

/**
 * Reads the card's `EYYYYMMDD` form (docs/card.md section 7).
 *
 * @throws JpkiError `CERTIFICATE_INVALID` when the text is not nine digits, or names a day that no calendar has
 * @example
 * parseBirthDate('420010415').iso;      // '2001-04-15', era 平成, eraYear 13
 * parseBirthDate('319500000').unknown;  // ['month', 'day']
 */
export function parseBirthDate(encoded: string): BirthDate {
  if (!/^[0-9]{9}$/.test(encoded)) throw invalid('the date of birth is not nine digits');
  const part = (start: number, end: number): number | undefined =>
    Number(encoded.slice(start, end)) || undefined;
  const year = part(1, 5);
  const month = part(5, 7);
  const day = part(7, 9);
  // An era digit above 5 belongs to an era yet to come: unknown here, not an error.
  const era = ERAS.find(({ digit }) => digit === encoded[0]);

  // With the year or month unknown, the longest ones decide whether the day can be.
  const lastDay = new Date(Date.UTC(year ?? 2000, month ?? 1, 0)).getUTCDate();
  if ((month ?? 1) > 12 || (day ?? 1) > lastDay) throw invalid('the date of birth is in no calendar');

  const eraYear = era && year !== undefined && year >= era.firstYear ? year - era.firstYear + 1 : undefined;
  const complete = year !== undefined && month !== undefined && day !== undefined;
  const known = { era, year, month, day };
  const parts = ['era', 'year', 'month', 'day'] as const;
  return Object.freeze({
    encoded,
    ...known,
    eraYear,
    iso: complete ? `${encoded.slice(1, 5)}-${encoded.slice(5, 7)}-${encoded.slice(7, 9)}` : undefined,
    unknown: Object.freeze(parts.filter((name) => known[name] === undefined)),
  });
}

/**
 * What comparing a typed text with the certificate's came to.
 *
 * @category Certificates
 */
export interface TextComparison {
  /**
   * `equal` and `different` are certain. `cannot-be-compared`: the certificate has substitute characters, and apart from
   * them the texts agree, so a person has to look.
   */
  readonly result: 'equal' | 'different' | 'cannot-be-compared';
  /** The substitutes that stand in the way; `undefined` when the certificate does not say which characters they are. */
  readonly substitutes: readonly SubstituteCharacter[] | undefined;
}

const checkSubstitutes = listOf(
  fieldsOf<SubstituteCharacter>({
    index: required(integerFrom(0, Number.MAX_SAFE_INTEGER)),
    character: required(checkString),
  }),
);
const checkHolder = fieldsOf<Omit<Holder, 'sex' | 'birthDate'>>({
  name: required(checkString),
  nameSubstitutes: checkSubstitutes,
  address: required(checkString),
  addressSubstitutes: checkSubstitutes,
});

/**
 * Whether a typed name is the holder's. Width, spaces, kinds of hyphen and upper or lower case make no difference.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when there is no holder, or no string
 * @example
 * compareHolderName(holder, '架空花子').result;   // 'equal' for 架空　花子
 * @category Certificates
 */
export function compareHolderName(holder: Holder, typed: string): TextComparison {
  checkHolder('holder', holder);
  return compare(holder.name, holder.nameSubstitutes, typed);
}

/**
 * Whether a typed address is the holder's, as `compareHolderName`. Different spellings of a lot number (１丁目２番３号
 * and 1-2-3) are different texts.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when there is no holder, or no string
 * @example
 * compareHolderAddress(holder, '架空県見本市例示町一丁目2番3号').result;   // 'equal'
 * @category Certificates
 */
export function compareHolderAddress(holder: Holder, typed: string): TextComparison {
  checkHolder('holder', holder);
  return compare(holder.address, holder.addressSubstitutes, typed);
}

/** OBJECT REPLACEMENT CHARACTER: marks a substitute while the certificate's text is normalised. */
const SUBSTITUTE = '\uFFFC';

function compare(
  text: string,
  substitutes: readonly SubstituteCharacter[] | undefined,
  typed: string,
): TextComparison {
  checkString('typed', typed);
  if (!substitutes) return { result: 'cannot-be-compared', substitutes };
  const given = normalise(typed);
  if (substitutes.length === 0)
    return { result: normalise(text) === given ? 'equal' : 'different', substitutes };

  const characters = [...text];
  for (const { index } of substitutes) characters[index] = SUBSTITUTE;
  const segments = normalise(characters.join('')).split(SUBSTITUTE);
  return { result: couldBe(segments, given) ? 'cannot-be-compared' : 'different', substitutes };
}

/** Whether `text` is the segments in order with something typed for the substitute between each two. */
function couldBe(segments: readonly string[], text: string): boolean {
  const first = segments[0] ?? '';
  const last = segments[segments.length - 1] ?? '';
  const gaps = segments.length - 1;
  // A substitute stands for one character, which may be typed as two UTF-16 units and a variation selector of two more.
  const certain = segments.reduce((sum, segment) => sum + segment.length, 0);
  if (text.length < certain + gaps || text.length > certain + 4 * gaps) return false;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length + 1;
  for (const segment of segments.slice(1, -1)) {
    const found = text.indexOf(segment, at);
    if (found < 0) return false;
    at = found + segment.length + 1;
  }
  return at <= text.length - last.length;
}

const HYPHENS = /[\u002D\u2010-\u2015\u2212\uFE58\uFE63]/g;
/** The prolonged sound mark is a hyphen where no kana is before it: 1ー2, but not センター. */
const PROLONGED_AS_HYPHEN = /(?<![\u3041-\u30FF])\u30FC/g;
/** Not normalised: Unicode would turn these ideographs into others that a register tells apart. */
const NOT_COMPATIBILITY_IDEOGRAPHS = /[^\uF900-\uFAFF\u{2F800}-\u{2FA1F}]+/gu;
const WIDTH_FORMS = /[\uFF00-\uFFEF]+/g;

function normalise(text: string): string {
  return text
    .replace(WIDTH_FORMS, (run) => run.normalize('NFKC'))
    .replace(NOT_COMPATIBILITY_IDEOGRAPHS, (run) => run.normalize('NFC'))
    .replace(/\s+/g, '')
    .replace(HYPHENS, '-')
    .replace(PROLONGED_AS_HYPHEN, '-')
    .toUpperCase();
}
