import { describe, expect, it } from 'vitest';
import { JpkiApplet } from '../../src/jpki/applet.js';
import type { CertificateFile } from '../../src/jpki/files.js';
import { readOtherPinCounters } from '../../src/jpki/other-pins.js';
import { ReadStrategy } from '../../src/jpki/read-strategy.js';
import type { VirtualCardQuirks } from '../../src/virtual/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { saved } from '../support/issued.js';
import { virtualCard } from '../support/virtual.js';

const issued = virtualCard();

async function cardWith(quirks: Partial<VirtualCardQuirks> = {}): Promise<VirtualCard> {
  return VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks });
}

async function open(quirks: Partial<VirtualCardQuirks> = {}) {
  const card = await cardWith(quirks);
  const connection = new Intercepted(card.connect());
  return { card, connection, applet: await JpkiApplet.select(connection) };
}

/** The certificate a file of the saved card starts with, by its DER length: independent of the reading code. */
async function storedDer(id: string): Promise<Buffer> {
  const file = (await issued).toJSON().applications.jpki?.[id];
  if (file?.kind !== 'binary') throw new Error('no such file');
  const content = Buffer.from(file.content, 'base64');
  return content.subarray(0, 4 + content.readUInt16BE(2));
}

/** The same answer to a read at each of its lengths: 2048, 256, 240, 192, 128, 64 and 32. */
const REFUSED = (sw: string): string[] => Array<string>(7).fill(sw);
const REFUSALS = [0x6a82, 0x6a86, 0x6a88] as const;
const FILES: readonly [CertificateFile, string][] = [
  ['auth', '000a'],
  ['sign', '0001'],
  ['auth-ca', '000b'],
  ['sign-ca', '0002'],
];

describe('selecting the application', () => {
  it('takes one exchange', async () => {
    expect((await open()).connection.count).toBe(1);
  });

  it('is tried once more after 6F00, as a card answered to its first command', async () => {
    const { connection } = await open({ firstCommandFails: true });
    expect(connection.count).toBe(2);
  });

  it.each(['6a82', '6d00', '6e00', '6999', '6f006f00'.slice(0, 4)])(
    'refuses a card that answers %s',
    async (sw) => {
      await expect(JpkiApplet.select(scripted(sw, sw))).rejects.toMatchObject({
        code: 'NOT_JPKI',
        statusWord: Number.parseInt(sw, 16),
      });
    },
  );
});

