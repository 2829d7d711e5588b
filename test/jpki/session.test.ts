import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { Intercepted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

/** SELECT of the JPKI application (docs/card.md sections 1 and 3). */
const SELECT_JPKI = '00a4040c0ad392f000260100000001';

describe('after an exchange of an operation that ended so, the application is selected again before the next one', () => {
  it.each<[string, boolean, () => Promise<Uint8Array>]>([
    ['TRANSPORT', true, () => Promise.reject(new JpkiError('TRANSPORT'))],
    ['CARD_RESET', true, () => Promise.reject(new JpkiError('CARD_RESET'))],
    ['MALFORMED_RESPONSE', true, async () => Uint8Array.of(0x90)],
    // The card answered, so that everything is as it was.
    ['STATUS_WORD', false, async () => Uint8Array.of(0x6f, 0x00)],
  ])('%s: %s', async (code, isSelected, answer) => {
    let isFaulty = false;
    const commands: string[] = [];
    const connection = new Intercepted((await virtualCard()).connect(), (_number, command, send) => {
      commands.push(Buffer.from(command).toString('hex'));
      return isFaulty ? answer() : send();
    });
    const applet = await JpkiApplet.select(connection);
    await applet.readPinCounter('auth');
    isFaulty = true;
    await expect(applet.readPinCounter('auth')).rejects.toMatchObject({ code });
    isFaulty = false;
    commands.length = 0;
    expect(await applet.readPinCounter('auth')).toMatchObject({ triesLeft: 3 });
    expect(commands.includes(SELECT_JPKI)).toBe(isSelected);
  });
});

describe('a PIN that cannot be one', () => {
  const right = '1234';
  it.each([
    ['current', '12345', '5678', '現在の暗証番号', /^The current PIN: /],
    ['next', right, '12345', '新しい暗証番号', /^The new PIN: /],
    ['next', right, right, '新しい暗証番号', /^The new PIN /],
  ] as const)(
    'is named: it is the %s one (%s, %s)',
    async (argument, current, next, inJapanese, inEnglish) => {
      const applet = await JpkiApplet.select((await virtualCard()).connect());
      const error = await applet.changePin('auth', current, next).catch((thrown: unknown) => thrown);
      if (!(error instanceof JpkiError) || error.code !== 'PIN_FORMAT') throw error;
      expect([error.argument, error.role]).toEqual([argument, 'auth']);
      expect(error.message).toMatch(inEnglish);
      expect(error.inLanguage('ja').message).toContain(inJapanese);
      await expect(applet.verifyPin('auth', '12345')).rejects.toMatchObject({ argument: 'pin' });
    },
  );
});
