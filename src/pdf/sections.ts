/** The cross-reference sections of a PDF (ISO 32000-1 sections 7.5.4, 7.5.5 and 7.5.8): tables, streams, and both. */
import { decoded } from './filters.js';
import { readObject, streamData } from './objects.js';
import { damaged, type Extent, is, nameOf, PdfScanner, type PdfValue } from './values.js';

/** Each update of a document has one. */
const MAX_SECTIONS = 1024;
/** Largest object number (ISO 32000-1 annex C). */
const MAX_NUMBER = 8_388_607;
/** Of all sections together: more than any document has, few enough to hold. */
const MAX_ENTRIES = 1_000_000;
/** How far from the end `startxref` may stand. */
const TAIL_BYTES = 2048;

export type ObjectEntry =
  | { readonly kind: 'free' }
  | { readonly kind: 'plain'; readonly offset: number; readonly generation: number }
  | { readonly kind: 'packed'; readonly stream: number; readonly generation: 0 };

export interface Section {
  readonly entries: ReadonlyMap<number, ObjectEntry>;
  readonly trailer: ReadonlyMap<string, PdfValue>;
  /** All of it: with its trailer, or with the data of its stream. */
  readonly extent: Extent;
  readonly isStream: boolean;
}

const LATIN = new TextDecoder('latin1');

/** All of them, the newest first. */
export async function readSections(bytes: Uint8Array): Promise<readonly Section[]> {
  const sections: Section[] = [];
  const seen = new Set<number>();
  const budget = { entries: MAX_ENTRIES };
  let next: PdfValue = lastSection(bytes).offset;
  while (next !== undefined && next !== null) {
    if (typeof next !== 'number' || seen.has(next) || seen.size === MAX_SECTIONS)
      throw damaged('its cross-reference sections do not end', 0);
    seen.add(next);
    const section = await readSection(bytes, next, budget);
    const hybrid = section.isStream ? undefined : section.trailer.get('XRefStm');
    if (typeof hybrid === 'number') {
      const hidden = await readSection(bytes, hybrid, budget);
      sections.push({ ...section, entries: withHidden(section.entries, hidden.entries) }, hidden);
    } else sections.push(section);
    next = section.trailer.get('Prev') ?? null;
  }
  return sections;
}

/** What the last `startxref` says, and where it stands; behind it only `%%EOF` and white space. */
export function lastSection(bytes: Uint8Array): { readonly start: number; readonly offset: number } {
  const from = Math.max(0, bytes.length - TAIL_BYTES);
  const found = /startxref\s+(\d{1,10})\s+%%EOF[\0\s]*$/.exec(LATIN.decode(bytes.subarray(from)));
  if (found === null) throw damaged('it does not end with startxref and %%EOF', bytes.length);
  return { start: from + found.index, offset: Number(found[1]) };
}

/** A table calls those objects free that only a stream beside it knows (section 7.5.8.4). */
function withHidden(table: Section['entries'], stream: Section['entries']): Section['entries'] {
  return new Map(
    [...table].map(([number, entry]) => [
      number,
      entry.kind === 'free' ? (stream.get(number) ?? entry) : entry,
    ]),
  );
}

/** How many more entries are read. */
interface Budget {
  entries: number;
}

async function readSection(bytes: Uint8Array, offset: number, budget: Budget): Promise<Section> {
  const scanner = new PdfScanner(bytes, offset);
  return scanner.passes('xref') ? readTable(scanner, offset, budget) : readStream(bytes, offset, budget);
}

function readTable(scanner: PdfScanner, start: number, budget: Budget): Section {
  const entries = new Map<number, ObjectEntry>();
  while (!scanner.passes('trailer')) {
    const first = scanner.whole();
    const count = scanner.whole();
    for (let number = first; number < first + count; number++) {
      const offset = scanner.whole();
      const generation = scanner.whole();
      const inUse = scanner.passes('n');
      if (!inUse) scanner.expect('f');
      spend(budget, number);
      // Offset 0 is the header's: some programs write it for an object that is not there.
      entries.set(number, inUse && offset > 0 ? { kind: 'plain', offset, generation } : { kind: 'free' });
    }
  }
  const trailer = scanner.value();
  if (!is(trailer, 'dictionary')) throw damaged('no trailer', scanner.at);
  return { entries, trailer: trailer.entries, extent: { start, end: scanner.at }, isStream: false };
}

async function readStream(bytes: Uint8Array, offset: number, budget: Budget): Promise<Section> {
  const header = new PdfScanner(bytes, offset);
  const { value: stream } = readObject(bytes, offset, header.whole(), header.whole());
  if (!is(stream, 'stream') || nameOf(stream.entries.get('Type')) !== 'XRef')
    throw damaged('no cross-reference section', offset);
  const packed = streamData(bytes, stream.start, stream.entries.get('Length') ?? null);
  const data = await decoded(stream.entries, packed.data);
  const widths = numbersOf(stream.entries.get('W'));
  const [typeWidth, firstWidth, secondWidth] = widths ?? [];
  if (typeWidth === undefined || firstWidth === undefined || secondWidth === undefined)
    throw damaged('no widths of its fields', offset);
  // A reference to either is none: another reader may follow it.
  const all = stream.entries.has('Index') ? stream.entries.get('Index') : stream.entries.get('Size');
  const index = typeof all === 'number' ? [0, all] : numbersOf(all);
  if (index === undefined) throw damaged('nothing says which its entries are', offset);
  const entries = new Map<number, ObjectEntry>();
  let at = 0;
  const field = (width: number): number => {
    if (width > 6 || at + width > data.length) throw damaged('its entries end too early', offset);
    let value = 0;
    for (const end = at + width; at < end; at++) value = value * 256 + (data[at] ?? 0);
    return value;
  };
  for (let i = 0; i + 1 < index.length; i += 2) {
    const [first = 0, count = 0] = [index[i], index[i + 1]];
    for (let number = first; number < first + count; number++) {
      spend(budget, number);
      const type = typeWidth === 0 ? 1 : field(typeWidth);
      entries.set(number, entryOf(type, field(firstWidth), field(secondWidth)));
    }
  }
  return { entries, trailer: stream.entries, extent: { start: offset, end: packed.end }, isStream: true };
}

/** Table 18; a type that nobody knows is nothing. */
function entryOf(type: number, first: number, second: number): ObjectEntry {
  if (type === 1) return { kind: 'plain', offset: first, generation: second };
  return type === 2 ? { kind: 'packed', stream: first, generation: 0 } : { kind: 'free' };
}

function spend(budget: Budget, number: number): void {
  if (number > MAX_NUMBER) throw damaged(`an object has the number ${number}`, 0);
  if (--budget.entries < 0) throw damaged('it has too many objects', 0);
}

function numbersOf(value: PdfValue | undefined): readonly number[] | undefined {
  if (!is(value, 'array')) return undefined;
  return value.items.map((item) => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0) throw damaged('no whole number', 0);
    return item;
  });
}
