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
    const next = '2938475610293847';
    expect(send(card, `00 24 01 98 10 ${ascii(next)}`)).toBe('9000');
    const text = JSON.stringify(card);
    const decoded = text.match(/"[A-Za-z0-9+/=]{8,}"/g)?.map((word) => Buffer.from(word, 'base64')) ?? [];
    const haystacks = [text, text.toLowerCase(), ...decoded.map((bytes) => bytes.toString('latin1'))];
    for (const pin of [...Object.values(pins), next]) {
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

/** A DER value of less than 64 KB, its length in the fewest bytes (X.690 section 10.1). */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const value = Buffer.concat(parts);
  const { length } = value;
  const short = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 0x80 ? [length] : short)]), value]);
};
/** A number that is not negative, in the fewest bytes (X.690 section 8.3.2). */
const integer = (value: bigint): Buffer => {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex');
  return der(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]));
};
const RSA_ENCRYPTION = Buffer.from('300d06092a864886f70d0101010500', 'hex');

const NUMBERS = ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const;
type Numbers = Record<(typeof NUMBERS)[number], bigint>;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' });
const numberOf = (name: keyof Numbers): bigint =>
  BigInt(`0x${Buffer.from(String(rsa[name]), 'base64url').toString('hex')}`);

/** A PKCS #8 RSA key (RFC 8017 appendix A.1.2, RFC 5208 section 5) with some of its numbers replaced. */
function rsaKey(change: (numbers: Numbers) => Partial<Numbers> = () => ({})): string {
  const sound = Object.fromEntries(NUMBERS.map((name) => [name, numberOf(name)])) as Numbers;
  const numbers = { ...sound, ...change(sound) };
  const key = der(0x30, integer(0n), ...NUMBERS.map((name) => integer(numbers[name])));
  return der(0x30, integer(0n), RSA_ENCRYPTION, der(0x04, key)).toString('base64');
}

type Loose = Record<string, unknown>;
const inside = (state: Loose, ...path: readonly string[]): Loose =>
  path.reduce((value, name) => value[name] as Loose, state);
const fileOf = (state: Loose, id: string): Loose => inside(state, 'applications', 'jpki', id);

function put(state: Loose, target: Loose, name: string, value: unknown): Loose {
  target[name] = value;
  return state;
}
const deepDer = Buffer.alloc(400_000, Buffer.from('3080', 'hex')).toString('base64');

