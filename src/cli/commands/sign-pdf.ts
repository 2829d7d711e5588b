/** `jpki sign FILE --pdf`: a signature inside the document. */
import { MAX_PDF_BYTES, signPdf } from '../../pdf/index.js';
import { requirePresent, withCard } from '../card.js';
import type { Context } from '../context.js';
import { CliFailure, usageError } from '../failure.js';
import { InputFile } from '../input-file.js';
import { fileWord, sameVirtual } from '../next-command.js';
import { OutputFile, refuseOver } from '../output-file.js';
import { PinEntry } from '../pins/pin-entry.js';

export async function signPdfFile(context: Context): Promise<void> {
  const { options, operands, texts, help, signal } = context;
  const [path = ''] = operands;
  const profile = options.value('profile') ?? 'pades';
  if (profile !== 'pades' && profile !== 'registry')
    throw usageError((texts) => texts.arguments.badValue('--profile', 'pades|registry'), ...help);
  if (options.has('attached')) throw usageError((texts) => texts.sign.pdfIsAttached, ...help);
  const target = options.value('out') ?? `${path.replace(/\.pdf$/i, '')}-signed.pdf`;
  await using file = await InputFile.open(path);
  const output = await OutputFile.prepare(context, target, [path]);
  await refuseOver(options.value('virtual'), [path], context);
  using pins = await PinEntry.open(context);
  await output.consent();
  const pdf = await file.bytes(MAX_PDF_BYTES, tooLarge(path), signal);
  await file.requireUnchanged();

  const mayBeginAnew = () => !pins.wasAsked;
  const signed = await withCard(
    context,
    async (card) => {
      await requirePresent(card, 'sign');
      card.progress.step(texts.card.signing);
      return signPdf(card.applet, pdf, {
        profile,
        ...pins.asking('sign', card.progress, 'askPin', texts.sign.namesHolder),
      });
    },
    { mayBeginAnew },
  );
  await file.requireUnchanged();
  await output.write(signed);
  if (context.json) output.report.json({ file: path, signed: target, profile, bytes: signed.length });
  else {
    output.report.line(texts.sign.signedPdf(target));
    const virtual = sameVirtual(options);
    output.report.line(texts.sign.toCheck(`jpki verify ${fileWord(target)}${virtual}`));
  }
}

export const tooLarge = (path: string): CliFailure =>
  new CliFailure((texts) => [texts.file.tooLargePdf(path, MAX_PDF_BYTES), texts.file.signDetached]);
