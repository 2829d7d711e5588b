/** What each subcommand does, in words and examples. */
import type { BilingualText } from '../errors.js';
import type { Example } from './help.js';

interface CommandTexts {
  readonly summary: BilingualText;
  readonly details: readonly BilingualText[];
  readonly examples: readonly Example[];
}

const PIN_FILE: Example = {
  command: 'jpki pin verify auth --pin-file ~/.auth-pin',
  does: { en: 'without a terminal', ja: '端末を使わずに実行' },
};

export const COMMAND_TEXTS: Readonly<Record<string, CommandTexts>> = {
  readers: {
    summary: { en: 'the card readers, and what is in them', ja: 'カードリーダーの一覧' },
    details: [],
    examples: [{ command: 'jpki readers', does: { en: 'list them', ja: '一覧を表示' } }],
  },
  status: {
    summary: {
      en: 'PINs, tries left and certificates of a card, and what to do if something is wrong',
      ja: 'カードの状態：暗証番号の残り回数、電子証明書、問題があるときの対処方法',
    },
    details: [
      {
        en: 'Asks for no PIN and spends no try.',
        ja: '暗証番号は不要で、残り回数も減りません。',
      },
    ],
    examples: [
      { command: 'jpki status', does: { en: 'the card on the reader', ja: 'リーダーに置いたカードの状態' } },
      {
        command: 'jpki status --all-pins --lang en',
        does: { en: 'all counters, in English', ja: 'すべての暗証番号の残り回数を英語で表示' },
      },
      {
        command: 'jpki status --virtual --json',
        does: { en: 'a virtual card, as JSON', ja: '仮想カードの状態を JSON で出力' },
      },
    ],
  },
  'cert show': {
    summary: { en: 'a certificate of the card in words', ja: '電子証明書の内容を表示' },
    details: [
      {
        en: 'auth: user authentication; sign: signature, which names the holder and is read only after the signature PIN; auth-ca and sign-ca: the CA certificate of each.',
        ja: 'auth は利用者証明用、sign は署名用（氏名・住所などを含むため、署名用の暗証番号が必要）、auth-ca と sign-ca はそれぞれの認証局の証明書です。',
      },
    ],
    examples: [
      { command: 'jpki cert show auth', does: { en: 'no PIN needed', ja: '暗証番号なしで表示' } },
      { command: 'jpki cert show sign', does: { en: 'with the holder', ja: '名義人の情報も表示' } },
    ],
  },
  'cert export': {
    summary: { en: 'a certificate of the card as PEM or DER', ja: '電子証明書を PEM または DER で出力' },
    details: [],
    examples: [
      { command: 'jpki cert export auth', does: { en: 'PEM on stdout', ja: 'PEM を標準出力へ' } },
      {
        command: 'jpki cert export sign --format der --out sign.cer',
        does: { en: 'DER into a file', ja: 'DER をファイルへ' },
      },
    ],
  },
  'pin verify': {
    summary: { en: 'check that a PIN is right', ja: '暗証番号が正しいか確認' },
    details: [
      {
        en: 'A wrong PIN spends a try; a right one makes the counter full again. The last try is spent only when you say so.',
        ja: '間違えると残り回数が 1 回減り、正しければ最大に戻ります。最後の 1 回は、確認に同意した場合だけ使います。',
      },
    ],
    examples: [
      { command: 'jpki pin verify sign', does: { en: 'asks for the PIN', ja: '暗証番号を端末で入力' } },
      PIN_FILE,
    ],
  },
  'pin change': {
    summary: { en: 'change a PIN that is known', ja: '暗証番号を変更（現在の暗証番号が必要）' },
    details: [
      {
        en: 'A locked or forgotten PIN cannot be changed here: see "jpki recover".',
        ja: 'ロックされた、または忘れた暗証番号はここでは変更できません。「jpki recover」をご覧ください。',
      },
    ],
    examples: [
      {
        command: 'jpki pin change sign',
        does: {
          en: 'asks for the current PIN, and twice for the new one',
          ja: '現在の暗証番号と、新しい暗証番号（2 回）を入力',
        },
      },
      {
        command: 'jpki pin change auth --pin-file pins.txt',
        does: { en: 'first line current, second line new', ja: '1 行目が現在、2 行目が新しい暗証番号' },
      },
    ],
  },
  sign: {
    summary: { en: 'sign a file (CMS, .p7s) with the signature key', ja: 'ファイルに署名（CMS 形式、.p7s）' },
    details: [
      {
        en: 'The signature names you: name, address, date of birth and sex are in the certificate that goes with it.',
        ja: '署名には電子証明書が添付され、氏名・住所・生年月日・性別が受取人に伝わります。',
      },
    ],
    examples: [
      {
        command: 'jpki sign contract.pdf',
        does: { en: 'makes contract.pdf.p7s beside it', ja: 'contract.pdf.p7s を作成' },
      },
      {
        command: 'jpki sign order.xml --attached --out order.p7m',
        does: { en: 'one file with content and signature', ja: '本文と署名を一つのファイルに' },
      },
    ],
  },
  verify: {
    summary: { en: 'check a signed file; needs no card', ja: '署名を検証（カード不要）' },
    details: [
      {
        en: 'Good means: the content is what was signed, and the certificate was issued by J-LIS and is within its dates. Whether it has been revoked cannot be checked here. With --virtual FILE the signatures of that virtual card count too. --out writes the content that is in the signature.',
        ja: '有効とは、内容が署名時のままで、電子証明書が J-LIS の発行で有効期間内にあることをいいます。失効の有無はここでは確認できません。--virtual FILE を付けると、その仮想カードの署名も検証できます。--out は署名に含まれる本文を書き出します。',
      },
    ],
    examples: [
      {
        command: 'jpki verify contract.pdf.p7s',
        does: { en: 'with contract.pdf beside it', ja: '隣にある contract.pdf と照合' },
      },
      {
        command: 'jpki verify reply.p7s --content reply.pdf',
        does: { en: 'with a file of another name', ja: '別の名前のファイルと照合' },
      },
    ],
  },
  'login-token': {
    summary: { en: 'a token that logs in to a service', ja: 'サービスへのログイン用トークンを作成' },
    details: [
      {
        en: 'Give the address you yourself connect to as audience, never one that somebody sends you. The token is good once, for two minutes.',
        ja: '--audience には、自分が実際に接続しているサービスを指定してください（相手から送られてきたものは使わないこと）。トークンは 1 回限り、2 分間有効です。',
      },
    ],
    examples: [
      {
        command: 'jpki login-token --audience https://service.example.jp --nonce 8f2c61d0',
        does: { en: 'asks for the authentication PIN', ja: '利用者証明用の暗証番号を入力' },
      },
    ],
  },
  recover: {
    summary: {
      en: 'the ways out when a PIN is wrong, forgotten or locked',
      ja: '暗証番号を間違えた・忘れた・ロックされたときの対処方法',
    },
    details: [
      {
        en: 'Reads the counters of a card if there is one, asks what the holder remembers, and shows which way is open, what it needs, where and when. STATE is known, forgotten or locked.',
        ja: 'カードがあれば残り回数を読み、本人の記憶を尋ねて、利用できる方法・必要なもの・場所・時間を示します。STATE は known（覚えている）、forgotten（忘れた）、locked（ロックされた）のいずれかです。',
      },
    ],
    examples: [
      { command: 'jpki recover', does: { en: 'asks', ja: '質問に答えて確認' } },
      {
        command: 'jpki recover --no-card --sign locked --auth known',
        does: { en: 'at a support desk, without the card', ja: '窓口などで、カードなしで確認' },
      },
    ],
  },
  emulate: {
    summary: {
      en: 'put a virtual card into the PC/SC service, to test any program',
      ja: '仮想カードを PC/SC サービスに入れる（他のプログラムのテスト用）',
    },
    details: [
      {
        en: 'Needs the virtual reader of vsmartcard (vpcd) in the PC/SC service. The PINs of a new card are 1234 (authentication) and VIRTUAL1 (signature). Runs until Ctrl-C.',
        ja: 'PC/SC サービスに vsmartcard の仮想リーダー（vpcd）が必要です。新しいカードの暗証番号は、利用者証明用 1234、署名用 VIRTUAL1 です。Ctrl-C で終了します。',
      },
      {
        en: 'Quirks of cards: shortIds (true, or a word 69xx or 6axx), changeByShortId, pinCounter, firstCommandFails, getResponse, authCertificateNeedsPin, cardSideHashing, selectClearsStatus, fci (true, false), lockedQuery (63c0, 6983, 6984), lockedVerify (6983, 6984), verifiedQuery (counter, 9000), endOfFile (shorter, 6282, 6c, 6700), maxRead (1-65536), selectRefusal (a word 64xx to 6fxx), tokenInfoLength (160, 32), absentApplications (registry,common,...), absentFiles (jpki/0008,common/001c,...).',
        ja: '--quirk でカードの動作を変える項目：shortIds（true、または 69xx・6axx のステータスワード）、changeByShortId・pinCounter・firstCommandFails・getResponse・authCertificateNeedsPin・cardSideHashing・selectClearsStatus・fci（true, false）、lockedQuery（63c0, 6983, 6984）、lockedVerify（6983, 6984）、verifiedQuery（counter, 9000）、endOfFile（shorter, 6282, 6c, 6700）、maxRead（1-65536）、selectRefusal（64xx から 6fxx まで）、tokenInfoLength（160, 32）、absentApplications（registry,common など）、absentFiles（jpki/0008,common/001c など）',
      },
      {
        en: 'Quirks of readers: longestRead (1-65536) and, for a longer one, longRead (a word 62xx to 6fxx, 9000, cut, fails, resets, removes); leZero (true, 9000, or a word 62xx to 6fxx), extendedLength and fourByteVerify (true, false, a word 67xx to 6fxx, fails, resets, removes), endlessWrongLe (true, false), inventedWord (false, 6300, 6301, 637f) and inventedFor (select,read,query,verify,change,sign). In the virtual reader resets and removes both take the card out for a second.',
        ja: 'リーダーの動作を変える項目：longestRead（1-65536）と、それより長い読み出しへの応答 longRead（62xx から 6fxx までのステータスワード、9000, cut, fails, resets, removes）、leZero（true, 9000、または 62xx から 6fxx まで）、extendedLength・fourByteVerify（true, false、67xx から 6fxx まで、fails, resets, removes）、endlessWrongLe（true, false）、inventedWord（false, 6300, 6301, 637f）と inventedFor（select,read,query,verify,change,sign）。仮想リーダーでは、resets と removes はどちらもカードが 1 秒間抜けた状態になります。',
      },
    ],
    examples: [
      {
        command: 'jpki emulate --state card.json',
        does: { en: 'the same card each time', ja: '毎回同じカードを使用' },
      },
      {
        command: 'jpki emulate --locked sign --tries auth=1',
        does: { en: 'a card in trouble', ja: '問題のあるカードを再現' },
      },
      {
        command: 'jpki emulate --quirk shortIds=6a82 --quirk pinCounter=false',
        does: { en: 'a card that behaves differently', ja: '動作の異なるカードを再現' },
      },
      {
        command: 'jpki emulate --quirk longestRead=240 --quirk longRead=cut',
        does: { en: 'a reader that cuts long answers off', ja: '長い応答を途中で切るリーダーを再現' },
      },
    ],
  },
  record: {
    summary: {
      en: 'record the exchanges with a card, naming nobody',
      ja: 'カードとの通信を記録（個人情報は伏せる）',
    },
    details: [
      {
        en: 'Status and authentication certificate; no PIN is asked for.',
        ja: '状態の確認と利用者証明用電子証明書の読み取りを記録します。暗証番号は不要です。',
      },
    ],
    examples: [
      {
        command: 'jpki record card.txt',
        does: { en: 'for a report or a test', ja: '不具合の報告やテストに' },
      },
    ],
  },
  doctor: {
    summary: {
      en: 'what works, what does not, what to do next',
      ja: '動作環境の確認と、問題があるときの対処方法',
    },
    details: [],
    examples: [
      {
        command: 'jpki doctor',
        does: { en: 'from the package to the card', ja: 'パッケージからカードまで順に確認' },
      },
    ],
  },
};

