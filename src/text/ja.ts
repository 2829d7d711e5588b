import type { Texts } from './en.js';

/** Everything the library says to people, in Japanese; `en.ts` is what it translates. */
export const ja: Texts = {
  /** `errors.ts` and `arguments.ts`. */
  error: {},
  argument: {},

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {},
  card: {},

  /** `certificate/`. */
  certificate: {
    unreadable: (reason) => `電子証明書を解釈できません（${reason}）。`,
    aCertificate: 'JpkiCertificate',
    aName: 'DistinguishedName',
    aFingerprint: '16 進数 64 桁のフィンガープリント',
    era: { meiji: '明治', taisho: '大正', showa: '昭和', heisei: '平成', reiwa: '令和' },
    finding: {
      CERTIFICATE_EXPIRED: '電子証明書の有効期間が過ぎています',
      CERTIFICATE_NOT_YET_VALID: '電子証明書の有効期間がまだ始まっていません',
      CERTIFICATE_IS_CA: '認証局の証明書であり、利用者の電子証明書ではありません',
      CERTIFICATE_KEY_USAGE: '鍵用途（keyUsage）がこの目的の電子証明書のものではありません',
      CERTIFICATE_POLICY: '証明書ポリシーがこの目的の電子証明書のものではありません',
      CERTIFICATE_KEY: '公開鍵が 2048〜4096 ビット・指数 65537 の RSA 鍵ではありません',
      CERTIFICATE_ALGORITHM: '署名アルゴリズムが sha256WithRSAEncryption ではありません',
      CERTIFICATE_CRITICAL_EXTENSION: '電子証明書に未知のクリティカルな拡張があります',
      CERTIFICATE_SIGNATURE:
        '電子証明書の署名が、渡された認証局証明書の鍵によるものではありません。認証局の世代が違うか、電子証明書が偽造または改ざんされています',
      ISSUER_MISSING: '発行者の認証局証明書が渡されていないため、発行元を確認できません',
      ISSUER_NAME: '認証局証明書の名前が、電子証明書に記載された発行者と一致しません',
      ISSUER_NOT_ANCHORED: '認証局証明書が信頼する認証局の一覧にありません',
      ISSUER_OTHER_PURPOSE:
        '認証局証明書は別の目的のためのものです（署名用と利用者証明用は互いに代用できません）',
      ISSUER_NOT_CA: '発行者の証明書が認証局の証明書ではありません',
      ISSUER_KEY_USAGE: '発行者の証明書の鍵用途に証明書への署名が含まれていません',
      ISSUER_EXPIRED: '認証局証明書の有効期間が過ぎています',
      ISSUER_NOT_YET_VALID: '認証局証明書の有効期間がまだ始まっていません',
      ISSUER_KEY: '認証局の公開鍵が 2048〜4096 ビット・指数 65537 の RSA 鍵ではありません',
      ISSUER_CRITICAL_EXTENSION: '認証局証明書に未知のクリティカルな拡張があります',
    },
    remark: (text, detail) => (detail === undefined ? `${text}。` : `${text}（${detail}）。`),
    verdict: {
      untrusted: (findings) =>
        ['この電子証明書を信頼しないでください。', ...findings.map(({ ja }) => ja)].join(''),
      byJlis: (anchor, at) => `J-LIS（${anchor}）が発行したもので、${at} の時点で有効期間内です。`,
      byAnother: (anchor, at) =>
        `J-LIS ではない認証局「${anchor}」が発行したもので、${at} の時点で有効期間内です。`,
      and: (said, notChecked) => `${said}${notChecked}`,
      revocationNotChecked:
        '失効しているかどうかは確認していません。失効情報を J-LIS に照会できるのは、公的個人認証法第17条の認定を受けた検証者などに限られます。',
    },
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason) => `CMS SignedData として解釈できません（${reason}）。`,
    noSignedDataRemedy:
      '署名ファイルそのものであること、欠けていないこと、PEM ではなく DER または BER であることを確かめてください。',
    doesNotFit: 'カードの署名がカードの電子証明書と一致しないため、結果を破棄しました。',
    cms: {
      aSigningTime: '0 年から 9999 年までの Date',
      aDigest: (hash, length) => `${hash} のダイジェスト（${length} バイト）`,
      detachedOnly:
        'ストリームやダイジェストは分離署名でのみ署名できます。{ detached: true } を指定するか、内容を一つの Uint8Array で渡してください。',
      finding: {
        NO_SIGNERS: '署名者が一人もいません',
        CONTENT_MISSING: '分離署名ですが、署名対象の内容が渡されていません',
        CONTENT_GIVEN_TWICE:
          '署名ファイル自体に内容が含まれているのに、別の内容が渡されました。内容を渡さずに検証し、署名ファイルの内容を使ってください',
        CONTENT_TYPE: '署名対象が通常のデータ（id-data）ではありません',
        CONTENT_NOT_WHOLE: '署名属性のない署名は、内容を一つの Uint8Array で渡したときだけ検証できます',
        CONTENT_IS_ATTRIBUTES: '内容とされているものが、別の署名の署名属性である可能性があります',
        DIGEST_ALGORITHM: 'ハッシュが SHA-256・SHA-384・SHA-512 のいずれでもありません',
        SIGNATURE_ALGORITHM: '署名アルゴリズムが RSASSA-PKCS1-v1_5 ではありません',
        ALGORITHM_MISMATCH: '署名アルゴリズムのハッシュとダイジェストアルゴリズムが一致しません',
        CONTENT_TYPE_ATTRIBUTE: '署名属性のコンテンツタイプがない、重複している、または本文と一致しません',
        MESSAGE_DIGEST_MISSING: '署名属性にメッセージダイジェストがありません',
        MESSAGE_DIGEST_REPEATED: '署名属性のメッセージダイジェストが一つではありません',
        MESSAGE_DIGEST_LENGTH: 'メッセージダイジェストが別のハッシュのものです',
        MESSAGE_DIGEST: '内容が署名時のものと異なります（ハッシュがメッセージダイジェストと一致しません）',
        ATTRIBUTE_REPEATED: '一つだけ値を持つべき署名属性が重複しているか、値がありません',
        ATTRIBUTE_MALFORMED: '署名属性を解釈できません',
        SIGNING_CERTIFICATE: '署名は、添付されたものとは別の電子証明書に対して作られています',
        SIGNER_CERTIFICATE_MISSING: '署名者の電子証明書が署名ファイルに含まれていません',
        SIGNER_CERTIFICATE_AMBIGUOUS: '署名者のものとされる電子証明書が複数あり、特定できません',
        SIGNATURE: '署名が電子証明書の鍵によるものではないか、署名対象が改ざんされています',
        SIGNED_ATTRIBUTES_ABSENT: '署名属性がないため、署名日時の申告がありません',
        SIGNING_CERTIFICATE_ABSENT:
          '署名に証明書のフィンガープリント（signingCertificateV2）が含まれていません',
      },
    },
    jws: {
      aPayload: 'Uint8Array、文字列、またはオブジェクト',
      reserved: (parameter) => `header.${parameter} は指定できません。`,
      noJson: 'ペイロードまたはヘッダーを JSON にできません。',
    },
    login: {
      seconds: '0 以上の秒数',
      tooLong: 'audience と nonce がログイントークンには長すぎます。',
      finding: {
        TOKEN_MALFORMED:
          'トークンがコンパクト形式の JWS（JSON のヘッダーとクレーム）ではないか、16384 文字を超えています。',
        TOKEN_REPEATED_NAME: 'ヘッダーまたはクレームに同じ名前が二度あります。',
        TOKEN_ALGORITHM: '署名アルゴリズムが RS256・RS384・RS512 のいずれでもありません。',
        TOKEN_TYPE: 'ログイン用のトークン（typ が jpki-login+jwt）ではありません。',
        TOKEN_HEADER: 'ヘッダーに alg・typ・x5c 以外の項目があります。',
        TOKEN_CERTIFICATES: 'ヘッダーの x5c に、利用者と認証局の電子証明書が一つずつ入っていません。',
        TOKEN_AUDIENCE: '別の宛先（aud）のためのトークンです。',
        TOKEN_NONCE: 'このログインのチャレンジ（nonce）への応答ではありません。',
        TOKEN_TIMES: '発行時刻（iat）と失効時刻（exp）が秒単位の整数で示されていません。',
        TOKEN_NOT_YET_VALID: '発行時刻が未来です。どちらかの時計が合っていません。',
        TOKEN_EXPIRED: 'トークンの有効期限が過ぎています。',
        TOKEN_TOO_OLD: 'トークンの発行から時間が経ちすぎています。',
        TOKEN_SIGNATURE: '署名が電子証明書の鍵によるものではないか、トークンが改ざんされています。',
      },
    },
  },

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {
    /** Of a replay. */
    ended: (sent) => `通信記録は終わりましたが、プログラムが続けて送信しました：${sent}`,
    mismatch: (line, expected, sent) =>
      `通信記録の ${line} 行目は次のとおりです：${expected} プログラムの動作：${sent}`,
    mismatchRemedy: '記録したときと同じプログラムを実行するか、このプログラムで記録し直してください。',
  },

  /** `virtual/`. */
  virtual: {
    /** What issuing takes. */
    certificateDate: '1950 年から 9999 年までの Date',
    birthDate: 'EYYYYMMDD 形式の生年月日（元号の 1 桁と 8 桁の数字）',
    substitutes: '1 文字につき一つの 0 または 1',
    pin: 'UTF-8 で 1 から 16 バイトの文字列',
    /** A quirk. */
    statusWord: (first, last, others) =>
      `${[`${first} から ${last} までのステータスワード`, ...others].join('、')} のいずれか`,
    fileName: 'アプリケーションとファイル（例：「jpki/0008」）',
    noSuchQuirk: '指定なし（そのような項目はありません）',
    /** The virtual reader. */
    tooLong: (length) => `仮想カードの応答が ${length} バイトあります。送れるのは 65535 バイトまでです。`,
    notServed: (host, port) => `${host}:${port} に仮想カードリーダーがありません。`,
    notServedRemedy:
      '仮想リーダーと PC/SC サービスをインストールし（「sudo apt-get install vsmartcard-vpcd pcscd」）、「sudo systemctl start pcscd」（systemd がない環境では「sudo pcscd」）で起動してください。',
    slotBusy: (host, port) => `仮想カードリーダー ${host}:${port} がカードを受け付けません。`,
    slotBusyRemedy: (otherPort) =>
      `別の仮想カードが入っている可能性があります。そのプログラムを終了するか、別のスロット（ポート ${otherPort}）を使ってください。`,
  },
};
