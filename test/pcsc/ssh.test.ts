/** The agent with the SSH programs of Debian: OpenSSH's client, server and ssh-keygen, git, and the package ssh2. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  BaseAgent,
  Client,
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { JpkiApplet } from '../../src/index.js';
import { createSshAgent, type SshAgent, type SshSignRequest } from '../../src/ssh/index.js';
import {
  connectVpcd,
  type PoweredCard,
  VIRTUAL_PINS,
  type VirtualCard,
  type VpcdSession,
} from '../../src/virtual/index.js';
import { type Finished, finished, JPKI } from '../cli/support.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { findCommand } from './harness-requirements.js';

describe.skipIf(requirePcsc(['ssh', 'ssh-add', 'ssh-keygen', 'sshd', 'git']))(
  'the agent of the command',
  () => {
    let pcsc: PcscHarness;
    let folder: string;
    let sshd: ChildProcess;
    let sshdLog = '';
    let port = 0;
    let card: VirtualCard;
    let session: VpcdSession;
    let isPowered = false;
    /** What the card does when it is asked to sign. */
    let onSign: () => void;
    let agent: ChildProcess | undefined;
    let agentEnd: Promise<Finished> | undefined;
    let agentLog = '';
    let socket = '';

    const file = (name: string): string => join(folder, name);
    const user = userInfo().username;
    const questions = (): string => (existsSync(file('asked')) ? readFileSync(file('asked'), 'utf8') : '');

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'jpki-openssh-'));
      pcsc = await PcscHarness.create();
      await pcsc.start();
      for (const [name, kind] of [
        ['host-ed25519', 'ed25519'],
        ['host-ecdsa', 'ecdsa'],
        ['host-rsa', 'rsa'],
      ] as const)
        expect((await run('ssh-keygen', ['-q', '-t', kind, '-N', '', '-f', file(name)])).status).toBe(0);
      const certify = ['-q', '-s', file('host-rsa'), '-I', 'host', '-h', file('host-ed25519.pub')];
      expect((await run('ssh-keygen', certify)).status).toBe(0);
      // The privilege separation folder of Debian, which its service makes.
      if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
      const free = createServer();
      await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
      ({ port } = free.address() as AddressInfo);
      await new Promise((resolve) => free.close(resolve));
      writeFileSync(
        file('sshd_config'),
        [
          `Port ${port}`,
          'ListenAddress 127.0.0.1',
          `HostKey ${file('host-ed25519')}`,
          `HostKey ${file('host-ecdsa')}`,
          `HostKey ${file('host-rsa')}`,
          `HostCertificate ${file('host-ed25519-cert.pub')}`,
          `AuthorizedKeysFile ${file('authorized_keys')}`,
          ...['PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'LogLevel VERBOSE'],
        ].join('\n'),
      );
      sshd = spawn(findCommand('sshd') ?? '', ['-D', '-e', '-f', file('sshd_config')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      sshd.stderr?.on('data', (text: Buffer) => {
        sshdLog += text.toString();
      });
      await vi.waitFor(() => expect(sshdLog).toContain('Server listening'), { timeout: 10_000 });
    });
    afterAll(async () => {
      sshd?.kill();
      await pcsc.dispose();
      rmSync(folder, { recursive: true, force: true });
    });

    beforeEach(async () => {
      card = await virtualCard();
      onSign = () => undefined;
      const inserted: PoweredCard = {
        atr: card.atr,
        powerOn: () => {
          isPowered = true;
          card.powerOn();
        },
        powerOff: () => {
          isPowered = false;
          card.powerOff();
        },
        reset: () => card.reset(),
        process: (command) => {
          if (command[1] === 0x2a) onSign();
          return card.process(command);
        },
      };
      session = await connectVpcd(inserted, { port: pcsc.ports[0] });
      writeFileSync(file('pin'), `${VIRTUAL_PINS.auth}\n`);
      for (const name of ['asked', 'known_hosts']) rmSync(file(name), { force: true });
      // Asks nobody: notes the question, and knows the PIN of the virtual card or what the test has put in its place.
      askWith(`printf '%s\\n===\\n' "$1" >> '${file('asked')}'`, `cat '${file('pin')}'`);
    });
    afterEach(async () => {
      agent?.kill('SIGTERM');
      await agentEnd;
      agent = undefined;
      await session.close();
      const seen = (what: string) => pcsc.log.split(what).length;
      await expect
        .poll(() => seen('Card inserted') - seen('Card Removed'), { timeout: 5_000 })
        .toBeLessThan(1);
    });

    /** What SSH_ASKPASS does. */
    const askWith = (...lines: readonly string[]): void =>
      writeFileSync(file('askpass'), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o700 });

    const environment = (): NodeJS.ProcessEnv => ({
      ...process.env,
      HOME: folder,
      LANG: 'C',
      SSH_AUTH_SOCK: socket,
      SSH_ASKPASS: file('askpass'),
      SSH_ASKPASS_REQUIRE: 'force',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    });
    function run(command: string, args: readonly string[], cwd = folder): Promise<Finished> {
      const child = spawn(command, args, { env: environment(), cwd, stdio: ['ignore', 'pipe', 'pipe'] });
      return finished(child);
    }
    const jpki = (...args: readonly string[]) => run(JPKI[0] ?? '', [...JPKI.slice(1), ...args]);

    /** Starts the agent, and waits until it serves. */
    async function serve(...args: readonly string[]): Promise<void> {
      const [node = '', ...rest] = JPKI;
      agentLog = '';
      agent = spawn(node, [...rest, 'ssh-agent', ...args], {
        env: environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      agentEnd = finished(agent);
      let shown = '';
      agent.stdout?.on('data', (text: Buffer) => {
        shown += text.toString();
      });
      agent.stderr?.on('data', (text: Buffer) => {
        agentLog += text.toString();
      });
      await vi.waitFor(() => expect(shown).toMatch(/^SSH_AUTH_SOCK=\S+; export SSH_AUTH_SOCK;\n$/), {
        timeout: 10_000,
      });
      socket = /=(\S+);/.exec(shown)?.[1] ?? '';
    }

    async function authorize(): Promise<{ line: string; fingerprint: string }> {
      const { stdout, stderr } = await jpki('ssh-key', '--json');
      const { publicKey, fingerprint } = JSON.parse(stdout || stderr);
      writeFileSync(file('authorized_keys'), `${publicKey}\n`, { mode: 0o600 });
      writeFileSync(file('key.pub'), `${publicKey}\n`);
      writeFileSync(file('allowed_signers'), `taro@example.test ${publicKey}\n`);
      return { line: publicKey, fingerprint };
    }

    const sshArguments = (...options: readonly string[]): string[] => [
      ...['-F', 'none', '-p', String(port), '-o', 'StrictHostKeyChecking=no', '-o', 'LogLevel=ERROR'],
      ...['-o', `UserKnownHostsFile=${file('known_hosts')}`, '-o', 'NumberOfPasswordPrompts=0', ...options],
      `${user}@127.0.0.1`,
    ];
    const hostFingerprint = async (name: string): Promise<string> =>
      (await run('ssh-keygen', ['-l', '-f', file(`${name}.pub`)])).stdout.split(' ')[1] ?? '?';

    it('shows the key to ssh-add as "jpki ssh-key" prints it, in a socket that is nobody else’s', async () => {
      const { line, fingerprint } = await authorize();
      await serve();
      expect((await run('ssh-add', ['-L'])).stdout).toBe(`${line}\n`);
      expect((await run('ssh-add', ['-l'])).stdout).toBe(
        `2048 ${fingerprint} ${line.split(' ').slice(2).join(' ')} (RSA)\n`,
      );
      expect((await run('ssh-keygen', ['-l', '-f', file('key.pub')])).stdout).toContain(fingerprint);
      expect([statSync(socket).mode & 0o777, statSync(join(socket, '..')).mode & 0o777]).toEqual([
        0o600, 0o700,
      ]);
      // A random number: nothing that a key which also logs in elsewhere may sign.
      expect((await run('ssh-add', ['-T', file('key.pub')])).status).not.toBe(0);
      expect(questions()).toBe('');
    });

    it.each([
      ['ssh-ed25519', 'host-ed25519'],
      ['ssh-ed25519-cert-v01@openssh.com', 'host-ed25519'],
      ['ecdsa-sha2-nistp256', 'host-ecdsa'],
      ['rsa-sha2-512', 'host-rsa'],
    ])(
      'logs in to sshd, asking for the PIN with the host key of %s, and lets go of the card',
      async (algorithm, host) => {
        await authorize();
        await serve();
        const before = sshdLog.length;
        const login = await run('ssh', [
          ...sshArguments('-o', `HostKeyAlgorithms=${algorithm}`),
          'echo',
          'hello',
        ]);
        expect(login, agentLog).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
        expect(sshdLog.slice(before)).toMatch(/Accepted publickey for .* ssh2: RSA SHA256:/);
        expect(questions()).toBe(
          `Log in by SSH as ${user}\nHost key: ${await hostFingerprint(host)}\nUser authentication PIN (4 digits)\nTries left: 3 of 3\nPIN: \n===\n`,
        );
        expect(agentLog).toContain(`Signed: Log in by SSH as ${user} (Host key: `);
        await vi.waitFor(() => expect(isPowered).toBe(false), { timeout: 5_000 });
        // Another program has the card while the agent lives.
        const status = await jpki('status', '--json', '--timeout', '5');
        expect(JSON.parse(status.stdout).pins.auth.triesLeft).toBe(3);
      },
    );

    it('signs files for ssh-keygen -Y, and no other file passes for them', async () => {
      await authorize();
      await serve();
      writeFileSync(file('contract.txt'), 'contract');
      rmSync(file('contract.txt.sig'), { force: true });
      const signing = await run('ssh-keygen', [
        '-Y',
        'sign',
        '-f',
        file('key.pub'),
        '-n',
        'file',
        file('contract.txt'),
      ]);
      expect(signing.status, signing.stderr + agentLog).toBe(0);
      const check = (content: string) =>
        run('sh', [
          '-c',
          `printf %s '${content}' | ssh-keygen -Y verify -f '${file('allowed_signers')}' -I taro@example.test -n file -s '${file('contract.txt.sig')}'`,
        ]);
      expect((await check('contract')).stdout).toContain(
        'Good "file" signature for taro@example.test with RSA key',
      );
      expect((await check('contracT')).status).not.toBe(0);
      expect(questions()).toContain('Sign a file or a commit (file); no login\n');
    });

    it('signs commits for git, which verifies them', async () => {
      const { line } = await authorize();
      await serve();
      const repository = file('repository');
      const git = (...args: readonly string[]) =>
        run('git', ['-c', 'user.name=Taro', '-c', 'user.email=taro@example.test', ...args], repository);
      mkdirSync(repository, { recursive: true });
      expect((await git('init', '-q')).status).toBe(0);
      for (const [name, value] of [
        ['gpg.format', 'ssh'],
        ['user.signingkey', `key::${line}`],
        ['gpg.ssh.allowedSignersFile', file('allowed_signers')],
      ] as const)
        await git('config', name, value);
      const commit = await git('commit', '-q', '--allow-empty', '-S', '-m', 'Signed');
      expect(commit.status, commit.stderr + agentLog).toBe(0);
      const verified = await git('verify-commit', 'HEAD');
      expect([verified.status, verified.stderr]).toEqual([
        0,
        expect.stringContaining('Good "git" signature for taro@example.test'),
      ]);
      expect(questions()).toContain('Sign a file or a commit (git); no login\n');
    });

    it('with --hold asks for one PIN, and keeps the card from others until it is told to end', async () => {
      await authorize();
      await serve('--hold', '5');
      for (const word of ['one', 'two'])
        expect((await run('ssh', [...sshArguments(), 'echo', word])).stdout, agentLog).toBe(`${word}\n`);
      expect(questions().match(/===/g)).toHaveLength(1);
      expect(isPowered).toBe(true);
      expect((await jpki('status', '--timeout', '0')).stderr).toContain('Another program is using the card');
      agent?.kill('SIGTERM');
      expect((await agentEnd)?.status).toBe(143);
      expect([existsSync(socket), existsSync(join(socket, '..'))]).toEqual([false, false]);
      await vi.waitFor(() => expect(isPowered).toBe(false), { timeout: 5_000 });
    });

    it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
      'ended by %s in the question leaves no power and no socket',
      async (signal) => {
        await authorize();
        rmSync(file('slow'), { force: true });
        askWith(`: > '${file('slow')}'`, 'exec sleep 600');
        await serve();
        const login = run('ssh', [...sshArguments(), 'echo', 'hello']);
        await vi.waitFor(() => expect(existsSync(file('slow'))).toBe(true), { timeout: 10_000 });
        agent?.kill(signal);
        await agentEnd;
        expect((await login).status).toBe(255);
        expect(existsSync(socket)).toBe(false);
        await vi.waitFor(() => expect(isPowered).toBe(false), { timeout: 5_000 });
        expect(card.triesLeft.auth).toBe(3);
      },
    );

    it('serves two logins at once, one question after the other', async () => {
      await authorize();
      await serve();
      const logins = await Promise.all(
        ['one', 'two'].map((word) => run('ssh', [...sshArguments(), 'echo', word])),
      );
      expect(
        logins.map(({ stdout }) => stdout),
        agentLog,
      ).toEqual(['one\n', 'two\n']);
      expect(questions().match(/===/g)).toHaveLength(2);
    });

    it('costs one try with a wrong PIN, and none where one is left', async () => {
      await authorize();
      await serve();
      writeFileSync(file('pin'), '0000\n');
      for (const triesLeft of [2, 1]) {
        expect((await run('ssh', [...sshArguments(), 'true'])).status).toBe(255);
        expect(card.triesLeft.auth).toBe(triesLeft);
      }
      writeFileSync(file('pin'), `${VIRTUAL_PINS.auth}\n`);
      expect((await run('ssh', [...sshArguments(), 'true'])).status).toBe(255);
      expect(card.triesLeft.auth).toBe(1);
      expect(questions().match(/Tries left: \d/g)).toEqual(['Tries left: 3', 'Tries left: 2']);
      expect(agentLog).toContain('Only one try is left');
      expect(agentLog).not.toContain(VIRTUAL_PINS.auth);
    });

    it('lives on when the card is pulled in a signature', async () => {
      await authorize();
      await serve();
      onSign = () => void session.close();
      expect((await run('ssh', [...sshArguments(), 'true'])).status).toBe(255);
      onSign = () => undefined;
      await session.closed;
      session = await connectVpcd(card, { port: pcsc.ports[0] });
      expect((await run('ssh', [...sshArguments(), 'echo', 'again'])).stdout, agentLog).toBe('again\n');
    });

    it('waits for the card of a key that it has seen, and shows none before it has seen one', async () => {
      await authorize();
      await session.close();
      await serve();
      expect((await run('ssh-add', ['-l'])).stdout).toBe('The agent has no identities.\n');
      session = await connectVpcd(card, { port: pcsc.ports[0] });
      expect((await run('ssh-add', ['-l'])).status).toBe(0);
      await session.close();
      expect((await run('ssh-add', ['-l'])).status).toBe(0);
      const login = run('ssh', [...sshArguments(), 'echo', 'late']);
      session = await connectVpcd(card, { port: pcsc.ports[0] });
      expect((await login).stdout, agentLog).toBe('late\n');
    });

    it.each(['ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'])(
      'warns of a login from afar, through a server that the agent was forwarded to: %s',
      async (algorithm) => {
        await authorize();
        await serve();
        const onward = ['ssh', ...sshArguments(), 'echo', 'far'].map((word) => `'${word}'`).join(' ');
        const login = await run('ssh', [
          ...sshArguments('-A', '-o', `HostKeyAlgorithms=${algorithm}`),
          onward,
        ]);
        expect(login.stdout, login.stderr + agentLog).toBe('far\n');
        const [first = '', second = ''] = questions().split('===\n');
        expect(first).not.toContain('FROM AFAR');
        expect(second).toContain(
          `ASKED FROM AFAR, over the server with the host key ${await hostFingerprint('host-ed25519')}.`,
        );
      },
    );

    it('runs a command like ssh-agent does, and ends with its exit code', async () => {
      await authorize();
      const { status, stdout } = await jpki(
        'ssh-agent',
        '--',
        'sh',
        '-c',
        `ssh-add -l; echo "$SSH_AUTH_SOCK"; exit 7`,
      );
      const [key = '', place = ''] = stdout.split('\n');
      expect([status, key.split(' ')[0], existsSync(place)]).toEqual([7, '2048', false]);
      const login = await jpki('ssh-agent', '--', 'ssh', ...sshArguments(), 'echo', 'hello');
      expect(login).toEqual({ status: 0, stdout: 'hello\n', stderr: '' });
      expect((await jpki('ssh-agent', '--', 'sh', '-c', 'kill -KILL $$')).status).toBe(137);
      expect((await jpki('ssh-agent', '--', '/nonexistent/command')).status).toBe(1);
    });

    it('hands the signal that ends it on to the command, and ends after it', async () => {
      const [node = '', ...rest] = JPKI;
      const script = `sleep 600 & trap "echo told; kill $!; exit 3" TERM; echo "$SSH_AUTH_SOCK"; wait`;
      const child = spawn(node, [...rest, 'ssh-agent', '--', 'sh', '-c', script], {
        env: environment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const end = finished(child);
      const [first] = await once(child.stdout, 'data');
      child.kill('SIGTERM');
      const { status, stdout } = await end;
      expect([status, stdout]).toEqual([3, `${first}told\n`]);
      expect(existsSync(String(first).trim())).toBe(false);
    });

    describe('for programs, with the package ssh2', () => {
      let ofProgram: SshAgent;
      let requests: SshSignRequest[];
      beforeEach(() => {
        requests = [];
        ofProgram = createSshAgent(() => JpkiApplet.select(card.connect()), {
          pin: (request) => {
            requests.push(request);
            return VIRTUAL_PINS.auth;
          },
        });
      });
      afterEach(() => ofProgram.close());

      /** As the README has it. */
      class CardAgent extends BaseAgent {
        getIdentities(done: IdentityCallback): void {
          ofProgram.publicKeys().then(
            (keys) =>
              done(
                null,
                keys.map(({ line }) => line),
              ),
            done,
          );
        }
        sign(key: unknown, data: Buffer, options: unknown, done?: SignCallback): void {
          const hash = (options as SigningRequestOptions).hash === 'sha256' ? 'SHA-256' : 'SHA-512';
          ofProgram
            .sign((key as ParsedKey).getPublicSSH(), data, { hash })
            .then((signature) => done?.(null, Buffer.from(signature)), done);
        }
      }

      const login = async (agentOf: BaseAgent | string): Promise<string> => {
        const client = new Client();
        client.connect({ host: '127.0.0.1', port, username: user, agent: agentOf });
        await once(client, 'ready');
        try {
          return await new Promise((resolve, reject) => {
            client.exec('echo hello', (error, stream) => {
              if (error) return reject(error);
              let output = '';
              stream.on('data', (text: Buffer) => {
                output += text.toString();
              });
              stream.on('close', () => resolve(output));
            });
          });
        } finally {
          client.end();
        }
      };

      it('logs in to sshd without a socket, through its BaseAgent', async () => {
        const [key] = await ofProgram.publicKeys();
        writeFileSync(file('authorized_keys'), `${key?.line}\n`, { mode: 0o600 });
        expect(await login(new CardAgent())).toBe('hello\n');
        expect(requests).toEqual([{ kind: 'login', user, hostKey: undefined, forwardedThrough: [] }]);
      });

      it('logs in through the socket', async () => {
        const [key] = await ofProgram.publicKeys();
        writeFileSync(file('authorized_keys'), `${key?.line}\n`, { mode: 0o600 });
        const { path } = await ofProgram.listen(file('own/agent.sock'));
        expect(await login(path)).toBe('hello\n');
        expect(requests).toHaveLength(1);
      });
    });
  },
);
