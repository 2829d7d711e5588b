import { describe, expect, it } from 'vitest';
import { type RecoveryOption, recoveryOptions } from '../../src/recovery/index.js';

function optionsAt(at?: Date): Record<string, RecoveryOption['when'] | undefined> {
  const options = recoveryOptions({ pins: { sign: { holder: 'forgotten' }, auth: { holder: 'known' } }, at });
  return Object.fromEntries(options.map(({ way, when }) => [way, when]));
}

/** Moments with their offset written out, so that the expectation is on the wall clock of Japan. */
const kioskAt = (moment: string): boolean | undefined => optionsAt(new Date(moment))['kiosk']?.openNow;

describe('the hours of the kiosk, on the clock of Japan', () => {
  it.each([
    ['2026-11-21T06:29:59.999+09:00', false],
    ['2026-11-21T06:30:00.000+09:00', true],
    ['2026-11-21T12:00:00.000+09:00', true],
    ['2026-11-21T22:59:59.999+09:00', true],
    ['2026-11-21T23:00:00.000+09:00', false],
    ['2026-11-22T00:00:00.000+09:00', false],
  ])('at %s: open is %s', (moment, open) => {
    expect(kioskAt(moment)).toBe(open);
  });

  it.each([
    // Japan is nine hours ahead: 15:00 UTC is midnight, 21:30 UTC the opening of the next day.
    ['2026-11-20T13:59:59Z', true],
    ['2026-11-20T14:00:00Z', false],
    ['2026-11-20T15:00:00Z', false],
    ['2026-11-20T21:29:59Z', false],
    ['2026-11-20T21:30:00Z', true],
    ['2026-11-20T23:59:59Z', true],
    ['2026-11-21T00:00:00Z', true],
    // No daylight saving: July is as November. Nor does a date before 1970 count minutes backwards.
    ['2026-07-20T21:29:59Z', false],
    ['2026-07-20T21:30:00Z', true],
    ['1969-07-20T21:29:59Z', false],
    ['1969-07-20T21:30:00Z', true],
  ])('at %s: open is %s', (moment, open) => {
    expect(kioskAt(moment)).toBe(open);
  });

  it('agrees with the time zone data of the runtime through a leap year, every 29 minutes', () => {
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Asia/Tokyo',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    for (let time = Date.UTC(2028, 0, 1); time < Date.UTC(2029, 0, 1); time += 29 * 60_000) {
      const at = new Date(time);
      const wall = clock.format(at);
      if (optionsAt(at)['kiosk']?.openNow !== (wall >= '06:30' && wall < '23:00'))
        throw new Error(at.toISOString());
    }
  }, 60_000);

  it('tells a person the hours, that the reservation works around the clock, and the 24 hours it lasts', () => {
    const when = optionsAt(new Date('2026-11-21T03:00:00+09:00'))['kiosk'];
    expect(when?.hours.en).toMatch(
      /6:30 to 23:00 Japan time.*within 24 hours.*around the clock except during maintenance/,
    );
    expect(when?.hours.ja).toMatch(/6:30～23:00.*24 時間以内.*メンテナンス時を除き 24 時間/);
    expect(when?.now.en).toMatch(/closed now and open at 6:30; the app takes the reservation now/);
    expect(optionsAt(new Date('2026-11-21T12:00:00+09:00'))['kiosk']?.now.en).toMatch(
      /within their hours now/,
    );
  });

  it('judges the present moment when none is given', () => {
    const before = kioskAt(new Date().toISOString());
    const now = optionsAt()['kiosk']?.openNow;
    const after = kioskAt(new Date().toISOString());
    expect([before, after]).toContain(now);
  });
});

describe('the hours of the other ways', () => {
  it('does not claim to know when a municipal counter is open', () => {
    for (const moment of ['2026-11-20T10:00:00+09:00', '2026-11-22T03:00:00+09:00']) {
      const when = optionsAt(new Date(moment))['counter'];
      expect(when?.openNow).toBeUndefined();
      expect(when?.now.ja).toMatch(/市区町村に確認/);
    }
  });

  it('lets a known PIN be changed at any hour', () => {
    const [change] = recoveryOptions({
      pins: { auth: { holder: 'known' } },
      at: new Date('2026-11-22T03:00:00+09:00'),
    });
    expect(change?.way).toBe('change');
    expect(change?.when.openNow).toBe(true);
  });
});
