import { createReadStream, createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import { VirtualCard } from '../../src/virtual/index.js';
import {
  anchors,
  authority,
  CONTENT,
  codes,
  flipped,
  type Signer,
  signerOf,
  unlockedCard,
} from '../signature/support.js';
import { openssl, skipWithoutOpenssl, withFolder } from './openssl.js';

const HASHES = ['SHA-256', 'SHA-384', 'SHA-512'] as const;
const EMPTY = new Uint8Array(0);
const MEGABYTES = 100;

const pem = (kind: string, der: Uint8Array) =>
  `-----BEGIN ${kind}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${kind}-----\n`;

/** `-cades` also checks signingCertificateV2; `-purpose any`: our certificates are not for S/MIME. */
const VERIFY = ['cms', '-verify', '-binary', '-inform', 'DER', '-cades', '-purpose', 'any'];

/** What openssl says the content is, or `undefined` when it refuses the message. */
function opened(cms: Uint8Array, role: 'auth' | 'sign', content?: Uint8Array): Buffer | undefined {
  return withFolder((path) => {
    writeFileSync(path('message'), cms);
    writeFileSync(path('ca.pem'), pem('CERTIFICATE', signerOf(role).ca));
    if (content) writeFileSync(path('content'), content);
    const detached = content ? ['-content', path('content')] : [];
    try {
      return openssl([...VERIFY, '-CAfile', path('ca.pem'), '-in', path('message'), ...detached]);
    } catch {
      return undefined;
    }
  });
}

describe.skipIf(skipWithoutOpenssl)('openssl verifies our messages', () => {
  it.each(HASHES)('with %s, attached and detached, of both keys', async (hash) => {
    const applet = await unlockedCard();
    for (const role of ['auth', 'sign'] as const) {
      const attached = await signCms(applet, CONTENT, { role, hash });
      expect(opened(attached, role)).toEqual(Buffer.from(CONTENT));
      const detached = await signCms(applet, CONTENT, { role, hash, detached: true });
      expect(opened(detached, role, CONTENT)).toEqual(Buffer.from(CONTENT));
      expect(opened(detached, role, flipped(CONTENT, 0))).toBeUndefined();
    }
  });

  it('with empty content, attached and detached', async () => {
    const applet = await unlockedCard();
    expect(opened(await signCms(applet, EMPTY), 'sign')).toEqual(Buffer.from(EMPTY));
    expect(opened(await signCms(applet, EMPTY, { detached: true }), 'sign', EMPTY)).toEqual(
      Buffer.from(EMPTY),
    );
  });

  it(`with ${MEGABYTES} MB from a stream, and so do we`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'jpki-cms-'));
    const path = (name: string) => join(folder, name);
    try {
      const block = Buffer.alloc(1 << 20, 'jpki');
      await pipeline(
        Readable.from(Array.from({ length: MEGABYTES }, () => block)),
        createWriteStream(path('content')),
      );
      const cms = await signCms(await unlockedCard(), createReadStream(path('content')), { detached: true });
      writeFileSync(path('message'), cms);
      writeFileSync(path('ca.pem'), pem('CERTIFICATE', signerOf('sign').ca));
      const files = ['-CAfile', path('ca.pem'), '-in', path('message'), '-content', path('content')];
      openssl([...VERIFY, ...files, '-out', path('out')]);
      const content = createReadStream(path('content'));
      expect(codes(await verifyCms(cms, { anchors, content }))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** A message made by openssl with the keys of the card. */
function signedByOpenssl(
  options: readonly string[],
  signers: readonly Signer[] = [signerOf('sign')],
): Buffer {
  return withFolder((path) => {
    writeFileSync(path('content'), CONTENT);
    const keys = signers.flatMap((signer, i) => {
      writeFileSync(path(`${i}.pem`), pem('CERTIFICATE', signer.certificate));
      writeFileSync(path(`${i}.key`), pem('PRIVATE KEY', signer.privateKey));
      writeFileSync(path('ca.pem'), pem('CERTIFICATE', signer.ca));
      return ['-signer', path(`${i}.pem`), '-inkey', path(`${i}.key`)];
    });
    const files = ['-in', path('content'), ...keys, '-certfile', path('ca.pem')];
    return openssl(['cms', '-sign', '-binary', '-outform', 'DER', ...files, ...options]);
  });
}

describe.skipIf(skipWithoutOpenssl)('messages made by openssl', () => {
  it.each([
    ['as they come', ['-nodetach']],
    ['with SHA-384', ['-nodetach', '-md', 'sha384']],
    ['with SHA-512', ['-nodetach', '-md', 'sha512']],
    ['in BER, streamed', ['-nodetach', '-stream']],
    ['with the signer named by key identifier', ['-nodetach', '-keyid']],
    ['with signingCertificateV2', ['-nodetach', '-cades']],
    ['without signed attributes', ['-nodetach', '-noattr']],
    ['without S/MIME capabilities', ['-nodetach', '-nosmimecap']],
  ])('%s are valid', async (_name, options) => {
    const verdict = await verifyCms(signedByOpenssl(options), { anchors });
    expect(codes(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ valid: true, content: CONTENT });
  });

  it('of two signers are valid', async () => {
    const other = signerOf('sign', await VirtualCard.issue({ authority }));
    const verdict = await verifyCms(signedByOpenssl(['-nodetach'], [signerOf('sign'), other]), { anchors });
    expect(verdict).toMatchObject({ valid: true, signers: [{ valid: true }, { valid: true }] });
  });

  it('detached are valid with their content, and not with another', async () => {
    const cms = signedByOpenssl([]);
    expect((await verifyCms(cms, { anchors, content: CONTENT })).valid).toBe(true);
    expect(codes(await verifyCms(cms, { anchors, content: flipped(CONTENT, 1) }))).toEqual([
      'MESSAGE_DIGEST',
    ]);
    expect(codes(await verifyCms(cms, { anchors }))).toEqual(['CONTENT_MISSING']);
  });

  it('without the certificates are not', async () => {
    expect(codes(await verifyCms(signedByOpenssl(['-nodetach', '-nocerts']), { anchors }))).toEqual([
      'SIGNER_CERTIFICATE_MISSING',
    ]);
  });

  it('with SHA-1, with RSASSA-PSS or with the other key are not', async () => {
    const sha1 = await verifyCms(signedByOpenssl(['-nodetach', '-md', 'sha1']), { anchors });
    expect(codes(sha1)).toContain('DIGEST_ALGORITHM');
    const pss = await verifyCms(signedByOpenssl(['-nodetach', '-keyopt', 'rsa_padding_mode:pss']), {
      anchors,
    });
    expect(codes(pss)).toContain('SIGNATURE_ALGORITHM');
    const auth = await verifyCms(signedByOpenssl(['-nodetach'], [signerOf('auth')]), { anchors });
    expect(codes(auth)).toContain('ISSUER_OTHER_PURPOSE');
  });
});
