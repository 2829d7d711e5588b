import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { VirtualCardState } from '../../src/virtual/index.js';
import { PUBLISHED_NUMBER } from '../card-text/support.js';
import { findSecret } from '../support/canary.js';
import { issuedState, send, virtualCard } from '../support/virtual.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const CARD = () => ['--virtual', file('card.json')];
const NUMBER = '999999999999';
const stateOf = () => JSON.parse(readFileSync(file('card.json'), 'utf8'));
const triesOf = (application: string, id: string): number =>
  stateOf().applications[application][id].triesLeft;

/** The tests' card with another file of text. */
async function stateWith(id: string, content: Buffer): Promise<VirtualCardState> {
  const state = await issuedState();
  const found = state.applications['input-support']?.[id];
  if (found?.kind !== 'binary') throw new Error(id);
  found.content = content.toString('base64');
  return state;
}

beforeEach(async () => {
  await writeCard(file('card.json'));
});

describe('jpki text show', () => {
  const show = (...more: string[]) =>
    jpki(['text', 'show', '--pin-file', '-', ...CARD(), ...more], { input: '1234\n' });

  it('gives name, address, birth date and sex as JSON, and nothing of the number', async () => {
    const { status, stdout } = await show('--json');
    expect(status).toBe(0);
    const { proof, ...text } = JSON.parse(stdout);
    expect(text).toEqual({
      name: '仮想　見本子',
      address: '架空県見本市例示町一丁目２番３号',
      birthDate: { iso: '2001-04-15', year: 2001, month: 4, day: 15 },
      sex: 'female',
      virtual: true,
    });
    expect(proof).toMatchObject({
      matches: true,
      issuer: { keyNumber: '9000033', source: 'given' },
      findings: [],
    });
  });

  it.each<[string, (state: VirtualCardState) => void, string]>([
    [
      'a changed name',
      ({ applications }) => {
        const attributes = applications['input-support']?.['0002'];
        if (attributes?.kind !== 'binary') throw new Error('no attributes');
        const content = Buffer.from(attributes.content, 'base64').toString('latin1');
        const [from, to] = ['見本子', '贋本子'].map((name) => Buffer.from(name).toString('latin1'));
        const changed = content.replace(from ?? '', to ?? '');
        attributes.content = Buffer.from(changed, 'latin1').toString('base64');
      },
      'ATTRIBUTES_DIFFER',
    ],
    [
      'the key of another card',
      (state) => {
        const { keyId = '' } = state.textIssuer ?? {};
        Object.assign(state, {
          textIssuer: { keyId, modulus: Buffer.alloc(256, 0xa5).toString('base64') },
        });
      },
      'CERTIFICATE_SIGNATURE',
    ],
    ['no key', (state) => Reflect.deleteProperty(state, 'textIssuer'), 'ISSUER_UNKNOWN'],
  ])('does not confirm the text of a virtual card with %s', async (_what, change, code) => {
    const state = await issuedState();
    change(state);
    await writeCard(file('card.json'), {}, state);
    const { proof, virtual } = JSON.parse((await show('--json')).stdout);
    expect([virtual, proof.matches]).toEqual([true, false]);
    expect(proof.findings.map((finding: { code: string }) => finding.code)).toEqual([code]);
    const { stdout } = await show('--lang', 'en');
    expect(stdout).toContain('could not be confirmed');
    expect(stdout).not.toMatch(/itself signed|published/);
  });

  it.each([
    ['en', 'virtual card itself signed: worth nothing outside a test', /published|peer/],
    ['ja', '仮想カード自身が署名したものと一致します（テスト以外では無効）', /公表/],
  ])('says of the proof of a virtual card what it is worth, in %s', async (language, words, notSaid) => {
    const { stdout } = await show('--lang', language);
    expect(stdout).toContain(words);
    expect(stdout).not.toMatch(notSaid);
    const { proof } = JSON.parse((await show('--json', '--lang', language)).stdout);
    expect(stdout).toContain(proof.basis);
  });

  it('shows the number masked, where that is asked for, with a word about the law', async () => {
    const plain = await show('--lang', 'en');
    expect(plain.stdout).not.toMatch(/9999|Number Act/);
    const { stdout } = await show('--my-number', '--lang', 'en');
    expect(stdout).toMatch(/\*{8}9999/);
    expect(stdout).toContain('Number Act (番号法)');
    expect(stdout).not.toContain(NUMBER);
    expect((await show('--my-number', '--lang', 'ja')).stdout).toContain('番号法');
  });

  it('has the number in JSON by its own option alone', async () => {
    for (const more of [['--json', '--my-number'], ['--my-number-in-json']]) {
      const { status, stdout } = await show(...more);
      expect([status, stdout]).toEqual([2, '']);
    }
    const { stdout } = await show('--json', '--my-number-in-json');
    expect(JSON.parse(stdout).myNumber).toEqual({ digits: NUMBER, hasCheckDigit: false });
  });

  it('does not read the number where it is not asked for, and traces nothing of the text', async () => {
    const { stderr } = await show('--debug');
    expect(stderr).toContain('00b08200');
    expect(stderr).not.toMatch(/00b08100|a4020c.* 0001/);
    const more = await show('--debug', '--json', '--my-number-in-json');
    // Last of all reads: no other can fail while the number waits to be wiped.
    expect(more.stderr.match(/00b0[0-9a-f]{4}/g)?.at(-1)).toBe('00b08100');
    for (const secret of ['仮想', '見本', '架空県', NUMBER, '20010415'])
      expect(findSecret(more.stderr, secret)).toEqual([]);
  });

  it('still shows text whose proof cannot be read, and says so', async () => {
    const state = await issuedState();
    await writeCard(file('card.json'), {}, { ...state, quirks: { absentFiles: ['input-support/0003'] } });
    const { status, stdout } = await show('--lang', 'en');
    expect(status).toBe(0);
    expect(stdout).toContain('The card gave no proof');
  });

  it('shows a text whose proof makes no sense, as one without', async () => {
    await writeCard(file('card.json'), {}, await stateWith('0003', Buffer.from('ff3003df3100', 'hex')));
    const { status, stdout } = await show('--lang', 'en');
    expect(status).toBe(0);
    expect(stdout).toContain('The card gave no proof');
  });

  it('says of a number that nobody has it only where its check digit is wrong', async () => {
    expect((await show('--my-number', '--lang', 'en')).stdout).toContain("nobody's number");
    await writeCard(file('card.json'), {}, await stateWith('0001', PUBLISHED_NUMBER));
    const { stdout } = await show('--my-number', '--lang', 'en');
    expect(stdout).toContain('********7188');
    expect(stdout).not.toContain("nobody's number");
    expect(stdout).toContain('The Individual Number is not what was signed.');
  });

  it('says what a phone lacks', async () => {
    const state = await issuedState();
    await writeCard(file('card.json'), {}, { ...state, quirks: { absentApplications: ['input-support'] } });
    const { status, stderr } = await show('--json', '--lang', 'en');
    expect(status).toBe(1);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('jpki pin text and registry', () => {
  const pin = (args: readonly string[], input: string) =>
    jpki(['pin', ...args, '--pin-file', '-', '--json', '--lang', 'en', ...CARD()], { input });

  it.each([
    ['text', 'input-support', '0011'],
    ['registry', 'registry', '001c'],
  ])('verify %s: right, wrong, in the wrong form', async (word, role, id) => {
    expect(JSON.parse((await pin(['verify', word], '1234')).stdout)).toEqual({ pin: role, verified: true });
    const wrong = await pin(['verify', word], '0000');
    expect(wrong.status).toBe(4);
    expect(JSON.parse(wrong.stderr).error).toMatchObject({ code: 'PIN_INCORRECT', role, triesLeft: 2 });
    expect(triesOf(role, id)).toBe(2);
    expect((await pin(['verify', word], 'VIRTUAL1')).status).toBe(4);
    expect(triesOf(role, id)).toBe(2);
    expect((await pin(['verify', word], '0000')).status).toBe(4);
    const last = await pin(['verify', word], '0000');
    expect([last.status, JSON.parse(last.stderr).error.code]).toEqual([5, 'PIN_LAST_TRY']);
    expect(triesOf(role, id)).toBe(1);
  });

  it('change text changes the card input PIN', async () => {
    expect((await pin(['change', 'text'], '1234\n9753\n')).status).toBe(0);
    expect((await pin(['verify', 'text'], '9753')).status).toBe(0);
    expect((await pin(['verify', 'auth'], '1234')).status).toBe(0);
  });

  it('change registry changes both places, and --only one of them', async () => {
    expect((await pin(['change', 'registry'], '1234\n9753\n')).status).toBe(0);
    for (const place of ['registry', 'common'])
      expect((await pin(['verify', 'registry', '--only', place], '9753')).status).toBe(0);
    expect((await pin(['change', 'registry', '--only', 'common'], '9753\n8642\n')).status).toBe(0);
    expect((await pin(['verify', 'registry', '--only', 'registry'], '9753')).status).toBe(0);
    const differs = await pin(['change', 'registry'], '9753\n1357\n');
    expect(differs.status).toBe(4);
    expect(JSON.parse(differs.stderr.slice(differs.stderr.indexOf('{'))).error.message).toContain(
      'common application (共通カードAP)',
    );
    expect(triesOf('common', '001c')).toBe(2);
  });

  it.each([
    [['verify', 'auth', '--only', 'common']],
    [['change', 'text', '--only', 'registry']],
    [['verify', 'registry', '--only', 'jpki']],
    [['verify', 'face']],
    [['verify', 'input-support']],
    [['verify', 'toString']],
  ])('%o is wrong usage, and nothing is sent', async (args) => {
    const before = readFileSync(file('card.json'), 'utf8');
    const { status, stderr } = await pin(args, '1234');
    expect([status, JSON.parse(stderr).error.code]).toEqual([2, 'USAGE']);
    expect(readFileSync(file('card.json'), 'utf8')).toBe(before);
  });

  it('a locked one is told with the counter as the only way', async () => {
    const card = await virtualCard();
    send(card, '00 A4 04 0C 0A D3921000310001010408', '00 A4 02 0C 02 0011');
    for (const _time of [1, 2, 3]) send(card, '00 20 00 80 04 30303030');
    writeFileSync(file('card.json'), JSON.stringify(card));
    const { status, stderr } = await pin(['verify', 'text'], '1234');
    const { code, message, remedy } = JSON.parse(stderr).error;
    expect([status, code]).toEqual([5, 'PIN_LOCKED']);
    expect(message).toMatch(/^(The )?[Cc]ard input/);
    expect(remedy).toMatch(/municipal counter|jpki recover/);
    expect(remedy).not.toMatch(/kiosk in a convenience/);
  });
});
