/** The text on a virtual card: the files of the card input support application, and the record that says when the card ends. */
import { bitStringBytes, positiveInteger, readDer, sequenceOf } from '../asn1/der.js';
import { concatBytes, fromBase64, toBase64 } from '../bytes.js';
import { ERAS, type Sex } from '../certificate/profile.js';
import { sha256 } from '../hashes.js';
import { eraYearOf } from '../japan.js';
import { CARD_RECORD_LENGTH, MY_NUMBER_FILE_LENGTH, TEXT_TAG } from '../jpki/files.js';
import { signSha256 } from './chip.js';
import type { HolderDetails, KeyPair } from './issue-certificate.js';

/** Who signs the text on virtual cards: a CA of its own, and the municipality that it certifies. */
export interface TextAuthority {
  /** The CA's key, as `verifyCardText` takes it. */
  readonly issuer: TextIssuer;
  /** File 0004, the certificate of the municipality's key. */
  readonly certificate: Uint8Array;
  /** The municipality's key, PKCS#8. */
  readonly privateKey: Uint8Array;
}

/** The key that certificates of the text on a card are signed with. */
export interface TextIssuer {
  /** 16 bytes that name the key. */
  readonly keyId: Uint8Array;
  /** Of RSA-2048 with exponent 65537, big-endian, 256 bytes. */
  readonly modulus: Uint8Array;
}

/** What the text files say besides what the certificates do. */
export interface TextDetails {
  /** Twelve digits. */
  readonly myNumber: string;
  /** Four digits on the face of the card. */
  readonly securityCode: string;
  /** Five digits. */
  readonly municipalityCode: string;
  /** YYYYMMDD. */
  readonly cardExpiry: string;
}

/**
 * What is on the face of a virtual card that was issued without other values. The number has a check digit that no real
 * one has (the right one is 6), and there is no such municipality.
 */
export const FICTIONAL_TEXT = {
  myNumber: '999999999999',
  securityCode: '0000',
  municipalityCode: '99999',
} as const;

/** Names of keys begin with 5 on real cards and with 6 on those of the test hierarchy [myna-card]: 9 is on neither. */
const CA_KEY = keyId('9000033', '001');
const MUNICIPALITY_KEY = keyId('9999999', '000');
const OTHER_KEY = keyId('9000034', '001');

/** Seven digits, 08 05, three digits, four bytes of zero [myna-card]. */
function keyId(number: string, group: string): Uint8Array {
  return concatBytes(ascii(number), Uint8Array.of(0x08, 0x05), ascii(group), new Uint8Array(4));
}

export function textAuthorityFrom(ca: KeyPair, municipality: KeyPair): TextAuthority {
  const body = concatBytes(CA_KEY, MUNICIPALITY_KEY, publicKeyObjects(modulusOf(municipality.publicKey)));
  const certificate = object(
    TEXT_TAG.certificate,
    object(TEXT_TAG.certificateBody, body),
    object(TEXT_TAG.certificateSignature, signSha256(ca.privateKey, body)),
  );
  const issuer = { keyId: CA_KEY, modulus: modulusOf(ca.publicKey) };
  return { issuer, certificate, privateKey: municipality.privateKey };
}

/** The files by what they hold; `textFiles` of card-memory.ts says under which number and behind which PIN. */
export function textContents(
  { name, address, birthDate, sex }: HolderDetails,
  { myNumber }: TextDetails,
  { certificate, privateKey }: TextAuthority,
) {
  const numberFile = new Uint8Array(MY_NUMBER_FILE_LENGTH).fill(0xff);
  numberFile.set(object(TEXT_TAG.myNumber, ascii(myNumber)));
  const fields = [
    object(TEXT_TAG.name, utf8(name)),
    object(TEXT_TAG.address, utf8(address)),
    object(TEXT_TAG.birthDate, ascii(birthDate.slice(1))),
    object(TEXT_TAG.sex, ascii(SEX_DIGITS[sex])),
  ];
  const digests = concatBytes(
    object(TEXT_TAG.myNumberDigest, sha256(numberFile)),
    object(TEXT_TAG.attributesDigest, sha256(...fields)),
  );
  const signature = object(TEXT_TAG.proofSignature, signSha256(privateKey, digests));
  return {
    myNumber: numberFile,
    attributes: attributesFile(fields),
    proof: object(TEXT_TAG.proof, digests, signature),
    certificate,
    basicInformation: object(
      TEXT_TAG.basicInformation,
      // Seen on cards [myna-card].
      object(TEXT_TAG.version, Uint8Array.of(0x01, 0x03, 0x0e, 0x01)),
      object(TEXT_TAG.keyId, OTHER_KEY),
      object(TEXT_TAG.unknown, new Uint8Array(128).fill(0xff)),
    ),
  };
}

