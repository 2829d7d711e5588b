/** What is left behind: whether the card loses its power, and which error the caller gets to see. */
import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet, readOtherPinCounters } from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

const SIGN = 'ab'.repeat(256);
const issued = virtualCard();

/** A scripted card that remembers how its connection ended. */
function card(...answers: readonly string[]) {
  const connection = scripted(...answers);
  const ends: unknown[] = [];
  connection.disconnect = async (disposition) => {
    ends.push(disposition);
  };
  return { connection, ends };
}

describe('a card is unpowered at the end', () => {
  /** Answers after the SELECT: the counter, the PIN. */
  it.each([
    ['63c3', '9000', undefined],
    ['63c3', '63c2', 'PIN_INCORRECT'],
    // As many tries as before, or more: the answer is the old one, or another card's.
    ['63c3', '63c3', 'MALFORMED_RESPONSE'],
    ['63c2', '63c3', 'MALFORMED_RESPONSE'],
    ['63c2', '63cf', 'MALFORMED_RESPONSE'],
    // Locked by one wrong PIN although two more tries were left.
    ['63c3', '6983', 'MALFORMED_RESPONSE'],
    ['63c3', '6984', 'MALFORMED_RESPONSE'],
    // A PIN without a limit (JICSAP 5.2.2) is none of the two; ACR122U makes up 6300, others 6301 and 637F.
    ['63c3', '6300', 'MALFORMED_RESPONSE'],
    ['63c3', '6301', 'MALFORMED_RESPONSE'],
    ['63c3', '637f', 'MALFORMED_RESPONSE'],
    // Words that say that something was done, or nothing at all.
    ['63c3', '6104', 'MALFORMED_RESPONSE'],
    ['63c3', '6c04', 'MALFORMED_RESPONSE'],
    ['63c3', '6282', 'MALFORMED_RESPONSE'],
    ['63c3', '6581', 'MALFORMED_RESPONSE'],
    ['63c3', '6f00', 'MALFORMED_RESPONSE'],
    ['63c3', '9001', 'MALFORMED_RESPONSE'],
    ['63c3', '0000', 'MALFORMED_RESPONSE'],
    ['63c3', 'ffff', 'MALFORMED_RESPONSE'],
    // Refused before it was compared, ISO/IEC 7816-4 table 5.
    ['63c3', '6700', 'STATUS_WORD'],
    ['63c3', '6985', 'STATUS_WORD'],
    ['63c3', '6d00', 'STATUS_WORD'],
  ])('after a counter of %s and %s to the PIN: %s', async (counter, answer, code) => {
    const { connection, ends } = card('9000', counter, answer);
    const applet = await JpkiApplet.select(connection);
    const error = await applet.verifyPin('auth', '0000').then(
      () => undefined,
      (reason) => reason,
    );
    expect(error?.code).toBe(code);
    if (code === 'MALFORMED_RESPONSE') {
      expect(error).toMatchObject({ role: 'auth', statusWord: Number.parseInt(answer, 16) });
      expect(error.message).toMatch(/may have been taken, or a try may be spent/);
      expect(error.remedy).toMatch(/^Read the counter/);
      expect(error.triesLeft).toBeUndefined();
    }
    await applet.close();
    expect(ends).toEqual(['unpower']);
  });

  it('after an answer that does not fit a counter which the card hides since the PIN was right before', async () => {
    const { connection } = card('9000', '63c3', '9000', '9000', '63c3');
    const applet = await JpkiApplet.select(connection);
    await applet.verifyPin('auth', '1234');
    await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });

  it('believes a wrong PIN and a locked one where the counter was not told and the last try was allowed', async () => {
    for (const [answer, code] of [
      ['63c2', 'PIN_INCORRECT'],
      ['6983', 'PIN_LOCKED'],
      ['63c3', 'MALFORMED_RESPONSE'],
    ]) {
      const { connection } = card('9000', '6300', answer ?? '');
      const applet = await JpkiApplet.select(connection);
      const verifying = applet.verifyPin('auth', '0000', { allowLastTry: true });
      await expect(verifying).rejects.toMatchObject({ code });
    }
  });

  it.each<[string, readonly string[], (applet: JpkiApplet, connection: CardConnection) => Promise<unknown>]>([
    ['a counter that says it is verified', ['9000'], (applet) => applet.readPinCounter('auth')],
    ['a status in which one PIN is verified', ['63c3', '9000'], (applet) => applet.readStatus()],
    ['a signature without a PIN', [`${SIGN}9000`], (applet) => applet.sign('auth', new Uint8Array(1))],
    ['another PIN that is verified', ['9000', '9000'], (_, connection) => readOtherPinCounters(connection)],
  ])('which somebody else left open, found by %s', async (_how, answers, use) => {
    const { connection, ends } = card('9000', ...answers);
    const applet = await JpkiApplet.select(connection);
    await use(applet, connection).catch(() => undefined);
    await applet.close();
    expect(ends).toEqual(['unpower']);
  });

  it.each<Partial<VirtualCardQuirks>>([
    {},
    // An answer that is shorter than asked for, with a warning.
    { endOfFile: 0x6282 },
    { endOfFile: 0x6282, shortIds: 0x6a86 },
    { endOfFile: 0x6c, extendedLength: false, getResponse: true },
  ])('which somebody else left open, found by its signature certificate: %o', async (quirks) => {
    const virtual = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks });
    const before = virtual.connect();
    await (await JpkiApplet.select(before)).verifyPin('sign', VIRTUAL_PINS.sign);
    await before.disconnect('leave');
    const connection = new Intercepted(virtual.connect());
    const applet = await JpkiApplet.select(connection);
    await applet.readCertificate('sign');
    await applet.close();
    expect(connection.disposition).toBe('unpower');
  });
});

