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
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason) => `CMS SignedData として解釈できません（${reason}）。`,
    noSignedDataRemedy:
      '署名ファイルそのものであること、欠けていないこと、PEM ではなく DER または BER であることを確かめてください。',
  },

  /** `recovery/`. */
  recovery: {
    /** The four PINs that a holder has set. `form` is what tells one from the others. */
    pins: {
      sign: {
        name: '署名用電子証明書の暗証番号',
        form: '英大文字と数字を組み合わせた 6～16 文字',
        use: 'e-Tax などの電子申請で文書に署名するとき',
      },
      auth: {
        name: '利用者証明用電子証明書の暗証番号',
        form: '数字 4 桁',
        use: 'マイナポータルへのログイン、コンビニでの証明書の取得、健康保険証としての利用',
      },
      registry: {
        name: '住民基本台帳用暗証番号',
        form: '数字 4 桁',
        use: '転入・転出など、市区町村の窓口での手続き',
      },
      'input-support': {
        name: '券面事項入力補助用暗証番号',
        form: '数字 4 桁',
        use: '氏名・住所・マイナンバーを文字データとして読み取るとき',
      },
    },
    certificates: { sign: '署名用電子証明書', auth: '利用者証明用電子証明書' },
    title: {
      change: (pin) => `今の暗証番号を使って、${pin}を自分で変更する`,
      kiosk: (pin) => `コンビニなどのマルチコピー機で、${pin}を再設定（初期化）する`,
      counter: (pin) => `市区町村の窓口で、${pin}を再設定（初期化）する`,
    },
    where: {
      change: '自宅など（このソフトウェアとカードリーダー、または公式の「JPKI利用者ソフト」を使用）',
      changeOther: '自宅など（公式の「JPKI利用者ソフト」を使用。このソフトウェアでは変更できません）',
      kiosk: {
        sign: 'セブン-イレブン、ファミリーマート、ローソン、ミニストップなどのマルチコピー機（キオスク端末）',
        auth: '全国のセブン-イレブンと、イオンリテールの店舗にあるマルチコピー機（キオスク端末）のみ',
      },
      counter: '住民登録をしている市区町村の窓口',
    },
    hours: {
      always: 'いつでもできます',
      alwaysNow: '今すぐできます。',
      office: '開庁時間内（市区町村によって異なります）',
      officeNow: '今開いているかどうかは、ここでは分かりません。市区町村に確認してください。',
      kiosk: (opens, closes, reservationHours) =>
        `マルチコピー機は ${opens}～${closes}（店舗の営業時間内）。アプリでの予約から ${reservationHours} 時間以内に手続きしてください。予約はメンテナンス時を除き 24 時間できます。`,
      kioskOpen: '今はマルチコピー機を利用できる時間帯です。',
      kioskClosed: (opens) =>
        `今はマルチコピー機の利用時間外です（${opens} から）。アプリでの予約は今でもできます。`,
    },
    confirm: {
      change: (year, month) =>
        `対応するソフトは www.jpki.go.jp で確認してください（${year} 年 ${month} 月時点の情報です）。`,
      kiosk: (year, month) =>
        `対応店舗は変わることがあります。出かける前に www.jpki.go.jp の「JPKI暗証番号リセット」で確認してください（${year} 年 ${month} 月時点の情報です）。`,
      counter: (year, month) =>
        `持ち物と受付時間は、出かける前に市区町村に確認してください（${year} 年 ${month} 月時点の情報です）。`,
    },
    need: {
      card: 'マイナンバーカード',
      currentPin: (pin) => `今の${pin}`,
      otherPin: (pin, form) => `${pin}（${form}）`,
      phone: 'マイナンバーカードを読み取れるスマートフォン（アプリ「JPKI暗証番号リセット」を入れておく）',
      reservation: (pin, faceMatch) =>
        `アプリでの事前予約（${pin}を入力してカードを読み取り${faceMatch ? '、本人の顔を照合し' : ''}ます）`,
      photoId: '運転免許証など、顔写真付きの本人確認書類 1 点（顔写真のない書類の場合は 2 点）',
    },
    condition: {
      pinKnown: '今の暗証番号を確実に覚えていること（少しでも不確かなときは入力しないでください）',
      pinNotLocked: 'ロックされていないこと（残り回数は未確認です。確認しても残り回数は減りません）',
      softwareOffersPin:
        'ソフトがこの暗証番号の変更に対応していること（ここでは未確認です。対応していなければ窓口で手続きします）',
      otherPinKnown: (pin) => `${pin}を確実に覚えていること`,
      otherPinNotLocked: (pin) =>
        `${pin}がロックされていないこと（残り回数は未確認です。確認しても残り回数は減りません）`,
      signCertificateValid: (certificate) =>
        `${certificate}がカードに入っていて、有効期限内であること（未確認。15 歳未満の方には通常発行されません）`,
      authCertificateValid: (certificate) =>
        `${certificate}がカードに入っていて、有効期限内であること（未確認）`,
      notRevoked:
        'どちらの電子証明書も失効していないこと（カードからは分かりません。不明なときは市区町村に確認してください）',
      detailsUnchanged: '電子証明書の発行後に、氏名・生年月日・性別・住所が変わっていないこと',
    },
    note: {
      doNotGuess: (triesLeft) =>
        `推測で入力しないでください。間違いが続くとロックされます${triesLeft === undefined ? '' : `（残り ${triesLeft} 回）`}。カードの受け取り時に暗証番号を控えた用紙があれば、確認してください。`,
      lastTry: '残り 1 回です。次に間違えるとロックされます。',
      staysLocked: '時間がたってもロックは解除されません。ソフトウェアでも解除できません。',
      lockNotRead:
        '残り回数は未確認です。どの暗証番号がロックされているかを先に確認してください（確認しても残り回数は減りません）。',
      reservationAlone:
        '予約だけでは再設定されません。マルチコピー機での手続きが終わると、新しい暗証番号をすぐに使えます。',
      faceMatch: (failures) =>
        `顔の照合に ${failures} 回続けて失敗すると、しばらくアプリの利用が制限されます。`,
      sameVisit: (pins) => `一度の来庁で、次の暗証番号もあわせて再設定できます：${pins.join('、')}`,
      certificateExpired: (certificate) =>
        `${certificate}の有効期限が切れています。暗証番号を新しくしても証明書は使えません。市区町村の窓口で更新してください。`,
      certificateAbsent: (certificate, notUnderFifteen) =>
        `カードに${certificate}が入っていないため、この暗証番号は使えません。証明書の発行は市区町村の窓口で申請します${notUnderFifteen}。`,
      kioskNotForThisPin: 'この暗証番号は、コンビニなどのマルチコピー機では再設定できません。',
      kioskOtherPinLost: (pin) => `コンビニなどのマルチコピー機では再設定できません（${pin}が必要なため）。`,
      kioskCertificateExpired: (certificate) =>
        `コンビニなどのマルチコピー機では再設定できません（${certificate}の有効期限が切れているため）。証明書も窓口で更新してください。`,
      kioskCertificateAbsent: (certificate, notUnderFifteen) =>
        `コンビニなどのマルチコピー機では再設定できません（カードに${certificate}が入っていないため）。証明書の発行は窓口で申請します${notUnderFifteen}。`,
    },
    /** Goes behind a sentence on issuing a certificate. */
    notUnderFifteen: { sign: '（15 歳未満の方には通常発行されません）', auth: '' },
  },

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};
