/** The sentences of an option: what it needs, what to check first, what else a holder should know. */

import type { BilingualText, KeyRole } from '../errors.js';
import { CERTIFICATE_NAMES, HOLDER_PINS, KIOSK } from './facts.js';
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

/** Goes behind a sentence on issuing a certificate. */
const NOT_UNDER_FIFTEEN: Readonly<Record<KeyRole, BilingualText>> = {
  sign: { en: ' (normally not to people under fifteen)', ja: '（15 歳未満の方には通常発行されません）' },
  auth: { en: '', ja: '' },
};

const nameOf = (pin: HolderPin): BilingualText => HOLDER_PINS[pin].name;

export const TITLE = {
  change: (pin: HolderPin): BilingualText => ({
    en: `Change the ${nameOf(pin).en} yourself, with the current PIN`,
    ja: `今の暗証番号を使って、${nameOf(pin).ja}を自分で変更する`,
  }),
  kiosk: (pin: HolderPin): BilingualText => ({
    en: `Reset the ${nameOf(pin).en} at a kiosk in a store`,
    ja: `コンビニなどのマルチコピー機で、${nameOf(pin).ja}を再設定（初期化）する`,
  }),
  counter: (pin: HolderPin): BilingualText => ({
    en: `Reset the ${nameOf(pin).en} at the municipal counter`,
    ja: `市区町村の窓口で、${nameOf(pin).ja}を再設定（初期化）する`,
  }),
} as const;

export const NEED = {
  card: { code: 'card', text: { en: 'The Individual Number Card', ja: 'マイナンバーカード' } },
  currentPin: (pin: HolderPin): RecoveryNeed => ({
    code: 'current-pin',
    text: { en: `The current ${nameOf(pin).en}`, ja: `今の${nameOf(pin).ja}` },
  }),
  otherPin: (other: KeyRole): RecoveryNeed => ({
    code: other === 'auth' ? 'auth-pin' : 'sign-pin',
    text: {
      en: `The ${nameOf(other).en} (${HOLDER_PINS[other].form.en})`,
      ja: `${nameOf(other).ja}（${HOLDER_PINS[other].form.ja}）`,
    },
  }),
  phone: {
    code: 'phone',
    text: {
      en: 'A phone that can read the card, with the app JPKI暗証番号リセット',
      ja: 'マイナンバーカードを読み取れるスマートフォン（アプリ「JPKI暗証番号リセット」を入れておく）',
    },
  },
  reservation: (other: KeyRole, faceMatch: boolean): RecoveryNeed => ({
    code: 'reservation',
    text: {
      en: `A reservation made with the app beforehand, which reads the card with the ${nameOf(other).en}${faceMatch ? " and matches the holder's face" : ''}`,
      ja: `アプリでの事前予約（${nameOf(other).ja}を入力してカードを読み取り${faceMatch ? '、本人の顔を照合し' : ''}ます）`,
    },
  }),
  photoId: {
    code: 'photo-id',
    text: {
      en: 'A photo identity document such as a driving licence (without a photo: two documents)',
      ja: '運転免許証など、顔写真付きの本人確認書類 1 点（顔写真のない書類の場合は 2 点）',
    },
  },
} as const;

export const CONDITION = {
  pinKnown: {
    code: 'pin-known',
    text: {
      en: 'You are sure of the current PIN; if you have any doubt, do not enter it',
      ja: '今の暗証番号を確実に覚えていること（少しでも不確かなときは入力しないでください）',
    },
  },
  pinNotLocked: {
    code: 'pin-not-locked',
    text: {
      en: 'It is not locked: the tries left were not read (reading them costs no try)',
      ja: 'ロックされていないこと（残り回数は未確認です。確認しても残り回数は減りません）',
    },
  },
  softwareOffersPin: {
    code: 'software-offers-pin',
    text: {
      en: 'The software offers this PIN, which is not confirmed here; if it does not, the counter remains',
      ja: 'ソフトがこの暗証番号の変更に対応していること（ここでは未確認です。対応していなければ窓口で手続きします）',
    },
  },
  otherPinKnown: (other: KeyRole): RecoveryCondition => ({
    code: 'other-pin-known',
    text: {
      en: `You are sure of the ${nameOf(other).en}`,
      ja: `${nameOf(other).ja}を確実に覚えていること`,
    },
  }),
  otherPinNotLocked: (other: KeyRole): RecoveryCondition => ({
    code: 'other-pin-not-locked',
    text: {
      en: `The ${nameOf(other).en} is not locked: its tries left were not read (reading them costs no try)`,
      ja: `${nameOf(other).ja}がロックされていないこと（残り回数は未確認です。確認しても残り回数は減りません）`,
    },
  }),
  certificateValid: (role: KeyRole): RecoveryCondition => ({
    code: role === 'auth' ? 'auth-certificate-valid' : 'sign-certificate-valid',
    text: {
      en: `The card has a ${CERTIFICATE_NAMES[role].en} and it has not expired (not read)${role === 'sign' ? '; people under fifteen normally have none' : ''}`,
      ja: `${CERTIFICATE_NAMES[role].ja}がカードに入っていて、有効期限内であること（未確認${role === 'sign' ? '。15 歳未満の方には通常発行されません' : ''}）`,
    },
  }),
  notRevoked: {
    code: 'not-revoked',
    text: {
      en: 'Neither certificate has been revoked (the card cannot tell; ask the municipality if in doubt)',
      ja: 'どちらの電子証明書も失効していないこと（カードからは分かりません。不明なときは市区町村に確認してください）',
    },
  },
  detailsUnchanged: {
    code: 'details-unchanged',
    text: {
      en: 'Name, birth date, sex and address have not changed since the certificates were issued',
      ja: '電子証明書の発行後に、氏名・生年月日・性別・住所が変わっていないこと',
    },
  },
} as const;

