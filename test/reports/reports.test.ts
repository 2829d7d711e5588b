/**
 * What readers and cards did in public reports, each played on every operation it can touch: what comes of it, in how
 * many exchanges, and that no try is spent. No real card is in reach here; these are the nearest thing to one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet, ReadStrategy, readOtherPinCounters } from '../../src/jpki/index.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { issuedState, virtualCard } from '../support/virtual.js';

const FILES = { auth: '000a', sign: '0001', 'auth-ca': '000b', 'sign-ca': '0002' } as const;
const DATA = Uint8Array.of(1, 2, 3);

/** The certificate that a file of the saved card starts with, by its DER length: independent of the reading code. */
async function stored(file: keyof typeof FILES): Promise<Buffer> {
  const saved = (await issuedState()).applications.jpki?.[FILES[file]];
  if (saved?.kind !== 'binary') throw new Error('no such file');
  const content = Buffer.from(saved.content, 'base64');
  return content.subarray(0, 4 + content.readUInt16BE(2));
}

type Outcome = string | readonly unknown[];

/** Each gives what it learnt, on a connection of its own. */
const OPERATIONS = {
  status: on(async (applet) => {
    const { pins } = await applet.readStatus();
    return [pins.auth.statusWord ?? pins.auth.triesLeft, pins.sign.statusWord ?? pins.sign.triesLeft];
  }),
  token: on(async (applet) => {
    const { kind, model } = await applet.readTokenInfo();
    return [kind, model];
  }),
  availability: on(async (applet) => {
    const { auth, sign } = await applet.readCertificateAvailability();
    return [auth, sign];
  }),
  auth: on((applet) => certificate(applet, 'auth')),
  'auth-ca': on((applet) => certificate(applet, 'auth-ca')),
  'sign-ca': on((applet) => certificate(applet, 'sign-ca')),
  sign: on(async (applet) => {
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    return certificate(applet, 'sign');
  }),
  verify: on(async (applet) => {
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    return 'verified';
  }),
  wrong: on(async (applet) => {
    await applet.verifyPin('auth', '0000');
    return 'verified';
  }),
  change: on(async (applet) => {
    await applet.changePin('sign', VIRTUAL_PINS.sign, 'CHANGED7');
    return 'changed';
  }),
  signature: on(async (applet) => {
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    return [(await applet.sign('auth', DATA)).length];
  }),
  others: async (connection: Intercepted): Promise<Outcome> => {
    const counters = await readOtherPinCounters(connection);
    await connection.disconnect();
    return counters
      .filter(({ setByHolder }) => setByHolder)
      .map(({ present, statusWord, triesLeft }) =>
        present ? (statusWord ?? triesLeft) : `no ${statusWord}`,
      );
  },
} as const;
type Name = keyof typeof OPERATIONS;
const NAMES = Object.keys(OPERATIONS) as Name[];

function on(work: (applet: JpkiApplet) => Promise<Outcome>) {
  return async (connection: Intercepted): Promise<Outcome> => {
    await using applet = await JpkiApplet.select(connection);
    return await work(applet);
  };
}

async function certificate(applet: JpkiApplet, file: keyof typeof FILES): Promise<Outcome> {
  const der = await applet.readCertificateDer(file);
  return (await stored(file)).equals(der) ? 'the certificate' : 'something else';
}

/** On a card and a reader that carry everything. */
const RIGHT: Readonly<Record<Name, Outcome>> = {
  status: [3, 5],
  token: ['card', 'E16R01NJ'],
  availability: [true, true],
  auth: 'the certificate',
  'auth-ca': 'the certificate',
  'sign-ca': 'the certificate',
  sign: 'the certificate',
  verify: 'verified',
  wrong: 'PIN_INCORRECT',
  change: 'changed',
  signature: [256],
  others: [3, 3],
};

/** How many, for a certificate of so many bytes. */
type Exchanges = number | ((bytes: number) => number);
const blocks = (bytes: number, length: number): number => Math.ceil(bytes / length);
/** With the SELECT of the application; the extended read is not tried on a card with an open key. */
const FEWEST: Readonly<Record<Name, Exchanges>> = {
  status: 3,
  token: 2,
  availability: 2,
  auth: 2,
  'auth-ca': 2,
  'sign-ca': 2,
  sign: (bytes) => 3 + blocks(bytes, 256),
  verify: 3,
  wrong: 3,
  change: 4,
  signature: 4,
  // Four applications, eight PINs.
  others: 12,
};

