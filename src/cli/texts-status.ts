/** What the status screen and the certificate screens say: what is known, and no more. */
import type { BilingualText, KeyRole } from '../errors.js';
import type { TokenKind } from '../jpki/token-info.js';

const KINDS: Readonly<Record<TokenKind, BilingualText>> = {
  card: { en: 'Individual Number Card', ja: 'マイナンバーカード' },
  'juki-card': {
    en: 'Basic Resident Register Card (住民基本台帳カード), the card before the Individual Number Card; it has a signature certificate only',
    ja: '住民基本台帳カード（マイナンバーカードより前のカードで、入るのは署名用電子証明書だけです）',
  },
  android: { en: 'certificates on an Android phone', ja: 'Android スマートフォンの電子証明書' },
  iphone: { en: 'certificates on an iPhone', ja: 'iPhone の電子証明書' },
  unknown: { en: 'of a kind that is not known here', ja: '種類は不明です' },
};

export const STATUS_TEXTS = {
  card: { en: 'Card', ja: 'カード' },
  reader: { en: 'Reader', ja: 'リーダー' },
  kind: { en: 'Kind', ja: '種類' },
  kinds: KINDS,
  virtual: {
    en: 'VIRTUAL: this is no real card. It names nobody and proves nothing.',
    ja: '仮想カードです。本物のカードではなく、何の証明にもなりません。',
  },
  pins: { en: 'PINs', ja: '暗証番号' },
  otherPins: { en: 'PINs of the other applications', ja: 'その他の暗証番号' },
  tries: (left: number, max: number | undefined): BilingualText => ({
    en: `${left}${max === undefined ? '' : ` of ${max}`} ${left === 1 && max === undefined ? 'try' : 'tries'} left`,
    ja: `残り ${left} 回${max === undefined ? '' : `（最大 ${max} 回）`}`,
  }),
  triesUnknown: { en: 'tries left: the card does not say', ja: '残り回数：カードが示していません' },
  locked: { en: 'LOCKED', ja: 'ロックされています' },
  lastTry: { en: 'the next wrong one locks it', ja: '次に間違えるとロックされます' },
  applications: {
    registry: { en: 'resident registry', ja: '住民基本台帳' },
    'input-support': { en: 'card input support', ja: '券面入力補助' },
    'surface-check': { en: 'card surface check', ja: '券面事項確認' },
    common: { en: 'common', ja: '共通カード' },
  },
  nameIn: (name: BilingualText, application: BilingualText): BilingualText => ({
    en: `${name.en} (${application.en})`,
    ja: `${name.ja}（${application.ja}）`,
  }),
  refused: (word: string): BilingualText => ({
    en: `tries left: the card does not say (${word})`,
    ja: `残り回数：カードが示していません（${word}）`,
  }),
  /** The resident registry PIN, whose two references do not agree. */
  inApplication: (application: BilingualText, value: BilingualText): BilingualText => ({
    en: `${application.en} application: ${value.en}`,
    ja: `${application.ja}AP：${value.ja}`,
  }),
  pinAbsent: { en: 'not on this card', ja: 'このカードにはありません' },
  certificates: { en: 'Certificates', ja: '電子証明書' },
  role: {
    auth: { en: 'User authentication', ja: '利用者証明用' },
    sign: { en: 'Signature', ja: '署名用' },
  } satisfies Record<KeyRole, BilingualText>,
  absent: { en: 'not on this card', ja: 'このカードには入っていません' },
  notSaid: {
    en: 'the card does not say whether it has one',
    ja: '入っているかどうかをカードが示していません',
  },
  needsPin: (role: KeyRole): BilingualText => ({
    en: `on the card; it is read with its PIN (jpki cert show ${role})`,
    ja: `入っています。内容の表示には暗証番号が必要です（jpki cert show ${role}）`,
  }),
  notRead: { en: 'could not be read', ja: '読み取れませんでした' },
  unreadable: { en: 'on the card, but it cannot be understood', ja: '入っていますが、内容を解釈できません' },
  until: (day: BilingualText, daysLeft: number): BilingualText => ({
    en: `until ${day.en} (${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} left)`,
    ja: `有効期限 ${day.ja}（残り ${daysLeft} 日）`,
  }),
  expired: (day: BilingualText): BilingualText => ({
    en: `EXPIRED on ${day.en}`,
    ja: `有効期限切れ（${day.ja}まで）`,
  }),
  notYet: (day: BilingualText): BilingualText => ({
    en: `not valid before ${day.en}`,
    ja: `${day.ja}から有効（まだ有効期間に入っていません）`,
  }),
  trusted: { en: 'issued by J-LIS and within its dates', ja: 'J-LIS が発行したもので、有効期間内です' },
  notTrusted: {
    en: 'NOT to be believed, because:',
    ja: '信頼できる電子証明書とは確認できませんでした。理由：',
  },
  virtualIssuer: {
    en: 'issued by the virtual card itself: worth nothing outside a test',
    ja: '仮想カード自身が発行したものです（テスト以外では無効）',
  },
  whatToDo: { en: 'What to do', ja: '対処方法' },
  allWays: {
    en: '"jpki recover" shows each way in full: what it needs, where and when.',
    ja: '必要なもの・場所・時間など、詳しくは「jpki recover」で確認できます。',
  },
} as const;
