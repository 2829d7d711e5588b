/** The package as somebody gets it: built and packed from a copy of the project, installed in an empty folder. */
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What the build and the package are made of. A copy, because `dist` of the project is for others to build. */
const INGREDIENTS = [
  'src',
  'docs',
  'examples',
  'fixtures',
  'package.json',
  'tsconfig.json',
  'tsup.config.ts',
  'LICENSE',
];
const DOCUMENTS = /^[A-Z]+(\.ja)?\.md$/;

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, without what npm told the one that runs the tests. */
export async function run(
  file: string,
  args: readonly string[],
  cwd: string,
  more: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = { ...Object.fromEntries(inherited), ...more };
  // On Windows npm and the command are scripts.
  const child = spawn(file, args, {
    cwd,
    env,
    shell: process.platform === 'win32' && file !== process.execPath,
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  return { status, ...output };
}

async function succeed(file: string, args: readonly string[], cwd: string): Promise<void> {
  const { status, stdout, stderr } = await run(file, args, cwd);
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`);
}

/** Builds and packs; gives the path of the tarball, the only one in `folder`. */
export async function pack(folder: string): Promise<string> {
  const source = join(folder, 'source');
  mkdirSync(source);
  for (const name of [...INGREDIENTS, ...readdirSync(ROOT).filter((file) => DOCUMENTS.test(file))])
    cpSync(join(ROOT, name), join(source, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'), 'junction');
  await succeed('npm', ['pack', '--pack-destination', folder], source);
  const [tarball = 'none'] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  return join(folder, tarball);
}

/** Installs without koffi and pcsclite, and without a network: what it depends on comes from the project's own folder. */
export async function install(tarball: string, folder: string): Promise<void> {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const dependencies = [...closure(['jpki-card'])].map((name) => join(ROOT, 'node_modules', name));
  const options = ['--offline', '--install-links', '--omit=optional', '--no-audit', '--no-fund'];
  await succeed('npm', ['install', ...options, tarball, ...dependencies], folder);
}

/** Everything that the packages need to run, themselves left out. */
function closure(names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    const path = name === 'jpki-card' ? 'package.json' : `node_modules/${name}/package.json`;
    const { dependencies = {} }: { dependencies?: Record<string, string> } = JSON.parse(
      readFileSync(join(ROOT, path), 'utf8'),
    );
    const more = Object.keys(dependencies).filter((dependency) => !found.has(dependency));
    for (const dependency of more) found.add(dependency);
    closure(more, found);
  }
  return found;
}
