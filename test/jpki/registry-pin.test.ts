import { describe, expect, it } from 'vitest';
import { JpkiError, type JpkiErrorDetails } from '../../src/errors.js';
import {
  changeRegistryPin,
  JpkiApplet,
  type RegistryApplication,
  readCardRecord,
  readOtherPinCounters,
  verifyRegistryPin,
} from '../../src/jpki/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted } from '../support/connections.js';
import { ascii, countExchanges, hex, send, virtualCard } from '../support/virtual.js';

const AIDS = {
  registry: '00a4040c0ad3921000310001010401',
  common: '00a4040c0ad3921000310001010100',
} as const;
const PIN = '1234';
const NEXT = '8642';
const BOTH = ['registry', 'common'] as const;

async function errorOf(work: Promise<unknown>): Promise<JpkiError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof JpkiError)) throw error ?? new Error('nothing was thrown');
  return error;
}

/** Which PIN each reference takes, asked of copies of the card. */
function held(card: VirtualCard): Record<RegistryApplication, string | undefined> {
  const of = (application: RegistryApplication) =>
    [PIN, NEXT].find((pin) => {
      const copy = VirtualCard.fromJSON({ ...card.toJSON(), quirks: {} });
      send(copy, AIDS[application], '00A4020C02001C');
      return send(copy, `00 20 00 80 04 ${ascii(pin)}`) === '9000';
    });
  return { registry: of('registry'), common: of('common') };
}

function triesOf(card: VirtualCard): string[] {
  const copy = VirtualCard.fromJSON({ ...card.toJSON(), quirks: {} });
  return BOTH.map((application) => send(copy, AIDS[application], '0020009C'));
}

/** Changes one reference behind the library's back: two that differ. */
async function differing(): Promise<VirtualCard> {
  const card = await virtualCard();
  send(card, AIDS.common, '00A4020C02001C', `00 20 00 80 04 ${ascii(PIN)}`, `80 32 00 80 04 ${ascii(NEXT)}`);
  card.powerOff();
  return card;
}

