/** What of a signature is seen on a page: a picture, or text, in a rectangle. It proves nothing. */
import type { PDFDocument, PDFRef } from '@cantoo/pdf-lib';
import {
  type Check,
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkObject,
  checkText,
  checkThat,
  fieldsOf,
  integerFrom,
  required,
} from '../arguments.js';
import { invalidArgument, JpkiError } from '../errors.js';
import { say } from '../text/index.js';
import type { PdfLib } from './package.js';

/** A font, for text that is not in Latin letters alone. */
export interface VisibleFont {
  /** TrueType or OpenType; what of it is used goes into the document. */
  readonly bytes: Uint8Array;
  /** What reads fonts: the default export of `@cantoo/fontkit`, installed by you. */
  readonly fontkit: object;
}

/** Where a signature is seen, and as what: `image`, `text` or both. */
export interface VisibleSignature {
  /** From 1; default 1. */
  readonly page?: number | undefined;
  /** In points (1/72 inch) from the lower left corner of the page: x, y, width, height. */
  readonly rectangle: readonly [x: number, y: number, width: number, height: number];
  /** PNG or JPEG, drawn as large as fits. */
  readonly image?: Uint8Array | undefined;
  /** Lines of text. Without a font Latin letters alone (WinAnsi). */
  readonly text?: string | undefined;
  readonly font?: VisibleFont | undefined;
}

const FONT_CHECKS: ChecksOf<VisibleFont> = { bytes: required(checkBytes), fontkit: required(checkFontkit()) };

function checkFontkit(): Check {
  return checkThat(
    (texts) => texts.argument.object,
    (value) => (typeof value === 'object' && value !== null) || typeof value === 'function',
  );
}

const RECTANGLE = checkThat(
  (texts) => texts.pdf.aRectangle,
  (value) =>
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((number) => typeof number === 'number' && Math.abs(number) <= 14_400) &&
    value[2] > 0 &&
    value[3] > 0,
);

const VISIBLE_CHECKS: ChecksOf<VisibleSignature> = {
  page: integerFrom(1, 100_000),
  rectangle: required(RECTANGLE),
  image: checkBytes,
  text: checkText,
  font: fieldsOf(FONT_CHECKS),
};

export const checkVisible: Check = (name, value) => {
  checkObject(name, value);
  const { image, text } = checkedOptions(value as VisibleSignature, VISIBLE_CHECKS, name);
  if (image === undefined && text === undefined)
    throw invalidArgument(name, (texts) => texts.pdf.imageOrText);
};

/** The appearance stream of the field. */
export async function appearance(
  lib: PdfLib,
  document: PDFDocument,
  { rectangle, image, text, font }: VisibleSignature,
): Promise<PDFRef> {
  const [, , width, height] = rectangle;
  const size = { width, height };
  const picture = image && (await drawnImage(lib, document, image, size));
  const words = text === undefined ? undefined : await drawnText(lib, document, text, font, size);
  const { context } = document;
  const stream = context.formXObject([...(picture?.operators ?? []), ...(words?.operators ?? [])], {
    BBox: context.obj([0, 0, width, height]),
    Resources: context.obj({
      ...(picture && { XObject: { Image: picture.ref } }),
      ...(words && { Font: { Font: words.ref } }),
    }),
  });
  return context.register(stream);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

async function drawnImage(lib: PdfLib, document: PDFDocument, image: Uint8Array, size: Size) {
  // Each format by its first bytes (RFC 2083 section 3.1, ISO 10918-1 annex B).
  const isPng = image[0] === 0x89 && image[1] === 0x50;
  const isJpeg = image[0] === 0xff && image[1] === 0xd8;
  if (!isPng && !isJpeg) throw invalidArgument('visible.image', (texts) => texts.pdf.anImage);
  try {
    const embedded = await (isPng ? document.embedPng(image) : document.embedJpg(image));
    const { width, height } = embedded.scaleToFit(size.width, size.height);
    const at = { x: (size.width - width) / 2, y: (size.height - height) / 2, width, height };
    const none = lib.degrees(0);
    const operators = lib.drawImage('Image', { ...at, rotate: none, xSkew: none, ySkew: none });
    return { ref: embedded.ref, operators };
  } catch (cause) {
    throw unusable('visible.image', cause);
  }
}

/** Lines as large as fit, of 24 points at most. */
async function drawnText(
  lib: PdfLib,
  document: PDFDocument,
  text: string,
  given: VisibleFont | undefined,
  { width, height }: Size,
) {
  try {
    // The type that the package asks for is a part of what each of the three has.
    if (given) document.registerFontkit(given.fontkit as Parameters<PDFDocument['registerFontkit']>[0]);
    const font = await document.embedFont(given?.bytes ?? lib.StandardFonts.Helvetica, {
      subset: given !== undefined,
    });
    const lines = text.split('\n');
    // The package leaves out what a font has not.
    const characters = new Set(font.getCharacterSet());
    const missing = [...lines.join('')].find((char) => !characters.has(char.codePointAt(0) ?? 0));
    if (missing !== undefined) throw new RangeError(`the font has no ${missing}`);
    const widest = Math.max(...lines.map((line) => font.widthOfTextAtSize(line, 1)), 0.1);
    const size = Math.min(24, (width - 4) / widest, (height - 4) / (lines.length * 1.2));
    const none = lib.degrees(0);
    const operators = lib.drawLinesOfText(
      lines.map((line) => font.encodeText(line)),
      {
        ...{ color: lib.rgb(0, 0, 0), font: 'Font', size, lineHeight: size * 1.2 },
        ...{ x: 2, y: height - 2 - size, rotate: none, xSkew: none, ySkew: none },
      },
    );
    // Here and not when the document is saved, so that a font that cannot be taken apart is told by its name.
    await font.embed();
    return { ref: font.ref, operators };
  } catch (cause) {
    throw unusable(given ? 'visible.font' : 'visible.text', cause);
  }
}

function unusable(argument: string, cause: unknown): JpkiError {
  const message = say((texts) => texts.pdf.cannotDraw(argument));
  return new JpkiError('INVALID_ARGUMENT', message, { argument, cause });
}
