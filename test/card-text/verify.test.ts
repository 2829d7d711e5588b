import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CardText,
  type CardTextIssuer,
  type CardTextProof,
  MyNumber,
  PUBLISHED_TEXT_ISSUERS,
  verifyCardText,
} from '../../src/card-text/index.js';
import { JpkiError } from '../../src/errors.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { saved } from '../support/issued.js';
import { virtualCard } from '../support/virtual.js';
import { fileOf, object, objectsOf, PUBLISHED_FILE, PUBLISHED_NUMBER } from './support.js';

interface Read {
  readonly proof: CardTextProof;
  readonly attributes: Uint8Array;
  readonly myNumber: Uint8Array;
  readonly issuers: readonly CardTextIssuer[];
}

async function read(card: VirtualCard): Promise<Read> {
  await using text = await CardText.select(card.connect());
  await text.verifyPin('1234');
  const [{ file: attributes }, number, proof] = [
    await text.readAttributes(),
    await text.readMyNumber(),
    await text.readProof(),
  ];
  return { proof, attributes, myNumber: new Uint8Array(number.file), issuers: card.textIssuers };
}

let real: Read;
beforeAll(async () => {
  real = await read(await virtualCard());
});

const codesOf = async (...args: Parameters<typeof verifyCardText>) =>
  (await verifyCardText(...args)).findings.map(({ code }) => code);

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

/** A CA and a signer made by Node.js: what a forger, or a real office, would write. */
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const modulusOf = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url');
function madeProof(
  keyId: Buffer,
  attributes: Buffer,
  number: Buffer,
  caPair = pair(),
): { proof: CardTextProof; modulus: Buffer } {
  const signer = pair();
  const body = Buffer.concat([
    keyId,
    Buffer.from('39393939393939080530303000000000', 'hex'),
    Buffer.from('900301000191820100', 'hex'),
    modulusOf(signer.publicKey),
  ]);
  const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const behindTable = attributes.subarray(14);
  const digests = Buffer.concat([object('df31', hash(number)), object('df32', hash(behindTable))]);
  return {
    modulus: modulusOf(caPair.publicKey),
    proof: {
      proof: object(
        'ff30',
        Buffer.concat([digests, object('df33', sign('sha256', digests, signer.privateKey))]),
      ),
      certificate: object(
        '7f21',
        Buffer.concat([object('5f4e', body), object('5f37', sign('sha256', body, caPair.privateKey))]),
      ),
    },
  };
}
const PRODUCTION = Buffer.from('35303030303333080530303100000000', 'hex');