describe('the resident registry PIN', () => {
  it('is changed in both places, each having taken the current one before', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect());
    const [current, next] = [PIN, NEXT].map((pin) => new TextEncoder().encode(pin)) as [
      Uint8Array,
      Uint8Array,
    ];
    await changeRegistryPin(connection, current, next);
    expect([...current, ...next].every((byte) => byte === 0)).toBe(true);
    expect(held(card)).toEqual({ registry: NEXT, common: NEXT });
    const [verify, change] = [`0020009c04${ascii(PIN)}`, `8032008004${ascii(NEXT)}`];
    expect(connection.exchanges.map(({ command }) => command)).toEqual([
      ...[AIDS.registry, '0020009c', verify],
      ...[AIDS.common, '0020009c', verify, '00a4020c02001c', change],
      ...[AIDS.registry, '00a4020c02001c', change],
    ]);
  });

  it('is presented to both places, and the counters are read first', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect());
    await verifyRegistryPin(connection, PIN);
    expect(connection.count).toBe(6);
    await verifyRegistryPin(connection, PIN, { applications: ['common'] });
    expect(connection.count).toBe(8);
  });

  it.each<[string, Partial<VirtualCardQuirks>]>([
    ['without short identifiers', { shortIds: 0x6a86 }],
    ['without a VERIFY of four bytes', { fourByteVerify: false }],
    ['on which a SELECT ends what was verified', { selectClearsStatus: true }],
    ['that answers 9000 to a query on a verified PIN', { verifiedQuery: 0x9000 }],
  ])('is changed on a card %s', async (_which, quirks) => {
    const card = await virtualCard(quirks);
    await changeRegistryPin(card.connect(), PIN, NEXT);
    expect(held(card)).toEqual({ registry: NEXT, common: NEXT });
    expect(triesOf(card)).toEqual(['63c3', '63c3']);
  });

  it('that is wrong costs one try of the first place, and changes nothing', async () => {
    const card = await virtualCard();
    const error = await errorOf(changeRegistryPin(card.connect(), '0000', NEXT));
    expect([error.code, error.role, error.triesLeft]).toEqual(['PIN_INCORRECT', 'registry', 2]);
    expect(error.message).toContain('住基AP');
    expect(triesOf(card)).toEqual(['63c2', '63c3']);
    expect(held(card)).toEqual({ registry: PIN, common: PIN });
  });

  it('that differs in the two places is not changed in one of them; each is changed alone', async () => {
    const card = await differing();
    const error = await errorOf(changeRegistryPin(card.connect(), PIN, '9753'));
    expect([error.code, error.triesLeft]).toEqual(['PIN_INCORRECT', 2]);
    expect(error.message).toContain('共通カードAP');
    expect(held(card)).toEqual({ registry: PIN, common: NEXT });
    const again = VirtualCard.fromJSON(card.toJSON());
    await changeRegistryPin(again.connect(), PIN, NEXT, { applications: ['registry'] });
    expect(held(again)).toEqual({ registry: NEXT, common: NEXT });
    // A right PIN has filled no other counter than its own.
    expect(triesOf(again)).toEqual(['63c3', '63c2']);
  });

  it.each([
    ['locked', { registry: 0, common: 3 }, 'PIN_LOCKED', '住基AP'],
    ['locked in the second place', { registry: 3, common: 0 }, 'PIN_LOCKED', '共通カードAP'],
    ['near its lock', { registry: 1, common: 3 }, 'PIN_LAST_TRY', '住基AP'],
    ['near its lock in the second place', { registry: 3, common: 1 }, 'PIN_LAST_TRY', '共通カードAP'],
  ] as const)('that is %s is changed nowhere', async (_how, tries, code, where) => {
    const card = await virtualCard();
    for (const application of BOTH)
      for (let left = 3; left > tries[application]; left--)
        send(card, AIDS[application], '00A4020C02001C', `00 20 00 80 04 ${ascii('0000')}`);
    const before = triesOf(card);
    let asked = 0;
    const ask = () => {
      asked++;
      return PIN;
    };
    const connection = card.connect();
    const given = await errorOf(changeRegistryPin(connection, PIN, NEXT));
    expect([given.code, given.message]).toEqual([code, expect.stringContaining(where)]);
    const error = await errorOf(changeRegistryPin(connection, ask, NEXT));
    expect(error.message).toContain(where);
    expect([error.code, asked]).toEqual([code, 0]);
    if (code === 'PIN_LOCKED') expect(error.remedy).not.toMatch(/kiosk/);
    expect(held(card)).toEqual({
      registry: tries.registry === 0 ? undefined : PIN,
      common: tries.common === 0 ? undefined : PIN,
    });
    expect(triesOf(card)[1]).toBe(before[1]);
  });

  it('is asked for once, with the lower of the two counters', async () => {
    const card = await virtualCard();
    send(card, AIDS.common, '00A4020C02001C', `00 20 00 80 04 ${ascii('0000')}`);
    const seen: unknown[] = [];
    const questions: string[] = [];
    const ask = (question: string, pin: string) => (counter: unknown) => {
      questions.push(question);
      seen.push(counter);
      return pin;
    };
    await changeRegistryPin(card.connect(), ask('current', PIN), ask('next', NEXT));
    expect(questions).toEqual(['current', 'next']);
    expect(seen[0]).toMatchObject({ role: 'registry', triesLeft: 2, maxTries: 3 });
    expect(held(card)).toEqual({ registry: NEXT, common: NEXT });
  });

  it('is asked for before its last try, once, and the answer holds for that number alone', async () => {
    const card = await virtualCard();
    for (const _time of [1, 2]) send(card, AIDS.common, '00A4020C02001C', `00 20 00 80 04 ${ascii('0000')}`);
    const asked: unknown[] = [];
    const confirmLastTry = ({ triesLeft }: { triesLeft: number | undefined }) => {
      asked.push(triesLeft);
      return true;
    };
    await verifyRegistryPin(card.connect(), PIN, { confirmLastTry });
    expect(asked).toEqual([1]);
    expect(triesOf(card)).toEqual(['63c3', '63c3']);
  });

  it('is not sent on a shared connection; and not changed there though it may be sent', async () => {
    const card = await virtualCard();
    const connection = countExchanges(card.connect({ share: 'shared' }));
    expect((await errorOf(verifyRegistryPin(connection, PIN))).code).toBe('SHARING_VIOLATION');
    const error = await errorOf(changeRegistryPin(connection, PIN, NEXT, { allowShared: true }));
    expect(error.code).toBe('SHARING_VIOLATION');
    expect(connection.count).toBe(0);
    await verifyRegistryPin(connection, PIN, { allowShared: true });
  });

  it('of a phone, which has no such application, is UNSUPPORTED', async () => {
    for (const absent of BOTH) {
      const card = await virtualCard({ absentApplications: [absent] });
      const error = await errorOf(changeRegistryPin(card.connect(), PIN, NEXT));
      expect(error.code).toBe('UNSUPPORTED');
      expect(held(card)[absent === 'common' ? 'registry' : 'common']).toBe(PIN);
    }
  });

  it('is wiped where there is no connection that it could be sent on', async () => {
    const pins = [PIN, NEXT].map((pin) => new TextEncoder().encode(pin)) as [Uint8Array, Uint8Array];
    const none = {} as CardConnection;
    expect((await errorOf(changeRegistryPin(none, ...pins))).code).toBe('INVALID_ARGUMENT');
    expect(pins.flatMap((pin) => [...pin])).toEqual(new Array(8).fill(0));
  });

  it('leaves the card unpowered, whoever closes', async () => {
    const card = await virtualCard();
    const applet = await JpkiApplet.select(card.connect());
    await verifyRegistryPin(applet.connection, PIN);
    await applet.close();
    expect(send(card, AIDS.registry, '00A4020C02001C', `80 32 00 80 04 ${ascii(NEXT)}`)).toBe('6982');
  });
});

