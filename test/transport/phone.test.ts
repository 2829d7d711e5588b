/** A phone as the reader: the virtual card speaks the protocol as an app does, and hostile peers as they like. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type CardConnection,
  type CardListener,
  JpkiApplet,
  JpkiError,
  listenForCard,
  openCardListener,
} from '../../src/index.js';
import {
  connectVpcd,
  type PoweredCard,
  VIRTUAL_PINS,
  type VirtualCard,
  type VpcdSession,
} from '../../src/virtual/index.js';
import { virtualCard } from '../support/virtual.js';

let card: VirtualCard;
let listener: CardListener;
const ended: (() => unknown)[] = [];

/** What the phone's card is told of its power, and each command. */
let log: string[];

beforeEach(async () => {
  card = await virtualCard();
  log = [];
  listener = await openCardListener({ port: 0 });
});
afterEach(async () => {
  await listener.close();
  for (const end of ended.splice(0)) await end();
});

function logged(inner: VirtualCard = card): PoweredCard {
  return {
    atr: inner.atr,
    powerOn: () => {
      log.push('on');
      inner.powerOn();
    },
    powerOff: () => {
      log.push('off');
      inner.powerOff();
    },
    reset: () => inner.reset(),
    process: (command) => {
      log.push(Buffer.from(command).subarray(0, 2).toString('hex'));
      return inner.process(command);
    },
  };
}

/** The virtual card as the phone. Its end is the test's. */
async function phone(
  at: { readonly port: number } = listener,
  peer: PoweredCard = logged(),
): Promise<VpcdSession> {
  const session = await connectVpcd(peer, { port: at.port });
  ended.push(() => session.close());
  return session;
}

/** A peer that says what it is told to. */
async function rawPeer(answer?: (message: Buffer, socket: Socket) => void): Promise<Socket> {
  const socket = connect(listener.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    for (let at = 0; at + 2 <= chunk.length; at += 2 + chunk.readUInt16BE(at))
      answer?.(chunk.subarray(at + 2, at + 2 + chunk.readUInt16BE(at)), socket);
  });
  ended.push(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}
const frame = (text: string): Buffer => {
  const message = Buffer.from(text, 'hex');
  return Buffer.concat([Buffer.of(message.length >> 8, message.length & 0xff), message]);
};
const ATR = '3b00';

/** Whether the key of the card answers without a PIN. */
const isOpen = (): boolean => {
  card.process(Buffer.from('00a4040c0ad392f000260100000001', 'hex'));
  return card.process(Buffer.from(`802a009710${'00'.repeat(16)}00`, 'hex')).length > 2;
};

describe('a card on a phone', () => {
  it('signs, and loses its power at the end; the phone stays for the next connection', async () => {
    const [connection] = await Promise.all([listener.connect(), phone()]);
    expect([connection.exclusive, Buffer.from(connection.atr)]).toEqual([true, Buffer.from(card.atr)]);
    const applet = await JpkiApplet.select(connection);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect(await applet.sign('auth', Uint8Array.of(1))).toHaveLength(256);
    await applet.close();
    // The connection is closed when the message is on its way; the phone reads it a moment later.
    await vi.waitFor(() => expect(log.at(-1)).toBe('off'));
    expect(log.slice(0, 2)).toEqual(['on', '00a4']);
    expect(isOpen()).toBe(false);
    await expect(connection.transmit(Uint8Array.of(0, 0xb0, 0, 0))).rejects.toMatchObject({ code: 'CLOSED' });
    log = [];
    const again = await listener.connect();
    expect(await (await JpkiApplet.select(again)).readStatus()).toMatchObject({
      pins: { auth: { triesLeft: 3 } },
    });
    expect(log[0]).toBe('on');
    await again.disconnect();
  });

  it.each(['leave', 'reset', undefined] as const)('loses its power also with %s', async (disposition) => {
    const [connection] = await Promise.all([listener.connect(), phone()]);
    await connection.disconnect(disposition);
    await vi.waitFor(() => expect(log).toEqual(['on', 'off']));
  });

  it('is waited for, and what is waited for is told', async () => {
    const reasons: string[] = [];
    let hasCard = false;
    const peer = logged();
    const onWaiting = (reason: string) => {
      reasons.push(reason);
      if (reason === 'no-reader')
        void rawPeer((message, socket) => {
          if (message[0] === 4) socket.write(frame(hasCard ? Buffer.from(peer.atr).toString('hex') : ''));
        });
      else hasCard = true;
    };
    const connection = await listener.connect({ onWaiting });
    expect(reasons).toEqual(['no-reader', 'no-card']);
    await connection.disconnect();
  });

  it('is given to one connection at a time', async () => {
    const [connection] = await Promise.all([listener.connect(), phone()]);
    await expect(listener.connect()).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    await connection.disconnect();
    const [, second] = await Promise.allSettled([listener.connect(), listener.connect()]);
    expect(second).toMatchObject({ reason: { code: 'SHARING_VIOLATION' } });
  });

  it('once, with everything that listened gone behind it: listenForCard', async () => {
    const free = await openCardListener({ port: 0 });
    const { port } = free;
    await free.close();
    const waiting = listenForCard({ port });
    const session = await phone({ port });
    const connection = await waiting;
    expect(connection.readerName).toBe(`Phone on port ${port}`);
    const applet = await JpkiApplet.select(connection);
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    await applet.close();
    await session.closed;
    expect(log.at(-1)).toBe('off');
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    other.close();
  });
});

