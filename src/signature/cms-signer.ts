/** The verdict on one signer of a CMS message. */

import { readBer, SET } from '../asn1/ber.js';
import { RSA_ENCRYPTION } from '../asn1/oid.js';
import {
  type CertificateVerdict,
  type JpkiCertificate,
  type VerifyCertificateOptions,
  verifyCertificate,
} from '../certificate/index.js';
import type { HashName } from '../jpki/hash.js';
import { isSignedBy } from './check.js';
import { judgeAttributes } from './cms-attributes.js';
import { type CmsFinding, type CmsNote, remark } from './cms-findings.js';
import type { SignerIdentifier, SignerInfo } from './cms-read.js';
import { hashNamed } from './hashes.js';

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
  options: Omit<VerifyCertificateOptions, 'issuer'>,
): Promise<CmsSignerVerdict> {
  const hash = hashNamed('oid', signer.digestAlgorithm);
  const matching = content.certificates.filter((certificate) => isNamed(certificate, signer.identifier));
  const certificate = matching.length === 1 ? matching[0] : undefined;
  const certificateVerdict = certificate && (await judgeCertificate(certificate, content, options));
  const attributes = judgeSignedPart(signer, content, hash, certificate);

  const findings = Object.freeze([
    ...content.findings,
    ...judgeAlgorithms(signer, hash),
    ...attributes.findings,
    ...judgeMatching(matching),
    ...(await judgeSignature(signer, content, hash, certificate)),
    ...(certificateVerdict?.findings ?? []),
  ]);
  const facts = { findings, notes: attributes.notes, signingTime: attributes.signingTime };
  // Nothing found is not enough: the content has to have been hashed, and the certificate believed.
  const proved = hash !== undefined && content.digests.has(hash) && certificateVerdict?.trusted === true;
  return findings.length === 0 && proved && certificate
    ? Object.freeze({ valid: true, hash, certificate, certificateVerdict, ...facts })
    : Object.freeze({ valid: false, hash, certificate, certificateVerdict, ...facts });
}

function isNamed(certificate: JpkiCertificate, identifier: SignerIdentifier): boolean {
  return 'issuer' in identifier
    ? certificate.serialNumber === identifier.serialNumber && certificate.issuer.equals(identifier.issuer)
    : certificate.subjectKeyIdentifier === identifier.subjectKeyIdentifier;
}

/** The CA certificate is looked for in the message: it counts only when it is an anchor. */
function judgeCertificate(
  certificate: JpkiCertificate,
  { certificates }: SignedContent,
  options: Omit<VerifyCertificateOptions, 'issuer'>,
): Promise<CertificateVerdict> {
  const issuer = certificates.filter(({ subject }) => subject.equals(certificate.issuer));
  return verifyCertificate(certificate, { ...options, issuer });
}

function judgeMatching(matching: readonly JpkiCertificate[]): readonly CmsFinding[] {
  if (matching.length === 1) return [];
  return [remark(matching.length === 0 ? 'SIGNER_CERTIFICATE_MISSING' : 'SIGNER_CERTIFICATE_AMBIGUOUS')];
}

/** RFC 5754 section 3.2 and RFC 3370 section 3.2: the algorithm with its hash, or plain rsaEncryption. */
function judgeAlgorithms(signer: SignerInfo, hash: HashName | undefined): readonly CmsFinding[] {
  const { digestAlgorithm, signatureAlgorithm } = signer;
  const findings = hash ? [] : [remark('DIGEST_ALGORITHM', digestAlgorithm)];
  if (signatureAlgorithm === RSA_ENCRYPTION) return findings;
  const signedHash = hashNamed('signatureOid', signatureAlgorithm);
  if (signedHash === undefined) return [...findings, remark('SIGNATURE_ALGORITHM', signatureAlgorithm)];
  return signedHash === hash ? findings : [...findings, remark('ALGORITHM_MISMATCH', signedHash)];
}

function judgeSignedPart(
  { attributes }: SignerInfo,
  { contentType, digests, likeAttributes }: SignedContent,
  hash: HashName | undefined,
  certificate: JpkiCertificate | undefined,
): Pick<CmsSignerFacts, 'findings' | 'notes' | 'signingTime'> {
  const digest = hash && digests.get(hash);
  if (attributes) return judgeAttributes(attributes, contentType, hash, digest, certificate);
  return {
    findings: likeAttributes ? [remark('CONTENT_IS_ATTRIBUTES')] : [],
    notes: [remark('SIGNED_ATTRIBUTES_ABSENT')],
    signingTime: undefined,
  };
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
  const signed = attributes?.signedBytes ?? bytes;
  if (!hash || !certificate || !signed) return [];
  return (await isSignedBy(certificate, hash, signature, signed)) ? [] : [remark('SIGNATURE')];
}
