import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyCertificate } from '../../src/certificate/index.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { issueAuthority, VirtualCard, type VirtualToken } from '../../src/virtual/index.js';
import { ascii, send, virtualCard } from '../support/virtual.js';

/** docs/card.md section 1. */
const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const REGISTRY = '00 A4 04 0C 0A D3921000310001010401';
const VERIFY_AUTH = `00 20 00 98 04 ${ascii('1234')}`;
const VERIFY_SIGN = `00 20 00 9B 08 ${ascii('VIRTUAL1')}`;
const select = (file: string): string => `00 A4 02 0C 02 ${file}`;

async function inJpki(): Promise<VirtualCard> {
  const card = await virtualCard();
  expect(send(card, JPKI)).toBe('9000');
  return card;
}

/** One pair of CAs for every card this file issues: making keys is what takes the time. */
const authority = issueAuthority();

/** The whole of a file, read in blocks of 256 after a SELECT, without the library above. */
function readAll(card: VirtualCard, file: string): Buffer {
  expect(send(card, select(file))).toBe('9000');
  let content = '';
  for (let offset = 0; ; offset += 256) {
    const answer = send(card, `00 B0 ${offset.toString(16).padStart(4, '0')} 00`);
    if (answer === '6b00') return Buffer.from(content, 'hex');
    expect(answer.slice(-4)).toBe('9000');
    content += answer.slice(0, -4);
  }
}

describe('the trust anchors of a card', () => {
  it('are the CA certificates in its files, by what another program says their SHA-256 is', async () => {
    const card = await inJpki();
    const fingerprint = (file: string): string =>
      new X509Certificate(readAll(card, file)).fingerprint256.replaceAll(':', '').toLowerCase();
    expect(card.trustAnchors).toEqual([
      { name: 'virtual card', purpose: 'auth', sha256: fingerprint('000B') },
      { name: 'virtual card', purpose: 'sign', sha256: fingerprint('0002') },
    ]);
  });

  it('are believed when its certificates are judged', async () => {
    const card = await virtualCard();
    const applet = await JpkiApplet.select(card.connect());
    const [certificate, issuer] = [
      await applet.readCertificate('auth'),
      await applet.readCertificate('auth-ca'),
    ];
    const verdict = await verifyCertificate(certificate, {
      purpose: 'auth',
      issuer,
      anchors: card.trustAnchors,
    });
    expect(verdict.trusted).toBe(true);
  });

  it('are none where the files hold no certificate', async () => {
    const state = (await virtualCard()).toJSON();
    const jpki = { ...state.applications.jpki };
    jpki['0002'] = { kind: 'binary', content: btoa('\xff'.repeat(64)) };
    delete jpki['000b'];
    const card = VirtualCard.fromJSON({ ...state, applications: { ...state.applications, jpki } });
    expect(card.trustAnchors).toEqual([]);
  });
});

