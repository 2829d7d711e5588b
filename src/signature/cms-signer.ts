/** The verdict on one signer of a CMS message: algorithms, certificate, signature, and the signed attributes. */
import { readBer, SET } from '../asn1/ber.js';
import {
  type DerValue,
  expectTag,
  invalid,
  isContext,
  oidText,
  positiveInteger,
  sequenceOf,
  TAG,
  timeValue,
} from '../asn1/der.js';
import {
  CMS,
  HASH_ALGORITHMS,
  REVOCATION_DATA,
  RSA_ENCRYPTION,
  RSA_SIGNATURES,
  TIMESTAMPS,
} from '../asn1/oid.js';
import { equalBytes, toHex } from '../bytes.js';
import { DistinguishedName } from '../certificate/distinguished-name.js';
import {
  type CertificateVerdict,
  type Finding,
  type JpkiCertificate,
  type VerifyCertificateOptions,
  verifyCertificate,
} from '../certificate/index.js';
import { isSignedBy } from '../certificate/verify.js';
import type { BilingualText } from '../errors.js';
import { HASH_LENGTH, type HashName, hashOf } from '../hashes.js';
import { say } from '../text/index.js';
import { hashNamed } from './card-signature.js';
import {
  algorithmOf,
  type IssuerAndSerialNumber,
  type SignedAttributes,
  type SignerIdentifier,
  type SignerInfo,
} from './cms-read.js';

/** Stable names of what a verdict on a message finds wrong, beside those about a signer's certificate. */
export type CmsFindingCode =
  | 'NO_SIGNERS'
  | 'CONTENT_MISSING'
  | 'CONTENT_GIVEN_TWICE'
  | 'CONTENT_TYPE'
  | 'CONTENT_NOT_WHOLE'
  | 'CONTENT_IS_ATTRIBUTES'
  | 'DIGEST_ALGORITHM'
  | 'SIGNATURE_ALGORITHM'
  | 'ALGORITHM_MISMATCH'
  | 'ALGORITHM_PROTECTION'
  | 'CONTENT_TYPE_ATTRIBUTE'
  | 'MESSAGE_DIGEST_MISSING'
  | 'MESSAGE_DIGEST_REPEATED'
  | 'MESSAGE_DIGEST_LENGTH'
  | 'MESSAGE_DIGEST'
  | 'ATTRIBUTE_REPEATED'
  | 'ATTRIBUTE_MALFORMED'
  | 'SIGNING_CERTIFICATE'
  | 'SIGNER_CERTIFICATE_MISSING'
  | 'SIGNER_CERTIFICATE_AMBIGUOUS'
  | 'SIGNATURE';

/** Stable names of what is worth knowing of a signature and is nothing wrong. */
export type CmsNoteCode =
  | 'SIGNED_ATTRIBUTES_ABSENT'
  | 'SIGNING_CERTIFICATE_ABSENT'
  | 'SIGNING_TIME_OUTSIDE_CERTIFICATE'
  | 'TIMESTAMP_NOT_CHECKED'
  | 'REVOCATION_DATA_NOT_CHECKED'
  | 'UNSIGNED_ATTRIBUTES_NOT_CHECKED';

/** One thing that is wrong with a message, a signature on it, or a signer's certificate. */
export interface CmsFinding {
  /** The message's, or `Finding`'s for a signer's certificate. */
  readonly code: CmsFindingCode | Finding['code'];
  readonly text: BilingualText;
}

/** One thing that is worth knowing of a signature. */
export interface CmsNote {
  readonly code: CmsNoteCode;
  readonly text: BilingualText;
}

/** A finding or a note with its words; `detail` follows them in brackets. */
export function remark<C extends CmsFindingCode | CmsNoteCode>(
  code: C,
  detail?: string,
): { readonly code: C; readonly text: BilingualText } {
  const text = say(({ certificate, signature }) => certificate.remark(signature.cms.finding[code], detail));
  return { code, text };
}

/** What a verdict on a signer says, good or bad. */
export interface CmsSignerFacts {
  /** Everything that is wrong with this signature, the message and the certificate; empty when valid. */
  readonly findings: readonly CmsFinding[];
  /** What is worth knowing and nothing wrong. */
  readonly notes: readonly CmsNote[];
  /** The time the signer claims; nobody else has confirmed it. */
  readonly signingTime: Date | undefined;
}

