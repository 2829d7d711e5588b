import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualCard } from '../../src/virtual/index.js';
import { ascii, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const REGISTRY = '00 A4 04 0C 0A D3921000310001010401';
const COMMON = '00 A4 04 0C 0A D3921000310001010100';
const SIGN_WITH_AUTH = '80 2A 00 97 01 55 00';
const QUERY_AUTH = '00 20 00 98';
const QUERY_SIGN = '00 20 00 9B';
const select = (file: string): string => `00 A4 02 0C 02 ${file}`;
const withData = (header: string, pin: string): string =>
  `${header} ${pin.length.toString(16).padStart(2, '0')} ${ascii(pin)}`;
const verify = (p2: string, pin: string): string => withData(`00 20 00 ${p2}`, pin);
const change = (p2: string, pin: string): string => withData(`00 24 01 ${p2}`, pin);
const VERIFY_AUTH = verify('98', '1234');
const VERIFY_SIGN = verify('9B', 'VIRTUAL1');

async function inJpki(): Promise<VirtualCard> {
  const card = await virtualCard();
  expect(send(card, JPKI)).toBe('9000');
  return card;
}

describe('the tries that are left', () => {
  const INPUT_SUPPORT = '00 A4 04 0C 0A D3921000310001010408';

  it('are those that a new card is told to have, 0 for a locked PIN', async () => {
    const triesLeft = {
      ...{ auth: 1, sign: 0, registry: 2, 'input-support': 0 },
      ...{ 'check-number-a': 9, 'check-number-b': 1 },
    };
    const card = await VirtualCard.issue({ triesLeft });
    expect(card.triesLeft).toEqual(triesLeft);
    expect(send(card, JPKI, QUERY_AUTH)).toBe('63c1');
    expect(send(card, VERIFY_SIGN)).toBe('6984');
    expect(send(card, REGISTRY, '00 20 00 9C')).toBe('63c2');
    expect(send(card, COMMON, '00 20 00 9C')).toBe('63c2');
    expect(send(card, INPUT_SUPPORT, '00 20 00 91')).toBe('63c0');
    expect(send(card, JPKI, VERIFY_AUTH, QUERY_AUTH)).toBe('63c3');
    expect(card.triesLeft).toEqual({ ...triesLeft, auth: 3 });
  });

  it('are changed of a saved card where that is asked for, and nowhere else', async () => {
    const state = (await virtualCard()).toJSON();
    expect(VirtualCard.fromJSON(state, { triesLeft: { sign: 2 } }).triesLeft).toEqual({
      auth: 3,
      sign: 2,
      registry: 3,
      'input-support': 3,
      'check-number-a': 10,
      'check-number-b': 10,
    });
    expect(VirtualCard.fromJSON(state).triesLeft.sign).toBe(5);
  });

  it('are never more than the PIN of a saved card can have', async () => {
    const state = (await virtualCard()).toJSON();
    const jpki = { ...state.applications.jpki };
    const pin = jpki['0018'];
    if (pin?.kind !== 'pin') throw new Error('no PIN');
    jpki['0018'] = { ...pin, maxTries: 2, triesLeft: 2 };
    const few = { ...state, applications: { ...state.applications, jpki } };
    expect(() => VirtualCard.fromJSON(few, { triesLeft: { auth: 3 } })).toThrow('triesLeft.auth');
  });
});

describe('VERIFY', () => {
  it('with a right PIN is done, by short identifier and on the current file', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_AUTH)).toBe('9000');
    expect(send(card, select('001B'), verify('80', 'VIRTUAL1'))).toBe('9000');
  });

  it('with a wrong PIN counts down to 63C0, and then is answered 6984, also to the right one', async () => {
    const card = await inJpki();
    const wrong = verify('98', '0000');
    expect([send(card, wrong), send(card, wrong), send(card, wrong)]).toEqual(['63c2', '63c1', '63c0']);
    expect(send(card, wrong)).toBe('6984');
    expect(send(card, VERIFY_AUTH)).toBe('6984');
    expect(send(card, QUERY_AUTH)).toBe('63c0');
    card.powerOff();
    expect(send(card, JPKI, VERIFY_AUTH)).toBe('6984');
    expect(send(card, QUERY_SIGN)).toBe('63c5');
  });

  it('lets the signature PIN be wrong five times', async () => {
    const card = await inJpki();
    const answers = Array.from({ length: 6 }, () => send(card, verify('9B', 'WRONG00')));
    expect(answers).toEqual(['63c4', '63c3', '63c2', '63c1', '63c0', '6984']);
    expect(send(card, QUERY_AUTH)).toBe('63c3');
  });

  it('with a right PIN brings the counter back to its maximum', async () => {
    const card = await inJpki();
    send(card, verify('98', '0000'), verify('98', '0000'));
    expect(send(card, QUERY_AUTH)).toBe('63c1');
    expect(send(card, VERIFY_AUTH)).toBe('9000');
    expect(send(card, QUERY_AUTH)).toBe('63c3');
  });

  it('without data tells the counter and spends nothing, in four bytes or with an Le', async () => {
    const card = await inJpki();
    for (let i = 0; i < 6; i++) expect(send(card, QUERY_AUTH)).toBe('63c3');
    for (let i = 0; i < 6; i++) expect(send(card, `${QUERY_SIGN} 00`)).toBe('63c5');
    expect(send(card, select('0018'), '00 20 00 80')).toBe('63c3');
  });

  it('without data says nothing of a PIN that is verified, on the cards seen', async () => {
    expect(send(await inJpki(), VERIFY_AUTH, QUERY_AUTH)).toBe('63c3');
  });

  it('compares lengths and letters as they are', async () => {
    const card = await inJpki();
    expect(send(card, verify('9B', 'virtual1'))).toBe('63c4');
    expect(send(card, verify('9B', 'VIRTUAL'))).toBe('63c3');
    expect(send(card, verify('9B', 'VIRTUAL11'))).toBe('63c2');
  });

  it('with a wrong PIN ends the security status that an earlier one gave', async () => {
    expect(send(await inJpki(), VERIFY_AUTH, verify('98', '0000'), SIGN_WITH_AUTH)).toBe('6982');
  });

  it.each([
    ['P1 other than 00', `00 20 01 98 04 ${ascii('0000')}`, '6a86'],
    ['P2 without bit 8', `00 20 00 18 04 ${ascii('0000')}`, '6a86'],
    ['P2 with bit 7', `00 20 00 D8 04 ${ascii('0000')}`, '6a86'],
    ['no current file', `00 20 00 80 04 ${ascii('0000')}`, '6986'],
    ['a short identifier that is not there', `00 20 00 83 04 ${ascii('0000')}`, '6a88'],
    ['the short identifier of a certificate', `00 20 00 8A 04 ${ascii('0000')}`, '6a88'],
    ['the short identifier of a key', `00 20 00 97 04 ${ascii('0000')}`, '6a88'],
    ['17 bytes', `00 20 00 98 11 ${'30'.repeat(17)}`, '6700'],
  ])('with %s is refused and spends no try', async (_name, command, sw) => {
    const card = await inJpki();
    expect(send(card, command)).toBe(sw);
    expect(send(card, QUERY_AUTH)).toBe('63c3');
    expect(send(card, QUERY_SIGN)).toBe('63c5');
  });

  it('on a current file that is no PIN is refused', async () => {
    expect(send(await inJpki(), select('000A'), '00 20 00 80')).toBe('6981');
  });

  it('before any application is refused', async () => {
    const card = await virtualCard();
    expect(send(card, QUERY_AUTH)).toBe('6a88');
    expect(send(card, '00 20 00 80')).toBe('6986');
  });
});

