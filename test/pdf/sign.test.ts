import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JpkiApplet, JpkiError } from '../../src/index.js';
import { type SignPdfOptions, signPdf, verifyPdf } from '../../src/pdf/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import {
  append,
  CONTRACT,
  handSigned,
  hybrid,
  latin,
  paged,
  pdfOf,
  streamed,
  swapped,
  textOf,
  update,
} from './documents.js';
import { anchors, card, codes, handOf, openCard } from './support.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/pdf/${name}.pdf`, import.meta.url)));

const sign = async (pdf: Uint8Array, options: SignPdfOptions = {}): Promise<Uint8Array> =>
  signPdf(await openCard(), pdf, { pin: VIRTUAL_PINS.sign, ...options });

const withForm = pdfOf({
  ...CONTRACT,
  1: '<< /Type /Catalog /Pages 2 0 R /AcroForm 7 0 R >>',
  3: (CONTRACT[3] ?? '').replace('/Contents', '/Annots 9 0 R /Contents'),
  6: '<< /Type /Annot /Subtype /Widget /FT /Tx /T (Signature1) /V (filled in) /P 3 0 R /Rect [0 0 9 9] >>',
  7: '<< /Fields 8 0 R >>',
  8: '[6 0 R]',
  9: '[6 0 R]',
});

const DOCUMENTS: readonly (readonly [name: string, pdf: Uint8Array])[] = [
  ['whose cross references are a table', pdfOf()],
  ['whose cross references are a stream', streamed()],
  ['whose cross references are both', hybrid()],
  ['with an update', update(pdfOf(), { 4: CONTRACT[4] ?? '' })],
  ['with a form in objects of their own', withForm],
  ['of 120 pages', paged(120)],
  ['of LibreOffice', fixture('libreoffice')],
  ['of cairo', fixture('cairo')],
  ['that qpdf linearized', fixture('qpdf-linearized')],
  ['with a form of PDFBox', fixture('pdfbox-form')],
];

describe.each(DOCUMENTS)('a document %s', (_name, pdf) => {
  it.each(['pades', 'registry'] as const)('is signed for %s twice, and stays as it was', async (profile) => {
    const once = await sign(pdf, { profile });
    const twice = await sign(once, { profile });
    expect(Buffer.compare(once.subarray(0, pdf.length), pdf)).toBe(0);
    expect(Buffer.compare(twice.subarray(0, once.length), once)).toBe(0);
    const verdict = await verifyPdf(twice, { anchors });
    expect(codes(verdict)).toEqual([]);
    expect(verdict.signatures.map(({ coveredBytes }) => coveredBytes)).toEqual([once.length, twice.length]);
    // As it was written before: old readers know no streams of cross references.
    expect([hasTable(once), hasTable(twice)]).toEqual([hasTable(pdf), hasTable(pdf)]);
  });
});

/** Whether the newest cross references begin with the word. */
function hasTable(pdf: Uint8Array): boolean {
  const text = textOf(pdf);
  const offset = Number(/startxref\s+(\d+)\s+%%EOF\s*$/.exec(text)?.[1]);
  return text.startsWith('xref', offset);
}

it('leaves the signature of another program as good as it was', async () => {
  const before = await verifyPdf(fixture('pdfbox-signed'), { anchors });
  const after = await verifyPdf(await sign(fixture('pdfbox-signed')), { anchors });
  // Nobody vouches for its key, which was thrown away; of the document there is nothing to say.
  expect(codes(before)).not.toContain('MESSAGE_DIGEST');
  expect(after.signatures).toMatchObject([
    { coversWholeFile: false, findings: before.findings.map(({ code }) => ({ code })) },
    { valid: true, coversWholeFile: true },
  ]);
});

