/** The native package pcsclite: loading it, and keeping it from eating up the PC/SC service. */
import type { NativeMonitor } from 'pcsclite';
import { JpkiError } from '../errors.js';

/** The PC/SC of this machine, as the rest of the transport sees it; a test puts a fake in its place. */
export interface PcscSystem {
  /** Begins to watch the readers. Throws the package's own error when the service does not answer. */
  open(): NativeMonitor;
  /** Windows stops the service with the last reader and starts it with the next: not running means no reader. */
  readonly serviceStopsWithoutReaders: boolean;
}

let loaded: Promise<PcscSystem> | undefined;

/**
 * Loads pcsclite when a reader is first asked for.
 *
 * @throws JpkiError `PCSC_UNAVAILABLE` not installed, or not built for this Node; `UNSUPPORTED` in a worker
 * thread or a browser
 */
export function loadPcsc(): Promise<PcscSystem> {
  loaded ??= systemFrom(() => import('pcsclite')).catch((error: unknown) => {
    // Somebody may install it and try again.
    loaded = undefined;
    throw error;
  });
  return loaded;
}

/** What `loadPcsc` does, with the package that `importPackage` gives. */
export async function systemFrom(
  importPackage: () => Promise<typeof import('pcsclite')>,
  threads: Promise<{ isMainThread: boolean }> = import('node:worker_threads'),
): Promise<PcscSystem> {
  // A browser has no such module. In a worker the addon would post its events to the main thread's loop.
  const { isMainThread } = await threads.catch(() => ({ isMainThread: false }));
  if (!isMainThread) {
    throw new JpkiError('UNSUPPORTED', {
      en: 'Card readers can be used from the main thread of Node.js only.',
      ja: 'カードリーダーは Node.js のメインスレッドからのみ使えます。',
    });
  }
  const { default: pcsclite } = await importPackage().catch((cause: unknown) => {
    throw unavailable(cause);
  });
  const makeRoom = await contextCollector();
  return {
    open() {
      makeRoom();
      return pcsclite();
    },
    serviceStopsWithoutReaders: process.platform === 'win32',
  };
}

function unavailable(cause: unknown): JpkiError {
  // Node's own words: Cannot find package 'pcsclite' imported from ..., Cannot find module 'pcsclite'.
  const notInstalled = /Cannot find (package|module) 'pcsclite'/.test(String(cause));
  if (notInstalled) return new JpkiError('PCSC_UNAVAILABLE', undefined, { cause });
  return new JpkiError(
    'PCSC_UNAVAILABLE',
    {
      en: 'The package pcsclite is installed but not built for this Node.js.',
      ja: 'pcsclite パッケージはありますが、この Node.js 用にビルドされていません。',
    },
    {
      cause,
      remedy: {
        en: 'Build it: on Debian or Ubuntu "sudo apt-get install build-essential python3 libpcsclite-dev pcscd", then "npm rebuild pcsclite"; on macOS and Windows a C++ compiler and "npm rebuild pcsclite".',
        ja: 'ビルドしてください。Debian・Ubuntu では「sudo apt-get install build-essential python3 libpcsclite-dev pcscd」のあと「npm rebuild pcsclite」、macOS と Windows では C++ コンパイラを用意して「npm rebuild pcsclite」を実行します。',
      },
    },
  );
}

/** How many times the readers may be watched before what is left of earlier times is thrown away. */
const OPENS_BETWEEN_COLLECTIONS = 16;

/**
 * pcsclite gives the PC/SC contexts of a closed monitor and of a disconnected reader back only when the garbage
 * collector takes the objects, and they are too small to ever make it run. pcscd serves 200 contexts on the whole
 * machine; at the 200th nobody can reach a card (measured: after 153 calls that only listed two readers). So the
 * collector is called every few times.
 */
async function contextCollector(): Promise<() => void> {
  const [v8, vm] = await Promise.all([import('node:v8'), import('node:vm')]);
  v8.setFlagsFromString('--expose-gc');
  const collect: unknown = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  let opens = 0;
  return () => {
    opens += 1;
    if (opens % OPENS_BETWEEN_COLLECTIONS === 0 && typeof collect === 'function') collect();
  };
}
