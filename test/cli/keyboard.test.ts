import { getEventListeners } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Context } from '../../src/cli/context.js';
import { Options } from '../../src/cli/options.js';
import { PinEntry } from '../../src/cli/pins/pin-entry.js';
import { answerOf, Keyboard } from '../../src/cli/terminal/keyboard.js';
import { Screen } from '../../src/cli/terminal/screen.js';
import { wordsIn } from '../../src/cli/text/index.js';
import { JpkiError } from '../../src/errors.js';
import type { JpkiApplet, PinCallback } from '../../src/index.js';

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
  const controller = new AbortController();
  const keys = new Keyboard(input, new Screen(output, {}), interrupt, controller.signal);
  open.push(keys);
  keys.open();
  const press = (...chunks: readonly (string | Uint8Array)[]) => {
    for (const chunk of chunks) input.emit('data', typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  };
  /** Asks, and waits until the question is there. */
  const ask = async (question = 'PIN: ') => {
    const before = shown.length;
    const answer = keys.ask(question);
    await vi.waitFor(() => expect(shown.slice(before)).toContain(question));
    return { answer };
  };
  return { keys, ask, press, interrupt, setRawMode, input, controller, shown: () => shown.join('') };
}

const open: Keyboard[] = [];
afterEach(async () => {
  for (const keys of open.splice(0)) await keys.close();
});

