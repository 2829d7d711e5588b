/** The socket of the agent: its place, its clients, and what hostile ones get. */
import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign as signWith,
  verify,
} from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JpkiApplet, type JpkiError } from '../../src/index.js';
import { createSshAgent, type SshAgent, type SshSignRequest } from '../../src/ssh/index.js';
import { VIRTUAL_PINS, type VirtualCard } from '../../src/virtual/index.js';
import { virtualCard } from '../support/virtual.js';
import { fileData, LIST, loginData, ownFolder, RawClient, signRequest, str, u32 } from './support.js';

const FAILURE = Buffer.of(5);
const SUCCESS = Buffer.of(6);

const at = ownFolder();
let number = 0;
let path: string;
let card: VirtualCard;
let agent: SshAgent;
let blob: Uint8Array;
/** How often the card was opened. */
let opened: number;
let asked: SshSignRequest[];
let signed: SshSignRequest[];
let refused: string[];
let askPin: () => string | Promise<string>;

beforeEach(async () => {
  card = await virtualCard();
  [asked, signed, refused] = [[], [], []];
  askPin = () => VIRTUAL_PINS.auth;
  opened = 0;
  const open = () => {
    opened++;
    return JpkiApplet.select(card.connect());
  };
  agent = createSshAgent(open, {
    pin: (request) => {
      asked.push(request);
      return askPin();
    },
  });
  path = at(`${++number}/agent.sock`);
  blob = (await agent.publicKeys())[0]?.blob ?? new Uint8Array(0);
});
afterEach(() => agent.close());

const listen = () =>
  agent.listen(path, {
    onSigned: (request) => signed.push(request),
    onRefused: (error: JpkiError) => refused.push(error.code),
  });

