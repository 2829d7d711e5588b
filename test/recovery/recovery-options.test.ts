import { describe, expect, it } from 'vitest';
import { OTHER_PINS } from '../../src/jpki/files.js';
import { PIN_RULES } from '../../src/jpki/pin.js';
import {
  HOLDER_PINS,
  type HolderPin,
  type PinSituation,
  type RecoveryOption,
  type RecoverySituation,
  type RecoveryWay,
  recoveryOptions,
} from '../../src/recovery/index.js';

const FULL: PinSituation['counter'] = { triesLeft: 3, locked: false };
const LOCKED: PinSituation['counter'] = { triesLeft: 0, locked: true };
const VALID = { sign: 'valid', auth: 'valid' } as const;

function optionFor(situation: RecoverySituation, pin: HolderPin, way: RecoveryWay): RecoveryOption {
  const found = recoveryOptions(situation).find((option) => option.pin === pin && option.way === way);
  if (found === undefined) throw new Error(`no ${way} for ${pin}`);
  return found;
}

const waysFor = (situation: RecoverySituation, pin: HolderPin): string[] =>
  recoveryOptions(situation).flatMap((option) => (option.pin === pin ? [option.way] : []));

const codes = (items: readonly { code: string }[]): string[] => items.map(({ code }) => code);

describe('what the card said and what the holder says', () => {
  it('calls a PIN locked when the card says so, however sure the holder is', () => {
    for (const counter of [LOCKED, { triesLeft: 0, locked: false }, { triesLeft: undefined, locked: true }]) {
      const situation = {
        pins: { sign: { holder: 'known', counter }, auth: { holder: 'known', counter: FULL } },
      } as const;
      expect(waysFor(situation, 'sign')).toEqual(['kiosk', 'counter']);
      expect(optionFor(situation, 'sign', 'kiosk').pinState).toBe('locked');
    }
  });

  it('closes the kiosk to the other PIN when the card says that the one it asks for is locked', () => {
    const situation = {
      pins: { sign: { holder: 'forgotten' }, auth: { holder: 'known', counter: LOCKED } },
    } as const;
    expect(waysFor(situation, 'sign')).toEqual(['counter']);
  });

  it('believes neither when the holder says locked and the card says it is not', () => {
    const situation = {
      pins: { auth: { holder: 'locked', counter: FULL }, sign: { holder: 'known' } },
    } as const;
    const change = optionFor(situation, 'auth', 'change');
    expect(change.pinState).toBe('unsure');
    expect(codes(change.conditions)).toEqual(['pin-known']);
    expect(codes(change.notes)).toEqual(['card-says-not-locked', 'do-not-guess']);
    expect(change.notes[0]?.text.en).toContain('you have 3 tries');
    expect(change.notes[0]?.text.ja).toContain('残り 3 回');
    expect(waysFor(situation, 'auth')).toEqual(['change', 'kiosk', 'counter']);
  });

  it('takes a counter without a number for one that was not read', () => {
    const counter = { triesLeft: undefined, locked: false };
    const situation = { pins: { auth: { holder: 'known', counter } } } as const;
    expect(codes(optionFor(situation, 'auth', 'change').conditions)).toEqual(['pin-not-locked']);
  });

  it('makes a condition of everything nobody has said', () => {
    const situation = { pins: { sign: {} } };
    expect(waysFor(situation, 'sign')).toEqual(['change', 'kiosk', 'counter']);
    expect(codes(optionFor(situation, 'sign', 'change').conditions)).toEqual(['pin-known', 'pin-not-locked']);
    expect(codes(optionFor(situation, 'sign', 'kiosk').conditions)).toEqual([
      'other-pin-known',
      'other-pin-not-locked',
      'sign-certificate-valid',
      'auth-certificate-valid',
      'not-revoked',
      'details-unchanged',
    ]);
  });

  it('never lets revocation and changed personal details pass for known', () => {
    const situation: RecoverySituation = {
      pins: { sign: { holder: 'forgotten', counter: FULL }, auth: { holder: 'known', counter: FULL } },
      certificates: VALID,
    };
    expect(codes(optionFor(situation, 'sign', 'kiosk').conditions)).toEqual([
      'not-revoked',
      'details-unchanged',
    ]);
  });

  it('asks the holder to read the counter first when only the holder says that a PIN is locked', () => {
    const said = optionFor({ pins: { registry: { holder: 'locked' } } }, 'registry', 'counter');
    expect(codes(said.notes)).toEqual([
      'stays-locked',
      'lock-not-read',
      'kiosk-not-for-this-pin',
      'registry-twice',
      'proxy',
    ]);
    const seen = optionFor({ pins: { registry: { counter: LOCKED } } }, 'registry', 'counter');
    expect(codes(seen.notes)).toEqual(['stays-locked', 'kiosk-not-for-this-pin', 'registry-twice', 'proxy']);
  });
});

