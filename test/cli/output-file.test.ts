/** What the command writes: never over what it reads, never through a link, never unasked, and never half. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../src/cli/context.js';
import { Options } from '../../src/cli/options.js';
import { OutputFile } from '../../src/cli/output-file.js';
import { finished, JPKI, jpki, noTerminal, Terminal, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const env = { PATH: process.env['PATH'] ?? '', LANG: 'C', PCSCLITE_CSOCK_NAME: '/nonexistent' };
const shell = (script: string) => finished(spawn('sh', ['-c', script], { env, cwd: file('.') }));
const command = JPKI.map((word) => `'${word}'`).join(' ');
const noPermissions = process.platform === 'win32';

/** What each command reads; a case gets copies in a folder of its own. */
const INPUTS = ['card.json', 'pin', 'doc', 'doc.p7s', 'whole.p7m'] as const;
type InputName = (typeof INPUTS)[number];

beforeAll(async () => {
  mkdirSync(file('inputs'));
  const at = (name: InputName) => file(`inputs/${name}`);
  await writeCard(at('card.json'));
  writeFileSync(at('pin'), 'VIRTUAL1', { mode: 0o600 });
  writeFileSync(at('doc'), '契約書\n');
  const sign = ['sign', at('doc'), '--pin-file', at('pin'), `--virtual=${at('card.json')}`];
  expect((await jpki(sign)).status).toBe(0);
  expect((await jpki([...sign, '--attached', '--out', at('whole.p7m')])).status).toBe(0);
  writeFileSync(file('inputs/large'), Buffer.alloc(5_000));
  const large = [
    'sign',
    file('inputs/large'),
    ...sign.slice(2),
    '--attached',
    '--out',
    file('inputs/large.p7m'),
  ];
  expect((await jpki(large)).status).toBe(0);
});

let folders = 0;
function folder(inputs: readonly InputName[] = INPUTS): (name: string) => string {
  const path = file(`case-${++folders}`);
  mkdirSync(path);
  for (const name of inputs) copyFileSync(file(`inputs/${name}`), join(path, name));
  return (name) => join(path, name);
}

type In = (name: string) => string;
const card = (at: In) => `--virtual=${at('card.json')}`;

/** Every command that writes a file, without the name of the file. */
const WRITERS: Readonly<Record<string, (at: In, out: string) => string[]>> = {
  sign: (at, out) => ['sign', at('doc'), '--pin-file', at('pin'), card(at), '--out', out],
  'sign --attached': (at, out) => [
    ...['sign', at('doc'), '--attached', '--pin-file', at('pin'), card(at), '--out', out],
  ],
  'cert export sign': (at, out) => [
    ...['cert', 'export', 'sign', '--pin-file', at('pin'), card(at), '--out', out],
  ],
  'cert export auth': (at, out) => ['cert', 'export', 'auth', card(at), '--out', out],
  record: (at, out) => ['record', out, card(at)],
  verify: (at, out) => ['verify', at('whole.p7m'), card(at), '--out', out],
  'verify --content': (at, out) => [
    ...['verify', at('doc.p7s'), '--content', at('doc'), card(at), '--out', out],
  ],
};
const READS: Readonly<Record<string, readonly InputName[]>> = {
  sign: ['doc', 'pin', 'card.json'],
  'sign --attached': ['doc', 'pin', 'card.json'],
  'cert export sign': ['pin', 'card.json'],
  'cert export auth': ['card.json'],
  record: ['card.json'],
  verify: ['whole.p7m', 'card.json'],
  'verify --content': ['doc.p7s', 'doc', 'card.json'],
};

/** Every name under which a file can be met again. */
const NAMES: Readonly<Record<string, (at: In, input: InputName) => string>> = {
  'its own name': (at, input) => at(input),
  'another spelling': (at, input) => `${at('.')}/../${basename(at('.'))}//${input}`,
  'a hard link': (at, input) => {
    linkSync(at(input), at('link'));
    return at('link');
  },
  'a symbolic link': (at, input) => {
    symlinkSync(input, at('link'));
    return at('link');
  },
  'a link to a link': (at, input) => {
    symlinkSync(input, at('first'));
    symlinkSync(at('first'), at('link'));
    return at('link');
  },
  'a folder that is a link': (at, input) => {
    symlinkSync('.', at('same'));
    return at(`same/${input}`);
  },
};

const contents = (at: In) =>
  Object.fromEntries(
    readdirSync(at('.'))
      .filter((name) => statSync(at(name)).isFile())
      .map((name) => [name, readFileSync(at(name), 'base64')]),
  );

