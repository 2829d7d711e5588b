import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ERROR_TEXTS, JpkiError, type JpkiErrorCode } from '../../src/errors.js';
import type { Piece } from '../../src/transcript/exchange.js';
import { formatTranscript, parseTranscript, type Transcript } from '../../src/transcript/format.js';
import { replayTranscript } from '../../src/transcript/index.js';

const HEADER = ['jpki-card transcript 1', 'reader: Some reader 00 00', 'atr: 3B8001'];

/** A transcript of these lines after a header of three: the first one is line 4. */
const transcript = (...lines: readonly string[]): string => [...HEADER, ...lines].join('\n');

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** The example in the documentation, without its indentation. */
const readmeExample = (): string => {
  const readme = readFileSync(new URL('../../fixtures/README.md', import.meta.url), 'utf8');
  const lines = readme.split('\n').filter((line) => /^ {4}|^$/.test(line));
  return lines.join('\n').replace(/^ {4}/gm, '').trim();
};

describe('the format', () => {
  test('the example in the documentation is a transcript', () => {
    const { header, events } = parseTranscript(readmeExample());
    expect(header).toEqual({
      readerName: 'Virtual card',
      atr: hex('3be000ff8131fe4514'),
      exclusive: true,
      redacted: 'personal',
      library: '0.1.0',
      date: '2026-01-31',
    });
    expect(events).toEqual([
      {
        kind: 'exchange',
        line: 10,
        command: { pieces: [hex('00a4040c0ad392f000260100000001')] },
        answer: [hex('9000')],
      },
      { kind: 'exchange', line: 12, command: { pieces: [hex('00200098')] }, answer: [hex('63c3')] },
      {
        kind: 'exchange',
        line: 14,
        command: { pieces: [hex('00200098')], rest: 'PIN' },
        answer: [hex('9000')],
      },
      {
        kind: 'exchange',
        line: 16,
        command: { pieces: [hex('802a009733'), 51, hex('00')] },
        answer: [256, hex('9000')],
      },
      { kind: 'exchange', line: 18, command: { pieces: [hex('00b0000000')] }, answer: 'CARD_REMOVED' },
      { kind: 'disconnect', line: 20, disposition: 'unpower', error: undefined },
    ]);
  });

  test('spaces between bytes, lower case, blank lines, comments and CRLF make no difference', () => {
    const plain = transcript('> 00B0000000', '< 01029000');
    const spaced = transcript(
      '',
      '# a comment',
      '>00 b0 00 00  00',
      '',
      '<  01 02 9000',
      '# > 00',
    ).replaceAll('\n', '\r\n');
    expect(formatTranscript(parseTranscript(spaced))).toBe(formatTranscript(parseTranscript(plain)));
  });

  test('a connection whose header does not say otherwise is exclusive', () => {
    expect(replayTranscript(transcript()).exclusive).toBe(true);
    expect(replayTranscript(transcript('exclusive: no')).exclusive).toBe(false);
  });

  test.each([
    [1, '', 'no text at all'],
    [1, 'jpki-card transcript 2\nreader: x\natr: 3B00', 'another version'],
    [3, '\n# a comment\nreader: x', 'a comment before the wrong first line'],
    [3, 'jpki-card transcript 1\nreader: x\n> 00B0000000', 'no atr'],
    [4, transcript('reader: y'), 'a second reader'],
    [2, 'jpki-card transcript 1\nreader:\natr: 3B00', 'a reader without a name'],
    [3, 'jpki-card transcript 1\nreader: x\natr: 3B0', 'half a byte in the atr'],
    [3, `jpki-card transcript 1\nreader: x\natr: ${'3B'.repeat(34)}`, 'an atr of 34 bytes'],
    [4, transcript('exclusive: perhaps'), 'neither yes nor no'],
    [4, transcript('redacted: all'), 'an unknown redaction'],
    [4, transcript('library: <script>'), 'no version'],
    [4, transcript('date: today'), 'no date'],
    [4, transcript('__proto__: x'), 'an unknown field'],
    [4, transcript('00B0000000'), 'a line without its sign'],
    [4, transcript('< 9000'), 'a response without a command'],
    [4, transcript('= power on'), 'an unknown event'],
    [4, transcript('= error CARD_REMOVED'), 'an error without a command'],
    [5, transcript('> 00B0000000', '= error TOO_BAD'), 'an unknown error'],
    [5, transcript('> 00B0000000', '= error __proto__'), 'an error from the prototype'],
    [4, transcript('> 00B0000000'), 'a command without a response'],
    [5, transcript('> 00B0000000', '> 00B0000000'), 'two commands in a row'],
    [4, transcript('> 00B000000', '< 9000'), 'half a byte'],
    [4, transcript('> 00B000000G', '< 9000'), 'a digit that is none'],
    [4, transcript('> 00B00 00000', '< 9000'), 'a space inside a byte'],
    [4, transcript('> 00200098 [PIN] 00', '< 9000'), 'something behind the PIN'],
    [4, transcript('> 802A009733 [0 bytes] 00', '< 9000'), 'no bytes'],
    [4, transcript('> 802A009733 [65545 bytes]', '< 9000'), 'more than any command'],
    [5, transcript('> 00B0000000', '< [65540 bytes]'), 'more than any response'],
    [5, transcript('> 00B0000000', '< [PIN]'), 'a PIN in a response'],
    [5, transcript('= disconnect leave', '> 00B0000000', '< 9000'), 'a command after the end'],
    [4, transcript('= disconnect eject'), 'an unknown disposition'],
  ])('line %i is refused: %#', (line, text) => {
    expect(() => parseTranscript(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`Line ${line} `),
      }),
    );
  });

  test.each([
    ['a VERIFY', '00200080 04 31323334'],
    ['a VERIFY of another class', '80200080 04 31323334'],
    ['a VERIFY in extended length', '00200080 000004 31323334'],
    ['a VERIFY without its length', '00200080 31323334'],
    ['a VERIFY with half of the PIN left out', '00200080 04 3132 [2 bytes]'],
    ['a CHANGE REFERENCE DATA', '00240180 04 31323334'],
    ['a RESET RETRY COUNTER', '002C0280 04 31323334'],
    ['a chained VERIFY', '10200080 04 31323334'],
    ['a command inside an ENVELOPE', '00C20000 09 00200080 04 31323334'],
    ['a header longer than it is', '00200080 04 31 [PIN]'],
    ['a PIN alone', '31323334'],
  ])('a transcript that holds a PIN is refused: %s', (_name, command) => {
    expect(() => parseTranscript(transcript(`> ${command}`, '< 9000'))).toThrow(/^Line 4 .*PIN/);
  });

  test('a transcript is refused by its length before it is read', () => {
    expect(() => parseTranscript('#'.repeat(4 * 1024 * 1024 + 1))).toThrow(/at most 4194304 characters/);
  });

  test('the longest texts that are no transcript are refused without delay', () => {
    const length = 4 * 1024 * 1024;
    const start = `${HEADER.join('\n')}\n`;
    for (const filler of [
      '\n',
      ' ',
      '0',
      '00 ',
      '[1 bytes]',
      '[1 bytes]00',
      '> [data]\n<\n',
      'a:\n',
      '= error ',
    ]) {
      const text = (start + filler.repeat(length / filler.length)).slice(0, length);
      const lined = `${start}> ${filler.repeat(length / filler.length)}`.slice(0, length);
      for (const hostile of [text, lined]) {
        try {
          parseTranscript(hostile);
        } catch (error) {
          expect(error).toBeInstanceOf(JpkiError);
        }
      }
    }
  });
});