describe('CHANGE REFERENCE DATA', () => {
  it('after VERIFY of the same PIN sets the new one, which the old one is not any more', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_SIGN, change('9B', 'NEWPASS9'))).toBe('9000');
    expect(send(card, VERIFY_SIGN)).toBe('63c4');
    expect(send(card, verify('9B', 'NEWPASS9'))).toBe('9000');
    expect(send(card, QUERY_SIGN)).toBe('63c5');
  });

  it('works on the current file as well', async () => {
    const card = await inJpki();
    expect(send(card, select('0018'), verify('80', '1234'), change('80', '5678'))).toBe('9000');
    expect(send(card, verify('80', '5678'))).toBe('9000');
  });

  it('is refused before a VERIFY, after one of the other PIN, and once a wrong one ended it', async () => {
    const card = await inJpki();
    expect(send(card, change('98', '5678'))).toBe('6982');
    expect(send(card, VERIFY_SIGN, change('98', '5678'))).toBe('6982');
    expect(send(card, VERIFY_AUTH, verify('98', '0000'), change('98', '5678'))).toBe('6982');
    expect(send(card, VERIFY_AUTH)).toBe('9000');
  });

  it('is refused on a locked PIN', async () => {
    const card = await inJpki();
    for (let i = 0; i < 3; i++) send(card, verify('98', '0000'));
    expect(send(card, change('98', '5678'))).toBe('6982');
  });

  it.each([
    ['old and new PIN in one', `00 24 00 98 08 ${ascii('12345678')}`, '6a86'],
    ['P2 without bit 8', `00 24 01 18 04 ${ascii('5678')}`, '6a86'],
    ['no PIN', '00 24 01 98', '6700'],
    ['17 bytes', `00 24 01 98 11 ${'30'.repeat(17)}`, '6700'],
    ['a short identifier that is not there', `00 24 01 99 04 ${ascii('5678')}`, '6a88'],
    ['a letter for the authentication PIN', `00 24 01 98 04 ${ascii('567A')}`, '6a80'],
    ['full-width digits for the authentication PIN', `00 24 01 98 0C ${ascii('５６７８')}`, '6a80'],
    ['a byte of zero for the authentication PIN', '00 24 01 98 04 35363700', '6a80'],
  ])('with %s is refused, and the old PIN holds', async (_name, command, sw) => {
    const card = await inJpki();
    expect(send(card, VERIFY_AUTH, command)).toBe(sw);
    expect(send(card, VERIFY_AUTH)).toBe('9000');
  });
});

