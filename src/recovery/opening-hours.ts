/** Whether a place is open, on the clock of Japan. */

import type { BilingualText } from '../errors.js';
import { KIOSK, type RecoveryWay } from './facts.js';

/** When a way is open. */
export interface RecoveryHours {
  /**
   * Whether the published hours cover the moment asked about; maintenance and the hours of a single store are not
   * known. `undefined` when the library does not know the hours.
   */
  readonly openNow: boolean | undefined;
  readonly hours: BilingualText;
  /** The same as `openNow`, for a person. */
  readonly now: BilingualText;
}

const MINUTES_A_DAY = 24 * 60;
/** Japan has no daylight saving (none since 1951): a fixed offset is exact and needs no time zone data. */
const TOKYO_OFFSET_MINUTES = 9 * 60;

const OPEN = clock(KIOSK.hours.opens);
const CLOSE = clock(KIOSK.hours.closes);

const KIOSK_HOURS: BilingualText = {
  en: `Kiosk ${OPEN} to ${CLOSE} Japan time, as far as the store is open, within ${KIOSK.reservationLasts} hours of the reservation. The app takes reservations around the clock except during maintenance.`,
  ja: `マルチコピー機は ${OPEN}～${CLOSE}（店舗の営業時間内）。アプリでの予約から ${KIOSK.reservationLasts} 時間以内に手続きしてください。予約はメンテナンス時を除き 24 時間できます。`,
};

/** When a way is open, judged at `at`. */
export function hoursOf(way: RecoveryWay, at: Date): RecoveryHours {
  if (way === 'change') {
    return {
      openNow: true,
      hours: { en: 'At any time', ja: 'いつでもできます' },
      now: { en: 'You can do it now.', ja: '今すぐできます。' },
    };
  }
  if (way === 'counter') {
    return {
      openNow: undefined,
      hours: {
        en: 'Office hours, which differ from municipality to municipality',
        ja: '開庁時間内（市区町村によって異なります）',
      },
      now: {
        en: 'Whether it is open now is not known here: ask the municipality.',
        ja: '今開いているかどうかは、ここでは分かりません。市区町村に確認してください。',
      },
    };
  }
  const openNow = isKioskOpen(at);
  return { openNow, hours: KIOSK_HOURS, now: kioskNow(openNow) };
}

function isKioskOpen(at: Date): boolean {
  const minutes = Math.floor(at.getTime() / 60_000) + TOKYO_OFFSET_MINUTES;
  const minuteOfDay = ((minutes % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY;
  return minuteOfDay >= KIOSK.hours.opens && minuteOfDay < KIOSK.hours.closes;
}

function kioskNow(openNow: boolean): BilingualText {
  if (openNow) {
    return { en: 'The kiosks are within their hours now.', ja: '今はマルチコピー機を利用できる時間帯です。' };
  }
  return {
    en: `The kiosks are closed now and open at ${OPEN}; the app takes the reservation now.`,
    ja: `今はマルチコピー機の利用時間外です（${OPEN} から）。アプリでの予約は今でもできます。`,
  };
}

function clock(minuteOfDay: number): string {
  return `${Math.floor(minuteOfDay / 60)}:${String(minuteOfDay % 60).padStart(2, '0')}`;
}