describe('exchanges', () => {
  it('of a status of both PINs are 3, the SELECT of the application included', async () => {
    const { applet, connection } = await open();
    const { pins } = await applet.readStatus();
    expect(pins.auth).toEqual({ role: 'auth', triesLeft: 3, maxTries: 3, locked: false, verified: false });
    expect(pins.sign).toEqual({ role: 'sign', triesLeft: 5, maxTries: 5, locked: false, verified: false });
    expect(connection.count).toBe(3);
  });

  it.each(REFUSALS)('of a status are 6 on a card that answers %i to short identifiers', async (shortIds) => {
    const { applet, connection } = await open({ shortIds });
    expect((await applet.readStatus()).pins).toMatchObject({
      auth: { triesLeft: 3 },
      sign: { triesLeft: 5 },
    });
    expect(connection.count).toBe(6);
  });

  // SELECT of the application; the refused short identifier and the SELECT of the file where it takes none; the
  // refused extended length, once; and a read for each 256 bytes, or one in all.
  const cards: [string, Partial<VirtualCardQuirks>, (blocks: number) => number][] = [
    ['takes everything', {}, () => 1 + 1],
    ['has no extended length', { extendedLength: false }, (blocks) => 1 + 1 + blocks],
    ['answers 6A82 to short identifiers', { shortIds: 0x6a82 }, () => 3 + 1],
    ['answers 6A86 to short identifiers', { shortIds: 0x6a86 }, () => 3 + 1],
    ['answers 6A88 to short identifiers', { shortIds: 0x6a88 }, () => 3 + 1],
    ['has neither', { shortIds: 0x6a86, extendedLength: false }, (blocks) => 3 + 1 + blocks],
  ];
  it.each(cards)('of the first certificate, on a card that %s', async (_name, quirks, budget) => {
    for (const [file, id] of FILES.filter(([name]) => name !== 'sign')) {
      const der = await storedDer(id);
      const { applet, connection } = await open(quirks);
      expect(Buffer.from(await applet.readCertificateDer(file)).equals(der)).toBe(true);
      expect(connection.count).toBe(budget(Math.ceil(der.length / 256)));
    }
  });

  it('of a later certificate spend nothing on what the card was seen not to carry', async () => {
    const blocks = Math.ceil((await storedDer('000b')).length / 256);
    for (const [quirks, budget] of [
      [{}, 1],
      [{ extendedLength: false }, blocks],
      [{ shortIds: 0x6a86, extendedLength: false }, 1 + blocks],
    ] as const) {
      const { applet, connection } = await open(quirks);
      await applet.readCertificateDer('auth');
      const before = connection.count;
      expect(Buffer.from(await applet.readCertificateDer('auth-ca')).equals(await storedDer('000b'))).toBe(
        true,
      );
      expect(connection.count - before).toBe(budget);
    }
  });

  it('of the signature certificate try no extended length, because its PIN is verified by then', async () => {
    const der = await storedDer('0001');
    const { applet, connection } = await open();
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    expect(Buffer.from(await applet.readCertificateDer('sign')).equals(der)).toBe(true);
    expect(connection.count).toBe(1 + 2 + Math.ceil(der.length / 256));
  });

  it('of an extended read that breaks the link start again with short ones', async () => {
    const card = await cardWith();
    const connection = new Intercepted(card.connect(), async (_number, command, send) => {
      // What a reader without extended length may do: fail the exchange, and reset the card.
      if (command[1] !== 0xb0 || command.length !== 7) return send();
      card.reset();
      throw new Error('not transacted');
    });
    const applet = await JpkiApplet.select(connection);
    const der = await storedDer('000a');
    expect(Buffer.from(await applet.readCertificateDer('auth')).equals(der)).toBe(true);
    expect(connection.count).toBe(1 + 1 + 1 + Math.ceil(der.length / 256));
    await applet.readCertificateDer('auth-ca');
    expect((await applet.readStatus()).pins.auth.triesLeft).toBe(3);
  });

  it('of a second read of a certificate are none', async () => {
    const { applet, connection } = await open();
    const first = await applet.readCertificateDer('auth');
    const count = connection.count;
    first.fill(0);
    const second = await applet.readCertificateDer('auth');
    expect(connection.count).toBe(count);
    expect(Buffer.from(second).equals(await storedDer('000a'))).toBe(true);
    await Promise.all([applet.readCertificate('auth'), applet.readCertificate('auth')]);
    expect(connection.count).toBe(count);
  });

  it('of verify are 2 and of change 3, and two more each (application, file) without short identifiers', async () => {
    for (const [shortIds, more] of [
      [true, 0],
      [0x6a86, 2],
    ] as const) {
      const { applet, connection } = await open({ shortIds });
      await applet.readStatus();
      let before = connection.count;
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      expect(connection.count - before).toBe(2 + more);
      await applet.readPinCounter('sign');
      before = connection.count;
      await applet.changePin('auth', VIRTUAL_PINS.auth, '9876');
      expect(connection.count - before).toBe(3 + more);
    }
  });

  it('of a signature from cold are 3 with PIN: counter, VERIFY, signature', async () => {
    const { applet, connection } = await open();
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect((await applet.sign('auth', new Uint8Array(3))).length).toBe(256);
    expect(connection.count - 1).toBe(3);
  });

  it('spend no try: every counter is full after every read', async () => {
    for (const shortIds of [true, ...REFUSALS] as const) {
      const { applet, card } = await open({ shortIds });
      await applet.readStatus();
      await applet.readPinCounter('auth');
      await applet.readTokenInfo();
      const { jpki } = card.toJSON().applications;
      expect(jpki?.['0018']).toMatchObject({ triesLeft: 3 });
      expect(jpki?.['001b']).toMatchObject({ triesLeft: 5 });
    }
  });
});

