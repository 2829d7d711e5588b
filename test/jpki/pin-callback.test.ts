/** A PIN that is asked for when the counter is known, and the exchanges that operations take which present it themselves. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createLoginToken, JpkiError, type KeyRole, type PinCounter, signJws } from '../../src/index.js';
import { JpkiApplet, ReadStrategy } from '../../src/jpki/index.js';
import { signCms } from '../../src/signature/cms.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted, PassThrough } from '../support/connections.js';
import { ascii, countExchanges, issuedState, virtualCard } from '../support/virtual.js';

const DATA = new TextEncoder().encode('what is signed');
const PIN: Readonly<Record<KeyRole, string>> = VIRTUAL_PINS;
const CHALLENGE = { audience: 'https://example.jp', nonce: 'n' };

/** What was sent, by instruction: the SELECT of the application, a counter, a PIN, a file, a signature. */
function named(command: string): string {
  const [ins = '', p1 = '', p2 = ''] = [command.slice(2, 4), command.slice(4, 6), command.slice(6, 8)];
  if (ins === 'a4') return p1 === '04' ? 'SELECT' : 'file';
  if (ins === '20') return command.length > 10 ? `VERIFY ${p2}` : `counter ${p2}`;
  if (ins === 'b0') return `read ${p1}`;
  return ins;
}

type Tries = Partial<Record<KeyRole, number>>;

async function opened(quirks: Partial<VirtualCardQuirks> = {}, triesLeft: Tries = {}) {
  const card = VirtualCard.fromJSON({ ...(await issuedState()), quirks }, { triesLeft });
  const connection = countExchanges(card.connect());
  const applet = await JpkiApplet.select(connection);
  return { card, applet, connection, sent: () => connection.exchanges.map(({ command }) => named(command)) };
}

