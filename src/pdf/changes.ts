/**
 * What became of a document behind a signature. Another signature may have been added and nothing else: its field on the
 * form, its place on a page. Everything that could change what a reader shows is a finding, whoever signed it.
 */

import { equalBytes } from '../bytes.js';
import type { PdfFile } from './file.js';
import { type PdfFinding, remark } from './findings.js';
import type { ObjectEntry } from './sections.js';
import { isSignature } from './signatures.js';
import { is, nameOf, type PdfValue } from './values.js';

type Entries = ReadonlyMap<string, PdfValue>;

const FREE: ObjectEntry = { kind: 'free' };

/** Compares the document as it was signed with the one that it has become. */
export async function judgeChanges(before: PdfFile, after: PdfFile): Promise<readonly PdfFinding[]> {
  const changed: number[] = [];
  const added = new Set<number>();
  // Also what a section that leads back to none of the earlier ones leaves out.
  for (const number of new Set([...before.entries.keys(), ...after.entries.keys()])) {
    const old = before.entries.get(number);
    const entry = after.entries.get(number) ?? FREE;
    if (isSame(before, after, old, entry)) continue;
    if (old === undefined || old.kind === 'free') {
      if (entry.kind !== 'free') added.add(number);
    } else if (!(await isUnchanged(before, after, number))) changed.push(number);
  }
  const rules = await rulesOf(before, after);
  const findings: PdfFinding[] = [];
  if (!rules.sameRoot) findings.push(remark('CHANGED_LATER', 'catalog'));
  for (const number of changed) {
    const [old, now] = [await before.object(number), await after.object(number)];
    if (!(await rules.mayBecome(number, old, now)))
      findings.push(remark('CHANGED_LATER', `object ${number}`));
  }
  // A page may name what does not exist, and show it once somebody makes it.
  const awaited = added.size > 0 ? await missingReferences(before) : new Set<number>();
  for (const number of added)
    if (awaited.has(number)) findings.push(remark('CONTENT_ADDED_LATER', `object ${number}`));
  return findings;
}

/** Whether a later signature is seen on a page, and may lie over what was there. */
export async function isSeenLater(before: PdfFile, after: PdfFile): Promise<boolean> {
  for (const [number, entry] of after.entries) {
    const old = before.entries.get(number) ?? FREE;
    if (isSame(before, after, old, entry)) continue;
    const field = entriesOf(await after.at(number, entry));
    if (nameOf(field?.get('FT')) !== 'Sig' || !field?.has('AP') || !hasArea(field.get('Rect'))) continue;
    if (!entriesOf(await before.at(number, old))?.has('AP')) return true;
  }
  return false;
}

/** Unless it is sure that it has none. */
function hasArea(rectangle: PdfValue | undefined): boolean {
  if (!is(rectangle, 'array')) return true;
  const [left, bottom, right, top] = rectangle.items;
  const isFlat = typeof left === 'number' && left === right;
  return !isFlat && !(typeof bottom === 'number' && bottom === top);
}

/** By where it stands, which tells without reading anything. */
function isSame(before: PdfFile, after: PdfFile, old: ObjectEntry | undefined, now: ObjectEntry): boolean {
  if (old?.kind === 'plain' && now.kind === 'plain')
    return old.offset === now.offset && old.generation === now.generation;
  if (old?.kind !== 'packed' || now.kind !== 'packed' || old.stream !== now.stream) return false;
  return isSame(before, after, before.entries.get(old.stream), after.entries.get(now.stream) ?? FREE);
}

async function isUnchanged(before: PdfFile, after: PdfFile, number: number): Promise<boolean> {
  const [old, now] = [before.entries.get(number) ?? FREE, after.entries.get(number) ?? FREE];
  if (old.kind !== 'free' && now.kind !== 'free' && old.generation !== now.generation) return false;
  const [was, became] = [await before.at(number, old), await after.at(number, now)];
  if (!isEqual(was, became)) return false;
  if (!is(was, 'stream') || !is(became, 'stream')) return true;
  return equalBytes(await before.data(was), await after.data(became));
}

