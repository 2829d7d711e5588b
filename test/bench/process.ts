/** What one core does in the process, and what starting costs. */
import { execFileSync } from 'node:child_process';
import {
  createReadStream,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { JpkiApplet, JpkiCertificate } from '../../src/index.js';
import { joseLogins, loginsOnThreads } from './logins.js';
import { paired, perSecond, printedTime, processTime, timed } from './measure.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DIST = join(ROOT, 'dist');

/** The package as it is published, whose types are those of its sources. */
async function built(): Promise<{
  library: typeof import('../../src/index.js');
  cms: typeof import('../../src/signature/cms.js');
  iso: typeof import('../../src/iso7816/index.js');
  virtual: typeof import('../../src/virtual/index.js');
}> {
  const load = (name: string) => import(pathToFileURL(join(DIST, name)).href);
  return {
    library: await load('index.js'),
    cms: await load('cms.js'),
    iso: await load('iso7816.js'),
    virtual: await load('virtual.js'),
  };
}

export async function benchProcess(rounds: number): Promise<string[]> {
  const { library, cms, iso, virtual } = await built();
  const { JpkiApplet, JpkiCertificate, createLoginToken, verifyLoginToken } = library;
  const card = await virtual.VirtualCard.issue();
  const applet = await JpkiApplet.select(card.connect());
  await applet.verifyPin('auth', virtual.VIRTUAL_PINS.auth);
  await applet.verifyPin('sign', virtual.VIRTUAL_PINS.sign);
  const anchors = await Promise.all(
    (['auth', 'sign'] as const).map(async (purpose) => {
      const { fingerprintSha256: sha256 } = await applet.readCertificate(`${purpose}-ca`);
      return { name: 'virtual', purpose, sha256 };
    }),
  );
  const lines = ['| what | measured | target |', '| --- | ---: | --- |'];
  const row = (what: string, measured: string, target = ''): number =>
    lines.push(`| ${what} | ${measured} | ${target} |`);
  const rate = (value: number): string => `${Math.round(value).toLocaleString('en')} /s`;

  const memory = (await virtual.VirtualCard.issue()).connect();
  const channel = new iso.CardChannel(memory);
  await channel.transmit(iso.CommandApdu.parse(Buffer.from('00a4040c0ad392f000260100000001', 'hex')));
  const query = new iso.CommandApdu({ cla: 0, ins: 0x20, p1: 0, p2: 0x98 });
  row(
    'exchanges on the in-memory connection',
    rate(await perSecond(() => channel.transmit(query))),
    'at least 100,000 /s',
  );

  const login = { audience: 'https://example.jp', nonce: 'f3b1c2' };
  const token = await createLoginToken(applet, login);
  const check = async (): Promise<void> => {
    const verdict = await verifyLoginToken(token, { ...login, anchors });
    if (!verdict.valid) throw new Error('the token must be valid');
  };
  // The two RSA checks a login cannot do without: the token's signature and the certificate's.
  const certificates = [await applet.readCertificate('auth'), await applet.readCertificate('auth-ca')];
  const { imported, importing: importingKeys } = await bareSignatureChecks(certificates);
  const batch = (work: () => Promise<unknown>) => async (): Promise<number> =>
    1000 / (await perSecond(work, 0.5));
  const logins = await paired(rounds, batch(check), batch(imported));
  row('`verifyLoginToken`', rate(1000 / logins.a));
  row('two WebCrypto checks, keys imported already', rate(1000 / logins.b));
  row('login over these', logins.ratio.toFixed(2), 'at most 1.5');
  const fresh = await paired(rounds, batch(check), batch(importingKeys));
  row('two WebCrypto checks that import their keys as the library does', rate(1000 / fresh.b));
  row('login over these', fresh.ratio.toFixed(2));

  const work = {
    library: pathToFileURL(join(DIST, 'index.js')).href,
    token,
    options: { ...login, anchors },
  };
  const times = Math.min(rounds, 3);
  const [one, two] = [await loginsOnThreads(1, times, work), await loginsOnThreads(2, times, work)];
  row('`verifyLoginToken` on one worker thread', rate(one));
  row('`verifyLoginToken` on two worker threads', rate(two));
  row('two threads over one', (two / one).toFixed(2));
  const peer = await joseLogins(token, certificates[0]?.toPem() ?? '', login);
  row('jose, signature and claims alone, key imported already', rate(peer.imported));
  row('jose, signature and claims alone, key from the certificate each time', rate(peer.importing));

  const message = await cms.signCms(applet, new TextEncoder().encode('a small file'), {});
  row('`verifyCms`, small file', rate(await perSecond(() => cms.verifyCms(message, { anchors }))));
  for (const line of await benchStream(rounds, { sign: cms.signCms, verify: cms.verifyCms, applet }))
    lines.push(line);
  const der = await applet.readCertificateDer('sign');
  row('`JpkiCertificate.parse`', rate(await perSecond(async () => JpkiCertificate.parse(der))));
  await applet.close();

  const importing = (specifier: string) => (): Promise<number> =>
    printedTime([
      '--input-type=module',
      '-e',
      `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t);`,
    ]);
  const pkijs = import.meta.resolve('pkijs');
  const imports = await paired(rounds * 2, importing(join(DIST, 'index.js')), importing(pkijs));
  row('import of `jpki-card`', `${imports.a.toFixed(0)} ms`);
  row('import of pkijs alone', `${imports.b.toFixed(0)} ms`);
  row('import over pkijs', imports.ratio.toFixed(2), 'at most 1.3');

  const help = await paired(
    rounds * 2,
    () => processTime(process.execPath, [join(DIST, 'cli.cjs'), '--help']),
    () => processTime(process.execPath, ['-e', '0']),
  );
  row('`jpki --help`, whole process', `${help.a.toFixed(0)} ms`);
  row('`node -e 0`, whole process', `${help.b.toFixed(0)} ms`);
  row('help over node', help.ratio.toFixed(2), 'at most 1.25');
  const status = await processTime(process.execPath, [join(DIST, 'cli.cjs'), 'status', '--virtual']);
  row('`jpki status --virtual`, whole process', `${status.toFixed(0)} ms`);

  const sizes = packageSizes();
  row('package, packed', `${(sizes.packed / 1024).toFixed(0)} KiB`);
  row('package, unpacked', `${(sizes.unpacked / 1024).toFixed(0)} KiB`);
  row('installed with its dependencies, without pcsclite', `${(sizes.installed / 1024).toFixed(0)} KiB`);
  return lines;
}

async function bareSignatureChecks(
  certificates: readonly JpkiCertificate[],
): Promise<Readonly<Record<'imported' | 'importing', () => Promise<unknown>>>> {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  // Whether a signature fits makes no difference to the time: the block is built and compared whole.
  const [signature, data] = [new Uint8Array(256).fill(1), new Uint8Array(1400)];
  const keys = await Promise.all(certificates.map((certificate) => certificate.importPublicKey(algorithm)));
  const verify = (key: (typeof keys)[number]) => crypto.subtle.verify(algorithm.name, key, signature, data);
  return {
    imported: () => Promise.all(keys.map(verify)),
    importing: () =>
      Promise.all(
        certificates.map(async (certificate) => verify(await certificate.importPublicKey(algorithm))),
      ),
  };
}

/** A detached signature over 2 GB against sha256sum over the same. The file has no blocks: what is timed is the hashing. */
async function benchStream(
  rounds: number,
  {
    sign,
    verify,
    applet,
  }: {
    sign: typeof import('../../src/signature/cms.js').signCms;
    verify: typeof import('../../src/signature/cms.js').verifyCms;
    applet: JpkiApplet;
  },
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-bench-stream-'));
  const path = join(folder, 'content');
  try {
    writeFileSync(path, '');
    truncateSync(path, 2 ** 31);
    let p7s = new Uint8Array(0);
    const signing = () =>
      timed(async () => {
        p7s = await sign(applet, createReadStream(path), { detached: true });
      });
    const summing = () => processTime('sha256sum', [path]);
    const times = Math.min(rounds, 3);
    const signed = await paired(times, signing, summing);
    const verified = await paired(
      times,
      () => timed(() => verify(p7s, { content: createReadStream(path) })),
      summing,
    );
    return [
      `| detached CMS of 2 GiB made, over sha256sum | ${signed.ratio.toFixed(2)} | at most 1.3 |`,
      `| the same checked | ${verified.ratio.toFixed(2)} | at most 1.3 |`,
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function packageSizes(): { packed: number; unpacked: number; installed: number } {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-bench-pack-'));
  try {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
        cwd: ROOT,
        encoding: 'utf8',
      }),
    ) as [{ filename: string; size: number; unpackedSize: number }];
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    execFileSync('npm', ['install', '--omit=optional', '--no-save', join(folder, packed.filename)], {
      cwd: folder,
      stdio: 'ignore',
    });
    return {
      packed: packed.size,
      unpacked: packed.unpackedSize,
      installed: folderSize(join(folder, 'node_modules')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function folderSize(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