describe('what each way needs and where it is', () => {
  const lostSign: RecoverySituation = { pins: { sign: { holder: 'forgotten' }, auth: { holder: 'known' } } };
  const lostAuth: RecoverySituation = { pins: { auth: { holder: 'forgotten' }, sign: { holder: 'known' } } };

  it('sends a lost signature PIN to the stores of four chains with the authentication PIN and a face match', () => {
    const kiosk = optionFor(lostSign, 'sign', 'kiosk');
    expect(codes(kiosk.needs)).toEqual(['card', 'auth-pin', 'phone', 'reservation']);
    for (const store of ['7-Eleven', 'FamilyMart', 'Lawson', 'MINISTOP'])
      expect(kiosk.where.en).toContain(store);
    for (const store of ['セブン-イレブン', 'ファミリーマート', 'ローソン', 'ミニストップ']) {
      expect(kiosk.where.ja).toContain(store);
    }
    expect(kiosk.needs[3]?.text.en).toMatch(/user authentication PIN.*face/);
    expect(kiosk.needs[2]?.text.ja).toContain('JPKI暗証番号リセット');
    expect(codes(kiosk.notes)).toContain('face-match');
  });

  it('sends a lost authentication PIN to the five chains of the terms of the app, with the signature PIN', () => {
    const kiosk = optionFor(lostAuth, 'auth', 'kiosk');
    expect(codes(kiosk.needs)).toEqual(['card', 'sign-pin', 'phone', 'reservation']);
    for (const store of ['7-Eleven nationwide', 'AEON Retail', 'AEON Hokkaido', 'AEON Tohoku', 'Fuji'])
      expect(kiosk.where.en).toContain(store);
    for (const store of ['セブン-イレブン', 'イオンリテール', 'イオン北海道', 'イオン東北', 'フジ'])
      expect(kiosk.where.ja).toContain(store);
    for (const store of ['FamilyMart', 'Lawson', 'MINISTOP', 'Daiei'])
      expect(kiosk.where.en).not.toContain(store);
    expect(kiosk.needs[3]?.text.en).toMatch(/signature PIN/);
  });

  it('names the card and an identity document for the counter of the municipality of residence', () => {
    const counter = optionFor(lostSign, 'sign', 'counter');
    expect(codes(counter.needs)).toEqual(['card', 'photo-id']);
    expect(counter.needs[1]?.text.en).toMatch(/without a photo two/);
    expect(counter.where.ja).toMatch(/住民登録をしている市区町村/);
  });

  it('changes each PIN with this software; of the official one only that it changes the two JPKI PINs is known', () => {
    const situation = {
      pins: { auth: { holder: 'known', counter: FULL }, registry: { holder: 'known', counter: FULL } },
    } as const;
    const own = optionFor(situation, 'auth', 'change');
    expect(codes(own.needs)).toEqual(['card', 'current-pin']);
    expect(own.where.en).toMatch(/this software.*or with the official JPKI利用者ソフト/);
    expect(own.conditions).toEqual([]);
    const other = optionFor(situation, 'registry', 'change');
    expect(other.where.en).toMatch(/with this software.*not confirmed/);
    expect(other.steps[0]?.text.en).toContain('jpki pin change');
    expect(other.conditions).toEqual([]);
  });

  it('resets both JPKI PINs in one visit, and the rest that is lost with them', () => {
    const situation: RecoverySituation = {
      pins: {
        sign: { holder: 'locked' },
        auth: { holder: 'forgotten' },
        registry: { counter: LOCKED },
        'input-support': { holder: 'known' },
      },
    };
    expect(optionFor(situation, 'sign', 'counter').sameVisit).toEqual(['auth', 'registry']);
    expect(optionFor(situation, 'auth', 'counter').sameVisit).toEqual(['sign', 'registry']);
    expect(optionFor(situation, 'input-support', 'counter').sameVisit).toEqual([]);
    const note = optionFor(situation, 'sign', 'counter').notes.find(({ code }) => code === 'same-visit');
    expect(note?.text.ja).toContain('利用者証明用電子証明書の暗証番号、住民基本台帳用暗証番号');
    expect(note?.text.en).not.toContain('input support');
  });

  it('says why only the counter is left', () => {
    const both: RecoverySituation = { pins: { sign: { counter: LOCKED }, auth: { holder: 'forgotten' } } };
    expect(codes(optionFor(both, 'sign', 'counter').notes)).toContain('kiosk-other-pin-lost');
    const expired = { ...lostSign, certificates: { auth: 'expired' } } as const;
    expect(codes(optionFor(expired, 'sign', 'counter').notes)).toContain('kiosk-certificate-expired');
    const child = { ...lostAuth, certificates: { sign: 'absent', auth: 'valid' } } as const;
    expect(codes(optionFor(child, 'auth', 'counter').notes)).toContain('kiosk-certificate-absent');
    expect(codes(optionFor(lostSign, 'sign', 'counter').notes)).toEqual(['do-not-guess', 'proxy']);
  });

  it('tells the holder of a known PIN that its certificate has expired or is missing', () => {
    for (const [state, code] of [
      ['expired', 'certificate-expired'],
      ['absent', 'certificate-absent'],
    ] as const) {
      const situation = {
        pins: { sign: { holder: 'known' }, auth: { holder: 'known' } },
        certificates: { sign: state },
      } as const;
      expect(codes(optionFor(situation, 'sign', 'change').notes)).toEqual([code]);
      expect(codes(optionFor(situation, 'sign', 'counter').notes)).toEqual([code]);
      expect(codes(optionFor(situation, 'auth', 'change').notes)).toEqual([]);
    }
  });
});

