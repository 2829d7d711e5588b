import type { Texts } from './en.js';

/** Everything the library says to people, in Japanese; `en.ts` is what it translates. */
export const ja: Texts = {
  /** `errors.ts` and `arguments.ts`. */
  error: {
    PCSC_UNAVAILABLE: {
      summary: 'カードリーダーを使うためのパッケージがインストールされていません。',
      remedy:
        'インストールしてください。「npm install koffi」（-g でインストールしたコマンドでは「npm install -g koffi」）を実行します。',
    },
    SERVICE_UNAVAILABLE: {
      summary: 'PC/SC サービスが動いていません。',
      remedy:
        '起動してください。Linux では「sudo systemctl start pcscd」、Windows ではサービス「Smart Card」を開始します（リーダーが一台もないと止まります）。macOS ではリーダーを差し直してください。',
    },
    NO_READER: {
      summary: 'カードリーダーが見つかりません。',
      remedy:
        'マイナンバーカード対応の PC/SC カードリーダーを接続してください。名前を指定した場合は、その名前も確認してください。',
    },
    NO_CARD: {
      summary: 'リーダーにカードがありません。',
      remedy:
        'カードをリーダーの上に平らに置き（差し込み式は IC チップ側から差し込み）、そのまま動かさないでください。',
    },
    CARD_REMOVED: {
      summary: 'カードが離されました。',
      remedy: 'カードをリーダーの上に平らに置き、終わるまで動かさずに、最初からやり直してください。',
    },
    CARD_RESET: {
      summary: '別のプログラムがカードをリセットしました。',
      remedy: 'カードを使っている別のプログラムを終了して、やり直してください。',
    },
    CARD_MUTE: {
      summary: 'カードが応答しません。',
      remedy:
        'カードを一度離し、リーダーの上に平らに置き直してください。差し込み式では IC チップの向きと汚れを確認してください。',
    },
    SHARING_VIOLATION: {
      summary: '別のプログラムがカードを使用中です。',
      remedy:
        'カードを使っている別のプログラム（ブラウザー、e-Tax、JPKI クライアントソフトなど）を終了して、やり直してください。',
    },
    TIMEOUT: {
      summary: 'カードまたはリーダーの応答が時間内にありません。',
      remedy:
        'カードを離して平らに置き直し、もう一度試してください。それでも応答がなければリーダーを差し直してください。',
    },
    ABORTED: {
      summary: '操作は中止されました。',
      remedy: '必要になったら、もう一度実行してください。',
    },
    CLOSED: {
      summary: 'カードとの接続は閉じられています。',
      remedy: 'カードへの接続を開き直してください。',
    },
    TRANSPORT: {
      summary: 'カードとの通信に失敗しました。',
      remedy:
        'カードを平らに置いて動かさずに、接続し直してください。何度も起きる場合は別の USB ポートを試してください。',
    },
    NOT_JPKI: {
      summary: 'このカードには公的個人認証（JPKI）のアプリケーションがありません。',
      remedy: 'マイナンバーカードを置いてください。別のカードが載っていないか確認してください。',
    },
    MALFORMED_RESPONSE: {
      summary: 'カードから解釈できない応答がありました。',
      remedy:
        'カードを置き直してもう一度試してください。毎回起きる場合は、個人情報を伏せた通信記録を添えて報告してください。',
    },
    STATUS_WORD: {
      summary: 'カードがコマンドを拒否しました。',
      remedy:
        'カードを置き直してもう一度試してください。毎回起きる場合は、ステータスワードを報告してください。',
    },
    PIN_FORMAT: {
      summary: '暗証番号の形式が正しくありません。カードには何も送っていません。',
      remedy: '利用者証明用は数字 4 桁、署名用は半角の英大文字と数字 6 から 16 文字です。',
    },
    PIN_INCORRECT: {
      summary: '暗証番号が違います。',
      remedy:
        'どの暗証番号が求められているかを確かめてから入力してください。残り回数がなくなるとロックされるので、推測で入力しないでください。',
    },
    PIN_LOCKED: {
      summary: '暗証番号はロックされています。',
      remedy:
        'ソフトウェアでは解除できません。市区町村の窓口で初期化するか、もう一方の JPKI の暗証番号が分かる場合はコンビニ等のキオスク端末で初期化できます（JPKI暗証番号リセット、www.jpki.go.jp）。',
    },
    PIN_LAST_TRY: {
      summary: '残り 1 回のため、暗証番号は送っていません。',
      remedy:
        '暗証番号を確認したうえで、最後の 1 回の使用を明示的に許可してください（allowLastTry）。間違えるとロックされます。',
    },
    PIN_REQUIRED: {
      summary: '先に暗証番号の照合が必要です。',
      remedy: 'この鍵の暗証番号を照合してから、もう一度実行してください。',
    },
    PIN_CHANGE_UNCERTAIN: {
      summary: '暗証番号の変更中に通信が途切れました。新旧どちらが有効か分かりません。',
      remedy:
        'まず新しい暗証番号を照合してください。通れば変更は完了しています。違うと出た場合は 1 回分を使いますが古い暗証番号が有効です。それを照合すれば残り回数は元に戻ります。',
    },
    CERTIFICATE_ABSENT: {
      summary: 'この電子証明書はカードに入っていません。',
      remedy: '市区町村の窓口で発行できます。15 歳未満の方には通常、署名用電子証明書は発行されません。',
    },
    CERTIFICATE_INVALID: {
      summary: '電子証明書を解釈できないか、信頼できません。',
      remedy:
        'この証明書を信頼しないでください。カードから読んだ場合は読み直し、他者から受け取った場合は再送を求めてください。',
    },
    SIGNATURE_INVALID: {
      summary: '署名がデータまたは証明書と一致しません。',
      remedy:
        'この署名を信頼しないでください。今作成したものであれば、カードを動かさずに署名し直してください。',
    },
    UNSUPPORTED: {
      summary: 'この操作には対応していません。',
      remedy: '対応しているカード、プログラム、環境を使ってください。',
    },
    INVALID_ARGUMENT: {
      summary: 'プログラムから渡された値を使用できません。',
      remedy: '呼び出しを修正してください。どの値がなぜ使えないかはメッセージにあります。',
    },
  },
  argument: {
    mustBe: (name, values) => `${name} には次の値を指定してください：${values}。`,
    oneOf: (values) => `${values.join('、')} のいずれか`,
    wholeNumber: (min, max) => `${min} から ${max} までの整数`,
    bytesOf: (min, max) => `${min} から ${max} バイトの Uint8Array`,
    object: 'オブジェクト',
    array: '配列',
    bytes: 'Uint8Array',
    boolean: 'true または false',
    date: '有効な日時の Date',
    string: '文字列',
    text: '空でない文字列',
    function: '関数',
    signal: 'AbortSignal',
    timeout: '0 以上のミリ秒数または Infinity',
    timeLimit: '0 より大きいミリ秒数または Infinity',
    language: '"en" または "ja"',
    role: '"auth" または "sign"',
    errorCode: 'JpkiErrorCode のいずれか',
    bilingual: '二つの文字列を持つオブジェクト { en, ja }',
    message: '文字列、または二つの文字列を持つオブジェクト { en, ja }',
  },

  /** `node-module.ts`. */
  node: { needed: 'この操作には Node.js 20.19 以降が必要です。ブラウザーではできません。' },

  /** `transport/`. */
  reader: {
    interrupted: '通信が途切れました。カードが動いたか、離された可能性があります。',
    serviceStopped: 'PC/SC サービスが停止しました。',
    readerGone: 'カードリーダーが取り外されました。',
    failed: (detail) => `カードとの通信に失敗しました（PC/SC: ${detail}）。`,
    noAnswer: 'PC/SC サービスが応答しません。',
    restartService:
      'リーダーを差し直してください。それでも応答しない場合はサービスを再起動します。Linux では「sudo systemctl restart pcscd」、Windows ではサービス「Smart Card」を再起動し、macOS ではコンピューターを再起動してください。',
    name: '文字列または RegExp',
    inUse: (reader) => `${reader} のカードを別のプログラムが使用中です。`,
    ofReader: (reader, message) => `${reader}：${message}`,
    lookedAt: (message, readers) => `${message}確認したリーダー：${readers}`,
    noneCalled: (wanted, readers) =>
      `${wanted} という名前のカードリーダーがありません。接続中のリーダー: ${readers}`,
    worker: '強制終了されたワーカースレッドは、カードの電源を切ることができません。',
    mainThread:
      'カードはメインスレッドで開いてください。または unpowerOnExit: false を指定し、カードを閉じるまでワーカーを強制終了しないでください。',
    pcscliteThread: 'pcsclite パッケージはメインスレッドでのみ使えます。',
    koffiOrMainThread: 'koffi パッケージか、メインスレッドを使ってください。',
    variable: (names) => `環境変数 JPKI_PCSC には次のいずれかを指定してください：${names}。`,
    correctVariable: '環境変数を直すか、削除してください。',
    noLibrary: 'このシステムには PC/SC のライブラリがありません。',
    installLibrary:
      'インストールしてください。Debian・Ubuntu では「sudo apt-get install pcscd libpcsclite1」、Fedora では「sudo dnf install pcsc-lite pcsc-lite-libs pcsc-lite-ccid」です。macOS と Windows ではシステムに含まれています。',
    run: (command, more) => `「${command}」を実行してください。${more}`,
    compiler:
      'コンパイルが必要です。Debian・Ubuntu では先に「sudo apt-get install build-essential python3 libpcsclite-dev pcscd」を、ほかでは C++ コンパイラと Python 3 を用意してください。koffi パッケージならどちらも要りません。',
    bundled: 'バンドルや単一の実行ファイルでは docs/bundlers.ja.md を見てください。',
    koffi: {
      notInstalled: 'koffi パッケージがインストールされていません。',
      notBuilt: 'koffi パッケージはありますが、このシステム用のコンパイル済みの部分がありません。',
    },
    pcsclite: {
      notInstalled: 'pcsclite パッケージがインストールされていないか、ビルドに失敗しています。',
      notBuilt: 'pcsclite パッケージはありますが、ビルドされていないか、このシステム用ではありません。',
      otherVersion: 'pcsclite パッケージは別のバージョンの Node.js 用にビルドされています。',
    },
  },

  /** `iso7816/`. */
  apdu: {
    notACommand: (reason) => `コマンド APDU ではありません：${reason}`,
    tooMuchData: (length, most) => `データが ${length} バイトあります（最大 ${most} バイト）`,
    notShort: '短い形式には収まりません',
    noHeader: (length) => `${length} バイトしかありません（ヘッダーだけで 4 バイト）`,
    cutOff: '拡張長のフィールドが途中で切れています',
    zeroLc: '拡張 Lc が 0 です',
    wrongLc: (lc, rest) => `Lc は ${lc} バイトですが、後ろに ${rest} バイトあります`,
    cla: 'クラスバイト CLA、0 から 255',
    ins: '命令バイト INS（0 から 255、6X と 9X を除く）',
    p1: 'パラメーターバイト P1、0 から 255',
    p2: 'パラメーターバイト P2、0 から 255',
    le: (most) => `1 から ${most} までの Le（不要なら省略）`,
    command: 'CommandApdu',
    statusWord: 'StatusWord',
    stillSilent: 'カードがコマンドに応答しないままのため、この接続はもう使えません。',
    takeItOff:
      'カードをリーダーから離してください。離すまで、入力した暗証番号が有効なままの可能性があります。',
    tooSlow: (limitMs) => `カードの応答が遅すぎるため、${limitMs} ミリ秒で操作を打ち切りました。`,
    triesLeft: (tries) => `暗証番号不一致または残り回数の照会、残り ${tries} 回`,
    bytesAvailable: (count) => (count === 256 ? '続きが 256 バイト以上ある' : `続きが ${count} バイトある`),
    exactLe: (le) => `Le が正しくない（正しくは ${le}）`,
    undefinedWord: 'ISO/IEC 7816-4 に定義のない値',
    words: {
      DONE: '正常終了',
      END_OF_FILE: '要求した長さより前にファイルの終わりに達した',
      WRONG_PIN_NO_COUNTER: '暗証番号不一致（残り回数は通知なし）',
      WRONG_LENGTH: '長さが正しくない',
      LOGICAL_CHANNEL_UNSUPPORTED: '論理チャネルに非対応',
      SECURE_MESSAGING_UNSUPPORTED: 'セキュアメッセージングに非対応',
      CHAINING_UNSUPPORTED: 'コマンドチェイニングに非対応',
      INCOMPATIBLE_FILE: 'コマンドがファイルの種類と合わない',
      SECURITY_STATUS_NOT_SATISFIED: '先に暗証番号の照合が必要',
      METHOD_BLOCKED: '暗証番号がロックされている',
      REFERENCE_DATA_UNUSABLE: '暗証番号がロックされている',
      CONDITIONS_NOT_SATISFIED: '使用条件を満たさない',
      NO_CURRENT_FILE: 'カレントファイルがない',
      NO_SECURE_MESSAGING_SESSION: 'セキュアメッセージングのセッションがない',
      WRONG_DATA: 'データが正しくない',
      FILE_NOT_FOUND: 'ファイルまたはアプリケーションがない',
      WRONG_P1_P2: 'P1 または P2 が正しくない',
      REFERENCE_NOT_FOUND: '鍵または暗証番号がない',
      WRONG_OFFSET: 'オフセットがファイルの終わりを超えている',
      INS_UNSUPPORTED: '命令に非対応',
      CLA_UNSUPPORTED: 'クラスに非対応',
      UNSPECIFIED: '詳細不明のエラー',
    },
    classes: {
      '62': '警告（状態変化なし）',
      '63': '警告（状態変化あり）',
      '64': '実行エラー（状態変化なし）',
      '65': '実行エラー（状態変化あり）',
      '66': '実行エラー（セキュリティ関連）',
      '67': '長さが正しくない',
      '68': 'CLA の機能に非対応',
      '69': 'コマンドは許可されていない',
      '6a': 'パラメーターが正しくない',
      '6b': 'パラメーターが正しくない',
      '6d': '命令に非対応',
      '6e': 'クラスに非対応',
    },
  },

  /** `jpki/`. */
  pin: {
    auth: {
      type: '利用者証明用の暗証番号は文字列または Uint8Array で渡してください。',
      length: (_least, most) => `利用者証明用の暗証番号は数字 ${most} 桁です。カードには何も送っていません。`,
      alphabet: '利用者証明用の暗証番号に使えるのは半角数字だけです。カードには何も送っていません。',
    },
    sign: {
      type: '署名用の暗証番号は文字列または Uint8Array で渡してください。',
      length: (least, most) =>
        `署名用の暗証番号は ${least} 文字以上 ${most} 文字以下です。カードには何も送っていません。`,
      alphabet: '署名用の暗証番号に使えるのは半角の英大文字と数字だけです。カードには何も送っていません。',
    },
    newPin:
      '新しい署名用の暗証番号には、英字と数字をそれぞれ 1 文字以上含めてください。カードには何も送っていません。',
    ofCurrent: (refusal) => `現在の暗証番号：${refusal}`,
    ofNext: (refusal) => `新しい暗証番号：${refusal}`,
    samePin: '新しい暗証番号が現在のものと同じです。カードには何も送っていません。',
    number: '数値',
    weakness: {
      'birth-date': 'カードに記載されている生年月日から推測されるおそれがあります。',
      repeat: '同じ文字の繰り返しが多く、推測されやすい番号です。',
      sequence: '数字や英字が順番に並んでいて、推測されやすい番号です。',
      keyboard: 'キーボードやテンキーの並び順になっていて、推測されやすい番号です。',
    },
    querying: '残り回数の照会',
    verifying: '暗証番号の照合',
    counterUnknown: 'カードが残り回数を示さないため、暗証番号は送っていません。',
    shared: '接続が他のプログラムと共有されているため、暗証番号は送っていません。',
    sharedFile:
      'このカードは直前に選択されたファイルで暗証番号を区別しますが、共有接続では他のプログラムが選択を変えられるため、暗証番号は送っていません。',
    connectExclusively:
      '排他接続（既定）で開くか、このコンピューターのすべてのプログラムに鍵の使用を許す場合だけ allowShared を指定してください。',
    readTheCounter:
      'もう一度入力する前に残り回数を確認してください（「jpki status」）。残り回数が正しいのに毎回起きる場合はリーダーの問題です。別のリーダーを使ってください。',
    incorrect: (triesLeft) => `暗証番号が違います。残り ${triesLeft} 回です。`,
    incorrectAndLocked: '暗証番号が違い、ロックされました。',
    mayBeSpent: (message) =>
      `${message}暗証番号がカードに届いて 1 回分を使った可能性があります。次に試す前に残り回数を確認してください。`,
    uncertain: (word, meaning) =>
      `暗証番号に対する応答 ${word}（${meaning}）は、直前のカードの応答と矛盾しています。照合が通った可能性も、1 回分を使った可能性もあります。`,
    impossible: (word, maxTries) =>
      `残り回数の照会に対する応答は ${word} ですが、この暗証番号の上限は ${maxTries} 回です。`,
    changeRefused: (word, meaning) =>
      `カードが新しい暗証番号を拒否しました（${word}、${meaning}）。古い暗証番号が引き続き有効です。`,
    changeUncertain: (word, meaning) =>
      `変更に対するカードの応答は ${word}（${meaning}）です。新旧どちらの暗証番号が有効か分かりません。`,
  },
  card: {
    answered: (doing, word, meaning) => `${doing}：カードの応答は ${word}（${meaning}）です。`,
    notSelected: (word, meaning) =>
      `カードの公的個人認証（JPKI）アプリケーションを選択できません：${word}（${meaning}）。`,
    selecting: 'ファイルの選択',
    signing: '署名',
    reading: 'ファイルの読み出し',
    readStrategy: 'ReadStrategy',
    dataToSign: 'Uint8Array、または Uint8Array の非同期イテラブル',
    noPss: 'このカードは RSASSA-PSS に対応していません。RSASSA-PKCS1-v1_5-SHA-256 を使ってください。',
    asNamed: 'メッセージにある方法を使ってください。',
    lengthsTried: (message, lengths) => `${message}試した読み出しの長さ：${lengths} バイト。`,
    nothingCame: (offset, word, meaning) =>
      `ファイルの読み出し（${offset} バイト目から）で使えるデータが返りません：${word}（${meaning}）。`,
    resetInRead: (length, isExtended) =>
      `${length} バイトの${isExtended ? '拡張長の' : ''}読み出し中にカードがリセットされました。このリーダーがその長さの読み出しに対応していない可能性があります。`,
    lostInRead: (length, isExtended) =>
      `${length} バイトの${isExtended ? '拡張長の' : ''}読み出し中にカードが応答しなくなりました。カードを離していなければ、このリーダーがその長さの読み出しに対応していない可能性があります。`,
    withoutExtended:
      'カードを置き直し、拡張長の読み出しを使わずにやり直してください。コマンドでは --short-reads、プログラムでは extendedReads: false を指定します（すべてのセッションに同じ ReadStrategy を渡せば、自動的に避けます）。',
    withLess:
      'カードを置き直して、やり直してください。毎回起きる場合は別のリーダーを使ってください。プログラムでは、すべてのセッションに同じ ReadStrategy を渡せば、次からは短い長さで読み出します。',
    checkNumber: (letter) => `照合番号${letter}`,
    registryPin: '住民基本台帳用暗証番号',
    inputSupportPin: '券面事項入力補助用暗証番号',
    birthDate: '生年月日',
  },

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
