/** The text of a transcript, written and read. fixtures/README.md describes the format for people. */
import { checkString } from '../arguments.js';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import { ERROR_TEXTS, JpkiError, type JpkiErrorCode } from '../errors.js';
import type { Disposition } from '../transport/connection.js';
import { bytesOf, type CommandPattern, lengthOf, type Piece, recordableCommand } from './exchange.js';

export const FORMAT_LINE = 'jpki-card transcript 1';

/** Most characters of a transcript: hundreds of sessions fit, and a file of any size cannot fill the memory. */
export const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
/** Header, extended Lc, data and extended Le: ISO/IEC 7816-4 5.1. */
export const MAX_COMMAND_LENGTH = 4 + 3 + 65535 + 2;
/** One byte more than a response APDU can have, so that a card that sends too much is seen doing it. */
export const MAX_RESPONSE_LENGTH = 65536 + 2 + 1;
/** An answer to reset, ISO/IEC 7816-3 8.1; none at all where a transport has none. */
export const MAX_ATR_LENGTH = 33;
/** Far more than any reader is called. */
export const MAX_NAME_LENGTH = 200;

export type TranscriptEvent =
  | {
      readonly kind: 'exchange';
      readonly command: CommandPattern;
      /** The response APDU, or the code of the error that came instead. */
      readonly answer: readonly Piece[] | JpkiErrorCode;
    }
  | {
      readonly kind: 'disconnect';
      readonly disposition: Disposition;
      /** The code of the error that it ended with. */
      readonly error?: JpkiErrorCode | undefined;
    };

export const REDACTIONS = ['personal', 'none'] as const;

/**
 * What a recording leaves out. `personal`: whatever may tell who the holder is. `none`: nothing but PINs, data that
 * could hold one, and the Individual Number.
 */
export type Redaction = (typeof REDACTIONS)[number];

export interface TranscriptHeader {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive: boolean;
  readonly redacted?: Redaction | undefined;
  /** Version of the library that recorded it. */
  readonly library?: string | undefined;
  /** `YYYY-MM-DD`, UTC. */
  readonly date?: string | undefined;
}

export interface Transcript {
  readonly header: TranscriptHeader;
  readonly events: readonly TranscriptEvent[];
}

/** The text of a transcript; `parseTranscript` reads it back. */
export function formatTranscript({ header, events }: Transcript): string {
  return [...headerLines(header), '', ...events.flatMap(eventLines), ''].join('\n');
}

function headerLines({ readerName, atr, exclusive, redacted, library, date }: TranscriptHeader): string[] {
  return [
    FORMAT_LINE,
    `reader: ${printableName(readerName)}`,
    `atr: ${upperHex(atr)}`.trimEnd(),
    `exclusive: ${exclusive ? 'yes' : 'no'}`,
    ...(redacted === undefined ? [] : [`redacted: ${redacted}`]),
    ...(library === undefined ? [] : [`library: ${library}`]),
    ...(date === undefined ? [] : [`date: ${date}`]),
  ];
}

/** Reader names come from drivers: nothing in one may start a line, turn the writing direction or be endless. */
export function printableName(name: string): string {
  const clean = name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ').trim();
  return [...clean].slice(0, MAX_NAME_LENGTH).join('').trim() || '?';
}

function eventLines(event: TranscriptEvent): string[] {
  if (event.kind === 'disconnect') {
    return [
      `= disconnect ${event.disposition}`,
      ...(event.error === undefined ? [] : [`= error ${event.error}`]),
    ];
  }
  const { command, answer } = event;
  return [
    `> ${formatCommand(command)}`.trimEnd(),
    typeof answer === 'string' ? `= error ${answer}` : `< ${formatAnswer(answer)}`.trimEnd(),
  ];
}

/** `00200098 [PIN]`, `802A008033 [51 bytes] 00`. */
export function formatCommand({ pieces, rest }: CommandPattern): string {
  return [formatPieces(pieces), ...(rest === undefined ? [] : [`[${rest}]`])].join(' ').trim();
}

function formatPieces(pieces: readonly Piece[]): string {
  return joined(pieces)
    .map((piece) => (typeof piece === 'number' ? `[${piece} bytes]` : upperHex(piece)))
    .join(' ');
}

/** The status word stands apart from the data. */
function formatAnswer(pieces: readonly Piece[]): string {
  const answer = joined(pieces);
  const last = answer.pop();
  if (typeof last !== 'object' || last.length < 2) return formatPieces(pieces);
  return [formatPieces([...answer, last.subarray(0, -2)]), upperHex(last.subarray(-2))].join(' ').trim();
}

/** Nothing empty, and recorded bytes side by side as one piece. */
function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (piece === 0 || (typeof piece === 'object' && piece.length === 0)) continue;
    if (typeof piece === 'object' && typeof last === 'object')
      result[result.length - 1] = concatBytes(last, piece);
    else result.push(piece);
  }
  return result;
}

function upperHex(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase();
}

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
