import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** Every source file that a program gets with one, types left aside. */
function loadedWith(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*? from '(\.[^']*)\.js';/gms,
  );
  for (const [, path = ''] of imports) loadedWith(`${join(dirname(file), path)}.ts`, found);
  return found;
}

const names = (entry: string) => [...loadedWith(join(SRC, entry))].map((file) => relative(SRC, file));

it('the main entry makes and checks logins without the code for CMS', () => {
  const main = names('index.ts');
  expect(main).toContain('signature/login-verify.ts');
  expect(main.filter((name) => /signature\/cms|asn1\/ber/.test(name))).toEqual([]);
});

it('the CMS entry needs neither a reader nor the virtual card', () => {
  const cms = names('signature/cms.ts');
  expect(cms).toContain('asn1/ber.ts');
  expect(cms.filter((name) => /^(transport|virtual|cli)\/|applet/.test(name))).toEqual([]);
});
