import { describe, expect, it } from 'vitest';
import { CMS, HASH_ALGORITHMS, RSA_ENCRYPTION, RSA_SIGNATURES } from '../../src/asn1/oid.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { type CmsVerdict, verifyCms } from '../../src/signature/cms.js';
import * as der from './der-write.js';
import {
  algorithm,
  anchors,
  attribute,
  CONTENT,
  chunks,
  codes,
  craftCms,
  flipped,
  indexOf,
  type MessageCraft,
  rsaSign,
  type SignerCraft,
  sha256,
  signerOf,
  verify,
  verifySigner,
} from './support.js';

describe('signed attributes', () => {
  const attributes = (
    change: Extract<SignerCraft['attributes'], (...args: never) => unknown>,
    options = {},
  ) => verifySigner({ attributes: change }, options);

  it('that were changed do not fit the signature', async () => {
    const cms = await craftCms();
    const type = der.toDer(der.objectIdentifier(CMS.signingTime));
    const seconds = indexOf(cms, type) + type.length + 4 + 11;
    expect(codes(await verifyCms(flipped(cms, seconds), { anchors }))).toEqual(['SIGNATURE']);
  });

  it('without a message digest are refused', async () => {
    expect(codes(await attributes((all) => ({ ...all, messageDigest: [] })))).toEqual([
      'MESSAGE_DIGEST_MISSING',
    ]);
  });

  it('with two message digests are refused, in two attributes and in one', async () => {
    const digest = der.octetString(await sha256(CONTENT));
    const other = der.octetString(await sha256(new Uint8Array(1)));
    const twice = attribute(CMS.messageDigest, digest);
    expect(codes(await attributes((all) => ({ ...all, messageDigest: [twice, twice] })))).toEqual([
      'MESSAGE_DIGEST_REPEATED',
    ]);
    const both = attribute(CMS.messageDigest, digest, other);
    expect(codes(await attributes((all) => ({ ...all, messageDigest: [both] })))).toEqual([
      'MESSAGE_DIGEST_REPEATED',
    ]);
    const none = attribute(CMS.messageDigest);
    expect(codes(await attributes((all) => ({ ...all, messageDigest: [none] })))).toEqual([
      'MESSAGE_DIGEST_REPEATED',
    ]);
    const beside = [attribute(CMS.messageDigest, digest), none];
    expect(codes(await attributes((all) => ({ ...all, messageDigest: beside })))).toEqual([
      'MESSAGE_DIGEST_REPEATED',
    ]);
  });

  it('with the message digest of another hash are refused', async () => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', Buffer.from(CONTENT)));
    const messageDigest = [attribute(CMS.messageDigest, der.octetString(digest))];
    expect(codes(await attributes((all) => ({ ...all, messageDigest })))).toEqual(['MESSAGE_DIGEST_LENGTH']);
  });

  it('with a message digest that is no octet string are refused', async () => {
    const messageDigest = [attribute(CMS.messageDigest, der.nullValue())];
    expect(codes(await attributes((all) => ({ ...all, messageDigest })))).toEqual(['ATTRIBUTE_MALFORMED']);
  });

  it('have to name the content type once, and the right one', async () => {
    const right = attribute(CMS.contentType, der.objectIdentifier(CMS.data));
    const wrong = attribute(CMS.contentType, der.objectIdentifier(CMS.signedData));
    for (const contentType of [[], [right, right], [wrong], [right, wrong]]) {
      expect(codes(await attributes((all) => ({ ...all, contentType })))).toEqual(['CONTENT_TYPE_ATTRIBUTE']);
    }
  });

  it('may leave out the signing time, but not repeat it or break it', async () => {
    const time = attribute(CMS.signingTime, der.time(new Date()));
    const broken = attribute(CMS.signingTime, der.octetString(CONTENT));
    expect((await attributes((all) => ({ ...all, signingTime: [] }))).valid).toBe(true);
    expect(codes(await attributes((all) => ({ ...all, signingTime: [time, time] })))).toEqual([
      'ATTRIBUTE_REPEATED',
    ]);
    expect(codes(await attributes((all) => ({ ...all, signingTime: [broken] })))).toEqual([
      'ATTRIBUTE_MALFORMED',
    ]);
  });

  it('are checked as they stand, in whatever order they were signed', async () => {
    const signer = signerOf('sign');
    const good = der.toDer(
      der.setOf(
        attribute(CMS.contentType, der.objectIdentifier(CMS.data)),
        attribute(CMS.messageDigest, der.octetString(await sha256(CONTENT))),
      ),
    );
    const [header, first, second] = [good.subarray(0, 2), good.subarray(2, 2 + 26), good.subarray(2 + 26)];
    const unsorted = Buffer.concat([header, second, first]);
    const sorted = Buffer.from(good);
    sorted[0] = unsorted[0] = 0xa0;
    const withList = async (list: Buffer) => {
      const cms = Buffer.from(
        await craftCms({
          signers: [
            {
              attributes: (all) => ({ ...all, signingTime: [] }),
              sign: () => rsaSign(signer, 'SHA-256', Buffer.concat([Uint8Array.of(0x31), list.subarray(1)])),
            },
          ],
        }),
      );
      list.copy(cms, indexOf(cms, sorted));
      return verifyCms(cms, { anchors });
    };
    expect((await withList(sorted)).valid).toBe(true);
    expect((await withList(unsorted)).valid).toBe(true);
  });
});

