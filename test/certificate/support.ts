/** Certificates to believe and to refuse, made by the office that issues virtual cards. */
import { expect } from 'vitest';
import {
  type FindingCode,
  JpkiCertificate,
  type TrustAnchor,
  verifyCertificate,
} from '../../src/certificate/index.js';
import type { KeyRole } from '../../src/errors.js';
import { FICTIONAL_HOLDER, generateKeyPair, issueAuthority } from '../../src/virtual/issuance.js';
import {
  authContent,
  authorityContent,
  type CertificateContent,
  type Extension,
  issueCertificate,
  type KeyPair,
  signContent,
} from '../../src/virtual/issue-certificate.js';

/** The moment at which the tests look. */
export const AT = new Date('2027-01-01T00:00:00Z');
export const LEAF_DATES = {
  notBefore: new Date('2026-04-01T00:00:00Z'),
  notAfter: new Date('2030-04-15T14:59:59Z'),
};
export const CA_DATES = {
  notBefore: new Date('2025-01-01T00:00:00Z'),
  notAfter: new Date('2035-01-01T00:00:00Z'),
};

export const authority = await issueAuthority({ validity: CA_DATES });
/** Keys of nobody in particular, made once because that takes time. */
export const [leafKeys, strangerKeys] = await Promise.all([generateKeyPair(), generateKeyPair()]);

export const caCertificate = (role: KeyRole): JpkiCertificate =>
  JpkiCertificate.parse(authority[role].certificate);

export const anchorOf = (issuer: JpkiCertificate, purpose: KeyRole, name = 'virtual'): TrustAnchor => ({
  name,
  purpose,
  sha256: issuer.fingerprintSha256,
});

/** What a good certificate of this role contains. */
export function leafContent(role: KeyRole, publicKey = leafKeys.publicKey): CertificateContent {
  if (role === 'auth') return authContent(authority.auth, publicKey, LEAF_DATES);
  const place = { prefecture: 'Kakuu-ken', municipality: 'Mihon-shi' };
  return signContent(authority.sign, publicKey, LEAF_DATES, place, FICTIONAL_HOLDER);
}

/** DER of a certificate that is good but for `changes`. */
export const leaf = (role: KeyRole, changes: Partial<CertificateContent> = {}): Uint8Array =>
  issueCertificate({ ...leafContent(role), ...changes });

/** DER of a self-signed CA certificate of this role that is good but for `changes`. */
export const ca = (
  role: KeyRole,
  changes: Partial<CertificateContent> = {},
  keys: KeyPair = authority[role],
): Uint8Array => issueCertificate({ ...authorityContent(authority[role].name, keys, CA_DATES), ...changes });

/** The extensions with one put in place of the one that has its identifier, or added at the end. */
export function withExtension(extensions: readonly Extension[], extension: Extension): readonly Extension[] {
  const others = extensions.filter(({ oid }) => oid !== extension.oid);
  return [...others, extension];
}

export const withoutExtension = (extensions: readonly Extension[], oid: string): readonly Extension[] =>
  extensions.filter((extension) => extension.oid !== oid);

/** An RSA key pair that nobody should use. */
export async function weakKeyPair(modulusLength: number, publicExponent: number): Promise<KeyPair> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength,
    publicExponent: publicExponent === 3 ? Uint8Array.of(3) : Uint8Array.of(1, 0, 1),
    hash: 'SHA-256',
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.exportKey('pkcs8', pair.privateKey),
    crypto.subtle.exportKey('spki', pair.publicKey),
  ]);
  return { privateKey: new Uint8Array(privateKey), publicKey: new Uint8Array(publicKey) };
}

/** What is found wrong with `der`, which `issuer` issued. Unless told otherwise the issuer is an anchor. */
export async function findingsOf(
  der: Uint8Array,
  purpose: KeyRole,
  issuerDer: Uint8Array = authority[purpose].certificate,
  anchors?: readonly TrustAnchor[],
  at: Date = AT,
): Promise<readonly FindingCode[]> {
  const issuer = JpkiCertificate.parse(issuerDer);
  const verdict = await verifyCertificate(JpkiCertificate.parse(der), {
    purpose,
    issuer,
    at,
    anchors: anchors ?? [anchorOf(issuer, purpose)],
  });
  expect(verdict.trusted).toBe(false);
  return verdict.findings.map(({ code }) => code);
}
