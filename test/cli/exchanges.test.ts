/** What each command costs a card that carries everything, counted in the trace: an exchange takes a contactless card 40 ms. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { saved } from '../support/issued.js';
import { issuedState } from '../support/virtual.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();

beforeAll(async () => {
  await writeCard(file('card.json'));
  writeFileSync(file('auth'), VIRTUAL_PINS.auth, { mode: 0o600 });
  writeFileSync(file('sign'), VIRTUAL_PINS.sign, { mode: 0o600 });
  writeFileSync(file('change'), `${VIRTUAL_PINS.auth}\n8642\n`, { mode: 0o600 });
  writeFileSync(file('contract.txt'), 'contract');
});

async function exchangesOf(args: readonly string[], card = 'card.json'): Promise<number> {
  const { status, stderr } = await jpki([...args, '--debug', '--virtual', file(card)]);
  expect(status, stderr).toBe(0);
  return stderr.split('\n').filter((line) => line.includes('jpki:apdu >')).length;
}

describe('a command on a card that carries everything', () => {
  const pin = (name: string) => ['--pin-file', file(name)];

  // SELECT; availability where a PIN is asked for next; what needs no PIN; counter, VERIFY; what needs it.
  it.each<[number, string, () => readonly string[]]>([
    [5, 'status', () => ['status']],
    [7, 'status --json', () => ['status', '--json']],
    [13, 'recover', () => ['recover', '--sign', 'forgotten']],
    // The record of the common application, which is selected already: SELECT of its file, READ RECORD.
    [16, 'status --all-pins', () => ['status', '--all-pins']],
    [2, 'cert export auth', () => ['cert', 'export', 'auth']],
    [2, 'ssh-key', () => ['ssh-key']],
    [6, 'cert export sign', () => ['cert', 'export', 'sign', ...pin('sign')]],
    [6, 'cert show sign', () => ['cert', 'show', 'sign', ...pin('sign')]],
    [3, 'pin verify auth', () => ['pin', 'verify', 'auth', ...pin('auth')]],
    [3, 'pin verify sign', () => ['pin', 'verify', 'sign', ...pin('sign')]],
    // The JPKI application first, by which the card is found.
    [4, 'pin verify text', () => ['pin', 'verify', 'text', ...pin('auth')]],
    // Counters of both, then SELECT, counter and PIN; the one whose counter was read last is still selected.
    [9, 'pin verify registry', () => ['pin', 'verify', 'registry', ...pin('auth')]],
    [
      4,
      'pin verify registry --only',
      () => ['pin', 'verify', 'registry', '--only', 'common', ...pin('auth')],
    ],
    // Attributes, proof in pieces of 256 bytes (two), certificate in three.
    [10, 'text show', () => ['text', 'show', ...pin('auth')]],
    [11, 'text show --my-number', () => ['text', 'show', '--my-number', ...pin('auth')]],
    [7, 'sign', () => ['sign', file('contract.txt'), ...pin('sign')]],
    [6, 'login-token', () => ['login-token', '--audience', 'a', '--nonce', 'n', ...pin('auth')]],
  ])('sends %i commands: %s', async (expected, _name, args) => {
    expect(await exchangesOf(args())).toBe(expected);
  });

  it.each([
    [4, 'auth'],
    [5, 'text'],
    // Counter and PIN of both places, then CHANGE KEY in both.
    [14, 'registry'],
  ])('sends %i commands: pin change %s', async (expected, which) => {
    await writeCard(file('changed.json'));
    expect(await exchangesOf(['pin', 'change', which, ...pin('change')], 'changed.json')).toBe(expected);
  });

  it('reads when the card ends where the certificate does not say that there is time', async () => {
    const { authority } = saved();
    const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2025-04-15T14:59:59Z') };
    const expired = await VirtualCard.issue({ authority, ...past, cardExpiry: '20250415' });
    await writeCard(file('expired.json'), {}, expired.toJSON());
    expect(await exchangesOf(['status'], 'expired.json')).toBe(8);
    expect(await exchangesOf(['recover', '--sign', 'forgotten'], 'expired.json')).toBe(15);
  });
});

describe('a command', () => {
  // What version 0.1.0 sent to the same cards, counted in its trace. The certificates have six pieces of 256 bytes.
  it.each<[string, Partial<VirtualCardQuirks>, Readonly<Record<string, number>>]>([
    [
      'without extended length',
      { extendedLength: false },
      { status: 17, export: 12, verify: 4, sign: 18, login: 17 },
    ],
    [
      'without short identifiers',
      { shortIds: 0x6a86 },
      { status: 14, export: 18, verify: 8, sign: 26, login: 25 },
    ],
    [
      'without both',
      { shortIds: 0x6a86, extendedLength: false },
      { status: 24, export: 18, verify: 8, sign: 26, login: 25 },
    ],
  ])('costs a card %s no more than it did', async (_what, quirks, before) => {
    const commands: Readonly<Record<string, readonly string[]>> = {
      status: ['status'],
      export: ['cert', 'export', 'sign', '--pin-file', file('sign')],
      verify: ['pin', 'verify', 'auth', '--pin-file', file('auth')],
      sign: ['sign', file('contract.txt'), '--force', '--pin-file', file('sign')],
      login: ['login-token', '--audience', 'a', '--nonce', 'n', '--pin-file', file('auth')],
    };
    await writeCard(file('odd.json'), {}, { ...(await issuedState()), quirks });
    for (const [name, most] of Object.entries(before)) {
      expect(await exchangesOf(commands[name] ?? [], 'odd.json'), name).toBeLessThanOrEqual(most);
    }
  });

  it.each([
    ['cert export sign', 'sign', ['cert', 'export', 'sign']],
    ['cert show sign', 'sign', ['cert', 'show', 'sign']],
    ['sign', 'sign', ['sign', 'contract.txt', '--force']],
    ['login-token', 'auth', ['login-token', '--audience', 'a', '--nonce', 'n']],
  ])(
    'goes on without extended-length reads where one resets the card before the PIN: %s',
    async (_name, pin, args) => {
      await writeCard(
        file('odd.json'),
        {},
        { ...(await issuedState()), quirks: { extendedLength: 'resets' } },
      );
      const words = args.map((word) => (word === 'contract.txt' ? file(word) : word));
      expect(await exchangesOf([...words, '--pin-file', file(pin)], 'odd.json')).toBeGreaterThan(10);
      const { applications } = JSON.parse(readFileSync(file('odd.json'), 'utf8'));
      expect([applications.jpki['0018'].triesLeft, applications.jpki['001b'].triesLeft]).toEqual([3, 5]);
    },
  );
});
