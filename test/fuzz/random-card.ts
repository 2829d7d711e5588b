/** Sessions of every operation against a card that answers anything: what must hold, whatever it answers. */
import { JpkiError } from '../../src/errors.js';
import { type CertificateFile, JpkiApplet, readOtherPinCounters } from '../../src/jpki/index.js';
import type { SignatureScheme } from '../../src/jpki/sign.js';
import { signCms } from '../../src/signature/cms.js';
import { createLoginToken } from '../../src/signature/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardState } from '../../src/virtual/index.js';

/** Time limit of one exchange with a random card, in milliseconds: a silent one must end soon. */
const EXCHANGE_TIMEOUT_MS = 4;
/** More exchanges than any session of a dozen operations has a right to. */
const MAX_EXCHANGES = 12 * 600;

export type Random = () => number;

/** mulberry32: the same seed gives the same session on every machine. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const int = (random: Random, below: number): number => Math.floor(random() * below);
const pick = <T>(random: Random, values: readonly [T, ...T[]]): T =>
  values[int(random, values.length)] ?? values[0];

const STATUS_BYTES = [0x61, 0x62, 0x63, 0x67, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x90] as const;
const LENGTHS = [0, 1, 2, 3, 16, 160, 255, 256, 257, 1024, 65535, 65536] as const;

/** Random bytes that often look like something: a certificate's start, filler, a counter. */
function randomData(random: Random): Uint8Array {
  const length = random() < 0.9 ? int(random, 300) : pick(random, LENGTHS);
  const data = new Uint8Array(length);
  const fill = random();
  if (fill < 0.2) data.fill(pick(random, [0x00, 0xff]));
  else for (let i = 0; i < Math.min(length, 64); i++) data[i] = int(random, 256);
  if (random() < 0.4) data.set([0x30, 0x82, int(random, 8), int(random, 256)].slice(0, length));
  return data;
}

function randomStatus(random: Random): number {
  const kind = random();
  if (kind < 0.35) return 0x9000;
  if (kind < 0.5) return 0x63c0 | int(random, 16);
  if (kind < 0.85)
    return (
      (pick(random, STATUS_BYTES) << 8) |
      pick(random, [0x00, 0x80, 0x82, 0x83, 0x84, 0x86, 0x88, int(random, 256)])
    );
  return int(random, 65536);
}

/** Notes what was sent and what came back, and breaks every rule a card has. */
class RandomCard implements CardConnection {
  readonly readerName = 'Random card';
  readonly atr = Uint8Array.of(0x3b, 0x00);
  readonly exclusive = true;
  readonly violations: string[] = [];
  exchanges = 0;
  readonly #honesty: number;
  /** The last counter that a query was answered with, by P2; the last SELECTed file stands for the current one. */
  readonly #counters = new Map<number, number>();
  #current = 0;
  /** The PIN of a query that the last exchange belongs to. */
  #queried: number | undefined;

  constructor(
    private readonly random: Random,
    private readonly card: VirtualCard,
  ) {
    this.#honesty = random();
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    const { random } = this;
    if (++this.exchanges > MAX_EXCHANGES) this.violations.push('the session does not end');
    const [, ins, p1, p2 = 0] = command;
    if (ins === 0xa4 && p1 === 0x02) this.#current = command[6] ?? 0;
    const name = p2 === 0x80 ? this.#current : p2 & 0x1f;
    const isQuery = ins === 0x20 && command.length <= 5;
    if (ins === 0x20 && !isQuery) this.#checkVerify(name);
    // Honest often enough that sessions get somewhere.
    const honest = random() < this.#honesty;
    const kind = random();
    if (!honest && kind < 0.03) return new Promise(() => undefined);
    if (!honest && kind < 0.06) throw pick(random, [new JpkiError('CARD_REMOVED'), new Error('broken')]);
    if (!honest && kind < 0.1) return randomData(random);
    let answer = this.card.process(command.slice());
    if (!honest) {
      const sw = randomStatus(random);
      const data = random() < 0.6 ? randomData(random) : answer.slice(0, -2);
      answer = new Uint8Array(data.length + 2);
      answer.set(data);
      answer.set([sw >> 8, sw & 0xff], data.length);
    }
    // A query's answer may come in two steps: 61xx, then GET RESPONSE.
    const fetches = ins === 0xc0 && this.#queried !== undefined;
    this.#queried = isQuery ? name : fetches ? this.#queried : undefined;
    if (this.#queried !== undefined)
      this.#counters.set(this.#queried, ((answer.at(-2) ?? 0) << 8) | (answer.at(-1) ?? 0));
    return answer;
  }

  /** A PIN may be sent only after its counter was read and leaves more than one try, or hides behind 9000. */
  #checkVerify(name: number): void {
    const counter = this.#counters.get(name);
    this.#counters.delete(name);
    const tries = counter !== undefined && counter >> 4 === 0x63c ? counter & 0x0f : undefined;
    if (counter === 0x9000 || (tries !== undefined && tries >= 2)) return;
    this.violations.push(`a PIN was sent after the counter was answered ${counter?.toString(16)}`);
  }

