/** `jpki sign`: a CMS signature (.p7s) with the signature key. */
import { digest } from '../jpki/hash.js';
import { signCms } from '../signature/cms.js';
import { withCard } from './card.js';
import { requirePresent } from './cert.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { CliFailure } from './failure.js';
import { InputFile } from './files.js';
import { OutputFile, PRIVATE, refuseOver } from './output-file.js';
import { PinEntry } from './pin-entry.js';
import { Progress } from './progress.js';
import { CARD_TEXTS } from './texts-card.js';
import { FILE_TEXTS } from './texts-files.js';
import { SIGN_TEXTS as TEXT } from './texts-sign.js';

/** A content that goes into its signature is held three times while the message is put together. */
const MAX_ATTACHED_BYTES = 256 * 1024 * 1024;

export const sign: Run = async (context) => {
  const { options, operands, say } = context;
  const [path = ''] = operands;
  const target = options.value('out') ?? `${path}.p7s`;
  const detached = !options.has('attached');
  await using file = await InputFile.open(path);
  const output = await OutputFile.prepare(context, target, {
    reads: [path],
    mode: PRIVATE,
    namesPerson: true,
  });
  await refuseOver(options.value('virtual'), [path], context);
  using pins = await PinEntry.open(context);
  await output.consent((question) => pins.confirms(question));
  // Before the card: nobody who writes into a pipe keeps one waiting whose PIN was verified.
  const content = await readContent(file, detached, context);
  await file.requireUnchanged();

  const cms = await withCard(context, async (card) => {
    await requirePresent(card, 'sign');
    await pins.verify(card.applet, 'sign');
    card.progress.step(CARD_TEXTS.signing);
    return signCms(card.applet, content, { detached });
  });
  await file.requireUnchanged();
  await output.write(cms);
  if (context.json) output.report.json({ file: path, signature: target, detached, bytes: cms.length });
  else output.report.line(say(detached ? TEXT.signedDetached(target, path) : TEXT.signedAttached(target)));
  return undefined;
};

/** The content itself where it goes into the signature, else its hash. */
async function readContent(file: InputFile, detached: boolean, context: Context) {
  const { signal } = context;
  const progress = new Progress(context);
  progress.step(TEXT.readingFile);
  try {
    if (detached) return { digest: await digest('SHA-256', file.chunks(signal)) };
    const text = FILE_TEXTS.tooLargeToAttach(file.path, MAX_ATTACHED_BYTES);
    const tooLarge = new CliFailure('FILE', text, FILE_TEXTS.signDetached);
    return await file.bytes(MAX_ATTACHED_BYTES, tooLarge, signal);
  } finally {
    progress.end();
  }
}
