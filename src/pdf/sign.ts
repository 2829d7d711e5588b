import {
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkRole,
  checkText,
  checkThat,
  oneOf,
} from '../arguments.js';
import type { JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type KeyRole, throwIfAborted } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { digest, type HashName } from '../jpki/hash.js';
import { PIN_CHECKS, type PinOptions, wipingPin } from '../jpki/pin-options.js';
import { checkApplet, checkHash, readCertificates } from '../signature/card-signature.js';
import { isSigningTime, signInForm } from '../signature/cms-sign.js';
import { say } from '../text/index.js';
import { judgeChanges } from './changes.js';
import { CONTENTS_BYTES, contentsText, nameText, type PdfProfile, placeholder } from './dictionary.js';
import { MAX_PDF_BYTES, PdfFile } from './file.js';
import { incrementFor } from './increment.js';
import { refused } from './refused.js';
import { certificationOf, findSignatures } from './signatures.js';
import { damaged, type Extent, is } from './values.js';
import { checkVisible, type VisibleSignature } from './visible.js';

export type { PdfProfile } from './dictionary.js';

/** How to sign a PDF. A value of another type or range is `INVALID_ARGUMENT`. */
export interface SignPdfOptions extends PinOptions {
  /** Default `pades`. */
  readonly profile?: PdfProfile | undefined;
  /** Default `sign`, 署名用: what documents are signed with. */
  readonly role?: KeyRole | undefined;
  /** `SHA-256`, the default, `SHA-384` or `SHA-512`. */
  readonly hash?: HashName | undefined;
  /** The time the signer claims, whole seconds of the years 0 to 9999; default now. No proof of when it was signed. */
  readonly signingTime?: Date | undefined;
  /** The signer's name as the document has it, of which the first 128 UTF-16 units are kept; default the certificate's. */
  readonly name?: string | undefined;
  /** Why it is signed, in the signer's words. */
  readonly reason?: string | undefined;
  /** Where it is signed. */
  readonly location?: string | undefined;
  /** Default: the signature is not seen on any page. */
  readonly visible?: VisibleSignature | undefined;
}

const SIGN_CHECKS: ChecksOf<SignPdfOptions> = {
  profile: oneOf('pades', 'registry'),
  role: checkRole,
  hash: checkHash,
  signingTime: checkThat((texts) => texts.pdf.aSigningTime, isSigningTime),
  name: checkText,
  reason: checkText,
  location: checkText,
  visible: checkVisible,
  ...PIN_CHECKS,
};

/**
 * Signs a PDF: the document stays as it is, byte for byte, and a signature over all of it is appended, beside those it
 * has. Two profiles: `pades` is ETSI EN 319 142-1, baseline B-B, which contracts use and PDF programs check; `registry`
 * is the form that 登記・供託オンライン申請システム describes (adbe.pkcs7.detached), accepted there from other programs
 * and not tried by us. The PIN is asked for when nothing but the signature is missing, and what was appended has been read
 * again and adds a signature and nothing else.
 *
 * Everybody who gets the document learns the signer's name, sex, date of birth and address: they are in the certificate.
 *
 * @param pdf at most 268,435,456 bytes
 * @returns a new array; some 25 kilobytes more than `pdf`
 * @throws JpkiError `PDF_REFUSED` (no PDF, damaged, encrypted, certified against changes, too large), `UNSUPPORTED` (the
 * package `@cantoo/pdf-lib` is not installed), and what `signCms` throws
 * @example
 * const pin = () => ask('Signature PIN: ');
 * const signed = await signPdf(applet, await readFile('contract.pdf'), { pin });
 */
export async function signPdf(
  applet: JpkiApplet,
  pdf: Uint8Array,
  options: SignPdfOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  return wipingPin(options, () => sign(applet, pdf, options));
}

async function sign(
  applet: JpkiApplet,
  pdf: Uint8Array,
  options: SignPdfOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  checkApplet('applet', applet);
  checkBytes('pdf', pdf);
  const checked = checkedOptions(options, SIGN_CHECKS);
  const { profile = 'pades', role = 'sign', hash = 'SHA-256', signingTime = new Date() } = checked;
  const { pin, signal, allowLastTry, confirmLastTry, allowShared } = checked;
  throwIfAborted(signal);
  const { bytes, places } = await prepare(pdf, { ...checked, profile, signingTime });

  const presenting = { pin, signal, allowLastTry, confirmLastTry, allowShared };
  const { certificate } = await readCertificates(applet, role, presenting);
  write(bytes, places.name, nameText(checked.name ?? nameIn(certificate)));
  const hashed = await digest(hash, places.signedBytes(), signal);
  const cms = await signInForm(
    profile === 'pades' ? 'cades' : 'bouncy-castle',
    applet,
    { digest: hashed },
    {
      ...{ role, hash, detached: true, signal },
      // EN 319 142-1 section 6.3 forbids the attribute: M has the time.
      signingTime: profile === 'pades' ? false : signingTime,
    },
  );
  if (cms.length > CONTENTS_BYTES)
    throw new JpkiError(
      'UNSUPPORTED',
      say((texts) => texts.pdf.noRoom(CONTENTS_BYTES)),
    );
  write(bytes, places.contents, contentsText(cms));
  return bytes;
}

interface Places {
  readonly name: Extent;
  readonly contents: Extent;
  signedBytes(): AsyncGenerator<Uint8Array>;
}

/** The document with an empty signature, all of it but the name, the message in it, and where these go. */
async function prepare(
  pdf: Uint8Array,
  { profile, signingTime, visible, ...texts }: SignPdfOptions & { profile: PdfProfile; signingTime: Date },
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly places: Places }> {
  const original = await PdfFile.read(pdf);
  for (const { dictionary } of await findSignatures(original))
    if ((await certificationOf(original, dictionary)) === 1) throw refused((t) => t.pdf.certified);
  const increment = await incrementFor(original, placeholder(profile, signingTime, texts), visible);
  const length = pdf.length + increment.bytes.length;
  if (length > MAX_PDF_BYTES) throw refused((t) => t.pdf.tooLarge(MAX_PDF_BYTES));
  const bytes = new Uint8Array(length);
  bytes.set(pdf);
  bytes.set(increment.bytes, pdf.length);

  // The package repairs what it reads; what it made is therefore read as strictly as anybody's.
  const signed = await PdfFile.read(bytes);
  const changes = await judgeChanges(await PdfFile.read(bytes.subarray(0, pdf.length)), signed);
  const found = (await findSignatures(signed)).find(({ field }) => field === increment.field);
  const [name, range, contents] = ['Name', 'ByteRange', 'Contents'].map((key) =>
    found?.dictionary.entries.get(key),
  );
  if (!found || changes.length > 0 || !is(name, 'string') || !is(range, 'array') || !is(contents, 'string'))
    throw damaged('a signature cannot be added to it', pdf.length);
  const { start, end } = contents.extent;
  write(bytes, range.extent, `[0 ${start} ${end} ${length - end}`, ']');
  return {
    bytes,
    places: { name: name.extent, contents: contents.extent, signedBytes: () => pieces(bytes, start, end) },
  };
}

async function* pieces(bytes: Uint8Array, start: number, end: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, start);
  yield bytes.subarray(end);
}

/** Over a place of that size; what is left of it becomes white space in front of `last`. */
function write(bytes: Uint8Array, { start, end }: Extent, text: string, last = ''): void {
  bytes.set(new TextEncoder().encode(text.padEnd(end - start - last.length) + last), start);
}

function nameIn({ holder, subject }: JpkiCertificate): string {
  return holder?.name ?? subject.get('CN') ?? String(subject);
}
