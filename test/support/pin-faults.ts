/** One fault at one exchange of presenting or changing a PIN, and what must be true after it. */
import { expect } from 'vitest';
import { CardText } from '../../src/card-text/index.js';
import { JpkiError } from '../../src/errors.js';
import { type AppletOptions, JpkiApplet } from '../../src/jpki/applet.js';
import { changeRegistryPin, verifyRegistryPin } from '../../src/jpki/registry-pin.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardState } from '../../src/virtual/index.js';
import { Intercepted } from './connections.js';
import { saved } from './issued.js';

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
  'PIN_CHANGE_PARTIAL',
  'NOT_JPKI',
  'UNSUPPORTED',
  'ABORTED',
  'CARD_REMOVED',
  'TIMEOUT',
]);
/** A check number is verified, and never changed. */
const CHECK_NUMBERS = { 'check-number-a': 'A', 'check-number-b': 'B' } as const;
type CheckNumber = keyof typeof CHECK_NUMBERS;
export type Role = 'auth' | 'sign' | 'input-support' | 'registry' | CheckNumber;
/** Year of expiry, behind 平成13年4月15日, the birth date of the virtual card's holder; then the security code. */
const EXPIRY_YEAR = '2035';
const RIGHT: Readonly<Record<Role, string>> = {
  ...VIRTUAL_PINS,
  'check-number-a': '999999999999',
  'check-number-b': `130415${EXPIRY_YEAR}0000`,
};
const NEXT: Readonly<Record<Role, string>> = {
  auth: '8642',
  sign: 'CHANGED7',
  ...{ 'input-support': '8642', registry: '8642' },
  ...{ 'check-number-a': '888888888888', 'check-number-b': '88888888888888' },
};
const WRONG: Readonly<Record<Role, string>> = {
  auth: '0000',
  sign: 'WRONG1',
  ...{ 'input-support': '0000', registry: '0000' },
  ...{ 'check-number-a': '999999999998', 'check-number-b': `130415${EXPIRY_YEAR}0001` },
};
export const MAX: Readonly<Record<Role, number>> = {
  auth: 3,
  sign: 5,
  ...{ 'input-support': 3, registry: 3, 'check-number-a': 10, 'check-number-b': 10 },
};

/** SELECT of the application, and the file: one place of each PIN, and two of the resident registry PIN. */
const PLACES: Readonly<Record<Role, readonly (readonly [string, number])[]>> = {
  auth: [['d392f000260100000001', 0x18]],
  sign: [['d392f000260100000001', 0x1b]],
  'input-support': [['d3921000310001010408', 0x11]],
  registry: [
    ['d3921000310001010401', 0x1c],
    ['d3921000310001010100', 0x1c],
  ],
  'check-number-a': [['d3921000310001010408', 0x14]],
  'check-number-b': [['d3921000310001010408', 0x15]],
};

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
/** Those of the other applications. */
export const OTHER_OPERATIONS: readonly PinOperation[] = [
  ...(['input-support', 'registry'] as const).flatMap((role) => [
    { role, change: false, wrong: false },
    { role, change: false, wrong: true },
    { role, change: true, wrong: false },
    { role, change: true, wrong: true },
  ]),
  ...(['check-number-a', 'check-number-b'] as const).flatMap((role) => [
    { role, change: false, wrong: false },
    { role, change: false, wrong: true },
  ]),
];
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
  const present = wrong ? WRONG[role] : RIGHT[role];
  try {
    if (role === 'input-support' || isCheckNumber(role)) {
      await using text = await CardText.select(connection, options);
      if (isCheckNumber(role)) await text.verifyCheckNumber(CHECK_NUMBERS[role], present, { signal });
      else if (change) await text.changePin(present, NEXT[role], { signal });
      else await text.verifyPin(present, { signal });
      return undefined;
    }
    await using applet = await JpkiApplet.select(connection, options);
    if (role === 'registry') {
      if (change) await changeRegistryPin(connection, present, NEXT[role], { signal });
      else await verifyRegistryPin(connection, present, { signal });
    } else if (change) await applet.changePin(role, present, NEXT[role], { signal });
    else await applet.verifyPin(role, present, { signal });
    return undefined;
  } catch (error) {
    return error;
  }
}

