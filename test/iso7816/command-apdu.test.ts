import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiError } from '../../src/errors.js';
import { CommandApdu, type CommandApduFields } from '../../src/iso7816/index.js';
import { hex } from '../support/virtual.js';

const HEADER = { cla: 0x00, ins: 0xcb, p1: 0x3f, p2: 0xff };
const filled = (length: number, byte = 0xaa): Uint8Array => new Uint8Array(length).fill(byte);
const text = (length: number): string => 'aa'.repeat(length);

/** ISO/IEC 7816-4 5.1, written out by hand: name, case, fields, and what follows the four bytes of the header. */
const ENCODINGS: readonly [string, Partial<CommandApduFields>, string][] = [
  ['case 1: the header alone', {}, ''],
  ['case 2, short: Le 1', { le: 1 }, '01'],
  ['case 2, short: Le 255', { le: 255 }, 'ff'],
  ['case 2, short: Le 256 is 00', { le: 256 }, '00'],
  ['case 2, extended: Le 257 in three bytes', { le: 257 }, '000101'],
  ['case 2, extended: Le 65535', { le: 65535 }, '00ffff'],
  ['case 2, extended: Le 65536 is 0000', { le: 65536 }, '000000'],
  ['case 2, extended though Le is 1', { le: 1, extended: true }, '000001'],
  ['case 2, extended though Le is 256', { le: 256, extended: true }, '000100'],
  ['case 3, short: Lc 1', { data: filled(1) }, '01aa'],
  ['case 3, short: Lc 255', { data: filled(255) }, `ff${text(255)}`],
  ['case 3, extended: Lc 256', { data: filled(256) }, `000100${text(256)}`],
  ['case 3, extended: Lc 65535', { data: filled(65535) }, `00ffff${text(65535)}`],
  ['case 3, extended though Lc is 1', { data: filled(1), extended: true }, '000001aa'],
  ['case 4, short: Lc 1, Le 1', { data: filled(1), le: 1 }, '01aa01'],
  ['case 4, short: Lc 255, Le 256', { data: filled(255), le: 256 }, `ff${text(255)}00`],
  ['case 4, extended: Lc 1, Le 257 in two bytes', { data: filled(1), le: 257 }, '000001aa0101'],
  ['case 4, extended: Lc 256, Le 1', { data: filled(256), le: 1 }, `000100${text(256)}0001`],
  ['case 4, extended: Lc 256, Le 256', { data: filled(256), le: 256 }, `000100${text(256)}0100`],
  ['case 4, extended: Lc 65535, Le 65536', { data: filled(65535), le: 65536 }, `00ffff${text(65535)}0000`],
  ['case 4, extended though both are 1', { data: filled(1), le: 1, extended: true }, '000001aa0001'],
];

