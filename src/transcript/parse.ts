import { checkString } from '../arguments.js';
import { fromHex } from '../bytes.js';
import { ERROR_TEXTS, JpkiError, type JpkiErrorCode } from '../errors.js';
import type { Disposition } from '../transport/connection.js';
import {
  bytesOf,
  type CommandPattern,
  FORMAT_LINE,
  lengthOf,
  MAX_ATR_LENGTH,
  MAX_COMMAND_LENGTH,
  MAX_RESPONSE_LENGTH,
  MAX_TEXT_LENGTH,
  type Piece,
  printableName,
  REDACTIONS,
  type TranscriptEvent,
  type TranscriptHeader,
} from './format.js';
import { recordableCommand } from './recordable-command.js';

/** An event and the line, from 1, that it begins on. */
export type ParsedEvent = TranscriptEvent & { readonly line: number };

export interface ParsedTranscript {
  readonly header: TranscriptHeader;
  readonly events: readonly ParsedEvent[];
}

/** CLA INS P1 P2. */
const HEADER_LENGTH = 4;

interface Line {
  readonly number: number;
  readonly text: string;
}

function refuse(line: number, reason: string): JpkiError {
  return new JpkiError('INVALID_ARGUMENT', `Line ${line} of the transcript: ${reason}.`);
}

/**
 * Reads a transcript. Strict: a line that is not understood is an error, never skipped.
 *
 * @throws JpkiError `INVALID_ARGUMENT` with the number of the line that is wrong
 */
export function parseTranscript(text: string): ParsedTranscript {
  checkString('text', text);
  if (text.length > MAX_TEXT_LENGTH) {
    throw new JpkiError('INVALID_ARGUMENT', `A transcript has at most ${MAX_TEXT_LENGTH} characters.`);
  }
  const lines = new LineReader(text);
  const first = lines.next();
  if (first?.text !== FORMAT_LINE) throw refuse(first?.number ?? 1, `it must be "${FORMAT_LINE}"`);
  return { header: parseHeader(lines), events: parseEvents(lines) };
}

/** The lines that say something: neither blank nor a comment. */
class LineReader {
  readonly #text: string;
  #at = 0;
  #number = 0;
  #ahead: Line | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The number of the last line read. */
  get number(): number {
    return this.#number;
  }

  peek(): Line | undefined {
    this.#ahead ??= this.next();
    return this.#ahead;
  }

  next(): Line | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) return ahead;
    while (this.#at < this.#text.length) {
      const end = this.#text.indexOf('\n', this.#at);
      const line = this.#text.slice(this.#at, end < 0 ? undefined : end).trim();
      this.#at = end < 0 ? this.#text.length : end + 1;
      this.#number++;
      if (line !== '' && !line.startsWith('#')) return { number: this.#number, text: line };
    }
    return undefined;
  }
}

/** How each header line is read; `undefined` for a value that it cannot have. */
const HEADER_FIELDS = {
  reader: (value: string) => (printableName(value) === value ? { readerName: value } : undefined),
  atr: (value: string) => {
    const atr = fromHex(value);
    return atr === undefined || atr.length > MAX_ATR_LENGTH ? undefined : { atr };
  },
  exclusive: (value: string) => (/^(?:yes|no)$/.test(value) ? { exclusive: value === 'yes' } : undefined),
  redacted: (value: string) => {
    const redacted = REDACTIONS.find((name) => name === value);
    return redacted && { redacted };
  },
  library: (value: string) => (/^[0-9A-Za-z.+-]{1,40}$/.test(value) ? { library: value } : undefined),
  date: (value: string) => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? { date: value } : undefined),
} as const satisfies Record<string, (value: string) => Partial<TranscriptHeader> | undefined>;

