/** What is to be done about a certificate before it ends, and what still works afterwards. */
import { checkDate, fieldsOf, required } from '../arguments.js';
import { inJapan, JAPAN_OFFSET_MS } from '../japan.js';
import type { Texts } from '../text/en.js';
import { item, type RecoveryItem } from './sentences.js';

/** Calendar months before the end from which the counter renews, and after it for which health insurance goes on. */
export const RENEWABLE_MONTHS = 3;
const INSURANCE_MONTHS = 3;

/**
 * A sentence on what to do.
 *
 * @category When a PIN is locked
 */
export type ExpiryRemark = RecoveryItem<
  'renew-at-counter' | 'kiosk-needs-certificates' | 'reissue-at-counter' | 'insurance-only'
>;

/**
 * How a certificate stands to its end. Says nothing about revocation.
 *
 * @category When a PIN is locked
 */
export interface CertificateExpiry {
  /** `expiring`: it ends within three months, and can be renewed. */
  readonly state: 'not-yet-valid' | 'valid' | 'expiring' | 'expired';
  readonly endsAt: Date;
  /** From then on the counter renews it. */
  readonly renewableFrom: Date;
  /** As a health insurance card the card works until then, and for nothing else that needs the certificate. */
  readonly insuranceUntil: Date;
  /** What the holder should know at the moment asked about; empty for a certificate that is `valid`. */
  readonly remarks: readonly ExpiryRemark[];
}

/**
 * Tells from three months before the end of a certificate what the holder should do, and after it what still works. A letter
 * reminds the holder two to three months before; the counter renews free of charge, and nobody else does, as municipal pages
 * of January and February 2026 have it.
 *
 * @throws JpkiError `INVALID_ARGUMENT`
 * @example
 * const { state, remarks } = certificateExpiry(await applet.readCertificate('auth'));
 * if (state !== 'valid') for (const { text } of remarks) console.log(text.ja);
 * @category When a PIN is locked
 */
export function certificateExpiry(
  certificate: { readonly notBefore: Date; readonly notAfter: Date },
  at: Date = new Date(),
): CertificateExpiry {
  checkCertificate('certificate', certificate);
  checkDate('at', at);
  const { notBefore, notAfter } = certificate;
  const renewableFrom = monthsLater(notAfter, -RENEWABLE_MONTHS);
  const insuranceUntil = monthsLater(notAfter, INSURANCE_MONTHS);
  const state =
    at < notBefore ? 'not-yet-valid' : at > notAfter ? 'expired' : at >= renewableFrom ? 'expiring' : 'valid';
  const remarks =
    state === 'expiring' ? EXPIRING(notAfter) : state === 'expired' ? EXPIRED(insuranceUntil, at) : [];
  return { state, endsAt: notAfter, renewableFrom, insuranceUntil, remarks };
}

const checkCertificate = fieldsOf<Parameters<typeof certificateExpiry>[0]>({
  notBefore: required(checkDate),
  notAfter: required(checkDate),
});

const EXPIRING = (end: Date): ExpiryRemark[] => [
  item('renew-at-counter', ({ expiry }) => expiry.renew(...dayOf(end)), 'nagano', 'takaoka'),
  item('kiosk-needs-certificates', ({ expiry }) => expiry.kiosk, 'faq'),
];

const EXPIRED = (insuranceUntil: Date, at: Date): ExpiryRemark[] => [
  item('reissue-at-counter', ({ expiry }) => expiry.reissue, 'nagano'),
  ...(at <= insuranceUntil
    ? [item('insurance-only' as const, ({ expiry }) => expiry.insurance(...dayOf(insuranceUntil)), 'nagano')]
    : []),
];

/** Year, month and day on the calendar of Japan. */
function dayOf(date: Date): Parameters<Texts['recovery']['expiry']['renew']> {
  const there = inJapan(date);
  return [there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate()];
}

/** The same day and time of a later month in Japan, or the last day of a month that is shorter. */
export function monthsLater(date: Date, months: number): Date {
  const there = inJapan(date);
  const [year, month] = [there.getUTCFullYear(), there.getUTCMonth() + months];
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(there.getUTCDate(), lastDay);
  const time = there.getTime() % 86_400_000;
  return new Date(Date.UTC(year, month, day) + time - JAPAN_OFFSET_MS);
}