describe('a change that was made in one of two places', () => {
  /** A card that does something else than its duty at the second CHANGE KEY. */
  async function changing(second: (number: number) => Promise<Uint8Array>, done = false) {
    const card = await virtualCard();
    let changes = 0;
    const connection = new Intercepted(card.connect(), async (number, command, pass) => {
      if (command[1] !== 0x32 || ++changes < 2) return pass();
      if (done) await pass();
      return second(number);
    });
    return { card, error: await errorOf(changeRegistryPin(connection, PIN, NEXT)) };
  }

  const REFUSED = { en: /and not in the other/, ja: /変更されていません/ };
  const UNCERTAIN = { en: /in the other one too .* is not known/, ja: /も変更されたかどうかは分かりません/ };

  it.each<[string, () => Promise<Uint8Array>, string, typeof REFUSED]>([
    ['refuses', async () => hex('6a80'), 'STATUS_WORD', REFUSED],
    [
      'breaks the link',
      () => Promise.reject(new Error('the cable is out')),
      'PIN_CHANGE_UNCERTAIN',
      UNCERTAIN,
    ],
    ['answers something else', async () => hex('6300'), 'PIN_CHANGE_UNCERTAIN', UNCERTAIN],
  ])(
    'where the second %s: which one was done, what of the other is known, and how to go on',
    async (_what, second, cause, said) => {
      const { card, error } = await changing(second);
      if (error.code !== 'PIN_CHANGE_PARTIAL') throw error;
      expect(error.changed).toBe('common');
      expect(error.role).toBe('registry');
      expect((error.cause as JpkiError).code).toBe(cause);
      expect(held(card)).toEqual({ registry: PIN, common: NEXT });
      for (const language of ['en', 'ja'] as const) {
        const { message, remedy } = error.inLanguage(language);
        expect(message).toMatch(/共通カードAP.*住基AP/);
        expect([REFUSED, UNCERTAIN].filter((one) => one[language].test(message))).toEqual([said]);
        expect(remedy).toMatch(/pin change registry --only registry/);
        // Only where it is not known does a try have to find out.
        expect(/pin verify registry --only registry/.test(remedy)).toBe(said === UNCERTAIN);
        expect(`${message}${remedy}`).not.toMatch(/1234|8642/);
      }
      // As it says: the other one alone.
      const again = VirtualCard.fromJSON(card.toJSON());
      await changeRegistryPin(again.connect(), PIN, NEXT, { applications: ['registry'] });
      expect(held(again)).toEqual({ registry: NEXT, common: NEXT });
    },
  );

  it('where the card was reset over the second, the next operation selects its application again', async () => {
    const card = await virtualCard();
    let changes = 0;
    const connection = countExchanges(
      new Intercepted(card.connect(), async (_number, command, pass) => {
        if (command[1] !== 0x32 || ++changes !== 2) return pass();
        card.powerOff();
        throw new JpkiError('CARD_RESET');
      }),
    );
    expect((await errorOf(changeRegistryPin(connection, PIN, NEXT))).code).toBe('PIN_CHANGE_PARTIAL');
    const before = connection.count;
    await verifyRegistryPin(connection, PIN, { applications: ['registry'] });
    expect(connection.exchanges.slice(before).map(({ command }) => command)).toEqual([
      ...[AIDS.registry, '0020009c', `0020009c04${ascii(PIN)}`],
    ]);
  });

  it('where the first refuses, nothing was changed, and the error is the ordinary one', async () => {
    const card = await virtualCard();
    const connection = new Intercepted(card.connect(), async (_number, command, pass) =>
      command[1] === 0x32 ? hex('6985') : pass(),
    );
    const error = await errorOf(changeRegistryPin(connection, PIN, NEXT));
    expect(error.code).toBe('STATUS_WORD');
    expect(error.message).toContain('共通カードAP');
    expect(held(card)).toEqual({ registry: PIN, common: PIN });
  });

  it('where the link broke over the first, says how to ask the card about that place alone', async () => {
    const card = await virtualCard();
    const connection = new Intercepted(card.connect(), async (_number, command, pass) => {
      const answer = await pass();
      if (command[1] === 0x32) throw new Error('the cable is out');
      return answer;
    });
    const error = await errorOf(changeRegistryPin(connection, PIN, NEXT));
    expect(error.code).toBe('PIN_CHANGE_UNCERTAIN');
    expect(error.remedy).toContain('pin verify registry --only common');
    expect(held(card)).toEqual({ registry: PIN, common: NEXT });
  });

  it('is finished when somebody aborts after the first', async () => {
    const card = await virtualCard();
    const controller = new AbortController();
    const connection = new Intercepted(card.connect(), async (_number, command, pass) => {
      const answer = await pass();
      if (command[1] === 0x32) controller.abort();
      return answer;
    });
    await changeRegistryPin(connection, PIN, NEXT, { signal: controller.signal });
    expect(held(card)).toEqual({ registry: NEXT, common: NEXT });
  });

  it.each([
    ['given', PIN],
    ['asked for', () => PIN],
  ])('is not begun when somebody aborts before, with a PIN that is %s', async (_how, current) => {
    for (let at = 1; at <= 6; at++) {
      const card = await virtualCard();
      const controller = new AbortController();
      const reason = new Error('changed my mind');
      const connection = new Intercepted(card.connect(), async (number, _command, pass) => {
        const answer = await pass();
        if (number === at) controller.abort(reason);
        return answer;
      });
      const { signal } = controller;
      const error = await errorOf(changeRegistryPin(connection, current, NEXT, { signal }));
      // The abort and nothing more: no place, no PIN that may have cost a try.
      expect([error.code, error.role, error.cause]).toEqual(['ABORTED', undefined, reason]);
      expect(held(card)).toEqual({ registry: PIN, common: PIN });
    }
  });
});

