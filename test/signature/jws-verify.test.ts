import * as jose from 'jose';
import { describe, expect, it } from 'vitest';
import { parseCertificate } from '../../src/certificate/certificate.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { createLoginToken, signJws, verifyJws } from '../../src/signature/index.js';
import { issueAuthority, VirtualCard } from '../../src/virtual/index.js';
import { runsOf } from '../support/runs.js';
import { base64, base64url, tokenOf } from './login-support.js';
import { changedInside, changedText, randomFrom } from './mutations.js';
import { anchors, authority, codes, type Signer, signerOf, unlockedCard } from './support.js';

const good = signerOf('sign');
const [leaf, ca] = [base64(good.certificate), base64(good.ca)];
const EXPECTED = { purpose: 'sign', anchors } as const;
const PAYLOAD = new TextEncoder().encode('申請書');
const headerOf = (changes: Record<string, unknown> = {}) => ({ alg: 'RS256', x5c: [leaf, ca], ...changes });

/** The findings about a JWS that is good but for what is given. */
async function findingsOf(changes: Record<string, unknown>, signer = good, hash = 'SHA-256', options = {}) {
  const jws = await tokenOf(JSON.stringify(headerOf(changes)), 'x', signer, hash);
  return codes(await verifyJws(jws, { ...EXPECTED, ...options }));
}