describe('the form that the registry describes', async () => {
  const time = new Date('2026-04-01T03:04:05Z');
  const pdf = await sign(pdfOf(), { profile: 'registry', signingTime: time });
  const text = textOf(pdf);
  const dictionary = text.slice(
    text.lastIndexOf('/Type /Sig'),
    text.indexOf('endobj', text.lastIndexOf('/Type /Sig')),
  );
  const [a = 0, b = 0, c = 0, d = 0] = (/\/ByteRange \[([\d ]+)\]/.exec(dictionary)?.[1] ?? '')
    .trim()
    .split(/ +/)
    .map(Number);
  const contents = Buffer.from(/\/Contents <([0-9A-F]+)>/.exec(dictionary)?.[1] ?? '', 'hex');

  it('C1 to C4: has Type, SubFilter, Name and M', () => {
    expect(dictionary).toMatch(/^\/Type \/Sig\n/);
    expect(dictionary).toContain('/SubFilter /adbe.pkcs7.detached\n');
    const name = /\/Name <FEFF([0-9A-F]+)>/.exec(dictionary)?.[1] ?? '';
    expect(Buffer.from(name, 'hex').swap16().toString('utf16le')).toBe('仮想　見本子');
    expect(dictionary).toContain('/M (D:20260401030405Z)');
  });

  it('C5: has a ByteRange from 0 to the end that leaves out Contents with its brackets', () => {
    expect([a, text[b], text[c - 1], c + d]).toEqual([0, '<', '>', pdf.length]);
    expect(text.slice(b - 10, b)).toBe('/Contents ');
    expect(contents.length).toBe(9472);
  });

  it('C6 and C7: has one SignedData in Contents, and zeros', () => {
    // X.690 section 8.1.3.6: a SEQUENCE of indefinite length.
    expect(contents.subarray(0, 2).toString('hex')).toBe('3080');
    // id-signedData; contentType, messageDigest and signingTime (RFC 5652); sha256WithRSAEncryption (RFC 8017).
    for (const oid of [
      '2a864886f70d010702',
      '2a864886f70d010903',
      '2a864886f70d010904',
      '2a864886f70d010905',
      '2a864886f70d01010b',
    ])
      expect(contents.toString('hex')).toContain(oid);
  });

  it('has a field as in the documents that were taken: printed, locked, without area, with an empty appearance', () => {
    const field = /<<[^>]*\/FT \/Sig.*?\/Rect \[ 0 0 0 0 \]\s*\/AP <<\s*\/N (\d+) 0 R\s*>>/s.exec(
      text.slice(text.lastIndexOf('%%EOF', text.length - 8)),
    );
    expect(field?.[0]).toMatch(/\/F 132\b/);
    expect(text).toMatch(
      new RegExp(
        `\n${field?.[1]} 0 obj\\s*<<[^>]*/Subtype /Form\\s[^>]*/Length 0\\s[^>]*>>\\s*stream\\s*endstream`,
      ),
    );
    expect(text).toContain('/SigFlags 3');
  });

  it('C8 and C9: has the SHA-256 of what it covers for its message digest', () => {
    const hash = createHash('sha256').update(pdf.subarray(0, b)).update(pdf.subarray(c)).digest('hex');
    expect(contents.toString('hex')).toContain(`0420${hash}`);
    expect(contents.toString('hex')).toContain('608648016503040201');
  });
});

it('is PAdES baseline B-B by default: the certificate named, and the time in M alone', async () => {
  const pdf = await sign(pdfOf(), { reason: '同意します', location: '東京', name: 'A. Signer' });
  const hex = /\/Contents <([0-9A-F]+)>/.exec(textOf(pdf))?.[1]?.toLowerCase();
  expect(textOf(pdf)).toContain('/SubFilter /ETSI.CAdES.detached');
  // signingCertificateV2 (RFC 5035), signingTime (RFC 5652).
  expect(hex).toContain('2a864886f70d010910022f');
  expect(hex).not.toContain('2a864886f70d010905');
  const { signatures } = await verifyPdf(pdf, { anchors });
  expect(signatures).toMatchObject([
    { valid: true, claimedName: 'A. Signer', subFilter: 'ETSI.CAdES.detached' },
  ]);
  expect(signatures[0]?.claimedTime?.getTime()).toBeGreaterThan(Date.now() - 60_000);
});

const [page = '', catalog = ''] = [CONTRACT[3], CONTRACT[1]];
const finalReference = '/Reference [<< /TransformMethod /DocMDP /TransformParams << /P 1 /V /1.2 >> >>]';