describe('the text of a card', () => {
  it('fits what was signed, under the keys that the program gave, and no more is said', async () => {
    const { proof, attributes, myNumber, issuers } = real;
    const verdict = await verifyCardText(proof, { attributes, myNumber, issuers });
    expect(verdict).toMatchObject({ matches: true, findings: [] });
    expect(verdict.issuer).toEqual({ keyNumber: '9000033', source: 'given' });
    expect(verdict.attributes?.name).toBe('仮想　見本子');
    expect(verdict.notChecked.length).toBe(3);
    using number = new MyNumber(myNumber);
    expect((await verifyCardText(proof, { myNumber: number, issuers })).matches).toBe(true);
  });

  it('made by another program is judged alike', async () => {
    const caPair = pair();
    const { proof, modulus } = madeProof(PRODUCTION, PUBLISHED_FILE, PUBLISHED_NUMBER, caPair);
    const issuers = [{ keyId: PRODUCTION, modulus }];
    const what = { attributes: PUBLISHED_FILE, myNumber: PUBLISHED_NUMBER, issuers };
    expect(await codesOf(proof, what)).toEqual([]);
    // Filler behind the objects is no part of the digest of the attributes, and is one of the number's.
    const filled = Buffer.concat([PUBLISHED_FILE, Buffer.alloc(9, 0xff)]);
    expect(await codesOf(proof, { ...what, attributes: filled })).toEqual([]);
    const trimmed = PUBLISHED_NUMBER.subarray(0, 15);
    expect(await codesOf(proof, { ...what, myNumber: trimmed })).toEqual(['MY_NUMBER_DIFFERS']);
  });

  it('is not believed without the keys: the published ones are not those of a virtual card', async () => {
    const { proof, attributes } = real;
    const verdict = await verifyCardText(proof, { attributes });
    expect(verdict).toMatchObject({ matches: false, issuer: undefined });
    expect(verdict.findings.map(({ code }) => code)).toEqual(['ISSUER_UNKNOWN']);
    expect(verdict.basis.en).toContain('as published by one peer');
    expect(verdict.basis.ja).toContain('他の一つの実装');
  });

  it.each([
    ['5000033', 'a real card', ['CERTIFICATE_SIGNATURE']],
    ['6000033', 'a test card', ['ISSUER_OF_TEST_CARDS', 'CERTIFICATE_SIGNATURE']],
    ['5000023', 'another application', ['ISSUER_UNKNOWN']],
  ])('that calls its issuer %s, as on %s, is not believed for the name', async (number, _of, codes) => {
    const keyId = Buffer.concat([Buffer.from(number), PRODUCTION.subarray(7)]);
    const { proof } = madeProof(keyId, PUBLISHED_FILE, PUBLISHED_NUMBER);
    expect(await codesOf(proof, { attributes: PUBLISHED_FILE })).toEqual(codes);
    // All sixteen bytes are the name.
    const other = madeProof(
      Buffer.concat([keyId.subarray(0, 15), Buffer.of(1)]),
      PUBLISHED_FILE,
      PUBLISHED_NUMBER,
    );
    expect(await codesOf(other.proof, { attributes: PUBLISHED_FILE })).toEqual(['ISSUER_UNKNOWN']);
  });

  const OWN = Buffer.from('39303030303333080530303100000000', 'hex');
  it.each<[string, (modulus: Buffer) => readonly CardTextIssuer[], string, string]>([
    ['the published keys', () => PUBLISHED_TEXT_ISSUERS, 'one-peer', 'as published by one peer'],
    [
      'them and one of its own',
      (modulus) => [...PUBLISHED_TEXT_ISSUERS, { keyId: OWN, modulus }],
      ...(['one-peer', 'as published by one peer'] as const),
    ],
    [
      'one of its own under a published name',
      (modulus) => [{ keyId: PRODUCTION, modulus }],
      ...(['given', 'keys that the program gave'] as const),
    ],
  ])('is judged under the words for its key where the program names %s', async (_what, of, source, words) => {
    const { proof, modulus } = madeProof(PRODUCTION, PUBLISHED_FILE, PUBLISHED_NUMBER);
    const verdict = await verifyCardText(proof, { attributes: PUBLISHED_FILE, issuers: of(modulus) });
    expect(verdict.issuer).toEqual({ keyNumber: '5000033', source });
    expect(verdict.basis.en).toContain(words);
  });

  it('is judged as it was when it was given, whatever the caller writes into the bytes meanwhile', async () => {
    const caPair = pair();
    const { proof, modulus } = madeProof(PRODUCTION, PUBLISHED_FILE, PUBLISHED_NUMBER, caPair);
    const forged = madeProof(PRODUCTION, fileOf(objectsOf()), PUBLISHED_NUMBER);
    const issuers = [{ keyId: PRODUCTION, modulus }];
    // The certificate is looked at twice: for its signature, and for the key in it.
    const bytes = { proof: Buffer.from(forged.proof.proof), certificate: Buffer.from(proof.certificate) };
    const attributes = Buffer.from(PUBLISHED_FILE);
    const judged = verifyCardText(bytes, { attributes, issuers });
    bytes.certificate.set(forged.proof.certificate);
    attributes.fill(0);
    expect((await judged).findings.map(({ code }) => code)).toEqual(['PROOF_SIGNATURE', 'ATTRIBUTES_DIFFER']);
  });

  it('of a test card matches where its key is given, and only there', async () => {
    const keyId = Buffer.concat([Buffer.from('6000033'), PRODUCTION.subarray(7)]);
    const { proof, modulus } = madeProof(keyId, PUBLISHED_FILE, PUBLISHED_NUMBER);
    const issuers = [{ keyId, modulus, hierarchy: 'test' as const }];
    expect(await codesOf(proof, { attributes: PUBLISHED_FILE, issuers })).toEqual([]);
    expect(await codesOf(proof, { attributes: PUBLISHED_FILE })).toContain('ISSUER_OF_TEST_CARDS');
  });

  it('of somebody else is found out, by what differs', async () => {
    const { proof, attributes, myNumber, issuers } = real;
    const other = await read(
      await VirtualCard.issue({
        ...{ authority: saved().authority, signatureCertificate: false },
        ...{ holder: { name: '別人　花子' }, myNumber: '888888888880' },
      }),
    );
    expect(await codesOf(proof, { attributes: other.attributes, issuers })).toEqual(['ATTRIBUTES_DIFFER']);
    expect(await codesOf(proof, { attributes, myNumber: other.myNumber, issuers })).toEqual([
      'MY_NUMBER_DIFFERS',
    ]);
    expect(await codesOf(other.proof, { attributes, myNumber, issuers })).toEqual([
      ...['ATTRIBUTES_DIFFER', 'MY_NUMBER_DIFFERS'],
    ]);
    // The same municipality signed both, so each proof fits the certificate of the other.
    const mixed = { proof: other.proof.proof, certificate: proof.certificate };
    expect(await codesOf(mixed, { attributes: other.attributes, issuers })).toEqual([]);
  });

  it('changed in any bit of what was signed, or of a signature, is found out', async () => {
    const { proof, attributes, myNumber, issuers } = real;
    const accepted: string[] = [];
    const trying = async (label: string, changed: CardTextProof, what: Uint8Array, number: Uint8Array) => {
      try {
        if ((await verifyCardText(changed, { attributes: what, myNumber: number, issuers })).matches)
          accepted.push(label);
      } catch (error) {
        if (!(error instanceof JpkiError) || error.code !== 'MALFORMED_RESPONSE') throw error;
      }
    };
    for (let at = 0; at < proof.proof.length; at += 3)
      await trying(`proof ${at}`, { ...proof, proof: flipped(proof.proof, at) }, attributes, myNumber);
    for (let at = 0; at < proof.certificate.length; at += 7)
      await trying(
        `certificate ${at}`,
        { ...proof, certificate: flipped(proof.certificate, at) },
        attributes,
        myNumber,
      );
    for (let at = 0; at < attributes.length; at++)
      await trying(`attributes ${at}`, proof, flipped(attributes, at), myNumber);
    for (let at = 0; at < myNumber.length; at++)
      await trying(`number ${at}`, proof, attributes, flipped(myNumber, at));
    expect(accepted).toEqual([]);
  }, 60_000);

  it('whose proof is signed by another key than its certificate has is found out', async () => {
    const { proof, attributes, issuers } = real;
    const forged = madeProof(PRODUCTION, Buffer.from(attributes), PUBLISHED_NUMBER);
    const mixed = { proof: forged.proof.proof, certificate: proof.certificate };
    expect(await codesOf(mixed, { attributes, issuers })).toEqual(['PROOF_SIGNATURE']);
    const swapped = { proof: proof.proof, certificate: forged.proof.certificate };
    expect(await codesOf(swapped, { attributes, issuers })).toEqual(['ISSUER_UNKNOWN', 'PROOF_SIGNATURE']);
  });
});