  async disconnect(): Promise<void> {
    if (this.random() < 0.1) throw new Error('broken at the end');
  }
}

const FILES: readonly [CertificateFile, ...CertificateFile[]] = ['auth', 'sign', 'auth-ca', 'sign-ca'];
const SCHEMES: readonly [SignatureScheme, ...SignatureScheme[]] = [
  'RSASSA-PKCS1-v1_5-SHA-256',
  'RSASSA-PKCS1-v1_5-SHA-384',
  'RSASSA-PKCS1-v1_5-SHA-512',
  'RSASSA-PSS-SHA-256',
  'raw',
];
const NEXT_PINS = { auth: '8642', sign: 'CHANGED7' } as const;

type Operation = (applet: JpkiApplet, random: Random) => Promise<unknown>;

/** What must hold of a value that an operation gives. */
const isCounter = (value: { triesLeft: number | undefined; locked: boolean }): boolean =>
  value.triesLeft === undefined
    ? !value.locked
    : value.locked === (value.triesLeft === 0) && value.triesLeft <= 15;

function demand(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not a true value: ${what}`);
}

export const OPERATIONS: readonly [Operation, ...Operation[]] = [
  async (applet) => demand((await applet.readTokenInfo()).raw.length >= 32, 'token information'),
  async (applet) => demand((await applet.readCertificateAvailability()).raw.length === 3, 'availability'),
  async (applet, random) =>
    demand(isCounter(await applet.readPinCounter(pick(random, ['auth', 'sign']))), 'counter'),
  async (applet) => {
    const { pins } = await applet.readStatus();
    demand(isCounter(pins.auth) && isCounter(pins.sign), 'status');
  },
  async (applet, random) => {
    const role = pick(random, ['auth', 'sign'] as const);
    await applet.verifyPin(role, random() < 0.7 ? VIRTUAL_PINS[role] : NEXT_PINS[role]);
  },
  async (applet, random) => {
    const role = pick(random, ['auth', 'sign'] as const);
    await applet.changePin(role, VIRTUAL_PINS[role], NEXT_PINS[role]);
  },
  async (applet, random) => {
    const der = await applet.readCertificateDer(pick(random, FILES));
    demand(der[0] === 0x30 && der.length <= 16384, 'certificate');
  },
  async (applet, random) =>
    demand((await applet.readCertificate(pick(random, FILES))).der.length > 0, 'parsed certificate'),
  async (applet, random) => {
    const scheme = pick(random, SCHEMES);
    const role = pick(random, ['auth', 'sign'] as const);
    demand((await applet.sign(role, new Uint8Array(20), { scheme })).length === 256, 'signature');
  },
  async (applet) => {
    const token = await createLoginToken(applet, { audience: 'fuzz', nonce: 'fuzz' });
    demand(token.split('.').length === 3, 'login token');
  },
  async (applet) => demand((await signCms(applet, new Uint8Array(20), {}))[0] === 0x30, 'CMS'),
  async (applet) =>
    demand((await readOtherPinCounters(applet.connection)).every(isCounter), 'other counters'),
];

/**
 * One session: select, up to ten operations, some of them at once, close. Resolves to the number of exchanges.
 *
 * @throws Error that names the seed, when anything but a JpkiError or a true value came out
 */
export async function runSession(seed: number, state: VirtualCardState): Promise<number> {
  const random = seeded(seed);
  const card = new RandomCard(random, VirtualCard.fromJSON(state));
  const errors: unknown[] = [];
  const expectJpkiError = (error: unknown): void => {
    if (!(error instanceof JpkiError)) errors.push(error);
  };
  try {
    const applet = await JpkiApplet.select(card, { exchangeTimeoutMs: EXCHANGE_TIMEOUT_MS });
    for (let count = 1 + int(random, 10); count > 0; count--) {
      const together = random() < 0.2 ? 3 : 1;
      const running = Array.from({ length: together }, () => pick(random, OPERATIONS)(applet, random));
      for (const result of await Promise.allSettled(running)) {
        if (result.status === 'rejected') expectJpkiError(result.reason);
      }
    }
    await applet.close();
  } catch (error) {
    expectJpkiError(error);
  }
  const problems = [...errors.map(String), ...card.violations];
  if (problems.length > 0) throw new Error(`seed ${seed}: ${problems.join('; ')}`);
  return card.exchanges;
}