describe('a new signature PIN', () => {
  it.each(['abcdef', 'ABC-123', 'ABC 12', 'ＡＢＣ１２', 'Abcdef1'])(
    'of %s is refused, because its letters are capitals, and the old one holds',
    async (pin) => {
      const card = await inJpki();
      const length = new TextEncoder().encode(pin).length.toString(16).padStart(2, '0');
      expect(send(card, VERIFY_SIGN, `00 24 01 9B ${length} ${ascii(pin)}`)).toBe('6a80');
      expect(send(card, VERIFY_SIGN)).toBe('9000');
    },
  );

  it('of capitals and digits is taken', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_SIGN, change('9B', 'AZ09'.repeat(4)))).toBe('9000');
    expect(send(card, verify('9B', 'AZ09'.repeat(4)))).toBe('9000');
  });

  it('is looked at only after the VERIFY', async () => {
    expect(send(await inJpki(), change('9B', 'abcdef'))).toBe('6982');
  });
});

describe('a short identifier', () => {
  // JICSAP 4.2 (2), myna-card card.rs: a command that carries one selects the file and acts on it.
  it.each([
    ['a VERIFY', VERIFY_AUTH, '9000'],
    ['a wrong VERIFY', verify('98', '0000'), '63c2'],
    ['a query', '00 20 00 98', '63c3'],
  ])('in %s makes the PIN the current file', async (_name, command, sw) => {
    const card = await inJpki();
    expect(send(card, select('0006'), command)).toBe(sw);
    expect(send(card, '00 20 00 80').slice(0, 3)).toBe('63c');
    expect(send(card, '00 B0 00 00 00')).toBe('6981');
    expect(send(card, VERIFY_AUTH, change('80', '5678'))).toBe('9000');
  });

  it('in a signature command makes the key the current file', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_AUTH, SIGN_WITH_AUTH).slice(-4)).toBe('9000');
    expect(send(card, '80 2A 00 80 01 55 00').slice(-4)).toBe('9000');
  });

  it('that names nothing, or no PIN, leaves the current file as it was', async () => {
    const card = await inJpki();
    expect(send(card, select('0008'), '00 20 00 99')).toBe('6a88');
    expect(send(card, '00 20 00 8A')).toBe('6a88');
    expect(send(card, '00 B0 00 00 00')).toBe('8f8f009000');
  });
});

describe('the security status', () => {
  it('survives a warm reset, which forgets application and file', async () => {
    const card = await inJpki();
    send(card, VERIFY_AUTH, select('0017'));
    card.reset();
    expect(send(card, '80 2A 00 80 01 55 00')).toBe('6986');
    expect(send(card, SIGN_WITH_AUTH)).toBe('6a88');
    expect(send(card, JPKI, SIGN_WITH_AUTH).slice(-4)).toBe('9000');
  });

  it('survives the SELECT of other applications', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_AUTH, REGISTRY, JPKI, SIGN_WITH_AUTH).slice(-4)).toBe('9000');
  });

  it('ends when the card loses power', async () => {
    const card = await inJpki();
    send(card, VERIFY_AUTH);
    card.powerOff();
    card.powerOn();
    expect(send(card, SIGN_WITH_AUTH)).toBe('6a88');
    expect(send(card, JPKI, SIGN_WITH_AUTH)).toBe('6982');
  });

  it('of one PIN is not that of the other', async () => {
    const card = await inJpki();
    expect(send(card, VERIFY_AUTH, '80 2A 00 9A 01 55 00')).toBe('6982');
    expect(send(card, VERIFY_SIGN, '80 2A 00 9A 01 55 00').slice(-4)).toBe('9000');
  });

  it('of a PIN in one application is not that of the same file in another', async () => {
    const card = await virtualCard({ verifiedQuery: 0x9000 });
    expect(send(card, REGISTRY, verify('9C', '1234'), '00 20 00 9C')).toBe('9000');
    expect(send(card, COMMON, '00 20 00 9C')).toMatch(/^63c/);
  });
});

