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
  ])('are not %s', (_name, text, reason) => {
    const error = refusalOf(hex(text));
    expect(error.code).toBe('MALFORMED_RESPONSE');
    expect(error.message).toMatch(reason);
  });

  it('may have filler of 00 and FF before, between and behind, at every level', () => {
    expect(shapes('00ff 30 08 ff 0201 05 00 0400 ff ff0000 0401 07 ffff')).toEqual([
      [
        '30',
        [
          ['2', '05'],
          ['4', ''],
        ],
      ],
      ['4', '07'],
    ]);
    expect(shapes('')).toEqual([]);
    expect(shapes('00ff00')).toEqual([]);
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

  it('is not there yet when the bytes end within it', () => {
    for (const text of ['', '30', '5f', '5f81', '5f8101', '3081', '308201', '3084000000']) {
      expect(readBerTlvHeader(hex(text)), text).toBeUndefined();
    }
  });
});

/** Encoded by the test itself: tag bytes, a length field of `width` bytes, filler behind. */
interface Tree {
  readonly tag: readonly number[];
  readonly width: number;
  readonly filler: readonly number[];
  readonly content: Uint8Array | readonly Tree[];
}

function encode({ tag, width, filler, content }: Tree): number[] {
  const value = content instanceof Uint8Array ? [...content] : content.flatMap(encode);
  const length = Array.from({ length: width }, (_, i) => (value.length >> (8 * (width - 1 - i))) & 0xff);
  const field = value.length < 0x80 && width === 1 ? length : [0x80 | width, ...length];
  return [...tag, ...field, ...value, ...filler];
}

function shapeOf({ tag, content }: Tree): Shape {
  const text = toHex(Uint8Array.from(tag)).replace(/^0/, '');
  return [text, content instanceof Uint8Array ? toHex(content) : content.map(shapeOf)];
}

const { tree } = fc.letrec<{ tree: Tree; primitive: Tree; constructed: Tree }>((tie) => {
  const rest = {
    width: fc.integer({ min: 2, max: 4 }),
    filler: fc.array(fc.constantFrom(0x00, 0xff), { maxLength: 2 }),
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
      tag: fc.constantFrom([0x30], [0x6f], [0xa0], [0x7f, 0x21], [0xbf, 0xff, 0x01]),
      content: fc.array(tie('tree'), { maxLength: 4 }),
    }),
  };
});

describe('any bytes', () => {
  it('of well-formed data objects give those objects', () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 4 }), (trees) => {
        const bytes = Uint8Array.from(trees.flatMap(encode));
        expect(parseBerTlv(bytes).map(shape)).toEqual(trees.map(shapeOf));
      }),
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
