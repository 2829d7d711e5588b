/** What is said while the card is waited for and read. */
import type { BilingualText } from '../errors.js';

const until =
  (en: string, ja: string) =>
  (seconds: number): BilingualText => ({
    en: `${en} (${seconds} s, Ctrl-C stops)`,
    ja: `${ja}（あと ${seconds} 秒、Ctrl-C で中止）`,
  });

const putCard = until(
  'Waiting for the card: put it on the reader',
  'カードを待っています。リーダーに置いてください',
);
const inUse = until(
  'Another program is using the card: waiting until it is done',
  '別のプログラムがカードを使用中です。終わるのを待っています',
);

export const CARD_TEXTS = {
  waiting: {
    NO_READER: until(
      'Waiting for a card reader: plug it in',
      'カードリーダーを待っています。接続してください',
    ),
    SERVICE_UNAVAILABLE: until(
      'The PC/SC service stopped: waiting until it is back',
      'PC/SC サービスが停止しました。再開を待っています',
    ),
    NO_CARD: putCard,
    CARD_REMOVED: putCard,
    SHARING_VIOLATION: inUse,
    CARD_RESET: inUse,
    CARD_MUTE: until(
      'The card does not answer: take it off and put it flat on the reader',
      'カードが応答しません。置き直してください',
    ),
  },
  makingCard: { en: 'Making a virtual card...', ja: '仮想カードを作成しています…' },
  readingStatus: { en: 'Reading the card...', ja: 'カードを読み取っています…' },
  readingCertificate: { en: 'Reading the certificate...', ja: '電子証明書を読み取っています…' },
  readingCa: { en: 'Reading the CA certificate...', ja: '認証局の証明書を読み取っています…' },
  readingOtherPins: {
    en: 'Reading the counters of the other applications...',
    ja: 'その他の暗証番号の残り回数を読み取っています…',
  },
  signing: { en: 'Signing: keep the card still...', ja: '署名しています。カードを動かさないでください…' },
  stillWorking: {
    en: 'The card is still working: keep it on the reader until it has answered, then this command ends. If the answer never comes, press Ctrl-C once more.',
    ja: 'カードが処理中です。応答があるまでカードをリーダーから離さないでください。応答後に終了します。いつまでも応答がない場合は、もう一度 Ctrl-C を押してください。',
  },
  notLetGo: {
    en: 'The card could not be unpowered, so a PIN that was entered may still be in force.',
    ja: 'カードの電源を切れませんでした。入力した暗証番号がまだ有効な可能性があります。',
  },
  takeItOff: {
    en: 'Take the card off the reader: that ends it. It can then be put back.',
    ja: 'カードをリーダーから離してください。これで暗証番号は無効に戻り、その後は置き直せます。',
  },
  notAState: {
    en: 'The state file is not that of a virtual card.',
    ja: '指定されたファイルは、仮想カードの状態ファイルではありません。',
  },
  notAStateRemedy: {
    en: 'Name another file: one that does not exist is made.',
    ja: '別のファイルを指定してください。存在しないファイル名なら、新しく作成されます。',
  },
} as const;
