import { describe, expect, it } from 'vitest';
import { fromHex } from '../../src/bytes.js';
import {
  JLIS_TRUST_ANCHORS,
  JpkiCertificate,
  type TrustAnchor,
  type VerifyCertificateOptions,
  verifyCertificate,
} from '../../src/certificate/index.js';
import type { KeyRole } from '../../src/errors.js';
import { issueAuthority } from '../../src/virtual/issuance.js';
import { authContent, issueCertificate } from '../../src/virtual/issue-certificate.js';
import {
  AT,
  anchorOf,
  CA_DATES,
  ca,
  caCertificate,
  LEAF_DATES,
  leaf,
  leafContent,
  leafKeys,
  withExtension,
} from './support.js';
import { OPENSSL_AUTH, OPENSSL_AUTH_CA, OPENSSL_SIGN, OPENSSL_SIGN_CA } from './vectors.js';

const ANCHORS: readonly TrustAnchor[] = [
  anchorOf(caCertificate('sign'), 'sign', 'virtual signature CA'),
  anchorOf(caCertificate('auth'), 'auth', 'virtual authentication CA'),
];

async function verdictOn(der: Uint8Array, purpose: KeyRole, options: Partial<VerifyCertificateOptions> = {}) {
  return verifyCertificate(JpkiCertificate.parse(der), {
    purpose,
    issuer: caCertificate(purpose),
    anchors: ANCHORS,
    at: AT,
    ...options,
  });
}

describe('a good certificate', () => {
  it.each([
    ['sign', 'virtual signature CA'],
    ['auth', 'virtual authentication CA'],
  ] as const)('for %s is trusted, and the verdict names the anchor', async (purpose, name) => {
    const verdict = await verdictOn(leaf(purpose), purpose);
    expect(verdict.findings).toEqual([]);
    expect(verdict.trusted).toBe(true);
    expect(verdict.anchor?.name).toBe(name);
    expect(verdict.issuer?.fingerprintSha256).toBe(caCertificate(purpose).fingerprintSha256);
    expect(verdict.checkedAt).toEqual(AT);
  });

  it.each([
    ['sign', OPENSSL_SIGN, OPENSSL_SIGN_CA],
    ['auth', OPENSSL_AUTH, OPENSSL_AUTH_CA],
  ] as const)('for %s made by openssl is trusted under the CA of openssl', async (purpose, der, caDer) => {
    const issuer = JpkiCertificate.parse(caDer);
    const verdict = await verdictOn(der, purpose, { issuer, anchors: [anchorOf(issuer, purpose)] });
    expect(verdict.findings).toEqual([]);
    expect(verdict.trusted).toBe(true);
  });

  it('is judged now unless told when', async () => {
    const notAfter = new Date(Date.now() + 60_000);
    const notBefore = new Date(Date.now() - 60_000);
    expect((await verdictOn(leaf('auth', { notBefore, notAfter }), 'auth', { at: undefined })).trusted).toBe(
      true,
    );
    const past = leaf('auth', { notBefore, notAfter: new Date(Date.now() - 30_000) });
    expect((await verdictOn(past, 'auth', { at: undefined })).trusted).toBe(false);
  });

  it('finds its CA among several that share one name', async () => {
    const other = await issueAuthority({ validity: CA_DATES });
    const issuer = [
      JpkiCertificate.parse(other.auth.certificate),
      caCertificate('sign'),
      caCertificate('auth'),
    ];
    const verdict = await verdictOn(leaf('auth'), 'auth', { issuer });
    expect(verdict.trusted).toBe(true);
    expect(verdict.issuer).toBe(issuer[2]);
  });

  it('is believed under the anchor although a copy of the CA certificate with the same key is offered too', async () => {
    const copy = JpkiCertificate.parse(ca('auth'));
    const verdict = await verdictOn(leaf('auth'), 'auth', { issuer: [copy, caCertificate('auth')] });
    expect(verdict.trusted).toBe(true);
    expect(await verdictOn(leaf('auth'), 'auth', { issuer: copy })).toMatchObject({
      trusted: false,
      anchor: undefined,
    });
  });

  it('takes an anchor fingerprint in capital letters', async () => {
    const anchor = anchorOf(caCertificate('auth'), 'auth');
    const anchors = [{ ...anchor, sha256: anchor.sha256.toUpperCase() }];
    expect((await verdictOn(leaf('auth'), 'auth', { anchors })).trusted).toBe(true);
  });
});