interface Row {
  readonly source: string;
  readonly behaviour: string;
  readonly quirks: Partial<VirtualCardQuirks>;
  /** Where it is not the right one. */
  readonly outcome?: Partial<Record<Name, Outcome>>;
  /** Where they are not the fewest. */
  readonly exchanges?: Partial<Record<Name, Exchanges>>;
}

const certificates = (free: Exchanges, sign: Exchanges): Partial<Record<Name, Exchanges>> => ({
  ...{ auth: free, 'auth-ca': free, 'sign-ca': free, sign },
});
const all = <T>(names: readonly Name[], value: T): Partial<Record<Name, T>> =>
  Object.fromEntries(names.map((name) => [name, value]));
const CERTIFICATES = ['auth', 'auth-ca', 'sign-ca', 'sign'] as const;
const WITH_PIN = ['verify', 'wrong', 'change', 'signature', 'sign'] as const;

const LENGTHS = [256, 240, 192, 128, 64, 32];
/** Exchanges for a file whose first read asks for `first` bytes, in a reader that carries `limit`. */
function stepped(bytes: number, first: number, limit: number, perRefusal: number): number {
  const tried = [first, ...LENGTHS.filter((length) => length < first)];
  const carried = tried.find((length) => length <= limit) ?? 0;
  return tried.indexOf(carried) * perRefusal + blocks(bytes, carried);
}

/** A transport failure costs a SELECT of the application beside the read itself. */
function longReads(source: string, limit: number, longRead: VirtualCardQuirks['longRead']): Row {
  const perRefusal = longRead === 'fails' ? 2 : 1;
  const word = typeof longRead === 'number' ? longRead.toString(16).toUpperCase() : longRead;
  return {
    source,
    behaviour: `reads above ${limit} bytes: ${word}`,
    quirks: { longestRead: limit, longRead },
    exchanges: {
      token: 1 + stepped(160, 160, limit, perRefusal),
      ...certificates(
        (bytes) => 1 + stepped(bytes, 2048, limit, perRefusal),
        (bytes) => 3 + stepped(bytes, 256, limit, perRefusal),
      ),
    },
  };
}

/** The refused attempt with what it takes to go on, and short reads. */
const noExtended = (behaviour: string, word: VirtualCardQuirks['extendedLength'], goOn = 0): Row => ({
  source: 'acsccid 42, nfc-pcsc 37',
  behaviour,
  quirks: { extendedLength: word },
  exchanges: all(['auth', 'auth-ca', 'sign-ca'], (bytes: number) => 2 + goOn + blocks(bytes, 256)),
});

/** The question once more, with an Le, and once in a session: what failed is preceded by the SELECT of the application. */
const noFourBytes = (behaviour: string, word: VirtualCardQuirks['fourByteVerify'], more = 1): Row => ({
  source: 'OpenSC card-jpki.c, of that kind',
  behaviour,
  quirks: { fourByteVerify: word },
  exchanges: {
    status: 3 + more,
    ...all(['verify', 'wrong'], 3 + more),
    ...all(['change', 'signature'], 4 + more),
    sign: (bytes) => 3 + more + blocks(bytes, 256),
    others: 12 + more,
  },
});

/** SELECT of the file, and the refused attempt once; before a PIN the SELECT of the application too. */
const noShortIds = (shortIds: number): Row => ({
  source: 'cards without short file identifiers',
  behaviour: `a short file identifier: ${shortIds.toString(16).toUpperCase()}`,
  quirks: { shortIds },
  exchanges: {
    status: 6,
    ...all(['token', 'availability'], 4),
    ...all(['auth', 'auth-ca', 'sign-ca'], 4),
    ...all(['verify', 'wrong'], 6),
    change: 7,
    signature: 8,
    sign: (bytes) => 7 + blocks(bytes, 256),
    others: 12 + 8 + 1,
  },
});

