/** The card's crypto chip: RSA with a private key, and what it keeps of a PIN. */

import type forge from 'node-forge';
import jsbn from 'node-forge/lib/jsbn.js';
import { insideOctetString, positiveInteger, readDer, sequenceOf } from '../asn1/der.js';
import { DIGEST_INFO_PREFIX } from '../asn1/digest-info.js';
import { concatBytes, fromHex, toHex } from '../bytes.js';
import { sha256 } from '../hashes.js';
import { SIGNATURE_P1 } from '../jpki/files.js';

/** RSA-2048. */
const MODULUS_LENGTH = 256;
const HASH_LENGTH = 32;

/** P1 of the signature command. */
type SignatureVariant = (typeof SIGNATURE_P1)[keyof typeof SIGNATURE_P1];

/** Whether P1 names a variant; others are 6A86. */
export function isSignatureVariant(p1: number): p1 is SignatureVariant {
  return Object.values<number>(SIGNATURE_P1).includes(p1);
}

/** A private key in the card, and the six signature variants measured on one [myna-card]. */
export class SignatureKey {
  readonly #key: RsaPrivateKey;

  /**
   * @param pkcs8 DER of an RSA-2048 private key
   * @throws Error, of any kind, when it is no such key
   */
  constructor(pkcs8: Uint8Array) {
    const key = parsePrivateKey(pkcs8);
    if (!isSound(key)) throw new Error('not an RSA-2048 private key');
    this.#key = key;
  }

  /** The signature of 256 bytes; 'length' where the variant does not take data of that length. */
  sign(variant: SignatureVariant, data: Uint8Array): Uint8Array | 'length' {
    switch (variant) {
      case SIGNATURE_P1.PAD_ONLY:
        return data.length >= 1 && data.length <= MODULUS_LENGTH - 11 ? this.#pkcs1(data) : 'length';
      case SIGNATURE_P1.HASH_AND_PAD_BARE:
        return this.#pkcs1(sha256(data));
      case SIGNATURE_P1.WRAP_SHA256:
        return data.length === HASH_LENGTH ? this.#pkcs1(sha256DigestInfo(data)) : 'length';
      case SIGNATURE_P1.HASH_AND_WRAP_SHA256:
        return this.#pkcs1(sha256DigestInfo(sha256(data)));
      case SIGNATURE_P1.PSS_SHA256:
        return data.length === HASH_LENGTH ? this.#pss(data) : 'length';
      case SIGNATURE_P1.HASH_AND_PSS_SHA256:
        return this.#pss(sha256(data));
    }
  }

  #pkcs1(payload: Uint8Array): Uint8Array {
    return rsaPrivate(this.#key, pkcs1Block(this.#key, payload));
  }

  /** EMSA-PSS with MGF1, both of SHA-256, and a salt as long as the hash: RFC 8017 section 9.1.1 steps 4 to 13. */
  #pss(hash: Uint8Array): Uint8Array {
    const salt = crypto.getRandomValues(new Uint8Array(HASH_LENGTH));
    const h = sha256(concatBytes(new Uint8Array(8), hash, salt));
    const block = new Uint8Array(MODULUS_LENGTH);
    const masked = block.subarray(0, MODULUS_LENGTH - HASH_LENGTH - 1);
    masked[masked.length - HASH_LENGTH - 1] = 0x01;
    masked.set(salt, masked.length - HASH_LENGTH);
    for (let i = 0, counter = 0; i < masked.length; i += HASH_LENGTH, counter++) {
      const mask = sha256(concatBytes(h, new Uint8Array([0, 0, 0, counter])));
      for (const [j, byte] of mask.subarray(0, masked.length - i).entries()) {
        masked[i + j] = (masked[i + j] ?? 0) ^ byte;
      }
    }
    // The modulus has 2048 bits, the encoded message one less.
    masked[0] = (masked[0] ?? 0) & 0x7f;
    block.set(h, masked.length);
    block[MODULUS_LENGTH - 1] = 0xbc;
    return rsaPrivate(this.#key, block);
  }
}

