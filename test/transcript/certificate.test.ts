import { X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { JLIS_TRUST_ANCHORS, JpkiCertificate } from '../../src/certificate/index.js';
import { redactCertificate, StandIns } from '../../src/transcript/redact-certificate.js';
import { type IssuedCredentials, issueCredentials } from '../../src/virtual/issuance.js';
import { type CertificateContent, issueCertificate } from '../../src/virtual/issue-certificate.js';

const HOLDER = {
  name: '見本𠮷　アÑA子',
  nameSubstitutes: '00100000',
  sex: 'female',
  birthDate: '319871203',
  address: '架空県見本市例示町1-2-3 ﾒｿﾞﾝ４０１号',
} as const;

let issued: IssuedCredentials;
let sign: Uint8Array;

beforeAll(async () => {
  issued = await issueCredentials({ holder: HOLDER, notBefore: new Date('2024-03-05T06:07:08Z') });
  sign = issued.certificates.sign ?? new Uint8Array(0);
});

const redact = (der: Uint8Array, standIns = new StandIns()): Uint8Array => {
  const redacted = redactCertificate(der, standIns);
  expect(redacted).toBeDefined();
  return redacted ?? new Uint8Array(0);
};

interface Leaf {
  readonly tag: number;
  readonly content: string;
  /** Position of the leaf in its certificate, as the numbers of its ancestors. */
  readonly path: string;
}

/** Every primitive value, by a parser that is not ours; strings that hold a SEQUENCE or a string are looked into. */
function leaves(value: asn1js.BaseBlock, path = ''): Leaf[] {
  const { tagClass, tagNumber, isConstructed } = value.idBlock;
  const inside = (value.valueBlock as unknown as { value?: unknown }).value;
  const children: unknown[] = Array.isArray(inside) ? inside : [];
  const [first] = children;
  const open = isConstructed || first instanceof asn1js.Sequence || first instanceof asn1js.OctetString;
  if (open) return (children as asn1js.BaseBlock[]).flatMap((child, i) => leaves(child, `${path}.${i}`));
  const content = Buffer.from(
    value.valueBeforeDecodeView.subarray(value.idBlock.blockLength + value.lenBlock.blockLength),
  );
  return [{ tag: (tagClass - 1) * 64 + tagNumber, content: content.toString('hex'), path }];
}

function parse(der: Uint8Array): asn1js.BaseBlock {
  const { result, offset } = asn1js.fromBER(der);
  expect(offset).toBe(der.length);
  return result;
}

/** Type, place and length of each value: what a redaction must not change. */
const shape = (der: Uint8Array): string[] =>
  leaves(parse(der)).map(({ tag, content, path }) => `${path} ${tag} ${content.length}`);

describe('a redacted certificate', () => {
  test('has the structure of the original, and the same length throughout', () => {
    for (const der of [issued.certificates.auth, sign]) expect(shape(redact(der))).toEqual(shape(der));
  });

  test('is read by two parsers, and says nothing of the holder', () => {
    const certificate = JpkiCertificate.parse(redact(sign));
    expect(certificate.role).toBe('sign');
    expect(certificate.holder).toMatchObject({
      name: '〇〇𝟘　〇Ø0〇',
      nameSubstitutes: [],
      sex: 'unknown',
      birthDate: { encoded: '000000000', year: undefined, month: undefined, day: undefined },
      address: '〇〇〇〇〇〇〇〇〇000000〇〇〇〇〇〇〇〇',
      addressSubstitutes: [],
    });
    const x509 = new X509Certificate(redact(sign));
    expect(x509.subject).toBe(`C=JP\nL=000000000\nL=000000000\nCN=${'0'.repeat(23)}`);
    expect(x509.issuer).toBe(new X509Certificate(sign).issuer);
    expect(x509.publicKey.asymmetricKeyDetails).toMatchObject({
      modulusLength: 2048,
      publicExponent: 65537n,
    });
    expect(x509.serialNumber).not.toBe(new X509Certificate(sign).serialNumber);
  });

  test('is valid for whole years, because the last day is a birthday', () => {
    const { notBefore, notAfter } = JpkiCertificate.parse(redact(sign));
    expect(JpkiCertificate.parse(sign).notAfter.toISOString()).toBe('2028-12-03T14:59:59.000Z');
    expect([notBefore.toISOString(), notAfter.toISOString()]).toEqual([
      '2024-01-01T00:00:00.000Z',
      '2028-12-31T23:59:59.000Z',
    ]);
  });

  test('keeps no value except those that every holder shares', () => {
    for (const der of [issued.certificates.auth, sign]) {
      const after = new Map(leaves(parse(redact(der))).map(({ path, content }) => [path, content]));
      const kept = leaves(parse(der)).filter(({ path, content }) => after.get(path) === content);
      // The first field of what is signed is the version; the issuer is the fourth.
      const issuer = leaves(parse(der)).filter(({ path }) => path.startsWith('.0.3.'));
      const shared = new Set(issuer.map(({ content }) => content));
      const personal = kept.filter(
        ({ tag, content }) =>
          // BOOLEAN, NULL, OBJECT IDENTIFIER; version, exponent, key usages
          ![1, 5, 6].includes(tag) &&
          !shared.has(content) &&
          !['02', '010001', '03020780', '030206c0'].includes(content),
      );
      expect(personal.filter(({ content }) => content !== '' && !/^(?:30)+$/.test(content))).toEqual([]);
      expect(kept.length).toBeGreaterThan(20);
    }
  });

  test('has the same stand-ins wherever the same value stands, and others in the next recording', () => {
    const standIns = new StandIns();
    expect(redact(sign, standIns)).toEqual(redact(sign, standIns));
    expect(redact(sign, standIns)).not.toEqual(redact(sign));
    const other = issueCertificate({
      serialNumber: Uint8Array.of(0x41, 2, 3, 4),
      issuer: [['O', 'JPKI-VIRTUAL']],
      subject: [['CN', '1']],
      notBefore: new Date('2024-01-01'),
      notAfter: new Date('2025-01-01'),
      publicKey: issued.authority.sign.publicKey,
      extensions: [],
      issuerKey: issued.authority.sign.privateKey,
    });
    const modulus = (der: Uint8Array): string | undefined =>
      new X509Certificate(der).publicKey.export({ format: 'jwk' }).n;
    expect(modulus(redact(other, standIns))).toBe(modulus(redact(other, standIns)));
    expect(modulus(redact(other, standIns))).not.toBe(modulus(other));
  });

  test('is no CA certificate either, whatever it claims to be', () => {
    const { certificate, name, publicKey, privateKey } = issued.authority.auth;
    const [jlis] = JLIS_TRUST_ANCHORS.slice(-1);
    const jlisName = [
      ['C', 'JP'],
      ['O', 'JPKI'],
      ['OU', 'JPKI for user authentication'],
      ['OU', 'Japan Agency for Local Authority Information Systems'],
    ] as const;
    const isCa = { oid: '2.5.29.19', critical: true, value: Uint8Array.of(0x30, 0x03, 0x01, 0x01, 0xff) };
    const signed = (changes: Partial<CertificateContent>): Uint8Array =>
      issueCertificate({
        serialNumber: Buffer.from(jlis?.serialNumber ?? '', 'hex'),
        issuer: jlisName,
        subject: jlisName,
        notBefore: new Date('2024-01-01'),
        notAfter: new Date('2025-01-01'),
        publicKey,
        extensions: [isCa],
        issuerKey: privateKey,
        ...changes,
      });
    for (const [what, der] of [
      ["a virtual card's own CA", certificate],
      ['a CA with every name and number of one of J-LIS', signed({})],
      [
        'a certificate that names J-LIS as its issuer',
        signed({ subject: [['O', '見本子']], extensions: [] }),
      ],
      ['a self-signed CA of the holder', signed({ issuer: [['O', '見本子']], subject: [['O', '見本子']] })],
      ['one with its own name and no flag', signed({ issuer: name, subject: name, extensions: [] })],
    ] as const) {
      const redacted = redact(der);
      const x509 = new X509Certificate(redacted);
      expect(Buffer.from(redacted).includes('見本子'), what).toBe(false);
      expect(x509.subject, what).not.toMatch(/JPKI|Japan|card/);
      expect(x509.serialNumber, what).not.toBe(new X509Certificate(der).serialNumber);
      expect(x509.publicKey.export({ format: 'jwk' }).n, what).not.toBe(
        new X509Certificate(der).publicKey.export({ format: 'jwk' }).n,
      );
      expect(x509.validFrom, what).toMatch(/^Jan {2}1 00:00:00 /);
    }
  });

  test('keeps of the issuer only country, organization and unit', () => {
    const der = issueCertificate({
      serialNumber: Uint8Array.of(1),
      issuer: [
        ['O', 'JPKI'],
        ['L', '見本市'],
        ['CN', '見本子'],
      ],
      subject: [
        ['O', 'JPKI'],
        ['OU', '見本課'],
        ['CN', '見本子'],
      ],
      notBefore: new Date('2024-01-01'),
      notAfter: new Date('2055-06-07'),
      publicKey: issued.authority.sign.publicKey,
      extensions: [
        { oid: '1.2.3.4', value: new TextEncoder().encode('見本子') },
        { oid: '2.5.29.15', value: new TextEncoder().encode('見本子見本子') },
        // An empty BIT STRING, which DER does not allow.
        { oid: '1.2.3.5', value: Uint8Array.of(0x03, 0x00) },
      ],
      issuerKey: issued.authority.sign.privateKey,
    });
    const redacted = redact(der);
    expect(Buffer.from(redacted).includes('見本')).toBe(false);
    const x509 = new X509Certificate(redacted);
    expect(x509.issuer).toBe('O=JPKI\nL=〇〇〇\nCN=〇〇〇');
    expect(x509.subject).toBe('O=JPKI\nOU=〇〇〇\nCN=〇〇〇');
    expect(x509.validTo).toBe('Dec 31 23:59:59 2055 GMT');
  });
});

test('changing a stand-in does not change the next one', () => {
  const standIns = new StandIns();
  const first = standIns.bytes(Uint8Array.of(1, 2, 3));
  const copy = first.slice();
  first.fill(0);
  expect(standIns.bytes(Uint8Array.of(1, 2, 3))).toEqual(copy);
});

describe('bytes that are no certificate', () => {
  test.each([
    ['nothing', new Uint8Array(0)],
    ['another structure', Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05)],
    ['more than any certificate', new Uint8Array(20_000).fill(0x30)],
  ])('are not redacted: %s', (_name, bytes) => {
    expect(redactCertificate(bytes, new StandIns())).toBeUndefined();
  });

  test('cut short, or with something behind them, are not redacted', () => {
    expect(redactCertificate(sign.subarray(0, -1), new StandIns())).toBeUndefined();
    expect(redactCertificate(Uint8Array.of(...sign, 0), new StandIns())).toBeUndefined();
  });

  test('with any bytes changed are refused, or redacted to the same length', () => {
    const changes = fc.array(fc.tuple(fc.nat({ max: 1700 }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const der = sign.slice();
        for (const [at, byte] of list) der[at % der.length] = byte;
        const redacted = redactCertificate(der, new StandIns());
        expect(redacted?.length ?? der.length).toBe(der.length);
        if (redacted !== undefined) expect(Buffer.from(redacted).includes('架空県見本市')).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('of any kind are refused or redacted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(redactCertificate(bytes, new StandIns())?.length ?? bytes.length).toBe(bytes.length);
      }),
    );
  });
});
