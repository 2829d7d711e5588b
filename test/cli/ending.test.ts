/** How a run ends: what is told besides the error, and what is no longer waited for. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Ending } from '../../src/cli/ending.js';
import { en } from '../../src/cli/text/en.js';
import type { CardConnection, Disposition } from '../../src/transport/connection.js';
import { finished, JPKI, noTerminal, Terminal, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();

describe.skipIf(noTerminal())('a virtual card that cannot be saved', () => {
  /** The folder of the state goes away while the PIN is asked for. */
  async function withoutFolder(name: string, args: string, ...answers: (readonly [string, string])[]) {
    mkdirSync(file(name));
    const state = await writeCard(file(`${name}/card.json`));
    const terminal = new Terminal([...args.split(' '), '--virtual', state], {
      LANG: 'C.UTF-8',
      NO_COLOR: '1',
    });
    const [[question = '', answer = ''] = [], ...others] = answers;
    await terminal.waitFor(question);
    rmSync(file(name), { recursive: true });
    terminal.type(`${answer}\r`);
    await terminal.answer(...others);
    return terminal.finish();
  }

  it('leaves the result told, and is told behind it', async () => {
    const { status, screen } = await withoutFolder(
      'changed',
      'pin change auth',
      ['Current PIN: ', '1234'],
      ['New PIN: ', '8305'],
      ['New PIN again: ', '8305'],
    );
    expect(status).toBe(1);
    expect(screen).toMatch(
      /The user authentication PIN was changed\.\njpki: .*card\.json: there is no such\s+file/,
    );
  });

  it('does not take the place of an error, in JSON either', async () => {
    const { status, screen } = await withoutFolder('wrong', 'pin verify auth --json', ['PIN: ', '9999']);
    expect(status).toBe(4);
    expect(JSON.parse(screen.slice(screen.indexOf('{'))).error).toMatchObject({
      code: 'PIN_INCORRECT',
      triesLeft: 2,
      also: [{ code: 'FILE', message: expect.stringContaining('card.json') }],
    });
  });
});

describe.skipIf(process.platform === 'win32')('a process that waits where no card is concerned', () => {
  it('ends on a signal while nobody writes to the pipe that it reads', async () => {
    execFileSync('mkfifo', [file('pin')]);
    const [node = '', ...words] = JPKI;
    const state = await writeCard(file('card.json'));
    const args = ['pin', 'verify', 'auth', '--pin-file', file('pin'), '--virtual', state];
    const child = spawn(node, [...words, ...args], { env: { LANG: 'C' } });
    const end = finished(child);
    // A pipe can be opened without waiting once somebody reads: then the command waits for what never comes.
    const pipe = await vi.waitFor(() => openSync(file('pin'), constants.O_WRONLY | constants.O_NONBLOCK), {
      timeout: 20_000,
    });
    child.kill('SIGTERM');
    const { stderr } = await end;
    closeSync(pipe);
    expect([child.exitCode, stderr]).toEqual([143, 'jpki: The operation was aborted.\n']);
  });
});

describe('a command that waits for what can never come', () => {
  it('fails, instead of ending as if it had been done', async () => {
    const lost = `import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
      fs.open = () => undefined; fs.promises.open = () => new Promise(() => {}); syncBuiltinESMExports();`;
    const [node = '', ...words] = JPKI;
    const preload = `data:text/javascript,${encodeURIComponent(lost)}`;
    const args = ['pin', 'verify', 'auth', '--pin-file', file('any'), '--virtual', '--json'];
    const child = spawn(node, ['--import', preload, ...words, ...args], { env: { LANG: 'C' } });
    const { status, stdout, stderr } = await finished(child);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(JSON.parse(stderr).error.code).toBe('INTERNAL');
  });
});

