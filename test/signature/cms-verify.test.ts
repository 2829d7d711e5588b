import { describe, expect, it } from 'vitest';
import { HASH_ALGORITHMS, RSA_SIGNATURES } from '../../src/asn1/oid.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { verifyCms } from '../../src/signature/cms.js';
import * as der from './der-write.js';
import {
  algorithm,
  anchors,
  CONTENT,
  chunks,
  codes,
  craftCms,
  flipped,
  type MessageCraft,
  type SignerCraft,
  signerOf,
  verify,
  verifySigner,
} from './support.js';

describe('a good message', () => {
  it('is valid, and gives the content and the signer', async () => {
    const verdict = await verify({});
    if (!verdict.valid) throw new Error(String(codes(verdict)));
    expect(verdict.content).toEqual(CONTENT);
    expect(verdict.signers).toHaveLength(1);
    const [signer] = verdict.signers;
    expect(signer.certificate.der).toEqual(signerOf('sign').certificate);
    expect(signer.certificateVerdict.notChecked[0]?.en).toMatch(/revoked/);
    expect(signer.hash).toBe('SHA-256');
    expect(Math.abs(Number(signer.signingTime) - Date.now())).toBeLessThan(60_000);
    expect(signer.notes.map(({ code }) => code)).toEqual(['SIGNING_CERTIFICATE_ABSENT']);
  });

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('is valid with %s', async (hash) => {
    expect((await verifySigner({ hash })).valid).toBe(true);
  });

  it('is valid with the plain algorithm rsaEncryption, as openssl writes it', async () => {
    const signatureAlgorithm = algorithm('1.2.840.113549.1.1.1', der.nullValue());
    expect((await verifySigner({ signatureAlgorithm })).valid).toBe(true);
  });

  it('is valid with and without a NULL behind its algorithms (RFC 5754)', async () => {
    const digestAlgorithm = algorithm(HASH_ALGORITHMS['SHA-256'], der.nullValue());
    const signatureAlgorithm = algorithm(RSA_SIGNATURES['SHA-256']);
    expect((await verifySigner({ digestAlgorithm, signatureAlgorithm })).valid).toBe(true);
  });

  it('is valid with empty content', async () => {
    expect(await verify({ content: new Uint8Array(0) })).toMatchObject({
      valid: true,
      content: new Uint8Array(0),
    });
  });

  it('names its signer by key identifier too', async () => {
    const identifier = [
      Uint8Array.of(0x80, 20),
      Buffer.from(JpkiCertificate.parse(signerOf('sign').certificate).subjectKeyIdentifier ?? '', 'hex'),
    ];
    expect((await verifySigner({ identifier, version: 3 })).valid).toBe(true);
  });

  it('is valid detached, with the content as bytes and in chunks', async () => {
    for (const content of [CONTENT, chunks(CONTENT.subarray(0, 4), new Uint8Array(0), CONTENT.subarray(4))]) {
      expect(await verify({ attached: 'none' }, { content })).toMatchObject({
        valid: true,
        content: undefined,
      });
    }
  });

  it('with two signers and two hashes reads a stream once', async () => {
    const craft: MessageCraft = { attached: 'none', signers: [{}, { hash: 'SHA-512' }] };
    const verdict = await verify(craft, { content: chunks(CONTENT) });
    expect(verdict.valid).toBe(true);
    expect(verdict.signers.map(({ hash }) => hash).sort()).toEqual(['SHA-256', 'SHA-512']);
  });

  it('of the authentication key is valid for that purpose only', async () => {
    const signer = signerOf('auth');
    const craft: MessageCraft = { signers: [{ signer }], certificates: [signer.certificate, signer.ca] };
    expect((await verify(craft, { purpose: 'auth' })).valid).toBe(true);
    expect(codes(await verify(craft))).toEqual(
      expect.arrayContaining(['ISSUER_OTHER_PURPOSE', 'CERTIFICATE_POLICY', 'CERTIFICATE_KEY_USAGE']),
    );
    expect(codes(await verify({}, { purpose: 'auth' }))).toContain('ISSUER_OTHER_PURPOSE');
  });

  it('gives content that is its own copy', async () => {
    const cms = await craftCms();
    const pending = verifyCms(cms, { anchors });
    cms.fill(0);
    const verdict = await pending;
    expect(verdict.valid && verdict.content).toEqual(CONTENT);
  });
});