const invented = (inventedWord: 0x6300 | 0x6301 | 0x637f): Row[] => {
  const row = {
    source: 'nfc-pcsc 139, acsccid 30',
    quirks: { inventedWord },
  };
  const word = inventedWord.toString(16).toUpperCase();
  return [
    {
      ...row,
      behaviour: `a PIN: ${word} in place of the card's answer`,
      outcome: all(WITH_PIN, 'MALFORMED_RESPONSE'),
      exchanges: all(WITH_PIN, 3),
    },
    {
      ...row,
      behaviour: `a question for a counter: ${word} in place of the card's answer`,
      quirks: { inventedWord, inventedFor: ['query'] },
      outcome: {
        ...all(WITH_PIN, 'PIN_LAST_TRY'),
        status: [undefined, undefined],
        others: [undefined, undefined],
      },
      exchanges: all(WITH_PIN, 2),
    },
    {
      ...row,
      behaviour: `a read: ${word} in place of the card's answer`,
      quirks: { inventedWord, inventedFor: ['read'] },
      outcome: all(['token', 'availability', ...CERTIFICATES], 'MALFORMED_RESPONSE'),
      exchanges: { token: 1 + 4, availability: 1 + 1, ...certificates(1 + 7, 3 + 6) },
    },
  ];
};

const ROWS: readonly Row[] = [
  { source: 'none', behaviour: 'everything is carried', quirks: {} },
  longReads('gmrtd 410', 236, 0x6700),
  longReads('NFCPassportReader 89', 240, 0x9000),
  longReads('NFCPassportReader 91', 192, 0x6282),
  longReads('CCID 97', 254, 'cut'),
  longReads('CCID 97', 128, 'fails'),
  longReads('pcsc-rust 31', 128, 0x6700),
  ...[0x6281, 0x6300, 0x6581, 0x6d00, 0x6e00, 0x6f00].map((word) => longReads('of that kind', 100, word)),
  longReads('of that kind', 33, 'cut'),
  longReads('of that kind', 32, 'fails'),
  {
    source: 'of that kind',
    behaviour: 'a read of any length: 6F00',
    quirks: { longestRead: 1, longRead: 0x6f00 },
    outcome: all(['token', 'availability', ...CERTIFICATES], 'MALFORMED_RESPONSE'),
    exchanges: { token: 1 + 4, availability: 1 + 1, ...certificates(1 + 7, 3 + 6) },
  },
  ...([0x9000, 0x6282, 0x6700] as const).map(
    (leZero): Row => ({
      source: 'neopgp 3',
      behaviour: `an Le of 00: ${leZero.toString(16)} alone`,
      quirks: { leZero },
      exchanges: { sign: (bytes) => 4 + blocks(bytes, 240) },
    }),
  ),
  noExtended('extended length: 6700', false),
  noExtended('extended length: 6D00', 0x6d00),
  noExtended('extended length: 6F00', 0x6f00),
  noExtended('extended length: the exchange fails', 'fails', 1),
  ...(['resets', 'removes'] as const).map(
    (extendedLength): Row => ({
      source: 'acsccid 42, nfc-pcsc 37',
      behaviour: `extended length ${extendedLength} the card`,
      quirks: { extendedLength },
      outcome: all(
        ['auth', 'auth-ca', 'sign-ca'],
        extendedLength === 'resets' ? 'CARD_RESET' : 'CARD_REMOVED',
      ),
      // The read that costs the card, and the SELECT that shows it.
      exchanges: all(['auth', 'auth-ca', 'sign-ca'], 3),
    }),
  ),
  {
    source: 'OpenSC 1731',
    behaviour: '6Cxx for ever',
    quirks: { endlessWrongLe: true },
    outcome: all(['token', 'availability', ...CERTIFICATES], 'MALFORMED_RESPONSE'),
    // Each length, and what was said to be right.
    exchanges: { token: 1 + 2 * 4, availability: 1 + 2, ...certificates(1 + 2 * 7, 3 + 2 * 6) },
  },
  noFourBytes('a question of four bytes: 6700', false),
  noFourBytes('a question of four bytes: 6D00', 0x6d00),
  noFourBytes('a question of four bytes: 6F00', 0x6f00),
  noFourBytes('a question of four bytes: the exchange fails', 'fails', 2),
  ...[0x6a86, 0x6a88, 0x6a82, 0x6981, 0x6986, 0x6a81].map(noShortIds),
  ...([0x6300, 0x6301, 0x637f] as const).flatMap(invented),
  {
    source: 'myna',
    behaviour: 'token information that is the label alone',
    quirks: { tokenInfoLength: 32 },
    outcome: { token: ['card', undefined] },
    exchanges: { token: 3 },
  },
  {
    source: 'of that kind',
    behaviour: 'no token information and no certificate availability',
    quirks: { absentFiles: ['jpki/0006', 'jpki/0008'] },
    outcome: all(['token', 'availability'], 'MALFORMED_RESPONSE'),
    exchanges: all(['token', 'availability'], 3),
  },
  {
    source: 'of that kind',
    behaviour: 'no signature PIN',
    quirks: { absentFiles: ['jpki/001b'] },
    outcome: { status: [3, 0x6a82], ...all(['change', 'sign'], 'STATUS_WORD') },
    exchanges: { status: 4, ...all(['change', 'sign'], 4) },
  },
  ...[0x6a82, 0x6a81, 0x6985, 0x6d00].map(
    (selectRefusal): Row => ({
      source: 'of that kind',
      behaviour: `an application that is refused with ${selectRefusal.toString(16)}, and a PIN without its file`,
      quirks: { selectRefusal, absentApplications: ['input-support'], absentFiles: ['registry/001c'] },
      outcome: { others: [3, `no ${selectRefusal}`] },
      // Three questions less, and for the file one that is confirmed by its SELECT.
      exchanges: { others: 12 - 3 + 1 },
    }),
  ),
  {
    source: 'myna-card sm.rs, of that kind',
    behaviour: 'the SELECT of an application ends what was verified',
    quirks: { selectClearsStatus: true },
  },
];

