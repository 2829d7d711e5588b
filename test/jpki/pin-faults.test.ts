import { expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { VirtualCard, type VirtualCardQuirks, type VirtualCardState } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import {
  attempt,
  describeCase,
  FAULTS,
  type Fault,
  garbled,
  judge,
  MAX,
  OPERATIONS,
  type PinOperation,
  triesLeft,
} from '../support/pin-faults.js';
import { issuedState } from '../support/virtual.js';

const QUIRKS: readonly Partial<VirtualCardQuirks>[] = [
  {},
  { shortIds: 0x6a86 },
  { fourByteVerify: false },
  { verifiedQuery: 0x9000 },
];

it('one fault at any exchange of verify and change never costs more than the PIN presented, and the report is true', async () => {
  const state = await stateOfPins();
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

/** A card with PINs and nothing else: no case reads more, and there are thousands of copies of it. */
async function stateOfPins(): Promise<VirtualCardState> {
  const { applications, ...state } = await issuedState();
  const pins = Object.entries(applications.jpki ?? {}).filter(([, { kind }]) => kind === 'pin');
  return { ...state, applications: { jpki: Object.fromEntries(pins) } };
}

/** Runs one case; `false` when the operation ended before the fault was due. */
async function run(card: VirtualCard, operation: PinOperation, fault: Fault, at: number): Promise<boolean> {
  const controller = new AbortController();
  let due = false;
  let sentPin = false;
  let before: Uint8Array | undefined;
  const connection = new Intercepted(card.connect(), async (number, command, send) => {
    // VERIFY and CHANGE REFERENCE DATA with a data field.
    sentPin ||= [0x20, 0x24].includes(command[1] ?? 0) && command.length > 5;
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
  const pin = judge(card, operation, fault, error, label);
  if (sentPin) expect(connection.disposition, label).toBe('unpower');

  // The card works again, with the PIN that now holds.
  await connection.disconnect('unpower');
  const again = await JpkiApplet.select(card.connect());
  await again.verifyPin(operation.role, pin);
  expect(triesLeft(card, operation.role), label).toBe(MAX[operation.role]);
  return due;
}
