import { describe, expect, test } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import { Intercepted, scripted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

/** The events of a transcript, without its header. */
const eventsOf = (text: string): string[] => text.split('\n').filter((line) => /^[<>=]/.test(line));

describe('recording', () => {
  test('a power-off at the end is an event, and nothing after it is recorded', async () => {
    const connection = scripted('9000', '9000');
    const recording = recordTranscript(connection);
    await recording.transmit(hex('00a4020c02000a'));
    await recording.disconnect('unpower');
    await recording.disconnect('leave');
    await recording.transmit(hex('00a4020c02000a'));
    expect(eventsOf(recording.text())).toEqual(['> 00A4020C02000A', '< 9000', '= disconnect unpower']);
  });

  test('a disconnect that failed is recorded with its error', async () => {
    const recording = recordTranscript({
      ...scripted(),
      disconnect: () => Promise.reject(new JpkiError('CARD_RESET')),
    });
    await expect(recording.disconnect('reset')).rejects.toMatchObject({ code: 'CARD_RESET' });
    expect(eventsOf(recording.text())).toEqual(['= disconnect reset', '= error CARD_RESET']);
    await expect(replayTranscript(recording.text()).disconnect('reset')).rejects.toMatchObject({
      code: 'CARD_RESET',
    });
  });

  test('an error of another kind reaches the program as it is, and the transcript as TRANSPORT', async () => {
    const recording = recordTranscript(scripted());
    await expect(recording.transmit(hex('00b0000000'))).rejects.toThrow('no answer left');
    expect(eventsOf(recording.text())).toEqual(['> 00B0000000', '= error TRANSPORT']);
  });

  test('a command that was not answered is left out', async () => {
    const card = scripted('6a82');
    const recording = recordTranscript({
      ...card,
      transmit: (command) => (command[1] === 0xb0 ? new Promise(() => undefined) : card.transmit(command)),
    });
    void recording.transmit(hex('00b0000000'));
    expect(eventsOf(recording.text())).toEqual([]);
    await recording.transmit(hex('00a4020c02000a'));
    expect(eventsOf(recording.text())).toEqual(['> 00A4020C02000A', '< 6A82']);
  });

  test('of data to sign in extended length, too, only the length is in it', async () => {
    const recording = recordTranscript(scripted('9000'));
    await recording.transmit(hex(`802a0097000101${'ab'.repeat(257)}0000`));
    expect(eventsOf(recording.text())[0]).toBe('> 802A0097000101 [257 bytes] 0000');
  });

  test('a PIN is not in it, and how long it is neither, whatever is asked for', async () => {
    const recording = recordTranscript((await virtualCard()).connect(), { redact: 'none' });
    await recording.transmit(hex('00a4040c0ad392f000260100000001'));
    await recording.transmit(hex('002000980439393939'));
    await recording.transmit(hex('0020009b0656495254554c'));
    await recording.transmit(hex('0024018000000439393939'));
    expect(eventsOf(recording.text()).slice(2)).toEqual([
      '> 00200098 [PIN]',
      '< 63C2',
      '> 0020009B [PIN]',
      '< 63C4',
      '> 00240180 [PIN]',
      '< 6982',
    ]);
  });

  test.each([
    ['no length field', '0020008031323334', '> 0020 [data]'],
    ['a wrong length field', '00200080083132333435', '> 0020 [data]'],
    ['P1 and P2 left out', '00203132333435', '> 0020 [data]'],
    ['one character in place of Le', '0020008031', '> 00200080 [data]'],
    ['a PIN without a command', '31323334', '> [data]'],
    ['a PIN of letters without a command', '414243444546', '> [data]'],
    ['three bytes', '313233', '> [data]'],
    ['nothing', '', '> [data]'],
    ['in a chain', '102000800431323334', '> 10200080 [PIN]'],
    ['in secure messaging', '0c2000800431323334', '> 0C200080 [PIN]'],
    ['inside an ENVELOPE', '00c2000009002000800431323334', '> 00C20000 [data]'],
    ['to the reader', 'ff00000009002000800431323334', '> FF000000 [data]'],
    ['in an instruction nobody knows', '80ee00000431323334', '> 80EE0000 [data]'],
    ['as a name to select that is none', `00a4040c11${'31'.repeat(17)}`, '> 00A4040C [data]'],
    ['in a read', '00b00000043132333400', '> 00B00000 [data]'],
  ])('a PIN sent in the wrong way is dropped too: %s', async (_name, command, line) => {
    for (const redact of ['personal', 'none'] as const) {
      // The card echoes what it got, at once and again to GET RESPONSE.
      const recording = recordTranscript(scripted(`${command}6104`, `${command}9000`, `${command}9000`), {
        redact,
      });
      await recording.transmit(hex(command));
      await recording.transmit(hex('00c0000004'));
      const [sent, answered, , fetched] = eventsOf(recording.text());
      expect(sent).toBe(line);
      expect(answered).toMatch(/^< (?:\[\d+ bytes\] )?6104$/);
      expect(fetched).toMatch(/^< (?:\[\d+ bytes\] )?9000$/);
    }
  });

  test('what is recorded is what was sent, whatever happens to the bytes later', async () => {
    const command = hex('802a00800431323334');
    const recording = recordTranscript(
      new Intercepted(scripted('9000'), (_number, bytes, send) => {
        bytes.fill(0xee);
        return send();
      }),
      { redact: 'none' },
    );
    await recording.transmit(command);
    expect(eventsOf(recording.text())).toEqual(['> 802A00800431323334', '< 9000']);
  });

  test('stops at the size that a replay accepts', async () => {
    const recording = recordTranscript(
      { ...scripted(), transmit: async () => new Uint8Array(65538).fill(0x90) },
      { redact: 'none' },
    );
    for (let i = 0; i < 40; i++) await recording.transmit(hex('00b00000000000'));
    const text = recording.text();
    expect(text.endsWith('# The recording ends here: a transcript holds no more.\n')).toBe(true);
    expect(text.length).toBeLessThan(4 * 1024 * 1024);
    expect(eventsOf(text).length).toBeGreaterThan(50);
    await expect(replayTranscript(text).transmit(hex('00b00000000000'))).resolves.toHaveLength(65538);
  });

  test('a redaction that does not exist is refused', () => {
    const options = { redact: 'some' } as unknown as { redact: 'none' };
    expect(() => recordTranscript(scripted(), options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
