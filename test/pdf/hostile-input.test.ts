/** Documents that are made to cost much, or to be read in two ways. */
import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { JpkiError } from '../../src/index.js';
import { PdfFile } from '../../src/pdf/file.js';
import { signPdf, verifyPdf } from '../../src/pdf/index.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { randomFrom } from '../signature/mutations.js';
import {
  CONTRACT,
  handSigned,
  hybrid,
  inForm,
  latin,
  type Objects,
  pageText,
  pdfOf,
  SIGNATURE,
  streamed,
  swapped,
  textOf,
  update,
} from './documents.js';
import { anchors, openCard } from './support.js';

const outcome = async (pdf: Uint8Array): Promise<string> => {
  try {
    return (await verifyPdf(pdf, { anchors })).valid ? 'valid' : 'invalid';
  } catch (error) {
    if (!JpkiError.is(error)) throw error;
    return `${error.code}: ${error.message}`;
  }
};

/** A document of nothing but a stream of cross references. */
function sectionOf(entries: string, data: Buffer): Uint8Array {
  const head = '%PDF-1.7\n';
  const body = `1 0 obj\n<< /Type /XRef ${entries} /Filter /FlateDecode /Length ${data.length} >>\nstream\n`;
  return latin(
    `${head}${body}${data.toString('latin1')}\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`,
  );
}

it('is not taken by entries that take no bytes', async () => {
  expect(
    await outcome(sectionOf('/W [0 0 0] /Size 8000000 /Root 1 0 R', deflateSync(Buffer.alloc(1)))),
  ).toMatch(/too many objects/);
});

it('is not taken by a stream that grows a thousandfold', async () => {
  const packed = deflateSync(Buffer.alloc(80 * 1024 * 1024));
  expect(packed.length).toBeLessThan(100_000);
  expect(await outcome(sectionOf('/W [1 4 2] /Size 2 /Root 1 0 R', packed))).toMatch(/unpacked/);
});

it('is not taken by objects inside each other, which would take the square of their number', async () => {
  const count = 20_000;
  const objects: Record<number, string> = { ...CONTRACT };
  // Each begins inside the string of the one before it.
  const opened = Array.from({ length: count }, (_, i) => `${100 + i} 0 obj (`);
  objects[99] = `(${opened.join('')}${') endobj '.repeat(count)})`;
  const pdf = textOf(pdfOf(objects));
  let at = pdf.indexOf('100 0 obj (');
  const rows = opened.map((text) => {
    const row = `${String(at).padStart(10, '0')} 00000 n \n`;
    at += text.length;
    return row;
  });
  const table = `xref\n100 ${count}\n${rows.join('')}trailer\n<< /Root 1 0 R /Prev ${pdf.lastIndexOf('xref\n0 1')} >>\n`;
  const forged = latin(`${pdf}${table}startxref\n${pdf.length}\n%%EOF\n`);
  expect(await outcome(forged)).toMatch(/overlap/);
});

/** In the catalog, which is read first. */
const withCatalog = (more: string, make: (objects: Objects) => Uint8Array): Uint8Array =>
  make({ ...CONTRACT, 1: (CONTRACT[1] ?? '').replace('/Pages', `/X ${more} /Pages`) });

it.each([
  ['a name', 'too long', `/${'a'.repeat(2_000)}`, `/${'a'.repeat(500)}`],
  ['a string', 'too long', `(${'a'.repeat(5_000_000)})`, `(${'a'.repeat(1_000_000)})`],
  ['a string in hexadecimal', 'too long', `<${'41'.repeat(2_500_000)}>`, `<${'41'.repeat(500_000)}>`],
  ['an array', 'too many values', `[${'0 '.repeat(1_100_000)}]`, `[${'0 '.repeat(500_000)}]`],
  ['arrays', 'too many values', `[${'[]'.repeat(1_100_000)}]`, `[${'[]'.repeat(500_000)}]`],
])('reads %s of some length, and none of any', async (_name, message, tooMuch, enough) => {
  for (const make of [pdfOf, streamed]) {
    expect(await outcome(withCatalog(enough, make))).toBe('invalid');
    expect(await outcome(withCatalog(tooMuch, make))).toContain(message);
  }
});

it('holds none of the objects of an object stream that nobody asks for', async () => {
  // Read, they would take some hundred million bytes; that they cannot be read shows that nobody tried.
  const unread = { ...CONTRACT, 9: `[${'<<>>'.repeat(1_100_000)}]` };
  expect(await outcome(streamed(unread))).toBe('invalid');
});