describe('the ending of a run', () => {
  beforeEach(() => {
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A connection whose answers come when the test says so. */
  class Wire implements CardConnection {
    readonly readerName = 'wire';
    readonly atr = new Uint8Array(2);
    readonly exclusive = true;
    readonly dispositions: (Disposition | undefined)[] = [];
    answer: () => void = () => undefined;

    transmit(): Promise<Uint8Array> {
      return new Promise((resolve) => {
        this.answer = () => resolve(Uint8Array.of(0x90, 0x00));
      });
    }

    async disconnect(disposition?: Disposition): Promise<void> {
      this.dispositions.push(disposition);
    }
  }

  function begin() {
    const ending = new Ending();
    const told: string[] = [];
    ending.tell = (what) => told.push(what(en));
    const wire = new Wire();
    const connection = ending.card.hold(wire);
    const left = vi.fn();
    ending.left.catch(left);
    return { ending, told, wire, connection, left };
  }

  it('says nothing of a card that has nothing to do, and sends it nothing more', async () => {
    const { ending, told, connection } = begin();
    ending.ask();
    expect(ending.signal.aborted).toBe(true);
    expect(told).toEqual([]);
    await expect(connection.transmit(new Uint8Array(4))).rejects.toMatchObject({ code: 'ABORTED' });
    ending.finish();
  });

  it('waits for a card at work for as long as it takes, and says so once', async () => {
    const { ending, told, wire, connection, left } = begin();
    const answer = connection.transmit(new Uint8Array(4));
    ending.ask();
    await vi.advanceTimersByTimeAsync(29_000);
    expect([told.length, left.mock.calls.length]).toEqual([1, 0]);
    wire.answer();
    expect(await answer).toEqual(Uint8Array.of(0x90, 0x00));
    ending.finish();
  });

  it('does not take the second of two signals within a second for a second wish', async () => {
    const { ending, wire, connection } = begin();
    const answer = connection.transmit(new Uint8Array(4));
    ending.ask();
    await vi.advanceTimersByTimeAsync(900);
    ending.ask();
    wire.answer();
    await expect(answer).resolves.toHaveLength(2);
    ending.finish();
  });

  it('ends the waiting at the second wish, and says so to whoever waits', async () => {
    const { ending, connection, left } = begin();
    const answer = expect(connection.transmit(new Uint8Array(4))).rejects.toMatchObject({ code: 'ABORTED' });
    ending.ask();
    await vi.advanceTimersByTimeAsync(1_100);
    ending.ask();
    await answer;
    await expect(connection.disconnect('unpower')).rejects.toMatchObject({ code: 'ABORTED' });
    expect([ending.card.isHeld, ending.card.isBusy]).toEqual([true, true]);
    // The error of the work itself comes first, and a third wish puts nothing off.
    await vi.advanceTimersByTimeAsync(400);
    expect(left).not.toHaveBeenCalled();
    ending.ask();
    await vi.advanceTimersByTimeAsync(200);
    expect(left).toHaveBeenCalled();
    ending.finish();
  });

  it('warns before it takes a wish for the second, when the card was set to work after the first', async () => {
    const { ending, told, wire, connection, left } = begin();
    wire.disconnect = () => new Promise(() => undefined);
    ending.ask();
    await vi.advanceTimersByTimeAsync(1_200);
    const gaveUp = vi.fn();
    connection.disconnect('unpower').catch(gaveUp);
    ending.ask();
    expect(told).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(900);
    // Passed on a second time by npm or a shell, within a second of what was said.
    ending.ask();
    await vi.advanceTimersByTimeAsync(0);
    expect([gaveUp.mock.calls, left.mock.calls]).toEqual([[], []]);
    await vi.advanceTimersByTimeAsync(200);
    ending.ask();
    await vi.advanceTimersByTimeAsync(0);
    expect(gaveUp).toHaveBeenCalledWith(expect.objectContaining({ code: 'ABORTED' }));
    ending.finish();
  });

  it('gives what hangs its time from when the card was done, not from the wish', async () => {
    const { ending, wire, connection } = begin();
    const answer = connection.transmit(new Uint8Array(4));
    ending.ask();
    await vi.advanceTimersByTimeAsync(10_000);
    wire.answer();
    await answer;
    await vi.advanceTimersByTimeAsync(4_000);
    expect(wire.dispositions).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(wire.dispositions).toEqual(['unpower']);
    ending.finish();
  });

  it('unpowers a card that a hanging command has in its hand, and leaves', async () => {
    const { ending, wire, left } = begin();
    ending.ask();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(wire.dispositions).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(wire.dispositions).toEqual(['unpower']);
    expect([ending.card.isHeld, left.mock.calls.length]).toEqual([false, 1]);
    ending.finish();
  });

  it('leaves no timer behind once the card is let go of', async () => {
    const { ending, connection } = begin();
    await connection.disconnect('unpower');
    ending.finish();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait for ever for a reader that does not let go', async () => {
    const { ending, wire, connection } = begin();
    wire.disconnect = () => new Promise(() => undefined);
    const gone = expect(connection.disconnect('unpower')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(6_000);
    await gone;
    expect(ending.card.isHeld).toBe(true);
  });

  it('is not hurried by a bug that comes while the card is waited for', async () => {
    const { ending, wire, connection } = begin();
    const answer = connection.transmit(new Uint8Array(4));
    ending.ask();
    await vi.advanceTimersByTimeAsync(1_100);
    ending.fail(new Error('a bug'));
    wire.answer();
    expect(await answer).toEqual(Uint8Array.of(0x90, 0x00));
    expect(ending.bug?.error).toEqual(new Error('a bug'));
    ending.finish();
  });

  it('of a bug stops the run as a signal does, and keeps the first', () => {
    const { ending } = begin();
    ending.fail(new Error('first'));
    ending.fail(new Error('second'));
    expect(ending.signal.aborted).toBe(true);
    expect(ending.bug?.error).toEqual(new Error('first'));
    ending.finish();
  });
});
