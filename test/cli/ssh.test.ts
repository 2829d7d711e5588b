/** `jpki ssh-agent` and `jpki ssh-key` without SSH programs: the words, the terminal, and who is asked for the PIN. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { fileData, LIST, loginData, RawClient, signRequest, str } from '../ssh/support.js';
import {
  finished,
  JPKI,
  jpki,
  jpkiProcess,
  noTerminal,
  Terminal,
  temporaryFolder,
  withoutPublicPin,
  writeCard,
} from './support.js';

const file = temporaryFolder();
let sockets = 0;
const newSocket = (): string => file(`s${++sockets}/agent.sock`);

beforeAll(async () => {
  await writeCard(file('card.json'));
  await writeCard(file('last.json'), { '0018': 1 });
});

describe('jpki ssh-key', () => {
  it('prints one line, and as JSON the fingerprint with it', async () => {
    const { status, stdout, stderr } = await jpki(['ssh-key', '--virtual', file('card.json')]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^ssh-rsa AAAAB3NzaC1yc2E\S{357} jpki-card auth, until \d{4}-\d\d-\d\d\n$/);
    const json = JSON.parse((await jpki(['ssh-key', '--json', '--virtual', file('card.json')])).stdout);
    expect(json).toMatchObject({
      publicKey: stdout.trim(),
      fingerprint: expect.stringMatching(/^SHA256:\S{43}$/),
    });
  });
});

describe('the words of jpki ssh-agent', () => {
  it.each<[string, readonly string[]]>([
    ['a command without --', ['ssh', 'host']],
    ['a word before --', ['now', '--', 'ssh']],
    ['nothing behind --', ['--']],
    ['a hold that is no number', ['--hold', 'x']],
    ['a hold of more than a day', ['--hold', '1441']],
    ['a PIN file', ['--pin-file', 'x']],
    ['the last try', ['--allow-last-try']],
  ])('are not %s', async (_what, words) => {
    const { status, stderr } = await jpki(['ssh-agent', '--virtual', ...words]);
    expect([status, stderr]).toEqual([2, expect.stringContaining('jpki ssh-agent [--socket PATH]')]);
  });

  it('leave the options of a command to it, and give its exit code', async () => {
    const { status, stderr } = await jpki([
      'ssh-agent',
      '--virtual',
      '--',
      'sh',
      '-c',
      'test -S "$SSH_AUTH_SOCK" && exit 9',
    ]);
    expect([status, stderr]).toEqual([9, '']);
  });

  it('name a socket that programs in other folders find', async () => {
    const socket = relative(process.cwd(), newSocket());
    mkdirSync(file('a/b/c/d/e'), { recursive: true });
    const look = `cd '${file('a/b/c/d/e')}' && test -S "$SSH_AUTH_SOCK" && exit 9`;
    const { status, stderr } = await jpki([
      'ssh-agent',
      '--virtual',
      '--socket',
      socket,
      '--',
      'sh',
      '-c',
      look,
    ]);
    expect([status, stderr]).toEqual([9, '']);
  });

  it('need a folder for temporary files, which is named where it is not there', async () => {
    const words = ['ssh-agent', '--virtual', '--lang', 'en', '--', 'true'];
    const { status, stderr } = await jpkiProcess(words, { env: { TMPDIR: file('absent') } });
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining(`${file('absent')}: there is no such file or folder`),
    ]);
  });

  it('are refused where the socket would be open to others', async () => {
    const { status, stderr } = await jpki([
      'ssh-agent',
      '--virtual',
      '--socket',
      '/tmp/agent.sock',
      '--',
      'true',
    ]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('chmod 700')]);
  });
});

/** The key that the agent on the socket shows. */
async function keyOf(client: RawClient): Promise<Buffer> {
  const list = (await client.ask(LIST)) ?? Buffer.alloc(9);
  return list.subarray(9, 9 + list.readUInt32BE(5));
}