/** The offset table counts from the first byte of the file, so it depends on how long the file's own header is. */
function attributesFile(fields: readonly Uint8Array[]): Uint8Array {
  const table = new Uint8Array(2 * fields.length);
  const file = (): Uint8Array => object(TEXT_TAG.attributes, object(TEXT_TAG.offsets, table), ...fields);
  let offset = file().length - fields.reduce((sum, { length }) => sum + length, 0);
  for (const [i, field] of fields.entries()) {
    table[2 * i] = offset >> 8;
    table[2 * i + 1] = offset & 0xff;
    offset += field.length;
  }
  return file();
}

/** JIS X 0303, other than in the certificate: 0 is not known. */
const SEX_DIGITS: Readonly<Record<Sex, string>> = { male: '1', female: '2', unknown: '0' };

/**
 * Check number B, 14 digits: birth date with the year of its era, year of expiry, security code [myna-card]. Of a holder
 * whose era is not known the date says which.
 */
export function checkNumberBOf(
  { birthDate }: HolderDetails,
  { cardExpiry, securityCode }: TextDetails,
): string {
  const [year, month, day] = [birthDate.slice(1, 5), birthDate.slice(5, 7), birthDate.slice(7)];
  const era = ERAS.find(({ digit }) => digit === birthDate[0]);
  const eraYear = era
    ? Number(year) - era.firstYear + 1
    : eraYearOf(Number(year), Number(month), Number(day));
  const shortYear = String(Math.max(eraYear ?? 0, 0) % 100).padStart(2, '0');
  return `${shortYear}${month}${day}${cardExpiry.slice(0, 4)}${securityCode}`;
}

/** Record 1 of file 0001 of the common application: serial number of zeros, municipality, expiry [myna-card]. */
export function cardRecord({ municipalityCode, cardExpiry }: TextDetails): Uint8Array {
  const text = `${'0'.repeat(15)}${municipalityCode}${cardExpiry}`;
  return concatBytes(Uint8Array.of(0x01, CARD_RECORD_LENGTH), ascii(text));
}

/** `90 03 010001` exponent, `91 820100 …` modulus [myna-card]. */
function publicKeyObjects(modulus: Uint8Array): Uint8Array {
  return concatBytes(
    object(TEXT_TAG.exponent, Uint8Array.of(0x01, 0x00, 0x01)),
    object(TEXT_TAG.modulus, modulus),
  );
}

/** Of a SubjectPublicKeyInfo of RSA (RFC 3279 section 2.3.1). */
function modulusOf(spki: Uint8Array): Uint8Array {
  const [, key] = sequenceOf(readDer(spki), 'SubjectPublicKeyInfo');
  const [modulus] = sequenceOf(readDer(bitStringBytes(key, 'subjectPublicKey')), 'RSAPublicKey');
  return positiveInteger(modulus, 'modulus');
}

/** A BER-TLV data object with the shortest length field. */
function object(tag: number, ...values: readonly Uint8Array[]): Uint8Array {
  const value = concatBytes(...values);
  const { length } = value;
  const lengthField =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const tagField = tag > 0xff ? [tag >> 8, tag & 0xff] : [tag];
  return concatBytes(Uint8Array.from(tagField), Uint8Array.from(lengthField), value);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** As in a saved state: both in base64. */
export interface TextIssuerState {
  readonly keyId: string;
  readonly modulus: string;
}

export function saveIssuer({ keyId: id, modulus }: TextIssuer): TextIssuerState {
  return { keyId: toBase64(id), modulus: toBase64(modulus) };
}

/** `undefined` where it is none. */
export function loadIssuer(state: Readonly<Record<string, unknown>>): TextIssuer | undefined {
  const [id, modulus] = [state['keyId'], state['modulus']].map((text) =>
    typeof text === 'string' ? fromBase64(text) : undefined,
  );
  return id?.length === 16 && modulus?.length === 256 ? { keyId: id, modulus } : undefined;
}
