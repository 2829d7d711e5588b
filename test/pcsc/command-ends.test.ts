/** How the command ends when it is told to, or when the card is silent; each end is looked at from the card's side. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { finished, JPKI, noTerminal, writeCard } from '../cli/support.js';
import { send, virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

const VERIFY = 0x20;
const CHANGE = 0x24;

/** A card that answers one command only when it is let, and notes whether it has power. */
class SlowCard implements PoweredCard {
  readonly atr: Uint8Array;
  readonly card: VirtualCard;
  isPowered = false;
  commands = 0;
  /** Resolves when the command has reached the card, which has carried it out by then. */
  readonly working: Promise<void>;
  /** Lets the answer go. */
  release: () => void = () => undefined;
  readonly #instruction: number;
  #started: () => void = () => undefined;

  constructor(card: VirtualCard, instruction: number) {
    this.card = card;
    this.atr = card.atr;
    this.#instruction = instruction;
    this.working = new Promise((resolve) => {
      this.#started = resolve;
    });
  }

  powerOn(): void {
    this.isPowered = true;
    this.card.powerOn();
  }

  powerOff(): void {
    this.isPowered = false;
    this.card.powerOff();
  }

  reset(): void {
    this.card.reset();
  }

  process(command: Uint8Array): Uint8Array | Promise<Uint8Array> {
    this.commands++;
    const response = this.card.process(command);
    // The query of a counter is a VERIFY too, without data.
    if (command[1] !== this.#instruction || command.length <= 5) return response;
    return new Promise((resolve) => {
      this.release = () => resolve(response);
      this.#started();
    });
  }
}

/** Linux numbers its signals so; a shell adds 128. */
const SIGNALS = [
  ...([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGTRAP', 133],
    ['SIGABRT', 134],
  ] as const),
  ...([
    ['SIGUSR2', 140],
    ['SIGALRM', 142],
    ['SIGTERM', 143],
    ['SIGSTKFLT', 144],
  ] as const),
  ...([
    ['SIGXCPU', 152],
    ['SIGVTALRM', 154],
    ['SIGIO', 157],
    ['SIGPWR', 158],
    ['SIGSYS', 159],
  ] as const),
] as const;

const WORKING = 'The card is still working: keep it on the reader';
const TAKE_OFF = 'Take the card off the reader';

describe.skipIf(requirePcsc())('the command, told to end while the card works', () => {
  let pcsc: PcscHarness;
  let folder: string;
  let session: VpcdSession | undefined;
  let card: SlowCard;
  const children: ChildProcess[] = [];
  /** Rejects when the command started last ends. */
  let ended: Promise<never>;

  const file = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jpki-ends-'));
    writeFileSync(file('auth'), '1234', { mode: 0o600 });
    writeFileSync(file('wrong'), '9999', { mode: 0o600 });
    writeFileSync(file('sign'), 'VIRTUAL1', { mode: 0o600 });
    writeFileSync(file('change'), '1234\n8305\n', { mode: 0o600 });
    writeFileSync(file('document'), 'text');
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await session?.close();
    session = undefined;
    // The service looks every 0.4 s, and does not see the next card if it comes between two looks.
    const seen = (what: string) => pcsc.log.split(what).length;
    await expect.poll(() => seen('Card inserted') - seen('Card Removed'), { timeout: 5_000 }).toBeLessThan(1);
  });
  afterAll(async () => {
    await pcsc?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function insert(instruction: number): Promise<SlowCard> {
    card = new SlowCard(await virtualCard(), instruction);
    session = await connectVpcd(card, { port: pcsc.ports[0] });
    return card;
  }

  function start(args: readonly string[], node: readonly string[] = []) {
    const [program = '', ...words] = JPKI;
    const child = spawn(program, [...node, ...words, ...args, '--timeout', '10'], {
      env: { ...process.env, LANG: 'C' },
    });
    children.push(child);
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    const end = finished(child);
    const tooSoon = end.then(({ status }) => {
      throw new Error(`the command ended with ${status} before it should have: ${said}`);
    });
    tooSoon.catch(() => {});
    ended = tooSoon;
    const saysNow = async (text: string) => {
      while (!said.includes(text)) await Promise.race([once(child.stderr, 'data'), tooSoon]);
    };
    return { child, end, saysNow };
  }

  /** The command that is waited for has reached the card. */
  const working = () => Promise.race([card.working, ended]);

  const pinVerify = () => ['pin', 'verify', 'auth', '--pin-file', file('auth')];
  const pinChange = () => ['pin', 'change', 'auth', '--pin-file', file('change')];

  /** The answer to a signature with the authentication key, of the application that a new session selects. */
  const signs = () => send(card.card, '00A4040C0AD392F000260100000001', '802A009701 00 00').slice(-4);

  /** The key is out of reach because the reader cut the power, not because the test took the card out. */
  async function expectUnpowered(): Promise<void> {
    await vi.waitFor(() => expect(card.isPowered).toBe(false));
    expect(signs()).toBe('6982');
  }

  it.each(SIGNALS)(
    '%s is answered at once, the PIN when the card has, and the exit code is %d',
    async (signal, code) => {
      await insert(VERIFY);
      const { child, end, saysNow } = start(pinVerify());
      await working();
      child.kill(signal);
      await saysNow(WORKING);
      card.release();
      const { status, stdout } = await end;
      expect({ status, stdout }).toEqual({
        status: code,
        stdout: 'The user authentication PIN is right. Its counter is full again.\n',
      });
      await expectUnpowered();
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'a PIN that was changed after %s is told to be, once',
    async (signal) => {
      await insert(CHANGE);
      const { child, end, saysNow } = start([...pinChange(), '--json']);
      await working();
      child.kill(signal);
      await saysNow(WORKING);
      card.release();
      const { stdout, stderr } = await end;
      expect(JSON.parse(stdout)).toEqual({ pin: 'auth', changed: true });
      expect(stderr).not.toContain('error');
      await expectUnpowered();
    },
  );

  it('a change that is stopped between the old PIN and the new one says that nothing was changed', async () => {
    await insert(VERIFY);
    const { child, end, saysNow } = start(pinChange());
    await working();
    child.kill('SIGTERM');
    await saysNow(WORKING);
    card.release();
    const { status, stdout, stderr } = await end;
    expect({ status, stdout }).toEqual({ status: 143, stdout: '' });
    expect(stderr).toContain('the user authentication PIN was not changed');
    await expectUnpowered();
  });

  it('a signature is not made once the command is told to end, and the key is out of reach', async () => {
    await insert(VERIFY);
    const { child, end, saysNow } = start(['sign', file('document'), '--pin-file', file('sign')]);
    await working();
    child.kill('SIGQUIT');
    await saysNow(WORKING);
    card.release();
    const { status, stderr } = await end;
    expect(status).toBe(131);
    expect(stderr).toContain('The operation was aborted.');
    expect(() => readFileSync(file('document.p7s'))).toThrow('ENOENT');
    await expectUnpowered();
  });

  it('the error that the card answers with is told, with the exit code of the signal', async () => {
    await insert(VERIFY);
    const { child, end, saysNow } = start(['pin', 'verify', 'auth', '--pin-file', file('wrong')]);
    await working();
    child.kill('SIGTERM');
    await saysNow(WORKING);
    card.release();
    const { status, stderr } = await end;
    expect(status).toBe(143);
    expect(stderr).toContain('The PIN is wrong; 2 tries left.');
  });

  it('the same Ctrl-C passed on twice is one, and so are two signals that come together', async () => {
    await insert(CHANGE);
    const { child, end, saysNow } = start(pinChange());
    await working();
    child.kill('SIGINT');
    await saysNow(WORKING);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    // Whether they were taken for a second one shows before the card answers: the process would be gone.
    await vi.waitFor(() => expect(pending(child, 'SIGINT', 'SIGTERM')).toBe(false));
    card.release();
    const { status, stdout } = await end;
    expect({ status, stdout }).toEqual({ status: 130, stdout: 'The user authentication PIN was changed.\n' });
    await expectUnpowered();
  });

  it.each([
    ['pin verify', VERIFY, 'a try may be spent'],
    ['pin change', CHANGE, 'either PIN may be in force'],
  ] as const)(
    'a second signal ends %s on a silent card, and says what became of the PIN and the card',
    async (command, instruction, fate) => {
      await insert(instruction);
      const { child, end, saysNow } = start(command === 'pin verify' ? pinVerify() : pinChange());
      await working();
      child.kill('SIGTERM');
      await saysNow(WORKING);
      await vi.waitFor(
        () => {
          child.kill('SIGTERM');
          expect(child.signalCode).toBe('SIGTERM');
        },
        { timeout: 30_000, interval: 200 },
      );
      const { stderr } = await end;
      const [first, second] = stderr.slice(stderr.indexOf('jpki: ')).split('\njpki: ');
      expect(first).toContain(fate);
      expect(second).toContain('could not be unpowered');
      expect(second).toContain(TAKE_OFF);
      // What the user is told to do helps.
      await session?.close();
      await expectUnpowered();
    },
  );

  it('an error of a silent card is told first and as it is, and the process ends by itself', async () => {
    await insert(CHANGE);
    const { child, end } = start([...pinChange(), '--json']);
    const { stderr } = await end;
    const { error } = JSON.parse(stderr);
    expect(error).toMatchObject({ code: 'PIN_CHANGE_UNCERTAIN', role: 'auth' });
    expect(child.exitCode).toBe(1);
    expect(error.also).toEqual([
      {
        code: 'TRANSPORT',
        message: expect.stringContaining('unpowered'),
        remedy: expect.stringContaining(TAKE_OFF),
      },
    ]);
  }, 90_000);

  it.each([[[]], [['--attached']]])(
    'a source that nobody writes to keeps no card waiting: sign %o',
    async (more) => {
      await insert(CHANGE);
      const source = file(`nobody-writes${more.length}`);
      execFileSync('mkfifo', [source]);
      const { child, end } = start(['sign', source, ...more, '--pin-file', file('sign')]);
      // A pipe can be opened without waiting once somebody reads: then the command waits for what never comes.
      const pipe = await vi.waitFor(
        () => openSync(source, constants.O_WRONLY | constants.O_NONBLOCK),
        20_000,
      );
      child.kill('SIGTERM');
      const { stderr } = await end;
      closeSync(pipe);
      expect(child.exitCode).toBe(143);
      expect(stderr).toContain('The operation was aborted.');
      expect(card.commands).toBe(0);
    },
  );

  it.each([
    ['an exception', '() => { throw new Error("a bug with 1234") }'],
    ['a rejected promise', 'async () => { throw new Error("a bug with 1234") }'],
  ])(
    '%s that nothing catches is an INTERNAL error, without a stack, and the card loses its power',
    async (_, listener) => {
      await insert(VERIFY);
      const { child, end, saysNow } = start(
        [...pinVerify(), '--json'],
        ['--import', `data:text/javascript,process.on('SIGWINCH', ${listener})`],
      );
      await working();
      child.kill('SIGWINCH');
      await saysNow(WORKING);
      card.release();
      const { status, stderr } = await end;
      expect(status).toBe(1);
      expect(stderr).not.toContain('a bug');
      expect(JSON.parse(stderr.slice(stderr.indexOf('{'))).error.code).toBe('INTERNAL');
      await expectUnpowered();
    },
  );

  it.each(SIGNALS.filter(([signal]) => ['SIGHUP', 'SIGQUIT', 'SIGUSR2'].includes(signal)))(
    'emulate takes its card out on %s, and keeps its state',
    async (signal, code) => {
      const state = await writeCard(file(`${signal}.json`));
      const port = String(pcsc.ports[0]);
      const { child, end } = start(['emulate', '--port', port, '--json', '--state', state]);
      await once(child.stdout, 'data');
      const verify = await pcsc.run(JPKI[0] ?? '', [
        ...JPKI.slice(1),
        ...['pin', 'verify', 'auth', '--pin-file', file('wrong'), '--timeout', '10'],
      ]);
      expect(verify.status).toBe(4);
      child.kill(signal);
      expect((await end).status).toBe(code);
      expect(JSON.parse(readFileSync(state, 'utf8')).applications.jpki['0018'].triesLeft).toBe(2);
    },
  );

  it.skipIf(noTerminal())(
    'a terminal is given back as it was when a second Ctrl-C ends a silent card',
    async () => {
      await insert(VERIFY);
      const words = [...JPKI, 'pin', 'verify', 'auth'].map((word) => `'${word}'`).join(' ');
      const child = spawn('script', ['-qec', `${words}; stty -a; echo ended`, '/dev/null'], {
        env: { ...process.env, LANG: 'C', SHELL: '/bin/sh' },
      });
      children.push(child);
      let shown = '';
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk;
      });
      const tooSoon = once(child, 'close').then(() => {
        throw new Error(`ended before it should have: ${shown}`);
      });
      tooSoon.catch(() => {});
      const shows = async (text: string) => {
        while (!shown.includes(text)) await Promise.race([once(child.stdout, 'data'), tooSoon]);
      };
      await shows('PIN: ');
      child.stdin.write('1234\r');
      await Promise.race([card.working, tooSoon]);
      child.stdin.write('\u0003');
      await shows('The card is still working');
      await vi.waitFor(
        () => {
          if (!shown.includes(TAKE_OFF)) child.stdin.write('\u0003');
          expect(shown).toContain('ended');
        },
        { timeout: 30_000, interval: 200 },
      );
      expect(shown).toMatch(/(?<!-)icanon/);
      expect(shown).toMatch(/(?<!-)echo\b/);
    },
  );
});

/** Whether one of the signals still waits for the process to take it (proc(5): SigPnd, ShdPnd). */
function pending(child: ChildProcess, ...signals: readonly ('SIGINT' | 'SIGTERM')[]): boolean {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const masks = [...status.matchAll(/(?:SigPnd|ShdPnd):\s*([0-9a-f]+)/g)].map(([, hex]) =>
    BigInt(`0x${hex}`),
  );
  const numbers = { SIGINT: 2n, SIGTERM: 15n };
  return masks.some((mask) => signals.some((signal) => ((mask >> (numbers[signal] - 1n)) & 1n) === 1n));
}