const CASES = ROWS.flatMap((row) =>
  NAMES.map((name) => [`${row.behaviour} [${row.source}]`, name, row] as const),
);

interface Played {
  readonly outcome: Outcome;
  readonly error: JpkiError | undefined;
  readonly connection: Intercepted;
  readonly card: VirtualCard;
}

async function play(name: Name, quirks: Partial<VirtualCardQuirks>): Promise<Played> {
  const card = await virtualCard(quirks);
  const connection = new Intercepted(card.connect());
  try {
    return { outcome: await OPERATIONS[name](connection), error: undefined, connection, card };
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    return { outcome: error.code, error, connection, card };
  }
}

function triesOf(card: VirtualCard): unknown[] {
  const { jpki } = card.toJSON().applications;
  return ['0018', '001b'].map((file) => {
    const pin = jpki?.[file];
    return pin?.kind === 'pin' ? pin.triesLeft : undefined;
  });
}

describe('a report', () => {
  it.each(CASES)('%s: %s', async (_what, name, { quirks, outcome = {}, exchanges = {} }) => {
    const played = await play(name, quirks);
    const expected = name in outcome ? outcome[name] : RIGHT[name];
    expect(played.outcome, played.error?.message).toEqual(expected);

    const count = exchanges[name] ?? FEWEST[name];
    const bytes = name in FILES ? (await stored(name as keyof typeof FILES)).length : 0;
    expect(played.connection.count).toBe(typeof count === 'number' ? count : count(bytes));

    // A wrong PIN that reached the card has cost one try, and nothing else costs any.
    const wasSent = name === 'wrong' && played.outcome !== 'PIN_LAST_TRY';
    expect(triesOf(played.card)).toEqual([wasSent ? 2 : 3, 5]);
    // Whatever came back, a PIN that was sent leaves no key open.
    const sent =
      WITH_PIN.some((one) => one === name) &&
      !['PIN_LAST_TRY', 'STATUS_WORD'].includes(String(played.outcome));
    expect(played.connection.disposition).toBe(sent ? 'unpower' : undefined);
  });

  it('of a card that no read brought anything from says what was tried, and never that a file is absent', async () => {
    const { error } = await play('auth', { longestRead: 1, longRead: 0x9000 });
    expect(error).toMatchObject({ code: 'MALFORMED_RESPONSE', statusWord: 0x9000 });
    expect(error?.message).toContain('256, 240, 192, 128, 64, 32');
    expect(error?.inLanguage('ja').message).toContain('256, 240, 192, 128, 64, 32');
  });

  it.each([
    ['resets', 'CARD_RESET', /was reset in an extended-length read of \d+ bytes/],
    ['removes', 'CARD_REMOVED', /was lost in an extended-length read of \d+ bytes: unless it was taken away/],
  ] as const)(
    'of an extended read that %s the card is told as that',
    async (extendedLength, code, message) => {
      const { error } = await play('auth', { extendedLength });
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(error?.message).not.toContain('nother program');
      expect(error?.remedy).toContain('--short-reads');
      expect(error?.inLanguage('ja').remedy).toContain('--short-reads');
    },
  );
});