const bytes = (min: number, max: number) => fc.uint8Array({ minLength: min, maxLength: max });
const count = fc.integer({ min: 1, max: 600 });
const code = fc.constantFrom(...(Object.keys(ERROR_TEXTS) as JpkiErrorCode[]));

/** Commands as a recorder writes them: reads, signatures, and what has a part left out. */
const command = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })).map(([hi, lo]) => ({
    pieces: [Uint8Array.of(0x00, 0xb0, hi, lo, 0x00)],
  })),
  fc.integer({ min: 1, max: 255 }).map((n) => ({
    pieces: [Uint8Array.of(0x80, 0x2a, 0x00, 0x80, n), n, Uint8Array.of(0)] as Piece[],
  })),
  fc.record({
    pieces: fc.constantFrom<Piece[]>([], [hex('00ca')], [hex('00200080')]),
    rest: fc.constantFrom('PIN' as const, 'data' as const),
  }),
);

const answer = fc.oneof(
  fc.array(fc.oneof(bytes(0, 40), count), { maxLength: 6 }),
  fc.tuple(bytes(0, 300), bytes(2, 2)).map((parts): Piece[] => parts),
  code,
);

const anyTranscript: fc.Arbitrary<Transcript> = fc
  .record({
    header: fc.record(
      {
        readerName: fc.string({ unit: 'binary' }),
        atr: bytes(0, 33),
        exclusive: fc.boolean(),
        redacted: fc.constantFrom('personal' as const, 'none' as const),
        library: fc.constantFrom('0.1.0', '1.2.3-beta.4+5'),
        date: fc.constant('2026-01-31'),
      },
      { requiredKeys: ['readerName', 'atr', 'exclusive'] },
    ),
    exchanges: fc.array(fc.record({ kind: fc.constant('exchange' as const), command, answer })),
    end: fc.option(
      fc.record(
        {
          kind: fc.constant('disconnect' as const),
          disposition: fc.constantFrom('leave' as const, 'reset' as const, 'unpower' as const),
          error: code,
        },
        { requiredKeys: ['kind', 'disposition'] },
      ),
    ),
  })
  .map(({ header, exchanges, end }) => ({ header, events: end === null ? exchanges : [...exchanges, end] }));

