import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { StubCard } from './harness-stub-card.js';

// vpcd.h of vsmartcard: one-byte messages of the driver.
const OFF = '000100';
const ON = '000101';
const RESET = '000102';
const ATR = '000104';
const ATR_ANSWER = '00093be000ff8131fe4514';

/** The driver's end of the wire, by hand. */
class Driver {
  readonly server: Server = createServer();
  socket: Socket | undefined;
  #received = '';

  async listen(): Promise<number> {
    this.server.on('connection', (socket) => {
      this.socket = socket;
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        this.#received += chunk.toString('hex');
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  send(...hex: string[]): void {
    this.socket?.write(Buffer.from(hex.join(''), 'hex'));
  }

  /** Waits until the card has answered exactly this. */
  async receives(hex: string): Promise<void> {
    await expect.poll(() => this.#received, { interval: 2 }).toBe(hex);
    this.#received = '';
  }
}

let driver: Driver;
let port: number;
let card: StubCard;
let session: VpcdSession | undefined;

beforeEach(async () => {
  driver = new Driver();
  port = await driver.listen();
  card = new StubCard();
  session = undefined;
});
afterEach(async () => {
  vi.useRealTimers();
  await session?.close();
  driver.socket?.destroy();
  driver.server.close();
});

/** As pcscd does when it finds a card: asks whether one is there, powers it, asks for its ATR. */
async function insert(): Promise<VpcdSession> {
  const connecting = connectVpcd(card, { port });
  await once(driver.server, 'connection');
  driver.send(ATR);
  await driver.receives(ATR_ANSWER);
  driver.send(ON, ATR);
  session = await connecting;
  await driver.receives(ATR_ANSWER);
  card.history.length = 0;
  return session;
}

describe('a card in the virtual reader', () => {
  it('is in once it was powered and gave its ATR, not when the wire is up', async () => {
    let isIn = false;
    const connecting = connectVpcd(card, { port }).then((opened) => {
      isIn = true;
      session = opened;
    });
    await once(driver.server, 'connection');
    driver.send(ATR);
    await driver.receives(ATR_ANSWER);
    expect(isIn).toBe(false);
    driver.send(ON, ATR);
    await connecting;
    expect(card.history).toEqual(['on']);
  });

  it('has its power and reset line driven in order', async () => {
    await insert();
    driver.send(RESET, ATR, OFF, ON, ATR);
    await driver.receives(ATR_ANSWER.repeat(2));
    expect(card.history).toEqual(['reset', 'off', 'on']);
  });

  it('answers each of several messages that arrive at once', async () => {
    await insert();
    card.answer = (command) => Uint8Array.of(...command, 0x90, 0x00);
    driver.send('000400a40000', '000400b00001', ATR);
    await driver.receives(`000600a400009000${'000600b000019000'}${ATR_ANSWER}`);
  });

  it('waits for a card that answers later, and keeps the order', async () => {
    await insert();
    let release: (answer: Uint8Array) => void = () => undefined;
    const late = new Promise<Uint8Array>((resolve) => {
      release = resolve;
    });
    card.answer = () => late;
    driver.send('000400a40000', ATR);
    await vi.waitFor(() => expect(card.history).toEqual(['00a40000']));
    release(Uint8Array.of(0x6a, 0x82));
    await driver.receives(`00026a82${ATR_ANSWER}`);
  });

  it('tells what went wrong in a card that answers later', async () => {
    const { closed } = await insert();
    card.answer = () => Promise.reject(new Error('broken'));
    driver.send('000400a40000');
    await expect(closed).rejects.toThrow('broken');
    expect(card.history).toEqual(['00a40000', 'off']);
  });

  it('answers nobody once it was taken out', async () => {
    const { close, closed } = await insert();
    let release: () => void = () => undefined;
    card.answer = () =>
      new Promise((resolve) => {
        release = () => resolve(Uint8Array.of(0x90, 0x00));
      });
    driver.send('000400a40000');
    await vi.waitFor(() => expect(card.history).toEqual(['00a40000']));
    await close();
    release();
    await closed;
  });

  it('answers a message that arrives byte by byte', async () => {
    await insert();
    for (const byte of '000500b0000000'.match(/../g) ?? []) {
      driver.send(byte);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await driver.receives('00029000');
    expect(card.history).toEqual(['00b0000000']);
  });

  it('takes the longest command and gives the longest response there can be', async () => {
    await insert();
    const longest = 'a5'.repeat(0xffff);
    card.answer = (command) => command;
    driver.send('ffff', longest);
    await driver.receives(`ffff${longest}`);
  });

  it('passes over messages that mean nothing', async () => {
    await insert();
    driver.send('0000', '000103', '0001ff', ATR);
    await driver.receives(ATR_ANSWER);
    expect(card.history).toEqual([]);
  });

  it('loses its power when it is taken out, once', async () => {
    const { close, closed } = await insert();
    await close();
    await close();
    await closed;
    expect(card.history).toEqual(['off']);
  });

  it('loses its power when the service goes away', async () => {
    const { closed } = await insert();
    driver.socket?.destroy();
    await closed;
    expect(card.history).toEqual(['off']);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken card');
      },
      /broken card/,
    ],
    ['answers more than fits', () => new Uint8Array(0x10000), /answered 65536 bytes/],
  ])('that %s is pulled out, and `closed` says why', async (_what, answer, reason) => {
    const { closed, close } = await insert();
    card.answer = answer;
    driver.send('000400a40000');
    await expect(closed).rejects.toThrow(reason);
    await close();
  });
});

describe('a card that is lost in an exchange', () => {
  /** Loses the card, and waits for the end of its wire. */
  async function loses(): Promise<void> {
    card.answer = () => new Uint8Array();
    const ended = once(driver.socket as Socket, 'close');
    driver.send('000400b00000');
    await ended;
  }

  it('leaves the reader without power, and is back in it by itself', async () => {
    const { close, closed } = await insert();
    const returned = once(driver.server, 'connection');
    await loses();
    await vi.waitFor(() => expect(card.history).toEqual(['00b00000', 'off']));
    await returned;
    card.answer = () => Uint8Array.of(0x90, 0x00);
    driver.send(ATR, ON, ATR, '000400b00001');
    await driver.receives(`${ATR_ANSWER.repeat(2)}00029000`);
    expect(card.history).toEqual(['00b00000', 'off', 'on', '00b00001']);
    await close();
    await closed;
    expect(card.history.at(-1)).toBe('off');
  });

  it('carries out nothing of what the reader had sent behind that command', async () => {
    await insert();
    card.answer = () => new Uint8Array();
    const ended = once(driver.socket as Socket, 'close');
    driver.send('000400b00000', '000400b00001', ON);
    await ended;
    await vi.waitFor(() => expect(card.history).toEqual(['00b00000', 'off']));
  });

  it('stays out when it is taken out in the meantime', async () => {
    const { close, closed } = await insert();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await loses();
    while (!card.history.includes('off')) await new Promise(setImmediate);
    await close();
    await closed;
    let connections = 0;
    driver.server.on('connection', () => connections++);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await new Promise(setImmediate);
    expect(connections).toBe(0);
  });

  it('ends the session with what went wrong where the reader is gone when it comes back', async () => {
    const { closed } = await insert();
    const ended = expect(closed).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    driver.server.close();
    await loses();
    await ended;
  });

  it('is there still where one byte is all that came, which is no response APDU', async () => {
    await insert();
    card.answer = () => Uint8Array.of(0x00);
    driver.send('000400b00000', ATR);
    await driver.receives(`000100${ATR_ANSWER}`);
  });
});

describe('a reader that cannot take the card', () => {
  it('that is not there is SERVICE_UNAVAILABLE with what to install and start', async () => {
    driver.server.close();
    await expect(connectVpcd(card, { port })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      remedy: expect.stringMatching(/vsmartcard-vpcd pcscd.*start/),
    });
    // The socket says that it is closed one turn of the loop after it has said why.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    expect(card.history).toEqual([]);
  });

  it('with a port no machine has is INVALID_ARGUMENT', async () => {
    await expect(connectVpcd(card, { port: 70_000 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('that hangs up is SERVICE_UNAVAILABLE', async () => {
    const outcome = expect(connectVpcd(card, { port })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await once(driver.server, 'connection');
    driver.socket?.destroy();
    await outcome;
  });

  it('that never asks for the card is TIMEOUT and names the other slot', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const outcome = expect(connectVpcd(card, { port })).rejects.toMatchObject({
      code: 'TIMEOUT',
      remedy: expect.stringContaining(`port ${port + 1}`),
    });
    await once(driver.server, 'connection');
    vi.advanceTimersByTime(5_000);
    await outcome;
  });

  it('that asks but leaves the card without power is taken at its word', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const connecting = connectVpcd(card, { port });
    await once(driver.server, 'connection');
    driver.send(ATR);
    await once(driver.socket as Socket, 'data');
    vi.advanceTimersByTime(5_000);
    session = await connecting;
  });
});
