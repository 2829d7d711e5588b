/** Standard input that leaves no copies: everything it reads is in one piece of memory, which is wiped. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SecretInput } from '../../src/cli/secret-input.js';
import { temporaryFolder } from './support.js';

const file = temporaryFolder();
/** More than two pieces. */
const TEXT = Uint8Array.from({ length: 10_000 }, (_, i) => 33 + (i % 90));

/** Opened without waiting for the other end. */
function fifo(name: string): { input: SecretInput; writer: number } {
  execFileSync('mkfifo', [file(name)]);
  const reader = openSync(file(name), constants.O_RDONLY | constants.O_NONBLOCK);
  return { input: new SecretInput(reader), writer: openSync(file(name), 'w') };
}

const SOURCES: readonly [string, () => SecretInput][] = [
  [
    'a file',
    () => {
      writeFileSync(file('text'), TEXT);
      return new SecretInput(openSync(file('text'), 'r'));
    },
  ],
  [
    'a pipe',
    () => {
      const { input, writer } = fifo('pipe');
      expect(writeSync(writer, TEXT)).toBe(TEXT.length);
      closeSync(writer);
      return input;
    },
  ],
];

describe('standard input', () => {
  it.each(SOURCES)('is read to the end in one piece of memory, which is wiped: %s', async (_name, open) => {
    const memory = new Set<ArrayBufferLike>();
    const read: number[] = [];
    for await (const piece of open() as AsyncIterable<Uint8Array>) {
      memory.add(piece.buffer);
      read.push(...piece);
    }
    expect(Uint8Array.from(read)).toEqual(TEXT);
    expect(memory.size).toBe(1);
    expect([...memory].flatMap((buffer) => [...new Uint8Array(buffer)]).some((byte) => byte !== 0)).toBe(
      false,
    );
  });

  it('is wiped when it is left before its end', async () => {
    let memory: Uint8Array = new Uint8Array();
    const [, open] = SOURCES[0] ?? expect.unreachable();
    for await (const piece of open() as AsyncIterable<Uint8Array>) {
      memory = new Uint8Array(piece.buffer);
      break;
    }
    expect(memory.length).toBe(4096);
    expect(memory.every((byte) => byte === 0)).toBe(true);
  });

  it('leaves to the next reader what comes while it is paused', async () => {
    const { input, writer } = fifo('paused');
    let heard = '';
    const first = new Promise<void>((resolve) => {
      input.on('data', (piece: Uint8Array) => {
        heard += new TextDecoder().decode(piece);
        resolve();
      });
    });
    writeSync(writer, 'one');
    await first;
    input.pause();
    writeSync(writer, 'two');
    // Another pipe has gone the whole way in the meantime: this one would have been heard.
    const other = fifo('other');
    writeSync(other.writer, 'x');
    closeSync(other.writer);
    for await (const _piece of other.input);
    expect(heard).toBe('one');
    const second = new Promise((resolve) => input.once('data', resolve));
    input.resume();
    await second;
    expect(heard).toBe('onetwo');
    closeSync(writer);
    input.destroy();
  });

  it('is empty where it is a device that gives nothing', async () => {
    const pieces: unknown[] = [];
    for await (const piece of new SecretInput(openSync('/dev/null', 'r'))) pieces.push(piece);
    expect(pieces).toEqual([]);
  });

  it('says why it cannot be read', async () => {
    const read = async () => {
      for await (const _piece of new SecretInput(openSync(file('.'), 'r')));
    };
    await expect(read()).rejects.toMatchObject({ code: 'EISDIR' });
  });
});
