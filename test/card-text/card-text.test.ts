import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  CardText,
  checkNumberB,
  type MyNumber,
  type TextPinRole,
  verifyCardText,
} from '../../src/card-text/index.js';
import { JpkiError } from '../../src/errors.js';
import { ResponseApdu } from '../../src/iso7816/index.js';
import {
  JpkiApplet,
  ReadStrategy,
  readCardRecord,
  readOtherPinCounters,
  type VerifyOptions,
} from '../../src/jpki/index.js';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import { saved } from '../support/issued.js';
import { ascii, countExchanges, send, virtualCard } from '../support/virtual.js';
import { PUBLISHED_FILE } from './support.js';

const PIN = '1234';
const NUMBER = '999999999999';
const LONG = `${'長'.repeat(60)}　${'名'.repeat(60)}`;

async function issue(name: string): Promise<VirtualCard> {
  return VirtualCard.issue({ authority: saved().authority, signatureCertificate: false, holder: { name } });
}

async function numberB(card: VirtualCard): Promise<string> {
  const connection = card.connect();
  const record = await readCardRecord(connection);
  await connection.disconnect();
  const birthDate = { year: 2001, month: 4, day: 15 };
  return checkNumberB({ birthDate, expiryYear: record?.expiry.year ?? 0, securityCode: '0000' });
}

type Present = (text: CardText, value: Uint8Array, options: VerifyOptions) => Promise<void>;

/** What opens the text: how each is presented, a right and a wrong one, and who resets one that is locked. */
const PRESENTED: Readonly<
  Record<
    TextPinRole,
    { present: Present; right: (card: VirtualCard) => Promise<string>; wrong: string; remedy: RegExp }
  >
> = {
  'input-support': {
    present: (text, pin, options) => text.verifyPin(pin, options),
    right: async () => PIN,
    wrong: '0000',
    remedy: /municipal counter/,
  },
  'check-number-a': {
    present: (text, number, options) => text.verifyCheckNumber('A', number, options),
    right: async () => NUMBER,
    wrong: '999999999998',
    remedy: /municipal/,
  },
  'check-number-b': {
    present: (text, number, options) => text.verifyCheckNumber('B', number, options),
    right: numberB,
    wrong: '00000000000000',
    remedy: /municipal/,
  },
};

async function errorOf(work: Promise<unknown>): Promise<JpkiError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JpkiError)) throw error ?? new Error('nothing was thrown');
  return error;
}

/** A card whose file is another one. */
async function withFile(id: string, content: Uint8Array): Promise<VirtualCard> {
  const state = (await virtualCard()).toJSON();
  const files = { ...state.applications['input-support'] };
  const file = files[id];
  if (file?.kind !== 'binary') throw new Error(id);
  files[id] = { ...file, content: Buffer.from(content).toString('base64') };
  return VirtualCard.fromJSON({ ...state, applications: { ...state.applications, 'input-support': files } });
}

const short = (command: string) => command.replace(/^00a404.*/, 'SELECT').slice(0, 10);

