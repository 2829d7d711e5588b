/** Snippets of documents and comments, held against the sources by the compiler. */
import { join } from 'node:path';
import ts from 'typescript';
import { type Block, ROOT } from './readme.js';

/** Names that the snippet declares itself, at its top. */
export function namesDeclaredIn(code: string): Set<string> {
  const names = new Set<string>();
  const file = ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ES2022, true);
  const add = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
  };
  for (const statement of file.statements)
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) add(name);
  return names;
}

/**
 * What the compiler says of the snippets, each a module of its own among the tests.
 *
 * @param around the lines that stand before a snippet, by the names that it declares itself
 */
export function compile(
  snippets: readonly Block[],
  around: (declared: Set<string>, code: string) => readonly string[],
): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const files = new Map(
    snippets.map((snippet, index): [string, { text: string; firstLine: number; file: string }] => {
      const prelude = around(namesDeclaredIn(snippet.code), snippet.code);
      const path = join(ROOT, 'test/package', `snippet-${index}.ts`).replaceAll('\\', '/');
      const text = [...prelude, snippet.code, 'export {};'].join('\n');
      return [path, { text, firstLine: snippet.line - prelude.length, file: snippet.file }];
    }),
  );
  const host = ts.createCompilerHost({ ...options, noUnusedLocals: false });
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.getSourceFile = (path, ...rest) => {
    const file = files.get(path);
    return file
      ? ts.createSourceFile(path, file.text, ts.ScriptTarget.ES2022, true)
      : getSourceFile(path, ...rest);
  };
  const program = ts.createProgram([...files.keys()], { ...options, noUnusedLocals: false }, host);
  return [...files].flatMap(([path, { firstLine, file }]) => {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + firstLine;
      return `${file}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}
