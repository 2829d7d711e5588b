/**
 * Small programs over one connection, each an operation of the library or a card that behaves differently. The
 * transcripts in fixtures/ were recorded while these ran on the virtual card in a real PC/SC service; the unit tests run
 * them again on the transcripts.
 */
import { CardText } from '../../src/card-text/index.js';
import { JpkiError } from '../../src/errors.js';
import { changeRegistryPin, JpkiApplet, readCardRecord, readOtherPinCounters } from '../../src/jpki/index.js';
import type { Redaction } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VIRTUAL_PINS, type VirtualCardOptions } from '../../src/virtual/index.js';

export interface Program {
  /** Name of the file in fixtures/, without its ending. */
  readonly name: string;
  /** What the card is and does, for the comment in the file. */
  readonly about: string;
  readonly card: VirtualCardOptions;
  /** Default `personal`; `none` where a holder who does not exist is what is read. */
  readonly redact?: Redaction;
  /** Runs to the end and gives what it learnt, which must not depend on the holder. */
  run(connection: CardConnection): Promise<unknown>;
  readonly expected: unknown;
}

const WRONG = { auth: '0000', sign: 'WRONG1' } as const;

const codeOf = (error: unknown): string => {
  if (!(error instanceof JpkiError)) throw error;
  return error.triesLeft === undefined ? error.code : `${error.code} ${error.triesLeft}`;
};

/** Opens, works, closes: the disconnect is in the transcript too. */
async function withApplet(
  connection: CardConnection,
  work: (applet: JpkiApplet) => Promise<unknown>,
): Promise<unknown> {
  const applet = await JpkiApplet.select(connection);
  try {
    return await work(applet).catch(codeOf);
  } finally {
    await applet.close();
  }
}

const readStatus = async (applet: JpkiApplet): Promise<unknown> => {
  const { pins } = await applet.readStatus();
  return [pins.auth, pins.sign].map(({ triesLeft, locked }) =>
    locked ? 'locked' : (triesLeft ?? 'unknown'),
  );
};
const spend = async (applet: JpkiApplet, role: 'auth' | 'sign', times: number): Promise<void> => {
  for (let i = 0; i < times; i++)
    await applet.verifyPin(role, WRONG[role], { allowLastTry: true }).catch(codeOf);
};
const readAuth = async (applet: JpkiApplet): Promise<unknown> => {
  const certificate = await applet.readCertificate('auth');
  const issuer = await applet.readCertificate('auth-ca');
  // The CA's own name is not in a transcript: what issues itself could be anybody.
  return [certificate.role, String(issuer.issuer) === String(issuer.subject), issuer.isCa];
};
const AUTH_READ = ['auth', true, true];

function operation(
  name: string,
  about: string,
  work: (applet: JpkiApplet) => Promise<unknown>,
  expected: unknown,
  card: VirtualCardOptions = {},
): Program {
  return { name, about, card, run: (connection) => withApplet(connection, work), expected };
}

