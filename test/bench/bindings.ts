/** What the library adds to an exchange over each package that reaches the PC/SC service, and how long it holds the event loop up. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import koffi from 'koffi';
import pcsclite, { type NativeReader } from 'pcsclite';
import { CardChannel, CommandApdu } from '../../src/iso7816/index.js';
import { type BindingName, connectCard } from '../../src/transport/pcsc.js';
import type { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import type { PcscHarness } from '../pcsc/harness.js';
import { WrappedCard } from '../pcsc/harness-wrapped-card.js';
import { paired, timed } from './measure.js';

const EXCHANGES = 20;
const SLOW_MS = 1_000;
const QUERY = new CommandApdu({ cla: 0, ins: 0x20, p1: 0, p2: 0x98 });

/** A card that takes its time for each command, or none. */
class UnhurriedCard extends WrappedCard {
  waitMs = 0;

  override async process(command: Uint8Array): Promise<Uint8Array> {
    if (this.waitMs > 0) await new Promise((resolve) => setTimeout(resolve, this.waitMs));
    return this.card.process(command);
  }
}

/** Milliseconds of `EXCHANGES` exchanges by the package alone. */
type Bare = () => Promise<number>;

/** winscard.h as pcsclite.h has it on Linux, where this runs. */
function bareKoffi(readerName: string): Bare {
  const library = koffi.load('libpcsclite.so.1');
  const given = (type: string) => koffi.out(koffi.pointer(type));
  const pci = koffi.struct({ dwProtocol: 'ulong', cbPciLength: 'ulong' });
  const establish = library.func('SCardEstablishContext', 'long', [
    'ulong',
    'void *',
    'void *',
    given('long'),
  ]);
  const connect = library.func('SCardConnect', 'long', [
    ...['long', 'str', 'ulong', 'ulong'],
    ...[given('long'), given('ulong')],
  ]);
  const transmit = library.func('SCardTransmit', 'long', [
    ...['long', koffi.pointer(pci), 'void *', 'ulong', 'void *', 'void *'],
    koffi.inout(koffi.pointer('ulong')),
  ]);
  const disconnect = library.func('SCardDisconnect', 'long', ['long', 'ulong']);
  const release = library.func('SCardReleaseContext', 'long', ['long']);
  const command = QUERY.encode();
  return async () => {
    const [context, card, protocol] = [[0], [0], [0]];
    establish(2, null, null, context);
    connect(context[0], readerName, 1, 3, card, protocol);
    const one = () =>
      new Promise<void>((resolve, reject) => {
        const request = { dwProtocol: protocol[0], cbPciLength: koffi.sizeof(pci) };
        const done = (error: Error | null, code: number) => (error || code ? reject(error) : resolve());
        transmit.async(
          ...[card[0], request, command, command.length, null, new Uint8Array(258), [258]],
          done,
        );
      });
    const ms = await timed(async () => {
      for (let i = 0; i < EXCHANGES; i++) await one();
    });
    disconnect(card[0], 0);
    release(context[0]);
    return ms;
  };
}

/** Closes nothing: that can freeze the process (see `pcsclite-binding.ts`), which ends anyway when all is measured. */
async function barePcsclite(readerName: string): Promise<Bare> {
  const monitor = pcsclite();
  // When the service ends.
  monitor.on('error', () => {});
  const reader = await new Promise<NativeReader>((resolve) => {
    monitor.on('reader', (found) => {
      found.on('error', () => {});
      if (found.name !== readerName) return;
      found.on('status', ({ state }) => {
        if ((state & 0x20) !== 0) resolve(found);
      });
    });
  });
  const command = Buffer.from(QUERY.encode());
  const call = <T>(start: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value as T))));
  return async () => {
    const protocol = await call<number>((done) => reader.connect({ share_mode: 1, protocol: 3 }, done));
    const ms = await timed(async () => {
      for (let i = 0; i < EXCHANGES; i++) await call((done) => reader.transmit(command, 258, protocol, done));
    });
    await call((done) => reader.disconnect(0, done));
    return ms;
  };
}

export async function benchBindings(
  pcsc: PcscHarness,
  virtual: VirtualCard,
  rounds: number,
): Promise<string[]> {
  const card = new UnhurriedCard(virtual);
  const reader = pcsc.readerNames[1];
  const session = await connectVpcd(card, { port: pcsc.ports[1] });
  const lines = [
    `| package | exchange, ms | by the package alone, ms | ratio | event loop held up at most, in an exchange of ${SLOW_MS} ms |`,
    '| --- | ---: | ---: | ---: | ---: |',
  ];
  const bindings: readonly [BindingName, () => Bare | Promise<Bare>][] = [
    ['koffi', () => bareKoffi(reader)],
    ['pcsclite', () => barePcsclite(reader)],
  ];
  for (const [binding, open] of bindings) {
    const withLibrary = async (): Promise<number> => {
      const connection = await connectCard({ reader, binding });
      const channel = new CardChannel(connection);
      const ms = await timed(async () => {
        for (let i = 0; i < EXCHANGES; i++) await channel.transmit(QUERY);
      });
      await connection.disconnect();
      return ms;
    };
    const bare = await open();
    const { a, b, ratio } = await paired(rounds, withLibrary, bare);

    const connection = await connectCard({ reader, binding });
    card.waitMs = SLOW_MS;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await new CardChannel(connection).transmit(QUERY);
    delay.disable();
    card.waitMs = 0;
    await connection.disconnect();
    lines.push(
      `| ${binding} | ${(a / EXCHANGES).toFixed(2)} | ${(b / EXCHANGES).toFixed(2)} | ${ratio.toFixed(3)} | ${(delay.max / 1e6).toFixed(0)} ms |`,
    );
  }
  await session.close();
  return lines;
}