describe('an agent without a terminal', () => {
  /** Runs it with what is asked for; its end is that of the signal. */
  async function withAgent(
    env: Readonly<Record<string, string>>,
    card: string,
    use: (client: RawClient, blob: Buffer) => Promise<void>,
  ): Promise<string> {
    const [node = '', ...rest] = JPKI;
    const path = newSocket();
    const child = spawn(
      node,
      [...rest, 'ssh-agent', '--socket', path, '--virtual', file(card), '--lang', 'en'],
      {
        env: { PATH: process.env['PATH'], ...env },
      },
    );
    const end = finished(child);
    let shown = '';
    child.stdout.on('data', (text: Buffer) => {
      shown += text.toString();
    });
    await vi.waitFor(() => expect(shown).toBe(`SSH_AUTH_SOCK=${path}; export SSH_AUTH_SOCK;\n`), {
      timeout: 20_000,
    });
    const client = await RawClient.open(path);
    await use(client, await keyOf(client));
    client.leave();
    child.kill('SIGTERM');
    const { status, stderr } = await end;
    expect([status, existsSync(path)]).toEqual([143, false]);
    return stderr;
  }
  const askpass = (name: string, ...lines: readonly string[]): string => {
    writeFileSync(file(name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o700 });
    return file(name);
  };

  it('tells of a signature that it was asked for from afar, over a server that has proven nothing', async () => {
    const SSH_ASKPASS = askpass('afar', 'echo 1234');
    const said = await withAgent({ SSH_ASKPASS }, 'card.json', async (client, blob) => {
      expect(await client.ask(Buffer.concat([Buffer.of(27), str('session-bind@openssh.com')]))).toEqual(
        Buffer.of(5),
      );
      expect((await client.ask(signRequest(blob, fileData())))?.[0]).toBe(14);
    });
    expect(said).toMatch(/Signed: .*ASKED\s+FROM\s+AFAR/s);
  });

  it('has nobody to ask, and says what to do', async () => {
    const said = await withAgent({}, 'card.json', async (client, blob) => {
      expect(await client.ask(signRequest(blob, fileData()))).toEqual(Buffer.of(5));
    });
    expect(said).toContain('Set SSH_ASKPASS to a program that asks for it');
  });

  it.each<[string, readonly string[], number, string]>([
    ['prints the PIN', ['echo 1234'], 14, 'Signed: Sign a file or a commit (file); no login'],
    ['prints it in full width, with a Windows line end', ["printf '１２３４\\r\\n'"], 14, 'Signed:'],
    ['prints it without a line end', ['printf 1234'], 14, 'Signed:'],
    ['is cancelled', ['echo 1234', 'exit 1'], 5, 'The operation was aborted.'],
    ['is ended', ['kill -TERM $$'], 5, 'The operation was aborted.'],
    ['prints nothing', ['exit 0'], 5, 'exactly 4 digits'],
    ['prints what is no PIN', ['echo yes'], 5, 'exactly 4 digits'],
    ['prints at length', ["printf '1234567890%.0s' $(seq 40)"], 5, 'exactly 4 digits'],
    ['prints for ever', ['yes 1234567890'], 5, 'The operation was aborted.'],
  ])('asks a program in SSH_ASKPASS, which %s', async (_what, lines, answer, said) => {
    const SSH_ASKPASS = askpass('askpass', ...lines);
    const stderr = await withAgent({ SSH_ASKPASS }, 'card.json', async (client, blob) => {
      expect((await client.ask(signRequest(blob, fileData())))?.[0]).toBe(answer);
    });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('1234');
  });

  it('does not ask a program that may not be asked, or is not there', async () => {
    const SSH_ASKPASS = askpass('never', `: > '${file('asked')}'`, 'echo 1234');
    for (const env of [{ SSH_ASKPASS, SSH_ASKPASS_REQUIRE: 'never' }, { SSH_ASKPASS: file('absent') }])
      expect(
        await withAgent(env, 'card.json', async (client, blob) => {
          expect(await client.ask(signRequest(blob, fileData()))).toEqual(Buffer.of(5));
        }),
      ).toMatch(/cannot be asked for|no such file/);
    expect(existsSync(file('asked'))).toBe(false);
  });

  it('never spends the last try, for which nobody is asked', async () => {
    const SSH_ASKPASS = askpass('last', `: > '${file('last-asked')}'`, `echo ${VIRTUAL_PINS.auth}`);
    const said = await withAgent({ SSH_ASKPASS }, 'last.json', async (client, blob) => {
      expect(await client.ask(signRequest(blob, fileData()))).toEqual(Buffer.of(5));
    });
    expect(said).toContain('Only one try is left');
    expect(existsSync(file('last-asked'))).toBe(false);
  });

  it('shows what a hostile client says without what would steer a terminal, and not at length', async () => {
    const SSH_ASKPASS = askpass('prompt', `printf '%s' "$1" > '${file('prompt.txt')}'`, 'exit 1');
    const said = await withAgent({ SSH_ASKPASS }, 'card.json', async (client, blob) => {
      const user = `root\u001b[2J\nHost key: SHA256:trusted${'x'.repeat(5000)}`;
      await client.ask(signRequest(blob, loginData(blob, { user })));
    });
    const { readFileSync } = await import('node:fs');
    const prompt = readFileSync(file('prompt.txt'), 'utf8');
    expect(prompt.split('\n')[0]).toMatch(
      /^Log in by SSH as root\\u\{1b\}\[2J\\u\{a\}Host key: SHA256:trustedx+$/,
    );
    expect(prompt.split('\n')[1]).toBe('Host key: the program did not say which server it is');
    expect(prompt.length).toBeLessThan(400);
    expect(said).not.toContain('\u001b');
  });
});

describe.skipIf(noTerminal())('an agent in a terminal', () => {
  const start = (path: string, ...args: readonly string[]): Terminal =>
    new Terminal(['ssh-agent', '--socket', path, '--virtual', file('card.json'), '--lang', 'en', ...args]);

  it('asks there, each time, and lets a slip be mended; Ctrl-C refuses one, and then ends the agent', async () => {
    const path = newSocket();
    const terminal = start(path);
    await terminal.waitFor('Ctrl-C ends it.');
    const client = await RawClient.open(path);
    const blob = await keyOf(client);
    const first = client.ask(signRequest(blob, loginData(blob, { user: 'hanako' })));
    await terminal.waitFor('Log in by SSH as hanako');
    await terminal.waitFor('Tries left: 3 of 3');
    await terminal.answer(['PIN: ', '12'], ['PIN: ', VIRTUAL_PINS.auth]);
    expect((await first)?.[0]).toBe(14);
    await terminal.waitFor('Signed: ');
    const second = client.ask(signRequest(blob, fileData('git')));
    await terminal.waitFor('Sign a file or a commit (git)');
    await terminal.waitFor('PIN: ');
    terminal.type('\u0003');
    expect(await second).toEqual(Buffer.of(5));
    await terminal.waitFor('The operation was aborted.');
    // A dozen questions leave nothing behind that would warn of a leak.
    for (let i = 0; i < 12; i++) {
      const more = client.ask(signRequest(blob, fileData()));
      await terminal.answer(['PIN: ', VIRTUAL_PINS.auth]);
      expect((await more)?.[0]).toBe(14);
    }
    client.leave();
    await terminal.waitFor('Signed: ');
    terminal.type('\u0003');
    const { status, screen } = await terminal.finish();
    expect([status, existsSync(path)]).toEqual([130, false]);
    expect(withoutPublicPin(screen)).not.toContain(VIRTUAL_PINS.auth);
    expect(screen).not.toContain('Warning');
  });

  it('takes the question away when the one who asked has gone', async () => {
    const path = newSocket();
    const terminal = start(path);
    await terminal.waitFor('Ctrl-C ends it.');
    const client = await RawClient.open(path);
    const blob = await keyOf(client);
    void client.ask(signRequest(blob, fileData()));
    await terminal.waitFor('PIN: ');
    client.leave();
    await terminal.waitFor('The operation was aborted.');
    terminal.type('\u0003');
    expect((await terminal.finish()).status).toBe(130);
  });

  it('asks nobody on a terminal that a command reads key by key, as ssh does in a session', async () => {
    const script = `
      process.stdin.setRawMode(true);
      process.stdin.on('data', (key) => {
        console.log('key ' + key);
        if (String(key) === 'q') process.exit(4);
      });
      console.log('ready');`;
    const path = newSocket();
    const terminal = start(path, '--', process.execPath, '-e', script);
    await terminal.waitFor('ready');
    const client = await RawClient.open(path);
    const blob = await keyOf(client);
    expect(await client.ask(signRequest(blob, fileData()))).toEqual(Buffer.of(5));
    await terminal.waitFor('Set SSH_ASKPASS to a program that asks for it');
    client.leave();
    terminal.type('x');
    await terminal.waitFor('key x');
    terminal.type('q');
    const { status, screen } = await terminal.finish();
    expect([status, screen]).toEqual([4, expect.not.stringContaining('PIN: ')]);
  });

  it('leaves the keys to a command that it runs, Ctrl-C among them', async () => {
    const script = `
      process.on('SIGINT', () => console.log('mine'));
      process.stdin.on('data', (line) => {
        console.log('hello ' + line);
        if (String(line).startsWith('end')) process.exit(4);
      });
      console.log('name?');`;
    const path = newSocket();
    const terminal = start(path, '--', process.execPath, '-e', script);
    await terminal.answer(['name?', 'taro']);
    await terminal.waitFor('hello taro');
    terminal.type('\u0003');
    await terminal.waitFor('mine');
    // The agent has handled the signal too when it answers.
    const client = await RawClient.open(path);
    await client.ask(LIST);
    client.leave();
    terminal.type('end\r');
    const { status, screen } = await terminal.finish();
    // Once: the terminal's signal is not sent a second time.
    expect([status, screen.match(/mine/g)?.length]).toEqual([4, 1]);
  });
});