export interface ValidCmsSigner extends CmsSignerFacts {
  readonly valid: true;
  readonly hash: HashName;
  readonly certificate: JpkiCertificate;
  /** Also says what was not checked: show that wherever the verdict is shown. */
  readonly certificateVerdict: CertificateVerdict;
}

export interface InvalidCmsSigner extends CmsSignerFacts {
  readonly valid: false;
  /** `undefined` when it is none of the three. */
  readonly hash: HashName | undefined;
  /** Whom the message names, which it does without proof; `undefined` when no certificate in it fits. */
  readonly certificate: JpkiCertificate | undefined;
  readonly certificateVerdict: CertificateVerdict | undefined;
}

/** Check `valid` before anything else. */
export type CmsSignerVerdict = ValidCmsSigner | InvalidCmsSigner;

/** What a message holds for all its signers. */
export interface SignedContent {
  readonly contentType: string;
  /** `undefined` when it is not there or comes as a stream. */
  readonly bytes: Uint8Array | undefined;
  /** See `isLikeAttributes`; once for all signers, because it reads the whole content. */
  readonly likeAttributes: boolean;
  /** Empty when the content is not there. */
  readonly digests: ReadonlyMap<HashName, Uint8Array>;
  readonly certificates: readonly JpkiCertificate[];
  /** What is wrong whoever signed. */
  readonly findings: readonly CmsFinding[];
}

export async function judgeSigner(
  signer: SignerInfo,
  content: SignedContent,
  options: VerifyCertificateOptions & { readonly issuer: readonly JpkiCertificate[] },
): Promise<CmsSignerVerdict> {
  const hash = hashNamed(HASH_ALGORITHMS, signer.digestAlgorithm);
  const matching = content.certificates.filter((certificate) => isNamed(certificate, signer.identifier));
  const certificate = matching.length === 1 ? matching[0] : undefined;
  // In the message and among those given: it counts only when it is an anchor.
  const candidates = [...content.certificates, ...options.issuer];
  const issuer = candidates.filter(({ subject }) => certificate?.issuer.equals(subject));
  const certificateVerdict = certificate && (await verifyCertificate(certificate, { ...options, issuer }));
  const attributes = judgeAttributes(signer, content, hash, certificate);

  const findings = Object.freeze([
    ...content.findings,
    ...judgeAlgorithms(signer, hash),
    ...attributes.findings,
    ...(matching.length === 0 ? [remark('SIGNER_CERTIFICATE_MISSING')] : []),
    ...(matching.length > 1 ? [remark('SIGNER_CERTIFICATE_AMBIGUOUS')] : []),
    ...(await judgeSignature(signer, content, hash, certificate)),
    ...(certificateVerdict?.findings ?? []),
  ]);
  const notes = Object.freeze([...attributes.notes, ...unchecked(signer)]);
  const facts = { findings, notes, signingTime: attributes.signingTime };
  // Nothing found is not enough: the content has to have been hashed, and the certificate believed.
  const proved = hash !== undefined && content.digests.has(hash) && certificateVerdict?.trusted === true;
  return findings.length === 0 && proved && certificate
    ? Object.freeze({ valid: true, hash, certificate, certificateVerdict, ...facts })
    : Object.freeze({ valid: false, hash, certificate, certificateVerdict, ...facts });
}

function isNamed(certificate: JpkiCertificate, identifier: SignerIdentifier): boolean {
  return 'issuer' in identifier
    ? isNumbered(certificate, identifier)
    : certificate.subjectKeyIdentifier === identifier.subjectKeyIdentifier;
}

function isNumbered({ issuer, serialNumber }: JpkiCertificate, other: IssuerAndSerialNumber): boolean {
  return serialNumber === other.serialNumber && issuer.equals(other.issuer);
}

/** RFC 5754 section 3.2 and RFC 3370 section 3.2: the algorithm with its hash, or plain rsaEncryption. */
function judgeAlgorithms(signer: SignerInfo, hash: HashName | undefined): readonly CmsFinding[] {
  const { digestAlgorithm, signatureAlgorithm } = signer;
  const findings = hash ? [] : [remark('DIGEST_ALGORITHM', digestAlgorithm)];
  if (signatureAlgorithm === RSA_ENCRYPTION) return findings;
  const signedHash = hashNamed(RSA_SIGNATURES, signatureAlgorithm);
  if (signedHash === undefined) return [...findings, remark('SIGNATURE_ALGORITHM', signatureAlgorithm)];
  return signedHash === hash ? findings : [...findings, remark('ALGORITHM_MISMATCH', signedHash)];
}

