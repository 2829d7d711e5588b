/** The names of each entry point: one more is a promise, and one less breaks somebody's program. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { ENTRIES } from '../arguments/api.js';
import { compile } from './snippets.js';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url)).replaceAll('\\', '/');

const program = ts.createProgram(
  ENTRIES.map((entry) => SRC + entry),
  {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    resolveJsonModule: true,
    skipLibCheck: true,
    noLib: true,
    types: [],
  },
);
const checker = program.getTypeChecker();

it.each(ENTRIES)('%s exports these names', async (entry) => {
  const names = exportedBy(entry).map(({ name }) => name);
  await expect(names.sort().join('\n')).toMatchFileSnapshot(
    `../../fixtures/exports/${entry.replace(/\/?(index)?\.ts$/, '').replace('signature/', '') || 'index'}.txt`,
  );
});

/** What is public of an entry, under the names that it has there. */
function exportedBy(entry: string): ts.Symbol[] {
  const file = program.getSourceFile(SRC + entry);
  const module = file && checker.getSymbolAtLocation(file);
  return module ? checker.getExportsOfModule(module) : [];
}

const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

/** Of a class what works on a card, a message or a challenge: its public methods that give a promise. */
function asynchronousMethods(symbol: ts.Symbol): ts.Symbol[] {
  const declared = [...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])];
  return declared.filter(({ valueDeclaration: method }) => {
    if (method === undefined || !ts.isMethodDeclaration(method) || !ts.isIdentifier(method.name))
      return false;
    const isPrivate = ts.getCombinedModifierFlags(method) & ts.ModifierFlags.Private;
    return !isPrivate && method.type?.getText().startsWith('Promise<');
  });
}

const examplesOf = (symbol: ts.Symbol): string[] =>
  symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text));

it.each(ENTRIES)('everything that %s has to call has an example', (entry) => {
  const callable = exportedBy(entry)
    .map(resolved)
    .filter(({ flags }) => flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class))
    .flatMap((symbol) => [symbol, ...asynchronousMethods(symbol)]);
  expect(callable).not.toEqual([]);
  const lacking = callable.filter((symbol) => examplesOf(symbol).length === 0);
  expect(lacking.map((symbol) => checker.symbolToString(symbol))).toEqual([]);
});

it('everything of the main entry stands under a task in the API documentation', () => {
  const order: readonly string[] = manifest.typedocOptions.categoryOrder;
  const categoryOf = (symbol: ts.Symbol): string | undefined => {
    const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'category');
    return tag && ts.displayPartsToString(tag.text);
  };
  const symbols = exportedBy('index.ts').map(resolved);
  expect(
    symbols.filter((symbol) => !order.includes(categoryOf(symbol) ?? '')).map(({ name }) => name),
  ).toEqual([]);
  expect(new Set(symbols.map(categoryOf))).toEqual(new Set(order));
});

/** What the examples find around them: a card, what was read from it, a person to ask. */
const AROUND: Readonly<Record<string, string>> = {
  aid: 'Uint8Array',
  applet: "import('jpki-card').JpkiApplet",
  ask: '(question: string) => Promise<string>',
  attributes: "import('jpki-card/card-text').CardAttributes",
  birthDate: 'import("jpki-card").CalendarDay',
  ca: "import('jpki-card').JpkiCertificate",
  card: "import('jpki-card/virtual').VirtualCard",
  certificate: "import('jpki-card').JpkiCertificate",
  challenges: "import('jpki-card').LoginChallenges",
  channel: "import('jpki-card/iso7816').CardChannel",
  cms: 'Uint8Array',
  connection: "import('jpki-card').CardConnection",
  content: 'Uint8Array',
  counter: "import('jpki-card').PinCounter",
  createReadStream: "typeof import('node:fs').createReadStream",
  data: 'Uint8Array<ArrayBuffer>',
  der: 'Uint8Array',
  file: 'Uint8Array',
  first: "import('jpki-card/iso7816').CommandApdu",
  hint: 'HTMLElement',
  holder: "import('jpki-card').Holder",
  input: 'HTMLInputElement',
  jose: "typeof import('jose')",
  jws: 'string',
  next: 'string',
  nonce: 'string',
  p7s: 'Uint8Array',
  pin: 'string',
  proof: "import('jpki-card/card-text').CardTextProof",
  readFile: "typeof import('node:fs/promises').readFile",
  response: "import('express').Response",
  second: "import('jpki-card/iso7816').CommandApdu",
  secret: 'Uint8Array',
  securityCode: 'string',
  session: '{ user?: string }',
  signature: 'Uint8Array<ArrayBuffer>',
  submit: '(digits: Uint8Array) => void',
  text: "import('jpki-card/card-text').CardText",
  token: 'string',
  transcript: 'string',
  verdict: "import('jpki-card').LoginVerdict",
};

it('the examples are sound TypeScript', () => {
  const entryOf = new Map(
    ENTRIES.toReversed().flatMap((entry) =>
      exportedBy(entry).map(({ name }): [string, string] => [
        name,
        `../../src/${entry.replace(/ts$/, 'js')}`,
      ]),
    ),
  );
  const symbols = ENTRIES.flatMap((entry) => exportedBy(entry).map(resolved));
  const examples = symbols
    .flatMap((symbol) => [symbol, ...(symbol.members?.values() ?? []), ...(symbol.exports?.values() ?? [])])
    .flatMap((symbol) =>
      examplesOf(symbol).map((code) => ({ file: symbol.name, language: 'ts', line: 1, code })),
    );
  expect(examples.length).toBeGreaterThan(60);
  const problems = compile(examples, (declared, code) => {
    const used = [...new Set(code.match(/[A-Za-z_]\w*/g))].filter((name) => !declared.has(name));
    return used.flatMap((name) => {
      const entry = entryOf.get(name);
      if (entry !== undefined) return [`import { ${name} } from '${entry}';`];
      return name in AROUND ? [`declare const ${name}: ${AROUND[name]};`] : [];
    });
  });
  expect(problems).toEqual([]);
});