describe('a phone that connects before anybody waits for it', () => {
  it('is asked for its card at once, which is left without power, and serves the next who waits', async () => {
    await phone();
    await vi.waitFor(() => expect(log).toEqual(['on', 'off']));
    const connection = await listener.connect({ timeoutMs: 0 });
    expect(await connection.transmit(Buffer.from('00a4040c0ad392f000260100000001', 'hex'))).toEqual(
      Uint8Array.of(0x90, 0),
    );
    expect(log).toEqual(['on', 'off', 'on', '00a4']);
    await connection.disconnect();
  });

  it('and is none is sent away, for the phone that comes next', async () => {
    const stranger = await rawPeer((_message, socket) => socket.write(frame('48545450')));
    await once(stranger, 'close');
    await phone();
    await (await listener.connect({ timeoutMs: 0 })).disconnect();
  });
});

describe('nobody', () => {
  it('is NO_READER when the time is over, in both languages with what to do', async () => {
    const error = await listener.connect({ timeoutMs: 0 }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'NO_READER' });
    if (!(error instanceof JpkiError)) throw error;
    for (const language of ['en', 'ja'] as const)
      expect(error.inLanguage(language).remedy).toContain(
        `adb reverse tcp:${listener.port} tcp:${listener.port}`,
      );
  });

  it('with a phone that has no card is NO_CARD', async () => {
    await rawPeer((message, socket) => message[0] === 4 && socket.write(frame('')));
    await vi.waitFor(() =>
      expect(listener.connect({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'NO_CARD' }),
    );
  });

  it('is waited for no longer when aborted, or closed', async () => {
    const abort = new AbortController();
    const waiting = listener.connect({ signal: abort.signal, onWaiting: () => abort.abort() });
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    const closed = listener.connect({ onWaiting: () => void listener.close() });
    await expect(closed).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(listener.connect()).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('can have a port that is in use', async () => {
    await expect(openCardListener({ port: listener.port })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    await expect(listenForCard({ port: listener.port })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });
});

describe('an address', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'example.test', '127.0.0.1.example.test', '::ffff:192.0.2.1'])(
    '%s is not listened on unasked',
    async (host) => {
      for (const listen of [openCardListener, listenForCard])
        await expect(listen({ host, port: 0 })).rejects.toMatchObject({
          code: 'INVALID_ARGUMENT',
          argument: 'host',
        });
    },
  );

  it('called localhost is the one of this computer, whatever the name leads to', async () => {
    const local = await openCardListener({ host: 'LocalHost', port: 0 });
    expect(local.host).toBe('127.0.0.1');
    await local.close();
  });

  it.each<[string, RegExp, RegExp]>([
    ['en', /app .* address of this computer and port \d+/, /^Name an address that this computer has/],
    ['ja', /このコンピューターのアドレス、ポートを \d+/, /^このコンピューターのアドレスを/],
  ])('of the network has remedies of its own, in %s', async (language, app, address) => {
    const remote = await openCardListener({ host: '0.0.0.0', port: 0, allowRemote: true });
    const nobody: unknown = await remote.connect({ timeoutMs: 0 }).catch((error: unknown) => error);
    await remote.close();
    // Set aside for documentation (RFC 5737): no computer has it.
    const elsewhere: unknown = await openCardListener({
      host: '192.0.2.1',
      port: 0,
      allowRemote: true,
    }).catch((error: unknown) => error);
    for (const [error, remedy] of [
      [nobody, app],
      [elsewhere, address],
    ] as const) {
      if (!(error instanceof JpkiError)) throw error;
      expect(error.inLanguage(language === 'ja' ? 'ja' : 'en').remedy).toMatch(remedy);
    }
    expect(nobody).toHaveProperty('remedy', expect.not.stringContaining('adb'));
  });

  it('of the network is listened on when it is allowed, and the default on this computer alone', async () => {
    const remote = await openCardListener({ host: '0.0.0.0', port: 0, allowRemote: true });
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one && !one.internal && one.family === 'IPv4')?.address;
    const reaches = (port: number) =>
      new Promise((resolve) => {
        const socket = connect(port, outside);
        socket.once('connect', () => resolve(true));
        socket.once('error', () => resolve(false));
        ended.push(() => socket.destroy());
      });
    // A machine without a network has no such address.
    if (outside !== undefined)
      expect([await reaches(remote.port), await reaches(listener.port)]).toEqual([true, false]);
    await remote.close();
    expect(listener.host).toBe('127.0.0.1');
  });
});

