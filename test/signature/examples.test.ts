import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { compiled } from '../support/compiled.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Runs an example with the virtual card to its end. */
function example(
  name: string,
  ...operands: string[]
): Promise<{ status: number; stdout: string; stderr: string }> {
  const args = [compiled(`examples/${name}.ts`), ...operands, '--virtual'];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
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

it('questions on a pipe get a line each, and one too many is not waited for', async () => {
  const program = `
    import { askPin, run } from ${JSON.stringify(pathToFileURL(compiled('examples/support.ts')).href)};
    await run(async () => {
      for (const which of ['current', 'new', 'more']) console.log((await askPin('auth', which)).length);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.end('1357\n24\n');
  const [status] = await once(child, 'close');
  expect([status, stdout]).toEqual([1, '4\n2\n']);
  expect(stderr).toMatch(/PIN \(current\): .*\n.*PIN \(new\): .*\n.*PIN \(more\): \nABORTED: /s);
});

it.each(['change-pin', 'read-certificate', 'record', 'sign-file', 'sign-pdf', 'verify-file'])(
  '%s says how it is called',
  async (name) => {
    const { status, stderr } = await example(name);
    expect([status, stderr]).toEqual([2, expect.stringMatching(/^Say: npx tsx \S+ \S+.* \[--virtual\]\n$/)]);
  },
);
