/** What comments refer to: a document that is shipped, a section that it has, a source in its legend. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

interface Reference {
  readonly at: string;
  readonly to: string;
}

/** What the comments of a folder's sources match; the first group where the expression has one. */
function references(folder: string, what: RegExp): Reference[] {
  const paths = readdirSync(new URL(`${folder}/`, ROOT), { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => path.endsWith('.ts'))
    .flatMap((path) => {
      const comments = text(`${folder}/${path}`).match(/\/\*[\s\S]*?\*\/|\/\/.*/g) ?? [];
      // Code in a comment, between backticks or as an example, refers to nothing.
      const lines = comments.map((comment) =>
        comment
          .replace(/@example[^@]*/g, '')
          .replace(/\n\s*\*/g, '')
          .replace(/`[^`]*`/g, ''),
      );
      return lines.flatMap((line) =>
        [...line.matchAll(what)].map((match) => ({ at: `${folder}/${path}`, to: match[1] ?? match[0] })),
      );
    });
}

function isShipped(path: string): boolean {
  const { files } = JSON.parse(text('package.json')) as { files: string[] };
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  return (
    (files.includes(path) || files.includes(`${folder}*.md`)) &&
    readdirSync(new URL(`./${folder}`, ROOT)).includes(path.slice(folder.length))
  );
}

function sectionsOf(path: string): string[] {
  return isShipped(path) ? [...text(path).matchAll(/^## (\d+)\. /gm)].map(([, number = '']) => number) : [];
}

describe('what comments refer to', () => {
  it('is a document that comes with the package', () => {
    const documents = references('src', /[\w./-]+\.md\b/g);
    expect(documents.length).toBeGreaterThan(10);
    expect(documents.filter(({ to }) => !isShipped(to))).toStrictEqual([]);
  });

  it.each(['src', 'test', 'examples'])('is a section that the document has, in %s', (folder) => {
    const dangling = references(folder, /[\w./-]+\.md,? sections? \d+/g).filter(({ to }) => {
      const [path = ''] = to.split(/,? section/);
      return !sectionsOf(path).includes(/\d+$/.exec(to)?.[0] ?? '');
    });
    expect(dangling).toStrictEqual([]);
  });

  it('is a source of the legend, or an issue of a project that is named', () => {
    const rows = [...text('docs/card.md').matchAll(/^\| \[([^\]]+)\] \|/gm)];
    const legend = rows.map(([, tag = '']) => tag);
    // Brackets of code are no reference: a link to a name of the API, an index, a placeholder.
    const cited = references('src', /\[((?:[A-Za-z][\w-]*[\w.]*(?: [^\],]+)?(?:, )?)+)\](?![[(])/g).flatMap(
      ({ at, to }) => to.split(', ').map((one) => ({ at, to: one })),
    );
    const isOfLegend = ({ to }: Reference) => legend.includes(to.split(' ')[0] ?? '');
    expect(cited.filter(isOfLegend).length).toBeGreaterThan(30);
    const others = cited.filter(
      (one) => !isOfLegend(one) && !/^[\w.-]+ issues? \d+( and \d+)?$/.test(one.to),
    );
    expect(others).toStrictEqual([]);
  });
});
