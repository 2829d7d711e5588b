/** The CA certificates that `--ca` names: of files, and of the card. They help to judge, and are not believed for it. */
import { JpkiCertificate, JpkiError } from '../index.js';
import { withCard } from './card.js';
import type { Context } from './context.js';
import { CliFailure } from './failure.js';
import { InputFile } from './input-file.js';

/** A few dozen in PEM. */
const MAX_BYTES = 65_536;

/** What stands for the card; a file of that name is `./card`. */
const CARD = 'card';

/** The files among what was named. */
export function caFiles({ options }: Context): readonly string[] {
  return options.values('ca').filter((name) => name !== CARD);
}

export async function caCertificates(context: Context): Promise<readonly JpkiCertificate[]> {
  // What may not be there or make no sense first, before anybody looks for a card.
  const ofFiles: JpkiCertificate[] = [];
  for (const path of caFiles(context)) ofFiles.push(...(await readFile(path, context)));
  if (!context.options.values('ca').includes(CARD)) return ofFiles;
  const ofCard = await withCard(context, ({ applet }) => applet.readCertificate('sign-ca'));
  return [...ofFiles, ofCard];
}

async function readFile(path: string, { signal }: Context): Promise<readonly JpkiCertificate[]> {
  const none = (cause?: unknown) =>
    new CliFailure(({ file }) => [file.noCertificate(path), file.noCertificateRemedy], cause);
  await using file = await InputFile.open(path);
  const bytes = await file.bytes(MAX_BYTES, none(), signal);
  const texts = Buffer.from(bytes).toString('latin1').matchAll(PEM);
  const ders = Array.from(texts, ([, base64 = '']) => Buffer.from(base64, 'base64'));
  try {
    return (ders.length > 0 ? ders : [bytes]).map((der) => JpkiCertificate.parse(der));
  } catch (error) {
    if (error instanceof JpkiError) throw none(error);
    throw error;
  }
}

/** RFC 7468 section 5. Text around them, and other things in PEM, are no error. */
const PEM = /-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g;
