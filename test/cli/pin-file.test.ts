import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { finished, JPKI, jpkiProcess, noTerminal, Terminal, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const triesLeft = (card: string): number =>
  JSON.parse(readFileSync(file(`${card}.json`), 'utf8')).applications.jpki[AUTH].triesLeft;
const env = { PATH: process.env['PATH'] ?? '', PCSCLITE_CSOCK_NAME: '/nonexistent', LANG: 'C' };
const quoted = (words: readonly string[]) => words.map((word) => `'${word}'`).join(' ');

beforeAll(async () => {
  for (const card of ['terminal', 'pipe', 'silent', 'other', 'changed'])
    await writeCard(file(`${card}.json`));
  symlinkSync('/dev/tty', file('link-tty'));
  symlinkSync('/proc/self/fd/0', file('link-input'));
  writeFileSync(file('pin'), '1234\n', { mode: 0o600 });
});

describe.skipIf(noTerminal()).concurrent('a PIN file that is a terminal', () => {
  const paths: readonly string[] = [
    ...['/dev/tty', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0', '/dev/stderr', '/dev/ptmx'],
    ...['LINK-TTY', 'LINK-INPUT', 'TTY'],
  ];
  const pathOf: Readonly<Record<string, string>> = {
    'LINK-TTY': file('link-tty'),
    'LINK-INPUT': file('link-input'),
  };

  for (const option of ['--pin-file', '--new-pin-file'])
    it.for(paths)(`is refused, and not read: ${option} %s`, async (name, { expect }) => {
      const first = option === '--pin-file' ? ['pin', 'verify', 'auth'] : ['pin', 'change', 'auth'];
      const current = option === '--pin-file' ? [] : ['--pin-file', file('pin')];
      const words = [...first, ...current, option, pathOf[name] ?? name, '--virtual', file('terminal.json')];
      const terminal = new Terminal(
        words,
        { LANG: 'C.UTF-8' },
        (command) => `exec ${command.replace("'TTY'", '"$(tty)"')}`,
      );
      const { status, screen } = await terminal.finish();
      expect(screen.replace(/\s+/g, ' ')).toContain('is a terminal, where the PIN would be seen.');
      expect(status).toBe(2);
      expect(triesLeft('terminal')).toBe(3);
    });
});

describe('a PIN file that is no file', () => {
  const verify = (path: string, card: string) =>
    [...JPKI, 'pin', 'verify', 'auth', '--pin-file', path, '--virtual', file(`${card}.json`)] as const;
  const inShell = (shell: string, script: string) => finished(spawn(shell, ['-c', script], { env }));
  const fifo = (name: string): string => {
    execFileSync('mkfifo', ['-m', '600', file(name)]);
    return file(name);
  };

  it.each([
    ['/dev/stdin, a pipe', (path: string) => `printf '1234\\n' | ${path}`, '/dev/stdin'],
    [
      '/dev/stdin, a pipe that is slow',
      (path: string) => `(printf 12; date >&2; printf '34\\n') | ${path}`,
      '/dev/stdin',
    ],
    ['/dev/stdin, a file', (path: string) => `${path} < '${file('pin')}'`, '/dev/stdin'],
    ['/proc/self/fd/0', (path: string) => `printf '1234\\n' | ${path}`, '/proc/self/fd/0'],
    ['a descriptor of its own', (path: string) => `${path} 3< <(echo 1234)`, '/dev/fd/3'],
    [
      'a process substitution',
      (path: string) => path.replace("'SUBSTITUTION'", '<(echo 1234)'),
      'SUBSTITUTION',
    ],
  ])('is read where it is %s', async (_what, script, path) => {
    const { status, stdout } = await inShell('bash', script(quoted(verify(path, 'pipe'))));
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: 'The user authentication PIN is right. Its counter is full again.\n',
    });
  });

  it('is read where it is /dev/stdin and a socket, as Node.js makes it', async () => {
    const args = ['pin', 'verify', 'auth', '--pin-file', '/dev/stdin', '--virtual', file('pipe.json')];
    expect(await jpkiProcess(args, { input: '1234\n' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('is read where it is a named pipe, each of two', async () => {
    const [current, next] = [fifo('current'), fifo('next')];
    const words = [...JPKI, 'pin', 'change', 'auth', '--virtual', file('changed.json')];
    const command = quoted([...words, '--pin-file', current, '--new-pin-file', next]);
    const script = `(echo 1234 > '${current}'; echo 5093 > '${next}') & ${command}`;
    expect(await inShell('sh', script)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that nobody writes to does not keep %s from ending the command', async (signal, code) => {
    const path = fifo(`silent-${signal}`);
    const [node = '', ...words] = verify(path, 'silent');
    const child = spawn(node, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const result = finished(child);
    const descriptors = `/proc/${child.pid}/fd`;
    const opened = () => readdirSync(descriptors).map((name) => readlinkSync(`${descriptors}/${name}`));
    await vi.waitFor(() => expect(opened()).toContain(path), { timeout: 20_000, interval: 50 });
    child.kill(signal);
    const { status, stderr } = await result;
    expect({ status, stderr }).toEqual({ status: code, stderr: 'jpki: The operation was aborted.\n' });
    expect(triesLeft('silent')).toBe(3);
  });

  it('that never ends is read only as far as a PIN file goes', async () => {
    const path = fifo('endless');
    const script = `yes > '${path}' & exec ${quoted(verify(path, 'other'))}`;
    const { status, stderr } = await inShell('sh', script);
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringContaining('too long') });
  });

  it.each([
    ['/dev/zero', 'is a device'],
    ['/dev/null', 'is a device'],
    ['/dev/full', 'is a device'],
    ['/', 'it is a folder'],
    ['/dev/fd/77', 'there is no such file'],
  ])('is refused where it is %s, and nothing is sent', async (path, message) => {
    const { status, stderr } = await finished(
      spawn(process.execPath, verify(path, 'other').slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(triesLeft('other')).toBe(3);
  });

  it('is standard input twice only by mistake, and nothing is sent', async () => {
    const words = ['pin', 'change', 'auth', '--virtual', file('other.json')];
    const args = [...words, '--pin-file', '/dev/stdin', '--new-pin-file', '-'];
    const { status, stderr } = await jpkiProcess(args, { input: '1234\n' });
    expect(status).toBe(4);
    expect(stderr).toContain('nothing was sent');
    expect(triesLeft('other')).toBe(3);
  });
});

describe('a line of a PIN file', () => {
  const sent = async (content: string) => {
    const args = ['pin', 'verify', 'sign', '--pin-file', '-', '--debug', '--virtual', file('other.json')];
    const { status, stderr } = await jpkiProcess(args, { input: content });
    return { status, verified: stderr.includes('verify sign: ') };
  };

  it.each(['\0', '\t', '\v', '\f', '\u001b[C', '\u0085', '\u2028', '\u2029', '\u200f', '\u202e', '\ufeff'])(
    'with %j between two PINs is neither one of them nor both',
    async (between) => {
      expect(await sent(`1234${between}5678\n`)).toEqual({ status: 4, verified: false });
    },
  );

  it('in UTF-16, as some editors and shells write it, is not sent', async () => {
    const args = ['pin', 'verify', 'auth', '--pin-file', '-', '--virtual', file('other.json')];
    const input = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('1234\r\n', 'utf16le')]);
    const { status } = await jpkiProcess(args, { input });
    expect([1, 4]).toContain(status);
    expect(triesLeft('other')).toBe(3);
  });
});
