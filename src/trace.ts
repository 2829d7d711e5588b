/**
 * The trace, carried by the package debug. It is loaded with the first line that somebody wants to see, never at the start:
 * it is CommonJS and takes `tty`, which keeps an ESM bundle of esbuild from starting at all.
 */
import type createDebug from 'debug';
import { say } from './text/index.js';

export interface Trace {
  (format: string, ...values: readonly unknown[]): void;
  /** Whether anybody may see it: spares the making of a line. */
  readonly enabled: boolean;
}

type Debug = typeof createDebug;

let loaded: Debug | undefined;
let failed = false;
/** Lines from before it was there, in their order. Begun with the first of them. */
let waiting: ((debug: Debug) => void)[] | undefined;

export function createTrace(namespace: `jpki:${string}`): Trace {
  let debug: createDebug.Debugger | undefined;
  const print = (create: Debug): createDebug.Debugger => {
    debug ??= create(namespace);
    return debug;
  };
  const trace = (format: string, ...values: readonly unknown[]): void => {
    const line = (create: Debug): void => {
      try {
        print(create)(format, ...values);
      } catch {
        // A program may have put a `log` of its own into debug: what fails there must not end an exchange with a card.
      }
    };
    if (loaded) line(loaded);
    else if (mayBeWanted()) whenLoaded(line);
  };
  return Object.defineProperty(trace, 'enabled', {
    get: () => (loaded ? print(loaded).enabled : mayBeWanted()),
  }) as Trace;
}

/** debug.enable() sets the variable too, so that a program may begin with the trace at any time. A browser has no variables. */
function mayBeWanted(): boolean {
  const { process } = globalThis as { process?: NodeJS.Process };
  return !failed && (process === undefined || Boolean(process.env?.['DEBUG']));
}

function whenLoaded(line: (debug: Debug) => void): void {
  if (waiting) {
    waiting.push(line);
    return;
  }
  waiting = [line];
  import('debug').then(
    ({ default: debug }) => {
      loaded = debug;
      for (const print of waiting ?? []) print(debug);
      waiting = [];
    },
    (error: unknown) => {
      failed = true;
      waiting = [];
      // DEBUG is for every program: only who asked for this trace hears of it.
      if (/(^|[\s,])(\*|jpki)/.test(globalThis.process?.env?.['DEBUG'] ?? ''))
        console.warn(`jpki-card: ${Object.values(say((t) => t.trace.unavailable)).join(' / ')}: ${error}`);
    },
  );
}
