/** The files of the card input support application and the common application's record, as docs/card.md has them. */
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { eraYearOf, hasCheckDigit, isCalendarDay } from '../../src/japan.js';
import { VirtualCard, type VirtualCardOptions } from '../../src/virtual/index.js';
import { saved } from '../support/issued.js';
import { ascii, hex, send, virtualCard } from '../support/virtual.js';

const TEXT = '00 A4 04 0C 0A D3921000310001010408';
const REGISTRY = '00 A4 04 0C 0A D3921000310001010401';
const COMMON = '00 A4 04 0C 0A D3921000310001010100';
const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const read = (id: string) => `00 B0 ${id} 00 00 00 00`;
const verify = (p2: string, value: string) =>
  `00 20 00 ${p2} ${value.length.toString(16).padStart(2, '0')} ${ascii(value)}`;
const [PIN, A, B] = ['91', '94', '95'];
/** Born on 15 April 2001, 平成13; the tests' card is of this year and ends on a tenth birthday. */
const NUMBER = '999999999999';

async function issue(options: VirtualCardOptions): Promise<VirtualCard> {
  return VirtualCard.issue({ authority: saved().authority, signatureCertificate: false, ...options });
}

let card: VirtualCard;
beforeAll(async () => {
  card = await virtualCard();
});

const expiryOf = (one: VirtualCard) =>
  Buffer.from(send(one, COMMON, '00 A4 02 0C 02 0001', '00 B2 01 04 00').slice(44, 60), 'hex').toString();

