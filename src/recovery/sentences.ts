/** What an option says: what it needs, when it is open, what to check first, what else a holder should know. */
import type { BilingualText, KeyRole } from '../errors.js';
import { inJapan } from '../japan.js';
import type { Texts } from '../text/en.js';
import { say } from '../text/index.js';
import {
  FACTS_CHECKED,
  HOLDER_PINS,
  KIOSK,
  type RecoverySource,
  type RecoveryWay,
  SOURCES,
} from './facts.js';
import type { CardDay, HolderPin } from './situation.js';

/**
 * A sentence with a name that stays the same when the wording changes.
 *
 * @category When a PIN is locked
 */
export interface RecoveryItem<Code extends string> {
  readonly code: Code;
  readonly text: BilingualText;
  /** Where the fact was read; empty for what follows from the card or from what the holder said. */
  readonly sources: readonly RecoverySource[];
}

/**
 * What the holder brings or has ready.
 *
 * @category When a PIN is locked
 */
export type RecoveryNeed = RecoveryItem<
  'card' | 'current-pin' | 'auth-pin' | 'sign-pin' | 'phone' | 'reservation' | 'photo-id'
>;

/**
 * What must hold for the way to be open, and was not read from the card or cannot be.
 *
 * @category When a PIN is locked
 */
export type RecoveryCondition = RecoveryItem<
  | 'pin-known'
  | 'pin-not-locked'
  | 'other-pin-known'
  | 'other-pin-not-locked'
  | 'auth-certificate-valid'
  | 'sign-certificate-valid'
  | 'not-revoked'
  | 'details-unchanged'
>;

/**
 * One thing to do, in the order of the list it stands in. Buttons are called what the sources call them.
 *
 * @category When a PIN is locked
 */
export type RecoveryStep = RecoveryItem<
  | 'change'
  | 'app-start'
  | 'app-photo'
  | 'app-read'
  | 'app-face'
  | 'kiosk-menu'
  | 'kiosk-card'
  | 'kiosk-new-pin'
  | 'counter-ask'
  | 'counter-new-pin'
>;

/**
 * What else the holder should know about this way, or why another is closed.
 *
 * @category When a PIN is locked
 */
export type RecoveryNote = RecoveryItem<
  | 'do-not-guess'
  | 'last-try'
  | 'other-pin-last-try'
  | 'stays-locked'
  | 'lock-not-read'
  | 'reservation-alone-changes-nothing'
  | 'face-match'
  | 'app-obstacles'
  | 'free-of-charge'
  | 'not-every-store'
  | 'proxy'
  | 'card-says-locked'
  | 'card-says-not-locked'
  | 'maybe-face-authentication-card'
  | 'registry-twice'
  | 'certificate-expiring'
  | 'card-expiring'
  | 'card-expired'
  | 'phone-pin'
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
export function item<Code extends string>(
  code: Code,
  entry: (texts: Texts['recovery']) => string,
  ...sources: readonly (keyof typeof SOURCES)[]
): RecoveryItem<Code> {
  return {
    code,
    text: say(({ recovery }) => entry(recovery)),
    sources: sources.map((name) => SOURCES[name]),
  };
}

export const titleOf = (way: RecoveryWay, pin: HolderPin): BilingualText =>
  say(({ recovery }) => recovery.title[way](recovery.pins[pin].name));

export const NEED = {
  card: item('card', ({ need }) => need.card),
  currentPin: (pin: HolderPin) => item('current-pin', ({ need, pins }) => need.currentPin(pins[pin].name)),
  otherPin: (other: KeyRole) =>
    item(`${other}-pin`, ({ need, pins }) => need.otherPin(pins[other].name, pins[other].form)),
  phone: item('phone', ({ need }) => need.phone, 'faq', 'naka'),
  reservation: (other: KeyRole, faceMatch: boolean) =>
    item('reservation', ({ need, pins }) => need.reservation(pins[other].name, faceMatch), 'faq', 'niigata'),
  photoId: item('photo-id', ({ need }) => need.photoId, 'kikuchi'),
} as const;

