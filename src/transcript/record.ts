/** A connection that is recorded. What a transcript never shows is not kept: see `TranscriptRecorder`. */
import { version } from '../../package.json';
import { checkBytes, checkedOptions, oneOf } from '../arguments.js';
import { JpkiError, type JpkiErrorCode } from '../errors.js';
import { type CommandApdu, INS, ResponseApdu } from '../iso7816/index.js';
import {
  type CardConnection,
  checkConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import {
  type CommandPattern,
  type FilePosition,
  FileTracker,
  type Piece,
  recordableCommand,
} from './exchange.js';
import {
  formatTranscript,
  MAX_ATR_LENGTH,
  MAX_RESPONSE_LENGTH,
  MAX_TEXT_LENGTH,
  REDACTIONS,
  type Redaction,
  type TranscriptEvent,
  type TranscriptHeader,
} from './format.js';
import { RedactedFiles } from './redact-files.js';

const checkRedaction = oneOf(...REDACTIONS);

/** What a recording leaves out. Another value is `INVALID_ARGUMENT`. */
export interface RecordOptions {
  /**
   * `personal`, the default: names nobody. Certificates keep length and structure, with stand-ins for every value that
   * is the holder's; whatever else is not known to be impersonal is left out. `none`: only PINs and
   * the Individual Number are left out, so keep the text to yourself.
   */
  readonly redact?: Redaction | undefined;
}

/** A connection that remembers what passes through it. */
export interface RecordingConnection extends CardConnection {
  /** The transcript of the exchanges that were answered until now. */
  text(): string;
}

/**
 * Wraps a connection and records what passes. The program sees everything as it is; PINs are never kept, and personal
 * data of the holder do not get into the text unless that is asked for.
 *
 * @throws JpkiError `INVALID_ARGUMENT` for no connection, or a redaction that does not exist
 * @example
 * const recording = recordTranscript(await connectCard());
 * await (await JpkiApplet.select(recording)).readStatus();
 * console.log(recording.text());
 */
export function recordTranscript(
  connection: CardConnection,
  options: RecordOptions = {},
): RecordingConnection {
  checkConnection('connection', connection);
  const { redact = 'personal' } = checkedOptions(options, { redact: checkRedaction });
  return new Recording(connection, redact);
}

class Recording implements RecordingConnection {
  readonly #connection: CardConnection;
  readonly #recorder: TranscriptRecorder;
  readonly #watch = new OpenKeyWatch();
  #closed: Promise<void> | undefined;

  constructor(connection: CardConnection, redaction: Redaction) {
    this.#connection = connection;
    this.#recorder = new TranscriptRecorder(connection, redaction);
  }

  get readerName(): string {
    return this.#connection.readerName;
  }

  get atr(): Uint8Array {
    return this.#connection.atr;
  }

  get exclusive(): boolean {
    return this.#connection.exclusive;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    this.#watch.sending(command);
    const recorded = this.#recorder.send(command);
    let response: Uint8Array;
    try {
      response = await this.#connection.transmit(command);
    } catch (error) {
      recorded.fail(codeOf(error));
      throw error;
    }
    this.#watch.answered(command, response);
    recorded.answer(response);
    return response;
  }

  async disconnect(asked?: Disposition): Promise<void> {
    if (asked !== undefined) checkDisposition('disposition', asked);
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    this.#closed ??= this.#disconnect(disposition);
    return this.#closed;
  }

  text(): string {
    return this.#recorder.text();
  }

  async #disconnect(disposition: Disposition): Promise<void> {
    try {
      await this.#connection.disconnect(disposition);
      this.#recorder.disconnect(disposition);
    } catch (error) {
      this.#recorder.disconnect(disposition, codeOf(error));
      throw error;
    }
  }
}

function codeOf(error: unknown) {
  return error instanceof JpkiError ? error.code : 'TRANSPORT';
}

/** What became of a command: pieces to show as they are, data of a file that is shown redacted, or an error. */
type Outcome =
  | { readonly pieces: readonly Piece[] }
  | { readonly position: FilePosition; readonly length: number; readonly statusWord: Uint8Array }
  | { readonly error: JpkiErrorCode };

interface Entry {
  readonly pattern: CommandPattern;
  outcome?: Outcome;
}

/** What the rest of the text takes at most: header, events without bytes, the last line. */
const RESERVE = 4096;
const EVENT_LENGTH = 64;

/**
 * Collects what passes between a program and a card. What a transcript never shows is not kept: PINs are dropped when the
 * command is seen, other personal data when its answer is; only files that are shown redacted wait for their rest.
 */
export class TranscriptRecorder {
  readonly #connection: Pick<CardConnection, 'readerName' | 'atr' | 'exclusive'>;
  readonly #redaction: Redaction;
  readonly #date = new Date().toISOString().slice(0, 10);
  readonly #tracker = new FileTracker();
  readonly #files = new RedactedFiles();
  readonly #entries: Entry[] = [];
  #end: { disposition: Disposition; error: JpkiErrorCode | undefined } | undefined;
  #answerHidden = false;
  #underWay = 0;
  #overlapping = false;
  #length = RESERVE;
  #full = false;

