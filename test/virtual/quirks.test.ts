import { describe, expect, it } from 'vitest';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { ascii, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const VERIFY_AUTH = `00 20 00 98 04 ${ascii('1234')}`;
const WRONG_AUTH = `00 20 00 98 04 ${ascii('0000')}`;
const SIGN = '80 2A 00 97 01 55 00';
const select = (file: string): string => `00 A4 02 0C 02 ${file}`;

/** A card with these quirks and the JPKI application selected. */
async function jpkiWith(quirks: Partial<VirtualCardQuirks>): Promise<VirtualCard> {
  const card = await virtualCard(quirks);
  expect(send(card, JPKI)).toBe('9000');
  return card;
}

describe.each([
  ['6a82', 0x6a82],
  ['6a86', 0x6a86],
  ['6a88', 0x6a88],
] as const)('without short identifiers, answered %s', (sw, shortIds) => {
  it('every command that has one is refused, and no try is spent', async () => {
    const card = await jpkiWith({ shortIds });
    for (const command of ['00 B0 86 00 00', '00 20 00 98', VERIFY_AUTH, WRONG_AUTH, SIGN]) {
      expect(send(card, command)).toBe(sw);
    }
    expect(send(card, `00 24 01 98 04 ${ascii('5678')}`)).toBe(sw);
    expect(send(card, select('0018'), '00 20 00 80')).toBe('63c3');
  });

  it('every command works on the current file', async () => {
    const card = await jpkiWith({ shortIds });
    expect(send(card, select('0008'), '00 B0 00 00 00')).toBe('8f8f009000');
    expect(send(card, select('0018'), `00 20 00 80 04 ${ascii('1234')}`)).toBe('9000');
    expect(send(card, select('0017'), '80 2A 00 80 01 55 00')).toHaveLength(2 * 258);
  });
});

describe('the second behaviour', () => {
  it('of CHANGE REFERENCE DATA knows no short identifier', async () => {
    const card = await jpkiWith({ changeByShortId: false });
    expect(send(card, VERIFY_AUTH, `00 24 01 98 04 ${ascii('5678')}`)).toBe('6a86');
    expect(send(card, select('0018'), `00 24 01 80 04 ${ascii('5678')}`)).toBe('9000');
  });

  it('of a VERIFY without data needs an Le', async () => {
    const card = await jpkiWith({ fourByteVerify: false });
    expect(send(card, '00 20 00 98')).toBe('6700');
    expect(send(card, '00 20 00 98 00')).toBe('63c3');
    expect(send(card, VERIFY_AUTH)).toBe('9000');
  });

  it('of extended length is 6700, whatever the command', async () => {
    const card = await jpkiWith({ extendedLength: false });
    expect(send(card, '00 B0 88 00 000100')).toBe('6700');
    expect(send(card, `00 20 00 98 000004 ${ascii('1234')}`)).toBe('6700');
    expect(send(await jpkiWith({}), '00 B0 88 00 000100')).toBe('8f8f009000');
  });

  it.each([
    ['63c0', 0x63c0],
    ['6983', 0x6983],
    ['6984', 0x6984],
  ] as const)('of a query on a locked PIN is %s', async (sw, lockedQuery) => {
    const card = await jpkiWith({ lockedQuery });
    expect(send(card, WRONG_AUTH, WRONG_AUTH, WRONG_AUTH)).toBe('63c0');
    expect(send(card, '00 20 00 98')).toBe(sw);
    expect(send(card, VERIFY_AUTH)).toBe('6984');
  });

  it.each([
    ['6983', 0x6983],
    ['6984', 0x6984],
  ] as const)('of a VERIFY on a locked PIN is %s', async (sw, lockedVerify) => {
    const card = await jpkiWith({ lockedVerify });
    expect(send(card, WRONG_AUTH, WRONG_AUTH, WRONG_AUTH, VERIFY_AUTH)).toBe(sw);
    expect(send(card, '00 20 00 98')).toBe('63c0');
  });

  it('of a query on a verified PIN is 9000, until the status ends', async () => {
    const card = await jpkiWith({ verifiedQuery: 0x9000 });
    expect(send(card, '00 20 00 98')).toBe('63c3');
    expect(send(card, VERIFY_AUTH, '00 20 00 98')).toBe('9000');
    expect(send(card, '00 20 00 9B')).toBe('63c5');
    card.powerOff();
    expect(send(card, JPKI, '00 20 00 98')).toBe('63c3');
  });

  it('of a counter is not to tell it, and to count all the same', async () => {
    const card = await jpkiWith({ pinCounter: false });
    expect(send(card, '00 20 00 98')).toBe('6300');
    expect(send(card, WRONG_AUTH)).toBe('6300');
    expect(send(card, WRONG_AUTH, WRONG_AUTH)).toBe('6300');
    expect(send(card, VERIFY_AUTH)).toBe('6984');
  });

  it('of the first command after a power-up is 6F00, and it does nothing', async () => {
    const card = await virtualCard({ firstCommandFails: true });
    expect(send(card, JPKI)).toBe('6f00');
    expect(send(card, '00 20 00 98')).toBe('6a88');
    expect(send(card, JPKI, VERIFY_AUTH)).toBe('9000');
    card.reset();
    expect(send(card, JPKI)).toBe('9000');
    card.powerOff();
    expect(send(card, 'FF')).toBe('6f00');
    expect(send(card, JPKI, '00 20 00 98')).toBe('63c3');
  });

  it('of a read to the end of the file is the same data and 6282', async () => {
    const card = await jpkiWith({ endOfFile: 0x6282 });
    expect(send(card, '00 B0 88 00 00')).toBe('8f8f006282');
    expect(send(card, '00 B0 88 00 03')).toBe('8f8f009000');
    expect(send(card, '00 B0 88 02 02')).toBe('006282');
    expect(send(card, '00 B0 88 03 01')).toBe('6b00');
  });

  it('of a read to the end of the file is 6Cxx and no data', async () => {
    const card = await jpkiWith({ endOfFile: 0x6c });
    expect(send(card, '00 B0 88 00 00')).toBe('6c03');
    expect(send(card, '00 B0 88 01 00')).toBe('6c02');
    expect(send(card, '00 B0 88 00 03')).toBe('8f8f009000');
    // 256 bytes are left: 6C00. More than a byte can say is sent without a word.
    expect(send(card, select('000A'), '00 B0 07 00 000200')).toBe('6c00');
    expect(send(card, '00 B0 06 00 000300')).toHaveLength(2 * (512 + 2));
  });

  it('of an answer with data is 61xx and GET RESPONSE', async () => {
    const card = await jpkiWith({ getResponse: true });
    expect(send(card, '00 B0 88 00 00')).toBe('6103');
    expect(send(card, '00 C0 00 00 02')).toBe('8f8f6101');
    expect(send(card, '00 C0 00 00 01')).toBe('009000');
    expect(send(card, '00 C0 00 00 01')).toBe('6985');
    expect(send(card, select('000A'), '00 B0 00 00 000200')).toBe('6100');
    expect(send(card, '00 C0 00 00 00')).toMatch(/6100$/);
    expect(send(card, '00 C0 00 00 00')).toHaveLength(2 * 258);
    expect(send(card, VERIFY_AUTH)).toBe('9000');
    expect(send(card, SIGN)).toBe('6100');
  });

  it('of an answer with data is lost when another command comes first, and refused when asked for wrongly', async () => {
    const card = await jpkiWith({ getResponse: true });
    expect(send(card, '00 B0 88 00 00', '00 20 00 98', '00 C0 00 00 03')).toBe('6985');
    expect(send(card, '00 B0 88 00 00', '00 C0 00 00')).toBe('6700');
    expect(send(card, '00 C0 00 00 01 00 00')).toBe('6700');
    expect(send(card, '00 C0 01 00 03')).toBe('6a86');
    expect(send(card, '00 C0 00 00 03')).toBe('8f8f009000');
    send(card, '00 B0 88 00 00');
    card.reset();
    expect(send(card, '00 C0 00 00 03')).toBe('6985');
  });

  it('of an answer with data ends with the status word of the command', async () => {
    const card = await jpkiWith({ getResponse: true, endOfFile: 0x6282 });
    expect(send(card, '00 B0 88 00 00', '00 C0 00 00 02')).toBe('8f8f6101');
    expect(send(card, '00 C0 00 00 00')).toBe('006282');
  });

  it('of a read is less than asked for', async () => {
    const card = await jpkiWith({ maxRead: 100 });
    expect(send(card, '00 B0 86 00 A0')).toHaveLength(2 * (100 + 2));
    expect(send(card, '00 B0 00 64 3C')).toHaveLength(2 * (60 + 2));
    const warned = await jpkiWith({ maxRead: 2, endOfFile: 0x6282 });
    expect(send(warned, '00 B0 88 00 00')).toBe('8f8f9000');
    expect(send(warned, '00 B0 88 02 00')).toBe('006282');
  });

  it('of the authentication certificate is to need its PIN, as on an Android token', async () => {
    const card = await jpkiWith({ authCertificateNeedsPin: true });
    expect(send(card, '00 B0 8A 00 01')).toBe('6982');
    expect(send(card, select('000A'), '00 B0 00 00 01')).toBe('6982');
    expect(send(card, '00 B0 8B 00 01')).toBe('309000');
    expect(send(card, VERIFY_AUTH, '00 B0 8A 00 01')).toBe('309000');
  });

  it('of the signature command has P1 00 alone', async () => {
    const card = await jpkiWith({ cardSideHashing: false });
    send(card, VERIFY_AUTH);
    for (const p1 of ['01', '02', '03', '04', '05', '06']) {
      expect(send(card, `80 2A ${p1} 97 20 ${'55'.repeat(32)} 00`)).toBe('6a86');
    }
    expect(send(card, SIGN)).toHaveLength(2 * 258);
  });

  it('of a card is to lack applications', async () => {
    const card = await virtualCard({ absentApplications: ['jpki', 'common'] });
    expect(send(card, JPKI)).toBe('6a82');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010100')).toBe('6a82');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010401')).toBe('9000');
  });
});

