import { describe, expect, it } from 'vitest';
import { CMS, HASH_ALGORITHMS, RSA_SIGNATURES } from '../../src/asn1/oid.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { verifyCms } from '../../src/signature/cms.js';
import { issueAuthority, VirtualCard } from '../../src/virtual/index.js';
import { FICTIONAL_HOLDER, generateKeyPair } from '../../src/virtual/issuance.js';
import { issueCertificate, signContent } from '../../src/virtual/issue-certificate.js';
import * as der from './der-write.js';
import {
  algorithm,
  attribute,
  authority,
  CONTENT,
  codes,
  craftCms,
  flipped,
  rsaSign,
  type Signer,
  type SignerCraft,
  sha256,
  signerOf,
  verify,
  verifySigner,
} from './support.js';

/** A signer whose certificate has another's issuer and serial number, and a CA of its own with that issuer's name. */
async function impostor(): Promise<{ sameNumber: Uint8Array; signer: Signer }> {
  const victim = JpkiCertificate.parse(signerOf('sign').certificate);
  const [keys, own] = await Promise.all([generateKeyPair(), issueAuthority()]);
  const content = signContent(
    { ...own.sign, name: authority.sign.name },
    keys.publicKey,
    { notBefore: victim.notBefore, notAfter: victim.notAfter },
    { prefecture: 'Kakuu-ken', municipality: 'Mihon-shi' },
    { ...FICTIONAL_HOLDER, name: '偽物　太郎' },
  );
  const certificate = issueCertificate({ ...content, serialNumber: Buffer.from(victim.serialNumber, 'hex') });
  return {
    sameNumber: certificate,
    signer: { certificate, ca: own.sign.certificate, privateKey: keys.privateKey },
  };
}

describe('a signature', () => {
  it('that was changed in any bit is refused', async () => {
    for (const at of [0, 100, 255]) {
      expect(codes(await verifySigner({ signature: (signature) => flipped(signature, at) }))).toEqual([
        'SIGNATURE',
      ]);
    }
  });

  it('that is shorter, longer or empty is refused', async () => {
    for (const length of [0, 255, 257, 5000]) {
      const signature = (good: Uint8Array) => Buffer.concat([good, new Uint8Array(5000)]).subarray(0, length);
      expect(codes(await verifySigner({ signature }))).toEqual(['SIGNATURE']);
    }
  });

  it('over the attributes under their context tag is refused (RFC 5652 section 5.4)', async () => {
    const sign = (data: Uint8Array) =>
      rsaSign(signerOf('sign'), 'SHA-256', Buffer.concat([Uint8Array.of(0xa0), data.subarray(1)]));
    expect(codes(await verifySigner({ sign }))).toEqual(['SIGNATURE']);
  });

  it('over the content where there are attributes is refused', async () => {
    expect(codes(await verifySigner({ sign: () => rsaSign(signerOf('sign'), 'SHA-256', CONTENT) }))).toEqual([
      'SIGNATURE',
    ]);
  });
});

describe('algorithms', () => {
  it.each([
    ['1.3.14.3.2.26', 'SHA-1'],
    ['1.2.840.113549.2.5', 'MD5'],
    ['2.16.840.1.101.3.4.2.6', 'SHA-512/256'],
  ])('refuses the hash %s (%s)', async (oid) => {
    expect(codes(await verifySigner({ digestAlgorithm: algorithm(oid) }))).toContain('DIGEST_ALGORITHM');
  });

  it.each([
    ['1.2.840.113549.1.1.5', 'SHA-1 with RSA'],
    ['1.2.840.113549.1.1.10', 'RSASSA-PSS'],
    ['1.2.840.10045.4.3.2', 'ECDSA'],
    ['1.2.840.113549.2.9', 'HMAC'],
  ])('refuses the signature algorithm %s (%s)', async (oid) => {
    expect(codes(await verifySigner({ signatureAlgorithm: algorithm(oid) }))).toEqual([
      'SIGNATURE_ALGORITHM',
    ]);
  });

  it('refuses one with parameters other than NULL', async () => {
    const signatureAlgorithm = algorithm(RSA_SIGNATURES['SHA-256'], der.sequence());
    expect(codes(await verifySigner({ signatureAlgorithm }))).toEqual(['SIGNATURE_ALGORITHM']);
    const digestAlgorithm = algorithm(HASH_ALGORITHMS['SHA-256'], der.octetString(CONTENT));
    expect(codes(await verifySigner({ digestAlgorithm }))).toContain('DIGEST_ALGORITHM');
  });

  it('refuses a signature algorithm of another hash', async () => {
    const signatureAlgorithm = algorithm(RSA_SIGNATURES['SHA-512'], der.nullValue());
    expect(codes(await verifySigner({ signatureAlgorithm }))).toEqual(['ALGORITHM_MISMATCH']);
  });

  it('refuses a signature of another hash than it names', async () => {
    const sign = (data: Uint8Array) => rsaSign(signerOf('sign'), 'SHA-512', data);
    expect(codes(await verifySigner({ sign }))).toEqual(['SIGNATURE']);
  });
});

