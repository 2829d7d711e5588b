import { describe, expect, test } from 'vitest';
import type { JpkiError } from '../../src/errors.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { virtualCard } from '../support/virtual.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

describe('a replay', () => {
  const text = [
    'jpki-card transcript 1',
    'reader: x',
    'atr: 3B00',
    '> 00200098 [PIN]',
    '< 9000',
    '> 802A009704 [4 bytes] 00',
    '< [256 bytes] 9000',
    '= disconnect unpower',
  ].join('\n');
  const verify = '002000980431323334';

  test('takes any PIN for a PIN, and any data of the same length for what was signed', async () => {
    for (const pin of [
      '0431323334',
      '105858585858585858585858585858585858',
      '00000431323334',
      '043132333400',
    ]) {
      const replay = replayTranscript(text);
      expect(await replay.transmit(hex(`00200098${pin}`))).toEqual(hex('9000'));
      expect(await replay.transmit(hex('802a0097040102030400'))).toEqual(hex(`${'00'.repeat(256)}9000`));
      await replay.disconnect('unpower');
    }
  });

  test.each([
    ['a query in place of the PIN', ['00200098'], 4],
    ['a query with an Le in place of the PIN', ['0020009800'], 4],
    ['another PIN', ['0020009b0431323334'], 4],
    ['data of another length', [verify, '802a009703010203 00'], 6],
    ['bytes behind the command', [verify, '802a009704010203040000'], 6],
    ['no Le', [verify, '802a00970401020304'], 6],
    ['more than the transcript has', [verify, '802a0097040102030400', '00b0000000'], 8],
  ])('refuses %s, and everything after it', async (_name, commands, line) => {
    const replay = replayTranscript(text);
    const sent = commands.map((command) => hex(command.replaceAll(' ', '')));
    const last = sent.pop() ?? hex('');
    for (const command of sent) await replay.transmit(command);
    const refusal = {
      name: 'JpkiError',
      code: 'TRANSPORT',
      message: expect.stringContaining(`Line ${line} of the transcript has: `),
    };
    await expect(replay.transmit(last)).rejects.toMatchObject(refusal);
    await expect(replay.transmit(hex(verify))).rejects.toMatchObject(refusal);
    await expect(replay.disconnect('unpower')).resolves.toBeUndefined();
  });

  test('names the line and both commands, and no PIN', async () => {
    const replay = replayTranscript(`${text.split('\n', 3).join('\n')}\n# more\n> 00B0000000\n< 9000`);
    const error: unknown = await replay.transmit(hex(verify)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      message: 'Line 5 of the transcript has: > 00B0000000 The program did: > 00200098 [PIN]',
    });
    expect((error as JpkiError).inLanguage('ja').message).toContain('5 行目');
  });

  test('says when the transcript has ended', async () => {
    const replay = replayTranscript('jpki-card transcript 1\nreader: x\natr: 3B00');
    await expect(replay.transmit(hex('00b0000000'))).rejects.toThrow(
      'The transcript has ended, but the program went on: > 00B0000000',
    );
  });

  test('refuses a disconnect that leaves the power on where it was cut, or comes too early', async () => {
    const early = replayTranscript(text);
    await expect(early.disconnect('unpower')).rejects.toThrow(
      'Line 4 of the transcript has: > 00200098 [PIN] The program did: = disconnect unpower',
    );
    const replay = replayTranscript(text);
    await replay.transmit(hex(verify));
    await replay.transmit(hex('802a0097040102030400'));
    await expect(replay.disconnect('leave')).rejects.toThrow(
      'Line 8 of the transcript has: = disconnect unpower The program did: = disconnect leave',
    );
  });

  test('is closed after a disconnect, and a second one does nothing', async () => {
    const replay = replayTranscript('jpki-card transcript 1\nreader: x\natr: 3B00');
    await replay.disconnect();
    await replay.disconnect('unpower');
    await expect(replay.transmit(hex('00b0000000'))).rejects.toMatchObject({ code: 'CLOSED' });
  });

  test('hands out fresh bytes: a program that changes an answer does not change the transcript', async () => {
    const lines = 'jpki-card transcript 1\nreader: x\natr: 3B00\n> 00B0000002\n< 01029000\n';
    const replay = replayTranscript(`${lines}${lines.split('\n').slice(3).join('\n')}`);
    const first = await replay.transmit(hex('00b0000002'));
    first.fill(0xee);
    expect(await replay.transmit(hex('00b0000002'))).toEqual(hex('01029000'));
  });

  test('a second caller on the same applet is served in order', async () => {
    const recording = recordTranscript((await virtualCard()).connect());
    const both = async (connection: CardConnection): Promise<unknown> => {
      await using applet = await JpkiApplet.select(connection);
      return Promise.all([
        applet.readStatus(),
        applet.readCertificateAvailability(),
        applet.readPinCounter('sign'),
      ]);
    };
    const seen = await both(recording);
    expect(await both(replayTranscript(recording.text()))).toEqual(seen);
  });
});