describe('an operation that is given its PIN', () => {
  const BY_NAME: Readonly<Record<string, (applet: JpkiApplet) => Promise<unknown>>> = {
    signCms: (applet) => signCms(applet, DATA, { pin: PIN.sign }),
    'signCms with the authentication key': (applet) => signCms(applet, DATA, { role: 'auth', pin: PIN.auth }),
    createLoginToken: (applet) => createLoginToken(applet, { ...CHALLENGE, pin: PIN.auth }),
    signJws: (applet) => signJws(applet, 'sign', 'x', { pin: PIN.sign }),
    'readCertificate of sign': (applet) => applet.readCertificate('sign', { pin: PIN.sign }),
    'readCertificateDer of sign': (applet) => applet.readCertificateDer('sign', { pin: PIN.sign }),
    'readCertificate of auth': (applet) => applet.readCertificate('auth', { pin: PIN.auth }),
    verifyPin: (applet) => applet.verifyPin('sign', () => PIN.sign),
    changePin: (applet) =>
      applet.changePin(
        'auth',
        () => PIN.auth,
        () => '8642',
      ),
  };

  // By hand from docs/card.md section 3: what needs no PIN, the counter, the PIN, what needs it.
  it.each([
    ['signCms', ['SELECT', 'read 82', 'counter 9b', 'VERIFY 9b', 'read 81', '2a']],
    [
      'signCms with the authentication key',
      ['SELECT', 'read 8a', 'read 8b', 'counter 98', 'VERIFY 98', '2a'],
    ],
    ['createLoginToken', ['SELECT', 'read 8a', 'read 8b', 'counter 98', 'VERIFY 98', '2a']],
    ['signJws', ['SELECT', 'read 82', 'counter 9b', 'VERIFY 9b', 'read 81', '2a']],
    ['readCertificate of sign', ['SELECT', 'read 81', 'counter 9b', 'VERIFY 9b', 'read 81']],
    ['readCertificateDer of sign', ['SELECT', 'read 81', 'counter 9b', 'VERIFY 9b', 'read 81']],
    ['readCertificate of auth', ['SELECT', 'read 8a']],
    ['verifyPin', ['SELECT', 'counter 9b', 'VERIFY 9b']],
    ['changePin', ['SELECT', 'counter 98', 'VERIFY 98', '24']],
  ])('%s sends what needs no PIN first, and each thing once', async (name, expected) => {
    const { applet, sent } = await opened();
    await BY_NAME[name]?.(applet);
    expect(sent()).toEqual(expected);
  });

  it.each(['signCms', 'createLoginToken', 'signJws', 'readCertificateDer of sign'])(
    '%s does the same on a card without short identifiers or extended length',
    async (name) => {
      const { applet, sent } = await opened({ shortIds: 0x6a86, extendedLength: false });
      await BY_NAME[name]?.(applet);
      const order = sent().filter((what) => /counter|VERIFY|2a/.test(what));
      const first = order.findIndex((what) => what.startsWith('VERIFY'));
      expect(first).toBeGreaterThan(0);
      expect(order.slice(first)).toEqual(name.startsWith('read') ? ['VERIFY 80'] : ['VERIFY 80', '2a']);
    },
  );

  it('asks a phone for its authentication certificate again behind the PIN', async () => {
    const card = await VirtualCard.issue({ token: 'android' });
    const connection = countExchanges(card.connect());
    const applet = await JpkiApplet.select(connection);
    const { certificate } = await readBehind(applet);
    expect(certificate).toBe('auth');
    const sent = connection.exchanges.map(({ command }) => named(command));
    expect(sent.filter((what) => what.startsWith('VERIFY'))).toEqual(['VERIFY 98']);
    expect(sent.at(-1)).toBe('read 8a');
    await createLoginToken(applet, { ...CHALLENGE, pin: PIN.auth });
  });

  async function readBehind(applet: JpkiApplet) {
    let asked = 0;
    await applet.readCertificate('auth', {
      pin: () => {
        asked++;
        return PIN.auth;
      },
    });
    expect(asked).toBe(1);
    return { certificate: 'auth' };
  }

  it.each(['signCms', 'createLoginToken', 'signJws', 'readCertificate', 'readCertificateDer'])(
    '%s sends nothing for what cannot be a PIN',
    async (name) => {
      const { applet, sent } = await opened();
      const given = { pin: 'abc' };
      const calls: Record<string, () => Promise<unknown>> = {
        signCms: () => signCms(applet, DATA, given),
        createLoginToken: () => createLoginToken(applet, { ...CHALLENGE, ...given }),
        signJws: () => signJws(applet, 'auth', 'x', given),
        readCertificate: () => applet.readCertificate('auth', given),
        readCertificateDer: () => applet.readCertificateDer('sign', given),
      };
      await expect(calls[name]?.()).rejects.toMatchObject({ code: 'PIN_FORMAT', argument: 'pin' });
      expect(sent()).toEqual(['SELECT']);
    },
  );

  it('asks for no PIN where there is nothing to sign with', async () => {
    const card = await VirtualCard.issue({ quirks: { absentFiles: ['jpki/000a'] } });
    const applet = await JpkiApplet.select(card.connect());
    const pin = () => expect.unreachable();
    await expect(createLoginToken(applet, { ...CHALLENGE, pin })).rejects.toMatchObject({
      code: 'CERTIFICATE_ABSENT',
    });
  });

  it('is asked for its PIN when the content is hashed, and not while a stream is slow', async () => {
    const { applet, connection } = await opened();
    let finished = false;
    async function* content() {
      yield DATA;
      // The applet may be used meanwhile: nothing waits for the stream but the signature.
      await applet.readPinCounter('sign');
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      finished = true;
    }
    const pin = () => {
      expect(finished).toBe(true);
      return PIN.sign;
    };
    await signCms(applet, content(), { detached: true, pin });
    expect(connection.count).toBe(7);
  });

  it.each(['signCms', 'createLoginToken', 'signJws', 'readCertificate', 'readCertificateDer', 'verifyPin'])(
    '%s wipes the bytes of a PIN that it did not need, or could not use',
    async (name) => {
      const { applet } = await opened();
      const pin = Buffer.from(PIN.auth);
      const wrong = { pin, signal: AbortSignal.abort() };
      const calls: Record<string, () => Promise<unknown>> = {
        signCms: () => signCms(applet, DATA, { ...wrong, role: 'auth' }),
        createLoginToken: () => createLoginToken(applet, { ...CHALLENGE, ...wrong }),
        signJws: () => signJws(applet, 'auth', 'x', wrong),
        readCertificate: () => applet.readCertificate('auth', { pin }),
        readCertificateDer: () => applet.readCertificateDer('auth', { pin }),
        verifyPin: () => applet.verifyPin('auth', pin, { signal: AbortSignal.abort() }),
      };
      await calls[name]?.().catch(() => undefined);
      expect([...pin]).toEqual([0, 0, 0, 0]);
    },
  );
});

