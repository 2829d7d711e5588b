/** A PDF as its cross-reference sections describe it: the objects that count, and those of earlier revisions. */
import { decoded } from './filters.js';
import { readObject, streamData } from './objects.js';
import { refused } from './refused.js';
import { lastSection, type ObjectEntry, readSections, type Section } from './sections.js';
import {
  damaged,
  is,
  nameOf,
  type PdfDictionary,
  PdfScanner,
  type PdfStream,
  type PdfValue,
} from './values.js';

/** Bytes of the largest document that is taken, 268,435,456: it is held in memory as a whole. */
export const MAX_PDF_BYTES = 256 * 1024 * 1024;

/** What all object streams may grow to, of a document and of its earlier revisions together. */
const MAX_UNPACKED_BYTES = 128 * 1024 * 1024;
/** How often a document may be gone through for its objects, which would take the square of it inside each other … */
const MAX_PASSES = 16;
/** … and how much more for what it has packed: a few kilobytes unpack to megabytes, of which a second reads some twenty. */
const PACKED_WORK_BYTES = 32 * 1024 * 1024;

const LATIN = new TextDecoder('latin1');

/** `%PDF-1.7`. */
const HEADER_BYTES = 8;
const SPACE = 0x20;

/** What one document, with all its revisions, may cost who judges it. */
class Budget {
  #work: number;
  #unpacked = MAX_UNPACKED_BYTES;

  constructor(length: number) {
    this.#work = MAX_PASSES * length + PACKED_WORK_BYTES;
  }

