import { describe, expect, it } from 'vitest';
import { readBer } from '../../src/asn1/ber.js';
import { toDer } from '../../src/asn1/to-der.js';
import { fromHex, toHex } from '../../src/bytes.js';

const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(0);
const inDer = (hex: string) => toHex(toDer(readBer(bytes(hex))));

/** Of known lengths, which no reader has to go into to find their end. */
const deep = (count: number, tag = '30', innermost = '0500'): string =>
  Array.from({ length: count }).reduce(
    (inside: string) => `${tag}${(inside.length / 2).toString(16).padStart(2, '0')}${inside}`,
    innermost,
  );

/** Encodings by hand from X.690; what each section allows in BER, and the one of them that DER has. */
describe('a value in BER', () => {
  it.each([
    ['a length in more bytes than it needs (8.1.3.5, 10.1)', '308200 02 0500', '30020500'],
    ['an indefinite length (8.1.3.6, 10.1)', '3080 0500 0000', '30020500'],
    ['indefinite lengths in one another', '3080 3080 0500 0000 0000', '300430020500'],
    ['a true that is no FF (8.2.2, 11.1)', '010101', '0101ff'],
    ['a true that is FF', '0101ff', '0101ff'],
    ['a false', '010100', '010100'],
    ['an octet string in parts (8.7.3, 10.2)', '2406 0401 61 0401 62', '04026162'],
    ['an octet string in parts of parts', '2480 2480 0401 61 0000 0401 62 0000', '04026162'],
    ['an octet string in no parts', '2400', '0400'],
    ['a text in parts (8.23)', '2c06 0401 61 0401 62', '0c026162'],
    ['a bit string with unused bits set (8.6.2.4, 11.2.1)', '030204ff', '030204f0'],
    ['a bit string in parts (8.6.4)', '2309 0303 00 a5a5 0302 04 ff', '030404a5a5f0'],
    ['a SET OF in another order (11.6)', '3106 0201 02 0201 01', '3106020101020102'],
    ['a SET OF in which one begins the other', '3107 0402 6100 0401 61', '3107040161 04026100'],
    [
      'values of other classes, of which the order may mean something',
      'a006 0201 02 0201 01',
      'a006020102020101',
    ],
    ['a value of another class in parts, which may be no string', 'a003 0401 61', 'a003040161'],
    ['a content of 128 bytes', `048200 80 ${'61'.repeat(128)}`, `048180${'61'.repeat(128)}`],
    ['a content of 256 bytes', `04830001 00 ${'61'.repeat(256)}`, `04820100${'61'.repeat(256)}`],
  ])('%s gets the one encoding of DER', (_name, ber, der) => {
    expect(inDer(ber)).toBe(der.replaceAll(' ', ''));
    expect(inDer(der)).toBe(der.replaceAll(' ', ''));
  });

  it.each([
    ['an integer in more bytes than it needs (8.3.2)', '02020001'],
    ['a boolean of two bytes (8.2.1)', '01020101'],
    ['a null with content (8.8.2)', '050100'],
    ['an integer in parts (8.3.1)', '2203020101'],
    ['a bit string with nine unused bits (8.6.2.2)', '03020900'],
  ])('%s is wrong in BER too, and stays as it is', (_name, hex) => {
    expect(inDer(hex)).toBe(hex);
  });

  it.each([
    ['a text in parts that are texts (8.23)', '2c03 0c0161'],
    ['a bit string in parts that are octet strings (8.6.4)', '2303 040161'],
    ['a bit string with unused bits in the middle (8.6.4.1)', '2308 0302 04f0 0302 00a5'],
    ['sequences in one another, 26 deep', deep(26)],
    ['parts of a string in one another, 26 deep', deep(26, '24', '0400')],
    ['more than 64 KiB', `04830100 01 ${'61'.repeat(65_537)}`],
  ])('%s is refused', (_name, hex) => {
    expect(() => inDer(hex)).toThrow(expect.objectContaining({ code: 'SIGNATURE_INVALID' }));
  });
});
