/** CMS messages that openssl makes with the keys of the tests' card, and what it says of others. */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { withFolder } from '../openssl/openssl.js';
import { CONTENT, type Signer, signerOf } from '../signature/support.js';

const pem = (kind: string, der: Uint8Array) =>
  `-----BEGIN ${kind}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${kind}-----\n`;

export interface OpensslMessage {
  /** Of `openssl cms -sign`. */
  readonly options?: readonly string[];
  readonly signers?: readonly Signer[];
  /** Whether the CA certificate goes into it. */
  readonly ca?: boolean;
}

export function signedByOpenssl(message: OpensslMessage = {}): Buffer {
  const { options = ['-nodetach'], signers = [signerOf('sign')], ca = true } = message;
  return withFolder((path) => {
    writeFileSync(path('content'), CONTENT);
    const keys = signers.flatMap((signer, i) => {
      writeFileSync(path(`${i}.pem`), pem('CERTIFICATE', signer.certificate));
      writeFileSync(path(`${i}.key`), pem('PRIVATE KEY', signer.privateKey));
      writeFileSync(path('ca.pem'), pem('CERTIFICATE', signer.ca));
      return ['-signer', path(`${i}.pem`), '-inkey', path(`${i}.key`)];
    });
    const files = ['-in', path('content'), ...keys, ...(ca ? ['-certfile', path('ca.pem')] : [])];
    const command = ['cms', '-sign', '-binary', '-outform', 'DER', ...files, ...options];
    return execFileSync('openssl', command, { stdio: ['ignore', 'pipe', 'ignore'] });
  });
}

/** Whether openssl finds the signature good, with the CA of the tests' card for an anchor. */
export function isGoodForOpenssl(cms: Uint8Array): boolean {
  return withFolder((path) => {
    writeFileSync(path('message'), cms);
    writeFileSync(path('ca.pem'), pem('CERTIFICATE', signerOf('sign').ca));
    const files = ['-in', path('message'), '-CAfile', path('ca.pem')];
    return (
      spawnSync('openssl', ['cms', '-verify', '-binary', '-inform', 'DER', '-purpose', 'any', ...files])
        .status === 0
    );
  });
}