describe('the way as a list of steps', () => {
  const situation = {
    pins: { sign: { counter: LOCKED }, auth: { holder: 'known' }, registry: { holder: 'forgotten' } },
  } as const;

  it('goes through the app and then the kiosk, with the names that stand on their screens', () => {
    const { steps } = optionFor(situation, 'sign', 'kiosk');
    expect(codes(steps)).toEqual([
      ...['app-start', 'app-photo', 'app-read', 'app-face'],
      ...['kiosk-menu', 'kiosk-card', 'kiosk-new-pin'],
    ]);
    const text = steps.map(({ text }) => text.ja).join('');
    for (const name of ['「行政サービス」', '24 時間以内', '新しい署名用パスワード'])
      expect(text).toContain(name);
    for (const at of [2, 5]) expect(steps[at]?.text.ja).toContain('利用者証明用パスワード');
  });

  it('has no face match where the sources name none, and asks for the other password', () => {
    const auth = { pins: { auth: { holder: 'forgotten' }, sign: { holder: 'known' } } } as const;
    const { steps } = optionFor(auth, 'auth', 'kiosk');
    expect(codes(steps)).not.toContain('app-face');
    expect(steps[2]?.text.en).toContain('署名用パスワード (6 to 16 upper-case letters and digits');
    expect(steps.at(-1)?.text.en).toContain('利用者証明用パスワード (4 digits)');
  });

  it('is short at the counter and at home', () => {
    expect(codes(optionFor(situation, 'registry', 'counter').steps)).toEqual([
      'counter-ask',
      'counter-new-pin',
    ]);
    expect(codes(optionFor(situation, 'auth', 'change').steps)).toEqual(['change']);
  });

  it.each([
    ['2026-11-26T13:59:00Z', 'today until 23:00', '今日 23:00 まで'],
    ['2026-11-26T14:00:00Z', 'tomorrow from 6:30', '明日 6:30 から'],
    ['2026-11-26T21:29:00Z', 'today from 6:30', '今日 6:30 から'],
    ['2026-11-26T21:30:00Z', 'today until 23:00', '今日 23:00 まで'],
  ])('is answered in one sentence at %s', (at, en, ja) => {
    const { answer } = optionFor({ ...situation, at: new Date(at) }, 'sign', 'kiosk');
    expect(answer.en).toMatch(new RegExp(`^At a store, ${en}: .*your phone.*\\(4 digits\\)`));
    expect(answer.ja).toMatch(new RegExp(`^コンビニなどで、${ja}.*スマートフォン.*数字 4 桁`));
  });

  it('names its page, and the source of every fact that was read somewhere', () => {
    for (const option of recoveryOptions(situation)) {
      expect(option.page.address).toBe('https://www.jpki.go.jp/');
      const items = [...option.steps, ...option.needs, ...option.notes];
      for (const { code, sources } of items) {
        const isRead =
          /^(app-|kiosk-(menu|card|new)|counter-|photo-id|free|proxy|not-every|phone|reservation$)/;
        if (isRead.test(code)) expect(sources.length, code).toBeGreaterThan(0);
        for (const { name, published } of sources) {
          expect(name).not.toBe('');
          if (published !== undefined) expect(published).toMatch(/^20\d\d-[01]\d$/);
        }
      }
    }
  });
});

