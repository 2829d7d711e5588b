import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { CardChannel, CommandApdu, type CommandApduFields } from '../../src/iso7816/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { scripted } from '../support/connections.js';

const command = (fields: Partial<CommandApduFields> = {}): CommandApdu =>
  new CommandApdu({ cla: 0x00, ins: 0xb0, p1: 0, p2: 0, le: 256, ...fields });
const VERIFY = { ins: 0x20, p2: 0x80, data: new TextEncoder().encode('1234') };

/** Sends one command to a card that gives these answers; tells data, status word and every command sent. */
async function exchange(sent: CommandApdu, ...answers: readonly string[]) {
  const card = scripted(...answers);
  const { data, statusWord } = await new CardChannel(card).transmit(sent);
  return { data: toHex(data), sw: String(statusWord), commands: card.commands };
}

/** A card that answers every command with the same bytes, and counts. */
function stubborn(answer: Uint8Array): CardConnection & { count: number } {
  return {
    readerName: 'Stubborn',
    atr: Uint8Array.of(0x3b, 0x00),
    exclusive: true,
    count: 0,
    async transmit() {
      this.count++;
      return answer;
    },
    async disconnect() {},
  };
}

const withData = (length: number, sw: number): Uint8Array => {
  const bytes = new Uint8Array(length + 2);
  bytes.set([sw >> 8, sw & 0xff], length);
  return bytes;
};

describe('an answer 61xx', () => {
  it('is followed by GET RESPONSE with that length, until another status word comes', async () => {
    expect(await exchange(command(), '6103', 'aabbcc6102', 'ddee9000')).toEqual({
      data: 'aabbccddee',
      sw: '9000',
      commands: ['00b0000000', '00c0000003', '00c0000002'],
    });
  });

  it('may bring data of its own', async () => {
    expect(await exchange(command(), 'aabb6101', 'cc6282')).toMatchObject({ data: 'aabbcc', sw: '6282' });
  });

  it('is fetched with Le 00 when it is 6100', async () => {
    const { commands } = await exchange(command(), '6100', `${'aa'.repeat(256)}9000`);
    expect(commands).toEqual(['00b0000000', '00c0000000']);
  });

  it('is fetched in the class of ISO on the same logical channel, whatever the class of the command', async () => {
    const sign = command({ cla: 0x80, ins: 0x2a, data: Uint8Array.of(1) });
    expect((await exchange(sign, '6101', 'aa9000')).commands[1]).toBe('00c0000001');
    expect((await exchange(command({ cla: 0x02 }), '6101', 'aa9000')).commands[1]).toBe('02c0000001');
  });

  it('that ends in an error gives that status word', async () => {
    expect(await exchange(command(), '6102', '6f00')).toMatchObject({ data: '', sw: '6F00' });
  });

  it('is left to the caller of a command that expects no data', async () => {
    const select = command({ ins: 0xa4, p1: 4, p2: 0x0c, data: Uint8Array.of(1), le: undefined });
    expect(await exchange(select, '6110')).toMatchObject({ sw: '6110', commands: ['00a4040c0101'] });
  });

  it('whose GET RESPONSE is answered 6Cxx is fetched once more with that length', async () => {
    expect(await exchange(command(), '6105', '6c02', 'aabb9000')).toMatchObject({
      data: 'aabb',
      commands: ['00b0000000', '00c0000005', '00c0000002'],
    });
  });

  it('again and again without data is an error after the first time', async () => {
    const card = stubborn(withData(0, 0x6110));
    await expect(new CardChannel(card).transmit(command())).rejects.toMatchObject({
      code: 'MALFORMED_RESPONSE',
      message: expect.stringContaining('sent none'),
    });
    expect(card.count).toBe(2);
  });

  it('for ever, one byte each time, is an error after 513 exchanges', async () => {
    const card = stubborn(withData(1, 0x6101));
    await expect(new CardChannel(card).transmit(command())).rejects.toMatchObject({
      code: 'MALFORMED_RESPONSE',
      message: expect.stringContaining('never stops'),
    });
    expect(card.count).toBe(513);
  });

  it.each([256, 1000, 65536])('for ever, %d bytes each time, is an error beyond 64 KB', async (length) => {
    const card = stubborn(withData(length, 0x6100));
    await expect(new CardChannel(card).transmit(command())).rejects.toMatchObject({
      code: 'MALFORMED_RESPONSE',
      message: expect.stringContaining('65536'),
    });
    expect(card.count).toBe(Math.floor(65536 / length) + 1);
  });

  it('brings 65536 bytes in 256 pieces', async () => {
    const pieces = Array<string>(255).fill(`${'ab'.repeat(256)}6100`);
    const { data, sw } = await exchange(command(), '6100', ...pieces, `${'ab'.repeat(256)}9000`);
    expect(data.length / 2).toBe(65536);
    expect(sw).toBe('9000');
  });
});

describe('an answer 6Cxx', () => {
  it('is followed by the same command with that Le', async () => {
    expect(await exchange(command({ p2: 7 }), '6c10', 'aa9000')).toEqual({
      data: 'aa',
      sw: '9000',
      commands: ['00b0000700', '00b0000710'],
    });
  });

  it('is followed by Le 00 when it is 6C00', async () => {
    expect((await exchange(command({ le: 8 }), '6c00', '9000')).commands[1]).toBe('00b0000000');
  });

  it('keeps data and the extended form', async () => {
    const sent = command({ data: Uint8Array.of(1, 2), le: 512 });
    expect((await exchange(sent, '6c10', '9000')).commands).toEqual([
      '00b00000000002' + '0102' + '0200',
      '00b00000000002' + '0102' + '0010',
    ]);
  });

  it('is repeated once, not twice', async () => {
    expect(await exchange(command(), '6c10', '6c08')).toMatchObject({
      sw: '6C08',
      commands: ['00b0000000', '00b0000010'],
    });
  });

  it('that is followed by 61xx is fetched', async () => {
    expect(await exchange(command(), '6c04', '6104', 'aabbccdd9000')).toMatchObject({ data: 'aabbccdd' });
  });

  it('is left to the caller of a command without Le', async () => {
    expect(await exchange(command({ le: undefined }), '6c10')).toMatchObject({
      sw: '6C10',
      commands: ['00b00000'],
    });
  });

  it('never makes a VERIFY or CHANGE with a PIN go out twice', async () => {
    for (const ins of [0x20, 0x24]) {
      const { sw, commands } = await exchange(command({ ...VERIFY, ins }), '6c00', '9000');
      expect(sw).toBe('6C00');
      expect(commands).toHaveLength(1);
    }
  });

  it('makes a VERIFY without data, which spends nothing, go out again', async () => {
    const { commands } = await exchange(command({ ...VERIFY, data: undefined }), '6c01', '63c3');
    expect(commands).toEqual(['0020008000', '0020008001']);
  });
});

describe('any other answer', () => {
  it.each(['9000', '6282', '63c2', '6700', '6982', '6b00', '6f00', '6d00'])(
    '%s is given to the caller after one exchange',
    async (answer) => {
      const { sw, commands } = await exchange(command(), answer);
      expect(sw).toBe(answer.toUpperCase());
      expect(commands).toHaveLength(1);
    },
  );
});
