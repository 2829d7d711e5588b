import { constants, createHash, type KeyObject, publicDecrypt, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import type { VirtualCard } from '../../src/virtual/index.js';
import { ascii, hex, issuedState, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const VERIFY_AUTH = `00 20 00 98 04 ${ascii('1234')}`;
const VERIFY_SIGN = `00 20 00 9B 08 ${ascii('VIRTUAL1')}`;
const MESSAGE = Buffer.from('to be signed');
const sha256 = (data: Uint8Array): Buffer => createHash('sha256').update(data).digest();
/** DigestInfo of SHA-256 around a hash, RFC 8017 section 9.2 note 1. */
const digestInfo = (hash: Uint8Array): Buffer =>
  Buffer.concat([hex('3031300d060960864801650304020105000420'), hash]);

async function verified(quirks = {}): Promise<VirtualCard> {
  const card = await virtualCard(quirks);
  expect(send(card, JPKI, VERIFY_AUTH)).toBe('9000');
  expect(send(card, VERIFY_SIGN)).toBe('9000');
  return card;
}

const command = (p1: string, p2: string, data: Uint8Array, le = '00'): string =>
  `80 2A ${p1} ${p2} ${toHex(Uint8Array.of(data.length))} ${toHex(data)} ${le}`;

function signature(card: VirtualCard, p1: string, p2: string, data: Uint8Array): Buffer {
  const answer = send(card, command(p1, p2, data));
  expect(answer.slice(-4)).toBe('9000');
  expect(answer).toHaveLength(2 * 258);
  return Buffer.from(answer.slice(0, -4), 'hex');
}

/** The public key in the certificate of a saved card. */
async function publicKey(file: '000a' | '0001'): Promise<KeyObject> {
  const saved = (await issuedState()).applications.jpki?.[file];
  if (saved?.kind !== 'binary') throw new Error('no such certificate');
  return new X509Certificate(Buffer.from(saved.content, 'base64')).publicKey;
}

/** What PKCS #1 v1.5 padding was put around, by the public key alone. */
const payload = (key: KeyObject, signed: Buffer): string =>
  publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signed).toString('hex');
const isPkcs1 = (key: KeyObject, signed: Buffer): boolean => verify('sha256', MESSAGE, key, signed);
const isPss = (key: KeyObject, signed: Buffer): boolean =>
  verify('sha256', MESSAGE, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }, signed);

describe.each([
  ['authentication', '97', '000a'],
  ['signature', '9A', '0001'],
] as const)('COMPUTE DIGITAL SIGNATURE with the %s key', (_name, p2, file) => {
  it('and P1 00 pads what it is given', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    expect(payload(key, signature(card, '00', p2, MESSAGE))).toBe(MESSAGE.toString('hex'));
    expect(isPkcs1(key, signature(card, '00', p2, digestInfo(sha256(MESSAGE))))).toBe(true);
  });

  it('and P1 01 signs the bare hash', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    expect(payload(key, signature(card, '01', p2, MESSAGE))).toBe(sha256(MESSAGE).toString('hex'));
  });

  it('and P1 02 wraps a hash in a DigestInfo', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    expect(isPkcs1(key, signature(card, '02', p2, sha256(MESSAGE)))).toBe(true);
  });

  it('and P1 03 makes an ordinary sha256WithRSAEncryption signature', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    expect(isPkcs1(key, signature(card, '03', p2, MESSAGE))).toBe(true);
  });

  it('and P1 04 makes an RSASSA-PSS signature of a hash, another each time', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    // Ten, because a mask that clears a bit too many goes unnoticed in every other signature.
    const signatures = Array.from({ length: 10 }, () => signature(card, '04', p2, sha256(MESSAGE)));
    expect(signatures.filter((one) => isPss(key, one))).toHaveLength(10);
    expect(new Set(signatures.map((one) => one.toString('hex'))).size).toBe(10);
  });

  it('and P1 05 makes an RSASSA-PSS signature', async () => {
    const [card, key] = [await verified(), await publicKey(file)];
    for (let i = 0; i < 10; i++) expect(isPss(key, signature(card, '05', p2, MESSAGE))).toBe(true);
  });
});