describe('a counter above the maximum of the PIN', () => {
  it.each([
    ['auth', '63c4'],
    ['auth', '63cf'],
    ['sign', '63c6'],
  ] as const)('is not believed, and no PIN is sent: %s %s', async (role, answer) => {
    // After an answer like that the application is selected again.
    const { connection } = card('9000', answer, '9000', answer);
    const applet = await JpkiApplet.select(connection);
    const pin = VIRTUAL_PINS[role];
    for (const call of [applet.readPinCounter(role), applet.verifyPin(role, pin, { allowLastTry: true })])
      await expect(call).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE', role });
    expect(
      connection.commands.filter((command) => command.length > 10 && command.startsWith('0020')),
    ).toEqual([]);
  });
});

describe('on a card without short file identifiers', () => {
  const AID = '00a4040c0ad392f000260100000001';

  async function open(share: 'exclusive' | 'shared' = 'exclusive') {
    const virtual = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks: { shortIds: 0x6a86 } });
    const sent: string[] = [];
    let replaced: (command: string, answer: Uint8Array) => Promise<Uint8Array> | undefined = () => undefined;
    let last = new Uint8Array(0);
    const connection = new Intercepted(virtual.connect({ share }), async (_number, command, send) => {
      const text = Buffer.from(command).toString('hex');
      sent.push(command.length > 5 && command[1] === 0x20 ? 'PIN' : text);
      last = new Uint8Array(await (replaced(text, last) ?? send()));
      return last;
    });
    const applet = await JpkiApplet.select(connection);
    const tries = () =>
      (['0018', '001b'] as const).map((file) => {
        const pin = virtual.toJSON().applications.jpki?.[file];
        return pin?.kind === 'pin' ? pin.triesLeft : undefined;
      });
    return {
      ...{ applet, connection, sent, tries },
      lose: (which: (command: string) => boolean) => {
        replaced = (command, answer) => (which(command) ? Promise.resolve(answer) : undefined);
      },
    };
  }

  it('application and file are selected directly before the counter and the PIN', async () => {
    const { applet, sent } = await open();
    await applet.readStatus();
    await applet.readPinCounter('sign');
    sent.length = 0;
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect(sent).toEqual([AID, '00a4020c020018', '00200080', 'PIN']);
    sent.length = 0;
    await applet.changePin('auth', VIRTUAL_PINS.auth, '8642');
    expect(sent.slice(0, 3)).toEqual([AID, '00a4020c020018', '00200080']);
  });

  it.each([
    ['the SELECT of the file', (command: string) => command === '00a4020c020018'],
    ['the SELECT of the application', (command: string) => command === AID],
  ])('%s that gets lost, its answer an old 9000, sends no PIN to the other counter', async (_what, which) => {
    const { applet, tries, lose } = await open();
    await applet.readStatus();
    // The signature PIN's file is current now.
    lose(which);
    await applet.verifyPin('auth', '0000').catch(() => undefined);
    const [auth, sign] = tries();
    expect(sign).toBe(5);
    expect(auth).toBeGreaterThanOrEqual(2);
  });

  it("a command of the caller's own between two operations sends no PIN to another counter", async () => {
    for (const own of ['00a4020c02001b', '00a4040c0ad3921000310001010401', '00a40000']) {
      const { applet, connection, tries } = await open();
      await applet.readPinCounter('auth');
      await connection.transmit(new Uint8Array(Buffer.from(own, 'hex')));
      await expect(applet.verifyPin('auth', '0000')).rejects.toMatchObject({ code: 'PIN_INCORRECT' });
      expect(tries()).toEqual([2, 5]);
    }
  });

  it('no PIN is sent on a shared connection, where another program may select in between', async () => {
    const { applet, sent, tries } = await open('shared');
    for (const known of [false, true]) {
      if (known) await applet.readStatus();
      const verifying = applet.verifyPin('auth', VIRTUAL_PINS.auth, { allowShared: true });
      await expect(verifying).rejects.toMatchObject({ code: 'SHARING_VIOLATION', role: 'auth' });
    }
    expect(sent).not.toContain('PIN');
    expect(tries()).toEqual([3, 5]);
  });
});

