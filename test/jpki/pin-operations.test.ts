import { describe, expect, it } from 'vitest';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { saved } from '../support/issued.js';
import { virtualCard } from '../support/virtual.js';

const issued = virtualCard();
const NEW_PINS = { auth: '8642', sign: 'CHANGED7' } as const;

async function open(quirks: Partial<VirtualCardQuirks> = {}, share: 'exclusive' | 'shared' = 'exclusive') {
  const card = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks });
  const sent: Uint8Array[] = [];
  const connection = new Intercepted(card.connect({ share }), (_number, command, send) => {
    sent.push(command);
    return send();
  });
  const applet = await JpkiApplet.select(connection);
  const tries = (role: 'auth' | 'sign'): number => {
    const file = card.toJSON().applications.jpki?.[role === 'auth' ? '0018' : '001b'];
    if (file?.kind !== 'pin') throw new Error('no such PIN');
    return file.triesLeft;
  };
  return { card, connection, applet, sent, tries };
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('verifyPin', () => {
  it('sends nothing when the format is wrong', async () => {
    const { applet, connection } = await open();
    for (const pin of ['123', '12345', '12a4', '１２３４', '']) {
      await expect(applet.verifyPin('auth', pin)).rejects.toMatchObject({ code: 'PIN_FORMAT', role: 'auth' });
    }
    for (const pin of ['ABC12', 'abc123', 'ABC 123', 'ABCDEFGH123456789']) {
      await expect(applet.verifyPin('sign', pin)).rejects.toMatchObject({ code: 'PIN_FORMAT', role: 'sign' });
    }
    expect(connection.count).toBe(1);
  });

  it('takes an existing signature PIN without letter or digit, which only a new one needs', async () => {
    const card = await VirtualCard.issue({ authority: saved().authority, pins: { sign: '12345678' } });
    const applet = await JpkiApplet.select(card.connect());
    await applet.verifyPin('sign', '12345678');
  });

  it('says how many tries are left after a wrong PIN, as the card said', async () => {
    const { applet, tries } = await open();
    await expect(applet.verifyPin('sign', 'WRONG1')).rejects.toMatchObject({
      code: 'PIN_INCORRECT',
      triesLeft: 4,
      role: 'sign',
      statusWord: 0x63c4,
    });
    expect(tries('sign')).toBe(4);
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    expect(tries('sign')).toBe(5);
  });

  it('never spends the last try unasked, and spends it when asked', async () => {
    const { applet, tries } = await open();
    for (const left of [2, 1]) {
      await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ triesLeft: left });
    }
    for (const pin of ['0000', VIRTUAL_PINS.auth]) {
      await expect(applet.verifyPin('auth', pin)).rejects.toMatchObject({
        code: 'PIN_LAST_TRY',
        triesLeft: 1,
      });
    }
    expect(tries('auth')).toBe(1);
    const last = await applet.verifyPin('auth', '0000', { allowLastTry: true }).catch((error) => error);
    expect(last).toMatchObject({ code: 'PIN_INCORRECT', triesLeft: 0 });
    expect(last.remedy).toContain('municipal counter');
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth, { allowLastTry: true })).rejects.toMatchObject({
      code: 'PIN_LOCKED',
      triesLeft: 0,
    });
  });

  it('takes the last try as asked with the right PIN, and the counter is full again', async () => {
    const { applet, tries } = await open();
    for (let i = 0; i < 2; i++) await applet.verifyPin('auth', '0000').catch(() => undefined);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth, { allowLastTry: true });
    expect(tries('auth')).toBe(3);
  });

  it('sends no PIN to a card that does not say how many tries are left, unless the last may be spent', async () => {
    const { applet, sent, tries } = await open({ pinCounter: false });
    await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(sent.filter((command) => command.length > 5 && command[1] === 0x20)).toHaveLength(0);
    const wrong = await applet.verifyPin('auth', '0000', { allowLastTry: true }).catch((error) => error);
    expect(wrong).toMatchObject({ code: 'MALFORMED_RESPONSE', statusWord: 0x6300 });
    expect(wrong.triesLeft).toBeUndefined();
    expect(tries('auth')).toBe(2);
  });

  it('sends no PIN to a card that some earlier program left verified and that hides its counter', async () => {
    const card = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks: { verifiedQuery: 0x9000 } });
    const earlier = card.connect();
    const first = await JpkiApplet.select(earlier);
    await first.verifyPin('auth', VIRTUAL_PINS.auth);
    await earlier.disconnect('leave');
    const applet = await JpkiApplet.select(card.connect());
    expect(await applet.readPinCounter('auth')).toMatchObject({ verified: true, triesLeft: undefined });
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth)).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
  });

  it('works again on a PIN that this session verified and whose counter the card hides', async () => {
    const { applet } = await open({ verifiedQuery: 0x9000 });
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    await applet.changePin('auth', VIRTUAL_PINS.auth, NEW_PINS.auth);
  });

  it('sends no PIN where the number is not told for another reason than that it was verified', async () => {
    const card = scripted('9000', '63c3', '9000', '6300');
    const applet = await JpkiApplet.select(card);
    await applet.verifyPin('auth', '1234');
    await expect(applet.verifyPin('auth', '1234')).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(card.commands).toHaveLength(4);
  });

  it('counts what the card said after a wrong PIN even where a later query hides the number', async () => {
    const applet = await JpkiApplet.select(scripted('9000', '63c3', '63c1', '9000'));
    await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ triesLeft: 1 });
    await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({
      code: 'PIN_LAST_TRY',
      triesLeft: 1,
    });
  });

  it.each([0x6983, 0x6984] as const)('is PIN_LOCKED when the card answers %i to the last try', async (sw) => {
    const applet = await JpkiApplet.select(scripted('9000', '63c1', sw.toString(16)));
    await expect(applet.verifyPin('auth', '0000', { allowLastTry: true })).rejects.toMatchObject({
      code: 'PIN_LOCKED',
      statusWord: sw,
    });
  });

  it.each(['6f00', '6581'])(
    'forgets that it verified when a later VERIFY is answered %s, so that a hidden last try is safe',
    async (sw) => {
      // The application is selected again before the last query.
      const connection = scripted('9000', '63c3', '9000', '9000', sw, '9000', '9000');
      const applet = await JpkiApplet.select(connection);
      await applet.verifyPin('auth', '1234');
      await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
      await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
      expect(connection.commands).toHaveLength(7);
    },
  );

  it('selects its file again when a short identifier may have made another one current', async () => {
    // auth: refused by short identifier, and as the current file in four bytes and in five; sign: by short identifier; auth: what is current now must not be taken for its file.
    const connection = scripted(
      '9000',
      '6a88',
      '9000',
      '6a88',
      '6a88',
      '63c5',
      '6a88',
      '9000',
      '9000',
      '63c3',
      '9000',
    );
    const applet = await JpkiApplet.select(connection);
    await expect(applet.readPinCounter('auth')).rejects.toMatchObject({ code: 'STATUS_WORD' });
    await applet.readPinCounter('sign');
    await applet.verifyPin('auth', '1234');
    expect(connection.commands.slice(6, 10)).toEqual([
      '00200098',
      '00a4040c0ad392f000260100000001',
      '00a4020c020018',
      '00200080',
    ]);
  });

  it.each(['63c3', '6300', '63ff', '6984'])(
    'takes %s to the SELECT of its file for no counter',
    async (sw) => {
      const connection = scripted('9000', '6a86', '9000', sw);
      const applet = await JpkiApplet.select(connection);
      await expect(applet.verifyPin('auth', '1234', { allowLastTry: true })).rejects.toMatchObject({
        code: 'STATUS_WORD',
        statusWord: Number.parseInt(sw, 16),
      });
      expect(connection.commands).toHaveLength(4);
    },
  );

  it('selects the application again before each operation on a shared connection', async () => {
    const { applet, connection } = await open({}, 'shared');
    await applet.readPinCounter('auth');
    await applet.readPinCounter('auth');
    expect(connection.count).toBe(1 + 2 + 2);
  });

  it('sends nothing on a shared connection unless that is allowed', async () => {
    const { applet, connection, tries } = await open({}, 'shared');
    await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    await expect(applet.changePin('auth', '0000', '1111')).rejects.toMatchObject({
      code: 'SHARING_VIOLATION',
    });
    expect(connection.count).toBe(1);
    expect(tries('auth')).toBe(3);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth, { allowShared: true });
  });

  it('is never sent again after 6Cxx or 61xx', async () => {
    for (const sw of ['6c04', '6104']) {
      const connection = scripted('9000', '63c3', sw);
      const applet = await JpkiApplet.select(connection);
      await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
      expect(connection.commands).toHaveLength(3);
    }
  });

  it('refuses a role that is none', async () => {
    const { applet, connection } = await open();
    for (const role of ['toString', 'AUTH'] as unknown as 'auth'[]) {
      await expect(applet.verifyPin(role, '1234')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(connection.count).toBe(1);
  });
});

