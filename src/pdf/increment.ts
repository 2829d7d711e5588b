/** A signature field with an empty signature, as an update behind the end of a document. */
import type { PDFArray, PDFContext, PDFDict, PDFDocument, PDFRawStream, PDFRef } from '@cantoo/pdf-lib';
import { invalidArgument } from '../errors.js';
import type { PdfFile } from './file.js';
import { type PdfLib, pdfLib } from './package.js';
import { refused } from './refused.js';
import { appearance, type VisibleSignature } from './visible.js';

/** ISO 32000-1 table 165: printed, and locked. */
const PRINT_AND_LOCKED = 4 + 128;
/** Table 219: there are signatures, and the document is only to be appended to. */
const SIGNATURES_AND_APPEND_ONLY = 3;

/**
 * The bytes to append. Written as the newest part of the document is, with a table or a stream of cross references.
 *
 * @param value of the field, as it is to be written
 */
export async function incrementFor(
  file: PdfFile,
  value: Uint8Array,
  visible: VisibleSignature | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly field: string }> {
  const lib = await pdfLib();
  // The package is a lenient reader.
  const document = await load(lib, await file.counted());
  const snapshot = document.takeSnapshot();
  const { context, catalog } = document;
  const page = document.getPages()[(visible?.page ?? 1) - 1];
  if (page === undefined)
    throw invalidArgument('visible.page', (texts) => texts.pdf.aPage(document.getPageCount()));

  const root = context.trailerInfo.Root as PDFRef;
  const form = ensured(lib, { parent: catalog, key: 'AcroForm', holder: root }, context.obj({}));
  const inForm = { parent: form.value, key: 'Fields', holder: form.holder };
  const fields = ensured(lib, inForm, context.obj([]));
  const onPage = { parent: page.node, key: 'Annots', holder: page.ref };
  const annotations = ensured(lib, onPage, context.obj([]));
  const field = unusedName(lib, document, fields.value);
  const [x, y, width, height] = visible?.rectangle ?? [0, 0, 0, 0];
  const widget = context.obj({
    ...{ Type: 'Annot', Subtype: 'Widget', FT: 'Sig', F: PRINT_AND_LOCKED, P: page.ref },
    ...{ T: lib.PDFHexString.fromText(field), V: context.register(lib.PDFInvalidObject.of(value)) },
    Rect: [x, y, x + width, y + height],
    // Also where nothing is to be seen: the registry is known to have taken signatures with an empty appearance.
    AP: { N: visible ? await appearance(lib, document, visible) : context.register(emptyForm(context)) },
  });
  const place = context.register(widget);
  fields.value.push(place);
  annotations.value.push(place);
  form.value.set(lib.PDFName.of('SigFlags'), lib.PDFNumber.of(SIGNATURES_AND_APPEND_ONLY));
  snapshot.markRefsForSave([form.holder, fields.holder, annotations.holder]);
  const bytes = await document.saveIncremental(snapshot, {
    useObjectStreams: file.sections[0]?.isStream === true,
    objectsPerTick: 10_000,
  });
  return { bytes, field };
}

function emptyForm(context: PDFContext): PDFRawStream {
  return context.stream('', { Type: 'XObject', Subtype: 'Form', BBox: [0, 0, 0, 0] });
}

async function load(lib: PdfLib, bytes: Uint8Array): Promise<PDFDocument> {
  try {
    return await lib.PDFDocument.load(bytes, {
      ...{ forIncrementalUpdate: true, updateMetadata: false, preserveXFA: true },
      parseSpeed: lib.ParseSpeeds.Fast,
    });
  } catch (cause) {
    throw refused((texts) => texts.pdf.damaged('its objects cannot be read'), cause);
  }
}

/** What stands under a key, made where there is nothing of its kind, and the object that changes with it. */
function ensured<T extends PDFDict | PDFArray>(
  lib: PdfLib,
  { parent, key, holder }: { readonly parent: PDFDict; readonly key: string; readonly holder: PDFRef },
  empty: T,
): { readonly value: T; readonly holder: PDFRef } {
  const name = lib.PDFName.of(key);
  const found = parent.get(name);
  const value = parent.context.lookup(found);
  if (value?.constructor === empty.constructor)
    return { value: value as T, holder: found instanceof lib.PDFRef ? found : holder };
  parent.set(name, empty);
  return { value: empty, holder };
}

function unusedName(lib: PdfLib, { context }: PDFDocument, fields: PDFArray): string {
  const used = new Set<string>();
  for (const item of fields.asArray()) {
    const field = context.lookup(item);
    const title = field instanceof lib.PDFDict ? context.lookup(field.get(lib.PDFName.of('T'))) : undefined;
    if (title instanceof lib.PDFString || title instanceof lib.PDFHexString) used.add(title.decodeText());
  }
  let number = 1;
  while (used.has(`Signature${number}`)) number++;
  return `Signature${number}`;
}
