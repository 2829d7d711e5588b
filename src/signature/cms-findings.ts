/** What can be wrong with a CMS message that could be read, and the words for it. */
import type { Finding } from '../certificate/index.js';
import type { BilingualText } from '../errors.js';

/** Stable names of what a verdict on a message finds wrong, beside those about a signer's certificate. */
export type CmsFindingCode =
  | 'NO_SIGNERS'
  | 'CONTENT_MISSING'
  | 'CONTENT_GIVEN_TWICE'
  | 'CONTENT_TYPE'
  | 'CONTENT_NOT_WHOLE'
  | 'CONTENT_IS_ATTRIBUTES'
  | 'DIGEST_ALGORITHM'
  | 'SIGNATURE_ALGORITHM'
  | 'ALGORITHM_MISMATCH'
  | 'CONTENT_TYPE_ATTRIBUTE'
  | 'MESSAGE_DIGEST_MISSING'
  | 'MESSAGE_DIGEST_REPEATED'
  | 'MESSAGE_DIGEST_LENGTH'
  | 'MESSAGE_DIGEST'
  | 'ATTRIBUTE_REPEATED'
  | 'ATTRIBUTE_MALFORMED'
  | 'SIGNING_CERTIFICATE'
  | 'SIGNER_CERTIFICATE_MISSING'
  | 'SIGNER_CERTIFICATE_AMBIGUOUS'
  | 'SIGNATURE';

/** Stable names of what is worth knowing of a signature and is nothing wrong. */
export type CmsNoteCode = 'SIGNED_ATTRIBUTES_ABSENT' | 'SIGNING_CERTIFICATE_ABSENT';

/** One thing that is wrong with a message, a signature on it, or a signer's certificate. */
export interface CmsFinding {
  /** The message's, or `Finding`'s for a signer's certificate. */
  readonly code: CmsFindingCode | Finding['code'];
  readonly text: BilingualText;
}

/** One thing that is worth knowing of a signature. */
export interface CmsNote {
  readonly code: CmsNoteCode;
  readonly text: BilingualText;
}

const TEXTS: Readonly<Record<CmsFindingCode | CmsNoteCode, BilingualText>> = {
  NO_SIGNERS: { en: 'Nobody has signed the message', ja: '署名者が一人もいません' },
  CONTENT_MISSING: {
    en: 'The signature is detached, and the content was not given',
    ja: '分離署名ですが、署名対象の内容が渡されていません',
  },
  CONTENT_GIVEN_TWICE: {
    en: 'The message has its own content, and another was given: check it without one and take the content it has',
    ja: '署名ファイル自体に内容が含まれているのに、別の内容が渡されました。内容を渡さずに検証し、署名ファイルの内容を使ってください',
  },
  CONTENT_TYPE: {
    en: 'What was signed is no plain data but of another content type',
    ja: '署名対象が通常のデータ（id-data）ではありません',
  },
  CONTENT_NOT_WHOLE: {
    en: 'A signature without signed attributes can only be checked with the content given as one Uint8Array',
    ja: '署名属性のない署名は、内容を一つの Uint8Array で渡したときだけ検証できます',
  },
  CONTENT_IS_ATTRIBUTES: {
    en: 'What passes for the content may be the signed attributes of another message',
    ja: '内容とされているものが、別の署名の署名属性である可能性があります',
  },
  DIGEST_ALGORITHM: {
    en: 'The hash is not SHA-256, SHA-384 or SHA-512',
    ja: 'ハッシュが SHA-256・SHA-384・SHA-512 のいずれでもありません',
  },
  SIGNATURE_ALGORITHM: {
    en: 'The signature algorithm is not RSASSA-PKCS1-v1_5',
    ja: '署名アルゴリズムが RSASSA-PKCS1-v1_5 ではありません',
  },
  ALGORITHM_MISMATCH: {
    en: 'The signature algorithm names another hash than the digest algorithm',
    ja: '署名アルゴリズムのハッシュとダイジェストアルゴリズムが一致しません',
  },
  CONTENT_TYPE_ATTRIBUTE: {
    en: 'The signed attributes do not name the content type exactly once as the message does',
    ja: '署名属性のコンテンツタイプがない、重複している、または本文と一致しません',
  },
  MESSAGE_DIGEST_MISSING: {
    en: 'The signed attributes have no message digest',
    ja: '署名属性にメッセージダイジェストがありません',
  },
  MESSAGE_DIGEST_REPEATED: {
    en: 'The signed attributes have more than one message digest',
    ja: '署名属性のメッセージダイジェストが一つではありません',
  },
  MESSAGE_DIGEST_LENGTH: {
    en: 'The message digest is that of another hash',
    ja: 'メッセージダイジェストが別のハッシュのものです',
  },
  MESSAGE_DIGEST: {
    en: 'The content is not what was signed: its hash differs from the message digest',
    ja: '内容が署名時のものと異なります（ハッシュがメッセージダイジェストと一致しません）',
  },
  ATTRIBUTE_REPEATED: {
    en: 'A signed attribute that must have one value has several or none',
    ja: '一つだけ値を持つべき署名属性が重複しているか、値がありません',
  },
  ATTRIBUTE_MALFORMED: { en: 'A signed attribute cannot be read', ja: '署名属性を解釈できません' },
  SIGNING_CERTIFICATE: {
    en: 'The signature was made for another certificate than the one in the message',
    ja: '署名は、添付されたものとは別の電子証明書に対して作られています',
  },
  SIGNER_CERTIFICATE_MISSING: {
    en: "The signer's certificate is not in the message",
    ja: '署名者の電子証明書が署名ファイルに含まれていません',
  },
  SIGNER_CERTIFICATE_AMBIGUOUS: {
    en: "Several certificates in the message pass for the signer's",
    ja: '署名者のものとされる電子証明書が複数あり、特定できません',
  },
  SIGNATURE: {
    en: "The signature was not made with the certificate's key, or what it was made over was changed",
    ja: '署名が電子証明書の鍵によるものではないか、署名対象が改ざんされています',
  },
  SIGNED_ATTRIBUTES_ABSENT: {
    en: 'There are no signed attributes, so nothing says when it was signed',
    ja: '署名属性がないため、署名日時の申告がありません',
  },
  SIGNING_CERTIFICATE_ABSENT: {
    en: 'The signature does not name its certificate by fingerprint (signingCertificateV2)',
    ja: '署名に証明書のフィンガープリント（signingCertificateV2）が含まれていません',
  },
};

/** A finding or a note with its words; `detail` follows them in brackets. */
export function remark<C extends CmsFindingCode | CmsNoteCode>(
  code: C,
  detail?: string,
): { readonly code: C; readonly text: BilingualText } {
  const { en, ja } = TEXTS[code];
  const text = detail === undefined ? { en, ja } : { en: `${en} (${detail})`, ja: `${ja}（${detail}）` };
  return { code, text: { en: `${text.en}.`, ja: `${text.ja}。` } };
}