async function signedByJose(alg: string, signer: Signer, header: Record<string, unknown> = {}) {
  const der = base64(signer.privateKey);
  const key = await jose.importPKCS8(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----`, alg);
  return new jose.CompactSign(PAYLOAD).setProtectedHeader({ ...headerOf({ alg }), ...header }).sign(key);
}

describe('a JWS is valid', () => {
  it.each(['auth', 'sign'] as const)('that signJws made with the key %s', async (role) => {
    const header = { typ: 'application/example' };
    const jws = await signJws(await unlockedCard(), role, { hello: '世界' }, { algorithm: 'RS512', header });
    const verdict = await verifyJws(jws, { purpose: role, anchors });
    expect(verdict).toMatchObject({ valid: true, findings: [], algorithm: 'RS512' });
    if (!verdict.valid) return;
    expect(Buffer.from(verdict.payload).toString()).toBe('{"hello":"世界"}');
    expect(verdict.header.get('typ')).toBe('application/example');
    expect(verdict.certificate.der).toEqual(signerOf(role).certificate);
    expect(verdict.certificateVerdict.notChecked).toHaveLength(1);
  });

  it.each(['RS256', 'RS384', 'RS512'])('that jose made with %s', async (alg) => {
    const verdict = await verifyJws(await signedByJose(alg, good), EXPECTED);
    expect(verdict).toMatchObject({ valid: true, algorithm: alg, payload: PAYLOAD });
  });

  it('with parameters that only lead elsewhere, which are not followed', async () => {
    const more = { kid: '1', jku: 'https://127.0.0.1:1/', x5u: 'https://127.0.0.1:1/', jwk: { kty: 'oct' } };
    expect(await verifyJws(await signedByJose('RS256', good, more), EXPECTED)).toMatchObject({ valid: true });
  });

  it('whose CA comes from elsewhere', async () => {
    const jws = await signedByJose('RS256', good, { x5c: [leaf] });
    expect(codes(await verifyJws(jws, EXPECTED))).toEqual(['ISSUER_MISSING']);
    const issuers = [parseCertificate(authority.auth.certificate), parseCertificate(good.ca)];
    expect(await verifyJws(jws, { ...EXPECTED, issuers })).toMatchObject({ valid: true });
    // A CA is believed only under an anchor, wherever it comes from.
    expect((await verifyJws(jws, { purpose: 'sign', issuers })).valid).toBe(false);
  });

  it('with an empty payload', async () => {
    const verdict = await verifyJws(await tokenOf(JSON.stringify(headerOf()), '', good), EXPECTED);
    expect(verdict).toMatchObject({ valid: true, payload: new Uint8Array() });
  });
});

describe('the algorithm', () => {
  it.each(['none', '', 'HS256', 'PS256', 'ES256', 'rs256', ['RS256'], null, undefined])(
    '%o is refused',
    async (alg) => {
      expect(await findingsOf({ alg })).toEqual(['JWS_ALGORITHM']);
    },
  );

  it('HS256 with the public key as the secret is refused', async () => {
    const certificate = JpkiCertificate.parse(good.certificate);
    for (const secret of [certificate.spki, Buffer.from(certificate.toPem()), good.certificate]) {
      const jws = await new jose.CompactSign(PAYLOAD)
        .setProtectedHeader(headerOf({ alg: 'HS256' }))
        .sign(new Uint8Array(secret));
      expect(codes(await verifyJws(jws, EXPECTED))).toEqual(['JWS_ALGORITHM']);
    }
  });

  it('is the one that signed', async () => {
    expect(await findingsOf({}, good, 'SHA-512')).toEqual(['JWS_SIGNATURE']);
    expect(await findingsOf({ alg: 'RS512' })).toEqual(['JWS_SIGNATURE']);
  });
});

describe('the header', () => {
  it.each([{ crit: ['exp'], exp: 1 }, { crit: [] }, { crit: null }, { b64: false }, { b64: true }])(
    'that has to be understood is refused: %o',
    async (more) => {
      expect(await findingsOf(more)).toEqual(['JWS_CRITICAL']);
    },
  );

  it('of an unencoded payload of jose is refused', async () => {
    const jws = await new jose.FlattenedSign(PAYLOAD)
      .setProtectedHeader({ ...headerOf(), b64: false, crit: ['b64'] })
      .sign(
        await crypto.subtle.importKey(
          'pkcs8',
          Buffer.from(good.privateKey),
          { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
          false,
          ['sign'],
        ),
      );
    const verdict = await verifyJws(`${jws.protected}.${base64url(PAYLOAD)}.${jws.signature}`, EXPECTED);
    expect(codes(verdict)).toEqual(['JWS_CRITICAL']);
  });

  it('of a login token is refused: it says nothing but who is here', async () => {
    const token = await createLoginToken(await unlockedCard(), { audience: 'a', nonce: 'n' });
    expect(codes(await verifyJws(token, { purpose: 'auth', anchors }))).toEqual(['JWS_TYPE']);
  });

  it.each(['alg', 'x5c', '\\u0061lg'])('with %s twice is refused', async (name) => {
    const jws = await tokenOf(JSON.stringify(headerOf()).replace('{', `{"${name}":"x",`), 'x', good);
    expect(codes(await verifyJws(jws, EXPECTED))).toEqual(['JWS_REPEATED_NAME']);
  });

  it.each(['', 'null', '[]', '"{}"', '{', '\u{feff}{}'])('is a JSON object, not %s', async (text) => {
    expect(codes(await verifyJws(await tokenOf(text, 'x', good), EXPECTED))).toEqual(['JWS_MALFORMED']);
  });

  it('has at most 32768 characters', async () => {
    expect(await findingsOf({ kid: 'k'.repeat(32_768) })).toEqual(['JWS_MALFORMED']);
  });
});

describe('x5c', () => {
  it.each([
    ['is missing', undefined],
    ['is empty', []],
    ['is a text', leaf],
    ['has a third certificate', [leaf, ca, ca]],
    ['is in base64url', [leaf.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), ca]],
    ['has line breaks', [leaf.replace(/(.{64})/g, '$1\n'), ca]],
    ['has something else', [leaf, 7]],
    ['has a hole', [leaf, null]],
    ['has something behind a certificate', [base64(Buffer.concat([good.certificate, Uint8Array.of(0)])), ca]],
  ])('that %s is refused', async (_name, x5c) => {
    expect(await findingsOf({ x5c })).toEqual(['JWS_CERTIFICATES']);
  });

  it('without the CA is judged, and lacks one', async () => {
    expect(await findingsOf({ x5c: [leaf] })).toEqual(['ISSUER_MISSING']);
  });

  it('of somebody else does not fit the signature', async () => {
    const other = signerOf('sign', await VirtualCard.issue({ authority }));
    expect(await findingsOf({ x5c: [base64(other.certificate), ca] })).toEqual(['JWS_SIGNATURE']);
  });

  it('with a self-made CA of the same name is refused', async () => {
    const own = await issueAuthority();
    const signer = signerOf('sign', await VirtualCard.issue({ authority: own }), own.sign.certificate);
    const x5c = [base64(signer.certificate), base64(signer.ca)];
    expect(await findingsOf({ x5c }, signer)).toEqual(['ISSUER_NOT_ANCHORED']);
    expect(await findingsOf({ x5c: [x5c[0], ca] }, signer)).toEqual(['CERTIFICATE_SIGNATURE']);
  });

  it('of the other key is refused, both ways', async () => {
    const auth = signerOf('auth');
    const x5c = [base64(auth.certificate), base64(auth.ca)];
    const expected = expect.arrayContaining(['ISSUER_OTHER_PURPOSE', 'CERTIFICATE_POLICY']);
    expect(await findingsOf({ x5c }, auth)).toEqual(expected);
    expect(await findingsOf({}, good, 'SHA-256', { purpose: 'auth' })).toEqual(expected);
  });

  it('is believed under the anchors of J-LIS by default, at the moment asked for', async () => {
    expect(await findingsOf({}, good, 'SHA-256', { anchors: undefined })).toEqual(['ISSUER_NOT_ANCHORED']);
    const at = new Date(Date.now() + 100 * 365 * 86_400_000);
    expect(await findingsOf({}, good, 'SHA-256', { at })).toEqual(['CERTIFICATE_EXPIRED', 'ISSUER_EXPIRED']);
  });
});

describe('the form of a JWS', () => {
  it.each([undefined, null, 7, {}, [], '', '.', '..', 'a.b', 'a.b.c.d', '.'.repeat(1000)])(
    'is not %o',
    async (value) => {
      expect(codes(await verifyJws(value as never, EXPECTED))).toEqual(['JWS_MALFORMED']);
    },
  );

  it('has at most 32 Mi characters', async () => {
    const jws = await tokenOf(JSON.stringify(headerOf()), 'x', good);
    const [header = '', , signature = ''] = jws.split('.');
    // 2 characters for the dots; a length of 1 beyond a multiple of 4 is no base64url.
    const room = 2 ** 25 - header.length - signature.length - 2;
    const filled = (length: number) => `${header}.${'A'.repeat(length)}.${signature}`;
    const most = room % 4 === 1 ? room - 1 : room;
    const tooMany = (room + 1) % 4 === 1 ? room + 2 : room + 1;
    expect(codes(await verifyJws(filled(most), EXPECTED))).toEqual(['JWS_SIGNATURE']);
    expect(codes(await verifyJws(filled(tooMany), EXPECTED))).toEqual(['JWS_MALFORMED']);
  });

  it('has no padding, no other alphabet, nothing around it and no fourth part', async () => {
    const jws = await signedByJose('RS256', good);
    const [header, , signature] = jws.split('.');
    for (const text of [
      `${jws}=`,
      ` ${jws}`,
      `${jws}\n`,
      `${jws}.`,
      `${jws}.${signature}`,
      `${header}.${signature}`,
      jws.replace(/[A-Za-z0-9_-]$/, '+'),
      // RFC 4648 section 3.5: "eB" spells the byte of "eA" with a bit too many.
      (await tokenOf(JSON.stringify(headerOf()), 'x', good)).replace('.eA.', '.eB.'),
    ]) {
      expect(codes(await verifyJws(text, EXPECTED)), text.slice(-80)).toEqual(['JWS_MALFORMED']);
    }
  });

  it('a detached payload is not filled in: what is signed is what is there', async () => {
    const [header, , signature] = (await signedByJose('RS256', good)).split('.');
    expect(codes(await verifyJws(`${header}..${signature}`, EXPECTED))).toEqual(['JWS_SIGNATURE']);
  });
});

const COUNT = runsOf(2_000);
const SEED = Number(process.env['JPKI_FUZZ_SEED'] ?? 1);

it(`${COUNT} changed JWS are refused, without an exception and without a payload`, async () => {
  const jws = await signJws(await unlockedCard(), 'sign', 'x'.repeat(300));
  const random = randomFrom(SEED);
  const findings = new Set<string>();
  for (let i = 0; i < COUNT; i++) {
    const text = i % 2 === 0 ? changedText(jws, random) : changedInside(jws, random);
    const verdict = await verifyJws(text, EXPECTED);
    expect(verdict, `seed ${SEED}, number ${i}: ${text}`).not.toHaveProperty('payload');
    for (const { code } of verdict.findings) findings.add(code);
  }
  expect([...findings]).toEqual(
    expect.arrayContaining(['JWS_MALFORMED', 'JWS_CERTIFICATES', 'JWS_SIGNATURE']),
  );
}, 300_000);
