/**
 * From BER to DER (X.690 sections 10 and 11), as far as an encoding says what it is: lengths, strings in parts, booleans,
 * unused bits, the order of a SET OF. What only its type tells (a default that is written out, a string under another tag)
 * stays as it is, for the reader of that type to judge.
 */
import { compareBytes, concatBytes } from '../bytes.js';
import { type BerValue, childrenOf, MAX_DEPTH, noSignedData, SET } from './ber.js';
import { TAG } from './der.js';

/** What is larger or has more in one value, no strict reader takes. */
const MAX_BYTES = 65_536;
const MAX_VALUES = 4096;

const CONSTRUCTED = 0x20;
const CLASS_BITS = 0xc0;
const TAG_BITS = 0x1f;

/** X.690 sections 8.6, 8.7 and 8.23: what may come in parts. */
const STRINGS: ReadonlySet<number> = new Set([
  TAG.bitString,
  TAG.octetString,
  TAG.utf8String,
  TAG.numericString,
  TAG.printableString,
  TAG.teletexString,
  TAG.ia5String,
  TAG.utcTime,
  TAG.generalizedTime,
  TAG.visibleString,
  TAG.bmpString,
]);

/**
 * The value in DER. `readDer` still has to read it: what is wrong in BER too is not put right.
 *
 * @throws JpkiError `SIGNATURE_INVALID` when it is no BER, too large or nested too deeply
 */
export function toDer(value: BerValue, depth = 0): Uint8Array<ArrayBuffer> {
  if (depth > MAX_DEPTH) throw noSignedData('it is nested too deeply');
  if (value.bytes.length > MAX_BYTES) throw noSignedData(`more than ${MAX_BYTES} bytes in one field`);
  const { identifier, content } = value;
  const isUniversal = (identifier & CLASS_BITS) === 0;
  const tag = identifier & TAG_BITS;
  if ((identifier & CONSTRUCTED) === 0) {
    return encoded(identifier, isUniversal ? primitive(tag, content) : content);
  }
  if (isUniversal && STRINGS.has(tag)) return encoded(tag, primitive(tag, joined(value, tag, depth)));
  const children = childrenOf(value, MAX_VALUES).map((child) => toDer(child, depth + 1));
  if (identifier === SET) children.sort(compareBytes);
  return encoded(identifier, concatBytes(...children));
}

/** A tag byte, a length in the fewest bytes (X.690 section 10.1), and the content. */
function encoded(identifier: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let left = content.length; left > 0; left >>= 8) length.unshift(left & 0xff);
  const header = content.length < 0x80 ? [content.length] : [0x80 | length.length, ...length];
  return concatBytes(Uint8Array.of(identifier, ...header), content);
}

function primitive(tag: number, content: Uint8Array): Uint8Array {
  const isTrue = tag === TAG.boolean && content.length === 1 && content[0] !== 0;
  if (isTrue) return Uint8Array.of(0xff);
  const unused = content[0] ?? 0;
  const last = content.length - 1;
  if (tag !== TAG.bitString || last === 0 || unused > 7) return content;
  const cleared = concatBytes(content);
  cleared[last] = (cleared[last] ?? 0) & (0xff << unused);
  return cleared;
}

/** The parts of a string, which may have parts again: of a BIT STRING bit strings, of any other octet strings. */
function joined(value: BerValue, tag: number, depth: number): Uint8Array {
  if (depth > MAX_DEPTH) throw noSignedData('it is nested too deeply');
  const partTag = tag === TAG.bitString ? TAG.bitString : TAG.octetString;
  const parts = childrenOf(value, MAX_VALUES).map((part) => {
    if ((part.identifier & ~CONSTRUCTED) !== partTag)
      throw noSignedData('a string has parts of another type');
    return part.identifier === partTag ? part.content : joined(part, partTag, depth + 1);
  });
  if (tag !== TAG.bitString) return concatBytes(...parts);
  // X.690 section 8.6.4: each part counts its unused bits, and only the last one may have any.
  if (parts.some((part, i) => part[0] !== 0 && i < parts.length - 1))
    throw noSignedData('a bit string has unused bits in the middle');
  return concatBytes(Uint8Array.of(parts.at(-1)?.[0] ?? 0), ...parts.map((part) => part.subarray(1)));
}
