import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const SIGN = '001b';

const CARD = () => ['--virtual', file('card.json')];
const json = (text: string) => JSON.parse(text);
const triesLeft = (pin: string): number =>
  json(readFileSync(file('card.json'), 'utf8')).applications.jpki[pin].triesLeft;

/** A PIN file that only its owner reads. */
function pinFile(content: string, mode = 0o600): string {
  const path = file(`pin-${content.length}-${mode}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

beforeEach(async () => {
  await writeCard(file('card.json'));
});

describe('jpki pin', () => {
  const verify = (input: string, ...more: string[]) =>
    jpki(['pin', 'verify', 'auth', '--pin-file', '-', '--json', ...CARD(), ...more], { input });

  it.each(['1234', '1234\n', '1234\r\n', '\ufeff1234\n', '１２３４\n', ' 1234 \n'])(
    'verifies a PIN file of %j',
    async (input) => {
      expect(await verify(input)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('"verified": true'),
      });
    },
  );

  it('says when it changed what the file holds', async () => {
    const { stderr } = await verify('１２３４\n');
    expect(stderr).toBe(
      'Note: what was entered was turned into the form the card knows (half-width, capital letters, no spaces).\n',
    );
    expect((await verify('1234\n')).stderr).toBe('');
  });

  it('counts down, keeps the last try, spends it only when allowed, and then it is locked', async () => {
    const tell = async (...more: string[]) => {
      const { status, stderr } = await verify('9999', ...more);
      const { code, triesLeft: left, role } = json(stderr).error;
      return [status, code, left, role, triesLeft(AUTH)];
    };
    expect(await tell()).toEqual([4, 'PIN_INCORRECT', 2, 'auth', 2]);
    expect(await tell()).toEqual([4, 'PIN_INCORRECT', 1, 'auth', 1]);
    expect(await tell()).toEqual([5, 'PIN_LAST_TRY', 1, 'auth', 1]);
    expect(await tell('--allow-last-try')).toEqual([5, 'PIN_INCORRECT', 0, 'auth', 0]);
    expect(await tell('--allow-last-try')).toEqual([5, 'PIN_LOCKED', 0, 'auth', 0]);
  });

  it.each(['', '\n', '123', 'abcd', '12345', '1234\n5678', '1234\n\n'])(
    'sends nothing for a PIN file of %j',
    async (input) => {
      const { status, stdout, stderr } = await verify(input);
      expect([1, 4]).toContain(status);
      expect(stdout).toBe('');
      expect(['PIN_FORMAT', 'FILE']).toContain(json(stderr).error.code);
      expect(triesLeft(AUTH)).toBe(3);
    },
  );

  it('reads no more of a PIN file than a PIN can take', async () => {
    const { status, stderr } = await verify('1'.repeat(5000));
    expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'FILE' });
    const endless = await jpki(['pin', 'verify', 'auth', '--pin-file', '/dev/zero', '--json', ...CARD()]);
    expect(json(endless.stderr).error.code).toBe('FILE');
  });

  it('stops waiting for a PIN file when it is interrupted', async () => {
    const args = ['pin', 'verify', 'auth', '--pin-file', '-', '--json', ...CARD()];
    const { status, stderr } = await jpki(args, { input: '12', signal: AbortSignal.timeout(10) });
    expect({ status, code: json(stderr).error.code }).toEqual({ status: 130, code: 'ABORTED' });
    expect(triesLeft(AUTH)).toBe(3);
  });

  it('warns of a PIN file that others can read, and uses it', async () => {
    const args = (path: string) => ['pin', 'verify', 'auth', '--pin-file', path, ...CARD()];
    expect((await jpki(args(pinFile('1234\n', 0o644)))).stderr).toMatch(
      /^Warning: others .* "chmod 600" it\.\n$/,
    );
    expect(await jpki(args(pinFile('1234\n', 0o600)))).toMatchObject({ status: 0, stderr: '' });
  });

  it('never says the path of a PIN file back', async () => {
    const { status, stderr } = await jpki(['pin', 'verify', 'auth', '--pin-file', file('8642'), ...CARD()]);
    expect(status).toBe(1);
    expect(stderr).not.toContain('8642');
  });

  it('asks on a terminal only: between pipes it says how to give the PIN', async () => {
    for (const args of [
      ['pin', 'verify', 'auth'],
      ['pin', 'change', 'auth'],
      ['cert', 'show', 'sign'],
    ]) {
      const { status, stderr } = await jpki([...args, ...CARD()], { input: '1234\n' });
      expect(status).toBe(2);
      expect(stderr).toContain('--pin-file');
    }
    expect(triesLeft(AUTH)).toBe(3);
  });

  it('changes a PIN from two lines, or from two files', async () => {
    const change = (...more: string[]) => jpki(['pin', 'change', 'sign', ...CARD(), ...more]);
    expect((await change('--pin-file', pinFile('VIRTUAL1\nNEWPIN77\n'))).status).toBe(0);
    expect(
      (await change('--pin-file', pinFile('NEWPIN77'), '--new-pin-file', pinFile('OTHER888\n'))).status,
    ).toBe(0);
    const check = (pin: string) =>
      jpki(['pin', 'verify', 'sign', '--pin-file', '-', ...CARD()], { input: pin });
    expect((await check('OTHER888')).status).toBe(0);
    expect((await check('NEWPIN77')).status).toBe(4);
  });

  it.each([
    ['VIRTUAL1\nLETTERS\n', 'PIN_FORMAT', 4],
    ['VIRTUAL1\nVIRTUAL1\n', 'PIN_FORMAT', 4],
    ['VIRTUAL1\n', 'FILE', 1],
    ['VIRTUAL1\nNEWPIN77\nNEWPIN77\n', 'FILE', 1],
  ])('changes nothing, and sends nothing, for %j', async (input, code, exit) => {
    const args = ['pin', 'change', 'sign', '--pin-file', '-', '--json', ...CARD()];
    const { status, stderr } = await jpki(args, { input });
    expect({ status, code: json(stderr).error.code }).toEqual({ status: exit, code });
    expect(triesLeft(SIGN)).toBe(5);
  });

  it.each([
    [['--new-pin-file', '-'], 'needs --pin-file'],
    [['--pin-file', '-', '--new-pin-file', '-'], 'only one of the two'],
  ])('refuses %j as a usage error', async (more, message) => {
    const { status, stderr } = await jpki(['pin', 'change', 'auth', ...more, ...CARD()], {
      input: '1234\n5678',
    });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});