  /** Bytes that were gone through for an object. */
  read(bytes: number): void {
    this.#work -= bytes;
    if (this.#work < 0) throw damaged('its objects overlap, or are too many for its size', 0);
  }

  unpacked(bytes: number): void {
    this.#unpacked -= bytes;
    if (this.#unpacked < 0) throw damaged('its object streams are too large', 0);
  }
}

/**
 * An object stream: the bytes of each object, and what stands between it and the next. They are read when they are asked
 * for: read, they take a hundred times the memory.
 */
type Unpacked = ReadonlyMap<number, Uint8Array>;

export class PdfFile {
  readonly bytes: Uint8Array;
  /** The newest first. */
  readonly sections: readonly Section[];
  /** What counts of each object number. */
  readonly entries: ReadonlyMap<number, ObjectEntry>;
  readonly #budget: Budget;
  readonly #contents = new Map<number, Promise<Unpacked>>();

  private constructor(bytes: Uint8Array, sections: readonly Section[], budget: Budget) {
    this.bytes = bytes;
    this.#budget = budget;
    this.sections = sections;
    const entries = new Map<number, ObjectEntry>();
    for (const section of sections)
      for (const [number, entry] of section.entries) if (!entries.has(number)) entries.set(number, entry);
    this.entries = entries;
  }

  /**
   * @param whole the document that these bytes are an earlier revision of, whose budget they share
   * @throws JpkiError `PDF_REFUSED` for what is no PDF, is damaged, encrypted or too large
   */
  static async read(bytes: Uint8Array, whole?: PdfFile): Promise<PdfFile> {
    if (bytes.length > MAX_PDF_BYTES) throw refused((texts) => texts.pdf.tooLarge(MAX_PDF_BYTES));
    if (LATIN.decode(bytes.subarray(0, 5)) !== '%PDF-') throw refused((texts) => texts.pdf.noPdf);
    const budget = whole ? whole.#budget : new Budget(bytes.length);
    const file = new PdfFile(bytes, await readSections(bytes), budget);
    if (file.sections.some(({ trailer }) => trailer.has('Encrypt')))
      throw refused((texts) => texts.pdf.encrypted);
    return file;
  }

  get trailer(): ReadonlyMap<string, PdfValue> {
    return this.sections[0]?.trailer ?? new Map();
  }

  async catalog(): Promise<PdfDictionary> {
    const root = await this.resolve(this.trailer.get('Root'));
    if (!is(root, 'dictionary')) throw damaged('no catalog', 0);
    return root;
  }

  /** What a reference leads to; nothing where there is no such object (ISO 32000-1 section 7.3.10). */
  async resolve(value: PdfValue | undefined): Promise<PdfValue> {
    let found = value ?? null;
    for (let steps = 0; is(found, 'reference'); steps++) {
      if (steps > 16) throw damaged('references in a circle', 0);
      found = await this.object(found.number, found.generation);
    }
    return found;
  }

  async object(number: number, generation = 0): Promise<PdfValue> {
    const entry = this.entries.get(number);
    if (entry === undefined || entry.kind === 'free' || entry.generation !== generation) return null;
    return this.at(number, entry);
  }

  /** The object of an entry, which an earlier revision may have. */
  async at(number: number, entry: ObjectEntry): Promise<PdfValue> {
    if (entry.kind === 'free') return null;
    if (entry.kind === 'plain') {
      const { value, end } = readObject(this.bytes, entry.offset, number, entry.generation);
      this.#budget.read(end - entry.offset);
      return value;
    }
    const bytes = (await this.#objectStream(entry.stream)).get(number);
    if (bytes === undefined) throw damaged(`object ${number} is not in its stream`, 0);
    return this.#readPacked(bytes);
  }

  /** The data of a stream as it stands. */
  async data(stream: PdfStream): Promise<Uint8Array> {
    return (await this.#streamData(stream)).data;
  }

  async #streamData({ entries, start }: PdfStream): Promise<ReturnType<typeof streamData>> {
    return streamData(this.bytes, start, await this.resolve(entries.get('Length')));
  }

  async #objectStream(number: number): Promise<Unpacked> {
    const reading = this.#contents.get(number) ?? this.#readObjectStream(number);
    this.#contents.set(number, reading);
    return reading;
  }

  /**
   * The document for a lenient reader: everything is white space but what the sections lead to, and of streams that are
   * not the document's structure there is only the dictionary. Such a reader takes what looks like an object wherever it stands,
   * looks for its end again and again, and has no limits: of 900 bytes it made a thousand million entries. The object
   * streams of all revisions are unpacked here first, within the budget, and each object in them is read.
   */
  async counted(): Promise<Uint8Array> {
    const containers = new Set<number>();
    for (const { entries } of this.sections)
      for (const entry of entries.values()) if (entry.kind === 'packed') containers.add(entry.stream);
    const { length } = this.bytes;
    const ends = new Map([
      [0, HEADER_BYTES],
      [lastSection(this.bytes).start, length],
    ]);
    for (const { extent } of this.sections) ends.set(extent.start, extent.end);
    for (const { entries } of this.sections)
      for (const [number, entry] of entries)
        if (entry.kind === 'plain' && !ends.has(entry.offset))
          ends.set(entry.offset, await this.#countedEnd(number, entry, containers.has(number)));
    const counted = new Uint8Array(length).fill(SPACE);
    let last = 0;
    for (const [start, end] of [...ends].sort(([a], [b]) => a - b)) {
      if (start < last) throw damaged('its objects overlap', start);
      counted.set(this.bytes.subarray(start, end), start);
      last = end;
    }
    return counted;
  }

  async #countedEnd(
    number: number,
    entry: Extract<ObjectEntry, { kind: 'plain' }>,
    isContainer: boolean,
  ): Promise<number> {
    const { value, end } = readObject(this.bytes, entry.offset, number, entry.generation);
    this.#budget.read(end - entry.offset);
    if (!isContainer || !is(value, 'stream')) return end;
    const isNewest = entry === this.entries.get(number);
    const objects = await (isNewest ? this.#objectStream(number) : this.#unpack(number, value));
    for (const bytes of objects.values()) this.#readPacked(bytes);
    return (await this.#streamData(value)).end;
  }

  /** An object of an object stream, which ends where the next one begins. */
  #readPacked(bytes: Uint8Array): PdfValue {
    const scanner = new PdfScanner(bytes, 0);
    const value = scanner.value();
    this.#budget.read(scanner.at);
    return value;
  }

  async #readObjectStream(number: number): Promise<Unpacked> {
    const entry = this.entries.get(number);
    return this.#unpack(number, entry?.kind === 'plain' ? await this.at(number, entry) : null);
  }

  /** ISO 32000-1 section 7.5.7. */
  async #unpack(number: number, stream: PdfValue): Promise<Unpacked> {
    if (!is(stream, 'stream') || nameOf(stream.entries.get('Type')) !== 'ObjStm')
      throw damaged(`object ${number} is no object stream`, 0);
    const content = await decoded(stream.entries, await this.data(stream));
    this.#budget.unpacked(content.length);
    const [count, first] = [stream.entries.get('N'), stream.entries.get('First')];
    if (typeof count !== 'number' || typeof first !== 'number')
      throw damaged('an object stream has no N or First', 0);
    const header = new PdfScanner(content, 0);
    const starts: (readonly [number: number, start: number])[] = [];
    for (let i = 0; i < count; i++) starts.push([header.whole(), first + header.whole()]);
    const objects = new Map<number, Uint8Array>();
    for (const [i, [inside, start]] of starts.entries()) {
      const end = starts[i + 1]?.[1] ?? content.length;
      // "The byte offsets shall be in increasing order": no object is inside another.
      if (start >= end || objects.has(inside))
        throw damaged(`object ${inside} is not alone in its stream`, 0);
      objects.set(inside, content.subarray(start, end));
    }
    return objects;
  }
}
