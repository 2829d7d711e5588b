/** What of a file a redacted recording shows. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Redaction, recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { scripted } from '../support/connections.js';
import { virtualCard } from '../support/virtual.js';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const unhex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

const SELECT_JPKI = '00a4040c0ad392f000260100000001';

/** Runs commands against a card that gives these answers; the recording is redacted unless that is said. */
async function record(
  exchanges: readonly (readonly [string, string])[],
  redact: Redaction = 'personal',
): Promise<string> {
  const recording = recordTranscript(scripted(...exchanges.map(([, answer]) => answer)), { redact });
  for (const [command] of exchanges) await recording.transmit(hex(command));
  return recording.text();
}

const lastAnswer = (text: string): string | undefined => text.match(/^<.*$/gm)?.at(-1);

describe('what is read', () => {
  let auth: Uint8Array;
  let ca: Uint8Array;

  beforeAll(async () => {
    const connection = (await virtualCard()).connect();
    await connection.transmit(hex(SELECT_JPKI));
    const file = async (select: string): Promise<Uint8Array> => {
      await connection.transmit(hex(select));
      return (await connection.transmit(hex('00b00000000000'))).slice(0, -2);
    };
    auth = await file('00a4020c02000a');
    ca = await file('00a4020c02000b');
  });

  /** A card on which file 000A has this content, and every read is answered with as much as was asked for. */
  function cardWith(content: Uint8Array): CardConnection {
    return {
      ...scripted(),
      async transmit([, ins, hi = 0, lo = 0, ...le]) {
        if (ins !== 0xb0) return hex('9000');
        const offset = hi === 0x8a ? lo : hi * 256 + lo;
        const length = le.length === 1 ? le[0] || 256 : (le[1] ?? 0) * 256 + (le[2] ?? 0);
        const data = content.slice(offset, offset + length);
        return Uint8Array.of(...data, 0x90, 0x00);
      },
    };
  }

  /** Reads (offset, length) of file 000A, in extended length where it takes that; the text, and the replayed answers. */
  async function read(content: Uint8Array, reads: readonly (readonly [number, number])[]) {
    const commands = [
      SELECT_JPKI,
      '00a4020c02000a',
      ...reads.map(([offset, length]) => {
        const position = offset.toString(16).padStart(4, '0');
        return length > 256
          ? `00b0${position}00${length.toString(16).padStart(4, '0')}`
          : `00b0${position}${(length & 0xff).toString(16).padStart(2, '0')}`;
      }),
    ].map(hex);
    const recording = recordTranscript(cardWith(content));
    for (const command of commands) await recording.transmit(command);
    const text = recording.text();
    const replay = replayTranscript(text);
    const answers: Uint8Array[] = [];
    for (const command of commands) answers.push((await replay.transmit(command)).slice(0, -2));
    return { text, answers: answers.slice(2) };
  }

  const all = (content: Uint8Array, size: number): [number, number][] =>
    Array.from({ length: Math.ceil(content.length / size) }, (_, i) => [i * size, size]);

  /** The longest run of bytes that is in both at the same place. */
  function commonRun(a: Uint8Array, b: Uint8Array): number {
    let longest = 0;
    let run = 0;
    for (const [i, byte] of a.entries()) {
      run = b[i] === byte ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    return longest;
  }

  test('a certificate is the same stand-in however it is cut, and however often it is read', async () => {
    const reads: [number, number][] = [[0, 4], [0, 2048], ...all(auth, 37), [700, 500], [1, 1], [333, 3]];
    const { answers } = await read(auth, reads);
    const whole = answers[1] ?? hex('');
    expect(whole).toHaveLength(2048);
    expect(whole).not.toEqual(auth);
    for (const [i, [offset, length]] of reads.entries()) {
      expect(answers[i]).toEqual(whole.slice(offset, offset + length));
    }
  });

  test('a certificate with an extended read is redacted as one with short reads', async () => {
    for (const size of [100, 256, 1000, 2048]) {
      const { answers } = await read(auth, all(auth, size));
      const redacted = Buffer.concat(answers);
      expect(redacted.subarray(0, 4)).toEqual(Buffer.from(auth.subarray(0, 4)));
      expect(redacted.subarray(-600)).toEqual(Buffer.from(auth.subarray(-600)));
      // The issuer's name and, near it, the fixed parts of the structure.
      expect(commonRun(auth, redacted.subarray(0, 1400))).toBeLessThan(200);
    }
  });

  test('a certificate is left out while a byte of it is missing, at the end or before', async () => {
    const der = auth.slice(0, 4 + (auth[2] ?? 0) * 256 + (auth[3] ?? 0));
    const header = unhex(der.subarray(0, 4));
    const answersTo = async (reads: [number, number][]): Promise<string[]> =>
      ((await read(der, reads)).text.match(/^< .*$/gm) ?? []).slice(2);
    expect(await answersTo([[0, der.length - 1]])).toEqual([`< ${header} [${der.length - 5} bytes] 9000`]);
    expect(
      await answersTo([
        [0, 600],
        [601, 2000],
      ]),
    ).toEqual([`< ${header} [596 bytes] 9000`, `< [${der.length - 601} bytes] 9000`]);
    expect(await answersTo([[1, 2000]])).toEqual([`< [${der.length - 1} bytes] 9000`]);
    expect(
      (
        await answersTo([
          [0, 600],
          [600, 2000],
        ])
      ).join(),
    ).not.toContain('bytes');
  });

  test('of a certificate that was not read to its end, type and length are shown', async () => {
    const { text } = await read(auth, [[0, 256]]);
    expect(lastAnswer(text)).toBe(`< ${unhex(auth.subarray(0, 4))} [252 bytes] 9000`);
  });

  test('two reads that contradict each other are both left out', async () => {
    let turn = 0;
    const other = cardWith(ca);
    const card = cardWith(auth);
    const recording = recordTranscript({
      ...card,
      transmit: (command) => (command[1] === 0xb0 && turn++ > 0 ? other : card).transmit(command),
    });
    for (const command of [SELECT_JPKI, '00a4020c02000a', '00b00000000800', '00b00000000800']) {
      await recording.transmit(hex(command));
    }
    expect(
      recording
        .text()
        .match(/^< .*$/gm)
        ?.slice(2),
    ).toEqual(['< [2048 bytes] 9000', '< [2048 bytes] 9000']);
  });

  test('data behind a certificate are shown only when they are filler', async () => {
    const content = auth.slice();
    const { text: whole } = await read(content, [
      [0, 2048],
      [1900, 148],
    ]);
    expect(lastAnswer(whole)).toBe(`< ${'FF'.repeat(148)} 9000`);
    const { text: part } = await read(content, [[1900, 148]]);
    expect(lastAnswer(part)).toBe('< [148 bytes] 9000');
    content.set(new TextEncoder().encode('仮想　見本子'), 2000);
    const { text } = await read(content, [
      [0, 2048],
      [1990, 58],
    ]);
    expect(lastAnswer(text)).toBe('< [58 bytes] 9000');
    expect(text).not.toContain(unhex(content.subarray(2000, 2018)));
  });

  test('a file of nothing but filler is shown', async () => {
    const { text } = await read(new Uint8Array(16).fill(0xff), [[0, 16]]);
    expect(lastAnswer(text)).toBe(`< ${'FF'.repeat(16)} 9000`);
  });

  test('a file that is no certificate is left out', async () => {
    const content = new TextEncoder().encode('仮想　見本子'.repeat(20));
    expect(lastAnswer((await read(content, [[0, 256]])).text)).toBe('< [256 bytes] 9000');
  });

  test("a CA's certificate that J-LIS did not publish is replaced, in whichever file", async () => {
    const { answers } = await read(ca, [[0, 2048]]);
    const shown = Buffer.from(answers[0] ?? '');
    expect([Buffer.from(ca).includes('JPKI'), shown.includes('JPKI')]).toEqual([true, false]);
    // Only structure is in both: shorter than the key and the signature by far.
    expect(commonRun(ca.slice(4, 1000), shown.subarray(4, 1000))).toBeLessThan(100);
  });

  test("the holder's certificate in the place of a CA's is redacted all the same", async () => {
    const connection = cardWith(auth);
    const recording = recordTranscript(connection);
    for (const command of [SELECT_JPKI, '00a4020c02000b', '00b00000000800'])
      await recording.transmit(hex(command));
    expect(recording.text()).not.toContain(unhex(auth.subarray(400, 500)));
  });

  test('the serial number and the time of the token are zeros, the rest of its information stays', async () => {
    const label = Buffer.from('JPKIAPICCTOKEN2'.padEnd(80));
    const numbers = Buffer.alloc(44, 1);
    const info = Buffer.concat([
      label,
      Buffer.from('0000000020500003'),
      numbers,
      Buffer.from('03012026013112345600'),
    ]);
    const text = await record([
      [SELECT_JPKI, '9000'],
      ['00b08600a0', `${info.toString('hex')}9000`],
    ]);
    const zeros = Buffer.from(info);
    zeros.fill('0', 80, 96).fill('0', 144, 160);
    expect(lastAnswer(text)).toBe(`< ${zeros.toString('hex').toUpperCase()} 9000`);
  });

  test.each([
    ['begins with something else', '架空県見本市例示町一丁目'.padEnd(100)],
    ['has more than text in it', `JPKIAPICCTOKEN2${' '.repeat(17)}架空県見本市`.padEnd(100)],
    ['has a name behind its label', 'JPKIAPICCTOKEN2 MIHONKO KASOU   '.padEnd(100)],
  ])('token information that %s is left out', async (_what, start) => {
    const file = Buffer.concat([Buffer.from(start)], 160);
    const text = await record([
      [SELECT_JPKI, '9000'],
      ['00b08600a0', `${file.toString('hex')}9000`],
    ]);
    expect(lastAnswer(text)).toBe('< [160 bytes] 9000');
  });

  test('of the availability no more than its three bytes is shown', async () => {
    const text = await record([
      [SELECT_JPKI, '9000'],
      ['00b0880008', '8f8f00aabbccddee9000'],
    ]);
    expect(lastAnswer(text)).toBe('< 8F8F00 [5 bytes] 9000');
  });

  test('what is signed, and the signature, are lengths', async () => {
    const data = `${'aabbccdd'.repeat(8)}`;
    const text = await record([[`802a009720${data}00`, `${'eeff0011'.repeat(64)}9000`]]);
    expect(text.split('\n').slice(-3, -1)).toEqual(['> 802A009720 [32 bytes] 00', '< [256 bytes] 9000']);
  });

  test("a serial number in the reader's name is crossed out", () => {
    const name = (readerName: string): string | undefined =>
      recordTranscript({ ...scripted(), readerName })
        .text()
        .match(/^reader: (.*)$/m)?.[1];
    expect(name('Maker Reader RC-S300/P [if] (0123456) 00 00')).toBe(
      'Maker Reader RC-S300/P [if] (xxxxxxx) 00 00',
    );
    expect(name('ACR1255U-J1 ACR1255U-J1-000123')).toBe('ACR1255U-J1 ACR1255U-J1-xxxxxx');
    expect(name('Reader (A1B2-C3')).toBe('Reader (xxxx-xx');
  });
});

describe('the Individual Number, in a recording that leaves out nothing else', () => {
  const SELECT_TEXT = '00a4040c0ad3921000310001010408';
  const SELECT_COMMON = '00a4040c0ad3921000310001010100';
  const COMMON: readonly [string, string] = [SELECT_COMMON, '9000'];
  const NUMBER = 'FF100C393939393939393939393939FFFF';

  /** `broken`: the answer does not come, though the card did what it was told. */
  async function recordAll(exchanges: readonly (readonly [string, string])[]): Promise<string> {
    let number = 0;
    const connection: CardConnection = {
      ...scripted(),
      async transmit() {
        const answer = exchanges[number++]?.[1] ?? '';
        if (answer === 'broken') throw new Error('the cable is out');
        return hex(answer);
      },
    };
    const recording = recordTranscript(connection, { redact: 'none' });
    for (const [command] of exchanges) await recording.transmit(hex(command)).catch(() => undefined);
    return recording.text();
  }

  test.each<[string, readonly (readonly [string, string])[], string]>([
    ['its application was selected', [COMMON, [SELECT_TEXT, '9000']], '00b0810011'],
    ['the answer to that SELECT was lost', [COMMON, [SELECT_TEXT, 'broken']], '00b0810011'],
    ['the answer to that SELECT is none', [COMMON, [SELECT_TEXT, '42']], '00b0810011'],
    ['a reader says of that SELECT that it failed', [COMMON, [SELECT_TEXT, '6f00']], '00b0810011'],
    ['that SELECT ended with a warning', [COMMON, [SELECT_TEXT, '6283']], '00b0810011'],
    [
      'more than its name was selected',
      [COMMON, [`00a4040c0b${SELECT_TEXT.slice(10)}00`, '9000']],
      '00b0810011',
    ],
    [
      'its application was selected on another channel',
      [COMMON, [`01${SELECT_TEXT.slice(2)}`, '9000']],
      '01b0810011',
    ],
    ['something was selected by a path', [COMMON, ['00a4080c023f00', '9000']], '00b0810011'],
    [
      'its file is current, and is read by the short identifier that is none',
      [COMMON, [SELECT_TEXT, '9000'], ['00a4020c020001', '9000']],
      '00b0800011',
    ],
  ])('is left out where %s', async (_where, before, read) => {
    const text = await recordAll([...before, [read, `${NUMBER}9000`]]);
    expect(lastAnswer(text)).toBe('< [17 bytes] 9000');
  });

  test.each<[string, readonly (readonly [string, string])[], string]>([
    ['a file of another application', [COMMON], '00b0820011'],
    ['a record of another application', [COMMON, ['00a4020c020001', '9000']], '00b2010400'],
    ['a record, after a command that has no rule here', [COMMON, ['00840000', '6700']], '00b2010400'],
  ])('is not looked for in %s', async (_where, before, read) => {
    const text = await recordAll([...before, [read, `${NUMBER}9000`]]);
    expect(lastAnswer(text)).toBe(`< ${NUMBER} 9000`);
  });
});

describe("the card's text, face and record", () => {
  const TEXT = '00a4040c0ad3921000310001010408';
  const FACE = '00a4040c0ad3921000310001010402';
  const COMMON = '00a4040c0ad3921000310001010100';
  const ascii = (text: string): string => Buffer.from(text).toString('hex');
  const NAME = 'df220fe9bb92e6a190e38080e5b9b9e4b99f';

  // Redacted, nothing of them is shown; the last column is for the transcript that names the holder.
  test.each<[string, string[], string, 'left out' | 'shown']>([
    ['the Individual Number', [TEXT, '00b0810011'], `ff100c${ascii('537686677188')}ffff`, 'left out'],
    [
      'the Individual Number behind a SELECT of its file',
      [TEXT, '00a4020c020001', '00b0000300'],
      ascii('537686677188'),
      'left out',
    ],
    ['name and address', [TEXT, '00b0820000'], `ff2024df2108000e00200000${NAME}`, 'shown'],
    ['birth date and sex', [TEXT, '00b0825900'], `df2408${ascii('19800217')}df250131`, 'shown'],
    ['the sex alone', [TEXT, '00a4020c020002', '00b0006701'], '31', 'shown'],
    ['the digests', [TEXT, '00b0830000'], `ff3023df3120${'5a'.repeat(32)}`, 'left out'],
    ['the certificate of who signed', [TEXT, '00b0840000'], `7f2104${'5f4e0142'}`, 'shown'],
    ['basic information', [TEXT, '00b0850000'], `ff4003${'df4100'}`, 'shown'],
    ['the birth date of the face', [FACE, '00b0810000'], `ff100bdf1108${ascii('19800217')}`, 'shown'],
    ['the photo, and images of name and address', [FACE, '00b0820000'], `ff2006${'6a502020'}0000`, 'shown'],
    ['the image of the number', [FACE, '00b0850000'], `ff4006${'89504e47'}0000`, 'left out'],
    [
      "the card's serial number, municipality and end",
      [COMMON, '00a4020c020001', '00b2010400'],
      `011c${ascii('1234567890123459876520350217')}`,
      'shown',
    ],
    [
      'what is read after the beginning of an application name',
      ['00a4040c05d392100031', '00b0810011'],
      ascii('537686677188'),
      'left out',
    ],
    ['a file that is not known', [TEXT, '00b0880000'], 'c0ffee', 'shown'],
    ['what is read where nobody knows what is selected', ['00b0000000'], ascii('537686677188'), 'left out'],
  ])('%s: a length, and its bytes nowhere', async (_what, commands, data, unredacted) => {
    const exchanges = commands.map(
      (command, i) => [command, i === commands.length - 1 ? `${data}9000` : '9000'] as const,
    );
    const shown = `< ${data.toUpperCase()} 9000`;
    const hidden = `< [${data.length / 2} bytes] 9000`;
    expect(lastAnswer(await record(exchanges))).toBe(hidden);
    expect(lastAnswer(await record(exchanges, 'none'))).toBe(unredacted === 'shown' ? shown : hidden);
  });

  test.each<[string, string]>([
    ['the card input PIN', `0020009104${ascii('1234')}`],
    ['check number A', `002000940c${ascii('537686677188')}`],
    ['check number B', `002000950e${ascii('55021720352285')}`],
    ['a new card input PIN', `0024019104${ascii('8642')}`],
    ['a new resident registry PIN', `8032008004${ascii('8642')}`],
  ])('%s is not there, nor how long it is', async (_what, command) => {
    for (const redact of ['personal', 'none'] as const) {
      const text = await record(
        [
          [TEXT, '9000'],
          [command, '9000'],
        ],
        redact,
      );
      expect(text.match(/^>.*$/gm)?.at(-1)).toBe(`> ${command.slice(0, 8).toUpperCase()} [PIN]`);
    }
  });
});
