import { expect, it, vi } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { isSignedBy } from '../../src/certificate/verify.js';
import { CONTENT, rsaSign, signerOf } from './support.js';

it('a key larger than any that is believed is not even tried', async () => {
  const signer = signerOf('auth');
  const certificate = JpkiCertificate.parse(signer.certificate);
  const signature = await rsaSign(signer, 'SHA-256', CONTENT);
  const imported = vi.spyOn(JpkiCertificate.prototype, 'importPublicKey');
  expect(await isSignedBy(certificate, 'SHA-256', signature, CONTENT)).toBe(true);
  imported.mockClear();
  // RSA-4096 has 550 bytes.
  const huge = Object.defineProperty(Object.create(certificate), 'spki', { value: new Uint8Array(1000) });
  expect(await isSignedBy(huge, 'SHA-256', signature, CONTENT)).toBe(false);
  expect(imported).not.toHaveBeenCalled();
});
