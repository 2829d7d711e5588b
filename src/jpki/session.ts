import { checkedOptions } from '../arguments.js';
import { JpkiError, type JpkiErrorCode, type PinRole } from '../errors.js';
import {
  CardChannel,
  type CardChannelOptions,
  type OperationOptions,
  type Send,
  type StatusWord,
  SW,
} from '../iso7816/index.js';
import { type Entry, say, sayOf } from '../text/index.js';
import { createTrace } from '../trace.js';
import type { CardConnection } from '../transport/connection.js';
import { selectApplication, selectFile } from './commands.js';
import { AID, type ApplicationName, type PinPlace } from './files.js';
import { limitsOf, READ_CHECKS, ReaderLimits, type ReadOptions } from './read-strategy.js';

export const trace = createTrace('jpki:applet');

/** What this session's own VERIFY of a PIN came to; nothing where none was sent, or its answer did not come. */
type PinKnowledge = { readonly verified: true } | { readonly verified: false; readonly triesLeft: number };

/** How a command fared that names a file. */
export interface Attempt {
  /**
   * What the answer says of the name: that it was understood; that it was refused; that it may have been, or something else
   * of the command; or nothing.
   */
  readonly name: 'taken' | 'refused' | 'doubted' | 'untold';
  /** Whether the file is the current one now, as after a read by short identifier (JICSAP table 5). */
  readonly isCurrent?: boolean;
}

/** How a command is to name its file. */
export interface Naming {
  readonly byShortId: boolean;
  /** Whether the card was seen to take a short identifier before. */
  readonly isProven: boolean;
}

/**
 * What is known of a card while one connection to it lives. Shared by everything that talks over that connection, and
 * changed by the methods here alone.
 */
export class CardSession {
  static readonly #sessions = new WeakMap<CardConnection, CardSession>();

