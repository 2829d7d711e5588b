import { describe, expect, it } from 'vitest';
import { certificateExpiry } from '../../src/recovery/index.js';

/** The end of a day in Japan, as certificates of J-LIS end. */
const endOf = (day: string) => new Date(`${day}T23:59:59+09:00`);
const notBefore = new Date('2021-04-16T00:00:00+09:00');

/*
 * By hand, from the calendar: "from three months before the fifth birthday after issue", "health insurance card for three
 * months". A month that is too short ends on its last day.
 */
describe('the end of a certificate', () => {
  it.each([
    ['2026-04-15', '2026-01-15', '2026-07-15'],
    ['2026-05-31', '2026-02-28', '2026-08-31'],
    ['2028-05-30', '2028-02-29', '2028-08-30'],
    ['2026-11-30', '2026-08-30', '2027-02-28'],
    ['2026-01-31', '2025-10-31', '2026-04-30'],
    ['2026-12-31', '2026-09-30', '2027-03-31'],
  ])('on %s can be put off from %s, and health insurance goes on until %s', (end, from, until) => {
    const { endsAt, renewableFrom, insuranceUntil } = certificateExpiry({ notBefore, notAfter: endOf(end) });
    expect(endsAt).toEqual(endOf(end));
    expect(renewableFrom).toEqual(endOf(from));
    expect(insuranceUntil).toEqual(endOf(until));
  });

  const notAfter = endOf('2026-04-15');
  it.each([
    ['2021-04-15T14:59:59Z', 'not-yet-valid', []],
    ['2021-04-15T15:00:00Z', 'valid', []],
    ['2026-01-15T14:59:58Z', 'valid', []],
    ['2026-01-15T14:59:59Z', 'expiring', ['renew-at-counter', 'kiosk-needs-certificates']],
    ['2026-04-15T14:59:59Z', 'expiring', ['renew-at-counter', 'kiosk-needs-certificates']],
    ['2026-04-15T15:00:00Z', 'expired', ['reissue-at-counter', 'insurance-only']],
    ['2026-07-15T14:59:59Z', 'expired', ['reissue-at-counter', 'insurance-only']],
    ['2026-07-15T15:00:00Z', 'expired', ['reissue-at-counter']],
  ])('is judged at %s as %s', (at, state, codes) => {
    const expiry = certificateExpiry({ notBefore, notAfter }, new Date(at));
    expect(expiry.state).toBe(state);
    expect(expiry.remarks.map(({ code }) => code)).toEqual(codes);
  });

  it('is told as the day it has in Japan, with the price and what no longer works', () => {
    const [renew] = certificateExpiry({ notBefore, notAfter }, new Date('2026-03-01')).remarks;
    expect(renew?.text.en).toMatch(/2026-04-15.*free of charge.*cannot be done online or at a kiosk/);
    expect(renew?.text.ja).toMatch(/2026 年 4 月 15 日.*無料/);
    const [reissue, insurance] = certificateExpiry({ notBefore, notAfter }, new Date('2026-05-01')).remarks;
    expect(reissue?.text.ja).toContain('暗証番号の問題ではありません');
    expect(insurance?.text.en).toMatch(/three months, until 2026-07-15/);
    expect(insurance?.text.ja).toMatch(/3 か月間（2026 年 7 月 15 日まで）/);
    expect(renew?.sources.map(({ published }) => published)).toEqual(['2026-02', '2026-01']);
  });
});
