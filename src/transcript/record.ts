import { checkBytes, checkedOptions, oneOf } from '../arguments.js';
import { JpkiError } from '../errors.js';
import {
  type CardConnection,
  checkConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import { REDACTIONS, type Redaction } from './format.js';
import { TranscriptRecorder } from './recorder.js';

const checkRedaction = oneOf(...REDACTIONS);

/** What a recording leaves out. Another value is `INVALID_ARGUMENT`. */
export interface RecordOptions {
  /**
   * `personal`, the default: names nobody. Certificates keep length and structure, with stand-ins for every value that
   * is the holder's; whatever else is not known to be impersonal is left out. `none`: only PINs are left out, so keep
   * the text to yourself.
   */
  readonly redact?: Redaction | undefined;
}

/** A connection that remembers what passes through it. */
export interface RecordingConnection extends CardConnection {
  /** The transcript of the exchanges that were answered until now. */
  text(): string;
}

/**
 * Wraps a connection and records what passes. The program sees everything as it is; PINs are never kept, and personal
 * data of the holder do not get into the text unless that is asked for.
 *
 * @throws JpkiError `INVALID_ARGUMENT` for no connection, or a redaction that does not exist
 * @example
 * const recording = recordTranscript(await connectCard());
 * await (await JpkiApplet.select(recording)).readStatus();
 * console.log(recording.text());
 */
export function recordTranscript(
  connection: CardConnection,
  options: RecordOptions = {},
): RecordingConnection {
  checkConnection('connection', connection);
  const { redact = 'personal' } = checkedOptions(options, { redact: checkRedaction });
  return new Recording(connection, redact);
}

class Recording implements RecordingConnection {
  readonly #connection: CardConnection;
  readonly #recorder: TranscriptRecorder;
  readonly #watch = new OpenKeyWatch();
  #closed: Promise<void> | undefined;

  constructor(connection: CardConnection, redaction: Redaction) {
    this.#connection = connection;
    this.#recorder = new TranscriptRecorder(connection, redaction);
  }

  get readerName(): string {
    return this.#connection.readerName;
  }

  get atr(): Uint8Array {
    return this.#connection.atr;
  }

  get exclusive(): boolean {
    return this.#connection.exclusive;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    this.#watch.sending(command);
    const recorded = this.#recorder.send(command);
    let response: Uint8Array;
    try {
      response = await this.#connection.transmit(command);
    } catch (error) {
      recorded.fail(codeOf(error));
      throw error;
    }
    this.#watch.answered(command, response);
    recorded.answer(response);
    return response;
  }

  async disconnect(asked?: Disposition): Promise<void> {
    if (asked !== undefined) checkDisposition('disposition', asked);
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    this.#closed ??= this.#disconnect(disposition);
    return this.#closed;
  }

  text(): string {
    return this.#recorder.text();
  }

  async #disconnect(disposition: Disposition): Promise<void> {
    try {
      await this.#connection.disconnect(disposition);
      this.#recorder.disconnect(disposition);
    } catch (error) {
      this.#recorder.disconnect(disposition, codeOf(error));
      throw error;
    }
  }
}

function codeOf(error: unknown) {
  return error instanceof JpkiError ? error.code : 'TRANSPORT';
}
