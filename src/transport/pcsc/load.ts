/** Chooses and loads the package that reaches the PC/SC service. */
import { oneOf } from '../../arguments.js';
import { JpkiError } from '../../errors.js';
import { nodeModule } from '../../node-module.js';
import { type Entry, say } from '../../text/index.js';
import { BINDING_NAMES, type BindingName, type PcscBinding } from './binding.js';
import { koffiBinding } from './koffi-binding.js';
import { pcscliteBinding } from './pcsclite-binding.js';

export const checkBinding = oneOf(...BINDING_NAMES);

/** How the two packages are imported; a test puts its own in their place. */
export interface Packages {
  koffi(): Promise<typeof import('koffi')>;
  pcsclite(): Promise<typeof import('pcsclite')>;
}

/** With a `catch` on the spot esbuild bundles a program although a package is not there. */
const INSTALLED: Packages = {
  koffi: () => import('koffi').catch(rethrow),
  pcsclite: () => import('pcsclite').catch(rethrow),
};

function rethrow(error: unknown): never {
  throw error;
}

const loaded = new Map<BindingName, Promise<PcscBinding>>();

/**
 * Loads a binding when a reader is first asked for: the one wanted, else the one that the environment variable `JPKI_PCSC`
 * names, else the first that is installed and works.
 *
 * @throws JpkiError `PCSC_UNAVAILABLE` none is installed and built for this Node.js, or the system has no PC/SC library;
 * `INVALID_ARGUMENT` another name in `JPKI_PCSC`; `UNSUPPORTED` in a browser, and `pcsclite` in a worker thread
 */
export async function loadPcsc(wanted?: BindingName): Promise<PcscBinding> {
  return choose(wanted ?? wantedByEnvironment(), (name) => {
    const found = loaded.get(name) ?? loadBinding(name, INSTALLED);
    loaded.set(name, found);
    // Somebody may install it and try again.
    found.catch(() => loaded.delete(name));
    return found;
  });
}

function wantedByEnvironment(): BindingName | undefined {
  const name = globalThis.process?.env?.['JPKI_PCSC'];
  if (name === undefined || name === '') return undefined;
  const known = BINDING_NAMES.find((binding) => binding === name);
  if (known) return known;
  throw new JpkiError(
    'INVALID_ARGUMENT',
    say((t) => t.reader.variable(BINDING_NAMES.join(', '))),
    { remedy: say((t) => t.reader.correctVariable) },
  );
}

