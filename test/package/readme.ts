/** README and documents as data: their structure, code, tables and links. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { JpkiApplet } from '../../src/index.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  readonly file: string;
  readonly language: string;
  /** Line in the file of its first line of code, from 1. */
  readonly line: number;
  readonly code: string;
}

/** What the text around the snippets says is there. */
export interface Surroundings {
  readonly applet: JpkiApplet;
  readonly signal: AbortSignal;
  /** Of the role whose PIN the snippet verifies. */
  readonly pin: string;
  readonly typed: string;
  readonly current: string;
  readonly next: string;
  readonly nonce: string;
  readonly token: string;
}

/** A table: the cells of its rows below the heading, as written. */
export type Table = readonly (readonly string[])[];

export interface Readme {
  readonly text: string;
  /** What it is made of from top to bottom, the same in every language: `## `, `ts`, `table of 26`. */
  readonly outline: readonly string[];
  readonly headings: readonly string[];
  readonly blocks: readonly Block[];
  readonly tables: readonly Table[];
  /** Code between backticks outside the blocks. */
  readonly inlineCode: readonly string[];
  /** Targets of `[text](target)`. */
  readonly links: readonly string[];
}

/** What is there in English and in Japanese; the English one named. */
export const PAIRS = [
  'README.md',
  ...[
    'card-text',
    'command',
    'documents',
    'library',
    'security',
    'setup',
    'ssh',
    'troubleshooting',
    'virtual-card',
  ].map((subject) => `docs/${subject}.md`),
] as const;
export const japaneseOf = (name: string): string => name.replace(/\.md$/, '.ja.md');
/** What is there in English only. */
export const ENGLISH_ONLY = [
  ...['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'fixtures/README.md'],
  ...['architecture', 'benchmark', 'card', 'performance'].map((subject) => `docs/${subject}.md`),
] as const;

export function readReadme(name: string): Readme {
  const text = readFileSync(`${ROOT}${name}`, 'utf8');
  const outline: string[] = [];
  const headings: string[] = [];
  const blocks: Block[] = [];
  const tables: Table[] = [];
  const prose: string[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.startsWith('```')) {
      const end = lines.indexOf('```', i + 1);
      const language = line.slice(3);
      blocks.push({ file: name, language, line: i + 2, code: lines.slice(i + 1, end).join('\n') });
      outline.push(language);
      i = end;
      continue;
    }
    prose.push(line);
    const heading = /^(#+ )(.+)$/.exec(line);
    if (heading) {
      outline.push(heading[1] ?? '');
      headings.push(heading[2] ?? '');
    } else if (/^\| --- /.test(line)) {
      const rest = lines.slice(i + 1);
      const count = rest.findIndex((row) => !row.startsWith('|'));
      tables.push(
        rest.slice(0, count).map((row) =>
          row
            .split('|')
            .slice(1, -1)
            .map((cell) => cell.trim()),
        ),
      );
      outline.push(`table of ${count}`);
    } else if (line.startsWith('- ')) {
      outline.push('- ');
    }
  }
  const outside = prose.join('\n');
  return {
    ...{ text, outline, headings, blocks, tables },
    inlineCode: [...outside.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? ''),
    links: [...outside.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target ?? ''),
  };
}

/** The shell blocks of the set-up that make a bundle or an executable: test/package/smoke.test.ts runs them. */
export function bundlerBlocks(): readonly Block[] {
  return readReadme('docs/setup.md').blocks.filter(
    ({ language, code }) => language === 'sh' && code.includes('esbuild'),
  );
}

/** The table whose first cells, without backticks, hold `name`. */
export function tableWith({ tables }: Readme, name: string): Table {
  const found = tables.find((rows) => rows.some(([first]) => plain(first) === name));
  if (found === undefined) throw new Error(`no table has a row ${name}`);
  return found;
}

export function plain(cell = ''): string {
  return cell.replaceAll('`', '');
}

/** Where a heading can be linked to, as repository hosts and editors make it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/** TypeScript as a CommonJS body without its comments. */
export function withoutTypes(code: string): string {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      removeComments: true,
    },
  });
  return outputText;
}
