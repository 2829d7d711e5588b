/**
 * What is known to fool programs that check PDF signatures: the attacks of pdf-insecurity.org (universal signature
 * forgery, incremental saving, signature wrapping, shadows), and the holes that verifiers have had.
 */
import { describe, expect, it } from 'vitest';
import { JpkiCertificate, JpkiError } from '../../src/index.js';
import { type PdfVerdict, type VerifyPdfOptions, verifyPdf } from '../../src/pdf/index.js';
import * as der from '../signature/der-write.js';
import { anchors, attribute, codes, type MessageCraft, signerOf } from '../signature/support.js';
import {
  append,
  CONTRACT,
  handSigned,
  hybrid,
  inForm,
  latin,
  type Objects,
  pageText,
  pdfOf,
  SIGNATURE,
  type SignatureCraft,
  swapped,
  textOf,
  update,
} from './documents.js';

const contract = pdfOf();
const signed = await handSigned(contract);
const SECOND = SIGNATURE + 10;

const verify = (pdf: Uint8Array, options: VerifyPdfOptions = {}): Promise<PdfVerdict> =>
  verifyPdf(pdf, { anchors, ...options });

/** The codes of the verdict; of what is refused, that of the error. */
async function verdictOn(pdf: Uint8Array, options?: VerifyPdfOptions): Promise<readonly string[]> {
  try {
    const verdict = await verify(pdf, options);
    return verdict.valid ? ['valid'] : [...new Set(codes(verdict))];
  } catch (error) {
    if (!JpkiError.is(error)) throw error;
    return [error.code];
  }
}

const cosigned = (pdf: Uint8Array, craft: SignatureCraft = {}): Promise<Uint8Array> =>
  handSigned(pdf, { form: inForm(SIGNATURE, SECOND), ...craft }, SECOND);

it('believes a signature that was made by hand, and two', async () => {
  expect(await verdictOn(signed)).toEqual(['valid']);
  const both = await verify(await cosigned(signed));
  expect(codes(both)).toEqual([]);
  expect(
    both.signatures.map(({ field, coversWholeFile, coveredBytes }) => [field, coversWholeFile, coveredBytes]),
  ).toEqual([
    [`S${SIGNATURE}`, false, signed.length],
    [`S${SECOND}`, true, (await cosigned(signed)).length],
  ]);
});

describe('what is worth knowing of a signature, and nothing wrong', () => {
  const notesOf = async (craft: SignatureCraft): Promise<readonly (readonly string[])[]> => {
    const { valid, signatures } = await verify(await handSigned(contract, craft));
    expect(valid).toBe(true);
    return signatures.map(({ notes }) => notes.map(({ code }) => code));
  };
  const timestamp = der.implicitSetOf(1, attribute('1.2.840.113549.1.9.16.2.14', der.nullValue()));
  const untimed: MessageCraft = { signers: [{ attributes: (all) => ({ ...all, signingTime: [] }) }] };

  it('is what its message gives to know', async () => {
    expect(await notesOf({})).toEqual([['SIGNING_CERTIFICATE_ABSENT']]);
    expect((await notesOf({ message: { signers: [{ more: [timestamp] }] } }))[0]).toContain(
      'TIMESTAMP_NOT_CHECKED',
    );
  });

  it('is a time in the document that its certificate did not see', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
    for (const [day, expected] of [
      ['19990203', true],
      [tomorrow, false],
    ] as const) {
      const [notes = []] = await notesOf({ message: untimed, more: `/M (D:${day}000000Z)` });
      expect(notes.includes('SIGNING_TIME_OUTSIDE_CERTIFICATE')).toBe(expected);
    }
  });
});

it('believes a signature without its CA certificate when that is given, and only under an anchor', async () => {
  const { certificate, ca } = signerOf('sign');
  const bare = await handSigned(contract, { message: { certificates: [certificate] } });
  const issuers = [JpkiCertificate.parse(ca)];
  expect(await verdictOn(bare)).toEqual(['ISSUER_MISSING']);
  expect(await verdictOn(bare, { issuers })).toEqual(['valid']);
  expect(await verdictOn(bare, { issuers, anchors: [] })).toEqual(['ISSUER_NOT_ANCHORED']);
});

it('finds no signature where there is none', async () => {
  expect(await verdictOn(contract)).toEqual(['NO_SIGNATURES']);
});