describe('a PIN that is asked for', () => {
  it('comes after the counter, which is told, and its bytes are wiped', async () => {
    const { applet, sent } = await opened({}, { auth: 2 });
    const pin = Buffer.from(PIN.auth);
    let told: PinCounter | undefined;
    await applet.verifyPin('auth', (counter) => {
      told = counter;
      expect(sent()).toEqual(['SELECT', 'counter 98']);
      return pin;
    });
    expect(told).toEqual({ role: 'auth', triesLeft: 2, maxTries: 3, locked: false, verified: false });
    expect([...pin]).toEqual([0, 0, 0, 0]);
  });

  it.each([
    ['locked', 0, 'PIN_LOCKED'],
    ['one try from it', 1, 'PIN_LAST_TRY'],
  ])('is not asked for where the PIN is %s', async (_what, tries, code) => {
    const { applet, sent } = await opened({}, { auth: tries });
    const asked = () => expect.unreachable();
    await expect(applet.verifyPin('auth', asked)).rejects.toMatchObject({ code });
    await expect(applet.changePin('auth', asked, asked)).rejects.toMatchObject({ code });
    expect(sent().filter((what) => what.startsWith('VERIFY'))).toEqual([]);
  });

  it('is asked for where the holder confirms the last try, who is asked only then', async () => {
    const confirmLastTry = (counter: PinCounter) => {
      confirmed.push(counter.triesLeft);
      return Promise.resolve(true);
    };
    const confirmed: (number | undefined)[] = [];
    for (const tries of [3, 2, 1]) {
      const { applet } = await opened({}, { auth: tries });
      await applet.verifyPin('auth', () => PIN.auth, { confirmLastTry });
    }
    expect(confirmed).toEqual([1]);
    const { applet } = await opened({}, { auth: 0 });
    await expect(applet.verifyPin('auth', PIN.auth, { confirmLastTry })).rejects.toMatchObject({
      code: 'PIN_LOCKED',
    });
    expect(confirmed).toEqual([1]);
  });

  it.each([false, undefined, 'true', 1, {}])(
    'is not sent on the last try for the answer %o',
    async (answer) => {
      const { applet, sent } = await opened({}, { auth: 1 });
      const confirmLastTry = (() => answer) as () => boolean;
      await expect(applet.verifyPin('auth', PIN.auth, { confirmLastTry })).rejects.toMatchObject({
        code: 'PIN_LAST_TRY',
        triesLeft: 1,
      });
      expect(sent()).toEqual(['SELECT', 'counter 98']);
    },
  );

  it('may be asked for with the applet in hand; the counter is then read again', async () => {
    const { applet, sent } = await opened();
    await applet.verifyPin('auth', async () => {
      await applet.readTokenInfo();
      return PIN.auth;
    });
    expect(sent()).toEqual(['SELECT', 'counter 98', 'read 86', 'counter 98', 'VERIFY 98']);
  });

  it.each([
    ['at once', 0, ['VERIFY 98']],
    ['after a second, in which the card may have been taken away', 1000, ['counter 98', 'VERIFY 98']],
  ])('is sent %s', async (_when, afterMs, expected) => {
    const { applet, sent } = await opened();
    // Whole milliseconds, so that a second later is a second later.
    let now = 5_000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    try {
      await applet.verifyPin('auth', () => {
        now += afterMs;
        return PIN.auth;
      });
    } finally {
      clock.mockRestore();
    }
    expect(sent()).toEqual(['SELECT', 'counter 98', ...expected]);
  });

  it.each(['verifyPin', 'changePin'] as const)(
    'is not said to have reached a card that was taken away while it was asked for, by %s',
    async (name) => {
      const card = await virtualCard();
      let now = performance.now();
      const start = now;
      const connection = new Intercepted(card.connect(), (_number, _command, send) =>
        now === start ? send() : Promise.reject(new JpkiError('CARD_REMOVED')),
      );
      const applet = await JpkiApplet.select(connection);
      const pin = () => {
        now += 5000;
        return PIN.auth;
      };
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
      const error = await (name === 'verifyPin'
        ? applet.verifyPin('auth', pin)
        : applet.changePin('auth', pin, '8642')
      ).catch((error: unknown) => error);
      clock.mockRestore();
      expect(error).toMatchObject({ code: 'CARD_REMOVED', message: new JpkiError('CARD_REMOVED').message });
    },
  );

  it('is not sent when the tries went meanwhile that were left when it was asked for', async () => {
    const { card, applet, sent } = await opened({}, { auth: 2 });
    const wrong = `0020009804${ascii('0000')}`;
    const pin = async () => {
      card.process(Buffer.from(wrong, 'hex'));
      await applet.readTokenInfo();
      return PIN.auth;
    };
    await expect(applet.verifyPin('auth', pin)).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(sent().filter((what) => what.startsWith('VERIFY'))).toEqual([]);
  });

  it('is not sent when a card that hid its tries says meanwhile that one is left: that was not what was confirmed', async () => {
    const card = VirtualCard.fromJSON(await issuedState(), { triesLeft: { auth: 1 } });
    let hides = true;
    const connection = countExchanges(
      new Intercepted(card.connect(), async (_number, command, send) =>
        hides && command[1] === 0x20 ? Uint8Array.of(0x63, 0x00) : send(),
      ),
    );
    const applet = await JpkiApplet.select(connection);
    const pin = async () => {
      hides = false;
      await applet.readTokenInfo();
      return PIN.auth;
    };
    await expect(applet.verifyPin('auth', pin, { confirmLastTry: () => true })).rejects.toMatchObject({
      code: 'PIN_LAST_TRY',
      triesLeft: 1,
    });
    expect(connection.exchanges.map(({ command }) => named(command))).not.toContain('VERIFY 98');
  });

  it('is sent where the card never says how many tries are left, when that was confirmed', async () => {
    const { applet, sent } = await opened({ pinCounter: false });
    const pin = async () => {
      await applet.readTokenInfo();
      return PIN.auth;
    };
    await expect(applet.verifyPin('auth', pin)).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    await applet.verifyPin('auth', pin, { confirmLastTry: ({ triesLeft }) => triesLeft === undefined });
    expect(sent().filter((what) => what.startsWith('VERIFY'))).toEqual(['VERIFY 98']);
  });

  it.each([
    ['a number', 1234],
    ['too long a text', '12345'],
    ['nothing', undefined],
    ['another function', () => '1234'],
  ])('is refused before it is sent where the answer is %s', async (_what, answer) => {
    const { applet, sent } = await opened();
    await expect(applet.verifyPin('auth', () => answer as string)).rejects.toMatchObject({
      code: 'PIN_FORMAT',
      argument: 'pin',
    });
    expect(sent()).toEqual(['SELECT', 'counter 98']);
  });

  it('tells the error of who is asked unchanged, and sends nothing', async () => {
    const { applet, sent } = await opened();
    const error = new Error('no PIN today');
    await expect(applet.verifyPin('auth', () => Promise.reject(error))).rejects.toBe(error);
    const current = Buffer.from(PIN.auth);
    await expect(applet.changePin('auth', current, () => Promise.reject(error))).rejects.toBe(error);
    expect([...current]).toEqual([0, 0, 0, 0]);
    expect(sent()).toEqual(['SELECT', 'counter 98', 'counter 98']);
  });

  it('is not sent after an abort while it was asked for', async () => {
    const { applet, sent } = await opened();
    const controller = new AbortController();
    const pin = () => {
      controller.abort();
      return PIN.auth;
    };
    await expect(applet.verifyPin('auth', pin, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(sent()).toEqual(['SELECT', 'counter 98']);
  });

  it.each(['the PIN', 'the last try'])(
    'keeps nobody waiting who aborts, when %s is asked about and nobody answers; what comes late is wiped',
    async (about) => {
      const { applet, sent } = await opened({}, { auth: 1 });
      const controller = new AbortController();
      const reason = new Error('the dialog was closed');
      const late = Buffer.from(PIN.auth);
      let answer: (pin: Uint8Array) => void = () => undefined;
      const asked = new Promise<Uint8Array>((resolve) => {
        answer = resolve;
      });
      const ask = () => {
        queueMicrotask(() => controller.abort(reason));
        return asked;
      };
      const error = await applet
        .verifyPin('auth', about === 'the PIN' ? ask : PIN.auth, {
          signal: controller.signal,
          confirmLastTry: () => (about === 'the PIN' ? true : ask().then(() => true)),
        })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'ABORTED', cause: reason });
      answer(late);
      await asked;
      await Promise.resolve();
      if (about === 'the PIN') expect([...late]).toEqual([0, 0, 0, 0]);
      expect(sent()).toEqual(['SELECT', 'counter 98']);
    },
  );

  it('is not asked for on a connection that others share, unless that is allowed; the counter is then read again', async () => {
    const card = await virtualCard();
    const connection = countExchanges(Object.assign(new PassThrough(card.connect()), { exclusive: false }));
    const applet = await JpkiApplet.select(connection);
    const asked = () => expect.unreachable();
    await expect(applet.verifyPin('auth', asked)).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    expect(connection.count).toBe(1);
    await applet.verifyPin('auth', () => PIN.auth, { allowShared: true });
    expect(connection.exchanges.map(({ command }) => named(command))).toEqual([
      ...['SELECT', 'SELECT', 'counter 98', 'SELECT', 'counter 98', 'VERIFY 98'],
    ]);
  });

  it('is not sent after the applet was closed while it was asked for, nor said to have been', async () => {
    const card = await virtualCard();
    // One that goes on after it was disconnected, as a transport of somebody else's may.
    const connection = countExchanges(
      Object.assign(new PassThrough(card.connect()), { disconnect: async () => {} }),
    );
    const applet = await JpkiApplet.select(connection);
    const pin = async () => {
      await applet.close();
      return PIN.auth;
    };
    await expect(applet.verifyPin('auth', pin)).rejects.toMatchObject({
      code: 'CLOSED',
      message: new JpkiError('CLOSED').message,
    });
    expect(connection.exchanges.map(({ command }) => named(command))).toEqual(['SELECT', 'counter 98']);
  });

  it('is asked for both PINs of a change, each checked as if it had been given', async () => {
    const { applet, sent } = await opened();
    await expect(
      applet.changePin(
        'auth',
        () => PIN.auth,
        () => PIN.auth,
      ),
    ).rejects.toMatchObject({
      code: 'PIN_FORMAT',
      argument: 'next',
    });
    await expect(
      applet.changePin(
        'sign',
        () => 'abc',
        () => 'NEWPIN1',
      ),
    ).rejects.toMatchObject({
      argument: 'current',
    });
    expect(sent()).toEqual(['SELECT', 'counter 98', 'counter 9b']);
  });
});

