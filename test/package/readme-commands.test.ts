import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { jpki, writeCard } from '../cli/support.js';
import { pdfOf } from '../pdf/documents.js';
import { bundlerBlocks, PAIRS, ROOT, readReadme } from './readme.js';

const documents = PAIRS.map(readReadme);
const lines = documents
  .flatMap(({ blocks }) => blocks)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ code }) => code.split('\n'))
  .map((line) => line.replace(/ +#.*$/, ''));
const commandLines = [...new Set(lines.filter((line) => line.startsWith('jpki ')))];
const examples = [
  ...new Set(
    documents
      .flatMap(({ inlineCode }) => inlineCode)
      .filter((code) => code.startsWith('npx tsx examples/') && !code.includes('kiosk')),
  ),
];

const folder = mkdtempSync(join(tmpdir(), 'jpki-readme-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(async () => {
  await writeCard(at('card.json'));
  writeFileSync(at('contract.pdf'), pdfOf());
  writeFileSync(at('pin.txt'), `${VIRTUAL_PINS.auth}\n`, { mode: 0o600 });
  writeFileSync(at('sign-pin.txt'), `${VIRTUAL_PINS.sign}\n`, { mode: 0o600 });
});

// In the order in which a reader types them: one needs what another wrote.
describe('the shell commands of the READMEs', { shuffle: false }, () => {
  it('are ones that CI runs, that the smoke test does, or that a person needs for the machine', () => {
    const ci = readFileSync(join(ROOT, '.ci/run'), 'utf8');
    const runByCi = ['npm ci && npm run demo', 'npm ci && npm test'];
    for (const command of runByCi.flatMap((line) => line.split(' && '))) expect(ci).toContain(command);
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const smoke = [
      `npm install --global ./jpki-card-${version}.tgz`,
      `npm install ./jpki-card-${version}.tgz`,
    ];
    const [packages = ''] = lines.filter((line) => line.startsWith('sudo apt-get install '));
    for (const name of packages.split(' ').slice(3)) expect(ci).toMatch(new RegExp(`\\s${name}\\s`));
    const bundlers = bundlerBlocks().flatMap(({ code }) => code.split('\n'));
    expect(lines.filter((line) => !commandLines.includes(line))).toEqual([
      ...[...runByCi, packages, ...smoke],
      ...bundlers,
    ]);
  });

  it.each(commandLines)('%s', async (line) => {
    const { status, stdout, stderr } = await jpki(wordsFor(line));
    if (line.startsWith('jpki ssh-agent')) {
      // The program itself is for test/pcsc: here another looks whether there is an agent.
      expect([status, stderr]).toEqual([3, '']);
      return;
    }
    if (line.startsWith('jpki emulate')) {
      // Everything but the virtual reader, which is for test/pcsc.
      expect(stderr).toContain('127.0.0.1:9');
      expect(status).toBe(3);
      return;
    }
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).not.toBe('');
  });

  it('leave behind what they say', () => {
    for (const name of ['auth.pem', 'contract.pdf.p7s', 'card.txt']) expect(existsSync(at(name))).toBe(true);
  });
});

/** The line as it is, with the files of this test, a virtual card for a reader, and a file for the terminal. */
function wordsFor(line: string): string[] {
  const words = line
    .split(' ')
    .slice(1)
    .map((word) => (/^[\w-]+\.(json|pdf|p7s|pem|txt|pdf\.p7s)$/.test(word) ? at(word) : word));
  const command = COMMANDS.find(({ name }) => line.startsWith(`jpki ${name}`));
  // A port that nothing listens on.
  if (command?.name === 'emulate')
    return [...words.map((word) => (word === at('card.json') ? at('other.json') : word)), '--port', '9'];
  if (command?.name === 'ssh-agent') {
    const options = words.slice(0, words.indexOf('--'));
    return [...options, '--virtual', at('card.json'), '--', 'sh', '-c', 'test -S "$SSH_AUTH_SOCK" && exit 3'];
  }
  const takesCard = !words.includes('--virtual') && !words.includes('--no-card');
  const takesPin =
    command?.options.includes('pin-file') && !['cert export', 'ssh-key'].includes(command.name);
  return [
    ...words,
    ...(takesCard ? ['--virtual', at('card.json')] : []),
    ...(takesPin && !words.includes('--pin-file')
      ? ['--pin-file', at(command?.name === 'sign' ? 'sign-pin.txt' : 'pin.txt')]
      : []),
  ];
}

describe('the examples of the READMEs', { shuffle: false }, () => {
  const ownFile = (name: string): string => at(`example-${name}`);
  beforeAll(() => writeFileSync(ownFile('contract.pdf'), pdfOf()));

  it.each(examples)('%s', async (line) => {
    const words = line.split(' ').slice(2);
    const { status, stderr } = await node([
      ...words.map((word) => (/^(contract\.pdf|transcript\.txt)$/.test(word) ? ownFile(word) : word)),
      '--virtual',
    ]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});

async function node([file = '', ...args]: readonly string[]): Promise<{
  status: number | null;
  stderr: string;
}> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = spawn(process.execPath, ['--import', tsx, join(ROOT, file), ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { status, stderr };
}
