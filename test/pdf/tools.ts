/** Programs that judge PDFs and that this project did not write: where they are, and what they say. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** By the Debian package that brings them. */
const COMMANDS: Readonly<Record<string, string>> = {
  pdfsig: 'poppler-utils',
  qpdf: 'qpdf',
  mutool: 'mupdf-tools',
  certutil: 'libnss3-tools',
  java: 'default-jdk-headless',
};
const JARS: Readonly<Record<string, string>> = {
  pdfbox2: 'libpdfbox2-java',
  fontbox2: 'libpdfbox2-java',
  'commons-logging': 'libpdfbox2-java',
  bcprov: 'libbcpkix-java',
  bcpkix: 'libbcpkix-java',
  bcutil: 'libbcpkix-java',
};
const jar = (name: string): string => `/usr/share/java/${name}.jar`;

/**
 * Whether to skip: `describe.skipIf(requireJudges())`. Prints what to install when it says skip; throws instead when
 * JPKI_REQUIRE_PCSC=1, where a skipped test would be a lie.
 */
export function requireJudges(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const isThere = (command: string) => folders.some((folder) => existsSync(join(folder, command)));
  const missing = new Set([
    ...Object.entries(COMMANDS).flatMap(([command, owner]) => (isThere(command) ? [] : [owner])),
    ...Object.entries(JARS).flatMap(([name, owner]) => (existsSync(jar(name)) ? [] : [owner])),
  ]);
  if (missing.size === 0) return false;
  const needs = `PDF tests need: sudo apt-get install ${[...missing].join(' ')}`;
  if (process.env['JPKI_REQUIRE_PCSC'] === '1') throw new Error(needs);
  console.warn(`skipped: ${needs}`);
  return true;
}

/** A store of NSS that trusts one CA. */
export function trustStore(folder: string, ca: string): string {
  const store = `sql:${folder}`;
  execFileSync('certutil', ['-N', '-d', store, '--empty-password']);
  execFileSync('certutil', ['-A', '-d', store, '-n', 'ca', '-t', 'CT,C,C', '-i', ca]);
  return store;
}

/** What poppler says of each signature, and of each certificate. */
export function pdfsig(path: string, store: string): { signatures: string[]; certificates: string[] } {
  const { stdout } = spawnSync('pdfsig', ['-nssdir', store, path], { encoding: 'utf8' });
  const lines = (label: string) =>
    [...stdout.matchAll(new RegExp(`${label} Validation: (.*)`, 'g'))].map(([, text = '']) => text);
  return { signatures: lines('Signature'), certificates: lines('Certificate') };
}

/** The exit code of qpdf, which is 0 where it finds nothing wrong. */
export const qpdf = (path: string): number | null => spawnSync('qpdf', ['--check', path]).status;

/** What mutool says of each signature: whether the digest is right. */
export function mutool(path: string): string {
  const { stdout, stderr } = spawnSync('mutool', ['sign', '-v', path], { encoding: 'utf8' });
  return stdout + stderr;
}

/** PDFBox and Bouncy Castle: `good` or `bad` for each signature of all the files. */
export function pdfBox(...paths: readonly string[]): string[] {
  const source = fileURLToPath(new URL('./PdfBoxJudge.java', import.meta.url));
  const stdout = execFileSync('java', ['-cp', Object.keys(JARS).map(jar).join(':'), source, ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1) ?? '');
}