it('is not taken by more signatures than anybody gives', async () => {
  const many = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [100 + i, '<< /Type /Sig >>']));
  expect(await outcome(pdfOf({ ...CONTRACT, ...many }))).toMatch(/more than 64 signatures/);
});

it('is not read where an object is twice in its stream', async () => {
  expect(await outcome(swapped(streamed(), '1 0 2 ', '2 0 2 '))).toMatch(/not (alone )?in its stream/);
});

it('is not taken by many objects of a stream that are one, which would be read again for each', async () => {
  const [, second = ''] = /^1 0 2 (\d+) /m.exec(textOf(streamed())) ?? [];
  const atTheFirst = swapped(streamed(), ` 2 ${second} `, ` 2 ${'0'.repeat(second.length)} `);
  expect(await outcome(atTheFirst)).toMatch(/not alone in its stream/);
});

it('is not taken by a small document that unpacks to much, once for each signature in it', async () => {
  // 1.8 MB from 4 kB, which each earlier signature has read twice.
  const objects = { ...CONTRACT, 9: `[${'0 '.repeat(900_000)}]` };
  const numbers = Array.from({ length: 16 }, (_, i) => SIGNATURE + 2 * i);
  let pdf = streamed(objects, true);
  expect(pdf.length).toBeLessThan(8_000);
  const outcomes = [];
  for (const [i, number] of numbers.entries()) {
    pdf = await handSigned(pdf, { form: inForm(...numbers.slice(0, i + 1)) }, number);
    if (i === 2 || i === 15) outcomes.push(await outcome(pdf));
  }
  expect(outcomes).toEqual(['valid', 'invalid']);
});

it.each([
  ['a table', pdfOf()],
  ['streams', streamed()],
])('random changes of a signed document with %s are refused, or invalid', async (_name, pdf) => {
  const signed = await handSigned(pdf);
  expect(await outcome(signed)).toBe('valid');
  const random = randomFrom(11);
  for (let i = 0; i < 300; i++) {
    const changed = new Uint8Array(signed);
    const from = Math.floor(random() * changed.length);
    for (let at = from; at < from + 1 + random() * 40 && at < changed.length; at++)
      changed[at] = (changed[at] ?? 0) ^ (1 + Math.floor(random() * 255));
    // The case of a hexadecimal digit says nothing, and is not covered.
    if (textOf(changed).toLowerCase() !== textOf(signed).toLowerCase())
      expect(await outcome(changed)).not.toBe('valid');
    expect(await outcome(signed.subarray(0, from))).not.toBe('valid');
  }
});

it('takes a document without any object for damaged', async () => {
  expect(await outcome(pdfOf({ 5: CONTRACT[5] ?? '' }))).toMatch(/no catalog/);
});

const streamOf = (entries: string, data: Uint8Array): string =>
  `<< ${entries} /Filter /FlateDecode /Length ${data.length} >>\nstream\n${textOf(data)}\nendstream`;
const entriesWithoutEnd = (type: string): string =>
  streamOf(
    `/Type ${type} /W [1 2 1] /Index [0 1000000000] /Size 1000000000`,
    deflateSync(Buffer.alloc(1000)),
  );
const bomb = (type: string): string =>
  streamOf(`/Type ${type} /N 1 /First 4`, deflateSync(Buffer.alloc(16 * 1024 * 1024, 0x20)));

/** With an object of its own in its object stream. */
const withPacked = (object: string): Uint8Array => streamed({ ...CONTRACT, 6: object });
/** The same contract with that between its last object and its table. */
const withGap = (gap: string): Uint8Array => {
  const text = textOf(pdfOf());
  const at = text.indexOf('xref\n0 1');
  return latin(
    text.slice(0, at) + gap + text.slice(at).replace(/startxref\n\d+/, `startxref\n${at + gap.length}`),
  );
};