describe('the signing certificate attribute (RFC 5035)', () => {
  const signer = signerOf('sign');
  const withValue = (...more: der.DerPieces[]) => verifySigner({ attributes: (all) => ({ ...all, more }) });
  const named = async (hash: 'SHA-256' | 'SHA-384' | 'SHA-512', of: Uint8Array, explicitHash = true) => {
    const digest = new Uint8Array(await crypto.subtle.digest(hash, Buffer.from(of)));
    const algorithmOf = explicitHash ? [algorithm(HASH_ALGORITHMS[hash])] : [];
    const identifier = der.sequence(...algorithmOf, der.octetString(digest));
    return attribute(CMS.signingCertificateV2, der.sequence(der.sequence(identifier)));
  };

  it.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('is taken with %s', async (hash) => {
    const verdict = await withValue(await named(hash, signer.certificate));
    expect(verdict).toMatchObject({ valid: true, signers: [{ notes: [] }] });
  });

  it('has to name the certificate of the signer', async () => {
    expect(codes(await withValue(await named('SHA-256', signer.ca, false)))).toEqual(['SIGNING_CERTIFICATE']);
    expect(codes(await withValue(await named('SHA-512', signer.ca)))).toEqual(['SIGNING_CERTIFICATE']);
  });

  it('is refused where it names another issuer or serial number', async () => {
    const directoryName = der.explicit(4, der.ready(JpkiCertificate.parse(signer.certificate).issuer.der));
    const identifier = der.sequence(
      der.octetString(await sha256(signer.certificate)),
      der.sequence(der.sequence(directoryName), der.positiveInteger(Uint8Array.of(1))),
    );
    const value = attribute(CMS.signingCertificateV2, der.sequence(der.sequence(identifier)));
    expect(codes(await withValue(value))).toEqual(['SIGNING_CERTIFICATE']);
  });

  it('is refused when repeated or broken', async () => {
    const good = await named('SHA-256', signer.certificate);
    expect(codes(await withValue(good, good))).toEqual(['ATTRIBUTE_REPEATED']);
    const broken = attribute(CMS.signingCertificateV2, der.sequence());
    expect(codes(await withValue(broken))).toEqual(['ATTRIBUTE_MALFORMED']);
  });
});