describe('SELECT', () => {
  it.each([
    ['JPKI', 'D392F000260100000001'],
    ['card input support', 'D3921000310001010408'],
    ['card surface check', 'D3921000310001010402'],
    ['resident registry', 'D3921000310001010401'],
    ['common', 'D3921000310001010100'],
  ])('finds the %s application', async (_name, aid) => {
    expect(send(await virtualCard(), `00 A4 04 0C 0A ${aid}`)).toBe('9000');
  });

  // myna-card: fuzz_card.rs selects with P2 = 00 and an Le, mf.rs the card manager, card.rs by the beginning of a name.
  it.each([
    ['an application with P2 = 00 and an Le', '00 A4 04 00 0A D392F000260100000001 00'],
    ['an application with P2 = 00 and no Le', '00 A4 04 00 0A D392F000260100000001'],
    ['the card manager', '00 A4 04 0C 07 A0000001510000'],
    ['the card manager with P2 = 00 and an Le', '00 A4 04 00 07 A0000001510000 00'],
    ['an application by the beginning of its name', '00 A4 04 0C 02 D392'],
    ['an application by all of its name but one byte', '00 A4 04 0C 09 D392F0002601000000'],
    ['the card manager by one byte', '00 A4 04 0C 01 A0'],
  ])('finds %s, and says no more than 9000', async (_name, command) => {
    expect(send(await virtualCard(), command)).toBe('9000');
    expect(send(await inJpki(), command)).toBe('9000');
  });

  it('by the beginning of a name finds an application with that name, whose files are then there', async () => {
    const card = await virtualCard();
    expect(send(card, '00 A4 04 0C 04 D392F000', '00 B0 88 00 00')).toBe('8f8f009000');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010401', '00 20 00 9C')).toBe('63c3');
    expect(send(card, '00 A4 04 0C 04 D3921000', '00 B0 88 00 00')).toBe('6a82');
  });

  it('of the card manager leaves the application', async () => {
    const card = await inJpki();
    expect(send(card, select('0008'), '00 A4 04 0C 07 A0000001510000', '00 B0 00 00 00')).toBe('6986');
    expect(send(card, select('0008'))).toBe('6a82');
    expect(send(card, JPKI, select('0008'))).toBe('9000');
  });

  it('of the master file is 6A86 after a power-up, and 9000 without effect in an application', async () => {
    // myna-card card.rs, at the place of the SELECT that it leaves out.
    const card = await virtualCard();
    expect(send(card, '00 A4 00 00')).toBe('6a86');
    expect(send(card, '00 A4 00 00 02 3F00')).toBe('6a82');
    expect(send(card, JPKI, select('0008'), '00 A4 00 00')).toBe('9000');
    expect(send(card, '00 B0 00 00 00')).toBe('8f8f009000');
    expect(send(card, '00 A4 00 00 02 3F00')).toBe('6a82');
    expect(send(card, '00 B0 00 00 00')).toBe('8f8f009000');
    card.reset();
    expect(send(card, '00 A4 00 00')).toBe('6a86');
  });

  it.each([
    ['another application', '00 A4 04 0C 07 A0000000031010', '6a82'],
    ['an application without a name', '00 A4 04 0C', '6a82'],
    ['an application by a name that goes on', '00 A4 04 0C 0B D392F00026010000000100', '6a82'],
    ['an application by a beginning that no name has', '00 A4 04 0C 02 D393', '6a82'],
    ['the next application of a name', '00 A4 04 02 02 D392 00', '6a86'],
    ['a file that is not there', select('0003'), '6a82'],
    ['a file named by one byte', '00 A4 02 0C 01 18', '6700'],
    ['a file named by three bytes', '00 A4 02 0C 03 000018', '6700'],
    ['a file by a way that is not known', '00 A4 00 0C 02 0018', '6a86'],
    ['a file whose control parameters are asked for', '00 A4 02 04 02 0018 00', '6a86'],
  ])('refuses %s', async (_name, command, sw) => {
    expect(send(await inJpki(), command)).toBe(sw);
  });

  it('finds no file before an application', async () => {
    expect(send(await virtualCard(), select('0018'))).toBe('6a82');
  });

  it('finds only the files of the current application', async () => {
    const card = await inJpki();
    expect(send(card, REGISTRY, select('0018'))).toBe('6a82');
    expect(send(card, select('001C'))).toBe('9000');
    expect(send(card, JPKI, select('001C'))).toBe('6a82');
  });

  it('of an application leaves no current file', async () => {
    const card = await inJpki();
    expect(send(card, select('0006'), JPKI, '00 B0 00 00 00')).toBe('6986');
  });

  it('that is refused changes neither application nor file', async () => {
    const card = await inJpki();
    const refused = ['00 A4 04 0C 02 A001', select('0003')];
    expect(send(card, select('0008'), ...refused, '00 B0 00 00 00')).toBe('8f8f009000');
  });
});

