import { describe, expect, it } from 'vitest';
import { OpenKeyWatch } from '../../src/transport/connection.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** Exchanges as "command > response", on one connection; an answer may be missing. */
function watch(...exchanges: readonly string[]): boolean {
  const watching = new OpenKeyWatch();
  for (const exchange of exchanges) {
    const [command = '', response] = exchange.split('>');
    watching.sending(hex(command));
    if (response !== undefined) watching.answered(hex(command), hex(response));
  }
  return watching.mayBeOpen;
}

describe('a key may be open', () => {
  it.each([
    ['a VERIFY with a PIN, before any answer', '00 20 00 98 04 31323334'],
    ['a VERIFY with a PIN of one byte', '00 20 00 98 01 31'],
    ['a VERIFY with a wrong PIN', '00 20 00 80 04 30303030 > 63C2'],
    ['a VERIFY that the reader answered with a word of its own', '00 20 00 80 04 30303030 > 6301'],
    ['a VERIFY that was refused', '00 20 00 80 04 30303030 > 6700'],
    ['a VERIFY with its PIN in a data object, ISO 7816-4 7.5.6', '00 21 00 98 06 5C0431323334'],
    ['a VERIFY in extended length', '00 20 00 98 00 00 04 31323334'],
    ['a VERIFY on a logical channel', '01 20 00 98 04 31323334'],
    ['a change of a PIN', '00 24 01 98 04 31323334 > 9000'],
    ['a change of the registry PIN, JICSAP CHANGE KEY', '80 32 00 80 04 31323334 > 9000'],
    ['a reset of a retry counter', '00 2C 00 98 04 31323334 > 6D00'],
    ['a counter that is answered 9000: somebody verified the PIN', '00 20 00 98 > 9000'],
    ['the same with an Le', '00 20 00 98 00 > 9000'],
    ['a signature that works without a PIN', '80 2A 00 97 03 010203 00 > 00112233 9000'],
    ['a signature that is announced', '80 2A 00 97 03 010203 00 > 6100'],
    ['the signature certificate, read by short identifier', '00 B0 81 00 00 > 3082 9000'],
    ['the same, its data to be fetched', '00 B0 81 00 00 > 6120'],
  ])('after %s', (_what, ...exchanges) => {
    expect(watch(...exchanges)).toBe(true);
  });

  it('after the signature certificate, read from the file that was selected', () => {
    expect(watch('00 A4 02 0C 02 0001 > 9000', '00 B0 00 00 00 > 3082 9000')).toBe(true);
  });

  const TEXT = '00 A4 04 0C 0A D3921000310001010408';
  const FACE = '00 A4 04 0C 0A D3921000310001010402';
  // Files as measured [myna-card text.rs, surface.rs]; each by short identifier, and after a SELECT.
  it.each([
    ...[1, 2, 3, 6, 7].map((file) => ['text', `${TEXT} > 9000`, file] as const),
    ...[1, 2, 5, 6].map((file) => ['face', `${FACE} > 9000`, file] as const),
    ['text, whose SELECT was not answered', TEXT, 2] as const,
  ])('after a file of the %s that is behind a PIN: %s, %i', (_which, select, file) => {
    expect(watch(select, `00 B0 8${file} 00 00 > 0102 9000`)).toBe(true);
    expect(watch(select, `00 A4 02 0C 02 000${file} > 9000`, '00 B0 00 00 00 > 0102 9000')).toBe(true);
  });

  it.each([
    ...[4, 5].map((file) => ['text', `${TEXT} > 9000`, file] as const),
    ...[3, 4].map((file) => ['face', `${FACE} > 9000`, file] as const),
    ['text, which was refused', `${TEXT} > 6A82`, 2] as const,
    ['JPKI', '00 A4 04 0C 0A D392F000260100000001 > 9000', 2] as const,
  ])('but not after a free file of the %s: %s, %i', (_which, select, file) => {
    expect(watch(select, `00 B0 8${file} 00 00 > 0102 9000`)).toBe(false);
    expect(watch(select, `00 A4 02 0C 02 000${file} > 9000`, '00 B0 00 00 00 > 0102 9000')).toBe(false);
  });

  it('and stays so, whatever comes after', () => {
    expect(watch('00 20 00 98 04 31323334 > 63C2', '00 20 00 98 > 63C2', '00 A4 04 0C 00 > 9000')).toBe(true);
  });
});

describe('no key is open', () => {
  it.each([
    ['a counter', ['00 20 00 98 > 63C3']],
    ['a counter with an Le', ['00 20 00 98 00 > 63C3']],
    ['a counter of a locked PIN', ['00 20 00 98 > 6984']],
    ['a signature that asks for the PIN', ['80 2A 00 97 03 010203 00 > 6982']],
    ['the signature certificate, refused', ['00 B0 81 00 00 > 6982']],
    ['the same after a SELECT', ['00 A4 02 0C 02 0001 > 9000', '00 B0 00 00 00 > 6982']],
    ['another file by short identifier', ['00 B0 8A 00 00 > 3082 9000']],
    [
      'another file, selected after that of the certificate',
      ['00 A4 02 0C 02 0001 > 9000', '00 A4 02 0C 02 000A > 9000', '00 B0 00 00 00 > 3082 9000'],
    ],
    [
      'another file, where the SELECT of the certificate was refused',
      ['00 A4 02 0C 02 000A > 9000', '00 A4 02 0C 02 0001 > 6A82', '00 B0 00 00 00 > 3082 9000'],
    ],
    [
      'another file by short identifier, after a SELECT of the certificate',
      ['00 A4 02 0C 02 0001 > 9000', '00 B0 8A 00 00 > 3082 9000'],
    ],
    ['an answer of nothing', ['00 20 00 98 > ', '00 B0 81 00 00 > ']],
  ])('after %s', (_what, exchanges) => {
    expect(watch(...exchanges)).toBe(false);
  });
});