describe('the attributes', () => {
  it('cost four exchanges from cold: SELECT, counter, VERIFY, read', async () => {
    const connection = countExchanges((await virtualCard()).connect());
    await using text = await CardText.select(connection);
    await text.verifyPin(PIN);
    const attributes = await text.readAttributes();
    expect(attributes).toMatchObject({
      name: '仮想　見本子',
      address: '架空県見本市例示町一丁目２番３号',
      birthDate: { iso: '2001-04-15' },
      sex: 'female',
    });
    expect(connection.exchanges.map(({ command }) => short(command))).toEqual([
      ...['SELECT', '00200091', '0020009104', '00b0820000'],
    ]);
  });

  it('of more than 256 bytes cost four where the reader is known to carry reads of extended length, else five', async () => {
    const card = await issue(LONG);
    const readStrategy = new ReadStrategy();
    const countOf = async () => {
      const connection = countExchanges(card.connect());
      await using text = await CardText.select(connection, { readStrategy });
      await text.verifyPin(PIN);
      expect((await text.readAttributes()).name).toBe(LONG);
      return connection.count;
    };
    const unknown = await countOf();
    // A certificate, read without a PIN, shows what the reader carries.
    await using applet = await JpkiApplet.select(card.connect(), { readStrategy });
    await applet.readCertificateDer('auth-ca');
    await applet.close();
    expect([unknown, await countOf()]).toEqual([5, 4]);
  });

  it.each<[string, Partial<VirtualCardQuirks>]>([
    ['without short identifiers', { shortIds: 0x6a86 }],
    ['without a VERIFY of four bytes', { fourByteVerify: false }],
    ['without extended length', { extendedLength: false }],
    ['that hands out 40 bytes at a time', { maxRead: 40 }],
    ['that says 6282 at the end', { endOfFile: 0x6282 }],
    ['that says 6Cxx at the end', { endOfFile: 0x6c }],
    ['with GET RESPONSE', { getResponse: true }],
    ['in a reader that carries 128 bytes', { longestRead: 128 }],
    ['with 6F00 to the first command', { firstCommandFails: true }],
  ])('are read from a card %s', async (_which, quirks) => {
    const connection = (await virtualCard(quirks)).connect();
    await using text = await CardText.select(connection);
    await text.verifyPin(PIN);
    expect((await text.readAttributes()).sex).toBe('female');
    using number = await text.readMyNumber();
    expect(Buffer.from(number.digits).toString()).toBe(NUMBER);
  });

  it('that a published card has are read with filler behind them', async () => {
    const card = await withFile('0002', Buffer.concat([PUBLISHED_FILE, Buffer.alloc(400, 0xff)]));
    await using text = await CardText.select(card.connect());
    await text.verifyPin(PIN);
    expect(await text.readAttributes()).toMatchObject({ name: '黒桐　幹也', sex: 'male' });
  });

  it.each([
    ['filler', Buffer.alloc(300, 0xff)],
    ['nothing but zeros', Buffer.alloc(300)],
    ['a file that ends in its header', Buffer.from('ff20', 'hex')],
    ['an object that never ends', Buffer.from('ff2082ffff', 'hex')],
    ['another object', Buffer.from(`ff1065${'00'.repeat(101)}`, 'hex')],
    ['a table that lies', Buffer.from(PUBLISHED_FILE.map((byte, i) => (i === 7 ? 0x0f : byte)))],
  ])('that are %s end in MALFORMED_RESPONSE', async (_what, content) => {
    await using text = await CardText.select((await withFile('0002', content)).connect());
    await text.verifyPin(PIN);
    expect((await errorOf(text.readAttributes())).code).toBe('MALFORMED_RESPONSE');
  });
});

describe('the Individual Number', () => {
  it('is read in one exchange of 17 bytes, by its own call alone', async () => {
    const connection = countExchanges((await virtualCard()).connect());
    await using text = await CardText.select(connection);
    await text.verifyPin(PIN);
    await text.readAttributes();
    await text.readBasicInformation();
    await text.readProof();
    const reads = () => connection.exchanges.filter(({ command }) => /^00b081|^00a4020c020001/.test(command));
    expect(reads()).toEqual([]);
    using number = await text.readMyNumber();
    expect(reads().map(({ command }) => command)).toEqual(['00b0810011']);
    expect(number.hasCheckDigit).toBe(false);
  });

  it.each([
    ['eleven digits', `ff100b${'31'.repeat(11)}ffffff`],
    ['fifteen bytes of filler', 'ff'.repeat(15)],
    ['less than a number', 'ff100c31'],
    ['something behind it', `ff100c${'31'.repeat(12)}0102`],
  ])('of %s is MALFORMED_RESPONSE, and its bytes in no error', async (_what, content) => {
    await using text = await CardText.select((await withFile('0001', Buffer.from(content, 'hex'))).connect());
    await text.verifyPin(PIN);
    const error = await errorOf(text.readMyNumber());
    expect(error.code).toBe('MALFORMED_RESPONSE');
    expect(inspect(error, { depth: 9 })).not.toMatch(/1{5}|(31){5}/);
  });
});

