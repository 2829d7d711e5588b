/** What programs that others wrote say of documents signed here, and of the same with one bit changed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PdfProfile, signPdf, verifyPdf } from '../../src/pdf/index.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { openssl } from '../openssl/openssl.js';
import { authority } from '../signature/support.js';
import { hybrid, paged, pdfOf, streamed, textOf } from './documents.js';
import { anchors, openCard } from './support.js';
import { mutool, pdfBox, pdfsig, qpdf, requireJudges, trustStore } from './tools.js';

const fixture = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/pdf/${name}.pdf`, import.meta.url)));

const DOCUMENTS: readonly (readonly [name: string, pdf: Uint8Array])[] = [
  ['table', pdfOf()],
  ['stream', streamed()],
  ['hybrid', hybrid()],
  ['120-pages', paged(120)],
  ...['libreoffice', 'cairo', 'qpdf-linearized', 'pdfbox-form'].map((name) => [name, fixture(name)] as const),
];
const PROFILES: readonly PdfProfile[] = ['pades', 'registry'];
const CASES = DOCUMENTS.flatMap(([name]) => PROFILES.map((profile) => [name, profile] as const));

describe.skipIf(requireJudges())('a document signed twice here', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-pdf-'));
  const path = (name: string, profile: string, kind = 'signed') =>
    join(folder, `${name}-${profile}-${kind}.pdf`);
  let store = '';

  beforeAll(async () => {
    const ca = join(folder, 'ca.der');
    writeFileSync(ca, authority.sign.certificate);
    store = trustStore(folder, ca);
    writeFileSync(join(folder, 'ca.pem'), openssl(['x509', '-inform', 'DER', '-in', ca]));
    for (const [name, pdf] of DOCUMENTS) {
      for (const profile of PROFILES) {
        const options = { profile, pin: VIRTUAL_PINS.sign };
        const once = await signPdf(await openCard(), pdf, options);
        const visible = { rectangle: [20, 20, 120, 40], text: 'Signed' } as const;
        const twice = await signPdf(await openCard(), once, { ...options, visible });
        writeFileSync(path(name, profile), twice);
        // In a comment behind the header, or in the words of the header, which no reader needs to understand the rest.
        const flipped = new Uint8Array(twice);
        flipped[10] = (flipped[10] ?? 0) ^ 1;
        writeFileSync(path(name, profile, 'flipped'), flipped);
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(CASES)('is good for poppler, and its signer trusted: %s, %s', (name, profile) => {
    const { signatures, certificates } = pdfsig(path(name, profile), store);
    expect(signatures).toEqual(['Signature is Valid.', 'Signature is Valid.']);
    // Of a certificate that comes twice poppler 22.12 mostly says the second time that it does not know.
    expect(certificates[0]).toBe('Certificate is Trusted.');
    expect(pdfsig(path(name, profile, 'flipped'), store).signatures).toEqual([
      'Digest Mismatch.',
      'Digest Mismatch.',
    ]);
  });

  it.each(CASES)('is in order for qpdf: %s, %s', (name, profile) => {
    expect(qpdf(path(name, profile))).toBe(0);
  });

  it.each(CASES)('is unchanged for mutool: %s, %s', (name, profile) => {
    expect(mutool(path(name, profile))).toMatch(/valid but there have been edits.*unchanged since signing/s);
    expect(mutool(path(name, profile, 'flipped'))).not.toMatch(/is valid|unchanged/);
  });

  it('is good for PDFBox and Bouncy Castle, and with one bit changed is not', () => {
    const all = (kind: string) => pdfBox(...CASES.map(([name, profile]) => path(name, profile, kind)));
    expect(all('signed')).toEqual(CASES.flatMap(() => ['good', 'good']));
    expect(all('flipped')).toEqual(CASES.flatMap(() => ['bad', 'bad']));
  });

  it.each(CASES)('is good for openssl over its ranges: %s, %s', (name, profile) => {
    const verified = (kind: string): string => {
      const pdf = readFileSync(path(name, profile, kind));
      return [...textOf(pdf).matchAll(/\/ByteRange \[0 (\d+) (\d+) (\d+) *\]/g)]
        .map((match) => match.slice(1).map(Number))
        .map(([start = 0, end = 0, length = 0]) => {
          const [message, content] = [join(folder, 'cms.der'), join(folder, 'content')];
          writeFileSync(message, Buffer.from(textOf(pdf).slice(start + 1, end - 1), 'hex'));
          writeFileSync(content, Buffer.concat([pdf.subarray(0, start), pdf.subarray(end, end + length)]));
          const files = ['-in', message, '-content', content, '-CAfile', join(folder, 'ca.pem')];
          try {
            openssl([
              'cms',
              '-verify',
              '-binary',
              '-inform',
              'DER',
              ...files,
              '-purpose',
              'any',
              '-out',
              '/dev/null',
            ]);
            return 'good';
          } catch {
            return 'bad';
          }
        })
        .join();
    };
    expect([verified('signed'), verified('flipped')]).toEqual(['good,good', 'bad,bad']);
  });

  it.each(CASES)(
    'is good for the library itself, and with one bit changed is not: %s, %s',
    async (name, profile) => {
      const verdictOn = (kind: string) =>
        verifyPdf(new Uint8Array(readFileSync(path(name, profile, kind))), { anchors });
      expect((await verdictOn('signed')).valid).toBe(true);
      const { valid, signatures } = await verdictOn('flipped');
      expect([valid, ...signatures.map((signature) => signature.valid)]).toEqual([false, false, false]);
    },
  );

  it('has for the registry the shape that PDFBox and Bouncy Castle make, value by value', () => {
    const theirs = shapeOf(fixture('pdfbox-signed'));
    expect(theirs.slice(0, 3)).toEqual([
      '0 indefinite SEQUENCE',
      '1 OBJECT pkcs7-signedData',
      '1 indefinite cont',
    ]);
    expect(theirs).toContain('7 OBJECT 1.2.840.113549.1.9.52');
    expect(shapeOf(readFileSync(path('table', 'registry')))).toEqual(theirs);
  });
});

/** The last message in a document as openssl reads it: depth, form of the length, type and OID of each value, without certificates and names. */
function shapeOf(pdf: Uint8Array): readonly string[] {
  const text = textOf(pdf);
  const start = text.lastIndexOf('/Contents <') + '/Contents <'.length;
  const message = Buffer.from(text.slice(start, text.indexOf('>', start)), 'hex');
  const values = openssl(['asn1parse', '-inform', 'DER'], message).toString().split('\n');
  const shape = values.flatMap((line) => {
    const [, depth, length, type, value] =
      /d=(\d+) +hl=\d+ l= *(inf|\d+) +\w+: +(\w+)[^:]*:?(.*)$/.exec(line) ?? [];
    return type
      ? [`${depth} ${length === 'inf' ? 'indefinite ' : ''}${type}${type === 'OBJECT' ? ` ${value}` : ''}`]
      : [];
  });
  return shape
    .join('\n')
    .replace(/^(3 indefinite cont)\n(?:(?:4 SEQUENCE|[5-9] .*|\d\d .*)\n)+/m, '$1\n')
    .replace(/^7 SET\n8 SEQUENCE\n9 OBJECT .*\n9 .*STRING\n/gm, '')
    .split('\n');
}
