/** Whom a virtual card is issued to, and what of that the certificates carry. */
import { type ChecksOf, checkString, checkText, checkThat, oneOf, type SomeOf } from '../arguments.js';
import { HOLDER_ENTRIES } from '../asn1/oid.js';
import { SEX_DIGITS, type Sex } from '../certificate/profile.js';
import { der, explicit, oid, sequence, utf8String } from './issue-certificate.js';

/** The holder as the signature certificate names one. A value of another type or range is `INVALID_ARGUMENT`. */
export interface HolderDetails {
  /** Family and given name separated by U+3000, not empty. */
  readonly name: string;
  /** One digit per character of `name`, `1` where a substitute character was used; default: none was. */
  readonly nameSubstitutes?: string;
  readonly sex: Sex;
  /**
   * `EYYYYMMDD`: the era's digit (1 明治 2 大正 3 昭和 4 平成 5 令和 0 unknown) and the Gregorian date, `00` for a month or
   * day and `0000` for a year that is unknown.
   */
  readonly birthDate: string;
  /** Without postal code. */
  readonly address: string;
  /** As `nameSubstitutes`, for `address`. */
  readonly addressSubstitutes?: string;
}

const checkBirthDate = checkThat(
  {
    en: 'a birth date written EYYYYMMDD, an era digit and eight digits',
    ja: 'EYYYYMMDD 形式の生年月日（元号の 1 桁と 8 桁の数字）',
  },
  (value) => typeof value === 'string' && /^[0-5][0-9]{4}(0[0-9]|1[0-2])([0-2][0-9]|3[01])$/.test(value),
);
const checkMarks = checkThat(
  { en: 'digits 0 and 1, one a character', ja: '1 文字につき一つの 0 または 1' },
  (value) => typeof value === 'string' && /^[01]*$/.test(value),
);

export const HOLDER_CHECKS: ChecksOf<SomeOf<HolderDetails>> = {
  name: checkText,
  nameSubstitutes: checkMarks,
  sex: oneOf(...Object.keys(SEX_DIGITS)),
  birthDate: checkBirthDate,
  address: checkString,
  addressSubstitutes: checkMarks,
};

/** Nobody: the names say imaginary (仮想) and fictitious (架空), sample (見本) and example (例示). */
export const FICTIONAL_HOLDER: HolderDetails = {
  name: '仮想　見本子',
  sex: 'female',
  birthDate: '420010415',
  address: '架空県見本市例示町一丁目２番３号',
};

/** DER of the signature certificate's subjectAltName: one otherName entry for each item of card.md section 7. */
export function holderAltName(holder: HolderDetails): Uint8Array {
  const noSubstitutes = (text: string): string => '0'.repeat([...text].length);
  const values: Readonly<Record<keyof typeof HOLDER_ENTRIES, string>> = {
    name: holder.name,
    nameSubstitutes: holder.nameSubstitutes ?? noSubstitutes(holder.name),
    sex: SEX_DIGITS[holder.sex],
    birthDate: holder.birthDate,
    address: holder.address,
    addressSubstitutes: holder.addressSubstitutes ?? noSubstitutes(holder.address),
  };
  const keys = Object.keys(HOLDER_ENTRIES) as (keyof typeof HOLDER_ENTRIES)[];
  const entry = (key: keyof typeof HOLDER_ENTRIES) =>
    explicit(0, oid(HOLDER_ENTRIES[key]), explicit(0, utf8String(values[key])));
  return der(sequence(...keys.map(entry)));
}

const JAPAN_OFFSET_MS = 9 * 3_600_000;

/** Calendar date and time of day in Japan: read it with the getUTC… methods. */
export function inJapan(date: Date): Date {
  return new Date(date.getTime() + JAPAN_OFFSET_MS);
}

/**
 * The end of validity: the last second, in Japan, of the fifth birthday after issue. A birthday of 29 February falls
 * on the 28th in other years; an unknown month or day is counted from the day of issue instead.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when `birthDate` is none
 */
export function fifthBirthday(birthDate: string, issued: Date): Date {
  checkBirthDate('holder.birthDate', birthDate);
  const [monthOfBirth, dayOfBirth] = [Number(birthDate.slice(5, 7)), Number(birthDate.slice(7))];
  const issue = inJapan(issued);
  const known = monthOfBirth !== 0 && dayOfBirth !== 0;
  const month = known ? monthOfBirth - 1 : issue.getUTCMonth();
  const day = known ? dayOfBirth : issue.getUTCDate();

  const birthdayIn = (year: number): number => {
    const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
    return Date.UTC(year, month, Math.min(day, lastDay));
  };
  const issueYear = issue.getUTCFullYear();
  const issueDay = Date.UTC(issueYear, issue.getUTCMonth(), issue.getUTCDate());
  const firstYear = birthdayIn(issueYear) > issueDay ? issueYear : issueYear + 1;
  return new Date(birthdayIn(firstYear + 4) + 86_400_000 - 1000 - JAPAN_OFFSET_MS);
}