function isCheckNumber(role: Role): role is CheckNumber {
  return role in CHECK_NUMBERS;
}

/** Of a PIN in two places the lower number. */
export function triesLeft(card: VirtualCard, role: Role): number {
  return Math.min(...PLACES[role].map((place) => ask(card, place, '').triesLeft));
}

/** What the card itself says of one place: SELECT, SELECT file, and VERIFY of a copy. */
function ask(card: VirtualCard, [aid, file]: readonly [string, number], pin: string) {
  const copy = VirtualCard.fromJSON({ ...card.toJSON(), quirks: {} });
  copy.process(Uint8Array.from(Buffer.from(`00a4040c0a${aid}`, 'hex')));
  copy.process(Uint8Array.of(0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, file));
  const header = [0x00, 0x20, 0x00, 0x80];
  const answer = copy.process(
    Uint8Array.of(...header, ...(pin === '' ? [] : [pin.length, ...Buffer.from(pin)])),
  );
  return { isRight: answer[0] === 0x90, triesLeft: (answer[1] ?? 0) & 0x0f };
}

/** The PIN that each place takes; `undefined` where it is neither the one before nor the next. */
function held(card: VirtualCard, role: Role): (string | undefined)[] {
  return PLACES[role].map((place) => [RIGHT[role], NEXT[role]].find((pin) => ask(card, place, pin).isRight));
}

/** What must be true of card and report, whatever happened; gives the PIN that now holds. */
export function judge(
  card: VirtualCard,
  { role, change, wrong }: PinOperation,
  fault: Fault,
  error: unknown,
  label: string,
): string {
  // To a SELECT 61xx is success as well; both applications of this PIN have it under one number, so nothing shows that the
  // other one is still selected.
  const isFalseWord =
    fault.kind === 'answer' && (fault.lies || (role === 'registry' && /^61..$/.test(fault.hex)));
  // And an old 9000 is one to the CHANGE KEY that a card refuses whose SELECT has ended what was verified.
  const { selectClearsStatus } = card.toJSON().quirks;
  const isLie = isFalseWord || (fault.kind === 'old answer' && role === 'registry' && selectClearsStatus);
  // Never fewer tries than one per PIN the caller presented, and none for a right one; but where a false SELECT has the PIN
  // changed in one place twice, it comes to the old one there.
  const mayCost = wrong || (isFalseWord && role === 'registry') ? 1 : 0;
  expect(triesLeft(card, role), label).toBeGreaterThanOrEqual(MAX[role] - mayCost);
  for (const other of Object.keys(MAX) as Role[])
    if (other !== role && hasPlace(card, other)) expect(triesLeft(card, other), label).toBe(MAX[other]);

  const pins = held(card, role);
  expect(pins, label).not.toContain(undefined);
  const changed = pins.filter((pin) => pin === NEXT[role]).length;
  if (error === undefined) {
    if (!isLie) {
      expect(wrong, label).toBe(false);
      expect(changed, label).toBe(change ? pins.length : 0);
    }
  } else {
    if (!(error instanceof JpkiError)) throw error;
    expect(CODES.has(error.code), `${label} ${error.code}`).toBe(true);
    if (error.code === 'PIN_CHANGE_PARTIAL') {
      // The place that is named as changed is; the other is not, or that is said not to be known.
      const at = error.changed === 'registry' ? 0 : 1;
      if (!isLie) {
        expect(pins[at], label).toBe(NEXT[role]);
        if (!error.message.includes('is not known')) expect(pins[1 - at], label).toBe(RIGHT[role]);
      }
    } else if (error.code !== 'PIN_CHANGE_UNCERTAIN') expect(changed, label).toBe(0);
    if (error.message.includes('old PIN still holds') && error.code !== 'PIN_CHANGE_PARTIAL')
      expect(changed, label).toBe(0);
    if (error.code === 'PIN_INCORRECT' && !(fault.kind === 'answer' && !fault.executed)) {
      expect(wrong, label).toBe(true);
      expect(error.triesLeft, label).toBe(triesLeft(card, role));
    }
    if (error.code === 'ABORTED' && !change) expect(triesLeft(card, role), label).toBe(MAX[role]);
  }
  return pins[0] ?? RIGHT[role];
}

