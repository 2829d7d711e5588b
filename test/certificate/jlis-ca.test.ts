/** The CA certificates J-LIS publishes, where a copy of them lies beside the project. They are not part of it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { JLIS_TRUST_ANCHORS, JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';

const folder = fileURLToPath(new URL('../../../shared/jlis-ca/', import.meta.url));
const published = existsSync(folder) ? JLIS_TRUST_ANCHORS : [];

describe('the anchors of J-LIS and the published certificates', () => {
  it('are compared where the folder exists', () => {
    expect(published.length).toBe(existsSync(folder) ? 6 : 0);
  });

  for (const anchor of published) {
    const der = new Uint8Array(readFileSync(`${folder}${anchor.name}.cer`));
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
