import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { en } from '../../src/cli/text/en.js';
import { ERROR_TEXTS } from '../../src/errors.js';
import { createLoginToken, JpkiApplet } from '../../src/index.js';
import { signCms } from '../../src/signature/cms.js';
import { en as englishTexts, type Texts } from '../../src/text/en.js';
import { ja as japaneseTexts } from '../../src/text/ja.js';
import { VIRTUAL_PINS, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { countExchanges, virtualCard } from '../support/virtual.js';
import {
  anchorOf,
  ENGLISH_ONLY,
  japaneseOf,
  PAIRS,
  plain,
  ROOT,
  readReadme,
  tableWith,
  withoutTypes,
} from './readme.js';

const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

const ALL: readonly string[] = [...PAIRS, ...PAIRS.map(japaneseOf), ...ENGLISH_ONLY];
const LIBRARY = [readReadme('docs/library.md'), readReadme('docs/library.ja.md')];

/** Whether a file of the project is in the package, by its `files` and what npm always takes. */
const isPacked = (path: string): boolean =>
  /^(README\.md|LICENSE|package\.json)$/.test(path) ||
  manifest.files.some(
    (pattern: string) =>
      path.startsWith(`${pattern}/`) ||
      new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$`).test(path),
  );

/** What the verdicts say of each code, without the full stop. */
function findingsIn({ certificate, signature, pdf }: Texts): Map<string, string> {
  const { cms, jws, login } = signature;
  const said = [certificate, cms, jws, login, pdf].flatMap(({ finding }) => Object.entries(finding));
  return new Map(said.map(([code, text]) => [code, text.replace(/[.。]$/, '')]));
}

/** The members of a union of codes, in the order of the source. */
function codesOf(path: string, type: string): string[] {
  const source = readFileSync(posix.join(ROOT, 'src/signature', path), 'utf8');
  const [, union = ''] = new RegExp(`export type ${type} =([^;]*);`).exec(source) ?? [];
  return [...union.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code ?? '');
}

/** What programs in examples/ import. */
const NO_PROGRAMS = ['support.ts', 'redis-challenges.ts', 'express-login.ts'];

describe.each(PAIRS)('%s in both languages', (name) => {
  const [english, japanese] = [readReadme(name), readReadme(japaneseOf(name))];

  it('says the same in the same order', () => {
    expect(japanese.outline).toEqual(english.outline);
    expect(english.outline.length).toBeGreaterThan(3);
  });

  it('has the same code, comments aside', () => {
    const codeOf = (readme: typeof english) =>
      readme.blocks
        .filter(({ language }) => language !== 'text')
        .map(({ language, code }) =>
          /^[jt]s$/.test(language) ? withoutTypes(code) : code.replace(/ +#.*$/gm, ''),
        );
    expect(codeOf(japanese)).toEqual(codeOf(english));
  });

  it('never says that a certificate is not revoked', () => {
    for (const { text } of [english, japanese])
      expect(text).not.toMatch(/(is|was) not revoked|失効していません/i);
  });
});

describe.each(ALL)('the links of %s', (name) => {
  it('lead to what is there, and what the package brings along leads to what it brings too', () => {
    const problems = readReadme(name).links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? name : posix.join(posix.dirname(name), path);
      if (!existsSync(`${ROOT}${target}`) || (isPacked(name) && !isPacked(target))) return true;
      if (anchor === undefined) return false;
      return !readReadme(target).headings.some((heading) => anchorOf(heading) === anchor);
    });
    expect(problems).toEqual([]);
  });
});

it.each(ALL)('no line of %s is taken for the target of a link, and not shown', (name) => {
  expect(readReadme(name).text.match(/^\s*\[[^\]]+\]:.*$/gm)).toBeNull();
});

it('holds every document to this', () => {
  const documents = readdirSync(`${ROOT}docs`).filter((file) => file.endsWith('.md'));
  expect(documents.filter((file) => !ALL.includes(`docs/${file}`))).toEqual([]);
});

describe.each([
  ['in English', (name: string) => readReadme(name), findingsIn(englishTexts)],
  ['in Japanese', (name: string) => readReadme(japaneseOf(name)), findingsIn(japaneseTexts)],
])('the documents %s', (_language, read, meanings) => {
  it('tell what to do about every error code, and about no other', () => {
    const rows = tableWith(read('docs/troubleshooting.md'), 'PCSC_UNAVAILABLE');
    expect(rows.map(([code]) => plain(code))).toEqual(Object.keys(ERROR_TEXTS));
  });

  it.each([
    ['login-token.ts', 'LoginFindingCode'],
    ['../certificate/verify.ts', 'FindingCode'],
    ['cms-signer.ts', 'CmsFindingCode'],
    ['../pdf/findings.ts', 'PdfFindingCode'],
    ['jws-verify.ts', 'JwsFindingCode'],
  ])('tell what to do about every code that %s names as %s, and about no other', (path, type) => {
    const codes = codesOf(path, type);
    expect(codes.length).toBeGreaterThan(5);
    const rows = tableWith(read('docs/documents.md'), codes[0] ?? '');
    expect(rows.map(([code]) => plain(code))).toEqual(codes);
    expect(rows.map(([, meaning]) => meaning)).toEqual(codes.map((code) => meanings.get(code)));
    for (const [, , remedy] of rows) expect(remedy).toMatch(/[.。]$/);
  });

  it('tell what to do about every note', () => {
    const codes = [
      ...codesOf('cms-signer.ts', 'CmsNoteCode'),
      ...codesOf('../pdf/findings.ts', 'PdfNoteCode'),
    ];
    const rows = tableWith(read('docs/documents.md'), codes[0] ?? '');
    expect(rows.map(([code]) => plain(code))).toEqual(codes);
  });

  it('have every subcommand and every exit code', () => {
    for (const name of ['README.md', 'docs/command.md']) {
      const commands = tableWith(read(name), 'jpki readers').map(([command]) => plain(command));
      expect(commands).toEqual(COMMANDS.map(({ name }) => `jpki ${name}`));
    }
    const codes = tableWith(read('docs/command.md'), '0').map(([code]) => code);
    expect(codes).toEqual(Object.keys(en.exitCodes));
  });

  it('have every entry point', () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    const named = tableWith(read('docs/library.md'), 'jpki-card/cms').map(([entry]) => plain(entry));
    expect(named.sort()).toEqual(entries.map((entry) => entry.replace('.', 'jpki-card')).sort());
  });

  it('have every example', () => {
    const examples = readdirSync(`${ROOT}examples`).filter((file) => !NO_PROGRAMS.includes(file));
    const { text } = read('docs/library.md');
    expect(examples.filter((file) => !text.includes(`npx tsx examples/${file}`))).toEqual([]);
  });

  it('name the version and the Node.js that package.json names', () => {
    expect(read('README.md').text).toContain(`jpki-card-${manifest.version}.tgz`);
    expect(read('README.md').text).toContain(`Node.js ${manifest.engines.node.replace('>=', '')}`);
  });

  it('begin with a page of at most 180 lines that says that no real card was tried', () => {
    const { text } = read('README.md');
    expect(text.split('\n').length).toBeLessThanOrEqual(181);
    expect(text).toMatch(/No test has been made with a real card|実物のカードでの試験は行っていません/);
  });
});

it.each([
  ['README.md', 'status.en', /\d{4}-\d\d-\d\d \(\d+ /, 'YYYY-MM-DD (N '],
  ['README.ja.md', 'status.ja', /\d{4} 年 \d+ 月 \d+ 日（残り \d+ /, 'YYYY 年 M 月 D 日（残り N '],
])('%s shows what the command shows', (name, screen, date, masked) => {
  const [shown] = readReadme(name).blocks;
  const expected = readFileSync(`${ROOT}fixtures/screens/${screen}.txt`, 'utf8');
  expect(`${shown?.code.replace(date, masked)}\n`).toBe(`$ jpki status --virtual\n${expected}`);
});

it('docs/architecture.md has every package that is installed with this one', () => {
  const packages = tableWith(readReadme('docs/architecture.md'), 'debug').map(
    ([name]) => /`([^`]+)`/.exec(name ?? '')?.[1],
  );
  const { dependencies, optionalDependencies, peerDependencies } = manifest;
  expect(packages).toEqual(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
});

describe('the table of exchanges', () => {
  const VARIANTS: readonly Partial<VirtualCardQuirks>[] = [
    {},
    { extendedLength: false },
    { shortIds: 0x6a82 },
  ];

  /** The tasks in the order of the rows. */
  const TASKS: readonly ((applet: JpkiApplet) => Promise<unknown>)[] = [
    (applet) => applet.readStatus(),
    (applet) => applet.readCertificate('auth'),
    (applet) => applet.verifyPin('auth', VIRTUAL_PINS.auth),
    (applet) => applet.changePin('auth', VIRTUAL_PINS.auth, '8046'),
    async (applet) => {
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      await applet.sign('auth', Uint8Array.of(1));
    },
    (applet) => applet.readCertificate('sign', { pin: VIRTUAL_PINS.sign }),
    (applet) => signCms(applet, Uint8Array.of(1), { pin: VIRTUAL_PINS.sign }),
    (applet) => createLoginToken(applet, { audience: 'a', nonce: 'n', pin: VIRTUAL_PINS.auth }),
    async (applet) => {
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      await signCms(applet, Uint8Array.of(1));
    },
  ];

  async function exchanges(
    task: (applet: JpkiApplet) => Promise<unknown>,
    quirks: Partial<VirtualCardQuirks>,
  ) {
    const connection = countExchanges((await virtualCard(quirks)).connect());
    const applet = await JpkiApplet.select(connection);
    await task(applet);
    const { count } = connection;
    await applet.close();
    return count;
  }

  it('is what the virtual card counts', async () => {
    const counted: string[][] = [];
    for (const task of TASKS) {
      const row = [];
      for (const quirks of VARIANTS) row.push(String(await exchanges(task, quirks)));
      counted.push(row);
    }
    for (const readme of LIBRARY) {
      const table = readme.tables.find((rows) => rows[0]?.slice(1).join() === '3,3,6');
      expect(table?.map((row) => row.slice(1))).toEqual(counted);
    }
  });

  it('names the sizes of the certificates', async () => {
    const applet = await JpkiApplet.select((await virtualCard()).connect());
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    for (const file of ['auth', 'sign', 'sign-ca'] as const) {
      const { length } = await applet.readCertificateDer(file);
      // Serial numbers and keys are random, and DER leaves leading zeros out.
      const near = [-3, -2, -1, 0, 1, 2, 3].map((difference) => `${length + difference}`);
      for (const { text } of LIBRARY) expect(near.some((size) => text.includes(size))).toBe(true);
    }
  });
});
