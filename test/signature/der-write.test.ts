import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import * as der from '../../src/signature/der-write.js';

const hex = (value: der.DerPieces) => toHex(der.toDer(value));

/** Expected bytes by hand from X.690. */
describe('DER', () => {
  it.each([
    ['00', '020100'],
    ['7f', '02017f'],
    ['80', '02020080'],
    ['a1b2c3d4', '020500a1b2c3d4'],
  ])('has the positive integer %s with a sign byte where it needs one', (magnitude, expected) => {
    expect(hex(der.positiveInteger(new Uint8Array(Buffer.from(magnitude, 'hex'))))).toBe(expected);
  });

  it.each([
    ['2.5.4.3', '0603550403'],
    ['1.2.840.113549.1.7.2', '06092a864886f70d010702'],
    ['1.2.392.200149.8.5.5.1', '060a2a83088c9b5508050501'],
    ['2.16.840.1.101.3.4.2.1', '0609608648016503040201'],
  ])('has the object identifier %s', (oid, expected) => {
    expect(hex(der.objectIdentifier(oid))).toBe(expected);
  });

  it.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_536, '0483010000'],
  ])('has the length %i in the fewest bytes', (length, header) => {
    expect(hex(der.octetString(new Uint8Array(length)))).toBe(header + '00'.repeat(length));
  });

  it('has the elements of a set in order, a shorter one in front of one that goes on', () => {
    const value = (...bytes: number[]) => der.ready(Uint8Array.from(bytes));
    expect(hex(der.setOf(value(2, 1, 9), value(4, 0), value(2, 1, 3)))).toBe('31080201030201090400');
    expect(hex(der.implicitSetOf(0, value(5, 0, 1), value(5, 0)))).toBe('a0050500050001');
  });

  it.each([
    ['2049-12-31T23:59:59.999Z', '170d3439313233313233353935395a'],
    ['2050-01-01T00:00:00Z', '180f32303530303130313030303030305a'],
    ['1950-01-01T00:00:00Z', '170d3530303130313030303030305a'],
    ['1949-12-31T23:59:59Z', '180f31393439313233313233353935395a'],
  ])('has the time %s in the form of RFC 5652', (time, expected) => {
    expect(hex(der.time(new Date(time)))).toBe(expected);
  });
});
