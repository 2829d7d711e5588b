/**
 * A PC/SC service of our own for a test file: pcscd with the virtual readers of vsmartcard, on a socket, on ports and
 * with a configuration that nothing else on the machine uses. A pcscd that is already running is left alone (but for
 * /run/pcscd/pcscd.pid, which only `pcscd --hotplug` reads). Needs no root where /run/pcscd exists.
 *
 * pcscd binds a fixed socket unless a service manager hands it one that already listens (sd_listen_fds(3)); that is
 * the way in used here. libpcsclite finds it through PCSCLITE_CSOCK_NAME, which it reads once in a process: hence one
 * `PcscHarness` in a test file, and test files in processes, not threads.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PCSCD_PRELOAD } from '../support/compiled.js';
import { findCommand, findVpcdDriver } from './harness-requirements.js';

export { requirePcsc } from './harness-requirements.js';

const START_TIMEOUT_MS = 10_000;

/** What a finished command left behind. */
export interface CommandResult {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export class PcscHarness {
  /** Ports of the two slots of the virtual reader, for `connectVpcd`. */
  readonly ports: readonly [number, number];
  readonly #folder: string;
  readonly #socket: string;
  #service: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  #log = '';

  /** Prepares everything but starts nothing: PC/SC calls of this process now meet a service that is not running. */
  static async create(): Promise<PcscHarness> {
    return new PcscHarness(await twoFreePorts());
  }

