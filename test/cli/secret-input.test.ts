/** Standard input that leaves no copies: everything it reads is in one piece of memory, which is wiped. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { SecretInput } from '../../src/cli/terminal/secret-input.js';
import { temporaryFolder } from './support.js';

const file = temporaryFolder();
/** More than two pieces. */
const TEXT = Uint8Array.from({ length: 10_000 }, (_, i) => 33 + (i % 90));

/** Opened without waiting for the other end. */
function fifo(name: string): { input: SecretInput; reader: number; writer: number } {
  execFileSync('mkfifo', [file(name)]);
  const reader = openSync(file(name), constants.O_RDONLY | constants.O_NONBLOCK);
  return { input: new SecretInput(reader), reader, writer: openSync(file(name), 'w') };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
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
      // Somebody slow: what comes next must not be written over before it is asked for.
      await turns(4);
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

  it('is wiped when what was still being read comes after it was left', async () => {
    writeFileSync(file('late'), TEXT);
    const input = new SecretInput(openSync(file('late'), 'r'));
    const memory = await new Promise<Uint8Array>((resolve) => {
      input.once('data', (piece: Uint8Array) => resolve(new Uint8Array(piece.buffer)));
    });
    // The next piece is asked for in the turn after, and a thread is at it now.
    await turns(1);
    input.destroy();
    // The threads read in their order: what was asked for before this is there.
    await stat(file('late'));
    await turns(2);
    expect(memory.every((byte) => byte === 0)).toBe(true);
  });

  it('lets go of a pipe that it was done with', async () => {
    const { input, writer } = fifo('done');
    input.resume();
    await turns(2);
    input.destroy();
    await once(input, 'close');
    await turns(2);
    expect(() => writeSync(writer, 'nobody reads')).toThrow('EPIPE');
    closeSync(writer);
  });

  // Before it looks for more, and when it waits for more.
  it.each([0, 4])('leaves to the next reader what comes once it is paused, %i turns later', async (count) => {
    const { input, reader, writer } = fifo(`left${count}`);
    const first = once(input, 'data');
    writeSync(writer, 'one');
    await first;
    await turns(count);
    input.pause();
    writeSync(writer, 'two');
    await turns(4);
    const next = new Uint8Array(8);
    expect(new TextDecoder().decode(next.subarray(0, readSync(reader, next)))).toBe('two');
    closeSync(writer);
    input.destroy();
  });

  it('goes on with what came while it was paused', async () => {
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

  it.each([
    ['a folder', () => openSync(file('.'), 'r'), 'EISDIR'],
    ['closed', () => 99_999, 'EBADF'],
  ])('says why it cannot be read: %s', async (_what, open, code) => {
    const read = async () => {
      for await (const _piece of new SecretInput(open()));
    };
    await expect(read()).rejects.toMatchObject({ code });
  });
});
