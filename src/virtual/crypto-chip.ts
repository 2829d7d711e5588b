import { sha256 } from '@noble/hashes/sha2.js';
import forge from 'node-forge';
import { concatBytes, equalBytes, fromHex } from '../bytes.js';
import { SIGNATURE_P1 } from '../jpki/files.js';

/** RSA-2048. */
const MODULUS_LENGTH = 256;
const HASH_LENGTH = 32;

/** DigestInfo of SHA-256 up to the hash, RFC 8017 section 9.2 note 1. */
const SHA256_DIGEST_INFO = fromHex('3031300d060960864801650304020105000420') ?? new Uint8Array(0);

const toBinary = (bytes: Uint8Array): string => forge.util.binary.raw.encode(bytes);
const fromBinary = (text: string): Uint8Array => forge.util.binary.raw.decode(text);

/** P1 of the signature command. */
export type SignatureVariant = (typeof SIGNATURE_P1)[keyof typeof SIGNATURE_P1];

/** Whether P1 names a variant; others are 6A86. */
export function isSignatureVariant(p1: number): p1 is SignatureVariant {
  return Object.values<number>(SIGNATURE_P1).includes(p1);
}

/** A private key in the card, and the six signature variants measured on one [myna-card]. */
export class SignatureKey {
  readonly #key: forge.pki.rsa.PrivateKey;

  /**
   * @param pkcs8 DER of an RSA-2048 private key
   * @throws Error, of any kind, when it is no such key
   */
  constructor(pkcs8: Uint8Array) {
    const key = forge.pki.privateKeyFromAsn1(forge.asn1.fromDer(toBinary(pkcs8))) as forge.pki.rsa.PrivateKey;
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
        return data.length === HASH_LENGTH ? this.#pkcs1(concatBytes(SHA256_DIGEST_INFO, data)) : 'length';
      case SIGNATURE_P1.HASH_AND_WRAP_SHA256:
        return this.#pkcs1(concatBytes(SHA256_DIGEST_INFO, sha256(data)));
      case SIGNATURE_P1.PSS_SHA256:
        return data.length === HASH_LENGTH ? this.#pss(data) : 'length';
      case SIGNATURE_P1.HASH_AND_PSS_SHA256:
        return this.#pss(sha256(data));
    }
  }

  /** EMSA-PKCS1-v1_5 padding around bytes taken as they are, RFC 8017 section 9.2 steps 3 to 5. */
  #pkcs1(payload: Uint8Array): Uint8Array {
    const block = new Uint8Array(MODULUS_LENGTH).fill(0xff);
    block[0] = 0x00;
    block[1] = 0x01;
    block[MODULUS_LENGTH - payload.length - 1] = 0x00;
    block.set(payload, MODULUS_LENGTH - payload.length);
    return this.#rsa(toBinary(block));
  }

  #pss(hash: Uint8Array): Uint8Array {
    const scheme = forge.pss.create({
      md: forge.md.sha256.create(),
      mgf: forge.mgf.mgf1.create(forge.md.sha256.create()),
      saltLength: HASH_LENGTH,
    });
    // forge asks its argument only for the digest, which is already made here.
    const md = { digest: () => forge.util.createBuffer(toBinary(hash)) } as forge.md.MessageDigest;
    return this.#rsa(scheme.encode(md, MODULUS_LENGTH * 8));
  }

  /** The RSA private operation itself; forge calls it decryption without unpadding. */
  #rsa(block: string): Uint8Array {
    const decrypt = forge.pki.rsa as unknown as {
      decrypt(data: string, key: forge.pki.rsa.PrivateKey, publicKey: false, unpad: false): string;
    };
    return fromBinary(decrypt.decrypt(block, this.#key, false, false));
  }
}

/**
 * Whether the numbers are of the sizes RSA-2048 has and belong together. A key comes from a saved state, which may
 * hold anything: with other sizes forge throws, or computes without end.
 */
function isSound({ n, e, p, q, dP, dQ, qInv }: forge.pki.rsa.PrivateKey): boolean {
  const half = (MODULUS_LENGTH * 8) / 2;
  return (
    n.bitLength() === 2 * half &&
    [p, q].every((prime) => prime.bitLength() === half) &&
    [dP, dQ, qInv].every((number) => number.bitLength() <= half) &&
    e.toString() === '65537' &&
    p.multiply(q).equals(n)
  );
}

/** SHA-256. */
export const PIN_DIGEST_LENGTH = HASH_LENGTH;

/** What the card keeps of a PIN: enough to compare, and no text of it in a saved state. */
export function pinDigest(salt: Uint8Array, pin: Uint8Array): Uint8Array {
  // In two steps: salt and PIN in one array would be a copy of the PIN.
  return sha256.create().update(salt).update(pin).digest();
}

export function pinMatches(salt: Uint8Array, digest: Uint8Array, pin: Uint8Array): boolean {
  return equalBytes(pinDigest(salt, pin), digest);
}