describe('COMPUTE DIGITAL SIGNATURE', () => {
  it('uses the current key file when P2 is 80', async () => {
    const [card, key] = [await verified(), await publicKey('0001')];
    send(card, '00 A4 02 0C 02 001A');
    expect(isPkcs1(key, signature(card, '03', '80', MESSAGE))).toBe(true);
  });

  it('pads 1 to 245 bytes', async () => {
    const [card, key] = [await verified(), await publicKey('000a')];
    for (const length of [1, 245]) {
      const data = new Uint8Array(length).fill(0x5a);
      expect(payload(key, signature(card, '00', '97', data))).toBe(toHex(data));
    }
    expect(send(card, command('00', '97', new Uint8Array(246)))).toBe('6985');
    expect(send(card, '80 2A 00 97 00')).toBe('6700');
  });

  it('keeps a payload that starts with zeros', async () => {
    const [card, key] = [await verified(), await publicKey('000a')];
    expect(payload(key, signature(card, '00', '97', hex('000001')))).toBe('000001');
  });

  it.each(['02', '04'])('with P1 %s takes 32 bytes and no other number', async (p1) => {
    const card = await verified();
    expect(send(card, command(p1, '97', new Uint8Array(31)))).toBe('6985');
    expect(send(card, command(p1, '97', new Uint8Array(33)))).toBe('6985');
  });

  it.each(['01', '03', '05'])('with P1 %s hashes more than a short command carries', async (p1) => {
    const [card, key] = [await verified(), await publicKey('000a')];
    const data = new Uint8Array(3000).fill(0x21);
    const answer = send(card, `80 2A ${p1} 97 000BB8 ${toHex(data)} 0000`);
    const signed = Buffer.from(answer.slice(0, -4), 'hex');
    const padding = p1 === '05' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    if (p1 === '01') expect(payload(key, signed)).toBe(sha256(data).toString('hex'));
    else expect(verify('sha256', data, { key, padding }, signed)).toBe(true);
  });

  it.each([
    ['before the PIN', JPKI, command('00', '97', MESSAGE), '6982'],
    ['after the PIN of the other key', VERIFY_SIGN, command('00', '97', MESSAGE), '6982'],
    ['before the PIN, also with data it would not take', JPKI, command('02', '97', MESSAGE), '6982'],
    ['with P1 06', VERIFY_AUTH, command('06', '97', MESSAGE), '6a86'],
    ['with P1 FF, before the PIN', JPKI, command('FF', '97', MESSAGE), '6a86'],
    ['with P2 without bit 8', VERIFY_AUTH, command('00', '17', MESSAGE), '6a86'],
    ['with a short identifier that is not there', VERIFY_AUTH, command('00', '99', MESSAGE), '6a88'],
    ['with the short identifier of a PIN', VERIFY_AUTH, command('00', '98', MESSAGE), '6a88'],
    ['without a current file', JPKI, command('00', '80', MESSAGE), '6986'],
    ['on the PIN that a VERIFY made current', VERIFY_AUTH, command('00', '80', MESSAGE), '6981'],
    ['without an Le', VERIFY_AUTH, command('00', '97', MESSAGE, ''), '6700'],
    ['with an Le too small for the answer', VERIFY_AUTH, command('00', '97', MESSAGE, '80'), '6c00'],
  ])('is refused %s', async (_name, before, refused, sw) => {
    const card = await virtualCard();
    send(card, JPKI, before);
    expect(send(card, refused)).toBe(sw);
  });

  it('is refused on a current file that is no key', async () => {
    const card = await verified();
    expect(send(card, '00 A4 02 0C 02 000A', command('00', '80', MESSAGE))).toBe('6981');
  });

  it('is refused in an application without keys', async () => {
    const card = await verified();
    expect(send(card, '00 A4 04 0C 0A D3921000310001010401', command('00', '97', MESSAGE))).toBe('6a88');
  });
});