describe.skipIf(noPermissions)('what a command reads', () => {
  const cases = Object.entries(READS).flatMap(([writer, inputs]) =>
    inputs.map((input) => [writer, input] as const),
  );

  it.each(cases)('(jpki %s) is not written over, whatever %s is called', async (writer, input) => {
    for (const [how, name] of Object.entries(NAMES)) {
      const at = folder();
      const out = name(at, input);
      const before = contents(at);
      const { status, stderr } = await jpki([...(WRITERS[writer]?.(at, out) ?? []), '--force']);
      expect({ how, status, stderr }).toEqual({
        how,
        status: 2,
        stderr: expect.stringContaining('would be written over a file that this command reads'),
      });
      expect(contents(at)).toEqual(before);
    }
  });

  it.each(['pin', 'link'])('from standard input is not written over (%s)', async (name) => {
    const at = folder();
    linkSync(at('pin'), at('link'));
    const words = `sign '${at('doc')}' --pin-file - '${card(at)}' --out '${at(name)}' --force`;
    expect(await shell(`${command} ${words} < '${at('pin')}'`)).toMatchObject({ status: 2 });
    expect(readFileSync(at('pin'), 'utf8')).toBe('VIRTUAL1');
  });

  it('is not written over by the state of a card, under either name', async () => {
    for (const link of [linkSync, symlinkSync]) {
      const at = folder();
      link(at('pin'), at('state.json'));
      const state = `--virtual=${at('state.json')}`;
      expect((await jpki(['pin', 'verify', 'sign', '--pin-file', at('pin'), state])).status).toBe(2);
      const own = folder();
      link(own('card.json'), own('link'));
      const sign = ['sign', own('link'), '--pin-file', own('pin'), card(own), '--out', own('out')];
      expect((await jpki(sign)).status).toBe(2);
      expect(readFileSync(at('pin'), 'utf8')).toBe('VIRTUAL1');
    }
  });

  it('is not written over by standard output that goes on at its end', async () => {
    const at = folder();
    const words = `sign '${at('doc')}' --pin-file '${at('pin')}' '${card(at)}' --out /dev/stdout --force`;
    expect(await shell(`${command} ${words} >> '${at('doc')}'`)).toMatchObject({ status: 2 });
    expect(readFileSync(at('doc'), 'utf8')).toBe('契約書\n');
  });

  it('a state that is still to come is not written over either', async () => {
    const at = folder(['doc', 'pin']);
    const args = ['sign', at('doc'), '--pin-file', at('pin'), '--out', at('new.json')];
    expect((await jpki([...args, `--virtual=${at('./new.json')}`])).status).toBe(2);
    expect(existsSync(at('new.json'))).toBe(false);
  });

  it('as a pipe is not written into', async () => {
    const at = folder();
    execFileSync('mkfifo', [at('pipe')]);
    const args = ['sign', at('pipe'), '--pin-file', at('pin'), card(at), '--out', at('pipe')];
    expect((await jpki(args)).status).toBe(2);
  });
});