describe('the files of the card input support application', () => {
  it.each([
    ['nothing', undefined, ['6982', '6982', '6982', '9000', '9000', '9000']],
    ['the PIN', verify(PIN, '1234'), ['9000', '9000', '9000', '9000', '9000', '9000']],
    ['check number A', verify(A, NUMBER), ['9000', '6982', '9000', '9000', '9000', '9000']],
    ['check number B', 'B', ['6982', '9000', '9000', '9000', '9000', '9000']],
  ])('are open after %s as they are on a card', async (_what, opening, words) => {
    const one = await virtualCard();
    const command = opening === 'B' ? verify(B, `130415${expiryOf(one).slice(0, 4)}0000`) : opening;
    send(one, TEXT);
    if (command !== undefined) expect(send(one, command)).toBe('9000');
    const ids = ['81', '82', '83', '84', '85', '88'];
    expect(ids.map((id) => send(one, read(id)).slice(-4))).toEqual(words);
  });

  it('hold the number with its filler, and the attributes with their offsets', () => {
    send(card, TEXT, verify(PIN, '1234'));
    expect(send(card, read('81'))).toBe(`ff100c${ascii(NUMBER)}ffff9000`);
    const file = hex(send(card, read('82')).slice(0, -4));
    expect([...file.subarray(0, 6)]).toEqual([0xff, 0x20, file.length - 3, 0xdf, 0x21, 8]);
    const view = new DataView(file.buffer);
    const tags = [6, 8, 10, 12].map((at) => view.getUint16(view.getUint16(at)));
    expect(tags).toEqual([0xdf22, 0xdf23, 0xdf24, 0xdf25]);
    expect(Buffer.from(file).toString()).toContain('仮想　見本子');
    expect(Buffer.from(file.subarray(-12)).toString('latin1')).toBe('20010415\xdf\x25\x012');
  });

  it.each([
    ['male', '1'],
    ['female', '2'],
    // The certificate says 3; JIS X 0303 has 0.
    ['unknown', '0'],
  ] as const)('hold the sex %s as the digit %s', async (sex, digit) => {
    const one = await issue({ holder: { sex } });
    send(one, TEXT, verify(PIN, '1234'));
    expect(send(one, read('82')).slice(-12)).toBe(`df2501${ascii(digit)}9000`);
  });

  it.each([
    // An era that had not begun; one that is not said, with and without the day; and no date.
    ['419500101', '000101'],
    ['019500101', '250101'],
    ['019500000', '250000'],
    ['000000000', '000000'],
  ])('have a check number B of 14 digits for the birth date %s', async (birthDate, start) => {
    const one = await issue({ holder: { birthDate }, cardExpiry: '20350415' });
    expect(send(one, TEXT, verify(B, `${start}20350000`))).toBe('9000');
  });

  it('hold long names behind a header that is longer', async () => {
    const name = `${'長'.repeat(60)}　${'名'.repeat(60)}`;
    const one = await issue({ holder: { name } });
    send(one, TEXT, verify(PIN, '1234'));
    const file = hex(send(one, read('82')).slice(0, -4));
    expect([...file.subarray(0, 3)]).toEqual([0xff, 0x20, 0x82]);
    const view = new DataView(file.buffer);
    expect([8, 10, 12, 14].map((at) => view.getUint16(view.getUint16(at)))).toEqual([
      0xdf22, 0xdf23, 0xdf24, 0xdf25,
    ]);
  });

  it('are signed by the municipality, and that by the CA: as Node.js sees it', () => {
    send(card, TEXT, verify(PIN, '1234'));
    const [number, attributes, proof, certificate] = ['81', '82', '83', '84'].map((id) =>
      Buffer.from(send(card, read(id)).slice(0, -4), 'hex'),
    ) as [Buffer, Buffer, Buffer, Buffer];
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
    expect(proof.subarray(0, 5).toString('hex')).toBe('ff3082014b');
    expect(proof.subarray(5, 8).toString('hex')).toBe('df3120');
    expect(proof.subarray(8, 40)).toEqual(sha256(number));
    expect(proof.subarray(43, 75)).toEqual(sha256(attributes.subarray(14)));
    expect(proof.subarray(75, 80).toString('hex')).toBe('df33820100');
    expect(certificate.subarray(0, 10).toString('hex')).toBe('7f218202335f4e820129');
    const body = certificate.subarray(10, 307);
    expect(certificate.subarray(307, 312).toString('hex')).toBe('5f37820100');
    expect(body.subarray(32, 41).toString('hex')).toBe('900301000191820100');
    const key = (modulus: Uint8Array) =>
      createPublicKey({
        key: { kty: 'RSA', n: Buffer.from(modulus).toString('base64url'), e: 'AQAB' },
        format: 'jwk',
      });
    const municipality = key(body.subarray(41));
    expect(verifySignature('sha256', proof.subarray(5, 75), municipality, proof.subarray(80))).toBe(true);
    const [issuer] = card.textIssuers;
    expect(Buffer.from(issuer?.keyId ?? [])).toEqual(body.subarray(0, 16));
    expect(
      verifySignature('sha256', body, key(issuer?.modulus ?? new Uint8Array(256)), certificate.subarray(312)),
    ).toBe(true);
  });

  it('lack what is not made here: keys of sessions and of the card', () => {
    expect([read('86'), read('87')].map((command) => send(card, TEXT, command))).toEqual(['6a82', '6a82']);
  });

  it('keep their reference 0012 locked, as on every card seen', () => {
    expect(send(card, TEXT, '00 20 00 92')).toBe('63c0');
    expect(send(card, verify('92', '1234'))).toBe('6984');
  });

  it('count the tries of each reference for itself', async () => {
    const one = await virtualCard();
    send(one, TEXT, verify(PIN, '0000'), verify(A, '999999999998'), verify(A, '999999999998'));
    send(one, verify(B, '00000000000000'));
    expect(['91', '94', '95'].map((p2) => send(one, `00 20 00 ${p2}`))).toEqual(['63c2', '63c8', '63c9']);
    expect(one.triesLeft).toMatchObject({
      'input-support': 2,
      'check-number-a': 8,
      'check-number-b': 9,
    });
    expect(send(one, read('81'))).toBe('6982');
  });

  it('are the same after saving and loading, and not there on an older card', async () => {
    const again = VirtualCard.fromJSON(JSON.parse(JSON.stringify(card)));
    send(again, TEXT, verify(PIN, '1234'));
    send(card, TEXT, verify(PIN, '1234'));
    for (const id of ['81', '82', '83', '84', '85']) expect(send(again, read(id))).toBe(send(card, read(id)));
    expect(again.textIssuers).toEqual(card.textIssuers);
    const older = await issue({ token: 'older-card' });
    expect(send(older, TEXT, read('82'))).toBe('6a82');
  });
});

describe('the record of the common application', () => {
  it('says where the card is from and when it ends, to everybody', async () => {
    const one = await issue({ municipalityCode: '98765', cardExpiry: '20310228' });
    const record = `011c${ascii('0000000000000009876520310228')}9000`;
    expect(send(one, COMMON, '00 A4 02 0C 02 0001', '00 B2 01 04 00')).toBe(record);
    expect(send(one, COMMON, '00 B2 01 0C 00')).toBe(record);
  });

  it.each([
    ['no second record', '00 B2 02 04 00', '6a83'],
    ['no record 0', '00 B2 00 04 00', '6a83'],
    ['no other way to name one', '00 B2 01 05 00', '6a86'],
    ['no record without asking for data', '00 B2 01 04', '6700'],
    ['no bytes', '00 B0 00 00 00', '6981'],
  ])('has %s', (_what, command, word) => {
    expect(send(card, COMMON, '00 A4 02 0C 02 0001', command)).toBe(word);
  });

  it('has nothing to read where no file of records is current', () => {
    expect(send(card, COMMON, '00 B2 01 04 00')).toBe('6986');
    expect(send(card, TEXT, '00 B2 01 24 00')).toBe('6981');
  });

  it.each([
    ['an adult', '420010415', '2026-04-14', '20350415'],
    ['an adult on a birthday', '420010415', '2026-04-15', '20360415'],
    ['somebody of 17', '420090416', '2027-04-15', '20310416'],
    ['somebody of 18', '420090416', '2027-04-16', '20370416'],
    ['somebody born on 29 February', '420040229', '2026-01-01', '20350228'],
    ['somebody without a known birthday', '019500000', '2026-06-01', '20360601'],
  ])('ends with the tenth birthday, or the fifth: %s', async (_who, birthDate, issued, expiry) => {
    const notBefore = new Date(`${issued}T03:00:00Z`);
    expect(expiryOf(await issue({ holder: { birthDate }, notBefore }))).toBe(expiry);
  });
});