/**
 * Without signed attributes the signature is over the content itself, so the attributes of one message, which its
 * signature is over, can be passed off as the content of another (draft-ietf-lamps-cms-euf-cma-signeddata). Content that
 * is one SET is therefore not believed.
 */
export function isLikeAttributes(content: Uint8Array): boolean {
  try {
    return readBer(content).identifier === SET;
  } catch {
    return false;
  }
}

async function judgeSignature(
  { attributes, signature }: SignerInfo,
  { bytes, digests }: SignedContent,
  hash: HashName | undefined,
  certificate: JpkiCertificate | undefined,
): Promise<readonly CmsFinding[]> {
  if (!attributes && !bytes) return digests.size > 0 ? [remark('CONTENT_NOT_WHOLE')] : [];
  const candidates = attributes?.signedBytes ?? (bytes ? [bytes] : []);
  if (!hash || !certificate || candidates.length === 0) return [];
  for (const signed of candidates) if (await isSignedBy(certificate, hash, signature, signed)) return [];
  return [remark('SIGNATURE')];
}

/** What the signed attributes have to say (RFC 5652 section 11, RFC 5035 section 3, RFC 6211 section 3). */
function judgeAttributes(
  { attributes, digestAlgorithm, signatureAlgorithm }: SignerInfo,
  { contentType, digests, likeAttributes }: SignedContent,
  hash: HashName | undefined,
  certificate: JpkiCertificate | undefined,
): CmsSignerFacts {
  if (!attributes) {
    const findings = likeAttributes ? [remark('CONTENT_IS_ATTRIBUTES')] : [];
    return { findings, notes: [remark('SIGNED_ATTRIBUTES_ABSENT')], signingTime: undefined };
  }
  const time = singleValue(attributes, CMS.signingTime, (value) => timeValue(value, 'the signing time'));
  const named = singleValue(attributes, CMS.signingCertificateV2, readSigningCertificate);
  const protectedOnes = singleValue(attributes, CMS.algorithmProtection, readAlgorithms);
  const typed = singleValue(attributes, CMS.contentType, (value) => oidText(value, 'the content type'));
  const findings: CmsFinding[] = [
    ...(typed.value === contentType ? [] : [remark('CONTENT_TYPE_ATTRIBUTE', typed.value)]),
    ...judgeDigest(attributes, hash, hash && digests.get(hash)),
    ...[time, named, protectedOnes].flatMap(({ finding }) => finding ?? []),
  ];
  const { value: algorithms } = protectedOnes;
  if (
    algorithms &&
    (algorithms.digestAlgorithm !== digestAlgorithm || algorithms.signatureAlgorithm !== signatureAlgorithm)
  ) {
    findings.push(remark('ALGORITHM_PROTECTION'));
  }
  if (named.value && certificate && !names(named.value, certificate)) {
    findings.push(remark('SIGNING_CERTIFICATE'));
  }
  // The moment itself proves nothing; a signer's clock that was wrong, or a date that was made up, is worth knowing.
  const isOutside = time.value && certificate && !certificate.isValidAt(time.value);
  return {
    findings,
    notes: [
      ...(named.state === 'absent' ? [remark('SIGNING_CERTIFICATE_ABSENT')] : []),
      ...(isOutside ? [remark('SIGNING_TIME_OUTSIDE_CERTIFICATE', time.value?.toISOString())] : []),
    ],
    signingTime: time.value,
  };
}

/** What may say more than the signature does, and was not looked at. */
function unchecked({ attributes, unsignedAttributes }: SignerInfo): readonly CmsNote[] {
  const signed = attributes?.list.map(({ type }) => type) ?? [];
  const both = [...signed, ...unsignedAttributes];
  const others = unsignedAttributes.filter(
    (type) => !TIMESTAMPS.includes(type) && !REVOCATION_DATA.includes(type),
  );
  return [
    ...(both.some((type) => TIMESTAMPS.includes(type)) ? [remark('TIMESTAMP_NOT_CHECKED')] : []),
    ...(both.some((type) => REVOCATION_DATA.includes(type)) ? [remark('REVOCATION_DATA_NOT_CHECKED')] : []),
    ...(others.length > 0 ? [remark('UNSIGNED_ATTRIBUTES_NOT_CHECKED', others.join(' '))] : []),
  ];
}

