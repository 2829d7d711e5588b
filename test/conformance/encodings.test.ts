/**
 * One good message in other encodings. What X.690 section 8 allows in BER is as good as DER (RFC 5652 section 2); what it does
 * not allow is no message. A certificate, and the attributes when they are signed, have the encoding of DER alone.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { skipWithoutOpenssl } from '../openssl/openssl.js';
import { anchors, CONTENT, codes, rsaSign, signerOf, verifyBothWays } from '../signature/support.js';
import {
  changed,
  type Form,
  indefinite,
  inParts,
  lengthIn,
  PARTS,
  type Path,
  parse,
  put,
  shortest,
  type Value,
  valueAt,
  write,
} from './encoding.js';
import { isGoodForOpenssl, signedByOpenssl } from './openssl-cms.js';

let message: Value;
beforeAll(() => {
  if (!skipWithoutOpenssl) message = parse(signedByOpenssl({ options: ['-nodetach', '-cades'] }));
});

const judge = async (cms: Buffer) => {
  const verdict = await verifyBothWays(cms, { anchors });
  return { codes: codes(verdict), content: verdict.valid ? verdict.content : undefined };
};
const VALID = { codes: [], content: CONTENT };

/** RFC 5652 sections 3, 5.1 and 5.3: where each field of a message stands. */
const SIGNER: Path = [1, 0, 4, 0];
const ATTRIBUTES: Path = [...SIGNER, 3];
const CONSTRUCTED: Readonly<Record<string, Path>> = {
  ContentInfo: [],
  'its [0]': [1],
  SignedData: [1, 0],
  'the list of hashes': [1, 0, 1],
  'a hash of the list': [1, 0, 1, 0],
  encapContentInfo: [1, 0, 2],
  'the [0] of the content': [1, 0, 2, 1],
  'the list of certificates': [1, 0, 3],
  'the list of signers': [1, 0, 4],
  SignerInfo: SIGNER,
  'the identifier of the signer': [...SIGNER, 1],
  'the name in it': [...SIGNER, 1, 0],
  'a part of that name': [...SIGNER, 1, 0, 0],
  'an attribute of that name': [...SIGNER, 1, 0, 0, 0],
  'the hash of the signer': [...SIGNER, 2],
  'the signed attributes': ATTRIBUTES,
  'a signed attribute': [...ATTRIBUTES, 0],
  'the values of a signed attribute': [...ATTRIBUTES, 0, 1],
  'the signature algorithm': [...SIGNER, 4],
};
const PRIMITIVE: Readonly<Record<string, Path>> = {
  'the content type': [0],
  'the version': [1, 0, 0],
  'the type of the content': [1, 0, 2, 0],
  'the content': [1, 0, 2, 1, 0],
  'the version of the signer': [...SIGNER, 0],
  'the serial number': [...SIGNER, 1, 1],
  'the type of a hash': [...SIGNER, 2, 0],
  'the type of an attribute': [...ATTRIBUTES, 0, 0],
  'the value of an attribute': [...ATTRIBUTES, 0, 1, 0],
  'the signature': [...SIGNER, 5],
};
const LONG: Readonly<Record<string, Form>> = {
  // The certificates of a message take more than a byte.
  'a length of four bytes (8.1.3.5)': lengthIn(4),
  'a length of 126 bytes (8.1.3.5)': lengthIn(126),
};

const inPlace = (path: Path, form: Form): Buffer =>
  write(changed(message, path, (value) => ({ ...value, form })));

