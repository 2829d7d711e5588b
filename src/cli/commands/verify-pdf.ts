/** `jpki verify signed.pdf`: the signatures inside a document. Needs no card. */
import type { BilingualText } from '../../index.js';
import { MAX_PDF_BYTES, type PdfSignatureVerdict, type PdfVerdict, verifyPdf } from '../../pdf/index.js';
import { caCertificates } from '../ca-certificates.js';
import { holderJson, timeInJapan } from '../certificate.js';
import type { Context } from '../context.js';
import { EXIT } from '../failure.js';
import { InputFile } from '../input-file.js';
import { BULLET, type Line, paragraph, type Row, rows, section } from '../terminal/screen.js';
import { tooLarge } from './sign-pdf.js';
import { anchorsOf, signerRows, toldOnce, virtualHint } from './verify.js';

/** @param beside judges the signature beside the document, which is meant where the document has none of its own */
export async function verifyPdfFile(
  context: Context,
  beside: (() => Promise<number>) | undefined,
): Promise<number> {
  const { operands, out, json, signal } = context;
  const [path = ''] = operands;
  await using file = await InputFile.open(path);
  const pdf = await file.bytes(MAX_PDF_BYTES, tooLarge(path), signal);
  const issuers = await caCertificates(context);
  const verdict = await verifyPdf(pdf, { anchors: await anchorsOf(context), issuers });
  const { signatures, findings } = verdict;
  const hasNone = signatures.length === 0 && findings.every(({ code }) => code === 'NO_SIGNATURES');
  if (hasNone && beside) return beside();
  if (json) out.json(verdictJson(verdict, context));
  else if (hasNone) out.line({ text: context.texts.sign.noneInPdf(path), style: 'red' });
  else {
    const signers = signatures.map(({ signer }) => signer);
    out.lines(verdictScreen(verdict, await virtualHint(verdict, signers, context), context));
  }
  return verdict.valid ? EXIT.done : EXIT.failed;
}

function verdictScreen(verdict: PdfVerdict, hint: readonly Line[], context: Context): Line[] {
  const { say, texts } = context;
  const title = verdict.valid
    ? ({ text: texts.sign.pdfValid, style: 'green' } as const)
    : ({ text: texts.sign.pdfInvalid, style: 'red' } as const);
  return [
    { segments: [title] },
    ...verdict.findings.map(({ text }) => paragraph(BULLET + say(text))),
    ...hint,
    ...verdict.signatures.flatMap((signature) => {
      const name = verdict.valid ? texts.sign.signer : texts.sign.claimedSigner;
      return section(name, ...rows(signatureRows(signature, context)));
    }),
    ...toldOnce([...notesOf(verdict).map(({ text }) => text), ...notChecked(verdict)], context).map((text) =>
      paragraph(BULLET + text),
    ),
  ];
}

function signatureRows(signature: PdfSignatureVerdict, context: Context): Row[] {
  const { texts } = context;
  const { signer, claimedTime, coversWholeFile, coveredBytes, field } = signature;
  const extent = coversWholeFile
    ? texts.sign.coversAll
    : coveredBytes === undefined
      ? texts.certificate.none
      : texts.sign.coversEarlier(coveredBytes);
  const time = claimedTime ? texts.sign.claimedTime(timeInJapan(claimedTime)) : texts.certificate.none;
  // The time of its message, which PAdES leaves out, is the row that M takes the place of.
  const ofSigner = signer ? signerRows(signer, context).slice(0, -1) : [];
  return [
    ...ofSigner,
    [texts.sign.signedAt, time],
    [texts.sign.field, field ?? texts.certificate.none],
    [texts.sign.covers, extent],
  ];
}

const notesOf = ({ signatures }: PdfVerdict) => signatures.flatMap(({ notes }) => notes);

function notChecked(verdict: PdfVerdict) {
  return verdict.valid ? (verdict.signatures[0].signer.certificateVerdict.notChecked ?? []) : [];
}

function verdictJson(verdict: PdfVerdict, { say }: Context) {
  const remarks = (list: readonly { readonly code: string; readonly text: BilingualText }[]) =>
    list.map(({ code, text }) => ({ code, message: say(text) }));
  return {
    valid: verdict.valid,
    findings: remarks(verdict.findings),
    signatures: verdict.signatures.map(({ signer, ...signature }) => ({
      valid: signature.valid,
      field: signature.field ?? null,
      subFilter: signature.subFilter ?? null,
      coversWholeFile: signature.coversWholeFile,
      coveredBytes: signature.coveredBytes ?? null,
      claimedTime: signature.claimedTime?.toISOString() ?? null,
      subject: signer?.certificate ? String(signer.certificate.subject) : null,
      serialNumber: signer?.certificate?.serialNumber ?? null,
      holder: signer?.certificate?.holder ? holderJson(signer.certificate.holder) : null,
      anchor: signer?.certificateVerdict?.anchor?.name ?? null,
      findings: remarks(signature.findings),
      notes: remarks(signature.notes),
    })),
    notChecked: notChecked(verdict).map(say),
  };
}