/** Whether a card that was made for a test has that PIN. */
function hasPlace(card: VirtualCard, role: Role): boolean {
  return card.triesLeft[role] !== undefined;
}

/** A card with PINs of one application or more and nothing else: no case reads more, and there are thousands of copies of it. */
export async function stateOfPins(): Promise<VirtualCardState> {
  const issued = await VirtualCard.issue({
    authority: saved().authority,
    signatureCertificate: false,
    cardExpiry: `${EXPIRY_YEAR}0415`,
  });
  const { applications, ...state } = issued.toJSON();
  const pinsOf = (files: object) => Object.entries(files).filter(([, file]) => file.kind === 'pin');
  const entries = Object.entries(applications).map(([name, files]) => [
    name,
    Object.fromEntries(pinsOf(files)),
  ]);
  return { ...state, applications: Object.fromEntries(entries) };
}

/** Runs one case; `false` when the operation ended before the fault was due. */
export async function runCase(
  card: VirtualCard,
  operation: PinOperation,
  fault: Fault,
  at: number,
): Promise<boolean> {
  const controller = new AbortController();
  let due = false;
  /** How often something was sent that spends a try where it is wrong, or replaces a PIN. */
  let sent = 0;
  let before: Uint8Array | undefined;
  const connection = new Intercepted(card.connect(), async (number, command, send) => {
    // VERIFY, CHANGE REFERENCE DATA and CHANGE KEY with a data field.
    if ([0x20, 0x24, 0x32].includes(command[1] ?? 0) && command.length > 5) sent++;
    if (number !== at) {
      before = await send();
      return before;
    }
    due = true;
    const replacement = garbled(fault, card, operation.role, before);
    switch (fault.kind) {
      case 'lost command':
        throw new JpkiError('CARD_REMOVED');
      case 'lost answer':
        await send();
        throw new Error('link broken');
      case 'abort':
        controller.abort();
        return send();
      case 'late answer':
        await send();
        return new Promise(() => undefined);
      case 'old answer':
      case 'old counter':
      case 'answer':
        if (fault.kind !== 'answer' || fault.executed) {
          const answer = await send();
          return replacement ?? answer;
        }
        return replacement ?? new Uint8Array(0);
    }
  });
  const label = describeCase(operation, fault, at);
  const patience = fault.kind === 'late answer' ? { exchangeTimeoutMs: 25 } : {};
  const error = await attempt(connection, operation, controller.signal, patience);
  judge(card, operation, fault, error, label);
  if (sent > 0) expect(connection.disposition, label).toBe('unpower');
  // A change may say again what was refused before it was carried out; what is presented goes to each place once.
  if (!operation.change) expect(sent, label).toBeLessThanOrEqual(PLACES[operation.role].length);

  // The card works again, with the PINs that now hold.
  await connection.disconnect('unpower');
  const again = card.connect();
  for (const [i, pin] of held(card, operation.role).entries())
    await verifyAgain(again, operation.role, i, pin ?? '');
  await again.disconnect('unpower');
  expect(triesLeft(card, operation.role), label).toBe(MAX[operation.role]);
  return due;
}

async function verifyAgain(
  connection: CardConnection,
  role: Role,
  place: number,
  pin: string,
): Promise<void> {
  if (role === 'registry')
    return verifyRegistryPin(connection, pin, { applications: [place === 0 ? 'registry' : 'common'] });
  if (role === 'auth' || role === 'sign') return (await JpkiApplet.select(connection)).verifyPin(role, pin);
  const text = await CardText.select(connection);
  return isCheckNumber(role) ? text.verifyCheckNumber(CHECK_NUMBERS[role], pin) : text.verifyPin(pin);
}
