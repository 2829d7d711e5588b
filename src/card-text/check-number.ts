/** Check number B (照合番号B), from what is printed on the card. */
import { type ChecksOf, checkedOptions, checkThat, integerFrom, required } from '../arguments.js';
import { invalidArgument } from '../errors.js';
import { eraYearOf, isCalendarDay } from '../japan.js';

/** What is printed on the face of a card. A value of another type or range is `INVALID_ARGUMENT`. */
export interface CardFace {
  /** The holder's date of birth, Gregorian. */
  readonly birthDate: { readonly year: number; readonly month: number; readonly day: number };
  /** The year until which the card is valid, 2000 to 9999. */
  readonly expiryYear: number;
  /** Four digits, セキュリティコード. */
  readonly securityCode: string;
}

const FACE_CHECKS: ChecksOf<CardFace> = {
  birthDate: required(
    checkThat(
      (t) => t.text.birthDate,
      (value) => {
        const { year, month, day } = value as CardFace['birthDate'];
        // Two digits are the year: 令和 has had 99 in 2117.
        return isCalendarDay(year, month, day) && (eraYearOf(year, month, day) ?? 100) < 100;
      },
    ),
  ),
  expiryYear: required(integerFrom(2000, 9999)),
  securityCode: required(
    checkThat(
      (t) => t.virtual.digits(4),
      (value) => typeof value === 'string' && /^[0-9]{4}$/.test(value),
    ),
  ),
};

/**
 * Check number B of a card, 14 digits: the birth date as YYMMDD with the year of its Japanese era, the year of expiry, the
 * security code [myna-card: verified on a card]. How the birth year of a foreign holder is counted is not known: a wrong
 * check number spends a try, so try no second one. Check number A is the Individual Number itself.
 *
 * @throws JpkiError `INVALID_ARGUMENT`, also for a day before 明治 (25 January 1868) or after 令和 99 (2117)
 * @example
 * const face = { birthDate: { year: 1980, month: 2, day: 17 }, expiryYear: 2035, securityCode: '2285' };
 * checkNumberB(face); // '55021720352285': 1980 is 昭和55年
 */
export function checkNumberB(face: CardFace): string {
  const { birthDate, expiryYear, securityCode } = checkedOptions(face, FACE_CHECKS, 'face');
  const { year, month, day } = birthDate;
  const eraYear = eraYearOf(year, month, day);
  if (eraYear === undefined) throw invalidArgument('face.birthDate', (t) => t.text.birthDate);
  return `${twoDigits(eraYear)}${twoDigits(month)}${twoDigits(day)}${expiryYear}${securityCode}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
