/** Running the command: inside the test, in a process of its own, and in a pseudo-terminal. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import createDebug from 'debug';
import { afterAll } from 'vitest';
import { Ending } from '../../src/cli/ending.js';
import { run } from '../../src/cli/run.js';
import type { VirtualCardState } from '../../src/virtual/index.js';
import { compiled } from '../support/compiled.js';
import { issuedState } from '../support/virtual.js';

/** The command as it is written in a shell. */
export const JPKI: readonly string[] = [process.execPath, compiled('src/cli/main.ts')];

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** No PC/SC service: what these tests see must not depend on the machine. */
const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: tmpdir(),
  TERM: 'xterm',
  PCSCLITE_CSOCK_NAME: '/nonexistent/pcscd.comm',
};

/** A folder for the files of a test file, gone afterwards. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** Tries left by PIN file: `{ '0018': 1 }` is an authentication PIN with one. */
export type Tries = Readonly<Record<string, number>>;

/** Writes a state file of the test file's card. */
export async function writeCard(path: string, tries: Tries = {}, state?: VirtualCardState): Promise<string> {
  const { applications, ...rest } = structuredClone(state ?? (await issuedState()));
  const jpki = { ...applications.jpki };
  for (const [id, triesLeft] of Object.entries(tries)) {
    const file = jpki[id];
    if (file?.kind !== 'pin') throw new Error(`${id} is no PIN`);
    jpki[id] = { ...file, triesLeft };
  }
  const card = { ...rest, applications: { ...applications, jpki } };
  writeFileSync(path, JSON.stringify(card), { mode: 0o600 });
  return path;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** For a run inside the test: aborted as by Ctrl-C; the input then stays open. */
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it inside the test, as if between pipes. */
export async function jpki(
  args: readonly string[],
  { input = '', env = {}, signal }: RunOptions = {},
): Promise<Finished> {
  const stdin = new PassThrough();
  stdin.write(input);
  if (signal === undefined) stdin.end();
  const stdout = new Collector();
  const stderr = new Collector();
  const ending = new Ending();
  signal?.addEventListener('abort', () => ending.ask());
  if (signal?.aborted) ending.ask();
  const { log } = createDebug;
  try {
    const status = await run(args, {
      ...{ stdin, stdout, stderr, env, ending },
      interrupt: () => undefined,
    });
    return { status, stdout: stdout.text, stderr: stderr.text };
  } finally {
    // The process ends with the command elsewhere, and --debug with it.
    createDebug.disable();
    createDebug.log = log;
    for (const name of ['DEBUG_COLORS', 'DEBUG_HIDE_DATE']) delete process.env[name];
  }
}

class Collector extends Writable {
  readonly #chunks: Buffer[] = [];

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
}

/** Runs it in a process of its own, between pipes. */
export function jpkiProcess(
  args: readonly string[],
  { input = '', env = {} }: RunOptions = {},
): Promise<Finished> {
  const [node = '', ...rest] = JPKI;
  const child = spawn(node, [...rest, ...args], { env: { ...ENVIRONMENT, ...env } });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return finished(child);
}

/** What a process leaves behind. */
export function finished(child: ChildProcess): Promise<Finished> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => {
      const text = (name: 'stdout' | 'stderr') => Buffer.concat(chunks[name]).toString('utf8');
      resolve({ status, stdout: text('stdout'), stderr: text('stderr') });
    });
  });
}

/**
 * Whether to skip: `describe.skipIf(noTerminal())`. Says what to install; throws instead when JPKI_REQUIRE_PCSC=1, where
 * a skipped test would be a lie.
 */
