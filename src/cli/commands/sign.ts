/** `jpki sign` and `jpki login-token`: what the two keys of a card sign. */
import { createHash } from 'node:crypto';
import { createLoginToken } from '../../index.js';
import { signCms } from '../../signature/cms.js';
import { requirePresent, withCard } from '../card.js';
import type { Context, Run } from '../context.js';
import { CliFailure, usageError } from '../failure.js';
import { InputFile } from '../input-file.js';
import { fileWord, sameVirtual } from '../next-command.js';
import { OutputFile, refuseOver } from '../output-file.js';
import { PinEntry } from '../pins/pin-entry.js';
import { Progress } from '../terminal/screen.js';

/** A content that goes into its signature is held three times while the message is put together. */
const MAX_ATTACHED_BYTES = 256 * 1024 * 1024;

/** A CMS signature (.p7s) with the signature key, or one inside a PDF. */
export const sign: Run = async (context) => {
  const { options, operands, texts, help } = context;
  if (options.has('pdf')) return (await import('./sign-pdf.js')).signPdfFile(context);
  if (options.has('profile')) throw usageError((texts) => texts.sign.profileOfPdf, ...help);
  const [path = ''] = operands;
  const target = options.value('out') ?? `${path}.p7s`;
  const detached = !options.has('attached');
  await using file = await InputFile.open(path);
  const output = await OutputFile.prepare(context, target, [path]);
  await refuseOver(options.value('virtual'), [path], context);
  using pins = await PinEntry.open(context);
  await output.consent();
  // Before the card: nobody who writes into a pipe keeps one waiting whose PIN was verified.
  const content = await readContent(file, detached, context);
  await file.requireUnchanged();

  const mayBeginAnew = () => !pins.wasAsked;
  const cms = await withCard(
    context,
    async (card) => {
      await requirePresent(card, 'sign');
      card.progress.step(texts.card.signing);
      return signCms(card.applet, content, {
        detached,
        ...pins.asking('sign', card.progress, 'askPin', texts.sign.namesHolder),
      });
    },
    { mayBeginAnew },
  );
  await file.requireUnchanged();
  await output.write(cms);
  if (context.json) output.report.json({ file: path, signature: target, detached, bytes: cms.length });
  else {
    output.report.line(
      detached ? texts.sign.signedDetached(target, path) : texts.sign.signedAttached(target),
    );
    // The content is found by itself beside a signature that is called after it.
    const content = detached && target !== `${path}.p7s` ? ` --content ${fileWord(path)}` : '';
    const virtual = sameVirtual(options);
    output.report.line(texts.sign.toCheck(`jpki verify ${fileWord(target)}${content}${virtual}`));
  }
};

/** The content itself where it goes into the signature, else its hash. */
async function readContent(file: InputFile, detached: boolean, context: Context) {
  const { signal, texts, err } = context;
  const progress = new Progress(err);
  progress.step(texts.sign.readingFile);
  try {
    if (detached) {
      const hash = createHash('sha256');
      for await (const chunk of file.chunks(signal)) hash.update(chunk);
      return { digest: hash.digest() };
    }
    const tooLarge = new CliFailure((texts) => [
      texts.file.tooLargeToAttach(file.path, MAX_ATTACHED_BYTES),
      texts.file.signDetached,
    ]);
    return await file.bytes(MAX_ATTACHED_BYTES, tooLarge, signal);
  } finally {
    progress.end();
  }
}

/** Proves to one service, once, that the holder of the card is here: with the authentication key. */
export const loginToken: Run = async (context) => {
  const audience = required(context, 'audience');
  const nonce = required(context, 'nonce');
  using pins = await PinEntry.open(context);
  const mayBeginAnew = () => !pins.wasAsked;
  const token = await withCard(
    context,
    async (card) => {
      card.progress.step(context.texts.card.signing);
      return createLoginToken(card.applet, { audience, nonce, ...pins.asking('auth', card.progress) });
    },
    { mayBeginAnew },
  );
  if (context.json) context.out.json({ token, audience });
  else context.out.raw(`${token}\n`);
};

function required({ options, help }: Context, name: 'audience' | 'nonce'): string {
  const value = options.value(name);
  if (value === undefined) throw usageError((texts) => texts.arguments.optionMissing(`--${name}`), ...help);
  return value;
}
