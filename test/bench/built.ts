/** The package as it is published, whose types are those of its sources. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const DIST = join(ROOT, 'dist');

export interface Built {
  readonly library: typeof import('../../src/index.js');
  readonly cms: typeof import('../../src/signature/cms.js');
  readonly iso: typeof import('../../src/iso7816/index.js');
  readonly virtual: typeof import('../../src/virtual/index.js');
}

export async function built(): Promise<Built> {
  const load = (name: string) => import(pathToFileURL(join(DIST, name)).href);
  return {
    library: await load('index.js'),
    cms: await load('cms.js'),
    iso: await load('iso7816.js'),
    virtual: await load('virtual.js'),
  };
}
