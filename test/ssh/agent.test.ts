/** The agent on a virtual card: what a signature costs, what is asked, when the card has power, and what goes wrong. */
import { createPublicKey, verify } from 'node:crypto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { JpkiApplet, JpkiError, type PinCounter } from '../../src/index.js';
import {
  createSshAgent,
  type SshAgentOptions,
  type SshSignRequest,
  sshPublicKey,
} from '../../src/ssh/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import { saved } from '../support/issued.js';
import { type CountedConnection, countExchanges, issuedState, virtualCard } from '../support/virtual.js';
import { fileData, loginData } from './support.js';

let card: VirtualCard;
let connections: CountedConnection[];
/** What the agent's source was asked for. */
let asked: ({ readonly timeoutMs?: number } | undefined)[];

const open = (options?: { readonly timeoutMs?: number }): Promise<JpkiApplet> => {
  asked.push(options);
  const connection = countExchanges(card.connect());
  connections.push(connection);
  return JpkiApplet.select(connection);
};
const sent = (): number => connections.reduce((sum, { count }) => sum + count, 0);

function agentOn(options: Partial<SshAgentOptions> = {}, source: typeof open = open) {
  const pin = vi.fn((_request: SshSignRequest, _counter: PinCounter) => VIRTUAL_PINS.auth as string);
  return { pin, agent: createSshAgent(source, { pin, ...options }) };
}

beforeEach(async () => {
  card = await virtualCard();
  connections = [];
  asked = [];
});

/** The key as OpenSSL has it, from the certificate. */
async function opensslKey() {
  const applet = await JpkiApplet.select(card.connect());
  const { spki } = await applet.readCertificate('auth');
  await applet.close();
  return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
}

/** Whether a key of the card is open: a signature is answered without a PIN. */
const isOpen = (): boolean => {
  card.process(Buffer.from('00a4040c0ad392f000260100000001', 'hex'));
  const answer = card.process(Buffer.from(`802a009710${'00'.repeat(16)}00`, 'hex'));
  return answer.length > 2;
};

