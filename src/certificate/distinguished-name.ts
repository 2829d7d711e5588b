import { checkThat, oneOf } from '../arguments.js';
import { type DerValue, expectTag, invalid, oidText, sequenceOf, stringText, TAG } from '../asn1/der.js';
import { NAME_ATTRIBUTES, type NameAttribute } from '../asn1/oid.js';
import { concatBytes, toHex } from '../bytes.js';

/**
 * One attribute of a name.
 *
 * @category Certificates
 */
export interface NamePart {
  /** Dotted object identifier. */
  readonly oid: string;
  /** Short name where it has one (`CN`, `OU`), else the object identifier. */
  readonly type: string;
  readonly value: string;
}

const SHORT_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(NAME_ATTRIBUTES).map(([short, oid]) => [oid, short]),
);

const checkAttribute = oneOf(...Object.keys(NAME_ATTRIBUTES));

/**
 * The subject or issuer of a certificate. Immutable.
 *
 * @example
 * certificate.issuer.get('O');        // 'JPKI'
 * String(certificate.subject);        // 'C=JP, L=Kakuu-ken, L=Mihon-shi, CN=2026…'
 * @category Certificates
 */
export class DistinguishedName {
  /** In the order of the certificate. */
  readonly parts: readonly NamePart[];
  readonly #der: Uint8Array;
  readonly #text: string;
  readonly #comparable: string;

  private constructor(value: DerValue, rdns: readonly (readonly NamePart[])[]) {
    this.parts = Object.freeze(rdns.flat());
    this.#der = concatBytes(value.bytes);
    this.#text = rdns
      .map((rdn) => rdn.map((part) => `${part.type}=${escapeValue(part.value)}`).join('+'))
      .join(', ');
    this.#comparable = JSON.stringify(rdns.map((rdn) => rdn.map(({ oid, value }) => [oid, value])));
    Object.freeze(this);
  }

  /** @throws JpkiError `CERTIFICATE_INVALID` */
  static fromDer(value: DerValue | undefined): DistinguishedName {
    if (!value) throw invalid('a name is missing');
    const rdns = sequenceOf(value, 'a name').map((rdn) => {
      const parts = expectTag(rdn, TAG.set, 'a part of a name').children.map(readPart);
      if (parts.length === 0) throw invalid('a part of a name is empty');
      return parts;
    });
    return new DistinguishedName(value, rdns);
  }

  /** DER of the Name, a fresh copy. */
  get der(): Uint8Array {
    return concatBytes(this.#der);
  }

  /**
   * The first value of an attribute; `undefined` when the name has none.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for an attribute that is none of `NameAttribute`
   */
  get(attribute: NameAttribute): string | undefined {
    return this.getAll(attribute)[0];
  }

  /**
   * All values of an attribute, in the order of the certificate.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for an attribute that is none of `NameAttribute`
   */
  getAll(attribute: NameAttribute): readonly string[] {
    checkAttribute('attribute', attribute);
    return this.parts.filter((part) => part.oid === NAME_ATTRIBUTES[attribute]).map((part) => part.value);
  }

  /**
   * Whether both have the same attributes with the same texts in the same order, whatever string types hold them.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for no DistinguishedName
   */
  equals(other: DistinguishedName): boolean {
    checkName('other', other);
    return this.#comparable === other.#comparable;
  }

  /** In the order of the certificate, special characters escaped as in RFC 4514 section 2.4. */
  toString(): string {
    return this.#text;
  }

  /** The same text as `toString`. */
  toJSON(): string {
    return this.#text;
  }
}

const checkName = checkThat(
  (texts) => texts.certificate.aName,
  // A proxy of one has its prototype, and no text.
  (value) => value instanceof DistinguishedName && typeof value.toString() === 'string',
);

function readPart(value: DerValue): NamePart {
  const [type, content, ...more] = sequenceOf(value, 'an attribute of a name');
  if (!content || more.length > 0) throw invalid('an attribute of a name is not a type and a value');
  const oid = oidText(type, 'the type of a name attribute');
  const text = stringText(content);
  // RFC 4519: the attributes of these names are texts, and nothing else is printed or compared as one.
  if (text === undefined) throw invalid('an attribute of a name is no text');
  return Object.freeze({ oid, type: SHORT_NAMES.get(oid) ?? oid, value: text });
}

/** Also escapes what is invisible or turns the writing direction: a name must not change the line it is printed in. */
function escapeValue(value: string): string {
  const utf8 = new TextEncoder();
  return value
    .replace(/[\\,+"<>;]|^[ #]| $/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => toHex(utf8.encode(char)).replace(/../g, '\\$&'));
}
