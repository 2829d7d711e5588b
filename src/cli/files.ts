/** Files that the command reads and writes. */
import { randomBytes } from 'node:crypto';
import { access, constants, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from './failure.js';

/** Only the owner: a state holds keys, a transcript holds somebody's exchanges. */
export const PRIVATE = 0o600;
export const PUBLIC = 0o644;

/** The file, or `undefined` when there is none. */
export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fileError(path, error);
  }
}

export async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

/** Writes beside the target and renames: whoever looks sees the old file or the new one, never half of it. */
export async function writeAtomically(
  path: string,
  content: Uint8Array | string,
  mode: number,
): Promise<void> {
  try {
    // A link keeps pointing to what is written; a device or a pipe must not be replaced by a file.
    const target = await realpath(path).catch(() => path);
    const there = await stat(target).catch(() => undefined);
    if (there && !there.isFile()) await writeFile(target, content);
    else await replace(target, content, mode);
  } catch (error) {
    throw fileError(path, error);
  }
}

async function replace(path: string, content: Uint8Array | string, mode: number): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(beside, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Writes a file that must not be there yet. */
export async function writeNew(path: string, content: string, mode: number): Promise<void> {
  await writeFile(path, content, { flag: 'wx', mode }).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
}

/** Whether a file can be written there, before somebody enters a PIN for it. */
export async function requireWritable(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
}

export async function requireReadable(path: string): Promise<void> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw fileError(path, cause);
  });
}

export async function requireAbsent(path: string): Promise<void> {
  if ((await readIfThere(path)) !== undefined) throw fileError(path, { code: 'EEXIST' });
}
