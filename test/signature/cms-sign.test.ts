import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';
import { describe, expect, it, vi } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { signCms, verifyCms } from '../../src/signature/cms.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { Intercepted } from '../support/connections.js';
import { anchors, CONTENT, chunks, codes, flipped, openCard, signerOf, unlockedCard } from './support.js';

const COMPUTE_DIGITAL_SIGNATURE = 0x2a;

/** The commands a card was sent since `start`. */
async function counted() {
  const commands: Uint8Array[] = [];
  const applet = await unlockedCard((connection) => {
    return new Intercepted(connection, (_number, command, send) => {
      commands.push(command);
      return send();
    });
  });
  commands.length = 0;
  return { applet, commands };
}

const blocks = (der: Uint8Array) => Math.ceil(der.length / 256);

describe('a message signed with the card', () => {
  it.each([
    ['auth', 'SHA-256', false],
    ['auth', 'SHA-512', true],
    ['sign', 'SHA-256', true],
    ['sign', 'SHA-384', false],
    ['sign', 'SHA-512', false],
  ] as const)('with %s and %s is valid (detached: %s)', async (role, hash, detached) => {
    const cms = await signCms(await unlockedCard(), CONTENT, { role, hash, detached });
    const options = { anchors, purpose: role, ...(detached ? { content: CONTENT } : {}) };
    const verdict = await verifyCms(cms, options);
    expect(codes(verdict)).toEqual([]);
    expect(verdict).toMatchObject({ valid: true, signers: [{ hash, notes: [] }] });
    expect(verdict.valid && verdict.content).toEqual(detached ? undefined : CONTENT);
  });

  // Expected bytes by hand from X.690, in the forms that RFC 5652 section 11.3 wants.
  it.each([
    ['2049-12-31T23:59:59.999Z', '170d3439313233313233353935395a'],
    ['2050-01-01T00:00:00Z', '180f32303530303130313030303030305a'],
    ['1950-01-01T00:00:00Z', '170d3530303130313030303030305a'],
    ['1949-12-31T23:59:59Z', '180f31393439313233313233353935395a'],
    ['0000-01-01T00:00:00.001Z', '180f30303030303130313030303030305a'],
  ])('has the time %s in the form of RFC 5652', async (text, expected) => {
    const cms = await signCms(await unlockedCard(), CONTENT, { signingTime: new Date(text) });
    expect(toHex(cms)).toContain(`06092a864886f70d010905310f${expected}`.replace('310f18', '311118'));
  });

  it('names the hash without parameters and the signature with NULL (RFC 5754)', async () => {
    const cms = toHex(await signCms(await unlockedCard(), CONTENT, { hash: 'SHA-384' }));
    expect(cms.split('300b0609608648016503040202')).toHaveLength(3);
    expect(cms.split('300d06092a864886f70d01010c0500')).toHaveLength(2);
  });

  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 200_000])(
    'holds a content of %i bytes as one OCTET STRING',
    async (length) => {
      const content = new Uint8Array(length).fill(0x5a);
      const cms = await signCms(await unlockedCard(), content);
      // Byte by byte, `toEqual` takes seconds.
      const verdict = await verifyCms(cms, { anchors });
      expect(verdict.valid && Buffer.compare(verdict.content ?? new Uint8Array(0), content)).toBe(0);
      const { result } = asn1js.fromBER(cms);
      expect(Buffer.compare(Buffer.from(result.toBER()), cms)).toBe(0);
    },
  );

  it('says when, in whole seconds, on both sides of 2050', async () => {
    const applet = await unlockedCard();
    for (const text of ['2026-12-31T23:59:59Z', '2050-01-01T00:00:00Z', '1949-12-31T23:59:59Z']) {
      const verdict = await verifyCms(await signCms(applet, CONTENT, { signingTime: new Date(text) }), {
        anchors,
      });
      expect(verdict.signers[0]?.signingTime).toEqual(new Date(text));
    }
  });

  it('leaves the time out where it is told to, and is as good without', async () => {
    const cms = await signCms(await unlockedCard(), CONTENT, { signingTime: false });
    expect(toHex(cms)).not.toContain('06092a864886f70d010905');
    expect(await verifyCms(cms, { anchors })).toMatchObject({
      valid: true,
      signers: [{ signingTime: undefined }],
    });
  });

  it('holds the certificates of the signer and its CA, and nothing personal but them', async () => {
    const cms = Buffer.from(await signCms(await unlockedCard(), CONTENT, { role: 'auth' }));
    const { certificate, ca } = signerOf('auth');
    expect(cms.indexOf(certificate)).toBeGreaterThan(0);
    expect(cms.indexOf(ca)).toBeGreaterThan(0);
    expect(cms.indexOf(signerOf('sign').certificate)).toBe(-1);
  });

  it('is taken by pkijs too', async () => {
    pkijs.setEngine('webcrypto', new pkijs.CryptoEngine({ crypto: globalThis.crypto, name: 'webcrypto' }));
    const cms = await signCms(await unlockedCard(), CONTENT, { hash: 'SHA-384' });
    const info = pkijs.ContentInfo.fromBER(new Uint8Array(cms));
    const signed = new pkijs.SignedData({ schema: info.content });
    expect(await signed.verify({ signer: 0 })).toBe(true);
  });

  it('is DER: its sets are in order, and it is the same when written again', async () => {
    const cms = await signCms(await unlockedCard(), CONTENT);
    const { result } = asn1js.fromBER(cms);
    expect(Buffer.from(result.toBER())).toEqual(Buffer.from(cms));
    const sets: Buffer[][] = [];
    const visit = (value: unknown): void => {
      if (!(value instanceof asn1js.Constructed)) return;
      const inner = value.valueBlock.value;
      // SET, the certificates [0], and the signed attributes [0].
      const isSet = value instanceof asn1js.Set || (value.idBlock.tagClass === 3 && inner.length > 1);
      if (isSet) sets.push(inner.map((one) => Buffer.from(one.toBER())));
      inner.forEach(visit);
    };
    visit(result);
    expect(sets.filter(({ length }) => length > 1)).toHaveLength(2);
    for (const set of sets) expect(set).toEqual([...set].sort(Buffer.compare));
  });
});

