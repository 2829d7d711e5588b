/** Facts of Japan that more than one floor needs: its clock, its calendar, and the check digit of its Individual Numbers. */

/** Japan has one time zone and no summer time: its clocks are nine hours ahead of UTC. */
export const JAPAN_OFFSET_MS = 9 * 3_600_000;

/** The moment as a Date whose UTC fields are what clock and calendar show in Japan. */
export function inJapan(date: Date): Date {
  return new Date(date.getTime() + JAPAN_OFFSET_MS);
}

/** First day of each era as YYYYMMDD, the newest first: 令和, 平成, 昭和, 大正, 明治. */
const ERA_STARTS = [20190501, 19890108, 19261225, 19120730, 18680125] as const;

/**
 * The year of a Gregorian date within its Japanese era, 1 for 元年; `undefined` before 明治.
 *
 * @example
 * eraYearOf(1980, 2, 17); // 55, of 昭和
 */
export function eraYearOf(year: number, month: number, day: number): number | undefined {
  const date = year * 10_000 + month * 100 + day;
  const start = ERA_STARTS.find((first) => first <= date);
  return start === undefined ? undefined : year - Math.floor(start / 10_000) + 1;
}

/** Whether there is such a day in the Gregorian calendar. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  const date = new Date(0);
  // Not Date.UTC, which takes the years 0 to 99 for those of the 20th century.
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * Whether the last of the twelve digits of an Individual Number is the check digit of the others (平成26年総務省令第85号
 * 第5条; it holds for the number of a published test card [myna-card]). ASCII digits; anything else gives `false`.
 */
export function hasCheckDigit(number: Uint8Array): boolean {
  if (number.length !== 12 || number.some((byte) => byte < 0x30 || byte > 0x39)) return false;
  // Of the eleven digits the last weighs 2, and the weights go up to 7 twice: 6 5 4 3 2 7 6 5 4 3 2.
  let sum = 0;
  for (let i = 0; i < 11; i++) sum += ((number[i] ?? 0) - 0x30) * (((10 - i) % 6) + 2);
  const remainder = sum % 11;
  return (number[11] ?? 0) - 0x30 === (remainder <= 1 ? 0 : 11 - remainder);
}
