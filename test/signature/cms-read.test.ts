import { describe, expect, it } from 'vitest';
import { CMS } from '../../src/asn1/oid.js';
import { isDetachedCms } from '../../src/signature/cms.js';
import * as der from './der-write.js';
import { randomFrom } from './mutations.js';
import {
  algorithm,
  anchors,
  CONTENT,
  craftCms,
  flipped,
  inChunks,
  indexOf,
  signerOf,
  verifyBothWays,
} from './support.js';

const REFUSED = { code: 'SIGNATURE_INVALID' };

/** A constructed value in the indefinite form (X.690 section 8.1.3.6). */
const indefinite = (tag: number, ...parts: Uint8Array[]): Buffer =>
  Buffer.concat([Uint8Array.of(tag, 0x80), ...parts, Uint8Array.of(0, 0)]);

const definite = (tag: number, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  // Four bytes, needed or not: BER allows it.
  return Buffer.concat([Uint8Array.of(tag, 0x84), length, content]);
};

/** The parts of a good message. */
async function parts(): Promise<{
  certificates: Buffer;
  signers: Buffer;
  version: Uint8Array;
  digests: Uint8Array;
}> {
  const cms = Buffer.from(await craftCms());
  const digests = der.toDer(der.setOf(der.sequence(der.objectIdentifier('2.16.840.1.101.3.4.2.1'))));
  const at = cms.indexOf(digests) + digests.length;
  const encapsulated = at + 2 + (cms[at + 1] ?? 0);
  const end = (start: number) => start + 4 + cms.readUInt16BE(start + 2);
  return {
    version: Uint8Array.of(2, 1, 1),
    digests,
    certificates: cms.subarray(encapsulated, end(encapsulated)),
    signers: cms.subarray(end(encapsulated)),
  };
}

const oid = (text: string) => der.toDer(der.objectIdentifier(text));

describe('a message in BER', () => {
  it('is read, with indefinite lengths and the content in parts', async () => {
    const { version, digests, certificates, signers } = await parts();
    const octets = indefinite(0x24, definite(4, CONTENT.subarray(0, 5)), definite(4, CONTENT.subarray(5)));
    const encapsulated = indefinite(0x30, oid(CMS.data), indefinite(0xa0, octets));
    const signedData = indefinite(0x30, version, digests, encapsulated, certificates, signers);
    const cms = indefinite(0x30, oid(CMS.signedData), indefinite(0xa0, signedData));
    expect(await verifyBothWays(cms, { anchors })).toMatchObject({ valid: true, content: CONTENT });
  });

  it('is read with lengths in more bytes than needed', async () => {
    const { version, digests, certificates, signers } = await parts();
    const encapsulated = definite(0x30, Buffer.concat([oid(CMS.data), definite(0xa0, definite(4, CONTENT))]));
    const all = Buffer.concat([version, digests, encapsulated, certificates, signers]);
    const cms = definite(0x30, Buffer.concat([oid(CMS.signedData), definite(0xa0, definite(0x30, all))]));
    expect(await verifyBothWays(cms, { anchors })).toMatchObject({ valid: true, content: CONTENT });
  });

  it('may not end a value that has no such end', async () => {
    const cms = Buffer.from(await craftCms());
    const time = der.toDer(der.objectIdentifier(CMS.signingTime));
    // The length of the attribute becomes an indefinite one.
    const start = cms.indexOf(time);
    cms[start - 1] = 0x80;
    await expect(verifyBothWays(cms, { anchors })).rejects.toMatchObject(REFUSED);
  });
});