describe('READ BINARY', () => {
  it.each([
    ['without a current file', '00 B0 00 00 00', '6986'],
    ['without an Le', '00 B0 86 00', '6700'],
    ['with data', '00 B0 86 00 01 00 00', '6700'],
    ['of a short identifier that is not there', '00 B0 83 00 00', '6a82'],
    ['of the short identifier 0', '00 B0 80 00 00', '6a82'],
    ['with bits 7 and 6 of P1 set beside a short identifier', '00 B0 C6 00 00', '6a86'],
    ['of a PIN', '00 B0 98 00 00', '6981'],
    ['of a key', '00 B0 97 00 00', '6981'],
    ['of the signature certificate before its PIN', '00 B0 81 00 00', '6982'],
    ['just past the end', '00 B0 88 03 00', '6b00'],
    ['far past the end', '00 B0 88 FF 00', '6b00'],
  ])('is refused %s', async (_name, command, sw) => {
    expect(send(await inJpki(), command)).toBe(sw);
  });

  it('is refused on a current file that is no data', async () => {
    const card = await inJpki();
    expect(send(card, select('0018'), '00 B0 00 00 00')).toBe('6981');
    expect(send(card, select('0017'), '00 B0 00 00 00')).toBe('6981');
  });

  it('gives as much as is asked for and there', async () => {
    const card = await inJpki();
    expect(send(card, '00 B0 88 00 02')).toBe('8f8f9000');
    expect(send(card, '00 B0 88 01 00')).toBe('8f009000');
    expect(send(card, '00 B0 88 02 01')).toBe('009000');
    expect(send(card, '00 B0 8B 00 00')).toHaveLength(2 * 258);
    expect(send(card, '00 B0 8B 00 000400')).toHaveLength(2 * (1024 + 2));
  });

  it('by short identifier makes the file current', async () => {
    const card = await inJpki();
    expect(send(card, select('0006'), '00 B0 88 00 01', '00 B0 00 01 00')).toBe('8f009000');
  });

  it('that is refused leaves the current file as it was', async () => {
    const card = await inJpki();
    expect(send(card, select('0008'), '00 B0 81 00 00')).toBe('6982');
    expect(send(card, '00 B0 83 00 00')).toBe('6a82');
    expect(send(card, '00 B0 00 00 00')).toBe('8f8f009000');
  });

  it('has an offset of 15 bits', async () => {
    const card = await inJpki();
    const whole = readAll(card, '000B').toString('hex');
    expect(send(card, '00 B0 01 23 10')).toBe(`${whole.slice(2 * 0x123, 2 * 0x133)}9000`);
    expect(send(card, '00 B0 7F FF 01')).toBe('6b00');
  });
});

describe('GET CHALLENGE', () => {
  // myna-card card.rs: every length from 1 to 256, exactly, in and outside of applications; 6985 to the extended form.
  it.each([
    ['01', 1],
    ['10', 16],
    ['FF', 255],
    ['00', 256],
  ])('with an Le of %s gives %i bytes, with an application and without', async (le, length) => {
    const outside = await virtualCard();
    expect(send(outside, `00 84 00 00 ${le}`)).toMatch(new RegExp(`^[0-9a-f]{${2 * length}}9000$`));
    expect(send(await inJpki(), `00 84 00 00 ${le}`)).toHaveLength(2 * (length + 2));
  });

  it('gives other bytes each time, and leaves everything as it was', async () => {
    const card = await inJpki();
    send(card, select('0008'));
    const answers = Array.from({ length: 8 }, () => send(card, '00 84 00 00 10'));
    expect(new Set(answers).size).toBe(8);
    expect(send(card, '00 B0 00 00 00')).toBe('8f8f009000');
  });

  it.each([
    ['in extended length', '00 84 00 00 000010', '6985'],
    ['in extended length of 256 bytes', '00 84 00 00 000100', '6985'],
    ['without an Le', '00 84 00 00', '6700'],
    ['with data', '00 84 00 00 01 00 08', '6700'],
    ['with another P1', '00 84 01 00 08', '6a86'],
    ['with another P2', '00 84 00 01 08', '6a86'],
    ['in the class of the card', '80 84 00 00 08', '6e00'],
  ])('is refused %s', async (_name, command, sw) => {
    expect(send(await inJpki(), command)).toBe(sw);
  });
});