describe('content', () => {
  it('that was changed is refused, attached and detached', async () => {
    const changed = flipped(CONTENT, 3);
    expect(codes(await verify({ attached: changed }))).toEqual(['MESSAGE_DIGEST']);
    expect(codes(await verify({ attached: 'none' }, { content: changed }))).toEqual(['MESSAGE_DIGEST']);
    expect(codes(await verify({ attached: 'none' }, { content: chunks(changed) }))).toEqual([
      'MESSAGE_DIGEST',
    ]);
  });

  it('is not handed out by a verdict that is invalid', async () => {
    expect(await verify({ attached: flipped(CONTENT, 3) })).not.toHaveProperty('content');
  });

  it('that is missing is a finding', async () => {
    const verdict = await verify({ attached: 'none' });
    expect(codes(verdict)).toEqual(['CONTENT_MISSING']);
    expect(verdict.signers.map(codes)).toEqual([['CONTENT_MISSING']]);
  });

  it('given beside that of the message is refused, even when it is the same', async () => {
    expect(codes(await verify({}, { content: CONTENT }))).toEqual(['CONTENT_GIVEN_TWICE']);
  });

  it('of another type than plain data is refused', async () => {
    expect(codes(await verify({ contentType: '1.2.840.113549.1.9.16.1.4' }))).toEqual(['CONTENT_TYPE']);
  });

  it('errors of its stream go through unchanged', async () => {
    const failure = new Error('disk gone');
    // biome-ignore lint/correctness/useYield: a stream that fails before its first chunk
    async function* broken(): AsyncGenerator<Uint8Array> {
      throw failure;
    }
    await expect(verify({ attached: 'none' }, { content: broken() })).rejects.toBe(failure);
  });

  it.each(['text', 7, [CONTENT], null])(
    'that is neither bytes nor a stream is an argument error (%s)',
    async (content) => {
      await expect(verify({ attached: 'none' }, { content: content as never })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    },
  );
});

describe('signers', () => {
  it('are needed', async () => {
    const verdict = await verify({ signers: [] });
    expect(verdict).toMatchObject({ valid: false, signers: [] });
    expect(codes(verdict)).toEqual(['NO_SIGNERS']);
  });

  it('are all judged, and one bad one spoils the message', async () => {
    const bad: SignerCraft = { hash: 'SHA-512', signature: (signature) => flipped(signature, 9) };
    const verdict = await verify({ signers: [{}, bad] });
    expect(verdict.valid).toBe(false);
    expect(codes(verdict)).toEqual(['SIGNATURE']);
    expect(verdict.signers.map(({ valid, hash }) => `${hash} ${valid}`).sort()).toEqual([
      'SHA-256 true',
      'SHA-512 false',
    ]);
  });

  it('of both roles are not both good for one purpose', async () => {
    const other = signerOf('auth');
    const certificates = [signerOf('sign').certificate, signerOf('sign').ca, other.certificate, other.ca];
    const verdict = await verify({ signers: [{}, { signer: other }], certificates });
    expect(verdict.valid).toBe(false);
    expect(verdict.signers.filter(({ valid }) => valid)).toHaveLength(1);
  });

  it('named by key identifier in version 1 are no CMS', async () => {
    const identifier = [Uint8Array.of(0x80, 20), new Uint8Array(20)];
    await expect(verifySigner({ identifier, version: 1 })).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    });
  });

  it('of an unknown version or name are no CMS', async () => {
    for (const version of [2, 3, 0x81]) {
      await expect(verifySigner({ version })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    }
  });
});

describe('options', () => {
  it.each([{ at: new Date(Number.NaN) }, { at: 'now' }, { purpose: 'both' }])(
    'that are none are an argument error (%o)',
    async (options) => {
      await expect(verify({}, options as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  it('come behind a message of bytes', async () => {
    await expect(verifyCms('MIIB' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