/**
 * Whether the numbers are of the sizes RSA-2048 has and belong together. A key comes from a saved state, which may
 * hold anything: other sizes make no signature of 256 bytes, or take for ever.
 */
function isSound({ n, e, p, q, dP, dQ, qInv }: RsaPrivateKey): boolean {
  const half = (MODULUS_LENGTH * 8) / 2;
  return (
    n.bitLength() === 2 * half &&
    [p, q].every((prime) => prime.bitLength() === half) &&
    [dP, dQ, qInv].every((number) => number.bitLength() <= half) &&
    e.toString() === '65537' &&
    p.multiply(q).equals(n)
  );
}

type BigInteger = forge.jsbn.BigInteger;

/** RFC 8017 section 3.2, with the names of its appendix A.1.2. */
type RsaPrivateKey = Readonly<Record<'n' | 'e' | 'p' | 'q' | 'dP' | 'dQ' | 'qInv', BigInteger>>;

/**
 * Reads PrivateKeyInfo (RFC 5208 section 5) around RSAPrivateKey (RFC 8017 appendix A.1.2).
 *
 * @throws Error, of any kind, when it is nothing like that
 */
function parsePrivateKey(pkcs8: Uint8Array): RsaPrivateKey {
  const [, , wrapped] = sequenceOf(readDer(pkcs8), 'PrivateKeyInfo');
  const [, ...numbers] = sequenceOf(insideOctetString(wrapped, 'privateKey'), 'RSAPrivateKey');
  const [n, e, , p, q, dP, dQ, qInv] = numbers.map((number) =>
    integerOf(positiveInteger(number, 'a number')),
  );
  if (!n || !e || !p || !q || !dP || !dQ || !qInv) throw new Error('not an RSA private key');
  return { n, e, p, q, dP, dQ, qInv };
}

/** The private operation itself, RFC 8017 section 5.1.2 step 2 b; a block as long as the modulus. */
function rsaPrivate({ n, p, q, dP, dQ, qInv }: RsaPrivateKey, block: Uint8Array): Uint8Array {
  const message = integerOf(block);
  const [m1, m2] = [message.mod(p).modPow(dP, p), message.mod(q).modPow(dQ, q)];
  const h = m1.subtract(m2).multiply(qInv).mod(p);
  const hex = h.multiply(q).add(m2).toString(16);
  return fromHex(hex.padStart(2 * modulusLength(n), '0')) ?? new Uint8Array(0);
}

/** EMSA-PKCS1-v1_5 padding around bytes taken as they are, RFC 8017 section 9.2 steps 3 to 5. */
function pkcs1Block({ n }: RsaPrivateKey, payload: Uint8Array): Uint8Array {
  const block = new Uint8Array(modulusLength(n)).fill(0xff);
  block[0] = 0x00;
  block[1] = 0x01;
  block[block.length - payload.length - 1] = 0x00;
  block.set(payload, block.length - payload.length);
  return block;
}

function sha256DigestInfo(hash: Uint8Array): Uint8Array {
  return concatBytes(DIGEST_INFO_PREFIX['SHA-256'], hash);
}

/**
 * RSASSA-PKCS1-v1_5 with SHA-256, for the office that signs certificates: with a key of any size, where a card takes none
 * but RSA-2048.
 */
export function signSha256(pkcs8: Uint8Array, data: Uint8Array): Uint8Array {
  const key = parsePrivateKey(pkcs8);
  return rsaPrivate(key, pkcs1Block(key, sha256DigestInfo(sha256(data))));
}

const integerOf = (bytes: Uint8Array): BigInteger => new jsbn.BigInteger(toHex(bytes), 16);
const modulusLength = (n: BigInteger): number => Math.ceil(n.bitLength() / 8);

/** SHA-256. */
export const PIN_DIGEST_LENGTH = HASH_LENGTH;

/** What the card keeps of a PIN: enough to compare, and no text of it in a saved state. */
export function pinDigest(salt: Uint8Array, pin: Uint8Array): Uint8Array {
  // In two steps: salt and PIN in one array would be a copy of the PIN.
  return sha256(salt, pin);
}
