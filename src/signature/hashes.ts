import { oneOf } from '../arguments.js';
import { HASH_ALGORITHMS, RSA_SIGNATURES } from '../asn1/oid.js';
import type { HashName } from '../jpki/hash.js';

interface HashFacts {
  /** Length of a hash in bytes. */
  readonly length: number;
  /** Object identifier of the hash (RFC 5754 section 2). */
  readonly oid: string;
  /** Object identifier of RSASSA-PKCS1-v1_5 with the hash (RFC 5754 section 3.2). */
  readonly signatureOid: string;
  /** Name in a JWS header (RFC 7518 section 3.1). */
  readonly jwa: 'RS256' | 'RS384' | 'RS512';
}

/** The hashes a signature may be made over, and what each is called elsewhere. */
export const HASHES: Readonly<Record<HashName, HashFacts>> = {
  'SHA-256': {
    length: 32,
    oid: HASH_ALGORITHMS['SHA-256'],
    signatureOid: RSA_SIGNATURES['SHA-256'],
    jwa: 'RS256',
  },
  'SHA-384': {
    length: 48,
    oid: HASH_ALGORITHMS['SHA-384'],
    signatureOid: RSA_SIGNATURES['SHA-384'],
    jwa: 'RS384',
  },
  'SHA-512': {
    length: 64,
    oid: HASH_ALGORITHMS['SHA-512'],
    signatureOid: RSA_SIGNATURES['SHA-512'],
    jwa: 'RS512',
  },
};

const NAMES = Object.keys(HASHES) as readonly HashName[];

/** The hash that `key` names as `value`: `hashNamed('jwa', 'RS256')`. */
export function hashNamed(key: 'oid' | 'signatureOid' | 'jwa', value: unknown): HashName | undefined {
  return NAMES.find((name) => HASHES[name][key] === value);
}

export const checkHash = oneOf(...NAMES);
