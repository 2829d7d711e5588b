import { describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { CardChannel, CommandApdu } from '../../src/iso7816/index.js';
import { ascii, countExchanges, hex, send, virtualCard } from '../support/virtual.js';

const JPKI = '00 A4 04 0C 0A D392F000260100000001';
const VERIFY_AUTH = `00 20 00 98 04 ${ascii('1234')}`;
const SIGN = '80 2A 00 97 01 55 00';
const violation = expect.objectContaining({ code: 'SHARING_VIOLATION' });

describe('a connection to a virtual card', () => {
  it('carries commands to the card, and tells its ATR and that it is alone', async () => {
    const connection = (await virtualCard()).connect();
    expect(toHex(await connection.transmit(hex(JPKI)))).toBe('9000');
    expect(toHex(await connection.transmit(hex('00 B0 88 00 00')))).toBe('8f8f009000');
    expect(toHex(connection.atr)).toBe('3be000ff8131fe4514');
    expect(connection.exclusive).toBe(true);
    expect(connection.readerName).toMatch(/virtual/i);
  });

  it('is the only one while it is exclusive', async () => {
    const card = await virtualCard();
    const first = card.connect();
    expect(() => card.connect()).toThrow(violation);
    expect(() => card.connect({ share: 'shared' })).toThrow(violation);
    await first.disconnect();
    expect(card.connect().exclusive).toBe(true);
  });

  it('may be one of many while all are shared, and then not exclusive', async () => {
    const card = await virtualCard();
    const first = card.connect({ share: 'shared' });
    const second = card.connect({ share: 'shared' });
    expect([first.exclusive, second.exclusive]).toEqual([false, false]);
    expect(() => card.connect()).toThrow(violation);
    await first.disconnect();
    expect(() => card.connect()).toThrow(violation);
    await second.disconnect();
    expect(card.connect().exclusive).toBe(true);
  });

  it('is closed after disconnecting, which a second time does nothing', async () => {
    const card = await virtualCard();
    const first = card.connect();
    await first.disconnect();
    await expect(first.transmit(hex(JPKI))).rejects.toMatchObject({ code: 'CLOSED' });
    const second = card.connect();
    await first.disconnect('unpower');
    expect(() => card.connect()).toThrow(violation);
    expect(toHex(await second.transmit(hex(JPKI)))).toBe('9000');
  });

  it.each([
    ['leave', '9000', '9000'],
    // Nothing said after a PIN: no key is handed on.
    [undefined, '6a88', '6982'],
    ['reset', '6a88', '9000'],
    ['unpower', '6a88', '6982'],
  ] as const)('that ends with %s leaves the card as that says', async (disposition, atOnce, selected) => {
    const card = await virtualCard();
    const connection = card.connect();
    await connection.transmit(hex(JPKI));
    await connection.transmit(hex(VERIFY_AUTH));
    await connection.disconnect(disposition);
    expect(send(card, SIGN).slice(-4)).toBe(atOnce);
    expect(send(card, JPKI, SIGN).slice(-4)).toBe(selected);
  });

  it('gives an ATR that can be changed without changing the card', async () => {
    const card = await virtualCard();
    card.connect({ share: 'shared' }).atr.fill(0);
    expect(toHex(card.atr)).toBe('3be000ff8131fe4514');
  });
});

describe('countExchanges', () => {
  it('keeps every exchange as it was, also of a command that is wiped afterwards', async () => {
    const counted = countExchanges((await virtualCard()).connect());
    const channel = new CardChannel(counted);
    await channel.transmit(CommandApdu.parse(hex(JPKI)));
    await channel.transmit(CommandApdu.parse(hex(VERIFY_AUTH)));
    expect(counted.count).toBe(2);
    expect(counted.exchanges[1]).toEqual({ command: `0020009804${ascii('1234')}`, response: '9000' });
  });
});
