/** The names of each entry point: one more is a promise, and one less breaks somebody's program. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ENTRIES } from '../arguments/api.js';

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
  const file = program.getSourceFile(SRC + entry);
  const module = file && checker.getSymbolAtLocation(file);
  const names = module ? checker.getExportsOfModule(module).map(({ name }) => name) : [];
  await expect(names.sort().join('\n')).toMatchFileSnapshot(
    `../../fixtures/exports/${entry.replace(/\/?(index)?\.ts$/, '').replace('signature/', '') || 'index'}.txt`,
  );
});

it.each(ENTRIES)('every function and class of %s has an example', (entry) => {
  const file = program.getSourceFile(SRC + entry);
  const module = file && checker.getSymbolAtLocation(file);
  const exported = (module ? checker.getExportsOfModule(module) : []).map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  );
  const callable = exported.filter(({ flags }) => flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class));
  expect(callable).not.toEqual([]);
  const lacking = callable.filter(
    (symbol) => !symbol.getJsDocTags(checker).some(({ name }) => name === 'example'),
  );
  expect(lacking.map(({ name }) => name)).toEqual([]);
});