describe('a signature that says nothing (universal signature forgery)', () => {
  it.each([
    ['without ByteRange', '/ByteRange', '/ByteRangX'],
    ['without Contents', '/Contents <', '/Contentz <'],
    ['without a form of signature', '/SubFilter', '/SubFiltex'],
    ['with another type', '/Type /Sig ', '/Type /Sog '],
  ])('is not believed %s', async (_name, from, to) => {
    expect(await verdictOn(swapped(signed, from, to))).not.toContain('valid');
  });

  it.each<[string, SignatureCraft['range']]>([
    ['of nothing', () => [0, 0, 0, 0]],
    ['with a negative length', ([a, b, c, d]) => [a, -b, c, d]],
    ['with three numbers', ([a, b, c]) => [a, b, c]],
    ['with six numbers', (range) => [...range, 0, 0]],
    ['that begins later and is as long', ([, b, c, d]) => [1, b, c, d]],
    ['that begins later', ([, b, c, d]) => [1, b - 1, c, d]],
    ['that leaves out more', ([a, b, c, d]) => [a, b - 20, c, d]],
    ['that goes on later', ([a, b, c, d]) => [a, b, c + 10, d - 10]],
    ['that reaches past the end', ([a, b, c, d]) => [a, b, c, d + 1]],
    ['without a second part', ([a, b, c]) => [a, b, c, 0]],
  ])('is not believed with a ByteRange %s', async (_name, range) => {
    expect(await verdictOn(await handSigned(contract, { ...(range && { range }) }))).toContain('BYTE_RANGE');
  });

  it.each<[string, string, SignatureCraft['contents']]>([
    ['no message', 'CONTENTS', (_hex, room) => '0'.repeat(room)],
    ['something behind the message', 'CONTENTS', (hex, room) => `${hex.padEnd(room - 2, '0')}01`],
    ['a space in the message', 'CONTENTS', (hex) => `${hex.slice(0, 100)} ${hex.slice(100)}`],
    ['two spaces in the message', 'CONTENTS', (hex) => `${hex.slice(0, 100)}  ${hex.slice(100)}`],
    ['another string behind it', 'BYTE_RANGE', (hex) => `${hex}> /Reason <41`],
    ['half a message', 'CONTENTS', (hex) => `${hex.slice(0, 200)}`.padEnd(16_000, '0')],
  ])('is not believed with %s in Contents', async (_name, code, contents) => {
    expect(await verdictOn(await handSigned(contract, { ...(contents && { contents }) }))).toEqual([code]);
  });
});

describe('something behind the signature (incremental saving)', () => {
  const lie = { 4: pageText('Rent: 5') };

  it('is found as a whole update', async () => {
    expect(await verdictOn(update(signed, lie))).toEqual(['CHANGED_AFTER_SIGNING', 'CHANGED_LATER']);
  });

  it('is found as one byte', async () => {
    expect(await verdictOn(latin(`${textOf(signed)}\n`))).toContain('CHANGED_AFTER_SIGNING');
  });

  it('is found without cross references of its own', async () => {
    expect(await verdictOn(latin(`${textOf(signed)}4 0 obj\n${lie[4]}\nendobj\n`))).toEqual(['PDF_REFUSED']);
  });

  it('is found where the old end is repeated behind it', async () => {
    const end = textOf(signed).slice(textOf(signed).lastIndexOf('startxref'));
    const forged = latin(`${textOf(signed)}4 0 obj\n${lie[4]}\nendobj\n${end}`);
    expect(await verdictOn(forged)).toEqual(['CHANGED_AFTER_SIGNING']);
  });

  it('is found where it leads back to nothing that was signed', async () => {
    expect(await verdictOn(append(signed, { ...CONTRACT, ...lie }, '/Root 1 0 R'))).toEqual([
      'NO_SIGNATURES',
    ]);
  });

  it('is found where a copy of the signature covers it', async () => {
    const text = textOf(signed);
    const copy = text.slice(
      text.lastIndexOf('<< /Type /Sig '),
      text.indexOf('endobj', text.lastIndexOf('<< /Type /Sig ')),
    );
    const forged = update(signed, { ...lie, [SIGNATURE]: copy });
    expect(await verdictOn(forged)).toContain('BYTE_RANGE');
  });
});

describe('a signature that is moved (signature wrapping)', () => {
  it('is not believed where a second ByteRange stands in the part that is not signed', async () => {
    const contents: SignatureCraft['contents'] = (hex) => `${hex}> /ByteRange [0 1 2 3] /Reason <41`;
    expect(await verdictOn(await handSigned(contract, { contents }))).toEqual(['PDF_REFUSED']);
  });

  it('is not believed where the second part was put behind something else', async () => {
    const text = textOf(signed);
    const start = text.lastIndexOf('/Contents <') + '/Contents '.length;
    const end = text.indexOf('>', start) + 1;
    const lie = `${text.slice(0, end)} >>\nendobj\n4 0 obj\n${pageText('Rent: 5')}\nendobj\n`;
    expect(await verdictOn(latin(lie + text.slice(end)))).not.toContain('valid');
  });
});