describe('any transcript, any text', () => {
  test('what is written is read back, and written the same way again', () => {
    fc.assert(
      fc.property(anyTranscript, (value) => {
        const text = formatTranscript(value);
        const parsed = parseTranscript(text);
        expect(formatTranscript(parsed)).toBe(text);
        expect(parsed.events.length).toBe(value.events.length);
        expect(parsed.header).toEqual({ ...value.header, readerName: parsed.header.readerName });
      }),
    );
  });

  test('a text is a connection or an INVALID_ARGUMENT', async () => {
    const lines = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('> 00B0000000', '< 9000', '<', '>', '= error CLOSED', '= disconnect leave', '# x', ''),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(lines).map((list) => list.join('\n')),
      fc.array(lines).map((list) => transcript(...list)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        let connection: ReturnType<typeof replayTranscript>;
        try {
          connection = replayTranscript(value);
        } catch (error) {
          expect(error).toMatchObject({ name: 'JpkiError', code: 'INVALID_ARGUMENT' });
          return;
        }
        const outcome = await connection.transmit(hex('00b0000000')).catch((error: unknown) => error);
        expect(outcome instanceof Uint8Array || outcome instanceof JpkiError).toBe(true);
      }),
    );
  });

  test('a transcript with one character changed is a connection or an INVALID_ARGUMENT', () => {
    fc.assert(
      fc.property(
        anyTranscript,
        fc.nat(),
        fc.string({ unit: 'binary', minLength: 1 }),
        (value, at, other) => {
          const text = formatTranscript(value);
          const cut = at % text.length;
          try {
            replayTranscript(text.slice(0, cut) + other + text.slice(cut + 1));
          } catch (error) {
            expect(error).toMatchObject({ name: 'JpkiError', code: 'INVALID_ARGUMENT' });
          }
        },
      ),
    );
  });
});
