/** What every example needs: a card, real or virtual, and a PIN that nobody else sees. */
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

/** Whether the example was started with `--virtual`. */
export const isVirtual = process.argv.includes('--virtual');

/** The arguments that are no options. */
export const operands = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

/** A card in a reader, or with `--virtual` a new card in memory; that one's module is loaded only then. */
export async function connect(): Promise<CardConnection> {
  if (!isVirtual) {
    console.error('Waiting for a card: put it flat on the reader.');
    return connectCard();
  }
  const { VirtualCard } = await import('jpki-card/virtual');
  return (await VirtualCard.issue()).connect();
}

export async function openCard(): Promise<JpkiApplet> {
  return JpkiApplet.select(await connect());
}

/** The PIN of a role: asked for without showing it, from standard input when that is a pipe, known for a virtual card. */
export async function askPin(role: HolderPin, what = 'PIN'): Promise<string> {
  if (isVirtual) return (await import('jpki-card/virtual')).VIRTUAL_PINS[role];
  const { name: named } = HOLDER_PINS[role];
  const name = `${named.ja} ${named.en}`;
  process.stderr.write(`${name} ${what}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = process.stdin.isTTY === true;
  const lines = createInterface({ input: process.stdin, output: silent, terminal });
  try {
    return normalizePin(role, await lines.question(''));
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
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

/** Runs an example: an error is shown as a person needs it, and the process ends by itself. */
export async function run(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    console.error(`${error.code}: ${error.message}\n${error.remedy}`);
    process.exitCode = 1;
  }
}