describe('a counter', () => {
  it.each([0x63c0, 0x6983, 0x6984] as const)(
    'is zero and locked when a query is answered %i',
    async (lockedQuery) => {
      const { applet } = await open({ lockedQuery });
      for (let i = 0; i < 3; i++) {
        await expect(applet.verifyPin('auth', '0000', { allowLastTry: true })).rejects.toMatchObject({
          code: 'PIN_INCORRECT',
          triesLeft: 2 - i,
        });
      }
      expect(await applet.readPinCounter('auth')).toMatchObject({
        triesLeft: 0,
        locked: true,
        verified: false,
      });
    },
  );

  it('is unknown, and no error, when a query on a verified PIN is answered 9000', async () => {
    const { applet } = await open({ verifiedQuery: 0x9000 });
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    expect(await applet.readPinCounter('sign')).toEqual({
      role: 'sign',
      triesLeft: undefined,
      maxTries: 5,
      locked: false,
      verified: true,
    });
  });

  it('is as the card says when a query on a verified PIN is answered 63Cx', async () => {
    const { applet } = await open();
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    expect(await applet.readPinCounter('sign')).toMatchObject({ triesLeft: 5, verified: true });
  });

  it('is unknown, and not locked, when the card answers 6300', async () => {
    const { applet } = await open({ pinCounter: false });
    expect(await applet.readPinCounter('auth')).toMatchObject({ triesLeft: undefined, locked: false });
  });

  it('is read with an Le of 00 where four bytes are answered 6700, asked so once', async () => {
    const { applet, connection } = await open({ fourByteVerify: false });
    await applet.readPinCounter('auth');
    expect(connection.count).toBe(3);
    await applet.readPinCounter('sign');
    expect(connection.count).toBe(4);
  });

  it('is read on a card with neither short identifiers nor four-byte commands', async () => {
    const { applet } = await open({ fourByteVerify: false, shortIds: 0x6a88 });
    expect((await applet.readStatus()).pins).toMatchObject({
      auth: { triesLeft: 3 },
      sign: { triesLeft: 5 },
    });
  });

  it.each([true, 0x6a86] as const)(
    'is read in four bytes where a card takes nothing else, after one in the same reader that took only five; short identifiers: %o',
    async (shortIds) => {
      const readStrategy = new ReadStrategy();
      for (const [carried, count] of [
        [5, undefined],
        [4, undefined],
        [4, shortIds === true ? 2 : undefined],
      ]) {
        const connection = new Intercepted(
          (await cardWith({ shortIds })).connect(),
          async (_number, command, send) =>
            command[1] === 0x20 && command.length <= 5 && command.length !== carried
              ? Uint8Array.of(0x67, 0x00)
              : send(),
        );
        const applet = await JpkiApplet.select(connection, { readStrategy });
        expect(await applet.readPinCounter('auth')).toMatchObject({ triesLeft: 3 });
        if (count !== undefined) expect(connection.count).toBe(count);
        await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      }
    },
  );

  it('that answers something else is an error with the status word, not a guess', async () => {
    // In four bytes and in five.
    const applet = await JpkiApplet.select(scripted('9000', '6f00', '6f00'));
    await expect(applet.readPinCounter('auth')).rejects.toMatchObject({
      code: 'STATUS_WORD',
      statusWord: 0x6f00,
    });
  });

  it('of a PIN that a card lacks is an error, after a try by SELECT', async () => {
    const connection = scripted('9000', '6a88', '6a82', '6a88', '6a82');
    const applet = await JpkiApplet.select(connection);
    await expect(applet.readPinCounter('sign')).rejects.toMatchObject({
      code: 'STATUS_WORD',
      statusWord: 0x6a82,
    });
    // Nothing was learnt about short identifiers, so the next query tries one again.
    await expect(applet.readPinCounter('sign')).rejects.toMatchObject({ statusWord: 0x6a82 });
    expect(connection.commands.slice(1)).toEqual([
      '0020009b',
      '00a4020c02001b',
      '0020009b',
      '00a4020c02001b',
    ]);
  });
});

