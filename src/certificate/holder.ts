/** The person a signature certificate names: card.md section 7, the otherName entries. */

import {
  type DerValue,
  expectTag,
  invalid,
  isContext,
  oidText,
  sequenceOf,
  stringText,
  TAG,
} from '../asn1/der.js';
import { HOLDER_ENTRIES } from '../asn1/oid.js';
import { type BirthDate, parseBirthDate } from './birth-date.js';
import { SEX_DIGITS, type Sex } from './profile.js';

/** A character that stands in for one the character set lacks: the person's real one is not in the certificate. */
export interface SubstituteCharacter {
  /** Position in characters (code points), the first being 0. */
  readonly index: number;
  readonly character: string;
}

/** The holder as the certificate names one. Fields the certificate leaves out are empty or unknown. */
export interface Holder {
  /** Family and given name separated by U+3000, as on the card. */
  readonly name: string;
  /** Characters of `name` that are substitutes; `undefined` when the certificate does not say which. */
  readonly nameSubstitutes: readonly SubstituteCharacter[] | undefined;
  readonly sex: Sex;
  readonly birthDate: BirthDate;
  /** Without postal code; empty when the certificate has none. */
  readonly address: string;
  /** As `nameSubstitutes`, for `address`. */
  readonly addressSubstitutes: readonly SubstituteCharacter[] | undefined;
}

const UNKNOWN_BIRTH_DATE = '000000000';

/**
 * The holder in a subjectAltName, or `undefined` when it names none.
 *
 * @throws JpkiError `CERTIFICATE_INVALID` when an entry is there twice or holds what it cannot
 */
export function readHolder(altName: DerValue): Holder | undefined {
  const entries = new Map<string, string>();
  for (const entry of sequenceOf(altName, 'the subjectAltName')) {
    if (!isContext(entry, 0, true)) continue;
    const oid = oidText(entry.children[0], 'the type of an otherName');
    if (!HOLDER_OIDS.has(oid)) continue;
    if (entries.has(oid)) throw invalid('an attribute of the holder is there twice');
    entries.set(oid, otherNameText(entry));
  }
  const name = entries.get(HOLDER_ENTRIES.name);
  if (name === undefined) return undefined;
  const address = entries.get(HOLDER_ENTRIES.address) ?? '';
  return Object.freeze({
    name,
    nameSubstitutes: readSubstitutes(name, entries.get(HOLDER_ENTRIES.nameSubstitutes)),
    sex: readSex(entries.get(HOLDER_ENTRIES.sex)),
    birthDate: parseBirthDate(entries.get(HOLDER_ENTRIES.birthDate) ?? UNKNOWN_BIRTH_DATE),
    address,
    addressSubstitutes: readSubstitutes(address, entries.get(HOLDER_ENTRIES.addressSubstitutes)),
  });
}

const HOLDER_OIDS: ReadonlySet<string> = new Set(Object.values(HOLDER_ENTRIES));

/** OtherName is a type and an explicitly tagged [0] value (RFC 5280 section 4.2.1.6). */
function otherNameText(entry: DerValue): string {
  const [, wrapper, ...more] = entry.children;
  if (!isContext(wrapper, 0, true) || wrapper.children.length !== 1 || more.length > 0) {
    throw invalid('an attribute of the holder is not one value');
  }
  const text = stringText(expectTag(wrapper.children[0], TAG.utf8String, 'an attribute of the holder')) ?? '';
  // No name or address holds what moves the cursor or turns the writing direction.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))
    throw invalid('an attribute of the holder has control characters');
  return text;
}

function readSex(digit: string | undefined): Sex {
  const sexes = Object.keys(SEX_DIGITS) as Sex[];
  const sex = digit === undefined ? 'unknown' : sexes.find((key) => SEX_DIGITS[key] === digit);
  if (!sex) throw invalid('the sex is none of the three digits');
  return sex;
}

function readSubstitutes(
  text: string,
  digits: string | undefined,
): readonly SubstituteCharacter[] | undefined {
  if (digits === undefined) return undefined;
  if (/[^01]/.test(digits)) throw invalid('the substitute characters are not marked by 0 and 1');
  if (!digits.includes('1')) return Object.freeze([]);
  const characters = [...text];
  // Marks that do not fit the text say that there are substitutes, but not where.
  if (digits.length !== characters.length) return undefined;
  const marked = characters.map((character, index) => ({ index, character }));
  return Object.freeze(marked.filter(({ index }) => digits[index] === '1'));
}
