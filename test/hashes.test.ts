/** The hashes that signatures stand on, by Node.js and without it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HASH_LENGTH, type HashName, hashOf, hashState, takeTurn } from '../src/hashes.js';

// As where there is no Node.js, by `imports` of package.json.
vi.mock('#sha2', () => import('@noble/hashes/sha2.js'));

afterEach(() => {
  vi.restoreAllMocks();
});

const ABC = new TextEncoder().encode('abc');
// FIPS 180-4, the example of one block; as printed by sha256sum, sha384sum and sha512sum.
const DIGESTS: readonly (readonly [HashName, string])[] = [
  ['SHA-256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'SHA-384',
    'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  ],
  [
    'SHA-512',
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  ],
];

describe.each(['Node.js', 'a browser'])('in %s', (where) => {
  const asThere = () => {
    const asked: string[] = [];
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(((id: string) => {
      asked.push(id);
      return where === 'Node.js' ? real(id) : undefined;
    }) as typeof process.getBuiltinModule);
    return asked;
  };
  const real = process.getBuiltinModule.bind(process) as (id: string) => unknown;

  it.each(DIGESTS)('%s of the standard example comes out, in one piece and in several', (name, expected) => {
    const asked = asThere();
    expect(Buffer.from(hashOf(name, ABC)).toString('hex')).toBe(expected);
    expect(Buffer.from(hashOf(name, ABC.subarray(0, 1), ABC.subarray(1))).toString('hex')).toBe(expected);
    const state = hashState(name);
    for (const byte of ABC) state.update(Uint8Array.of(byte));
    expect(Buffer.from(state.digest()).toString('hex')).toBe(expected);
    expect(HASH_LENGTH[name] * 2).toBe(expected.length);
    expect(asked).toContain('node:crypto');
  });

  it('a turn lets timers and reads go on', async () => {
    asThere();
    let fired = false;
    setTimeout(() => {
      fired = true;
    });
    for (let turns = 0; !fired && turns < 100_000; turns++) await takeTurn();
    expect(fired).toBe(true);
  });
});
