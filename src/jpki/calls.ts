/** What the methods of an application's class have in common: how they begin, how they end, and the end of the connection. */
import { JpkiError } from '../errors.js';
import type { OperationOptions, Send } from '../iso7816/index.js';
import type { ApplicationName } from './files.js';
import { wipePins } from './pin-options.js';
import { type CardSession, trace } from './session.js';

export class Calls {
  #closed: Promise<void> | undefined;

  constructor(
    readonly session: CardSession,
    private readonly application: ApplicationName,
  ) {}

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  /** @throws JpkiError `CLOSED` */
  checkOpen(): void {
    if (this.isClosed) throw new JpkiError('CLOSED');
  }

  /** Runs an operation of the application. */
  async run<T>(operation: (send: Send) => Promise<T>, options: OperationOptions): Promise<T> {
    this.checkOpen();
    return this.session.run(this.application, operation, options);
  }

  /** As `CardSession.told`. */
  told<T>(work: () => Promise<T>): Promise<T> {
    return this.session.told(work);
  }

  /** A call with PINs: wipes the bytes a caller gave, and remembers how it ended. */
  async withPins(pins: readonly unknown[], operation: () => Promise<void>): Promise<void> {
    this.session.pinCallEnded(true);
    try {
      await this.told(async () => {
        this.checkOpen();
        await operation();
      });
      this.session.pinCallEnded(false);
    } finally {
      wipePins(pins);
    }
  }

  /** Ends the connection, once; an error that a caller was told before is not hidden behind one of the end. */
  close(): Promise<void> {
    this.#closed ??= this.#disconnect();
    return this.#closed;
  }

  async #disconnect(): Promise<void> {
    try {
      await this.session.channel.close();
    } catch (error) {
      if (!this.session.hasToldError) throw error;
      trace('closing after an error: %o', error);
    }
  }
}