describe('copies of the Individual Number', () => {
  it.each<[string, Partial<VirtualCardQuirks>, number]>([
    ['in one piece', {}, Infinity],
    ['in pieces of five bytes', { maxRead: 5 }, Infinity],
    ['by GET RESPONSE', { getResponse: true }, Infinity],
    ['until the link broke', { maxRead: 5 }, 3],
  ])('that came %s are wiped, but for the one that is handed out', async (_how, quirks, breaksAt) => {
    let reads = 0;
    const connection = new Intercepted(
      (await virtualCard(quirks)).connect(),
      async (_number, command, pass) => {
        if (command[1] === 0xb0 && ++reads >= breaksAt) throw new JpkiError('CARD_REMOVED');
        return pass();
      },
    );
    await using text = await CardText.select(connection);
    await text.verifyPin(PIN);
    const parsed = vi.spyOn(ResponseApdu, 'parse');
    let number: MyNumber | undefined;
    try {
      number = await text.readMyNumber().catch(() => undefined);
      const kept = parsed.mock.results.map(({ value }) => Buffer.from(value.data).toString('latin1'));
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.filter((data) => data.includes('9'))).toEqual([]);
      expect(number === undefined).toBe(breaksAt === 3);
    } finally {
      parsed.mockRestore();
      number?.[Symbol.dispose]();
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('that were made are wiped: the answer, the one to judge by, and that of the object', async () => {
    const wiped: string[] = [];
    const { fill } = Uint8Array.prototype;
    vi.spyOn(Uint8Array.prototype, 'fill').mockImplementation(function (this: Uint8Array, ...how) {
      wiped.push(Buffer.from(this).toString('latin1'));
      return fill.apply(this, how);
    });
    const times = () => wiped.filter((bytes) => bytes.includes(NUMBER)).length;
    await using text = await CardText.select((await virtualCard()).connect());
    await text.verifyPin(PIN);
    const number = await text.readMyNumber();
    expect(times()).toBe(1);
    await verifyCardText(await text.readProof(), { myNumber: new Uint8Array(number.file) });
    expect(times()).toBe(2);
    number[Symbol.dispose]();
    expect(times()).toBe(3);
  });
});

describe('after the end', () => {
  it('nothing is sent, and a PIN is not even looked at', async () => {
    const connection = countExchanges((await virtualCard()).connect());
    const text = await CardText.select(connection);
    await text.close();
    const asked: unknown[] = [];
    const ask = (counter: unknown) => {
      asked.push(counter);
      return PIN;
    };
    for (const work of [
      text.readAttributes(),
      text.readMyNumber(),
      text.readProof(),
      text.readBasicInformation(),
      text.readPinCounter('input-support'),
      text.verifyPin(ask),
      text.verifyPin('in the wrong form'),
      text.verifyCheckNumber('B', 'in the wrong form'),
      text.changePin(PIN, 'in the wrong form'),
    ])
      expect((await errorOf(work)).code).toBe('CLOSED');
    expect([connection.count, asked]).toEqual([1, []]);
  });
});

describe('what opens what', () => {
  it('nothing: every read says which PIN is missing, and no key was found open', async () => {
    const card = await virtualCard();
    await using text = await CardText.select(card.connect());
    for (const work of [text.readAttributes(), text.readMyNumber(), text.readProof()]) {
      const error = await errorOf(work);
      expect([error.code, error.role]).toEqual(['PIN_REQUIRED', 'input-support']);
      expect(error.remedy).toContain('券面事項入力補助用');
    }
    expect((await text.readBasicInformation()).keyNumber).toBe('9000034');
  });

  it.each([
    ['A', ['readMyNumber', 'readProof'], 'readAttributes'],
    ['B', ['readAttributes', 'readProof'], 'readMyNumber'],
  ] as const)('check number %s opens %o, and not %s', async (letter, open, closed) => {
    const card = await virtualCard();
    const number = letter === 'A' ? NUMBER : await numberB(card);
    await using text = await CardText.select(card.connect());
    const bytes = new TextEncoder().encode(number);
    await text.verifyCheckNumber(letter, bytes);
    expect([...bytes].every((byte) => byte === 0)).toBe(true);
    for (const read of open) await text[read]();
    expect((await errorOf(text[closed]())).code).toBe('PIN_REQUIRED');
  });

  it('a phone has no text', async () => {
    const card = await virtualCard({ absentApplications: ['input-support'] });
    const connection = card.connect();
    const error = await errorOf(CardText.select(connection));
    expect([error.code, error.statusWord]).toEqual(['UNSUPPORTED', 0x6a82]);
    await connection.disconnect();
    const refusing = new Intercepted(card.connect(), async () => Uint8Array.of(0x69, 0x85));
    expect((await errorOf(CardText.select(refusing))).code).toBe('STATUS_WORD');
  });
});

describe('the PIN and the check numbers', () => {
  it('are counted for themselves, and a wrong one is sent once', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect());
    await using text = await CardText.select(connection);
    const wrong = await errorOf(text.verifyPin('0000'));
    expect([wrong.code, wrong.role, wrong.triesLeft]).toEqual(['PIN_INCORRECT', 'input-support', 2]);
    const number = await errorOf(text.verifyCheckNumber('A', '999999999998'));
    expect([number.code, number.role, number.triesLeft]).toEqual(['PIN_INCORRECT', 'check-number-a', 9]);
    await errorOf(text.verifyCheckNumber('B', '00000000000000'));
    const verifies = connection.exchanges.filter(
      ({ command }) => command.startsWith('0020') && command.length > 10,
    );
    expect(verifies.length).toBe(3);
    expect(await text.readPinCounter('check-number-b')).toMatchObject({
      role: 'check-number-b',
      triesLeft: 9,
      maxTries: undefined,
    });
    expect(await text.readPinCounter('input-support')).toMatchObject({ triesLeft: 2, maxTries: 3 });
  });

  it.each([
    ['123', 'input-support'],
    ['12345', 'input-support'],
    ['１２３４', 'input-support'],
    ['ABCD', 'input-support'],
  ])('of a wrong form are not sent: %s', async (pin, role) => {
    const connection = countExchanges((await virtualCard()).connect());
    await using text = await CardText.select(connection);
    const error = await errorOf(text.verifyPin(pin));
    expect([error.code, error.role]).toEqual(['PIN_FORMAT', role]);
    // How to go on is told of this PIN, and of no key's.
    expect(error.remedy).toMatch(/^The card input PIN/);
    expect((await errorOf(text.changePin(PIN, pin))).remedy).toBe(error.remedy);
    for (const letter of ['A', 'B'] as const) {
      const { code, remedy } = await errorOf(text.verifyCheckNumber(letter, '1234567890'));
      expect([code, remedy]).toEqual(['PIN_FORMAT', error.remedy]);
    }
    expect(connection.count).toBe(1);
  });

  it.each(Object.keys(PRESENTED) as TextPinRole[])(
    'the last try of %s is kept, unless it is allowed; whatever is said, what was given is wiped',
    async (role) => {
      const card = await virtualCard();
      const { present, right, wrong, remedy } = PRESENTED[role];
      const few = VirtualCard.fromJSON(card.toJSON(), { triesLeft: { [role]: 1 } });
      const connection = countExchanges(few.connect());
      await using text = await CardText.select(connection);
      const given: Uint8Array[] = [];
      const presented = () => connection.exchanges.filter(({ command }) => /^0020.{6}./.test(command)).length;
      const errorAfter = async (value: string, options: VerifyOptions = {}) => {
        const bytes = new TextEncoder().encode(value);
        given.push(bytes);
        return errorOf(present(text, bytes, options));
      };
      const kept = await errorAfter(await right(card));
      expect([kept.code, kept.role, kept.triesLeft]).toEqual(['PIN_LAST_TRY', role, 1]);
      const asked: unknown[] = [];
      const confirmLastTry = (counter: unknown) => asked.push(counter) > 1;
      expect((await errorAfter(await right(card), { confirmLastTry })).code).toBe('PIN_LAST_TRY');
      expect(asked).toEqual([expect.objectContaining({ role, triesLeft: 1 })]);
      expect([presented(), few.triesLeft[role]]).toEqual([0, 1]);

      const last = await errorAfter(wrong, { allowLastTry: true });
      expect([last.code, last.role, last.triesLeft]).toEqual(['PIN_INCORRECT', role, 0]);
      expect(last.remedy).toMatch(remedy);
      expect(last.remedy).not.toMatch(/kiosk/);
      const locked = await errorAfter(await right(card), { allowLastTry: true });
      expect([locked.code, locked.role, locked.remedy]).toEqual(['PIN_LOCKED', role, last.remedy]);
      expect([presented(), few.triesLeft[role]]).toEqual([1, 0]);
      expect(given.flatMap((bytes) => [...bytes]).filter((byte) => byte !== 0)).toEqual([]);
    },
  );

  it('that are asked for come after the counter', async () => {
    const card = await virtualCard();
    await using text = await CardText.select(card.connect());
    const seen: unknown[] = [];
    await text.verifyPin((counter) => {
      seen.push(counter);
      return PIN;
    });
    expect(seen).toEqual([
      { role: 'input-support', triesLeft: 3, maxTries: 3, locked: false, verified: false },
    ]);
  });

  it('are not sent on a shared connection', async () => {
    const card = await virtualCard();
    await using text = await CardText.select(card.connect({ share: 'shared' }));
    expect((await errorOf(text.verifyPin(PIN))).code).toBe('SHARING_VIOLATION');
    expect((await errorOf(text.changePin(PIN, '8642'))).code).toBe('SHARING_VIOLATION');
    await text.verifyPin(PIN, { allowShared: true });
    expect((await text.readAttributes()).sex).toBe('female');
  });

  it('the PIN is changed with CHANGE REFERENCE DATA, and the one of the keys stays', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect());
    const text = await CardText.select(connection);
    const [current, next] = [PIN, '8642'].map((pin) => new TextEncoder().encode(pin)) as [
      Uint8Array,
      Uint8Array,
    ];
    await text.changePin(current, next);
    expect([...current, ...next].every((byte) => byte === 0)).toBe(true);
    expect(connection.exchanges.slice(1).map(({ command }) => command)).toEqual([
      '00200091',
      `0020009104${ascii(PIN)}`,
      `0024019104${ascii('8642')}`,
    ]);
    await text.close();
    send(card, '00 A4 04 0C 0A D3921000310001010408');
    expect(send(card, `00 20 00 91 04 ${ascii('8642')}`)).toBe('9000');
    send(card, '00 A4 04 0C 0A D392F000260100000001');
    expect(send(card, `00 20 00 98 04 ${ascii(PIN)}`)).toBe('9000');
  });
});

