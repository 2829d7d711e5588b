import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  readTranscript,
  recordTranscript,
  replayTranscript,
  saveTranscript,
} from '../../src/transcript/index.js';
import { scripted } from '../support/connections.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jpki-card-transcript-'));
});
afterAll(() => rm(folder, { recursive: true }));

const refused = (message: RegExp) => ({
  name: 'JpkiError',
  code: 'INVALID_ARGUMENT',
  message: expect.stringMatching(message),
});

test('a saved transcript is read back, and only its owner can read it', async () => {
  const recording = recordTranscript({ ...scripted('9000'), readerName: '見本リーダー' });
  await recording.transmit(Uint8Array.of(0, 0xb0, 0, 0, 0));
  const path = join(folder, 'saved.txt');
  await saveTranscript(recording, path);
  expect(await readFile(path, 'utf8')).toBe(recording.text());
  expect(await readTranscript(path)).toBe(recording.text());
  expect(replayTranscript(await readTranscript(path)).readerName).toBe('見本リーダー');
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a file that exists is not written over', async () => {
  const path = join(folder, 'mine.txt');
  await writeFile(path, 'mine');
  await expect(saveTranscript(recordTranscript(scripted()), path)).rejects.toMatchObject(refused(/EEXIST/));
  expect(await readFile(path, 'utf8')).toBe('mine');
});

test('a folder that is not there is an error that names it', async () => {
  const path = join(folder, 'nowhere', 'x.txt');
  await expect(saveTranscript(recordTranscript(scripted()), path)).rejects.toMatchObject(refused(/nowhere/));
  await expect(readTranscript(path)).rejects.toMatchObject(refused(/cannot be read: ENOENT/));
});

test('a file that is too large, or no text, is refused', async () => {
  const large = join(folder, 'large.txt');
  await writeFile(large, new Uint8Array(4 * 1024 * 1024 + 1).fill(0x23));
  await expect(readTranscript(large)).rejects.toMatchObject(refused(/more than 4194304 bytes/));
  const binary = join(folder, 'binary.txt');
  await writeFile(binary, Uint8Array.of(0xff, 0xfe));
  await expect(readTranscript(binary)).rejects.toMatchObject(refused(/binary\.txt cannot be read/));
  await expect(readTranscript(folder)).rejects.toMatchObject(refused(/EISDIR/));
});
