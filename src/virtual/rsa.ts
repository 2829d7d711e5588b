/** RSA with a private key, as the card's chip and the office that signs certificates have it. */
import type forge from 'node-forge';
import asn1 from 'node-forge/lib/asn1.js';
import jsbn from 'node-forge/lib/jsbn.js';
import util from 'node-forge/lib/util.js';

type BigInteger = forge.jsbn.BigInteger;

/** RFC 8017 section 3.2, with the names of its appendix A.1.2. */
export interface RsaPrivateKey {
  readonly n: BigInteger;
  readonly e: BigInteger;
  readonly p: BigInteger;
  readonly q: BigInteger;
  readonly dP: BigInteger;
  readonly dQ: BigInteger;
  readonly qInv: BigInteger;
}

/**
 * Reads PrivateKeyInfo (RFC 5208 section 5) around RSAPrivateKey (RFC 8017 appendix A.1.2).
 *
 * @throws Error, of any kind, when it is nothing like that
 */
export function parsePrivateKey(pkcs8: Uint8Array): RsaPrivateKey {
  const [, , wrapped] = asn1.fromDer(toBinary(pkcs8)).value as forge.asn1.Asn1[];
  const numbers = asn1.fromDer(wrapped?.value as string).value as forge.asn1.Asn1[];
  const [, n, e, , p, q, dP, dQ, qInv] = numbers.map(
    ({ value }) => new jsbn.BigInteger(util.bytesToHex(value as string), 16),
  );
  if (!n || !e || !p || !q || !dP || !dQ || !qInv) throw new Error('not an RSA private key');
  return { n, e, p, q, dP, dQ, qInv };
}

/** The private operation itself, RFC 8017 section 5.1.2 step 2 b; a block as long as the modulus. */
export function rsaPrivate({ n, p, q, dP, dQ, qInv }: RsaPrivateKey, block: Uint8Array): Uint8Array {
  const message = new jsbn.BigInteger(util.bytesToHex(toBinary(block)), 16);
  const [m1, m2] = [message.mod(p).modPow(dP, p), message.mod(q).modPow(dQ, q)];
  const h = m1.subtract(m2).multiply(qInv).mod(p);
  const hex = h.multiply(q).add(m2).toString(16);
  return fromBinary(util.hexToBytes(hex.padStart(2 * modulusLength(n), '0')));
}

/** EMSA-PKCS1-v1_5 padding around bytes taken as they are, RFC 8017 section 9.2 steps 3 to 5. */
export function pkcs1Block({ n }: RsaPrivateKey, payload: Uint8Array): Uint8Array {
  const block = new Uint8Array(modulusLength(n)).fill(0xff);
  block[0] = 0x00;
  block[1] = 0x01;
  block[block.length - payload.length - 1] = 0x00;
  block.set(payload, block.length - payload.length);
  return block;
}

const modulusLength = (n: BigInteger): number => Math.ceil(n.bitLength() / 8);
const toBinary = (bytes: Uint8Array): string => util.binary.raw.encode(bytes);
const fromBinary = (text: string): Uint8Array => util.binary.raw.decode(text);