const operations: readonly Program[] = [
  operation('status', 'the tries left of both PINs', readStatus, [3, 5]),
  operation(
    'token-information',
    'file 0006',
    async (applet) => (await applet.readTokenInfo()).label,
    'JPKIAPICCTOKEN2',
  ),
  operation(
    'certificate-availability',
    'file 0008',
    async (applet) => {
      const { auth, sign } = await applet.readCertificateAvailability();
      return { auth, sign };
    },
    { auth: true, sign: true },
  ),
  operation(
    'certificate-auth',
    'the user authentication certificate and its CA, without a PIN',
    readAuth,
    AUTH_READ,
  ),
  operation(
    'certificate-sign',
    'the signature certificate: refused, then after its PIN, and its CA',
    async (applet) => {
      const refused = await applet.readCertificateDer('sign').catch(codeOf);
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      const certificate = await applet.readCertificate('sign');
      const issuer = await applet.readCertificate('sign-ca');
      return [refused, certificate.role, issuer.isCa];
    },
    ['PIN_REQUIRED', 'sign', true],
  ),
  operation(
    'certificate-absent',
    'a card without a signature certificate, as of a person under fifteen',
    async (applet) => {
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      return [
        (await applet.readCertificateAvailability()).sign,
        await applet.readCertificateDer('sign').catch(codeOf),
      ];
    },
    [false, 'CERTIFICATE_ABSENT'],
    { signatureCertificate: false },
  ),
  operation(
    'verify',
    'both PINs, right',
    async (applet) => {
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      return 'done';
    },
    'done',
  ),
  operation(
    'verify-wrong',
    'a wrong PIN, then the right one, after which the counter is full',
    async (applet) => {
      const wrong = await applet.verifyPin('auth', WRONG.auth).catch(codeOf);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      return [wrong, (await applet.readPinCounter('auth')).triesLeft];
    },
    ['PIN_INCORRECT 2', 3],
  ),
  operation(
    'verify-last-try',
    'two wrong PINs; the last try is not spent unasked',
    async (applet) => {
      await spend(applet, 'auth', 2);
      return applet.verifyPin('auth', VIRTUAL_PINS.auth).catch(codeOf);
    },
    'PIN_LAST_TRY 1',
  ),
  operation(
    'verify-locked',
    'five wrong PINs lock the signature PIN; the sixth is not sent',
    async (applet) => {
      await spend(applet, 'sign', 5);
      return [await applet.verifyPin('sign', VIRTUAL_PINS.sign).catch(codeOf), await readStatus(applet)];
    },
    ['PIN_LOCKED 0', [3, 'locked']],
  ),
  operation(
    'change',
    'the authentication PIN, changed',
    async (applet) => {
      await applet.changePin('auth', VIRTUAL_PINS.auth, '8642');
      return 'done';
    },
    'done',
  ),
  operation(
    'sign',
    'a signature with each key; refused before the PIN',
    async (applet) => {
      const data = new TextEncoder().encode('what is signed');
      const refused = await applet.sign('auth', data).catch(codeOf);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      const signatures = [
        await applet.sign('auth', data),
        await applet.sign('sign', data, { scheme: 'RSASSA-PKCS1-v1_5-SHA-512' }),
        await applet.sign('auth', data, { scheme: 'RSASSA-PSS-SHA-256' }),
      ];
      return [refused, ...signatures.map(({ length }) => length)];
    },
    ['PIN_REQUIRED', 256, 256, 256],
  ),
  {
    name: 'other-counters',
    about: 'the PINs of the other four applications',
    card: {},
    async run(connection) {
      const counters = await readOtherPinCounters(connection);
      await connection.disconnect('leave');
      return counters
        .filter(({ setByHolder }) => setByHolder)
        .map(({ application, triesLeft }) => [application, triesLeft]);
    },
    expected: [
      ['registry', 3],
      ['input-support', 3],
    ],
  },
];

/** The text and the other applications. A redacted transcript has nothing of what is read there. */
const text: readonly Program[] = [
  {
    name: 'card-text',
    about: 'the text of the card, of a holder with a long name: refused, then after its PIN',
    card: { holder: { name: `${'長'.repeat(60)}\u3000${'名'.repeat(30)}` } },
    redact: 'none',
    async run(connection) {
      await using text = await CardText.select(connection);
      const refused = await text.readAttributes().catch(codeOf);
      await text.verifyPin(VIRTUAL_PINS['input-support']);
      const { name, birthDate, sex } = await text.readAttributes();
      const { keyNumber } = await text.readBasicInformation();
      return [refused, name.length, birthDate.iso, sex, keyNumber];
    },
    expected: ['PIN_REQUIRED', 91, '2001-04-15', 'female', '9000034'],
  },
  {
    name: 'check-number-b',
    about: 'the text of the card after check number B: a wrong one, then the right one',
    card: { cardExpiry: '20350415' },
    redact: 'none',
    async run(connection) {
      await using text = await CardText.select(connection);
      const wrong = await text.verifyCheckNumber('B', '13041520350001').catch(codeOf);
      await text.verifyCheckNumber('B', '13041520350000');
      const closed = await text.readMyNumber().catch(codeOf);
      return [wrong, (await text.readAttributes()).name, closed];
    },
    expected: ['PIN_INCORRECT 9', '仮想　見本子', 'PIN_REQUIRED'],
  },
  {
    name: 'card-record',
    about: 'when the card ends and where it is from',
    card: { cardExpiry: '20350415' },
    redact: 'none',
    async run(connection) {
      const { expiry, municipalityCode } = (await readCardRecord(connection)) ?? {};
      await connection.disconnect('leave');
      return [expiry?.iso, municipalityCode];
    },
    expected: ['2035-04-15', '99999'],
  },
  operation(
    'change-registry',
    'the resident registry PIN, changed in both of its places',
    async ({ connection }) => {
      await changeRegistryPin(connection, VIRTUAL_PINS.registry, '8642');
      return 'done';
    },
    'done',
  ),
];