describe('what nobody signs', () => {
  it('may be in a message and changes nothing: revocation lists, other certificates, unsigned attributes', async () => {
    const anything = der.sequence(der.octetString(CONTENT));
    const more = [der.implicitSetOf(1, anything)];
    const attributeCertificate = der.toDer(der.explicit(1, anything));
    const certificates = [signerOf('sign').certificate, signerOf('sign').ca, attributeCertificate];
    const verdict = await verifyBothWays(await craftCms({ more, certificates, signers: [{ more }] }), {
      anchors,
    });
    expect(verdict.valid).toBe(true);
  });

  it('may not be anything else', async () => {
    for (const number of [0, 2]) {
      const more = [der.implicitSetOf(number, der.nullValue())];
      await expect(craftCms({ more }).then((cms) => verifyBothWays(cms))).rejects.toMatchObject(REFUSED);
      await expect(
        craftCms({ signers: [{ more }] }).then((cms) => verifyBothWays(cms)),
      ).rejects.toMatchObject(REFUSED);
    }
  });

  it('has a version that there is, which changes nothing', async () => {
    for (const version of [1, 3, 4, 5]) {
      expect((await verifyBothWays(await craftCms({ version }), { anchors })).valid).toBe(true);
    }
    for (const version of [2, 6, 127]) {
      await expect(craftCms({ version }).then((cms) => verifyBothWays(cms))).rejects.toMatchObject(REFUSED);
    }
  });

  it('may not stand among the certificates without being one', async () => {
    for (const other of [Uint8Array.of(5, 0), der.toDer(der.octetString(CONTENT)), Uint8Array.of(0xa4, 0)]) {
      const certificates = [signerOf('sign').certificate, signerOf('sign').ca, other];
      await expect(craftCms({ certificates }).then((cms) => verifyBothWays(cms))).rejects.toMatchObject(
        REFUSED,
      );
    }
  });

  it('has to list the hash of each signer', async () => {
    const digestAlgorithms = [der.sequence(der.objectIdentifier('2.16.840.1.101.3.4.2.3'))];
    await expect(craftCms({ digestAlgorithms }).then((cms) => verifyBothWays(cms))).rejects.toMatchObject(
      REFUSED,
    );
  });
});

describe('bytes that are no CMS SignedData', () => {
  const good = craftCms();

  it.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('-----BEGIN CMS-----\nMIIB\n')],
    ['a certificate', signerOf('sign').certificate],
    ['zeros', new Uint8Array(1000)],
    ['an endless length', Uint8Array.of(0x30, 0xff, ...new Array<number>(200).fill(0xff))],
    ['an indefinite length without an end', Uint8Array.of(0x30, 0x80, 0x30, 0x80)],
    ['a primitive value of indefinite length', Uint8Array.of(0x04, 0x80, 0, 0)],
    [
      'enveloped data',
      der.toDer(der.sequence(der.objectIdentifier('1.2.840.113549.1.7.3'), der.explicit(0, der.sequence()))),
    ],
    ['a content type alone', der.toDer(der.sequence(der.objectIdentifier(CMS.signedData)))],
  ])('are refused: %s', async (_name, bytes) => {
    await expect(verifyBothWays(bytes, { anchors })).rejects.toMatchObject(REFUSED);
  });

  it('are refused with a byte behind the end, and a byte short', async () => {
    const cms = await good;
    await expect(verifyBothWays(Buffer.concat([cms, Uint8Array.of(0)]), { anchors })).rejects.toMatchObject(
      REFUSED,
    );
    await expect(verifyBothWays(cms.subarray(0, -1), { anchors })).rejects.toMatchObject(REFUSED);
  });

  it('are refused when a value reaches past the end of the one it is in', async () => {
    const inner = der.toDer(der.objectIdentifier(CMS.signedData));
    const cms = Buffer.concat([Uint8Array.of(0x30, inner.length - 2), inner]);
    await expect(verifyBothWays(cms, { anchors })).rejects.toMatchObject(REFUSED);
  });

  it('are refused with two contents', async () => {
    const type = der.objectIdentifier(CMS.signedData);
    // In front of it: 4 bytes of SEQUENCE, the type, 4 bytes of [0].
    const signedData = (await good).subarray(4 + der.toDer(type).length + 4);
    const both = definite(0xa0, Buffer.concat([signedData, Uint8Array.of(5, 0)]));
    const one = definite(0xa0, signedData);
    await expect(verifyBothWays(der.toDer(der.sequence(type, der.ready(both))))).rejects.toMatchObject(
      REFUSED,
    );
    expect((await verifyBothWays(der.toDer(der.sequence(type, der.ready(one))), { anchors })).valid).toBe(
      true,
    );
  });

  it('are refused with more signers or certificates than any document has', async () => {
    await expect(
      craftCms({ signers: new Array(17).fill({}) }).then((cms) => verifyBothWays(cms)),
    ).rejects.toMatchObject(REFUSED);
    const certificates = new Array<Uint8Array>(33).fill(signerOf('sign').certificate);
    await expect(craftCms({ certificates }).then((cms) => verifyBothWays(cms))).rejects.toMatchObject(
      REFUSED,
    );
  });

  it('are refused quickly however deep and long they are', async () => {
    const deep = Buffer.concat(new Array<Buffer>(100_000).fill(Buffer.from([0x30, 0x80])));
    const long = Buffer.concat([
      Buffer.from([0x30, 0x80]),
      Buffer.concat(new Array<Buffer>(2_000_000).fill(Buffer.from([0x05, 0]))),
      Buffer.from([0, 0]),
    ]);
    for (const bytes of [deep, long]) await expect(verifyBothWays(bytes)).rejects.toMatchObject(REFUSED);
  });

  it('say why, and what to do, in both languages', async () => {
    const error = await verifyBothWays(new Uint8Array(0)).catch((cause) => cause);
    expect(error.message).toMatch(/^The bytes are no CMS SignedData: /);
    expect(error.inLanguage('ja').message).toMatch(/CMS SignedData）として読み取れません[^a-z]*$/);
    expect(error.inLanguage('ja').remedy).toMatch(/PEM/);
  });
});

