/** Which ways are open for which PIN. */

import { checkedOptions } from '../arguments.js';
import type { BilingualText, KeyRole } from '../errors.js';
import { JAPAN_OFFSET_MS } from '../japan.js';
import { say } from '../text/index.js';
import { monthsLater, RENEWABLE_MONTHS } from './certificate-expiry.js';
import { FACTS_CHECKED, HOLDER_PINS, KIOSK, OFFICIAL_PAGE, type RecoveryWay, WAYS_BY_COST } from './facts.js';
import {
  answerOf,
  CONDITION,
  confirmOf,
  hoursOf,
  NEED,
  NOTE,
  type RecoveryCondition,
  type RecoveryHours,
  type RecoveryNeed,
  type RecoveryNote,
  type RecoveryStep,
  stepsOf,
  titleOf,
} from './sentences.js';
import {
  type AssessedPin,
  assessPin,
  type HolderPin,
  type PinState,
  type RecoverySituation,
  SITUATION_CHECKS,
} from './situation.js';

/**
 * One way that is open for one PIN.
 *
 * @category When a PIN is locked
 */
export interface RecoveryOption {
  readonly pin: HolderPin;
  /** What the option was worked out from: the card's word over the holder's. */
  readonly pinState: PinState;
  readonly way: RecoveryWay;
  readonly title: BilingualText;
  /** The way in one sentence: where, until when, with what. */
  readonly answer: BilingualText;
  /** What to do, in order. */
  readonly steps: readonly RecoveryStep[];
  readonly needs: readonly RecoveryNeed[];
  readonly where: BilingualText;
  readonly when: RecoveryHours;
  /** What is not known and must hold. The way is open only as far as every one of these does. */
  readonly conditions: readonly RecoveryCondition[];
  readonly notes: readonly RecoveryNote[];
  /** At the counter: the other lost PINs that the same visit resets. */
  readonly sameVisit: readonly HolderPin[];
  /** The month in which the facts behind this option were checked, YYYY-MM. */
  readonly checked: typeof FACTS_CHECKED;
  /** What the reader is told to confirm, and where. */
  readonly confirm: BilingualText;
  /** The official page, whose name is Japanese. */
  readonly page: { readonly name: string; readonly address: string };
}

/** A PIN under judgement, with what its options share. */
interface Case {
  readonly pin: HolderPin;
  readonly assessed: AssessedPin;
  readonly situation: RecoverySituation;
  readonly kiosk: {
    readonly closed: readonly RecoveryNote[];
    readonly conditions: readonly RecoveryCondition[];
  };
}

type OptionBody = Pick<RecoveryOption, 'needs' | 'where' | 'conditions' | 'notes'> & {
  sameVisit?: readonly HolderPin[];
};

const ALL_PINS = /* @__PURE__ */ Object.keys(HOLDER_PINS) as readonly HolderPin[];
const ROLES: readonly KeyRole[] = ['sign', 'auth'];

/**
 * The ways open for each PIN in `situation.pins`, those that cost the holder least first: changing a known PIN, a kiosk
 * in a store, the municipal counter; last a change that would spend the last try of a PIN that may not be known. Within one way the order is signature, authentication, registry, input support.
 * A PIN that is known and not locked has options too (it can be changed); filter by `pinState` to show only trouble.
 * Every sentence is there in Japanese and English.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when the situation is none
 * @example
 * const [first] = recoveryOptions({ pins: { sign: { counter }, auth: { holder: 'known' } } });
 * console.log(first?.title.ja, first?.conditions.map(({ text }) => text.ja));
 * @category When a PIN is locked
 */