describe('cards that are a case of their own', () => {
  it('may be one without PINs, when there is no signature certificate and the authentication PIN is locked', () => {
    const pins = { auth: { counter: LOCKED }, sign: { counter: LOCKED } };
    const counter = optionFor({ pins, certificates: { sign: 'absent' } }, 'auth', 'counter');
    expect(counter.notes[0]?.code).toBe('maybe-face-authentication-card');
    expect(counter.notes[0]?.text.en).toContain('「顔認証」');
    for (const certificates of [{ sign: 'valid' }, {}] as const)
      expect(codes(optionFor({ pins, certificates }, 'auth', 'counter').notes)).not.toContain(
        'maybe-face-authentication-card',
      );
  });

  it('is a phone, for which neither kiosk nor counter is named', () => {
    const pins = { auth: { counter: LOCKED }, sign: { holder: 'forgotten' } } as const;
    const options = recoveryOptions({ pins, device: 'phone' });
    expect(options.map(({ pin, way }) => [pin, way])).toEqual([
      ['sign', 'phone'],
      ['auth', 'phone'],
    ]);
    for (const { notes, answer, when } of options) {
      expect(codes(notes)).toEqual(['phone-pin']);
      expect(answer.ja).toContain('マイナポータルアプリ');
      expect(when.openNow).toBeUndefined();
    }
    expect(recoveryOptions({ pins, device: 'card' }).map(({ way }) => way)).not.toContain('phone');
  });

  it('has a certificate that ends within three months: the kiosk is open, and the holder is told', () => {
    const pins = { sign: { counter: LOCKED }, auth: { holder: 'known' } } as const;
    const { notes } = optionFor({ pins, certificates: { sign: 'expiring', auth: 'valid' } }, 'sign', 'kiosk');
    expect(codes(notes)).toContain('certificate-expiring');
    const known = { pins: { sign: { holder: 'known' } }, certificates: { sign: 'expiring' } } as const;
    expect(codes(optionFor(known, 'sign', 'change').notes)).toEqual(['certificate-expiring']);
  });

  it('has no signature certificate for one of three reasons', () => {
    const child = { pins: { auth: { holder: 'forgotten' } }, certificates: { sign: 'absent' } } as const;
    const note = optionFor(child, 'auth', 'counter').notes.find(
      ({ code }) => code === 'kiosk-certificate-absent',
    );
    for (const reason of ['under fifteen', '成年被後見人', '「顔認証」'])
      expect(note?.text.en).toContain(reason);
  });
});

describe('what the holder says, where the card says the contrary', () => {
  it('is told to a holder who is sure of a PIN that is locked', () => {
    const { notes } = optionFor({ pins: { auth: { holder: 'known', counter: LOCKED } } }, 'auth', 'counter');
    expect(codes(notes)).toContain('card-says-locked');
  });

  it('is nothing to tell where both agree, or where only one has spoken', () => {
    for (const pin of [
      { holder: 'locked', counter: LOCKED },
      { counter: LOCKED },
      { holder: 'locked' },
    ] as const)
      for (const { notes } of recoveryOptions({ pins: { auth: pin } }))
        expect(codes(notes).filter((code) => code.startsWith('card-says'))).toEqual([]);
  });
});

