/**
 * Who resets which PIN, with what, where and when: the published facts, each stated once. Sources: the user portal of
 * the public personal authentication service [J-LIS] and municipal pages. Older texts know only the counter, and one
 * of early 2022 only the signature PIN at one chain; these are the newer ones.
 */

import type { BilingualText } from '../errors.js';
import { say } from '../text/index.js';
import type { HolderPin } from './situation.js';

/** The month in which the facts were last checked. */
export const FACTS_CHECKED = '2026-11';

/** A way to a working PIN. */
export type RecoveryWay = 'change' | 'kiosk' | 'counter';

/** From the way that costs the holder least (no journey) to the one that costs most (a journey in office hours). */
export const WAYS_BY_COST: readonly RecoveryWay[] = ['change', 'kiosk', 'counter'];

/** What a holder knows one of the four PINs by. */
export interface HolderPinFacts {
  readonly name: BilingualText;
  /** What it looks like, by which a holder tells it from the others. */
  readonly form: BilingualText;
  readonly use: BilingualText;
}

// A bundler may leave out what only a call of it makes: these texts, where nobody asks for them.
/* @__NO_SIDE_EFFECTS__ */
function factsOf(pin: HolderPin): HolderPinFacts {
  return {
    name: say(({ recovery }) => recovery.pins[pin].name),
    form: say(({ recovery }) => recovery.pins[pin].form),
    use: say(({ recovery }) => recovery.pins[pin].use),
  };
}

/** The four PINs, in the order of the sheet a holder is given at the counter. */
export const HOLDER_PINS: Readonly<Record<HolderPin, HolderPinFacts>> = {
  sign: factsOf('sign'),
  auth: factsOf('auth'),
  registry: factsOf('registry'),
  'input-support': factsOf('input-support'),
};

/** The kiosk resets one JPKI PIN to whoever has the other. It does nothing for the remaining two PINs. */
export const KIOSK = {
  /** Minutes after midnight in Japan: from the first inclusive to the second exclusive. */
  hours: { opens: 6 * 60 + 30, closes: 23 * 60 },
  /** Hours from the reservation to the end at the kiosk. */
  reservationLasts: 24,
  faceMatchesUntilRestricted: 5,
  // The sources name the face match with the signature PIN's reservation only.
  pins: {
    sign: { presents: 'auth', faceMatch: true },
    auth: { presents: 'sign', faceMatch: false },
  },
} as const;
