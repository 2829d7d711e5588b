import type { Texts } from './en.js';

/** Everything the command says, in Japanese; `en.ts` is what it translates. */
export const ja: Texts = {
  language: 'ja',

  arguments: {
    unknownOption: (option, guess) =>
      `オプション${option === undefined ? '' : ` ${option} `}は使えません。${guess === undefined ? '' : `--${guess} ではありませんか。`}`,
    noPinHere:
      '暗証番号はコマンドラインでは受け取りません（他の利用者やシェルの履歴に見えてしまうため）。端末で入力するか、--pin-file で指定してください。',
    valueMissing: (option) => `オプション ${option} には値が必要です。`,
    valueNotTaken: (option) => `オプション ${option} に値は付けられません。`,
    badValue: (option, allowed) => `${option} の値は ${allowed} で指定してください。`,
    badOperand: (allowed) => `対象を ${allowed} で指定してください。`,
    unknownCommand: (guess) =>
      `そのようなコマンドはありません。${guess === undefined ? '' : `「jpki ${guess}」ではありませんか。`}`,
    commandMissing: 'コマンドを指定してください。',
    tooManyWords: '余分な引数があります。',
    wordMissing: '引数が足りません。',
    optionMissing: (option) => `オプション ${option} が必要です。`,
    more: (usage, help) => `${usage}（詳しくは「${help}」）`,
  },

  options: {
    reader: '名前に NAME を含むリーダーを使う',
    virtual:
      'リーダーの代わりに仮想カード（本物ではない）を使う。FILE.json を付けると状態を保存し、なければ作成（他の名前は --virtual=FILE）',
    timeout: 'リーダーとカードを待つ秒数（既定 30）',
    json: '結果を JSON で出力し、エラーも JSON で標準エラーに出力',
    lang: '表示言語（省略時はロケールによる）',
    debug: '動作の記録を標準エラーに出力（暗証番号は含まない）',
    help: 'このヘルプ',
    version: 'バージョンを表示',
    'all-pins': '公的個人認証以外の暗証番号も表示',
    'short-reads': '拡張長の読み出しを使わない（読み出し中にカードを見失うリーダー向け）',
    'pin-file': '暗証番号を端末ではなくファイルから読む（1 行）。「-」は標準入力',
    'new-pin-file': '新しい暗証番号のファイル。省略時は --pin-file の 2 行目',
    'allow-last-try': '残り 1 回でも暗証番号を送る（間違えるとロックされます）',
    out: '書き込むファイル',
    force: '既にあるファイルを置き換える（端末では、付けなければ確認します）',
    format: '電子証明書の形式（既定 pem）',
    attached: '署名ファイルに本文を含める（既定は本文と別の署名ファイル）',
    content: '署名の対象ファイル（本文が別の署名の場合）',
    audience: 'トークンを渡す相手のサービス',
    nonce: 'サービスから受け取ったチャレンジ',
    'no-card': 'カードを読まない',
    auth: '利用者証明用の暗証番号（本人の申告）',
    sign: '署名用の暗証番号（本人の申告）',
    registry: '住民基本台帳用の暗証番号',
    'input-support': '券面事項入力補助用の暗証番号',
    state: 'カードの状態を FILE に保存（開始時に読み込み、なければ作成、終了時に保存）',
    host: '仮想リーダーのホスト（既定 127.0.0.1）',
    port: 'その TCP ポート（既定 35963、2 番目のスロットは 35964）',
    locked: 'この暗証番号をロックした状態にする',
    tries: 'この暗証番号の残り回数を N 回にする',
    token: 'カードの種類（既定 card）',
    quirk: '一部のカードやリーダーに見られる動作を再現',
    expired: '有効期限の切れた電子証明書',
    'no-signature': '署名用電子証明書なし（15 歳未満の方と同じ）',
  },

  commands: {
    readers: {
      summary: 'カードリーダーの一覧',
      details: [],
      examples: {
        'jpki readers': '一覧を表示',
      },
    },
    status: {
      summary: 'カードの状態：暗証番号の残り回数、電子証明書、問題があるときの対処方法',
      details: ['暗証番号は不要で、残り回数も減りません。'],
      examples: {
        'jpki status': 'リーダーに置いたカードの状態',
        'jpki status --all-pins --lang en': 'すべての暗証番号の残り回数を英語で表示',
        'jpki status --virtual --json': '仮想カードの状態を JSON で出力',
      },
    },
    'cert show': {
      summary: '電子証明書の内容を表示',
      details: [
        'auth は利用者証明用、sign は署名用（氏名・住所などを含むため、署名用の暗証番号が必要）、auth-ca と sign-ca はそれぞれの認証局の証明書です。',
      ],
      examples: {
        'jpki cert show auth': '暗証番号なしで表示',
        'jpki cert show sign': '名義人の情報も表示',
      },
    },
    'cert export': {
      summary: '電子証明書を PEM または DER で出力',
      details: [],
      examples: {
        'jpki cert export auth': 'PEM を標準出力へ',
        'jpki cert export sign --format der --out sign.cer': 'DER をファイルへ',
      },
    },
    'pin verify': {
      summary: '暗証番号が正しいか確認',
      details: [
        '間違えると残り回数が 1 回減り、正しければ最大に戻ります。最後の 1 回は、確認に同意した場合だけ使います。',
      ],
      examples: {
        'jpki pin verify sign': '暗証番号を端末で入力',
        'jpki pin verify auth --pin-file ~/.auth-pin': '端末を使わずに実行',
      },
    },
    'pin change': {
      summary: '暗証番号を変更（現在の暗証番号が必要）',
      details: [
        'ロックされた、または忘れた暗証番号はここでは変更できません。「jpki recover」をご覧ください。',
      ],
      examples: {
        'jpki pin change sign': '現在の暗証番号と、新しい暗証番号（2 回）を入力',
        'jpki pin change auth --pin-file pins.txt': '1 行目が現在、2 行目が新しい暗証番号',
      },
    },
    sign: {
      summary: 'ファイルに署名（CMS 形式、.p7s）',
      details: ['署名には電子証明書が添付され、氏名・住所・生年月日・性別が受取人に伝わります。'],
      examples: {
        'jpki sign contract.pdf': 'contract.pdf.p7s を作成',
        'jpki sign order.xml --attached --out order.p7m': '本文と署名を一つのファイルに',
      },
    },
    verify: {
      summary: '署名を検証（カード不要）',
      details: [
        '有効とは、内容が署名時のままで、電子証明書が J-LIS の発行で有効期間内にあることをいいます。失効の有無はここでは確認できません。--virtual FILE を付けると、その仮想カードの署名も検証できます。--out は署名に含まれる本文を書き出します。',
      ],
      examples: {
        'jpki verify contract.pdf.p7s': '隣にある contract.pdf と照合',
        'jpki verify reply.p7s --content reply.pdf': '別の名前のファイルと照合',
      },
    },
    'login-token': {
      summary: 'サービスへのログイン用トークンを作成',
      details: [
        '--audience には、自分が実際に接続しているサービスを指定してください（相手から送られてきたものは使わないこと）。トークンは 1 回限り、2 分間有効です。',
      ],
      examples: {
        'jpki login-token --audience https://service.example.jp --nonce 8f2c61d0':
          '利用者証明用の暗証番号を入力',
      },
    },
    recover: {
      summary: '暗証番号を間違えた・忘れた・ロックされたときの対処方法',
      details: [
        'カードがあれば残り回数を読み、本人の記憶を尋ねて、利用できる方法・必要なもの・場所・時間を示します。STATE は known（覚えている）、forgotten（忘れた）、locked（ロックされた）のいずれかです。',
      ],
      examples: {
        'jpki recover': '質問に答えて確認',
        'jpki recover --no-card --sign locked --auth known': '窓口などで、カードなしで確認',
      },
    },
    emulate: {
      summary: '仮想カードを PC/SC サービスに入れる（他のプログラムのテスト用）',
      details: [
        'PC/SC サービスに vsmartcard の仮想リーダー（vpcd）が必要です。新しいカードの暗証番号は、利用者証明用 1234、署名用 VIRTUAL1 です。Ctrl-C で終了します。',
        '--quirk でカードの動作を変える項目：shortIds（true、または 69xx・6axx のステータスワード）、changeByShortId・pinCounter・firstCommandFails・getResponse・authCertificateNeedsPin・cardSideHashing・selectClearsStatus・fci（true, false）、lockedQuery（63c0, 6983, 6984）、lockedVerify（6983, 6984）、verifiedQuery（counter, 9000）、endOfFile（shorter, 6282, 6c, 6700）、maxRead（1-65536）、selectRefusal（64xx から 6fxx まで）、tokenInfoLength（160, 32）、absentApplications（registry,common など）、absentFiles（jpki/0008,common/001c など）',
        'リーダーの動作を変える項目：longestRead（1-65536）と、それより長い読み出しへの応答 longRead（62xx から 6fxx までのステータスワード、9000, cut, fails, resets, removes）、leZero（true, 9000、または 62xx から 6fxx まで）、extendedLength・fourByteVerify（true, false、67xx から 6fxx まで、fails, resets, removes）、endlessWrongLe（true, false）、inventedWord（false, 6300, 6301, 637f）と inventedFor（select,read,query,verify,change,sign）。仮想リーダーでは、resets と removes はどちらもカードが 1 秒間抜けた状態になります。',
      ],
      examples: {
        'jpki emulate --state card.json': '毎回同じカードを使用',
        'jpki emulate --locked sign --tries auth=1': '問題のあるカードを再現',
        'jpki emulate --quirk shortIds=6a82 --quirk pinCounter=false': '動作の異なるカードを再現',
        'jpki emulate --quirk longestRead=240 --quirk longRead=cut': '長い応答を途中で切るリーダーを再現',
      },
    },
    record: {
      summary: 'カードとの通信を記録（個人情報は伏せる）',
      details: ['状態の確認と利用者証明用電子証明書の読み取りを記録します。暗証番号は不要です。'],
      examples: {
        'jpki record card.txt': '不具合の報告やテストに',
      },
    },
    doctor: {
      summary: '動作環境の確認と、問題があるときの対処方法',
      details: [],
      examples: {
        'jpki doctor': 'パッケージからカードまで順に確認',
      },
    },
  },

  help: {
    about: 'jpki：マイナンバーカードの公的個人認証（JPKI）を、カードリーダーまたは仮想カードで利用します。',
    usage: '使い方',
    commands: 'コマンド',
    options: 'オプション',
    globalOptions: '共通のオプション',
    exitCodes: '終了コード',
    examples: '例',
    pins: '暗証番号について',
    pinsText:
      '暗証番号は端末で入力し（入力した文字はすべて * と表示）、端末以外では --pin-file で指定します。コマンドラインには書かないでください。入力の前に残り回数を表示し、最後の 1 回は同意した場合だけ使います。--virtual の仮想カードの暗証番号は、利用者証明用 1234、署名用 VIRTUAL1 です。',
    topExamples: {
      'jpki status': 'カードの状態を確認',
      'jpki status --virtual': 'カードもリーダーもなしで試す',
      'jpki recover': '暗証番号を忘れた・ロックされたとき',
      'jpki doctor': 'うまく動かないとき',
    },
  },

  exitCodes: {
    0: '正常に終了',
    1: '失敗',
    2: '使い方の誤り（何もしていません）',
    3: 'リーダーまたはカードがない（PC/SC がない・止まっている、カードが離された場合も）',
    4: '暗証番号が違う、または形式が誤り（形式の誤りではカードに何も送りません）',
    5: '暗証番号がロックされている、または最後の 1 回を使わなかった',
    '128+n':
      'シグナル n で終了（130 は Ctrl-C、143 は SIGTERM、137 はカードまたはリーダーの応答がないための強制終了）',
  },

  report: {
    whatToDo: '対処方法：',
    colon: '：',
    usage: '使い方：',
    output: '結果を出力できません',
    internal: 'コマンドの内部でエラーが起きました。',
    internalRemedy: '--debug を付けてもう一度実行し、表示された内容を報告してください。',
  },

  remedies: {
    PIN_INCORRECT:
      'どの暗証番号が求められているかを確かめてください。推測では入力せず、分からない場合は「jpki recover」で対処方法を確認してください。',
    PIN_LAST_TRY:
      '暗証番号に確信がある場合は、もう一度実行して確認に「はい」と答えてください（スクリプトでは --allow-last-try）。間違えるとロックされます。確信がない場合は「jpki recover」で対処方法を確認してください。',
    PIN_LOCKED:
      'ソフトウェアでは解除できません。「jpki recover」で、再設定できる場所と必要なものを確認してください。',
  },

  fileReasons: {
    ENOENT: 'ファイルまたはフォルダーがありません',
    EEXIST: '同じ名前のファイルが既にあります',
    EACCES: 'アクセス権がありません',
    EPERM: 'アクセス権がありません',
    EISDIR: 'フォルダーです',
    ENOTDIR: 'パスの途中がフォルダーではありません',
    ENOSPC: 'ディスクに空きがありません',
    EDQUOT: 'ディスクの割り当て容量を使い切りました',
    EFBIG: 'ファイルが大きくなりすぎます',
    // What Linux and macOS answer when a socket is opened.
    ENXIO: 'ファイルでもパイプでもありません',
    EOPNOTSUPP: 'ファイルでもパイプでもありません',
    EROFS: '読み取り専用のディスクです',
  },

  file: {
    failed: (name, reason) => `${name}：${reason}。`,
    unknownReason: '原因不明',
    failedRemedy: 'ファイル名とアクセス権を確認してください。',
    notAFile: (path) => `${path} は通常のファイルでもパイプでもありません。`,
    notAFileRemedy: 'ファイルを指定してください。プログラムの出力はパイプで渡せます。',
    emptyPipe: (path) => `パイプ ${path} には何も書き込まれませんでした。`,
    again: '書き込む側のプログラムを確認して、もう一度実行してください。',
    tooLargeToAttach: (path, most) =>
      `${path} は大きすぎるため、署名ファイルに含められません（上限 ${most / 1024 / 1024} MiB）。`,
    signDetached:
      '--attached を付けずに実行してください。本文と別の署名ファイル（分離署名）なら、大きさに制限はありません。',
    changed: (path) => `署名の途中で ${path} が変更されたため、署名ファイルを作成しませんでした。`,
    changedRemedy: 'ファイルへの書き込みが終わってから、もう一度実行してください。',
    sameFile: '出力先が、このコマンドで読み込むファイルと同じです。',
    link: (path) => `${path} はリンクです。リンクの先には書き込みません。`,
    linkRemedy: 'リンクを削除するか、別のファイル名を指定してください。',
    exists: (path) => `${path} は既にあります。スクリプトでは、--force を付けた場合だけ置き換えます。`,
    replace: (path) =>
      `${path} は既にあります。置き換える場合は「はい」または yes、中止する場合はそのまま Enter: `,
    kept: (path) => `${path} はそのままです。何も行いませんでした。`,
    keptRemedy: '別のファイル名を指定するか、もう一度実行して「はい」と答えてください。',
    appeared: (path) => `処理の間に ${path} が別に作成されました。上書きはしていません。`,
    appearedRemedy: 'そのファイルを確認し、別の名前でもう一度実行してください。',
  },

  card: {
    waiting: {
      'no-reader': 'カードリーダーを待っています。接続してください',
      'no-service': 'PC/SC サービスが停止しました。再開を待っています',
      'no-card': 'カードを待っています。リーダーに置いてください',
      'in-use': '別のプログラムがカードを使用中です。終わるのを待っています',
      mute: 'カードが応答しません。置き直してください',
    },
    waitingFor: (what, seconds) => `${what}（あと ${seconds} 秒、Ctrl-C で中止）`,
    makingCard: '仮想カードを作成しています…',
    readingStatus: 'カードを読み取っています…',
    readingCertificate: '電子証明書を読み取っています…',
    readingOtherPins: 'その他の暗証番号の残り回数を読み取っています…',
    signing: '署名しています。カードを動かさないでください…',
    stillWorking:
      'カードが処理中です。応答があるまでカードをリーダーから離さないでください。応答後に終了します。いつまでも応答がない場合は、もう一度 Ctrl-C を押してください。',
    notLetGo: 'カードの電源を切れませんでした。入力した暗証番号がまだ有効な可能性があります。',
    takeItOff: 'カードをリーダーから離してください。これで暗証番号は無効に戻り、その後は置き直せます。',
    notAState: '指定されたファイルは、仮想カードの状態ファイルではありません。',
    notAStateRemedy: '別のファイルを指定してください。存在しないファイル名なら、新しく作成されます。',
  },

  readers: {
    empty: 'カードなし',
    present: 'カードあり',
    'in-use': 'カードあり（別のプログラムが使用中）',
    mute: 'カードが応答しません',
  },

  pin: {
    heading: (name, form) => `${name}（${form}）`,
    triesLeft: (left, max) =>
      left === undefined ? '残り回数：カードが示していません' : `残り回数：${left} 回（最大 ${max} 回）`,
    lastTry:
      'これが最後の 1 回です。間違えるとロックされ、ソフトウェアでは解除できません。確信がなければここで中止し、「jpki recover」で対処方法を確認してください。',
    triesUnknown:
      'カードが残り回数を示していません。これが最後の 1 回の可能性があり、間違えるとロックされるおそれがあります。',
    reallyLastTry: '入力に進む場合は「はい」または yes、中止する場合はそのまま Enter: ',
    askPin: '暗証番号: ',
    askCurrent: '現在の暗証番号: ',
    askNext: '新しい暗証番号: ',
    askNextAgain: '新しい暗証番号（確認）: ',
    nextForm: (form) =>
      `新しい暗証番号は${form}です。生年月日や電話番号など、推測されやすいものは避けてください。`,
    adjusted: '注意：入力された文字を、カードで使える形（半角・英大文字・空白なし）に直しました。',
    advice: 'この暗証番号は推測されるおそれがあります：',
    useAnyway: 'このまま使う場合は「はい」または yes、選び直す場合はそのまま Enter: ',
    differ: '2 回の入力が一致しません。もう一度入力してください。',
    counterUnknown: 'カードが残り回数を示さないため、暗証番号は送っていません。',
    tooOften: '使える暗証番号が入力されませんでした。カードには何も送っていません。',
    again: '確認のうえ、もう一度実行してください。',
    notInteractive:
      '暗証番号は端末でのみ入力できます（出力をリダイレクトしている場合も入力できません）。--pin-file で指定してください。',
    newPinFileAlone: '--new-pin-file は --pin-file と一緒に指定してください。',
    oneInput: '標準入力を指定できるのは、どちらか一方だけです。',
    inputIsTerminal:
      '標準入力が端末のため、暗証番号が画面に表示されてしまいます。--pin-file を付けずに実行すると、伏せ字で入力できます。',
    fileIsTerminal:
      '暗証番号のファイルが端末のため、暗証番号が画面に表示されてしまいます。--pin-file を付けずに実行すると、伏せ字で入力できます。',
    fileKind:
      '暗証番号のファイルとして指定されたものはデバイスです。ファイルまたはパイプを指定してください。',
    pinFile: '暗証番号のファイルを読めません',
    fileTooLong: '暗証番号のファイルとしては長すぎます。',
    fileLines: (expected) =>
      `暗証番号のファイルは${expected === 1 ? '1 行' : '2 行（現在の暗証番号、新しい暗証番号の順）'}で作成してください。`,
    fileRemedy: 'ファイルには暗証番号だけを 1 行に 1 つ書いてください。',
    readableByOthers:
      '警告：暗証番号のファイルを他の利用者も読めます。「chmod 600」で権限を変更してください。',
    verified: (name) => `${name}は正しいことを確認しました。残り回数は最大に戻りました。`,
    changed: (name) => `${name}を変更しました。`,
    notChanged: (name) => `中止しました。${name}は変更していません。`,
  },

  status: {
    card: 'カード',
    reader: 'リーダー',
    kind: '種類',
    kinds: {
      card: 'マイナンバーカード',
      'juki-card':
        '住民基本台帳カード（マイナンバーカードより前のカードで、入るのは署名用電子証明書だけです）',
      android: 'Android スマートフォンの電子証明書',
      iphone: 'iPhone の電子証明書',
      unknown: '種類は不明です',
    },
    virtual: '仮想カードです。本物のカードではなく、何の証明にもなりません。',
    pins: '暗証番号',
    otherPins: 'その他の暗証番号',
    tries: (left, max) => `残り ${left} 回${max === undefined ? '' : `（最大 ${max} 回）`}`,
    triesUnknown: '残り回数：カードが示していません',
    locked: 'ロックされています',
    lastTry: '次に間違えるとロックされます',
    applications: {
      registry: '住民基本台帳',
      'input-support': '券面入力補助',
      'surface-check': '券面事項確認',
      common: '共通カード',
    },
    nameIn: (name, application) => `${name}（${application}）`,
    refused: (word) => `残り回数：カードが示していません（${word}）`,
    /** The resident registry PIN, whose two references do not agree. */
    inApplication: (application, value) => `${application}AP：${value}`,
    pinAbsent: 'このカードにはありません',
    certificates: '電子証明書',
    role: {
      auth: '利用者証明用',
      sign: '署名用',
    },
    absent: 'このカードには入っていません',
    notSaid: '入っているかどうかをカードが示していません',
    needsPin: (role) => `入っています。内容の表示には暗証番号が必要です（jpki cert show ${role}）`,
    notRead: '読み取れませんでした',
    unreadable: '入っていますが、内容を解釈できません',
    until: (day, daysLeft) => `有効期限 ${day}（残り ${daysLeft} 日）`,
    expired: (day) => `有効期限切れ（${day}まで）`,
    notYet: (day) => `${day}から有効（まだ有効期間に入っていません）`,
    trusted: 'J-LIS が発行したもので、有効期間内です',
    notTrusted: '信頼できる電子証明書とは確認できませんでした。理由：',
    virtualIssuer: '仮想カード自身が発行したものです（テスト以外では無効）',
    whatToDo: '対処方法',
    allWays: '必要なもの・場所・時間など、詳しくは「jpki recover」で確認できます。',
  },

  certificate: {
    titles: {
      auth: '利用者証明用電子証明書',
      sign: '署名用電子証明書',
      'auth-ca': '利用者証明用電子証明書の認証局の証明書',
      'sign-ca': '署名用電子証明書の認証局の証明書',
    },
    subject: '主体者',
    issuer: '発行者',
    serialNumber: 'シリアル番号',
    validity: '有効期間',
    day: (year, month, day) => `${year} 年 ${month} 月 ${day} 日`,
    fromTo: (from, to) => `${from}から ${to}まで`,
    policy: '証明書ポリシー',
    keyUsage: '鍵用途',
    fingerprint: 'SHA-256',
    none: '（なし）',
    verdict: '検証結果',
    holder: '名義人',
    knownAnchor: (name) => `J-LIS の認証局証明書 ${name} です（フィンガープリントが一致）`,
    unknownAnchor: '既知の J-LIS の認証局証明書ではありません',
    written: (path) => `${path} に書き込みました。`,
    derOnTerminal: 'DER 形式は端末に表示できません。--out FILE を指定するか、パイプに出力してください。',
  },

  holder: {
    name: '氏名',
    birthDate: '生年月日',
    sex: '性別',
    address: '住所',
    sexes: {
      male: '男',
      female: '女',
      unknown: '不明',
    },
    substitutes: (characters) => `（代替文字：${characters}）`,
    substitutesUnknown: '（代替文字を含む可能性があります。位置は記録されていません）',
    bornOn: ({ year, month, day, era, eraYear }) => {
      const japaneseYear =
        era && eraYear ? `${era.ja}${eraYear === 1 ? '元' : ` ${eraYear} `}年` : `${year ?? '？'} 年`;
      return `${japaneseYear} ${month ?? '？'} 月 ${day ?? '？'} 日（西暦 ${year ?? '不明'}${year === undefined ? '' : ' 年'}）`;
    },
  },

  sign: {
    readingFile: 'ファイルを読み取っています…',
    signedDetached: (target, path) =>
      `署名しました：${target}（検証には ${path} も必要です。一緒に保管してください）`,
    signedAttached: (target) => `署名しました：${target}（本文を含みます）`,
    valid: '署名は有効です。内容は、下記の署名者が署名したものと一致します。',
    invalid: '署名は有効と確認できませんでした。署名も、署名者の名前も信頼しないでください。',
    signer: '署名者',
    claimedSigner: '署名者とされている名義（未確認）',
    trustAnchor: '発行元の認証局',
    virtualAnchor: '仮想カード自身（本物ではありません。テスト以外では無効）',
    signedAt: '署名日時',
    claimedTime: (time) => `${time}（日本時間、署名者の申告によるもの）`,
    contentWas: (path) => `${path} の内容で検証しました。`,
    nothingToWrite: '本文が別の署名のため、書き出す内容がありません。',
    contentIsYours: '--out を付けずに実行してください。内容は指定したファイルそのものです。',
  },

  recovery: {
    needs: '必要なもの',
    needed: (what) => `必要なもの：${what}`,
    where: '場所',
    when: '時間',
    check: '事前の確認',
    note: '注意',
    confirm: '最新情報',
    waysOpen: '対処方法',
    nothingWrong:
      'ロックされている（または残り 1 回の）暗証番号はありません。忘れた場合は --sign forgotten のように指定してください。',
    nothingToGoBy:
      'カードを読まない場合は、本人の記憶を --sign forgotten --auth known のように指定してください。',
    noCardRead: (why) =>
      `カードを読み取れませんでした（${why.replace(/。$/, '')}）。カードで分かる内容は「事前の確認」に示します。`,
    fourPins: 'カードに設定された 4 つの暗証番号',
    whichPins: (someInTrouble) =>
      `どの暗証番号でお困りですか。番号を入力してください（複数の場合は 1 2 のように）。${someInTrouble ? 'Enter だけを押すと、ロックされているもの（または残り 1 回のもの）について表示します。' : ''}`,
    whatAbout: (name) =>
      `${name}について：1 忘れた（Enter だけでも可）　2 ロックされたと言われた　3 覚えている`,
    sureOf: (name) =>
      `${name}について：1 確実に覚えている　2 覚えていない　3 はっきりしない（Enter だけでも可）`,
    number: '番号: ',
    onlyNumbers: '表示された番号だけを入力してください（複数の場合は空白で区切ります）。',
    forgotten: '忘れた',
    toldLocked: 'ロックされたと言われた',
    known: '覚えている',
    surelyKnown: '確実に覚えている',
    notKnown: '覚えていない',
    notSure: 'はっきりしない',
  },

  doctor: {
    names: {
      package: 'パッケージ',
      binding: 'リーダーへの接続',
      service: 'PC/SC サービス',
      reader: 'リーダー',
      card: 'カード',
      applet: '公的個人認証',
    },
    states: {
      ok: '正常',
      problem: '問題あり',
      skipped: '未確認',
    },
    skipped: '上の問題が解決してから確認します',
    next: '対処方法：',
    loads: (name) => `${name} がインストール済みで、読み込めます`,
    answers: '動作しています',
    cardIn: (reader) => `${reader} にあります`,
    applet: (label) => `応答があり、残り回数を読み取れました（${label}）`,
    virtualApplet: (label) => `仮想カード（本物ではありません）が応答しました（${label}）`,
    oldNode: (version) => `Node.js ${version} は古すぎます。`,
    newerNode: (version) => `Node.js ${version} 以降をインストールしてください。`,
  },

  emulate: {
    inReader: '仮想カードを PC/SC サービスのリーダーに入れました',
    reader: '仮想リーダー',
    publicPins: '発行時の暗証番号',
    pinsAre: (auth, sign) => `利用者証明用 ${auth}、署名用 ${sign}（公開の値で、本物のカードには使えません）`,
    state: '状態ファイル',
    notKept: 'なし（終了するとカードは残りません）',
    ctrlC: 'Ctrl-C で取り出して終了します。',
    takenOut: 'PC/SC サービスとの接続が切れ、仮想カードが取り出されました。',
    alreadyIssued: (option) =>
      `状態ファイルには既にカードがあります。${option} は新しく作成するときに指定してください。`,
    noSuchQuirk: 'その動作（--quirk）の名前または値は使えません。「jpki emulate --help」で確認してください。',
  },

  record: {
    written: (path) =>
      `${path} に記録しました（状態の確認と利用者証明用電子証明書の読み取り）。暗証番号や個人を特定する情報は含みませんが、他の人に渡す前に内容を確認してください。`,
  },
};
