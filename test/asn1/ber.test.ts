import { describe, expect, it } from 'vitest';
import { childrenOf, readBer } from '../../src/asn1/ber.js';
import { fromHex, toHex } from '../../src/bytes.js';

const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(0);
const children = (hex: string) => childrenOf(readBer(bytes(hex)), 10).map((child) => toHex(child.bytes));
const REFUSED = expect.objectContaining({ code: 'SIGNATURE_INVALID' });

/** Encodings by hand from X.690 section 8.1. */
describe('BER', () => {
  it.each([
    ['3005 0201 05 0500', ['020105', '0500']],
    ['3080 0201 05 0500 0000', ['020105', '0500']],
    ['308100', []],
    ['3084 00000002 0500', ['0500']],
    ['3080 3080 3080 0000 0000 0500 0000', ['3080308000000000', '0500']],
    ['3080 0000', []],
  ])('%s is read into its parts', (hex, parts) => {
    expect(children(hex)).toEqual(parts);
  });

  it.each([
    '',
    '30',
    '3001',
    '3002 05',
    '3080',
    '3080 00',
    '3080 0500',
    '308100 00',
    '3f0500',
    '0480 0000',
    '30ff',
    '3088 ffffffffffffffff 00',
  ])('%s is refused', (hex) => {
    expect(() => readBer(bytes(hex))).toThrow(REFUSED);
  });

  it.each(['3005 0404 000102', '3004 0002 0500', '3003 3080 00', '3004 3080 0000 0000'])(
    'a value that does not end inside the one it is in is refused: %s',
    (hex) => {
      expect(() => children(hex)).toThrow(REFUSED);
    },
  );

  it('has no more values in one than are asked for', () => {
    const two = readBer(bytes('3004 0500 0500'));
    expect(childrenOf(two, 2)).toHaveLength(2);
    expect(() => childrenOf(two, 1)).toThrow(REFUSED);
  });
});
