import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import type { JpkiError } from '../../src/errors.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { ascii, hex, send, virtualCard } from '../support/virtual.js';

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
  ['6986', 0x6986],
  ['6985', 0x6985],
  ['6a81', 0x6a81],
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

/** What a connection makes of one command: the answer as hexadecimal text, or the code of the error. */
async function carried(connection: CardConnection, command: string): Promise<string> {
  try {
    return toHex(await connection.transmit(hex(command)));
  } catch (error) {
    return (error as JpkiError).code;
  }
}

const read = (le: number): string => `00 B0 8A 00 ${le === 256 ? '00' : le.toString(16).padStart(2, '0')}`;
const readExtended = (le: number): string => `00 B0 8A 00 00${le.toString(16).padStart(4, '0')}`;
/** Characters of a full answer of so many bytes. */
const full = (bytes: number): number => 2 * (bytes + 2);

describe.each([254, 240, 236, 192, 128])('a reader that carries reads of %i bytes', (longestRead) => {
  const beyond = [read(longestRead + 1), read(256), readExtended(longestRead + 1), readExtended(2000)];

  it.each([
    ['6700', 0x6700],
    ['6c80', 0x6c80],
    ['6f00', 0x6f00],
    ['9000', 0x9000],
    ['6282', 0x6282],
    ['6300', 0x6300],
  ] as const)('answers %s and no data to longer ones, and all to those', async (sw, longRead) => {
    const card = await jpkiWith({ longestRead, longRead });
    for (const command of beyond) expect(send(card, command), command).toBe(sw);
    expect(send(card, read(longestRead))).toHaveLength(full(longestRead));
    expect(send(card, '00 B0 00 00 10')).toHaveLength(full(16));
    expect(send(card, VERIFY_AUTH)).toBe('9000');
    expect(send(card, SIGN)).toHaveLength(full(256));
  });

  it('cuts longer answers off before the status word', async () => {
    const card = await jpkiWith({ longestRead, longRead: 'cut' });
    const whole = send(await jpkiWith({}), read(256));
    for (const command of beyond) expect(send(card, command), command).toBe(whole.slice(0, 2 * longestRead));
    expect(send(card, read(longestRead))).toBe(`${whole.slice(0, 2 * longestRead)}9000`);
    // A short answer fits, whatever was asked for.
    expect(send(card, '00 B0 88 00 00')).toBe('8f8f009000');
  });

  it('fails longer reads in the transport, and carries the next one', async () => {
    const connection = (await jpkiWith({ longestRead, longRead: 'fails' })).connect();
    for (const command of beyond) expect(await carried(connection, command), command).toBe('TRANSPORT');
    expect(await carried(connection, read(longestRead))).toHaveLength(full(longestRead));
  });
});

