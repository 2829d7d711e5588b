/** What every example needs: a card, real or virtual, and a PIN that nobody else sees. */
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import {
  type CardConnection,
  connectCard,
  HOLDER_PINS,
  type HolderPin,
  JpkiApplet,
  JpkiError,
  type KeyRole,
  normalizePin,
  type TrustAnchor,
} from 'jpki-card';
import type { CardTextIssuer } from 'jpki-card/card-text';

/** Whether the example was started with `--virtual`. */
export const isVirtual = process.argv.includes('--virtual');

/** The arguments that are no options. */
export const operands = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** How the example is called, from where it lies. */
export function usage(words: string): void {
  console.error(`Say: npx tsx ${relative('', process.argv[1] ?? '')} ${words} [--virtual]`);
  process.exitCode = 2;
}

/** A card in a reader, or with `--virtual` a new card in memory; that one's module is loaded only then. */
export async function connect(): Promise<CardConnection> {
  if (!isVirtual) {
    console.error('Waiting for a card: put it flat on the reader.');
    return connectCard();
  }
  const { VirtualCard } = await import('jpki-card/virtual');
  const card = await VirtualCard.issue();
  textIssuers = card.textIssuers;
  return card.connect();
}

/** Who signed the text on the virtual card; `undefined` for a card in a reader, whose keys the library knows. */
export let textIssuers: readonly CardTextIssuer[] | undefined;

export async function openCard(): Promise<JpkiApplet> {
  return JpkiApplet.select(await connect());
}

/** The PIN of a role: asked for without showing it, a line of standard input where that is a pipe, known for a virtual card. */
export async function askPin(role: HolderPin, which = ''): Promise<string> {
  if (isVirtual) return (await import('jpki-card/virtual')).VIRTUAL_PINS[role];
  const { name } = HOLDER_PINS[role];
  process.stderr.write(`${name.ja} ${name.en}${which && ` (${which})`}: `);
  const typed = process.stdin.isTTY === true ? await askOnTerminal() : (await piped().next()).value;
  process.stderr.write('\n');
  if (typed === undefined) throw new JpkiError('ABORTED');
  return normalizePin(role, typed);
}

async function askOnTerminal(): Promise<string> {
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
  }
}

/** The lines of standard input, for all questions: a second reader would miss what the first had taken. */
let lines: AsyncIterator<string, undefined> | undefined;
function piped(): AsyncIterator<string, undefined> {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return lines;
}

/**
 * Whom to believe: the J-LIS anchors (`undefined`), or for the virtual card the CA certificate it carries itself, which
 * proves nothing and is good for trying things out.
 */
export async function trustAnchors(applet: JpkiApplet, purpose: KeyRole): Promise<TrustAnchor[] | undefined> {
  if (!isVirtual) return undefined;
  const ca = await applet.readCertificate(`${purpose}-ca`);
  return [{ name: 'virtual card, not real', purpose, sha256: ca.fingerprintSha256, hierarchy: 'other' }];
}

/** Runs an example: an error of a card or a file is shown as a person needs it, and the process ends by itself. */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    console.error(
      error instanceof JpkiError ? `${error.code}: ${error.message}\n${error.remedy}` : error.message,
    );
    process.exitCode = 1;
  } finally {
    process.stdin.pause();
  }
}