describe('a peer', () => {
  const greeted = (then: (message: Buffer, socket: Socket) => void) =>
    rawPeer((message, socket) => {
      if (message.length > 1) then(message, socket);
      else if (message[0] === 4) socket.write(frame(ATR));
    });
  const connected = async (then: (message: Buffer, socket: Socket) => void): Promise<CardConnection> => {
    const [connection] = await Promise.all([listener.connect(), greeted(then)]);
    return connection;
  };
  const READ = Uint8Array.of(0, 0xb0, 0, 0, 1);

  it('beside the phone that is there is sent away, and the phone stays', async () => {
    const [connection] = await Promise.all([listener.connect(), phone()]);
    const second = await rawPeer();
    await once(second, 'close');
    const applet = await JpkiApplet.select(connection);
    expect(await applet.readStatus()).toMatchObject({ pins: { sign: { triesLeft: 5 } } });
    await applet.close();
  });

  it.each(['3b', `3b${'00'.repeat(33)}`, 'ff'.repeat(300)])(
    'whose ATR is none (%s) is sent away for the next one',
    async (atr) => {
      const bad = await rawPeer((message, socket) => message[0] === 4 && socket.write(frame(atr)));
      const gone = once(bad, 'close').then(() => phone());
      const connection = await listener.connect();
      await gone;
      expect(Buffer.from(connection.atr)).toEqual(Buffer.from(card.atr));
      await connection.disconnect();
    },
  );

  it('that says nothing is sent away after a while, as is one whose greeting is aborted', async () => {
    let isAsked: (value: unknown) => void = () => undefined;
    const question = new Promise((resolve) => {
      isAsked = resolve;
    });
    const silent = await rawPeer(isAsked);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const waiting = listener.connect({ timeoutMs: 6_000 });
    const told = expect(waiting).rejects.toMatchObject({ code: 'NO_READER' });
    await question;
    const closed = once(silent, 'close');
    await vi.advanceTimersByTimeAsync(5_000);
    await closed;
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    await told;
    const abort = new AbortController();
    const next = await rawPeer(() => abort.abort());
    await expect(listener.connect({ signal: abort.signal })).rejects.toMatchObject({ code: 'ABORTED' });
    if (!next.destroyed) await once(next, 'close');
  });

  it('that speaks before it is asked is sent away: its words would be taken for an answer', async () => {
    const bad = await rawPeer();
    bad.write(frame('9000'));
    await once(bad, 'close');
    const early = await greeted(() => undefined);
    early.write(frame(ATR));
    await once(early, 'close');
    const connection = await connected((_message, socket) => {
      socket.write(Buffer.concat([frame('9000'), frame('63c2')]));
    });
    await connection.transmit(READ);
    await expect(connection.transmit(READ)).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    await connection.disconnect();
  });

  it('that cuts its answer into bytes is understood', async () => {
    const connection = await connected((_message, socket) => {
      socket.setNoDelay(true);
      for (const byte of frame('00112233449000')) socket.write(Buffer.of(byte));
    });
    expect(Buffer.from(await connection.transmit(READ)).toString('hex')).toBe('00112233449000');
    await connection.disconnect();
  });

  it.each<[string, string, string]>([
    ['no bytes: the card has left the phone', '', 'CARD_REMOVED'],
    ['one byte, which is no status word', '90', 'TRANSPORT'],
  ])('that answers %s', async (_what, answer, code) => {
    const connection = await connected((_message, socket) => socket.write(frame(answer)));
    await expect(connection.transmit(READ)).rejects.toMatchObject({ code });
    await expect(connection.transmit(READ)).rejects.toMatchObject({ code });
    await connection.disconnect();
  });

  it('that goes in the exchange of a PIN costs a try perhaps, and says so', async () => {
    const session: { close?: () => Promise<void> } = {};
    const peer = logged();
    const leaving: PoweredCard = {
      ...peer,
      process: (command) => {
        if (command[1] === 0x20 && command.length > 5) void session.close?.();
        return peer.process(command);
      },
    };
    const [connection, { close }] = await Promise.all([listener.connect(), phone(listener, leaving)]);
    session.close = close;
    const applet = await JpkiApplet.select(connection);
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth)).rejects.toMatchObject({
      code: 'CARD_REMOVED',
      role: 'auth',
      message: expect.stringContaining('a try may be spent'),
    });
    await applet.close();
    expect(isOpen()).toBe(false);
  });

  it('that keeps a command for ever is a TIMEOUT, is told to cut the power, and is not asked again', async () => {
    const messages: string[] = [];
    const [connection] = await Promise.all([
      listener.connect(),
      rawPeer((message, socket) => {
        messages.push(message.toString('hex'));
        if (message[0] === 4 && message.length === 1) socket.write(frame(ATR));
        if (message.length > 1 && message[1] === 0xa4) socket.write(frame('9000'));
      }),
    ]);
    const applet = await JpkiApplet.select(connection, { exchangeTimeoutMs: 50 });
    await expect(applet.readStatus()).rejects.toMatchObject({ code: 'TIMEOUT' });
    await applet.close();
    await vi.waitFor(() => expect(messages.at(-1)).toBe('00'));
    // Its late answer would be taken for that to the next one's first question.
    await vi.waitFor(() =>
      expect(listener.connect({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'NO_READER' }),
    );
  });

  it('is never sent a command that it would take for one of the reader', async () => {
    const connection = await connected((_message, socket) => socket.write(frame('9000')));
    for (const command of ['00', '0001', '00b000', '00'.repeat(65536)])
      await expect(connection.transmit(Buffer.from(command, 'hex'))).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    await connection.transmit(READ);
    await connection.disconnect();
  });
});

describe('the end of the process', () => {
  it('takes the power from a card that was sent a PIN, and only from such a one', async () => {
    const [connection] = await Promise.all([listener.connect(), phone()]);
    const applet = await JpkiApplet.select(connection);
    const before = process.listenerCount('exit');
    await applet.readStatus();
    expect(process.listenerCount('exit')).toBe(before);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect(process.listenerCount('exit')).toBe(before + 1);
    const [unpower] = process.listeners('exit');
    if (typeof unpower !== 'function') throw new Error('no listener');
    (unpower as () => void)();
    await vi.waitFor(() => expect(log.at(-1)).toBe('off'));
    expect(isOpen()).toBe(false);
    await applet.close();
    expect(process.listenerCount('exit')).toBe(before);
  });
});
