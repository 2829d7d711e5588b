/** The certificates of J-LIS are not part of the project: others of which the fingerprints are pinned stand in for them. */
import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { redactCertificate, StandIns } from '../../src/transcript/redact-certificate.js';
import { OPENSSL_AUTH_CA, OPENSSL_SIGN_CA } from '../certificate/vectors.js';

vi.mock('../../src/certificate/trust-anchors.js', async (original) => {
  const { OPENSSL_SIGN_CA: pinned } = await import('../certificate/vectors.js');
  const sha256 = createHash('sha256').update(pinned).digest('hex');
  const anchor = { name: 'openssl', purpose: 'sign', sha256 };
  return { ...(await original<object>()), JLIS_TRUST_ANCHORS: [anchor] };
});

test('a CA certificate of which the fingerprint is pinned is recorded as it is', () => {
  expect(redactCertificate(OPENSSL_SIGN_CA, new StandIns())).toEqual(OPENSSL_SIGN_CA);
});

test('a pinned CA certificate that is not the same to the byte is redacted as any other', () => {
  const changed = OPENSSL_SIGN_CA.slice();
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const der of [changed, OPENSSL_AUTH_CA])
    expect(Buffer.from(redactCertificate(der, new StandIns()) ?? der).includes('JPKI')).toBe(false);
});