const quirks: readonly Program[] = [
  ...([0x6a82, 0x6a86, 0x6a88] as const).map((shortIds) => {
    const word = shortIds.toString(16);
    return operation(
      `quirk-no-short-ids-${word}`,
      `a card that answers ${word.toUpperCase()} to short EF identifiers`,
      async (applet) => [await readStatus(applet), await readAuth(applet)],
      [[3, 5], AUTH_READ],
      { quirks: { shortIds } },
    );
  }),
  operation(
    'quirk-change-without-short-id',
    'a card whose CHANGE REFERENCE DATA takes the current file only',
    async (applet) => {
      await applet.changePin('sign', VIRTUAL_PINS.sign, 'CHANGED7');
      return 'done';
    },
    'done',
    { quirks: { changeByShortId: false } },
  ),
  operation(
    'quirk-no-four-byte-verify',
    'a card or reader that answers 6700 to four bytes',
    readStatus,
    [3, 5],
    {
      quirks: { fourByteVerify: false },
    },
  ),
  operation('quirk-no-extended-length', 'a card or reader without extended length', readAuth, AUTH_READ, {
    quirks: { extendedLength: false },
  }),
  ...([0x6983, 0x6984] as const).map((lockedQuery) => {
    const word = lockedQuery.toString(16);
    return operation(
      `quirk-locked-${word}`,
      `a card that answers ${word} to a query on a locked PIN`,
      async (applet) => {
        await spend(applet, 'auth', 3);
        return readStatus(applet);
      },
      ['locked', 5],
      { quirks: { lockedQuery } },
    );
  }),
  operation(
    'quirk-verified-9000',
    'a card that hides the counter of a verified PIN behind 9000',
    async (applet) => {
      await applet.verifyPin('sign', VIRTUAL_PINS.sign);
      return readStatus(applet);
    },
    [3, 'unknown'],
    { quirks: { verifiedQuery: 0x9000 } },
  ),
  operation(
    'quirk-no-counter',
    'a card that answers 6300 without a number; no PIN is sent unasked',
    async (applet) => [
      await readStatus(applet),
      await applet.verifyPin('auth', VIRTUAL_PINS.auth).catch(codeOf),
    ],
    [['unknown', 'unknown'], 'PIN_LAST_TRY'],
    { quirks: { pinCounter: false } },
  ),
  operation('quirk-first-command-6f00', 'a card that answers 6F00 to its first command', readStatus, [3, 5], {
    quirks: { firstCommandFails: true },
  }),
  operation('quirk-end-of-file-6282', 'a card that ends a file with 6282', readAuth, AUTH_READ, {
    quirks: { endOfFile: 0x6282 },
  }),
  operation(
    'quirk-exact-le-6c',
    'a card that corrects Le with 6Cxx, without extended length',
    readAuth,
    AUTH_READ,
    {
      quirks: { endOfFile: 0x6c, extendedLength: false },
    },
  ),
  operation('quirk-get-response', 'a card that announces its data with 61xx', readAuth, AUTH_READ, {
    quirks: { getResponse: true },
  }),
  operation('quirk-short-answers', 'a card that answers at most 128 bytes at a time', readAuth, AUTH_READ, {
    quirks: { maxRead: 128 },
  }),
  operation(
    'quirk-no-signature-variants',
    'a card with P1 00 of the signature command only',
    async (applet) => {
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      const data = new Uint8Array(1);
      return [
        await applet.sign('auth', data, { scheme: 'RSASSA-PSS-SHA-256' }).catch(codeOf),
        (await applet.sign('auth', data)).length,
      ];
    },
    ['UNSUPPORTED', 256],
    { quirks: { cardSideHashing: false } },
  ),
  operation(
    'android-token',
    'an Android token: the authentication certificate is read only after its PIN',
    async (applet) => {
      const { kind } = await applet.readTokenInfo();
      const refused = await applet.readCertificateDer('auth').catch(codeOf);
      await applet.verifyPin('auth', VIRTUAL_PINS.auth);
      return [kind, refused, (await applet.readCertificate('auth')).role];
    },
    ['android', 'PIN_REQUIRED', 'auth'],
    { token: 'android' },
  ),
  operation('filler-00', 'certificates followed by 00 instead of FF', readAuth, AUTH_READ, {
    filler: { byte: 0x00, fileLength: 2300 },
  }),
  {
    name: 'absent-applications',
    about: 'a card without the resident registry and common applications',
    card: { quirks: { absentApplications: ['registry', 'common'] } },
    async run(connection) {
      const counters = await readOtherPinCounters(connection);
      await connection.disconnect('leave');
      return counters.filter(({ present }) => !present).map(({ application }) => application);
    },
    // The resident registry PIN is in both.
    expected: ['registry'],
  },
  {
    name: 'not-jpki',
    about: 'a card without the JPKI application',
    card: { quirks: { absentApplications: ['jpki'] } },
    async run(connection) {
      const code = await JpkiApplet.select(connection).catch(codeOf);
      await connection.disconnect('leave');
      return code;
    },
    expected: 'NOT_JPKI',
  },
];

