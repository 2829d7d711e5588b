/** The import rule of the design, as a check of source text: see test/floors.test.ts. */
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';

/** The floors of the design from the top to the bottom. Files beside the folders are the entry or the base. */
const FLOORS = [
  'entry',
  'cli',
  'signature',
  'recovery',
  'virtual',
  'transcript',
  'jpki',
  'certificate',
  'iso7816',
  'transport',
  'base',
] as const;
type Floor = (typeof FLOORS)[number];

/** Every floor may use the base. Anything else it takes begins with one of these paths; `type` takes types alone. */
const TAKES: Readonly<Record<Floor, readonly (string | { readonly type: string })[]>> = {
  entry: [''],
  cli: [''],
  signature: ['jpki/', 'certificate/'],
  recovery: [{ type: 'jpki/' }],
  virtual: [
    'iso7816/',
    'jpki/files.ts',
    'jpki/pin.ts',
    'certificate/profile.ts',
    'transport/connection.ts',
    'transport/open-key.ts',
  ],
  transcript: ['iso7816/', 'jpki/files.ts', 'transport/connection.ts', 'transport/open-key.ts'],
  jpki: ['iso7816/', 'certificate/', 'transport/connection.ts'],
  certificate: [],
  iso7816: ['transport/connection.ts', 'transport/open-key.ts'],
  transport: [],
  base: [],
};

/** The one step over the interface of the transport: `openJpki` connects, then selects. */
const EXCEPTIONS: Readonly<Record<string, string>> = { 'jpki/open.ts': 'transport/pcsc.ts' };

const BASE = /^(errors|bytes|arguments|ending-signals|node-module|trace)\.ts$/;
const PCSC = /^transport\/pcsc(\/[^/]*)?\.ts$/;
/** How those that may touch Node come to it, without an import. */
const NODE_MODULE = 'node-module.ts';
/** Asks whether DEBUG is set. */
const TRACE = 'trace.ts';
/** Who may touch Node. The command runs nowhere else; the others must still load in a browser. */
const NODE = [
  /^node-module\.ts$/,
  PCSC,
  /^virtual\/vpcd[^/]*\.ts$/,
  /^transcript\/[^/]*-file\.ts$/,
  /^cli\//,
];
const NODE_GLOBALS = new Set(
  'Buffer process require module __dirname __filename global setImmediate clearImmediate NodeJS'.split(' '),
);

interface Import {
  readonly specifier: string;
  readonly kind: 'static' | 'dynamic' | 'type';
}

interface Source {
  readonly imports: readonly Import[];
  readonly globals: readonly string[];
  readonly other: readonly string[];
}

const isNode = (path: string): boolean => NODE.some((pattern) => pattern.test(path));

function floorOf(path: string): Floor | undefined {
  const [folder, ...rest] = path.split('/');
  if (rest.length === 0 || folder === 'text') return folder === 'text' || BASE.test(path) ? 'base' : 'entry';
  return FLOORS.slice(1, -1).find((floor) => floor === folder);
}

/** What a file imports, in every way TypeScript knows, and which globals of Node it names. */
export function read(path: string, text: string): Source {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
  const imports: Import[] = [];
  const globals: string[] = [];
  const other: string[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind']): void => {
    if (specifier && ts.isStringLiteralLike(specifier)) imports.push({ specifier: specifier.text, kind });
    else if (specifier) other.push(`imports ${specifier.getText()}, which nobody can check`);
  };
  const visit = (node: ts.Node): void => {
    // `import { type A }` still loads the module, as verbatimModuleSyntax has it; only `import type` does not.
    if (ts.isImportDeclaration(node))
      add(
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'static',
      );
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
    else if (ts.isExternalModuleReference(node)) add(node.expression, 'static');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'dynamic');
    else if (ts.isIdentifier(node) && NODE_GLOBALS.has(node.text) && !isName(node)) globals.push(node.text);
    else if (ts.isElementAccessExpression(node) && isGlobalThis(node.expression)) {
      const name = node.argumentExpression;
      if (!ts.isStringLiteralLike(name) || NODE_GLOBALS.has(name.text)) globals.push(name.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  if (
    file.referencedFiles.length + file.typeReferenceDirectives.length + file.libReferenceDirectives.length >
    0
  )
    other.push('has a triple-slash reference');
  return { imports, globals, other };
}

function isGlobalThis(node: ts.Expression): boolean {
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) return isGlobalThis(node.expression);
  return ts.isIdentifier(node) && node.text === 'globalThis';
}

/** Whether an identifier is the name of a member or of what a module calls it, not of a variable. */
function isName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node && !isGlobalThis(parent.expression);
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) return parent.propertyName === node;
  if (ts.isExportSpecifier(parent)) return parent.propertyName !== undefined && parent.name === node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return (
    (ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isObjectLiteralElement(parent)) &&
    parent.name === node
  );
}

/** Why this file may not import that, if it may not. */
function refusal(path: string, { specifier, kind }: Import, packages: readonly string[]): string | undefined {
  if (!specifier.startsWith('.')) return refusePackage(path, specifier, kind, packages);
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts');
  // Its version: the bundle holds it as text.
  if (target === '../package.json') return undefined;
  const [from, to] = [floorOf(path), floorOf(target)];
  if (from === undefined || to === undefined) return `${specifier} is on no floor`;
  if (target === NODE_MODULE && !isNode(path)) return `${specifier} touches Node`;
  if (from !== to) {
    if (FLOORS.indexOf(to) < FLOORS.indexOf(from)) return `${specifier} is a floor above`;
    const taken = TAKES[from].some((part) =>
      typeof part === 'string' ? target.startsWith(part) : kind === 'type' && target.startsWith(part.type),
    );
    if (to !== 'base' && !taken && EXCEPTIONS[path] !== target) return `${specifier} is not for ${from}`;
  } else if (isNode(target) && !isNode(path) && kind !== 'type' && !path.endsWith('index.ts')) {
    return `${specifier} touches Node`;
  }
  return undefined;
}

function refusePackage(path: string, specifier: string, kind: Import['kind'], packages: readonly string[]) {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (specifier.startsWith('node:') || builtinModules.includes(name)) {
    if (!isNode(path)) return `${specifier} is Node`;
    return kind !== 'type' && floorOf(path) !== 'cli'
      ? `${specifier} keeps it out of a browser's bundle: nodeModule() does not`
      : undefined;
  }
  if (!packages.includes(name)) return `${specifier} is no dependency`;
  if (name === 'node-forge' && floorOf(path) !== 'virtual') return 'node-forge is for the virtual card';
  if (name === 'pcsclite' && (!PCSC.test(path) || kind === 'static'))
    return 'pcsclite is loaded when asked for';
  if (name === 'debug' && floorOf(path) !== 'cli' && kind !== 'type' && (path !== TRACE || kind === 'static'))
    return 'debug is for the trace, and loaded when asked for';
  return undefined;
}

/** Every breach of the floors in the files, by path under src. */
export function breaches(files: ReadonlyMap<string, string>, packages: readonly string[]): string[] {
  return [...files].flatMap(([path, text]) => {
    const { imports, globals, other } = read(path, text);
    return [
      ...(floorOf(path) === undefined ? ['is on no floor'] : []),
      ...imports.flatMap((one) => refusal(path, one, packages) ?? []),
      ...(isNode(path) || path === TRACE ? [] : globals.map((name) => `names ${name}, which only Node has`)),
      ...other,
    ].map((reason) => `${path}: ${reason}`);
  });
}
