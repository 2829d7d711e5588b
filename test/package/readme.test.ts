import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands/index.js';
import { en } from '../../src/cli/text/en.js';
import { ERROR_TEXTS } from '../../src/errors.js';
import { createLoginToken, JpkiApplet } from '../../src/index.js';
import { signCms } from '../../src/signature/cms.js';
import { VIRTUAL_PINS, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { countExchanges, virtualCard } from '../support/virtual.js';
import { anchorOf, plain, ROOT, readReadme, tableWith, withoutTypes } from './readme.js';

const english = readReadme('README.md');
const japanese = readReadme('README.ja.md');
const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));

/** What programs in examples/ import. */
const NO_PROGRAMS = ['support.ts', 'redis-challenges.ts', 'express-login.ts'];

describe('the two READMEs', () => {
  it('say the same in the same order', () => {
    expect(japanese.outline).toEqual(english.outline);
    expect(english.outline.length).toBeGreaterThan(80);
  });

  it('have the same code, comments aside', () => {
    const codeOf = (readme: typeof english) =>
      readme.blocks
        .filter(({ language }) => language !== 'text')
        .map(({ language, code }) => (language === 'ts' ? withoutTypes(code) : code.replace(/ +#.*$/gm, '')));
    expect(codeOf(japanese)).toEqual(codeOf(english));
  });
});

describe.each([
  ['README.md', english],
  ['README.ja.md', japanese],
])('%s', (_name, readme) => {
  it('links only to what is there', () => {
    const anchors = new Set(readme.headings.map((heading) => `#${anchorOf(heading)}`));
    const broken = readme.links.filter((link) =>
      link.startsWith('#') ? !anchors.has(link) : !existsSync(`${ROOT}${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('tells what to do about every error code, and about no other', () => {
    const rows = tableWith(readme, 'PCSC_UNAVAILABLE');
    expect(rows.map(([code]) => plain(code))).toEqual(Object.keys(ERROR_TEXTS));
  });

  it('has every subcommand and every exit code', () => {
    const commands = tableWith(readme, 'jpki readers').map(([command]) => plain(command));
    expect(commands).toEqual(COMMANDS.map(({ name }) => `jpki ${name}`));
    const codes = tableWith(readme, '0').map(([code]) => code);
    expect(codes).toEqual(Object.keys(en.exitCodes));
  });

  it('has every entry point, and every package that is installed with this one', () => {
    const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
    const named = tableWith(readme, 'jpki-card/cms').map(([entry]) => plain(entry));
    expect(named.sort()).toEqual(entries.map((entry) => entry.replace('.', 'jpki-card')).sort());
    const packages = tableWith(readme, 'debug').map(([name]) => /`([^`]+)`/.exec(name ?? '')?.[1]);
    const { dependencies, optionalDependencies, peerDependencies } = manifest;
    expect(packages).toEqual(Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }));
  });

  it('has every example', () => {
    const examples = readdirSync(`${ROOT}examples`).filter((file) => !NO_PROGRAMS.includes(file));
    expect(examples.filter((file) => !readme.text.includes(`npx tsx examples/${file}`))).toEqual([]);
  });

  it('names the version and the Node.js that package.json names', () => {
    expect(readme.text).toContain(`jpki-card-${manifest.version}.tgz`);
    expect(readme.text).toContain(`Node.js ${manifest.engines.node.replace('>=', '')}`);
  });

  it('never says that a certificate is not revoked, nor that a real card was tested', () => {
    expect(readme.text).not.toMatch(/not revoked|失効していません/i);
    expect(readme.text).toMatch(
      /No test has been made with a real card|実物のカードでの試験は行っていません/,
    );
  });
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
    for (const readme of [english, japanese]) {
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
      for (const { text } of [english, japanese]) expect(near.some((size) => text.includes(size))).toBe(true);
    }
  });
});