/** Whether both are written with one meaning; of streams, their dictionaries. */
export function isEqual(a: PdfValue | undefined, b: PdfValue | undefined): boolean {
  if (a === b) return true;
  if (is(a, 'name') && is(b, 'name')) return a.name === b.name;
  if (is(a, 'string') && is(b, 'string')) return equalBytes(a.bytes, b.bytes);
  if (is(a, 'reference') && is(b, 'reference')) return a.number === b.number && a.generation === b.generation;
  if (is(a, 'array') && is(b, 'array'))
    return a.items.length === b.items.length && a.items.every((item, i) => isEqual(item, b.items[i]));
  if ((is(a, 'dictionary') && is(b, 'dictionary')) || (is(a, 'stream') && is(b, 'stream')))
    return differingKeys(a.entries, b.entries).length === 0;
  return false;
}

function differingKeys(a: Entries, b: Entries): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((key) => !isEqual(a.get(key), b.get(key)));
}

const entriesOf = (value: PdfValue): Entries | undefined =>
  is(value, 'dictionary') ? value.entries : undefined;
const numberOf = (value: PdfValue | undefined): number | undefined =>
  is(value, 'reference') ? value.number : undefined;

/** Title, author and dates, which no page shows (section 14.3.3). */
const INFO: ReadonlySet<string> = new Set([
  'Title',
  'Author',
  'Subject',
  'Keywords',
  'Creator',
  'Producer',
  'ModDate',
]);
const isTextOrNone = (value: PdfValue | undefined): boolean => value === undefined || is(value, 'string');

/** What a signature field and its place may have (sections 12.5.2, 12.5.6.19 and 12.7.4.5): no action, no fields below it. */
const FIELD_KEYS: ReadonlySet<string> = new Set(
  'Type Subtype FT Ff T TU TM V F P Rect AP AS MK BS Border C H DA DR Q NM M Lock SV StructParent'.split(' '),
);

