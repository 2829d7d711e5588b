import * as jose from 'jose';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { createLoginToken, verifyLoginToken } from '../../src/signature/index.js';
import {
  AUDIENCE,
  base64,
  claims,
  EXPECTED,
  findingsOf,
  good,
  header,
  NONCE,
  now,
  tokenOf,
} from './login-support.js';
import { codes, openCard, unlockedCard } from './support.js';

const pem = (pkcs8: Uint8Array) =>
  `-----BEGIN PRIVATE KEY-----\n${base64(pkcs8)}\n-----END PRIVATE KEY-----\n`;

describe('a login token made with the card', () => {
  it('is valid for the audience and the nonce it was made for', async () => {
    const token = await createLoginToken(await unlockedCard(), { audience: AUDIENCE, nonce: NONCE });
    const verdict = await verifyLoginToken(token, EXPECTED);
    if (!verdict.valid) throw new Error(String(codes(verdict)));
    expect(verdict.certificate.der).toEqual(good.certificate);
    expect(verdict.claims).toMatchObject({ audience: AUDIENCE, nonce: NONCE });
    expect(Number(verdict.claims.expiresAt) - Number(verdict.claims.issuedAt)).toBe(120_000);
    expect(verdict.certificateVerdict.notChecked[0]?.en).toMatch(/revoked/);
  });

  it('has the same subject every time: serial number and issuer', async () => {
    const applet = await unlockedCard();
    const subjects = new Set<unknown>();
    for (let i = 0; i < 2; i++) {
      const token = await createLoginToken(applet, { audience: AUDIENCE, nonce: NONCE });
      const verdict = await verifyLoginToken(token, EXPECTED);
      subjects.add(verdict.valid && verdict.subject);
    }
    const { serialNumber, issuer } = JpkiCertificate.parse(good.certificate);
    expect([...subjects]).toEqual([`${serialNumber}@${issuer}`]);
  });

  it('is a JWT that jose verifies, with the claims aud, nonce, iat and exp', async () => {
    const token = await createLoginToken(await unlockedCard(), {
      audience: AUDIENCE,
      nonce: NONCE,
      expiresInSeconds: 60,
    });
    const key = await jose.importX509(JpkiCertificate.parse(good.certificate).toPem(), 'RS256');
    const { payload } = await jose.jwtVerify(token, key, { audience: AUDIENCE, typ: 'jpki-login+jwt' });
    expect(payload).toEqual({ aud: AUDIENCE, nonce: NONCE, iat: payload.iat, exp: (payload.iat ?? 0) + 60 });
    expect(Math.abs((payload.iat ?? 0) - now())).toBeLessThan(30);
  });

  it('is made after the PIN only, and with the authentication key', async () => {
    const challenge = { audience: AUDIENCE, nonce: NONCE };
    await expect(createLoginToken(await openCard(), challenge)).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'auth',
    });
  });

  it.each([
    { audience: '', nonce: NONCE },
    { audience: AUDIENCE, nonce: '' },
    { audience: AUDIENCE, nonce: undefined },
    { audience: AUDIENCE, nonce: 'n'.repeat(16_384) },
    { audience: AUDIENCE, nonce: NONCE, expiresInSeconds: 0 },
    { audience: AUDIENCE, nonce: NONCE, expiresInSeconds: 1.5 },
    { audience: AUDIENCE, nonce: NONCE, expiresInSeconds: Number.POSITIVE_INFINITY },
  ])('is not made of %o', async (options) => {
    await expect(createLoginToken(await unlockedCard(), options as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a token made by another program', () => {
  it.each(['RS256', 'RS384', 'RS512'])('with %s is valid', async (alg) => {
    const key = await jose.importPKCS8(pem(good.privateKey), alg);
    const token = await new jose.CompactSign(Buffer.from(JSON.stringify(claims())))
      .setProtectedHeader(header(good, { alg }))
      .sign(key);
    expect((await verifyLoginToken(token, EXPECTED)).valid).toBe(true);
  });

  it('may have further claims', async () => {
    expect(await findingsOf({ claims: { device: 'kiosk 4' } })).toEqual([]);
  });
});

describe('audience and nonce', () => {
  it.each([
    undefined,
    '',
    `${AUDIENCE}/`,
    AUDIENCE.toUpperCase(),
    [AUDIENCE],
    [AUDIENCE, 'https://evil.example'],
    1,
    true,
  ])('the audience %o is not the exact one', async (aud) => {
    expect(await findingsOf({ claims: { aud } })).toEqual(['TOKEN_AUDIENCE']);
  });

  it.each([undefined, '', `${NONCE} `, NONCE.slice(0, -1), NONCE.toLowerCase(), [NONCE], null])(
    'the nonce %o is not the exact one',
    async (nonce) => {
      expect(await findingsOf({ claims: { nonce } })).toEqual(['TOKEN_NONCE']);
    },
  );

  it.each([
    { audience: undefined },
    { nonce: undefined },
    { audience: '' },
    { nonce: '' },
    { audience: [AUDIENCE] },
    { at: new Date(Number.NaN) },
    { maxAgeSeconds: -1 },
    { maxAgeSeconds: Number.NaN },
  ])('a server that forgets one is told, and nothing is accepted: %o', async (options) => {
    await expect(findingsOf({}, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('time, with clocks at most 30 seconds apart', () => {
  const issued = now();
  const at = (seconds: number) => new Date((issued + seconds) * 1000);
  const check = (seconds: number, changes = {}, options = {}) =>
    findingsOf({ claims: { iat: issued, exp: issued + 120, ...changes } }, { at: at(seconds), ...options });

  it('a token is accepted until the second before it expires', async () => {
    expect(await check(120 + 29)).toEqual([]);
    expect(await check(120 + 30)).toEqual(['TOKEN_EXPIRED']);
  });

  it('a token made 30 seconds ahead is accepted, 31 not', async () => {
    expect(await check(-30)).toEqual([]);
    expect(await check(-31)).toEqual(['TOKEN_NOT_YET_VALID']);
  });

  it('a token is accepted until it has the greatest age, whatever it says itself', async () => {
    expect(await check(300 + 30, { exp: issued + 9999 })).toEqual([]);
    expect(await check(300 + 31, { exp: issued + 9999 })).toEqual(['TOKEN_TOO_OLD']);
    expect(await check(10 + 31, {}, { maxAgeSeconds: 10 })).toEqual(['TOKEN_TOO_OLD']);
    expect(await check(10 + 30, {}, { maxAgeSeconds: 10 })).toEqual([]);
  });

  it('a token that is not to be used before a moment is refused before it', async () => {
    expect(await check(0, { nbf: issued + 31 })).toEqual(['TOKEN_NOT_YET_VALID']);
    expect(await check(0, { nbf: issued + 30 })).toEqual([]);
  });

  it.each([
    { iat: undefined },
    { exp: undefined },
    { iat: '1' },
    { exp: '99999999999' },
    { exp: 1e300 },
    { exp: 8_640_000_000_001 },
    { iat: -1 },
    { exp: 1.5 },
    { iat: null },
    { nbf: 'soon' },
    { exp: [9] },
  ])('a token without both times in whole seconds is refused: %o', async (changes) => {
    expect(await check(0, changes)).toEqual(['TOKEN_TIMES']);
  });
});

it('an invalid verdict has no subject, no certificate and no claims', async () => {
  const verdict = await verifyLoginToken(await tokenOf(JSON.stringify(header()), JSON.stringify(claims())), {
    ...EXPECTED,
    nonce: 'another',
  });
  expect(Object.keys(verdict).sort()).toEqual(['findings', 'valid']);
});

it('only a verdict whose validity was asked for has a subject, for the compiler too', async () => {
  const verdict = await verifyLoginToken('', EXPECTED);
  // @ts-expect-error: an invalid verdict has none
  expect(verdict.subject).toBeUndefined();
  // @ts-expect-error: nor has it a certificate
  expect(verdict.certificate).toBeUndefined();
});