export function recoveryOptions(situation: RecoverySituation): RecoveryOption[] {
  const { at = new Date() } = checkedOptions(situation, SITUATION_CHECKS, 'situation');
  const cases = ALL_PINS.filter((pin) => situation.pins[pin] !== undefined).map((pin): Case => {
    return { pin, situation, assessed: assessPin(situation.pins[pin]), kiosk: kioskFor(pin, situation) };
  });
  const card = cardNotes(situation, at);
  const ways = WAYS_BY_COST.filter((way) => (way === 'phone') === (situation.device === 'phone'));
  const options = ways.flatMap((way) =>
    cases.flatMap((subject): RecoveryOption[] => {
      const body = OPEN_WAY[way](subject);
      if (body === undefined) return [];
      // A new PIN of a card that has ended opens nothing.
      if (way !== 'counter' && card.some(({ code }) => code === 'card-expired')) return [];
      return [
        {
          pin: subject.pin,
          pinState: subject.assessed.state,
          way,
          title: titleOf(way, subject.pin),
          answer: answerOf(way, subject.pin, at),
          steps: stepsOf(way, subject.pin),
          when: hoursOf(way, at),
          sameVisit: [],
          ...body,
          notes: [...card, ...body.notes],
          checked: FACTS_CHECKED,
          confirm: confirmOf(way),
          page: OFFICIAL_PAGE,
        },
      ];
    }),
  );
  // The last try of a PIN that its holder may not know is no way to begin with.
  const risksTheLastTry = ({ way, pin, pinState }: RecoveryOption) =>
    way === 'change' && pinState === 'unsure' && assessPin(situation.pins[pin]).triesLeft === 1;
  return [...options.filter((option) => !risksTheLastTry(option)), ...options.filter(risksTheLastTry)];
}

/** Each way, for one PIN: what it takes, or `undefined` where it is closed. */
const OPEN_WAY: Readonly<Record<RecoveryWay, (subject: Case) => OptionBody | undefined>> = {
  change(subject) {
    const { pin, assessed } = subject;
    if (assessed.state !== 'known' && assessed.state !== 'unsure') return undefined;
    const conditions: RecoveryCondition[] = [];
    if (assessed.state === 'unsure') conditions.push(CONDITION.pinKnown);
    if (!assessed.lockRead) conditions.push(CONDITION.pinNotLocked);
    const notes = [...tryNotes(pin, assessed), ...ownCertificateNotes(subject)];
    // Which PINs official software changes was read of the two JPKI ones only.
    const where = say(({ recovery: { where } }) => (isKeyRole(pin) ? where.change : where.changeOther));
    return { needs: [NEED.card, NEED.currentPin(pin)], where, conditions, notes };
  },

  phone: () => ({
    needs: [],
    where: say(({ recovery }) => recovery.where.phone),
    conditions: [],
    notes: [NOTE.phonePin],
  }),

  kiosk({ pin, assessed, situation, kiosk }) {
    if (!isKeyRole(pin) || assessed.state === 'known' || kiosk.closed.length > 0) return undefined;
    const { presents, faceMatch } = KIOSK.pins[pin];
    return {
      needs: [NEED.card, NEED.otherPin(presents), NEED.phone, NEED.reservation(presents, faceMatch)],
      where: say(({ recovery }) => recovery.where.kiosk[pin]),
      conditions: kiosk.conditions,
      notes: [
        ...(assessPin(situation.pins[presents]).triesLeft === 1 ? [NOTE.otherPinLastTry(presents)] : []),
        ...tryNotes(pin, assessed),
        ...[NOTE.reservationAlone, NOTE.free, NOTE.notEveryStore, NOTE.appObstacles],
        ...(faceMatch ? [NOTE.faceMatch] : []),
        ...expiringNotes(situation),
      ],
    };
  },

  // The counter resets every PIN in every state; for a known one it is merely the longer way.
  counter(subject) {
    const { pin, assessed, situation, kiosk } = subject;
    const sameVisit = isLost(assessed)
      ? ALL_PINS.filter((other) => other !== pin && isLost(assessPin(situation.pins[other])))
      : [];
    const notes =
      assessed.state === 'known'
        ? ownCertificateNotes(subject)
        : [...tryNotes(pin, assessed), ...kiosk.closed];
    if (mayBeFaceCard(situation)) notes.unshift(NOTE.maybeFaceCard);
    if (assessed.state !== 'known') {
      if (pin === 'registry') notes.push(NOTE.registryTwice);
      notes.push(NOTE.proxy);
    }
    if (sameVisit.length > 0) notes.push(NOTE.sameVisit(sameVisit));
    return {
      needs: [NEED.card, NEED.photoId],
      where: say(({ recovery }) => recovery.where.counter),
      conditions: [],
      notes,
      sameVisit,
    };
  },
};

