/** The commands with a phone as the reader: the virtual card as the phone, and a card of Debian's vicc, which others wrote. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { JpkiError, openCardListener } from '../../src/index.js';
import { connectVpcd, type PoweredCard, VIRTUAL_PINS, type VirtualCard } from '../../src/virtual/index.js';
import { type Finished, finished, JPKI, jpkiProcess } from '../cli/support.js';
import { send, virtualCard } from '../support/virtual.js';
import { requirePcsc } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'jpki-phone-'));
const file = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('the command with --reader phone', () => {
  let card: VirtualCard;
  let port: number;
  let power: string[];

  beforeAll(() => {
    writeFileSync(file('auth'), VIRTUAL_PINS.auth, { mode: 0o600 });
    writeFileSync(file('sign'), VIRTUAL_PINS.sign, { mode: 0o600 });
    writeFileSync(file('document'), 'text');
  });
  beforeEach(async () => {
    card = await virtualCard();
    port = await freePort();
    power = [];
  });

  const phone: () => PoweredCard = () => ({
    atr: card.atr,
    powerOn: () => {
      power.push('on');
      card.powerOn();
    },
    powerOff: () => {
      power.push('off');
      card.powerOff();
    },
    reset: () => card.reset(),
    process: (command) => card.process(command),
  });

  /** Puts the card on the phone as soon as the command listens, and off it when the command is done. */
  async function withPhone(...args: readonly string[]): Promise<Finished> {
    const command = jpkiProcess([...args, '--reader', `phone:${port}`, '--lang', 'en']);
    let over = false;
    void command.then(() => {
      over = true;
    });
    // Refused until somebody listens.
    const session = await vi.waitFor(
      async () => {
        if (over) return undefined;
        return connectVpcd(phone(), { port });
      },
      { timeout: 20_000, interval: 20 },
    );
    const result = await command;
    await session?.close();
    return result;
  }

  it.each<[string, readonly string[], RegExp]>([
    ['readers', ['readers'], /^Phone on port \d+ {2}card\n$/],
    ['status', ['status'], /Phone on port \d+[\s\S]*3 of 3 tries left/],
    ['status --all-pins', ['status', '--all-pins', '--json'], /"triesLeft": 5/],
    [
      'doctor',
      ['doctor'],
      /OK +Phone +connected; its card answers, and tells the tries left \(JPKIAPICCTOKEN2\)/,
    ],
    ['cert export', ['cert', 'export', 'auth'], /^-----BEGIN CERTIFICATE-----/],
    ['pin verify', ['pin', 'verify', 'auth', '--pin-file', file('auth')], /is right/],
    ['sign', ['sign', file('document'), '--force', '--pin-file', file('sign')], /Signed/],
    ['login-token', ['login-token', '--audience', 'a', '--nonce', 'n', '--pin-file', file('auth')], /^ey/],
    ['recover', ['recover', '--sign', 'forgotten'], /kiosk|municipal/i],
    ['record', ['record', file('card.txt'), '--force'], /Recorded/],
    ['ssh-key', ['ssh-key'], /^ssh-rsa /],
  ])('%s', async (_name, args, shown) => {
    const { status, stdout, stderr } = await withPhone(...args);
    expect(stdout + stderr).toMatch(shown);
    expect(status).toBe(0);
    expect(power.at(-1)).toBe('off');
    // No key is open that the next one could use.
    expect(send(card, '00a4040c0ad392f000260100000001', `802a009710${'00'.repeat(16)}00`)).toBe('6982');
  });

  it('ssh-agent, which has the card of one phone several times', async () => {
    const askpass = file('askpass');
    writeFileSync(
      askpass,
      `#!/bin/sh\nprintf '%s\\n' "$1" >> '${file('asked')}'\necho ${VIRTUAL_PINS.auth}\n`,
      { mode: 0o700 },
    );
    const [node = '', ...rest] = JPKI;
    const child = spawn(node, [...rest, 'ssh-agent', '--json', '--reader', `phone:${port}`], {
      env: { ...process.env, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', LANG: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = finished(child);
    let shown = '';
    child.stdout.on('data', (text: Buffer) => {
      shown += text.toString();
    });
    await vi.waitFor(() => expect(shown).toContain('}\n'), { timeout: 10_000 });
    const { socket } = JSON.parse(shown) as { socket: string };
    const session = await connectVpcd(phone(), { port });
    const { LIST, RawClient, fileData, signRequest } = await import('../ssh/support.js');
    const client = await RawClient.open(socket);
    const list = await client.ask(LIST);
    const blob = list?.subarray(9, 9 + list.readUInt32BE(5)) ?? Buffer.alloc(0);
    for (let i = 0; i < 2; i++) expect((await client.ask(signRequest(blob, fileData())))?.[0]).toBe(14);
    // When it connected, for the key, and for each signature.
    await vi.waitFor(() => expect(power.filter((one) => one === 'off')).toHaveLength(4));
    expect(readFileSync(file('asked'), 'utf8').match(/Tries left: 3 of 3/g)).toHaveLength(2);
    client.leave();
    child.kill('SIGTERM');
    expect((await end).status).toBe(143);
    await session.close();
  });

  it('told to end in an exchange takes the power from the card', async () => {
    let isWorking: () => void = () => undefined;
    const working = new Promise<void>((resolve) => {
      isWorking = resolve;
    });
    const slow: PoweredCard = {
      ...phone(),
      process: (command) => {
        const response = card.process(command);
        // After the PIN: the answer never comes.
        if (command[1] !== 0x20 || command.length <= 5) return response;
        isWorking();
        return new Promise(() => undefined);
      },
    };
    const [node = '', ...rest] = JPKI;
    const child = spawn(node, [
      ...rest,
      'pin',
      'verify',
      'auth',
      '--pin-file',
      file('auth'),
      '--reader',
      `phone:${port}`,
    ]);
    const end = finished(child);
    const session = await vi.waitFor(() => connectVpcd(slow, { port }), { timeout: 20_000, interval: 20 });
    await working;
    child.kill('SIGKILL');
    await end;
    // The phone sees that nobody is there any more: also a process that could say nothing leaves no key open.
    await session.closed;
    expect(power.at(-1)).toBe('off');
  });

  it('says what to do where no phone comes, and where the port is taken', async () => {
    const none = await jpkiProcess(['status', '--reader', `phone:${port}`, '--timeout', '0', '--lang', 'en']);
    expect([none.status, none.stderr]).toEqual([
      3,
      expect.stringContaining(`adb reverse tcp:${port} tcp:${port}`),
    ]);
    const listener = await openCardListener({ port });
    const taken = await jpkiProcess(['doctor', '--reader', `phone:${port}`, '--lang', 'en']);
    expect([taken.status, taken.stdout]).toEqual([
      3,
      expect.stringMatching(/PROBLEM +Phone +No phone can be listened for/),
    ]);
    await listener.close();
  });

  it('listens where others reach it only when told to, and warns before', async () => {
    const remote = await jpkiProcess([
      'status',
      '--reader',
      `phone:${port}`,
      '--allow-remote',
      '0.0.0.0',
      '--timeout',
      '0',
      '--lang',
      'en',
    ]);
    expect(remote.status).toBe(3);
    expect(remote.stderr).toMatch(
      /^WARNING: listening for a phone on 0\.0\.0\.0:\d+\. The PIN crosses the network in clear/,
    );
    const alone = await jpkiProcess(['status', '--allow-remote', '0.0.0.0', '--lang', 'en']);
    expect([alone.status, alone.stderr]).toEqual([
      2,
      expect.stringContaining('--allow-remote is for --reader phone'),
    ]);
    for (const wrong of ['phone:0', 'phone:65536', 'phone:x', 'phone:1:2'])
      expect((await jpkiProcess(['status', '--reader', wrong])).status, wrong).toBe(2);
  });
});

describe.skipIf(requirePcsc(['vicc']))('a card of vsmartcard’s vicc', () => {
  let vicc: ChildProcess | undefined;
  afterEach(() => vicc?.kill());

  it('connects as a phone does: power, ATR and commands, more than once', async () => {
    const listener = await openCardListener({ port: 0 });
    // Debian 12 puts the module where its Python does not look, and has the package Crypto under another name.
    symlinkSync('/usr/lib/python3/dist-packages/Cryptodome', file('Crypto'));
    vicc = spawn('vicc', ['--type', 'iso7816', '--hostname', '127.0.0.1', '--port', String(listener.port)], {
      env: { ...process.env, PYTHONPATH: `/usr/lib/python3/site-packages/virtualsmartcard:${folder}` },
      stdio: 'ignore',
    });
    for (let i = 0; i < 2; i++) {
      const connection = await listener.connect();
      expect(Buffer.from(connection.atr).toString('hex')).toBe('3b951381018073ff01000b');
      // GET CHALLENGE of eight bytes (ISO/IEC 7816-4 7.5.3), and an application that it does not have.
      const challenge = await connection.transmit(Buffer.from('0084000008', 'hex'));
      expect(Buffer.from(challenge.subarray(8)).toString('hex')).toBe('9000');
      const select = await connection.transmit(Buffer.from('00a4040c0ad392f000260100000001', 'hex'));
      expect(Buffer.from(select).toString('hex')).toBe('6a82');
      await connection.disconnect();
    }
    vicc.kill();
    await vi.waitFor(() =>
      expect(listener.connect({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'NO_READER' }),
    );
    await expect(listener.connect({ timeoutMs: 0 })).rejects.toBeInstanceOf(JpkiError);
    await listener.close();
  });
});