export const CONDITION = {
  pinKnown: item('pin-known', ({ condition }) => condition.pinKnown),
  pinNotLocked: item('pin-not-locked', ({ condition }) => condition.pinNotLocked),
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
  doNotGuess: (pin: HolderPin, triesLeft: number | undefined) =>
    item('do-not-guess', ({ note, pins }) => note.doNotGuess(pins[pin].name, triesLeft)),
  otherPinLastTry: (other: KeyRole) =>
    item('other-pin-last-try', ({ note, pins }) => note.otherPinLastTry(pins[other].name)),
  lastTry: item('last-try', ({ note }) => note.lastTry),
  staysLocked: item('stays-locked', ({ note }) => note.staysLocked),
  lockNotRead: item('lock-not-read', ({ note }) => note.lockNotRead),
  reservationAlone: item('reservation-alone-changes-nothing', ({ note }) => note.reservationAlone),
  faceMatch: item(
    'face-match',
    ({ note }) => note.faceMatch(KIOSK.faceMatchesUntilRestricted),
    'faq',
    'koto',
  ),
  appObstacles: item('app-obstacles', ({ note }) => note.appObstacles, 'digitalAgency', 'naka'),
  free: item('free-of-charge', ({ note }) => note.free, 'niigata', 'naha'),
  notEveryStore: item('not-every-store', ({ note }) => note.notEveryStore, 'terms'),
  proxy: item('proxy', ({ note }) => note.proxy, 'kikuchi'),
  cardSaysLocked: item('card-says-locked', ({ note }) => note.cardSaysLocked),
  cardSaysNotLocked: (triesLeft: number) =>
    item('card-says-not-locked', ({ note }) => note.cardSaysNotLocked(triesLeft)),
  maybeFaceCard: item('maybe-face-authentication-card', ({ note }) => note.maybeFaceCard, 'ashikaga'),
  registryTwice: item('registry-twice', ({ note }) => note.registryTwice),
  cardExpired: ({ year, month, day }: CardDay) =>
    item('card-expired', ({ note }) => note.cardExpired(year, month, day)),
  cardExpiring: ({ year, month, day }: CardDay) =>
    item('card-expiring', ({ note }) => note.cardExpiring(year, month, day)),
  certificateExpiring: (role: KeyRole) =>
    item(
      'certificate-expiring',
      ({ note, certificates }) => note.certificateExpiring(certificates[role]),
      'nagano',
      'takaoka',
    ),
  phonePin: item('phone-pin', ({ note }) => note.phonePin),
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

/** The steps of each way, in their order. */
export function stepsOf(way: RecoveryWay, pin: HolderPin): RecoveryStep[] {
  if (way === 'change') return [item('change', ({ step }) => step.change)];
  if (way === 'phone') return [];
  if (way === 'counter')
    return [
      item('counter-ask', ({ step }) => step.counterAsk, 'kikuchi'),
      item('counter-new-pin', ({ step }) => step.counterNewPin, 'kikuchi'),
    ];
  // No other PIN has that way.
  const own = pin === 'auth' ? 'auth' : 'sign';
  const { presents, faceMatch } = KIOSK.pins[own];
  const [wanted = '', other = ''] = [HOLDER_PINS[own].onScreens, HOLDER_PINS[presents].onScreens];
  const steps: RecoveryStep[] = [
    item('app-start', ({ step }) => step.appStart, 'niigata'),
    item('app-photo', ({ step }) => step.appPhoto, 'niigata'),
    item('app-read', ({ step, pins }) => step.appRead(other, pins[presents].form), 'niigata'),
    ...(faceMatch ? [item('app-face' as const, ({ step }) => step.appFace, 'niigata')] : []),
    item('kiosk-menu', ({ step }) => step.kioskMenu(KIOSK.reservationLasts), 'niigata', 'naka'),
    item('kiosk-card', ({ step }) => step.kioskCard(other), 'niigata'),
    item('kiosk-new-pin', ({ step, pins }) => step.kioskNewPin(wanted, pins[own].form), 'niigata'),
  ];
  return steps;
}

/** The way in one sentence: where, until when, with what. */
export function answerOf(way: RecoveryWay, pin: HolderPin, at: Date): BilingualText {
  if (way === 'change') return say(({ recovery: { answer, pins } }) => answer.change(pins[pin].name));
  if (way !== 'kiosk') return say(({ recovery }) => recovery.answer[way]);
  const { presents } = KIOSK.pins[pin === 'auth' ? 'auth' : 'sign'];
  const { isOpen, opensToday, opens, closes } = kioskAt(at);
  return say(({ recovery: { answer, pins } }) => {
    const other = `${pins[presents].name}${answer.form(pins[presents].form)}`;
    return isOpen ? answer.kioskOpen(closes, other) : answer.kioskClosed(opens, opensToday, other);
  });
}

/**
 * What to do when the card itself is lost or stolen.
 *
 * @category When a PIN is locked
 */
export const LOST_CARD: RecoveryItem<'lost-card'> = item('lost-card', ({ lostCard }) => lostCard);

/** Where the reader confirms what may have changed since. */
export function confirmOf(way: RecoveryWay): BilingualText {
  const [year = 0, month = 0] = FACTS_CHECKED.split('-').map(Number);
  return say(({ recovery }) => recovery.confirm[way](year, month));
}

/**
 * When a way is open.
 *
 * @category When a PIN is locked
 */
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
  if (way === 'phone')
    return { openNow: undefined, hours: hours((t) => t.phone), now: hours((t) => t.phoneNow) };
  if (way === 'counter')
    return { openNow: undefined, hours: hours((t) => t.office), now: hours((t) => t.officeNow) };
  const { isOpen: openNow, opens, closes } = kioskAt(at);
  return {
    openNow,
    hours: hours((t) => t.kiosk(opens, closes, KIOSK.reservationLasts)),
    now: hours((t) => (openNow ? t.kioskOpen : t.kioskClosed(opens))),
  };
}

function kioskAt(at: Date) {
  const { opens, closes } = KIOSK.hours;
  const japan = inJapan(at);
  const minuteOfDay = 60 * japan.getUTCHours() + japan.getUTCMinutes();
  return {
    isOpen: minuteOfDay >= opens && minuteOfDay < closes,
    /** Where it is not open: still today. */
    opensToday: minuteOfDay < opens,
    ...{ opens: clock(opens), closes: clock(closes) },
  };
}

function clock(minuteOfDay: number): string {
  return `${Math.floor(minuteOfDay / 60)}:${String(minuteOfDay % 60).padStart(2, '0')}`;
}
