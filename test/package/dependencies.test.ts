import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (name: string) => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8'));

describe('a package whose inside this library reaches into', () => {
  // pcsclite is optional, and its native methods are patched: another version may not have what is replaced.
  it('is pinned to the one version that was tried', () => {
    const { optionalDependencies, peerDependencies } = read('package.json');
    expect(Object.keys(optionalDependencies)).toContain('pcsclite');
    for (const [name, range] of Object.entries({ ...optionalDependencies, ...peerDependencies })) {
      expect(range, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });

  it('is locked in the version it is pinned to', () => {
    const { optionalDependencies, peerDependencies } = read('package.json');
    const { packages } = read('package-lock.json');
    expect(packages[''].optionalDependencies).toEqual(optionalDependencies);
    expect(packages[''].peerDependencies).toEqual(peerDependencies);
    for (const [name, version] of Object.entries({ ...optionalDependencies, ...peerDependencies })) {
      expect(packages[`node_modules/${name}`].version, name).toBe(version);
    }
  });
});
