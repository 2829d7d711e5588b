/** A fault at each exchange of presenting and of changing a PIN, through the real service. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JpkiApplet } from '../../src/jpki/index.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import {
  attempt,
  describeCase,
  FAULTS,
  type Fault,
  garbled,
  judge,
  MAX,
  type PinOperation,
  triesLeft,
} from '../support/pin-faults.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { FaultyCard } from './harness-faulty-card.js';

/** Many times what an exchange takes here: this long the program waits for an answer that comes later. */
const PATIENCE = { exchangeTimeoutMs: 500 };

type JpkiOperation = PinOperation & { readonly role: 'auth' | 'sign' };
const OPERATIONS: readonly [JpkiOperation, JpkiOperation] = [
  { role: 'auth', change: false, wrong: true },
  { role: 'sign', change: true, wrong: false },
];

// The bridge carries 2 to 65535 bytes: to the driver an empty answer is a card that was pulled out.
const CARRIED = FAULTS.filter(
  (fault) => fault.kind !== 'answer' || (fault.hex.length > 2 && fault.hex.length < 2000),
);

describe.skipIf(requirePcsc())('through the PC/SC service', () => {
  let pcsc: PcscHarness;
  const issued = virtualCard();

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterAll(() => pcsc.dispose());

  const newCard = async () => VirtualCard.fromJSON((await issued).toJSON());

  /** All cases of one fault: at the first exchange, the second, and so on. How many there were, and how many were late. */
  async function play(fault: Fault, operation: JpkiOperation, slot: 0 | 1): Promise<[number, number]> {
    const reader = { reader: pcsc.readerNames[slot], timeoutMs: 10_000 };
    const removals = () => pcsc.log.split(`Card Removed From ${reader.reader}`).length;
    const faulty = new FaultyCard(await newCard());
    const insert = async () => {
      faulty.session = await connectVpcd(faulty, { port: pcsc.ports[slot] });
    };
    await insert();
    let cases = 0;
    let late = 0;
    for (let at = 1, due = true; due; at++) {
      const { card } = faulty;
      const before = removals();
      const controller = new AbortController();
      due = false;
      faulty.commands = 0;
      let answerBefore: Uint8Array | undefined;
      let release = (): void => undefined;
      faulty.act = (command, number) => {
        if (number !== at) {
          answerBefore = card.process(command);
          return answerBefore;
        }
        due = true;
        const replacement = garbled(fault, card, operation.role, answerBefore);
        switch (fault.kind) {
          case 'lost command':
            return faulty.pull();
          case 'lost answer':
            card.process(command);
            return faulty.pull();
          case 'abort':
            controller.abort();
            return card.process(command);
          case 'late answer': {
            const answer = card.process(command);
            return new Promise((resolve) => {
              release = () => resolve(answer);
            });
          }
          default: {
            const done = fault.kind === 'answer' && !fault.executed ? undefined : card.process(command);
            return replacement ?? done ?? new Uint8Array(0);
          }
        }
      };
      const label = describeCase(operation, fault, at);
      const connection = await connectCard(reader);
      const patience = fault.kind === 'late answer' ? PATIENCE : {};
      const error = await attempt(connection, operation, controller.signal, patience);
      if (due && fault.kind === 'late answer') {
        late++;
        expect(['TIMEOUT', 'PIN_CHANGE_UNCERTAIN'], label).toContain((error as { code?: string }).code);
      }
      // The program has given up, and has asked for a disconnect, which waits for this answer.
      release();
      await connection.disconnect('unpower');
      const pin = judge(card, operation, fault, error, label);
      cases++;
      if (!due) break;

      // The next case has a card as new; the last one still works with the PIN that now holds.
      const copy = VirtualCard.fromJSON(card.toJSON());
      const again = await JpkiApplet.select(copy.connect());
      await again.verifyPin(operation.role, pin);
      expect(triesLeft(copy, operation.role), label).toBe(MAX[operation.role]);
      const pulled = fault.kind === 'lost command' || fault.kind === 'lost answer';
      faulty.card = await newCard();
      if (!pulled) continue;
      // The service looks every 0.4 s, and takes a card that was swapped between two looks for the old one.
      await expect.poll(removals, { timeout: 5_000 }).toBeGreaterThan(before);
      await insert();
    }
    const before = removals();
    await faulty.session?.close();
    await expect.poll(removals, { timeout: 5_000 }).toBeGreaterThan(before);
    return [cases, late];
  }

  it('a fault at any exchange costs no more than the PIN presented, and the report is true', async () => {
    // Each operation in a reader of its own, at the same time: most of it is waiting for the service.
    const played = OPERATIONS.map(async (operation, slot) => {
      let [cases, late] = [0, 0];
      for (const fault of CARRIED) {
        const [moreCases, moreLate] = await play(fault, operation, slot === 0 ? 0 : 1);
        cases += moreCases;
        late += moreLate;
      }
      // SELECT, counter, VERIFY, and CHANGE.
      expect(late).toBe(operation.change ? 4 : 3);
      return cases;
    });
    const cases = await Promise.all(played);
    console.info(`${cases.join(' + ')} cases of a fault through the PC/SC service`);
  }, 400_000);
});
