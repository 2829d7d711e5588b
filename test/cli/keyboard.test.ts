import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { Keyboard, textOf } from '../../src/cli/keyboard.js';
import { pinText } from '../../src/cli/pin-text.js';
import { Screen } from '../../src/cli/screen.js';
import { JpkiError } from '../../src/errors.js';

function keyboard() {
  const shown: string[] = [];
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      shown.push(chunk);
      done();
    },
  });
  const setRawMode = vi.fn();
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
  const interrupt = vi.fn();
  const keys = new Keyboard(input, new Screen(output, {}), interrupt);
  const press = (...chunks: readonly (string | Uint8Array)[]) => {
    for (const chunk of chunks) input.emit('data', typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  };
  return { keys, press, interrupt, setRawMode, input, shown: () => shown.join('') };
}

async function typed(...chunks: readonly (string | Uint8Array)[]): Promise<string> {
  const { keys, press } = keyboard();
  const answer = keys.ask('PIN: ', { mask: '*' });
  press(...chunks);
  return String.fromCodePoint(...(await answer));
}

describe('what is typed at a question', () => {
  it.each([
    ['up to Enter', ['12', '34\r'], '1234'],
    ['up to a line feed', ['1234\n'], '1234'],
    ['with Backspace, of either code', ['129\u007f3\b34\r'], '1234'],
    ['with more Backspaces than there is to erase', ['1\b\b\b\b1234\r'], '1234'],
    ['after Ctrl-U', ['9876\u00151234\r'], '1234'],
    ['without the arrow keys and other control sequences', ['12\u001b[D\u001b[3~\u001bOC34\r'], '1234'],
    ['without the brackets around a paste', ['\u001b[200~1234\u001b[201~\r'], '1234'],
    ['with the key after an Escape pressed alone', ['\u001b', 'O', 'PEN1\r'], 'OPEN1'],
    ['without other control characters', ['1\u0001\u0007234\t\r'], '1234'],
    ['with full-width characters', ['１２３４\r'], '１２３４'],
    ['with an erased full-width character', ['１２９\u007f３４\r'], '１２３４'],
    ['with characters outside the basic plane', ['𠮷\r'], '𠮷'],
  ])('is taken %s', async (_how, chunks, expected) => {
    expect(await typed(...chunks)).toBe(expected);
  });

  it('is put together from bytes that come one by one', async () => {
    const bytes = Buffer.from('１か𠮷\r');
    expect(await typed(...[...bytes].map((byte) => Uint8Array.of(byte)))).toBe('１か𠮷');
  });

  it('is shown as one mask a character, and nothing else of it', async () => {
    const { keys, press, shown } = keyboard();
    const answer = keys.ask('PIN: ', { mask: '*' });
    press('QX７か\u007f\r');
    await answer;
    expect(shown()).toBe('PIN: ****\b \b\n');
  });

  it('is shown as it is where it is no secret, but not what would steer the terminal', async () => {
    const { keys, press, shown } = keyboard();
    const answer = keys.ask('> ');
    press('はい\u007f\u202e\r');
    await answer;
    expect(shown()).toBe('> はい\b \b\b \b\\u{202e}\n');
  });

  it('is wiped from the chunk it came in', async () => {
    const { keys, press } = keyboard();
    const answer = keys.ask('PIN: ', { mask: '*' });
    const chunk = Buffer.from('1234\r');
    press(chunk);
    await answer;
    expect([...chunk]).toEqual([0, 0, 0, 0, 0]);
  });

  it('is bounded, and what is too long ends in a character that no PIN holds', async () => {
    expect(await typed(`${'7'.repeat(500)}\r`)).toBe(`${'7'.repeat(63)}\ufffd`);
  });

  it('ahead of a question, or pasted in several lines, answers the questions in turn', async () => {
    const { keys, press, shown } = keyboard();
    press('one\r\ntwo\r');
    expect(textOf(await keys.ask('1: '))).toBe('one');
    press('three\n');
    expect(textOf(await keys.ask('2: '))).toBe('two');
    expect(textOf(await keys.ask('3: '))).toBe('three');
    expect(shown()).toBe('1: one\n2: two\n3: three\n');
  });

  it('between questions is not echoed', async () => {
    const { keys, press, shown, setRawMode } = keyboard();
    expect(setRawMode).toHaveBeenLastCalledWith(true);
    press('8642');
    expect(shown()).toBe('');
    keys.close();
    expect(setRawMode).toHaveBeenLastCalledWith(false);
  });
});

describe('leaving a question', () => {
  const aborted = expect.objectContaining({ code: 'ABORTED' });

  it('by Ctrl-C interrupts the command, at a question and between two', async () => {
    const { keys, press, interrupt } = keyboard();
    press('\u0003');
    expect(interrupt).toHaveBeenCalledTimes(1);
    void keys.ask('PIN: ').catch(() => undefined);
    press('12\u0003');
    expect(interrupt).toHaveBeenCalledTimes(2);
  });

  it('by Ctrl-D works on an empty line only', async () => {
    await expect(typed('\u0004')).rejects.toEqual(aborted);
    expect(await typed('12\u000434\r')).toBe('1234');
  });

  it('happens when the input ends, and when the command is aborted', async () => {
    const { keys, input } = keyboard();
    const answer = keys.ask('PIN: ');
    input.emit('end');
    await expect(answer).rejects.toEqual(aborted);
    const controller = new AbortController();
    const other = keyboard().keys.ask('PIN: ', { signal: controller.signal });
    controller.abort();
    await expect(other).rejects.toBeInstanceOf(JpkiError);
  });
});

describe('a typed PIN', () => {
  const text = (role: 'auth' | 'sign', characters: string) => {
    const codes = Uint32Array.from([...characters], (character) => character.codePointAt(0) ?? 0);
    const { bytes, adjusted } = pinText(role, codes);
    return {
      bytes: Buffer.from(bytes).toString('latin1'),
      adjusted,
      left: codes.every((code) => code === 0),
    };
  };

  it.each([
    ['auth', '1234', '1234', false],
    ['auth', '１２ ３４', '1234', true],
    ['sign', 'abc123', 'ABC123', true],
    ['sign', 'ＡＢＣ　１２３', 'ABC123', true],
    ['sign', 'ABC-12', 'ABC-12', false],
    ['auth', 'か234', '\u00ff234', false],
    ['auth', '𠮷234', '\u00ff234', false],
  ] as const)(
    'of %s: %s is what the card knows, or nothing it could take for one',
    (role, characters, bytes, adjusted) => {
      expect(text(role, characters)).toEqual({ bytes, adjusted, left: true });
    },
  );
});
