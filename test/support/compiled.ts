/**
 * The programs that tests start are compiled once before all of them, because the loader of TypeScript costs each start four
 * times what the program itself does. `vitest.config.ts` names this file as its set-up.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = [
  'examples/change-pin.ts',
  'examples/login.ts',
  'examples/read-certificate.ts',
  'examples/record.ts',
  'examples/sign-file.ts',
  'examples/sign-pdf.ts',
  'examples/support.ts',
  'examples/verify-file.ts',
  'src/cli/main.ts',
  'src/cli/man-page.ts',
  'test/jpki/memory-program.ts',
  'test/pcsc/harness-ends.ts',
  'test/pcsc/harness-hold-card.ts',
  'test/pcsc/harness-list-often.ts',
  'test/pcsc/harness-read-once.ts',
  'test/pcsc/harness-sign-once.ts',
  'test/pcsc/harness-worker.ts',
];
const FOLDER = 'JPKI_TEST_PROGRAMS';
/** The library to load into pcscd, when there is one. */
export const PCSCD_PRELOAD = 'JPKI_TEST_PCSCD_PRELOAD';

/** The compiled form of a program of `PROGRAMS`, for node. */
export function compiled(program: string): string {
  if (!PROGRAMS.includes(program)) throw new Error(`${program} is not compiled before the tests`);
  return join(process.env[FOLDER] ?? '', program.replace(/\.ts$/, '.js'));
}

export default async function compile(): Promise<(() => void) | undefined> {
  // Asked for each project, all in one process.
  if (process.env[FOLDER] !== undefined) return undefined;
  // Below node_modules, so that packages are found from there.
  const parent = join(ROOT, 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'jpki-card-tests-'));
  process.env[FOLDER] = folder;
  await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    outdir: relative(ROOT, folder),
    outbase: '.',
    bundle: true,
    // Modules that are imported only when they are needed stay apart.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  compilePreload(folder);
  return () => rmSync(folder, { recursive: true, force: true });
}

/** With it a pcscd answers an exchange in 0.3 ms, else in 44, and sees a card sooner; without a compiler the tests wait. */
function compilePreload(folder: string): void {
  const library = join(folder, 'pcscd-preload.so');
  const source = join(ROOT, 'test/pcsc/pcscd-preload.c');
  const { status } = spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
  if (status === 0) process.env[PCSCD_PRELOAD] = library;
}