/** What adding a signature changes of what there was (ISO 32000-1 sections 12.5.6.19 and 12.7). */
async function rulesOf(before: PdfFile, after: PdfFile) {
  const [catalog, newCatalog] = [await before.catalog(), await after.catalog()];
  const root = numberOf(before.trailer.get('Root'));
  const form = catalog.entries.get('AcroForm');
  const formDictionary = await before.resolve(form);
  const fields = entriesOf(formDictionary)?.get('Fields');
  const info = numberOf(before.trailer.get('Info'));

  /** A list in which only signature fields, or their places, are new. */
  async function mayGrow(old: PdfValue | undefined, now: PdfValue | undefined): Promise<boolean> {
    if (isEqual(old, now) && numberOf(old) === undefined) return true;
    const [was, list] = [await before.resolve(old), await after.resolve(now)];
    if (!is(list, 'array') || !(was === null || is(was, 'array'))) return false;
    const earlier = was?.items ?? [];
    if (!earlier.every((item, i) => isEqual(item, list.items[i]))) return false;
    const more = await Promise.all(list.items.slice(earlier.length).map(isSignatureField));
    return more.every((good) => good);
  }

  function isNew(value: PdfValue | undefined): boolean {
    const number = numberOf(value);
    return number !== undefined && (before.entries.get(number) ?? FREE).kind === 'free';
  }

  /** One that is found and judged by itself, for which it has to be the very object that is named. */
  async function isNewSignature(value: PdfValue | undefined): Promise<boolean> {
    if (!is(value, 'reference') || !isNew(value)) return false;
    const isPlain = after.entries.get(value.number)?.kind === 'plain';
    const signature = isPlain ? await after.object(value.number, value.generation) : null;
    return is(signature, 'dictionary') && isSignature(signature);
  }

  async function isSignatureField(item: PdfValue): Promise<boolean> {
    // Nothing that was there before turns into a field.
    const entries = isNew(item) ? entriesOf(await after.resolve(item)) : undefined;
    if (entries === undefined || ![...entries.keys()].every((key) => FIELD_KEYS.has(key))) return false;
    if (nameOf(entries.get('FT')) !== 'Sig' || nameOf(entries.get('Subtype')) !== 'Widget') return false;
    // Without a signature it would be a picture on the page that nobody has signed for.
    return isNewSignature(entries.get('V'));
  }

  /** A field that was there to be signed, and is: it may show something now, but nothing else than before. */
  async function isSignedNow(a: Entries, b: Entries): Promise<boolean> {
    const isEmptyField = nameOf(a.get('FT')) === 'Sig' && !a.has('V');
    const keys = differingKeys(a, b).filter((key) => key !== 'V' && (key !== 'AP' || a.has('AP')));
    return isEmptyField && keys.length === 0 && (await isNewSignature(b.get('V')));
  }

  async function mayBecomeForm(old: PdfValue | undefined, now: PdfValue | undefined): Promise<boolean> {
    const [was, becomes] = [await before.resolve(old), await after.resolve(now)];
    if (!is(becomes, 'dictionary') || !(was === null || is(was, 'dictionary'))) return false;
    const [a, b]: Entries[] = [was?.entries ?? new Map(), becomes.entries];
    if (a === undefined || b === undefined) return false;
    const others = differingKeys(a, b).filter((key) => key !== 'Fields' && key !== 'SigFlags');
    return others.length === 0 && (await mayGrow(a.get('Fields'), b.get('Fields')));
  }

  async function mayBecome(number: number, old: PdfValue, now: PdfValue): Promise<boolean> {
    if (number === numberOf(form)) return mayBecomeForm(form, newCatalog.entries.get('AcroForm'));
    if (number === numberOf(fields)) return mayGrow(old, now);
    const [a, b] = [entriesOf(old), entriesOf(now)];
    if (!a || !b) return isAnnotationList(number, old, now);
    const keys = differingKeys(a, b);
    if (number === info)
      return keys.every((key) => INFO.has(key) && [a, b].every((one) => isTextOrNone(one.get(key))));
    if (number === root)
      return (
        keys.every((key) => key === 'AcroForm') && (await mayBecomeForm(a.get('AcroForm'), b.get('AcroForm')))
      );
    if (nameOf(a.get('Type')) === 'Page')
      return keys.every((key) => key === 'Annots') && (await mayGrow(a.get('Annots'), b.get('Annots')));
    return isSignedNow(a, b);
  }

  /** The annotations of a page in an object of their own: an array that only such a page has for them. */
  async function isAnnotationList(number: number, old: PdfValue, now: PdfValue): Promise<boolean> {
    if (!is(old, 'array') || !is(now, 'array')) return false;
    for (const candidate of before.entries.keys()) {
      const entries = entriesOf(await before.object(candidate));
      if (nameOf(entries?.get('Type')) === 'Page' && numberOf(entries?.get('Annots')) === number)
        return mayGrow(old, now);
    }
    return false;
  }

  return { sameRoot: numberOf(after.trailer.get('Root')) === root, mayBecome };
}

/** Numbers that something in the document names and that it does not have. */
async function missingReferences(file: PdfFile): Promise<ReadonlySet<number>> {
  const missing = new Set<number>();
  const look = (value: PdfValue | undefined): void => {
    if (is(value, 'array')) value.items.forEach(look);
    else if (is(value, 'dictionary') || is(value, 'stream')) value.entries.forEach(look);
    else if (is(value, 'reference')) {
      const entry = file.entries.get(value.number);
      if (entry === undefined || entry.kind === 'free') missing.add(value.number);
    }
  };
  for (const [number, entry] of file.entries) look(await file.at(number, entry));
  return missing;
}