describe('the place of the socket', () => {
  it('is 0600 in a folder that is made with 0700, and gone with the agent', async () => {
    const server = await listen();
    expect([statSync(path).mode & 0o777, statSync(at(`${number}`)).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(server.path).toBe(path);
    await server.close();
    expect(existsSync(path)).toBe(false);
    await listen();
    await agent.close();
    expect(existsSync(path)).toBe(false);
  });

  it.each([0o755, 0o770, 0o701])('is not a folder that others may look into (%o)', async (mode) => {
    mkdirSync(at(`${number}`));
    chmodSync(at(`${number}`), mode);
    await expect(listen()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'path' });
    expect(existsSync(path)).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)('is not a folder of somebody else, which root is let into', async () => {
    mkdirSync(at(`${number}`), { mode: 0o700 });
    chownSync(at(`${number}`), 65534, 65534);
    await expect(listen()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'path' });
  });

  it('is taken over from an agent that was killed, not from one that serves', async () => {
    mkdirSync(at(`${number}`), { mode: 0o700 });
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(path, resolve));
    await expect(listen()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    // The name of a socket that nobody listens on any more, as a killed agent leaves it: a link keeps it from being removed.
    const { renameSync } = await import('node:fs');
    renameSync(path, `${path}.kept`);
    await new Promise((resolve) => other.close(resolve));
    renameSync(`${path}.kept`, path);
    await listen();
    const client = await RawClient.open(path);
    expect((await client.ask(LIST))?.[0]).toBe(12);
    client.leave();
  });

  it.each<[string, () => void]>([
    ['a file', () => writeFileSync(path, 'mine')],
    ['a link', () => symlinkSync(at('elsewhere'), path)],
    ['a folder', () => mkdirSync(path)],
  ])('is not where there is %s, which stays', async (_what, make) => {
    mkdirSync(at(`${number}`), { mode: 0o700 });
    make();
    const before = existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined;
    await expect(listen()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    if (before !== undefined) expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('is not a name that is too long for a socket', async () => {
    path = at(`${number}/${'x'.repeat(120)}`);
    await expect(listen()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('a client', () => {
  it('gets the key, and signatures with the hash it asks for', async () => {
    await listen();
    const client = await RawClient.open(path);
    const [key] = await agent.publicKeys();
    const list = Buffer.concat([Buffer.of(12), u32(1), str(blob), str(key?.comment ?? '')]);
    expect(await client.ask(LIST)).toEqual(list);
    const { n = '', e = '' } = jwkOf(key?.line ?? '');
    const publicKey = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' });
    for (const [flags, name, algorithm] of [
      [2, 'rsa-sha2-256', 'RSA-SHA256'],
      [4, 'rsa-sha2-512', 'RSA-SHA512'],
      // As OpenSSH's agent (agent_decode_alg in ssh-agent.c).
      [6, 'rsa-sha2-256', 'RSA-SHA256'],
    ] as const) {
      const data = loginData(blob);
      const answer = await client.ask(signRequest(blob, data, flags));
      const head = Buffer.concat([str(name), u32(256)]);
      expect(answer?.subarray(0, 5 + head.length)).toEqual(
        Buffer.concat([Buffer.of(14), u32(head.length + 256), head]),
      );
      expect(verify(algorithm, data, publicKey, answer?.subarray(-256) ?? new Uint8Array(0))).toBe(true);
    }
    expect([asked.length, signed.length, refused]).toEqual([3, 3, []]);
    client.leave();
  });

  it('gets no SHA-1, and no PIN is asked for it', async () => {
    await listen();
    const client = await RawClient.open(path);
    for (const flags of [0, 1, 8])
      expect(await client.ask(signRequest(blob, loginData(blob), flags))).toEqual(FAILURE);
    expect([asked, refused]).toEqual([[], ['UNSUPPORTED', 'UNSUPPORTED', 'UNSUPPORTED']]);
    client.leave();
  });

  it('sees no key where there is no card, and is not hung up on', async () => {
    const empty = createSshAgent(() => Promise.reject(new Error('no reader here')), { pin: () => '' });
    await empty.listen(path, { onRefused: (error) => refused.push(error.code) });
    const client = await RawClient.open(path);
    expect(await client.ask(LIST)).toEqual(Buffer.concat([Buffer.of(12), u32(0)]));
    expect(refused).toEqual(['ABORTED']);
    client.leave();
    await empty.close();
  });

  it('hears of a wrong PIN as a failure, and may ask again', async () => {
    await listen();
    const client = await RawClient.open(path);
    askPin = () => '0000';
    expect(await client.ask(signRequest(blob, loginData(blob)))).toEqual(FAILURE);
    expect([refused, card.triesLeft.auth]).toEqual([['PIN_INCORRECT'], 2]);
    askPin = () => VIRTUAL_PINS.auth;
    expect((await client.ask(signRequest(blob, loginData(blob))))?.[0]).toBe(14);
    expect(card.triesLeft.auth).toBe(3);
    client.leave();
  });

  it('shares the agent with another: one question at a time, and each gets its own answer', async () => {
    await listen();
    const [one, two] = [await RawClient.open(path), await RawClient.open(path)];
    let waiting = 0;
    let most = 0;
    askPin = async () => {
      most = Math.max(most, ++waiting);
      await new Promise((resolve) => setImmediate(resolve));
      waiting--;
      return VIRTUAL_PINS.auth;
    };
    const data = [loginData(blob, { user: 'one' }), loginData(blob, { user: 'two' })];
    const answers = await Promise.all(
      [one, two].map((client, i) => client.ask(signRequest(blob, data[i] ?? LIST))),
    );
    const key = createPublicKey({
      key: { kty: 'RSA', ...jwkOf((await agent.publicKeys())[0]?.line ?? '') },
      format: 'jwk',
    });
    for (const [i, answer] of answers.entries())
      expect(verify('RSA-SHA512', data[i] ?? LIST, key, answer?.subarray(-256) ?? LIST)).toBe(true);
    expect([most, asked.length]).toEqual([1, 2]);
    one.leave();
    two.leave();
  });

  it('that hangs up ends its question, and the next one is served', async () => {
    await listen();
    const [gone, next] = [await RawClient.open(path), await RawClient.open(path)];
    askPin = () => new Promise(() => undefined);
    gone.write(str(signRequest(blob, loginData(blob))));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    askPin = () => VIRTUAL_PINS.auth;
    const answer = next.ask(signRequest(blob, fileData()));
    gone.leave();
    expect((await answer)?.[0]).toBe(14);
    expect(refused).toEqual(['ABORTED']);
    next.leave();
  });
});

describe('a hostile client', () => {
  it.each<[string, Buffer]>([
    ['a length of nothing', u32(0)],
    ['a length beyond 256 KiB', u32(256 * 1024 + 1)],
    ['the longest length', u32(0xffff_ffff)],
  ])('is hung up on for %s, and nobody else is', async (_what, bytes) => {
    await listen();
    const [hostile, other] = [await RawClient.open(path), await RawClient.open(path)];
    hostile.write(bytes);
    expect(await hostile.answer()).toBeUndefined();
    expect((await other.ask(LIST))?.[0]).toBe(12);
    other.leave();
  });

  it('with half a message keeps nobody waiting, and is answered when the other half comes', async () => {
    await listen();
    const [half, other] = [await RawClient.open(path), await RawClient.open(path)];
    const whole = str(signRequest(blob, loginData(blob)));
    half.write(whole.subarray(0, 2));
    expect((await other.ask(LIST))?.[0]).toBe(12);
    half.write(whole.subarray(2, 100));
    expect((await other.ask(LIST))?.[0]).toBe(12);
    for (const byte of whole.subarray(100)) half.write(Buffer.of(byte));
    expect((await half.answer())?.[0]).toBe(14);
    half.write(whole.subarray(0, 50));
    half.leave();
    expect((await other.ask(LIST))?.[0]).toBe(12);
    other.leave();
  });

  it('that floods gets its answers in order, one for each', async () => {
    await listen();
    const client = await RawClient.open(path);
    const messages = Array.from({ length: 3000 }, (_, i) =>
      str(i % 3 === 0 ? LIST : Buffer.of(17 + (i % 3))),
    );
    client.write(...messages);
    for (let i = 0; i < messages.length; i++) expect((await client.answer())?.[0]).toBe(i % 3 === 0 ? 12 : 5);
    client.leave();
  });

  it('that reads no answers is asked to wait, and gathers none in the memory of the agent', async () => {
    await listen();
    const hostile = connect(path);
    await once(hostile, 'connect');
    const sent = 4_000;
    opened = 0;
    hostile.write(Buffer.concat(Array.from({ length: sent }, () => str(LIST))));
    const other = await RawClient.open(path);
    let asks = 0;
    let answered = -1;
    // Both have their turns: while the first is answered at all, it is between two questions of the other.
    while (answered !== opened - asks && asks < 2 * sent) {
      answered = opened - asks;
      for (let i = 0; i < 20; i++, asks++) await other.ask(LIST);
    }
    expect(answered).toBeGreaterThan(0);
    expect(answered).toBeLessThan(sent);
    hostile.destroy();
    other.leave();
  });

  it('that asks on and on without waiting is hung up on', async () => {
    await listen();
    const client = await RawClient.open(path);
    client.write(...Array.from({ length: 20_000 }, () => str(LIST)));
    let answer: Buffer | undefined = LIST;
    for (let i = 0; i < 20_000 && answer; i++) answer = await client.answer();
    expect(answer).toBeUndefined();
  });

  it('that leaves with questions behind it takes the one for the PIN away', async () => {
    await listen();
    const client = await RawClient.open(path);
    const isAsked = new Promise<void>((resolve) => {
      askPin = () => {
        resolve();
        return new Promise(() => undefined);
      };
    });
    // More than a socket that is paused would take: it would not tell that its client is gone.
    const more = Array.from({ length: 40 }, () => str(Buffer.alloc(10_000, 99)));
    client.write(str(signRequest(blob, loginData(blob))), ...more);
    await isAsked;
    client.leave();
    await vi.waitFor(() => expect(refused).toEqual(['ABORTED']));
  });

  it('is one of at most 64, and makes room when it goes', async () => {
    await listen();
    const clients = await Promise.all(Array.from({ length: 64 }, () => RawClient.open(path)));
    expect((await clients.at(-1)?.ask(LIST))?.[0]).toBe(12);
    const tooMany = await RawClient.open(path);
    tooMany.write(str(LIST));
    expect(await tooMany.answer()).toBeUndefined();
    for (const client of clients) client.leave();
    await vi.waitFor(async () => {
      const late = await RawClient.open(path);
      const answer = await late.ask(LIST);
      late.leave();
      expect(answer?.[0]).toBe(12);
    });
  });

  const other = () => Buffer.concat([Buffer.from(blob).subarray(0, -1), Buffer.of(1)]);
  it.each<[string, () => Buffer]>([
    ['an unknown message', () => Buffer.of(200)],
    ['adding a key', () => Buffer.concat([Buffer.of(17), str('ssh-rsa')])],
    ['removing all keys', () => Buffer.of(19)],
    ['locking', () => Buffer.concat([Buffer.of(22), str('secret')])],
    ['an identities request with something behind', () => Buffer.concat([LIST, Buffer.of(0)])],
    ['an empty sign request', () => Buffer.of(13)],
    [
      'a key that reaches past the end',
      () => Buffer.concat([Buffer.of(13), u32(0xffff_fff0), Buffer.from('x')]),
    ],
    ['no flags', () => signRequest(blob, loginData(blob)).subarray(0, -4)],
    ['something behind the flags', () => Buffer.concat([signRequest(blob, loginData(blob)), Buffer.of(0)])],
    ['a hash to sign', () => signRequest(blob, randomBytes(32))],
    ['a login of another key', () => signRequest(blob, loginData(other()))],
    ['256 KiB of nothing', () => signRequest(blob, new Uint8Array(256 * 1024 - 400))],
    ['an unknown extension', () => Buffer.concat([Buffer.of(27), str('query')])],
    ['an extension without a name', () => Buffer.of(27)],
  ])('gets a failure for %s, and nobody is asked for a PIN', async (_what, message) => {
    await listen();
    const client = await RawClient.open(path);
    expect(await client.ask(message())).toEqual(FAILURE);
    expect((await client.ask(LIST))?.[0]).toBe(12);
    expect(asked).toEqual([]);
    client.leave();
  });
});

describe('session-bind', () => {
  const keys = {
    'ssh-ed25519': generateKeyPairSync('ed25519'),
    'ecdsa-sha2-nistp256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    'ecdsa-sha2-nistp384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    'ecdsa-sha2-nistp521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
    'ssh-rsa': generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  type Kind = keyof typeof keys;
  const KINDS = Object.keys(keys) as Kind[];
  const mpint = (bytes: Buffer): Buffer => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.subarray(first < 0 ? bytes.length : first);
    return str((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), short]) : short);
  };

  /** RFC 8709, RFC 5656 section 3.1, RFC 4253 section 6.6. */
  function hostBlob(kind: Kind, publicKey: KeyObject = keys[kind].publicKey): Buffer {
    const jwk = publicKey.export({ format: 'jwk' });
    const part = (name: 'x' | 'y' | 'n' | 'e') => Buffer.from(jwk[name] ?? '', 'base64url');
    if (kind === 'ssh-ed25519') return Buffer.concat([str(kind), str(part('x'))]);
    if (kind === 'ssh-rsa') return Buffer.concat([str(kind), mpint(part('e')), mpint(part('n'))]);
    const curve = kind.replace('ecdsa-sha2-', '');
    return Buffer.concat([str(kind), str(curve), str(Buffer.concat([Buffer.of(4), part('x'), part('y')]))]);
  }

  const HASHES: Partial<Record<Kind, string>> = {
    'ecdsa-sha2-nistp256': 'sha256',
    'ecdsa-sha2-nistp384': 'sha384',
    'ecdsa-sha2-nistp521': 'sha512',
    'ssh-rsa': 'sha512',
  };
  function hostSignature(kind: Kind, data: Uint8Array): Buffer {
    const { privateKey } = keys[kind];
    if (!kind.startsWith('ecdsa'))
      return Buffer.concat([
        str(kind === 'ssh-rsa' ? 'rsa-sha2-512' : kind),
        str(signWith(HASHES[kind] ?? null, data, privateKey)),
      ]);
    const both = signWith(HASHES[kind], data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const half = both.length / 2;
    return Buffer.concat([
      str(kind),
      str(Buffer.concat([mpint(both.subarray(0, half)), mpint(both.subarray(half))])),
    ]);
  }

  function bind(
    kind: Kind,
    sessionId: Uint8Array,
    {
      forwarding = false,
      signature = hostSignature(kind, sessionId),
      hostKey = hostBlob(kind),
    }: { forwarding?: boolean; signature?: Buffer | undefined; hostKey?: Buffer | undefined } = {},
  ): Buffer {
    return Buffer.concat([
      Buffer.of(27),
      str('session-bind@openssh.com'),
      ...[str(hostKey), str(sessionId), str(signature), Buffer.of(forwarding ? 1 : 0)],
    ]);
  }

  function forward(sessionId: Uint8Array, kind: Kind = 'ssh-ed25519', signature?: Buffer, hostKey?: Buffer) {
    return bind(kind, sessionId, { forwarding: true, signature, hostKey });
  }

  /** `SHA256:` and base64 without padding, as `ssh-keygen -l` has it. */
  const fingerprint = async (key: Uint8Array): Promise<string> =>
    `SHA256:${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(key)))
      .toString('base64')
      .replace(/=+$/, '')}`;

  it.each(KINDS)('shows the host key of the login, %s', async (kind) => {
    await listen();
    // Signatures of ECDSA have numbers of several lengths.
    for (let i = 0; i < 8; i++) {
      const client = await RawClient.open(path);
      const sessionId = randomBytes(32);
      expect(await client.ask(bind(kind, sessionId))).toEqual(SUCCESS);
      expect((await client.ask(signRequest(blob, loginData(blob, { sessionId }))))?.[0]).toBe(14);
      client.leave();
    }
    expect(asked.at(-1)).toMatchObject({ hostKey: await fingerprint(hostBlob(kind)), forwardedThrough: [] });
  });

  it.each(KINDS)('is refused with a signature of somebody else, and shows nothing: %s', async (kind) => {
    await listen();
    const client = await RawClient.open(path);
    const sessionId = randomBytes(32);
    const good = bind(kind, sessionId);
    const hostile: Buffer[] = [
      bind(kind, sessionId, { signature: hostSignature(kind, randomBytes(32)) }),
      bind(kind, sessionId, { hostKey: Buffer.concat([hostBlob(kind), Buffer.of(0)]) }),
      bind(kind, sessionId, { hostKey: hostBlob(kind).subarray(0, -1) }),
      bind(kind, sessionId, {
        signature: hostSignature(KINDS[(KINDS.indexOf(kind) + 1) % KINDS.length] ?? kind, sessionId),
      }),
      bind(kind, sessionId, { signature: Buffer.alloc(0) }),
      bind(kind, sessionId, { hostKey: Buffer.concat([str('constructor'), str('x')]) }),
      good.subarray(0, -1),
      Buffer.concat([good, Buffer.of(0)]),
    ];
    for (const [i, message] of hostile.entries()) expect(await client.ask(message), `${i}`).toEqual(FAILURE);
    expect((await client.ask(signRequest(blob, loginData(blob, { sessionId }))))?.[0]).toBe(14);
    expect(asked).toMatchObject([{ hostKey: undefined }]);
    client.leave();
  });

  it('lets a login go to no other session, and to no other host', async () => {
    await listen();
    const client = await RawClient.open(path);
    const sessionId = randomBytes(32);
    await client.ask(bind('ssh-ed25519', sessionId));
    expect(await client.ask(signRequest(blob, loginData(blob)))).toEqual(FAILURE);
    const hostKey = hostBlob('ssh-rsa');
    expect(await client.ask(signRequest(blob, loginData(blob, { sessionId, hostKey })))).toEqual(FAILURE);
    expect(await client.ask(bind('ssh-ed25519', randomBytes(32)))).toEqual(FAILURE);
    expect([asked, refused]).toEqual([[], ['UNSUPPORTED', 'UNSUPPORTED']]);
    const right = loginData(blob, { sessionId, hostKey: hostBlob('ssh-ed25519') });
    expect((await client.ask(signRequest(blob, right)))?.[0]).toBe(14);
    client.leave();
  });

  it('tells over which hosts the agent was forwarded, and the host at the end', async () => {
    await listen();
    const client = await RawClient.open(path);
    const near = await fingerprint(hostBlob('ssh-ed25519'));
    expect(await client.ask(bind('ssh-ed25519', randomBytes(32), { forwarding: true }))).toEqual(SUCCESS);
    // From over there, by a program that binds nothing.
    await client.ask(signRequest(blob, loginData(blob)));
    await client.ask(signRequest(blob, fileData('git')));
    const sessionId = randomBytes(32);
    expect(await client.ask(bind('ssh-rsa', sessionId))).toEqual(SUCCESS);
    await client.ask(signRequest(blob, loginData(blob, { sessionId })));
    expect(asked).toEqual([
      { kind: 'login', user: 'taro', hostKey: undefined, forwardedThrough: [near] },
      { kind: 'file', namespace: 'git', forwardedThrough: [near] },
      {
        kind: 'login',
        user: 'taro',
        hostKey: await fingerprint(hostBlob('ssh-rsa')),
        forwardedThrough: [near],
      },
    ]);
    client.leave();
  });

  // What ssh-agent of OpenSSH 9.2 answers.
  const [A, B] = [randomBytes(32), randomBytes(32)];
  it.each<[string, readonly Buffer[], readonly number[]]>([
    ['a forwarding twice', [forward(A), forward(A)], [6, 6]],
    ['a login in the session of a forwarding', [forward(A), bind('ssh-ed25519', A)], [6, 6]],
    ['the session of another host', [forward(A), forward(A, 'ssh-rsa')], [6, 5]],
    ['a login twice', [bind('ssh-ed25519', A), bind('ssh-ed25519', A)], [6, 5]],
    ['a forwarding after a login', [bind('ssh-ed25519', A), forward(B)], [6, 5]],
  ])('is answered as by OpenSSH: %s', async (_what, messages, answers) => {
    await listen();
    const client = await RawClient.open(path);
    for (const [i, message] of messages.entries())
      expect(await client.ask(message)).toEqual(Buffer.of(answers[i] ?? 0));
    await client.ask(signRequest(blob, fileData()));
    const near = await fingerprint(hostBlob('ssh-ed25519'));
    expect(asked[0]?.forwardedThrough).toEqual(messages[0]?.at(-1) === 1 ? [near] : []);
    client.leave();
  });

  it.each<[string, () => Buffer]>([
    ['a signature of another', () => forward(A, 'ssh-ed25519', hostSignature('ssh-ed25519', B))],
    ['SHA-1', () => forward(A, 'ssh-rsa', Buffer.concat([str('ssh-rsa'), str(randomBytes(256))]))],
    ['a kind of key that is not known', () => forward(A, 'ssh-ed25519', undefined, str('ssh-dss'))],
    ['a message that is cut off', () => forward(A).subarray(0, -1)],
  ])('of a forwarding with %s is refused, and what follows comes from afar', async (_what, message) => {
    await listen();
    const client = await RawClient.open(path);
    expect(await client.ask(message())).toEqual(FAILURE);
    const sessionId = randomBytes(32);
    expect(await client.ask(bind('ssh-ed25519', sessionId))).toEqual(SUCCESS);
    await client.ask(signRequest(blob, loginData(blob, { sessionId })));
    expect(asked).toMatchObject([{ forwardedThrough: [undefined] }]);
    expect(asked[0]).toHaveProperty('hostKey', await fingerprint(hostBlob('ssh-ed25519')));
    client.leave();
  });

  it('takes at most 16 of them', async () => {
    await listen();
    const client = await RawClient.open(path);
    const forwarding = () => bind('ssh-ed25519', randomBytes(32), { forwarding: true });
    for (let i = 0; i < 16; i++) expect(await client.ask(forwarding())).toEqual(SUCCESS);
    expect(await client.ask(forwarding())).toEqual(FAILURE);
    client.leave();
  });

  it('is not needed where the login itself names the host: publickey-hostbound', async () => {
    await listen();
    const client = await RawClient.open(path);
    const hostKey = hostBlob('ecdsa-sha2-nistp256');
    await client.ask(signRequest(blob, loginData(blob, { hostKey })));
    expect(asked).toMatchObject([{ hostKey: await fingerprint(hostKey) }]);
    client.leave();
  });
});

/** Modulus and exponent of an ssh-rsa line. */
function jwkOf(line: string): { n: string; e: string } {
  const bytes = Buffer.from(line.split(' ')[1] ?? '', 'base64');
  const parts: Buffer[] = [];
  for (let i = 0; i < bytes.length; i += 4 + bytes.readUInt32BE(i))
    parts.push(bytes.subarray(i + 4, i + 4 + bytes.readUInt32BE(i)));
  const [, e = LIST, n = LIST] = parts;
  return { n: n.subarray(1).toString('base64url'), e: e.toString('base64url') };
}