async function typed(...chunks: readonly (string | Uint8Array)[]): Promise<string> {
  const { ask, press } = keyboard();
  const { answer } = await ask();
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
    ['after Ctrl-W', ['9876\u00171234\r'], '1234'],
    ['with any other control character, for the check to refuse', ['12\u0001\t34\r'], '12\u0001\t34'],
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

  it.each([
    ['PIN: ', 'QX７か\u007f\r', 'PIN: ****\b \b\n'],
    ['Type "yes": ', 'yes1234\r', 'Type "yes": *******\n'],
    ['Number: ', '1234\r', 'Number: ****\n'],
  ])('at %j is shown as one mask a character, whatever is asked', async (question, keysPressed, screen) => {
    const { ask, press, shown } = keyboard();
    const { answer } = await ask(question);
    press(keysPressed);
    await answer;
    expect(shown()).toBe(screen);
  });

  it('ends at Enter also behind a character that was cut off', async () => {
    expect(await typed(Uint8Array.of(0x31, 0xe3, 0x81, 0x0d))).toBe('1\ufffd');
  });

  it('is waited for no longer than until it is there', async () => {
    const { ask, press, controller } = keyboard();
    const { answer } = await ask();
    press('1234\r');
    await answer;
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('is wiped from the chunk it came in', async () => {
    const { ask, press } = keyboard();
    const { answer } = await ask();
    const chunk = Buffer.from('1234\r5678');
    press(chunk);
    await answer;
    expect([...chunk].every((byte) => byte === 0)).toBe(true);
  });

  it('is bounded, and what is too long ends in a character that no PIN holds', async () => {
    expect(await typed(`${'7'.repeat(500)}\r`)).toBe(`${'7'.repeat(63)}\ufffd`);
  });

  it('ahead of a question answers none, be it before, between or pasted behind an Enter', async () => {
    const { keys, ask, press, shown } = keyboard();
    press('1234\r');
    const first = keys.ask('1: ');
    press('5678\r');
    await vi.waitFor(() => expect(shown()).toBe('1: '));
    press('one\r\ntwo\r');
    expect(answerOf(await first).join('')).toBe('one');
    press('three\n');
    const second = await ask('2: ');
    press('four\r');
    expect(answerOf(await second.answer).join('')).toBe('four');
    expect(shown()).toBe('1: ***\n2: ****\n');
  });

  it('as a line feed that comes late behind its Enter is no answer', async () => {
    const { ask, press } = keyboard();
    const first = await ask('1: ');
    press('one\r');
    await first.answer;
    const second = await ask('2: ');
    press('\n', 'two\r');
    expect(answerOf(await second.answer).join('')).toBe('two');
  });

  it('between questions is not echoed, until the terminal is given back', async () => {
    const { keys, press, shown, setRawMode } = keyboard();
    expect(setRawMode).toHaveBeenLastCalledWith(true);
    press('8642');
    const closed = keys.close();
    press('9753\r');
    expect(setRawMode).toHaveBeenLastCalledWith(true);
    await closed;
    expect(shown()).toBe('');
    expect(setRawMode).toHaveBeenLastCalledWith(false);
  });

  it('is not read by a command that never asks', async () => {
    const setRawMode = vi.fn();
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
    const idle = new Keyboard(
      input,
      new Screen(new PassThrough(), {}),
      vi.fn(),
      new AbortController().signal,
    );
    await idle.close();
    expect(setRawMode).not.toHaveBeenCalled();
    expect(input.listenerCount('data')).toBe(0);
  });

  it('has Japanese and capital spellings of one answer', () => {
    const codes = Uint32Array.from('ＹＥＳ　１', (character) => character.codePointAt(0) ?? 0);
    expect(answerOf(codes)).toEqual(['y', 'e', 's', ' ', '1']);
    expect([...codes]).toEqual([0, 0, 0, 0, 0]);
  });
});

describe('leaving a question', () => {
  const aborted = expect.objectContaining({ code: 'ABORTED' });

  it.each(['\u0003', '\u001c'])(
    'by %j interrupts the command, at a question and between two',
    async (key) => {
      const { ask, press, interrupt } = keyboard();
      press(key);
      expect(interrupt).toHaveBeenCalledTimes(1);
      const { answer } = await ask();
      answer.catch(() => undefined);
      press(`12${key}`);
      expect(interrupt).toHaveBeenCalledTimes(2);
    },
  );

  it('by Ctrl-D works on an empty line only', async () => {
    await expect(typed('\u0004')).rejects.toEqual(aborted);
    expect(await typed('12\u000434\r')).toBe('1234');
  });

  it.each([
    ['the input ends', ({ input }: ReturnType<typeof keyboard>) => input.emit('end')],
    [
      'the terminal hangs up',
      ({ input }: ReturnType<typeof keyboard>) => input.emit('error', new Error('EIO')),
    ],
    ['the command is aborted', ({ controller }: ReturnType<typeof keyboard>) => controller.abort()],
    ['the terminal is given back', ({ keys }: ReturnType<typeof keyboard>) => keys.close()],
  ])('happens when %s, and no further question is asked', async (_what, happen) => {
    const all = keyboard();
    const { answer } = await all.ask();
    const happened = happen(all);
    await expect(answer).rejects.toEqual(aborted);
    await expect(all.keys.ask('again: ')).rejects.toBeInstanceOf(JpkiError);
    expect(all.shown()).toBe('PIN: \n');
    await happened;
  });
});

describe('a typed PIN', () => {
  const text = async (role: 'auth' | 'sign', characters: string) => {
    const codes = Uint32Array.from([...characters], (character) => character.codePointAt(0) ?? 0);
    const words = wordsIn('en');
    const lines: string[] = [];
    const context = {
      ...words,
      options: new Options(new Map()),
      input: { isTTY: true },
      out: { isTerminal: true },
      err: { isTerminal: true, line: (line: string) => lines.push(line) },
      keyboard: { open: () => undefined, ask: async () => codes },
    } as unknown as Context;
    const sent: string[] = [];
    const applet = {
      verifyPin: async (_role: string, ask: PinCallback) => {
        const pin = await ask({ role, triesLeft: 3, maxTries: 3, locked: false, verified: false });
        sent.push(Buffer.from(pin as Uint8Array).toString('latin1'));
      },
    } as unknown as JpkiApplet;
    using pins = await PinEntry.open(context);
    expect(pins.wasAsked).toBe(false);
    const error = await pins.verify(applet, role).catch((thrown: unknown) => thrown);
    // From here on no command begins anew by itself: it would ask, and perhaps send, a second time.
    expect(pins.wasAsked).toBe(true);
    return {
      sent: sent[0],
      adjusted: lines.includes(words.texts.pin.adjusted),
      code: (error as JpkiError | undefined)?.code,
      left: codes.every((code) => code === 0),
    };
  };

  it.each([
    ['auth', '1234', '1234', false],
    ['auth', '１２ ３４', '1234', true],
    ['sign', 'abc123', 'ABC123', true],
    ['sign', 'ＡＢＣ　１２３', 'ABC123', true],
    ['sign', 'ABC-12', undefined, false],
    ['auth', 'か234', undefined, false],
    ['auth', '𠮷234', undefined, false],
    ['auth', '1２３4', '1234', true],
    ['auth', '１２\u200b３４', '1234', true],
    ['auth', '١٢٣٤', undefined, false],
  ] as const)(
    'of %s: %s is what the card knows, or nothing it could take for one',
    async (role, characters, sent, adjusted) => {
      const code = sent === undefined ? 'PIN_FORMAT' : undefined;
      expect(await text(role, characters)).toEqual({ sent, adjusted, code, left: true });
    },
  );

  it.each([
    ...['\0', '\t', '\v', '\f', '\u001b', '\u0085', '\u009b', '\u2028', '\u2029', '\ufeff'],
    ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202d', '\u202e', '\u2066', '\u2069'],
  ])('is never joined from what stands around %j', async (between) => {
    for (const [role, pieces] of [
      ['auth', ['12', '34']],
      ['sign', ['1234', '5678']],
    ] as const) {
      for (const characters of [pieces.join(between), pieces.join('') + between])
        expect(await text(role, characters)).toMatchObject({ sent: undefined, code: 'PIN_FORMAT' });
    }
  });
});
