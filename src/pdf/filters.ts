/** The one filter that cross-reference and object streams have (ISO 32000-1 sections 7.4.4 and 7.5.8). */
import { concatBytes, forWebCrypto } from '../bytes.js';
import { refused } from './refused.js';
import { damaged, is, nameOf, type PdfValue } from './values.js';

/** What one stream may grow to: a table of a document of the largest size, with room. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;

/** The data of a stream that holds the structure of a document. */
export async function decoded(entries: ReadonlyMap<string, PdfValue>, data: Uint8Array): Promise<Uint8Array> {
  const only = (value: PdfValue | undefined): PdfValue | undefined =>
    is(value, 'array') && value.items.length === 1 ? value.items[0] : value;
  const filter = only(entries.get('Filter'));
  if (filter === undefined) return data;
  if (nameOf(filter) !== 'FlateDecode')
    throw damaged('its structure is packed in a way that is not usual', 0);
  const inflated = await inflate(data);
  const parameters = only(entries.get('DecodeParms'));
  if (parameters === undefined || parameters === null) return inflated;
  // A reference, or several: another reader may take them for something.
  if (!is(parameters, 'dictionary')) throw damaged('its structure is packed in a way that is not usual', 0);
  const number = (key: string, otherwise: number): number => {
    const value = parameters.entries.get(key) ?? otherwise;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 4096)
      throw damaged(`${key} makes no sense`, 0);
    return value;
  };
  const predictor = number('Predictor', 1);
  if (predictor === 1) return inflated;
  if (predictor < 10) throw damaged('its structure is packed in a way that is not usual', 0);
  const pixel = Math.ceil((number('Colors', 1) * number('BitsPerComponent', 8)) / 8);
  const row = Math.ceil((number('Colors', 1) * number('BitsPerComponent', 8) * number('Columns', 1)) / 8);
  return unpredicted(inflated, pixel, row);
}

async function inflate(data: Uint8Array): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const unpacked = new Blob([forWebCrypto(data)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const reader = unpacked.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concatBytes(...pieces);
      length += value.length;
      if (length > MAX_DECODED_BYTES) throw damaged('its structure is too large', 0);
      pieces.push(value);
    }
  } catch (cause) {
    throw refused((texts) => texts.pdf.damaged('its structure cannot be unpacked'), cause);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** PNG predictors (RFC 2083 section 6). */
function unpredicted(data: Uint8Array, pixel: number, row: number): Uint8Array {
  const rows = Math.ceil(data.length / (row + 1));
  const out = new Uint8Array(rows * row);
  for (let r = 0; r < rows; r++) {
    const type = data[r * (row + 1)] ?? 0;
    for (let i = 0; i < row; i++) {
      const left = i >= pixel ? (out[r * row + i - pixel] ?? 0) : 0;
      const up = r > 0 ? (out[(r - 1) * row + i] ?? 0) : 0;
      const upLeft = r > 0 && i >= pixel ? (out[(r - 1) * row + i - pixel] ?? 0) : 0;
      out[r * row + i] = (data[r * (row + 1) + 1 + i] ?? 0) + predicted(type, left, up, upLeft);
    }
  }
  return out;
}

function predicted(type: number, left: number, up: number, upLeft: number): number {
  switch (type) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const [a, b, c] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
      return a <= b && a <= c ? left : b <= c ? up : upLeft;
    }
    default:
      throw damaged('its structure is packed in a way that is not usual', 0);
  }
}
