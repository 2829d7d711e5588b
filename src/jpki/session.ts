import { checkedOptions } from '../arguments.js';
import { type BilingualText, JpkiError, type JpkiErrorCode, type KeyRole } from '../errors.js';
import {
  CardChannel,
  type CardChannelOptions,
  type OperationOptions,
  ResponseApdu,
  type Send,
  StatusWord,
  SW,
} from '../iso7816/index.js';
import { createTrace } from '../trace.js';
import type { CardConnection } from '../transport/connection.js';
import { selectApplication, selectFile } from './commands.js';
import { AID, byShortId, CURRENT_FILE } from './files.js';
import { limitsOf, READ_CHECKS, ReaderLimits, type ReadOptions } from './read-strategy.js';

export const trace = createTrace('jpki:applet');

interface PinState {
  /** This session's VERIFY of the PIN was answered 9000. */
  verified: boolean;
  /** What the card said after this session's last wrong PIN; gone after a right one. */
  triesLeft: number | undefined;
}

/** What is known of a card while one connection to it lives. Shared by everything that talks over that connection. */
export class CardSession {
  static readonly #sessions = new WeakMap<CardConnection, CardSession>();

  readonly channel: CardChannel;
  readonly pins: Record<KeyRole, PinState> = {
    auth: { verified: false, triesLeft: undefined },
    sign: { verified: false, triesLeft: undefined },
  };
  /** Whether the card takes short EF identifiers; `undefined` until an exchange has shown it. */
  shortIds: boolean | undefined;
  /** What reader and card carry. */
  limits = new ReaderLimits();
  /** Whether extended-length reads may be tried. */
  extendedReads = true;
  /** The file a SELECT or a short identifier made current; `undefined` when that is not known. */
  currentFile: number | undefined;
  /** Whether the JPKI application is the current one. */
  jpkiSelected = false;

  private constructor(connection: CardConnection, options: CardChannelOptions) {
    this.channel = new CardChannel(connection, options);
  }

  /**
   * The one session of a connection: two channels on one card would interleave their operations. Options that are
   * given apply from then on, also to a session that was there before.
   *
   * @throws JpkiError `INVALID_ARGUMENT`
   */
  static of(connection: CardConnection, options: CardChannelOptions & ReadOptions = {}): CardSession {
    const { readStrategy, extendedReads } = checkedOptions<ReadOptions>(options, READ_CHECKS);
    let session = CardSession.#sessions.get(connection);
    if (session === undefined) {
      session = new CardSession(connection, options);
      CardSession.#sessions.set(connection, session);
    } else {
      session.channel.configure(options);
    }
    if (readStrategy !== undefined) session.limits = limitsOf(readStrategy, connection.readerName);
    session.extendedReads = extendedReads ?? session.extendedReads;
    return session;
  }

  /** Runs an operation of the JPKI application, which is selected again where another application came in between. */
  run<T>(operation: (send: Send) => Promise<T>, options: OperationOptions = {}): Promise<T> {
    return this.channel.run(async (send) => {
      // On a shared connection another program may have selected something else in the meantime.
      if (!this.jpkiSelected || !this.channel.connection.exclusive) await this.selectJpki(send);
      try {
        return await operation(send);
      } catch (error) {
        // After an exchange that went wrong it is not known what is selected.
        if (error instanceof JpkiError && SELECTION_LOST.has(error.code)) this.leaveJpki();
        throw error;
      }
    }, options);
  }

  /** SELECT of the JPKI application; the first command after a power-up may be answered 6F00 once [myna-card]. */
  async selectJpki(send: Send): Promise<void> {
    this.leaveJpki();
    let { statusWord } = await send(selectApplication(AID.jpki));
    if (statusWord.value === SW.UNSPECIFIED) ({ statusWord } = await send(selectApplication(AID.jpki)));
    if (!statusWord.isDone && statusWord.bytesAvailable === undefined) {
      throw new JpkiError('NOT_JPKI', notSelected(statusWord), { statusWord: statusWord.value });
    }
    this.jpkiSelected = true;
  }

  /** Another application is about to be selected. */
  leaveJpki(): void {
    this.jpkiSelected = false;
    this.currentFile = undefined;
  }