describe('beside the JPKI application, on one connection', () => {
  it('operations queue, and each selects its application again', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect());
    await using applet = await JpkiApplet.select(connection);
    await using text = await CardText.select(connection);
    const [attributes, status, , certificate] = await Promise.all([
      text.verifyPin(PIN).then(() => text.readAttributes()),
      applet.readStatus(),
      applet.verifyPin('auth', '1234'),
      applet.readCertificate('auth'),
    ]);
    expect(attributes.sex).toBe('female');
    expect(status.pins.auth.triesLeft).toBe(3);
    expect(certificate.role).toBe('auth');
    await text.close();
    expect((await errorOf(applet.readStatus())).code).toBe('CLOSED');
  });

  it('a card that was reset while others asked for its counters is asked for its application again', async () => {
    const card = await virtualCard();
    let isReset = false;
    const connection = countExchanges(
      new Intercepted(card.connect(), async (_number, command, pass) => {
        if (isReset || command[1] !== 0x20) return pass();
        isReset = true;
        card.powerOff();
        throw new JpkiError('CARD_RESET');
      }),
    );
    const text = await CardText.select(connection);
    expect((await errorOf(readOtherPinCounters(connection, { applications: ['input-support'] }))).code).toBe(
      'CARD_RESET',
    );
    const before = connection.count;
    expect((await text.readPinCounter('input-support')).triesLeft).toBe(3);
    expect(connection.exchanges.slice(before).map(({ command }) => short(command))).toEqual([
      ...['SELECT', '00200091'],
    ]);
  });

  it.each<[string, (text: CardText) => Promise<unknown>]>([
    ['the PIN', (text) => text.verifyPin(PIN)],
    ['a wrong PIN', (text) => errorOf(text.verifyPin('0000'))],
    ['check number A', (text) => text.verifyCheckNumber('A', NUMBER)],
    ['check number B', async (text) => text.verifyCheckNumber('B', await numberB(await virtualCard()))],
    ['a wrong check number B', (text) => errorOf(text.verifyCheckNumber('B', '00000000000000'))],
    ['a change', (text) => text.changePin(PIN, '8642')],
  ])('the card has lost power after %s', async (_what, work) => {
    const card = await virtualCard();
    const dispositions: unknown[] = [];
    const inner = card.connect();
    const connection = new Intercepted(inner, async (_number, _command, pass) => pass());
    const end = connection.disconnect.bind(connection);
    connection.disconnect = (disposition) => {
      dispositions.push(disposition);
      return end(disposition);
    };
    const text = await CardText.select(connection);
    await work(text);
    await text.close();
    expect(dispositions).toEqual(['unpower']);
  });

  it.each([
    ['attributes', (text: CardText) => text.readAttributes(), 'unpower'],
    ['number', (text: CardText) => text.readMyNumber(), 'unpower'],
    ['proof', (text: CardText) => text.readProof(), 'unpower'],
    ['basic information', (text: CardText) => text.readBasicInformation(), undefined],
  ] as const)(
    '%s that another program left open tell on it: the end is %s',
    async (_what, read, expected) => {
      for (const quirks of [{}, { shortIds: 0x6a86 }]) {
        const card = await virtualCard(quirks);
        // As a program that was killed leaves it.
        send(card, '00 A4 04 0C 0A D3921000310001010408', '00 A4 02 0C 02 0011');
        send(card, `00 20 00 80 04 ${ascii(PIN)}`);
        const dispositions: unknown[] = [];
        const connection = new Intercepted(card.connect(), async (_number, _command, pass) => pass());
        const end = connection.disconnect.bind(connection);
        connection.disconnect = (disposition) => {
          dispositions.push(disposition);
          return end(disposition);
        };
        const text = await CardText.select(connection);
        await read(text);
        await text.close();
        expect(dispositions).toEqual([expected]);
      }
    },
  );
});