describe.skipIf(skipWithoutOpenssl)('what BER allows', () => {
  const forms = (places: Readonly<Record<string, Path>>, ways: Readonly<Record<string, Form>>) =>
    Object.entries(places).flatMap(([place, path]) =>
      Object.entries(ways).map(([way, form]) => ({ name: `${place} with ${way}`, path, form })),
    );

  it.each(forms(CONSTRUCTED, { ...LONG, 'an indefinite length (8.1.3.6)': indefinite }))(
    'is read: $name',
    async ({ path, form }) => {
      expect(await judge(inPlace(path, form))).toEqual(VALID);
    },
  );

  it.each(forms(PRIMITIVE, LONG))('is read: $name', async ({ path, form }) => {
    expect(await judge(inPlace(path, form))).toEqual(VALID);
  });

  const attributeOf = (type: string): Path => {
    const attributes = valueAt(message, ATTRIBUTES).children ?? [];
    const found = attributes.findIndex(({ children }) => children?.[0]?.content.toString('hex') === type);
    return [...ATTRIBUTES, found, 1, 0];
  };
  const MESSAGE_DIGEST = '2a864886f70d010904';
  const SIGNING_TIME = '2a864886f70d010905';
  const SIGNING_CERTIFICATE = '2a864886f70d010910022f';
  const strings: Readonly<Record<string, () => Path>> = {
    'the content': () => [1, 0, 2, 1, 0],
    'the signature': () => [...SIGNER, 5],
    'the message digest': () => attributeOf(MESSAGE_DIGEST),
    'the signing time': () => attributeOf(SIGNING_TIME),
    'the hash of the signing certificate': () => [...attributeOf(SIGNING_CERTIFICATE), 0, 0, 0],
  };

  it.each(
    Object.entries(strings).flatMap(([place, path]) =>
      Object.entries(PARTS).map(([way, form]) => ({ name: `${place} in ${way}`, path, form })),
    ),
  )('is read: $name (8.7, 8.23)', async ({ path, form }) => {
    expect(await judge(inPlace(path(), form))).toEqual(VALID);
  });

  it.each(Object.entries(PARTS))(
    'is read: a key identifier in %s, whose tag is not that of a string',
    async (_way, form) => {
      const byKey = parse(signedByOpenssl({ options: ['-nodetach', '-keyid'] }));
      const cms = write(changed(byKey, [...SIGNER, 1], (value) => ({ ...value, form })));
      expect(await judge(cms)).toEqual(VALID);
      const cut = write(
        changed(byKey, [...SIGNER, 1], (value) => ({ ...value, form, content: value.content.subarray(1) })),
      );
      expect((await judge(cut)).codes).toEqual(['SIGNER_CERTIFICATE_MISSING']);
    },
  );

  it('is read: indefinite lengths and parts everywhere but in certificates', async () => {
    const everywhere = (value: Value): Value => {
      if (value.children) return { ...value, form: indefinite, children: value.children.map(everywhere) };
      return value.tag === 4
        ? { ...value, form: PARTS['parts in parts of no known length'] ?? shortest }
        : value;
    };
    const certificates: Path = [1, 0, 3];
    const kept = valueAt(message, certificates);
    const cms = changed(everywhere(message), certificates, () => ({ ...kept, form: indefinite }));
    expect(await judge(write(cms))).toEqual(VALID);
    // openssl signs over the values of attributes as they came, and not over their DER.
    const attributes = valueAt(message, ATTRIBUTES);
    const withDerAttributes = write(changed(cms, ATTRIBUTES, () => ({ ...attributes, form: indefinite })));
    expect(await judge(withDerAttributes)).toEqual(VALID);
    expect(isGoodForOpenssl(withDerAttributes)).toBe(true);
  });
});

describe.skipIf(skipWithoutOpenssl)(
  'the order of the attributes (RFC 5652 section 5.4, X.690 section 11.6)',
  () => {
    /** The attributes in this order in the message, and in that when they are signed. */
    async function inOrders(sent: number[], signed: number[]): Promise<Buffer> {
      const attributes = valueAt(message, ATTRIBUTES).children ?? [];
      const ordered = (order: number[]) => order.flatMap((i) => attributes[i] ?? []);
      const toBeSigned = shortest(0x31, Buffer.concat(ordered(signed).map(write)));
      const signature = Buffer.from(await rsaSign(signerOf('sign'), 'SHA-256', toBeSigned));
      const reordered = changed(message, ATTRIBUTES, (value) => ({ ...value, children: ordered(sent) }));
      return write(changed(reordered, [...SIGNER, 5], (value) => ({ ...value, content: signature })));
    }
    const [SORTED, BACKWARDS, OTHER] = [
      [0, 1, 2, 3, 4],
      [4, 3, 2, 1, 0],
      [2, 0, 1, 4, 3],
    ];

    it.each([
      ['sorted, and signed so', SORTED, SORTED, []],
      ['unsorted, and signed sorted, as the standard wants', BACKWARDS, SORTED, []],
      ['unsorted, and signed as they stand, as some programs do', BACKWARDS, BACKWARDS, []],
      ['sorted, and signed in an order that nobody can know', SORTED, BACKWARDS, ['SIGNATURE']],
      ['unsorted, and signed in another order', BACKWARDS, OTHER, ['SIGNATURE']],
    ])('%s', async (_name, sent, signed, expected) => {
      expect((await judge(await inOrders(sent, signed))).codes).toEqual(expected);
    });

    it('are signed in DER also where the message has them in BER', async () => {
      const sent = parse(await inOrders(BACKWARDS, BACKWARDS));
      const cms = write(changed(sent, ATTRIBUTES, (value) => ({ ...value, form: indefinite })));
      expect((await judge(cms)).codes).toEqual([]);
    });

    it('are not good when their BER is what was signed', async () => {
      const inBer = changed(message, [...ATTRIBUTES, 0], (value) => ({ ...value, form: indefinite }));
      const attributes = valueAt(inBer, ATTRIBUTES).children ?? [];
      const toBeSigned = shortest(0x31, Buffer.concat(attributes.map(write)));
      const signature = Buffer.from(await rsaSign(signerOf('sign'), 'SHA-256', toBeSigned));
      const cms = write(changed(inBer, [...SIGNER, 5], (value) => ({ ...value, content: signature })));
      expect((await judge(cms)).codes).toEqual(['SIGNATURE']);
      expect(isGoodForOpenssl(cms)).toBe(false);
    });
  },
);

