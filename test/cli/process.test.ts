import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { finished, JPKI, jpkiProcess, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();

beforeAll(async () => {
  for (const name of ['status', 'pipe', 'sign']) await writeCard(file(`${name}.json`));
  writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
});

const env = { PATH: process.env['PATH'] ?? '', PCSCLITE_CSOCK_NAME: '/nonexistent', LANG: 'C' };

function start(...args: readonly string[]) {
  const [node = '', ...rest] = JPKI;
  return spawn(node, [...rest, ...args], { env });
}

describe('a process of its own, between pipes', () => {
  it('speaks the language of the locale, without colours', async () => {
    const { status, stdout, stderr } = await jpkiProcess(['status', '--virtual', file('status.json')], {
      env: { LANG: 'ja_JP.UTF-8', FORCE_COLOR: '1' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^カード\n/);
    expect(stdout).not.toContain('\u001b');
  });

  it('with --help loads nothing of the library', async () => {
    const hook = `import { writeSync } from 'node:fs';
      export async function resolve(specifier, context, next) {
        const resolved = await next(specifier, context);
        writeSync(2, 'LOADED ' + resolved.url + '\\n');
        return resolved;
      }`;
    const script = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(script(hook))});`;
    // From its source, where a module is a file.
    const words = ['--import', 'tsx', '--import', script(register), 'src/cli/main.ts', '--help'];
    const { stderr } = await finished(spawn(process.execPath, words, { env }));
    const loaded = stderr.split('\n').filter((line) => line.startsWith('LOADED '));
    expect(loaded.some((line) => line.includes('cli/help.ts'))).toBe(true);
    const forbidden = /node-forge|pkijs|asn1js|koffi|pcsclite|node_modules\/debug|src\/(?!cli\/)/;
    expect(loaded.filter((line) => forbidden.test(line))).toEqual([]);
  });

  it('is quiet when whoever reads its output has seen enough', async () => {
    const child = start('status', '--json', '--virtual', file('pipe.json'));
    child.stdout.destroy();
    const { status, stderr } = await finished(child);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('says that the output cannot be written', async () => {
    const command = `${JPKI.map((word) => `'${word}'`).join(' ')} --help > /dev/full`;
    const { status, stderr } = await finished(spawn('sh', ['-c', command], { env }));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^jpki: The output cannot be written: the disk is full\.\n/);
  });

  it('without a PC/SC service exits with 3, and tells JSON what to do', async () => {
    const { status, stdout, stderr } = await jpkiProcess(['status', '--json', '--timeout', '0']);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    const { code, message, remedy } = JSON.parse(stderr).error;
    expect(['SERVICE_UNAVAILABLE', 'PCSC_UNAVAILABLE']).toContain(code);
    expect([message, remedy]).toEqual([expect.any(String), expect.any(String)]);
  });

  it('doctor without a service names the first problem, and checks nothing behind it', async () => {
    const { status, stdout, stderr } = await jpkiProcess(['doctor', '--json']);
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    const { ok, checks } = JSON.parse(stdout);
    expect(ok).toBe(false);
    const states = checks.map(({ state }: { state: string }) => state).join(' ');
    expect(states).toMatch(/^ok (ok )?problem( skipped){3,4}$/);
    expect(checks.find(({ state }: { state: string }) => state === 'problem').remedy).toMatch(/\S/);
  });

  it('recover goes on without a card when there is more to go by, and says that none was read', async () => {
    const alone = await jpkiProcess(['recover', '--json']);
    expect({ status: alone.status, stdout: alone.stdout }).toEqual({ status: 3, stdout: '' });
    const told = await jpkiProcess(['recover', '--sign', 'locked', '--json']);
    expect(told.status).toBe(0);
    expect(JSON.parse(told.stdout).ways[0].way).toBe('kiosk');
    expect(told.stderr).toMatch(/^No card was read \(.+\), so what it would say is to be checked\.\n$/);
  });

  it.skipIf(process.platform === 'win32').each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'stops reading what it is to sign on %s, and exits with %d as shells have it',
    async (signal, code) => {
      const source = file(`endless-${signal}`);
      execFileSync('mkfifo', [source]);
      const child = start(
        'sign',
        source,
        '--pin-file',
        file('pin'),
        '--debug',
        '--virtual',
        file('sign.json'),
      );
      const result = finished(child);
      // A pipe can be opened without waiting once somebody reads.
      const pipe = await vi.waitFor(
        () => openSync(source, constants.O_WRONLY | constants.O_NONBLOCK),
        20_000,
      );
      writeSync(pipe, 'the beginning of what is to be signed');
      child.kill(signal);
      const { status, stderr } = await result;
      closeSync(pipe);
      expect(status).toBe(code);
      expect(stderr).toContain('The operation was aborted.');
      expect(stderr).not.toContain('verify sign');
      expect(existsSync(`${source}.p7s`)).toBe(false);
    },
  );
});
