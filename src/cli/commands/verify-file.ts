/** Which of the two `jpki verify` has before it: a PDF with its signatures inside, or a CMS message. */
import { stat } from 'node:fs/promises';
import type { Context, Run } from '../context.js';
import { EXIT } from '../failure.js';
import { chunksOf, statIfThere } from '../input-file.js';
import { verify } from './verify.js';

export const verifyFile: Run = async (context): Promise<number> => {
  if (!(await isPdf(context))) return (await verify(context)) ?? EXIT.done;
  return (await import('./verify-pdf.js')).verifyPdfFile(context);
};

/** By its first bytes; a pipe, which cannot be looked at and read again, is a message. */
async function isPdf({ options, operands, signal }: Context): Promise<boolean> {
  const [path = ''] = operands;
  if (options.has('content') || options.has('out')) return false;
  if ((await statIfThere(path, stat))?.isFile() !== true) return false;
  for await (const chunk of chunksOf(path, signal))
    return Buffer.from(chunk.subarray(0, 5)).toString() === '%PDF-';
  return false;
}
