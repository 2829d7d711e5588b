import { describe, expect, it } from 'vitest';
import { oidText, readDer, stringText, timeValue } from '../../src/asn1/der.js';
import { fromHex, toHex } from '../../src/bytes.js';

const read = (hex: string) => readDer(fromHex(hex) ?? new Uint8Array());
const refused = expect.objectContaining({ name: 'JpkiError', code: 'CERTIFICATE_INVALID' });

describe('DER is read', () => {
  it('with every value inside it', () => {
    // SEQUENCE { INTEGER 5, [0] { BOOLEAN TRUE }, [1] 'ab' }
    const value = read('300c020105a0030101ff81026162');
    expect(
      value.children.map(({ tagClass, tag, constructed, content }) => [
        tagClass,
        tag,
        constructed,
        toHex(content),
      ]),
    ).toEqual([
      ['universal', 2, false, '05'],
      ['context', 0, true, '0101ff'],
      ['context', 1, false, '6162'],
    ]);
  });

  it.each([
    // X.690 section 8.19.5 gives 2.999.3 as its example.
    ['2.999.3', '0603883703'],
    ['1.2.840.113549.1.1.11', '06092a864886f70d01010b'],
    ['0.39', '060127'],
    ['1.0', '060128'],
    // The widest single arc of a UUID identifier (X.667): 2.25 and 128 bits.
    ['2.25.340282366920938463463374607431768211455', '06146983ffffffffffffffffffffffffffffffffff7f'],
  ])('with object identifier %s', (text, hex) => {
    expect(oidText(read(hex), 'it')).toBe(text);
  });

  it.each([
    ['UTF8String', '0c03e585ac', '公'],
    ['PrintableString', '13024a50', 'JP'],
    ['BMPString', '1e02516c', '公'],
    ['TeletexString', '1401e9', 'é'],
  ])('with the text of a %s', (_, hex, text) => {
    expect(stringText(read(hex))).toBe(text);
  });

  it.each([
    ['500101000000Z as UTCTime is 1950', '170d3530303130313030303030305a', '1950-01-01T00:00:00.000Z'],
    ['491231235959Z as UTCTime is 2049', '170d3439313233313233353935395a', '2049-12-31T23:59:59.000Z'],
    ['20500101000000Z as GeneralizedTime', '180f32303530303130313030303030305a', '2050-01-01T00:00:00.000Z'],
  ])('with the time %s', (_, hex, iso) => {
    expect(timeValue(read(hex), 'it').toISOString()).toBe(iso);
  });
});

describe('what is not DER is refused:', () => {
  it.each([
    ['nothing at all', '', 'ends too early'],
    ['a tag without a length', '30', 'ends too early'],
    ['a length without content', '3005', 'past the end'],
    ['an indefinite length', '30800000', 'indefinite'],
    ['a long form for a short length', '0481050102030405', 'than it needs'],
    ['a length with a leading zero', `04820080${'00'.repeat(128)}`, 'than it needs'],
    ['a length of four bytes', '048400000001ff', 'past the end'],
    ['a length that wraps around 32 bits', '0488000000010000000105', 'past the end'],
    ['bytes at the end', '050000', 'bytes follow'],
    ['a child that reaches past its parent', '3003020201', 'past the end'],
    ['a tag number in more bytes', '1f8100', 'tag number above 30'],
    ['the type that ends indefinite lengths', '0000', 'type 0'],
    ['a type that certificates do not use', '090100', 'type 9'],
    ['a SEQUENCE in primitive form', '100101', 'wrong form'],
    ['an OCTET STRING made of parts', '2403040101', 'wrong form'],
    ['a BOOLEAN of another value than 00 and FF', '010101', 'boolean'],
    ['a BOOLEAN of two bytes', '0102ffff', 'boolean'],
    ['an INTEGER without content', '0200', 'integer without content'],
    ['an INTEGER with a superfluous 00', '0202007f', 'integer in more bytes'],
    ['an INTEGER with a superfluous FF', '0202ff80', 'integer in more bytes'],
    ['an ENUMERATED with a superfluous 00', '0a020001', 'integer in more bytes'],
    ['a NULL with content', '050100', 'null'],
    ['a BIT STRING without content', '0300', 'count of unused bits'],
    ['a BIT STRING that is empty but has unused bits', '030101', 'count of unused bits'],
    ['a BIT STRING with eight unused bits', '03020800', 'count of unused bits'],
    ['a BIT STRING with unused bits set', '03020181', 'unused bits set'],
    ['an OBJECT IDENTIFIER without content', '0600', 'of this length'],
    ['an OBJECT IDENTIFIER with a padded number', '06032a8001', 'object identifier in more bytes'],
    ['an OBJECT IDENTIFIER that ends in the middle of a number', '06022a86', 'ends too early'],
    ['an OBJECT IDENTIFIER of 65 bytes', `0641${'2a'.repeat(65)}`, 'of this length'],
    ['an OCTET STRING of 64 KB and more', `0483010000${'00'.repeat(65_536)}`, 'more than 65536 bytes'],
  ])('%s', (_, hex, reason) => {
    expect(() => read(hex)).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_INVALID', message: expect.stringContaining(reason) }),
    );
  });

  it('more levels than any certificate has', () => {
    const nested = (levels: number): Uint8Array => {
      let value = new Uint8Array();
      for (let i = 0; i < levels; i++) value = Uint8Array.of(0x30, value.length, ...value);
      return value;
    };
    expect(readDer(nested(20)).children).toHaveLength(1);
    expect(() => readDer(nested(40))).toThrow(refused);
  });

  it('more values than any certificate has', () => {
    const nulls = (count: number): Uint8Array =>
      Uint8Array.of(0x30, 0x82, (2 * count) >> 8, (2 * count) & 0xff, ...Array(count).fill([5, 0]).flat());
    expect(readDer(nulls(4000)).children).toHaveLength(4000);
    expect(() => readDer(nulls(5000))).toThrow(refused);
  });

  it.each([
    ['a UTF8String that is not UTF-8', '0c02e585'],
    ['a UTF8String with a surrogate', '0c03eda080'],
    ['a PrintableString with a byte above 7F', '130180'],
    ['a BMPString of three bytes', '1e03516c00'],
  ])('%s', (_, hex) => {
    expect(() => stringText(read(hex))).toThrow(refused);
  });

  it.each([
    ['without seconds', '2604010000Z', 0x17],
    ['with an offset', '260401000000+0900', 0x17],
    ['with fractions', '20260401000000.5Z', 0x18],
    ['with a month there is not', '261301000000Z', 0x17],
    ['with a day there is not', '260431000000Z', 0x17],
    ['of 24 hours', '260401240000Z', 0x17],
    ['with two digits of the year as GeneralizedTime', '260401000000Z', 0x18],
    ['of another type', '260401000000Z', 0x13],
  ])('a time %s', (_, text, tag) => {
    const value = readDer(Uint8Array.of(tag, text.length, ...new TextEncoder().encode(text)));
    expect(() => timeValue(value, 'it')).toThrow(refused);
  });
});
