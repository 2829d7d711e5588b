import { JpkiError } from './errors.js';
import { say } from './text/index.js';

/** What the library takes of Node.js. */
interface NodeModules {
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:net': typeof import('node:net');
  'node:os': typeof import('node:os');
  'node:timers': typeof import('node:timers');
  'node:v8': typeof import('node:v8');
  'node:vm': typeof import('node:vm');
  'node:worker_threads': typeof import('node:worker_threads');
}

/**
 * A module of Node.js, found without an import: a bundler for a browser stumbles on those, even where they never run.
 * `undefined` in a browser, and in a Node.js before 20.16, which has no `getBuiltinModule`.
 */
export function builtinModule<Id extends keyof NodeModules>(id: Id): NodeModules[Id] | undefined {
  return globalThis.process?.getBuiltinModule?.(id) as NodeModules[Id] | undefined;
}

/**
 * The same where there is no going on without it.
 *
 * @throws JpkiError `UNSUPPORTED`
 */
export function nodeModule<Id extends keyof NodeModules>(id: Id): NodeModules[Id] {
  const found = builtinModule(id);
  if (found) return found;
  throw new JpkiError(
    'UNSUPPORTED',
    say((t) => t.node.needed),
  );
}
