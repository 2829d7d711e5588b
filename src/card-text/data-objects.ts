/** The data objects of the card's text files: one object, which may hold others. */
import { JpkiError } from '../errors.js';
import { readBerTlvHeader } from '../iso7816/index.js';

/** One data object, and where it lies. */
export interface DataObject {
  readonly tag: number;
  /** Its first byte, from the beginning of the file. */
  readonly start: number;
  /** The first byte behind it. */
  readonly end: number;
  readonly value: Uint8Array;
}

/**
 * The one object of a file. Filler of 00 or FF may follow, and nothing else.
 *
 * @param name what the file is called in an error
 * @throws JpkiError `MALFORMED_RESPONSE`
 */
export function onlyObject(bytes: Uint8Array, tag: number, name: string): DataObject {
  const object = objectAt(bytes, 0, bytes.length, name);
  if (object.tag !== tag) throw malformed(name, 'it is another object');
  if (!isFiller(bytes.subarray(object.end))) throw malformed(name, 'something follows it');
  return object;
}

/** The objects inside the one object of a file, in their order. */
export class ObjectFile {
  /** The one around them. */
  readonly outer: DataObject;
  readonly objects: readonly DataObject[];

  /**
   * Takes a file apart. Filler may follow the last object too, and nothing may reach beyond what holds it.
   *
   * @param name what the file is called in an error
   * @throws JpkiError `MALFORMED_RESPONSE`
   */
  constructor(
    readonly bytes: Uint8Array,
    tag: number,
    private readonly name: string,
  ) {
    const outer = onlyObject(bytes, tag, name);
    const objects: DataObject[] = [];
    let at = outer.end - outer.value.length;
    while (at < outer.end && !isFiller(bytes.subarray(at, outer.end))) {
      const object = objectAt(bytes, at, outer.end, name);
      objects.push(object);
      at = object.end;
    }
    this.outer = outer;
    this.objects = objects;
  }

  /**
   * The object of a tag.
   *
   * @param length of its value in bytes, where that is the same on every card
   * @throws JpkiError `MALFORMED_RESPONSE` where it is missing, there twice, or of another length
   */
  one(tag: number, length?: number): DataObject {
    const [first, ...others] = this.objects.filter((object) => object.tag === tag);
    if (first === undefined) throw this.malformed(`the object ${hex(tag)} is missing`);
    if (others.length > 0) throw this.malformed(`the object ${hex(tag)} is there twice`);
    if (length !== undefined && first.value.length !== length)
      throw this.malformed(`the object ${hex(tag)} has not ${length} bytes`);
    return first;
  }

  /** The error for this file. */
  malformed(reason: string): JpkiError {
    return malformed(this.name, reason);
  }
}

/** Names the file and what is wrong, and nothing of what is in it. */
export function malformed(name: string, reason: string): JpkiError {
  return new JpkiError('MALFORMED_RESPONSE', `The ${name} on the card cannot be read: ${reason}.`);
}

/** Whether every byte is an ASCII digit. */
export function areDigits(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
}

/** ASCII digits as text; `undefined` where a byte is something else. */
export function digitsOf(bytes: Uint8Array): string | undefined {
  return areDigits(bytes) ? String.fromCharCode(...bytes) : undefined;
}

function objectAt(bytes: Uint8Array, start: number, limit: number, name: string): DataObject {
  let header: ReturnType<typeof readBerTlvHeader>;
  try {
    header = readBerTlvHeader(bytes, start);
  } catch (cause) {
    throw cause instanceof JpkiError ? malformed(name, 'an object has no header') : cause;
  }
  if (header === undefined) throw malformed(name, 'it ends in the header of an object');
  const from = start + header.headerLength;
  const end = from + header.valueLength;
  if (end > limit) throw malformed(name, 'an object is longer than what holds it');
  return { tag: header.tag, start, end, value: bytes.subarray(from, end) };
}

function isFiller(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x00) || bytes.every((byte) => byte === 0xff);
}

function hex(tag: number): string {
  return tag.toString(16).toUpperCase().padStart(2, '0');
}
