import * as jose from 'jose';
import { describe, expect, it } from 'vitest';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { signJws, verifyLoginToken } from '../../src/signature/index.js';
import { issueAuthority, VirtualCard } from '../../src/virtual/index.js';
import { base64, base64url, claims, EXPECTED, findingsOf, good, header, tokenOf } from './login-support.js';
import { authority, codes, signerOf, unlockedCard } from './support.js';

describe('algorithm confusion', () => {
  it('none is refused, with and without a signature', async () => {
    for (const alg of ['none', 'None', '']) {
      const input = `${base64url(JSON.stringify(header(good, { alg })))}.${base64url(JSON.stringify(claims()))}`;
      for (const signature of ['', 'AAAA'])
        expect(codes(await verifyLoginToken(`${input}.${signature}`, EXPECTED))).toEqual(['TOKEN_ALGORITHM']);
    }
  });

  it('HS256 with the public key as the secret is refused', async () => {
    const certificate = JpkiCertificate.parse(good.certificate);
    for (const secret of [certificate.spki, Buffer.from(certificate.toPem()), good.certificate]) {
      const token = await new jose.CompactSign(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader(header(good, { alg: 'HS256' }))
        .sign(new Uint8Array(secret));
      expect(codes(await verifyLoginToken(token, EXPECTED))).toEqual(['TOKEN_ALGORITHM']);
    }
  });

  it.each(['PS256', 'ES256', 'EdDSA', 'RS1', 'rs256', 'RS256 ', ['RS256'], null, undefined])(
    '%o is refused',
    async (alg) => {
      expect(await findingsOf({ header: { alg } })).toEqual(['TOKEN_ALGORITHM']);
    },
  );

  it('a header of RS256 on a signature of RS512 is refused, and the other way round', async () => {
    expect(await findingsOf({ hash: 'SHA-512' })).toEqual(['TOKEN_SIGNATURE']);
    expect(await findingsOf({ header: { alg: 'RS512' } })).toEqual(['TOKEN_SIGNATURE']);
  });
});

describe('the header', () => {
  it.each([
    { crit: ['exp'], exp: 1 },
    { crit: [] },
    { b64: false },
    { jku: 'https://evil.example/keys' },
    { jwk: { kty: 'RSA' } },
    { x5u: 'https://evil.example/chain' },
    { kid: '1' },
    { x5t: 'AAAA' },
    { zip: 'DEF' },
    { cty: 'JWT' },
    { __proto__x: 1 },
  ])('has nothing that could lead to another key or meaning: %o', async (more) => {
    expect(await findingsOf({ header: more })).toEqual(['TOKEN_HEADER']);
  });

  it.each([undefined, 'JWT', 'jwt', 'JPKI-LOGIN+JWT', 'application/jpki-login+jwt', 1])(
    'has the type of a login token, not %o',
    async (typ) => {
      expect(await findingsOf({ header: { typ } })).toEqual(['TOKEN_TYPE']);
    },
  );

  it('keeps a JWS that was signed for another use from being a login', async () => {
    const jws = await signJws(await unlockedCard(), 'auth', claims());
    expect(codes(await verifyLoginToken(jws, EXPECTED))).toEqual(['TOKEN_TYPE']);
  });
});

describe('x5c', () => {
  const [leaf, ca] = [base64(good.certificate), base64(good.ca)];
  it.each([
    ['is missing', undefined],
    ['is empty', []],
    ['is a text', leaf],
    ['has no CA', [leaf]],
    ['has a third certificate', [leaf, ca, ca]],
    ['is in base64url', [leaf, ca.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')]],
    ['has line breaks', [leaf.replace(/(.{64})/g, '$1\n'), ca]],
    ['has something else', [leaf, 7]],
    ['has something behind a certificate', [base64(Buffer.concat([good.certificate, Uint8Array.of(0)])), ca]],
  ])('that %s is refused', async (_name, x5c) => {
    expect(await findingsOf({ header: { x5c } })).toEqual(['TOKEN_CERTIFICATES']);
  });

  it('that is reordered is refused', async () => {
    const findings = await findingsOf({ header: { x5c: [ca, leaf] } });
    expect(findings).toEqual(
      expect.arrayContaining(['TOKEN_SIGNATURE', 'CERTIFICATE_IS_CA', 'ISSUER_NOT_ANCHORED']),
    );
  });

  it('with the certificate of somebody else does not fit the signature', async () => {
    const other = signerOf('auth', await VirtualCard.issue({ authority }));
    expect(await findingsOf({ header: { x5c: [base64(other.certificate), ca] } })).toEqual([
      'TOKEN_SIGNATURE',
    ]);
  });

  it('with a self-made CA of the same name is refused', async () => {
    const own = await issueAuthority();
    const signer = signerOf('auth', await VirtualCard.issue({ authority: own }), own.auth.certificate);
    expect(await findingsOf({ signer })).toEqual(['ISSUER_NOT_ANCHORED']);
    const withRealCa = { header: { x5c: [base64(signer.certificate), ca] }, signer };
    expect(await findingsOf(withRealCa)).toEqual(['CERTIFICATE_SIGNATURE']);
  });

  it('of the signature key is refused: it is for documents', async () => {
    const findings = await findingsOf({ signer: signerOf('sign') });
    expect(findings).toEqual(
      expect.arrayContaining(['ISSUER_OTHER_PURPOSE', 'CERTIFICATE_POLICY', 'CERTIFICATE_KEY_USAGE']),
    );
  });

  it('under the anchors of J-LIS is believed by default, and no other', async () => {
    expect(await findingsOf({}, { anchors: undefined })).toEqual(['ISSUER_NOT_ANCHORED']);
  });

  it('is judged at the moment asked for', async () => {
    const at = new Date(Date.now() + 100 * 365 * 86_400_000);
    const seconds = Math.floor(at.getTime() / 1000);
    expect(await findingsOf({ claims: { iat: seconds, exp: seconds + 120 } }, { at })).toEqual([
      'CERTIFICATE_EXPIRED',
      'ISSUER_EXPIRED',
    ]);
  });
});

describe('JSON', () => {
  const repeated = (text: string, name: string) => text.replace(`"${name}"`, `"${name}":"x","${name}"`);

  it.each(['aud', 'nonce', 'iat', 'exp'])('with the claim %s twice is refused', async (name) => {
    const token = await tokenOf(JSON.stringify(header()), repeated(JSON.stringify(claims()), name));
    expect(codes(await verifyLoginToken(token, EXPECTED))).toEqual(['TOKEN_REPEATED_NAME']);
  });

  it.each(['alg', 'typ', 'x5c'])('with the parameter %s twice is refused', async (name) => {
    const token = await tokenOf(repeated(JSON.stringify(header()), name), JSON.stringify(claims()));
    expect(codes(await verifyLoginToken(token, EXPECTED))).toEqual(['TOKEN_REPEATED_NAME']);
  });

  it.each(['', 'null', '[]', '"{}"', '{', '\u{feff}{}'])('that is no object is refused: %s', async (text) => {
    const asClaims = await tokenOf(JSON.stringify(header()), text);
    expect(codes(await verifyLoginToken(asClaims, EXPECTED))).toEqual(['TOKEN_MALFORMED']);
    const asHeader = await tokenOf(text, JSON.stringify(claims()));
    expect(codes(await verifyLoginToken(asHeader, EXPECTED))).toEqual(['TOKEN_MALFORMED']);
  });

  it('gets nothing from a name that every object has', async () => {
    const text = JSON.stringify(claims()).replace('{', '{"__proto__":{"nonce":"other"},');
    const token = await tokenOf(JSON.stringify(header()), text);
    expect((await verifyLoginToken(token, EXPECTED)).valid).toBe(true);
  });
});

describe('the form of a token', () => {
  it.each([undefined, null, 7, {}, [], '', '.', '..', 'a.b', 'a.b.c.d', '....'])(
    'is not %o',
    async (value) => {
      expect(codes(await verifyLoginToken(value as never, EXPECTED))).toEqual(['TOKEN_MALFORMED']);
    },
  );

  it('has no padding, no other alphabet, no spare bits, nothing around it and no fourth part', async () => {
    const good = await tokenOf(JSON.stringify(header()), JSON.stringify(claims()));
    const parts = good.split('.');
    const spare = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`;
    for (const text of [
      `${good}=`,
      ` ${good}`,
      `${good}\n`,
      `${good}.`,
      parts.slice(0, 2).join('.'),
      spare,
    ]) {
      const verdict = await verifyLoginToken(text, EXPECTED);
      expect(verdict.valid).toBe(false);
      expect(['TOKEN_MALFORMED', 'TOKEN_SIGNATURE']).toContain(codes(verdict)[0]);
    }
  });

  it('has at most 16384 characters', async () => {
    const long = await tokenOf(
      JSON.stringify(header()),
      JSON.stringify(claims({ more: 'm'.repeat(12_000) })),
    );
    expect(long.length).toBeGreaterThan(16_384);
    expect(codes(await verifyLoginToken(long, EXPECTED))).toEqual(['TOKEN_MALFORMED']);
  });
});
