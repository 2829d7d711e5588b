/** Files that the command writes: never over what it reads, never through a link, and never half of one. */
import { randomBytes } from 'node:crypto';
import { type BigIntStats, constants, createReadStream, createWriteStream, fstat, open } from 'node:fs';
import { access, link, lstat, open as openFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { JpkiError } from '../index.js';
import { type Context, isInteractive } from './context.js';
import { CliFailure, codeOf, fileError, usageError } from './failure.js';
import { isSameFile, NO_TERMINAL, NON_BLOCKING, statIfThere } from './input-file.js';
import type { Options } from './options.js';
import type { Screen } from './terminal/screen.js';

/** Only the owner: for what names a person or holds keys. */
const PRIVATE = 0o600;
export const PUBLIC = 0o644;

const STANDARD_OUTPUT: readonly string[] = ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

/** How often it is looked whether somebody reads from a pipe: there is no event for it. */
const LOOK_AGAIN_MS = 100;

export class OutputFile {
  readonly path: string;
  readonly #context: Context;
  readonly #reads: readonly Source[];
  readonly #mode: number | undefined;
  /** The file that there was when it was looked for; what comes later is not replaced without `--force`. */
  #found: BigIntStats | undefined;
  #isStream = false;

  private constructor(context: Context, path: string, reads: readonly Source[], mode: number | undefined) {
    this.#context = context;
    this.path = path;
    const { options } = context;
    this.#reads = [...reads, ...pinFiles(options), options.value('virtual'), options.value('state')];
    this.#mode = mode;
  }

  /**
   * Looks whether something can be written there; before a PIN is asked for. Nothing is created.
   *
   * @param reads what the command reads, beside the PIN files and the state of a virtual card
   * @param mode of a new file; one that is replaced keeps its own. What names a person has none: only the owner gets at it
   */
  static async prepare(
    context: Context,
    path: string,
    reads: readonly Source[],
    mode?: number,
  ): Promise<OutputFile> {
    const output = new OutputFile(context, path, reads, mode);
    output.#found = await output.#look();
    if (output.#found && !output.#isForced && !isInteractive(context))
      throw usageError(({ file }) => file.exists(path), ...context.help);
    if (!output.#isStream) {
      await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
        throw fileError(path, cause);
      });
    }
    return output;
  }

  /** Asks whether a file that is there may be replaced. */
  async consent(): Promise<void> {
    if (!this.#found || this.#isForced) return;
    const { keyboard, texts } = this.#context;
    if (await keyboard.confirm(texts.file.replace(this.path))) return;
    throw new CliFailure(({ file }) => [file.kept(this.path), file.keptRemedy]);
  }

  /** Where to say what was done: not into what was written. */
  get report(): Screen {
    return this.#isStandardOutput ? this.#context.err : this.#context.out;
  }

  get #isStandardOutput(): boolean {
    return process.platform !== 'win32' && STANDARD_OUTPUT.includes(this.path);
  }

  async write(content: Uint8Array | string): Promise<void> {
    if (this.#isStream) return this.#send([content]);
    await using draft = await this.draft();
    await draft.add(content);
    await draft.keep();
  }

  /** For a content that comes in pieces and is perhaps thrown away. */
  async draft() {
    if (this.#isStream)
      return openDraft(tmpdir(), PRIVATE, this.path, (file) => this.#send(createReadStream(file)));
    const kept = this.#found && this.#mode !== undefined ? Number(this.#found.mode) & 0o777 : undefined;
    const mode = kept ?? this.#mode ?? PRIVATE;
    const draft = await openDraft(dirname(this.path), mode, this.path, (file) => this.#publish(file));
    // What the umask took away was there before.
    if (kept !== undefined) await draft.setMode(kept);
    return draft;
  }

  get #isForced(): boolean {
    return this.#context.options.has('force');
  }

  /** What is there now, if it may be replaced. */
  async #look(): Promise<BigIntStats | undefined> {
    const { path } = this;
    const { help } = this.#context;
    const there = await statIfThere(path, lstat);
    const led = there?.isSymbolicLink() ? await statIfThere(path, stat) : there;
    if (await isRead(path, led, this.#reads)) throw usageError(({ file }) => file.sameFile, ...help);
    this.#isStream = this.#isStandardOutput || led?.isCharacterDevice() === true || led?.isFIFO() === true;
    // A name such as "signed/" can only be given to a folder, which is found out after the PIN was entered otherwise.
    if (path.endsWith('/') || path.endsWith(sep)) throw fileError(path, { code: 'EISDIR' });
    if (this.#isStream || !there) return undefined;
    if (there.isSymbolicLink()) throw new CliFailure(({ file }) => [file.link(path), file.linkRemedy]);
    if (there.isDirectory()) throw fileError(path, { code: 'EISDIR' });
    if (!there.isFile()) throw new CliFailure(({ file }) => [file.notAFile(path), file.notAFileRemedy]);
    return there;
  }

  /** Gives the finished file its name. */
  async #publish(file: string): Promise<void> {
    const { path } = this;
    const { signal } = this.#context;
    if (signal.aborted) throw new JpkiError('ABORTED', undefined, { cause: signal.reason });
    const there = await this.#look();
    if (there && (this.#isForced || (this.#found && isSameFile(there, this.#found))))
      return rename(file, path);
    const appeared = () => new CliFailure(({ file }) => [file.appeared(path), file.appearedRemedy]);
    if (there) throw appeared();
    try {
      await giveNewName(file, path);
    } catch (error) {
      throw codeOf(error) === 'EEXIST' ? appeared() : error;
    }
  }

  /** Into a device or a pipe, which are no files to be replaced. */
  async #send(chunks: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array>): Promise<void> {
    const { out, signal } = this.#context;
    try {
      if (this.#isStandardOutput) {
        for await (const chunk of chunks) {
          if (signal.aborted) throw signal.reason;
          out.raw(chunk);
          await out.settled();
        }
        return;
      }
      const fd = await this.#openStream(signal);
      const target = (await promisify(fstat)(fd)).isFIFO()
        ? new Socket({ fd, readable: false, writable: true })
        : createWriteStream('', { fd });
      await pipeline(Readable.from(chunks), target, { signal });
    } catch (cause) {
      if (signal.aborted) throw new JpkiError('ABORTED', undefined, { cause });
      throw fileError(this.path, cause);
    }
  }

  async #openStream(signal: AbortSignal): Promise<number> {
    const isPipe = (await stat(this.path)).isFIFO();
    // A pipe that nobody reads from would hold a thread, and the process with it; a device takes more after a while.
    const flags = constants.O_WRONLY | NO_TERMINAL | (isPipe ? NON_BLOCKING : 0);
    for (;;) {
      try {
        return await promisify(open)(this.path, flags);
      } catch (error) {
        if (!isPipe || codeOf(error) !== 'ENXIO') throw error;
        await wait(LOOK_AGAIN_MS, undefined, { signal });
      }
    }
  }
}

/**
 * A file beside the one it is to become, which nobody sees half of. Gone at the end unless it is kept.
 *
 * @param path what to call it in an error
 * @param finish gets the name of the finished file, and may move it away
 */
async function openDraft(
  folder: string,
  mode: number,
  path: string,
  finish: (file: string) => Promise<void>,
) {
  const attempt = <T>(step: Promise<T>): Promise<T> =>
    step.catch((error: unknown) => {
      throw error instanceof CliFailure || error instanceof JpkiError ? error : fileError(path, error);
    });
  const file = join(folder, `.jpki-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await attempt(openFile(file, 'wx', mode));
  const finished = async () => {
    await handle.sync();
    await handle.close();
    await finish(file);
  };
  return {
    /** A file system without modes refuses; the file then has no wider one than what it was created with. */
    setMode: (mode: number) => handle.chmod(mode).catch(() => undefined),
    add: (piece: Uint8Array | string) => attempt(handle.writeFile(piece)),
    keep: () => attempt(finished()),
    async [Symbol.asyncDispose]() {
      // Nothing more where it is closed already.
      await handle.close().catch(() => undefined);
      await rm(file, { force: true }).catch(() => undefined);
    },
  };
}

/** Replaces a file of the command's own, whatever is there; a link of that name is replaced, not followed. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await using draft = await openDraft(dirname(path), PRIVATE, path, (file) => rename(file, path));
  await draft.add(content);
  await draft.keep();
}

/** @throws CliFailure where the path leads to a file that the command reads */
export async function refuseOver(
  path: string | undefined,
  reads: readonly Source[],
  { help }: Pick<Context, 'help'>,
): Promise<void> {
  if (path !== undefined && (await isRead(path, await statIfThere(path, stat), reads)))
    throw usageError(({ file }) => file.sameFile, ...help);
}

/** What is read: the file of that path, or standard input by its descriptor. */
type Source = string | 0 | undefined;

/** The PIN files, which no command may write over; `-` may be one as well: `--pin-file - < FILE`. */
export function pinFiles(options: Options): readonly Source[] {
  return [options.value('pin-file'), options.value('new-pin-file')].map((path) => (path === '-' ? 0 : path));
}

/** By device and inode, so that a link of either kind does not hide it. */
async function isRead(
  path: string,
  there: BigIntStats | undefined,
  reads: readonly Source[],
): Promise<boolean> {
  for (const name of reads) {
    if (name === undefined) continue;
    const look = name === 0 ? promisify(fstat)(0, { bigint: true }) : stat(name, { bigint: true });
    // What is wrong with a file that is read is said when it is read, and there without the name of a PIN file.
    const read = await look.catch(() => undefined);
    // A terminal may well be both.
    if ((there?.isFile() || there?.isFIFO()) && read && isSameFile(there, read)) return true;
    // Both may be still to come: the state of a new card is written at the end.
    if (!there && !read && name !== 0 && (await placeOf(name)) === (await placeOf(path))) return true;
  }
  return false;
}

async function placeOf(path: string): Promise<string> {
  const folder = await realpath(dirname(path)).catch(() => resolve(dirname(path)));
  return join(folder, basename(path));
}

/** `EEXIST` when there is something of that name by now, whatever it is. */
async function giveNewName(file: string, path: string): Promise<void> {
  try {
    await link(file, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOENT') throw error;
    // A file system without hard links: an empty file takes the name, and is then replaced.
    await (await openFile(path, 'wx', PRIVATE)).close();
    await rename(file, path).catch(async (cause: unknown) => {
      await rm(path, { force: true });
      throw cause;
    });
  }
}