describe('CHANGE KEY', () => {
  it.each([
    ['registry', REGISTRY],
    ['common', COMMON],
  ])('changes the resident registry PIN of the %s application, after its VERIFY', async (_name, select) => {
    const one = await virtualCard();
    const change = `80 32 00 80 04 ${ascii('8642')}`;
    expect(send(one, select, '00 A4 02 0C 02 001C', change)).toBe('6982');
    expect(send(one, verify('80', '1234'), change)).toBe('9000');
    expect(send(one, verify('80', '1234'))).toBe('63c2');
    expect(send(one, verify('80', '8642'))).toBe('9000');
  });

  it('is no way to change another PIN, nor is CHANGE REFERENCE DATA a way to change this one', async () => {
    const one = await virtualCard();
    const change = (header: string) => `${header} 04 ${ascii('8642')}`;
    expect(send(one, REGISTRY, verify('9C', '1234'), change('00 24 01 80'))).toBe('6985');
    expect(send(one, change('80 32 00 9C'))).toBe('6a86');
    expect(send(one, TEXT, verify(PIN, '1234'), change('80 32 00 80'))).toBe('6985');
    expect(send(one, change('00 24 01 91'))).toBe('9000');
    expect(send(one, JPKI, verify('98', '1234'), change('80 32 00 80'))).toBe('6985');
  });
});

describe('what a card with text is issued with', () => {
  it.each<[string, VirtualCardOptions]>([
    ['myNumber', { myNumber: '537686677188' }],
    ['myNumber', { myNumber: '99999999999' }],
    ['myNumber', { myNumber: '99999999999９' }],
    ['securityCode', { securityCode: '123' }],
    ['municipalityCode', { municipalityCode: '123456' }],
    ['cardExpiry', { cardExpiry: '20270229' }],
    ['cardExpiry', { cardExpiry: '2027-02-28' }],
  ])('refuses a wrong %s', async (argument, options) => {
    const error = await issue(options).catch((thrown: unknown) => thrown);
    if (!(error instanceof JpkiError)) throw error;
    expect([error.code, error.argument]).toEqual(['INVALID_ARGUMENT', argument]);
    // A number with its check digit is somebody's: it stays out of the message.
    expect(error.message).not.toMatch(/[0-9]{5}/);
  });
});

describe('facts of Japan', () => {
  it.each([
    // The number of a published test card [myna-card], and one digit beside it.
    ['537686677188', true],
    ['537686677189', false],
    // By hand: 2 times the eleventh digit is the remainder, 11 less that the check digit; 0 where it is 0 or 1.
    ['000000000019', true],
    ['000000000061', false],
    ['000000000060', true],
    ['000000000000', true],
    ['100000000005', true],
    [NUMBER, false],
    ['53768667718', false],
    ['53768667718x', false],
  ])('the check digit of %s', (number, isRight) => {
    expect(hasCheckDigit(new TextEncoder().encode(number))).toBe(isRight);
  });

  it.each([
    [1980, 2, 17, 55],
    [2019, 4, 30, 31],
    [2019, 5, 1, 1],
    [1989, 1, 7, 64],
    [1989, 1, 8, 1],
    [1926, 12, 24, 15],
    [1926, 12, 25, 1],
    [1912, 7, 29, 45],
    [1912, 7, 30, 1],
    [1868, 1, 25, 1],
    [1868, 1, 24, undefined],
  ])('the era year of %i-%i-%i', (year, month, day, eraYear) => {
    expect(eraYearOf(year, month, day)).toBe(eraYear);
  });

  it.each([
    [2024, 2, 29, true],
    [2023, 2, 29, false],
    [2000, 13, 1, false],
    [2000, 0, 1, false],
    [2000, 4, 31, false],
    [99, 12, 31, true],
  ])('whether %i-%i-%i is a day', (year, month, day, isOne) => {
    expect(isCalendarDay(year, month, day)).toBe(isOne);
  });
});
