/** The floors of docs/architecture.md are kept by the linter: here it is shown what its configuration refuses. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['a floor above', 'iso7816', "import { A } from '../jpki/files.js';"],
  ['a floor above, for its types', 'asn1', "import type { A } from '../jpki/files.js';"],
  ['a floor above, again exported', 'certificate', "export * from '../jpki/index.js';"],
  ['a floor above, when asked for', 'jpki', "const a = await import('../virtual/index.js');"],
  ['a floor above, as CommonJS', 'jpki', "import a = require('../cli/card.js');"],
  ['a floor above the ground', '.', "import { A } from './jpki/files.js';"],
  ['the entry', 'jpki', "import { A } from '../index.js';"],
  ['PC/SC', 'iso7816', "import { connectCard } from '../transport/pcsc.js';"],
  ['PC/SC in another file than open.ts', 'jpki', "import { c } from '../transport/pcsc.js';"],
  ['APDUs', 'certificate', "import { SW } from '../iso7816/index.js';"],
  ['the applet', 'virtual', "import { JpkiApplet } from '../jpki/applet.js';"],
  ['the applet for advice', 'recovery', "import { JpkiApplet } from '../jpki/applet.js';"],
  ['the checking of certificates', 'virtual', "import { v } from '../certificate/verify.js';"],
  ['the virtual card', 'signature', "import { V } from '../virtual/index.js';"],
  ['a signature to the text', 'card-text', "import { signCms } from '../signature/cms.js';"],
  ['the virtual card to the text', 'card-text', "import { V } from '../virtual/index.js';"],
  ['the text to the applet', 'jpki', "import { CardText } from '../card-text/index.js';"],
  ['a document to a signature', 'signature', "import { signPdf } from '../pdf/index.js';"],
  ['the package that makes PDFs', 'signature', "const p = await import('@cantoo/pdf-lib');"],
  ['SSH to a document', 'pdf', "import { createSshAgent } from '../ssh/index.js';"],
  ['PC/SC to SSH', 'ssh', "import { connectCard } from '../transport/pcsc.js';"],
  ['Node without an import, beside the socket', 'ssh', "import { nodeModule } from '../node-module.js';"],
  ['a file beside it that touches Node', 'virtual', "import { c } from './vpcd.js';"],
  ['Node', 'jpki', "import { createHash } from 'node:crypto';"],
  ['Node, for its types', 'jpki', "import type { Readable } from 'node:stream';"],
  ['Node without saying so', 'asn1', "import { Buffer as B } from 'buffer/';"],
  ['Node without an import', 'jpki', "import { nodeModule } from '../node-module.js';"],
  ['what the package does not export', 'cli', "import { nodeModule } from '../node-module.js';"],
  ['the same from a folder', 'cli/commands', "import { JPKI_FILE } from '../../jpki/files.js';"],
  ['the catalogue of the library', 'cli/commands', "import { en } from '../../text/en.js';"],
  ['debug', 'jpki', "import debug from 'debug';"],
  ['node-forge', 'certificate', "import forge from 'node-forge';"],
  ['a writer of ASN.1 to read with', 'asn1', "import { fromBER } from 'asn1js';"],
  ['pcsclite elsewhere', 'cli', "const p = await import('pcsclite');"],
  ['a package that is not installed with it', 'jpki', "import fc from 'fast-check';"],
  ['a folder that is no floor', 'jpki', "import { A } from '../helpers/a.js';"],
  ['anything, on no floor', 'helpers', "import { A } from '../errors.js';"],
  ['itself in a circle', 'jpki', "import type { A } from './circle.js';\nexport interface B extends A {}"],
  ['the global Buffer', 'jpki', 'export const a = Buffer.from([1]);'],
  ['the type Buffer', 'jpki', 'let a: Buffer | undefined;'],
  ['the global process', 'jpki', 'if (process.env.A) a();'],
  ['process by another name', 'jpki', 'const a = globalThis.process;'],
  ['process by a computed name', 'jpki', "const a = globalThis['process'];"],
  ['require', 'jpki', "const a = require('node:fs');"],
  ['the global setImmediate', 'jpki', 'setImmediate(() => {});'],
  ['a type of NodeJS', 'jpki', 'let a: NodeJS.Timeout;'],
];

const TAKEN: readonly (readonly [string, string])[] = [
  ['iso7816', "import type { CardConnection } from '../transport/connection.js';"],
  ['recovery', "import type { PinInput } from '../jpki/pin.js';"],
  ['virtual', "import { JPKI_FILE } from '../jpki/files.js'; import { rsa } from 'node-forge/lib/rsa.js';"],
  ['certificate', "import { readDer } from '../asn1/der.js'; import { say } from '../text/index.js';"],
  ['transport/pcsc', "import type { N } from 'pcsclite'; const p = await import('pcsclite');"],
  [
    'card-text',
    "import { readObject } from '../jpki/read-file.js'; import { SW } from '../iso7816/index.js';",
  ],
  ['pdf', "import { signCms } from '../signature/cms.js'; const p = await import('@cantoo/pdf-lib');"],
  ['ssh', "import { signChecked } from '../signature/card-signature.js';"],
  ['cli/commands', "import { parseArgs } from 'node:util'; import { V } from '../../virtual/index.js';"],
  ['cli', "import { say } from './text/index.js'; import { signCms } from '../signature/cms.js';"],
  ['transcript', "import { version } from '../../package.json';"],
  ['jpki', "import { sha256 } from '../hashes.js'; const a = crypto.subtle;"],
  ['jpki', 'class A { process(a: B) { return a.process({ process: 1 }); } }'],
  ['jpki', 'const { process: a } = b; interface C { readonly Buffer: string; global(): void }'],
];

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: unknown };
  }[];
}

describe('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-floors-'));
  const complaints = new Map<string, number>();
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  };

  beforeAll(() => {
    const { $schema, vcs, ...configuration } = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
    // Only what keeps the floors: the short sources here break other rules.
    const { suspicious } = configuration.linter.rules;
    const rules = { preset: 'none', suspicious: { noImportCycles: suspicious.noImportCycles } };
    write('biome.json', JSON.stringify({ ...configuration, linter: { rules } }));
    for (const [i, [, at, text]] of REFUSED.entries()) write(`src/${at}/refused${i}.ts`, text);
    for (const [i, [at, text]] of TAKEN.entries()) write(`src/${at}/taken${i}.ts`, text);
    const circle = REFUSED.findIndex(([name]) => name === 'itself in a circle');
    write(
      'src/jpki/circle.ts',
      `import type { B } from './refused${circle}.js';\nexport interface A { b: B }`,
    );
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--reporter=json', '--max-diagnostics=1000', 'src'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(stdout, stderr).toContain('"diagnostics"');
    for (const { location } of (JSON.parse(stdout) as Report).diagnostics) {
      const path = /refused\d+|taken\d+/.exec(JSON.stringify(location))?.[0] ?? '';
      complaints.set(path, (complaints.get(path) ?? 0) + 1);
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(REFUSED.map(([name, at], i) => [name, at, i] as const))('refuses %s in %s/', (_name, _at, i) => {
    expect(complaints.get(`refused${i}`)).toBeGreaterThan(0);
  });

  it.each(TAKEN.map(([at, text], i) => [at, text, i] as const))('lets %s/ have %s', (_at, _text, i) => {
    expect(complaints.get(`taken${i}`)).toBeUndefined();
  });
});

describe('what the linter does not see', () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, 'src', path), 'utf8') }));

  it.each([
    ['an import of what is known only when it runs', /\bimport\((?!\s*['"])/],
    ['an import inside a type', /[:<|&]\s*import\(/],
    ['a triple-slash reference', /^\/\/\/\s*</m],
  ])('does not occur: %s', (_name, what) => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter(({ text }) => what.test(text)).map(({ path }) => path)).toEqual([]);
  });
});
