/** Which of the two `jpki verify` has before it: a PDF with its signatures inside, or a CMS message. */
import { stat } from 'node:fs/promises';
import type { Context, Run } from '../context.js';
import { EXIT, JpkiError } from '../failure.js';
import { chunksOf, statIfThere } from '../input-file.js';
import { fileWord } from '../next-command.js';
import { kindOf } from '../signed-message.js';
import { bilingual } from '../text/index.js';
import { verify } from './verify.js';

export const verifyFile: Run = async (context): Promise<number> => {
  const { options, operands } = context;
  const [path = ''] = operands;
  const kind = await kindOfFile(context, path);
  const beside = `${path}.p7s`;
  const verifyBeside = async () => (await verify({ ...context, operands: [beside] })) ?? EXIT.done;
  if (kind === 'message') return (await verify(context)) ?? EXIT.done;
  // Only a message is put beside its content, or has it in it.
  if (options.has('content') || options.has('out')) throw noSignatureFile(path);
  if (kind === 'other') {
    if (await isFile(beside)) return verifyBeside();
    throw /\.p7[sm]$/i.test(path) ? noSignatureFile(path) : noneFound(path);
  }
  const { verifyPdfFile } = await import('./verify-pdf.js');
  // What is in the document itself comes first.
  return verifyPdfFile(context, (await isFile(beside)) ? verifyBeside : undefined);
};

/** A pipe, which cannot be looked at and read again, is a message. */
async function kindOfFile({ signal }: Context, path: string): Promise<ReturnType<typeof kindOf>> {
  if (!(await isFile(path))) return 'message';
  for await (const chunk of chunksOf(path, signal)) return kindOf(chunk);
  return 'other';
}

function noneFound(path: string): JpkiError {
  const remedy = bilingual(({ sign }) => sign.noneFoundRemedy(fileWord(path)));
  return new JpkiError(
    'SIGNATURE_INVALID',
    bilingual(({ sign }) => sign.noneFound(path)),
    { remedy },
  );
}

function noSignatureFile(path: string): JpkiError {
  const remedy = bilingual(({ sign }) => sign.otherPemRemedy);
  return new JpkiError(
    'SIGNATURE_INVALID',
    bilingual(({ sign }) => sign.noSignatureFile(path)),
    { remedy },
  );
}

const isFile = async (path: string): Promise<boolean> => (await statIfThere(path, stat))?.isFile() === true;
