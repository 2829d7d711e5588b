/** A PIN given as bytes is nowhere in the memory of the process once the call has ended, whatever way it ends. */
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { KeyRole } from '../../src/errors.js';
import { compiled } from '../support/compiled.js';
import { memoryAfter, needlesOf, noProcessMemory, randomPin, STAYING } from '../support/memory.js';

const PROGRAM = compiled('test/jpki/memory-program.ts');

/** Runs the program of that name with two PINs that nobody has seen, and searches what it leaves in memory. */
async function after(what: string, role: KeyRole) {
  const [pin, next] = [randomPin(role), randomPin(role)];
  const child = spawn(process.execPath, [PROGRAM, what, role], {
    env: { ...process.env, ...STAYING },
    stdio: 'pipe',
  });
  child.stdin.end(`${pin}${next}`);
  const { output, found, status } = await memoryAfter(child, needlesOf(role, pin, next));
  return { code: /^code: (\w+)$/m.exec(output)?.[1], found, status };
}

describe.skipIf(noProcessMemory())('no PIN is in memory', () => {
  it.each([
    ['it was changed', undefined],
    ['it was verified', undefined],
    ['the garbage was collected meanwhile', undefined],
    ['it was wrong', 'PIN_INCORRECT'],
    ['it was locked', 'PIN_LOCKED'],
    ['one try was left', 'PIN_LAST_TRY'],
    ['the card refused the new one', 'STATUS_WORD'],
    ['the link broke at VERIFY', 'TRANSPORT'],
    ['the link broke at CHANGE', 'PIN_CHANGE_UNCERTAIN'],
    ['the caller had aborted', 'ABORTED'],
    ['the connection was shared', 'SHARING_VIOLATION'],
    ['the new one was malformed', 'PIN_FORMAT'],
    ['the exchange was recorded', undefined],
  ])('after %s', async (what, code) => {
    expect(await after(what, 'sign')).toEqual({ code, found: [], status: 0 });
  });

  it.each(['it was changed', 'it was wrong'])('of four digits, in a command, after %s', async (what) => {
    expect((await after(what, 'auth')).found).toEqual([]);
  });

  it.each(['sign', 'auth'] as const)('but one of %s that nobody wiped is found', async (role) => {
    const { found } = await after('nobody wiped it', role);
    expect(found.some((trace) => trace.startsWith('VERIFY of'))).toBe(true);
    expect(found.some((trace) => trace.startsWith('CHANGE to'))).toBe(true);
  });
});
