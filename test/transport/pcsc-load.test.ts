import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { nodeModule } from '../../src/node-module.js';
import { BINDING_NAMES, type BindingName, type PcscBinding } from '../../src/transport/pcsc/binding.js';
import { choose, loadBinding, loadPcsc } from '../../src/transport/pcsc/load.js';

const { optionalDependencies } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

const packagesThatFail = (error: unknown) => ({
  koffi: () => Promise.reject(error),
  pcsclite: () => Promise.reject(error),
});
/** As in a browser, where no variable `process` exists. */
function withoutNode(): { isMainThread: boolean } {
  vi.stubGlobal('process', undefined);
  try {
    return nodeModule('node:worker_threads');
  } finally {
    vi.unstubAllGlobals();
  }
}
const loading = (name: BindingName, error: unknown) =>
  loadBinding(name, packagesThatFail(error)).catch((e: unknown) => e);

describe.each(BINDING_NAMES)('the package %s', (name) => {
  it.each([
    'Failed to load shared library: cannot open shared object file: No such file or directory',
    'libpcsclite.so.1: cannot open shared object file: No such file or directory',
  ])(
    'that finds no PC/SC library on the system says which package of the system brings it: %s',
    async (words) => {
      const cause = new Error(words);
      const error = await loading(name, cause);
      expect(error).toMatchObject({
        code: 'PCSC_UNAVAILABLE',
        message: expect.stringContaining('PC/SC library'),
        remedy: expect.stringContaining('apt-get install pcscd libpcsclite1'),
      });
    },
  );

  if (name === 'koffi') {
    it('that finds no PC/SC library only when it is told to load it is no other case', async () => {
      const koffi = {
        load: () => {
          throw new Error('Failed to load shared library: no such file');
        },
      };
      const packages = {
        ...packagesThatFail(new Error('unexpected')),
        koffi: async () => koffi as unknown as typeof import('koffi'),
      };
      await expect(loadBinding(name, packages)).rejects.toMatchObject({
        code: 'PCSC_UNAVAILABLE',
        message: expect.stringContaining('PC/SC library'),
      });
    });
  }

  const refusing: [where: string, threads: () => { isMainThread: boolean }][] = [['a browser', withoutNode]];
  if (name === 'pcsclite') refusing.push(['a worker thread', () => ({ isMainThread: false })]);
  it.each(refusing)('is not even loaded in %s', async (_where, threads) => {
    let imported = false;
    const load = () => {
      imported = true;
      return Promise.reject(new Error('unexpected'));
    };
    const loaded = loadBinding(name, { koffi: load, pcsclite: load }, threads);
    await expect(loaded).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(imported).toBe(false);
  });
});

/** Each was run as printed on an install broken in that way: it repaired it, or showed the compiler's error. */
const INSTALL_KOFFI = `npm install --foreground-scripts koffi@${optionalDependencies.koffi} --no-save --include=optional`;
const INSTALL_PCSCLITE = `npm install --foreground-scripts pcsclite@${optionalDependencies.pcsclite} --no-save --ignore-scripts=false`;
const REBUILD_PCSCLITE = 'npm rebuild --foreground-scripts pcsclite --ignore-scripts=false';