describe('the test hierarchy', () => {
  const testHierarchy = async (der: Uint8Array, hierarchy: 'test' | 'production') =>
    verdictOn(der, 'sign', { anchors: [{ ...anchorOf(caCertificate('sign'), 'sign'), hierarchy }] });
  // DER of SEQUENCE { SEQUENCE { OID 1.2.392.200149.8.5.1.0.20 } }, encoded by hand.
  const testPolicy = {
    oid: '2.5.29.32',
    critical: true,
    value: fromHex('300f300d060b2a83088c9b550805010014') ?? new Uint8Array(),
  };

  it('has its own policy, accepted only under an anchor of the test hierarchy', async () => {
    const changed = leaf('sign', { extensions: withExtension(leafContent('sign').extensions, testPolicy) });
    expect((await testHierarchy(changed, 'test')).trusted).toBe(true);
    const elsewhere = await testHierarchy(changed, 'production');
    expect(elsewhere.findings.map(({ code }) => code)).toEqual(['CERTIFICATE_POLICY']);
    expect((await testHierarchy(leaf('sign'), 'test')).trusted).toBe(true);
  });

  it('is not believed under the anchors of J-LIS', async () => {
    const test = await issueAuthority({ organization: 'JPKI-TEST', validity: CA_DATES });
    const certificate = JpkiCertificate.parse(
      issueCertificate(authContent(test.auth, leafKeys.publicKey, LEAF_DATES)),
    );
    expect(certificate.hierarchy).toBe('test');
    const verdict = await verifyCertificate(certificate, {
      purpose: 'auth',
      issuer: JpkiCertificate.parse(test.auth.certificate),
      at: AT,
    });
    expect(verdict.trusted).toBe(false);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['ISSUER_NOT_ANCHORED']);
  });
});

describe('the words of a verdict', () => {
  it('always say that revocation was not checked, and never that a certificate is not revoked', async () => {
    const good = await verdictOn(leaf('auth'), 'auth');
    const bad = await verdictOn(leaf('auth'), 'sign');
    for (const verdict of [good, bad]) {
      expect(verdict.notChecked).toHaveLength(1);
      expect(verdict.notChecked[0]?.en).toContain('revoked was not checked');
      expect(verdict.notChecked[0]?.ja).toContain('確認していません');
      const words = JSON.stringify(verdict.summary);
      expect(words).not.toMatch(/not revoked|not been revoked|失効していません|有効です。$/);
    }
    expect(good.summary.en).toContain('revoked was not checked');
    expect(good.summary.ja).toContain('失効しているかどうかは確認していません');
  });

  it("say that another anchor is not J-LIS's", async () => {
    const { summary } = await verdictOn(leaf('auth'), 'auth');
    expect(summary.en).toContain('"virtual authentication CA", which is not J-LIS\'s');
    expect(summary.ja).toContain('J-LIS ではない');
  });

  it('stay short when the certificate is long', async () => {
    const issuer = JpkiCertificate.parse(ca('auth', { subject: [['OU', 'x'.repeat(10_000)]] }));
    const { findings } = await verdictOn(leaf('auth'), 'auth', { issuer });
    expect(findings.map(({ code }) => code)).toContain('ISSUER_NAME');
    for (const { text } of findings) expect(text.en.length).toBeLessThan(400);
  });

  it('name each finding in both languages', async () => {
    const { summary, findings } = await verdictOn(leaf('auth'), 'sign', {
      at: new Date('2040-01-01T00:00:00Z'),
    });
    expect(findings.length).toBeGreaterThan(3);
    for (const { text } of findings) {
      expect(summary.en).toContain(text.en);
      expect(summary.ja).toContain(text.ja);
    }
  });
});

describe('the anchors of J-LIS', () => {
  it('are six, three for each purpose, each with its own fingerprint', () => {
    expect(JLIS_TRUST_ANCHORS.map(({ name, purpose }) => `${name} ${purpose}`)).toEqual([
      'signca01 sign',
      'signca02 sign',
      'signca03 sign',
      'authca01 auth',
      'authca02 auth',
      'authca03 auth',
    ]);
    expect(new Set(JLIS_TRUST_ANCHORS.map(({ sha256 }) => sha256)).size).toBe(6);
  });

  it('cannot be changed by a program that uses them', () => {
    expect(() => Object.assign(JLIS_TRUST_ANCHORS[0] ?? {}, { sha256: '' })).toThrow(TypeError);
    expect(() =>
      (JLIS_TRUST_ANCHORS as unknown as TrustAnchor[]).push(anchorOf(caCertificate('auth'), 'auth')),
    ).toThrow(TypeError);
  });
});

describe('options that are none', () => {
  it.each([
    ['a purpose there is not', { purpose: 'login' as KeyRole }],
    ['no date', { at: new Date(Number.NaN) }],
    [
      'an anchor whose fingerprint is too short',
      { anchors: [{ name: 'x', purpose: 'auth' as const, sha256: 'ab' }] },
    ],
  ])('%s is INVALID_ARGUMENT', async (_, options) => {
    await expect(verdictOn(leaf('auth'), 'auth', options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
