/** Labels of certificate fields, and how a holder is put into words. */
import type { BirthDate, Sex } from '../certificate/index.js';
import type { BilingualText } from '../errors.js';

export const CERTIFICATE_TEXTS = {
  titles: {
    auth: { en: 'User authentication certificate', ja: '利用者証明用電子証明書' },
    sign: { en: 'Signature certificate', ja: '署名用電子証明書' },
    'auth-ca': {
      en: 'CA certificate for user authentication',
      ja: '利用者証明用電子証明書の認証局の証明書',
    },
    'sign-ca': { en: 'CA certificate for signature', ja: '署名用電子証明書の認証局の証明書' },
  },
  subject: { en: 'Subject', ja: '主体者' },
  issuer: { en: 'Issuer', ja: '発行者' },
  serialNumber: { en: 'Serial number', ja: 'シリアル番号' },
  validity: { en: 'Dates', ja: '有効期間' },
  fromTo: (from: BilingualText, to: BilingualText): BilingualText => ({
    en: `${from.en} to ${to.en}`,
    ja: `${from.ja}から ${to.ja}まで`,
  }),
  policy: { en: 'Policy', ja: '証明書ポリシー' },
  keyUsage: { en: 'Key usage', ja: '鍵用途' },
  fingerprint: { en: 'SHA-256', ja: 'SHA-256' },
  none: { en: '(none)', ja: '（なし）' },
  verdict: { en: 'Verdict', ja: '検証結果' },
  holder: { en: 'Holder', ja: '名義人' },
  knownAnchor: (name: string): BilingualText => ({
    en: `the CA certificate ${name} of J-LIS (by its fingerprint)`,
    ja: `J-LIS の認証局証明書 ${name} です（フィンガープリントが一致）`,
  }),
  unknownAnchor: {
    en: 'none of the CA certificates of J-LIS that are known here',
    ja: '既知の J-LIS の認証局証明書ではありません',
  },
  written: (path: string): BilingualText => ({
    en: `Written to ${path}.`,
    ja: `${path} に書き込みました。`,
  }),
  derOnTerminal: {
    en: 'DER is not for a terminal: give --out FILE or send it to a pipe.',
    ja: 'DER 形式は端末に表示できません。--out FILE を指定するか、パイプに出力してください。',
  },
} as const;

export const HOLDER_TEXTS = {
  name: { en: 'Name', ja: '氏名' },
  birthDate: { en: 'Date of birth', ja: '生年月日' },
  sex: { en: 'Sex', ja: '性別' },
  address: { en: 'Address', ja: '住所' },
  sexes: {
    male: { en: 'male', ja: '男' },
    female: { en: 'female', ja: '女' },
    unknown: { en: 'unknown', ja: '不明' },
  } satisfies Record<Sex, BilingualText>,
  substitutes: (characters: string): BilingualText => ({
    en: `(a substitute stands for the real character: ${characters})`,
    ja: `（代替文字：${characters}）`,
  }),
  substitutesUnknown: {
    en: '(it may hold substitutes; the certificate does not say where)',
    ja: '（代替文字を含む可能性があります。位置は記録されていません）',
  },
  bornOn: ({ iso, year, month, day, era, eraYear }: BirthDate): BilingualText => {
    const part = (value: number | undefined, unknown: string) => (value === undefined ? unknown : `${value}`);
    const japaneseYear =
      era && eraYear ? `${era.ja}${eraYear === 1 ? '元' : ` ${eraYear} `}年` : `${part(year, '？')} 年`;
    const known = iso ?? `${part(year, '????')}-${twoDigits(month)}-${twoDigits(day)}`;
    return {
      en: era && eraYear ? `${known} (${era.en} ${eraYear})` : known,
      ja: `${japaneseYear} ${part(month, '？')} 月 ${part(day, '？')} 日（西暦 ${part(year, '不明')}${year === undefined ? '' : ' 年'}）`,
    };
  },
} as const;

function twoDigits(value: number | undefined): string {
  return value === undefined ? '??' : String(value).padStart(2, '0');
}
