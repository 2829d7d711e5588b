import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { checkNumberB, MyNumber, parseCardAttributes } from '../../src/card-text/index.js';
import { JpkiError } from '../../src/errors.js';
import {
  FIELDS,
  fileOf,
  object,
  objectsOf,
  PUBLISHED_FILE,
  PUBLISHED_NUMBER,
  readByOffsets,
} from './support.js';

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    return error.code;
  }
}

describe('the published file', () => {
  it('has 104 bytes and says what it was published with', () => {
    expect(PUBLISHED_FILE.length).toBe(104);
    const { file, ...attributes } = parseCardAttributes(PUBLISHED_FILE);
    expect(attributes).toEqual({
      name: '黒桐　幹也',
      address: '東京都清瀬市観布子南１２－７－２０２',
      birthDate: { year: 1980, month: 2, day: 17, iso: '1980-02-17' },
      sex: 'male',
    });
    expect(Buffer.from(file)).toEqual(PUBLISHED_FILE);
  });

  it.each(['ff', '00'])('is the same with filler of %s behind it', (byte) => {
    const filled = Buffer.concat([PUBLISHED_FILE, Buffer.alloc(40, byte, 'hex')]);
    expect(parseCardAttributes(filled)).toEqual(parseCardAttributes(PUBLISHED_FILE));
  });

  it('shares no memory with what it was read from', () => {
    const bytes = Buffer.from(PUBLISHED_FILE);
    const { file } = parseCardAttributes(bytes);
    bytes.fill(0);
    expect(Buffer.from(file)).toEqual(PUBLISHED_FILE);
  });

  it('changed in any one byte is refused, or still a file of attributes: no other error, no hang', () => {
    for (let at = 0; at < PUBLISHED_FILE.length; at++) {
      for (const value of [0x00, 0xff, 0x7f, 0x80, 0xdf, (PUBLISHED_FILE[at] ?? 0) ^ 1]) {
        const bytes = Buffer.from(PUBLISHED_FILE);
        bytes[at] = value;
        expect([undefined, 'MALFORMED_RESPONSE']).toContain(codeOf(() => parseCardAttributes(bytes)));
      }
    }
  });

  it('cut off anywhere is refused', () => {
    for (let length = 0; length < PUBLISHED_FILE.length; length++)
      expect(codeOf(() => parseCardAttributes(PUBLISHED_FILE.subarray(0, length)))).toBe(
        'MALFORMED_RESPONSE',
      );
  });
});

