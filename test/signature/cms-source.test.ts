import { describe, expect, it, vi } from 'vitest';
import { readBer } from '../../src/asn1/ber.js';
import { MessageSource, WHOLE_MESSAGE } from '../../src/asn1/ber-stream.js';
import { concatBytes, fromHex, toHex } from '../../src/bytes.js';
import { verifyCms } from '../../src/signature/cms.js';
import * as der from './der-write.js';
import { anchors, chunks, codes, craftCms, inChunks, verifyBothWays } from './support.js';

vi.mock('../../src/asn1/ber.js', async (original) => {
  const ber = await original<typeof import('../../src/asn1/ber.js')>();
  return { ...ber, readBer: vi.fn(ber.readBer) };
});

const bytes = (hex: string) => fromHex(hex) ?? new Uint8Array(0);

/** The content of an octet string, and what was read of the bytes. */
async function octets(hex: string, limit = Number.POSITIVE_INFINITY): Promise<{ hex: string; read: number }> {
  const source = new MessageSource(inChunks(bytes(hex)));
  const pieces: Uint8Array[] = [];
  const head = await source.head(8);
  await source.octets(head, { ...WHOLE_MESSAGE, limit }, (piece) => pieces.push(piece));
  return { hex: toHex(concatBytes(...pieces)), read: source.position };
}