describe('the other applications', () => {
  it('have a reference that is locked from the start in the card input support', async () => {
    // myna-card text.rs: 63C0 to a query and 6984 to a VERIFY on every card examined.
    const card = await virtualCard();
    send(card, '00 A4 04 0C 0A D3921000310001010408');
    expect(send(card, '00 20 00 92')).toBe('63c0');
    expect(send(card, `00 20 00 92 04 ${ascii('0000')}`)).toBe('6984');
    expect(send(card, '00 20 00 91')).toBe('63c3');
  });
});

describe('the files of the JPKI application', () => {
  it('hold the four certificates, the signature one behind its PIN', async () => {
    const card = await inJpki();
    const read = (file: string) => new X509Certificate(readAll(card, file));
    const authCa = read('000B');
    const signCa = read('0002');
    expect(read('000A').verify(authCa.publicKey)).toBe(true);
    expect(read('000A').verify(signCa.publicKey)).toBe(false);
    expect(send(card, select('0001'), '00 B0 00 00 00')).toBe('6982');
    expect(send(card, VERIFY_AUTH, '00 B0 81 00 00')).toBe('6982');
    expect(send(card, VERIFY_SIGN)).toBe('9000');
    expect(read('0001').verify(signCa.publicKey)).toBe(true);
  });

  it('are longer than their certificates: 2048 bytes, FF behind', async () => {
    const file = readAll(await inJpki(), '000A');
    const length = 4 + file.readUInt16BE(2);
    expect(file).toHaveLength(2048);
    expect(length).toBeLessThan(2048);
    expect(new Set(file.subarray(length))).toEqual(new Set([0xff]));
  });

  it('hold the token information of an observed card', async () => {
    const file = readAll(await inJpki(), '0006');
    const text = (start: number, length: number) => file.toString('latin1', start, start + length);
    // docs/card.md section 2; a serial number is one card's own, so this one is nobody's.
    expect(file).toHaveLength(160);
    expect(text(0, 32)).toBe('JPKIAPICCTOKEN2'.padEnd(32, ' '));
    expect(text(32, 32)).toBe(' '.repeat(32));
    expect(text(64, 16)).toBe('E16R01NJ        ');
    expect(text(80, 16)).toMatch(/^[0-9]{16}$/);
    const numbers = Array.from({ length: 11 }, (_, i) => file.readUInt32BE(96 + 4 * i));
    const none = 0xffffffff;
    expect(numbers).toEqual([0x40d, 1, 0, 1, 0, 16, 6, none, none, none, none]);
    expect(text(140, 4)).toBe('0301');
    expect(text(144, 16)).toBe('9'.repeat(16));
  });

  it('say that both certificates are there', async () => {
    expect(readAll(await inJpki(), '0008').toString('hex')).toBe('8f8f00');
  });

  it('carry no signature certificate and no signature key for a child', async () => {
    const child = await VirtualCard.issue({ authority: await authority, signatureCertificate: false });
    send(child, JPKI);
    expect(readAll(child, '0008').toString('hex')).toBe('008f00');
    expect(send(child, select('001A'))).toBe('6a82');
    expect(send(child, '00 20 00 9B')).toBe('63c5');
    expect(send(child, VERIFY_SIGN)).toBe('9000');
    expect(send(child, '80 2A 00 9A 01 55 00')).toBe('6a88');
    expect(new Set(readAll(child, '0001'))).toEqual(new Set([0xff]));
    expect(readAll(child, '000A')[0]).toBe(0x30);
  });

  it('are as long as asked for, with the filler asked for, and never shorter than the certificate', async () => {
    const options = { authority: await authority, signatureCertificate: false };
    const filled = await VirtualCard.issue({ ...options, filler: { byte: 0x00, fileLength: 3000 } });
    send(filled, JPKI);
    expect(readAll(filled, '000A')).toHaveLength(3000);
    expect(readAll(filled, '000A').at(-1)).toBe(0x00);
    const bare = await VirtualCard.issue({ ...options, filler: { byte: 0xff, fileLength: 0 } });
    send(bare, JPKI);
    const file = readAll(bare, '000A');
    expect(file).toHaveLength(4 + file.readUInt16BE(2));
  });

  it.each<[VirtualToken, string]>([
    ['older-card', 'JPKIAPICCTOKEN'],
    ['android', 'JPKIAPGPSETOKEN'],
    ['iphone', 'JPKIAPIOSTOKEN'],
  ])('name the token of an %s', async (token, label) => {
    const card = await VirtualCard.issue({ authority: await authority, signatureCertificate: false, token });
    send(card, JPKI);
    expect(readAll(card, '0006').toString('latin1', 0, 32)).toBe(label.padEnd(32, ' '));
    // Only an Android token asks for the PIN before the authentication certificate [myna].
    expect(send(card, '00 B0 8A 00 01')).toBe(token === 'android' ? '6982' : '309000');
    expect(send(card, VERIFY_AUTH, '00 B0 8A 00 01')).toBe('309000');
  });

  it.each([-1, 1.5, 32769, Number.NaN])('cannot have a length of %d', async (fileLength) => {
    await expect(VirtualCard.issue({ filler: { byte: 0xff, fileLength } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a command for nobody', () => {
  it.each([
    ['on logical channel 1', '01 B0 88 00 00', '6881'],
    ['on logical channel 3', '03 A4 04 0C', '6881'],
    ['on logical channel 4, which is in the other interindustry range', '40 B0 88 00 00', '6881'],
    ['on logical channel 1, to be continued', '11 B0 88 00 00', '6881'],
    // myna-card README: 69FC to READ BINARY and VERIFY under 08 and 0C, 6882 to SELECT.
    ['to read with secure messaging in each of its forms', '04 B0 88 00 00', '69fc'],
    ['to read with secure messaging in each of its forms', '08 B0 88 00 00', '69fc'],
    ['to read with secure messaging in each of its forms', '0C B0 88 00 00', '69fc'],
    ['to verify with secure messaging in each of its forms', '04 20 00 98', '69fc'],
    ['to verify with secure messaging in each of its forms', '08 20 00 98', '69fc'],
    ['to verify with secure messaging in each of its forms', `0C 20 00 98 04 ${ascii('0000')}`, '69fc'],
    ['to select with secure messaging in each of its forms', '04 A4 02 0C 02 0008', '6882'],
    ['to select with secure messaging in each of its forms', '08 A4 02 0C 02 0008', '6882'],
    ['to select with secure messaging in each of its forms', '0C A4 04 0C 0A D392F000260100000001', '6882'],
    ['with secure messaging on a logical channel', '0D B0 88 00 00', '69fc'],
    ['to select with secure messaging on logical channel 4', '60 A4 02 0C 02 0008', '6882'],
    ['of INS 6X', '00 60 00 00', '6d00'],
    ['of INS 6X', '00 6F 00 00 01 00 00', '6d00'],
    ['of INS 9X', '00 90 00 00 00', '6d00'],
    ['of INS 9X in the class of the card', '80 9F 00 00', '6d00'],
    ['of INS 9X on a logical channel', '01 90 00 00', '6881'],
    ['to be continued in another', '10 B0 88 00 00', '6884'],
    ['of a class that is reserved', '20 B0 88 00 00', '6e00'],
    ['of a proprietary class', '90 B0 88 00 00', '6e00'],
    ['of class FF', 'FF CA 00 00 00', '6e00'],
    ["of the signature command's class", '80 B0 88 00 00', '6e00'],
    ['of an instruction that is not there', '00 CA 00 00 00', '6d00'],
    ['to sign in the class of ISO', '00 2A 00 97 01 55 00', '6d00'],
    ['of three bytes', '00 B0 88', '6700'],
    ['of no bytes', '', '6700'],
    ['with less data than its Lc says', '00 20 00 98 04 31', '6700'],
  ])('%s (%s) is answered %s', async (_name, command, sw) => {
    const card = await inJpki();
    expect(send(card, command)).toBe(sw);
    expect(send(card, '00 20 00 98')).toBe('63c3');
  });
});
