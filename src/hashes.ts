/**
 * SHA-2 by whoever is fastest: Node.js itself, which hashes a stream 6 to 19 times as fast as JavaScript does, and
 * @noble/hashes where there is no Node.js. WebCrypto has no hash that takes its data in pieces.
 */
// `imports` of package.json: @noble/hashes/sha2.js, but in Node.js a module that is loaded anyway and has no hash. Importing
// node:crypto there would cost every program 6 ms at its start, whether or not it hashes anything. Bundlers, which alone
// heed the condition `module`, get the hashes: webpack looks for no module of Node.js behind `imports`.
import * as sha2 from '#sha2';
import { builtinModule } from './node-module.js';

/**
 * A hash by its WebCrypto name.
 *
 * @category Signatures
 */
export type HashName = 'SHA-256' | 'SHA-384' | 'SHA-512';

/** Lengths in bytes (FIPS 180-4). */
export const HASH_LENGTH: Readonly<Record<HashName, number>> = {
  'SHA-256': 32,
  'SHA-384': 48,
  'SHA-512': 64,
};

/** A hash under way. `digest` once, at the end. */
export interface HashState {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

export function hashState(name: HashName): HashState {
  // Without the hyphen, which BoringSSL does not know (Electron).
  const native = builtinModule('node:crypto')?.createHash(name.replace('-', ''));
  if (native) return native;
  return { 'SHA-256': sha2.sha256, 'SHA-384': sha2.sha384, 'SHA-512': sha2.sha512 }[name].create();
}

/** The hash of bytes that are all there. */
export function hashOf(name: HashName, ...bytes: readonly Uint8Array[]): Uint8Array {
  const state = hashState(name);
  for (const piece of bytes) state.update(piece);
  return new Uint8Array(state.digest());
}

export const sha256 = (...bytes: readonly Uint8Array[]): Uint8Array => hashOf('SHA-256', ...bytes);

/** A turn for whoever waits, of Node.js's reads and timers too: setTimeout costs a millisecond each time. */
export function takeTurn(): Promise<void> {
  const timers = builtinModule('node:timers');
  return new Promise((resolve) => {
    if (timers) timers.setImmediate(resolve);
    else setTimeout(resolve);
  });
}
