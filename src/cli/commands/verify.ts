/** `jpki verify`: whether a CMS signature fits its content and its signer can be believed. Needs no card. */
import { stat } from 'node:fs/promises';
import { type BilingualText, JLIS_TRUST_ANCHORS, type TrustAnchor } from '../../index.js';
import { type CmsSignerVerdict, type CmsVerdict, isDetachedCms, verifyCms } from '../../signature/cms.js';
import { caCertificates, caFiles } from '../ca-certificates.js';
import { holderJson, holderRows, isVirtual, timeInJapan } from '../certificate.js';
import type { Context, Run } from '../context.js';
import { CliFailure, EXIT } from '../failure.js';
import { chunksOf, InputFile } from '../input-file.js';
import { fileWord, sameVirtual } from '../next-command.js';
import { OutputFile } from '../output-file.js';
import { messageIn } from '../signed-message.js';
import { BULLET, type Line, paragraph, type Row, rows, type Segment, section } from '../terminal/screen.js';

export const verify: Run = async (context) => {
  const { options, operands, out, json, signal } = context;
  const [path = ''] = operands;
  await using file = await InputFile.open(path);
  const given = options.value('content');
  const target = options.value('out');
  const output = target === undefined ? undefined : await outputBeside(file, target, context);
  const anchors = await anchorsOf(context);
  const issuers = await caCertificates(context);
  const contentPath = given ?? (await besideSignature(file, context));
  await using draft = contentPath === undefined ? await output?.draft() : undefined;
  const verdict = await verifyCms(messageIn(file.chunks(signal), path), {
    anchors,
    issuers,
    ...(contentPath !== undefined && { content: chunksOf(contentPath, signal) }),
    // Kept only when the verdict is good.
    ...(draft && { onContent: (piece) => draft.add(piece) }),
  });
  const report = output?.report ?? out;
  if (json) report.json(verdictJson(verdict, contentPath, context));
  else {
    const hints = [
      ...contentHint(verdict, context),
      ...(await virtualHint(verdict, verdict.signers, context)),
    ];
    report.lines(verdictScreen(verdict, contentPath, hints, context));
  }
  if (!verdict.valid) return EXIT.failed;
  if (target === undefined) return EXIT.done;
  if (draft === undefined)
    throw new CliFailure((texts) => [texts.sign.nothingToWrite, texts.sign.contentIsYours]);
  await draft.keep();
  if (!json) report.line(context.texts.certificate.written(target));
  return EXIT.done;
};

/** What was in a signature is for no more people than the signature. */
async function outputBeside(file: InputFile, target: string, context: Context): Promise<OutputFile> {
  const reads = [file.path, context.options.value('content'), contentName(file.path), ...caFiles(context)];
  const mode = Number(file.stats.mode) & 0o666;
  const output = await OutputFile.prepare(context, target, reads, mode);
  await output.consent();
  return output;
}

/** The file that a detached signature was made of, where it still has its name: contract.pdf for contract.pdf.p7s. */
async function besideSignature(file: InputFile, { signal }: Context): Promise<string | undefined> {
  const content = contentName(file.path);
  // A pipe cannot be read again.
  if (content === undefined || file.isPipe) return undefined;
  // Nobody asked for it by name: a pipe would be waited for, and a folder is none of the signature's business.
  const isFile = await stat(content).then(
    (found) => found.isFile(),
    () => false,
  );
  // What is no signature is told by the verdict.
  return isFile && (await isDetachedCms(messageIn(chunksOf(file.path, signal), file.path)).catch(() => false))
    ? content
    : undefined;
}

function contentName(path: string): string | undefined {
  return /^(.+)\.p7s$/i.exec(path)?.[1];
}

/** The CAs of J-LIS; with a virtual card its own too, so that what it signed can be tried out. */
export async function anchorsOf({ options }: Context): Promise<readonly TrustAnchor[]> {
  if (!options.has('virtual')) return JLIS_TRUST_ANCHORS;
  const { openVirtualCard } = await import('../virtual-card.js');
  const { card } = await openVirtualCard(options.value('virtual'));
  return [...JLIS_TRUST_ANCHORS, ...card.trustAnchors];
}

/** The file that a detached signature was made of is asked for by the name under which it was looked for. */
function contentHint({ findings }: CmsVerdict, { options, operands: [path = ''], texts }: Context): Line[] {
  if (findings.every(({ code }) => code !== 'CONTENT_MISSING')) return [];
  const command = `jpki verify ${fileWord(path)} --content FILE${sameVirtual(options)}`;
  const content = contentName(path);
  const { contentNotBeside, contentUnnamed } = texts.sign;
  return [paragraph(content === undefined ? contentUnnamed(command) : contentNotBeside(content, command))];
}