describe('options that are none', () => {
  const WRONG: readonly unknown[] = [
    null,
    'allowLastTry',
    { allowLastTry: 'true' },
    { allowLastTry: 1 },
    { allowShared: 'no' },
    { allowShared: {} },
    { signal: {} },
  ];

  it('send nothing, and the PIN bytes are wiped all the same', async () => {
    const { applet, connection } = await open({}, 'shared');
    for (const options of WRONG) {
      const pins = [
        Uint8Array.from([0x31, 0x32, 0x33, 0x34]),
        Uint8Array.from([0x35, 0x36, 0x37, 0x39]),
      ] as const;
      const refused = { code: 'INVALID_ARGUMENT' };
      await expect(applet.verifyPin('auth', pins[0], options as never)).rejects.toMatchObject(refused);
      await expect(
        applet.changePin('auth', pins[0].fill(0x31), pins[1], options as never),
      ).rejects.toMatchObject(refused);
      expect([...pins[0], ...pins[1]]).toEqual(new Array(8).fill(0));
    }
    expect(connection.count).toBe(1);
  });

  it('are not seen when they are set after the call', async () => {
    const { applet, connection, tries } = await open();
    for (let left = 3; left > 1; left--) await applet.verifyPin('auth', '0000').catch(() => undefined);
    expect(tries('auth')).toBe(1);
    const options = { allowLastTry: false };
    const verifying = applet.verifyPin('auth', '0000', options);
    options.allowLastTry = true;
    await expect(verifying).rejects.toMatchObject({ code: 'PIN_LAST_TRY' });
    expect(tries('auth')).toBe(1);
    await applet.close();
    expect(connection.count).toBeGreaterThan(1);
  });
});

