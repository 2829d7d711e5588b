import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiError } from '../../src/errors.js';
import { type BerTlv, parseBerTlv, readBerTlvHeader } from '../../src/iso7816/index.js';
import { hex } from '../support/virtual.js';

/** A data object as plain text: tag in hexadecimal, then its value or its children. */
type Shape = readonly [tag: string, content: string | readonly Shape[]];

function shape({ tag, constructed, value, children }: BerTlv): Shape {
  return [tag.toString(16), constructed ? children.map(shape) : toHex(value)];
}

const shapes = (text: string): readonly Shape[] => parseBerTlv(hex(text)).map(shape);

function refusalOf(bytes: Uint8Array): JpkiError {
  try {
    parseBerTlv(bytes);
  } catch (error) {
    if (error instanceof JpkiError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('BER-TLV data objects', () => {
  it('are read as tag, length and value', () => {
    // ISO/IEC 7816-4 table 10: the answer to SELECT, an FCI template (6F) with a DF name (84) and a label (50).
    expect(shapes('6f 11 84 0a d392f000260100000001 50 03 4a504b')).toEqual([
      [
        '6f',
        [
          ['84', 'd392f000260100000001'],
          ['50', '4a504b'],
        ],
      ],
    ]);
  });

  it.each([
    ['one byte, below 31', '5a 01 07', '5a'],
    ['one byte, the largest number', '5e 01 07', '5e'],
    ['two bytes, the smallest number', '5f1f 01 07', '5f1f'],
    ['two bytes, language preference', '5f2d 01 07', '5f2d'],
    ['two bytes, the largest number', '5f7f 01 07', '5f7f'],
    ['three bytes, the smallest number', '5f8100 01 07', '5f8100'],
    ['three bytes, the largest number', '5fff7f 01 07', '5fff7f'],
  ])('have tags of %s', (_name, text, tag) => {
    expect(shapes(text)).toEqual([[tag, '07']]);
  });

  it('are constructed when bit 6 of the first tag byte is set, also in a long tag', () => {
    expect(shapes('7f21 03 5f20 00')).toEqual([['7f21', [['5f20', '']]]]);
    expect(shapes('5f21 03 5f2000')).toEqual([['5f21', '5f2000']]);
    expect(shapes('7f8101 02 0400')).toEqual([['7f8101', [['4', '']]]]);
  });

  it.each([
    ['one byte, 0', '00', 0],
    ['one byte, 127', '7f', 127],
    ['two bytes, 128', '8180', 128],
    ['two bytes, 255', '81ff', 255],
    ['two bytes though one would do', '8105', 5],
    ['three bytes, 256', '820100', 256],
    ['three bytes, 65535', '82ffff', 65535],
    ['four bytes, 65536', '83010000', 65536],
    ['five bytes, 16777216', '8401000000', 16777216],
    ['five bytes though one would do', '8400000005', 5],
  ])('have length fields of %s', (_name, field, length) => {
    const header = hex(`04${field}`);
    const bytes = new Uint8Array(header.length + length);
    bytes.set(header);
    const [object, ...more] = parseBerTlv(bytes);
    expect(object?.value).toHaveLength(length);
    expect(more).toEqual([]);
  });

  it.each([
    ['an indefinite length', '3080 0000', /indefinite/],
    ['a length field of six bytes', '04 85 0000000001 07', /more than five bytes/],
    ['a length field of FF', '04 ff 07', /more than five bytes/],
    ['a tag of four bytes', '5f818101 01 07', /tag of more than three bytes/],
    ['a value that is not all there', '04 02 07', /ends before/],
    ['the largest length there is', '04 84ffffffff 07', /ends before/],
    ['a child that does not fit into its parent', '30 03 04 02 07', /ends before/],
    ['something else behind a data object', '04 01 07 05', /ends before/],
    ['filler within the tag of another', '30 ff 04 00', /more than five bytes/],
    ['a child of an FF within a parent that it does not fit', '30 04 ff10 03 31', /ends before/],
  ])('are not %s', (_name, text, reason) => {
    const error = refusalOf(hex(text));
    expect(error.code).toBe('MALFORMED_RESPONSE');
    expect(error.message).toMatch(reason);
  });

  it.each<[string, string, readonly Shape[]]>([
    ['nothing but filler, FF', 'ffffffffffffffffff', []],
    ['nothing but filler, 00', '000000000000000000', []],
    ['nothing but filler, both', '00ff00', []],
    ['nothing', '', []],
    ['filler behind', '040107 ff', [['4', '07']]],
    ['filler of two bytes behind', '040107 ffff', [['4', '07']]],
    ['filler of 00 behind', '040107 0000', [['4', '07']]],
    ['an odd number of 00 behind', '040107 000000', [['4', '07']]],
    ['FF before an object that is not long enough to be its value', 'ff 8401 07', [['84', '07']]],
    ['00 before an object that is not long enough to be its value', '00 040107', [['4', '07']]],
    ['FF where a tag of three bytes is cut off', '040107 ffff', [['4', '07']]],
    ['FF where the tag would have four bytes', 'ffffff', []],
  ])('may have filler around them: %s', (_name, text, expected) => {
    expect(shapes(text)).toEqual(expected);
  });

  it.each<[string, string, readonly Shape[]]>([
    // myna-card text.rs: FF10 is the My Number file, FF20 that of the four attributes, with filler behind either.
    ['FF10 around digits', 'ff10 04 31323334', [['ff10', []]]],
    ['FF10 with filler behind', 'ff10 04 31323334 ffff', [['ff10', []]]],
    ['FF20 around objects', 'ff20 08 df2204 41424344 ff', [['ff20', [['df22', '41424344']]]]],
    ['FF20 within another', '30 06 ff20 03 df2200', [['30', [['ff20', [['df22', '']]]]]]],
    ['FF10 behind filler that is no tag', '00 ff10 01 31', [['ff10', []]]],
    [
      'FF10 behind another object',
      '040107 ff10 01 31',
      [
        ['4', '07'],
        ['ff10', []],
      ],
    ],
    ['FF with a tag of three bytes', 'ff8101 01 31', [['ff8101', []]]],
    ['00 with a value', '00 02 aabb', [['0', 'aabb']]],
  ])('may start with FF or 00 themselves: %s', (_name, text, expected) => {
    expect(shapes(text)).toEqual(expected);
  });

  it('keep the value of one that its tag calls constructed and that holds text, as FF10 does', () => {
    const [object] = parseBerTlv(hex('ff10 04 31323334'));
    expect(object).toEqual({ tag: 0xff10, constructed: true, value: hex('31323334'), children: [] });
  });

  it('are refused wherever they are cut', () => {
    const whole = hex('7f21 8107 5f8120 82 0001 aa');
    expect(parseBerTlv(whole)).toHaveLength(1);
    for (let length = 1; length < whole.length; length++) {
      expect(refusalOf(whole.subarray(0, length)).code).toBe('MALFORMED_RESPONSE');
    }
  });

  it('may be nested 16 deep, and no deeper', () => {
    const nested = (depth: number): Uint8Array =>
      hex(
        `${Array.from({ length: depth }, (_, i) => `30${(2 * (depth - i)).toString(16).padStart(2, '0')}`).join('')}0400`,
      );
    expect(parseBerTlv(nested(16))).toHaveLength(1);
    expect(refusalOf(nested(17)).message).toMatch(/nested more than 16/);
  });

  it('that nest a hundred thousand deep are refused without exhausting the stack', () => {
    const depth = 100_000;
    const bomb = new Uint8Array(6 * depth);
    const view = new DataView(bomb.buffer);
    for (let i = 0; i < depth; i++) {
      view.setUint16(6 * i, 0x3084);
      view.setUint32(6 * i + 2, 6 * (depth - i - 1));
    }
    expect(refusalOf(bomb).message).toMatch(/nested more than 16/);
  });
});

describe('the header of a data object', () => {
  it('is read without its value', () => {
    expect(readBerTlvHeader(hex('3082 0708'))).toEqual({
      tag: 0x30,
      constructed: true,
      headerLength: 4,
      valueLength: 0x708,
    });
    expect(readBerTlvHeader(hex('5f2d 84 ffffffff'))).toEqual({
      tag: 0x5f2d,
      constructed: false,
      headerLength: 7,
      valueLength: 0xffffffff,
    });
  });

  it('is read where the offset says', () => {
    expect(readBerTlvHeader(hex('ffff 0481 90'), 2)).toMatchObject({ headerLength: 3, valueLength: 0x90 });
    expect(readBerTlvHeader(hex('ffff'), 2)).toBeUndefined();
  });

  it.each(['0000', '0000 0401 07'])('is no end of an indefinite length: %s', (text) => {
    expect(() => readBerTlvHeader(hex(text))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_RESPONSE' }),
    );
  });

  it('is not there yet when the bytes end within it', () => {
    for (const text of ['', '30', '5f', '5f81', '5f8101', '3081', '308201', '3084000000']) {
      expect(readBerTlvHeader(hex(text)), text).toBeUndefined();
    }
  });
});

/** Encoded by the test itself: tag bytes, a length field of `width` bytes, filler behind the last child. */
interface Tree {
  readonly tag: readonly number[];
  readonly width: number;
  readonly filler: readonly number[];
  readonly content: Uint8Array | readonly Tree[];
}

function encode({ tag, width, filler, content }: Tree): number[] {
  const value = content instanceof Uint8Array ? [...content] : [...content.flatMap(encode), ...filler];
  const length = Array.from({ length: width }, (_, i) => (value.length >> (8 * (width - 1 - i))) & 0xff);
  const field = value.length < 0x80 && width === 1 ? length : [0x80 | width, ...length];
  return [...tag, ...field, ...value];
}

function shapeOf({ tag, content }: Tree): Shape {
  const text = toHex(Uint8Array.from(tag)).replace(/^0/, '');
  return [text, content instanceof Uint8Array ? toHex(content) : content.map(shapeOf)];
}

const { tree } = fc.letrec<{ tree: Tree; primitive: Tree; constructed: Tree }>((tie) => {
  // Behind the last object alone: before another, filler may be read as the beginning of a tag.
  const rest = {
    width: fc.integer({ min: 2, max: 4 }),
    filler: fc.tuple(fc.constantFrom(0x00, 0xff), fc.nat(5)).map(([byte, count]) => Array(count).fill(byte)),
  };
  return {
    tree: fc.oneof({ maxDepth: 4 }, tie('primitive'), tie('constructed')),
    primitive: fc.record({
      ...rest,
      tag: fc.constantFrom([0x04], [0x5a], [0x9e], [0x5f, 0x1f], [0xdf, 0x7f], [0x9f, 0x81, 0x00]),
      content: fc.uint8Array({ maxLength: 40 }),
    }),
    constructed: fc.record({
      ...rest,
      tag: fc.constantFrom([0x30], [0x6f], [0xa0], [0x7f, 0x21], [0xbf, 0xff, 0x01], [0xff, 0x20]),
      content: fc.array(tie('tree'), { maxLength: 4 }),
    }),
  };
});

describe('any bytes', () => {
  it('of well-formed data objects give those objects', () => {
    fc.assert(
      fc.property(
        fc.array(tree, { maxLength: 4 }),
        fc.constantFrom('', '00', '0000', 'ff', 'ffffff'),
        (trees, filler) => {
          const bytes = Uint8Array.from([...trees.flatMap(encode), ...hex(filler)]);
          expect(parseBerTlv(bytes).map(shape)).toEqual(trees.map(shapeOf));
        },
      ),
    );
  });

  /** What stands in a place: the object that `readBerTlvHeader` reads there, if all of it is there. */
  const objectAt = (
    bytes: Uint8Array,
    offset: number,
  ): { tag: number; start: number; end: number } | undefined => {
    try {
      const header = readBerTlvHeader(bytes, offset);
      if (header === undefined) return undefined;
      const start = offset + header.headerLength;
      const end = start + header.valueLength;
      return end <= bytes.length ? { tag: header.tag, start, end } : undefined;
    } catch {
      return undefined;
    }
  };

  it('are read as the same objects by parseBerTlv and by readBerTlvHeader, with filler between them alone', () => {
    // Of few values, so that tags, lengths and filler fall together often.
    const likely = fc.constantFrom(
      0x00,
      0x01,
      0x02,
      0x04,
      0x10,
      0x30,
      0x31,
      0x5f,
      0x7f,
      0x80,
      0x81,
      0x82,
      0xff,
    );
    const some = fc.oneof(
      fc.array(likely, { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes)),
      fc.uint8Array({ maxLength: 64 }),
      fc.array(tree, { maxLength: 3 }).map((trees) => Uint8Array.from(trees.flatMap(encode))),
    );
    fc.assert(
      fc.property(some, (bytes) => {
        let objects: BerTlv[] = [];
        let refused = false;
        try {
          objects = parseBerTlv(bytes);
        } catch {
          refused = true;
        }
        let offset = 0;
        const seen: { tag: number; value: string }[] = [];
        while (offset < bytes.length) {
          const object = objectAt(bytes, offset);
          if (object !== undefined) {
            seen.push({ tag: object.tag, value: toHex(bytes.subarray(object.start, object.end)) });
            offset = object.end;
          } else if (bytes[offset] === 0x00 || bytes[offset] === 0xff) offset++;
          else break;
        }
        if (offset < bytes.length) expect(refused).toBe(true);
        if (!refused) expect(objects.map(({ tag, value }) => ({ tag, value: toHex(value) }))).toEqual(seen);
      }),
      { numRuns: 5000 },
    );
  });

  it('give data objects or a JpkiError', () => {
    const bent = fc
      .tuple(tree, fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([whole, at, byte]) =>
        Uint8Array.from(encode(whole)).map((b, i, { length }) => (i === at % length ? byte : b)),
      );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), bent), (bytes) => {
        try {
          expect(Array.isArray(parseBerTlv(bytes))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(JpkiError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each<[string, (length: number) => Uint8Array]>([
    ['filler', (length) => new Uint8Array(length).fill(0xff)],
    ['filler of 00', (length) => new Uint8Array(length)],
    [
      'objects of FF10 around text',
      (length) => new Uint8Array(length).map((_, i) => [0xff, 0x10, 0x01, 0x31][i % 4] ?? 0),
    ],
    ['empty data objects', (length) => new Uint8Array(length).map((_, i) => (i % 2 === 0 ? 0x04 : 0x00))],
    ['empty templates', (length) => new Uint8Array(length).map((_, i) => (i % 2 === 0 ? 0x30 : 0x00))],
    [
      'templates 16 deep around filler',
      (length) => {
        const bytes = new Uint8Array(length);
        const view = new DataView(bytes.buffer);
        for (let i = 0; i < 16; i++) {
          view.setUint16(6 * i, 0x3084);
          view.setUint32(6 * i + 2, length - 6 * (i + 1));
        }
        return bytes;
      },
    ],
  ])('are read in time that grows with their number alone: %s', (_name, make) => {
    // A million bytes take less than a second when each is looked at 17 times at most, and far more than ten when the
    // work for one grows with the others.
    const bytes = make(1_000_000);
    const start = performance.now();
    parseBerTlv(bytes);
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