describe('a reader', () => {
  it.each([
    ['6700', 0x6700],
    ['6981', 0x6981],
  ] as const)('that refuses a long read with %s does not ask the card', async (sw, longRead) => {
    const card = await jpkiWith({ longestRead: 128, longRead });
    // Absent, protected and without a current file: no word of the card's comes through.
    for (const command of ['00 B0 83 00 00', '00 B0 81 00 00', '00 B0 00 00 00'])
      expect(send(card, command)).toBe(sw);
    expect(send(card, select('0008'), read(256))).toBe(sw);
    expect(send(card, '00 B0 00 00 03')).toBe('8f8f009000');
  });

  it('that answers a long read with success and no data passes on what the card refuses', async () => {
    const card = await jpkiWith({ longestRead: 128, longRead: 0x9000 });
    expect(send(card, '00 B0 83 00 00')).toBe('6a82');
    expect(send(card, '00 B0 81 00 00')).toBe('6982');
  });

  it('that cuts an answer down to less than a status word has given none', async () => {
    const connection = (await jpkiWith({ longestRead: 1, longRead: 'cut' })).connect();
    expect(await carried(connection, read(256))).toBe('TRANSPORT');
    expect(await carried(connection, read(1))).toBe('309000');
  });

  it.each([
    ['9000', 0x9000],
    ['6282', 0x6282],
    ['6700', 0x6700],
  ] as const)('may bring nothing but %s for an Le of 00', async (sw, leZero) => {
    const card = await jpkiWith({ leZero });
    expect(send(card, read(256))).toBe(sw);
    expect(send(card, read(255))).toHaveLength(full(255));
    expect(send(card, readExtended(256))).toHaveLength(full(256));
    expect(send(card, readExtended(0))).toHaveLength(full(2048));
    expect(send(card, VERIFY_AUTH)).toBe('9000');
    expect(send(card, SIGN)).toHaveLength(full(256));
  });

  it('may answer 6Cxx for ever, each time to what the last one said', async () => {
    const card = await jpkiWith({ endlessWrongLe: true });
    let le = 256;
    for (let i = 0; i < 600; i++) {
      const answer = send(card, read(le));
      expect(answer).toMatch(/^6c[0-9a-f]{2}$/);
      const next = Number.parseInt(answer.slice(2), 16) || 256;
      expect(next).not.toBe(le);
      le = next;
    }
    expect(send(card, readExtended(2000))).toMatch(/^6c/);
    expect(send(card, '00 B0 83 00 00')).toBe('6a82');
    expect(send(card, '00 20 00 98')).toBe('63c3');
  });

  it.each([
    ['6700', false],
    ['6f00', 0x6f00],
    ['6d00', 0x6d00],
    ['6e00', 0x6e00],
  ] as const)('may refuse extended length and a VERIFY of four bytes with %s', async (sw, word) => {
    const card = await jpkiWith({ extendedLength: word, fourByteVerify: word });
    expect(send(card, readExtended(2000))).toBe(sw);
    expect(send(card, `00 20 00 98 000004 ${ascii('0000')}`)).toBe(sw);
    expect(send(card, '00 20 00 98')).toBe(sw);
    expect(send(card, '00 20 00 98 00')).toBe('63c3');
    expect(send(card, read(256))).toHaveLength(full(256));
  });

  it.each([
    ['extendedLength', readExtended(2000)],
    ['fourByteVerify', '00 20 00 98'],
  ] as const)('may fail in the transport without losing the card: %s', async (name, command) => {
    const connection = (await jpkiWith({ [name]: 'fails' })).connect();
    expect(await carried(connection, command)).toBe('TRANSPORT');
    expect(await carried(connection, read(256))).toHaveLength(full(256));
  });

  it.each([
    ['resets', 'CARD_RESET', '9000'],
    ['removes', 'CARD_REMOVED', '6982'],
  ] as const)('may lose the card in the exchange: %s', async (extendedLength, code, verified) => {
    const card = await jpkiWith({ extendedLength });
    const connection = card.connect();
    expect(await carried(connection, VERIFY_AUTH)).toBe('9000');
    expect(await carried(connection, readExtended(2000))).toBe('TRANSPORT');
    for (const command of [read(256), JPKI, '00 20 00 98'])
      expect(await carried(connection, command)).toBe(code);
    await connection.disconnect('leave');
    // A reset forgets what is selected, and a card without power what was verified.
    const next = card.connect();
    expect(await carried(next, read(256))).toBe('6a82');
    expect(await carried(next, JPKI)).toBe('9000');
    expect((await carried(next, SIGN)).slice(-4)).toBe(verified);
  });

  it.each([
    ['6300', 0x6300],
    ['6301', 0x6301],
    ['637f', 0x637f],
  ] as const)('may make up %s for a PIN that the card did look at', async (sw, inventedWord) => {
    const card = await jpkiWith({ inventedWord });
    expect(send(card, WRONG_AUTH)).toBe(sw);
    expect(send(card, '00 20 00 98')).toBe('63c2');
    expect(send(card, VERIFY_AUTH)).toBe(sw);
    expect(send(card, SIGN)).toHaveLength(full(256));
    expect(send(card, `00 24 01 98 04 ${ascii('5678')}`)).toBe(sw);
    const plain = VirtualCard.fromJSON({ ...card.toJSON(), quirks: {} });
    expect(send(plain, JPKI, `00 20 00 98 04 ${ascii('5678')}`)).toBe('9000');
  });

  it.each([
    ['select', JPKI],
    ['read', read(256)],
    ['query', '00 20 00 98'],
    ['query', '00 20 00 98 00'],
    ['verify', VERIFY_AUTH],
    ['change', `00 24 01 98 04 ${ascii('1234')}`],
    ['sign', SIGN],
  ] as const)('may make up the answer to %s alone (%s)', async (kind, command) => {
    const card = await virtualCard({ inventedWord: 0x6301, inventedFor: [kind] });
    const answers = [JPKI, VERIFY_AUTH, command].map((one) => send(card, one));
    expect(answers[2]).toBe('6301');
    const others = [JPKI, VERIFY_AUTH].filter((one) => one !== command);
    for (const other of others)
      expect(send(card, other)).toBe(kind === 'select' && other === JPKI ? '6301' : '9000');
  });
});

