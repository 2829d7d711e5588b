import { readFileSync } from 'node:fs';
import { beforeAll, describe, it } from 'vitest';
import { noTerminal, screenFile, settled, Terminal, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const SIGN = '001b';

beforeAll(async () => {
  for (const name of ['wrong-en', 'wrong-ja', 'change-en', 'change-ja', 'stop', 'slip', 'colour'])
    await writeCard(file(`${name}.json`));
  for (const name of ['refuse-en', 'refuse-ja', 'lock-en', 'lock-ja', 'right'])
    await writeCard(file(`${name}.json`), { [AUTH]: 1 });
  await writeCard(file('locked.json'), { [SIGN]: 0 });
});

const triesLeft = (card: string, pin: string): number =>
  JSON.parse(readFileSync(file(`${card}.json`), 'utf8')).applications.jpki[pin].triesLeft;

const QUESTIONS = {
  en: {
    pin: 'PIN: ',
    yes: 'stop: ',
    current: 'Current PIN: ',
    next: 'New PIN: ',
    again: 'New PIN again: ',
    weak: 'another: ',
    number: 'no PIN: ',
  },
  ja: {
    pin: '暗証番号: ',
    yes: 'Enter: ',
    current: '現在の暗証番号: ',
    next: '新しい暗証番号: ',
    again: '（確認）: ',
    weak: 'Enter: ',
    number: 'ではありません）: ',
  },
} as const;
const LOCALES = { en: 'C.UTF-8', ja: 'ja_JP.UTF-8' } as const;
const LANGUAGES = ['en', 'ja'] as const;

function open(
  language: 'en' | 'ja',
  args: string,
  card?: string,
  env: Record<string, string> = {},
): Terminal {
  const virtual = card === undefined ? [] : ['--virtual', file(`${card}.json`)];
  return new Terminal([...args.split(' '), ...virtual], { LANG: LOCALES[language], NO_COLOR: '1', ...env });
}

describe.skipIf(noTerminal()).concurrent('in a terminal', () => {
  for (const language of LANGUAGES) {
    const q = QUESTIONS[language];

    it(`a wrong PIN spends one try, is told with what is left, and is not asked again (${language})`, async ({
      expect,
    }) => {
      const card = `wrong-${language}`;
      const terminal = open(language, 'pin verify auth', card);
      await terminal.answer([q.pin, '9４7１']);
      const { status, screen } = await terminal.finish();
      expect(status).toBe(4);
      expect(triesLeft(card, AUTH)).toBe(2);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-wrong-pin', language));
    });

    it(`the last try is not spent without a yes (${language})`, async ({ expect }) => {
      const card = `refuse-${language}`;
      const terminal = open(language, 'pin verify auth', card);
      await terminal.answer([q.yes, '']);
      const { status, screen } = await terminal.finish();
      expect(status).toBe(5);
      expect(triesLeft(card, AUTH)).toBe(1);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-last-try-refused', language));
    });

    it(`the last try, spent on a wrong PIN, says that it is locked and where to go (${language})`, async ({
      expect,
    }) => {
      const card = `lock-${language}`;
      const terminal = open(language, 'pin verify auth', card);
      await terminal.answer([q.yes, language === 'ja' ? 'はい' : 'yes'], [q.pin, '9999']);
      const { status, screen } = await terminal.finish();
      expect(status).toBe(5);
      expect(triesLeft(card, AUTH)).toBe(0);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-last-try-wrong', language));
    });

    it(`a locked PIN is not asked for (${language})`, async ({ expect }) => {
      const { status, screen } = await open(language, 'pin verify sign', 'locked').finish();
      expect(status).toBe(5);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-locked', language));
    });

    it(`a new PIN is asked twice and advised on (${language})`, async ({ expect }) => {
      const card = `change-${language}`;
      const terminal = open(language, 'pin change auth', card);
      await terminal.answer(
        [q.current, '1234'],
        [q.next, '111'],
        [q.next, '1111'],
        [q.again, '1111'],
        [q.weak, '1111'],
        [q.next, '5093'],
        [q.again, '5094'],
        [q.next, '5093'],
        [q.again, '5093'],
      );
      const { status, screen } = await terminal.finish();
      expect(status).toBe(0);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-change', language));
      const check = open(language, 'pin verify auth', card);
      await check.answer([q.pin, '5093']);
      expect((await check.finish()).status).toBe(0);
    });

    it(`a holder is asked what they remember, and shown the ways that are open (${language})`, async ({
      expect,
    }) => {
      const terminal = open(language, 'recover', 'locked');
      await terminal.answer([q.number, ''], [q.number, '1']);
      const { status, screen } = await terminal.finish();
      expect(status).toBe(0);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-recover', language));
    });

    it(`without a card a holder is asked more (${language})`, async ({ expect }) => {
      const terminal = open(language, 'recover --no-card');
      await terminal.answer(
        [q.number, '1234'],
        [q.number, '１ ３'],
        [q.number, '12'],
        [q.number, '2'],
        [q.number, '1'],
        [q.number, '2'],
      );
      const { status, screen } = await terminal.finish();
      expect(status).toBe(0);
      await expect(settled(screen)).toMatchFileSnapshot(screenFile('terminal-recover-no-card', language));
    });
  }

  it('the last try, spent on the right PIN, makes the counter full again', async ({ expect }) => {
    const terminal = open('en', 'pin verify auth', 'right');
    await terminal.answer([QUESTIONS.en.yes, 'yes'], [QUESTIONS.en.pin, '1234']);
    expect((await terminal.finish()).status).toBe(0);
    expect(triesLeft('right', AUTH)).toBe(3);
  });

  it('Ctrl-C at the question ends with 130, spends nothing and leaves the terminal as it was', async ({
    expect,
  }) => {
    const terminal = open('en', 'pin verify auth', 'stop');
    await terminal.waitFor('PIN: ');
    terminal.type('12\u0003');
    const { status, screen } = await terminal.finish();
    expect(status).toBe(130);
    expect(screen).toMatch(/PIN: \*\*\n.*aborted\.\n$/s);
    expect(triesLeft('stop', AUTH)).toBe(3);
  });

  it('what cannot be a PIN is asked for again three times, and never sent', async ({ expect }) => {
    const terminal = open('en', 'pin verify auth', 'slip');
    await terminal.answer(['PIN: ', '123'], ['PIN: ', 'abcd'], ['PIN: ', '']);
    const { status, screen } = await terminal.finish();
    expect(status).toBe(4);
    expect(screen).toContain('No usable PIN was entered; nothing was sent to the card.');
    expect(triesLeft('slip', AUTH)).toBe(3);
  });

  it('there are colours, but not where NO_COLOR is set', async ({ expect }) => {
    const coloured = await open('en', 'status', 'colour', { NO_COLOR: '' }).finish();
    expect(coloured.screen).toContain('\u001b[1mCard\u001b[22m');
    const plain = await open('en', 'status', 'colour').finish();
    expect(plain.screen).not.toContain('\u001b');
  });

  it('--pin-file - is refused: what is typed would be seen', async ({ expect }) => {
    const { status, screen } = await open('en', 'pin verify auth --pin-file -', 'colour').finish();
    expect(status).toBe(2);
    expect(screen).toContain('Standard input is a terminal');
  });
});
