/** What an option says: what it needs, when it is open, what to check first, what else a holder should know. */
import type { BilingualText, KeyRole } from '../errors.js';
import { inJapan } from '../japan.js';
import type { Texts } from '../text/en.js';
import { say } from '../text/index.js';
import { FACTS_CHECKED, KIOSK, type RecoveryWay } from './facts.js';
import type { HolderPin } from './situation.js';

/** A sentence with a name that stays the same when the wording changes. */
export interface RecoveryItem<Code extends string> {
  readonly code: Code;
  readonly text: BilingualText;
}

/** What the holder brings or has ready. */
export type RecoveryNeed = RecoveryItem<
  'card' | 'current-pin' | 'auth-pin' | 'sign-pin' | 'phone' | 'reservation' | 'photo-id'
>;

/** What must hold for the way to be open, and was not read from the card or cannot be. */
export type RecoveryCondition = RecoveryItem<
  | 'pin-known'
  | 'pin-not-locked'
  | 'software-offers-pin'
  | 'other-pin-known'
  | 'other-pin-not-locked'
  | 'auth-certificate-valid'
  | 'sign-certificate-valid'
  | 'not-revoked'
  | 'details-unchanged'
>;

/** What else the holder should know about this way, or why another is closed. */
export type RecoveryNote = RecoveryItem<
  | 'do-not-guess'
  | 'last-try'
  | 'stays-locked'
  | 'lock-not-read'
  | 'reservation-alone-changes-nothing'
  | 'face-match'
  | 'same-visit'
  | 'certificate-expired'
  | 'certificate-absent'
  | 'kiosk-not-for-this-pin'
  | 'kiosk-other-pin-lost'
  | 'kiosk-certificate-expired'
  | 'kiosk-certificate-absent'
>;

// A bundler may leave out what only a call of it makes: these texts, where nobody asks for them.
/* @__NO_SIDE_EFFECTS__ */
function item<Code extends string>(code: Code, entry: (texts: Texts['recovery']) => string) {
  return { code, text: say(({ recovery }) => entry(recovery)) };
}

export const titleOf = (way: RecoveryWay, pin: HolderPin): BilingualText =>
  say(({ recovery }) => recovery.title[way](recovery.pins[pin].name));

export const NEED = {
  card: item('card', ({ need }) => need.card),
  currentPin: (pin: HolderPin) => item('current-pin', ({ need, pins }) => need.currentPin(pins[pin].name)),
  otherPin: (other: KeyRole) =>
    item(`${other}-pin`, ({ need, pins }) => need.otherPin(pins[other].name, pins[other].form)),
  phone: item('phone', ({ need }) => need.phone),
  reservation: (other: KeyRole, faceMatch: boolean) =>
    item('reservation', ({ need, pins }) => need.reservation(pins[other].name, faceMatch)),
  photoId: item('photo-id', ({ need }) => need.photoId),
} as const;

export const CONDITION = {
  pinKnown: item('pin-known', ({ condition }) => condition.pinKnown),
  pinNotLocked: item('pin-not-locked', ({ condition }) => condition.pinNotLocked),
  softwareOffersPin: item('software-offers-pin', ({ condition }) => condition.softwareOffersPin),
  otherPinKnown: (other: KeyRole) =>
    item('other-pin-known', ({ condition, pins }) => condition.otherPinKnown(pins[other].name)),
  otherPinNotLocked: (other: KeyRole) =>
    item('other-pin-not-locked', ({ condition, pins }) => condition.otherPinNotLocked(pins[other].name)),
  certificateValid: (role: KeyRole) =>
    item(`${role}-certificate-valid`, ({ condition, certificates }) =>
      condition[`${role}CertificateValid`](certificates[role]),
    ),
  notRevoked: item('not-revoked', ({ condition }) => condition.notRevoked),
  detailsUnchanged: item('details-unchanged', ({ condition }) => condition.detailsUnchanged),
} as const;