describe('what a session has learnt', () => {
  it.each([
    ['lengths', { longestRead: 100, longRead: 0x6700 }, (bytes: number) => blocks(bytes, 64)],
    ['extended length', { extendedLength: false }, (bytes: number) => blocks(bytes, 256)],
    ['everything carried', {}, () => 1],
  ] as const)('is not tried again: %s', async (_what, quirks, expected) => {
    const connection = new Intercepted((await virtualCard(quirks)).connect());
    const applet = await JpkiApplet.select(connection);
    await applet.readCertificateDer('auth');
    const before = connection.count;
    await applet.readCertificateDer('auth-ca');
    expect(connection.count - before).toBe(expected((await stored('auth-ca')).length));
  });

  it('does not hold a refused name against the lengths that it was tried with', async () => {
    const connection = new Intercepted((await virtualCard()).connect(), (_number, command, send) =>
      command[1] === 0xb0 && (command[2] ?? 0) >= 0x80 ? Promise.resolve(Uint8Array.of(0x67, 0x00)) : send(),
    );
    const applet = await JpkiApplet.select(connection);
    await applet.readCertificateDer('auth');
    const before = connection.count;
    await applet.readCertificateDer('auth-ca');
    // SELECT of the file, and all of it.
    expect(connection.count - before).toBe(2);
  });

  it('does not come from a lock, which is told in whatever form the question has', async () => {
    // Availability by short identifier; then a PIN that is locked whatever is asked, and one that is not.
    const connection = scripted('9000', '8f8f009000', '6984', '9000', '6984', '6984', '63c5');
    const applet = await JpkiApplet.select(connection);
    await applet.readCertificateAvailability();
    const { pins } = await applet.readStatus();
    expect([pins.auth.locked, pins.sign.triesLeft]).toEqual([true, 5]);
    expect(connection.commands.at(-1)).toBe('0020009b');
  });

  it('does not come from a key whose PIN is missing', async () => {
    const connection = new Intercepted((await virtualCard()).connect());
    const applet = await JpkiApplet.select(connection);
    await expect(applet.sign('auth', DATA)).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    await applet.readStatus();
    // SELECT, the signature, two counters.
    expect(connection.count).toBe(4);
  });

  it.each(['resets', 'removes'] as const)(
    'is kept for the next session by the strategy it was given: an extended read that %s the card',
    async (extendedLength) => {
      const card = await virtualCard({ extendedLength });
      const readStrategy = new ReadStrategy();
      const read = async (connection: Intercepted) => {
        await using applet = await JpkiApplet.select(connection, { readStrategy });
        return certificate(applet, 'auth');
      };
      await expect(read(new Intercepted(card.connect()))).rejects.toBeInstanceOf(JpkiError);
      const connection = new Intercepted(card.connect());
      expect(await read(connection)).toBe('the certificate');
      expect(connection.count).toBe(1 + blocks((await stored('auth')).length, 256));
      // Of a reader by another name nothing is known.
      const other = Object.assign(new Intercepted(card.connect()), { readerName: 'Another reader' });
      await expect(read(other)).rejects.toBeInstanceOf(JpkiError);
    },
  );

  it.each(['CARD_RESET', 'CARD_REMOVED'] as const)(
    'is that extended reads cost the card, also where the first of them works and the second does not: %s',
    async (code) => {
      const readStrategy = new ReadStrategy();
      const outcomes: Outcome[] = [];
      for (let session = 1; session <= 4; session++) {
        let extended = 0;
        const connection = new Intercepted((await virtualCard({})).connect(), (_number, command, send) => {
          if (command[1] === 0xb0 && command.length === 7 && ++extended === 2) throw new JpkiError(code);
          return send();
        });
        try {
          await using applet = await JpkiApplet.select(connection, { readStrategy });
          await certificate(applet, 'auth');
          outcomes.push(await certificate(applet, 'auth-ca'));
        } catch (error) {
          if (!(error instanceof JpkiError)) throw error;
          expect(error.message).toContain('in an extended-length read');
          outcomes.push(error.code);
        }
      }
      expect(outcomes).toEqual([code, ...Array(3).fill('the certificate')]);
    },
  );

  it('is not asked for where extended reads are turned off', async () => {
    const card = await virtualCard({ extendedLength: 'removes' });
    const connection = new Intercepted(card.connect());
    const applet = await JpkiApplet.select(connection, { extendedReads: false });
    expect(await certificate(applet, 'auth')).toBe('the certificate');
    expect(connection.count).toBe(1 + blocks((await stored('auth')).length, 256));
  });

  it('does not come from a failure of what was carried before, nor from the end of a short file', async () => {
    let fails = false;
    const connection = new Intercepted(
      (await virtualCard({ tokenInfoLength: 32, endOfFile: 0x6700 })).connect(),
      (_n, _c, send) => {
        if (!fails) return send();
        fails = false;
        throw new Error('not transacted');
      },
    );
    const applet = await JpkiApplet.select(connection);
    expect((await applet.readTokenInfo()).kind).toBe('card');
    await applet.readCertificateDer('auth');
    fails = true;
    await applet.readCertificateDer('sign-ca');
    const before = connection.count;
    await applet.readCertificateDer('auth-ca');
    expect(connection.count - before).toBe(1);
  });
});

