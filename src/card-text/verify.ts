/** Judging the text of a card by the digests and signatures that come with it: files 0003 and 0004. */
import {
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkThat,
  fieldsOf,
  isBytes,
  required,
} from '../arguments.js';
import { equalBytes, forWebCrypto, toBase64Url } from '../bytes.js';
import { type BilingualText, invalidArgument } from '../errors.js';
import { sha256 } from '../hashes.js';
import { KEY_ID_LENGTH, TEXT_TAG } from '../jpki/files.js';
import { say } from '../text/index.js';
import { type CardAttributes, digestedAttributes, parseCardAttributes } from './attributes.js';
import type { CardTextProof } from './card-text.js';
import { digitsOf, malformed, ObjectFile } from './data-objects.js';
import { type CardTextIssuer, checkIssuers, PUBLISHED_TEXT_ISSUERS } from './issuers.js';
import { MyNumber } from './my-number.js';

/** What to judge, at least one of the first two, and whom to believe. */
export interface VerifyCardTextOptions {
  /** File 0002 as `readAttributes` gives it (`file`). */
  readonly attributes?: Uint8Array | undefined;
  /** File 0001 as `readMyNumber` gives it (`file`), or the number itself. */
  readonly myNumber?: Uint8Array | MyNumber | undefined;
  /**
   * Keys to believe instead of `PUBLISHED_TEXT_ISSUERS`. Of these only those of real cards are believed; a key of the test
   * hierarchy is where it is named here. A published key is "as published by one peer" here too.
   */
  readonly issuers?: readonly CardTextIssuer[] | undefined;
}

/** What is wrong with the text, or its proof. */
export type CardTextFindingCode =
  | 'ISSUER_UNKNOWN'
  | 'ISSUER_OF_TEST_CARDS'
  | 'CERTIFICATE_SIGNATURE'
  | 'PROOF_SIGNATURE'
  | 'ATTRIBUTES_DIFFER'
  | 'MY_NUMBER_DIFFERS';

/** One thing that is wrong. */
export interface CardTextFinding {
  readonly code: CardTextFindingCode;
  readonly text: BilingualText;
}

/** What was found, and what was not looked at. */
export interface CardTextVerdict {
  /**
   * Whether everything given is what was signed, and the signature leads to a key that is believed: of the keys in the
   * package that is "as published by one peer" (`issuer.source`). It says nothing about who holds the card.
   */
  readonly matches: boolean;
  /** The key that the certificate names, where it is one of those to believe. */
  readonly issuer: { readonly keyNumber: string; readonly source: 'one-peer' | 'given' } | undefined;
  /** The attributes as they were read from the bytes that were judged: use these, whatever came beside them. */
  readonly attributes: CardAttributes | undefined;
  readonly findings: readonly CardTextFinding[];
  /** What the verdict rests on, in one sentence for a screen. */
  readonly basis: BilingualText;
  /** What was not checked, however good the verdict. */
  readonly notChecked: readonly BilingualText[];
}

const PROOF_CHECKS: ChecksOf<CardTextProof> = {
  proof: required(checkBytes),
  certificate: required(checkBytes),
};
const checkProof = fieldsOf<CardTextProof>(PROOF_CHECKS);
const VERIFY_CHECKS: ChecksOf<VerifyCardTextOptions> = {
  attributes: checkBytes,
  myNumber: checkThat(
    (t) => t.text.myNumber,
    // One that was disposed of begins with zeros, and no file does.
    (value) => isBytes(value) || (value instanceof MyNumber && value.file[0] !== 0),
  ),
  issuers: checkIssuers,
};

/** Length of an RSA-2048 signature, and of the body of a certificate: two names and a key of 265 bytes [myna-card]. */
const SIGNATURE_LENGTH = 256;
const BODY_LENGTH = 297;
/** `90 03 010001`, `91 820100` and the modulus [myna-card]. */
const KEY_HEADER = Uint8Array.of(0x90, 0x03, 0x01, 0x00, 0x01, 0x91, 0x82, 0x01, 0x00);

/**
 * Judges text that was read from a card by its proof [myna-card]: file 0003 has SHA-256 digests of the number's file, as
 * stored, and of the attributes behind their offset table, signed with the key that file 0004 certifies. No certificate of
 * the text says until when it is valid, so the verdict knows no dates.
 *
 * @throws JpkiError `MALFORMED_RESPONSE` where a file is none of its kind; `INVALID_ARGUMENT`, also where there is nothing to
 * judge
 * @example
 * const verdict = await verifyCardText(await text.readProof(), { attributes: attributes.file });
 * if (!verdict.matches) console.log(verdict.findings);
 */
