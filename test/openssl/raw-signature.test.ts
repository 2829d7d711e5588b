import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import type { SignatureScheme } from '../../src/jpki/index.js';
import { flipped, signerOf, unlockedCard } from '../signature/support.js';
import { openssl, skipWithoutOpenssl, withFolder } from './openssl.js';

const DATA = new TextEncoder().encode('架空の申請書');
const ROLES = ['auth', 'sign'] as const;

async function* chunks() {
  for (const byte of DATA) yield Uint8Array.of(byte);
}

const publicKeys = new Map<string, Buffer>();

/** The key of the role's certificate as openssl reads it there. */
function publicKey(role: 'auth' | 'sign'): Buffer {
  const x509 = ['x509', '-inform', 'DER', '-noout', '-pubkey'];
  const key = publicKeys.get(role) ?? openssl(x509, signerOf(role).certificate);
  publicKeys.set(role, key);
  return key;
}

/** Whether openssl takes the signature for that of the role's certificate. */
function verifies(
  command: readonly string[],
  role: 'auth' | 'sign',
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return withFolder((path) => {
    writeFileSync(path('key.pem'), publicKey(role));
    writeFileSync(path('data'), data);
    writeFileSync(path('signature'), signature);
    const place = (word: string) => (word.startsWith('@') ? path(word.slice(1)) : word);
    try {
      openssl(command.map(place));
      return true;
    } catch {
      return false;
    }
  });
}

const dgst = (hash: string, ...more: string[]) =>
  ['dgst', `-${hash}`, ...more, '-verify', '@key.pem', '-signature', '@signature', '@data'] as const;
const PSS = [
  '-sigopt',
  'rsa_padding_mode:pss',
  '-sigopt',
  'rsa_pss_saltlen:32',
  '-sigopt',
  'rsa_mgf1_md:sha256',
];

describe.skipIf(skipWithoutOpenssl).each(ROLES)('openssl takes a signature with the key %s', (role) => {
  it.each([
    ['RSASSA-PKCS1-v1_5-SHA-256', dgst('sha256')],
    ['RSASSA-PKCS1-v1_5-SHA-384', dgst('sha384')],
    ['RSASSA-PKCS1-v1_5-SHA-512', dgst('sha512')],
    ['RSASSA-PSS-SHA-256', dgst('sha256', ...PSS)],
  ] as const)('of the scheme %s, over bytes and over chunks', async (scheme, command) => {
    const applet = await unlockedCard();
    for (const data of [DATA, chunks()]) {
      const signature = await applet.sign(role, data, { scheme });
      expect(verifies(command, role, DATA, signature)).toBe(true);
      expect(verifies(command, role, DATA, flipped(signature, 200))).toBe(false);
      expect(verifies(command, role, flipped(DATA, 0), signature)).toBe(false);
    }
  });

  it('of the scheme raw, over a DigestInfo and over any bytes', async () => {
    const digestInfo = Buffer.concat([
      Buffer.from('3031300d060960864801650304020105000420', 'hex'),
      Buffer.from(await crypto.subtle.digest('SHA-256', DATA)),
    ]);
    const signature = await (await unlockedCard()).sign(role, digestInfo, { scheme: 'raw' });
    expect(verifies(dgst('sha256'), role, DATA, signature)).toBe(true);
    const bare = [
      'pkeyutl',
      '-verify',
      '-pubin',
      '-inkey',
      '@key.pem',
      '-sigfile',
      '@signature',
      '-in',
      '@data',
    ];
    const ofBytes = await (await unlockedCard()).sign(role, DATA, { scheme: 'raw' });
    expect(verifies(bare, role, DATA, ofBytes)).toBe(true);
  });
});

describe.each(ROLES)('WebCrypto takes a signature with the key %s', (role) => {
  it.each([
    ['RSASSA-PKCS1-v1_5-SHA-256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
    ['RSASSA-PKCS1-v1_5-SHA-384', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-384' }],
    ['RSASSA-PKCS1-v1_5-SHA-512', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-512' }],
    ['RSASSA-PSS-SHA-256', { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 }],
  ] satisfies [SignatureScheme, object][])('of the scheme %s', async (scheme, algorithm) => {
    const signature = await (await unlockedCard()).sign(role, DATA, { scheme });
    const key = await JpkiCertificate.parse(signerOf(role).certificate).importPublicKey(algorithm);
    const verify = (of: Uint8Array) => crypto.subtle.verify(algorithm, key, Buffer.from(of), DATA);
    expect(await verify(signature)).toBe(true);
    expect(await verify(flipped(signature, 200))).toBe(false);
  });
});
