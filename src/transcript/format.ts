/** What a transcript holds, and how it is written. fixtures/README.md describes the format for people. */
import { concatBytes, toHex } from '../bytes.js';
import type { JpkiErrorCode } from '../errors.js';
import type { Disposition } from '../transport/connection.js';

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

/** Bytes as recorded, or a number of bytes that were left out. */
export type Piece = Uint8Array | number;

/** The commands that an exchange stands for. */
export interface CommandPattern {
  readonly pieces: readonly Piece[];
  /** More bytes followed, their number left out too: reference data, or data of which nothing is known. */
  readonly rest?: 'PIN' | 'data';
}

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
 * What a recording leaves out. `personal`: whatever may tell who the holder is. `none`: nothing but PINs, and data that
 * could hold one.
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

/** Length of the pieces in bytes. */
export function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce<number>((sum, piece) => sum + (typeof piece === 'number' ? piece : piece.length), 0);
}

/** The pieces as bytes, 00 in place of those left out. */
export function bytesOf(pieces: readonly Piece[]): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pieces));
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece !== 'number') bytes.set(piece, offset);
    offset += typeof piece === 'number' ? piece : piece.length;
  }
  return bytes;
}

function upperHex(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase();
}
