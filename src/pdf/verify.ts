import { type ChecksOf, checkBytes, checkDate, checkedOptions, checkRole } from '../arguments.js';
import type { JpkiCertificate, TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { checkCertificates } from '../certificate/verify.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { type CmsSignerVerdict, type ValidCmsSigner, verifyCms } from '../signature/cms.js';
import { remark as cmsNote } from '../signature/cms-signer.js';
import { isSeenLater, judgeChanges } from './changes.js';
import { type Coverage, coverageOf, revisionOf } from './coverage.js';
import { PdfFile } from './file.js';
import { type PdfFinding, type PdfNote, remark } from './findings.js';
import { refusedWhileJudging } from './refused.js';
import { certificationOf, dateOf, type FoundSignature, findSignatures, textOf } from './signatures.js';
import { is, nameOf } from './values.js';

/** What the signatures of a PDF are checked against. A value of another type is `INVALID_ARGUMENT`. */
export interface VerifyPdfOptions {
  /** Whom to believe, instead of the six CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
  /** CA certificates for a signature that lacks its own; they count only under an anchor. Those of J-LIS need not be given. */
  readonly issuers?: readonly JpkiCertificate[] | undefined;
  /** The moment at which the certificates have to be within their dates; default now. */
  readonly at?: Date | undefined;
  /** Which key has to have signed; default `sign`, 署名用. */
  readonly purpose?: KeyRole | undefined;
}

const VERIFY_CHECKS: ChecksOf<VerifyPdfOptions> = {
  anchors: checkAnchors,
  issuers: checkCertificates,
  at: checkDate,
  purpose: checkRole,
};

/** What a verdict on one signature says, good or bad. */
export interface PdfSignatureFacts {
  /** Everything that is wrong with it; empty when valid. */
  readonly findings: readonly PdfFinding[];
  /** What is worth knowing and nothing wrong, such as a timestamp that was not looked at: show it with the verdict. */
  readonly notes: readonly PdfNote[];
  /** Full name of its field; `undefined` where the form has no such field. */
  readonly field: string | undefined;
  /** How it says it was made: `ETSI.CAdES.detached`, `adbe.pkcs7.detached`, or another. */
  readonly subFilter: string | undefined;
  /** Whether everything in the file was signed. If not, it is over an earlier revision: its first `coveredBytes` bytes. */
  readonly coversWholeFile: boolean;
  /** Length in bytes of the document that was signed; `undefined` where it does not say which. */
  readonly coveredBytes: number | undefined;
  /** The time it claims, in M or in its message; nobody else has confirmed it. */
  readonly claimedTime: Date | undefined;
  /** The name it claims; who signed is in the certificate. */
  readonly claimedName: string | undefined;
}

export interface ValidPdfSignature extends PdfSignatureFacts {
  readonly valid: true;
  readonly coveredBytes: number;
  readonly signer: ValidCmsSigner;
}

export interface InvalidPdfSignature extends PdfSignatureFacts {
  readonly valid: false;
  /** `undefined` when there is no message with one signer. */
  readonly signer: CmsSignerVerdict | undefined;
}

/** Check `valid` before anything else. */
export type PdfSignatureVerdict = ValidPdfSignature | InvalidPdfSignature;

/** Somebody signed the whole file, and every signature in it is good. Says nothing about revocation. */
export interface ValidPdf {
  readonly valid: true;
  readonly findings: readonly [];
  /** In the order of signing; the last is over the whole file. */
  readonly signatures: readonly [ValidPdfSignature, ...ValidPdfSignature[]];
}

/** At least one thing is wrong. */
export interface InvalidPdf {
  readonly valid: false;
  /** Everything that is wrong, of the document and of all its signatures. */
  readonly findings: readonly PdfFinding[];
  /** In the order of the file; a good one beside a bad one is `valid` by itself. */
  readonly signatures: readonly PdfSignatureVerdict[];
}

/** Check `valid` before anything else. */
export type PdfVerdict = ValidPdf | InvalidPdf;

/**
 * Judges every signature in a PDF, also those that its form does not show, by the bytes of the file. One bad signature
 * makes the whole document invalid, and so does anything that follows the last one. Behind an earlier signature there may
 * be other signatures and nothing else. Read strictly: what is written in two ways is refused and not repaired.
 * Timestamps, revocation lists and the values of forms that were filled in later are not accepted.
 *
 * The document, of at most 268,435,456 bytes, is held once, as it was given.
 *
 * @throws JpkiError `PDF_REFUSED` for what is no PDF, is damaged, encrypted or too large; `INVALID_ARGUMENT`. Anything
 * else that is wrong is in the verdict
 * @example
 * const verdict = await verifyPdf(await readFile('contract-signed.pdf'));
 * if (verdict.valid) console.log(verdict.signatures.at(-1)?.signer.certificate.holder?.name);
 */
export async function verifyPdf(pdf: Uint8Array, options: VerifyPdfOptions = {}): Promise<PdfVerdict> {
  checkBytes('pdf', pdf);
  const checked = checkedOptions(options, VERIFY_CHECKS);
  return refusedWhileJudging(() => judge(pdf, checked));
}

async function judge(pdf: Uint8Array, options: VerifyPdfOptions): Promise<PdfVerdict> {
  const file = await PdfFile.read(pdf);
  const found = await findSignatures(file);
  const signatures: PdfSignatureVerdict[] = [];
  for (const signature of found) signatures.push(await judgeSignature(file, signature, options));

  const covered = signatures.filter(({ coveredBytes }) => coveredBytes !== undefined);
  const isChanged = covered.length > 0 && !covered.some(({ coversWholeFile }) => coversWholeFile);
  const ofDocument = [
    ...(signatures.length === 0 ? [remark('NO_SIGNATURES')] : []),
    ...(isChanged ? [remark('CHANGED_AFTER_SIGNING')] : []),
  ];
  const [first, ...others] = signatures.filter((signature) => signature.valid);
  if (first && signatures.length === 1 + others.length && ofDocument.length === 0) {
    const verdict: ValidPdf = { valid: true, findings: [], signatures: [first, ...others] };
    return Object.freeze(verdict);
  }
  const findings = [...ofDocument, ...signatures.flatMap((signature) => signature.findings)];
  return Object.freeze({ valid: false, findings, signatures });
}

/** The forms whose message is over the ranges themselves (ISO 32000-1 table 257, ETSI EN 319 142-1 section 6.3). */
const PADES = 'ETSI.CAdES.detached';
const SUB_FILTERS: readonly (string | undefined)[] = ['adbe.pkcs7.detached', PADES];

/** What says that no signed attribute names the certificate. */
const UNNAMED: readonly string[] = ['SIGNING_CERTIFICATE_ABSENT', 'SIGNED_ATTRIBUTES_ABSENT'];

async function judgeSignature(
  file: PdfFile,
  found: FoundSignature,
  options: VerifyPdfOptions,
): Promise<PdfSignatureVerdict> {
  const { dictionary, field } = found;
  const subFilter = nameOf(dictionary.entries.get('SubFilter'));
  const { coverage, findings: ofCoverage } = coverageOf(file.bytes, dictionary);
  const message = coverage && (await judgeMessage(coverage, options));
  const only = message?.signers.length === 1 ? message.signers[0] : undefined;
  const later = coverage && (await judgeRevision(file, found, coverage));
  const isUnnamed = only?.notes.some(({ code }) => UNNAMED.includes(code)) ?? false;
  const findings: readonly PdfFinding[] = Object.freeze([
    ...ofCoverage,
    ...(field === undefined ? [remark('NOT_IN_FORM')] : []),
    ...(SUB_FILTERS.includes(subFilter) ? [] : [remark('SUB_FILTER', subFilter)]),
    ...(later?.findings ?? []),
    ...(message?.findings ?? []),
    ...(message && message.signers.length > 1 ? [remark('SEVERAL_SIGNERS')] : []),
    ...(subFilter === PADES && isUnnamed ? [remark('NO_SIGNING_CERTIFICATE')] : []),
  ]);
  const name = dictionary.entries.get('Name');
  const namedTime = dateOf(dictionary.entries.get('M'));
  const isOutside = namedTime && !only?.signingTime && only?.certificate?.isValidAt(namedTime) === false;
  const notes: readonly PdfNote[] = Object.freeze([
    ...(later?.notes ?? []),
    ...(message?.notes ?? []),
    ...(isOutside ? [cmsNote('SIGNING_TIME_OUTSIDE_CERTIFICATE', namedTime.toISOString())] : []),
  ]);
  const facts = {
    findings,
    notes,
    field,
    subFilter,
    coversWholeFile: coverage?.end === file.bytes.length,
    claimedTime: namedTime ?? only?.signingTime,
    claimedName: is(name, 'string') ? textOf(name.bytes) : undefined,
  };
  return coverage && only?.valid && findings.length === 0
    ? Object.freeze({ valid: true, signer: only, coveredBytes: coverage.end, ...facts })
    : Object.freeze({ valid: false, signer: only, coveredBytes: coverage?.end, ...facts });
}

async function judgeMessage(coverage: Coverage, options: VerifyPdfOptions) {
  try {
    return await verifyCms(coverage.cms, { ...options, content: coverage.signedBytes() });
  } catch (error) {
    if (!JpkiError.is(error) || error.code !== 'SIGNATURE_INVALID') throw error;
    return { signers: [], notes: [], findings: [remark('CONTENTS')] };
  }
}

interface RevisionVerdict {
  readonly findings: readonly PdfFinding[];
  readonly notes: readonly PdfNote[];
}

/** That what was signed was a document of its own, with this signature in its form, and what followed on it. */
async function judgeRevision(
  file: PdfFile,
  { dictionary, field }: FoundSignature,
  coverage: Coverage,
): Promise<RevisionVerdict> {
  if (coverage.end === file.bytes.length) return { findings: [], notes: [] };
  try {
    const revision = await PdfFile.read(revisionOf(file.bytes, coverage), file);
    const then = await findSignatures(revision);
    const same = then.find((one) => one.dictionary.extent.start === dictionary.extent.start);
    if (same === undefined || same.field !== field) return { findings: [remark('NO_REVISION')], notes: [] };
    const isFinal = (await certificationOf(revision, dictionary)) === 1;
    return {
      findings: [...(isFinal ? [remark('CERTIFIED')] : []), ...(await judgeChanges(revision, file))],
      notes: (await isSeenLater(revision, file)) ? [remark('SIGNATURE_SHOWN_LATER')] : [],
    };
  } catch (error) {
    if (!JpkiError.is(error) || error.code !== 'PDF_REFUSED') throw error;
    return { findings: [remark('NO_REVISION')], notes: [] };
  }
}
