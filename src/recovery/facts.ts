/**
 * Who resets which PIN, with what, where and when: the published facts, each stated once. Sources: the user portal of
 * the public personal authentication service [J-LIS] and municipal pages. Older texts know only the counter, and one
 * of early 2022 only the signature PIN at one chain; these are the newer ones.
 */

import type { BilingualText } from '../errors.js';
import { say } from '../text/index.js';
import type { HolderPin } from './situation.js';

/**
 * Where a fact was read.
 *
 * @category When a PIN is locked
 */
export interface RecoverySource {
  /** The page, and whose it is, in its own language. */
  readonly name: string;
  /** `undefined` where the address is not known here. */
  readonly address: string | undefined;
  /** When the page was written or last changed, YYYY-MM; `undefined` where it does not say. */
  readonly published: string | undefined;
}

const PORTAL = '公的個人認証サービス ポータルサイト';

/** The pages behind the facts. Where they differ the newest counts, and J-LIS's own before a municipality's. */
export const SOURCES = {
  terms: {
    name: `${PORTAL}「JPKI暗証番号リセット 規約・ガイド」`,
    address: 'https://www2.jpki.go.jp/jpkiidreset/riyoukiyaku/riyoukiyaku_web.html',
    published: undefined,
  },
  faq: {
    name: `${PORTAL}「JPKI暗証番号リセットアプリに関するご質問」`,
    address: 'https://www.jpki.go.jp/jpkiidreset/howto/faq_index.html',
    published: undefined,
  },
  niigata: {
    name: '新潟市「署名用電子証明書または利用者証明用電子証明書のパスワード…の手続」',
    address: 'https://www.4894.call.city.niigata.jp/Faq/B0308805',
    published: undefined,
  },
  naha: {
    name: '那覇市「コンビニで電子証明書の暗証番号の再設定（初期化）」',
    address: 'https://www.city.naha.okinawa.jp/kurasitetuduki/todoke/mynumber/konbinisyomei.html',
    published: '2024-09',
  },
  naka: {
    name: '那珂市「暗証番号の再設定」',
    address: 'https://www.city.naka.lg.jp/kurashi-tetsuduki/tetsuduki/mynumber/mynumber-card/page010141.html',
    published: undefined,
  },
  kikuchi: {
    name: '菊池市「暗証番号の再設定（初期化）」',
    address: 'https://www.city.kikuchi.lg.jp/article/view/1029/6533.html',
    published: undefined,
  },
  digitalAgency: {
    name: 'デジタル庁の「読み取り時の注意点」（BCN の記事による）',
    address: 'https://www.excite.co.jp/news/article/BcnRetail_445688',
    published: undefined,
  },
  nagano: { name: '長野市「電子証明書の更新」', address: undefined, published: '2026-02' },
  takaoka: { name: '高岡市「電子証明書の更新」', address: undefined, published: '2026-01' },
  ashikaga: { name: '足利市「顔認証マイナンバーカード」', address: undefined, published: undefined },
  koto: { name: '江東区「JPKI暗証番号リセット」', address: undefined, published: undefined },
} as const satisfies Readonly<Record<string, RecoverySource>>;

/** The official page on the kiosks, to be confirmed before somebody goes there. */
export const OFFICIAL_PAGE = {
  name: `${PORTAL}「コンビニでキオスク端末を使う」`,
  address: 'https://www.jpki.go.jp/',
} as const;

/** The month in which the facts were last checked. */
export const FACTS_CHECKED = '2026-11';

/**
 * A way to a working PIN.
 *
 * @category When a PIN is locked
 */
export type RecoveryWay = 'change' | 'phone' | 'kiosk' | 'counter';

/** From the way that costs the holder least (no journey) to the one that costs most (a journey in office hours). */
export const WAYS_BY_COST: readonly RecoveryWay[] = ['change', 'phone', 'kiosk', 'counter'];

/**
 * What a holder knows one of the four PINs by.
 *
 * @category When a PIN is locked
 */
export interface HolderPinFacts {
  readonly name: BilingualText;
  /** What it looks like, by which a holder tells it from the others. */
  readonly form: BilingualText;
  readonly use: BilingualText;
  /** What the official app, the kiosk and the portal call it on their screens; `undefined` where they have nothing else. */
  readonly onScreens: string | undefined;
}

const ON_SCREENS: Readonly<Partial<Record<HolderPin, string>>> = {
  sign: '署名用パスワード',
  auth: '利用者証明用パスワード',
};

// A bundler may leave out what only a call of it makes: these texts, where nobody asks for them.
/* @__NO_SIDE_EFFECTS__ */
function factsOf(pin: HolderPin): HolderPinFacts {
  return {
    name: say(({ recovery }) => recovery.pins[pin].name),
    form: say(({ recovery }) => recovery.pins[pin].form),
    use: say(({ recovery }) => recovery.pins[pin].use),
    onScreens: ON_SCREENS[pin],
  };
}

/**
 * The four PINs, in the order of the sheet a holder is given at the counter.
 *
 * @category When a PIN is locked
 */
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