describe('the algorithms among the signed attributes (RFC 6211)', () => {
  const { 'SHA-256': sha256Oid, 'SHA-512': sha512Oid } = HASH_ALGORITHMS;
  const signature = RSA_SIGNATURES['SHA-256'];
  const value = (digest: string, signed: string, tag = 1, ...parameters: der.DerPieces[]) =>
    der.sequence(
      algorithm(digest, ...parameters),
      der.implicitSequence(tag, der.objectIdentifier(signed), ...parameters),
    );
  const good = value(sha256Oid, signature);

  it.each<readonly [string, der.DerPieces[], string[]]>([
    ['are those of the signer', [good], []],
    ['have parameters that are NULL', [value(sha256Oid, signature, 1, der.nullValue())], []],
    ['are of another hash', [value(sha512Oid, signature)], ['ALGORITHM_PROTECTION']],
    ['are of another signature', [value(sha256Oid, RSA_ENCRYPTION)], ['ALGORITHM_PROTECTION']],
    [
      'have parameters that the signer has not',
      [value(sha256Oid, signature, 1, der.sequence())],
      ['ALGORITHM_PROTECTION'],
    ],
    ['are those of a message with a MAC', [value(sha256Oid, signature, 2)], ['ATTRIBUTE_MALFORMED']],
    ['are one', [der.sequence(algorithm(sha256Oid))], ['ATTRIBUTE_MALFORMED']],
    ['are there twice', [good, good], ['ATTRIBUTE_REPEATED']],
  ])('%s', async (_name, values, expected) => {
    const more = [attribute(CMS.algorithmProtection, ...values)];
    expect(codes(await verifySigner({ attributes: (all) => ({ ...all, more }) }))).toEqual(expected);
  });
});

describe('a message without signed attributes', () => {
  const craft: MessageCraft = { signers: [{ attributes: 'none' }] };

  it('is checked against the content itself, and noted', async () => {
    const verdict = await verify(craft);
    expect(verdict.valid).toBe(true);
    expect(verdict.signers[0]?.notes.map(({ code }) => code)).toEqual(['SIGNED_ATTRIBUTES_ABSENT']);
    expect(codes(await verify({ ...craft, attached: flipped(CONTENT, 0) }))).toEqual(['SIGNATURE']);
    expect((await verify({ ...craft, attached: 'none' }, { content: CONTENT })).valid).toBe(true);
  });

  it.each([
    ['whole', (content: Uint8Array) => content],
    ['in a chunk', (content: Uint8Array) => chunks(content)],
    ['in bytes', (content: Uint8Array) => chunks(...Array.from(content, (byte) => Uint8Array.of(byte)))],
  ])('is checked against a content beside it, %s', async (_name, given) => {
    const detached = await craftCms({ ...craft, attached: 'none' });
    const verdict = async (content: Uint8Array) =>
      codes(await verifyCms(detached, { anchors, content: given(content) }));
    expect(await verdict(CONTENT)).toEqual([]);
    expect(await verdict(flipped(CONTENT, 0))).toEqual(['SIGNATURE']);
    expect(await verdict(new Uint8Array())).toEqual(['SIGNATURE']);
    const list = der.toDer(der.setOf(attribute(CMS.contentType, der.objectIdentifier(CMS.data))));
    expect(await verdict(list)).toEqual(['CONTENT_IS_ATTRIBUTES', 'SIGNATURE']);
  });

  it('is checked beside others, against what was hashed for them', async () => {
    const both: MessageCraft = { signers: [{}, { attributes: 'none' }], attached: 'none' };
    expect((await verify(both, { content: chunks(CONTENT) })).valid).toBe(true);
    expect(codes(await verify(both, { content: chunks(flipped(CONTENT, 0)) })).sort()).toEqual([
      'MESSAGE_DIGEST',
      'SIGNATURE',
    ]);
  });

  it('needs its content, of which up to 16 MiB of a stream are kept', async () => {
    expect(codes(await verify({ ...craft, attached: 'none' }))).toEqual(['CONTENT_MISSING']);
    const content = new Uint8Array(16 * 1024 * 1024);
    for (const [more, expected] of [
      [0, []],
      [1, ['CONTENT_NOT_WHOLE']],
    ] as const) {
      const whole = new Uint8Array(content.length + more);
      const detached = await craftCms({ ...craft, content: whole, attached: 'none' });
      const given = chunks(content, new Uint8Array(more));
      expect(codes(await verifyCms(detached, { anchors, content: given }))).toEqual(expected);
    }
  });

  it('cannot be made of the attributes of another message', async () => {
    const signer = signerOf('sign');
    const list = [
      attribute(CMS.contentType, der.objectIdentifier(CMS.data)),
      attribute(CMS.messageDigest, der.octetString(await sha256(CONTENT))),
    ];
    const signedElsewhere = der.toDer(der.setOf(...list));
    const signature = await rsaSign(signer, 'SHA-256', signedElsewhere);
    const forged = {
      signers: [{ attributes: 'none' as const, sign: async () => signature }],
      content: signedElsewhere,
    };
    expect(codes(await verify(forged))).toEqual(['CONTENT_IS_ATTRIBUTES']);
  });

  it('may well start with the digit 1', async () => {
    const content = new TextEncoder().encode('1. 目的');
    expect((await verify({ ...craft, content })).valid).toBe(true);
  });
});

