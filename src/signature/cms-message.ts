/** From the bytes of a CMS message to its fields (RFC 5652 section 5). What a decision rests on has to be DER. */
import { concatBytes, toHex } from '../bytes.js';
import { type DerValue, readDer, TAG } from '../certificate/der.js';
import { expectTag, isContext, oidText, positiveInteger, sequenceOf } from '../certificate/der-types.js';
import { DistinguishedName } from '../certificate/distinguished-name.js';
import { JpkiError } from '../errors.js';
import { type BerValue, childrenOf, noSignedData, octetStringBytes, readBer, SEQUENCE, SET } from './ber.js';
import { CMS } from './cms-profile.js';

/** Each costs a signature check or two; a document has a few. */
const MAX_SIGNERS = 16;
const MAX_CERTIFICATES = 32;
const MAX_FIELDS = 16;

const CONTEXT_0 = 0xa0;
const CONTEXT_1 = 0xa1;
/** Extended, attribute (version 1 and 2) and other certificates. */
const OTHER_CERTIFICATES: readonly number[] = [CONTEXT_0, CONTEXT_1, 0xa2, 0xa3];

/** RFC 5652 section 5.1. It tells old readers what to expect, and this one nothing. */
const VERSIONS: readonly number[] = [1, 3, 4, 5];

export interface SignedData {
  /** Object identifier. */
  readonly contentType: string;
  /** `undefined` when it is not in the message. */
  readonly content: Uint8Array | undefined;
  /** DER of each X.509 certificate, none of them read yet. */
  readonly certificates: readonly Uint8Array[];
  readonly signers: readonly SignerInfo[];
}

/** RFC 5652 section 5.3: how a signer's certificate is named. */
export type SignerIdentifier =
  | { readonly issuer: DistinguishedName; readonly serialNumber: string }
  | { readonly subjectKeyIdentifier: string };

export interface SignerInfo {
  readonly identifier: SignerIdentifier;
  /** Object identifiers; parameters were checked to be absent or NULL. */
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: string;
  /** `undefined` when there are none. */
  readonly attributes: SignedAttributes | undefined;
  readonly signature: Uint8Array;
}

export interface SignedAttributes {
  /** What is signed: the attributes as they stand, under the tag of a SET OF (RFC 5652 section 5.4). */
  readonly signedBytes: Uint8Array;
  /** In the order of the message. */
  readonly list: readonly { readonly type: string; readonly values: readonly DerValue[] }[];
}

/** @throws JpkiError `SIGNATURE_INVALID` when the bytes are no CMS SignedData */
export function readSignedData(bytes: Uint8Array): SignedData {
  const [type, wrapped, ...more] = fields(readBer(bytes), SEQUENCE);
  if (!type || wrapped?.identifier !== CONTEXT_0 || more.length > 0) throw noSignedData('it has no content');
  if (oid(type) !== CMS.signedData) throw noSignedData('its content type is another');
  const [signedData, ...others] = fields(wrapped, CONTEXT_0);
  if (others.length > 0) throw noSignedData('it has several contents');

  const [version, digestAlgorithms, encapsulated, ...rest] = fields(signedData, SEQUENCE);
  if (!VERSIONS.includes(readVersion(version))) throw noSignedData('its version is none');
  const certificates = rest[0]?.identifier === CONTEXT_0 ? rest.shift() : undefined;
  // Revocation lists are not looked at: a list that comes with a signature shows what its sender wants.
  if (rest[0]?.identifier === CONTEXT_1) rest.shift();
  const [signerInfos, ...excess] = rest;
  if (signerInfos?.identifier !== SET || excess.length > 0) throw noSignedData('the signers are missing');

  const listed = fields(digestAlgorithms, SET).map(readAlgorithm);
  const signers = childrenOf(signerInfos, MAX_SIGNERS).map(readSignerInfo);
  // A reader of streams would not have hashed the content for it (RFC 5652 section 5.3, digestAlgorithm).
  if (!signers.every(({ digestAlgorithm }) => listed.includes(digestAlgorithm))) {
    throw noSignedData("a signer's digest algorithm is not in its list");
  }
  return {
    ...readEncapsulated(encapsulated),
    certificates: certificates ? certificatesIn(certificates) : [],
    signers,
  };
}

/** X.509 certificates are picked out of the choices of RFC 5652 section 10.2.2. */
function certificatesIn(value: BerValue): readonly Uint8Array[] {
  const choices = childrenOf(value, MAX_CERTIFICATES);
  if (
    !choices.every(({ identifier }) => identifier === SEQUENCE || OTHER_CERTIFICATES.includes(identifier))
  ) {
    throw noSignedData('among the certificates is something else');
  }
  return choices.filter(({ identifier }) => identifier === SEQUENCE).map(({ bytes }) => bytes);
}