describe('changePin', () => {
  it.each(['auth', 'sign'] as const)('replaces the %s PIN', async (role) => {
    for (const quirks of [
      {},
      { shortIds: 0x6a88 },
      { changeByShortId: false },
      { verifiedQuery: 0x9000 },
    ] as const) {
      const { applet, card, connection } = await open(quirks);
      await applet.changePin(role, VIRTUAL_PINS[role], NEW_PINS[role]);
      await applet.close();
      expect(connection.disposition).toBe('unpower');
      const again = await JpkiApplet.select(card.connect());
      await again.verifyPin(role, NEW_PINS[role]);
      await expect(again.verifyPin(role, VIRTUAL_PINS[role])).rejects.toMatchObject({
        code: 'PIN_INCORRECT',
      });
    }
  });

  it('sends nothing when the new PIN breaks a rule or is the current one', async () => {
    const { applet, connection } = await open();
    for (const next of ['ABCDEFGH', '12345678', 'abc123', 'AB1', VIRTUAL_PINS.sign]) {
      await expect(applet.changePin('sign', VIRTUAL_PINS.sign, next)).rejects.toMatchObject({
        code: 'PIN_FORMAT',
      });
    }
    await expect(applet.changePin('auth', '1234', '12345')).rejects.toMatchObject({ code: 'PIN_FORMAT' });
    expect(connection.count).toBe(1);
  });

  it('does not send the new PIN after a wrong current one', async () => {
    const { applet, sent } = await open();
    await expect(applet.changePin('auth', '0000', NEW_PINS.auth)).rejects.toMatchObject({
      code: 'PIN_INCORRECT',
      triesLeft: 2,
    });
    expect(sent.some((command) => command[1] === 0x24)).toBe(false);
  });

  it('that the card refuses says that the old PIN still holds', async () => {
    for (const sw of ['6a80', '6982', '6700', '6985', '6d00', '6b00']) {
      const applet = await JpkiApplet.select(scripted('9000', '63c3', '9000', sw));
      const error = await applet.changePin('auth', '1234', '5678').catch((reason) => reason);
      expect(error).toMatchObject({ code: 'STATUS_WORD', statusWord: Number.parseInt(sw, 16), role: 'auth' });
      expect(error.message).toContain('old PIN still holds');
    }
  });

  it('is uncertain when the answer does not tell whether the change was made', async () => {
    for (const sw of ['6f00', '6581', '6281', '6400', '63c2', '6c00', '6100', '9100']) {
      const applet = await JpkiApplet.select(scripted('9000', '63c3', '9000', sw));
      const error = await applet.changePin('auth', '1234', '5678').catch((reason) => reason);
      expect(error).toMatchObject({ code: 'PIN_CHANGE_UNCERTAIN', statusWord: Number.parseInt(sw, 16) });
      expect(error.remedy).toContain('one try is spent');
    }
  });
});