describe('a read asks for no more than', () => {
  const reads = async (quirks: Partial<VirtualCardQuirks>, file: 'auth' | 'auth-ca' | 'sign-ca') => {
    const seen: { offset: number; le: number }[] = [];
    const connection = new Intercepted((await virtualCard(quirks)).connect(), (_number, command, send) => {
      const [, ins, p1 = 0, p2 = 0, first = 0, high = 0, low = 0] = command;
      const le = command.length === 7 ? high * 256 + low : first || 256;
      if (ins === 0xb0) seen.push({ offset: p1 >= 0x80 ? p2 : p1 * 256 + p2, le });
      return send();
    });
    await (await JpkiApplet.select(connection)).readCertificateDer(file);
    return seen;
  };

  it.each(['auth', 'auth-ca', 'sign-ca'] as const)(
    'the 2048 bytes that every file has, and no more than the certificate from there on: %s',
    async (file) => {
      const { length } = await stored(file);
      // A card's file has 3808 bytes [jpki-image-signer].
      expect(await reads({}, file)).toEqual([{ offset: 0, le: 2048 }]);
      expect(await reads({ maxRead: 1000 }, file)).toEqual([
        { offset: 0, le: 2048 },
        { offset: 1000, le: length - 1000 },
      ]);
      const short = await reads({ extendedLength: false }, file);
      expect(short.slice(1).every(({ offset, le }) => offset + le <= length || offset === 0)).toBe(true);
      expect(short.at(-1)).toEqual({ offset: length - (length % 256), le: length % 256 });
    },
  );
});

/** A reader or card that does one thing of its own to reads and to questions for a counter. */
async function answering(
  own: (command: {
    ins: number;
    byShortId: boolean;
    isQuestion: boolean;
    length: number;
  }) => number | undefined,
  exclusive = true,
): Promise<Intercepted> {
  const connection = new Intercepted((await virtualCard({})).connect(), async (_number, command, send) => {
    const [, ins = 0, p1 = 0, p2 = 0] = command;
    const byShortId = (ins === 0xb0 && p1 > 0x80) || (ins === 0x20 && p2 > 0x80);
    const { length } = command;
    const word = own({ ins, byShortId, isQuestion: ins === 0x20 && length <= 5, length });
    return word === undefined ? send() : Uint8Array.of(word >> 8, word & 0xff);
  });
  return Object.assign(connection, { exclusive });
}

/** A card whose certificate file is `content`, of which no read brings more than `most` bytes. */
async function holding(content: Uint8Array, most: number, refusesMore = false): Promise<Intercepted> {
  return new Intercepted((await virtualCard({})).connect(), async (_number, command, send) => {
    const [, ins, p1 = 0, p2 = 0, first = 0, high = 0, low = 0] = command;
    if (ins !== 0xb0) return send();
    const le = command.length === 7 ? high * 256 + low : first || 256;
    const offset = p1 >= 0x80 ? p2 : p1 * 256 + p2;
    if (offset >= content.length) return Uint8Array.of(0x6b, 0x00);
    if (refusesMore && le > most) return Uint8Array.of(0x67, 0x00);
    return Uint8Array.of(...content.subarray(offset, offset + Math.min(le, most)), 0x90, 0x00);
  });
}