export async function verifyCardText(
  proof: CardTextProof,
  options: VerifyCardTextOptions,
): Promise<CardTextVerdict> {
  checkProof('proof', proof);
  const { attributes, myNumber, issuers } = checkedOptions(options, VERIFY_CHECKS);
  if (attributes === undefined && myNumber === undefined)
    throw invalidArgument('options', (t) => t.text.somethingToJudge);
  // Copies, and everything else before the first signature: what the caller changes meanwhile is not judged.
  const certificate = readCertificate(new Uint8Array(proof.certificate));
  const record = readProofFile(new Uint8Array(proof.proof));
  const believed = issuers ?? PUBLISHED_TEXT_ISSUERS;
  const named = believed.find(({ keyId }) => equalBytes(keyId, certificate.issuerId));
  const isOfPeer = named === undefined ? issuers === undefined : isPublished(named);
  const source = isOfPeer ? 'one-peer' : 'given';
  const isOfTest = issuers === undefined && named?.hierarchy === 'test';
  const read = attributes && parseCardAttributes(attributes);
  const attributesDiffer =
    attributes !== undefined && !equalBytes(sha256(digestedAttributes(attributes)), record.attributesDigest);
  const numberDiffers = myNumber !== undefined && !isNumberOf(myNumber, record.myNumberDigest);

  const codes: CardTextFindingCode[] = [];
  if (named === undefined) codes.push('ISSUER_UNKNOWN');
  else {
    if (isOfTest) codes.push('ISSUER_OF_TEST_CARDS');
    if (!(await isSigned(named.modulus, certificate.body, certificate.signature)))
      codes.push('CERTIFICATE_SIGNATURE');
  }
  if (!(await isSigned(certificate.modulus, record.signed, record.signature))) codes.push('PROOF_SIGNATURE');
  if (attributesDiffer) codes.push('ATTRIBUTES_DIFFER');
  if (numberDiffers) codes.push('MY_NUMBER_DIFFERS');
  return {
    matches: codes.length === 0,
    issuer: named && { keyNumber: certificate.issuerNumber, source },
    attributes: read,
    findings: codes.map((code) => ({ code, text: say((t) => t.text.finding[code]) })),
    basis: say((t) => t.text.basis[source]),
    notChecked: [say((t) => t.text.notCopied), say((t) => t.text.notRevoked), say((t) => t.text.notHolder)],
  };
}

/** A key of the package is "as published by one peer" also where the program names it itself. */
function isPublished({ keyId, modulus }: CardTextIssuer): boolean {
  return PUBLISHED_TEXT_ISSUERS.some(
    (one) => equalBytes(one.keyId, keyId) && equalBytes(one.modulus, modulus),
  );
}

function isNumberOf(myNumber: Uint8Array | MyNumber, digest: Uint8Array): boolean {
  if (myNumber instanceof MyNumber) return equalBytes(sha256(myNumber.file), digest);
  using number = new MyNumber(myNumber);
  return equalBytes(sha256(number.file), digest);
}

/** `7F21 { 5F4E { issuer's name 16, subject's name 16, key 265 }, 5F37 signature over the value of 5F4E }`. */
function readCertificate(bytes: Uint8Array) {
  const name = 'certificate of the text';
  const file = new ObjectFile(bytes, TEXT_TAG.certificate, name);
  const { value: body } = file.one(TEXT_TAG.certificateBody, BODY_LENGTH);
  const { value: signature } = file.one(TEXT_TAG.certificateSignature, SIGNATURE_LENGTH);
  const [issuerId, key] = [body.subarray(0, KEY_ID_LENGTH), body.subarray(2 * KEY_ID_LENGTH)];
  const issuerNumber = digitsOf(issuerId.subarray(0, 7));
  if (issuerNumber === undefined) throw malformed(name, 'the name of the key is not digits');
  if (!equalBytes(key.subarray(0, KEY_HEADER.length), KEY_HEADER))
    throw malformed(name, 'the key is not RSA-2048 with exponent 65537');
  return { body, signature, issuerId, issuerNumber, modulus: key.subarray(KEY_HEADER.length) };
}

/** `FF30 { DF31 digest, DF32 digest, DF33 signature over the two before, with their headers }`. */
function readProofFile(bytes: Uint8Array) {
  const file = new ObjectFile(bytes, TEXT_TAG.proof, 'proof of the text');
  const number = file.one(TEXT_TAG.myNumberDigest, 32);
  const attributes = file.one(TEXT_TAG.attributesDigest, 32);
  const signature = file.one(TEXT_TAG.proofSignature, SIGNATURE_LENGTH);
  if (file.objects.length !== 3 || number.end !== attributes.start || attributes.end !== signature.start)
    throw file.malformed('its objects are not in their order');
  return {
    myNumberDigest: number.value,
    attributesDigest: attributes.value,
    signature: signature.value,
    signed: bytes.subarray(number.start, attributes.end),
  };
}

/** RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2). */
async function isSigned(modulus: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const jwk = { kty: 'RSA', n: toBase64Url(modulus), e: 'AQAB' };
  try {
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
    return await crypto.subtle.verify(algorithm, key, forWebCrypto(signature), forWebCrypto(data));
  } catch {
    // A modulus that is none, even or too small: nothing is signed with it.
    return false;
  }
}