describe.skipIf(skipWithoutOpenssl)('what BER does not allow', () => {
  const raw =
    (bytes: (tag: number, content: Buffer) => Buffer): Form =>
    (tag, content) =>
      bytes(tag, content);
  const hex = (digits: string): Form => raw(() => Buffer.from(digits.replaceAll(' ', ''), 'hex'));
  const content: Path = [1, 0, 2, 1, 0];
  const version: Path = [...SIGNER, 0];
  const serial: Path = [...SIGNER, 1, 1];
  const type: Path = [...SIGNER, 2, 0];
  const signature: Path = [...SIGNER, 5];
  const octets = (tag: number, bytes: Buffer) => put(tag, [bytes.length], bytes);

  it.each<[string, Path, Form]>([
    [
      'a length that begins with FF (8.1.3.5 c)',
      content,
      raw((tag, bytes) => put(tag, [0xff, ...Buffer.alloc(126), bytes.length], bytes)),
    ],
    [
      'a part of the content whose length begins with FF',
      content,
      raw((tag, bytes) => shortest(tag | 0x20, put(tag, [0xff, ...Buffer.alloc(126), bytes.length], bytes))),
    ],
    [
      'a signer whose length begins with FF',
      SIGNER,
      raw((tag, bytes) =>
        put(tag, [0xff, ...Buffer.alloc(125), bytes.length >> 8, bytes.length & 0xff], bytes),
      ),
    ],
    ['a primitive value of indefinite length (8.1.3.2)', content, indefinite],
    ['a primitive signature of indefinite length', signature, indefinite],
    ['a version of indefinite length', version, indefinite],
    ['no end of contents (8.1.5)', SIGNER, raw((tag, bytes) => put(tag, [0x80], bytes))],
    [
      'half an end of contents',
      [],
      raw((tag, bytes) => put(tag, [0x80], Buffer.concat([bytes, Buffer.of(0)]))),
    ],
    [
      'an end of contents of some length',
      [],
      raw((tag, bytes) => put(tag, [0x80], Buffer.concat([bytes, Buffer.of(0, 1, 0)]))),
    ],
    [
      'an end of contents behind a known length',
      SIGNER,
      raw((tag, bytes) => Buffer.concat([shortest(tag, bytes), Buffer.alloc(2)])),
    ],
    [
      'an end of contents in a known length',
      ATTRIBUTES,
      raw((tag, bytes) => shortest(tag, Buffer.concat([bytes, Buffer.alloc(2)]))),
    ],
    ['a length that is too long by one', signature, raw((tag, bytes) => put(tag, [0x82, 1, 1], bytes))],
    [
      'a length that is too short by one',
      SIGNER,
      raw((tag, bytes) => put(tag, [0x82, (bytes.length - 1) >> 8, (bytes.length - 1) & 0xff], bytes)),
    ],
    [
      'a length of eight bytes beyond everything',
      content,
      raw((tag, bytes) => put(tag, [0x88, ...Buffer.alloc(8, 0xff)], bytes)),
    ],
    [
      'a small tag number in the form of large ones (8.1.2.4)',
      SIGNER,
      raw((_tag, bytes) =>
        Buffer.concat([
          Buffer.of(0x3f, 0x10),
          put(0, [0x82, bytes.length >> 8, bytes.length & 0xff], bytes).subarray(1),
        ]),
      ),
    ],
    ['an integer without content (8.3.1)', version, hex('0200')],
    ['an integer in more bytes than it needs (8.3.2)', version, hex('02020001')],
    [
      'a serial number in more bytes than it needs (8.3.2)',
      serial,
      raw((tag, bytes) => octets(tag, Buffer.concat([Buffer.alloc(2), bytes]))),
    ],
    ['an integer in parts (8.3.1)', version, hex('2203020101')],
    ['an object identifier without content (8.19)', type, hex('0600')],
    [
      'an object identifier in more bytes than it needs (8.19.2)',
      type,
      raw((tag, bytes) =>
        octets(tag, Buffer.concat([bytes.subarray(0, 1), Buffer.of(0x80), bytes.subarray(1)])),
      ),
    ],
    [
      'an object identifier that ends too early (8.19.2)',
      type,
      raw((tag, bytes) => octets(tag, Buffer.concat([bytes.subarray(0, -1), Buffer.of(0x81)]))),
    ],
    [
      'an object identifier in parts (8.19.1)',
      type,
      raw((tag, bytes) => octets(tag | 0x20, shortest(4, bytes))),
    ],
    ['a null with content (8.8.2)', [...SIGNER, 4, 1], hex('050100')],
    ['a null of indefinite length', [...SIGNER, 4, 1], hex('0580 0000')],
    ['a sequence without parts (8.9.1)', SIGNER, raw((_tag, bytes) => shortest(0x10, bytes))],
    ['a set without parts (8.11.1)', [1, 0, 4], raw((_tag, bytes) => shortest(0x11, bytes))],
    ['a content in parts that are texts (8.7.3.2)', content, inParts((bytes) => [shortest(0x0c, bytes)])],
    ['a signature in parts that are texts', signature, inParts((bytes) => [shortest(0x0c, bytes)])],
    ['a content in parts of another class', content, inParts((bytes) => [shortest(0x84, bytes)])],
    [
      'a content in parts in something else',
      content,
      inParts((bytes) => [shortest(0x30, shortest(4, bytes))]),
    ],
    [
      'a content in parts nested without end',
      content,
      inParts((bytes) => [
        Array.from({ length: 40 }).reduce<Buffer>((inner) => indefinite(0x24, inner), shortest(4, bytes)),
      ]),
    ],
    [
      'a content that is no octet string (RFC 5652 section 5.2)',
      content,
      raw((_tag, bytes) => shortest(0x0c, bytes)),
    ],
    [
      'a signature that is no octet string (RFC 5652 section 5.3)',
      signature,
      raw((_tag, bytes) => shortest(3, Buffer.concat([Buffer.of(0), bytes]))),
    ],
    [
      'a list of hashes that is a SEQUENCE (RFC 5652 section 5.1)',
      [1, 0, 1],
      raw((_tag, bytes) => shortest(0x30, bytes)),
    ],
    [
      'a bare SignedData (RFC 5652 section 3)',
      [],
      raw((_tag, bytes) =>
        Buffer.from(write(parse(shortest(0x30, bytes)).children?.[1]?.children?.[0] as Value)),
      ),
    ],
    ['bytes behind the end', [], raw((tag, bytes) => Buffer.concat([shortest(tag, bytes), Buffer.of(0)]))],
    [
      'a second message behind the first',
      [],
      raw((tag, bytes) => Buffer.concat([shortest(tag, bytes), shortest(tag, bytes)])),
    ],
    ['bytes in front', [], raw((tag, bytes) => Buffer.concat([Buffer.of(0), shortest(tag, bytes)]))],
    ['nothing', [], hex('')],
    [
      'PEM',
      [],
      raw((tag, bytes) =>
        Buffer.from(`-----BEGIN CMS-----\n${shortest(tag, bytes).toString('base64')}\n-----END CMS-----\n`),
      ),
    ],
    ['Base64', [], raw((tag, bytes) => Buffer.from(shortest(tag, bytes).toString('base64')))],
  ])('is no message: %s', async (_name, path, form) => {
    const cms = inPlace(path, form);
    await expect(verifyBothWays(cms, { anchors })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it.each<[string, Form]>([
    ['an indefinite length', indefinite],
    ['a length in more bytes than it needs', lengthIn(4)],
  ])('is no certificate, which is in DER always (RFC 5280 section 4.1): one with %s', async (_name, form) => {
    const certificates: Path = [1, 0, 3];
    const all = changed(message, certificates, (list) => ({
      ...list,
      children: list.children?.map((certificate) => ({ ...certificate, form })),
    }));
    expect((await judge(write(all))).codes).toEqual(['SIGNER_CERTIFICATE_MISSING']);
  });
});