  readonly channel: CardChannel;
  readonly #pins = new Map<PinPlace, PinKnowledge>();
  /** Whether the last call of a method ended with an error, which the caller has been told. */
  #callFailed = false;
  /** The same of the last call with a PIN: a caller may look at the counter before the error goes on. */
  #pinCallFailed = false;
  #takesShortIds: boolean | undefined;
  #limits = new ReaderLimits();
  #extendedReads = true;
  /** The application that is selected; `undefined` when that is not known. */
  #application: ApplicationName | undefined;
  /** The application of the operation that runs, or ran last. */
  #wanted: ApplicationName = 'jpki';
  /** The file a SELECT or a short identifier made current; `undefined` when that is not known. */
  #file: number | undefined;

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
    if (readStrategy !== undefined) session.#limits = limitsOf(readStrategy, connection.readerName);
    session.#extendedReads = extendedReads ?? session.#extendedReads;
    return session;
  }

  /** What reader and card carry. */
  get limits(): ReaderLimits {
    return this.#limits;
  }

  /** Whether extended-length reads may be tried. */
  get extendedReads(): boolean {
    return this.#extendedReads;
  }

  /** Whether nobody else can select something on the card meanwhile. */
  get exclusive(): boolean {
    return this.channel.connection.exclusive;
  }

  /** Runs an operation of one application, which is selected again where another application came in between. */
  run<T>(
    application: ApplicationName,
    operation: (send: Send) => Promise<T>,
    options: OperationOptions = {},
  ): Promise<T> {
    return this.runAnywhere(async (send) => {
      this.#wanted = application;
      // On a shared connection another program may have selected something else in the meantime.
      if (this.#application !== application || !this.exclusive) await this.selectAgain(send);
      return await operation(send);
    }, options);
  }

  /** Runs an operation that selects what it needs. */
  runAnywhere<T>(operation: (send: Send) => Promise<T>, options: OperationOptions = {}): Promise<T> {
    return this.channel.run(async (send) => {
      try {
        return await operation(send);
      } catch (error) {
        // After an exchange that went wrong it is not known what is selected.
        if (error instanceof JpkiError && SELECTION_LOST.has(error.code)) this.#forgetSelection();
        throw error;
      }
    }, options);
  }

  /** Selects an application, whatever is selected now; the errors of `selectAgain`. */
  select(application: ApplicationName, options: OperationOptions = {}): Promise<void> {
    return this.channel.run(async (send) => {
      this.#wanted = application;
      await this.selectAgain(send);
    }, options);
  }

  /** Within an operation: goes on in another application; the errors of `selectAgain`. */
  async enter(send: Send, application: ApplicationName): Promise<void> {
    if (this.#wanted === application) return;
    this.#wanted = application;
    await this.selectAgain(send);
  }

  /**
   * Selects the application of the operation that runs, as after an exchange that failed on its way.
   *
   * @throws JpkiError `NOT_JPKI`; `UNSUPPORTED` for another application that the card lacks
   */
  async selectAgain(send: Send): Promise<void> {
    const application = this.#wanted;
    const refusal = await this.selectApplication(send, application);
    if (refusal === undefined) return;
    const statusWord = refusal.value;
    // Only 6A82 says that there is no such application; any other word is told as it is.
    const isAbsent = statusWord === SW.FILE_NOT_FOUND;
    const message = sayOf(refusal.meaning, (t, meaning) =>
      application === 'jpki'
        ? t.card.notSelected(`${refusal}`, meaning)
        : t.card.otherNotSelected(t.card.applications[application], `${refusal}`, meaning),
    );
    if (application === 'jpki')
      throw new JpkiError('NOT_JPKI', isAbsent ? undefined : message, { statusWord });
    if (!isAbsent) throw new JpkiError('STATUS_WORD', message, { statusWord });
    const absent = say((t) => t.card.applicationAbsent(t.card.applications[application]));
    throw new JpkiError('UNSUPPORTED', absent, { statusWord, remedy: say((t) => t.card.useTheCard) });
  }

  /**
   * SELECT of an application; the word that it was refused with. The first command after a power-up may be answered 6F00
   * once [myna-card].
   */
  async selectApplication(send: Send, name: ApplicationName): Promise<StatusWord | undefined> {
    this.#forgetSelection();
    let { statusWord } = await send(selectApplication(AID[name]));
    if (statusWord.value === SW.UNSPECIFIED) ({ statusWord } = await send(selectApplication(AID[name])));
    if (!isCarriedOut(statusWord)) return statusWord;
    this.#application = name;
    return undefined;
  }

  /** SELECT of a file unless it is current; the word that it was refused with. */
  async selectFile(send: Send, file: number): Promise<StatusWord | undefined> {
    if (this.#file === file) return undefined;
    this.forgetFile();
    const { statusWord } = await send(selectFile(file));
    if (!isCarriedOut(statusWord)) return statusWord;
    this.#file = file;
    return undefined;
  }

  /** The same; `false` when there is no such file. */
  async findFile(send: Send, file: number): Promise<boolean> {
    const refusal = await this.selectFile(send, file);
    if (refusal !== undefined && refusal.value !== SW.FILE_NOT_FOUND)
      throw statusError(refusal, (t) => t.card.selecting);
    return refusal === undefined;
  }

  /** Another file may be current by now: the one of a short identifier that was sent, or another program's. */
  forgetFile(): void {
    this.#file = undefined;
  }

  #forgetSelection(): void {
    this.#application = undefined;
    this.forgetFile();
  }

  /**
   * Runs a command on a file, by short identifier where the card takes them, after a SELECT where it does not. Only for
   * commands that change nothing when refused. `undefined` when there is no such file, which only a SELECT says beyond
   * doubt: the same words refuse an identifier.
   */
  async withFile<A extends Attempt>(
    send: Send,
    file: number,
    run: (naming: Naming) => Promise<A>,
  ): Promise<A | undefined> {
    const isProven = this.#takesShortIds === true;
    let byName: A | undefined;
    if (this.#takesShortIds !== false) {
      this.forgetFile();
      byName = await run({ byShortId: true, isProven });
      if (byName.name === 'taken') {
        this.learnShortIds(true);
        if (byName.isCurrent === true) this.#file = file;
      }
      if (byName.name === 'taken' || byName.name === 'untold') return byName;
    }
    if (!(await this.findFile(send, file))) return undefined;
    const selected = await run({ byShortId: false, isProven });
    // A command refused both ways was refused for another reason, which is no news of short identifiers.
    if (
      selected.name === 'taken' &&
      (byName?.name === 'refused' || (byName?.name === 'doubted' && !isProven))
    )
      this.learnShortIds(false);
    return selected;
  }

  /** Whether the card takes short EF identifiers; `undefined` until an exchange has shown it. */
  get takesShortIds(): boolean | undefined {
    return this.#takesShortIds;
  }

  learnShortIds(areTaken: boolean): void {
    this.#takesShortIds = areTaken;
  }

  /** While none has worked yet, any 69xx or 6Axx may be meant for the short identifier. */
  refusesShortId(statusWord: StatusWord): boolean {
    const { sw1 } = statusWord;
    return (
      refusesShortId(statusWord) || (this.#takesShortIds === undefined && (sw1 === 0x69 || sw1 === 0x6a))
    );
  }

  /** Whether an error of the end would take the place of one that the caller is being told. */
  get hasToldError(): boolean {
    return this.#callFailed || this.#pinCallFailed;
  }

  /** Runs one call, remembers how it ended, and passes its result or error on. */
  async told<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.#callFailed = false;
      return result;
    } catch (error) {
      this.#callFailed = true;
      throw error;
    }
  }

  pinCallEnded(failed: boolean): void {
    this.#pinCallFailed = failed;
  }

  /** Whether this session's last VERIFY of the PIN was answered 9000. */
  hasVerified(place: PinPlace): boolean {
    return this.#pins.get(place)?.verified === true;
  }

  /** Tries left as the card said after this session's last wrong PIN. */
  triesLeftAfterWrongPin(place: PinPlace): number | undefined {
    const known = this.#pins.get(place);
    return known?.verified === false ? known.triesLeft : undefined;
  }

  /** Until the answer says otherwise nothing is known: a lost answer must not leave an old "verified" behind. */
  pinGoesOut(place: PinPlace): void {
    this.#pins.delete(place);
  }

  pinWasRight(place: PinPlace): void {
    this.#pins.set(place, { verified: true });
  }

  pinWasWrong(place: PinPlace, triesLeft: number): void {
    this.#pins.set(place, { verified: false, triesLeft });
  }
}