function refusalOf(action: () => unknown): JpkiError {
  try {
    action();
  } catch (error) {
    if (error instanceof JpkiError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a command APDU', () => {
  it.each(ENCODINGS)('is encoded as ISO/IEC 7816-4 5.1 has it, %s', (_name, fields, body) => {
    const command = new CommandApdu({ ...HEADER, ...fields });
    expect(toHex(command.encode()) === `00cb3fff${body}`).toBe(true);
  });

  it.each(ENCODINGS)('is read back, %s', (_name, fields, body) => {
    const command = CommandApdu.parse(hex(`00cb3fff${body}`));
    expect(command).toMatchObject(HEADER);
    expect(command.le).toBe(fields.le);
    expect(toHex(command.data) === toHex(fields.data ?? filled(0))).toBe(true);
    expect(toHex(command.encode()) === `00cb3fff${body}`).toBe(true);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /header alone is 4/],
    ['three bytes', '00b000', /header alone is 4/],
    ['an extended length field cut off after one byte', '00b00000 0001', /cut off/],
    ['an extended Lc of zero', '00b00000 000000 aa', /Lc of zero/],
    ['an extended Lc of zero with an Le', '00b00000 000000 0001', /Lc of zero/],
    ['less data than a short Lc says', '00d60000 02 aa', /Lc says 2 bytes of data, 1 follow/],
    ['less data than the largest short Lc says', `00d60000 ff ${text(254)}`, /Lc says 255 bytes/],
    ['two bytes behind short data', '00d60000 01 aa 0001', /Lc says 1 bytes of data, 3 follow/],
    ['less data than an extended Lc says', '00d60000 000002 aa', /Lc says 2 bytes of data, 1 follow/],
    ['one byte behind extended data', '00d60000 000001 aa 01', /Lc says 1 bytes of data, 2 follow/],
    ['three bytes behind extended data', '00d60000 000001 aa 000101', /Lc says 1 bytes of data, 4 follow/],
    ['an instruction 6X, which would be taken for a procedure byte', '00600000', /INS/],
    ['an instruction 9X', '009f0000 01', /INS/],
  ])('is not %s', (_name, bytes, reason) => {
    const error = refusalOf(() => CommandApdu.parse(hex(bytes)));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(reason);
  });

  it.each<[string, Partial<CommandApduFields>, RegExp]>([
    ['a class above a byte', { cla: 0x100 }, /CLA/],
    ['a negative instruction', { ins: -1 }, /INS/],
    ['an instruction 6X', { ins: 0x61 }, /INS/],
    ['a fractional P1', { p1: 1.5 }, /P1/],
    ['a P2 that is no number', { p2: Number.NaN }, /P2/],
    ['65536 bytes of data', { data: filled(65536) }, /65536 bytes of data, at most 65535/],
    ['an Le of 0', { le: 0 }, /Le/],
    ['an Le of 65537', { le: 65537 }, /Le/],
    ['a fractional Le', { le: 1.5 }, /Le/],
    ['a short form with 256 bytes of data', { data: filled(256), extended: false }, /short form/],
    ['a short form with an Le of 257', { le: 257, extended: false }, /short form/],
  ])('cannot be built with %s', (_name, fields, reason) => {
    const error = refusalOf(() => new CommandApdu({ ...HEADER, ...fields }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(reason);
  });

  it('keeps its own copy of the data, also of a Node Buffer', () => {
    for (const given of [Uint8Array.of(1, 2, 3), Buffer.from([1, 2, 3])]) {
      const command = new CommandApdu({ ...HEADER, data: given });
      given[0] = 0x77;
      expect([...command.data]).toEqual([1, 2, 3]);
      command.wipe();
      expect([...given]).toEqual([0x77, 2, 3]);
    }
  });

  it('keeps its own copy of the bytes it was parsed from', () => {
    const bytes = Buffer.from('0020008004' + '31323334', 'hex');
    const command = CommandApdu.parse(bytes);
    command.wipe();
    expect(bytes.toString('hex')).toBe('002000800431323334');
    expect([...command.data]).toEqual([0, 0, 0, 0]);
  });

  it('is encoded into a fresh array each time', () => {
    const command = new CommandApdu({ ...HEADER, data: filled(2) });
    command.encode().fill(0);
    expect(toHex(command.encode())).toBe('00cb3fff02aaaa');
  });

  it('keeps its form when asked for another length', () => {
    const short = new CommandApdu({ ...HEADER, data: filled(1), le: 256 });
    expect(toHex(short.withLe(5).encode())).toBe('00cb3fff01aa05');
    const extended = new CommandApdu({ ...HEADER, le: 512 });
    expect(toHex(extended.withLe(5).encode())).toBe('00cb3fff000005');
  });

  it('says that its data is reference data for the PIN instructions of ISO/IEC 7816-4 7.5 and CHANGE KEY of JICSAP, and for no other', () => {
    const holders = Array.from({ length: 256 }, (_, ins) => ins).filter(
      (ins) =>
        ![6, 9].includes(ins >> 4) &&
        new CommandApdu({ ...HEADER, ins, data: filled(1) }).carriesReferenceData,
    );
    expect(holders).toEqual([0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2c, 0x2d, 0x32]);
    expect(new CommandApdu({ ...HEADER, ins: 0x20 }).carriesReferenceData).toBe(false);
  });
});

const byte = fc.integer({ min: 0, max: 255 });
const fieldsOf = fc.record({
  cla: byte,
  ins: byte.filter((ins) => ![6, 9].includes(ins >> 4)),
  p1: byte,
  p2: byte,
  data: fc.option(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 0, max: 65535 }).map((n) => filled(n)),
    ),
    {
      nil: undefined,
    },
  ),
  le: fc.option(
    fc.oneof(fc.integer({ min: 1, max: 65536 }), fc.constantFrom(1, 255, 256, 257, 65535, 65536)),
    {
      nil: undefined,
    },
  ),
  extended: fc.constantFrom(true, undefined),
});

describe('any command APDU', () => {
  it('is the same after encoding and parsing', () => {
    fc.assert(
      fc.property(fieldsOf, (fields) => {
        const { cla, ins, p1, p2, data = filled(0), le, extended } = fields;
        const parsed = CommandApdu.parse(new CommandApdu(fields).encode());
        expect([parsed.cla, parsed.ins, parsed.p1, parsed.p2, parsed.le]).toEqual([cla, ins, p1, p2, le]);
        expect(Buffer.compare(parsed.data, data)).toBe(0);
        const needed = data.length > 255 || (le ?? 0) > 256;
        expect(parsed.extended).toBe(needed || (extended === true && (data.length > 0 || le !== undefined)));
      }),
    );
  });

  it('comes from any bytes, which it encodes to again, or a JpkiError does', () => {
    const cutOrGrown = fc
      .tuple(fieldsOf, fc.integer({ min: -4, max: 4 }))
      .map(([fields, by]) => resized(new CommandApdu(fields).encode(), by));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 270 }), cutOrGrown), (bytes) => {
        let parsed: CommandApdu;
        try {
          parsed = CommandApdu.parse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(JpkiError);
          return;
        }
        expect(Buffer.compare(parsed.encode(), bytes)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

function resized(bytes: Uint8Array, by: number): Uint8Array {
  const result = new Uint8Array(Math.max(bytes.length + by, 0));
  result.set(bytes.subarray(0, result.length));
  return result;
}