describe('tries that are left', () => {
  it('advises against guessing a forgotten PIN, with the number the card gave', () => {
    const situation = {
      pins: { auth: { holder: 'forgotten', counter: { triesLeft: 2, locked: false } } },
    } as const;
    for (const option of recoveryOptions(situation)) {
      expect(option.way).not.toBe('change');
      const note = option.notes.find(({ code }) => code === 'do-not-guess');
      expect(note?.text.en).toContain('tries left: 2');
      expect(note?.text.ja).toContain('残り 2 回');
    }
  });

  it('gives no number when the counter was not read', () => {
    const { notes } = optionFor({ pins: { auth: { holder: 'forgotten' } } }, 'auth', 'counter');
    expect(notes[0]?.text.ja).not.toMatch(/残り/);
  });

  it('warns the holder of a known PIN of the last try, and only of the last', () => {
    const at = (triesLeft: number) =>
      codes(
        optionFor(
          { pins: { auth: { holder: 'known', counter: { triesLeft, locked: false } } } },
          'auth',
          'change',
        ).notes,
      );
    expect(at(1)).toEqual(['last-try']);
    expect(at(2)).toEqual([]);
  });
});

/** What stands on a screen, a card or a form: said in English too, so that it can be found there. */
const PROPER_NAMES =
  /JPKI暗証番号リセット|JPKI利用者ソフト|マイナポータルアプリ|(署名|利用者証明)用パスワード|「行政サービス」|「コンビニでキオスク端末を使う」|「顔認証」|顔認証マイナンバーカード|成年被後見人|暗証番号の再設定・初期化/g;