function judgeDigest(
  attributes: SignedAttributes,
  hash: HashName | undefined,
  digest: Uint8Array | undefined,
): readonly CmsFinding[] {
  const { state, value, finding } = singleValue(
    attributes,
    CMS.messageDigest,
    (der) => expectTag(der, TAG.octetString, 'the message digest').content,
  );
  if (state === 'absent') return [remark('MESSAGE_DIGEST_MISSING')];
  if (state === 'repeated') return [remark('MESSAGE_DIGEST_REPEATED')];
  if (!value) return [finding ?? remark('MESSAGE_DIGEST_MISSING')];
  if (hash && value.length !== HASH_LENGTH[hash]) return [remark('MESSAGE_DIGEST_LENGTH', hash)];
  return digest && !equalBytes(value, digest) ? [remark('MESSAGE_DIGEST')] : [];
}

interface AttributeValue<T> {
  readonly state: 'absent' | 'repeated' | 'malformed' | 'read';
  readonly value?: T;
  readonly finding?: CmsFinding;
}

/** The one value of an attribute that is there at most once. */
function singleValue<T>(
  { list }: SignedAttributes,
  wanted: string,
  read: (value: DerValue) => T,
): AttributeValue<T> {
  const found = list.filter(({ type }) => type === wanted);
  if (found.length === 0) return { state: 'absent' };
  const [value, ...more] = found.flatMap(({ values }) => values);
  if (found.length > 1 || value === undefined || more.length > 0) {
    return { state: 'repeated', finding: remark('ATTRIBUTE_REPEATED', wanted) };
  }
  try {
    return { state: 'read', value: read(value) };
  } catch {
    return { state: 'malformed', finding: remark('ATTRIBUTE_MALFORMED', wanted) };
  }
}

/** RFC 6211 section 2: the algorithms as the signer chose them; that of the signature is an implicit `[1]`. */
function readAlgorithms(value: DerValue): Pick<SignerInfo, 'digestAlgorithm' | 'signatureAlgorithm'> {
  const [digest, signature, ...more] = sequenceOf(value, 'the algorithms');
  if (!isContext(signature, 1, true) || more.length > 0) throw invalid('its algorithms are not two');
  return {
    digestAlgorithm: algorithmOf(sequenceOf(digest, 'the digest algorithm')),
    signatureAlgorithm: algorithmOf(signature.children),
  };
}

/** The first ESSCertIDv2, which is the signer's; others would restrict the path. */
function readSigningCertificate(value: DerValue) {
  const [certificates] = sequenceOf(value, 'the signing certificate');
  const [identifier] = sequenceOf(certificates, 'the signing certificate');
  const fields = [...sequenceOf(identifier, 'the signing certificate')];
  // DEFAULT SHA-256.
  const algorithm = fields[0]?.tag === TAG.sequence ? fields.shift() : undefined;
  const [certificateHash, issuerSerial, ...more] = fields;
  const algorithmOid = algorithm && oidText(sequenceOf(algorithm, 'its hash')[0], 'its hash');
  if (more.length > 0) throw invalid('it has too many fields');
  return {
    // `undefined` for a hash that is not used here.
    hash: algorithmOid === undefined ? 'SHA-256' : hashNamed(HASH_ALGORITHMS, algorithmOid),
    certificateHash: expectTag(certificateHash, TAG.octetString, 'its hash').content,
    issuerAndSerialNumber: issuerSerial && readIssuerSerial(issuerSerial),
  };
}

function readIssuerSerial(value: DerValue): IssuerAndSerialNumber {
  const [names, serialNumber, ...more] = sequenceOf(value, 'the issuer and serial number');
  const [name, ...otherNames] = sequenceOf(names, 'the issuer');
  if (!isContext(name, 4, true) || name.children.length !== 1 || otherNames.length + more.length > 0) {
    throw invalid('its issuer is not one name');
  }
  return {
    issuer: DistinguishedName.fromDer(name.children[0]),
    serialNumber: toHex(positiveInteger(serialNumber, 'the serial number')),
  };
}

function names(named: ReturnType<typeof readSigningCertificate>, certificate: JpkiCertificate): boolean {
  const { hash, certificateHash, issuerAndSerialNumber } = named;
  if (hash === undefined || (issuerAndSerialNumber && !isNumbered(certificate, issuerAndSerialNumber)))
    return false;
  return equalBytes(hashOf(hash, certificate.der), certificateHash);
}
