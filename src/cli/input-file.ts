/** Files that the command reads. */
import { type BigIntStats, close, constants, createReadStream, fstat, open } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { promisify } from 'node:util';
import { JpkiError } from '../index.js';
import { CliFailure, codeOf, fileError } from './failure.js';

/** Windows has none, nor pipes among its files. */
export const NON_BLOCKING = constants.O_NONBLOCK ?? 0;
export const NO_TERMINAL = constants.O_NOCTTY ?? 0;

/** A pipe nobody writes into would hold a thread in `open`, and with it the process; a terminal would become ours. */
export const TO_READ = constants.O_RDONLY | NON_BLOCKING | NO_TERMINAL;

/** A file that is open, and what was found when it was opened. */
export class InputFile implements AsyncDisposable {
  readonly path: string;
  readonly stats: BigIntStats;
  #descriptor: number | undefined;

  private constructor(path: string, descriptor: number, stats: BigIntStats) {
    this.path = path;
    this.stats = stats;
    this.#descriptor = descriptor;
  }

  /** Opens a regular file or a pipe. Devices and folders are refused: `/dev/zero` never ends. */
  static async open(path: string): Promise<InputFile> {
    try {
      const descriptor = await promisify(open)(path, TO_READ);
      const stats = await promisify(fstat)(descriptor, { bigint: true });
      const file = new InputFile(path, descriptor, stats);
      if (stats.isFile() || stats.isFIFO()) return file;
      await file[Symbol.asyncDispose]();
      if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    } catch (error) {
      throw fileError(path, error);
    }
    throw new CliFailure(({ file }) => [file.notAFile(path), file.notAFileRemedy]);
  }

  /** The same, but `undefined` where there is no file of that name. */
  static async openIfThere(path: string): Promise<InputFile | undefined> {
    return (await statIfThere(path, stat)) && InputFile.open(path);
  }

  get isPipe(): boolean {
    return this.stats.isFIFO();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await promisify(close)(descriptor);
  }

  /** What is in it, once and without holding it; ends with `ABORTED` on Ctrl-C, also while nothing comes. */
  async *chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const fd = this.#descriptor;
    if (fd === undefined) throw new Error('the file was read already');
    this.#descriptor = undefined;
    // One byte behind those there were, so that a file that grows without end is not read without end, nor taken for what it
    // was. What has no size (proc(5)) is read as far as it goes.
    const end = this.stats.size > 0n ? Number(this.stats.size) : Number.POSITIVE_INFINITY;
    // The socket waits for a writer and for what it writes without taking a thread.
    const stream = this.isPipe
      ? new Socket({ fd, readable: true, writable: false })
      : createReadStream('', { fd, end });
    if (signal) addAbortSignal(signal, stream);
    let length = 0;
    try {
      for await (const chunk of stream) {
        length += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      if (signal?.aborted) throw new JpkiError('ABORTED', undefined, { cause });
      throw fileError(this.path, cause);
    }
    // Rather a writer that failed than somebody who wants nothing signed.
    if (this.isPipe && length === 0)
      throw new CliFailure(({ file }) => [file.emptyPipe(this.path), file.again]);
  }

  /** The whole of it. */
  async bytes(most: number, tooLarge: CliFailure, signal?: AbortSignal): Promise<Uint8Array> {
    if (this.stats.size > most) throw tooLarge;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks(signal)) {
      length += chunk.length;
      // Not by the size alone: a pipe has none, and a file may grow.
      if (length > most) throw tooLarge;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** That the name still leads to what was read; a pipe is gone once it is read. */
  async requireUnchanged(): Promise<void> {
    if (this.isPipe) return;
    const now = await stat(this.path, { bigint: true }).catch(() => undefined);
    const { size, mtimeNs } = this.stats;
    if (!now || !isSameFile(now, this.stats) || now.size !== size || now.mtimeNs !== mtimeNs)
      throw new CliFailure(({ file }) => [file.changed(this.path), file.changedRemedy]);
  }
}

/** Whether both are one file, under whatever names. */
export function isSameFile(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

export async function statIfThere(
  path: string,
  look: (path: string, options: { bigint: true }) => Promise<BigIntStats>,
): Promise<BigIntStats | undefined> {
  try {
    return await look(path, { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError(path, error);
  }
}

/** A file or a pipe of any size, without holding it, opened when the first chunk is asked for. */
export async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  await using file = await InputFile.open(path);
  yield* file.chunks(signal);
}