export const NOTE = {
  doNotGuess: (triesLeft: number | undefined) =>
    item('do-not-guess', ({ note }) => note.doNotGuess(triesLeft)),
  lastTry: item('last-try', ({ note }) => note.lastTry),
  staysLocked: item('stays-locked', ({ note }) => note.staysLocked),
  lockNotRead: item('lock-not-read', ({ note }) => note.lockNotRead),
  reservationAlone: item('reservation-alone-changes-nothing', ({ note }) => note.reservationAlone),
  faceMatch: item('face-match', ({ note }) => note.faceMatch(KIOSK.faceMatchesUntilRestricted)),
  sameVisit: (others: readonly HolderPin[]) =>
    item('same-visit', ({ note, pins }) => note.sameVisit(others.map((pin) => pins[pin].name))),
  certificateExpired: (role: KeyRole) =>
    item('certificate-expired', ({ note, certificates }) => note.certificateExpired(certificates[role])),
  certificateAbsent: (role: KeyRole) =>
    item('certificate-absent', ({ note, certificates, notUnderFifteen }) =>
      note.certificateAbsent(certificates[role], notUnderFifteen[role]),
    ),
  kioskNotForThisPin: item('kiosk-not-for-this-pin', ({ note }) => note.kioskNotForThisPin),
  kioskOtherPinLost: (other: KeyRole) =>
    item('kiosk-other-pin-lost', ({ note, pins }) => note.kioskOtherPinLost(pins[other].name)),
  kioskCertificateExpired: (role: KeyRole) =>
    item('kiosk-certificate-expired', ({ note, certificates }) =>
      note.kioskCertificateExpired(certificates[role]),
    ),
  kioskCertificateAbsent: (role: KeyRole) =>
    item('kiosk-certificate-absent', ({ note, certificates, notUnderFifteen }) =>
      note.kioskCertificateAbsent(certificates[role], notUnderFifteen[role]),
    ),
} as const;

/** Where the reader confirms what may have changed since. */
export function confirmOf(way: RecoveryWay): BilingualText {
  const [year = 0, month = 0] = FACTS_CHECKED.split('-').map(Number);
  return say(({ recovery }) => recovery.confirm[way](year, month));
}

/** When a way is open. */
export interface RecoveryHours {
  /**
   * Whether the published hours cover the moment asked about; maintenance and the hours of a single store are not
   * known. `undefined` when the library does not know the hours.
   */
  readonly openNow: boolean | undefined;
  readonly hours: BilingualText;
  /** The same as `openNow`, for a person. */
  readonly now: BilingualText;
}

/** When a way is open, judged at `at`, on the clock of Japan. */
export function hoursOf(way: RecoveryWay, at: Date): RecoveryHours {
  const hours = (entry: (texts: Texts['recovery']['hours']) => string) =>
    say(({ recovery }) => entry(recovery.hours));
  if (way === 'change')
    return { openNow: true, hours: hours((t) => t.always), now: hours((t) => t.alwaysNow) };
  if (way === 'counter')
    return { openNow: undefined, hours: hours((t) => t.office), now: hours((t) => t.officeNow) };
  const [opens, closes] = [clock(KIOSK.hours.opens), clock(KIOSK.hours.closes)];
  const japan = inJapan(at);
  const minuteOfDay = 60 * japan.getUTCHours() + japan.getUTCMinutes();
  const openNow = minuteOfDay >= KIOSK.hours.opens && minuteOfDay < KIOSK.hours.closes;
  return {
    openNow,
    hours: hours((t) => t.kiosk(opens, closes, KIOSK.reservationLasts)),
    now: hours((t) => (openNow ? t.kioskOpen : t.kioskClosed(opens))),
  };
}

function clock(minuteOfDay: number): string {
  return `${Math.floor(minuteOfDay / 60)}:${String(minuteOfDay % 60).padStart(2, '0')}`;
}
