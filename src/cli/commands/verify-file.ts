/** Which of the two `jpki verify` has before it: a PDF with its signatures inside, or a CMS message. */
import { stat } from 'node:fs/promises';
import type { Context, Run } from '../context.js';
import { EXIT } from '../failure.js';
import { chunksOf, statIfThere } from '../input-file.js';
import { kindOf } from '../signed-message.js';
import { verify } from './verify.js';

export const verifyFile: Run = async (context): Promise<number> => {
  const { options, operands } = context;
  const [path = ''] = operands;
  const kind = options.has('content') || options.has('out') ? 'message' : await kindOfFile(context, path);
  const beside = `${path}.p7s`;
  const verifyBeside = async () => (await verify({ ...context, operands: [beside] })) ?? EXIT.done;
  if (kind === 'other' && (await isFile(beside))) return verifyBeside();
  if (kind !== 'pdf') return (await verify(context)) ?? EXIT.done;
  const { verifyPdfFile } = await import('./verify-pdf.js');
  // What is in the document itself comes first.
  return verifyPdfFile(context, (await isFile(beside)) ? verifyBeside : undefined);
};

/** A pipe, which cannot be looked at and read again, is a message. */
async function kindOfFile({ signal }: Context, path: string): Promise<ReturnType<typeof kindOf>> {
  if (!(await isFile(path))) return 'message';
  for await (const chunk of chunksOf(path, signal)) return kindOf(chunk);
  return 'message';
}

const isFile = async (path: string): Promise<boolean> => (await statIfThere(path, stat))?.isFile() === true;