describe('a short file identifier', () => {
  it.each([0x6700, 0x6981, 0x6984, 0x6986, 0x6a81, 0x6a82, 0x6a86, 0x6b00, 0x6d00, 0x6e00])(
    'that reads alone refuse with %i is replaced by a SELECT, also where questions were answered by it',
    async (word) => {
      for (const asksFirst of [false, true]) {
        const connection = await answering(({ ins, byShortId }) =>
          ins === 0xb0 && byShortId ? word : undefined,
        );
        await using applet = await JpkiApplet.select(connection);
        if (asksFirst) await applet.readStatus();
        expect(await applet.readCertificateAvailability()).toMatchObject({ auth: true, sign: true });
        expect((await applet.readTokenInfo()).model).toBe('E16R01NJ');
        expect(await certificate(applet, 'auth')).toBe('the certificate');
      }
    },
  );

  it.each([0x6700, 0x6800, 0x6981, 0x6a81, 0x6b00, 0x6d00, 0x6e00])(
    'that questions refuse with %i in every form is replaced by a SELECT, and the PIN is sent once',
    async (word) => {
      let sent = 0;
      const connection = await answering(({ ins, byShortId, isQuestion }) => {
        if (ins === 0x20 && !isQuestion) sent++;
        return byShortId && isQuestion ? word : undefined;
      });
      await using applet = await JpkiApplet.select(connection);
      const { pins } = await applet.readStatus();
      expect([pins.auth.triesLeft, pins.sign.triesLeft]).toEqual([3, 5]);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      expect(sent).toBe(1);
    },
  );

  it.each([0x6981, 0x6986, 0x6a81, 0x6a86])(
    'is in use on a shared connection where four bytes alone are refused, with %i',
    async (word) => {
      const connection = await answering(
        ({ isQuestion, length }) => (isQuestion && length === 4 ? word : undefined),
        false,
      );
      await using applet = await JpkiApplet.select(connection);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth, { allowShared: true });
      expect((await applet.readPinCounter('auth')).verified).toBe(true);
    },
  );
});

describe('a certificate of any length', () => {
  const LENGTHS = [256, 257, 2048, 2049, 4000, 16384];
  it.each(LENGTHS.flatMap((length) => [32, 33, 100, 256, 2048].map((most) => [length, most] as const)))(
    'is read whole: %i bytes, at most %i in a read',
    async (length, most) => {
      const der = new Uint8Array(length).fill(0x5a);
      der.set([0x30, 0x82, (length - 4) >> 8, (length - 4) & 0xff]);
      for (const refusesMore of [false, true]) {
        const applet = await JpkiApplet.select(await holding(der, most, refusesMore));
        expect(Buffer.from(await applet.readCertificateDer('auth')).equals(der)).toBe(true);
      }
    },
  );

  it('is not called absent for a first byte or two that look like filler', async () => {
    const content = Buffer.concat([Buffer.alloc(2), await stored('auth')]);
    for (const most of [1, 2, 3, 2048]) {
      const applet = await JpkiApplet.select(await holding(content, most));
      await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
    }
    for (const length of [1, 31, 3808]) {
      const applet = await JpkiApplet.select(await holding(new Uint8Array(length).fill(0xff), 16));
      await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({ code: 'CERTIFICATE_ABSENT' });
    }
  });
});

it('a counter that no such PIN can have spoils its own answer only', async () => {
  const connection = new Intercepted(
    (await virtualCard({})).connect(),
    async (_number, [, ins, , p2], send) =>
      ins === 0x20 && p2 === 0x98 ? Uint8Array.of(0x63, 0xcf) : send(),
  );
  const { pins } = await (await JpkiApplet.select(connection)).readStatus();
  expect(pins.auth).toMatchObject({ triesLeft: undefined, locked: false, statusWord: 0x63cf });
  expect(pins.sign.triesLeft).toBe(5);
});

it('any limit of a reader, refused in any way, brings the right certificate or says that the card is lost', async () => {
  const word = fc.oneof(
    fc.constant(0x9000),
    // 61xx and 6Cxx are answers of their own.
    fc.integer({ min: 0x6200, max: 0x6fff }).filter((value) => value >> 8 !== 0x6c),
  );
  const longRead = fc.oneof(word, fc.constantFrom('cut' as const, 'fails' as const, 'resets' as const));
  const limit = fc.oneof(fc.integer({ min: 32, max: 300 }), fc.integer({ min: 32, max: 65535 }));
  const shortIds = fc.constantFrom(true as const, 0x6986, 0x6a82);
  await fc.assert(
    fc.asyncProperty(limit, longRead, shortIds, fc.boolean(), async (longestRead, how, ids, isVerified) => {
      const card = await virtualCard({ longestRead, longRead: how, shortIds: ids });
      const readStrategy = new ReadStrategy();
      for (let session = 1; ; session++) {
        const connection = new Intercepted(card.connect());
        try {
          await using applet = await JpkiApplet.select(connection, { readStrategy });
          if (isVerified) await applet.verifyPin('sign', VIRTUAL_PINS.sign);
          expect(await certificate(applet, isVerified ? 'sign' : 'auth')).toBe('the certificate');
          expect((await applet.readTokenInfo()).model).toBe('E16R01NJ');
          break;
        } catch (error) {
          if (!(error instanceof JpkiError)) throw error;
          // Each read that costs the card is the last of its length: the six short ones and the extended.
          expect([error.code, how, session <= 7]).toEqual(['CARD_RESET', 'resets', true]);
        }
        expect(connection.count).toBeLessThan(150);
      }
      expect(triesOf(card)).toEqual([3, 5]);
    }),
    { numRuns: 150 },
  );
}, 60_000);

