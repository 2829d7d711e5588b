import { createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { DIGEST_INFO_PREFIX } from '../../src/asn1/digest-info.js';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const DATA = Buffer.from('契約書');

/** OpenSSL makes the DigestInfo in one way, and only pads what it is given in the other. */
it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)(
  'a %s hash behind its prefix is what a signature is made over',
  (hash) => {
    const digest = createHash(hash.replace('-', '')).update(DATA).digest();
    const signature = privateEncrypt(privateKey, Buffer.concat([DIGEST_INFO_PREFIX[hash], digest]));
    expect(signature).toEqual(sign(hash.replace('-', ''), DATA, privateKey));
  },
);