function readEncapsulated(value: BerValue | undefined): Pick<SignedData, 'contentType' | 'content'> {
  const [type, wrapped, ...more] = fields(value, SEQUENCE);
  if (!type || more.length > 0) throw noSignedData('the content has no type');
  if (!wrapped) return { contentType: oid(type), content: undefined };
  const [content, ...others] = fields(wrapped, CONTEXT_0);
  if (!content || others.length > 0) throw noSignedData('the content is not one value');
  return { contentType: oid(type), content: octetStringBytes(content) };
}

function readSignerInfo(value: BerValue): SignerInfo {
  const [version, identifier, digestAlgorithm, ...rest] = fields(value, SEQUENCE);
  const attributes = rest[0]?.identifier === CONTEXT_0 ? rest.shift() : undefined;
  const [signatureAlgorithm, signature, unsignedAttributes, ...more] = rest;
  // Unsigned attributes prove nothing and are not looked at.
  if ((unsignedAttributes && unsignedAttributes.identifier !== CONTEXT_1) || more.length > 0) {
    throw noSignedData('a signer has fields that no signer has');
  }
  return {
    identifier: readIdentifier(version, identifier),
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    attributes: attributes && readAttributes(attributes),
    signature: strict(signature, (der) => expectTag(der, TAG.octetString, 'a signature').content),
  };
}

/** RFC 5652 section 5.3: version 1 goes with issuer and serial number, 3 with a key identifier. */
function readIdentifier(version: BerValue | undefined, value: BerValue | undefined): SignerIdentifier {
  const number = readVersion(version);
  return strict(value, (der): SignerIdentifier => {
    if (number === 3 && isContext(der, 0, false)) return { subjectKeyIdentifier: toHex(der.content) };
    const [issuer, serialNumber, ...more] = sequenceOf(der, 'the name of a signer');
    if (number !== 1 || more.length > 0) throw noSignedData('a signer is named in no known way');
    return {
      issuer: DistinguishedName.fromDer(issuer),
      serialNumber: toHex(positiveInteger(serialNumber, "a signer's serial number")),
    };
  });
}

function readVersion(value: BerValue | undefined): number {
  return strict(value, (der) => positiveInteger(der, 'a version').reduce((sum, byte) => sum * 256 + byte, 0));
}

/** RFC 5754 sections 2 and 3.2: parameters that are absent and those that are NULL both have to be accepted. */
function readAlgorithm(value: BerValue | undefined): string {
  return strict(value, (der) => {
    const [type, parameters, ...more] = sequenceOf(der, 'an algorithm');
    const algorithm = oidText(type, 'an algorithm');
    const plain =
      parameters === undefined || (parameters.tagClass === 'universal' && parameters.tag === TAG.null);
    // With other parameters it is an algorithm that is accepted nowhere.
    return plain && more.length === 0 ? algorithm : `${algorithm} with parameters`;
  });
}

function readAttributes(value: BerValue): SignedAttributes {
  return strict(value, ({ bytes, children }) => {
    if (children.length === 0) throw noSignedData('a signer has an empty list of attributes');
    const list = children.map((attribute) => {
      const [type, values, ...more] = sequenceOf(attribute, 'an attribute');
      const elements = expectTag(values, TAG.set, 'the values of an attribute').children;
      if (more.length > 0) throw noSignedData('an attribute has too many fields');
      return { type: oidText(type, 'the type of an attribute'), values: elements };
    });
    return { signedBytes: concatBytes(Uint8Array.of(SET), bytes.subarray(1)), list };
  });
}

/** The fields of a constructed value that has this tag byte. */
function fields(value: BerValue | undefined, identifier: number): BerValue[] {
  if (value?.identifier !== identifier) throw noSignedData('a field is missing or of the wrong type');
  return [...childrenOf(value, MAX_FIELDS)];
}

function oid(value: BerValue): string {
  return strict(value, (der) => oidText(der, 'an object identifier'));
}

/** Reads a field as DER, and says of what cannot be read that the message is none. */
function strict<T>(value: BerValue | undefined, read: (der: DerValue) => T): T {
  if (!value) throw noSignedData('a signer has fields missing');
  try {
    return read(readDer(value.bytes));
  } catch (cause) {
    if (cause instanceof JpkiError && cause.code === 'SIGNATURE_INVALID') throw cause;
    throw noSignedData('a field that has to be DER is not', cause);
  }
}
