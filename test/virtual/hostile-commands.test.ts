import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VirtualCardQuirks } from '../../src/virtual/index.js';
import { ascii, hex, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const VERIFY_AUTH = `00 20 00 98 04 ${ascii('1234')}`;

const byte = fc.integer({ min: 0, max: 255 });
/** Near to commands the card knows, so that more than the first check is reached. */
const nearly = fc
  .record({
    cla: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0x00, 0x80) }, byte),
    ins: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0x20, 0x24, 0x2a, 0x84, 0xa4, 0xb0, 0xc0) }, byte),
    p1: fc.oneof(fc.constantFrom(0x00, 0x01, 0x02, 0x04, 0x81, 0x8a), byte),
    p2: fc.oneof(fc.constantFrom(0x00, 0x0c, 0x80, 0x97, 0x98, 0x9a, 0x9b), byte),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.uint8Array({ maxLength: 300 }).map((data) => Uint8Array.of(data.length & 0xff, ...data)),
      fc
        .uint8Array({ maxLength: 300 })
        .map((data) => Uint8Array.of(0, data.length >> 8, data.length & 0xff, ...data, 0, 0)),
    ),
  })
  .map(({ cla, ins, p1, p2, body }) => Uint8Array.of(cla, ins, p1, p2, ...body));
const command = fc.oneof(
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 4, arbitrary: nearly },
);

const QUIRKS: readonly Partial<VirtualCardQuirks>[] = [
  {},
  { shortIds: 0x6a88, fourByteVerify: false, extendedLength: false, endOfFile: 0x6c },
  { getResponse: true, endOfFile: 0x6282, maxRead: 7, pinCounter: false, verifiedQuery: 0x9000 },
  { fci: true, getResponse: true, longestRead: 128, longRead: 'cut', tokenInfoLength: 32, endOfFile: 0x6700 },
];

describe('whatever is sent', () => {
  it.each(QUIRKS)('a card with the quirks %j answers 2 to 65538 bytes and never throws', async (quirks) => {
    const card = await virtualCard(quirks);
    fc.assert(
      fc.property(fc.array(command, { maxLength: 8 }), fc.boolean(), (commands, ready) => {
        card.powerOff();
        send(card, JPKI, ...(ready ? [VERIFY_AUTH] : []));
        for (const one of commands) {
          const { length } = card.process(one);
          if (length < 2 || length > 65538) expect(length).toBe('2 to 65538 bytes');
        }
      }),
      { numRuns: 150 },
    );
    card.powerOff();
    expect(send(card, JPKI)).toBe('9000');
  });

  it('the longest command is answered, and one longer than any can be as well', async () => {
    const card = await virtualCard();
    send(card, JPKI, VERIFY_AUTH);
    const longest = hex(`802A0397 00FFFF ${'55'.repeat(65535)} 0000`);
    expect(card.process(longest)).toHaveLength(258);
    expect(card.process(new Uint8Array(200_000))).toEqual(hex('6700'));
  });

  it('the bytes of the command are left as they are', async () => {
    const card = await virtualCard();
    const given = Buffer.from(hex(`00 20 00 98 04 ${ascii('1234')}`));
    card.process(given);
    expect(given.toString('hex')).toBe(`0020009804${ascii('1234')}`);
  });
});
