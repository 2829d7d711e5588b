/** PINs as typed or read from a file, in the bytes that the library takes. No string holds more than one character. */
import { open } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { wipe } from '../bytes.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { normalizePin } from '../jpki/pin.js';
import type { Context } from './context.js';
import { CliFailure, fileError, usageError } from './failure.js';
import type { Typed } from './keyboard.js';
import { PIN_TEXTS as TEXT } from './texts-pin.js';

export interface PinText {
  readonly bytes: Uint8Array;
  /** Whether `normalizePin` had something to do. */
  readonly adjusted: boolean;
}

/** Stands for any character outside ASCII: in no PIN's alphabet, so that the library refuses it. */
const NOT_ASCII = 0xff;

/** The bytes of a PIN; wipes what was typed. */
export function pinText(role: KeyRole, typed: Typed): PinText {
  const bytes = new Uint8Array(typed.length);
  let length = 0;
  let adjusted = false;
  for (const code of typed) {
    const character = String.fromCodePoint(code);
    // It looks at each character by itself, so the parts give what the whole would.
    const kept = normalizePin(role, character);
    adjusted ||= kept !== character;
    const value = kept.codePointAt(0);
    if (value !== undefined) bytes[length++] = value < 0x80 ? value : NOT_ASCII;
  }
  typed.fill(0);
  const result = bytes.slice(0, length);
  wipe(bytes);
  return { bytes: result, adjusted };
}

/** No PIN file is longer: two PINs, with white space. */
const MAX_PIN_FILE = 1024;

/** The lines of a PIN file, its last line end not being one more. `-` is standard input. */
export async function readPinFile(path: string, context: Context): Promise<Typed[]> {
  const bytes = new Uint8Array(MAX_PIN_FILE + 1);
  try {
    const length = path === '-' ? await readInput(bytes, context) : await readWhole(bytes, path, context);
    if (length > MAX_PIN_FILE) throw new CliFailure('FILE', TEXT.fileTooLong, TEXT.fileRemedy);
    return linesOf(bytes.subarray(0, length));
  } finally {
    wipe(bytes);
  }
}

async function readInput(bytes: Uint8Array, context: Context): Promise<number> {
  if (context.input.isTTY) throw usageError(TEXT.inputIsTerminal, ...context.help);
  const { input, signal } = context;
  let length = 0;
  try {
    for await (const piece of addAbortSignal(signal, input)) {
      const chunk = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      const room = bytes.subarray(length);
      room.set(chunk.subarray(0, room.length));
      length += Math.min(chunk.length, room.length);
      wipe(chunk);
      if (length === bytes.length) break;
    }
    return length;
  } catch (cause) {
    if (signal.aborted) throw new JpkiError('ABORTED', undefined, { cause });
    throw pinFileError(cause);
  }
}

async function readWhole(bytes: Uint8Array, path: string, context: Context): Promise<number> {
  // The path is never said back: somebody may have typed the PIN in its place.
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw pinFileError(cause);
  });
  try {
    const stat = await file.stat();
    if (stat.isFile() && process.platform !== 'win32' && (stat.mode & 0o044) !== 0)
      context.err.line(context.say(TEXT.readableByOthers));
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return length;
    }
  } catch (cause) {
    throw pinFileError(cause);
  } finally {
    await file.close();
  }
}

/** Only the code of a system's error: its text and its properties repeat the path. */
function pinFileError(cause: unknown): ReturnType<typeof fileError> {
  return fileError(TEXT.pinFile, { code: (cause as { code?: unknown } | undefined)?.code });
}

function linesOf(utf8: Uint8Array): Typed[] {
  const decoder = new TextDecoder();
  const lines: number[][] = [[]];
  let afterReturn = false;
  const take = (character: string): void => {
    // Every system's line end: LF, CR LF, and CR alone, which would else be a space that joins two PINs.
    const endsReturn = character === '\n' && afterReturn;
    if (character !== '') afterReturn = character === '\r';
    if (endsReturn) return;
    if (character === '\n' || character === '\r') lines.push([]);
    else if (character !== '') lines.at(-1)?.push(character.codePointAt(0) ?? 0);
  };
  for (const byte of utf8) take(decoder.decode(Uint8Array.of(byte), { stream: true }));
  // What is left of a character that was cut off is no character of a PIN either.
  take(decoder.decode());
  if (lines.length > 1 && lines.at(-1)?.length === 0) lines.pop();
  return lines.map((line) => {
    const typed = Uint32Array.from(line);
    line.fill(0);
    return typed;
  });
}