describe.skipIf(noPermissions).each(Object.keys(WRITERS).filter((name) => name !== 'verify --content'))(
  'the output of jpki %s',
  (writer) => {
    const run = (at: In, out: string, ...more: string[]) =>
      jpki([...(WRITERS[writer]?.(at, out) ?? []), ...more]);
    const namesPerson = writer.startsWith('sign') || writer === 'cert export sign' || writer === 'record';

    it('goes through no link, and to no folder or socket', async () => {
      const at = folder();
      writeFileSync(at('other'), 'other');
      symlinkSync('other', at('to-file'));
      symlinkSync('absent', at('dangling'));
      symlinkSync('loop', at('loop'));
      mkdirSync(at('a-folder'));
      symlinkSync('a-folder', at('to-folder'));
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
      // It is looked at before the PIN is.
      rmSync(at('pin'));
      for (const name of ['to-file', 'dangling', 'loop', 'a-folder', 'to-folder', 'socket', 'absent/']) {
        const { status, stderr } = await run(at, at(name), '--force');
        expect({ name, status, stderr }).toEqual({ name, status: 1, stderr: expect.stringContaining(name) });
        expect(stderr.includes('is a link')).toBe(['to-file', 'dangling', 'to-folder'].includes(name));
      }
      server.close();
      expect(readFileSync(at('other'), 'utf8')).toBe('other');
      expect(existsSync(at('absent'))).toBe(false);
      expect(readdirSync(at('a-folder'))).toEqual([]);
    });

    it('does not take the place of a file unasked', async () => {
      const at = folder();
      writeFileSync(at('out'), 'old');
      const { status, stderr } = await run(at, at('out'));
      expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('--force') });
      expect(readFileSync(at('out'), 'utf8')).toBe('old');
      expect((await run(at, at('out'), '--force')).status).toBe(0);
      expect(readFileSync(at('out'), 'utf8')).not.toBe('old');
    });

    it('is for the owner alone where it names a person, and has the mode of a file that it replaces elsewhere', async () => {
      const at = folder();
      const mode = (name: string) => statSync(at(name)).mode & 0o777;
      await run(at, at('new'));
      if (namesPerson) expect(mode('new')).toBe(0o600);
      writeFileSync(at('out'), 'old');
      chmodSync(at('out'), 0o646);
      await run(at, at('out'), '--force');
      expect(mode('out')).toBe(namesPerson ? 0o600 : 0o646);
    });

    it('goes into a pipe or a device as it is', async () => {
      const at = folder();
      execFileSync('mkfifo', [at('pipe')]);
      const reader = finished(spawn('cat', [at('pipe')]));
      expect(await run(at, at('pipe'))).toMatchObject({ status: 0, stdout: expect.stringContaining('pipe') });
      expect((await reader).stdout.length).toBeGreaterThan(0);
      expect(statSync(at('pipe')).isFIFO()).toBe(true);
      expect((await run(at, '/dev/null')).status).toBe(0);
      if (!existsSync('/dev/full')) return;
      const full = await run(at, '/dev/full');
      expect(full).toMatchObject({ status: 1, stderr: expect.stringContaining('the disk is full') });
    });

    it('is all there is on standard output, with --json too', async () => {
      const at = folder();
      const plain = await run(at, '/dev/stdout');
      const json = await run(at, '/dev/stdout', '--json');
      expect([plain.status, json.status]).toEqual([0, 0]);
      expect(plain.stderr).toContain('/dev/stdout');
      expect(json.stdout).not.toMatch(/^ {2}"/m);
      expect(json.stdout.length).toBeGreaterThan(0);
      expect(Object.keys(JSON.parse(json.stderr)).length).toBeGreaterThan(0);
    });
  },
);

describe.skipIf(noPermissions).concurrent('an output that there is no room for', () => {
  // No file may be longer than a block: what is written beyond it fails as on a full disk.
  const run = (words: readonly string[]) =>
    shell(
      `ulimit -f 1; TSX_DISABLE_CACHE=1 ${command} ${words.map((word) => `'${word}'`).join(' ')} --force`,
    );

  it.for([
    ['sign', 'old'],
    ['cert export sign', undefined],
    ['record', undefined],
    ['verify', 'old'],
  ] as const)(
    '(jpki %s, file there: %s) leaves what was there, and nothing beside it',
    async ([writer, old], { expect }) => {
      const at = folder();
      if (writer === 'verify') copyFileSync(file('inputs/large.p7m'), at('whole.p7m'));
      if (old) writeFileSync(at('out'), old);
      const before = contents(at);
      const { status, stderr } = await run(WRITERS[writer]?.(at, at('out')) ?? []);
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('out: the file') });
      expect(contents(at)).toEqual(before);
    },
  );

  it('leaves nothing where it is the state of a card', async ({ expect }) => {
    const at = folder([]);
    const { status, stderr } = await shell(
      `ulimit -f 1; TSX_DISABLE_CACHE=1 ${command} readers '--virtual=${at('new.json')}'`,
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('new.json: the file') });
    expect(readdirSync(at('.'))).toEqual([]);
  });
});