// What makes the update takes what looks like an object wherever it stands, looks for its end, and has no limits.
it.each<readonly [string, () => Uint8Array]>([
  ['cross references that nothing leads to', () => update(pdfOf(), { 40: entriesWithoutEnd('/XRef') })],
  ['a stream of objects that nothing leads to', () => update(pdfOf(), { 40: bomb('/ObjStm') })],
  ['one whose type is written with numbers', () => update(pdfOf(), { 40: bomb('/#4fbj#53tm') })],
  ['one whose type is elsewhere', () => update(pdfOf(), { 40: bomb('41 0 R'), 41: '/ObjStm' })],
  ['one whose type is packed', () => update(withPacked('/ObjStm'), { 40: bomb('6 0 R') })],
  ['one that no section lists', () => withGap(`40 0 obj\n${bomb('/ObjStm')}\nendobj\n`)],
  ['objects that end nowhere', () => withGap('40 0 obj ('.repeat(20_000))],
  ['numbers that end nowhere', () => withGap('40'.repeat(100_000))],
])('signs a document with %s, and shows it to no other reader', async (_name, make) => {
  const pdf = make();
  const counted = textOf(await (await PdfFile.read(pdf)).counted());
  expect(counted).toHaveLength(pdf.length);
  expect(counted).not.toMatch(/FlateDecode[^>]*>>\s*stream|40 0 obj \(|4040/);
  const signed = await signPdf(await openCard(), pdf, { pin: VIRTUAL_PINS.sign });
  expect(signed.subarray(0, pdf.length)).toEqual(new Uint8Array(pdf));
  expect(await outcome(signed)).toBe('valid');
});

it('shows another reader all that counts, of every revision, and of its streams those that are its structure', async () => {
  for (const pdf of [
    streamed(),
    streamed(CONTRACT, true),
    hybrid(),
    update(streamed(), { 4: pageText('500') }),
  ]) {
    const counted = textOf(await (await PdfFile.read(pdf)).counted());
    const text = textOf(pdf);
    expect(counted.replace(/\s+/g, ' ')).toBe(
      text
        .replace(/(?<=%PDF-1\.7)\n%.*/, '')
        .replace(/(>>)\nstream\nBT.*ET\nendstream\nendobj/g, '$1')
        .replace(/startxref\n\d+\n%%EOF\n(?=\d)/g, '')
        .replace(/(?<=endstream)\nendobj/g, '')
        .replace(/\s+/g, ' '),
    );
  }
});

/** An object in the string of another, and both in the table. */
const inside = (): Uint8Array => {
  const pdf = textOf(pdfOf({ ...CONTRACT, 6: '( 7 0 obj () endobj )' }));
  const row = `7 1\n${String(pdf.indexOf('7 0 obj')).padStart(10, '0')} 00000 n \n`;
  return latin(pdf.replace('trailer', `${row}trailer`));
};

it.each([
  ['an index', '/Size 2 /Index 9 0 R', /which its entries are/],
  ['a size', '/Size 9 0 R', /which its entries are/],
  ['a way of packing', '/Size 2 /DecodeParms 9 0 R', /not usual/],
  ['several ways of packing', '/Size 2 /DecodeParms [null 9 0 R]', /not usual/],
])(
  'is not read with %s that is elsewhere, where another reader may find more',
  async (_name, more, message) => {
    const packed = deflateSync(Buffer.alloc(14));
    expect(await outcome(sectionOf(`/W [1 4 2] /Root 1 0 R ${more}`, packed))).toMatch(message);
  },
);

it.each<readonly [string, () => Uint8Array]>([
  ['objects of an earlier stream that reach into each other', () => update(withPacked('(((('), { 6: '()' })],
  ['objects inside each other', inside],
])('does not sign a document with %s, which another reader may take for more', async (_name, make) => {
  let asked = false;
  const pin = () => {
    asked = true;
    return VIRTUAL_PINS.sign;
  };
  const error = await signPdf(await openCard(), make(), { pin }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'PDF_REFUSED' });
  expect(asked).toBe(false);
});

it('is refused with a remedy that keeps the signature: who judges is not told to save it again', async () => {
  for (const pdf of [latin('no PDF'), latin('%PDF-1.7\nnothing'), pdfOf().subarray(0, 200)]) {
    const judged = await verifyPdf(pdf).catch((thrown) => thrown);
    expect(judged.code).toBe('PDF_REFUSED');
    expect(judged.remedy).toBe(
      'Ask for the file as it was sent; do not save it again, which loses the signature.',
    );
    expect(judged.inLanguage('ja').remedy).toBe(
      '送られたままのファイルを受け取り直してください。保存し直すと署名が失われます。',
    );
    const signing = await signPdf(await openCard(), pdf, { pin: VIRTUAL_PINS.sign }).catch(
      (thrown) => thrown,
    );
    expect(signing.inLanguage('en').message).toBe(judged.inLanguage('en').message);
    expect(signing.inLanguage('ja').message).toBe(judged.inLanguage('ja').message);
    expect(signing.remedy).toMatch(/^Open it in the program that made it/);
  }
});