describe('an extended read before the PIN that is answered "PIN missing"', () => {
  // READ BINARY of file 0001 by short identifier with three bytes of Le (ISO/IEC 7816-4 5.1).
  const isExtended = (command: string) => command.startsWith('00b0810000') && command.length === 14;

  it('lets the certificate be read in one exchange after the PIN', async () => {
    const { applet, connection } = await opened();
    await applet.readCertificateDer('sign', { pin: PIN.sign });
    expect(connection.exchanges.filter(({ command }) => isExtended(command))).toHaveLength(2);
    expect(connection.exchanges.at(1)?.response).toBe('6982');
  });

  it.each([
    ['6700', 'a length that is refused'],
    ['6a80', 'another word'],
  ])('is nothing like %s, %s: the certificate comes in short reads', async (word) => {
    const card = await virtualCard({ extendedLength: false });
    const connection = countExchanges(
      new Intercepted(card.connect(), async (_number, command, send) =>
        isExtended(Buffer.from(command).toString('hex')) ? Buffer.from(word, 'hex') : send(),
      ),
    );
    const applet = await JpkiApplet.select(connection);
    const der = await applet.readCertificateDer('sign', { pin: PIN.sign });
    expect(connection.exchanges.filter(({ command }) => isExtended(command))).toHaveLength(1);
    expect(connection.count).toBe(4 + Math.ceil(der.length / 256));
  });

  it('costs nobody the certificate whose reader says so of every long read', async () => {
    const card = await virtualCard();
    const connection = countExchanges(
      new Intercepted(card.connect(), async (_number, command, send) =>
        isExtended(Buffer.from(command).toString('hex')) ? Buffer.from('6982', 'hex') : send(),
      ),
    );
    const applet = await JpkiApplet.select(connection);
    const der = await applet.readCertificateDer('sign', { pin: PIN.sign });
    // SELECT, the question, counter, VERIFY, the read that is refused again, and 256 bytes a time.
    expect(connection.count).toBe(5 + Math.ceil(der.length / 256));
  });

  it.each<[string, Partial<VirtualCardQuirks>, (applet: JpkiApplet) => Promise<unknown>, string[]]>([
    [
      'is known to be carried',
      {},
      (a) => a.readCertificateDer('auth'),
      ['counter 9b', 'VERIFY 9b', 'read 81'],
    ],
    [
      'could cost an open key',
      {},
      (a) => a.verifyPin('auth', PIN.auth),
      ['counter 9b', 'VERIFY 9b', 'read 81'],
    ],
    ['comes after its PIN', {}, (a) => a.verifyPin('sign', PIN.sign), ['read 81']],
    [
      'would name a file in a way that the card refuses',
      { shortIds: 0x6a86 },
      (a) => a.readPinCounter('auth'),
      ['SELECT', 'file', 'counter 80', 'VERIFY 80', 'file'],
    ],
  ])('is not sent where it %s', async (_why, quirks, before, expected) => {
    const { applet, sent } = await opened(quirks);
    await before(applet);
    const begun = sent().length;
    await applet.readCertificateDer('sign', { pin: PIN.sign });
    expect(sent().slice(begun).slice(0, expected.length)).toEqual(expected);
  });

  it('is none where the length was refused, and the PIN was missing for a shorter read', async () => {
    const { applet, connection } = await opened({ extendedLength: false });
    await expect(applet.readCertificateDer('sign')).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    await applet.verifyPin('sign', PIN.sign);
    await applet.readCertificateDer('sign');
    expect(connection.exchanges.filter(({ command }) => isExtended(command))).toHaveLength(1);
  });

  it('is followed by a SELECT where the exchange failed', async () => {
    const { applet, sent } = await opened({ extendedLength: 'fails' });
    await applet.readCertificateDer('sign', { pin: PIN.sign });
    // The one that failed is not among those that were answered.
    expect(sent().slice(0, 4)).toEqual(['SELECT', 'SELECT', 'counter 9b', 'VERIFY 9b']);
  });

  it.each(['in the read', 'after it'])(
    'is told, and remembered, where it cost the card, seen %s',
    async (when) => {
      const isSeenAtOnce = when === 'in the read';
      const card = await virtualCard({ extendedLength: isSeenAtOnce || 'resets' });
      const readStrategy = new ReadStrategy();
      const read = async () => {
        const connection = new Intercepted(card.connect(), async (_number, command, send) => {
          if (isSeenAtOnce && isExtended(Buffer.from(command).toString('hex')))
            throw new JpkiError('CARD_RESET');
          return send();
        });
        await using applet = await JpkiApplet.select(connection, { readStrategy });
        return await applet.readCertificateDer('sign', { pin: PIN.sign });
      };
      const message = expect.stringContaining('extended-length read of 2048 bytes');
      await expect(read()).rejects.toMatchObject({ code: 'CARD_RESET', message });
      expect((await read()).length).toBeGreaterThan(0);
    },
  );

  it('that fails for another reason than the PIN does not send one', async () => {
    const connection = countExchanges(
      new Intercepted((await virtualCard()).connect(), async (_number, command, send) =>
        command[1] === 0xb0 ? Uint8Array.of(0x6f, 0x00) : send(),
      ),
    );
    const applet = await JpkiApplet.select(connection);
    await expect(applet.readCertificateDer('auth', { pin: PIN.auth })).rejects.toBeInstanceOf(JpkiError);
    expect(connection.exchanges.map(({ command }) => named(command))).not.toContain('VERIFY 98');
  });

  it('is as good where another program left the key open, so that the certificate itself comes', async () => {
    const { card, connection, applet: careless } = await opened();
    await careless.verifyPin('sign', PIN.sign);
    await connection.disconnect('leave');
    const next = countExchanges(card.connect());
    const applet = await JpkiApplet.select(next);
    await applet.readCertificateDer('sign', { pin: PIN.sign });
    expect(next.exchanges.filter(({ command }) => isExtended(command))).toHaveLength(2);
    expect(next.count).toBe(5);
  });

  it('is not sent where extended reads are not to be tried', async () => {
    const connection = countExchanges((await virtualCard()).connect());
    const applet = await JpkiApplet.select(connection, { extendedReads: false });
    const der = await applet.readCertificateDer('sign', { pin: PIN.sign });
    expect(connection.count).toBe(3 + Math.ceil(der.length / 256));
  });
});