describe('a document that cannot be signed', () => {
  it.each<readonly [string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
    ['is no PDF', () => latin('PK\x03\x04'), /no PDF/],
    ['is empty', () => new Uint8Array(0), /no PDF/],
    ['is encrypted', () => pdfOf(CONTRACT, '/Root 1 0 R /Encrypt 5 0 R'), /encrypted/],
    [
      'was encrypted before its last update',
      () => update(pdfOf(CONTRACT, '/Root 1 0 R /Encrypt 5 0 R'), {}),
      /encrypted|damaged/,
    ],
    ['is certified against changes', () => handSigned(pdfOf(), { more: finalReference }), /certified/],
    ['has no end', () => pdfOf().subarray(0, -20), /damaged/],
    ['has something behind its end', () => latin(`${textOf(pdfOf())}<html>`), /damaged/],
    ['has its cross references elsewhere', () => swapped(pdfOf(), 'xref\n0 1', 'xerf\n0 1'), /damaged/],
    ['has an object elsewhere', () => swapped(pdfOf(), '\n2 0 obj', '\n9 0 obj'), /damaged/],
    ['has no catalog', () => pdfOf(CONTRACT, '/Root 30 0 R'), /damaged/],
    [
      'has sections in a circle',
      () =>
        swapped(
          append(pdfOf(), CONTRACT, '/Root 1 0 R /Prev 0000'),
          '/Prev 0000',
          `/Prev ${pdfOf().length + 494}`.slice(0, 10),
        ),
      /damaged/,
    ],
    [
      'has a key twice',
      () => pdfOf({ ...CONTRACT, 3: page.replace('/Parent', '/Type /Page /Parent') }),
      /damaged/,
    ],
    [
      'is nested without end',
      () =>
        pdfOf({
          ...CONTRACT,
          1: catalog.replace('/Pages', `/A ${'['.repeat(200)}${']'.repeat(200)} /Pages`),
        }),
      /damaged/,
    ],
    ['has more bytes than are held', () => new Uint8Array(256 * 1024 * 1024 + 1), /more than/],
  ])('is refused before the PIN is asked for: it %s', async (_name, make, message) => {
    const { applet, connection } = await handOf();
    const before = connection.count;
    const asked: unknown[] = [];
    const pin = () => {
      asked.push('asked');
      return VIRTUAL_PINS.sign;
    };
    const error = await signPdf(applet, await make(), { pin }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'PDF_REFUSED', message: expect.stringMatching(message) });
    expect([asked, connection.count]).toEqual([[], before]);
  });
});

it('is signed as its cross references have it, where it holds a page that counts for lenient readers alone', async () => {
  const text = textOf(pdfOf());
  const at = text.indexOf('xref\n0 1');
  // Behind the page, of its number, and in no cross reference.
  const other = `3 0 obj\n${page.replace('300 200', '300 20')}\nendobj\n`;
  const table = text.slice(at).replace(/startxref\n\d+/, `startxref\n${at + other.length}`);
  const pdf = latin(text.slice(0, at) + other + table);
  const signed = await signPdf(await openCard(), pdf, { pin: VIRTUAL_PINS.sign });
  expect(codes(await verifyPdf(signed, { anchors }))).toEqual([]);
  expect(textOf(signed.subarray(pdf.length))).toContain('300 200');
});

it('needs a PIN that was given or verified, and hands out nothing without', async () => {
  await expect(signPdf(await openCard(), pdfOf())).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  const applet = await JpkiApplet.select(VirtualCard.fromJSON(card.toJSON()).connect());
  await applet.verifyPin('sign', VIRTUAL_PINS.sign);
  expect(codes(await verifyPdf(await signPdf(applet, pdfOf()), { anchors }))).toEqual([]);
});

it('stops before the PIN where it was aborted', async () => {
  const error = await sign(pdfOf(), { signal: AbortSignal.abort() }).catch((reason: unknown) => reason);
  expect(JpkiError.is(error) && error.code).toBe('ABORTED');
});
