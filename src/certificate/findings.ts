/** Everything that can be wrong with a certificate once it could be read, and the words for it. */
import type { BilingualText } from '../errors.js';

/** Stable names of what a verdict finds wrong; `CERTIFICATE_` is about the certificate itself, `ISSUER_` about its CA's. */
export type FindingCode =
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_NOT_YET_VALID'
  | 'CERTIFICATE_IS_CA'
  | 'CERTIFICATE_KEY_USAGE'
  | 'CERTIFICATE_POLICY'
  | 'CERTIFICATE_KEY'
  | 'CERTIFICATE_ALGORITHM'
  | 'CERTIFICATE_CRITICAL_EXTENSION'
  | 'CERTIFICATE_SIGNATURE'
  | 'ISSUER_MISSING'
  | 'ISSUER_NAME'
  | 'ISSUER_NOT_ANCHORED'
  | 'ISSUER_OTHER_PURPOSE'
  | 'ISSUER_NOT_CA'
  | 'ISSUER_KEY_USAGE'
  | 'ISSUER_EXPIRED'
  | 'ISSUER_NOT_YET_VALID'
  | 'ISSUER_KEY'
  | 'ISSUER_CRITICAL_EXTENSION';

/** One thing that is wrong with a certificate or with that of its CA. */
export interface Finding {
  readonly code: FindingCode;
  readonly text: BilingualText;
}

const TEXTS: Readonly<Record<FindingCode, BilingualText>> = {
  CERTIFICATE_EXPIRED: { en: 'The certificate has expired', ja: '電子証明書の有効期間が過ぎています' },
  CERTIFICATE_NOT_YET_VALID: {
    en: 'The certificate is not valid yet',
    ja: '電子証明書の有効期間がまだ始まっていません',
  },
  CERTIFICATE_IS_CA: {
    en: 'The certificate is that of a CA, not of a person',
    ja: '認証局の証明書であり、利用者の電子証明書ではありません',
  },
  CERTIFICATE_KEY_USAGE: {
    en: 'The key usage is not that of a certificate for this purpose',
    ja: '鍵用途（keyUsage）がこの目的の電子証明書のものではありません',
  },
  CERTIFICATE_POLICY: {
    en: 'The policy is not that of a certificate for this purpose',
    ja: '証明書ポリシーがこの目的の電子証明書のものではありません',
  },
  CERTIFICATE_KEY: {
    en: 'The public key is not an RSA key of 2048 to 4096 bits with exponent 65537',
    ja: '公開鍵が 2048〜4096 ビット・指数 65537 の RSA 鍵ではありません',
  },
  CERTIFICATE_ALGORITHM: {
    en: 'The certificate is signed with another algorithm than sha256WithRSAEncryption',
    ja: '署名アルゴリズムが sha256WithRSAEncryption ではありません',
  },
  CERTIFICATE_CRITICAL_EXTENSION: {
    en: 'The certificate has a critical extension that is not known here',
    ja: '電子証明書に未知のクリティカルな拡張があります',
  },
  CERTIFICATE_SIGNATURE: {
    en: 'The signature on the certificate was not made with the key of the CA certificate given: that is of another generation, or the certificate is forged or changed',
    ja: '電子証明書の署名が、渡された認証局証明書の鍵によるものではありません。認証局の世代が違うか、電子証明書が偽造または改ざんされています',
  },
  ISSUER_MISSING: {
    en: "The issuer's CA certificate was not given, so nothing about the origin could be checked",
    ja: '発行者の認証局証明書が渡されていないため、発行元を確認できません',
  },
  ISSUER_NAME: {
    en: 'The CA certificate is that of another issuer than the one the certificate names',
    ja: '認証局証明書の名前が、電子証明書に記載された発行者と一致しません',
  },
  ISSUER_NOT_ANCHORED: {
    en: 'The CA certificate is none of the trust anchors',
    ja: '認証局証明書が信頼する認証局の一覧にありません',
  },
  ISSUER_OTHER_PURPOSE: {
    en: 'The CA certificate is a trust anchor for the other purpose only',
    ja: '認証局証明書は別の目的のためのものです（署名用と利用者証明用は互いに代用できません）',
  },
  ISSUER_NOT_CA: {
    en: "The issuer's certificate is not that of a CA",
    ja: '発行者の証明書が認証局の証明書ではありません',
  },
  ISSUER_KEY_USAGE: {
    en: "The issuer's certificate does not allow its key to sign certificates",
    ja: '発行者の証明書の鍵用途に証明書への署名が含まれていません',
  },
  ISSUER_EXPIRED: { en: 'The CA certificate has expired', ja: '認証局証明書の有効期間が過ぎています' },
  ISSUER_NOT_YET_VALID: {
    en: 'The CA certificate is not valid yet',
    ja: '認証局証明書の有効期間がまだ始まっていません',
  },
  ISSUER_KEY: {
    en: "The CA's public key is not an RSA key of 2048 to 4096 bits with exponent 65537",
    ja: '認証局の公開鍵が 2048〜4096 ビット・指数 65537 の RSA 鍵ではありません',
  },
  ISSUER_CRITICAL_EXTENSION: {
    en: 'The CA certificate has a critical extension that is not known here',
    ja: '認証局証明書に未知のクリティカルな拡張があります',
  },
};

/** What a certificate puts into a finding is cut here: it may be as long as its issuer likes. */
const MAX_DETAIL = 200;

/** A finding with its words; `detail` (a date, a name) follows them in brackets. */
export function finding(code: FindingCode, detail?: string): Finding {
  const { en, ja } = TEXTS[code];
  if (detail === undefined) return { code, text: { en: `${en}.`, ja: `${ja}。` } };
  const shown = detail.length > MAX_DETAIL ? `${detail.slice(0, MAX_DETAIL)}…` : detail;
  return { code, text: { en: `${en} (${shown}).`, ja: `${ja}（${shown}）。` } };
}
