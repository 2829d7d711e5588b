/** The four PINs that a holder has set, with what a card says of them. */
import type { JpkiStatus } from '../jpki/applet.js';
import type { OtherPinCounter } from '../jpki/other-pins.js';
import { HOLDER_PINS, type HolderPin, type PinSituation } from '../recovery/index.js';

export const ALL_PINS = Object.keys(HOLDER_PINS) as readonly HolderPin[];

export type HolderCounters = { readonly [pin in HolderPin]?: PinSituation['counter'] };

/** What was read of the four. The check numbers of the other applications are nothing a holder remembers. */
export function holderCounters(
  pins: JpkiStatus['pins'],
  others: readonly OtherPinCounter[] = [],
): HolderCounters {
  const counters: { [pin in HolderPin]?: PinSituation['counter'] } = { ...pins };
  for (const { application, setByHolder, present, triesLeft, locked } of others) {
    const pin = ALL_PINS.find((name) => name === application);
    if (pin !== undefined && setByHolder && present) counters[pin] = { triesLeft, locked };
  }
  return counters;
}

/** Locked, or one wrong entry away from it. */
export function isInTrouble(counter: PinSituation['counter']): boolean {
  return counter !== undefined && (counter.locked || counter.triesLeft === 1);
}
