/** The CA certificates that J-LIS publishes and the package brings along. */
import { createHash, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { JLIS_TRUST_ANCHORS, JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { JLIS_CA_CERTIFICATES } from '../../src/certificate/jlis-ca.js';
import { leaf, leafContent, withExtension } from './support.js';

describe('the anchors of J-LIS and the published certificates', () => {
  it('are the same six', () => {
    expect(Object.keys(JLIS_CA_CERTIFICATES)).toEqual(JLIS_TRUST_ANCHORS.map(({ name }) => name));
  });

  for (const anchor of JLIS_TRUST_ANCHORS) {
    const der = new Uint8Array(Buffer.from(JLIS_CA_CERTIFICATES[anchor.name] ?? '', 'base64'));
    const at = new Date(`${anchor.validTo}T00:00:00Z`);
    /** The certificate as its own issuer: what remains wrong is only that it is no person's. */
    const judge = async (bytes: Uint8Array) => {
      const certificate = JpkiCertificate.parse(bytes);
      const verdict = await verifyCertificate(certificate, {
        purpose: anchor.purpose,
        issuer: certificate,
        at,
      });
      return { anchor: verdict.anchor, codes: verdict.findings.map(({ code }) => code) };
    };

    it(`${anchor.name} in the package is the certificate of the pinned fingerprint, for OpenSSL too`, () => {
      expect(createHash('sha256').update(der).digest('hex')).toBe(anchor.sha256);
      const read = new X509Certificate(der);
      expect(read.verify(read.publicKey)).toBe(true);
    });

    it(`${anchor.name} is looked into where somebody names it who gives none`, async () => {
      const { extensions } = leafContent(anchor.purpose);
      // AuthorityKeyIdentifier: a SEQUENCE of [0] and 20 bytes (RFC 5280 section 4.2.1.1).
      const value = Buffer.from(`30168014${anchor.subjectKeyIdentifier}`, 'hex');
      const naming = withExtension(extensions, { oid: '2.5.29.35', critical: false, value });
      const named = leaf(anchor.purpose, { extensions: naming });
      const {
        anchor: found,
        findings,
        issuer,
      } = await verifyCertificate(JpkiCertificate.parse(named), {
        purpose: anchor.purpose,
        at,
      });
      expect(issuer?.fingerprintSha256).toBe(anchor.sha256);
      expect(found).toBeUndefined();
      expect(findings.map(({ code }) => code)).toContain('CERTIFICATE_SIGNATURE');
    });

    it(`${anchor.name} is recognised as its anchor and signed by its own key`, async () => {
      expect(await judge(der)).toEqual({
        anchor,
        codes: ['CERTIFICATE_IS_CA', 'CERTIFICATE_KEY_USAGE', 'CERTIFICATE_POLICY'],
      });
    });

    it(`${anchor.name} says what the table of anchors says`, () => {
      const certificate = JpkiCertificate.parse(der);
      expect(certificate.fingerprintSha256).toBe(anchor.sha256);
      expect(certificate.serialNumber).toBe(anchor.serialNumber);
      expect(certificate.subjectKeyIdentifier).toBe(anchor.subjectKeyIdentifier);
      expect(certificate.notBefore.toISOString().slice(0, 10)).toBe(anchor.validFrom);
      expect(certificate.notAfter.toISOString().slice(0, 10)).toBe(anchor.validTo);
      expect(certificate.hierarchy).toBe('production');
      expect(certificate.isCa).toBe(true);
    });

    it(`${anchor.name} with a changed byte is not recognised`, async () => {
      for (const at of [200, 500, der.length - 1]) {
        const changed = der.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x01;
        const { anchor: found, codes } = await judge(changed).catch(() => ({ anchor: undefined, codes: [] }));
        expect(found).toBeUndefined();
        if (codes.length > 0) expect(codes).toEqual(expect.arrayContaining(['ISSUER_NOT_ANCHORED']));
      }
    });
  }
});