describe('a malformed state', () => {
  it('is what is refused below, and a sound key in it is not', async () => {
    const state = (await issuedState()) as unknown as Loose;
    put(state, fileOf(state, '0017'), 'pkcs8', rsaKey());
    const card = VirtualCard.fromJSON(state as unknown as VirtualCardState);
    expect(send(card, JPKI, verify('98', '1234'), '80 2A 00 97 01 55 00')).toHaveLength(2 * 258);
  });

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
    ['with no key of the text', (state) => ({ ...state, textIssuer: {} })],
    ...[
      ['name', 'keyId'],
      ['modulus', 'modulus'],
    ].map(([name = '', key = '']): [string, (state: Loose) => unknown] => [
      `with a key of the text whose ${name} is too short`,
      (state) => put(state, inside(state, 'textIssuer'), key, Buffer.alloc(15).toString('base64')),
    ]),
    ['without an ATR', (state) => ({ ...state, atr: undefined })],
    ['with an ATR of one byte', (state) => ({ ...state, atr: 'Ow==' })],
    ['with an ATR of 34 bytes', (state) => ({ ...state, atr: Buffer.alloc(34).toString('base64') })],
    ['with an ATR in hexadecimal', (state) => ({ ...state, atr: '3be000ff8131fe451' })],
    ['with quirks that are no object', (state) => ({ ...state, quirks: 1 })],
    ['with a quirk nobody knows', (state) => ({ ...state, quirks: { hidden: true } })],
    ['with a quirk of another value', (state) => ({ ...state, quirks: { maxRead: 0 } })],
    [
      'with a file identifier of three digits',
      (state) => put(state, inside(state, 'applications', 'jpki'), '018', {}),
    ],
    [
      'with a file identifier in capitals',
      (state) => put(state, inside(state, 'applications', 'jpki'), '00AA', {}),
    ],
    ['with a file that is null', (state) => put(state, inside(state, 'applications', 'jpki'), '0006', null)],
    ['with a file of another kind', (state) => put(state, fileOf(state, '0006'), 'kind', 'record')],
    ['with a file without content', (state) => put(state, fileOf(state, '0006'), 'content', undefined)],
    ['with content that is not base64', (state) => put(state, fileOf(state, '0006'), 'content', '!!!!')],
    [
      'with a file protected by nothing that is there',
      (state) => put(state, fileOf(state, '0001'), 'pin', 0x99),
    ],
    ['with a file protected by a certificate', (state) => put(state, fileOf(state, '0001'), 'pin', 0x0a)],
    ['with a file protected by text', (state) => put(state, fileOf(state, '0001'), 'pin', '001b')],
    ['with a key protected by nothing', (state) => put(state, fileOf(state, '0017'), 'pin', undefined)],
    ['with a counter above its maximum', (state) => put(state, fileOf(state, '0018'), 'triesLeft', 4)],
    ['with a counter below zero', (state) => put(state, fileOf(state, '0018'), 'triesLeft', -1)],
    ['with a fractional counter', (state) => put(state, fileOf(state, '0018'), 'triesLeft', 1.5)],
    ['with a counter that is text', (state) => put(state, fileOf(state, '0018'), 'triesLeft', '3')],
    ['with a maximum that 63Cx cannot tell', (state) => put(state, fileOf(state, '0018'), 'maxTries', 16)],
    ['with a maximum of no tries', (state) => put(state, fileOf(state, '0018'), 'maxTries', 0)],
    ['with no salt', (state) => put(state, fileOf(state, '0018'), 'salt', undefined)],
    ['with a digest of another length', (state) => put(state, fileOf(state, '0018'), 'digest', 'AAAA')],
    ['with an empty key', (state) => put(state, fileOf(state, '0017'), 'pkcs8', '')],
    ['with a key that is no DER', (state) => put(state, fileOf(state, '0017'), 'pkcs8', 'AAAA')],
    ['with a key that is nested without end', (state) => put(state, fileOf(state, '0017'), 'pkcs8', deepDer)],
    [
      'with an elliptic key',
      (state) =>
        put(state, fileOf(state, '0017'), 'pkcs8', pkcs8(generateKeyPairSync('ec', { namedCurve: 'P-256' }))),
    ],
    [
      'with a key of 1024 bits, which signs less than 256 bytes',
      (state) =>
        put(
          state,
          fileOf(state, '0017'),
          'pkcs8',
          pkcs8(generateKeyPairSync('rsa', { modulusLength: 1024 })),
        ),
    ],
    ...(
      [
        ['modulus is zero', () => ({ n: 0n })],
        ['modulus is not the product of its primes', ({ n }) => ({ n: n - 2n })],
        [
          'modulus has 2047 bits',
          () => {
            const [p, q] = [(1n << 1023n) + 1n, (1n << 1023n) + 3n];
            return { p, q, n: p * q };
          },
        ],
        ['public exponent is zero', () => ({ e: 0n })],
        ['public exponent has a thousand bytes', () => ({ e: 1n << 8000n })],
        ['first prime is zero', () => ({ p: 0n })],
        ['primes are 1 and the modulus', ({ n }) => ({ p: 1n, q: n })],
        ['first exponent has a thousand bytes', ({ dp }) => ({ dp: dp << 8000n })],
        ['second exponent has a thousand bytes', ({ dq }) => ({ dq: dq << 8000n })],
        ['coefficient has a thousand bytes', ({ qi }) => ({ qi: qi << 8000n })],
      ] as [string, (numbers: Numbers) => Partial<Numbers>][]
    ).map(([name, change]): [string, (state: Loose) => unknown] => [
      `with a key whose ${name}`,
      (state) => put(state, fileOf(state, '0017'), 'pkcs8', rsaKey(change)),
    ]),
  ])('is refused: %s', async (_name, spoil) => {
    const state = (await issuedState()) as unknown as Loose;
    const spoiled = spoil(state);
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
