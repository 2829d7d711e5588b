import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../../src/bytes.js';
import { JpkiCertificate, verifyCertificate } from '../../src/certificate/index.js';
import { issueCredentials } from '../../src/virtual/issuance.js';
import { describeWithOpenssl } from './describe.js';
import { issueWithOpenssl } from './issue.js';
import { openssl, skipWithoutOpenssl, withFolder } from './openssl.js';
import { authConfiguration, caConfiguration, type OpensslHolder, signConfiguration } from './profile.js';

const HOLDER_ARC = '1.2.392.200149.8.5.5';
const OPENSSL_KEY_USAGES: Readonly<Record<string, string>> = {
  digitalSignature: 'Digital Signature',
  nonRepudiation: 'Non Repudiation',
  keyCertSign: 'Certificate Sign',
  cRLSign: 'CRL Sign',
};
const OPENSSL_DATE = (date: Date): string => date.toISOString().replace('T', ' ').replace('.000', '');

/** What this library reads, in the shape and words of openssl. */
async function describeHere(certificate: JpkiCertificate) {
  const key = await crypto.subtle.exportKey('jwk', await certificate.importPublicKey());
  const holder = certificate.holder;
  const digits = (text: string, marked: readonly { index: number }[] = []): string =>
    [...text].map((_, i) => (marked.some(({ index }) => index === i) ? '1' : '0')).join('');
  return {
    subject: String(certificate.subject),
    issuer: String(certificate.issuer),
    serialNumber: certificate.serialNumber,
    notBefore: OPENSSL_DATE(certificate.notBefore),
    notAfter: OPENSSL_DATE(certificate.notAfter),
    signatureAlgorithm: 'sha256WithRSAEncryption',
    keyBits: String(Buffer.from(key.n ?? '', 'base64url').length * 8),
    exponent: String(Buffer.from(key.e ?? '', 'base64url').readUIntBE(0, 3)),
    publicKey: toBase64(certificate.spki),
    keyUsage: certificate.keyUsage?.map((usage) => OPENSSL_KEY_USAGES[usage]).join(', '),
    policy: certificate.policy,
    isCa: certificate.isCa,
    subjectKeyIdentifier: certificate.subjectKeyIdentifier,
    authorityKeyIdentifier: certificate.authorityKeyIdentifier,
    otherNames: holder
      ? {
          [`${HOLDER_ARC}.1`]: holder.name,
          [`${HOLDER_ARC}.2`]: digits(holder.name, holder.nameSubstitutes),
          [`${HOLDER_ARC}.3`]: { male: '1', female: '2', unknown: '3' }[holder.sex],
          [`${HOLDER_ARC}.4`]: holder.birthDate.encoded,
          [`${HOLDER_ARC}.5`]: holder.address,
          [`${HOLDER_ARC}.6`]: digits(holder.address, holder.addressSubstitutes),
        }
      : {},
    fingerprintSha256: certificate.fingerprintSha256,
  };
}

const plain = (text: string): string => '0'.repeat([...text].length);
const person = (name: string, birthDate: string, address: string, sex = '2'): OpensslHolder => ({
  name,
  nameSubstitutes: plain(name),
  sex,
  birthDate,
  address,
  addressSubstitutes: plain(address),
});

const HOLDERS: readonly (readonly [string, OpensslHolder])[] = [
  ['a name of the Heisei era', person('仮想　見本子', '420010415', '架空県見本市例示町一丁目２番３号')],
  ['the Meiji era', person('架空　太郎', '119120101', '架空県見本市１－１', '1')],
  ['the Taisho era', person('架空　次郎', '219261224', '架空県見本市１－２', '1')],
  ['the Showa era', person('架空　三郎', '319890107', '架空県見本市１－３', '1')],
  ['the Reiwa era', person('架空　四郎', '520190501', '架空県見本市１－４', '1')],
  ['a date of birth of which nothing is known', person('架空　五郎', '000000000', '架空県見本市１－５', '3')],
  ['a date of birth without month and day', person('架空　六郎', '319500000', '架空県見本市１－６', '1')],
  ['a long address', person('架空　花子', '420010415', `架空県見本市${'例示町字見本'.repeat(60)}一番地`)],
  [
    'a Latin name of a foreign resident',
    person(
      'SAMPLE　ANNA MARIA-LUISA',
      '019900228',
      '架空県見本市例示町２－２　ＥＸＡＭＰＬＥ　ＨＥＩＧＨＴＳ１２０３',
    ),
  ],
  [
    'substitute characters in name and address',
    {
      ...person('仮想　見本子', '420010415', '架空県見本市例示町一丁目'),
      nameSubstitutes: '010010',
      addressSubstitutes: '000100000011',
    },
  ],
  ['a name outside the Basic Multilingual Plane', person('𠮷野　架空', '420010415', '架空県見本市１－７')],
];

