import { describe, expect, test } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import type { VirtualCardQuirks } from '../../src/virtual/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';
import { PROGRAMS } from './programs.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

const programs = Object.entries(PROGRAMS);

/** Lengths in place of bytes, which are stand-ins in a redacted transcript; all else as it is. */
const lengths = (seen: unknown): unknown => {
  if (Array.isArray(seen)) return seen.map(lengths);
  return seen instanceof Uint8Array ? seen.length : seen;
};

/** The events of a transcript, without its header. */
const eventsOf = (text: string): string[] => text.split('\n').filter((line) => /^[<>=]/.test(line));

describe('a recording of an operation, replayed', () => {
  test.each(programs)('gives the program what the card gave it: %s', async (_name, program) => {
    const recording = recordTranscript((await virtualCard()).connect(), { redact: 'none' });
    const seen = await program(recording);
    const text = recording.text();
    expect(await program(replayTranscript(text))).toEqual(seen);

    const again = recordTranscript(replayTranscript(text), { redact: 'none' });
    await program(again);
    expect(again.text()).toBe(text);
  });

  const QUIRKS: Partial<VirtualCardQuirks>[] = [
    { shortIds: 0x6a86 },
    { getResponse: true },
    { endOfFile: 0x6282 },
    { endOfFile: 0x6c },
    { maxRead: 100 },
    { firstCommandFails: true, fourByteVerify: false },
    { authCertificateNeedsPin: true },
  ];
  test.each(QUIRKS)('and redacted, ends as it ended with the card: %o', async (quirks) => {
    for (const [name, program] of programs) {
      const recording = recordTranscript((await virtualCard(quirks)).connect());
      const seen = await program(recording);
      const replayed = await program(replayTranscript(recording.text()));
      if (name !== 'token information') expect(lengths(replayed), name).toEqual(lengths(seen));
    }
  });

  test('replays a link that broke, and what the program did about it', async () => {
    const broken = new Intercepted((await virtualCard()).connect(), (number, _command, send) => {
      if (number === 2) throw new JpkiError('CARD_REMOVED', 'a message with details');
      return send();
    });
    const recording = recordTranscript(broken);
    const program = PROGRAMS['authentication certificate'] ?? (async () => undefined);
    expect(await program(recording)).toMatchObject({ code: 'CARD_REMOVED' });
    const text = recording.text();
    expect(eventsOf(text).slice(-3)).toEqual([
      expect.stringMatching(/^> 00B08A/),
      '= error CARD_REMOVED',
      '= disconnect leave',
    ]);
    expect(text).not.toContain('details');
    expect(await program(replayTranscript(text))).toMatchObject({ code: 'CARD_REMOVED' });
  });

  test('keeps the header of the connection', async () => {
    const connection: CardConnection = {
      ...scripted(),
      readerName: 'Some reader [interface] 00 00',
      atr: hex('3b8001'),
      exclusive: false,
    };
    const { readerName, atr, exclusive } = replayTranscript(recordTranscript(connection).text());
    expect({ readerName, atr, exclusive }).toEqual({
      readerName: 'Some reader [interface] 00 00',
      atr: hex('3b8001'),
      exclusive: false,
    });
  });
});