describe('the PINs of the other applications', () => {
  /** docs/card.md section 1; tries where docs/card.md section 6 gives them. */
  it.each([
    ['card input support PIN', 'D3921000310001010408', '0011', '63c3'],
    ['card input support number A', 'D3921000310001010408', '0014', /^63c[1-9a-f]$/],
    ['card input support number B', 'D3921000310001010408', '0015', /^63c[1-9a-f]$/],
    ['surface check number A', 'D3921000310001010402', '0013', /^63c[1-9a-f]$/],
    ['surface check number B', 'D3921000310001010402', '0012', /^63c[1-9a-f]$/],
    ['surface check birth date', 'D3921000310001010402', '0011', /^63c[1-9a-f]$/],
    ['resident registry PIN', 'D3921000310001010401', '001C', '63c3'],
    ['common application PIN', 'D3921000310001010100', '001C', /^63c[1-9a-f]$/],
  ])('have a counter: %s', async (_name, aid, file, counter) => {
    const card = await virtualCard();
    send(card, `00 A4 04 0C 0A ${aid}`);
    const shortId = (0x80 | Number.parseInt(file, 16)).toString(16);
    const answer = send(card, `00 20 00 ${shortId}`);
    expect(answer).toMatch(counter);
    expect(send(card, select(file), '00 20 00 80')).toBe(answer);
    expect(send(card, verify('80', 'XX'))).toBe(
      `63c${(Number.parseInt(answer.slice(3), 16) - 1).toString(16)}`,
    );
  });

  it('are those the card was issued with, and apart from those of JPKI', async () => {
    const pins = { registry: '1111', 'input-support': '2222', auth: '3333', sign: 'SIGN4444' };
    const card = await VirtualCard.issue({ pins });
    expect(send(card, REGISTRY, verify('9C', '1111'))).toBe('9000');
    expect(send(card, '00 A4 04 0C 0A D3921000310001010408', verify('91', '2222'))).toBe('9000');
    expect(send(card, JPKI, verify('98', '3333'))).toBe('9000');
    expect(send(card, verify('9B', 'SIGN4444'))).toBe('9000');
  });
});

describe('whatever is done in whatever order', () => {
  const PINS = ['1234', '5678', '0000'];
  const step = fc.oneof(
    fc.record({ do: fc.constant('verify' as const), pin: fc.constantFrom(...PINS) }),
    fc.record({ do: fc.constant('change' as const), pin: fc.constantFrom(...PINS) }),
    fc.record({ do: fc.constantFrom('query' as const, 'reset' as const, 'power' as const, 'save' as const) }),
  );

  it('counter, lock and security status are those of a card', async () => {
    const fresh = await inJpki();
    const state = fresh.toJSON();
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let card = VirtualCard.fromJSON(state);
        let [pin, tries, verified] = ['1234', 3, false];
        send(card, JPKI);
        for (const action of steps) {
          switch (action.do) {
            case 'verify': {
              const locked = tries === 0;
              const right = !locked && action.pin === pin;
              if (!locked) [tries, verified] = right ? [3, true] : [tries - 1, false];
              expect(send(card, verify('98', action.pin))).toBe(
                locked ? '6984' : right ? '9000' : `63c${tries}`,
              );
              break;
            }
            case 'change':
              expect(send(card, change('98', action.pin))).toBe(verified ? '9000' : '6982');
              if (verified) pin = action.pin;
              break;
            case 'query':
              expect(send(card, QUERY_AUTH)).toBe(`63c${tries}`);
              break;
            case 'reset':
              card.reset();
              send(card, JPKI);
              break;
            case 'power':
              card.powerOff();
              verified = false;
              send(card, JPKI);
              break;
            case 'save':
              card = VirtualCard.fromJSON(JSON.parse(JSON.stringify(card)));
              verified = false;
              send(card, JPKI);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
