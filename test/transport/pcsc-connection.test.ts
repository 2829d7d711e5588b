import { beforeEach, describe, expect, it } from 'vitest';
import type { CardConnection } from '../../src/transport/connection.js';
import { connectWith } from '../../src/transport/pcsc/connect.js';
import { EMPTY, FakePcsc, nativeError, PRESENT } from './fake-pcsc.js';

const GET = Uint8Array.of(0x00, 0xb0, 0x00, 0x00, 0x00);
const EXTENDED_GET = Uint8Array.of(0x00, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00);

let pcsc: FakePcsc;
let connection: CardConnection;
beforeEach(async () => {
  pcsc = new FakePcsc();
  pcsc.plug('Reader A', PRESENT, [0x3b, 0x00]);
  connection = await connectWith(pcsc, {}, async (opened) => opened);
});

const answerLast = (...response: number[]) => pcsc.transmits.at(-1)?.done(null, Buffer.from(response));

describe('an exchange', () => {
  it('gives the bytes of the card as a plain array', async () => {
    const response = connection.transmit(GET);
    answerLast(0x01, 0x02, 0x90, 0x00);
    expect(Buffer.isBuffer(await response)).toBe(false);
    expect([...(await response)]).toEqual([0x01, 0x02, 0x90, 0x00]);
  });

  it('sends from the memory of the caller, part of a larger array too, so that wiping it leaves no copy', () => {
    const memory = Uint8Array.of(0xee, ...GET, 0xee);
    connection.transmit(memory.subarray(1, 6)).catch(() => {});
    const sent = pcsc.transmits.at(-1)?.command;
    expect(sent && [...sent]).toEqual([...GET]);
    expect(sent?.buffer).toBe(memory.buffer);
  });

  // ISO/IEC 7816-4 5.1: Ne is at most 256 short and 65536 extended; SW1 and SW2 follow.
  it.each([
    ['of four bytes', 258, GET.subarray(0, 4)],
    ['with a short length', 258, GET],
    ['with data that begins with zero bytes', 258, Uint8Array.of(0, 0x20, 0, 0x80, 2, 0, 0)],
    ['with an extended length', 65_538, EXTENDED_GET],
  ])('%s leaves room for %d bytes', (_command, room, command) => {
    connection.transmit(command).catch(() => {});
    expect(pcsc.transmits.at(-1)?.room).toBe(room);
  });

  it.each([
    ['CARD_REMOVED', '80100069'],
    ['CARD_RESET', '80100068'],
    ['TRANSPORT', '80100016'],
    ['SERVICE_UNAVAILABLE', '80100013'],
  ])('that fails is %s', async (code, number) => {
    const response = connection.transmit(GET);
    pcsc.transmits.at(-1)?.done(nativeError(number));
    await expect(response).rejects.toMatchObject({ code });
  });

  // As cards are pulled on Linux, on Windows, with a driver that knows nothing of either (ERROR_GEN_FAILURE), and where only
  // the loss of power or the missing answer is seen (SCARD_W_UNPOWERED_CARD, SCARD_E_TIMEOUT).
  it.each([
    ['80100016', 'TRANSPORT'],
    ['8010002f', 'TRANSPORT'],
    ['0000001f', 'TRANSPORT'],
    ['80100067', 'CARD_MUTE'],
    ['8010000a', 'TIMEOUT'],
  ])('that broke off (%s) because the card left', async (number, code) => {
    const response = connection.transmit(GET);
    pcsc.transmits.at(-1)?.done(nativeError(number));
    const outcome = expect(response).rejects.toMatchObject({
      code: 'CARD_REMOVED',
      cause: { code },
    });
    // pcscd takes up to 0.4 s to see it.
    setTimeout(() => pcsc.turn('Reader A', EMPTY), 300);
    await outcome;
    expect(pcsc.openMonitors).toBe(0);
  });

  it('that broke off because the card was taken for another', async () => {
    pcsc.turn('Reader A', 0x10000 | PRESENT, [0x3b, 0x00]);
    const response = connection.transmit(GET);
    pcsc.transmits.at(-1)?.done(nativeError('80100016'));
    const outcome = expect(response).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    setTimeout(() => pcsc.turn('Reader A', 0x30000 | PRESENT, [0x3b, 0x00]), 300);
    await outcome;
  });

  it('that broke off because the reader was pulled', async () => {
    const response = connection.transmit(GET);
    pcsc.transmits.at(-1)?.done(nativeError('80100016'));
    pcsc.unplug('Reader A');
    await expect(response).rejects.toMatchObject({ code: 'NO_READER' });
  });

  it('that broke off while nobody can tell why, as the service is gone', async () => {
    const response = connection.transmit(GET);
    pcsc.running = false;
    pcsc.transmits.at(-1)?.done(nativeError('80100016'));
    await expect(response).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it.each([[[]], [[0x90]]])('without a status word is TRANSPORT: %j', async (bytes) => {
    const response = connection.transmit(GET);
    answerLast(...bytes);
    await expect(response).rejects.toMatchObject({ code: 'TRANSPORT' });
  });
});

describe('ending a connection', () => {
  // SCARD_LEAVE_CARD, SCARD_RESET_CARD, SCARD_UNPOWER_CARD
  it.each([
    [undefined, 0],
    ['leave', 0],
    ['reset', 1],
    ['unpower', 2],
  ] as const)('with %s', async (disposition, number) => {
    await connection.disconnect(disposition);
    expect(pcsc.disconnects).toEqual([number]);
  });

  it('closes it for good, and a second time does nothing', async () => {
    await connection.disconnect();
    await connection.disconnect('unpower');
    expect(pcsc.disconnects).toEqual([0]);
    await expect(connection.transmit(GET)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(pcsc.transmits).toEqual([]);
  });

  it('waits for the exchange in flight', async () => {
    const response = connection.transmit(GET);
    const ended = connection.disconnect();
    await new Promise(setImmediate);
    expect(pcsc.disconnects).toEqual([]);
    answerLast(0x90, 0x00);
    await ended;
    expect(pcsc.disconnects).toEqual([0]);
    expect([...(await response)]).toEqual([0x90, 0x00]);
  });

  it.each(['80100069', '8010000c', '80100017', '8010001d', '80100013', '80100067'])(
    'is no error when the card, reader or service is gone already (%s)',
    async (number) => {
      pcsc.disconnectResult = number;
      await connection.disconnect('unpower');
      await expect(connection.transmit(GET)).rejects.toMatchObject({ code: 'CLOSED' });
    },
  );

  it('that fails otherwise says so, once', async () => {
    pcsc.disconnectResult = '8010000b';
    await expect(connection.disconnect('unpower')).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    await connection.disconnect();
    expect(pcsc.disconnects).toEqual([2]);
  });
});

describe('what is no command or disposition', () => {
  it('is INVALID_ARGUMENT, and the connection is as it was', async () => {
    for (const command of ['00b0', undefined, [0x00, 0xb0]]) {
      await expect(connection.transmit(command as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    for (const disposition of ['Unpower', 2, null]) {
      await expect(connection.disconnect(disposition as never)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    }
    expect(pcsc.transmits).toEqual([]);
    const response = connection.transmit(GET);
    answerLast(0x90, 0x00);
    expect([...(await response)]).toEqual([0x90, 0x00]);
  });
});