describe('whether a message is detached', () => {
  /** As chunks of some bytes, with how many were taken, and whether the stream was let go of. */
  function counted(cms: Uint8Array) {
    const seen = { chunks: 0, closed: false };
    async function* stream() {
      try {
        for (let at = 0; at < cms.length; at += 1000, seen.chunks++) yield cms.subarray(at, at + 1000);
      } finally {
        seen.closed = true;
      }
    }
    return { seen, stream: stream() };
  }

  it.each([
    ['with its content', CONTENT, false],
    ['with a content of no bytes', new Uint8Array(0), false],
    ['without content', 'none', true],
  ] as const)('is told of one %s, also from a stream', async (_name, attached, expected) => {
    const cms = await craftCms({ attached });
    expect(await isDetachedCms(cms)).toBe(expected);
    expect(await isDetachedCms(inChunks(cms))).toBe(expected);
  });

  it.each([
    ['with its content', [indefinite(0xa0, indefinite(0x24, definite(4, CONTENT)))], false],
    ['without content', [], true],
  ] as const)('is told of one in BER %s', async (_name, content, expected) => {
    const { version, digests, certificates, signers } = await parts();
    const encapsulated = indefinite(0x30, oid(CMS.data), ...content);
    const signedData = indefinite(0x30, version, digests, encapsulated, certificates, signers);
    expect(await isDetachedCms(indefinite(0x30, oid(CMS.signedData), indefinite(0xa0, signedData)))).toBe(
      expected,
    );
  });

  it('takes no more of a stream than the beginning, and lets go of it', async () => {
    const { seen, stream } = counted(await craftCms({ attached: new Uint8Array(1_000_000) }));
    expect(await isDetachedCms(stream)).toBe(false);
    expect(seen).toEqual({ chunks: 65, closed: true });
  });

  it('lets go of a stream that is no message', async () => {
    const { seen, stream } = counted(new Uint8Array(1_000_000));
    await expect(isDetachedCms(stream)).rejects.toMatchObject(REFUSED);
    expect(seen.closed).toBe(true);
  });

  it('gives on the error of a stream that fails', async () => {
    const failure = new Error('disk gone');
    async function* broken() {
      yield CONTENT;
      throw failure;
    }
    await expect(isDetachedCms(broken())).rejects.toBe(failure);
  });

  it('is told of no beginning that is cut off, changed or too long', async () => {
    const cms = await craftCms({ attached: 'none' });
    const { certificate, ca } = signerOf('sign');
    // Behind the beginning is the list of certificates, of which the tag and the length take 4 bytes.
    const end = Math.min(indexOf(cms, certificate), indexOf(cms, ca)) - 4;
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, length) =>
        isDetachedCms(cms.subarray(0, length)).catch((error) => error),
      ),
    );
    for (const [length, result] of results.entries()) {
      if (length < end) expect(result).toMatchObject(REFUSED);
      else expect(result).toBe(true);
    }
    const digests = new Array(8000).fill(algorithm('2.16.840.1.101.3.4.2.1'));
    const long = await craftCms({ attached: 'none', digestAlgorithms: digests });
    await expect(isDetachedCms(long)).rejects.toMatchObject(REFUSED);
  });

  it('is told of none of random bytes, and no other error comes of them', async () => {
    const cms = await craftCms({ attached: 'none' });
    const random = randomFrom(11);
    for (let i = 0; i < 2000; i++) {
      const changed = flipped(cms, Math.floor(random() * 70), Math.floor(random() * 8));
      const result = await isDetachedCms(changed).catch((error) => error.code);
      expect([true, false, 'SIGNATURE_INVALID']).toContain(result);
    }
  });
});
