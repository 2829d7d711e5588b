/** Dates as the holder of a card counts them: in Japan, which has no daylight saving (none since 1951). */
import type { BilingualText } from '../errors.js';

const JAPAN_OFFSET_MS = 9 * 3_600_000;

export function dayInJapan(date: Date): BilingualText {
  const iso = new Date(date.getTime() + JAPAN_OFFSET_MS).toISOString().slice(0, 10);
  const [year, month, day] = iso.split('-').map(Number);
  return { en: iso, ja: `${year} 年 ${month} 月 ${day} 日` };
}
