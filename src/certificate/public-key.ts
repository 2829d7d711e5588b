import {
  bitStringBytes,
  type DerValue,
  expectTag,
  invalid,
  oidText,
  positiveInteger,
  readDer,
  sequenceOf,
  TAG,
} from '../asn1/der.js';
import { RSA_ENCRYPTION, RSA_SIGNATURES } from '../asn1/oid.js';

/** An RSA public key, and the numbers that say whether it is fit for use. */
export interface RsaPublicKey {
  /** Big-endian, without leading zeros. */
  readonly modulus: Uint8Array;
  readonly exponentBytes: Uint8Array;
  readonly modulusBits: number;
  readonly exponent: bigint;
}

/** The RSA key of a SubjectPublicKeyInfo, or `undefined` when the key is of another kind. */
export function readRsaPublicKey(spki: DerValue | undefined): RsaPublicKey | undefined {
  const [algorithm, key, ...more] = sequenceOf(spki, 'the public key');
  if (more.length > 0) throw invalid('the public key has too many fields');
  const bits = bitStringBytes(key, 'the public key');
  if (readAlgorithm(algorithm, 'the algorithm of the public key') !== RSA_ENCRYPTION) return undefined;

  const [modulus, exponent, ...others] = sequenceOf(readDer(bits), 'the RSA public key');
  if (others.length > 0) throw invalid('the RSA public key has too many fields');
  const n = positiveInteger(modulus, 'the RSA modulus');
  const e = positiveInteger(exponent, 'the RSA exponent');
  return Object.freeze({
    modulus: n,
    exponentBytes: e,
    modulusBits: 8 * n.length - Math.clz32(n[0] ?? 0) + 24,
    // An exponent of more than 8 bytes is refused by every rule, so its exact value does not matter.
    exponent: e.subarray(0, 9).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
  });
}

/**
 * The object identifier of an AlgorithmIdentifier. For the RSA ones, its parameters are NULL and must be there (RFC 8017
 * appendix A.2.4); for others anything is let through, since none of them is accepted later.
 */
export function readAlgorithm(value: DerValue | undefined, what: string): string {
  const [type, parameters, ...more] = sequenceOf(value, what);
  const oid = oidText(type, what);
  if (more.length > 0) throw invalid(`${what} has too many fields`);
  if (oid === RSA_ENCRYPTION || oid === RSA_SIGNATURES['SHA-256'])
    expectTag(parameters, TAG.null, `${what}: its parameters`);
  return oid;
}
