import { expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';

/** Status words of card.md section 4. */
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
]);
const NEXT = { auth: '8642', sign: 'CHANGED7' } as const;
const WRONG = { auth: '0000', sign: 'WRONG1' } as const;
const MAX = { auth: 3, sign: 5 } as const;

type Role = 'auth' | 'sign';
type Fault =
  | { kind: 'lost command' | 'lost answer' | 'abort' }
  | { kind: 'answer'; hex: string; lies: boolean };

const FAULTS: readonly Fault[] = [
  { kind: 'lost command' },
  { kind: 'lost answer' },
  { kind: 'abort' },
  ...RUBBISH.map((hex): Fault => ({ kind: 'answer', hex, lies: false })),
  ...STATUS_WORDS.map(
    (sw): Fault => ({
      kind: 'answer',
      hex: sw.toString(16),
      // 9000 from a card that did nothing is a lie that no program can see.
      lies: sw === 0x9000,
    }),
  ),
];

const OPERATIONS = (['auth', 'sign'] as const).flatMap((role) => [
  { role, change: false, wrong: false },
  { role, change: false, wrong: true },
  { role, change: true, wrong: false },
  { role, change: true, wrong: true },
]);
const QUIRKS: readonly Partial<VirtualCardQuirks>[] = [
  {},
  { shortIds: 0x6a86 },
  { fourByteVerify: false },
  { verifiedQuery: 0x9000 },
];

const issued = VirtualCard.issue();

function triesLeft(card: VirtualCard, role: Role): number {
  const file = card.toJSON().applications.jpki?.[role === 'auth' ? '0018' : '001b'];
  return file?.kind === 'pin' ? file.triesLeft : Number.NaN;
}

/** Whether the card takes the PIN, asked of the card itself: SELECT, SELECT file, VERIFY. */
function accepts(card: VirtualCard, role: Role, pin: string): boolean {
  const copy = VirtualCard.fromJSON(card.toJSON());
  copy.process(Uint8Array.from(Buffer.from('00a4040c0ad392f000260100000001', 'hex')));
  copy.process(Uint8Array.of(0x00, 0xa4, 0x02, 0x0c, 0x02, 0x00, role === 'auth' ? 0x18 : 0x1b));
  const answer = copy.process(Uint8Array.of(0x00, 0x20, 0x00, 0x80, pin.length, ...Buffer.from(pin)));
  return answer[0] === 0x90;
}

it('one fault at any exchange of verify and change never costs more than the PIN presented, and the report is true', async () => {
  const state = (await issued).toJSON();
  let cases = 0;
  for (const quirks of QUIRKS) {
    for (const operation of OPERATIONS) {
      for (const fault of FAULTS) {
        for (let at = 1, more = true; more; at++) {
          const card = VirtualCard.fromJSON({ ...state, quirks });
          more = await run(card, operation, fault, at);
          cases++;
        }
      }
    }
  }
  console.info(`${cases} cases of a fault in verify and change`);
  expect(cases).toBeGreaterThan(3000);
}, 300_000);

/** Runs one case; `false` when the operation ended before the fault was due. */
async function run(
  card: VirtualCard,
  { role, change, wrong }: (typeof OPERATIONS)[number],
  fault: Fault,
  at: number,
): Promise<boolean> {
  const controller = new AbortController();
  let due = false;
  const connection = new Intercepted(card.connect(), async (number, _command, send) => {
    if (number !== at) return send();
    due = true;
    switch (fault.kind) {
      case 'lost command':
        throw new JpkiError('CARD_REMOVED');
      case 'lost answer':
        await send();
        throw new Error('link broken');
      case 'abort':
        controller.abort();
        return send();
      case 'answer':
        return new Uint8Array(Buffer.from(fault.hex, 'hex'));
    }
  });
  const present = wrong ? WRONG[role] : VIRTUAL_PINS[role];
  const options = { signal: controller.signal };
  const error = await (async () => {
    const applet = await JpkiApplet.select(connection);
    if (change) await applet.changePin(role, present, NEXT[role], options);
    else await applet.verifyPin(role, present, options);
  })().catch((reason: unknown) => reason);

  const label = JSON.stringify({
    role,
    change,
    wrong,
    at,
    fault: fault.kind === 'answer' ? fault.hex.slice(0, 8) : fault.kind,
  });
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
    if (error.code === 'PIN_INCORRECT' && fault.kind !== 'answer')
      expect(error.triesLeft, label).toBe(triesLeft(card, role));
    if (error.code === 'ABORTED' && !change) expect(triesLeft(card, role), label).toBe(MAX[role]);
  }

  // The card works again, with the PIN that now holds.
  await connection.disconnect('unpower');
  const again = await JpkiApplet.select(card.connect());
  await again.verifyPin(role, changed ? NEXT[role] : VIRTUAL_PINS[role]);
  expect(triesLeft(card, role), label).toBe(MAX[role]);
  return due;
}
