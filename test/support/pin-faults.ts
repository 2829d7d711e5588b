/** One fault at one exchange of presenting or changing a PIN, and what must be true after it. */
import { expect } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { type AppletOptions, JpkiApplet } from '../../src/jpki/applet.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';

/** Status words of docs/card.md section 4. */
const STATUS_WORDS = [
  0x9000, 0x6110, 0x6c10, 0x6282, 0x63c2, 0x63c1, 0x63c0, 0x6300, 0x6700, 0x6982, 0x6983, 0x6984, 0x6985,
  0x6986, 0x6a80, 0x6a82, 0x6a86, 0x6a88, 0x6b00, 0x6d00, 0x6e00, 0x6f00, 0x6881, 0x6882,
];
const RUBBISH = ['', '90', 'deadbeef', 'ff'.repeat(300), '00'.repeat(70000)];
const CODES: ReadonlySet<string> = new Set([
  'STATUS_WORD',
  'TRANSPORT',
  'MALFORMED_RESPONSE',
  'PIN_INCORRECT',
  'PIN_LOCKED',
  'PIN_LAST_TRY',
  'PIN_CHANGE_UNCERTAIN',
  'NOT_JPKI',
  'ABORTED',
  'CARD_REMOVED',
  'TIMEOUT',
]);
const NEXT = { auth: '8642', sign: 'CHANGED7' } as const;
const WRONG = { auth: '0000', sign: 'WRONG1' } as const;
export const MAX = { auth: 3, sign: 5 } as const;

export type Role = 'auth' | 'sign';
/** Carried out by the card, and then: */
type Garbled =
  /** no answer comes before the program's patience ends */
  | 'late answer'
  /** the answer to the command before comes once more */
  | 'old answer'
  /** the counter as it was before, as if nothing had been tried */
  | 'old counter';
export type Fault =
  | { kind: 'lost command' | 'lost answer' | 'abort' | Garbled }
  /** A word of the reader's own: in place of the command, or (`executed`) of the answer to it. */
  | { kind: 'answer'; hex: string; lies: boolean; executed: boolean };

export const FAULTS: readonly Fault[] = [
  { kind: 'lost command' },
  { kind: 'lost answer' },
  { kind: 'abort' },
  { kind: 'late answer' },
  { kind: 'old answer' },
  { kind: 'old counter' },
  ...RUBBISH.map((hex): Fault => ({ kind: 'answer', hex, lies: false, executed: false })),
  // ACR122U and others say one of these of a command that was carried out; or a card says it when it has done so.
  ...['6300', '6301', '637f', '6f00', '6581', '6282', ''].map(
    (hex): Fault => ({ kind: 'answer', hex, lies: false, executed: true }),
  ),
  ...STATUS_WORDS.map(
    (sw): Fault => ({
      kind: 'answer',
      hex: sw.toString(16),
      // 9000 from a card that did nothing is a lie that no program can see.
      lies: sw === 0x9000,
      executed: false,
    }),
  ),
];

export const OPERATIONS: readonly PinOperation[] = (['auth', 'sign'] as const).flatMap((role) => [
  { role, change: false, wrong: false },
  { role, change: false, wrong: true },
  { role, change: true, wrong: false },
  { role, change: true, wrong: true },
]);
export interface PinOperation {
  readonly role: Role;
  readonly change: boolean;
  readonly wrong: boolean;
}

export function describeCase({ role, change, wrong }: PinOperation, fault: Fault, at: number): string {
  const what =
    fault.kind === 'answer'
      ? `${fault.hex.slice(0, 8)}${fault.executed ? ' after it was done' : ''}`
      : fault.kind;
  return `${wrong ? 'wrong' : 'right'} ${role} PIN ${change ? 'changed' : 'verified'}, ${what} at exchange ${at}`;
}

/** What takes the place of an answer; `undefined` where it is the answer. `before` is the answer to the command before. */
export function garbled(
  fault: Fault,
  card: VirtualCard,
  role: Role,
  before: Uint8Array | undefined,
): Uint8Array | undefined {
  if (fault.kind === 'old answer') return before;
  if (fault.kind === 'old counter') return Uint8Array.of(0x63, 0xc0 | triesLeft(card, role));
  return fault.kind === 'answer' ? new Uint8Array(Buffer.from(fault.hex, 'hex')) : undefined;
}

/** Selects, presents or changes, and closes; gives the error, or `undefined`. */
export async function attempt(
  connection: CardConnection,
  { role, change, wrong }: PinOperation,
  signal: AbortSignal,
  options: AppletOptions = {},
): Promise<unknown> {
  const present = wrong ? WRONG[role] : VIRTUAL_PINS[role];
  try {
    await using applet = await JpkiApplet.select(connection, options);
    if (change) await applet.changePin(role, present, NEXT[role], { signal });
    else await applet.verifyPin(role, present, { signal });
    return undefined;
  } catch (error) {
    return error;
  }
}

export function triesLeft(card: VirtualCard, role: Role): number {
  return card.triesLeft[role] ?? Number.NaN;
}

/** Whether the card takes the PIN, asked of the card itself: SELECT, SELECT file, VERIFY. */
function accepts(card: VirtualCard, role: Role, pin: string): boolean {
  const copy = VirtualCard.fromJSON(card.toJSON());
  copy.process(Uint8Array.from(Buffer.from('00a4040c0ad392f000260100000001', 'hex')));
  copy.process(Uint8Array.of(0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, role === 'auth' ? 0x18 : 0x1b));
  const answer = copy.process(Uint8Array.of(0x00, 0x20, 0x00, 0x80, pin.length, ...Buffer.from(pin)));
  return answer[0] === 0x90;
}

/** What must be true of card and report, whatever happened; gives the PIN that now holds. */
export function judge(
  card: VirtualCard,
  { role, change, wrong }: PinOperation,
  fault: Fault,
  error: unknown,
  label: string,
): string {
  // Never fewer tries than one per PIN the caller presented, and none for a right one.
  expect(triesLeft(card, role), label).toBeGreaterThanOrEqual(MAX[role] - (wrong ? 1 : 0));
  expect(triesLeft(card, role === 'auth' ? 'sign' : 'auth'), label).toBe(
    MAX[role === 'auth' ? 'sign' : 'auth'],
  );

  const changed = accepts(card, role, NEXT[role]);
  expect(changed || accepts(card, role, VIRTUAL_PINS[role]), label).toBe(true);
  if (error === undefined) {
    if (!(fault.kind === 'answer' && fault.lies)) {
      expect(wrong, label).toBe(false);
      expect(changed, label).toBe(change);
    }
  } else {
    if (!(error instanceof JpkiError)) throw error;
    expect(CODES.has(error.code), `${label} ${error.code}`).toBe(true);
    if (error.code !== 'PIN_CHANGE_UNCERTAIN') expect(changed, label).toBe(false);
    if (error.message.includes('old PIN still holds'))
      expect(accepts(card, role, VIRTUAL_PINS[role]), label).toBe(true);
    if (error.code === 'PIN_INCORRECT' && !(fault.kind === 'answer' && !fault.executed)) {
      expect(wrong, label).toBe(true);
      expect(error.triesLeft, label).toBe(triesLeft(card, role));
    }
    if (error.code === 'ABORTED' && !change) expect(triesLeft(card, role), label).toBe(MAX[role]);
  }

  return changed ? NEXT[role] : VIRTUAL_PINS[role];
}
