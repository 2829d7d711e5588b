/** PDFs put together by hand, and what an attacker adds to them. */
import { deflateSync } from 'node:zlib';
import type { MessageCraft } from '../signature/support.js';
import { craftCms } from '../signature/support.js';

/** The text of objects by their numbers. */
export type Objects = Readonly<Record<number, string>>;

export const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
export const textOf = (pdf: Uint8Array): string => Buffer.from(pdf).toString('latin1');

const stream = (content: string, more = ''): string =>
  `<< ${more}/Length ${content.length} >>\nstream\n${content}\nendstream`;

/** What the page says. */
export const pageText = (text: string): string => stream(`BT /F 18 Tf 20 100 Td (${text}) Tj ET`);

/** A contract of one page: catalog 1, pages 2, page 3, what it says 4, font 5. */
export const CONTRACT: Objects = {
  1: '<< /Type /Catalog /Pages 2 0 R >>',
  2: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
  3: '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>',
  4: pageText('Rent: 500'),
  5: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
};

const HEADER = '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n';

/** A new document whose cross references are a table. */
export const pdfOf = (objects: Objects = CONTRACT, trailer = '/Root 1 0 R'): Uint8Array =>
  append(latin(HEADER), objects, trailer);

/** An update behind the end, or the whole of a document. `Size` and the entries come by themselves. */
export function append(pdf: Uint8Array, objects: Objects, trailer: string): Uint8Array {
  let text = textOf(pdf);
  const rows: string[] = [];
  for (const [number, object] of Object.entries(objects)) {
    rows.push(`${number} 1\n${String(text.length).padStart(10, '0')} 00000 n \n`);
    text += `${number} 0 obj\n${object}\nendobj\n`;
  }
  const size = `/Size ${Math.max(...Object.keys(objects).map(Number)) + 50}`;
  const table = `xref\n0 1\n0000000000 65535 f \n${rows.join('')}trailer\n<< ${size} ${trailer} >>\n`;
  return latin(`${text}${table}startxref\n${text.length}\n%%EOF\n`);
}

/** Where the newest cross references are. */
export const lastSection = (pdf: Uint8Array): string =>
  /startxref\s+(\d+)\s+%%EOF\s*$/.exec(textOf(pdf))?.[1] ?? 'none';

/** An update that leads back to what was there. */
export const update = (pdf: Uint8Array, objects: Objects, more = ''): Uint8Array =>
  append(pdf, objects, `/Root 1 0 R /Prev ${lastSection(pdf)} ${more}`);

/** The same contract with its cross references in a stream and most objects in another, which may be packed. */
export function streamed(objects: Objects = CONTRACT, pack = false): Uint8Array {
  const packed = Object.entries(objects).filter(([, object]) => !object.includes('stream'));
  const plain = Object.entries(objects).filter(([, object]) => object.includes('stream'));
  const size = Math.max(...Object.keys(objects).map(Number)) + 3;
  const container = size - 2;
  let offset = 0;
  const header = packed.map(([number, object]) => {
    const entry = `${number} ${offset}`;
    offset += object.length + 1;
    return entry;
  });
  const first = `${header.join(' ')}\n`;
  const content = first + packed.map(([, object]) => `${object}\n`).join('');
  plain.push([
    String(container),
    stream(
      pack ? deflateSync(latin(content)).toString('latin1') : content,
      `/Type /ObjStm /N ${packed.length} /First ${first.length} ${pack ? '/Filter /FlateDecode ' : ''}`,
    ),
  ]);
  let text = HEADER;
  const entries = Array.from({ length: size }, () => [0, 0, 0]);
  for (const [index, [number]] of packed.entries()) entries[Number(number)] = [2, container, index];
  for (const [number, object] of plain) {
    entries[Number(number)] = [1, text.length, 0];
    text += `${number} 0 obj\n${object}\nendobj\n`;
  }
  entries[size - 1] = [1, text.length, 0];
  const table = Buffer.concat(
    entries.map(([type = 0, a = 0, b = 0]) =>
      Buffer.from([type, a >>> 24, a >>> 16, a >>> 8, a, b >>> 8, b]),
    ),
  );
  const own = stream(table.toString('latin1'), `/Type /XRef /W [1 4 2] /Size ${size} /Root 1 0 R `);
  return latin(`${text}${size - 1} 0 obj\n${own}\nendobj\nstartxref\n${text.length}\n%%EOF\n`);
}