/** Why the kiosk is closed to a PIN, or what must hold for it to be open: both certificates and the other PIN count. */
function kioskFor(pin: HolderPin, situation: RecoverySituation): Case['kiosk'] {
  if (!isKeyRole(pin)) return { closed: [NOTE.kioskNotForThisPin], conditions: [] };
  const closed: RecoveryNote[] = [];
  const conditions: RecoveryCondition[] = [];
  const other = KIOSK.pins[pin].presents;
  const otherPin = assessPin(situation.pins[other]);
  if (isLost(otherPin)) closed.push(NOTE.kioskOtherPinLost(other));
  if (otherPin.state === 'unsure') conditions.push(CONDITION.otherPinKnown(other));
  if (!otherPin.lockRead) conditions.push(CONDITION.otherPinNotLocked(other));
  for (const role of ROLES) {
    const certificate = situation.certificates?.[role] ?? 'not-read';
    if (certificate === 'expired') closed.push(NOTE.kioskCertificateExpired(role));
    if (certificate === 'absent') closed.push(NOTE.kioskCertificateAbsent(role));
    if (certificate === 'not-read') conditions.push(CONDITION.certificateValid(role));
  }
  conditions.push(CONDITION.notRevoked, CONDITION.detailsUnchanged);
  return { closed, conditions };
}

/** What a holder has to know of the card's own end; its last day is over when the day is over in Japan. */
function cardNotes({ cardExpiry, device }: RecoverySituation, at: Date): RecoveryNote[] {
  if (cardExpiry === undefined || device === 'phone') return [];
  const { year, month, day } = cardExpiry;
  const end = new Date(Date.UTC(year, month - 1, day + 1) - JAPAN_OFFSET_MS - 1);
  if (at > end) return [NOTE.cardExpired(cardExpiry)];
  return at >= monthsLater(end, -RENEWABLE_MONTHS) ? [NOTE.cardExpiring(cardExpiry)] : [];
}

/** By the holder's choice such a card has no PINs; they are expected to answer as locked. */
function mayBeFaceCard({ pins, certificates }: RecoverySituation): boolean {
  return certificates?.sign === 'absent' && assessPin(pins.auth).state === 'locked';
}

function expiringNotes({ certificates }: RecoverySituation): RecoveryNote[] {
  return ROLES.filter((role) => certificates?.[role] === 'expiring').map(NOTE.certificateExpiring);
}

function tryNotes(pin: HolderPin, assessed: AssessedPin): RecoveryNote[] {
  const { cardSays, triesLeft } = assessed;
  const contrary =
    cardSays === 'locked'
      ? [NOTE.cardSaysLocked]
      : cardSays === 'not-locked' && triesLeft !== undefined
        ? [NOTE.cardSaysNotLocked(triesLeft)]
        : [];
  return [...contrary, ...lockNotes(pin, assessed)];
}

function lockNotes(pin: HolderPin, { state, triesLeft, lockRead }: AssessedPin): RecoveryNote[] {
  if (state === 'locked') return lockRead ? [NOTE.staysLocked] : [NOTE.staysLocked, NOTE.lockNotRead];
  if (state === 'known') return triesLeft === 1 ? [NOTE.lastTry] : [];
  return [NOTE.doNotGuess(pin, triesLeft)];
}

/** A PIN whose certificate has expired or is missing opens nothing, however it is set. */
function ownCertificateNotes({ pin, situation }: Case): RecoveryNote[] {
  if (!isKeyRole(pin)) return [];
  const certificate = situation.certificates?.[pin];
  if (certificate === 'expired') return [NOTE.certificateExpired(pin)];
  if (certificate === 'expiring') return [NOTE.certificateExpiring(pin)];
  return certificate === 'absent' ? [NOTE.certificateAbsent(pin)] : [];
}

function isLost({ state }: AssessedPin): boolean {
  return state === 'forgotten' || state === 'locked';
}

function isKeyRole(pin: HolderPin): pin is KeyRole {
  return pin === 'sign' || pin === 'auth';
}