describe('quirks', () => {
  it.each<[string, unknown]>([
    ['shortIds', false],
    ['shortIds', 0x6d00],
    ['lockedQuery', 0x9000],
    ['lockedVerify', 0x63c0],
    ['verifiedQuery', 0x63c3],
    ['pinCounter', 1],
    ['endOfFile', 0x6c00],
    ['maxRead', 0],
    ['maxRead', 65537],
    ['maxRead', 1.5],
    ['maxRead', '100'],
    ['absentApplications', ['registery']],
    ['absentApplications', [['jpki']]],
    ['absentApplications', 'jpki'],
    ['firstCommandFails', null],
    ['noSuchQuirk', true],
    ['toString', true],
  ])('do not include %s: %j', async (name, value) => {
    const quirks = { [name]: value } as Partial<VirtualCardQuirks>;
    const refusal = { code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) };
    await expect(VirtualCard.issue({ quirks })).rejects.toMatchObject(refusal);
    await expect(virtualCard(quirks)).rejects.toMatchObject(refusal);
  });

  it('given at issue hold like those of a saved state', async () => {
    const card = await VirtualCard.issue({ quirks: { shortIds: 0x6a86, authCertificateNeedsPin: true } });
    for (const one of [card, VirtualCard.fromJSON(card.toJSON())]) {
      expect(send(one, JPKI, '00 B0 88 00 00')).toBe('6a86');
      expect(send(one, select('000A'), '00 B0 00 00 01')).toBe('6982');
    }
  });
});
