import { checkBytes } from '../arguments.js';
import { errorOfCode, JpkiError } from '../errors.js';
import { type BilingualText, say } from '../text/index.js';
import {
  type CardConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import { bytesOf, type CommandPattern, lengthOf, recordableCommand } from './exchange.js';
import { formatCommand, type ParsedEvent, type ParsedTranscript, parseTranscript } from './format.js';

/**
 * A connection that answers from a transcript: each command with what was recorded, in order, errors included. Bytes that
 * the recording left out are 00 in an answer, and any byte in a command.
 *
 * A command or a disconnect that the transcript does not have next is refused with `TRANSPORT`: the message names the line
 * and both commands, and every later exchange is refused with the same error.
 *
 * @throws JpkiError `INVALID_ARGUMENT` with the number of the line, when the text is no transcript
 * @example
 * const applet = await JpkiApplet.select(replayTranscript(transcript));
 */
export function replayTranscript(text: string): CardConnection {
  return new ReplayConnection(parseTranscript(text));
}

class ReplayConnection implements CardConnection {
  readonly readerName: string;
  readonly atr: Uint8Array;
  readonly exclusive: boolean;
  readonly #events: readonly ParsedEvent[];
  readonly #watch = new OpenKeyWatch();
  #next = 0;
  #mismatch: JpkiError | undefined;
  #open = true;

  constructor({ header, events }: ParsedTranscript) {
    this.readerName = header.readerName;
    this.atr = header.atr;
    this.exclusive = header.exclusive;
    this.#events = events;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    if (!this.#open) throw new JpkiError('CLOSED');
    if (this.#mismatch !== undefined) throw this.#mismatch;
    const event = this.#events[this.#next];
    if (event?.kind !== 'exchange' || !matches(event.command, command)) {
      throw this.#refuse(event, `> ${formatCommand(recordableCommand(command).pattern)}`);
    }
    this.#next++;
    this.#watch.sending(command);
    if (typeof event.answer === 'string') throw errorOfCode(event.answer);
    const response = bytesOf(event.answer);
    this.#watch.answered(command, response);
    return response;
  }

  async disconnect(asked?: Disposition): Promise<void> {
    if (asked !== undefined) checkDisposition('disposition', asked);
    if (!this.#open) return;
    this.#open = false;
    const event = this.#events[this.#next];
    // A recording may stop before its program does; and after a mismatch nothing fits any more.
    if (event === undefined || this.#mismatch !== undefined) return;
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    if (event.kind !== 'disconnect' || event.disposition !== disposition) {
      throw this.#refuse(event, `= disconnect ${disposition}`);
    }
    this.#next++;
    if (event.error !== undefined) throw errorOfCode(event.error);
  }

  #refuse(event: ParsedEvent | undefined, sent: string): JpkiError {
    this.#mismatch = new JpkiError('TRANSPORT', mismatch(event, shortened(sent)), {
      remedy: say((t) => t.transcript.mismatchRemedy),
    });
    return this.#mismatch;
  }
}

function matches({ pieces, rest }: CommandPattern, command: Uint8Array): boolean {
  const length = lengthOf(pieces);
  // `[PIN]` is a length field and one byte at least, so that it never stands for an empty VERIFY with an Le.
  const more = command.length - length;
  if (rest === 'PIN' ? more < 2 : rest === 'data' ? more < 0 : more !== 0) return false;
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece === 'number') {
      offset += piece;
      continue;
    }
    for (const byte of piece) if (command[offset++] !== byte) return false;
  }
  return true;
}

function mismatch(event: ParsedEvent | undefined, sent: string): BilingualText {
  if (event === undefined) return say((t) => t.transcript.ended(sent));
  const expected = shortened(
    event.kind === 'exchange' ? `> ${formatCommand(event.command)}` : `= disconnect ${event.disposition}`,
  );
  return say((t) => t.transcript.mismatch(event.line, expected, sent));
}

/** A long command does not make a long message. */
function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