describe('PIN bytes', () => {
  it('given by the caller, or made by the library, are zero when the call ends, whatever way it ends', async () => {
    const cases: [string, (applet: JpkiApplet, pins: Uint8Array[]) => Promise<unknown>][] = [
      ['right', (applet, pins) => applet.verifyPin('auth', take(pins, VIRTUAL_PINS.auth))],
      ['wrong', (applet, pins) => applet.verifyPin('auth', take(pins, '0000'))],
      ['badly formed', (applet, pins) => applet.verifyPin('auth', take(pins, '00000'))],
      [
        'changed',
        (applet, pins) => applet.changePin('auth', take(pins, VIRTUAL_PINS.auth), take(pins, '5678')),
      ],
      [
        'badly changed',
        (applet, pins) => applet.changePin('auth', take(pins, VIRTUAL_PINS.auth), take(pins, '567')),
      ],
      ['wrongly changed', (applet, pins) => applet.changePin('auth', take(pins, '0000'), take(pins, '5678'))],
      ['of no role', (applet, pins) => applet.verifyPin('none' as 'auth', take(pins, '0000'))],
      [
        'aborted',
        (applet, pins) => applet.verifyPin('auth', take(pins, '0000'), { signal: AbortSignal.abort() }),
      ],
      [
        'closed',
        async (applet, pins) => {
          await applet.close();
          await applet.verifyPin('auth', take(pins, '0000'));
        },
      ],
    ];
    for (const [name, run] of cases) {
      const { applet, sent } = await open();
      const pins: Uint8Array[] = [];
      await run(applet, pins).catch(() => undefined);
      for (const pin of pins) expect([...pin], name).toEqual([...pin].map(() => 0));
      const bodies = sent.filter(
        (command) => (command[1] === 0x20 || command[1] === 0x24) && command.length > 5,
      );
      for (const body of bodies) expect([...body], name).toEqual([...body].map(() => 0));
    }
  });

  function take(pins: Uint8Array[], pin: string): Uint8Array {
    const bytes = ascii(pin);
    pins.push(bytes);
    return bytes;
  }
});

describe('closing', () => {
  it('unpowers a card on which a PIN was verified, also after an error that came later', async () => {
    const { applet, connection, card } = await open();
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    await expect(applet.verifyPin('sign', 'WRONG1')).rejects.toThrow();
    await applet.close();
    expect(connection.disposition).toBe('unpower');
    const next = await JpkiApplet.select(card.connect());
    await expect(next.sign('auth', new Uint8Array(1))).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
  });

  it('by await using unpowers too, also when the block throws', async () => {
    const { applet, connection } = await open();
    await expect(
      (async () => {
        await using used = applet;
        await used.verifyPin('auth', VIRTUAL_PINS.auth);
        throw new Error('the program failed');
      })(),
    ).rejects.toThrow('the program failed');
    expect(connection.disposition).toBe('unpower');
  });

  it('unpowers when the answer to a VERIFY never came', async () => {
    const card = VirtualCard.fromJSON((await issued).toJSON());
    const connection = new Intercepted(card.connect(), async (_number, command, send) => {
      const answer = await send();
      if (command[1] === 0x20 && command.length > 5) throw new Error('the link broke');
      return answer;
    });
    const applet = await JpkiApplet.select(connection);
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth)).rejects.toMatchObject({ code: 'TRANSPORT' });
    await applet.close();
    expect(connection.disposition).toBe('unpower');
  });

  it('waits for a VERIFY that is already queued, and unpowers after it', async () => {
    const { applet, connection } = await open();
    const verifying = applet.verifyPin('auth', VIRTUAL_PINS.auth);
    await applet.close();
    await verifying;
    expect(connection.disposition).toBe('unpower');
  });

  it('ends within the exchange time limit when the card has fallen silent', async () => {
    const card = VirtualCard.fromJSON((await issued).toJSON());
    const connection = new Intercepted(card.connect(), (number, _command, send) =>
      number === 1 ? send() : new Promise(() => undefined),
    );
    const applet = await JpkiApplet.select(connection, { exchangeTimeoutMs: 20 });
    await expect(applet.readStatus()).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(applet.readStatus()).rejects.toMatchObject({ code: 'CLOSED' });
    await applet.close();
    expect(connection.disposition).toBeUndefined();
  });
});

describe('an abort', () => {
  it('before the VERIFY is sent spends nothing, wherever it comes', async () => {
    for (const at of [0, 2]) {
      const controller = new AbortController();
      const card = VirtualCard.fromJSON((await issued).toJSON());
      const connection = new Intercepted(card.connect(), (number, _command, send) => {
        if (number === at) controller.abort();
        return send();
      });
      const applet = await JpkiApplet.select(connection);
      if (at === 0) controller.abort();
      await expect(applet.verifyPin('auth', '0000', { signal: controller.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      });
      expect(card.toJSON().applications.jpki?.['0018']).toMatchObject({ triesLeft: 3 });
    }
  });

  it('between counter and VERIFY forgets nothing of the VERIFY before, where the card hides its counter', async () => {
    const controller = new AbortController();
    const card = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks: { verifiedQuery: 0x9000 } });
    // SELECT, counter and VERIFY, then the counter of the one that is stopped.
    const connection = new Intercepted(card.connect(), (number, _command, send) => {
      if (number === 4) controller.abort();
      return send();
    });
    const applet = await JpkiApplet.select(connection);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    const stopped = applet.verifyPin('auth', VIRTUAL_PINS.auth, { signal: controller.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
  });
});
