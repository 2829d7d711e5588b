/** Runs the `openssl` command: an independent opinion on what a certificate says. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** Leaves tests out where the command is missing, but not on a machine that must have everything: there they fail. */
export const skipWithoutOpenssl = !hasOpenssl && process.env['JPKI_REQUIRE_PCSC'] !== '1';
if (skipWithoutOpenssl) {
  console.warn('Skipped: these tests need the openssl command, version 3 ("sudo apt-get install openssl").');
}

/** What the command printed. Throws when it fails. */
export function openssl(args: readonly string[], input?: Uint8Array): Buffer {
  return execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
}

/** Runs `work` with paths in a folder that is gone afterwards. */
export function withFolder<T>(work: (path: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-openssl-'));
  try {
    return work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