function disposedOf(number: MyNumber): MyNumber {
  number[Symbol.dispose]();
  return number;
}

describe('a proof that is none', () => {
  const part = (bytes: Uint8Array, from: number, to: number) => Buffer.from(bytes.subarray(from, to));
  it.each<[string, (proof: CardTextProof) => CardTextProof]>([
    ['no file', (proof) => ({ ...proof, proof: new Uint8Array(0) })],
    ['filler', (proof) => ({ ...proof, certificate: new Uint8Array(568).fill(0xff) })],
    ['the two exchanged', ({ proof, certificate }) => ({ proof: certificate, certificate: proof })],
    ['cut off', (proof) => ({ ...proof, proof: proof.proof.subarray(0, 300) })],
    [
      'digests in another order',
      (proof) => ({
        ...proof,
        proof: object(
          'ff30',
          Buffer.concat([part(proof.proof, 40, 75), part(proof.proof, 5, 40), part(proof.proof, 75, 336)]),
        ),
      }),
    ],
    [
      'an object between the digests',
      (proof) => ({
        ...proof,
        proof: object(
          'ff30',
          Buffer.concat([part(proof.proof, 5, 40), object('df34', 'x'), part(proof.proof, 40, 336)]),
        ),
      }),
    ],
    [
      'an object behind the signature',
      (proof) => ({
        ...proof,
        proof: object('ff30', Buffer.concat([part(proof.proof, 5, 336), object('df34', 'x')])),
      }),
    ],
    [
      'an exponent of 3',
      (proof) => ({
        ...proof,
        certificate: flipped(flipped(proof.certificate, 10 + 32 + 4), 10 + 32 + 2),
      }),
    ],
    [
      'a signature of 255 bytes',
      (proof) => ({
        ...proof,
        proof: object(
          'ff30',
          Buffer.concat([part(proof.proof, 5, 75), object('df33', Buffer.alloc(255, 1))]),
        ),
      }),
    ],
  ])('%s is MALFORMED_RESPONSE', async (_what, change) => {
    const { proof, attributes, issuers } = real;
    const error = await verifyCardText(change(proof), { attributes, issuers }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it('attributes with an offset table that lies are refused, though their digest does not cover it', async () => {
    const caPair = pair();
    const attributes = fileOf(objectsOf());
    const { proof, modulus } = madeProof(PRODUCTION, attributes, PUBLISHED_NUMBER, caPair);
    const issuers = [{ keyId: PRODUCTION, modulus }];
    expect(await codesOf(proof, { attributes, issuers })).toEqual([]);
    const error = await verifyCardText(proof, { attributes: flipped(attributes, 7), issuers }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it.each<[string, (number: MyNumber) => MyNumber]>([
    ['a number that was disposed of', disposedOf],
    ['a proxy of one', (number) => new Proxy(number, {})],
    ['what has only its prototype', () => Object.create(MyNumber.prototype) as MyNumber],
  ])('%s is INVALID_ARGUMENT, and no number that differs', async (_what, of) => {
    const { proof, myNumber, issuers } = real;
    const error = await verifyCardText(proof, { myNumber: of(new MyNumber(myNumber)), issuers }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'myNumber' });
  });

  it('nothing to judge is no question', async () => {
    const error = await verifyCardText(real.proof, {}).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('the published keys', () => {
  it('are two of RSA-2048, and named as certificates name them', () => {
    expect(PUBLISHED_TEXT_ISSUERS.map(({ hierarchy }) => hierarchy)).toEqual(['production', 'test']);
    for (const { keyId, modulus } of PUBLISHED_TEXT_ISSUERS) {
      expect(Buffer.from(keyId).toString('latin1')).toMatch(/^[56]000033..001.{4}$/s);
      expect([modulus.length, (modulus[0] ?? 0) >> 7, (modulus[255] ?? 0) & 1]).toEqual([256, 1, 1]);
    }
  });

  it('are byte for byte those of the peer', () => {
    // SHA-256 of MODULUS_5000033 and MODULUS_6000033 as [myna-card ca.rs] has them.
    const digests = PUBLISHED_TEXT_ISSUERS.map(({ modulus }) =>
      createHash('sha256').update(modulus).digest('hex'),
    );
    expect(digests).toEqual([
      '409655d477547d83cbe182385acb1ea83c9828eb6e5b8bba90957c339b5f30f7',
      '690db1b2d7b9994764a81982bc1e4cd76d9e92d0a33a895b2e71a0be8356f1ae',
    ]);
  });
});