function parseHeader(lines: LineReader): TranscriptHeader {
  const seen = new Set<string>();
  let header: Partial<TranscriptHeader> = {};
  for (let line = lines.peek(); line !== undefined && !/^[<>=]/.test(line.text); line = lines.peek()) {
    const { number, text } = line;
    const colon = text.indexOf(':');
    const name = text.slice(0, Math.max(colon, 0));
    if (!Object.hasOwn(HEADER_FIELDS, name))
      throw refuse(number, 'it is neither a header field nor an event');
    if (seen.has(name)) throw refuse(number, `a second "${name}"`);
    seen.add(name);
    const field = HEADER_FIELDS[name as keyof typeof HEADER_FIELDS](text.slice(colon + 1).trim());
    if (field === undefined) throw refuse(number, `"${name}" cannot be that`);
    header = { ...header, ...field };
    lines.next();
  }
  const { readerName, atr, exclusive = true, ...rest } = header;
  if (readerName === undefined || atr === undefined) {
    throw refuse(lines.number, '"reader" and "atr" must come before the first event');
  }
  return { readerName, atr, exclusive, ...rest };
}

function parseEvents(lines: LineReader): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (events.at(-1)?.kind === 'disconnect') throw refuse(line.number, 'nothing follows a disconnect');
    events.push(line.text.startsWith('>') ? parseExchange(line, lines) : parseDisconnect(line, lines));
  }
  return events;
}

function parseExchange({ number, text }: Line, lines: LineReader): ParsedEvent {
  const command = parseCommand(number, text.slice(1));
  const next = lines.next();
  const error = next && parseError(next);
  if (error !== undefined) return { kind: 'exchange', line: number, command, answer: error };
  if (next === undefined || !next.text.startsWith('<')) {
    throw refuse(next?.number ?? number, 'a command is followed by its response or an error');
  }
  const { pieces, rest } = parsePieces(next.number, next.text.slice(1), MAX_RESPONSE_LENGTH);
  if (rest !== undefined) throw refuse(next.number, `a response cannot hold [${rest}]`);
  return { kind: 'exchange', line: number, command, answer: pieces };
}

function parseCommand(line: number, text: string): CommandPattern {
  const command = parsePieces(line, text, MAX_COMMAND_LENGTH);
  const { pieces, rest } = command;
  // A transcript made by hand is held to the rule that a recorded one keeps: no PIN, and nowhere to hide one.
  const recordable =
    rest === undefined
      ? recordableCommand(bytesOf(pieces)).pattern.rest === undefined
      : lengthOf(pieces) <= HEADER_LENGTH;
  if (!recordable) throw refuse(line, 'data that could be a PIN; [PIN] or [data] must stand in their place');
  return command;
}

function parseDisconnect({ number, text }: Line, lines: LineReader): ParsedEvent {
  const disposition = /^= disconnect (leave|reset|unpower)$/.exec(text)?.[1];
  if (disposition === undefined) throw refuse(number, 'it is no event');
  const next = lines.peek();
  const error = next && parseError(next);
  if (error !== undefined) lines.next();
  return { kind: 'disconnect', line: number, disposition: disposition as Disposition, error };
}

function parseError({ number, text }: Line): JpkiErrorCode | undefined {
  const code = /^= error (.*)$/.exec(text)?.[1];
  if (code === undefined) return undefined;
  if (!Object.hasOwn(ERROR_TEXTS, code)) throw refuse(number, 'there is no such error code');
  return code as JpkiErrorCode;
}

/** Hexadecimal digits, `[12 bytes]`, and at the end of a command `[PIN]` or `[data]`. */
const TOKEN = /\s*(?:([0-9A-Fa-f]+)|\[([1-9][0-9]{0,4}) bytes?\]|\[(PIN|data)\])/y;

function parsePieces(line: number, text: string, maxLength: number): CommandPattern {
  const pieces: Piece[] = [];
  let rest: 'PIN' | 'data' | undefined;
  let hex = '';
  const flush = (): void => {
    const bytes = fromHex(hex);
    if (bytes !== undefined && bytes.length > 0) pieces.push(bytes);
    hex = '';
  };
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null || rest !== undefined) throw refuse(line, 'it is not hexadecimal');
    const [, digits, count, last] = match;
    if (digits !== undefined) {
      if (digits.length % 2 !== 0) throw refuse(line, 'half a byte');
      hex += digits;
      continue;
    }
    flush();
    if (count !== undefined) pieces.push(Number(count));
    else rest = last as 'PIN' | 'data';
  }
  flush();
  if (lengthOf(pieces) > maxLength) throw refuse(line, `more than ${maxLength} bytes`);
  return { pieces, ...(rest === undefined ? {} : { rest }) };
}
