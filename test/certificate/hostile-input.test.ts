/** Whatever the bytes, the answer is a certificate or a JpkiError, soon, and nothing is kept. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { JpkiError } from '../../src/errors.js';
import { runsOf } from '../support/runs.js';
import { AT, anchorOf, ca, leaf } from './support.js';
import { OPENSSL_AUTH, OPENSSL_SIGN, OPENSSL_SIGN_CA } from './vectors.js';

const LIMIT_MS = 50;
const MUTATIONS = runsOf(20_000);
const SEED = Number(process.env['JPKI_FUZZ_SEED'] ?? 20260401);

/** Parses and reads everything; returns the certificate, or `undefined` when it was refused. */
function readAll(der: Uint8Array): JpkiCertificate | undefined {
  try {
    const certificate = JpkiCertificate.parse(der);
    JSON.stringify([certificate, certificate.holder, certificate.toPem(), certificate.spki.length]);
    certificate.daysLeft(AT);
    return certificate;
  } catch (error) {
    if (error instanceof JpkiError && error.code === 'CERTIFICATE_INVALID') return undefined;
    throw error;
  }
}

/** Milliseconds that the processor has worked for this process, which do not grow when others keep it busy. */
function worked(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Milliseconds of work for one reading. A slow one is measured again: garbage may have been collected meanwhile. */
function timed(der: Uint8Array): number {
  const measure = (): number => {
    const started = worked();
    readAll(der);
    return worked() - started;
  };
  const first = measure();
  return first < LIMIT_MS ? first : Math.min(measure(), measure());
}

/** A generator that gives the same numbers in every run (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** One to three changes: a bit, a byte, a byte gone, a byte more, a stretch copied elsewhere, a length made huge. */
function mutate(der: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = [...der];
  for (let changes = 1 + random(3); changes > 0; changes--) {
    const at = random(bytes.length);
    switch (random(6)) {
      case 0:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
        break;
      case 1:
        bytes[at] = random(256);
        break;
      case 2:
        bytes.splice(at, 1);
        break;
      case 3:
        bytes.splice(at, 0, random(256));
        break;
      case 4: {
        const stretch = bytes.slice(at, at + random(64));
        const to = random(bytes.length);
        bytes = [...bytes.slice(0, to), ...stretch, ...bytes.slice(to + stretch.length)];
        break;
      }
      default:
        bytes.splice(at, 2, 0x83, 0xff, 0xff);
    }
  }
  return Uint8Array.from(bytes);
}

const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
};

describe('hostile bytes', () => {
  it.each([
    ['signature', OPENSSL_SIGN],
    ['authentication', OPENSSL_AUTH],
    ['CA', OPENSSL_SIGN_CA],
  ])('of a %s certificate cut off anywhere are refused', (_, der) => {
    for (let length = 0; length < der.length; length++) {
      expect(readAll(der.subarray(0, length)), `${length} bytes`).toBeUndefined();
    }
  });

  it(`from ${MUTATIONS} random changes end in a certificate or a JpkiError, each within ${LIMIT_MS} ms`, () => {
    const random = randomNumbers(SEED);
    const sources = [OPENSSL_SIGN, OPENSSL_AUTH, OPENSSL_SIGN_CA];
    let slowest = 0;
    let before = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      if (i === Math.floor(MUTATIONS / 10)) {
        collectGarbage();
        before = process.memoryUsage().heapUsed;
      }
      const source = sources[i % sources.length] ?? OPENSSL_SIGN;
      slowest = Math.max(slowest, timed(mutate(source, random)));
    }
    collectGarbage();
    expect(slowest).toBeLessThan(LIMIT_MS);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
  });

  it('from 3000 random changes are never believed, unless nothing changed', async () => {
    const random = randomNumbers(7);
    const issuer = JpkiCertificate.parse(OPENSSL_SIGN_CA);
    const anchors = [anchorOf(issuer, 'sign')];
    const original = JpkiCertificate.parse(OPENSSL_SIGN).fingerprintSha256;
    let judged = 0;
    for (let i = 0; i < 3000; i++) {
      const certificate = readAll(mutate(OPENSSL_SIGN, random));
      if (!certificate || certificate.fingerprintSha256 === original) continue;
      judged += 1;
      const verdict = await verifyCertificate(certificate, { purpose: 'sign', issuer, anchors, at: AT });
      expect(verdict.trusted).toBe(false);
    }
    expect(judged).toBeGreaterThan(300);
  });

  it.each([
    ['many small values', (size: number) => filled(size, [5, 0])],
    ['many nested values', (size: number) => nested(size)],
    ['one enormous text', (size: number) => filled(size, [0x41])],
    ['a tag and a length over and over', (size: number) => filled(size, [0x30, 0x80])],
    ['lengths that promise 16 MB', (size: number) => filled(size, [0x30, 0x83, 0xff, 0xff, 0xff])],
  ])('of 64 KB made of %s are refused at once', (_, make) => {
    const bytes = make(65_530);
    expect(timed(bytes)).toBeLessThan(LIMIT_MS);
    expect(readAll(bytes)).toBeUndefined();
  });

  it.each([
    ['a name that is all escapes', { issuer: [['OU', ',\u202e'.repeat(10_000)]] as const }],
    [
      'a name of a thousand parts',
      { issuer: Array.from({ length: 1000 }, () => ['OU', 'x'.repeat(40)] as const) },
    ],
    [
      'a thousand extensions',
      {
        extensions: Array.from({ length: 1000 }, (_, i) => ({
          oid: `1.2.3.${i}`,
          value: Uint8Array.of(5, 0),
        })),
      },
    ],
  ])('that are a certificate with %s are read in time', (_, changes) => {
    const der = leaf('sign', changes);
    expect(timed(der)).toBeLessThan(LIMIT_MS);
    expect(readAll(der)).toBeDefined();
  });

  it('with a CA key of 16384 bits cost no arithmetic', async () => {
    const modulus = new forge.jsbn.BigInteger('f'.repeat(4096), 16);
    const key = forge.pki.setRsaPublicKey(modulus, new forge.jsbn.BigInteger('65537'));
    const publicKey = Uint8Array.from(
      Buffer.from(forge.asn1.toDer(forge.pki.publicKeyToAsn1(key)).toHex(), 'hex'),
    );
    const issuer = JpkiCertificate.parse(ca('sign', { publicKey }));
    const certificate = JpkiCertificate.parse(leaf('sign'));
    const started = worked();
    const verdict = await verifyCertificate(certificate, {
      purpose: 'sign',
      issuer,
      at: AT,
    });
    expect(worked() - started).toBeLessThan(LIMIT_MS);
    expect(verdict.findings.map(({ code }) => code)).toEqual(['ISSUER_NOT_ANCHORED', 'ISSUER_KEY']);
  });
});

function filled(size: number, unit: readonly number[]): Uint8Array {
  const header = [0x30, 0x82, (size - 4) >> 8, (size - 4) & 0xff];
  return Uint8Array.from({ length: size }, (_, i) => header[i] ?? unit[(i - 4) % unit.length] ?? 0);
}

function nested(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i + 4 <= size; i += 4)
    bytes.set([0x30, 0x82, (size - i - 4) >> 8, (size - i - 4) & 0xff], i);
  return bytes;
}