describe('the card record', () => {
  const expiry = { year: 2036, month: 4, day: 15, iso: '2036-04-15' };
  const at = new Date('2026-06-01T00:00:00Z');
  const issue = () => VirtualCard.issue({ notBefore: at, signatureCertificate: false });

  it('says when the card ends and where it is from: three exchanges, and one after the counters', async () => {
    const connection = countExchanges((await issue()).connect());
    expect(await readCardRecord(connection)).toEqual({ expiry, municipalityCode: '99999' });
    expect(connection.exchanges.map(({ command }) => command)).toEqual([
      ...[AIDS.common, '00a4020c020001', '00b2010400'],
    ]);
    await readOtherPinCounters(connection);
    const before = connection.count;
    await readCardRecord(connection);
    expect(connection.count - before).toBe(2);
  });

  const answering = async (data: string) =>
    new Intercepted((await virtualCard()).connect(), async (_number, command, pass) =>
      command[1] === 0xb2 ? hex(data) : pass(),
    );
  const digits = (text: string) => Buffer.from(text).toString('hex');

  it.each([
    ['no application', { absentApplications: ['common'] } as const],
    ['no file', { absentFiles: ['common/0001'] }],
  ])('is nothing where there is %s', async (_what, quirks) => {
    expect(await readCardRecord((await virtualCard(quirks)).connect())).toBeUndefined();
  });

  it('is nothing where there is no record', async () => {
    expect(await readCardRecord(await answering('6a83'))).toBeUndefined();
  });

  it('is read with filler behind it', async () => {
    const record = `011c${digits('1234567890123451322120350217')}ffff9000`;
    expect(await readCardRecord(await answering(record))).toEqual({
      // The published record of a test card [myna-card common.rs], with another serial number.
      expiry: { year: 2035, month: 2, day: 17, iso: '2035-02-17' },
      municipalityCode: '13221',
    });
  });

  it.each<[string, string, JpkiErrorDetails & { code: string }]>([
    ['nothing', '9000', { code: 'MALFORMED_RESPONSE' }],
    ['another tag', `021c${digits('1234567890123451322120350217')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['another length', `011b${digits('123456789012345132212035021')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['less than it says', `011c${digits('123456789012345132212035021')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['letters', `011c${digits('12345678901234513221203502XX')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['no day', `011c${digits('1234567890123451322120350230')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['the year 0', `011c${digits('1234567890123451322100000101')}9000`, { code: 'MALFORMED_RESPONSE' }],
    ['more behind it', `011c${digits('1234567890123451322120350217')}019000`, { code: 'MALFORMED_RESPONSE' }],
    ['a refusal', '6982', { code: 'STATUS_WORD', statusWord: 0x6982 }],
  ])('is refused where it is %s', async (_what, answer, expected) => {
    expect(await errorOf(readCardRecord(await answering(answer)))).toMatchObject(expected);
  });
});
