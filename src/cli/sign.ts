/** `jpki sign`: a CMS signature (.p7s) with the signature key. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { JpkiError } from '../errors.js';
import { signCms } from '../signature/cms.js';
import { withCard } from './card.js';
import { requirePresent } from './cert.js';
import type { Run } from './commands.js';
import { fileError, usageError } from './failure.js';
import { PUBLIC, read, requireReadable, requireWritable, writeAtomically } from './files.js';
import { PinEntry } from './pin-entry.js';
import { CARD_TEXTS } from './texts-card.js';
import { SIGN_TEXTS as TEXT } from './texts-sign.js';

export const sign: Run = async (context) => {
  const { options, operands, out, say, help } = context;
  const [path = ''] = operands;
  const target = options.value('out') ?? `${path}.p7s`;
  if (resolve(target) === resolve(path)) throw usageError(TEXT.sameFile, ...help);
  const attached = options.has('attached');
  // Before a PIN is asked for.
  await requireReadable(path);
  await requireWritable(target);
  using pins = await PinEntry.open(context);

  const cms = await withCard(context, async (card) => {
    await requirePresent(card, 'sign');
    await pins.verify(card.applet, 'sign');
    card.progress.step(CARD_TEXTS.signing);
    if (attached) return signCms(card.applet, await read(path));
    return signCms(card.applet, chunksOf(path, context.signal), { detached: true });
  });
  await writeAtomically(target, cms, PUBLIC);
  if (context.json) out.json({ file: path, signature: target, detached: !attached, bytes: cms.length });
  else out.line(say(attached ? TEXT.signedAttached(target) : TEXT.signedDetached(target, path)));
  return undefined;
};

/** A file of any size, without holding it; ends with `ABORTED` on Ctrl-C. */
export async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { signal });
  } catch (cause) {
    if (signal.aborted) throw new JpkiError('ABORTED', undefined, { cause });
    throw fileError(path, cause);
  }
}
