/** What each shell offers, asked of the shell itself. */
import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { run } from '../package/install.js';
import { requireTools } from '../support/tools.js';
import { jpki, temporaryFolder } from './support.js';

const file = temporaryFolder();
const SHELLS = ['bash', 'zsh', 'fish'] as const;

beforeAll(async () => {
  writeFileSync(file('contract one.pdf'), '');
  for (const shell of SHELLS) writeFileSync(file(shell), (await jpki(['completion', shell])).stdout);
});

/** What is offered for the last of these words, which may be empty. */
const OFFERS = {
  async bash(...words: readonly string[]) {
    const line = ['jpki', ...words].map((word) => `'${word}'`).join(' ');
    const program = `source '${file('bash')}'; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _jpki; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf(await run('bash', ['--norc', '-c', program], file('')));
  },
  async zsh(...words: readonly string[]) {
    const line = ['jpki', ...words].map((word) => `'${word}'`).join(' ');
    // What the completion system of zsh does with the offers is its own business.
    const stand = `compdef() { }; compadd() { shift; print -rl -- "$@" }; _files() { print -rl -- * }`;
    const program = `${stand}; source '${file('zsh')}'; words=(${line}); CURRENT=${words.length + 1}; _jpki`;
    const offered = linesOf(await run('zsh', ['-f', '-c', program], file('')));
    return offered.filter((word) => word.startsWith(words.at(-1) ?? ''));
  },
  async fish(...words: readonly string[]) {
    const program = `source '${file('fish')}'; complete -C ${JSON.stringify(['jpki', ...words].join(' '))}`;
    const offered = linesOf(await run('fish', ['--no-config', '-c', program], file('')));
    return offered.map((line) => line.split('\t')[0] ?? '');
  },
};

function linesOf({ status, stdout, stderr }: Awaited<ReturnType<typeof run>>): string[] {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.split('\n').filter((line) => line !== '');
}

const FIRST = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))];

describe.each(SHELLS)('%s', (shell) => {
  const offers = OFFERS[shell];
  const skip = requireTools([shell], shell);

  it.skipIf(skip).each<readonly [words: readonly string[], offered: readonly string[]]>([
    [[''], FIRST],
    [['stat'], ['status']],
    [
      ['cert', ''],
      ['show', 'export'],
    ],
    [
      ['cert', 'show', ''],
      ['auth', 'sign', 'auth-ca', 'sign-ca'],
    ],
    [
      ['pin', 'verify', ''],
      ['auth', 'sign', 'text', 'registry'],
    ],
    [
      ['--reader', 'sign', 'cert', ''],
      ['show', 'export'],
    ],
    [['status', '--wa'], ['--watch']],
    [
      ['sign', 'x', '--profile', ''],
      ['pades', 'registry'],
    ],
    [
      ['--lang', ''],
      ['ja', 'en'],
    ],
    [['completion', ''], SHELLS],
    [['verify', 'con'], ['contract one.pdf']],
    [['login-token', '--audience', ''], []],
    [['pin', 'verify', 'sign', '--prof'], []],
  ])('offers what may follow: %j', async (words, offered) => {
    const found = (await offers(...words)).map((word) => word.replaceAll('\\ ', ' '));
    const wanted = words.length === 1 && words[0] === '' ? found.filter((word) => word !== 'help') : found;
    expect(wanted.filter((word) => !SHELLS.includes(word as 'zsh') || offered.includes(word)).sort()).toEqual(
      [...offered].sort(),
    );
  });

  it.skipIf(skip)('knows every option of every subcommand', async () => {
    for (const { name, options } of COMMANDS)
      expect(await offers(...name.split(' '), '--')).toEqual(
        expect.arrayContaining(options.map((option) => `--${option}`)),
      );
  });
});

it('is for the shells that it knows', async () => {
  expect(await jpki(['completion', 'tcsh', '--lang', 'en'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('bash|zsh|fish'),
  });
});