  private constructor(ports: readonly [number, number]) {
    this.ports = ports;
    this.#folder = mkdtempSync(join(tmpdir(), 'jpki-pcsc-'));
    this.#socket = join(this.#folder, 'pcscd.comm');
    mkdirSync(join(this.#folder, 'conf'));
    mkdirSync(join(this.#folder, 'no-usb'));
    process.env['PCSCLITE_CSOCK_NAME'] = this.#socket;
    process.once('exit', this.#cleanUp);
  }

  /** What pcscd printed since `create`; for the message of a failing test. */
  get log(): string {
    return this.#log;
  }

  get running(): boolean {
    return this.#service !== undefined;
  }

  /** Names of the readers as PC/SC shows them, in slot order; slot n listens on `ports[n]`. */
  readonly readerNames = ['Virtual PCD 00 00', 'Virtual PCD 00 01'] as const;

  /** Starts pcscd and resolves when it serves. `readers: false` is a service with no reader plugged in. */
  async start({ readers = true }: { readers?: boolean } = {}): Promise<void> {
    if (this.#service) throw new Error('pcscd is already running');
    writeFileSync(join(this.#folder, 'conf', 'reader.conf'), readers ? this.#readerConf() : '');
    const listener = await listenAt(this.#socket);
    const before = this.#log.length;
    // LISTEN_PID must be pcscd's own pid, which `exec` keeps.
    const service = spawn(
      'sh',
      [
        '-c',
        'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"',
        'sh',
        findCommand('pcscd') ?? 'pcscd',
        '-f',
        '-i',
        '-c',
        join(this.#folder, 'conf'),
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe', listener.fd],
        env: {
          ...process.env,
          PCSCLITE_HP_DROPDIR: join(this.#folder, 'no-usb'),
          ...(process.env[PCSCD_PRELOAD] && { LD_PRELOAD: process.env[PCSCD_PRELOAD] }),
          ...(process.env['JPKI_PCSC'] !== 'pcsclite' && { JPKI_TEST_FAST_LOOKS: '1' }),
        },
      },
    );
    this.#service = service;
    this.#endWithThisProcess(service);
    listener.release();
    const collect = (text: Buffer) => {
      this.#log += text.toString();
    };
    service.stdout?.on('data', collect);
    service.stderr?.on('data', collect);
    service.once('exit', (code, signal) => collect(Buffer.from(`pcscd ended: ${code ?? signal}\n`)));
    await this.#until(() => this.#log.includes('daemon ready', before), service);
    if (this.#log.includes('Could not initialize', before))
      throw new Error(`pcscd has no reader:\n${this.#log}`);
  }

  /** Ends pcscd and takes its socket away, as when the service is stopped. */
  async stop(): Promise<void> {
    const service = this.#service;
    if (!service) return;
    this.#service = undefined;
    rmSync(this.#socket, { force: true });
    if (service.exitCode !== null || service.signalCode !== null) return;
    const exited = once(service, 'exit');
    service.kill('SIGTERM');
    const forced = setTimeout(() => service.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(forced);
    this.#guard?.kill('SIGKILL');
  }

  /** The service no longer answers, but is there: its socket takes what is asked. */
  pause(): void {
    this.#service?.kill('SIGSTOP');
  }

  resume(): void {
    this.#service?.kill('SIGCONT');
  }

  async restart(options?: { readers?: boolean }): Promise<void> {
    await this.stop();
    await this.start(options);
  }

  /** Stops pcscd and removes every file; for `afterAll`. */
  async dispose(): Promise<void> {
    await this.stop();
    this.#cleanUp();
    process.off('exit', this.#cleanUp);
  }

  /** Runs a command that talks to this service, to its end (at most `timeoutMs`), without blocking this process. */
  run(
    command: string,
    args: readonly string[],
    { timeoutMs = 30_000, input = '' } = {},
  ): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { env: process.env, timeout: timeoutMs, killSignal: 'SIGKILL' });
      const stdout: Buffer[] = [];
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, stdout: Buffer.concat(stdout), stderr }));
      child.stdin.on('error', () => {});
      child.stdin.end(input);
    });
  }

  /** A test run that is killed runs no clean-up: the guard notices by its input, which ends with this process. */
  #endWithThisProcess(service: ChildProcess): void {
    const script = 'read -r nothing; kill -9 "$1"; rm -rf "$2"';
    this.#guard = spawn('sh', ['-c', script, 'sh', String(service.pid), this.#folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#guard.unref();
  }

  readonly #cleanUp = () => {
    this.#guard?.kill('SIGKILL');
    this.#service?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };

  #readerConf(): string {
    const [port] = this.ports;
    return [
      'FRIENDLYNAME "Virtual PCD"',
      `DEVICENAME /dev/null:${port}`,
      `LIBPATH ${findVpcdDriver()}`,
      `CHANNELID ${port}`,
      '',
    ].join('\n');
  }

  #until(ready: () => boolean, service: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`pcscd ${why}:\n${this.#log}`));
      const timer = setTimeout(() => fail(`was not ready within ${START_TIMEOUT_MS} ms`), START_TIMEOUT_MS);
      service.once('exit', (code) => {
        clearTimeout(timer);
        fail(`ended with ${code} before it was ready`);
      });
      service.stdout?.on('data', () => {
        if (!ready()) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** A listening Unix socket to hand to a child: `fd` goes into its stdio, `release` closes our copy. */
async function listenAt(path: string): Promise<{ fd: number; release: () => void }> {
  const server = createServer();
  // Closing the server unlinks the path it was bound to; under its final name the socket stays.
  const bindPath = `${path}.bind`;
  server.listen(bindPath);
  await once(server, 'listening');
  renameSync(bindPath, path);
  return { fd: descriptorOf(server), release: () => server.close() };
}

/** Node has no public name for the descriptor of a server. */
function descriptorOf(server: Server): number {
  const { _handle: handle } = server as unknown as { _handle?: { fd?: number } };
  if (typeof handle?.fd !== 'number' || handle.fd < 0)
    throw new Error('this Node hides the descriptor of a server');
  return handle.fd;
}

/**
 * Two neighbouring free ports, because slot 1 listens one above slot 0. They are chosen by the process, so that two
 * test files never meet, and below the ports that Linux gives to outgoing connections.
 */
async function twoFreePorts(): Promise<[number, number]> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const port = 20_000 + 2 * ((process.pid + attempt * 37) % 5_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return [port, port + 1];
  }
  throw new Error('found no two neighbouring free TCP ports');
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port);
  const free = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return free;
}
