/** What the command leaves of a PIN in its memory, from the file, the pipe or the keyboard to the addon. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { JPKI, noTerminal, Terminal } from '../cli/support.js';
import { saved } from '../support/issued.js';
import {
  memoryAfter,
  needlesOf,
  noProcessMemory,
  randomPin,
  STAYING,
  searchStaying,
} from '../support/memory.js';
import { PcscHarness, requirePcsc } from './harness.js';

describe.skipIf(requirePcsc() || noProcessMemory())('the command leaves no PIN in its memory', () => {
  let pcsc: PcscHarness;
  let folder: string;
  let session: VpcdSession | undefined;
  const [pin, next] = [randomPin('sign'), randomPin('sign')];
  const issued = VirtualCard.issue({ authority: saved().authority, pins: { sign: pin } });
  const needles = needlesOf('sign', pin, next);
  const file = (name: string) => join(folder, name);
  const [node = '', ...words] = JPKI;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jpki-memory-'));
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
  });
  afterAll(async () => {
    await pcsc.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A card with that PIN, in this process. */
  async function insert(): Promise<void> {
    session = await connectVpcd(VirtualCard.fromJSON((await issued).toJSON()), { port: pcsc.ports[0] });
  }
  function start(...args: readonly string[]) {
    const child = spawn(node, [...words, ...args, '--timeout', '10'], {
      env: { ...process.env, ...STAYING, LANG: 'C' },
      stdio: 'pipe',
    });
    child.stdin.on('error', () => undefined);
    return child;
  }

  it('after --pin-file FILE', async () => {
    await insert();
    writeFileSync(file('one'), `${pin}\n`, { mode: 0o600 });
    const found = memoryAfter(start('pin', 'verify', 'sign', '--pin-file', file('one')), needles);
    expect(await found).toMatchObject({ status: 0, found: [] });
  });

  it('after a change with both PINs in a file', async () => {
    await insert();
    writeFileSync(file('both'), `${pin}\n${next}\n`, { mode: 0o600 });
    const found = memoryAfter(start('pin', 'change', 'sign', '--pin-file', file('both')), needles);
    expect(await found).toMatchObject({ status: 0, found: [] });
  });

  it('after a wrong PIN', async () => {
    await insert();
    writeFileSync(file('wrong'), next, { mode: 0o600 });
    const found = memoryAfter(start('pin', 'verify', 'sign', '--pin-file', file('wrong')), needles);
    expect(await found).toMatchObject({ status: 4, found: [] });
  });

  it('after a PIN file beside one that cannot be read', async () => {
    writeFileSync(file('current'), `${pin}\n`, { mode: 0o600 });
    const files = ['--pin-file', file('current'), '--new-pin-file', file('absent')];
    const found = memoryAfter(start('pin', 'change', 'sign', ...files), needles);
    expect(await found).toMatchObject({ status: 1, found: [] });
  });

  it('after --pin-file -', async () => {
    await insert();
    const child = start('pin', 'change', 'sign', '--pin-file', '-');
    child.stdin.end(`${pin}\n${next}\n`);
    expect(await memoryAfter(child, needles)).toMatchObject({ status: 0, found: [] });
  });

  it('after --pin-file with a pipe', async () => {
    await insert();
    execFileSync('mkfifo', [file('pipe')]);
    const child = start('pin', 'verify', 'sign', '--pin-file', file('pipe'));
    await writeFile(file('pipe'), `${pin}\n`);
    expect(await memoryAfter(child, needles)).toMatchObject({ status: 0, found: [] });
  });

  it('after --pin-file - with a file', async () => {
    await insert();
    writeFileSync(file('in'), `${pin}\n`, { mode: 0o600 });
    const child = spawn(
      '/bin/sh',
      ['-c', 'exec "$@" < "$IN"', 'sh', node, ...words, ...['pin', 'verify', 'sign', '--pin-file', '-']],
      { env: { ...process.env, ...STAYING, LANG: 'C', IN: file('in') }, stdio: 'pipe' },
    );
    expect(await memoryAfter(child, needles)).toMatchObject({ status: 0, found: [] });
  });

  it.skipIf(noTerminal())('after the keyboard', async () => {
    await insert();
    const socket = process.env['PCSCLITE_CSOCK_NAME'] ?? '';
    const terminal = new Terminal(['pin', 'verify', 'sign'], {
      ...STAYING,
      LANG: 'C',
      PCSCLITE_CSOCK_NAME: socket,
    });
    await terminal.answer(['PIN: ', pin]);
    await terminal.waitFor('stays: ');
    await terminal.waitFor('\n');
    expect(searchStaying(terminal.output, needles)).toEqual({ status: 0, found: [] });
  });
});
