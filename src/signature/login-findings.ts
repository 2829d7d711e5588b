/** What can be wrong with a login token, and the words for it. */
import type { Finding } from '../certificate/index.js';
import type { BilingualText } from '../errors.js';

/** Stable names of what a verdict on a token finds wrong, beside those about its certificate. */
export type LoginFindingCode =
  | 'TOKEN_MALFORMED'
  | 'TOKEN_REPEATED_NAME'
  | 'TOKEN_ALGORITHM'
  | 'TOKEN_TYPE'
  | 'TOKEN_HEADER'
  | 'TOKEN_CERTIFICATES'
  | 'TOKEN_AUDIENCE'
  | 'TOKEN_NONCE'
  | 'TOKEN_TIMES'
  | 'TOKEN_NOT_YET_VALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_TOO_OLD'
  | 'TOKEN_SIGNATURE';

/** One thing that is wrong with a token or its certificate. */
export interface LoginFinding {
  /** The token's, or `Finding`'s for its certificate. */
  readonly code: LoginFindingCode | Finding['code'];
  readonly text: BilingualText;
}

export const LOGIN_FINDINGS: Readonly<Record<LoginFindingCode, BilingualText>> = {
  TOKEN_MALFORMED: {
    en: 'The token is no compact JWS with a JSON header and JSON claims, or is longer than 16384 characters.',
    ja: 'トークンがコンパクト形式の JWS（JSON のヘッダーとクレーム）ではないか、16384 文字を超えています。',
  },
  TOKEN_REPEATED_NAME: {
    en: 'The header or the claims have one name twice.',
    ja: 'ヘッダーまたはクレームに同じ名前が二度あります。',
  },
  TOKEN_ALGORITHM: {
    en: 'The algorithm is not RS256, RS384 or RS512.',
    ja: '署名アルゴリズムが RS256・RS384・RS512 のいずれでもありません。',
  },
  TOKEN_TYPE: {
    en: 'The token is not of the type for logging in (jpki-login+jwt).',
    ja: 'ログイン用のトークン（typ が jpki-login+jwt）ではありません。',
  },
  TOKEN_HEADER: {
    en: 'The header has parameters other than alg, typ and x5c.',
    ja: 'ヘッダーに alg・typ・x5c 以外の項目があります。',
  },
  TOKEN_CERTIFICATES: {
    en: "The header does not hold exactly two certificates (x5c): the holder's and its CA's.",
    ja: 'ヘッダーの x5c に、利用者と認証局の電子証明書が一つずつ入っていません。',
  },
  TOKEN_AUDIENCE: { en: 'The token is for somebody else.', ja: '別の宛先（aud）のためのトークンです。' },
  TOKEN_NONCE: {
    en: 'The token answers another challenge.',
    ja: 'このログインのチャレンジ（nonce）への応答ではありません。',
  },
  TOKEN_TIMES: {
    en: 'The token does not say in whole seconds when it was made and when it expires.',
    ja: '発行時刻（iat）と失効時刻（exp）が秒単位の整数で示されていません。',
  },
  TOKEN_NOT_YET_VALID: {
    en: 'The token was made in the future: one of the two clocks is wrong.',
    ja: '発行時刻が未来です。どちらかの時計が合っていません。',
  },
  TOKEN_EXPIRED: { en: 'The token has expired.', ja: 'トークンの有効期限が過ぎています。' },
  TOKEN_TOO_OLD: {
    en: 'The token is older than the server accepts.',
    ja: 'トークンの発行から時間が経ちすぎています。',
  },
  TOKEN_SIGNATURE: {
    en: "The signature was not made with the certificate's key, or the token was changed.",
    ja: '署名が電子証明書の鍵によるものではないか、トークンが改ざんされています。',
  },
};