it('a new PIN is not sent to the file selected last on a shared connection', async () => {
  const virtual = VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks: { changeByShortId: false } });
  const changes: string[] = [];
  const connection = new Intercepted(virtual.connect({ share: 'shared' }), async (_number, command, send) => {
    if (command[1] === 0x24) changes.push(Buffer.from(command.subarray(0, 4)).toString('hex'));
    return send();
  });
  const applet = await JpkiApplet.select(connection);
  const changing = applet.changePin('auth', VIRTUAL_PINS.auth, '8642', { allowShared: true });
  await expect(changing).rejects.toMatchObject({ code: 'STATUS_WORD', role: 'auth' });
  expect(changes).toEqual(['00240198']);
});

describe('the first error is the one that is told', () => {
  /** A card that falls silent at the given instruction, and whose connection cannot be ended either. */
  async function falling(ins: number, disconnect: () => Promise<void>) {
    const virtual = VirtualCard.fromJSON((await issued).toJSON());
    const connection = new Intercepted(virtual.connect(), (_number, command, send) =>
      command[1] === ins && command.length > 5 ? new Promise(() => undefined) : send(),
    );
    connection.disconnect = disconnect;
    return JpkiApplet.select(connection, { exchangeTimeoutMs: 20 });
  }
  const silent = () => new Promise<void>(() => undefined);
  const failing = () => Promise.reject(new JpkiError('TRANSPORT'));

  const cases = [
    ['a silent card', silent],
    ['a failing reader', failing],
  ] as const;

  it.each(cases)('with `await using`, before a close that fails because of %s', async (_why, disconnect) => {
    const changing = async () => {
      await using applet = await falling(0x24, disconnect);
      await applet.changePin('auth', VIRTUAL_PINS.auth, '8642');
    };
    await expect(changing()).rejects.toMatchObject({ code: 'PIN_CHANGE_UNCERTAIN', role: 'auth' });
  });

  it.each(cases)('with `finally`, before a close that fails because of %s', async (_why, disconnect) => {
    const verifying = async () => {
      const applet = await falling(0x20, disconnect);
      try {
        await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      } finally {
        await applet.close();
      }
    };
    const error = await verifying().catch((reason) => reason);
    expect(error).toMatchObject({ code: 'TIMEOUT', role: 'auth' });
    expect(error.message).toContain('a try may be spent');
  });

  it('also after a look at the counter, which most people take before they pass it on', async () => {
    const virtual = VirtualCard.fromJSON((await issued).toJSON());
    const connection = new Intercepted(virtual.connect(), async (_number, command, send) =>
      command[1] === 0x24 ? Uint8Array.of(0x6f, 0x00) : send(),
    );
    connection.disconnect = failing;
    const changing = async () => {
      await using applet = await JpkiApplet.select(connection);
      try {
        await applet.changePin('auth', VIRTUAL_PINS.auth, '8642');
      } catch (error) {
        await applet.readPinCounter('auth');
        throw error;
      }
    };
    await expect(changing()).rejects.toMatchObject({ code: 'PIN_CHANGE_UNCERTAIN' });
  });

  it('but a close that fails after everything went well says so', async () => {
    for (const [disconnect, code] of [
      [silent, 'TIMEOUT'],
      [failing, 'TRANSPORT'],
    ] as const) {
      const applet = await falling(0x2a, disconnect);
      await applet.verifyPin('auth', '12').catch(() => undefined);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      await expect(applet.close()).rejects.toMatchObject({ code });
    }
  });

  it('a close after a silence does not wait for the card once more', async () => {
    const ends: unknown[] = [];
    const applet = await falling(0x20, async (...said: unknown[]) => {
      ends.push(said);
      return silent();
    });
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const error = await applet.readStatus().catch((reason) => reason);
    expect(error.remedy).toContain('Take the card off the reader');
    await applet.close();
    expect(ends).toEqual([['unpower']]);
  });
});