describe('the public key', () => {
  it('is the one of the certificate, as RFC 4253 writes it, and names nobody', async () => {
    const { agent } = agentOn();
    const [key] = await agent.publicKeys();
    const { n = '', e = '' } = (await opensslKey()).export({ format: 'jwk' });
    const [modulus, exponent] = [Buffer.from(n, 'base64url'), Buffer.from(e, 'base64url')];
    const blob = `00000007${Buffer.from('ssh-rsa').toString('hex')}00000003${exponent.toString('hex')}0000010100${modulus.toString('hex')}`;
    expect(Buffer.from(key?.blob ?? []).toString('hex')).toBe(blob);
    expect(key?.line).toBe(`ssh-rsa ${Buffer.from(blob, 'hex').toString('base64')} ${key?.comment}`);
    expect(key?.comment).toMatch(/^jpki-card auth, until 20\d\d-\d\d-\d\d$/);
    await agent.close();
  });

  it('costs two exchanges, no PIN and no waiting, and leaves the card to others', async () => {
    const { agent, pin } = agentOn();
    await agent.publicKeys();
    expect(sent()).toBe(2);
    expect(asked.map((options) => options?.timeoutMs)).toEqual([0]);
    expect(pin).not.toHaveBeenCalled();
    // Exclusive: it would be refused while the agent had the card.
    await card.connect().disconnect();
    await agent.close();
  });

  it('is the one that was seen while the card is away, and the new one of another card', async () => {
    const { agent } = agentOn({}, async (options) => {
      if (away) throw new JpkiError('NO_CARD');
      return open(options);
    });
    let away = true;
    await expect(agent.publicKeys()).rejects.toMatchObject({ code: 'NO_CARD' });
    away = false;
    const first = await agent.publicKeys();
    away = true;
    expect(await agent.publicKeys()).toEqual(first);
    away = false;
    card = await VirtualCard.issue({ authority: saved().authority });
    expect(await agent.publicKeys()).not.toEqual(first);
    await agent.close();
  });

  it('of the signature certificate is not given', async () => {
    const applet = await JpkiApplet.select(card.connect());
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    const certificate = await applet.readCertificate('sign');
    expect(() => sshPublicKey(certificate)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    await applet.close();
  });

  it('of a phone is behind its PIN, which is not asked for', async () => {
    card = await virtualCard({ authCertificateNeedsPin: true });
    const { agent, pin } = agentOn();
    await expect(agent.publicKeys()).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    expect(pin).not.toHaveBeenCalled();
    await agent.close();
  });
});

describe('a signature', () => {
  const blobOf = async (agent: ReturnType<typeof agentOn>['agent']): Promise<Uint8Array> => {
    const [key] = await agent.publicKeys();
    connections = [];
    asked = [];
    return key?.blob ?? new Uint8Array(0);
  };

  it.each([
    ['SHA-256', 'RSA-SHA256'],
    ['SHA-512', 'RSA-SHA512'],
    [undefined, 'RSA-SHA512'],
  ] as const)(
    'with %s is %s to OpenSSL, costs five exchanges, and takes the power',
    async (hash, algorithm) => {
      const { agent, pin } = agentOn();
      const blob = await blobOf(agent);
      const data = loginData(blob, { user: 'hanako' });
      const signature = await agent.sign(blob, data, { hash });
      expect(verify(algorithm, data, await opensslKey(), signature)).toBe(true);
      expect(sent()).toBe(5);
      expect(asked.map((options) => options?.timeoutMs)).toEqual([undefined]);
      expect(pin).toHaveBeenCalledTimes(1);
      expect(pin.mock.calls[0]?.[0]).toEqual({
        kind: 'login',
        user: 'hanako',
        hostKey: undefined,
        forwardedThrough: [],
      });
      expect(pin.mock.calls[0]?.[1]).toMatchObject({ triesLeft: 3, maxTries: 3 });
      expect(isOpen()).toBe(false);
      await agent.close();
    },
  );

  it('is made of nothing but a login with this key and an SSH signature', async () => {
    const { agent, pin } = agentOn();
    const blob = await blobOf(agent);
    const good = loginData(blob);
    const jws = Buffer.from('eyJhbGciOiJSUzI1NiJ9.e30');
    const refused: Record<string, Uint8Array> = {
      nothing: new Uint8Array(0),
      'a JWS': jws,
      'a hash': new Uint8Array(32),
      'cut off': good.subarray(0, -1),
      'with something behind': Buffer.concat([good, Buffer.of(0)]),
      'another key': loginData(Buffer.concat([blob, Buffer.of(0)])),
      'another service': loginData(blob, { service: 'ssh-userauth' }),
      'no signature wanted': loginData(blob, { flag: 0 }),
      'another message': loginData(blob, { type: 51 }),
      'no session': loginData(blob, { sessionId: new Uint8Array(0) }),
      'a long session': loginData(blob, { sessionId: new Uint8Array(65) }),
      'a signature without a namespace': fileData(''),
      'a signature cut off': fileData().subarray(0, -1),
      'a signature and more': Buffer.concat([fileData(), jws]),
    };
    for (const [what, data] of Object.entries(refused))
      await expect(agent.sign(blob, data), what).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect([sent(), pin.mock.calls.length]).toEqual([0, 0]);
    await agent.sign(blob, good);
    await agent.sign(blob, fileData('git'));
    expect(pin.mock.calls[1]?.[0]).toEqual({ kind: 'file', namespace: 'git', forwardedThrough: [] });
    await agent.close();
  });

  it('is not made with another card: no PIN is asked for, and its key is the one that is shown next', async () => {
    const { agent, pin } = agentOn();
    const blob = await blobOf(agent);
    card = await VirtualCard.issue({ authority: saved().authority });
    await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code: 'CERTIFICATE_ABSENT' });
    expect(pin).not.toHaveBeenCalled();
    expect(card.triesLeft.auth).toBe(3);
    expect((await agent.publicKeys())[0]?.blob).not.toEqual(blob);
    await agent.close();
  });

  it('costs one try with a wrong PIN, which is sent once, and never the last', async () => {
    const { agent, pin } = agentOn({ pin: () => '0000' });
    const blob = await blobOf(agent);
    for (const triesLeft of [2, 1])
      await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({
        code: 'PIN_INCORRECT',
        triesLeft,
      });
    expect(card.triesLeft.auth).toBe(1);
    await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(card.triesLeft.auth).toBe(1);
    const right = agentOn();
    await expect(right.agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(right.pin).not.toHaveBeenCalled();
    expect(pin).not.toHaveBeenCalled();
    expect(card.triesLeft.auth).toBe(1);
    await Promise.all([agent.close(), right.agent.close()]);
  });

  it('of a holder who refuses sends nothing, and leaves the card without power', async () => {
    const refusal = new Error('no');
    const { agent } = agentOn({
      pin: () => {
        throw refusal;
      },
    });
    const blob = await blobOf(agent);
    await expect(agent.sign(blob, loginData(blob))).rejects.toBe(refusal);
    expect([card.triesLeft.auth, isOpen()]).toEqual([3, false]);
    await card.connect().disconnect();
    await agent.close();
  });

  it('of somebody who is gone is not waited for, and the question is ended', async () => {
    const gone = new AbortController();
    let question: AbortSignal | undefined;
    const { agent } = agentOn({
      pin: (_request, _counter, { signal }) => {
        question = signal;
        gone.abort();
        return new Promise(() => undefined);
      },
    });
    const blob = await blobOf(agent);
    await expect(agent.sign(blob, loginData(blob), { signal: gone.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(question?.aborted).toBe(true);
    await card.connect().disconnect();
    await agent.close();
  });

  it('waits for the one before; whoever only looks does not', async () => {
    let answer: (pin: string) => void = () => undefined;
    const questions: string[] = [];
    const { agent } = agentOn({
      pin: (request) => {
        questions.push(request.kind);
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
    });
    const blob = await blobOf(agent);
    const [one, two] = [agent.sign(blob, loginData(blob)), agent.sign(blob, fileData())];
    await vi.waitFor(() => expect(questions).toEqual(['login']));
    expect(await agent.publicKeys()).toHaveLength(1);
    answer(VIRTUAL_PINS.auth);
    await one;
    await vi.waitFor(() => expect(questions).toEqual(['login', 'file']));
    answer(VIRTUAL_PINS.auth);
    await two;
    expect(asked).toHaveLength(2);
    await agent.close();
  });

  it('ends with the agent, which lets go of the card and serves nobody any more', async () => {
    const { agent } = agentOn({ pin: () => new Promise(() => undefined) });
    const blob = await blobOf(agent);
    const signing = agent.sign(blob, loginData(blob));
    const told = expect(signing).rejects.toMatchObject({ code: 'ABORTED' });
    await vi.waitFor(() => expect(sent()).toBe(3));
    await agent.close();
    await told;
    await card.connect().disconnect();
    await expect(agent.publicKeys()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('that a bad exchange made is not handed out', async () => {
    const { agent } = agentOn({}, async () =>
      JpkiApplet.select(
        new Intercepted(card.connect(), async (_number, command, send) => {
          const response = await send();
          if (command[1] === 0x2a) response[0] = (response[0] ?? 0) ^ 1;
          return response;
        }),
      ),
    );
    const blob = await blobOf(agent);
    await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' });
    expect(isOpen()).toBe(false);
    await agent.close();
  });

  it.each(['CARD_REMOVED', 'CARD_RESET', 'TRANSPORT'] as const)(
    'of a card that is pulled (%s) is that error, and the next one is made',
    async (code) => {
      let pulls = true;
      const { agent } = agentOn({}, async () =>
        JpkiApplet.select(
          new Intercepted(card.connect(), async (_number, command, send) => {
            if (pulls && command[1] === 0x2a) throw new JpkiError(code);
            return send();
          }),
        ),
      );
      const blob = await blobOf(agent);
      await expect(agent.sign(blob, loginData(blob))).rejects.toMatchObject({ code });
      pulls = false;
      await agent.sign(blob, loginData(blob));
      expect(isOpen()).toBe(false);
      await agent.close();
    },
  );
});

describe('a card that is kept', () => {
  it('signs again with one exchange and no PIN, is nobody else’s, and loses power when the time is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { agent, pin } = agentOn({ holdMs: 60_000 });
      const [key] = await agent.publicKeys();
      const blob = key?.blob ?? new Uint8Array(0);
      await agent.sign(blob, loginData(blob));
      const before = sent();
      await vi.advanceTimersByTimeAsync(59_000);
      await agent.sign(blob, loginData(blob));
      expect([sent() - before, pin.mock.calls.length, asked.length]).toEqual([1, 1, 2]);
      expect(await agent.publicKeys()).toEqual([key]);
      expect(sent() - before).toBe(1);
      expect(() => card.connect()).toThrow(expect.objectContaining({ code: 'SHARING_VIOLATION' }));
      // A minute from the last signature on, not from the first.
      await vi.advanceTimersByTimeAsync(59_000);
      expect(() => card.connect()).toThrow();
      await vi.advanceTimersByTimeAsync(1_000);
      await card.connect().disconnect();
      expect(isOpen()).toBe(false);
      await agent.sign(blob, loginData(blob));
      expect(pin).toHaveBeenCalledTimes(2);
      await agent.close();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
    expect(isOpen()).toBe(false);
  });

  it('that was pulled is opened anew, with its PIN', async () => {
    let lost = false;
    const { agent, pin } = agentOn({ holdMs: 60_000 }, async () => {
      lost = false;
      return JpkiApplet.select(
        new Intercepted(card.connect(), async (_number, _command, send) => {
          if (lost) throw new JpkiError('CARD_REMOVED');
          return send();
        }),
      );
    });
    const [key] = await agent.publicKeys();
    const blob = key?.blob ?? new Uint8Array(0);
    await agent.sign(blob, loginData(blob));
    lost = true;
    await agent.sign(blob, loginData(blob));
    expect(pin).toHaveBeenCalledTimes(2);
    await agent.close();
    expect(isOpen()).toBe(false);
  });

  it('is let go of when another key is asked for', async () => {
    const { agent } = agentOn({ holdMs: 60_000 });
    const [key] = await agent.publicKeys();
    const blob = key?.blob ?? new Uint8Array(0);
    await agent.sign(blob, loginData(blob));
    const state = await issuedState();
    card = VirtualCard.fromJSON(state);
    const other = Buffer.concat([Buffer.from(blob).subarray(0, -1), Buffer.of(1)]);
    await expect(agent.sign(other, loginData(other))).rejects.toMatchObject({ code: 'CERTIFICATE_ABSENT' });
    await card.connect().disconnect();
    await agent.close();
  });
});
