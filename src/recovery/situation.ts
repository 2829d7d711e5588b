/** What is known about a card and its holder when a way out is asked for. */

import {
  type ChecksOf,
  checkBoolean,
  checkDate,
  fieldsOf,
  integerFrom,
  oneOf,
  required,
} from '../arguments.js';
import type { KeyRole } from '../errors.js';

/**
 * The four PINs a holder set at the counter: the two of the JPKI application, 住民基本台帳用, 券面事項入力補助用.
 *
 * @category When a PIN is locked
 */
export type HolderPin = KeyRole | 'registry' | 'input-support';

/**
 * What is known about one PIN. Both parts may be absent; what is not known becomes a condition, never a fact.
 *
 * @category When a PIN is locked
 */
export interface PinSituation {
  /** What the holder says: sure of it, cannot recall it, or was told that it is locked. */
  readonly holder?: 'known' | 'forgotten' | 'locked' | undefined;
  /** What the card said, as `readPinCounter` and `readOtherPinCounters` give it. It overrules the holder. */
  readonly counter?: { readonly triesLeft: number | undefined; readonly locked: boolean } | undefined;
}

/**
 * `expiring` ends within three months, `expired` is any certificate outside its dates; revocation cannot be read from a card
 * and is always a condition.
 *
 * @category When a PIN is locked
 */
export type CertificateState = 'valid' | 'expiring' | 'expired' | 'absent' | 'not-read';

/**
 * A Gregorian day.
 *
 * @category When a PIN is locked
 */
export interface CardDay {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  /** 1 to 31 */
  readonly day: number;
}

/**
 * What holds the PINs: the plastic card, or a phone, whose PINs are its own.
 *
 * @category When a PIN is locked
 */
export type PinDevice = 'card' | 'phone';

/**
 * What is known when a way out is asked for. Whatever is left out is a condition of the answer; a value of another type
 * is `INVALID_ARGUMENT`.
 *
 * @category When a PIN is locked
 */
export interface RecoverySituation {
  /** The PINs that are asked about. A PIN that is absent gets no options; as a key to another it counts as unsure. */
  readonly pins: { readonly [pin in HolderPin]?: PinSituation | undefined };
  /** The holder's two certificates. Default: `not-read`. */
  readonly certificates?: { readonly [role in KeyRole]?: CertificateState | undefined } | undefined;
  /**
   * The last day of the card itself, as `readCardRecord` gives it (`expiry`), counted in Japan. Default: not known, and nothing
   * is said of it. A phone has none.
   */
  readonly cardExpiry?: CardDay | undefined;
  /** What holds the PINs, as `readTokenInfo` gives it. Default: `card`. */
  readonly device?: PinDevice | undefined;
  /** The moment for which opening hours are judged. Default: now. */
  readonly at?: Date | undefined;
}

const checkPin = fieldsOf<PinSituation>({
  holder: oneOf('known', 'forgotten', 'locked'),
  counter: fieldsOf<NonNullable<PinSituation['counter']>>({
    // A card's counter has four bits (63Cx).
    triesLeft: integerFrom(0, 15),
    locked: required(checkBoolean),
  }),
});
const checkState = oneOf('valid', 'expiring', 'expired', 'absent', 'not-read');

export const SITUATION_CHECKS: ChecksOf<RecoverySituation> = {
  pins: required(
    fieldsOf<RecoverySituation['pins']>({
      sign: checkPin,
      auth: checkPin,
      registry: checkPin,
      'input-support': checkPin,
    }),
  ),
  certificates: fieldsOf<NonNullable<RecoverySituation['certificates']>>({
    auth: checkState,
    sign: checkState,
  }),
  cardExpiry: fieldsOf<CardDay>({
    year: required(integerFrom(1, 9999)),
    month: required(integerFrom(1, 12)),
    day: required(integerFrom(1, 31)),
  }),
  device: oneOf('card', 'phone'),
  at: checkDate,
};

/**
 * Where a PIN stands. `unsure`: nobody has said, or the holder says locked and the card says it is not.
 *
 * @category When a PIN is locked
 */
export type PinState = 'known' | 'forgotten' | 'locked' | 'unsure';

export interface AssessedPin {
  readonly state: PinState;
  /** As the card said; `undefined` when it was not read or gave no number. */
  readonly triesLeft: number | undefined;
  /** Whether the card itself said that it is locked or not. */
  readonly lockRead: boolean;
  /** Where the card says the contrary of what the holder says. */
  readonly cardSays: 'locked' | 'not-locked' | undefined;
}

/** Joins what the holder says with what the card said; the card wins wherever both speak. */
export function assessPin({ holder, counter }: PinSituation = {}): AssessedPin {
  const triesLeft = counter?.triesLeft;
  if (counter?.locked || triesLeft === 0) {
    const cardSays = holder === 'known' || holder === 'forgotten' ? 'locked' : undefined;
    return { state: 'locked', triesLeft: 0, lockRead: true, cardSays };
  }
  // A card may answer without a number (status word 6300): then nobody knows how close the lock is.
  const lockRead = triesLeft !== undefined;
  const state = lockRead && holder === 'locked' ? 'unsure' : (holder ?? 'unsure');
  const cardSays = lockRead && holder === 'locked' ? 'not-locked' : undefined;
  return { state, triesLeft, lockRead, cardSays };
}
