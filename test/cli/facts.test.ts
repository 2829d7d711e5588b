import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf, reportOf } from '../../src/cli/failure.js';
import { languageOf, wordsIn } from '../../src/cli/text/index.js';
import { JpkiError } from '../../src/errors.js';
import { VIRTUAL_PINS } from '../../src/virtual/index.js';
import { DEFAULT_QUIRKS } from '../../src/virtual/quirks.js';
import { jpki } from './support.js';

describe('what the help says of the virtual card', () => {
  it('names its PINs as they are', async () => {
    for (const args of [['--help'], ['emulate', '--help']]) {
      const { stdout } = await jpki(args);
      expect(stdout).toContain(`${VIRTUAL_PINS.auth} (authentication) and ${VIRTUAL_PINS.sign} (signature)`);
    }
  });

  it('names every quirk there is', async () => {
    for (const language of ['en', 'ja']) {
      const { stdout } = await jpki(['emulate', '--help', '--lang', language]);
      for (const quirk of Object.keys(DEFAULT_QUIRKS)) expect(stdout).toContain(quirk);
    }
  });
});

describe('the exit code', () => {
  it.each([
    [new JpkiError('NO_READER'), 3],
    [new JpkiError('NO_CARD'), 3],
    [new JpkiError('PCSC_UNAVAILABLE'), 3],
    [new JpkiError('SERVICE_UNAVAILABLE'), 3],
    [new JpkiError('CARD_REMOVED'), 3],
    [new JpkiError('PIN_FORMAT', undefined, { role: 'auth', argument: 'pin' }), 4],
    [new JpkiError('PIN_INCORRECT', undefined, { role: 'auth', triesLeft: 1, statusWord: 0x63c1 }), 4],
    [new JpkiError('PIN_INCORRECT', undefined, { role: 'auth', triesLeft: 0, statusWord: 0x63c0 }), 5],
    [new JpkiError('PIN_LOCKED', undefined, { role: 'auth', triesLeft: 0 }), 5],
    [new JpkiError('PIN_LAST_TRY', undefined, { role: 'auth' }), 5],
    [new JpkiError('NOT_JPKI'), 1],
    [new JpkiError('SHARING_VIOLATION'), 1],
    [new JpkiError('CERTIFICATE_ABSENT', undefined, { role: 'sign' }), 1],
    [new JpkiError('TIMEOUT'), 1],
    [new JpkiError('ABORTED'), 130],
  ])('says what a script can do about it: %s', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });

  it('comes with what a script needs of a PIN that was changed in one place alone', () => {
    const error = new JpkiError('PIN_CHANGE_PARTIAL', undefined, { role: 'registry', changed: 'common' });
    expect(exitCodeOf(error)).toBe(1);
    expect(reportOf(error, wordsIn('en'))).toMatchObject({ role: 'registry', changed: 'common' });
  });

  it('stands in the help with what it means, each of them', async () => {
    const { stdout } = await jpki(['--help']);
    for (const code of Object.values(EXIT))
      expect(stdout).toMatch(
        new RegExp(code > 128 ? `^ {2}128\\+n .*${code}: ` : `^ {2}${code} {2,}\\S`, 'm'),
      );
  });
});

describe('the language', () => {
  it.each([
    ['ja', {}, 'ja'],
    ['en', { LANG: 'ja_JP.UTF-8' }, 'en'],
    [undefined, { LANG: 'ja_JP.UTF-8' }, 'ja'],
    [undefined, { LC_ALL: 'C.UTF-8', LANG: 'ja_JP.UTF-8' }, 'en'],
    [undefined, { LC_MESSAGES: 'ja', LANG: 'en_US.UTF-8' }, 'ja'],
    [undefined, { LC_ALL: '', LANG: 'ja_JP' }, 'ja'],
    [undefined, { LANG: 'jam_JM' }, 'en'],
    [undefined, {}, 'en'],
  ])('is the one asked for, else that of the locale, else English: %s %o', (asked, environment, language) => {
    expect(languageOf(asked, environment)).toBe(language);
  });
});
