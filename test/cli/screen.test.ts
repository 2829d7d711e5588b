import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { displayWidth, type Line, padTo, printable, rows, Screen } from '../../src/cli/terminal/screen.js';

function screen({
  columns = 0,
  environment = {},
}: {
  columns?: number;
  environment?: Record<string, string>;
} = {}) {
  let text = '';
  const output = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        text += chunk;
        done();
      },
    }),
    columns === 0 ? {} : { isTTY: true, columns },
  );
  return { screen: new Screen(output, environment), text: () => text };
}

function wrapped(columns: number, line: Line): string[] {
  const { screen: terminal, text } = screen({ columns });
  terminal.lines([line]);
  return text().split('\n').slice(0, -1);
}

describe('text from anywhere', () => {
  it.each([
    ['\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['a\u0000b\u0007c\u007fd', 'a\\u{0}b\\u{7}c\\u{7f}d'],
    ['\u009b2J', '\\u{9b}2J'],
    ['evil\r\nline', 'evil\\u{d}\\u{a}line'],
    ['\u202ecod.exe\u2066', '\\u{202e}cod.exe\\u{2066}'],
    ['\u2028\ufeff\u200b', '\\u{2028}\\u{feff}\\u{200b}'],
    ['\ud800', '\\u{d800}'],
    ['架空　花子', '架空　花子'],
  ])('cannot steer the terminal: %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
    for (const columns of [0, 80]) {
      const output = screen({ columns, environment: { NO_COLOR: '1' } });
      output.screen.line(text, { text, style: 'bold' });
      output.screen.prompt(text);
      expect(output.text()).toBe(`${shown}${shown}\n${shown}`);
    }
  });

  it('cannot steer it in JSON either, and is the same when parsed', () => {
    const value = { name: '\u001b[2J\u009b\u202e\u2028\u{e0001}架空' };
    const output = screen();
    output.screen.json(value);
    expect(output.text()).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\p{Zl}/u);
    expect(JSON.parse(output.text())).toEqual(value);
  });
});

describe('colours', () => {
  const styled = { text: 'x', style: 'red' } as const;
  it.each([
    ['a terminal', 80, {}, '\u001b[31mx\u001b[39m\n'],
    ['a pipe', 0, {}, 'x\n'],
    ['a terminal where NO_COLOR is set', 80, { NO_COLOR: '1' }, 'x\n'],
    ['a terminal where NO_COLOR is empty', 80, { NO_COLOR: '' }, '\u001b[31mx\u001b[39m\n'],
    ['a dumb terminal', 80, { TERM: 'dumb' }, 'x\n'],
  ])('on %s', (_where, columns, environment, expected) => {
    const output = screen({ columns, environment });
    output.screen.line(styled);
    expect(output.text()).toBe(expected);
  });
});

describe('columns', () => {
  it('are two for what East Asian fonts draw wide, none for combining marks', () => {
    expect(displayWidth('PIN 暗証番号')).toBe(12);
    expect(displayWidth('ｶﾅ')).toBe(2);
    expect(displayWidth('（～、。）')).toBe(10);
    expect(displayWidth('𠮷')).toBe(2);
    expect(displayWidth('か\u3099')).toBe(2);
    expect(padTo(8, '暗証')).toBe('暗証    ');
  });

  it('stand under each other in rows of both languages', () => {
    const output = screen();
    output.screen.lines(
      rows([
        ['暗証番号', '1', '2'],
        ['PIN', '3'],
      ]),
    );
    expect(output.text()).toBe('  暗証番号  1\n            2\n  PIN       3\n');
  });
});

describe('a long line', () => {
  it('is broken between words on a terminal, with its indent', () => {
    const line = { indent: 2, hang: 4, segments: ['one two three four'] };
    expect(wrapped(12, line)).toEqual(['  one two', '    three', '    four']);
  });

  it('is broken between Japanese characters, but not before 。 nor after （', () => {
    expect(wrapped(10, { segments: ['あいうえお。'] })).toEqual(['あいうえ', 'お。']);
    expect(wrapped(10, { segments: ['あいうえ（お）'] })).toEqual(['あいうえ', '（お）']);
    expect(wrapped(10, { segments: ['あいう jpki です'] })).toEqual(['あいう', 'jpki です']);
  });

  it('keeps a word that is longer than the terminal whole', () => {
    expect(wrapped(6, { segments: ['a 0123456789 b'] })).toEqual(['a', '0123456789', 'b']);
  });

  it('is not broken in a pipe: a script reads lines', () => {
    const output = screen();
    output.screen.lines([{ segments: ['word '.repeat(100).trim()] }]);
    expect(output.text().split('\n')).toHaveLength(2);
  });
});

describe('a line that is there for a while', () => {
  it('is cut to the terminal and taken back before the next output', () => {
    const output = screen({ columns: 10 });
    output.screen.transient('暗証番号 reading');
    output.screen.line('done');
    expect(output.text()).toBe('暗証番号 \r\u001b[Kdone\n');
  });

  it('is not shown in a pipe', () => {
    const output = screen();
    output.screen.transient('reading');
    output.screen.clearTransient();
    expect(output.text()).toBe('');
  });
});

describe('what is wider than the room beside its label', () => {
  const fingerprint = '07f252d196852134a6f1148d9a81c2dfc62fbcdb4b96bc134c6f9b072698396b';

  it('stands on a line of its own, whole, so that it can be copied', () => {
    const [line] = rows([['SHA-256', fingerprint]], { width: 14 });
    expect(wrapped(80, line as Line)).toEqual(['  SHA-256', ' '.repeat(16) + fingerprint]);
    expect(wrapped(82, line as Line)).toEqual([`  SHA-256         ${fingerprint}`]);
  });

  it('is broken by the terminal only where no line holds it', () => {
    const [line] = rows([['SHA-256', fingerprint]], { width: 14 });
    expect(wrapped(60, line as Line)).toEqual([`  SHA-256         ${fingerprint}`]);
  });

  it('is a label above its values', () => {
    const lines = rows(
      [
        ['short', 'one'],
        ['a label that is long', 'two', 'three'],
      ],
      { width: 6 },
    );
    expect(lines.flatMap((line) => wrapped(80, line))).toEqual([
      ...['  short   one', '  a label that is long', '          two', '          three'],
    ]);
  });
});