export const HELP_TEXTS = {
  about: {
    en: "jpki: the JPKI application of Japan's Individual Number Card (My Number Card), over a card reader or on a virtual card.",
    ja: 'jpki：マイナンバーカードの公的個人認証（JPKI）を、カードリーダーまたは仮想カードで利用します。',
  },
  usage: { en: 'Usage', ja: '使い方' },
  commands: { en: 'Commands', ja: 'コマンド' },
  options: { en: 'Options', ja: 'オプション' },
  globalOptions: { en: 'Options of every command', ja: '共通のオプション' },
  exitCodes: { en: 'Exit codes', ja: '終了コード' },
  examples: { en: 'Examples', ja: '例' },
  pins: { en: 'PINs', ja: '暗証番号について' },
  pinsText: {
    en: 'A PIN is asked for on the terminal and shown as *, as is everything else you type, or read with --pin-file; never give it on the command line. The tries left are shown first, and the last one is used only if you say so. The virtual card of --virtual has 1234 (authentication) and VIRTUAL1 (signature).',
    ja: '暗証番号は端末で入力し（入力した文字はすべて * と表示）、端末以外では --pin-file で指定します。コマンドラインには書かないでください。入力の前に残り回数を表示し、最後の 1 回は同意した場合だけ使います。--virtual の仮想カードの暗証番号は、利用者証明用 1234、署名用 VIRTUAL1 です。',
  },
  topExamples: [
    { command: 'jpki status', does: { en: 'how the card is', ja: 'カードの状態を確認' } },
    {
      command: 'jpki status --virtual',
      does: { en: 'the same without card and reader', ja: 'カードもリーダーもなしで試す' },
    },
    {
      command: 'jpki recover',
      does: { en: 'a PIN is locked or forgotten', ja: '暗証番号を忘れた・ロックされたとき' },
    },
    { command: 'jpki doctor', does: { en: 'nothing works', ja: 'うまく動かないとき' } },
  ],
} as const satisfies Readonly<Record<string, BilingualText | readonly Example[]>>;