/** Who tries a virtual card out is told how its signature is checked; of one that is believed there is nothing to say. */
export async function virtualHint(
  { findings }: { readonly findings: readonly { readonly code: string }[] },
  signers: readonly (Pick<CmsSignerVerdict, 'certificate'> | undefined)[],
  { options, operands: [path = ''], texts }: Context,
): Promise<Line[]> {
  const known = options.has('virtual');
  if (known && findings.every(({ code }) => code !== 'ISSUER_NOT_ANCHORED')) return [];
  for (const signer of signers) {
    if (!signer?.certificate || !(await isVirtual(signer.certificate))) continue;
    const { ofVirtualCard, ofOtherVirtualCard } = texts.sign;
    const content = options.value('content');
    const words = content === undefined ? '' : ` --content ${fileWord(content)}`;
    const command = `jpki verify ${fileWord(path)}${words} --virtual`;
    return [paragraph({ text: known ? ofOtherVirtualCard : ofVirtualCard(command), style: 'yellow' })];
  }
  return [];
}

function verdictScreen(
  verdict: CmsVerdict,
  contentPath: string | undefined,
  hints: readonly Line[],
  context: Context,
): Line[] {
  const { say, texts } = context;
  const title: Segment = verdict.valid
    ? { text: texts.sign.valid, style: 'green' }
    : { text: texts.sign.invalid, style: 'red' };
  return [
    { segments: [title] },
    ...verdict.findings.map(({ text }) => paragraph(BULLET + say(text))),
    ...hints,
    ...(contentPath === undefined ? [] : [paragraph(texts.sign.contentWas(contentPath))]),
    ...verdict.signers.flatMap((signer) => {
      const title = verdict.valid ? texts.sign.signer : texts.sign.claimedSigner;
      return section(title, ...rows(signerRows(signer, context)));
    }),
    ...toldOnce([...verdict.notes.map(({ text }) => text), ...notChecked(verdict)], context).map((text) =>
      paragraph(BULLET + text),
    ),
  ];
}

export function signerRows(
  { certificate, certificateVerdict, signingTime }: CmsSignerVerdict,
  context: Context,
): Row[] {
  const { texts } = context;
  const claimed = signingTime ? texts.sign.claimedTime(timeInJapan(signingTime)) : texts.certificate.none;
  return [
    ...(certificate?.holder ? holderRows(certificate.holder, context) : []),
    [texts.certificate.subject, String(certificate?.subject ?? texts.certificate.none)],
    [texts.sign.trustAnchor, anchorText(certificateVerdict?.anchor, texts)],
    [texts.sign.signedAt, claimed],
  ];
}

function anchorText(anchor: TrustAnchor | undefined, texts: Context['texts']): Segment {
  if (anchor === undefined) return texts.certificate.none;
  // Beside those of J-LIS there is only the virtual card's.
  if (!JLIS_TRUST_ANCHORS.some(({ sha256 }) => sha256 === anchor.sha256))
    return { text: texts.sign.virtualAnchor, style: 'yellow' };
  return `J-LIS (${anchor.name})`;
}

function notChecked(verdict: CmsVerdict): readonly BilingualText[] {
  return verdict.valid ? verdict.signers[0].certificateVerdict.notChecked : [];
}

/** Several signers may give the same to know. */
export function toldOnce(texts: readonly BilingualText[], { say }: Context): readonly string[] {
  return [...new Set(texts.map(say))];
}

function verdictJson(verdict: CmsVerdict, contentPath: string | undefined, { say }: Context) {
  const remarks = (list: readonly { code: string; text: { en: string; ja: string } }[]) =>
    list.map(({ code, text }) => ({ code, message: say(text) }));
  return {
    valid: verdict.valid,
    content: contentPath ?? null,
    findings: remarks(verdict.findings),
    notes: remarks(verdict.notes),
    signers: verdict.signers.map((signer) => ({
      valid: signer.valid,
      subject: signer.certificate ? String(signer.certificate.subject) : null,
      serialNumber: signer.certificate?.serialNumber ?? null,
      holder: signer.certificate?.holder ? holderJson(signer.certificate.holder) : null,
      signingTime: signer.signingTime?.toISOString() ?? null,
      hash: signer.hash ?? null,
      anchor: signer.certificateVerdict?.anchor?.name ?? null,
      notes: remarks(signer.notes),
    })),
    notChecked: notChecked(verdict).map(say),
  };
}
