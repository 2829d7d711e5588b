import { invalid } from '../asn1/der.js';
import { ERAS } from './profile.js';

/** An era of birth: 明治, 大正, 昭和, 平成 or 令和, with the Gregorian year of its year 1. */
export type Era = (typeof ERAS)[number];

/** A date of birth of which parts may be unknown. */
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
 * Reads the card's `EYYYYMMDD` form (card.md section 7).
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
