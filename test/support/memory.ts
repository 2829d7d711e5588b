/** Searching the memory of a living process for a PIN that should be gone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { KeyRole } from '../../src/errors.js';
import { byShortId, CURRENT_FILE, PIN_PLACE } from '../../src/jpki/files.js';
import { PIN_RULES } from '../../src/jpki/pin.js';

/** For the environment of a process of Node: at its end it stays, and `memoryAfter` can search it. */
export const STAYING = { NODE_OPTIONS: `--import ${new URL('stays.mjs', import.meta.url).href}` } as const;

/**
 * Whether to skip: `describe.skipIf(noProcessMemory())`. Says why; throws instead when JPKI_REQUIRE_PCSC=1, where a
 * skipped test would be a lie.
 */
export function noProcessMemory(): boolean {
  const child = spawn(process.execPath, ['--eval', 'process.stdin.resume()']);
  child.on('error', () => undefined);
  try {
    closeSync(openSync(`/proc/${child.pid}/mem`, 'r'));
    return false;
  } catch {
    const missing =
      'the memory tests need Linux, and the right to read the memory of a child (yama/ptrace_scope)';
    if (process.env['JPKI_REQUIRE_PCSC'] === '1') throw new Error(missing);
    console.warn(`skipped: ${missing}`);
    return true;
  } finally {
    child.kill('SIGKILL');
  }
}

/** A PIN of the greatest length that nobody has seen. */
export function randomPin(role: KeyRole): string {
  const { alphabet, maxLength, newPinHolds } = PIN_RULES[role];
  const characters = Array.from({ length: maxLength }, (_, i) => newPinHolds[i] ?? alphabet);
  return characters.map((from) => from[randomInt(from.length)]).join('');
}

/** What is searched for, by a name that tells nothing of the PIN. */
type Needles = ReadonlyMap<string, Buffer>;

/** Fewer characters in a row turn up by chance. */
const PART = 7;

/** A PIN as commands and programs spell it; one of four digits turns up everywhere, so of it only the commands. */
export function needlesOf(role: KeyRole, ...pins: readonly string[]): Needles {
  const needles = new Map<string, Buffer>();
  for (const [i, pin] of pins.entries()) {
    const bytes = Buffer.from(pin);
    for (const p2 of [CURRENT_FILE, byShortId(PIN_PLACE[role].file)]) {
      const name = `${role} PIN ${i}, P2 ${p2.toString(16)}`;
      needles.set(`VERIFY of ${name}`, Buffer.from([0x00, 0x20, 0x00, p2, bytes.length, ...bytes]));
      needles.set(`CHANGE to ${name}`, Buffer.from([0x00, 0x24, 0x01, p2, bytes.length, ...bytes]));
    }
    // Part of a PIN is a trace too: memory that is used again keeps the end of what it held.
    for (let start = 0; start + PART <= pin.length; start += 4) {
      const part = bytes.subarray(start, start + PART);
      const name = `${role} PIN ${i}, from character ${start}`;
      needles.set(`text of ${name}`, part);
      needles.set(`UTF-16 of ${name}`, spaced(part, 2, 0));
      needles.set(`UTF-32 of ${name}`, spaced(part, 4, 0));
      // V8 keeps a small number in the upper half of 64 bits.
      needles.set(`number[] of ${name}`, spaced(part, 8, 4));
      needles.set(`hexadecimal of ${name}`, Buffer.from(part.toString('hex')));
    }
  }
  return needles;
}

/** Each byte in `size`, at `offset` of them. */
function spaced(bytes: Uint8Array, size: number, offset: number): Buffer {
  const result = Buffer.alloc(bytes.length * size);
  for (const [i, byte] of bytes.entries()) result[size * i + offset] = byte;
  return result;
}

/** Waits until a process stays (see `STAYING`), searches its memory, and ends it. */
export async function memoryAfter(
  child: ChildProcess,
  needles: Needles,
): Promise<{ status: number; output: string; found: string[] }> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stdout?.resume();
  const ended = once(child, 'close').then(() => {
    throw new Error(`did not stay:\n${output}`);
  });
  while (staying(output) === undefined) await Promise.race([ended, once(child.stderr ?? child, 'data')]);
  ended.catch(() => undefined);
  return { output, ...searchStaying(output, needles) };
}

/** The same for a process whose output has been collected. */
export function searchStaying(output: string, needles: Needles): { status: number; found: string[] } {
  const there = staying(output);
  if (there === undefined) throw new Error(`did not stay:\n${output}`);
  try {
    return { status: there.status, found: searchMemory(there.pid, needles) };
  } finally {
    process.kill(there.pid, 'SIGKILL');
  }
}

function staying(output: string): { pid: number; status: number } | undefined {
  const [, pid, status] = /^stays: (\d+) (\d+)\r?\n/m.exec(output) ?? [];
  return pid === undefined ? undefined : { pid: Number(pid), status: Number(status) };
}

const PIECE = 1 << 22;
/** Longer than any needle, so that one that begins in a piece ends in what is read with it. */
const OVERLAP = 256;

function searchMemory(pid: number, needles: Needles): string[] {
  const found = new Set<string>();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const buffer = Buffer.alloc(PIECE + OVERLAP);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, from = '', to = '', name = ''] =
        /^([0-9a-f]+)-([0-9a-f]+) rw\S* \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
      const end = Number.parseInt(to, 16);
      for (let at = Number.parseInt(from, 16); at < end; at += PIECE) {
        const piece = buffer.subarray(0, readSync(memory, buffer, 0, Math.min(buffer.length, end - at), at));
        for (const [needle, bytes] of needles)
          if (piece.includes(bytes)) found.add(`${needle}, in ${name || 'anonymous memory'}`);
      }
    }
  } finally {
    closeSync(memory);
  }
  return [...found];
}
