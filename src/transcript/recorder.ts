import { version } from '../../package.json';
import type { JpkiErrorCode } from '../errors.js';
import { type CommandApdu, INS, ResponseApdu } from '../iso7816/index.js';
import type { CardConnection, Disposition } from '../transport/connection.js';
import { type FilePosition, FileTracker } from './file-tracker.js';
import {
  type CommandPattern,
  formatTranscript,
  MAX_ATR_LENGTH,
  MAX_RESPONSE_LENGTH,
  MAX_TEXT_LENGTH,
  type Piece,
  type Redaction,
  type TranscriptEvent,
  type TranscriptHeader,
} from './format.js';
import { recordableCommand } from './recordable-command.js';
import { RedactedFiles } from './redact-files.js';

/** What became of a command: pieces to show as they are, data of a file that is shown redacted, or an error. */
type Outcome =
  | { readonly pieces: readonly Piece[] }
  | { readonly position: FilePosition; readonly length: number; readonly statusWord: Uint8Array }
  | { readonly error: JpkiErrorCode };

interface Sent {
  readonly command: CommandApdu | undefined;
  /** Its answer is not shown, whatever the redaction. */
  readonly hidden: boolean;
}

interface Entry {
  readonly pattern: CommandPattern;
  outcome?: Outcome;
}

/** One command on its way. Exactly one of the two is called, once. */
export interface RecordedCommand {
  answer(response: Uint8Array): void;
  fail(error: JpkiErrorCode): void;
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
  #end: { disposition: Disposition; error?: JpkiErrorCode } | undefined;
  #answerHidden = false;
  #underWay = 0;
  #overlapping = false;
  #length = RESERVE;
  #full = false;

  constructor(connection: Pick<CardConnection, 'readerName' | 'atr' | 'exclusive'>, redaction: Redaction) {
    this.#connection = connection;
    this.#redaction = redaction;
  }

  /** Notes a command before it is sent: afterwards its bytes may have been wiped. */
  send(bytes: Uint8Array): RecordedCommand {
    const { pattern, command } = recordableCommand(bytes, this.#redaction === 'none');
    // Whatever a card answers to a PIN, at once or to GET RESPONSE, could be that PIN.
    if (command?.ins !== INS.GET_RESPONSE) this.#answerHidden = pattern.rest !== undefined;
    const sent: Sent = { command, hidden: this.#answerHidden };
    const entry: Entry = { pattern };
    this.#overlapping = this.#underWay > 0;
    this.#underWay++;
    this.#add(entry, bytes.length);
    return {
      answer: (response) => this.#settle(entry, () => this.#outcome(sent, response)),
      fail: (error) =>
        this.#settle(entry, () => {
          // What is selected after a fault is anybody's guess.
          this.#tracker.forget();
          return { error };
        }),
    };
  }

  disconnect(disposition: Disposition, error?: JpkiErrorCode): void {
    this.#end ??= { disposition, ...(error === undefined ? {} : { error }) };
  }

  /** The transcript of everything that was answered until now. */
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

  #add(entry: Entry, length: number): void {
    this.#count(length);
    if (!this.#full && this.#end === undefined) this.#entries.push(entry);
  }

  /** Two hexadecimal digits a byte. */
  #count(bytes: number): void {
    this.#length += EVENT_LENGTH + 2 * bytes;
    this.#full ||= this.#length > MAX_TEXT_LENGTH;
  }

  #settle(entry: Entry, outcome: () => Outcome): void {
    this.#underWay--;
    entry.outcome = outcome();
  }

  #outcome({ command, hidden }: Sent, bytes: Uint8Array): Outcome {
    const kept = bytes.slice(0, MAX_RESPONSE_LENGTH);
    this.#count(kept.length);
    // Two commands at once: which of them the card took first, and so what is selected, cannot be known.
    const followed = hasStatusWord(kept) && !this.#overlapping;
    if (!followed) this.#tracker.forget();
    const position = followed ? this.#tracker.follow(command, ResponseApdu.parse(kept)) : undefined;
    if (this.#full || hidden) return { pieces: hide(kept) };
    if (this.#redaction === 'none') return { pieces: [kept] };
    const data = kept.subarray(0, -2);
    if (data.length === 0 || position === undefined || !this.#files.add(position, data)) {
      return { pieces: hide(kept) };
    }
    return { position, length: data.length, statusWord: kept.slice(-2) };
  }
}

/** The status word of a response and the length of the rest; the length alone where there is none. */
function hide(response: Uint8Array): Piece[] {
  const end = hasStatusWord(response) ? response.length - 2 : response.length;
  const pieces = end === 0 ? [] : [end];
  return end === response.length ? pieces : [...pieces, response.slice(end)];
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