describe('certificates', () => {
  const good = signerOf('sign');

  it('have to be in the message', async () => {
    const missing = await verify({ certificates: [good.ca] });
    expect(codes(missing)).toEqual(['SIGNER_CERTIFICATE_MISSING']);
    expect(missing.signers[0]?.certificate).toBeUndefined();
    expect(codes(await verify({ certificates: [] }))).toEqual(['SIGNER_CERTIFICATE_MISSING']);
    expect(codes(await verify({ certificates: [good.certificate] }))).toEqual(['ISSUER_MISSING']);
  });

  it.each([
    ['that is anchored', good.ca, []],
    ['beside others', [authority.auth.certificate, good.ca], []],
    ['that is not', authority.auth.certificate, ['ISSUER_MISSING']],
    ["that is a person's", good.certificate, ['ISSUER_MISSING']],
  ])('help from outside of the message: a CA certificate %s', async (_name, given, expected) => {
    const issuers = [given].flat().map((der) => JpkiCertificate.parse(der));
    expect(codes(await verify({ certificates: [good.certificate] }, { issuers }))).toEqual(expected);
  });

  it('given from outside are believed only under an anchor', async () => {
    const own = await issueAuthority();
    const made = JpkiCertificate.parse(own.sign.certificate);
    const bare = await craftCms({ certificates: [good.certificate] });
    const real = JpkiCertificate.parse(good.ca);
    expect(codes(await verifyCms(bare, { issuers: [real] }))).toEqual(['ISSUER_NOT_ANCHORED']);
    const found = codes(await verify({ certificates: [good.certificate] }, { issuers: [made] }));
    expect(found).toEqual(['ISSUER_NOT_ANCHORED', 'CERTIFICATE_SIGNATURE']);
    expect((await verify({}, { issuers: [made] })).valid).toBe(true);
  });

  it('that are there twice count once', async () => {
    expect(
      (await verify({ certificates: [good.certificate, good.certificate, good.ca, good.ca] })).valid,
    ).toBe(true);
  });

  it('that cannot be read are nobody’s', async () => {
    const broken = flipped(good.certificate, 4);
    expect((await verify({ certificates: [broken, good.certificate, good.ca] })).valid).toBe(true);
    expect(codes(await verify({ certificates: [broken, good.ca] }))).toEqual(['SIGNER_CERTIFICATE_MISSING']);
  });

  it('swapped for another with the same issuer and serial number are refused', async () => {
    const { sameNumber, signer } = await impostor();
    const hash = attribute(
      CMS.signingCertificateV2,
      der.sequence(der.sequence(der.sequence(der.octetString(await sha256(good.certificate))))),
    );
    const attributes: SignerCraft['attributes'] = (all) => ({ ...all, more: [hash] });
    const swapped = await verify({ signers: [{ attributes }], certificates: [sameNumber, good.ca] });
    expect(codes(swapped)).toEqual(['SIGNING_CERTIFICATE', 'SIGNATURE', 'CERTIFICATE_SIGNATURE']);
    const forged = await verify({ signers: [{ signer }], certificates: [sameNumber, good.ca] });
    expect(codes(forged)).toEqual(['CERTIFICATE_SIGNATURE']);
    const both = await verify({ certificates: [sameNumber, good.certificate, good.ca] });
    expect(codes(both)).toContain('SIGNER_CERTIFICATE_AMBIGUOUS');
  });

  it('of a self-made CA are refused, also with the real CA beside it', async () => {
    const own = await issueAuthority();
    const signer = signerOf('sign', await VirtualCard.issue({ authority: own }), own.sign.certificate);
    const certificates = [signer.certificate, signer.ca, good.ca];
    const verdict = await verify({ signers: [{ signer }], certificates });
    expect(verdict.valid).toBe(false);
    expect(
      codes(verdict).some((code) => ['ISSUER_NOT_ANCHORED', 'CERTIFICATE_SIGNATURE'].includes(code)),
    ).toBe(true);
  });

  it('are judged at the moment asked for, whatever signing time is claimed', async () => {
    const at = new Date('2099-01-01T00:00:00Z');
    expect(codes(await verify({}, { at }))).toEqual(['CERTIFICATE_EXPIRED', 'ISSUER_EXPIRED']);
  });

  it('of J-LIS are believed by default, and no others', async () => {
    expect(codes(await verifyCms(await craftCms()))).toEqual(['ISSUER_NOT_ANCHORED']);
  });
});