it('a question for a counter refused in any way, and a short identifier too, is answered in another form at no cost', async () => {
  const word = fc.integer({ min: 0x6700, max: 0x6fff });
  const fourBytes = fc.oneof(word, fc.constantFrom(true as const, 'fails' as const));
  const ids = fc.oneof(fc.constant(true as const), fc.integer({ min: 0x6900, max: 0x6aff }));
  await fc.assert(
    fc.asyncProperty(fourBytes, ids, async (fourByteVerify, shortIds) => {
      const quirks = { fourByteVerify, shortIds };
      for (const name of ['status', 'others', 'verify', 'change', 'signature', 'wrong'] as const) {
        const { outcome, card, connection } = await play(name, quirks);
        expect(outcome, name).toEqual(RIGHT[name]);
        expect(triesOf(card), name).toEqual([name === 'wrong' ? 2 : 3, 5]);
        expect(connection.count, name).toBeLessThan(40);
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);

it.each([
  ['63c0', 0x63c0],
  ['6983', 0x6983],
  ['6984', 0x6984],
] as const)(
  'a PIN that is locked, told with %s, is locked on a reader that refuses four bytes or short identifiers too',
  async (_word, lockedQuery) => {
    for (const quirks of [
      {},
      { fourByteVerify: false },
      { shortIds: 0x6986 },
      { fourByteVerify: 0x6984, shortIds: 0x6983 },
    ]) {
      const state = await issuedState();
      const pin = state.applications.jpki?.['0018'];
      if (pin?.kind !== 'pin') throw new Error('no PIN');
      Object.assign(pin, { triesLeft: 0 });
      const card = VirtualCard.fromJSON({ ...state, quirks: { ...quirks, lockedQuery } });
      const connection = new Intercepted(card.connect());
      const applet = await JpkiApplet.select(connection);
      const { pins } = await applet.readStatus();
      expect([pins.auth.locked, pins.sign.triesLeft]).toEqual([true, 5]);
      await expect(applet.verifyPin('auth', '1234')).rejects.toMatchObject({ code: 'PIN_LOCKED' });
    }
  },
);

describe('a refusal that could mean something else', () => {
  it.each([0x6982, 0x6a82, 0x6a86, 0x6a88, 0x6981, 0x6b00])(
    'is taken for the length where a reader refuses long reads with %i: the file is there, and open',
    async (longRead) => {
      for (const shortIds of [true, 0x6a82] as const) {
        for (const name of ['auth', 'sign', 'token'] as const) {
          const { outcome } = await play(name, { longestRead: 100, longRead, shortIds });
          expect(outcome).toEqual(RIGHT[name]);
        }
      }
    },
  );

  it('leaves the short identifier in use, which a read in another length or a question in another form takes', async () => {
    for (const [quirks, before] of [
      [{ longestRead: 100, longRead: 0x6981 }, (applet: JpkiApplet) => applet.readCertificateDer('auth')],
      [{ fourByteVerify: 0x6986 }, (applet: JpkiApplet) => applet.readStatus()],
    ] as const) {
      const connection = new Intercepted((await virtualCard(quirks)).connect());
      const applet = await JpkiApplet.select(connection);
      await before(applet);
      const count = connection.count;
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      expect(connection.count - count).toBe(2);
    }
  });

  it('is the PIN where it is: a certificate that is read after it only, and an applet that has read others', async () => {
    const connection = new Intercepted((await virtualCard({ authCertificateNeedsPin: true })).connect());
    const applet = await JpkiApplet.select(connection);
    await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'auth',
    });
    await applet.readCertificateDer('auth-ca');
    const count = connection.count;
    await expect(applet.readCertificateDer('sign')).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'sign',
    });
    // The read, and the SELECT and read that confirm it.
    expect(connection.count - count).toBeLessThanOrEqual(3);
  });
});