describe('exchanges', () => {
  it('are those of the two certificates and one signature, and afterwards only the signature', async () => {
    const { applet, commands } = await counted();
    const { certificate, ca } = signerOf('sign');
    await signCms(applet, CONTENT);
    expect(commands).toHaveLength(blocks(certificate) + blocks(ca) + 1);
    expect(commands.filter((command) => command[1] === COMPUTE_DIGITAL_SIGNATURE)).toHaveLength(1);
    commands.length = 0;
    await signCms(applet, CONTENT, { detached: true });
    expect(commands).toHaveLength(1);
  });

  it('go on while the content is still coming', async () => {
    const { applet, commands } = await counted();
    // Ends only when the card has been read: were one to wait for the other, neither would end.
    async function* waiting() {
      yield CONTENT;
      await vi.waitFor(() => expect(commands.length).toBeGreaterThan(2));
      yield CONTENT;
    }
    const cms = await signCms(applet, waiting(), { detached: true });
    expect((await verifyCms(cms, { anchors, content: Buffer.concat([CONTENT, CONTENT]) })).valid).toBe(true);
  });

  it('leave the card to others while the content is slow', async () => {
    const applet = await unlockedCard();
    let deliver: (content: Uint8Array) => void = () => {};
    const content = new Promise<Uint8Array>((resolve) => {
      deliver = resolve;
    });
    async function* slow() {
      yield await content;
    }
    const signing = signCms(applet, slow(), { detached: true });
    expect((await applet.readStatus()).pins.sign.triesLeft).toBe(5);
    deliver(CONTENT);
    await signing;
  });

  it('leave the card its turn while a stream never waits', async () => {
    let commands = 0;
    const applet = await unlockedCard((connection) => {
      return new Intercepted(connection, async (_number, _command, send) => {
        commands++;
        // As from a reader: an answer comes in a turn of its own.
        await new Promise((resolve) => setImmediate(resolve));
        return send();
      });
    });
    commands = 0;
    let commandsAtTheEnd = 0;
    async function* ready() {
      for (let i = 0; i < 16; i++) yield new Uint8Array(1 << 20);
      commandsAtTheEnd = commands;
    }
    await signCms(applet, ready(), { detached: true });
    expect(commandsAtTheEnd).toBeGreaterThan(2);
  });
});