describe('what is worth knowing', () => {
  /** An attribute as it stands among the unsigned ones. */
  const unsigned = (type: string) => der.implicitSetOf(1, attribute(type, der.nullValue()));
  const OCSP = '1.2.840.113583.1.1.8';
  const time = (moment: string): SignerCraft => ({
    attributes: (all) => ({ ...all, signingTime: [attribute(CMS.signingTime, der.time(new Date(moment)))] }),
  });

  it.each<[string, MessageCraft, string[]]>([
    [
      'a signing time before the certificate',
      { signers: [time('2001-02-03')] },
      ['SIGNING_TIME_OUTSIDE_CERTIFICATE'],
    ],
    ['a signing time after it', { signers: [time('2099-02-03')] }, ['SIGNING_TIME_OUTSIDE_CERTIFICATE']],
    [
      'a timestamp (RFC 5126 section 6.1.1)',
      { signers: [{ more: [unsigned('1.2.840.113549.1.9.16.2.14')] }] },
      ['TIMESTAMP_NOT_CHECKED'],
    ],
    [
      'revocation values (RFC 5126 section 6.3.4)',
      { signers: [{ more: [unsigned('1.2.840.113549.1.9.16.2.24')] }] },
      ['REVOCATION_DATA_NOT_CHECKED'],
    ],
    [
      'revocation data among the signed attributes, as in a PDF (ISO 32000-1 section 12.8.3.3.2)',
      { signers: [{ attributes: (all) => ({ ...all, more: [attribute(OCSP, der.sequence())] }) }] },
      ['REVOCATION_DATA_NOT_CHECKED'],
    ],
    [
      'a countersignature (RFC 5652 section 11.4)',
      { signers: [{ more: [unsigned('1.2.840.113549.1.9.6')] }] },
      ['UNSIGNED_ATTRIBUTES_NOT_CHECKED'],
    ],
    [
      'unsigned attributes that cannot be read',
      { signers: [{ more: [der.implicitSetOf(1, der.nullValue())] }] },
      ['UNSIGNED_ATTRIBUTES_NOT_CHECKED'],
    ],
    [
      'revocation lists of the message (RFC 5652 section 5.1)',
      { more: [der.implicitSetOf(1, der.sequence())] },
      ['REVOCATION_DATA_NOT_CHECKED'],
    ],
  ])('%s is told, and nothing wrong', async (_name, craft, expected) => {
    const good = await verify(craft);
    expect(codes(good)).toEqual([]);
    const told = (verdict: CmsVerdict) =>
      verdict.notes.map(({ code }) => code).filter((code) => code !== 'SIGNING_CERTIFICATE_ABSENT');
    expect(told(good)).toEqual(expected);
    const bad = await verify({ ...craft, attached: flipped(CONTENT, 0) });
    expect(codes(bad)).toEqual(['MESSAGE_DIGEST']);
    expect(told(bad)).toEqual(expected);
  });
});
