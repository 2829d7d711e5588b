/** PINs from a file or from standard input, which are checked before they are read. No string holds more than one character. */
import { close, fstat, open, read, stat } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { JpkiError } from '../../index.js';
import type { Context } from '../context.js';
import { CliFailure, codeOf, fileError, usageError } from '../failure.js';
import { TO_READ } from '../input-file.js';
import { roomFor, type Typed } from '../terminal/keyboard.js';
import { SecretInput, secretBytes } from '../terminal/secret-input.js';

/** No PIN file is longer: two PINs, with white space. */
const MAX_PIN_FILE = 1024;

/** The lines of a PIN file, as many as are wanted, its last line end not being one more. `-` is standard input. */
export async function readPinFile(path: string, count: number, context: Context): Promise<Typed[]> {
  const bytes = secretBytes(MAX_PIN_FILE + 1);
  try {
    const length = await (path === '-' ? readInput(bytes, context) : readPath(bytes, path, context));
    if (length > MAX_PIN_FILE) throw new CliFailure(({ pin }) => [pin.fileTooLong, pin.fileRemedy]);
    const lines = linesOf(bytes.subarray(0, length));
    if (lines.length === count) return lines;
    for (const line of lines) line.fill(0);
    throw new CliFailure(({ pin }) => [pin.fileLines(count), pin.fileRemedy]);
  } finally {
    bytes.fill(0);
  }
}

function readInput(bytes: Uint8Array, context: Context): Promise<number> {
  if (context.input.isTTY) throw usageError(({ pin }) => pin.inputIsTerminal, ...context.help);
  return readStream(bytes, context.input, context);
}

async function readStream(bytes: Uint8Array, input: Readable, { signal }: Context): Promise<number> {
  let length = 0;
  try {
    for await (const piece of addAbortSignal(signal, input)) {
      const chunk = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
      const room = bytes.subarray(length);
      room.set(chunk.subarray(0, room.length));
      length += Math.min(chunk.length, room.length);
      chunk.fill(0);
      if (length === bytes.length) break;
    }
    return length;
  } catch (cause) {
    if (signal.aborted) throw new JpkiError('ABORTED', undefined, { cause });
    throw pinFileError(cause);
  }
}

/** The path is never said back: somebody may have typed the PIN in its place. */
async function readPath(bytes: Uint8Array, path: string, context: Context): Promise<number> {
  const fd = await promisify(open)(path, TO_READ).catch(async (cause: unknown) => {
    if (await isSocketInput(path)) return undefined;
    throw pinFileError(cause);
  });
  if (fd === undefined) return readInput(bytes, context);
  let stream: SecretInput | undefined;
  try {
    if (isatty(fd)) throw usageError(({ pin }) => pin.fileIsTerminal, ...context.help);
    const found = await promisify(fstat)(fd);
    if (found.isDirectory()) throw pinFileError({ code: 'EISDIR' });
    if (found.isFIFO()) {
      stream = new SecretInput(fd);
      return await readStream(bytes, stream, context);
    }
    // A device may go on for ever, or never answer.
    if (!found.isFile()) throw new CliFailure(({ pin }) => [pin.fileKind, pin.fileRemedy]);
    if (process.platform !== 'win32' && (found.mode & 0o044) !== 0)
      context.err.line(context.texts.pin.readableByOthers);
    return await readWhole(bytes, fd);
  } finally {
    if (stream === undefined) await promisify(close)(fd);
    else stream.destroy();
  }
}

/** `/dev/stdin` cannot be opened on Linux where it is a socket, which is what Node.js gives its child processes for a pipe. */
async function isSocketInput(path: string): Promise<boolean> {
  try {
    const [there, input] = [await promisify(stat)(path), await promisify(fstat)(0)];
    return there.isSocket() && there.dev === input.dev && there.ino === input.ino;
  } catch {
    return false;
  }
}

async function readWhole(bytes: Uint8Array, fd: number): Promise<number> {
  let length = 0;
  try {
    for (;;) {
      const { bytesRead } = await promisify(read)(fd, bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) return length;
    }
  } catch (cause) {
    throw pinFileError(cause);
  }
}

/** Only the code of a system's error: its text and its properties repeat the path. */
function pinFileError(cause: unknown): ReturnType<typeof fileError> {
  return fileError(({ pin }) => pin.pinFile, { code: codeOf(cause) });
}

/** Code points, line by line, of which none is ever in a string with another. */
export function linesOf(utf8: Uint8Array): Typed[] {
  const decoder = new TextDecoder();
  const byteAlone = secretBytes(1);
  // No array that grows: it would leave copies behind. No text has more characters than bytes, but for its cut-off end.
  const characters = roomFor(utf8.length + 1);
  const lines: Typed[] = [];
  let start = 0;
  let end = 0;
  const endLine = (): void => {
    lines.push(characters.subarray(start, end));
    start = end;
  };
  let afterReturn = false;
  const take = (character: string): void => {
    // Every system's line end: LF, CR LF, and CR alone, which would else be a space that joins two PINs.
    const endsReturn = character === '\n' && afterReturn;
    if (character !== '') afterReturn = character === '\r';
    if (endsReturn) return;
    if (character === '\n' || character === '\r') endLine();
    else if (character !== '') characters[end++] = character.codePointAt(0) ?? 0;
  };
  for (const byte of utf8) {
    byteAlone[0] = byte;
    take(decoder.decode(byteAlone, { stream: true }));
  }
  // What is left of a character that was cut off is no character of a PIN either.
  take(decoder.decode());
  if (end > start || lines.length === 0) endLine();
  return lines;
}
