/** What a server spares itself: CA certificates it knows are parsed once, and strangers' are not asked for their keys. */
import crypto from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCertificate } from '../../src/certificate/certificate.js';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { AT, anchorOf, authority, ca, caCertificate, leaf } from './support.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const leafCertificate = JpkiCertificate.parse(leaf('auth'));
const serial = (number: number) => ({ serialNumber: Uint8Array.of(0x12, number) });

describe('a CA certificate', () => {
  it('is parsed once when a verdict has found it among its anchors, and a stranger each time', async () => {
    const issuer = caCertificate('auth');
    const parse = vi.spyOn(JpkiCertificate, 'parse');
    parseCertificate(issuer.der);
    await verifyCertificate(leafCertificate, { purpose: 'auth', issuer, at: AT });
    parseCertificate(issuer.der);
    expect(parse).toHaveBeenCalledTimes(2);
    const anchors = [anchorOf(issuer, 'auth')];
    await verifyCertificate(leafCertificate, { purpose: 'auth', issuer, at: AT, anchors });
    expect(parseCertificate(issuer.der)).toBe(issuer);
    expect(parse).toHaveBeenCalledTimes(2);
  });

  it('is remembered beside fifteen others, and the oldest is forgotten then', async () => {
    const known = [...Array(17).keys()].map((number) => JpkiCertificate.parse(ca('auth', serial(number))));
    for (const issuer of known) {
      const anchors = [anchorOf(issuer, 'auth')];
      await verifyCertificate(leafCertificate, { purpose: 'auth', issuer, at: AT, anchors });
    }
    const [first, ...others] = known;
    for (const other of others) expect(parseCertificate(other.der)).toBe(other);
    expect(parseCertificate(first?.der ?? new Uint8Array(0))).not.toBe(first);
  });

  it('that is no anchor is not asked for its key among others, however many there are', async () => {
    const good = caCertificate('auth');
    const strangers = [...Array(40).keys()].map((number) =>
      JpkiCertificate.parse(ca('auth', serial(number), authority.sign)),
    );
    const asked = vi.spyOn(crypto, 'verify');
    const options = { purpose: 'auth', at: AT, anchors: [anchorOf(good, 'auth')] } as const;
    const issuer = [...strangers, good, ...strangers, good];
    expect(await verifyCertificate(leafCertificate, { ...options, issuer })).toMatchObject({
      trusted: true,
      findings: [],
      issuer: good,
    });
    expect(asked).toHaveBeenCalledTimes(1);
    const untrusted = await verifyCertificate(leafCertificate, { ...options, issuer: strangers });
    expect(untrusted.findings.map(({ code }) => code)).toEqual(['ISSUER_NOT_ANCHORED']);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('that stands alone is asked all the same, so that a forgery is called one', async () => {
    const stranger = JpkiCertificate.parse(ca('auth', {}, authority.sign));
    const { findings } = await verifyCertificate(leafCertificate, {
      purpose: 'auth',
      issuer: stranger,
      at: AT,
    });
    expect(findings.map(({ code }) => code)).toEqual(['ISSUER_NOT_ANCHORED', 'CERTIFICATE_SIGNATURE']);
  });
});
