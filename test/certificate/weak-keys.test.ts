/** Keys and signatures that a careless verifier takes for good ones. */
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/bytes.js';
import type { KeyPair } from '../../src/virtual/issue-certificate.js';
import { authority, ca, findingsOf, leaf, strangerKeys, weakKeyPair } from './support.js';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

describe('weak keys', () => {
  let short: KeyPair;
  let cubic: KeyPair;
  beforeAll(async () => {
    [short, cubic] = await Promise.all([weakKeyPair(1024, 65537), weakKeyPair(2048, 3)]);
  });

  it('RSA-1024 is refused in a certificate and in a CA', async () => {
    expect(await findingsOf(leaf('auth', { publicKey: short.publicKey }), 'auth')).toEqual([
      'CERTIFICATE_KEY',
    ]);
    const issued = leaf('auth', { issuerKey: short.privateKey });
    expect(await findingsOf(issued, 'auth', ca('auth', {}, short))).toEqual(['ISSUER_KEY']);
  });

  it('exponent 3 is refused in a certificate and in a CA', async () => {
    expect(await findingsOf(leaf('auth', { publicKey: cubic.publicKey }), 'auth')).toEqual([
      'CERTIFICATE_KEY',
    ]);
    const issued = leaf('auth', { issuerKey: cubic.privateKey });
    expect(await findingsOf(issued, 'auth', ca('auth', {}, cubic))).toEqual(['ISSUER_KEY']);
  });

  it('a cube root made without any private key (Bleichenbacher 2006) is refused', async () => {
    const template = leaf('auth', { issuerKey: strangerKeys.privateKey });
    const prefix = lenientPrefix(template);
    // The block may end in anything: any cube between prefix|00… and prefix|FF… will do.
    const shift = BigInt(8 * (256 - prefix.length));
    const root = cubeRoot((BigInt(`0x${toHex(prefix)}`) + 1n) << shift);
    const forged = withSignature(template, root);
    expect(toHex(blockOf(root ** 3n)).startsWith(toHex(prefix))).toBe(true);
    expect(await findingsOf(forged, 'auth', ca('auth', {}, cubic))).toEqual(['ISSUER_KEY']);
  });

  it('garbage after the hash is refused even when the CA key itself signed it', async () => {
    const template = leaf('auth');
    const prefix = lenientPrefix(template);
    const block = new Uint8Array(256).fill(0x5a);
    block.set(prefix);
    const { n, d, e } = forge.pki.privateKeyFromAsn1(
      forge.asn1.fromDer(forge.util.binary.raw.encode(authority.auth.privateKey)),
    ) as forge.pki.rsa.PrivateKey;
    const signature = new forge.jsbn.BigInteger(toHex(block), 16).modPow(d, n);
    expect(signature.modPow(e, n).toString(16).padStart(512, '0')).toBe(toHex(block));
    const forged = withSignature(template, BigInt(`0x${signature.toString(16)}`));
    expect(await findingsOf(forged, 'auth')).toEqual(['CERTIFICATE_SIGNATURE']);
  });
});

/** What a careless verifier looks at: padding of eight bytes, the DigestInfo of SHA-256 (RFC 8017 section 9.2) and the hash. */
function lenientPrefix(certificate: Uint8Array): Uint8Array {
  const tbsLength = 4 + (((certificate[6] ?? 0) << 8) | (certificate[7] ?? 0));
  const tbs = forge.util.binary.raw.encode(certificate.subarray(4, 4 + tbsLength));
  const hash = forge.md.sha256.create().update(tbs).digest().toHex();
  return bytes(`0001${'ff'.repeat(8)}003031300d060960864801650304020105000420${hash}`);
}

function blockOf(number: bigint): Uint8Array {
  return bytes(number.toString(16).padStart(512, '0'));
}

/** Puts other 256 bytes at the end, where the signature is. */
function withSignature(certificate: Uint8Array, signature: bigint): Uint8Array {
  const changed = certificate.slice();
  changed.set(blockOf(signature), changed.length - 256);
  return changed;
}

/** The largest whole number whose cube is not above `value` (Newton's method). */
function cubeRoot(value: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 3));
  for (;;) {
    const next = (2n * root + value / (root * root)) / 3n;
    if (next >= root) return root;
    root = next;
  }
}
