import { expect, it } from 'vitest';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { FAULTS, OPERATIONS, runCase, stateOfPins } from '../support/pin-faults.js';

const QUIRKS: readonly Partial<VirtualCardQuirks>[] = [
  {},
  { shortIds: 0x6a86 },
  { fourByteVerify: false },
  { verifiedQuery: 0x9000 },
];

it('one fault at any exchange of verify and change never costs more than the PIN presented, and the report is true', async () => {
  const { applications, ...state } = await stateOfPins();
  const { jpki = {} } = applications;
  let cases = 0;
  for (const quirks of QUIRKS) {
    for (const operation of OPERATIONS) {
      for (const fault of FAULTS) {
        for (let at = 1, more = true; more; at++) {
          const card = VirtualCard.fromJSON({ ...state, applications: { jpki }, quirks });
          more = await runCase(card, operation, fault, at);
          cases++;
        }
      }
    }
  }
  console.info(`${cases} cases of a fault in verify and change`);
  expect(cases).toBeGreaterThan(3000);
}, 300_000);