/** The binding wanted, or the first that loads; when none does, the error of the first. */
export async function choose(
  wanted: BindingName | undefined,
  load: (name: BindingName) => Promise<PcscBinding>,
): Promise<PcscBinding> {
  if (wanted) return load(wanted);
  let first: unknown;
  for (const name of BINDING_NAMES) {
    try {
      return await load(name);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

export async function loadBinding(
  name: BindingName,
  packages: Packages,
  threads: () => { readonly isMainThread: boolean } = () => nodeModule('node:worker_threads'),
): Promise<PcscBinding> {
  // A browser has none.
  const { isMainThread } = threads();
  // Its events go to the main thread's loop, whatever thread loads it.
  if (name === 'pcsclite' && !isMainThread) {
    throw new JpkiError(
      'UNSUPPORTED',
      say((t) => t.reader.pcscliteThread),
      { remedy: say((t) => t.reader.koffiOrMainThread) },
    );
  }
  if (name === 'koffi') {
    const koffi = await packages.koffi().catch((cause: unknown) => {
      throw unavailable(name, cause);
    });
    try {
      return koffiBinding(koffi);
    } catch (cause) {
      throw unavailable(name, cause);
    }
  }
  const { default: pcsclite } = await packages.pcsclite().catch((cause: unknown) => {
    throw unavailable(name, cause);
  });
  const makeRoom = contextCollector();
  return pcscliteBinding(() => {
    makeRoom();
    return pcsclite();
  });
}

/** The versions whose behaviour this library knows, as package.json has them. */
const VERSIONS: Readonly<Record<BindingName, string>> = { koffi: '3.3.4', pcsclite: '1.0.1' };

/**
 * Each option is there because without it the command does nothing and says nothing: an .npmrc with `ignore-scripts` or
 * `omit=optional` (the compiled part of koffi is an optional package of its own). `--no-save` leaves the package.json of
 * whoever depends on this library as it is.
 */
const INSTALL: Readonly<Record<BindingName, string>> = {
  koffi: `npm install --foreground-scripts koffi@${VERSIONS.koffi} --no-save --include=optional`,
  pcsclite: `npm install --foreground-scripts pcsclite@${VERSIONS.pcsclite} --no-save --ignore-scripts=false`,
};
/** Where the package is there `npm install` has nothing to do; koffi is not compiled, so that only its files can be amiss. */
const REBUILD_PCSCLITE = 'npm rebuild --foreground-scripts pcsclite --ignore-scripts=false';

interface Obstacle {
  readonly message: Entry;
  readonly command: string;
}

/**
 * What stands in the way of a package. npm takes an optional package whose build fails away again and says nothing, so
 * that it looks like one that was never installed: the command printed shows the compiler's error.
 */
export function unavailable(name: BindingName, cause: unknown): JpkiError {
  const reason = String(cause);
  // koffi does not say which library.
  if (/Failed to load shared library|libpcsclite|PCSC\.framework|winscard\.dll/i.test(reason)) {
    return new JpkiError(
      'PCSC_UNAVAILABLE',
      say((t) => t.reader.noLibrary),
      { cause, remedy: say((t) => t.reader.installLibrary) },
    );
  }
  const { message, command } = obstacle(name, reason);
  const global = isGlobalCommand() ? `${command} -g` : command;
  // koffi comes compiled.
  const remedy = say(({ reader }) =>
    reader.run(global, name === 'pcsclite' ? reader.compiler : reader.bundled),
  );
  return new JpkiError('PCSC_UNAVAILABLE', say(message), { cause, remedy });
}

function obstacle(name: BindingName, reason: string): Obstacle {
  // Node's own words: Cannot find package 'pcsclite' imported from ..., Cannot find module 'pcsclite'.
  if (new RegExp(`Cannot find (package|module) '${name}'`).test(reason))
    return { message: (t) => t.reader[name].notInstalled, command: INSTALL[name] };
  if (name === 'koffi') return { message: (t) => t.reader.koffi.notBuilt, command: INSTALL.koffi };
  if (/NODE_MODULE_VERSION|did not self-register/.test(reason))
    return { message: (t) => t.reader.pcsclite.otherVersion, command: REBUILD_PCSCLITE };
  return { message: (t) => t.reader.pcsclite.notBuilt, command: REBUILD_PCSCLITE };
}

/**
 * Whether this is the command `jpki` of `npm install -g`: a folder that packages are installed into has its package.json
 * beside node_modules, the folder of the global ones has none.
 */
function isGlobalCommand(): boolean {
  const fs = nodeModule('node:fs');
  try {
    const script = fs.realpathSync(process.argv[1] ?? '');
    const [, root] = /^(.*)[\\/]node_modules[\\/]jpki-card[\\/]dist[\\/]cli\.cjs$/.exec(script) ?? [];
    return root !== undefined && !fs.existsSync(`${root}/package.json`);
  } catch {
    return false;
  }
}

/** How many times the readers may be watched before what is left of earlier times is thrown away. */
const OPENS_BETWEEN_COLLECTIONS = 16;

/**
 * pcsclite gives the PC/SC contexts of a closed monitor and of a disconnected reader back only when the garbage
 * collector takes the objects, and they are too small to ever make it run. pcscd serves 200 contexts on the whole
 * machine; at the 200th nobody can reach a card (measured: after 153 calls that only listed two readers). So the
 * collector is called every few times.
 */
function contextCollector(): () => void {
  const [v8, vm] = [nodeModule('node:v8'), nodeModule('node:vm')];
  v8.setFlagsFromString('--expose-gc');
  const collect: unknown = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  let opens = 0;
  return () => {
    opens += 1;
    if (opens % OPENS_BETWEEN_COLLECTIONS === 0 && typeof collect === 'function') collect();
  };
}
