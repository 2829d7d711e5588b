/** Which file a response comes from: what the recorder must not believe. */
import { describe, expect, test } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { recordTranscript } from '../../src/transcript/index.js';
import { scripted } from '../support/connections.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));

const SELECT_OTHER = '00a4040c0ad3921000310001010402';
const COMMANDS: Readonly<Record<string, string>> = {
  jpki: '00a4040c0ad392f000260100000001',
  other: SELECT_OTHER,
  file: '00a4020c020008',
  read: '00b0000003',
  'read-short': '00b0880003',
};
const command = (name: string): Uint8Array => hex(COMMANDS[name] ?? name);

/** Sends commands to a card that gives these answers: `jpki=9000 read=0102039000`. The recording is redacted. */
async function record(exchanges: string): Promise<string> {
  const pairs = exchanges
    .trim()
    .split(/ +/)
    .map((pair) => pair.split('='));
  const recording = recordTranscript(scripted(...pairs.map(([, answer = '']) => answer)));
  for (const [name = ''] of pairs) await recording.transmit(command(name));
  return recording.text();
}

const lastAnswer = (text: string): string | undefined => text.match(/^<.*$/gm)?.at(-1);

// File 0008 is shown as it is, so it tells whether the recorder believes that this is the file.
describe('the file that is read', () => {
  test.each([
    ['by its identifier', 'jpki=9000 file=9000 read=aabbcc9000'],
    ['by its short identifier', 'jpki=9000 read-short=aabbcc9000'],
    ['again, as the current file', 'jpki=9000 read-short=aabbcc9000 read=aabbcc9000'],
    ['with an announcement', 'jpki=6100 file=6100 read=6103 00c0000003=aabbcc9000'],
    ['in two parts', 'jpki=9000 read-short=6103 00c0000001=aa6102 00c0000002=bbcc9000'],
    ['with a corrected Le', 'jpki=9000 read-short=6103 00c0000000=6c03 00c0000003=aabbcc9000'],
    ['to its end', 'jpki=9000 read-short=aabbcc6282'],
    ['with a PIN in between', 'jpki=9000 file=9000 002000980431323334=9000 read=aabbcc9000'],
    ['after another file was refused', 'jpki=9000 00b0810003=6982 read-short=aabbcc9000'],
  ])('is known when it is read %s', async (_how, exchanges) => {
    expect(lastAnswer(await record(exchanges))).toMatch(/^< (?:AA)?BBCC (?:9000|6282)$/);
  });

  test.each([
    ['nothing was selected', ''],
    ['another application was selected', 'jpki=9000 other=9000 file=9000'],
    ['the SELECT of the application failed', 'jpki=6a82 file=9000'],
    ['the SELECT of another application failed', 'jpki=9000 file=9000 other=6a82'],
    ['the SELECT of another application warned', 'jpki=9000 other=6283 file=9000'],
    ['only a part of the name was selected', '00a4040c05d392f00026=9000 file=9000'],
    ['the next application of that name was selected', '00a4040e0ad392f000260100000001=9000 file=9000'],
    ['the SELECT of the file failed', 'jpki=9000 file=6a82'],
    ['another file was selected', 'jpki=9000 file=9000 00a4020c020009=9000'],
    ['a file with the same low byte was selected', 'jpki=9000 00a4020c020108=9000'],
    ['the SELECT of another file failed', 'jpki=9000 file=9000 00a4020c020009=6a82'],
    ['a directory may have been selected', 'jpki=9000 file=9000 00a4000c020008=9000'],
    ['the file was selected by a path', 'jpki=9000 00a4080c020008=9000'],
    ['the file was selected on another channel', 'jpki=9000 01a4020c020008=9000'],
    ['another application was selected on a channel', `jpki=9000 file=9000 01${SELECT_OTHER.slice(2)}=9000`],
    ['a channel was opened', 'jpki=9000 file=9000 0070000001=019000'],
    ['a chain was begun', `jpki=9000 file=9000 10${SELECT_OTHER.slice(2)}=9000`],
    ['a command was sent inside another', `jpki=9000 file=9000 00c200000f${SELECT_OTHER}=9000`],
    ['an unknown command was sent', 'jpki=9000 file=9000 80f00000=9000'],
    ['bytes that are no command were sent', 'jpki=9000 file=9000 00a4040c0ad392=6700'],
    ['a short identifier was refused', 'jpki=9000 file=9000 00b0810003=6a82'],
    ['its own short identifier was refused', 'jpki=9000 read-short=6a82'],
    ['the application was selected again', 'jpki=9000 file=9000 jpki=9000'],
    ['a read had an identifier with bits that mean nothing', 'jpki=9000 file=9000 00b0a90003=9000'],
    ['a read had data', 'jpki=9000 file=9000 00b0000002540100=9000'],
    ['an answer had no status word', 'jpki=9000 file=9000 other=90'],
  ])('is not known when %s', async (_when, exchanges) => {
    const text = await record(`${exchanges} read=aabbcc9000`);
    expect(lastAnswer(text)).toBe('< [3 bytes] 9000');
    expect(text).not.toMatch(/AABBCC/i);
  });

  test.each([
    ['another class', '80b0880003=aabbcc9000'],
    ['a channel', '01b0880003=aabbcc9000'],
    ['the instruction with data objects', '00b10008045402000003=aabbcc9000'],
    ['READ RECORD', '00b2010403=aabbcc9000'],
    ['GET DATA', '00ca000803=aabbcc9000'],
    ['GET RESPONSE without an announcement', '00c0000003=aabbcc9000'],
    ['GET RESPONSE after another command', 'read=6103 00200098=63c3 00c0000003=aabbcc9000'],
    ['a short identifier of zero', '00b0800003=aabbcc9000'],
    ['a request for less', '00b0880002=aabbcc9000'],
    ['a refusal with data', 'read-short=aabbcc6982'],
    ['a refusal of the current file with data', 'read=aabbcc6982'],
    ['a correction with data', 'read-short=aabbcc6c03'],
    ['a PIN', '002000880431323334=aabbcc9000'],
    ['a signature command', '802a009704aabbccdd00=aabbcc9000'],
    ['a SELECT', '00a4020c02000803=aabbcc9000'],
    ['a question to the reader', 'ffca000000=aabbcc9000'],
  ])('is not what answers %s', async (_what, exchanges) => {
    const text = await record(`jpki=9000 file=9000 ${exchanges}`);
    expect(lastAnswer(text)).toMatch(/^< \[3 bytes\] [69]...$/);
    expect(text).not.toMatch(/AABBCC/i);
  });

  test('is not known after the link broke', async () => {
    const card = scripted('9000', '9000', 'aabbcc9000');
    let breaks = false;
    const recording = recordTranscript({
      ...card,
      transmit: (bytes) => (breaks ? Promise.reject(new JpkiError('CARD_RESET')) : card.transmit(bytes)),
    });
    await recording.transmit(command('jpki'));
    await recording.transmit(command('file'));
    breaks = true;
    await expect(recording.transmit(command('read'))).rejects.toThrow();
    breaks = false;
    await recording.transmit(command('read'));
    expect(lastAnswer(recording.text())).toBe('< [3 bytes] 9000');
  });

  test('is not known while two commands are on their way', async () => {
    const answers: ((answer: string) => void)[] = [];
    const recording = recordTranscript({
      ...scripted(),
      transmit: () => new Promise((resolve) => answers.push((answer) => resolve(hex(answer)))),
    });
    const first = recording.transmit(command('jpki'));
    answers.shift()?.('9000');
    await first;
    const both = [recording.transmit(command('read-short')), recording.transmit(command('other'))];
    for (const answer of answers.splice(0)) answer('aabbcc9000');
    await Promise.all(both);
    const after = recording.transmit(command('read-short'));
    answers.shift()?.('aabbcc9000');
    await after;
    expect(recording.text()).not.toMatch(/AABBCC/i);
  });

  test('data in place of a status word are hidden too', async () => {
    const text = await record('ffca000000=aabbccdd ffca000000=aabb');
    expect(text).toContain('< [4 bytes]\n');
    expect(text).toContain('< [2 bytes]\n');
  });
});
