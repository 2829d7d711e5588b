/** Writes DER (X.690). Values are kept in pieces, so that a large content is copied once, when all is put together. */

import { TAG } from '../../src/asn1/der.js';
import { concatBytes } from '../../src/bytes.js';

/** One DER value as pieces in order. */
export type DerPieces = readonly Uint8Array[];

const CONSTRUCTED = 0x20;
const CONTEXT = 0x80;

/** The pieces as one array. */
export function toDer(value: DerPieces): Uint8Array<ArrayBuffer> {
  return concatBytes(...value);
}

/** A value that is DER already. */
export function ready(der: Uint8Array): DerPieces {
  return [der];
}

export function sequence(...values: readonly DerPieces[]): DerPieces {
  return tlv(CONSTRUCTED | TAG.sequence, values);
}

export function setOf(...values: readonly DerPieces[]): DerPieces {
  return tlv(CONSTRUCTED | TAG.set, sorted(values));
}

/** `[number] EXPLICIT`. */
export function explicit(number: number, value: DerPieces): DerPieces {
  return tlv(CONTEXT | CONSTRUCTED | number, [value]);
}

/** `[number] IMPLICIT SET OF`. */
export function implicitSetOf(number: number, ...values: readonly DerPieces[]): DerPieces {
  return tlv(CONTEXT | CONSTRUCTED | number, sorted(values));
}

/** `[number] IMPLICIT SEQUENCE`. */
export function implicitSequence(number: number, ...values: readonly DerPieces[]): DerPieces {
  return tlv(CONTEXT | CONSTRUCTED | number, values);
}

export function octetString(content: Uint8Array): DerPieces {
  return tlv(TAG.octetString, [[content]]);
}

/** @param magnitude big-endian, positive, without a sign byte */
export function positiveInteger(magnitude: Uint8Array): DerPieces {
  const sign = (magnitude[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : [];
  return tlv(TAG.integer, [[...sign, magnitude]]);
}

export function nullValue(): DerPieces {
  return tlv(TAG.null, []);
}

/** @param dotted `1.2.840.113549`; X.690 section 8.19 */
export function objectIdentifier(dotted: string): DerPieces {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [40 * first + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128));
    }
    return digits;
  });
  return tlv(TAG.oid, [[Uint8Array.from(bytes)]]);
}

/** RFC 5652 section 11.3: UTCTime from 1950 through 2049, else GeneralizedTime; whole seconds in UTC. */
export function time(date: Date): DerPieces {
  const digits = date.toISOString().slice(0, 19).replace(/\D/g, '');
  const short = date.getUTCFullYear() >= 1950 && date.getUTCFullYear() < 2050;
  const text = `${short ? digits.slice(2) : digits}Z`;
  return tlv(short ? TAG.utcTime : TAG.generalizedTime, [[new TextEncoder().encode(text)]]);
}

/** X.690 section 11.6: the elements of a SET OF are in the order of their encodings. */
function sorted(values: readonly DerPieces[]): readonly DerPieces[] {
  return values.map(toDer).sort(compareBytes).map(ready);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const differs = a.findIndex((byte, i) => byte !== b[i]);
  return differs < 0 ? a.length - b.length : (a[differs] ?? 0) - (b[differs] ?? -1);
}

function tlv(tag: number, content: readonly DerPieces[]): DerPieces {
  const pieces = content.flat();
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.of(tag, ...lengthBytes(length)), ...pieces];
}

function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}
