import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JpkiError, type KeyRole } from '../../src/errors.js';
import {
  checkNewPin,
  checkPin,
  encodePin,
  normalizePin,
  PIN_RULES,
  type PinInput,
} from '../../src/jpki/pin.js';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

function refusalOf(action: () => unknown): JpkiError {
  try {
    action();
  } catch (error) {
    if (error instanceof JpkiError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the PIN rules', () => {
  it('are those of the published card facts', () => {
    // card.md 6: auth exactly 4 digits, 3 tries; sign 6 to 16 of A-Z and 0-9, 5 tries.
    const { auth, sign } = PIN_RULES;
    expect([auth.minLength, auth.maxLength, auth.maxTries]).toEqual([4, 4, 3]);
    expect([sign.minLength, sign.maxLength, sign.maxTries]).toEqual([6, 16, 5]);
    expect(auth.alphabet).toBe('0123456789');
    expect(sign.alphabet).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
  });
});

describe('checkPin', () => {
  it.each<[KeyRole, string, 'existing' | 'new', string | undefined]>([
    ['auth', '', 'existing', 'too-short'],
    ['auth', '123', 'existing', 'too-short'],
    ['auth', '1234', 'existing', undefined],
    ['auth', '1234', 'new', undefined],
    ['auth', '12345', 'existing', 'too-long'],
    ['auth', '12a', 'existing', 'wrong-character'],
    ['auth', '１234', 'existing', 'wrong-character'],
    ['sign', 'ABC12', 'new', 'too-short'],
    ['sign', 'ABC123', 'new', undefined],
    ['sign', 'ABC12345ABC12345', 'new', undefined],
    ['sign', 'ABC12345ABC123456', 'new', 'too-long'],
    ['sign', 'abc123', 'new', 'wrong-character'],
    ['sign', 'ABCDEF', 'existing', undefined],
    ['sign', 'ABCDEF', 'new', 'needs-digit'],
    ['sign', '123456', 'new', 'needs-letter'],
  ])('says of a %s PIN %j, %s: %s', (role, text, use, code) => {
    expect(checkPin(role, text, use)?.code).toBe(code);
    const bytes = ascii(text);
    if (/^[ -~]*$/.test(text)) expect(checkPin(role, bytes, use)?.code).toBe(code);
    expect([...bytes]).toEqual([...ascii(text)]);
  });

  it('agrees with what is sent to a card, and tells nothing of the PIN', () => {
    const typed = fc.oneof(fc.string({ maxLength: 18 }), fc.stringMatching(/^[A-Z0-9]{4,17}$/));
    fc.assert(
      fc.property(fc.constantFrom<KeyRole>('auth', 'sign'), typed, (role, text) => {
        const problem = checkPin(role, text, 'new');
        const send = () => checkNewPin(role, encodePin(role, text));
        if (problem === undefined) expect(send).not.toThrow();
        else expect(send).toThrow(JpkiError);
        if (text.length > 3) expect(JSON.stringify(problem ?? '')).not.toContain(JSON.stringify(text));
      }),
    );
  });
});

describe('encodePin', () => {
  it.each<[KeyRole, string, number[]]>([
    ['auth', '0927', [0x30, 0x39, 0x32, 0x37]],
    ['sign', 'AZ0915', [0x41, 0x5a, 0x30, 0x39, 0x31, 0x35]],
  ])('gives the ASCII bytes of a %s PIN, from text and from bytes', (role, text, bytes) => {
    expect([...encodePin(role, text)]).toEqual(bytes);
    expect([...encodePin(role, Uint8Array.from(bytes))]).toEqual(bytes);
  });

  it('accepts an existing signature PIN of letters or digits alone', () => {
    expect(encodePin('sign', 'ABCDEF')).toHaveLength(6);
    expect(encodePin('sign', '1357913579135791')).toHaveLength(16);
  });

  it('gives a copy, so that wiping one of the two leaves the other', () => {
    const given = new Uint8Array(ascii('xx4821yy').buffer, 2, 4);
    const copy = encodePin('auth', given);
    copy.fill(0);
    expect([...given]).toEqual([...ascii('4821')]);
    expect(copy.buffer).not.toBe(given.buffer);
  });

  const tooLongOrShort: [KeyRole, string][] = [
    ['auth', ''],
    ['auth', '123'],
    ['auth', '12345'],
    ['sign', 'ABC12'],
    ['sign', 'ABCDEFGH123456789'],
    ['sign', 'A'.repeat(1_000_000)],
  ];
  it.each(tooLongOrShort)('names the length rule for a %s PIN that breaks it', (role, text) => {
    for (const pin of [text, ascii(text)]) {
      const error = refusalOf(() => encodePin(role, pin));
      expect(error.code).toBe('PIN_FORMAT');
      expect(error.role).toBe(role);
      expect(error.message).toMatch(role === 'auth' ? /exactly 4 digits/ : /6 to 16 characters/);
      expect(error.inLanguage('ja').message).toMatch(role === 'auth' ? /4 桁/ : /6 文字以上 16 文字以下/);
    }
  });

  const wrongCharacters: [KeyRole, string][] = [
    ['auth', '12A4'],
    ['auth', '１２３４'],
    ['auth', '12 4'],
    ['sign', 'abc123'],
    ['sign', 'ABC-123'],
    ['sign', 'ＡＢＣ１２３'],
    ['sign', 'ABC12\u0000'],
    ['sign', 'ABC12\ud83d'],
  ];
  it.each(wrongCharacters)('names the alphabet rule for a %s PIN that breaks it', (role, text) => {
    const error = refusalOf(() => encodePin(role, text));
    expect(error.code).toBe('PIN_FORMAT');
    expect(error.message).toMatch(role === 'auth' ? /only half-width digits/ : /only half-width upper-case/);
  });

  it('refuses bytes outside the alphabet, also those above ASCII', () => {
    for (const bytes of [
      [0x30, 0x31, 0x32, 0xb3],
      [0x30, 0x31, 0x32, 0x00],
      [0x2f, 0x31, 0x32, 0x33],
      [0x3a, 0x31, 0x32, 0x33],
    ]) {
      expect(refusalOf(() => encodePin('auth', Uint8Array.from(bytes))).code).toBe('PIN_FORMAT');
    }
  });

  it('refuses what is neither text nor bytes', () => {
    for (const pin of [1234, undefined, null, ['1', '2', '3', '4'], { length: 4 }, Object('1234')]) {
      const error = refusalOf(() => encodePin('auth', pin as unknown as PinInput));
      expect(error.code).toBe('PIN_FORMAT');
      expect(error.message).toMatch(/string or a Uint8Array/);
    }
  });

  it('says the same about every PIN that breaks the same rule, so that no error tells anything of one', () => {
    const shown = (pin: string): string => {
      const { stack: _lines, ...error } = refusalOf(() => encodePin('sign', pin));
      return inspect(error, { depth: 9, showHidden: true }) + refusalOf(() => encodePin('sign', pin)).message;
    };
    expect(shown('QX7')).toBe(shown('ZZZZZZZZZZZZZZZZZZZZZZZZ'));
    expect(shown('qx7qx7qx')).toBe(shown('Ｚ-９_９+９'));
  });
});

describe('checkNewPin', () => {
  it.each(['ABCDEF', '123456'])('refuses a new signature PIN with only one kind of character', (pin) => {
    const error = refusalOf(() => checkNewPin('sign', ascii(pin)));
    expect(error.code).toBe('PIN_FORMAT');
    expect(error.message).toMatch(/at least one letter and at least one digit/);
    expect(error.inLanguage('ja').message).toMatch(/英字と数字をそれぞれ/);
  });

  it.each(['ABCDE1', '1A2345', '999999999999999Z'])('accepts a new signature PIN with both kinds', (pin) => {
    expect(() => checkNewPin('sign', ascii(pin))).not.toThrow();
  });

  it('asks nothing more of a new authentication PIN', () => {
    expect(() => checkNewPin('auth', ascii('0000'))).not.toThrow();
  });
});

describe('normalizePin', () => {
  it.each<[string, KeyRole, string, string]>([
    ['full-width digits', 'auth', '０１８９', '0189'],
    ['full-width digits and letters', 'sign', 'ＡＺａｚ０９', 'AZAZ09'],
    ['lower case', 'sign', 'abcxyz123', 'ABCXYZ123'],
    ['plain, no-break and ideographic spaces and line ends', 'auth', ' 1\u00a02\u30003 4\r\n', '1234'],
    [
      'zero-width characters, a byte order mark and direction marks',
      'auth',
      '\ufeff1\u200b2\u200d3\u200e4\u2060',
      '1234',
    ],
    ['other line ends and tabs around it', 'auth', '\t\u20281234\u000b\u000c\u2029', '1234'],
    ['nothing to normalise', 'sign', 'ABC123', 'ABC123'],
    ['no text', 'sign', '', ''],
  ])('understands %s', (_what, role, typed, meant) => {
    expect(normalizePin(role, typed)).toBe(meant);
  });

  it.each<[string, KeyRole, string]>([
    ['hyphens', 'sign', 'ABC-123'],
    ['full-width hyphens and long vowel marks', 'sign', 'ABC－12ー3'],
    ['circled and superscript digits', 'auth', '①②³4'],
    ['kanji numerals', 'auth', '一二三四'],
    ['Arabic-Indic digits', 'auth', '١٢٣٤'],
    ['letters that upper-case to ASCII or to two letters', 'sign', 'ſTRAßEı12'],
    ['ligatures', 'sign', 'ﬁ1234'],
    ['line ends between two pieces', 'sign', '1234\n5678'],
    ['other line and page ends', 'sign', '12\u000b34\u000c56\u202878\u202990'],
    ['tabs between two pieces', 'sign', '1234\t5678'],
    ['lone surrogates', 'sign', 'AB\udc00C12\ud83d'],
  ])('leaves %s as they are, for the strict check to refuse', (_what, role, typed) => {
    expect(normalizePin(role, typed)).toBe(typed);
    expect(refusalOf(() => encodePin(role, normalizePin(role, typed))).code).toBe('PIN_FORMAT');
  });

  it('does not turn letters in an authentication PIN into anything else', () => {
    expect(normalizePin('auth', 'ａb12')).toBe('ab12');
  });

  it('hands back what is not text, which the strict check then refuses', () => {
    const odd = undefined as unknown as string;
    expect(refusalOf(() => encodePin('auth', normalizePin('auth', odd))).code).toBe('PIN_FORMAT');
  });

  it('never throws, never grows, and settles at once', () => {
    fc.assert(
      fc.property(fc.constantFrom<KeyRole>('auth', 'sign'), fc.string({ unit: 'binary' }), (role, text) => {
        const once = normalizePin(role, text);
        expect(normalizePin(role, once)).toBe(once);
        expect(once.length).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