describe('a card', () => {
  it('may end what was verified with each SELECT of an application', async () => {
    for (const aid of [JPKI, '00 A4 04 0C 0A D3921000310001010401', '00 A4 04 0C 07 A0000001510000']) {
      const card = await jpkiWith({ selectClearsStatus: true });
      expect(send(card, VERIFY_AUTH, select('0017'), '80 2A 00 80 01 55 00')).toHaveLength(full(256));
      expect(send(card, aid, JPKI, SIGN)).toBe('6982');
      expect(send(await jpkiWith({}), VERIFY_AUTH, aid, JPKI, SIGN)).toHaveLength(full(256));
    }
    const refused = await jpkiWith({ selectClearsStatus: true });
    expect(send(refused, VERIFY_AUTH, '00 A4 04 0C 02 A001', SIGN)).toHaveLength(full(256));
  });

  it('may answer P2 = 00 and an Le with an FCI that names what was selected', async () => {
    const card = await virtualCard({ fci: true });
    expect(send(card, '00 A4 04 00 0A D392F000260100000001 00')).toBe('6f0c840ad392f0002601000000019000');
    expect(send(card, '00 A4 04 00 02 D392 00')).toBe('6f0c840ad392f0002601000000019000');
    expect(send(card, '00 A4 04 00 07 A0000001510000 00')).toBe('6f098407a00000015100009000');
    expect(send(card, '00 A4 04 00 0A D392F000260100000001 04')).toBe('6c0e');
    expect(send(card, '00 A4 04 00 0A D392F000260100000001')).toBe('9000');
    expect(send(card, `${JPKI} 00`)).toBe('9000');
  });

  it.each([
    ['6a81', 0x6a81],
    ['6985', 0x6985],
    ['6d00', 0x6d00],
    ['6f00', 0x6f00],
  ] as const)('may refuse the SELECT of what is not there with %s', async (sw, selectRefusal) => {
    const card = await jpkiWith({ selectRefusal, absentApplications: ['common'] });
    expect(send(card, select('0003'))).toBe(sw);
    expect(send(card, '00 A4 04 0C 0A D3921000310001010100')).toBe(sw);
    expect(send(card, '00 A4 04 0C 07 A0000000031010')).toBe(sw);
  });

  it('may hold the label alone as its token information', async () => {
    const card = await jpkiWith({ tokenInfoLength: 32 });
    const label = `${ascii('JPKIAPICCTOKEN2')}${'00'.repeat(17)}9000`;
    expect(send(card, '00 B0 86 00 20')).toBe(label);
    expect(send(card, '00 B0 86 00 A0')).toBe(label);
    expect(send(card, '00 B0 86 20 10')).toBe('6b00');
  });

  it('may lack files', async () => {
    const card = await jpkiWith({ absentFiles: ['jpki/0008', 'jpki/0018', 'registry/001c'] });
    expect(send(card, select('0008'))).toBe('6a82');
    expect(send(card, '00 B0 88 00 03')).toBe('6a82');
    expect(send(card, '00 20 00 98')).toBe('6a88');
    expect(send(card, '00 20 00 9B')).toBe('63c5');
    expect(send(card, SIGN)).toBe('6982');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010401', select('001C'))).toBe('6a82');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010100', select('001C'))).toBe('9000');
  });

  it('may refuse a read beyond the end of the file with 6700', async () => {
    const card = await jpkiWith({ endOfFile: 0x6700 });
    expect(send(card, '00 B0 88 00 04')).toBe('6700');
    expect(send(card, '00 B0 88 00 03')).toBe('8f8f009000');
    expect(send(card, readExtended(2049))).toBe('6700');
    expect(send(card, readExtended(2048))).toHaveLength(full(2048));
  });
});

describe('quirks', () => {
  it.each<[string, unknown]>([
    ['shortIds', false],
    ['shortIds', 0x6d00],
    ['shortIds', 0x9000],
    ['fourByteVerify', 0x6300],
    ['extendedLength', 0x9000],
    ['extendedLength', 'breaks'],
    ['longestRead', 0],
    ['longestRead', '254'],
    ['longRead', 0x6100],
    ['longRead', true],
    ['leZero', false],
    ['leZero', 'cut'],
    ['inventedWord', true],
    ['inventedWord', 0x63c2],
    ['inventedFor', ['selects']],
    ['selectRefusal', 0x9000],
    ['tokenInfoLength', 64],
    ['absentFiles', ['0008']],
    ['absentFiles', ['jpki/008']],
    ['absentFiles', ['jpki/00AA']],
    ['absentFiles', ['jpki/0008/1']],
    ['absentFiles', ['toString/0008']],
    ['absentFiles', 'jpki/0008'],
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