/** Cross references in a table for old readers, and for new ones a stream that knows one object more. */
export function hybrid(): Uint8Array {
  const { 5: font = '', ...others } = CONTRACT;
  const body = textOf(pdfOf(others));
  const end = body.indexOf('xref\n');
  const table = body.slice(end, body.indexOf('trailer'));
  let text = body.slice(0, end);
  const first = '5 0\n';
  const container = text.length;
  text += `6 0 obj\n${stream(first + font, `/Type /ObjStm /N 1 /First ${first.length} `)}\nendobj\n`;
  const section = text.length;
  const entries = Buffer.concat(
    [
      [2, 6, 0],
      [1, container, 0],
    ].map(([type = 0, a = 0, b = 0]) => Buffer.from([type, a >>> 24, a >>> 16, a >>> 8, a, b >>> 8, b])),
  );
  const own = stream(entries.toString('latin1'), '/Type /XRef /W [1 4 2] /Size 8 /Index [5 2] /Root 1 0 R ');
  text += `7 0 obj\n${own}\nendobj\n`;
  // Section 7.5.8.4: free for those who do not know the stream.
  const trailer = `5 1\n0000000000 65535 f \ntrailer\n<< /Size 8 /Root 1 0 R /XRefStm ${section} >>\n`;
  return latin(`${text}${table}${trailer}startxref\n${text.length}\n%%EOF\n`);
}

/** A contract of that many pages. */
export function paged(pages: number): Uint8Array {
  const kids = Array.from({ length: pages }, (_, i) => 10 + 2 * i);
  const objects: Record<number, string> = {
    ...CONTRACT,
    2: `<< /Type /Pages /Kids [${kids.map((kid) => `${kid} 0 R`).join(' ')}] /Count ${pages} >>`,
  };
  for (const kid of kids) {
    objects[kid] = (CONTRACT[3] ?? '').replace('4 0 R', `${kid + 1} 0 R`);
    objects[kid + 1] = pageText(`Page ${kid}`);
  }
  return pdfOf(objects);
}

/** One red pixel (PNG, RFC 2083). */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

/** What a forger may do to a signature; everything left out is as it should be. */
export interface SignatureCraft {
  readonly subFilter?: string;
  /** More of the dictionary. */
  readonly more?: string;
  /** More of the trailer. */
  readonly trailer?: string;
  /** Other objects of the same update. */
  readonly objects?: Objects;
  /** Objects that put the signature into the form; `{}` for one that lies in the file alone. */
  readonly form?: Objects;
  readonly range?: (range: readonly [number, number, number, number]) => readonly number[];
  /** What stands in Contents, for the message as hexadecimal and the room there is. */
  readonly contents?: (hex: string, room: number) => string;
  readonly message?: Omit<MessageCraft, 'content' | 'attached'>;
}

/** The first number of a hand-made signature: its dictionary; its field is the next. */
export const SIGNATURE = 20;
const ROOM = 16_000;

const formOf = (fields: string): string =>
  `<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${fields}] /SigFlags 3 >> >>`;
const fieldOf = (value: number): string =>
  `<< /Type /Annot /Subtype /Widget /FT /Sig /T (S${value}) /V ${value} 0 R /F 132 /P 3 0 R /Rect [0 0 0 0] >>`;

/** The form with the fields of some hand-made signatures, the last of which is new. */
export const inForm = (...values: readonly number[]): Objects => {
  const last = values.at(-1) ?? SIGNATURE;
  return {
    1: formOf(values.map((value) => `${value + 1} 0 R`).join(' ')),
    3: (CONTRACT[3] ?? '').replace(
      '/Contents',
      `/Annots [${values.map((value) => `${value + 1} 0 R`).join(' ')}] /Contents`,
    ),
    [last + 1]: fieldOf(last),
  };
};

/** A signature without the code under test: with the card's key, by hand. */
export async function handSigned(
  pdf: Uint8Array,
  craft: SignatureCraft = {},
  number = SIGNATURE,
): Promise<Uint8Array> {
  const { subFilter = 'adbe.pkcs7.detached', more = '', objects = {}, form = inForm(number) } = craft;
  const gap = '0'.repeat(ROOM);
  const dictionary = `<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /${subFilter} ${more} /ByteRange [${' '.repeat(44)}] /Contents <${gap}> >>`;
  const bytes = Buffer.from(update(pdf, { ...form, ...objects, [number]: dictionary }, craft.trailer));
  const start = bytes.indexOf(`<${gap}>`, 0, 'latin1');
  const end = start + ROOM + 2;
  const range = [0, start, end, bytes.length - end] as const;
  const written = (craft.range?.(range) ?? range).join(' ').padEnd(44);
  bytes.write(written, bytes.indexOf(`[${' '.repeat(44)}]`, pdf.length, 'latin1') + 1, 'latin1');
  const content = Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  const cms = await craftCms({ ...craft.message, content, attached: 'none' });
  const hex = Buffer.from(cms).toString('hex');
  bytes.write((craft.contents?.(hex, ROOM) ?? hex.padEnd(ROOM, '0')).padEnd(ROOM, '0'), start + 1, 'latin1');
  return bytes;
}

/** The same bytes with one text in place of another of its length. */
export function swapped(pdf: Uint8Array, from: string, to: string): Uint8Array {
  const text = textOf(pdf);
  const at = text.lastIndexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`cannot put "${to}" for "${from}"`);
  return latin(text.slice(0, at) + to + text.slice(at + from.length));
}
