/**
 * The package on a machine without a compiler, Python or the headers of Node.js, from the installation to a signature
 * through a reader: `.ci/run` has it. Needs what `npm run build` makes, pcscd with the virtual reader, and npm's cache or
 * a registry.
 */
import { strictEqual } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectVpcd, VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { PcscHarness } from '../pcsc/harness.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What npm runs itself; nothing that compiles. */
const COMMANDS = ['node', 'npm', 'sh', 'env'];

const PROGRAM = `
  import { openJpki } from 'jpki-card';
  const applet = await openJpki({ timeoutMs: 10_000 });
  await applet.verifyPin('auth', '${VIRTUAL_PINS.auth}');
  const data = new TextEncoder().encode('signed through a reader');
  const signature = await applet.sign('auth', data);
  const key = await (await applet.readCertificate('auth')).importPublicKey();
  console.log(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', key, signature, data));
  await applet.close();
`;

const folder = mkdtempSync(join(tmpdir(), 'jpki-reader-'));
const [bin, home, app] = ['bin', 'home', 'app'].map((name) => join(folder, name)) as [string, string, string];
const harness = await PcscHarness.create();
try {
  for (const path of [bin, home, app]) mkdirSync(path);
  for (const command of COMMANDS) symlinkSync(find(command), join(bin, command));
  const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  // With --ignore-scripts nothing is built again.
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], {
    cwd: ROOT,
    stdio: 'pipe',
  });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));

  const environment = {
    PATH: bin,
    HOME: home,
    npm_config_cache: cache,
    npm_config_prefer_offline: 'true',
    npm_config_nodedir: '/nonexistent',
    PCSCLITE_CSOCK_NAME: process.env['PCSCLITE_CSOCK_NAME'],
  };
  const run = (command: string, ...args: string[]) =>
    execFileSync(join(bin, command), args, {
      cwd: app,
      env: environment,
      encoding: 'utf8',
      timeout: 120_000,
      stdio: 'pipe',
    });

  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  run('npm', 'install', '--no-audit', '--no-fund', join(folder, tarball));
  strictEqual(
    existsSync(join(app, 'node_modules', 'pcsclite', 'build')),
    false,
    'pcsclite was compiled all the same',
  );
  writeFileSync(join(app, 'program.js'), PROGRAM);

  await harness.start();
  const session = await connectVpcd(await VirtualCard.issue(), { port: harness.ports[0] });
  // Not execFileSync: this process is the card, and has to answer.
  const { status, stdout, stderr } = await harness.run('env', [
    '-i',
    ...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    'node',
    join(app, 'program.js'),
  ]);
  await session.close();
  if (status !== 0 || stdout.toString() !== 'true\n') throw new Error(`no signature: ${stdout}${stderr}`);
  console.log('installed without a compiler, and signed through a reader');
} finally {
  await harness.dispose();
  rmSync(folder, { recursive: true, force: true });
}

function find(command: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = folders.map((path) => join(path, command)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no ${command} on the PATH`);
  return realpathSync(found);
}