const SELECTION_LOST: ReadonlySet<JpkiErrorCode> = new Set([
  'TRANSPORT',
  'MALFORMED_RESPONSE',
  'CARD_RESET',
  'PIN_CHANGE_UNCERTAIN',
  'PIN_CHANGE_PARTIAL',
]);

/** 9000, or 61xx: done, with data that nobody asked for. */
function isCarriedOut(statusWord: StatusWord): boolean {
  return statusWord.isDone || statusWord.bytesAvailable !== undefined;
}

/** A card without short identifiers answers 6A86, 6A88 or 6A82, and spends no try (docs/card.md section 3). */
export function refusesShortId({ value }: StatusWord): boolean {
  return value === SW.WRONG_P1_P2 || value === SW.REFERENCE_NOT_FOUND || value === SW.FILE_NOT_FOUND;
}

/** ISO/IEC 7816-4 table 5: with 67 to 6E the card checked the command and did not carry it out. */
export function isCheckingError({ sw1 }: StatusWord): boolean {
  return sw1 >= 0x67 && sw1 <= 0x6e && sw1 !== 0x6c;
}

/** The error for a status word that the operation has no better name for. */
export function statusError(statusWord: StatusWord, doing: Entry, role?: PinRole): JpkiError {
  return new JpkiError(
    'STATUS_WORD',
    sayOf(statusWord.meaning, (t, meaning) => t.card.answered(doing(t), `${statusWord}`, meaning)),
    { statusWord: statusWord.value, role },
  );
}