/** What the office makes unasked, once for all that look at it. */
let unasked: ReturnType<typeof issueCredentials> | undefined;
function issuedUnasked(): ReturnType<typeof issueCredentials> {
  unasked ??= issueCredentials();
  return unasked;
}

const YEARS = { startdate: '20260401000000Z', enddate: '20300415145959Z' };

describe.skipIf(skipWithoutOpenssl)('agreement with openssl', () => {
  it.each(HOLDERS)('reads %s as openssl reads it, in a certificate of openssl', async (_, holder) => {
    const { leaf, ca } = issueWithOpenssl(
      caConfiguration('digital signature'),
      signConfiguration(holder, YEARS),
    );
    const certificate = JpkiCertificate.parse(leaf);
    expect(await describeHere(certificate)).toEqual(describeWithOpenssl(leaf));
    const issuer = JpkiCertificate.parse(ca);
    expect(await describeHere(issuer)).toEqual(describeWithOpenssl(ca));
    const anchors = [{ name: 'openssl', purpose: 'sign', sha256: issuer.fingerprintSha256 }] as const;
    const verdict = await verifyCertificate(certificate, {
      purpose: 'sign',
      issuer,
      anchors,
      at: new Date('2027-01-01T00:00:00Z'),
    });
    expect(verdict.findings).toEqual([]);
    expect(verdict.trusted).toBe(true);
  });

  it('reads dates after 2049, which are GeneralizedTime', async () => {
    const dates = { startdate: '20491231235959Z', enddate: '20541231145959Z' };
    const { leaf } = issueWithOpenssl(caConfiguration('user authentication'), authConfiguration(dates));
    const certificate = JpkiCertificate.parse(leaf);
    expect(certificate.notAfter).toEqual(new Date('2054-12-31T14:59:59Z'));
    expect(await describeHere(certificate)).toEqual(describeWithOpenssl(leaf));
  });

  it('reads every certificate of the issuing office as openssl does', async () => {
    const holder = {
      name: '仮想　見本子',
      nameSubstitutes: '000100',
      sex: 'unknown',
      birthDate: '520190500',
      address: '架空県見本市例示町一丁目２番３号',
    } as const;
    const { certificates } = await issueCredentials({ holder });
    for (const der of Object.values(certificates)) {
      if (!der) throw new Error('no signature certificate was issued');
      expect(await describeHere(JpkiCertificate.parse(der))).toEqual(describeWithOpenssl(der));
    }
  });

  it('writes PEM that openssl reads back to the same certificate', async () => {
    const { certificates } = await issuedUnasked();
    const pem = JpkiCertificate.parse(certificates.auth).toPem();
    expect(openssl(['x509'], new TextEncoder().encode(pem)).toString()).toBe(pem);
  });
});

describe.skipIf(skipWithoutOpenssl)('the issuing office, seen by openssl', () => {
  it.each(['auth', 'sign'] as const)('makes a chain for %s that openssl verifies strictly', async (role) => {
    const { certificates } = await issuedUnasked();
    const ca = JpkiCertificate.parse(certificates[`${role}-ca`]).toPem();
    const leaf = JpkiCertificate.parse(certificates[role] ?? new Uint8Array()).toPem();
    const printed = withFolder((path) => {
      writeFileSync(path('ca.pem'), ca);
      writeFileSync(path('leaf.pem'), leaf);
      return openssl(['verify', '-x509_strict', '-CAfile', path('ca.pem'), path('leaf.pem')]).toString();
    });
    expect(printed).toMatch(/: OK\n$/);
  });
});
