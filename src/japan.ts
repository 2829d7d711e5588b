/** Japan has one time zone and no summer time: its clocks are nine hours ahead of UTC. */
export const JAPAN_OFFSET_MS = 9 * 3_600_000;

/** The moment as a Date whose UTC fields are what clock and calendar show in Japan. */
export function inJapan(date: Date): Date {
  return new Date(date.getTime() + JAPAN_OFFSET_MS);
}