describe('the token information', () => {
  it.each([
    ['card', 'JPKIAPICCTOKEN2', 'card'],
    ['older-card', 'JPKIAPICCTOKEN', 'juki-card'],
    ['android', 'JPKIAPGPSETOKEN', 'android'],
    ['iphone', 'JPKIAPIOSTOKEN', 'iphone'],
  ] as const)('of %s says %s', async (token, label, kind) => {
    const card = await VirtualCard.issue({ authority: saved().authority, token });
    const info = await (await JpkiApplet.select(card.connect())).readTokenInfo();
    expect(info).toMatchObject({
      label,
      kind,
      manufacturerId: '',
      model: 'E16R01NJ',
      serialNumber: '0000000000000000',
      flags: 0x40d,
      maxSessionCount: 1,
      sessionCount: 0,
      maxRwSessionCount: 1,
      rwSessionCount: 0,
      maxPinLength: 16,
      minPinLength: 6,
      totalPublicMemory: undefined,
      freePrivateMemory: undefined,
      hardwareVersion: '03',
      firmwareVersion: '01',
      utcTime: '9999999999999999',
    });
  });

  it('of an unknown label is of unknown kind, and control characters in it are escaped', async () => {
    const file = Buffer.alloc(160, 0x20);
    file.write('\u001b[31mX', 0, 'latin1');
    const info = await (
      await JpkiApplet.select(scripted('9000', `${file.toString('hex')}9000`))
    ).readTokenInfo();
    expect(info).toMatchObject({ kind: 'unknown', label: '\\x1b[31mX' });
  });

  it.each(['6b00', '6282', '9000', '6700'])('of a file that ends with %s is what there is', async (end) => {
    const label = Buffer.from('JPKIAPICCTOKEN2').toString('hex').padEnd(64, '0');
    const applet = await JpkiApplet.select(scripted('9000', `${label}9000`, end));
    expect(await applet.readTokenInfo()).toMatchObject({
      kind: 'card',
      label: 'JPKIAPICCTOKEN2',
      model: undefined,
    });
  });

  it('without a whole label is refused', async () => {
    const applet = await JpkiApplet.select(
      scripted('9000', `${'20'.repeat(31)}9000`, ...Array(6).fill('6b00')),
    );
    await expect(applet.readTokenInfo()).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
  });
});

describe('the certificate availability', () => {
  it('says which certificates a card has', async () => {
    const { applet } = await open();
    expect(await applet.readCertificateAvailability()).toEqual({
      auth: true,
      sign: true,
      raw: Uint8Array.of(0x8f, 0x8f, 0x00),
    });
  });

  it('says that a person under fifteen has no signature certificate, and reading it says so too', async () => {
    const card = await VirtualCard.issue({ authority: saved().authority, signatureCertificate: false });
    const applet = await JpkiApplet.select(card.connect());
    expect(await applet.readCertificateAvailability()).toMatchObject({ auth: true, sign: false });
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    await expect(applet.readCertificateDer('sign')).rejects.toMatchObject({
      code: 'CERTIFICATE_ABSENT',
      role: 'sign',
    });
    await expect(applet.readCertificate('sign')).rejects.toMatchObject({ code: 'CERTIFICATE_ABSENT' });
  });
});

