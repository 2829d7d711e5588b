import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { VirtualCard, type VirtualCardState } from '../../src/virtual/index.js';
import { ascii, issuedState, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const REGISTRY = '00 A4 04 0C 0A D3921000310001010401';
const verify = (p2: string, pin: string): string =>
  `00 20 00 ${p2} ${pin.length.toString(16).padStart(2, '0')} ${ascii(pin)}`;

/** As a file on a disk would have it. */
const reloaded = (card: VirtualCard): VirtualCard => VirtualCard.fromJSON(JSON.parse(JSON.stringify(card)));

describe('a card that was saved and loaded', () => {
  it('has the counters and locks it had', async () => {
    const card = await virtualCard();
    send(card, JPKI, verify('98', '0000'), verify('98', '0000'), verify('98', '0000'));
    send(card, verify('9B', 'WRONG00'), REGISTRY, verify('9C', '0000'));
    const again = reloaded(card);
    expect(send(again, JPKI, '00 20 00 98')).toBe('63c0');
    expect(send(again, verify('98', '1234'))).toBe('6984');
    expect(send(again, '00 20 00 9B')).toBe('63c4');
    expect(send(again, REGISTRY, '00 20 00 9C')).toBe('63c2');
  });

  it('has the PIN that was set last', async () => {
    const card = await virtualCard();
    expect(send(card, JPKI, verify('98', '1234'), `00 24 01 98 04 ${ascii('8642')}`)).toBe('9000');
    const again = reloaded(card);
    expect(send(again, JPKI, verify('98', '1234'))).toBe('63c2');
    expect(send(again, verify('98', '8642'))).toBe('9000');
  });

  it('has lost power: nothing is selected or verified', async () => {
    const card = await virtualCard();
    send(card, JPKI, verify('98', '1234'));
    const again = reloaded(card);
    expect(send(again, '00 20 00 98')).toBe('6a88');
    expect(send(again, JPKI, '80 2A 00 97 01 55 00')).toBe('6982');
  });

  it('has the same files, keys, quirks and ATR', async () => {
    const card = await virtualCard({ endOfFile: 0x6282, absentApplications: ['common'] });
    const again = reloaded(card);
    const commands = ['00 B0 8B 00 00', '00 B0 88 00 00', verify('98', '1234'), '80 2A 00 97 01 55 00'];
    send(card, JPKI);
    send(again, JPKI);
    for (const command of commands) expect(send(again, command)).toBe(send(card, command));
    expect(again.toJSON()).toEqual(card.toJSON());
    expect(Buffer.from(again.atr).toString('hex')).toBe('3be000ff8131fe4514');
  });

  it('shares nothing with the state it came from, nor with the one it gives', async () => {
    const state = await issuedState();
    const before = JSON.stringify(state);
    const card = VirtualCard.fromJSON(state);
    send(card, JPKI, verify('98', '0000'));
    expect(JSON.stringify(state)).toBe(before);
    const given = card.toJSON();
    (given.quirks as { shortIds: unknown }).shortIds = 0x6a86;
    (given.quirks.absentApplications as string[]).push('jpki');
    expect(send(card, JPKI, '00 B0 88 00 00')).toBe('8f8f009000');
  });
});

describe('a saved state', () => {
  it('holds no PIN in any spelling', async () => {
    // Sixteen bytes each, so that none is there by chance.
    const pins = {
      auth: 'AUTH-29384756-XY',
      sign: 'SIGN-10293847-ZW',
      registry: 'REGI-56473829-UV',
      'input-support': 'INPU-83920475-ST',
    };
    const card = await VirtualCard.issue({ pins });
    expect(send(card, JPKI, verify('98', pins.auth))).toBe('9000');
    send(card, `00 24 01 98 10 ${ascii(`${pins.auth.slice(0, 15)}Z`)}`);
    const text = JSON.stringify(card);
    const decoded = text.match(/"[A-Za-z0-9+/=]{8,}"/g)?.map((word) => Buffer.from(word, 'base64')) ?? [];
    const haystacks = [text, text.toLowerCase(), ...decoded.map((bytes) => bytes.toString('latin1'))];
    for (const pin of [...Object.values(pins), `${pins.auth.slice(0, 15)}Z`]) {
      const bytes = Buffer.from(pin);
      const reversed = Buffer.from(bytes).reverse();
      const hash = (name: string) => createHash(name).update(bytes).digest();
      const needles = [
        pin,
        pin.toLowerCase(),
        [...bytes].join(','),
        ...[bytes, reversed, hash('md5'), hash('sha1'), hash('sha256')].flatMap((form) => [
          form.toString('latin1'),
          form.toString('hex'),
          form.toString('base64').replace(/=+$/, ''),
        ]),
      ];
      for (const needle of needles) {
        expect(haystacks.filter((haystack) => haystack.includes(needle))).toEqual([]);
      }
    }
  });

  it('has another digest of the same PIN on every card and after every change', async () => {
    const digestOf = (state: VirtualCardState) => {
      const { '0018': auth } = state.applications.jpki ?? {};
      return auth?.kind === 'pin' ? auth.digest : undefined;
    };
    const card = await virtualCard();
    const first = digestOf(card.toJSON());
    send(card, JPKI, verify('98', '1234'), `00 24 01 98 04 ${ascii('1234')}`);
    const registry = card.toJSON().applications.registry?.['001c'];
    expect(first).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(digestOf(card.toJSON())).not.toBe(first);
    // Issued with the same four digits.
    expect(registry?.kind === 'pin' && registry.digest).not.toBe(first);
  });
});

const pkcs8 = ({ privateKey }: { privateKey: KeyObject }): string =>
  privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');

/** A DER INTEGER of PKCS #1 replaced by another of the same length, found by its place: 0 version, 1 n, 2 e, 4 p, 5 q. */
function withInteger(key: string, place: number, change: (value: Buffer) => void): string {
  const der = Buffer.from(key, 'base64');
  let at = der.indexOf(Buffer.from('020100', 'hex'), 8);
  for (let i = 0; i < place; i++) {
    const long = der[at + 1] ?? 0;
    at += long < 0x80 ? 2 + long : long === 0x81 ? 3 + (der[at + 2] ?? 0) : 4 + der.readUInt16BE(at + 2);
  }
  const long = der[at + 1] ?? 0;
  const start = at + (long < 0x80 ? 2 : long === 0x81 ? 3 : 4);
  const length = long < 0x80 ? long : long === 0x81 ? (der[at + 2] ?? 0) : der.readUInt16BE(at + 2);
  change(der.subarray(start, start + length));
  return der.toString('base64');
}

type Loose = Record<string, unknown>;
const inside = (state: Loose, ...path: readonly string[]): Loose =>
  path.reduce((value, name) => value[name] as Loose, state);
const fileOf = (state: Loose, id: string): Loose => inside(state, 'applications', 'jpki', id);
const put = (target: Loose, name: string, value: unknown): void => {
  target[name] = value;
};
const deepDer = Buffer.concat([Buffer.alloc(400_000, Buffer.from('3080', 'hex'))]).toString('base64');

describe('a malformed state', () => {
  it.each<[string, (state: Loose) => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['text', () => 'jpki-card-virtual'],
    ['a list', (state) => [state]],
    ['of another format', (state) => ({ ...state, format: 'else' })],
    ['of another version', (state) => ({ ...state, version: 2 })],
    ['without applications', (state) => ({ ...state, applications: undefined })],
    ['with a list of applications', (state) => ({ ...state, applications: [] })],
    ['with an application nobody knows', (state) => ({ ...state, applications: { toString: {} } })],
    ['with an application that is no object', (state) => ({ ...state, applications: { jpki: 1 } })],
    ['without an ATR', (state) => ({ ...state, atr: undefined })],
    ['with an ATR of one byte', (state) => ({ ...state, atr: 'Ow==' })],
    ['with an ATR of 34 bytes', (state) => ({ ...state, atr: Buffer.alloc(34).toString('base64') })],
    ['with an ATR in hexadecimal', (state) => ({ ...state, atr: '3be000ff8131fe451' })],
    ['with quirks that are no object', (state) => ({ ...state, quirks: 1 })],
    ['with a quirk nobody knows', (state) => ({ ...state, quirks: { hidden: true } })],
    ['with a quirk of another value', (state) => ({ ...state, quirks: { maxRead: 0 } })],
    [
      'with a file identifier of three digits',
      (state) => put(inside(state, 'applications', 'jpki'), '018', {}),
    ],
    ['with a file identifier in capitals', (state) => put(inside(state, 'applications', 'jpki'), '00AA', {})],
    ['with a file that is null', (state) => put(inside(state, 'applications', 'jpki'), '0006', null)],
    ['with a file of another kind', (state) => put(fileOf(state, '0006'), 'kind', 'record')],
    ['with a file without content', (state) => put(fileOf(state, '0006'), 'content', undefined)],
    ['with content that is not base64', (state) => put(fileOf(state, '0006'), 'content', '!!!!')],
    ['with a file protected by nothing that is there', (state) => put(fileOf(state, '0001'), 'pin', 0x99)],
    ['with a file protected by a certificate', (state) => put(fileOf(state, '0001'), 'pin', 0x0a)],
    ['with a file protected by text', (state) => put(fileOf(state, '0001'), 'pin', '001b')],
    ['with a key protected by nothing', (state) => put(fileOf(state, '0017'), 'pin', undefined)],
    ['with a counter above its maximum', (state) => put(fileOf(state, '0018'), 'triesLeft', 4)],
    ['with a counter below zero', (state) => put(fileOf(state, '0018'), 'triesLeft', -1)],
    ['with a fractional counter', (state) => put(fileOf(state, '0018'), 'triesLeft', 1.5)],
    ['with a counter that is text', (state) => put(fileOf(state, '0018'), 'triesLeft', '3')],
    ['with a maximum that 63Cx cannot tell', (state) => put(fileOf(state, '0018'), 'maxTries', 16)],
    ['with a maximum of no tries', (state) => put(fileOf(state, '0018'), 'maxTries', 0)],
    ['with no salt', (state) => put(fileOf(state, '0018'), 'salt', undefined)],
    ['with a digest of another length', (state) => put(fileOf(state, '0018'), 'digest', 'AAAA')],
    ['with an empty key', (state) => put(fileOf(state, '0017'), 'pkcs8', '')],
    ['with a key that is no DER', (state) => put(fileOf(state, '0017'), 'pkcs8', 'AAAA')],
    ['with a key that is nested without end', (state) => put(fileOf(state, '0017'), 'pkcs8', deepDer)],
    [
      'with an elliptic key',
      (state) =>
        put(fileOf(state, '0017'), 'pkcs8', pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }))),
    ],
    [
      'with a key of 1024 bits, which signs less than 256 bytes',
      (state) =>
        put(fileOf(state, '0017'), 'pkcs8', pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 }))),
    ],
    ...(
      [
        ['modulus', 1],
        ['public exponent', 2],
        ['first prime', 4],
        ['second prime', 5],
      ] as const
    ).map(([name, place]): [string, (state: Loose) => unknown] => [
      `with a key whose ${name} is zero`,
      (state) => {
        const file = fileOf(state, '0017');
        file['pkcs8'] = withInteger(String(file['pkcs8']), place, (value) => value.fill(0));
      },
    ]),
    [
      'with a key whose modulus is not the product of its primes',
      (state) => {
        const file = fileOf(state, '0017');
        file['pkcs8'] = withInteger(String(file['pkcs8']), 1, (value) => value.fill(0xff, 1, 9));
      },
    ],
  ])('is refused: %s', async (_name, spoil) => {
    const state = (await issuedState()) as unknown as Loose;
    const result = spoil(state);
    const spoiled = result === undefined && _name !== 'nothing' ? state : result;
    let refusal: unknown;
    try {
      VirtualCard.fromJSON(spoiled as VirtualCardState);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(JpkiError);
    expect(refusal).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