describe('nothing is handed out', () => {
  const signatureOf = (change: (response: Uint8Array) => Uint8Array) => (connection: CardConnection) =>
    new Intercepted(connection, async (_number, command, send) => {
      const response = await send();
      return command[1] === COMPUTE_DIGITAL_SIGNATURE ? change(response) : response;
    });

  it.each([0, 128, 255])('when a bit of the signature was changed on the way (byte %i)', async (at) => {
    const applet = await unlockedCard(signatureOf((response) => flipped(response, at)));
    await expect(signCms(applet, CONTENT)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID', role: 'sign' });
  });

  it('before the PIN, and the stream is not read to its end then', async () => {
    const applet = await openCard();
    const returned = vi.fn();
    async function* endless() {
      try {
        for (;;) {
          yield CONTENT;
          await new Promise((resolve) => setTimeout(resolve));
        }
      } finally {
        returned();
      }
    }
    await expect(signCms(applet, endless(), { detached: true })).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
    });
    await vi.waitFor(() => expect(returned).toHaveBeenCalled());
    await expect(signCms(applet, CONTENT, { role: 'auth' })).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  });

  it('when the stream fails: its own error comes out', async () => {
    const failure = new Error('disk gone');
    async function* broken() {
      yield CONTENT;
      throw failure;
    }
    await expect(signCms(await unlockedCard(), broken(), { detached: true })).rejects.toBe(failure);
  });

  it('when a chunk is a text', async () => {
    const texts = chunks('契約' as never);
    await expect(signCms(await unlockedCard(), texts, { detached: true })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('content', () => {
  it('that comes in chunks is signed detached only', async () => {
    const error = await signCms(await unlockedCard(), chunks(CONTENT)).catch((cause) => cause);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(/detached: true/);
    expect(error.inLanguage('ja').message).toMatch(/detached: true/);
  });

  it('is signed the same in whatever chunks it comes', async () => {
    const applet = await unlockedCard();
    for (const parts of [[], [CONTENT], [CONTENT.subarray(0, 1), new Uint8Array(0), CONTENT.subarray(1)]]) {
      const cms = await signCms(applet, chunks(...parts), { detached: true });
      expect((await verifyCms(cms, { anchors, content: Buffer.concat(parts) })).valid).toBe(true);
    }
  });

  it.each(['SHA-256', 'SHA-512'] as const)('may be given as its %s alone, made beforehand', async (hash) => {
    const digest = new Uint8Array(await crypto.subtle.digest(hash, Buffer.from(CONTENT)));
    const pending = signCms(await unlockedCard(), { digest }, { hash, detached: true });
    digest.fill(0);
    expect((await verifyCms(await pending, { anchors, content: CONTENT })).valid).toBe(true);
  });

  it('is no digest of another length, and no digest where it is to be in the message', async () => {
    const { applet, commands } = await counted();
    const digest = new Uint8Array(32);
    for (const [content, options] of [
      [{ digest }, { hash: 'SHA-384', detached: true }],
      [{ digest: 'text' }, { detached: true }],
      [{ digest }, {}],
    ] as const) {
      await expect(signCms(applet, content as never, options)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    expect(commands).toHaveLength(0);
  });

  it('is what was given, whatever becomes of the bytes afterwards', async () => {
    const content = Buffer.from(CONTENT);
    const pending = signCms(await unlockedCard(), content);
    content.fill(0);
    expect(await verifyCms(await pending, { anchors })).toMatchObject({ valid: true, content: CONTENT });
  });

  it('may lie in shared memory', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(CONTENT.length));
    shared.set(CONTENT);
    const cms = await signCms(await unlockedCard(), shared, { detached: true });
    expect((await verifyCms(cms, { anchors, content: shared })).valid).toBe(true);
  });
});

describe('options that are none', () => {
  it.each([
    { role: 'admin' },
    { hash: 'SHA-1' },
    { hash: 'toString' },
    { signingTime: new Date(Number.NaN) },
    { signingTime: new Date('+010000-01-01T00:00:00Z') },
  ])('are refused before the card is asked: %o', async (options) => {
    const { applet, commands } = await counted();
    await expect(signCms(applet, CONTENT, options as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(commands).toHaveLength(0);
  });

  it.each(['text', undefined, 12, [1, 2]])(
    'as is content that is neither bytes nor a stream: %s',
    async (content) => {
      const { applet, commands } = await counted();
      await expect(signCms(applet, content as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(commands).toHaveLength(0);
    },
  );
});

it('a card whose certificate is not that of its key signs nothing', async () => {
  const stranger = signerOf('auth');
  const applet = await unlockedCard();
  vi.spyOn(applet, 'readCertificate').mockResolvedValue(JpkiCertificate.parse(stranger.certificate));
  await expect(signCms(applet, CONTENT)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
});