describe('reading a certificate', () => {
  it('of the signature key asks for its PIN', async () => {
    const { applet } = await open();
    await expect(applet.readCertificateDer('sign')).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'sign',
    });
  });

  it('of the authentication key asks for its PIN on a phone', async () => {
    const { applet } = await open({ authCertificateNeedsPin: true });
    await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({
      code: 'PIN_REQUIRED',
      role: 'auth',
    });
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect(Buffer.from(await applet.readCertificateDer('auth')).equals(await storedDer('000a'))).toBe(true);
  });

  const behaviours: [string, Partial<VirtualCardQuirks>][] = [
    ['answers with less than asked', { maxRead: 100 }],
    ['answers with one to three bytes at a time', { maxRead: 30 }],
    ['ends a file with 6282', { endOfFile: 0x6282 }],
    ['corrects Le with 6Cxx', { endOfFile: 0x6c }],
    ['announces data with 61xx', { getResponse: true }],
    ['announces data with 61xx and has no short identifiers', { getResponse: true, shortIds: 0x6a82 }],
    ['has no extended length', { extendedLength: false }],
  ];
  it.each(behaviours)('works on a card that %s', async (_name, quirks) => {
    const { applet } = await open(quirks);
    expect(Buffer.from(await applet.readCertificateDer('auth')).equals(await storedDer('000a'))).toBe(true);
    expect(Buffer.from(await applet.readCertificateDer('auth-ca')).equals(await storedDer('000b'))).toBe(
      true,
    );
    expect((await applet.readTokenInfo()).kind).toBe('card');
  });

  it.each([
    [0x00, 4096],
    [0xff, 4096],
    [0x00, 0],
  ] as const)(
    'leaves out filler %i in a file of %i bytes, and reads none of it',
    async (byte, fileLength) => {
      const card = await VirtualCard.issue({ authority: saved().authority, filler: { byte, fileLength } });
      const connection = new Intercepted(card.connect());
      const applet = await JpkiApplet.select(connection);
      const der = Buffer.from(await applet.readCertificateDer('auth'));
      expect(der.length).toBe(4 + der.readUInt16BE(2));
      expect(connection.count).toBe(2);
    },
  );

  it.each([
    ['the file is absent', ['6a82', '6a82'], 'CERTIFICATE_ABSENT'],
    ['the file is FF all over', [`${'ff'.repeat(256)}9000`], 'CERTIFICATE_ABSENT'],
    ['the file is 00 all over', [`${'00'.repeat(256)}9000`], 'CERTIFICATE_ABSENT'],
    ['the file is empty', ['6b00', '9000', ...REFUSED('6b00')], 'MALFORMED_RESPONSE'],
    ['every read is done and brings nothing', REFUSED('9000'), 'MALFORMED_RESPONSE'],
    ['the file is no certificate', ['0102039000'], 'MALFORMED_RESPONSE'],
    ['the length is indefinite', ['3080010100009000'], 'MALFORMED_RESPONSE'],
    ['the length is 4 GB', ['3084ffffffff9000'], 'MALFORMED_RESPONSE'],
    ['the length is over 16 KB', [`30824001${'00'.repeat(252)}9000`], 'MALFORMED_RESPONSE'],
    [
      'the file ends early',
      [`30820400${'00'.repeat(252)}9000`, '6b00', ...REFUSED('6b00')],
      'MALFORMED_RESPONSE',
    ],
    ['the file ends early with 6282', ['3003016282', '6282'], 'MALFORMED_RESPONSE'],
    [
      'a block is refused',
      [`30820400${'00'.repeat(252)}9000`, '6f00', ...REFUSED('6f00')],
      'MALFORMED_RESPONSE',
    ],
    ['a header never completes', ['309000', ...REFUSED('9000')], 'MALFORMED_RESPONSE'],
  ] as const)('says what is wrong when %s', async (_name, answers, code) => {
    const applet = await JpkiApplet.select(scripted('9000', ...answers));
    await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({ code });
  });

  it('ends after a bounded number of reads on a card that gives one byte at a time', async () => {
    const { applet, connection } = await open({ maxRead: 1 });
    await expect(applet.readCertificateDer('auth')).rejects.toMatchObject({ code: 'MALFORMED_RESPONSE' });
    expect(connection.count).toBeLessThan(300);
  });

  it('refuses a name that is none', async () => {
    const { applet } = await open();
    for (const name of ['toString', 'Auth', ''] as unknown as CertificateFile[]) {
      await expect(applet.readCertificateDer(name)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('the time limit of an exchange', () => {
  it('given for a connection that has a session already applies to all of it from then on', async () => {
    let isSilent = false;
    const connection = new Intercepted((await cardWith()).connect(), (_number, _command, send) =>
      isSilent ? new Promise(() => undefined) : send(),
    );
    await readOtherPinCounters(connection);
    const first = await JpkiApplet.select(connection);
    const second = await JpkiApplet.select(connection, { exchangeTimeoutMs: 20 });
    // Not given again, it stays.
    await JpkiApplet.select(connection);
    isSilent = true;
    await expect(first.readStatus()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringContaining('20 ms'),
    });
    await expect(second.readStatus()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('that is none leaves the one in force', async () => {
    let isSilent = false;
    const connection = new Intercepted((await cardWith()).connect(), (_number, _command, send) =>
      isSilent ? new Promise(() => undefined) : send(),
    );
    const applet = await JpkiApplet.select(connection, { exchangeTimeoutMs: 20 });
    for (const exchangeTimeoutMs of [0, Number.NaN, '5']) {
      await expect(
        JpkiApplet.select(connection, { exchangeTimeoutMs: exchangeTimeoutMs as number }),
      ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    isSilent = true;
    await expect(applet.readStatus()).rejects.toMatchObject({ message: expect.stringContaining('20 ms') });
  });
});

describe('two applets on one connection', () => {
  it('share one queue, so that operations are not interleaved', async () => {
    const card = await cardWith({ extendedLength: false });
    const commands: string[] = [];
    const connection = new Intercepted(card.connect(), (_number, command, send) => {
      commands.push(Buffer.from(command).toString('hex'));
      return send();
    });
    const [a, b] = await Promise.all([JpkiApplet.select(connection), JpkiApplet.select(connection)]);
    commands.length = 0;
    await Promise.all([
      a.readCertificateDer('auth'),
      b.readCertificateDer('auth-ca'),
      a.readStatus(),
      b.readStatus(),
    ]);
    const shortReads = commands
      .map((command, i) => (/^00b08[0-9a-f]{5}$/.test(command) ? i : -1))
      .filter((i) => i >= 0);
    expect(shortReads).toEqual([1, 1 + Math.ceil((await storedDer('000a')).length / 256)]);
  });
});

describe('closing', () => {
  it('leaves it to the connection where no PIN was sent and no key was found open', async () => {
    const { applet, connection } = await open();
    await applet.readStatus();
    await applet.readCertificate('auth');
    await expect(applet.verifyPin('auth', '12')).rejects.toMatchObject({ code: 'PIN_FORMAT' });
    await expect(applet.sign('auth', new Uint8Array(1))).rejects.toMatchObject({ code: 'PIN_REQUIRED' });
    await applet.close();
    expect(connection.disposition).toBeUndefined();
  });

  it('refuses every later call, and is done once', async () => {
    const { applet } = await open();
    await Promise.all([applet.close(), applet.close()]);
    for (const call of [
      () => applet.readStatus(),
      () => applet.readTokenInfo(),
      () => applet.verifyPin('auth', VIRTUAL_PINS.auth),
      () => applet.readCertificate('auth'),
      () => applet.sign('auth', new Uint8Array(1)),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'CLOSED' });
    }
  });
});