describe('any attributes', () => {
  const text = fc
    .string({
      unit: fc.constantFrom('山', '田', '太', 'Ａ', '　', '１', '－', 'é', '𠮷', '葛󠄀'),
      minLength: 1,
    })
    .map((value) => value.repeat(1 + (value.length % 9)));

  it('are read as a reader reads them that goes by the offsets alone', () => {
    const sex = fc.constantFrom('0', '1', '2', '9');
    const day = fc.date({
      min: new Date('1868-01-25T00:00Z'),
      max: new Date('2099-12-31T00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(text, text, day, sex, fc.nat(30), (name, address, date, digit, filler) => {
        const birthDate = date.toISOString().slice(0, 10).replaceAll('-', '');
        const file = Buffer.concat([
          fileOf(objectsOf({ name, address, birthDate, sex: digit })),
          Buffer.alloc(filler, 0xff),
        ]);
        const read = parseCardAttributes(file);
        expect([read.name, read.address]).toEqual(readByOffsets(file).slice(0, 2));
        expect(read.birthDate.iso?.replaceAll('-', '')).toBe(readByOffsets(file)[2]);
        expect(read.sex).toBe(
          { '0': 'unknown', '1': 'male', '2': 'female', '9': 'not-applicable' }[readByOffsets(file)[3] ?? ''],
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['one name only', { name: 'マドンナ' }, 'マドンナ'],
    ['three parts', { name: 'ＡＮＮ　ＭＡＲＩＥ　ＬＥＥ' }, 'ＡＮＮ　ＭＡＲＩＥ　ＬＥＥ'],
    ['a character outside the basic plane', { name: '𠮷田　龍' }, '𠮷田　龍'],
    ['a variation of a character', { name: '葛󠄀城　花' }, '葛󠄀城　花'],
    ['a byte order mark, which is not dropped', { name: '\ufeff仮　名' }, '\ufeff仮　名'],
  ])('have names of every kind: %s', (_what, fields, name) => {
    expect(parseCardAttributes(fileOf(objectsOf(fields))).name).toBe(name);
  });

  it.each([
    ['19500000', { year: 1950, month: undefined, day: undefined, iso: undefined }],
    ['00000000', { year: undefined, month: undefined, day: undefined, iso: undefined }],
    ['00000229', { year: undefined, month: 2, day: 29, iso: undefined }],
    ['20240229', { year: 2024, month: 2, day: 29, iso: '2024-02-29' }],
  ])('have birth dates with parts that nobody knows: %s', (birthDate, expected) => {
    expect(parseCardAttributes(fileOf(objectsOf({ birthDate }))).birthDate).toEqual(expected);
  });

  it('may hold more objects, where the table names them', () => {
    const more = fileOf([...objectsOf(), object('df26', 'カナ')]);
    expect(parseCardAttributes(more).name).toBe(FIELDS.name);
  });

  it('may have filler inside the object around them', () => {
    const fields = [...objectsOf()];
    const file = fileOf(fields);
    const inner = Buffer.concat([file.subarray(3), Buffer.alloc(4, 0xff)]);
    expect(parseCardAttributes(object('ff20', inner)).sex).toBe('female');
  });
});

describe('a hostile file is refused', () => {
  const [name, address, birthDate, sex] = objectsOf() as [Buffer, Buffer, Buffer, Buffer];
  const all = [name, address, birthDate, sex];
  const good = fileOf(all);
  const withByte = (at: number, value: number) => {
    const bytes = Buffer.from(good);
    bytes[at] = value;
    return bytes;
  };
  it('where the good one is not', () => {
    expect(codeOf(() => parseCardAttributes(good))).toBeUndefined();
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['filler of FF', Buffer.alloc(104, 0xff)],
    ['filler of 00', Buffer.alloc(104)],
    ['another object', object('ff10', '123456789012')],
    ['a certificate', Buffer.from('30820101', 'hex')],
    ['a length beyond the file', withByte(2, 0x7f)],
    ['a length of four GB', Buffer.concat([Buffer.from('ff2084ffffffff', 'hex'), good])],
    ['an indefinite length', Buffer.concat([Buffer.from('ff2080', 'hex'), good])],
    ['something behind it', Buffer.concat([good, Buffer.from([0x01])])],
    ['mixed filler', Buffer.concat([good, Buffer.from([0xff, 0x00])])],
    ['an offset one too low', fileOf(all, ([first = 0, ...rest]) => [first - 1, ...rest])],
    ['an offset beyond the end', fileOf(all, (offsets) => [...offsets.slice(0, 3), 0xffff])],
    ['offsets in another order', fileOf(all, ([a = 0, b = 0, ...rest]) => [b, a, ...rest])],
    ['offsets from behind the header', fileOf(all, (offsets) => offsets.map((offset) => offset - 3))],
    [
      'a table that names one more',
      fileOf(all, (offsets) => [...offsets.map((offset) => offset + 2), good.length + 2]),
    ],
    ['a table that is too short', fileOf(all, (offsets) => offsets.slice(0, 3))],
    ['no table', object('ff20', Buffer.concat(all))],
    ['a table that comes last', object('ff20', Buffer.concat([...all, object('df21', Buffer.alloc(8))]))],
    ['a table that is there twice', fileOf([...all, object('df21', Buffer.alloc(8))])],
    ['no name', fileOf([address, birthDate, sex])],
    ['an empty name', fileOf(objectsOf({ name: '' }))],
    ['no address', fileOf([name, birthDate, sex])],
    ['no birth date', fileOf([name, address, sex])],
    ['no sex', fileOf([name, address, birthDate])],
    ['two names', fileOf([name, name, address, birthDate, sex])],
    ['Shift_JIS', fileOf(objectsOf({ name: Buffer.from('8d959370', 'hex') }))],
    ['UTF-8 that is cut off', fileOf(objectsOf({ address: Buffer.from('e6a1', 'hex') }))],
    ['UTF-8 that is too long for its character', fileOf(objectsOf({ name: Buffer.from('c080', 'hex') }))],
    ['half of a surrogate pair', fileOf(objectsOf({ name: Buffer.from('eda080', 'hex') }))],
    ['a line end', fileOf(objectsOf({ name: '仮\n名' }))],
    ['an escape sequence', fileOf(objectsOf({ address: '\u001b[2J' }))],
    ['a character that turns the direction', fileOf(objectsOf({ address: '架空\u202e県' }))],
    ['a birth date of seven digits', fileOf(objectsOf({ birthDate: '2001041' }))],
    ['a birth date that is no day', fileOf(objectsOf({ birthDate: '20010230' }))],
    ['a month 13', fileOf(objectsOf({ birthDate: '20011301' }))],
    ['full-width digits', fileOf(objectsOf({ birthDate: '２００１' }))],
    ['a sex that is none', fileOf(objectsOf({ sex: '7' }))],
    ['a sex of two digits', fileOf(objectsOf({ sex: '11' }))],
    ['no sex in its object', fileOf(objectsOf({ sex: '' }))],
    [
      'an object whose header reaches into the filler',
      Buffer.concat([
        object('ff20', Buffer.concat([good.subarray(3), Buffer.of(0xdf)])),
        Buffer.alloc(9, 0xff),
      ]),
    ],
    ['objects inside of objects', object('ff20', object('ff20', good))],
    [
      'an object that is longer than its file',
      fileOf([name, address, birthDate, Buffer.from('df250531', 'hex')]),
    ],
  ])('%s', (_what, file) => {
    expect(codeOf(() => parseCardAttributes(file))).toBe('MALFORMED_RESPONSE');
  });

  it('and the error tells nothing of the holder', () => {
    for (const fields of [{ sex: '7' }, { birthDate: '20010230' }, { address: '架空県１－２\n' }]) {
      try {
        parseCardAttributes(fileOf(objectsOf({ name: '秘密　名', ...fields })));
      } catch (error) {
        if (!(error instanceof JpkiError)) throw error;
        expect(`${error.message} ${error.stack} ${error.inLanguage('ja').message}`).not.toMatch(
          /秘密|架空|200102|０/,
        );
      }
    }
    expect.assertions(3);
  });

  it('and random bytes come to an end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, asText) => {
        const file = asText ? object('ff20', bytes) : bytes;
        expect([undefined, 'MALFORMED_RESPONSE']).toContain(codeOf(() => parseCardAttributes(file)));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the Individual Number', () => {
  it('of the published card has its check digit', () => {
    using number = new MyNumber(PUBLISHED_NUMBER);
    expect(Buffer.from(number.digits).toString()).toBe('537686677188');
    expect(number.hasCheckDigit).toBe(true);
    expect(Buffer.from(number.file)).toEqual(PUBLISHED_NUMBER);
  });

  it('is masked wherever it becomes text, and wiped in the end', async () => {
    const number = new MyNumber(PUBLISHED_NUMBER);
    const { inspect } = await import('node:util');
    const shown = [
      `${number}`,
      String(number),
      JSON.stringify({ number }),
      inspect(number, { depth: 9, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toMatch(/5376|8667|537686677188/);
    expect(shown[0]).toBe('********7188');
    const view = number.file;
    number[Symbol.dispose]();
    expect(view.every((byte) => byte === 0)).toBe(true);
    expect(number.digits.every((byte) => byte === 0)).toBe(true);
    expect(number.masked).toBe('************');
  });

  it('is never a text, which nobody could wipe', () => {
    const made = vi.spyOn(String, 'fromCharCode');
    try {
      using number = new MyNumber(PUBLISHED_NUMBER);
      expect(number.masked).toBe('********7188');
      const texts = made.mock.results.map(({ value }) => String(value));
      expect(texts).toEqual(['7188']);
    } finally {
      made.mockRestore();
    }
  });

  it.each([
    ['nothing', ''],
    ['filler', 'ffffffffffffffffffffffffffffffffff'],
    ['eleven digits', `ff100b${'31'.repeat(11)}ffff`],
    ['thirteen digits', `ff100d${'31'.repeat(13)}ffff`],
    ['a letter', `ff100c${'31'.repeat(11)}41ffff`],
    ['the attributes', PUBLISHED_FILE.toString('hex')],
    ['less than it says', `ff100c${'31'.repeat(11)}`],
    ['more behind it', `ff100c${'31'.repeat(12)}01`],
  ])('is refused where it is %s', (_what, file) => {
    expect(codeOf(() => new MyNumber(Buffer.from(file, 'hex')))).toBe('MALFORMED_RESPONSE');
  });
});

describe('check number B', () => {
  const face = (year: number, month: number, day: number, expiryYear = 2035, securityCode = '2285') => ({
    birthDate: { year, month, day },
    ...{ expiryYear, securityCode },
  });

  it.each([
    // Verified on a card [myna-card]; the others by hand.
    [face(1980, 2, 17), '55021720352285'],
    [face(2001, 4, 15, 2036, '0000'), '13041520360000'],
    [face(2019, 4, 30), '31043020352285'],
    [face(2019, 5, 1), '01050120352285'],
    [face(2019, 1, 1), '31010120352285'],
    [face(1989, 1, 8), '01010820352285'],
    [face(1926, 12, 24), '15122420352285'],
    [face(1912, 7, 30), '01073020352285'],
    [face(2117, 12, 31), '99123120352285'],
    [face(1989, 1, 7), '64010720352285'],
    [face(1926, 12, 25), '01122520352285'],
    [face(1912, 7, 29), '45072920352285'],
  ])('of %o', (of, expected) => {
    expect(checkNumberB(of)).toBe(expected);
  });

  it.each([
    ['face.birthDate', face(1868, 1, 24)],
    // A year of three digits in its era.
    ['face.birthDate', face(2118, 1, 1, 2130)],
    ['face.birthDate', face(2001, 2, 29)],
    ['face.expiryYear', face(2001, 4, 15, 35)],
    ['face.securityCode', face(2001, 4, 15, 2035, '228')],
    ['face.securityCode', face(2001, 4, 15, 2035, '２２８５')],
  ])('refuses a wrong %s', (argument, of) => {
    try {
      checkNumberB(of);
      expect.unreachable();
    } catch (error) {
      if (!(error instanceof JpkiError)) throw error;
      expect([error.code, error.argument]).toEqual(['INVALID_ARGUMENT', argument]);
    }
  });
});
