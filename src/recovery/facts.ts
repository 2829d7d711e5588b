/**
 * Who resets which PIN, with what, where and when: the published facts, each stated once. Sources: the user portal of
 * the public personal authentication service [J-LIS] and municipal pages. Older texts know only the counter, and one
 * of early 2022 only the signature PIN at one chain; these are the newer ones.
 */

import type { BilingualText, KeyRole } from '../errors.js';
import type { HolderPin } from './situation.js';

/** The month in which the facts were last checked. */
export const FACTS_CHECKED = '2026-11';

const CHECKED_JA = `${FACTS_CHECKED.slice(0, 4)} 年 ${Number(FACTS_CHECKED.slice(5))} 月`;

/** A way to a working PIN. */
export type RecoveryWay = 'change' | 'kiosk' | 'counter';

/** From the way that costs the holder least (no journey) to the one that costs most (a journey in office hours). */
export const WAYS_BY_COST: readonly RecoveryWay[] = ['change', 'kiosk', 'counter'];

export interface HolderPinFacts {
  readonly name: BilingualText;
  /** What it looks like, by which a holder tells it from the others. */
  readonly form: BilingualText;
  readonly use: BilingualText;
}

const FOUR_DIGITS: BilingualText = { en: '4 digits', ja: '数字 4 桁' };

/** The four PINs, in the order of the sheet a holder is given at the counter. */
export const HOLDER_PINS: Readonly<Record<HolderPin, HolderPinFacts>> = {
  sign: {
    name: { en: 'signature PIN', ja: '署名用電子証明書の暗証番号' },
    form: {
      en: '6 to 16 upper-case letters and digits, both kinds',
      ja: '英大文字と数字を組み合わせた 6～16 文字',
    },
    use: {
      en: 'e-Tax and other filings that sign a document',
      ja: 'e-Tax などの電子申請で文書に署名するとき',
    },
  },
  auth: {
    name: { en: 'user authentication PIN', ja: '利用者証明用電子証明書の暗証番号' },
    form: FOUR_DIGITS,
    use: {
      en: 'logging in to Mynaportal, certificates at a convenience store, health insurance',
      ja: 'マイナポータルへのログイン、コンビニでの証明書の取得、健康保険証としての利用',
    },
  },
  registry: {
    name: { en: 'resident registry PIN', ja: '住民基本台帳用暗証番号' },
    form: FOUR_DIGITS,
    use: {
      en: 'moving in or out, changes at the municipal counter',
      ja: '転入・転出など、市区町村の窓口での手続き',
    },
  },
  'input-support': {
    name: { en: 'card input support PIN', ja: '券面事項入力補助用暗証番号' },
    form: FOUR_DIGITS,
    use: {
      en: 'reading name, address and My Number as text',
      ja: '氏名・住所・マイナンバーを文字データとして読み取るとき',
    },
  },
};

/** The holder's certificates, named as in the conditions of the kiosk. */
export const CERTIFICATE_NAMES: Readonly<Record<KeyRole, BilingualText>> = {
  sign: { en: 'signature certificate', ja: '署名用電子証明書' },
  auth: { en: 'user authentication certificate', ja: '利用者証明用電子証明書' },
};

/** Where a known PIN is changed. This library changes the two PINs of the JPKI application only. */
export const CHANGE_PLACE = {
  jpki: {
    en: 'Wherever you are: with this software and a card reader, or with the official JPKI client software',
    ja: '自宅など（このソフトウェアとカードリーダー、または公式の「JPKI利用者ソフト」を使用）',
  },
  other: {
    en: 'Wherever you are: with the official JPKI client software (this software does not change this PIN)',
    ja: '自宅など（公式の「JPKI利用者ソフト」を使用。このソフトウェアでは変更できません）',
  },
} as const satisfies Record<string, BilingualText>;

/** The kiosk resets one JPKI PIN to whoever has the other. It does nothing for the remaining two PINs. */
export const KIOSK = {
  /** Minutes after midnight in Japan: from the first inclusive to the second exclusive. */
  hours: { opens: 6 * 60 + 30, closes: 23 * 60 },
  /** Hours from the reservation to the end at the kiosk. */
  reservationLasts: 24,
  faceMatchesUntilRestricted: 5,
  pins: {
    sign: {
      presents: 'auth',
      faceMatch: true,
      stores: {
        en: 'Multi-function copiers (kiosks) at 7-Eleven, FamilyMart, Lawson, MINISTOP and others',
        ja: 'セブン-イレブン、ファミリーマート、ローソン、ミニストップなどのマルチコピー機（キオスク端末）',
      },
    },
    auth: {
      presents: 'sign',
      // The sources name the face match with the signature PIN's reservation only.
      faceMatch: false,
      stores: {
        en: 'Multi-function copiers (kiosks) at 7-Eleven nationwide and AEON Retail stores only',
        ja: '全国のセブン-イレブンと、イオンリテールの店舗にあるマルチコピー機（キオスク端末）のみ',
      },
    },
  },
} as const;

/** The counter resets any of the four, several in one visit. Its office hours differ from place to place. */
export const COUNTER_PLACE: BilingualText = {
  en: 'The counter of the municipality where you are registered as a resident',
  ja: '住民登録をしている市区町村の窓口',
};

/** Where the reader confirms what may have changed since. */
export const CONFIRM: Readonly<Record<RecoveryWay, BilingualText>> = {
  change: {
    en: `Confirm at www.jpki.go.jp which software changes which PIN (checked ${FACTS_CHECKED}).`,
    ja: `対応するソフトは www.jpki.go.jp で確認してください（${CHECKED_JA}時点の情報です）。`,
  },
  kiosk: {
    en: `Stores change: confirm the list at www.jpki.go.jp, JPKI暗証番号リセット (checked ${FACTS_CHECKED}).`,
    ja: `対応店舗は変わることがあります。出かける前に www.jpki.go.jp の「JPKI暗証番号リセット」で確認してください（${CHECKED_JA}時点の情報です）。`,
  },
  counter: {
    en: `Confirm with the municipality what to bring and when it is open (checked ${FACTS_CHECKED}).`,
    ja: `持ち物と受付時間は、出かける前に市区町村に確認してください（${CHECKED_JA}時点の情報です）。`,
  },
};
