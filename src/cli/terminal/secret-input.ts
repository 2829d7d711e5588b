/**
 * Standard input without copies that stay: `process.stdin` reads into memory of its own, hands on a copy of what came and
 * frees the original as it is (`EmitToJSStreamListener` of Node.js, `ReadStream` of node:fs), so a PIN would stay there.
 */
import { fstatSync, read } from 'node:fs';
import { type OnReadOpts, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

/**
 * Zeros for a PIN to be written into, which whoever is done with it fills with zeros again. V8 keeps small arrays on its heap
 * and copies them when it tidies up, and those copies cannot be wiped; an array on a buffer of its own stays where it is.
 */
export function secretBytes(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** As much as a terminal gives at once (N_TTY_BUF_SIZE of Linux), and more than a PIN file holds. */
const PIECE_BYTES = 4096;

/**
 * Pieces of at most 4096 bytes, all in the same memory: each is good until the next turn of the event loop, and whoever gets
 * it wipes it.
 */
export class SecretInput extends Readable {
  readonly isTTY: boolean;
  readonly #fd: number;
  readonly #piece = secretBytes(PIECE_BYTES);
  #source: Socket | 'file' | undefined;
  #isPaused = false;

  constructor(fd: number) {
    // As objects pieces are never joined, which would be one more copy.
    super({ objectMode: true, highWaterMark: 1 });
    this.#fd = fd;
    this.isTTY = isatty(fd);
  }

  /** Only a terminal has modes. */
  setRawMode(on: boolean): void {
    if (!this.isTTY) return;
    const source = this.#open();
    if (source instanceof ReadStream) source.setRawMode(on);
  }

  /** At once: what is typed from now on is for the next program. */
  override pause(): this {
    this.#isPaused = true;
    if (this.#source instanceof Socket) this.#source.pause();
    return super.pause();
  }

  override resume(): this {
    this.#isPaused = false;
    if (this.#source instanceof Socket) this.#source.resume();
    return super.resume();
  }

  override _read(): void {
    // A turn later, when the piece before is used up.
    setImmediate(() => {
      if (this.destroyed || this.#isPaused) return;
      try {
        const source = this.#open();
        if (source === 'file') read(this.#fd, this.#piece, 0, PIECE_BYTES, null, this.#onFileRead);
        else source.resume();
      } catch (error) {
        this.destroy(error as Error);
      }
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#piece.fill(0);
    if (this.#source instanceof Socket) this.#source.destroy();
    callback(error);
  }

  #open(): Socket | 'file' {
    if (this.#source) return this.#source;
    // Not read before `resume`: whoever only sets modes takes nothing.
    const options = {
      fd: this.#fd,
      readable: true,
      writable: false,
      manualStart: true,
      onread: { buffer: this.#piece, callback: this.#onPiece } satisfies OnReadOpts,
    };
    if (!this.isTTY && !isStream(this.#fd)) this.#source = 'file';
    else {
      this.#source = this.isTTY ? new ReadStream(this.#fd, options) : new Socket(options);
      this.#source.on('end', () => this.push(null));
      this.#source.on('error', (error) => this.destroy(error));
    }
    return this.#source;
  }

  /** Answers whether to go on reading: not before this piece is used up. */
  readonly #onPiece = (length: number): boolean => {
    this.push(this.#piece.subarray(0, length));
    return false;
  };

  readonly #onFileRead = (error: Error | null, length: number): void => {
    if (this.destroyed) this.#piece.fill(0);
    else if (error) this.destroy(error);
    else this.push(length === 0 ? null : this.#piece.subarray(0, length));
  };
}

/** What `Socket` reads, and a read of which waits. The rest are files, devices such as /dev/null, and folders by mistake. */
function isStream(fd: number): boolean {
  const found = fstatSync(fd);
  return found.isFIFO() || found.isSocket();
}
