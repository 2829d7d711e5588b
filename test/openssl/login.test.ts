import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createLoginToken } from '../../src/signature/index.js';
import { signerOf, unlockedCard } from '../signature/support.js';
import { openssl, skipWithoutOpenssl, withFolder } from './openssl.js';

it.skipIf(skipWithoutOpenssl)(
  'openssl verifies the signature and the certificate of a login token',
  async () => {
    const token = await createLoginToken(await unlockedCard(), {
      audience: 'https://example.jp',
      nonce: 'n-0S6',
    });
    const [header = '', payload = '', signature = ''] = token.split('.');
    const { x5c } = JSON.parse(Buffer.from(header, 'base64url').toString());
    expect(x5c.map((der: string) => Buffer.from(der, 'base64'))).toEqual([
      Buffer.from(signerOf('auth').certificate),
      Buffer.from(signerOf('auth').ca),
    ]);
    withFolder((path) => {
      writeFileSync(path('leaf.der'), Buffer.from(x5c[0], 'base64'));
      writeFileSync(path('ca.der'), Buffer.from(x5c[1], 'base64'));
      expect(openssl(['verify', '-trusted', path('ca.der'), path('leaf.der')]).toString()).toMatch(
        /leaf.der: OK/,
      );
      writeFileSync(
        path('key.pem'),
        openssl(['x509', '-inform', 'DER', '-in', path('leaf.der'), '-noout', '-pubkey']),
      );
      writeFileSync(path('input'), `${header}.${payload}`);
      writeFileSync(path('signature'), Buffer.from(signature, 'base64url'));
      const verify = [
        'dgst',
        '-sha256',
        '-verify',
        path('key.pem'),
        '-signature',
        path('signature'),
        path('input'),
      ];
      expect(openssl(verify).toString()).toBe('Verified OK\n');
    });
  },
);
