/** Every signature in a PDF: those that its form shows, and those that only lie in the file. */
import type { PdfFile } from './file.js';
import { damaged, is, nameOf, type PdfDictionary, type PdfValue } from './values.js';

/** Each costs a reading of the document as it was then. */
const MAX_SIGNATURES = 64;
const MAX_FIELDS = 10_000;

/** A signature dictionary (ISO 32000-1 section 12.8.1, table 252). */
export interface FoundSignature {
  readonly dictionary: PdfDictionary;
  /** Full name of the field; `undefined` where no field of the form, as it is now, has it for its value. */
  readonly field: string | undefined;
}

export interface SignatureField {
  readonly name: string;
  readonly value: PdfValue;
}

/** In the order in which they stand in the file, which is that of signing. */
export async function findSignatures(file: PdfFile): Promise<readonly FoundSignature[]> {
  const byStart = new Map<number, FoundSignature>();
  for (const dictionary of await looseSignatures(file))
    byStart.set(dictionary.extent.start, { dictionary, field: undefined });
  for (const { name, value } of await signatureFields(file)) {
    if (value === null) continue;
    const entry = is(value, 'reference') ? file.entries.get(value.number) : undefined;
    // Where it stands in the file has to be known.
    if (!is(value, 'reference') || entry?.kind !== 'plain')
      throw damaged('the value of a signature field is no object of its own', 0);
    const dictionary = await file.object(value.number, value.generation);
    if (!is(dictionary, 'dictionary')) throw damaged('the value of a signature field is no dictionary', 0);
    const { start } = dictionary.extent;
    // One signature is the value of one field.
    if (byStart.get(start)?.field !== undefined) throw damaged('two fields have one signature', start);
    byStart.set(start, { dictionary, field: name });
  }
  if (byStart.size > MAX_SIGNATURES) throw damaged(`more than ${MAX_SIGNATURES} signatures`, 0);
  return [...byStart.values()].sort((a, b) => a.dictionary.extent.start - b.dictionary.extent.start);
}

/** What any section of the file, the earlier ones too, has for an object and looks like a signature. */
async function looseSignatures(file: PdfFile): Promise<readonly PdfDictionary[]> {
  const found: PdfDictionary[] = [];
  const seen = new Set<number>();
  for (const { entries } of file.sections) {
    for (const [number, entry] of entries) {
      if (entry.kind !== 'plain' || seen.has(entry.offset)) continue;
      seen.add(entry.offset);
      const value = await file.at(number, entry);
      if (!is(value, 'dictionary') || !isSignature(value)) continue;
      if (found.push(value) > MAX_SIGNATURES) throw damaged(`more than ${MAX_SIGNATURES} signatures`, 0);
    }
  }
  return found;
}

export function isSignature({ entries }: PdfDictionary): boolean {
  const type = nameOf(entries.get('Type'));
  // Without a type the key that nothing else has.
  return type === 'Sig' || type === 'DocTimeStamp' || entries.has('ByteRange');
}

/** The signature fields of the form (section 12.7.3), signed or not. */
export async function signatureFields(file: PdfFile): Promise<readonly SignatureField[]> {
  const form = await file.resolve((await file.catalog()).entries.get('AcroForm'));
  if (!is(form, 'dictionary')) return [];
  const found: SignatureField[] = [];
  const seen = new Set<number>();
  await walk(form.entries.get('Fields'), { path: '', type: undefined, value: null });
  return found;

  async function walk(list: PdfValue | undefined, above: Inherited): Promise<void> {
    const fields = await file.resolve(list);
    if (!is(fields, 'array')) return;
    for (const reference of fields.items) {
      if (is(reference, 'reference')) {
        if (seen.has(reference.number) || seen.size === MAX_FIELDS) throw damaged('its form has no end', 0);
        seen.add(reference.number);
      }
      const field = await file.resolve(reference);
      if (is(field, 'dictionary')) await visit(field, above);
    }
  }

  async function visit({ entries }: PdfDictionary, above: Inherited): Promise<void> {
    const title = await file.resolve(entries.get('T'));
    const own = is(title, 'string') ? textOf(title.bytes) : undefined;
    const path = [above.path, own].filter((part) => part).join('.');
    const type = nameOf(await file.resolve(entries.get('FT'))) ?? above.type;
    const value = entries.get('V') ?? above.value;
    const children = await file.resolve(entries.get('Kids'));
    // Widgets without a name are places of one field, not fields.
    const isParent = is(children, 'array') && (await hasNamedChild(children.items));
    if (isParent) await walk(children, { path, type, value });
    else if (type === 'Sig') found.push({ name: path, value });
  }

  async function hasNamedChild(items: readonly PdfValue[]): Promise<boolean> {
    for (const item of items) {
      const child = await file.resolve(item);
      if (is(child, 'dictionary') && (child.entries.has('T') || child.entries.has('V'))) return true;
    }
    return false;
  }
}

interface Inherited {
  readonly path: string;
  readonly type: string | undefined;
  readonly value: PdfValue;
}

const UTF_16 = new TextDecoder('utf-16be');
const UTF_8 = new TextDecoder();
const LATIN = new TextDecoder('latin1');

/** A text string (section 7.9.2.2); what is in no Unicode is taken for Latin-1, which its encoding nearly is. */
export function textOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return UTF_16.decode(bytes.subarray(2));
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return UTF_8.decode(bytes.subarray(3));
  return LATIN.decode(bytes);
}

const DATE = /^D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:Z(?:00'?00'?)?|([+-])(\d\d)'?(\d\d)'?)$/;

/** A date with its seconds and zone (section 7.9.4); `undefined` for any other text. */
export function dateOf(value: PdfValue | undefined): Date | undefined {
  if (!is(value, 'string')) return undefined;
  const match = DATE.exec(textOf(value.bytes));
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const offset = (Number(match[8] ?? 0) * 60 + Number(match[9] ?? 0)) * (match[7] === '-' ? -1 : 1);
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second) - offset * 60_000);
  const isReal =
    month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 && second < 60;
  return isReal ? time : undefined;
}

/** The level of a certification (DocMDP, section 12.8.2.2): 1 allows no change; `undefined` where there is none. */
export async function certificationOf(file: PdfFile, signature: PdfDictionary): Promise<number | undefined> {
  const list = await file.resolve(signature.entries.get('Reference'));
  if (!is(list, 'array')) return undefined;
  for (const item of list.items) {
    const reference = await file.resolve(item);
    if (!is(reference, 'dictionary') || nameOf(reference.entries.get('TransformMethod')) !== 'DocMDP')
      continue;
    const parameters = await file.resolve(reference.entries.get('TransformParams'));
    const level = is(parameters, 'dictionary') ? await file.resolve(parameters.entries.get('P')) : null;
    return typeof level === 'number' ? level : 2;
  }
  return undefined;
}
