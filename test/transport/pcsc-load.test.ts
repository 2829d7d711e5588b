import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { nodeModule } from '../../src/node-module.js';
import { BINDING_NAMES, type BindingName, type PcscBinding } from '../../src/transport/pcsc-binding.js';
import { choose, loadBinding, loadPcsc } from '../../src/transport/pcsc-load.js';

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
  it('that is not installed is PCSC_UNAVAILABLE with how to install it', async () => {
    const missing = await import(`${name}-that-nobody-has` as string).catch((e: Error) => e);
    const cause = new Error(missing.message.replaceAll(`${name}-that-nobody-has`, name));
    const error = await loading(name, cause);
    expect(error).toMatchObject({ code: 'PCSC_UNAVAILABLE', message: /not installed/, cause });
    expect(error).toMatchObject({
      remedy: expect.stringContaining(
        `npm install --foreground-scripts ${name}@${optionalDependencies[name]}`,
      ),
    });
  });

  it.each([
    ['was not built', new Error('Could not locate the bindings file. Tried: build/pcsclite.node')],
    [
      'was built for another Node',
      Object.assign(new Error('NODE_MODULE_VERSION 115'), { code: 'ERR_DLOPEN_FAILED' }),
    ],
    ['lacks a part', new Error("Cannot find module 'bindings'")],
  ])('that %s is PCSC_UNAVAILABLE with how to repair it', async (_why, cause) => {
    const error = await loading(name, cause);
    expect(error).toMatchObject({ code: 'PCSC_UNAVAILABLE', cause });
    expect(error).toMatchObject({
      remedy: expect.stringContaining(`npm rebuild --foreground-scripts ${name}`),
    });
  });

  it('that finds no PC/SC library on the system says which package of the system brings it', async () => {
    const cause = new Error('libpcsclite.so.1: cannot open shared object file: No such file or directory');
    const error = await loading(name, cause);
    expect(error).toMatchObject({
      code: 'PCSC_UNAVAILABLE',
      message: /PC\/SC library/,
      remedy: expect.stringContaining('apt-get install pcscd libpcsclite1'),
    });
  });

  it.each([
    ['a worker thread, which can end with a key left open', () => ({ isMainThread: false })],
    ['a browser', withoutNode],
  ])('is not even loaded in %s', async (_where, threads) => {
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
        message: /JPKI_PCSC.*koffi.*pcsclite/,
      });
    },
  );

  it('that an option names goes before JPKI_PCSC', async () => {
    vi.stubEnv('JPKI_PCSC', 'nonsense');
    const loaded = await loadPcsc('koffi').catch((error: JpkiError) => error);
    // Without the library of the system it is at least not the variable that is complained about.
    expect(loaded).not.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
