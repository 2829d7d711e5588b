import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { breaches, read } from './support/floors.js';

const ROOT = new URL('..', import.meta.url);

function sources(): Map<string, string> {
  const src = new URL('src/', ROOT);
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  const files = paths.filter((path) => path.endsWith('.ts')).sort();
  return new Map(files.map((path) => [path, readFileSync(new URL(path, src), 'utf8')]));
}

function declared(): string[] {
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(new URL('package.json', ROOT), 'utf8'),
  );
  return [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
}

describe('the floors', () => {
  it('import only from floors below, take only what is theirs to take, and know Node only where they may', () => {
    const files = sources();
    expect(files.size).toBeGreaterThan(30);
    expect(breaches(files, declared())).toEqual([]);
  });

  it('are read completely: nothing TypeScript itself finds imported is missed', () => {
    for (const [path, text] of sources()) {
      const found = new Set(read(path, text).imports.map(({ specifier }) => specifier));
      const known = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
      expect(
        known.filter((name) => !found.has(name)),
        path,
      ).toEqual([]);
    }
  });
});

describe('the check of the floors', () => {
  const PACKAGES = ['node-forge', 'pcsclite', 'debug', '@noble/hashes'];
  const check = (path: string, text: string): string[] =>
    breaches(new Map([[path, text]]), PACKAGES).map((breach) => breach.slice(path.length + 2));

  it.each([
    ['a floor above', 'iso7816/x.ts', "import { A } from '../jpki/files.js';", /floor above/],
    ['a floor above, for its types', 'errors.ts', "import type { A } from './jpki/files.js';", /floor above/],
    ['a floor above, again exported', 'certificate/x.ts', "export * from '../jpki/index.js';", /floor above/],
    ['a floor above, when asked for', 'jpki/x.ts', "const a = await import('../virtual/index.js');", /above/],
    ['a floor above, in a type', 'jpki/x.ts', "let a: import('../cli/card.js').Card;", /floor above/],
    ['a floor above, as CommonJS', 'jpki/x.ts', "import a = require('../cli/card.js');", /floor above/],
    ['the entry', 'jpki/x.ts', "import { A } from '../index.js';", /floor above/],
    ['PC/SC', 'iso7816/x.ts', "import { connectCard } from '../transport/pcsc.js';", /not for iso7816/],
    [
      'PC/SC in another file than open.ts',
      'jpki/x.ts',
      "import { c } from '../transport/pcsc.js';",
      /not for jpki/,
    ],
    ['APDUs', 'certificate/x.ts', "import { SW } from '../iso7816/index.js';", /not for certificate/],
    ['values', 'recovery/x.ts', "import { PIN_RULES } from '../jpki/pin.js';", /not for recovery/],
    [
      'a type, but the module too',
      'recovery/x.ts',
      "import { type P } from '../jpki/pin.js';",
      /not for recovery/,
    ],
    ['the applet', 'virtual/x.ts', "import { JpkiApplet } from '../jpki/applet.js';", /not for virtual/],
    [
      'the checking of certificates',
      'virtual/x.ts',
      "import { v } from '../certificate/verify.js';",
      /not for virt/,
    ],
    ['the virtual card', 'signature/x.ts', "import { V } from '../virtual/index.js';", /not for signature/],
    ['a file beside it that touches Node', 'virtual/x.ts', "import { c } from './vpcd.js';", /touches Node/],
    ['Node', 'jpki/x.ts', "import { createHash } from 'node:crypto';", /is Node/],
    ['Node, for its types', 'jpki/x.ts', "import type { Readable } from 'node:stream';", /is Node/],
    ['Node without saying so', 'bytes.ts', "import { Buffer as B } from 'buffer/';", /is Node/],
    ['Node where a browser goes too', 'virtual/vpcd.ts', "import { connect } from 'node:net';", /browser/],
    ['Node there when asked for', 'transport/pcsc/x.ts', "const v8 = await import('node:v8');", /browser/],
    [
      'Node without an import',
      'jpki/x.ts',
      "import { nodeModule } from '../node-module.js';",
      /touches Node/,
    ],
    ['debug', 'jpki/x.ts', "import debug from 'debug';", /for the trace/],
    ['debug at once', 'trace.ts', "import debug from 'debug';", /when asked for/],
    ['node-forge', 'certificate/x.ts', "import forge from 'node-forge';", /for the virtual card/],
    ['pcsclite at once', 'transport/pcsc/x.ts', "import pcsclite from 'pcsclite';", /when asked for/],
    ['pcsclite elsewhere', 'cli/x.ts', "const p = await import('pcsclite');", /when asked for/],
    ['a package that is not installed with it', 'jpki/x.ts', "import fc from 'fast-check';", /no dependency/],
    ['what is only known when it runs', 'cli/x.ts', 'await import(name);', /nobody can check/],
    ['a folder that is no floor', 'jpki/x.ts', "import { A } from '../helpers/a.js';", /on no floor/],
    ['by triple slash', 'jpki/x.ts', '/// <reference types="node" />', /triple-slash/],
  ])('refuses to import %s', (_name, path, text, reason) => {
    expect(check(path, text)).toEqual([expect.stringMatching(reason)]);
  });

  it.each([
    ['Buffer', 'const a = Buffer.from([1]);'],
    ['Buffer', 'let a: Buffer | undefined;'],
    ['process', 'if (process.env.A) a();'],
    ['process', 'const a = { process };'],
    ['process', 'const a = globalThis.process;'],
    ['process', 'const a = (globalThis as A).process;'],
    ["'process'", "const a = globalThis['process'];"],
    ['require', "const a = require('node:fs');"],
    ['__dirname', "const a = __dirname + '/a';"],
    ['setImmediate', 'setImmediate(() => {});'],
    ['NodeJS', 'let a: NodeJS.Timeout;'],
  ])('refuses the global %s in %s', (name, text) => {
    expect(check('jpki/x.ts', text)).toEqual([`names ${name}, which only Node has`]);
    expect(check('cli/x.ts', text)).toEqual([]);
  });

  it('refuses a file that is on no floor', () => {
    expect(check('helpers/x.ts', 'export const A = 1;')).toEqual(['is on no floor']);
  });

  it.each([
    ['iso7816/x.ts', "import type { CardConnection } from '../transport/connection.js';"],
    ['recovery/x.ts', "import type { PinCounter } from '../jpki/pin-operations.js';"],
    ['virtual/x.ts', "import { JPKI_FILE } from '../jpki/files.js'; import forge from 'node-forge';"],
    ['jpki/open.ts', "import { connectCard } from '../transport/pcsc.js';"],
    ['transport/pcsc/x.ts', "import type { N } from 'pcsclite'; const p = await import('pcsclite');"],
    [
      'virtual/vpcd.ts',
      "import type { Socket } from 'node:net'; import { nodeModule } from '../node-module.js';",
    ],
    ['virtual/index.ts', "export { connectVpcd } from './vpcd.js';"],
    ['cli/x.ts', "import { parseArgs } from 'node:util'; import { V } from '../virtual/index.js';"],
    ['trace.ts', "if (globalThis.process.env) await import('debug');"],
    ['index.ts', "export * from './jpki/index.js';"],
    ['transcript/x.ts', "import { version } from '../../package.json';"],
    ['jpki/x.ts', "import { sha256 } from '@noble/hashes/sha2.js'; import type debug from 'debug';"],
    ['jpki/x.ts', 'class A { process(a: B) { return a.process({ process: 1 }); } }'],
    ['jpki/x.ts', 'const { process: a } = b; interface C { readonly Buffer: string; global(): void }'],
  ])('lets %s have %s', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });
});
