import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { pinAdvice } from '../../src/jpki/pin-advice.js';
import { findSecret } from '../support/canary.js';
import { issuedState } from '../support/virtual.js';
import {
  type Finished,
  jpki,
  jpkiProcess,
  noTerminal,
  Terminal,
  temporaryFolder,
  writeCard,
} from './support.js';

const file = temporaryFolder();
const card = file('card.json');
/** Everything that the runs have shown or written. */
const seen: string[] = [];
const pins = { auth: '', newAuth: '', sign: '', newSign: '', wrong: '' };

const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const randomSign = (): string =>
  `K7${Array.from({ length: 10 }, () => letters[randomInt(letters.length)]).join('')}`;

/** Four digits that stand nowhere by chance, in no spelling: else a find would prove nothing. */
function randomAuth(background: string, taken: readonly string[]): string {
  for (;;) {
    const pin = String(randomInt(10_000)).padStart(4, '0');
    // One that is easy to guess would bring one more question.
    if (pinAdvice('auth', pin).length > 0 || taken.includes(pin)) continue;
    if (findSecret(background, pin).length === 0) return pin;
  }
}

beforeAll(async () => {
  await writeCard(card);
  const background = [JSON.stringify(await issuedState())];
  const known = async (input: string, ...args: readonly string[]): Promise<void> => {
    const words = [...args, '--debug', '--virtual', card];
    const { stdout, stderr } = await jpkiProcess(words, { input, env: { DEBUG: '*' } });
    background.push(stdout, stderr);
  };
  // Status words, line numbers of stacks, lengths: whatever four digits are there anyway.
  await known('', 'status', '--all-pins', '--json');
  await known('0000', 'pin', 'verify', 'auth', '--pin-file', '-');
  await known('VIRTUAL1', 'cert', 'show', 'sign', '--json', '--pin-file', '-');
  const text = background.join('\n');
  pins.auth = randomAuth(text, []);
  pins.newAuth = randomAuth(text, [pins.auth]);
  pins.wrong = randomAuth(text, [pins.auth, pins.newAuth]);
  pins.sign = randomSign();
  pins.newSign = randomSign();
  const change = async (role: string, from: string, to: string) => {
    await jpki(['pin', 'change', role, '--pin-file', '-', '--virtual', card], { input: `${from}\n${to}` });
  };
  await change('auth', '1234', pins.auth);
  await change('sign', 'VIRTUAL1', pins.sign);
});

function keep({ stdout, stderr }: Finished): void {
  seen.push(stdout, stderr, readFileSync(card, 'utf8'));
}

describe('a PIN, with every trace on,', () => {
  it('is in nothing that any command prints or writes', async () => {
    writeFileSync(file('document'), 'a document');
    const run = async (input: string, ...args: readonly string[]): Promise<number | null> => {
      const words = [...args, '--pin-file', '-', '--debug', '--virtual', card];
      const result = await jpki(words, { input });
      keep(result);
      expect(result.stderr).toContain('jpki:apdu');
      return result.status;
    };
    const alone = ['pin', 'verify', 'sign', '--pin-file', '-', '--debug', '--virtual', card];
    keep(await jpkiProcess(alone, { input: pins.sign, env: { DEBUG: '*' } }));
    expect(await run(pins.wrong, 'pin', 'verify', 'auth')).toBe(4);
    expect(await run(pins.auth, 'pin', 'verify', 'auth', '--json')).toBe(0);
    expect(await run(`${pins.auth}\n${pins.newAuth}`, 'pin', 'change', 'auth')).toBe(0);
    expect(await run(`${pins.sign}\n${pins.newSign}`, 'pin', 'change', 'sign', '--json')).toBe(0);
    expect(await run(`${pins.newSign} x`, 'pin', 'verify', 'sign', '--json')).toBe(4);
    expect(await run(pins.newSign, 'sign', file('document'))).toBe(0);
    expect(await run(pins.newSign, 'cert', 'show', 'sign')).toBe(0);
    const login = ['login-token', '--audience', 'https://a.example', '--nonce', 'n'];
    expect(await run(pins.newAuth, ...login)).toBe(0);
    for (const name of readdirSync(file('.'))) seen.push(readFileSync(file(name), 'latin1'));
    search();
  });

  it.skipIf(noTerminal())(
    'is not echoed, and not in the arguments or environment of any process',
    async () => {
      const terminal = new Terminal(['pin', 'change', 'auth', '--debug', '--virtual', card], { LANG: 'C' });
      await terminal.answer(['Current PIN: ', pins.newAuth], ['New PIN: ', pins.auth]);
      await terminal.waitFor('New PIN again: ');
      const processes = ofThisRun();
      expect(processes.length).toBeGreaterThan(0);
      seen.push(...processes);
      terminal.type(`${pins.auth}\r`);
      const { status, screen } = await terminal.finish();
      expect(status).toBe(0);
      seen.push(screen);
      search();
    },
  );

  it('would be found if it were there', () => {
    const planted = seen.join('\n');
    for (const pin of Object.values(pins)) {
      expect(findSecret(`${planted} ${pin} `, pin)).toContain('text');
      expect(findSecret(`${planted}${Buffer.from(pin).toString('hex')}`, pin)).not.toEqual([]);
    }
  });
});

/** Arguments and environment of the processes that work with the card of this run. */
function ofThisRun(): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1').split('\0').join('\n');
      const words = read('cmdline');
      return words.includes(card) ? [words, read('environ')] : [];
    } catch {
      // No process, or one that has ended meanwhile.
      return [];
    }
  });
}

function search(): void {
  const everything = seen.join('\n');
  for (const pin of Object.values(pins)) expect(findSecret(everything, pin)).toEqual([]);
}