describe('a document that another signer changed (shadows)', () => {
  it.each<[string, SignatureCraft['objects'], string]>([
    ['what a page says', { 4: pageText('Rent: 5') }, 'CHANGED_LATER'],
    ['a font', { 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>' }, 'CHANGED_LATER'],
    [
      'which pages there are',
      { 2: '<< /Type /Pages /Kids [60 0 R] /Count 1 >>', 60: CONTRACT[3] ?? '' },
      'CHANGED_LATER',
    ],
    [
      'the size of a page',
      { 3: (inForm(SIGNATURE, SECOND)[3] ?? '').replace('300 200', '300 20') },
      'CHANGED_LATER',
    ],
    ['the earlier field', { [SIGNATURE + 1]: '<< /FT /Sig /T (S20) >>' }, 'NOT_IN_FORM'],
    [
      'the catalog',
      { 1: (inForm(SIGNATURE, SECOND)[1] ?? '').replace('/AcroForm', '/OpenAction 61 0 R /AcroForm') },
      'CHANGED_LATER',
    ],
    [
      'how the form looks',
      { 1: (inForm(SIGNATURE, SECOND)[1] ?? '').replace('/SigFlags', '/NeedAppearances true /SigFlags') },
      'CHANGED_LATER',
    ],
    [
      'a note on the page',
      {
        3: (inForm(SIGNATURE, SECOND)[3] ?? '').replace('/Annots [', '/Annots [62 0 R '),
        62: '<< /Type /Annot /Subtype /FreeText /Rect [0 0 300 200] >>',
      },
      'CHANGED_LATER',
    ],
    ...[
      ['a note behind the fields', '/Subtype /FreeText /Rect [0 0 300 200]'],
      ['a field to fill in', '/Subtype /Widget /FT /Tx /T (more) /Rect [0 0 300 200]'],
      ['a field with an action', '/Subtype /Widget /FT /Sig /T (more) /Rect [0 0 9 9] /V 30 0 R /AA << >>'],
      ['a field that nobody signed', '/Subtype /Widget /FT /Sig /T (more) /Rect [0 0 300 200]'],
      [
        'a field whose value is no signature',
        '/Subtype /Widget /FT /Sig /T (more) /Rect [0 0 9 9] /V 60 0 R',
      ],
      [
        'a field whose value is an earlier one',
        '/Subtype /Widget /FT /Sig /T (more) /Rect [0 0 9 9] /V 20 0 R',
      ],
      [
        'a field whose value leads to an earlier one',
        '/Subtype /Widget /FT /Sig /T (more) /Rect [0 0 9 9] /V 61 0 R',
      ],
    ].map(([name = '', note = '']): [string, SignatureCraft['objects'], string] => [
      name,
      {
        3: (inForm(SIGNATURE, SECOND)[3] ?? '').replace('31 0 R]', '31 0 R 62 0 R]'),
        60: '<< /Type /Annot >>',
        61: '20 0 R',
        62: `<< /Type /Annot ${note} >>`,
      },
      'CHANGED_LATER',
    ]),
  ])('is not believed for the first one: %s', async (_name, objects, code) => {
    const changed = await cosigned(signed, { ...(objects && { objects }) });
    const verdict = await verify(changed);
    expect(verdict.valid).toBe(false);
    expect(codes(verdict)).toContain(code);
    // The second signer saw the document as it is.
    expect(verdict.signatures.map(({ valid }) => valid).at(-1)).toBe(true);
  });

  describe('by what a field shows that was there to be signed', () => {
    const field = (subtype: string, more: string) =>
      `<< /Type /Annot /Subtype /${subtype} /FT /Sig /T (S${SECOND}) /P 3 0 R /Rect [0 0 99 20] ${more} >>`;
    const shown = (text: string) =>
      pageText(text).replace('<<', '<< /Type /XObject /Subtype /Form /BBox [0 0 99 20]');
    // The form and the page as they are with both, before the second is signed.
    const { 1: catalog = '', 3: page = '' } = inForm(SIGNATURE, SECOND);
    const form: Objects = { ...inForm(SIGNATURE), 1: catalog, 3: page };

    it.each([
      ['is believed where it is signed and shows nothing', 'Widget', '', '/V 30 0 R', ['valid']],
      [
        'is believed where it is signed and shows that',
        'Widget',
        '',
        '/V 30 0 R /AP << /N 41 0 R >>',
        ['valid'],
      ],
      [
        'is believed where it goes on showing what it did',
        'Widget',
        '/AP << /N 40 0 R >>',
        '/V 30 0 R /AP << /N 40 0 R >>',
        ['valid'],
      ],
      [
        'is not believed where it shows something else than before',
        'Widget',
        '/AP << /N 40 0 R >>',
        '/V 30 0 R /AP << /N 41 0 R >>',
        ['CHANGED_LATER'],
      ],
      [
        'is not believed where it shows something else and nobody signed it',
        'Widget',
        '/AP << /N 40 0 R >>',
        '/AP << /N 41 0 R >>',
        ['NOT_IN_FORM', 'CHANGED_LATER'],
      ],
      [
        'is not believed where it shows something and nobody signed it',
        'Widget',
        '',
        '/AP << /N 41 0 R >>',
        ['NOT_IN_FORM', 'CHANGED_LATER'],
      ],
      [
        'is not believed of a stamp that calls itself a field',
        'Stamp',
        '/AP << /N 40 0 R >>',
        '/V 30 0 R /AP << /N 41 0 R >>',
        ['CHANGED_LATER'],
      ],
      [
        'is not believed where its value is the signature of another field',
        'Widget',
        '',
        '/V 20 0 R',
        ['PDF_REFUSED'],
      ],
    ])('%s', async (_name, subtype, before, after, expected) => {
      const empty = { 31: field(subtype, before), 40: shown('Rent: 10') };
      const first = await handSigned(pdfOf({ ...CONTRACT, ...empty }), { form });
      expect(await verdictOn(first)).toEqual(['valid']);
      const objects = { 31: field(subtype, after), 41: shown('Rent: 9999') };
      const second = await handSigned(first, { form: {}, objects }, SECOND);
      expect([...(await verdictOn(second))].sort()).toEqual([...expected].sort());
    });
  });

  it.each([
    ['where it is seen', '/Rect [0 0 300 200] /AP << /N 41 0 R >>', true],
    ['where nobody knows its place', '/Rect 42 0 R /AP << /N 41 0 R >>', true],
    ['not where it has no height', '/Rect [0 0 300 0] /AP << /N 41 0 R >>', false],
    ['not where it has no width', '/Rect [9 0 9 200] /AP << /N 41 0 R >>', false],
    ['not where it shows nothing', '/Rect [0 0 300 200]', false],
  ])(
    'tells the first signer that a later signature may lie over the page, %s',
    async (_name, more, isTold) => {
      const objects = {
        [SECOND + 1]: (inForm(SIGNATURE, SECOND)[SECOND + 1] ?? '').replace('/Rect [0 0 0 0]', more),
        41: pageText('Rent: 9999'),
        42: '[0 0 300 200]',
      };
      const verdict = await verify(await cosigned(signed, { objects }));
      expect(codes(verdict)).toEqual([]);
      const told = verdict.signatures.map(({ notes }) =>
        notes.some(({ code }) => code === 'SIGNATURE_SHOWN_LATER'),
      );
      expect(told).toEqual([isTold, false]);
    },
  );

  it('is not believed for what only the stream beside a table knows', async () => {
    const first = await handSigned(hybrid());
    expect(await verdictOn(first)).toEqual(['valid']);
    const objects = { 5: '<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>' };
    expect(await verdictOn(await cosigned(first, { objects }))).toEqual(['CHANGED_LATER']);
  });

  it('is not believed where the document had waited for what came later', async () => {
    const prepared = await handSigned(
      pdfOf({ ...CONTRACT, 3: (CONTRACT[3] ?? '').replace('4 0 R', '[4 0 R 70 0 R]') }),
      { form: { ...inForm(SIGNATURE), 3: (inForm(SIGNATURE)[3] ?? '').replace('4 0 R', '[4 0 R 70 0 R]') } },
    );
    expect(await verdictOn(prepared)).toEqual(['valid']);
    const form = inForm(SIGNATURE, SECOND);
    const changed = await cosigned(prepared, {
      form: { ...form, 3: (form[3] ?? '').replace('4 0 R', '[4 0 R 70 0 R]') },
      objects: { 70: pageText('and 9999') },
    });
    expect(await verdictOn(changed)).toEqual(['CONTENT_ADDED_LATER']);
  });

  it.each([
    ['is believed where the title alone is new', '<< /Title (B) >>', ['valid']],
    [
      'is not believed where something else is new with it',
      '<< /Title (B) /Resources 5 0 R >>',
      ['CHANGED_LATER'],
    ],
  ])('%s', async (_name, now, expected) => {
    const titled = pdfOf({ ...CONTRACT, 6: '<< /Title (A) >>' }, '/Root 1 0 R /Info 6 0 R');
    const first = await handSigned(titled, { trailer: '/Info 6 0 R' });
    const objects = { 6: now };
    expect(await verdictOn(await cosigned(first, { objects, trailer: '/Info 6 0 R' }))).toEqual(expected);
  });
});

describe('holes that verifiers have had', () => {
  it('the second of two signatures is looked at too', async () => {
    const both = await cosigned(signed, { message: { signers: [{ signature: (bytes) => bytes.fill(1) }] } });
    expect(await verdictOn(both)).toEqual(['SIGNATURE']);
  });

  it('the first of two signatures is looked at too', async () => {
    const bad = await handSigned(contract, {
      message: { signers: [{ signature: (bytes) => bytes.fill(1) }] },
    });
    expect(await verdictOn(await cosigned(bad))).toEqual(['SIGNATURE']);
  });

  it('a certificate counts within its dates', async () => {
    expect(await verdictOn(signed, { at: new Date('2060-01-01') })).toContain('CERTIFICATE_EXPIRED');
  });

  it('the authentication key signs no documents', async () => {
    const auth = signerOf('auth');
    const message = { signers: [{ signer: auth }], certificates: [auth.certificate, auth.ca] };
    expect(await verdictOn(await handSigned(contract, { message }))).not.toContain('valid');
  });

  it('a signer whom nobody vouches for is not believed', async () => {
    expect(await verifyPdf(signed)).toMatchObject({ valid: false });
  });
});

describe('a signature of another form', () => {
  it('is believed without signed attributes, where its form does not demand them', async () => {
    const signed = await handSigned(contract, { message: { signers: [{ attributes: 'none' }] } });
    expect(await verdictOn(signed)).toEqual(['valid']);
    expect(await verdictOn(swapped(signed, 'Rent: 500', 'Rent: 900'))).toEqual(['SIGNATURE']);
  });

  it.each<[string, SignatureCraft, string]>([
    ['with SHA-1 inside', { subFilter: 'adbe.pkcs7.sha1' }, 'SUB_FILTER'],
    ['that is a timestamp', { subFilter: 'ETSI.RFC3161' }, 'SUB_FILTER'],
    [
      'of PAdES without its certificate named',
      { subFilter: 'ETSI.CAdES.detached' },
      'NO_SIGNING_CERTIFICATE',
    ],
    [
      'of PAdES without signed attributes',
      { subFilter: 'ETSI.CAdES.detached', message: { signers: [{ attributes: 'none' }] } },
      'NO_SIGNING_CERTIFICATE',
    ],
    ['with two signers', { message: { signers: [{}, {}] } }, 'SEVERAL_SIGNERS'],
    ['with none', { message: { signers: [] } }, 'NO_SIGNERS'],
    ['that no field shows', { form: {} }, 'NOT_IN_FORM'],
  ])('is not believed %s', async (_name, craft, code) => {
    expect(await verdictOn(await handSigned(contract, craft))).toContain(code);
  });

  it('is not believed as the value of two fields', async () => {
    const form = {
      ...inForm(SIGNATURE),
      1: (inForm(SIGNATURE)[1] ?? '').replace('21 0 R', '21 0 R 22 0 R'),
      22: `<< /FT /Sig /T (other) /V ${SIGNATURE} 0 R >>`,
    };
    expect(await verdictOn(await handSigned(contract, { form }))).toEqual(['PDF_REFUSED']);
  });
});

it('is not believed that a document certified against changes was signed again', async () => {
  const more = '/Reference [<< /TransformMethod /DocMDP /TransformParams << /P 1 /V /1.2 >> >>]';
  const certified = await handSigned(contract, { more });
  expect(await verdictOn(certified)).toEqual(['valid']);
  expect(await verdictOn(await cosigned(certified))).toEqual(['CERTIFIED']);
});

it('never believes a document with one bit changed', async () => {
  for (let at = 0; at < signed.length; at += 61) {
    const changed = new Uint8Array(signed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(await verdictOn(changed), `byte ${at}`).not.toContain('valid');
  }
}, 60_000);
