import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compiled } from '../support/compiled.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs an example with the virtual card to its end. */
function example(name: string, ...operands: string[]): Promise<{ status: number; stdout: string }> {
  const args = [compiled(`examples/${name}.ts`), ...operands, '--virtual'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout: 60_000 }, (error, stdout) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout });
    });
  });
}

it('sign-file and verify-file agree on a file, and not on a changed one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jpki-example-'));
  const file = join(folder, '契約書.txt');
  try {
    await writeFile(file, '架空の契約書');
    expect(await example('sign-file', file)).toMatchObject({ status: 0 });
    const good = await example('verify-file', file);
    expect(good).toMatchObject({ status: 0 });
    expect(good.stdout).toMatch(/^The signature is good\.\nsigned by .*\n.*\n.*revoked was not checked/);
    await writeFile(file, '架空の契約書。');
    const changed = await example('verify-file', file);
    expect(changed).toMatchObject({ status: 1 });
    expect(changed.stdout).toMatch(/^DO NOT RELY.*\nproblem .*\[MESSAGE_DIGEST\]\nNOT PROVEN/);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 200_000);

it('login logs in once, and not with the same answer again', async () => {
  const { status, stdout } = await example('login');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^login {7}200 \{"subject":"[0-9a-f]+@C=JP, .*\nsame again {2}401 /);
}, 100_000);