export const NOTE = {
  doNotGuess: (triesLeft: number | undefined): RecoveryNote => ({
    code: 'do-not-guess',
    text: {
      en: `Do not guess: wrong tries add up and lock the PIN${triesLeft === undefined ? '' : ` (tries left: ${triesLeft})`}. If you noted it on a sheet when you received the card, look there.`,
      ja: `推測で入力しないでください。間違いが続くとロックされます${triesLeft === undefined ? '' : `（残り ${triesLeft} 回）`}。カードの受け取り時に暗証番号を控えた用紙があれば、確認してください。`,
    },
  }),
  lastTry: {
    code: 'last-try',
    text: {
      en: 'One try is left: one wrong entry locks the PIN.',
      ja: '残り 1 回です。次に間違えるとロックされます。',
    },
  },
  staysLocked: {
    code: 'stays-locked',
    text: {
      en: 'Nothing unlocks with time, and no software can unlock it.',
      ja: '時間がたってもロックは解除されません。ソフトウェアでも解除できません。',
    },
  },
  lockNotRead: {
    code: 'lock-not-read',
    text: {
      en: 'The tries left were not read: read them first to see which PIN is locked (reading them costs no try).',
      ja: '残り回数は未確認です。どの暗証番号がロックされているかを先に確認してください（確認しても残り回数は減りません）。',
    },
  },
  reservationAlone: {
    code: 'reservation-alone-changes-nothing',
    text: {
      en: 'The reservation alone changes nothing; the new PIN is in force as soon as you have finished at the kiosk.',
      ja: '予約だけでは再設定されません。マルチコピー機での手続きが終わると、新しい暗証番号をすぐに使えます。',
    },
  },
  faceMatch: {
    code: 'face-match',
    text: {
      en: `After ${KIOSK.faceMatchesUntilRestricted} failed face matches in a row the app is restricted for a while.`,
      ja: `顔の照合に ${KIOSK.faceMatchesUntilRestricted} 回続けて失敗すると、しばらくアプリの利用が制限されます。`,
    },
  },
  sameVisit: (others: readonly HolderPin[]): RecoveryNote => ({
    code: 'same-visit',
    text: {
      en: `The same visit resets: ${others.map((pin) => nameOf(pin).en).join(', ')}.`,
      ja: `一度の来庁で、次の暗証番号もあわせて再設定できます：${others.map((pin) => nameOf(pin).ja).join('、')}`,
    },
  }),
  certificateExpired: (role: KeyRole): RecoveryNote => ({
    code: 'certificate-expired',
    text: {
      en: `The ${CERTIFICATE_NAMES[role].en} has expired: a new PIN does not renew it, the municipal counter does.`,
      ja: `${CERTIFICATE_NAMES[role].ja}の有効期限が切れています。暗証番号を新しくしても証明書は使えません。市区町村の窓口で更新してください。`,
    },
  }),
  certificateAbsent: (role: KeyRole): RecoveryNote => ({
    code: 'certificate-absent',
    text: {
      en: `The card has no ${CERTIFICATE_NAMES[role].en}, so this PIN is of no use until the municipal counter issues one${NOT_UNDER_FIFTEEN[role].en}.`,
      ja: `カードに${CERTIFICATE_NAMES[role].ja}が入っていないため、この暗証番号は使えません。証明書の発行は市区町村の窓口で申請します${NOT_UNDER_FIFTEEN[role].ja}。`,
    },
  }),
  kioskNotForThisPin: {
    code: 'kiosk-not-for-this-pin',
    text: {
      en: 'A kiosk in a store cannot reset this PIN.',
      ja: 'この暗証番号は、コンビニなどのマルチコピー機では再設定できません。',
    },
  },
  kioskOtherPinLost: (other: KeyRole): RecoveryNote => ({
    code: 'kiosk-other-pin-lost',
    text: {
      en: `A kiosk in a store cannot reset it, because it asks for the ${nameOf(other).en}.`,
      ja: `コンビニなどのマルチコピー機では再設定できません（${nameOf(other).ja}が必要なため）。`,
    },
  }),
  kioskCertificateExpired: (role: KeyRole): RecoveryNote => ({
    code: 'kiosk-certificate-expired',
    text: {
      en: `A kiosk in a store cannot reset it, because the ${CERTIFICATE_NAMES[role].en} has expired; the counter renews it.`,
      ja: `コンビニなどのマルチコピー機では再設定できません（${CERTIFICATE_NAMES[role].ja}の有効期限が切れているため）。証明書も窓口で更新してください。`,
    },
  }),
  kioskCertificateAbsent: (role: KeyRole): RecoveryNote => ({
    code: 'kiosk-certificate-absent',
    text: {
      en: `A kiosk in a store cannot reset it, because the card has no ${CERTIFICATE_NAMES[role].en}; the counter issues one${NOT_UNDER_FIFTEEN[role].en}.`,
      ja: `コンビニなどのマルチコピー機では再設定できません（カードに${CERTIFICATE_NAMES[role].ja}が入っていないため）。証明書の発行は窓口で申請します${NOT_UNDER_FIFTEEN[role].ja}。`,
    },
  }),
} as const;
