import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { JPKI, noTerminal, screenFile, settled, Terminal, writeCard } from '../cli/support.js';
import { send, virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { FaultyCard } from './harness-faulty-card.js';

describe.skipIf(requirePcsc(['openssl']))('the command through the PC/SC service', () => {
  let pcsc: PcscHarness;
  let folder: string;
  let emulator: ChildProcess | undefined;
  let session: VpcdSession | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jpki-cli-pcsc-'));
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterEach(async () => {
    await takeOut();
    await session?.close();
    session = undefined;
  });
  afterAll(async () => {
    await pcsc?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string) => join(folder, name);
  const [node = '', ...words] = JPKI;
  const environment = (more = {}) => ({ ...process.env, LANG: 'C', ...more });

  async function jpki(args: readonly string[], input = '') {
    const { status, stdout, stderr } = await pcsc.run(node, [...words, ...args, '--timeout', '10'], {
      input,
    });
    return { status, stdout: stdout.toString(), stderr };
  }

  /** `jpki emulate` in a process of its own, once the card is in the reader. */
  async function emulate(...args: readonly string[]): Promise<{ emulating: { pins: unknown } }> {
    const port = String(pcsc.ports[0]);
    emulator = spawn(node, [...words, 'emulate', '--port', port, '--json', ...args], { env: environment() });
    let text = '';
    emulator.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    emulator.stderr?.pipe(process.stderr);
    while (!text.endsWith('}\n')) await once(emulator.stdout ?? emulator, 'data');
    return JSON.parse(text);
  }

  async function takeOut(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const child = emulator;
    emulator = undefined;
    if (child === undefined) return null;
    child.kill(signal);
    const [status] = await once(child, 'exit');
    return status;
  }

  const triesLeft = (state: string, pin: string): number =>
    JSON.parse(readFileSync(file(state), 'utf8')).applications.jpki[pin].triesLeft;

  it('emulates a card in any starting state, reads it, and keeps it until the next time', async () => {
    const state = ['--state', await writeCard(file('card.json'))];
    const { emulating } = await emulate(...state, '--locked', 'sign', '--tries', 'auth=2');
    expect(emulating.pins).toEqual({ auth: { triesLeft: 2 }, sign: { triesLeft: 0 } });

    for (const language of ['en', 'ja']) {
      const { status, stdout } = await jpki(['status', '--lang', language]);
      expect(status).toBe(0);
      await expect(settled(stdout)).toMatchFileSnapshot(screenFile('pcsc-status', language));
    }
    const wrong = await jpki(['pin', 'verify', 'auth', '--pin-file', '-', '--json'], '9999');
    expect(wrong.status).toBe(4);
    expect(JSON.parse(wrong.stderr).error).toMatchObject({ code: 'PIN_INCORRECT', triesLeft: 1 });
    const last = await jpki(['pin', 'verify', 'auth', '--pin-file', '-'], '1234');
    expect(last.status).toBe(5);
    const recover = await jpki(['recover', '--json', '--auth', 'known']);
    const ways = JSON.parse(recover.stdout).ways.map(
      ({ pin, way }: Record<string, string>) => `${pin} ${way}`,
    );
    // Both are in trouble, each in its own way: one try left is no lock, and the other PIN's kiosk is closed by one.
    expect(ways).toEqual(['auth change', 'sign kiosk', 'sign counter', 'auth counter']);

    expect(await takeOut('SIGINT')).toBe(130);
    expect([triesLeft('card.json', '0018'), triesLeft('card.json', '001b')]).toEqual([1, 0]);
    await emulate(...state);
    const { stdout } = await jpki(['status', '--json']);
    expect(JSON.parse(stdout).pins).toMatchObject({ auth: { triesLeft: 1 }, sign: { locked: true } });
    expect(await takeOut('SIGTERM')).toBe(143);
  });

  it('judges the text of an emulated card with published keys alone, and says that it is virtual', async () => {
    await emulate('--state', await writeCard(file('text.json')));
    const show = ['text', 'show', '--pin-file', '-'];
    const { status, stdout } = await jpki([...show, '--json'], '1234\n');
    expect(status).toBe(0);
    const { virtual, proof } = JSON.parse(stdout);
    expect(virtual).toBe(true);
    expect(proof).toMatchObject({ matches: false, issuer: null });
    expect(proof.findings.map(({ code }: { code: string }) => code)).toEqual(['ISSUER_UNKNOWN']);
    expect(proof.basis).toContain('published by one peer');
    expect((await jpki([...show, '--lang', 'en'], '1234\n')).stdout).toContain('VIRTUAL');
  });

  it('emulates a card that behaves differently, and one that has expired', async () => {
    await emulate(
      '--quirk',
      'pinCounter=false',
      '--quirk',
      'shortIds=6a82',
      '--expired',
      '--token',
      'older-card',
    );
    const { stdout } = await jpki(['status', '--json']);
    const { pins, token, certificates } = JSON.parse(stdout);
    expect(pins.auth).toEqual({ triesLeft: null, maxTries: 3, locked: false });
    expect(token.label).toBe('JPKIAPICCTOKEN');
    expect(certificates.auth).toMatchObject({ state: 'expired', trusted: false, virtual: true });
  });

  it('signs, verifies, exports and logs in', async () => {
    await emulate('--state', await writeCard(file('signer.json')));
    writeFileSync(file('contract.txt'), '契約書\n');
    const signed = await jpki(['sign', file('contract.txt'), '--pin-file', '-'], 'VIRTUAL1');
    expect(signed).toMatchObject({ status: 0, stderr: '' });
    await jpki(['cert', 'export', 'sign-ca', '--out', file('ca.pem')]);
    const openssl = await pcsc.run('openssl', [
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', file('contract.txt.p7s')],
      ...['-content', file('contract.txt'), '-CAfile', file('ca.pem'), '-purpose', 'any'],
    ]);
    expect(openssl.stderr).toContain('successful');
    const token = await jpki(
      ['login-token', '--audience', 'https://a.example', '--nonce', 'n', '--pin-file', '-'],
      '1234',
    );
    expect(token.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  });

  it('lists readers, and finds nothing wrong from the package to the card', async () => {
    await emulate('--state', await writeCard(file('well.json')));
    const { stdout } = await jpki(['readers', '--json']);
    expect(JSON.parse(stdout).readers).toEqual([
      { name: pcsc.readerNames[0], state: 'present', atr: '3be000ff8131fe4514' },
      { name: pcsc.readerNames[1], state: 'empty', atr: null },
    ]);
    const doctor = await jpki(['doctor', '--json']);
    expect(doctor.status).toBe(0);
    const { checks } = JSON.parse(doctor.stdout);
    expect(checks.map(({ state }: { state: string }) => state)).toEqual(Array(6).fill('ok'));
  });

  it('a card pulled at any exchange exits with 3, as does one that was never there', async () => {
    let exchanges = Number.POSITIVE_INFINITY;
    for (let at = 1; at <= exchanges + 1; at++) {
      const faulty = new FaultyCard(await virtualCard());
      faulty.act = (command, number) => (number === at ? faulty.pull() : faulty.card.process(command));
      session = await connectVpcd(faulty, { port: pcsc.ports[0] });
      faulty.session = session;
      const { status, stderr } = await pcsc.run(node, [...words, 'status', '--json', '--timeout', '1']);
      await session.close();
      if (status === 0) {
        exchanges = faulty.commands;
        expect(at).toBe(exchanges + 1);
      } else expect({ at, status, stderr }).toMatchObject({ status: 3 });
    }
    // At the least SELECT, a query of each PIN, token information, availability and a certificate.
    expect(exchanges).toBeGreaterThanOrEqual(6);
  });

  it('without a card, or without the reader asked for, exits with 3', async () => {
    const empty = [expect.objectContaining({ state: 'empty' }), expect.objectContaining({ state: 'empty' })];
    await expect
      .poll(async () => JSON.parse((await jpki(['readers', '--json'])).stdout).readers, { timeout: 10_000 })
      .toEqual(empty);
    for (const [args, code] of [
      [['status'], 'NO_CARD'],
      [['status', '--reader', 'no such reader'], 'NO_READER'],
    ] as const) {
      const result = await pcsc.run(node, [...words, ...args, '--json', '--timeout', '0']);
      expect({ status: result.status, code: JSON.parse(result.stderr).error.code }).toEqual({
        status: 3,
        code,
      });
    }
  });

  it.skipIf(noTerminal())('on a terminal says what it waits for, until Ctrl-C', async () => {
    const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
    const terminal = new Terminal(['status'], { LANG: 'ja_JP.UTF-8', PCSCLITE_CSOCK_NAME: socket });
    await terminal.waitFor('カードを待っています。リーダーに置いてください（あと 30 秒、Ctrl-C で中止）');
    terminal.type('\u0003');
    expect((await terminal.finish()).status).toBe(130);
  });

  it.skipIf(noTerminal())(
    'that waits for a card shows nothing of a PIN typed too early, and does not take it for an answer',
    async () => {
      const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
      const open = (...args: string[]) =>
        new Terminal(
          args,
          { LANG: 'C', PCSCLITE_CSOCK_NAME: socket },
          (command) => `${command}; stty raw -echo min 0 time 0; printf '<'; cat; printf '>'`,
        );
      const terminal = open('pin', 'verify', 'auth');
      await terminal.waitFor('Waiting for the card');
      terminal.type('§¶\r§¶');
      const card = await virtualCard();
      session = await connectVpcd(card, { port: pcsc.ports[0] });
      await terminal.answer(['PIN: ', '1234']);
      const { screen } = await terminal.finish();
      expect(screen).toMatch(/PIN: \*{4}\n.* is right\..*<>/s);
      expect(screen).not.toMatch(/[§¶]|1234/);
    },
  );

  it.skipIf(noTerminal())('that waits for a card can be stopped, goes on, and ends by Ctrl-C', async () => {
    const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
    const terminal = new Terminal(
      ['pin', 'verify', 'auth'],
      { LANG: 'C', PCSCLITE_CSOCK_NAME: socket },
      (command) => `set -m; ${command}; echo "stopped $?."; fg; echo "ended $?."`,
    );
    await terminal.waitFor('Waiting for the card');
    terminal.type('§¶\u001a');
    await terminal.waitFor('stopped 148.');
    await terminal.waitFor('Waiting for the card');
    terminal.type('§¶\u0003');
    await terminal.waitFor('ended 130.');
    expect((await terminal.finish()).screen).not.toMatch(/[§¶]/);
  });

  describe('and a card of this process', () => {
    let card: VirtualCard;
    /** COMPUTE DIGITAL SIGNATURE with the signature key: 6982 unless its PIN is verified. */
    const signs = () => send(card, '00A4040C0AD392F000260100000001', '802A009A0401020304 00').slice(-4);

    it('leaves the card without power, also when it is stopped while it signs', async () => {
      card = await virtualCard();
      let signing = (): void => undefined;
      let finish = (): void => undefined;
      const atWork = new Promise<void>((resolve) => {
        signing = resolve;
      });
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      // The signature takes until the command has been told to end.
      const slow: PoweredCard = {
        atr: card.atr,
        powerOn: () => card.powerOn(),
        powerOff: () => card.powerOff(),
        reset: () => card.reset(),
        process: (command) => {
          const answer = card.process(command);
          if (command[1] !== 0x2a) return answer;
          signing();
          return finished.then(() => answer);
        },
      };
      session = await connectVpcd(slow, { port: pcsc.ports[0] });
      writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
      writeFileSync(file('short'), 'what is signed');
      const args = ['sign', file('short'), '--pin-file', file('pin'), '--debug'];
      const child = spawn(node, [...words, ...args], { env: environment() });
      let trace = '';
      child.stderr.on('data', (chunk: Buffer) => {
        trace += chunk.toString();
      });
      const exited = once(child, 'exit');
      await atWork;
      expect(signs()).toBe('9000');
      child.kill('SIGTERM');
      await vi.waitFor(() => expect(trace).toContain('still working'), { timeout: 10_000 });
      finish();
      const [status] = await exited;
      expect(status).toBe(143);
      expect(trace).toContain('disconnected, unpower');
      // The reader's message comes over a socket of this process.
      await vi.waitFor(() => expect(signs()).toBe('6982'));
    });
  });
});
