/** The fault matrix of test/jpki/pin-faults.test.ts over the PINs and check numbers of the other applications. */
import { expect, it } from 'vitest';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { FAULTS, OTHER_OPERATIONS, runCase, stateOfPins } from '../support/pin-faults.js';

const QUIRKS: readonly Partial<VirtualCardQuirks>[] = [
  {},
  { shortIds: 0x6a86 },
  { selectClearsStatus: true },
];

it('one fault at any exchange never costs more than the PIN presented, and the report is true', async () => {
  const state = await stateOfPins();
  let cases = 0;
  for (const quirks of QUIRKS) {
    for (const operation of OTHER_OPERATIONS) {
      for (const fault of FAULTS) {
        for (let at = 1, more = true; more; at++) {
          const card = VirtualCard.fromJSON({ ...state, quirks });
          more = await runCase(card, operation, fault, at);
          cases++;
        }
      }
    }
  }
  console.info(`${cases} cases of a fault in verify and change of the other PINs`);
  expect(cases).toBeGreaterThan(9000);
}, 300_000);