describe.skipIf(noPermissions)('a file that changes meanwhile', () => {
  it('is not signed when it was written to or replaced before it was read', async () => {
    for (const change of ['append', 'replace'] as const) {
      const at = folder(['card.json', 'doc']);
      execFileSync('mkfifo', [at('pin')]);
      const run = jpki(['sign', at('doc'), '--pin-file', at('pin'), card(at)]);
      // The document is open when the PIN is waited for.
      const pin = await vi.waitFor(() => openSync(at('pin'), constants.O_WRONLY | constants.O_NONBLOCK));
      if (change === 'append') writeFileSync(at('doc'), 'and more', { flag: 'a' });
      else execFileSync('sh', ['-c', `cp '${at('doc')}' '${at('copy')}'; mv '${at('copy')}' '${at('doc')}'`]);
      // Told instead of the wrong PIN: no try is spent on what will not be signed.
      writeSync(pin, 'VIRTUAL2');
      closeSync(pin);
      expect(await run).toMatchObject({ status: 1, stderr: expect.stringContaining('was changed') });
      expect(existsSync(at('doc.p7s'))).toBe(false);
    }
  });

  it('is not replaced when it came after it was looked for, and of two that write it one wins', async () => {
    const at = folder();
    const both = await Promise.all([1, 2].map(() => jpki(WRITERS['sign']?.(at, at('out')) ?? [])));
    const statuses = both.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(0);
    expect([1, 2]).toContain(statuses[1]);
    expect((await jpki(['verify', at('out'), '--content', at('doc'), card(at)])).status).toBe(0);
    expect(readdirSync(at('.')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe.skipIf(noTerminal()).concurrent('an existing file, on a terminal,', () => {
  it.for([
    ['sign', 'yes', 0],
    ['sign', 'no', 1],
    ['sign', '', 1],
    ['record', 'yes', 0],
    ['record', 'VIRTUAL1', 1],
    ['verify', 'はい', 0],
    ['verify', 'y', 1],
  ] as const)('is asked about (jpki %s, answered %j)', async ([writer, answer, status], { expect }) => {
    const at = folder();
    writeFileSync(at('out'), 'old');
    const words = WRITERS[writer]?.(at, at('out')) ?? [];
    const terminal = new Terminal(words, { LANG: 'C.UTF-8', NO_COLOR: '1' });
    await terminal.answer(['anything else to stop: ', answer]);
    expect((await terminal.finish()).status).toBe(status);
    if (status === 1) expect(readFileSync(at('out'), 'utf8')).toBe('old');
    else expect(readFileSync(at('out'), 'utf8')).not.toBe('old');
  });
});

describe.skipIf(noTerminal())('a terminal as the output', () => {
  it('gets all of it, though it takes little at a time', async () => {
    const at = folder();
    writeFileSync(at('long'), `${'0123456789'.repeat(50_000)}\nthe end\n`);
    const sign = [
      'sign',
      at('long'),
      '--attached',
      '--pin-file',
      at('pin'),
      card(at),
      '--out',
      at('long.p7m'),
    ];
    expect((await jpki(sign)).status).toBe(0);
    const terminal = new Terminal(['verify', at('long.p7m'), card(at), '--out', '/dev/tty'], { LANG: 'C' });
    const { status, screen } = await terminal.finish();
    expect({ status, end: screen.includes('\nthe end\n') }).toEqual({ status: 0, end: true });
  });
});

describe.skipIf(noPermissions)('an output that is a pipe', () => {
  const prepared = async (path: string) => {
    const controller = new AbortController();
    const context = { options: new Options(new Map()), signal: controller.signal, help: ['', ''] };
    const output = await OutputFile.prepare(context as unknown as Context, path, []);
    return { output, controller };
  };
  /** After what was asked of the file system before this has been answered, by whichever of its threads. */
  const looked = async (path: string) => {
    for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 8 }, () => stat(path)));
  };
  const pipeIn = (at: In) => {
    execFileSync('mkfifo', [at('pipe')]);
    return at('pipe');
  };
  const content = Buffer.alloc(1024 * 1024, 'jpki');

  it('is waited for until somebody reads from it, who gets all of it', async () => {
    const path = pipeIn(folder([]));
    const { output } = await prepared(path);
    const writing = output.write(content);
    writing.catch(() => undefined);
    await looked(path);
    const reader = spawn('cat', [path]);
    const chunks: Buffer[] = [];
    reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    const read = new Promise((resolve) => reader.on('close', resolve));
    try {
      await writing;
      await read;
    } finally {
      reader.kill();
    }
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it('is no longer waited for after Ctrl-C, and holds no thread meanwhile', async () => {
    const path = pipeIn(folder([]));
    const { output, controller } = await prepared(path);
    const writing = output.write(content);
    writing.catch(() => undefined);
    await looked(path);
    controller.abort();
    await expect(writing).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is not taken for the file that there was to be', async () => {
    const at = folder([]);
    const { output } = await prepared(at('pipe'));
    pipeIn(at);
    await expect(output.write('x')).rejects.toMatchObject({ code: 'FILE' });
    expect(statSync(at('pipe')).isFIFO()).toBe(true);
    expect(readdirSync(at('.'))).toEqual(['pipe']);
  });

  it('gets what comes in pieces once it is kept, until then in a file for nobody else', async () => {
    const at = folder([]);
    const path = pipeIn(at);
    mkdirSync(at('temporary'));
    vi.stubEnv('TMPDIR', at('temporary'));
    try {
      const { output } = await prepared(path);
      await using draft = await output.draft();
      await draft.add(Buffer.from('one '));
      const [name = ''] = readdirSync(at('temporary'));
      expect(statSync(join(at('temporary'), name)).mode & 0o777).toBe(0o600);
      await draft.add(Buffer.from('two'));
      const reader = finished(spawn('cat', [path]));
      await draft.keep();
      expect((await reader).stdout).toBe('one two');
    } finally {
      vi.unstubAllEnvs();
    }
    expect(readdirSync(at('temporary'))).toEqual([]);
  });
});