  constructor(connection: Pick<CardConnection, 'readerName' | 'atr' | 'exclusive'>, redaction: Redaction) {
    this.#connection = connection;
    this.#redaction = redaction;
  }

  /** Notes a command before it is sent: afterwards its bytes may have been wiped. Then exactly one of the two is called, once. */
  send(bytes: Uint8Array) {
    const { pattern, command } = recordableCommand(bytes, this.#redaction === 'none');
    // Whatever a card answers to a PIN, at once or to GET RESPONSE, could be that PIN.
    if (command?.ins !== INS.GET_RESPONSE) this.#answerHidden = pattern.rest !== undefined;
    const hidden = this.#answerHidden;
    const entry: Entry = { pattern };
    this.#overlapping = this.#underWay > 0;
    this.#underWay++;
    this.#count(bytes.length);
    if (!this.#full && this.#end === undefined) this.#entries.push(entry);
    return {
      answer: (response: Uint8Array): void => {
        this.#underWay--;
        entry.outcome = this.#outcome(command, response, hidden);
      },
      fail: (error: JpkiErrorCode): void => {
        this.#underWay--;
        // What is selected after a fault is anybody's guess.
        this.#tracker.forget();
        entry.outcome = { error };
      },
    };
  }

  disconnect(disposition: Disposition, error?: JpkiErrorCode): void {
    this.#end ??= { disposition, error };
  }

  text(): string {
    const { readerName, atr, exclusive } = this.#connection;
    const personal = this.#redaction === 'personal';
    const header: TranscriptHeader = {
      readerName: personal ? withoutSerialNumber(readerName) : readerName,
      atr: atr.slice(0, MAX_ATR_LENGTH),
      exclusive,
      redacted: this.#redaction,
      library: version,
      date: this.#date,
    };
    const show = this.#files.redact();
    const events: TranscriptEvent[] = [];
    for (const { pattern, outcome } of this.#entries) {
      if (outcome === undefined) continue;
      const answer =
        'error' in outcome
          ? outcome.error
          : 'pieces' in outcome
            ? outcome.pieces
            : [...show(outcome.position, outcome.length), outcome.statusWord];
      events.push({ kind: 'exchange', command: pattern, answer });
    }
    if (this.#end !== undefined && !this.#full) events.push({ kind: 'disconnect', ...this.#end });
    const text = formatTranscript({ header, events });
    return this.#full ? `${text}# The recording ends here: a transcript holds no more.\n` : text;
  }

  /** Two hexadecimal digits a byte. */
  #count(bytes: number): void {
    this.#length += EVENT_LENGTH + 2 * bytes;
    this.#full ||= this.#length > MAX_TEXT_LENGTH;
  }

  /** @param hidden the answer is not shown, whatever the redaction */
  #outcome(command: CommandApdu | undefined, bytes: Uint8Array, hidden: boolean): Outcome {
    const kept = bytes.slice(0, MAX_RESPONSE_LENGTH);
    this.#count(kept.length);
    // Two commands at once: which of them the card took first, and so what is selected, cannot be known.
    const followed = hasStatusWord(kept) && !this.#overlapping;
    if (!followed) this.#tracker.forget();
    const position = followed ? this.#tracker.follow(command, ResponseApdu.parse(kept)) : undefined;
    if (this.#full || hidden) return { pieces: hide(kept) };
    if (this.#redaction === 'none')
      return { pieces: this.#tracker.mayTellNumber(position) ? hide(kept) : [kept] };
    const data = kept.subarray(0, -2);
    if (data.length === 0 || position === undefined || !this.#files.add(position, data)) {
      return { pieces: hide(kept) };
    }
    return { position, length: data.length, statusWord: kept.slice(-2) };
  }
}

/** The status word of a response and the length of the rest; the length alone where there is none. */
function hide(response: Uint8Array): Piece[] {
  return hasStatusWord(response) ? [response.length - 2, response.slice(-2)] : [response.length];
}

/** ISO/IEC 7816-4 5.6: a status word is 6XXX or 9XXX; anything else at the end of an answer may be data. */
function hasStatusWord(response: Uint8Array): boolean {
  const sw1 = response.at(-2);
  return sw1 !== undefined && response.length < MAX_RESPONSE_LENGTH && [0x6, 0x9].includes(sw1 >> 4);
}

/** Some drivers put the serial number of the reader into its name, in parentheses or behind the model. */
function withoutSerialNumber(readerName: string): string {
  return readerName
    .replace(/\([^)]*\)?/g, (part) => part.replace(/[\p{L}\p{N}]/gu, 'x'))
    .replace(/[0-9]{5,}/g, (digits) => 'x'.repeat(digits.length));
}
