import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack, { type Stats } from 'webpack';
import { install, pack, run } from './install.js';
import { bundlerBlocks, readReadme } from './readme.js';

const PROGRAMS = fileURLToPath(new URL('programs/', import.meta.url));
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');

describe('the packed package, installed in an empty folder without koffi and pcsclite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-package-'));
  const consumer = join(folder, 'consumer');
  const installed = join(consumer, 'node_modules', 'jpki-card');
  const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const node = (...args: readonly string[]) => run(process.execPath, args, consumer);

  beforeAll(async () => {
    await install(await pack(folder), consumer);
    cpSync(PROGRAMS, consumer, { recursive: true });
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what was built and what a user reads, and nothing else', () => {
    const files = readdirSync(installed, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(installed, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
    expect(files.filter((file) => !/^(dist|examples)\//.test(file)).sort()).toEqual([
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.ja.md',
      'README.md',
      'SECURITY.md',
      ...[
        'architecture',
        'benchmark',
        'card-text.ja',
        'card-text',
        'card',
        'command.ja',
        'command',
        'documents.ja',
        'documents',
        'library.ja',
      ].map((name) => `docs/${name}.md`),
      ...[
        'library',
        'performance',
        'security.ja',
        'security',
        'setup.ja',
        'setup',
        'ssh.ja',
        'ssh',
        'troubleshooting.ja',
      ].map((name) => `docs/${name}.md`),
      ...['troubleshooting', 'virtual-card.ja', 'virtual-card'].map((name) => `docs/${name}.md`),
      'fixtures/README.md',
      'package.json',
    ]);
    const built = files.filter((file) => !file.startsWith('examples/'));
    expect(built.filter((file) => !/\.(md|json|[cm]?js|d\.c?ts|1)$|^LICENSE$/.test(file))).toEqual([]);
    expect(files).toContain('examples/kiosk/page.html');
  });

  it('has every file that its package.json names, and runs nothing when it is installed', () => {
    const { exports, bin, main, module, types, typesVersions, scripts } = manifest();
    const named = JSON.stringify([exports, bin, main, module, types, typesVersions]).match(
      /(?<=")\.?\/?[\w./]+\.\w+(?=")/g,
    );
    expect(named?.length).toBeGreaterThan(20);
    expect(named?.filter((path) => !existsSync(join(installed, path)))).toEqual([]);
    expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
  });

  it('runs its examples from where it is installed, as the documents say', async () => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const example = join(installed, 'examples', 'login.ts');
    const { stdout, stderr, status } = await node('--import', tsx, example, '--virtual');
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
    expect(stdout).toMatch(/^login +200 .*\nsame again +401 /);
  });

  it('depends on nothing that it does not load', () => {
    const { dependencies, optionalDependencies } = manifest();
    const dist = join(installed, 'dist');
    const loaded = readdirSync(dist)
      .filter((name) => name.endsWith('.js'))
      .flatMap((name) => ts.preProcessFile(readFileSync(join(dist, name), 'utf8')).importedFiles)
      .map(({ fileName }) => fileName);
    const isLoaded = (name: string) => loaded.some((path) => path === name || path.startsWith(`${name}/`));
    const declared = Object.keys({ ...dependencies, ...optionalDependencies });
    expect(declared.filter((name) => !isLoaded(name))).toEqual([]);
  });

  it.each(['program.mjs', 'program.cjs'])(
    'does its work in %s, with one error class for all entries',
    async (file) => {
      expect(existsSync(join(consumer, 'node_modules', 'pcsclite'))).toBe(false);
      const { stdout, stderr } = await node(file);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual({
        triesLeft: 3,
        login: true,
        document: true,
        errors: {
          main: 'PIN_FORMAT',
          cms: 'SIGNATURE_INVALID',
          iso7816: 'INVALID_ARGUMENT',
          pdf: 'PDF_REFUSED',
          ssh: 'INVALID_ARGUMENT',
          transcript: 'INVALID_ARGUMENT',
          virtual: 'SHARING_VIOLATION',
          reader: 'PCSC_UNAVAILABLE',
        },
      });
    },
  );

  it('has one error class in a program that got the ESM and the CommonJS build, and prints its errors alike', async () => {
    const { stdout, stderr } = await node('mixed.mjs');
    expect(stderr).toBe('');
    const { recognised, printed, inJapanese } = JSON.parse(stdout);
    expect(recognised).toEqual([true, true, true, true, true, false]);
    expect(printed[0]).toBe(printed[1]);
    for (const shown of [
      'JpkiError: The PIN is wrong.',
      "code: 'PIN_INCORRECT'",
      "role: 'auth'",
      'triesLeft: 1',
    ])
      expect(printed[0]).toContain(shown);
    expect(inJapanese).toMatch(/\p{Script=Hiragana}/u);
  });

  it.each(['readers.mjs', 'readers.cjs'])(
    'takes the pcsclite that is installed beside it in %s',
    async (file) => {
      const pcsclite = join(consumer, 'node_modules', 'pcsclite');
      mkdirSync(pcsclite);
      // What the package throws while the PC/SC service is not running.
      const stub = "module.exports = () => { throw new Error('Service not available.(0x8010001D)'); };";
      writeFileSync(join(pcsclite, 'index.js'), stub);
      try {
        // Windows has no readers then, and that is no error.
        const expected = process.platform === 'win32' ? '' : 'SERVICE_UNAVAILABLE';
        expect((await node(file)).stdout.trim()).toBe(expected);
      } finally {
        rmSync(pcsclite, { recursive: true });
      }
    },
  );

  it.each(['loaded.mjs', 'loaded.cjs'])(
    'loads neither the virtual card nor CMS nor CA certificates nor a reader nor debug with its main entry in %s',
    async (file) => {
      const { stdout } = await node(file);
      const ending = file.endsWith('.mjs') ? '.js' : '.cjs';
      const loaded = stdout.trim().replaceAll('\\', '/').split('\n');
      expect(loaded.some((path) => path.endsWith(`/jpki-card/dist/index${ending}`))).toBe(true);
      expect(loaded.filter((path) => /node-forge|koffi|pcsclite\/|node_modules\/debug/.test(path))).toEqual(
        [],
      );
      const dist = join(installed, 'dist');
      const ofOtherEntries = readdirSync(dist).filter(
        (name) =>
          name.endsWith(ending) &&
          /\b(function verifyCms|VirtualCard = .*class|JLIS_CA_CERTIFICATES =)/.test(
            readFileSync(join(dist, name), 'utf8'),
          ),
      );
      expect(ofOtherEntries).toHaveLength(3);
      expect(loaded.filter((path) => ofOtherEntries.some((name) => path.endsWith(`/${name}`)))).toEqual([]);
      // Each file costs a program that starts; of the ESM build there are the entry and three that entries share.
      if (ending === '.js') expect(loaded.filter((path) => path.includes('/jpki-card/'))).toHaveLength(4);
    },
  );

  it.each([
    ['node16', 'node16', ['.mts', '.cts']],
    ['bundler', 'esnext', ['.ts']],
    ['node10', 'commonjs', ['.ts']],
  ])(
    'types a program with moduleResolution %s, and its own types are sound',
    async (resolution, module, endings) => {
      const program = readFileSync(join(PROGRAMS, 'typed.ts'), 'utf8');
      const files = endings.map((ending) => `typed-${resolution}${ending}`);
      for (const file of files) writeFileSync(join(consumer, file), program);
      // No @types/node is installed here: none is needed.
      const libraries = ['--lib', 'es2022,dom,esnext.disposable'];
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
      const modules = ['--module', module, '--moduleResolution', resolution, '--target', 'es2022'];
      const { stdout, status } = await node(TSC, '--noEmit', ...strict, ...libraries, ...modules, ...files);
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );

  it('leaves a bundle with what the bundle uses', async () => {
    const bundle = async (code: string) => {
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: consumer },
        ...{
          bundle: true,
          minify: true,
          write: false,
          format: 'esm',
          platform: 'node',
          external: ['koffi', 'pcsclite'],
        },
      });
      return outputFiles[0]?.text ?? '';
    };
    const small = await bundle(
      "import { normalizePin } from 'jpki-card'; console.log(normalizePin('sign', 'ａ'));",
    );
    expect(small.length).toBeLessThan(8 * 1024);
    expect(await bundle("export * from 'jpki-card';").then(({ length }) => length)).toBeGreaterThan(
      10 * small.length,
    );
  });

  it.each(['esm', 'cjs'] as const)(
    'runs from one file made by esbuild for Node.js as %s, alone in a folder, without an option or a package for readers',
    async (format) => {
      const lone = join(folder, `bundle-${format}`);
      const outfile = join(lone, `program.${format === 'esm' ? 'mjs' : 'cjs'}`);
      const entryPoints = [join(consumer, 'bundled.mjs')];
      const built = await build({
        entryPoints,
        outfile,
        format,
        bundle: true,
        platform: 'node',
        logLevel: 'silent',
      });
      // That koffi and pcsclite are not there is worth a warning, and no more.
      expect(built.warnings.filter(({ text }) => !/"(koffi|pcsclite)"/.test(text))).toEqual([]);
      const { stdout, stderr, status } = await run(process.execPath, [outfile], lone);
      expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
      expect(JSON.parse(stdout)).toEqual({ signed: 256, login: true, reader: 'PCSC_UNAVAILABLE' });
    },
  );

  const [plainBundle, tracedBundle, executable] = bundlerBlocks().map(({ code }) => code);

  /** A folder with the package in it, and what the set-up tells to install beside it. */
  function prepared(name: string): string {
    const at = join(folder, name);
    cpSync(consumer, at, { recursive: true });
    const modules = fileURLToPath(new URL('../../node_modules/', import.meta.url));
    for (const brought of ['.bin', 'esbuild', 'postject', 'koffi', '@koromix', '@cantoo']) {
      rmSync(join(at, 'node_modules', brought), { recursive: true, force: true });
      symlinkSync(join(modules, brought), join(at, 'node_modules', brought), 'junction');
    }
    return at;
  }

  it.skipIf(process.platform === 'win32')(
    'is bundled by the lines of the set-up, with and without a trace',
    async () => {
      const at = prepared('bundled');
      cpSync(join(PROGRAMS, 'bundled.mjs'), join(at, 'program.js'));
      for (const [line = '', trace] of [
        [plainBundle, 'none'],
        [tracedBundle, 'jpki:apdu'],
      ]) {
        expect(await run('sh', ['-ec', `PATH="node_modules/.bin:$PATH"\n${line}`], at)).toMatchObject({
          status: 0,
        });
        const { status, stdout, stderr } = await run(process.execPath, ['program.mjs'], at, {
          DEBUG: 'jpki:apdu',
        });
        expect(status).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ signed: 256, login: true });
        expect(stderr.includes('jpki:apdu')).toBe(trace === 'jpki:apdu');
      }
    },
  );

  it('is bundled by webpack with the lines of the set-up, every entry of it', async () => {
    const at = join(folder, 'webpack');
    cpSync(consumer, at, { recursive: true });
    const entries = Object.keys(manifest().exports).filter((entry) => !/json|pdf/.test(entry));
    const imports = entries.map((entry) => `import '${entry.replace('.', 'jpki-card')}';`);
    writeFileSync(
      join(at, 'program.js'),
      [...imports, readFileSync(join(PROGRAMS, 'bundled.mjs'), 'utf8')].join('\n'),
    );
    writeFileSync(join(at, 'package.json'), '{ "type": "module" }');
    const [configuration = ''] = readReadme('docs/setup.md').blocks.flatMap(({ code }) =>
      code.startsWith('// webpack.config.mjs') ? [code] : [],
    );
    writeFileSync(join(at, 'webpack.config.mjs'), configuration);
    const { default: config } = await import(pathToFileURL(join(at, 'webpack.config.mjs')).href);
    const stats = await new Promise<Stats | undefined>((resolve, reject) => {
      webpack(
        { ...config, context: at, mode: 'production', output: { ...config.output, path: at } },
        (error, done) => (error ? reject(error) : resolve(done)),
      );
    });
    expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
    const { status, stdout } = await run(process.execPath, [join(at, 'program.cjs')], at);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ signed: 256, login: true });
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'becomes a single executable by the lines of the set-up',
    async () => {
      const at = prepared('executable');
      const [install, ...lines] = executable?.split('\n') ?? [];
      const pdfLib = `@cantoo/pdf-lib@${manifest().peerDependencies['@cantoo/pdf-lib']}`;
      expect(install).toBe(`npm install jpki-card ${pdfLib} esbuild postject`);
      expect(await run('sh', ['-ec', lines.join('\n')], at)).toMatchObject({ status: 0 });
      const empty = join(folder, 'elsewhere');
      mkdirSync(empty);
      const { status, stdout, stderr } = await run(
        join(at, 'out', 'jpki'),
        ['status', '--virtual', '--json'],
        empty,
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout).pins).toMatchObject({ auth: { triesLeft: 3 }, sign: { triesLeft: 5 } });
    },
    120_000,
  );

  it.each([
    ...['jpki-card', 'jpki-card/cms', 'jpki-card/iso7816', 'jpki-card/pdf', 'jpki-card/recovery'],
    ...['jpki-card/ssh', 'jpki-card/transcript', 'jpki-card/virtual'],
  ])('%s goes into a bundle for a browser, which knows no module of Node.js', async (entry) => {
    const { metafile, warnings } = await build({
      stdin: { contents: `export * from '${entry}';`, resolveDir: consumer },
      ...{ bundle: true, write: false, metafile: true, format: 'esm', platform: 'browser' },
      // Not installed here: whoever signs a PDF in a browser has it.
      external: ['@cantoo/pdf-lib'],
    });
    expect(warnings).toEqual([]);
    const imported = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path),
    );
    expect(imported.filter((path) => path !== '@cantoo/pdf-lib')).toEqual([]);
  });

  it('gives the ways out alone, from an entry that brings neither readers nor certificates nor Node.js', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: "export * from 'jpki-card/recovery';", resolveDir: consumer },
      ...{ bundle: true, write: false, metafile: true, absWorkingDir: consumer },
      ...{ format: 'iife', globalName: 'lib', platform: 'neutral' },
    });
    const files = Object.keys(metafile.inputs).filter((path) => path.includes('jpki-card'));
    const code = files.map((path) => readFileSync(join(consumer, path), 'utf8')).join('\n');
    expect(code).toContain('recoveryOptions');
    expect(code).not.toMatch(
      /SCardEstablishContext|JpkiCertificate(?!['"`])|JpkiApplet|\bprocess\.|from ["'](?!\.)/,
    );
    const context = createContext({});
    runInContext(outputFiles[0]?.text ?? '', context);
    const ways = "lib.recoveryOptions({ pins: { sign: { holder: 'locked' }, auth: { holder: 'known' } } })";
    const found = runInContext(`${ways}.map(({ pin, way }) => pin + ' ' + way).join()`, context);
    expect(found).toContain('sign kiosk');
  });

  it('says in a browser that it has no reader there', async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: "export { listReaders } from 'jpki-card'; export { connectVpcd } from 'jpki-card/virtual';",
        resolveDir: consumer,
      },
      ...{ bundle: true, write: false, format: 'iife', globalName: 'lib', platform: 'browser' },
    });
    // A context has what the language has, and no more: neither `process` nor `require`.
    const { TextEncoder, TextDecoder, AbortSignal } = globalThis;
    const context = createContext({ TextEncoder, TextDecoder, AbortSignal });
    runInContext(outputFiles[0]?.text ?? '', context);
    const codes = runInContext(
      'Promise.allSettled([lib.listReaders(), lib.connectVpcd({ atr: new Uint8Array(2), powerOn() {}, powerOff() {}, reset() {}, process() {} })]).then((all) => all.map(({ reason }) => reason.code))',
      context,
    );
    expect(await codes).toEqual(['UNSUPPORTED', 'UNSUPPORTED']);
  });

  it('brings the command jpki', async () => {
    const jpki = (...args: readonly string[]) =>
      run(join(consumer, 'node_modules', '.bin', 'jpki'), args, consumer);
    const help = await jpki('--help', '--lang', 'en');
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('jpki status');
    const version = await jpki('--version');
    expect(version.stdout.trim()).toBe(manifest().version);
    const status = await jpki('status', '--virtual', '--json');
    expect(JSON.parse(status.stdout).pins).toMatchObject({ auth: { triesLeft: 3 }, sign: { triesLeft: 5 } });
    const reader = await jpki('status', '--timeout', '0', '--json');
    expect(reader.status).toBe(3);
    expect(JSON.parse(reader.stderr).error.code).toBe('PCSC_UNAVAILABLE');
  });
});
