/** What the entry points take, as TypeScript knows it: every argument and option of everything that can be called. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url)).replaceAll('\\', '/');
export const ENTRIES = [
  'index.ts',
  'card-text/index.ts',
  'signature/cms.ts',
  'iso7816/index.ts',
  'pdf/index.ts',
  'recovery/index.ts',
  'ssh/index.ts',
  'transcript/index.ts',
  'virtual/index.ts',
];

/** A function, constructor or method. */
export interface Callable {
  /** `signCms`, `new CardChannel`, `JpkiApplet.select`, `JpkiApplet.sign`. */
  readonly name: string;
  /** Whether it is declared to return a promise, and so must not throw. */
  readonly isAsync: boolean;
  /** `role`, `options`, `options.scheme`: an argument, and whatever a program may set in it. */
  readonly paths: readonly string[];
  /** Of the arguments those that have no default. */
  readonly needed: readonly string[];
  /** Of these the optional ones that a program compiled with exactOptionalPropertyTypes cannot set to `undefined`. */
  readonly exact: readonly string[];
}

/** In the order of the entry points. */
export function callables(): Callable[] {
  const program = ts.createProgram(
    ENTRIES.map((entry) => SRC + entry),
    {
      strict: true,
      exactOptionalPropertyTypes: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
      resolveJsonModule: true,
      skipLibCheck: true,
      types: ['node'],
    },
  );
  const checker = program.getTypeChecker();
  const found = new Map<string, Callable>();

  for (const entry of ENTRIES) {
    const file = program.getSourceFile(SRC + entry);
    const module = file && checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${entry} exports nothing`);
    for (const exported of checker.getExportsOfModule(module)) addExport(exported);
  }
  return [...found.values()];

  function addExport(exported: ts.Symbol): void {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const { name } = exported;
    for (const declaration of symbol.declarations ?? []) {
      if (ts.isFunctionDeclaration(declaration)) add(name, declaration);
      if (ts.isVariableDeclaration(declaration)) addConstructors(name, checker.getTypeOfSymbol(symbol));
      if (ts.isInterfaceDeclaration(declaration)) addMembers(name, declaration.members, false);
      if (ts.isClassDeclaration(declaration)) addMembers(name, declaration.members, !isTypeOnly(exported));
    }
  }

  function addConstructors(name: string, type: ts.Type): void {
    for (const { declaration } of type.getConstructSignatures()) {
      if (declaration && !ts.isJSDocSignature(declaration)) add(`new ${name}`, declaration);
    }
  }

  function addMembers(
    owner: string,
    members: readonly (ts.ClassElement | ts.TypeElement)[],
    hasValue: boolean,
  ): void {
    for (const member of members) {
      const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
      if (flags & ts.ModifierFlags.Private) continue;
      if (ts.isConstructorDeclaration(member) && hasValue) add(`new ${owner}`, member);
      const isMethod = ts.isMethodDeclaration(member) || ts.isMethodSignature(member);
      if (!isMethod || !ts.isIdentifier(member.name)) continue;
      // Only the type of a class can be had: nobody can reach what is static.
      if (flags & ts.ModifierFlags.Static && !hasValue) continue;
      add(`${owner}.${member.name.text}`, member);
    }
  }

  function add(name: string, declaration: ts.SignatureDeclaration): void {
    const signature = checker.getSignatureFromDeclaration(declaration);
    if (!signature) throw new Error(`${name} has no signature`);
    const exact: string[] = [];
    const paths = declaration.parameters.flatMap((parameter) =>
      pathsOf(parameter.name.getText(), typeOf(parameter), exact),
    );
    const needed = declaration.parameters
      .filter((parameter) => !parameter.dotDotDotToken && !checker.isOptionalParameter(parameter))
      .map((parameter) => parameter.name.getText());
    const returned = checker.getReturnTypeOfSignature(signature);
    if (paths.length > 0)
      found.set(name, { name, isAsync: returned.symbol?.name === 'Promise', paths, needed, exact });
  }

  /** Of the rest parameter that the details of an error are, the details. */
  function typeOf(parameter: ts.ParameterDeclaration): ts.Type {
    const type = checker.getTypeAtLocation(parameter);
    if (!parameter.dotDotDotToken || checker.isArrayType(type)) return type;
    const constraint = checker.getBaseConstraintOfType(type) ?? type;
    const tuple = constraint.isUnion() ? constraint.types[0] : constraint;
    const [first] = tuple ? checker.getTypeArguments(tuple as ts.TypeReference) : [];
    return first ? checker.getApparentType(checker.getNonNullableType(first)) : type;
  }

  function pathsOf(path: string, declared: ts.Type, exact: string[]): string[] {
    const type = checker.getNonNullableType(declared);
    return [path, ...settable(type).flatMap((property) => below(path, property, exact))];
  }

  function below(path: string, property: ts.Symbol, exact: string[]): string[] {
    const type = checker.getTypeOfSymbol(property);
    const name = `${path}.${property.name}`;
    const types = type.isUnion() ? type.types : [type];
    const isAny = (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
    // What stands for "left out" is another type than `undefined` under exactOptionalPropertyTypes.
    if (property.flags & ts.SymbolFlags.Optional && !isAny && !types.includes(checker.getUndefinedType()))
      exact.push(name);
    return pathsOf(name, type, exact);
  }

  /** The properties of an object that a program writes as a literal: none of a class, a list or what the platform has. */
  function settable(type: ts.Type): readonly ts.Symbol[] {
    if (!(type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || type.isClass()) return [];
    if (checker.isArrayType(type) || type.getCallSignatures().length > 0) return [];
    const properties = checker.getPropertiesOfType(type);
    const isOurs = (symbol: ts.Symbol): boolean =>
      (symbol.declarations ?? []).every((declaration) =>
        declaration.getSourceFile().fileName.startsWith(SRC),
      );
    return properties.every(isOurs) ? properties : [];
  }
}

function isTypeOnly(exported: ts.Symbol): boolean {
  return (exported.declarations ?? []).some(
    (declaration) =>
      ts.isExportSpecifier(declaration) && (declaration.isTypeOnly || declaration.parent.parent.isTypeOnly),
  );
}