describe('an install that is broken', () => {
  // The errors are those that Node.js 20.20, koffi 3.3.4 and pcsclite 1.0.1 gave on such installs.
  it.each([
    [
      'without optional packages',
      'koffi',
      "Cannot find package 'koffi' imported from /app/node_modules/jpki-card/dist/index.js",
      /koffi is not installed/,
      INSTALL_KOFFI,
    ],
    [
      'without the part of koffi for this system, and a bundle that swallowed koffi',
      'koffi',
      'Cannot find the native Koffi module; did you bundle it correctly?',
      /compiled part for this system/,
      INSTALL_KOFFI,
    ],
    [
      'with koffi inside a bundle in CommonJS',
      'koffi',
      "The argument 'filename' must be a file URL object, file URL string, or absolute path string. Received undefined",
      /compiled part for this system/,
      INSTALL_KOFFI,
    ],
    [
      'with two versions of koffi mixed',
      'koffi',
      'Mismatched native Koffi modules',
      /compiled part/,
      INSTALL_KOFFI,
    ],
    [
      'where the build of pcsclite failed, so that npm took it away',
      'pcsclite',
      "Cannot find module 'pcsclite'\nRequire stack:\n- /app/index.cjs",
      /not installed, or its build failed/,
      INSTALL_PCSCLITE,
    ],
    [
      'with ignore-scripts, so that pcsclite was not built',
      'pcsclite',
      'Could not locate the bindings file. Tried:\n → /app/node_modules/pcsclite/build/pcsclite.node',
      /not built/,
      REBUILD_PCSCLITE,
    ],
    [
      'of another Node.js',
      'pcsclite',
      "The module '/app/node_modules/pcsclite/build/Release/pcsclite.node' was compiled against a different Node.js version using NODE_MODULE_VERSION 127.",
      /another version of Node\.js/,
      REBUILD_PCSCLITE,
    ],
    [
      'of Node.js 20 under 22',
      'pcsclite',
      "Module did not self-register: '/app/node_modules/pcsclite/build/Release/pcsclite.node'.",
      /another version of Node\.js/,
      REBUILD_PCSCLITE,
    ],
    [
      'of another system',
      'pcsclite',
      '/app/node_modules/pcsclite/build/Release/pcsclite.node: invalid ELF header',
      /not for this system/,
      REBUILD_PCSCLITE,
    ],
    [
      'that lacks a part of pcsclite',
      'pcsclite',
      "Cannot find module 'bindings'",
      /not built/,
      REBUILD_PCSCLITE,
    ],
  ] as const)(
    '%s is told by its cause, with the command that repairs it',
    async (_what, name, reason, message, command) => {
      const cause = new Error(reason);
      const error = await loading(name, cause);
      expect(error).toMatchObject({
        code: 'PCSC_UNAVAILABLE',
        message: expect.stringMatching(message),
        cause,
      });
      expect(
        (['en', 'ja'] as const).map(
          (language) => /["「](npm [^"」]*)["」]/.exec((error as JpkiError).inLanguage(language).remedy)?.[1],
        ),
      ).toEqual([command, command]);
      // Who needs no compiler is not told to get one.
      expect(/compiler/.test((error as JpkiError).remedy ?? '')).toBe(name === 'pcsclite');
    },
  );

  describe('by a command', () => {
    const folder = mkdtempSync(join(tmpdir(), 'jpki-installed-'));
    const { argv } = process;
    afterEach(() => {
      process.argv = argv;
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each([
      ['of npm install -g', 'lib', [], ' -g'],
      ['of an app', 'app', ['package.json'], ''],
    ])('%s is repaired where its packages are', async (_what, root, files, option) => {
      const dist = join(folder, root, 'node_modules', 'jpki-card', 'dist');
      mkdirSync(dist, { recursive: true });
      for (const file of files) writeFileSync(join(folder, root, file), '{}');
      writeFileSync(join(dist, 'cli.cjs'), '');
      // npm puts a link into a folder of the PATH.
      const link = join(folder, `${root}-jpki`);
      symlinkSync(join(dist, 'cli.cjs'), link);
      process.argv = [process.execPath, link];
      const { remedy } = (await loading('koffi', new Error("Cannot find package 'koffi'"))) as JpkiError;
      expect(remedy).toContain(`"${INSTALL_KOFFI}${option}"`);
    });
  });
});

describe('the binding', () => {
  const fails = (name: string) => new JpkiError('PCSC_UNAVAILABLE', { en: name, ja: name });
  const bindings = (...working: BindingName[]) => {
    const asked: BindingName[] = [];
    const load = async (name: BindingName) => {
      asked.push(name);
      if (!working.includes(name)) throw fails(name);
      return { name } as PcscBinding;
    };
    return { asked, load };
  };

  it('is koffi where that works', async () => {
    const { asked, load } = bindings('koffi', 'pcsclite');
    expect((await choose(undefined, load)).name).toBe('koffi');
    expect(asked).toEqual(['koffi']);
  });

  it('is pcsclite where only that works', async () => {
    expect((await choose(undefined, bindings('pcsclite').load)).name).toBe('pcsclite');
  });

  it('is the one wanted or none', async () => {
    const { asked, load } = bindings('koffi');
    await expect(choose('pcsclite', load)).rejects.toThrow('pcsclite');
    expect(asked).toEqual(['pcsclite']);
  });

  it('is missed with the error of the first when none works', async () => {
    await expect(choose(undefined, bindings().load)).rejects.toThrow('koffi');
  });

  afterEach(() => vi.unstubAllEnvs());

  it.each(['pcsc-mini', 'KOFFI', ' '])(
    'called %j in JPKI_PCSC is refused with the names that there are',
    async (name) => {
      vi.stubEnv('JPKI_PCSC', name);
      await expect(loadPcsc()).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringMatching(/JPKI_PCSC.*koffi.*pcsclite/),
        remedy: expect.stringContaining('variable'),
      });
    },
  );

  it('is chosen as if JPKI_PCSC were not there when it is empty', async () => {
    vi.stubEnv('JPKI_PCSC', '');
    expect(await loadPcsc().catch((error: JpkiError) => error)).not.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('is loaded once, and looked for again when it could not be loaded', async () => {
    vi.doMock('pcsclite', () => {
      throw new Error("Cannot find package 'pcsclite'");
    });
    try {
      await expect(loadPcsc('pcsclite')).rejects.toMatchObject({ code: 'PCSC_UNAVAILABLE' });
      vi.doMock('pcsclite', () => ({ default: () => undefined }));
      const loaded = await loadPcsc('pcsclite');
      expect(loaded.name).toBe('pcsclite');
      expect(await loadPcsc('pcsclite')).toBe(loaded);
    } finally {
      vi.doUnmock('pcsclite');
    }
  });

  it('that an option names goes before JPKI_PCSC', async () => {
    vi.stubEnv('JPKI_PCSC', 'nonsense');
    const loaded = await loadPcsc('koffi').catch((error: JpkiError) => error);
    // Without the library of the system it is at least not the variable that is complained about.
    expect(loaded).not.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