/**
 * What readers and cards were reported to do; test/reports/ plays each on every operation. Answers that are cut off are
 * missing here: a redacted transcript only counts the bytes of what has no status word, and of what follows it.
 */
const reports: readonly Program[] = [
  operation(
    'report-long-read-6700',
    'a reader that refuses reads above 128 bytes with 6700',
    readAuth,
    AUTH_READ,
    {
      quirks: { longestRead: 128 },
    },
  ),
  operation(
    'report-long-read-empty',
    'a reader that answers reads above 236 bytes with success and no data',
    readAuth,
    AUTH_READ,
    { quirks: { longestRead: 236, longRead: 0x9000 } },
  ),
  operation('report-le-00-empty', 'a reader that brings nothing for an Le of 00', readAuth, AUTH_READ, {
    quirks: { leZero: 0x9000 },
  }),
  operation(
    'report-extended-fails',
    'a reader that fails the exchange of an extended-length read, and keeps the card',
    readAuth,
    AUTH_READ,
    { quirks: { extendedLength: 'fails' } },
  ),
  operation(
    'report-extended-costs-card',
    'a reader that loses the card in an extended-length read',
    readAuth,
    'CARD_REMOVED',
    { quirks: { extendedLength: 'removes' } },
  ),
  operation(
    'report-endless-6c',
    'a reader that answers 6Cxx to every read',
    (applet) => applet.readCertificateDer('auth'),
    'MALFORMED_RESPONSE',
    { quirks: { endlessWrongLe: true } },
  ),
  operation('report-query-6f00', 'a reader that answers 6F00 to four bytes', readStatus, [3, 5], {
    quirks: { fourByteVerify: 0x6f00 },
  }),
  operation(
    'report-query-fails',
    'a reader that fails the exchange of four bytes, and keeps the card',
    readStatus,
    [3, 5],
    { quirks: { fourByteVerify: 'fails' } },
  ),
  operation(
    'report-invented-word',
    'a reader that makes up 6301 in place of the answer to a PIN; the counter is full after it',
    async (applet) => [
      await applet.verifyPin('auth', VIRTUAL_PINS.auth).catch(codeOf),
      await readStatus(applet),
    ],
    ['MALFORMED_RESPONSE', [3, 5]],
    { quirks: { inventedWord: 0x6301 } },
  ),
  operation(
    'report-no-short-ids-6986',
    'a card that answers 6986 to short EF identifiers',
    async (applet) => [await readStatus(applet), await readAuth(applet)],
    [[3, 5], AUTH_READ],
    { quirks: { shortIds: 0x6986 } },
  ),
  operation(
    'juki-card',
    'a 住民基本台帳カード, the card before this one',
    async (applet) => (await applet.readTokenInfo()).kind,
    'juki-card',
    { token: 'older-card' },
  ),
  operation(
    'token-information-32',
    'token information that is the label alone',
    async (applet) => {
      const { kind, model } = await applet.readTokenInfo();
      return [kind, model];
    },
    ['card', undefined],
    { quirks: { tokenInfoLength: 32 } },
  ),
  operation(
    'absent-files',
    'a card without the certificate availability and without the signature PIN',
    async (applet) => [
      await applet.readCertificateAvailability().catch(codeOf),
      (await applet.readStatus()).pins.sign.statusWord,
      (await applet.readPinCounter('auth')).triesLeft,
    ],
    ['MALFORMED_RESPONSE', 0x6a82, 3],
    { quirks: { absentFiles: ['jpki/0008', 'jpki/001b'] } },
  ),
  {
    name: 'refused-application',
    about: 'a card that refuses the card input support application with 6985',
    card: { quirks: { absentApplications: ['input-support'], selectRefusal: 0x6985 } },
    async run(connection) {
      const counters = await readOtherPinCounters(connection);
      await connection.disconnect('leave');
      return counters
        .filter(({ setByHolder }) => setByHolder)
        .map(({ application, triesLeft, statusWord }) => [application, triesLeft ?? statusWord]);
    },
    expected: [
      ['registry', 3],
      ['input-support', 0x6985],
    ],
  },
];

export const PROGRAMS: readonly Program[] = [...operations, ...text, ...quirks, ...reports];
