import type { CardConnection, Disposition } from '../../src/transport/connection.js';

/** Passes everything on; subclasses change one thing. */
export class PassThrough implements CardConnection {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive: boolean;

  constructor(protected readonly inner: CardConnection) {
    this.readerName = inner.readerName;
    this.atr = inner.atr;
    this.exclusive = inner.exclusive;
  }

  transmit(command: Uint8Array): Promise<Uint8Array> {
    return this.inner.transmit(command);
  }

  disconnect(disposition?: Disposition): Promise<void> {
    return this.inner.disconnect(disposition);
  }
}

/** Lets a test act on each command: number (from 1), the command, and what would send it on. */
export class Intercepted extends PassThrough {
  count = 0;
  disposition: Disposition | undefined;

  constructor(
    inner: CardConnection,
    private readonly intercept: (
      number: number,
      command: Uint8Array,
      send: () => Promise<Uint8Array>,
    ) => Promise<Uint8Array> = (_number, _command, send) => send(),
  ) {
    super(inner);
  }

  override transmit(command: Uint8Array): Promise<Uint8Array> {
    this.count++;
    return this.intercept(this.count, command, () => super.transmit(command));
  }

  override disconnect(disposition?: Disposition): Promise<void> {
    this.disposition = disposition;
    return super.disconnect(disposition);
  }
}

/** A connection to a card that answers each command with the next of a list, as hexadecimal text. */
export function scripted(...answers: readonly string[]): CardConnection & { commands: string[] } {
  const rest = [...answers];
  const commands: string[] = [];
  return {
    readerName: 'Scripted',
    atr: Uint8Array.of(0x3b, 0x00),
    exclusive: true,
    commands,
    async transmit(command) {
      commands.push(Buffer.from(command).toString('hex'));
      const answer = rest.shift();
      if (answer === undefined) throw new Error(`no answer left for ${commands.at(-1)}`);
      return new Uint8Array(Buffer.from(answer, 'hex'));
    },
    async disconnect() {},
  };
}