  /** SELECT of a file unless it is current; `false` when there is none. */
  async selectFile(send: Send, file: number): Promise<boolean> {
    const refusal = await this.refusalOf(send, file);
    if (refusal !== undefined && refusal.value !== SW.FILE_NOT_FOUND) throw statusError(refusal, SELECTING);
    return refusal === undefined;
  }

  /** The same, with the word that the card refused the file with. */
  async refusalOf(send: Send, file: number): Promise<StatusWord | undefined> {
    if (this.currentFile === file) return undefined;
    this.currentFile = undefined;
    const { statusWord } = await send(selectFile(file));
    if (!statusWord.isDone && statusWord.bytesAvailable === undefined) return statusWord;
    this.currentFile = file;
    return undefined;
  }

  /**
   * Runs a command that names a file in its P2: by short identifier where the card takes them, after a SELECT where
   * it does not. Only for commands that change nothing when refused. Answers 6A82 when there is no such file.
   */
  async withFile(
    send: Send,
    file: number,
    run: (p2: number) => Promise<ResponseApdu>,
  ): Promise<ResponseApdu> {
    if (this.shortIds !== false) {
      // The identifier may make its file current: what was selected before must not be taken for it later.
      this.currentFile = undefined;
      const response = await run(byShortId(file));
      // Also the answer to a key whose PIN is missing, which is no news of identifiers.
      if (response.statusWord.value === SW.SECURITY_STATUS_NOT_SATISFIED) return response;
      if (!this.refusesShortId(response.statusWord)) {
        this.shortIds = true;
        return response;
      }
    }
    if (!(await this.selectFile(send, file)))
      return new ResponseApdu(new Uint8Array(0), new StatusWord(SW.FILE_NOT_FOUND));
    const response = await run(CURRENT_FILE);
    // A command refused both ways was refused for another reason, which is no news of short identifiers.
    if (!refusesShortId(response.statusWord)) this.shortIds = false;
    return response;
  }

  /** While none has worked yet, any 69xx or 6Axx may be meant for the short identifier. */
  refusesShortId(statusWord: StatusWord): boolean {
    const { sw1 } = statusWord;
    return refusesShortId(statusWord) || (this.shortIds === undefined && (sw1 === 0x69 || sw1 === 0x6a));
  }
}

const SELECTION_LOST: ReadonlySet<JpkiErrorCode> = new Set([
  'TRANSPORT',
  'MALFORMED_RESPONSE',
  'CARD_RESET',
  'PIN_CHANGE_UNCERTAIN',
]);

/** A card without short identifiers answers 6A86, 6A88 or 6A82, and spends no try (card.md section 3). */
export function refusesShortId(statusWord: StatusWord): boolean {
  const { value } = statusWord;
  return value === SW.WRONG_P1_P2 || value === SW.REFERENCE_NOT_FOUND || value === SW.FILE_NOT_FOUND;
}

/** ISO/IEC 7816-4 table 5: with 67 to 6E the card checked the command and did not carry it out. */
export function isCheckingError({ sw1 }: StatusWord): boolean {
  return sw1 >= 0x67 && sw1 <= 0x6e && sw1 !== 0x6c;
}

/** Only 6A82 says that there is no such application; any other word is told as it is. */
function notSelected(statusWord: StatusWord): BilingualText | undefined {
  if (statusWord.value === SW.FILE_NOT_FOUND) return undefined;
  return {
    en: `The card did not let the JPKI application be selected: ${statusWord} (${statusWord.meaning.en}).`,
    ja: `カードの公的個人認証（JPKI）アプリケーションを選択できません：${statusWord}（${statusWord.meaning.ja}）。`,
  };
}

const SELECTING: BilingualText = { en: 'Selecting a file', ja: 'ファイルの選択' };

/** The error for a status word that the operation has no better name for. */
export function statusError(statusWord: StatusWord, doing: BilingualText, role?: KeyRole): JpkiError {
  const { meaning } = statusWord;
  return new JpkiError(
    'STATUS_WORD',
    {
      en: `${doing.en}: the card answered ${statusWord} (${meaning.en}).`,
      ja: `${doing.ja}：カードの応答は ${statusWord}（${meaning.ja}）です。`,
    },
    { statusWord: statusWord.value, role },
  );
}