/** Encodings by hand from X.690 sections 8.1 and 8.7. */
describe('an octet string', () => {
  it.each([
    ['0403 616263', '616263', 5],
    ['0481 03 616263', '616263', 6],
    ['0400', '', 2],
    ['2407 0402 6162 0401 63', '616263', 9],
    ['2480 0402 6162 0400 0401 63 0000', '616263', 13],
    ['2480 0484 00000001 61 0000', '61', 11],
    ['2480 0000', '', 4],
    ['2400', '', 2],
    ['2404 0400 0400', '', 6],
    ['2405 2403 040161', '61', 7],
    ['2480 2480 0401 61 0000 0401 62 0000', '6162', 14],
    ['240a 2402 0400 2404 2402 0400', '', 12],
    ['2480 2403 0401 61 2480 0000 0401 62 0000', '6162', 16],
    [`${'2480'.repeat(24)} 0401 61 ${'0000'.repeat(24)}`, '61', 99],
  ])('%s is read, whole or in parts, and no byte further', async (hex, content, read) => {
    for (const behind of ['', '00', '0401 62']) {
      expect(await octets(`${hex}${behind}`)).toEqual({ hex: content, read });
    }
  });

  it.each([
    '0c03 616263',
    '2403 020105',
    '2405 2404 040161',
    '2405 2403 0c0161',
    '2480 2480 0401 61 0000',
    '2480 2404 0401 61 0000',
    '2403 2480 0000',
    `${'2480'.repeat(26)} 0401 61 ${'0000'.repeat(26)}`,
    '2480 0480 0000',
    '0480 61 0000',
    '0403 6162',
    '2480 0401 61',
    '2480 0401 61 00',
    '2480 0001 61 0000',
    '2402 0000',
    '2403 0402 6162',
    '2403 0400 04',
    '2481',
    '2480 0488 ffffffffffffffff 00',
  ])('%s is none', async (hex) => {
    await expect(octets(hex)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it.each([
    ['0403 616263', 4],
    ['2480 0401 61 0000', 6],
    ['2480 0401 61 0000', 4],
    ['2405 0401 61 0400', 6],
  ])('%s may not reach past the end of what it is in (%d)', async (hex, limit) => {
    await expect(octets(hex, limit)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});

describe('a message that comes as a stream', () => {
  it('is let go of when it is no message, with the rest unread', async () => {
    let asked = 0;
    let closed = false;
    async function* endless() {
      try {
        for (; ; asked++) yield new Uint8Array(65_536);
      } finally {
        closed = true;
      }
    }
    await expect(verifyCms(endless())).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect({ asked, closed }).toEqual({ asked: 0, closed: true });
  });

  it('that cannot be let go of does not hide why it was', async () => {
    const stream: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: new Uint8Array(65_536) }),
        return: () => Promise.reject(new Error('closing failed')),
      }),
    };
    await expect(verifyCms(stream)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });

  it('gives an error of its own unchanged, and a chunk that is none is an argument error', async () => {
    const failure = new Error('disk gone');
    async function* broken(last: unknown) {
      yield (await craftCms()).subarray(0, 200);
      if (last instanceof Error) throw last;
      yield last as Uint8Array;
    }
    await expect(verifyCms(broken(failure))).rejects.toBe(failure);
    await expect(verifyCms(broken('text'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('may come in one buffer that is filled again and again', async () => {
    const cms = await craftCms({ content: new Uint8Array(3000).fill(7) });
    async function* reused() {
      const buffer = new Uint8Array(100);
      for (let at = 0; at < cms.length; at += buffer.length) {
        const part = cms.subarray(at, at + buffer.length);
        buffer.set(part);
        yield buffer.subarray(0, part.length);
      }
    }
    expect((await verifyCms(reused(), { anchors })).valid).toBe(true);
  });

  it('hands out its content as it is read, and waits until it is taken', async () => {
    const content = new Uint8Array(300_000).fill(7);
    const cms = await craftCms({ content });
    const pieces: Uint8Array[] = [];
    let busy = false;
    const verdict = await verifyCms(inChunks(cms), {
      anchors,
      async onContent(piece) {
        expect(busy).toBe(false);
        busy = true;
        await new Promise(setImmediate);
        pieces.push(piece);
        busy = false;
      },
    });
    expect(verdict).toMatchObject({ valid: true, content: undefined });
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  it('does not let who takes the content change what is judged', async () => {
    const craft = await craftCms({ signers: [{ attributes: 'none' }] });
    const verdict = await verifyCms(inChunks(craft), { anchors, onContent: (piece) => piece.fill(0) });
    expect(verdict.valid).toBe(true);
  });

  it('is given up when its content cannot be taken', async () => {
    const failure = new Error('disk full');
    const onContent = () => Promise.reject(failure);
    for (const cms of [await craftCms(), inChunks(await craftCms())]) {
      await expect(verifyCms(cms, { onContent })).rejects.toBe(failure);
    }
    await expect(verifyCms(inChunks(await craftCms()), { onContent: 7 as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('of more than 16 MiB and without signed attributes cannot be checked, as its content is not kept', async () => {
    const content = new Uint8Array(16 * 1024 * 1024 + 1);
    const cms = await craftCms({ content, signers: [{ attributes: 'none' }] });
    expect((await verifyCms(cms, { anchors })).valid).toBe(true);
    expect(codes(await verifyCms(chunks(cms), { anchors }))).toEqual(['CONTENT_NOT_WHOLE']);
  });

  it('has at most 16 MiB behind its content, and 64 KiB in front of it', async () => {
    const list = (length: number) => [der.implicitSetOf(1, der.octetString(new Uint8Array(length)))];
    const size = 16 * 1024 * 1024;
    const [most, toomuch] = await Promise.all(
      [size - 8192, size].map((length) => craftCms({ more: list(length) })),
    );
    if (!most || !toomuch) throw new Error('no messages');
    expect((await verifyCms(chunks(most), { anchors })).valid).toBe(true);
    for (const cms of [toomuch, chunks(toomuch)])
      await expect(verifyCms(cms, { anchors })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    const filler = der.sequence(
      der.objectIdentifier('2.16.840.1.101.3.4.2.1'),
      der.octetString(new Uint8Array(65_536)),
    );
    const head = await craftCms({ digestAlgorithms: [filler] });
    await expect(verifyBothWays(head, { anchors })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
  });
});

it('is looked through once for attributes that pose as content, however many signers it has', async () => {
  vi.mocked(readBer).mockClear();
  const signers = new Array(16).fill({ attributes: 'none' });
  expect((await verifyCms(await craftCms({ signers }), { anchors })).signers).toHaveLength(16);
  expect(readBer).toHaveBeenCalledTimes(1);
});

it('hands on parts of a byte or none together, so that millions of them cost little', async () => {
  const count = 2 ** 20;
  const parts = new Uint8Array(5 * count);
  for (let at = 0; at < parts.length; at += 5) parts.set([4, 0, 4, 1, 65], at);
  const cms = concatBytes(Uint8Array.of(0x24, 0x80), parts, Uint8Array.of(0, 0));
  const pieces: Uint8Array[] = [];
  const source = new MessageSource(chunks(cms));
  await source.octets(await source.head(8), WHOLE_MESSAGE, (piece) => pieces.push(piece));
  expect(pieces.map(({ length }) => length)).toEqual(new Array(16).fill(65_536));
});
