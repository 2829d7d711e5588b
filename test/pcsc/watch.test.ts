/** `jpki status --watch`: one card after another, whatever they are, and whatever becomes of reader and service. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualCardQuirks } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { JPKI, screenFile, settled, Terminal } from '../cli/support.js';
import { compiled } from '../support/compiled.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { untilEmpty } from './harness-empty.js';

describe.skipIf(requirePcsc())('jpki status --watch', () => {
  let pcsc: PcscHarness;
  let watching: Watch | undefined;
  let session: VpcdSession | undefined;

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
  });
  afterEach(async () => {
    await watching?.stop('SIGKILL');
    await session?.close();
    await pcsc.stop();
  });
  afterAll(() => pcsc.dispose());

  /** The command, and the lines it writes. */
  class Watch {
    readonly #child: ChildProcess;
    readonly #lines: string[] = [];
    #text = '';
    #wake = () => {};
    stdout = '';
    stderr = '';

    constructor(...args: readonly string[]) {
      const [node = '', ...words] = JPKI;
      this.#child = spawn(node, [...words, 'status', '--watch', ...args], {
        env: { ...process.env, LANG: 'C' },
      });
      this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.stdout += text;
        this.#text += text;
        const whole = this.#text.split('\n');
        this.#text = whole.pop() ?? '';
        this.#lines.push(...whole);
        this.#wake();
      });
      this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.stderr += text;
        this.#wake();
      });
      this.#child.once('close', () => this.#wake());
    }

    /** The next line; with a pattern the next that matches. */
    async line(pattern = /^/): Promise<string> {
      for (;;) {
        const line = this.#lines.shift();
        if (line !== undefined && pattern.test(line)) return line;
        if (line !== undefined) continue;
        if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.stderr}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }

    async json(): Promise<Record<string, unknown>> {
      return JSON.parse(await this.line());
    }

    async said(text: string): Promise<void> {
      while (!this.stderr.includes(text)) {
        if (this.#child.exitCode !== null) throw new Error(`it ended: ${this.stderr}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }

    /** Without a signal it ends by itself. */
    async stop(signal?: NodeJS.Signals): Promise<number | null> {
      if (this.#child.exitCode === null && this.#child.signalCode === null) {
        const end = once(this.#child, 'close');
        if (signal !== undefined) this.#child.kill(signal);
        await end;
      }
      return this.#child.exitCode;
    }
  }

  async function put(card: PoweredCard | Partial<VirtualCardQuirks> = {}): Promise<void> {
    await session?.close();
    await untilEmpty(pcsc.readerNames[0]);
    const inserted = 'process' in card ? card : await virtualCard(card);
    session = await connectVpcd(inserted, { port: pcsc.ports[0] });
  }

  const other: PoweredCard = {
    atr: Uint8Array.of(0x3b, 0x00),
    ...{ powerOn: () => {}, powerOff: () => {}, reset: () => {} },
    process: () => Uint8Array.of(0x6a, 0x82),
  };

  it('gives a line for each card, good or not, and Ctrl-C ends it', async () => {
    await pcsc.start();
    watching = new Watch('--json');
    await put();
    expect(await watching.json()).toMatchObject({
      reader: pcsc.readerNames[0],
      pins: { auth: { triesLeft: 3 }, sign: { triesLeft: 5 } },
    });
    await put(other);
    expect(await watching.json()).toMatchObject({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      reader: pcsc.readerNames[0],
      error: { code: 'NOT_JPKI', remedy: expect.stringMatching(/\S/) },
    });
    await put({ pinCounter: false });
    expect(await watching.json()).toMatchObject({ pins: { auth: { triesLeft: null } } });
    expect(await watching.stop('SIGINT')).toBe(130);
    expect(watching.stderr).toBe('');
  });

  it('shows each card in words, and when it is taken away', async () => {
    await pcsc.start();
    await put();
    watching = new Watch('--lang', 'en');
    await watching.line(/^Reader: Virtual PCD 00 00$/);
    await watching.line(/^\d\d:\d\d:\d\d {2}Virtual PCD 00 00$/);
    await watching.line(/Signature PIN +5 of 5 tries left/);
    await session?.close();
    expect(await watching.line(/taken away/)).toBe('Card taken away: Virtual PCD 00 00');
    await put(other);
    await watching.said('What to do');
    await put();
    await watching.line(/Signature PIN +5 of 5 tries left/);
    expect(await watching.stop('SIGTERM')).toBe(143);
  });

  it.each(['en', 'ja'])('has words that stay the same: %s', async (language) => {
    await pcsc.start();
    watching = new Watch('--lang', language, '--reader', '00 00');
    await put();
    await watching.line(/jpki cert show sign/);
    await session?.close();
    await watching.line(/Virtual PCD 00 00/);
    await watching.stop('SIGINT');
    const screen = watching.stdout.replace(/^\d\d:\d\d:\d\d/gm, 'HH:MM:SS');
    await expect(settled(screen)).toMatchFileSnapshot(screenFile('pcsc-watch', language));
  });

  it('goes on when the service was stopped, and leaves out readers that were not named', async () => {
    await pcsc.start();
    await put();
    watching = new Watch('--json', '--reader', '00 00');
    expect(await watching.json()).toMatchObject({ reader: pcsc.readerNames[0] });
    await session?.close();
    await pcsc.restart();
    const elsewhere = await connectVpcd(await virtualCard(), { port: pcsc.ports[1] });
    await put(other);
    // The card on the other reader, which lay there first, made no line.
    expect(await watching.json()).toMatchObject({ reader: pcsc.readerNames[0], error: { code: 'NOT_JPKI' } });
    await elsewhere.close();
  });

  it('tells of a card that another program keeps, and reads the next one', async () => {
    await pcsc.start();
    await put();
    const holder = spawn(
      process.execPath,
      [compiled('test/pcsc/harness-hold-card.ts'), pcsc.readerNames[0], 'exclusive'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    try {
      await once(holder.stdout, 'data');
      watching = new Watch('--json', '--timeout', '0.5');
      expect(await watching.json()).toMatchObject({ error: { code: 'SHARING_VIOLATION' } });
      const letGo = once(holder, 'close');
      holder.stdin.end();
      await letGo;
      await put();
      expect(await watching.json()).toMatchObject({ pins: { sign: { triesLeft: 5 } } });
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('says on a terminal what it waits for, and needs a service to begin with', async () => {
    await pcsc.start();
    const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
    const terminal = new Terminal(['status', '--watch'], {
      PCSCLITE_CSOCK_NAME: socket,
      LANG: 'ja_JP.UTF-8',
    });
    await terminal.waitFor('カードをリーダーに置いてください');
    terminal.type('\u0003');
    expect((await terminal.finish()).status).toBe(130);
    await pcsc.stop();
    watching = new Watch('--lang', 'en');
    await watching.said('PC/SC service');
    expect(await watching.stop()).toBe(3);
  });

  it('is for readers', async () => {
    watching = new Watch('--virtual', '--lang', 'en');
    await watching.said('--watch is for readers');
    expect(await watching.stop()).toBe(2);
  });
});