export function noTerminal(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const there = process.platform === 'linux' && folders.some((folder) => isProgram(join(folder, 'script')));
  if (there) return false;
  const missing = 'the terminal tests need Linux and the command "script": sudo apt-get install bsdutils';
  if (process.env['JPKI_REQUIRE_PCSC'] === '1') throw new Error(missing);
  console.warn(`skipped: ${missing}`);
  return true;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const WAIT_MS = 20_000;

/** The command in a pseudo-terminal of 80 columns, made by `script` of util-linux. */
export class Terminal {
  readonly #child: ChildProcess;
  readonly #end: Promise<number | null>;
  #output = '';
  #seen = 0;
  #changed: () => void = () => undefined;

  /** `shell` makes the script that runs the command: a job with something behind it, for instance. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    shell = (command: string) => `exec ${command}`,
  ) {
    const words = [...JPKI, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    this.#child = spawn('script', ['-qec', `stty cols 80 rows 40; ${shell(words)}`, '/dev/null'], {
      env: { ...ENVIRONMENT, SHELL: '/bin/sh', ...env },
    });
    this.#child.stdin?.on('error', () => undefined);
    // A character may come in two pieces.
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#output += chunk;
      this.#changed();
    });
    this.#end = new Promise((resolve) => {
      this.#child.once('close', (status) => {
        resolve(status);
        this.#changed();
      });
    });
  }

  /** Everything that was shown. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits until the text is shown, after what was waited for before. */
  async waitFor(text: string): Promise<void> {
    const timeout = new Promise<never>((_resolve, reject) => {
      const fail = () => reject(new Error(`"${text}" was not shown:\n${this.#output}`));
      const timer = setTimeout(fail, WAIT_MS);
      void this.#end.then(() => {
        clearTimeout(timer);
        setImmediate(fail);
      });
    });
    const shown = (async () => {
      for (;;) {
        const found = this.#output.indexOf(text, this.#seen);
        if (found >= 0) {
          this.#seen = found + text.length;
          return;
        }
        await new Promise<void>((resolve) => {
          this.#changed = resolve;
        });
      }
    })();
    await Promise.race([shown, timeout]);
  }

  /** Types; `\r` is Enter. */
  type(text: string | Uint8Array): void {
    this.#child.stdin?.write(text);
  }

  /** Waits for each question and types the answer to it, with Enter. */
  async answer(...dialogue: readonly (readonly [question: string, answer: string])[]): Promise<void> {
    for (const [question, answer] of dialogue) {
      await this.waitFor(question);
      this.type(`${answer}\r`);
    }
  }

  /** The exit code, and everything that was shown with its lines ended as in a text file. */
  async finish(): Promise<{ status: number | null; screen: string }> {
    const status = await this.#end;
    return { status, screen: this.#output.replaceAll('\r\n', '\n') };
  }
}

/** Whether the kiosks are open depends on when the test runs; a terminal may have broken the line anywhere. */
const anyBreaks = (text: string): string => [...text].join('\\s*');
const KIOSK_NOW = new RegExp(
  [
    'The\\s+kiosks\\s+are\\s+(within|closed)[^.]*\\.',
    `${anyBreaks('今はマルチコピー機')}[^。]*。(\\s*${anyBreaks('アプリでの予約は今')}[^。]*。)?`,
  ].join('|'),
  'g',
);

/** A screen without what differs from card to card and from day to day; its columns stay where they are. */
export function settled(screen: string): string {
  return screen
    .replace(/\b20(?!26-11\))\d\d-\d\d-\d\d\b/g, 'YYYY-MM-DD')
    .replace(/20\d\d 年 \d{1,2} 月 \d{1,2} 日/g, 'YYYY 年 M 月 D 日')
    .replace(/\(-?\d+ days? left\)/g, '(N days left)')
    .replace(/（残り -?\d+ 日）/g, '（残り N 日）')
    .replace(/\d{22}V/g, 'ISSUE-NUMBER')
    .replace(/\b[0-9a-f]{64}\b/g, 'SHA-256')
    .replace(/(Serial number +|シリアル番号 +)[0-9a-f]+/g, '$1SERIAL')
    .replace(KIOSK_NOW, '[KIOSK NOW]')
    .replace(/today until 23:00|(today|tomorrow) from 6:30/g, '[KIOSK HOURS]')
    .replace(/今日 23:00 まで|(今日|明日) 6:30 から/g, '[KIOSK HOURS]')
    .replace(/Node\.js \d+\.\d+\.\d+/g, 'Node.js N')
    .replace(/jpki-card \d+\.\d+\.\d+/g, 'jpki-card N');
}

/** A screen without the line that tells the public PIN of a virtual card: where that PIN stands then, it was typed. */
export function withoutPublicPin(screen: string): string {
  return screen.replaceAll(/^(Virtual card: its PIN is|仮想カードの暗証番号は).*$/gm, '');
}

/** Where a screen is kept. */
export function screenFile(name: string, language: string): string {
  return fileURLToPath(new URL(`../../fixtures/screens/${name}.${language}.txt`, import.meta.url));
}
