import { type ChecksOf, checkBytes, checkDate, checkedOptions, checkRole } from '../arguments.js';
import { JpkiCertificate, type TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { checkData, hashData, type SignableData } from '../jpki/hash.js';
import { type CmsFinding, remark } from './cms-findings.js';
import { readSignedData, type SignedData } from './cms-message.js';
import { CMS } from './cms-profile.js';
import { type CmsSignerVerdict, judgeSigner, type SignedContent, type ValidCmsSigner } from './cms-signer.js';
import { hashNamed } from './hashes.js';

/** What a CMS message is checked against. A value of another type is `INVALID_ARGUMENT`. */
export interface VerifyCmsOptions {
  /** The content of a detached signature: bytes, or chunks in order. Not for a message that has its own. */
  readonly content?: SignableData | undefined;
  /** Whom to believe, instead of the six CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
  /** The moment at which the certificates have to be within their dates; default now. */
  readonly at?: Date | undefined;
  /** Which key has to have signed; default `sign`, 署名用. The other one never stands in for it. */
  readonly purpose?: KeyRole | undefined;
}

const VERIFY_CHECKS: ChecksOf<VerifyCmsOptions> = {
  content: checkData,
  anchors: checkAnchors,
  at: checkDate,
  purpose: checkRole,
};

/** Somebody signed it, and every signature on it is good. Says nothing about revocation. */
export interface ValidCms {
  readonly valid: true;
  readonly findings: readonly [];
  readonly signers: readonly [ValidCmsSigner, ...ValidCmsSigner[]];
  /** The content in the message, which is what was signed; `undefined` for a detached signature. */
  readonly content: Uint8Array | undefined;
}

/** At least one thing is wrong. Its content is not given: nobody has vouched for it. */
export interface InvalidCms {
  readonly valid: false;
  /** Everything that is wrong, of the message and of all its signers. */
  readonly findings: readonly CmsFinding[];
  /** In the order of the message; a good signature beside a bad one is `valid` by itself. */
  readonly signers: readonly CmsSignerVerdict[];
}

/** Check `valid` before anything else. */
export type CmsVerdict = ValidCms | InvalidCms;

/**
 * Judges a CMS SignedData message in DER or BER: each signature, the content, and each signer's certificate. One bad
 * signer makes the whole message invalid. Certificates are taken from the message and believed only under an anchor.
 * Only signatures over plain data (id-data) with SHA-256, SHA-384 or SHA-512 and RSASSA-PKCS1-v1_5 are accepted.
 * Timestamps, unsigned attributes and revocation lists in the message are not looked at.
 *
 * An error of the caller's stream goes through unchanged.
 *
 * @throws JpkiError `SIGNATURE_INVALID` when the bytes are no CMS SignedData; `INVALID_ARGUMENT` for arguments that
 * are none. Anything else that is wrong is in the verdict.
 * @example
 * const verdict = await verifyCms(p7s, { content: createReadStream('contract.pdf') });
 * if (verdict.valid) console.log(verdict.signers[0].certificate.holder?.name);
 * else for (const { code, text } of verdict.findings) console.log(code, text.en);
 */
export async function verifyCms(cms: Uint8Array, options: VerifyCmsOptions = {}): Promise<CmsVerdict> {
  checkBytes('cms', cms);
  const { content, anchors, at = new Date(), purpose = 'sign' } = checkedOptions(options, VERIFY_CHECKS);

  // A copy, so that the content handed out is the one that was checked. (`slice` of a Buffer is none.)
  const message = readSignedData(new Uint8Array(cms));
  const signed = await readContent(message, content);
  const signers = await Promise.all(
    message.signers.map((signer) => judgeSigner(signer, signed, { purpose, at, anchors })),
  );
  const [first, ...others] = signers.filter((signer) => signer.valid);
  if (first && signers.length === 1 + others.length) {
    const verdict: ValidCms = {
      valid: true,
      findings: [],
      signers: [first, ...others],
      content: message.content,
    };
    return Object.freeze(verdict);
  }
  // What is wrong with the message is among the findings of each signer, in front.
  const ofSigners = signers.flatMap(({ findings }) => findings.slice(signed.findings.length));
  const findings = [
    ...signed.findings,
    ...(signers.length === 0 ? [remark('NO_SIGNERS')] : []),
    ...ofSigners,
  ];
  return Object.freeze({ valid: false, findings, signers });
}

async function readContent(message: SignedData, given: SignableData | undefined): Promise<SignedContent> {
  const content = message.content ?? given;
  const wanted = new Set(
    message.signers.flatMap(({ digestAlgorithm }) => hashNamed('oid', digestAlgorithm) ?? []),
  );
  const findings = [
    ...(content === undefined ? [remark('CONTENT_MISSING')] : []),
    ...(message.content !== undefined && given !== undefined ? [remark('CONTENT_GIVEN_TWICE')] : []),
    ...(message.contentType === CMS.data ? [] : [remark('CONTENT_TYPE', message.contentType)]),
  ];
  return {
    contentType: message.contentType,
    bytes: content instanceof Uint8Array ? content : undefined,
    digests: content === undefined ? new Map() : await hashData([...wanted], content),
    certificates: parseCertificates(message.certificates),
    findings,
  };
}

/** Each once. What cannot be read is nobody's certificate. */
function parseCertificates(ders: readonly Uint8Array[]): readonly JpkiCertificate[] {
  const certificates = new Map<string, JpkiCertificate>();
  for (const der of ders) {
    try {
      const certificate = JpkiCertificate.parse(der);
      certificates.set(certificate.fingerprintSha256, certificate);
    } catch (error) {
      if (!(error instanceof JpkiError)) throw error;
    }
  }
  return [...certificates.values()];
}
