import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyRole } from '../../src/errors.js';
import { type PinAdviceBirthDate, pinAdvice } from '../../src/jpki/pin-advice.js';

const codes = (role: KeyRole, pin: string, birthDate?: PinAdviceBirthDate): string[] =>
  pinAdvice(role, pin, { birthDate }).map(({ code }) => code);

/** Nobody's: 27 October 1986 is 昭和61年, and 7 January 1989 was the last day of 昭和64年. */
const OCTOBER_1986 = { year: 1986, month: 10, day: 27 };

describe('pinAdvice', () => {
  it.each([
    ['year', '1986'],
    ['month and day', '1027'],
    ['day and month', '2710'],
    ['short year and month', '8610'],
    ['month and short year', '1086'],
    ['era year and month', '6110'],
    ['month and era year', '1061'],
    ['era year and day', '6127'],
  ])('names a birth date written as %s', (_spelling, pin) => {
    expect(codes('auth', pin, OCTOBER_1986)).toContain('birth-date');
    expect(codes('auth', pin)).not.toContain('birth-date');
    expect(codes('auth', pin, { year: 1954, month: 3, day: 9 })).not.toContain('birth-date');
  });

  it.each([
    ['YYYYMMDD', 'TK19861027'],
    ['YYMMDD', '861027TK'],
    ['DDMMYYYY', '27101986TK'],
    ['era and date', 'S611027X'],
    ['era year alone', 'XS61XXY7'],
    ['month and day alone', 'TARO1027'],
  ])('names a birth date inside a signature PIN, written as %s', (_spelling, pin) => {
    expect(codes('sign', pin, OCTOBER_1986)).toContain('birth-date');
  });

  it.each<[string, PinAdviceBirthDate, string[]]>([
    ['Meiji 44', { year: 1911, month: 5 }, ['4405', '1105']],
    ['Meiji 45 and Taisho 1', { year: 1912, month: 7 }, ['4507', '0107']],
    ['Taisho 15 and Showa 1', { year: 1926, month: 12 }, ['1512', '0112']],
    ['Showa 64 and Heisei 1', { year: 1989, month: 1 }, ['6401', '0101']],
    ['Heisei 31 and Reiwa 1', { year: 2019, month: 4 }, ['3104', '0104']],
    ['Reiwa 6', { year: 2024, month: 2 }, ['0602', '2402']],
  ])('counts era years as the calendar does: %s', (_era, date, pins) => {
    for (const pin of pins) expect(codes('auth', pin, date)).toContain('birth-date');
  });

  it('looks only for the parts of a birth date that are known', () => {
    expect(codes('auth', '1986', { year: 1986 })).toContain('birth-date');
    expect(codes('auth', '1000', { month: 10, day: 0 })).not.toContain('birth-date');
    expect(codes('auth', '8600', { year: 1986, month: 0 })).not.toContain('birth-date');
    for (const date of [{}, { year: Number.NaN, month: 99, day: -1 }, { year: 1e9, month: 1.5 }]) {
      expect(codes('auth', '4829', date)).toEqual([]);
    }
  });

  it.each<[KeyRole, string]>([
    ['auth', '7777'],
    ['auth', '1212'],
    ['auth', '8448'],
    ['auth', '5550'],
    ['sign', 'K9K9K9'],
    ['sign', 'XKQ0000BM7'],
  ])('names repeats in a %s PIN', (role, pin) => {
    expect(codes(role, pin)).toEqual(['repeat']);
  });

  it.each<[KeyRole, string]>([
    ['auth', '0123'],
    ['auth', '6789'],
    ['auth', '7890'],
    ['auth', '9876'],
    ['auth', '0987'],
    ['auth', '2468'],
    ['auth', '9753'],
    ['sign', 'KW3456MB'],
    ['sign', '71BCDEKX'],
    ['sign', 'Z0WVUT5M'],
  ])('names ascending and descending runs in a %s PIN', (role, pin) => {
    expect(codes(role, pin)).toEqual(['sequence']);
  });

  it.each<[KeyRole, string]>([
    ['auth', '2580'],
    ['auth', '0852'],
    ['sign', 'QWERTY7'],
    ['sign', '7LKJH0M'],
  ])('names neighbouring keys in a %s PIN', (role, pin) => {
    expect(codes(role, pin)).toEqual(['keyboard']);
  });

  it('names every weakness there is, in a fixed order', () => {
    expect(codes('sign', 'QWER19861027ABCD', OCTOBER_1986)).toEqual(['birth-date', 'sequence', 'keyboard']);
    expect(codes('auth', '1111', { month: 11, day: 11 })).toEqual(['birth-date', 'repeat']);
  });

  it.each<[KeyRole, string]>([
    ['auth', '4829'],
    ['auth', '3071'],
    ['sign', 'K7QX2M9T'],
    ['sign', 'ABC4ZX12'],
  ])('has nothing to say about a %s PIN without these weaknesses', (role, pin) => {
    expect(codes(role, pin, OCTOBER_1986)).toEqual([]);
  });

  it('says the same about bytes as about text, and leaves the bytes as they are', () => {
    const bytes = Uint8Array.from('7777', (character) => character.charCodeAt(0));
    expect(pinAdvice('auth', bytes)).toEqual(pinAdvice('auth', '7777'));
    expect([...bytes]).toEqual([0x37, 0x37, 0x37, 0x37]);
  });

  it('shows neither the PIN nor the birth date: its sentences hold no digit at all', () => {
    for (const { text } of pinAdvice('sign', 'QWER19861027AAAA', { birthDate: OCTOBER_1986 })) {
      expect(text.en + text.ja).not.toMatch(/[0-9]/);
      expect(text.en + text.ja).not.toMatch(/QWER|AAAA/);
    }
  });

  it('looks no further than a PIN can reach', () => {
    const sixteen = 'K7QX2M9TBWFZ4VNP';
    expect(codes('sign', `${sixteen}${sixteen}0000`)).toEqual([]);
  });

  it('takes any text in the time a PIN takes, also what can be no PIN', () => {
    expect(codes('auth', '')).toEqual([]);
    expect(codes('auth', '11')).toEqual([]);
    expect(() => codes('sign', 'K7'.repeat(5_000_000), OCTOBER_1986)).not.toThrow();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        pinAdvice('sign', text, { birthDate: OCTOBER_1986 });
      }),
    );
  });
});
