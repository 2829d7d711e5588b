/** What the command reads: regular files, and pipes where one is named; nothing without end. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputFile } from '../../src/cli/input-file.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const CARD = () => `--virtual=${file('card.json')}`;
let server: Server;

beforeAll(async () => {
  await writeCard(file('card.json'));
  writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
  writeFileSync(file('doc'), '契約書\n');
  mkdirSync(file('folder'));
  server = createServer();
  await new Promise<void>((resolve) => server.listen(file('socket'), resolve));
  expect((await jpki(['sign', file('doc'), '--pin-file', file('pin'), CARD()])).status).toBe(0);
});
afterAll(() => {
  server.close();
});

/** Every way to name a file that is read. */
const READERS: Readonly<Record<string, (path: string) => string[]>> = {
  'sign FILE': (path) => ['sign', path, '--pin-file', file('pin'), CARD(), '--out', file('out')],
  'sign --pin-file': (path) => ['sign', file('doc'), '--pin-file', path, CARD(), '--out', file('out')],
  'pin change --new-pin-file': (path) => [
    ...['pin', 'change', 'sign', '--pin-file', file('pin'), '--new-pin-file', path, CARD()],
  ],
  'verify FILE': (path) => ['verify', path, CARD()],
  'verify --content': (path) => ['verify', file('doc.p7s'), '--content', path, CARD()],
  'status --virtual': (path) => ['status', `--virtual=${path}`],
  'verify --virtual': (path) => ['verify', file('doc.p7s'), `--virtual=${path}`],
  'emulate --state': (path) => ['emulate', '--state', path],
};

describe.skipIf(process.platform === 'win32').each(Object.keys(READERS))('jpki %s', (reader) => {
  it.each([
    ['a folder', (): string => file('folder'), 'folder'],
    ['a device without end', (): string => '/dev/zero', /neither a regular file nor a pipe|is a device/],
    ['a socket', (): string => file('socket'), 'neither a file nor a pipe'],
    ['under a file', (): string => file('doc/doc'), 'part of the path is no folder'],
  ] as const)('reads nothing that is %s, and says so', async (_what, path, says) => {
    const { status, stderr } = await jpki(READERS[reader]?.(path()) ?? []);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(says) });
    const { applications } = JSON.parse(readFileSync(file('card.json'), 'utf8'));
    expect(applications.jpki['001b'].triesLeft).toBe(5);
  });
});

describe('a file of any size', () => {
  // The blocks of such a file are not on the disk.
  const large = (name: string, bytes: number) => {
    writeFileSync(file(name), '');
    truncateSync(file(name), bytes);
    return file(name);
  };

  it('is no state of a card when it is larger than one, and is not loaded to see that', async () => {
    const path = large('large.json', 3 * 1024 ** 3);
    const { status, stderr } = await jpki(['status', `--virtual=${path}`]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('virtual card') });
  });

  it('is looked at as far as it may be a signature', async () => {
    const { status, stderr } = await jpki(['verify', large('large.p7s', 3 * 1024 ** 3), '--json']);
    expect({ status, code: JSON.parse(stderr).error.code }).toEqual({ status: 1, code: 'SIGNATURE_INVALID' });
  });

  it('is replaced without being loaded', async () => {
    const path = large('large.out', 3 * 1024 ** 3);
    const sign = ['sign', file('doc'), '--pin-file', file('pin'), CARD(), '--out', path, '--force'];
    expect((await jpki(sign)).status).toBe(0);
    expect((await jpki(['verify', path, '--content', file('doc'), CARD()])).status).toBe(0);
  });

  it('is read no further than one byte beyond its size when it was opened', async () => {
    writeFileSync(file('growing'), '12345');
    await using input = await InputFile.open(file('growing'));
    appendFileSync(file('growing'), Buffer.alloc(1_000_000));
    const chunks: Uint8Array[] = [];
    for await (const chunk of input.chunks()) chunks.push(chunk);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from('12345\0'));
  });
});

describe.skipIf(process.platform === 'win32')(
  'what has the name of the signed file, beside its signature,',
  () => {
    it.each([
      ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
      ['a folder', (path: string) => mkdirSync(path)],
      ['absent', () => undefined],
    ] as const)('is not read when it is %s', async (_what, make) => {
      mkdirSync(file('beside'));
      writeFileSync(file('beside/doc.p7s'), readFileSync(file('doc.p7s')));
      make(file('beside/doc'));
      const { status, stdout } = await jpki(['verify', file('beside/doc.p7s'), CARD(), '--json']);
      rmSync(file('beside'), { recursive: true });
      expect(status).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ content: null, findings: [{ code: 'CONTENT_MISSING' }] });
    });
  },
);