describe('every option', () => {
  const everything = [
    {},
    { holder: 'forgotten' },
    { holder: 'known', counter: { triesLeft: 1, locked: false } },
    { counter: LOCKED },
  ] as const;
  const all = everything.flatMap((sign) =>
    everything.flatMap((auth) =>
      ([undefined, { sign: 'expired' }, { auth: 'absent' }, VALID] as const).flatMap((certificates) =>
        recoveryOptions({ pins: { sign, auth, registry: auth, 'input-support': sign }, certificates }),
      ),
    ),
  );

  it('carries the month its facts were checked and where to confirm them', () => {
    for (const option of all) {
      expect(option.checked).toBe('2026-11');
      expect(option.confirm.en).toContain('2026-11');
      expect(option.confirm.ja).toContain('2026 年 11 月');
      if (option.way === 'kiosk') {
        expect(option.confirm.en).toMatch(/www\.jpki\.go\.jp.*「コンビニでキオスク端末を使う」/);
        expect(option.confirm.ja).toMatch(/www\.jpki\.go\.jp.*「コンビニでキオスク端末を使う」/);
      }
    }
  });

  it('says each thing in both languages, with nothing left out', () => {
    for (const option of all) {
      const items = [...option.steps, ...option.needs, ...option.conditions, ...option.notes].map(
        ({ text }) => text,
      );
      for (const text of [
        option.title,
        option.answer,
        option.where,
        option.when.hours,
        option.when.now,
        option.confirm,
        ...items,
      ]) {
        expect(text.ja).toMatch(/[ぁ-んァ-ヶ一-龠]/);
        expect(text.en).toMatch(/^[A-Z]/);
        expect(text.en.replace(PROPER_NAMES, '')).toMatch(/^[\x20-\x7e]+$/);
        expect(text.en + text.ja).not.toMatch(/undefined|null|NaN|\[object|\$\{/);
      }
    }
  });

  it('says nothing twice', () => {
    for (const option of all) {
      const said = [...option.needs, ...option.conditions, ...option.notes].map(({ text }) => text.ja);
      expect(new Set(said).size).toBe(said.length);
    }
  });
});

describe('HOLDER_PINS', () => {
  it('names the PINs of the other applications as the counters of those do', () => {
    for (const application of ['registry', 'input-support'] as const) {
      const set = OTHER_PINS[application].filter(({ setByHolder }) => setByHolder);
      expect(set.map(({ name }) => name)).toEqual([HOLDER_PINS[application].name]);
    }
  });

  it('describes the form of the JPKI PINs as their rules do', () => {
    const { auth, sign } = PIN_RULES;
    expect(HOLDER_PINS.auth.form.en).toBe(`${auth.maxLength} digits`);
    expect(HOLDER_PINS.auth.form.ja).toContain(`数字 ${auth.maxLength} 桁`);
    expect(HOLDER_PINS.sign.form.en).toContain(
      `${sign.minLength} to ${sign.maxLength} upper-case letters and digits`,
    );
    expect(HOLDER_PINS.sign.form.ja).toContain(`${sign.minLength}～${sign.maxLength} 文字`);
  });
});

describe('one try left', () => {
  const left = (triesLeft: number) => ({ triesLeft, locked: false });

  it.each([
    ['sign', 'auth'],
    ['auth', 'sign'],
  ] as const)('of the PIN that the kiosk asks for is told where %s is to be reset', (lost, asked) => {
    const kiosk = (triesLeft: number) =>
      recoveryOptions({
        pins: {
          [lost]: { holder: 'locked', counter: { triesLeft: 0, locked: true } },
          [asked]: { holder: 'known', counter: left(triesLeft) },
        },
      }).find(({ pin, way }) => pin === lost && way === 'kiosk');
    expect(kiosk(1)?.notes[0]?.code).toBe('other-pin-last-try');
    expect(kiosk(1)?.notes[0]?.text.en).toContain(HOLDER_PINS[asked].name.en);
    expect(kiosk(2)?.notes.map(({ code }) => code)).not.toContain('other-pin-last-try');
  });

  it.each(['locked', 'forgotten', undefined] as const)(
    'is never the first thing to spend: the holder says %s',
    (holder) => {
      const ways = (triesLeft: number) =>
        recoveryOptions({
          pins: { auth: { holder, counter: left(triesLeft) }, sign: { holder: 'known', counter: left(5) } },
        })
          .filter(({ pin }) => pin === 'auth')
          .map(({ way }) => way);
      expect(ways(1)[0]).toBe('kiosk');
      if (holder !== 'forgotten') {
        expect(ways(1).at(-1)).toBe('change');
        expect(ways(2)[0]).toBe('change');
      }
    },
  );
});

describe('the end of the card itself', () => {
  const cardExpiry = { year: 2036, month: 4, day: 15 };
  const situation = {
    pins: { sign: { holder: 'forgotten' }, auth: { holder: 'known' } },
    cardExpiry,
  } as const;
  const at = (time: string, more: Partial<RecoverySituation> = {}) =>
    recoveryOptions({ ...situation, ...more, at: new Date(time) });
  const notes = (options: RecoveryOption[]) =>
    new Set(options.flatMap(({ notes: list }) => list.map(({ code }) => code)));

  it.each([
    // Fifteen hours of UTC are the end of a day in Japan.
    ['2036-01-15T14:59:58Z', undefined],
    ['2036-01-15T14:59:59.999Z', 'card-expiring'],
    ['2036-04-15T14:59:59Z', 'card-expiring'],
    ['2036-04-15T15:00:00Z', 'card-expired'],
  ])('is told at %s as %s', (time, code) => {
    const found = notes(at(time));
    expect([...found].filter((name) => name.startsWith('card-e'))).toEqual(code === undefined ? [] : [code]);
  });

  it('leaves the counter alone once it has come, and says so in both languages', () => {
    const options = at('2036-04-15T15:00:00Z');
    expect(new Set(options.map(({ way }) => way))).toEqual(new Set(['counter']));
    const [note] = options[0]?.notes ?? [];
    expect(note?.text.en).toContain('2036-04-15');
    expect(note?.text.ja).toContain('2036 年 4 月 15 日');
    expect(new Set(at('2036-04-15T14:59:59Z').map(({ way }) => way))).toContain('kiosk');
  });

  it('is no matter of a phone', () => {
    expect(notes(at('2040-01-01T00:00:00Z', { device: 'phone' }))).not.toContain('card-expired');
  });
});
