/** The bytes of a CMS message in the order they come, so that its content is never held as a whole. */
import { concatBytes } from '../bytes.js';
import { contentStartAt, INDEFINITE, lengthAt, MAX_DEPTH, noSignedData, RESERVED } from './ber.js';
import { TAG } from './der.js';

const EMPTY = new Uint8Array(0);
const CONSTRUCTED_OCTET_STRING = 0x20 | TAG.octetString;

/** Small parts of a content are handed on together, at most this many bytes: a part may be a single byte. */
const PIECE_BYTES = 65_536;

/** A constructed value that is being read, in positions of the message. */
export interface Frame {
  /** `undefined` for an indefinite length. */
  readonly end: number | undefined;
  /** What no byte of it may reach past: its own end, or that of a value around it. */
  readonly limit: number;
}

export const WHOLE_MESSAGE: Frame = { end: undefined, limit: Number.POSITIVE_INFINITY };

export class MessageSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = EMPTY;
  /** In the chunk. */
  #at = 0;
  /** Of the chunk in the message. */
  #start = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** How many bytes of the message were read. */
  get position(): number {
    return this.#start + this.#at;
  }

  /** Lets go of a stream that was not read to its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** The first bytes of the message, or all where it is shorter. They stay to be read. */
  async head(length: number): Promise<Uint8Array> {
    const chunks = [this.#chunk];
    let held = this.#chunk.length;
    while (held < length && (await this.#next())) {
      chunks.push(this.#chunk);
      held += this.#chunk.length;
    }
    // A message that came as one chunk is not copied.
    this.#chunk = chunks.length === 2 ? this.#chunk : concatBytes(...chunks);
    this.#start = 0;
    return this.#chunk.subarray(0, length);
  }

  /** @param length of what `head` gave */
  skip(length: number): void {
    this.#at += length;
  }

  /** Everything up to the end of the message. */
  async rest(most: number): Promise<Uint8Array> {
    let bytes = this.#chunk.subarray(this.#at);
    let { length } = bytes;
    while (length <= most && (await this.#next())) {
      const longer = length + this.#chunk.length;
      if (longer > bytes.length) {
        const grown = new Uint8Array(2 * longer);
        grown.set(bytes.subarray(0, length));
        bytes = grown;
      }
      bytes.set(this.#chunk, length);
      length = longer;
    }
    if (length > most) throw noSignedData(`more than ${most} bytes follow its content`);
    return bytes.subarray(0, length);
  }

  /**
   * Reads an OCTET STRING, whole or in parts that may have parts again (X.690 section 8.7), of which the first byte is next.
   *
   * @param header the message up to the end of the string's first length
   */
  async octets(header: Uint8Array, around: Frame, give: (piece: Uint8Array) => unknown): Promise<void> {
    const identifier = header[this.position];
    if (identifier !== TAG.octetString && identifier !== CONSTRUCTED_OCTET_STRING)
      throw noSignedData('the content is no octet string');
    const frame = this.enter(header, around);
    if (identifier === CONSTRUCTED_OCTET_STRING) return this.#parts(frame, give);
    if (frame.end === undefined) throw noSignedData('a value without parts has no length');
    const pieces = new Pieces(give);
    await this.#copy(frame.end - this.position, pieces);
    await pieces.flush();
  }

  /** Goes into the value that is next. */
  enter(header: Uint8Array, around: Frame): Frame {
    const { position } = this;
    const contentStart = contentStartAt(header, position);
    const length = lengthAt(header, position);
    this.skip(contentStart - position);
    const end = length === INDEFINITE ? undefined : contentStart + length;
    if ((end ?? contentStart) > around.limit) throw noSignedData('a length reaches past the end');
    return { end, limit: end ?? around.limit };
  }

  async #parts(outermost: Frame, give: (piece: Uint8Array) => unknown): Promise<void> {
    const pieces = new Pieces(give);
    /** The strings that are being read, the innermost last. */
    const open = [outermost];
    for (let frame = open.at(-1); frame; frame = open.at(-1)) {
      const { end, limit } = frame;
      this.#shortParts(pieces, limit);
      if (this.position === end) {
        open.pop();
        continue;
      }
      const identifier = this.#byte() ?? (await this.#nextByte());
      const first = this.#byte() ?? (await this.#nextByte());
      if (first === RESERVED) throw noSignedData('a length of a form that is reserved');
      let length = first;
      if (first > 0x80) {
        length = 0;
        for (let i = 0; i < (first & 0x7f); i++)
          length = length * 256 + (this.#byte() ?? (await this.#nextByte()));
      }
      const isIndefinite = first === 0x80;
      if ((isIndefinite ? 0 : length) > limit - this.position)
        throw noSignedData('a length reaches past the end');
      // X.690 section 8.1.5: two zero bytes end an indefinite length.
      if (identifier === 0 && first === 0 && end === undefined) open.pop();
      else if (identifier === CONSTRUCTED_OCTET_STRING) {
        if (open.length > MAX_DEPTH) throw noSignedData('it is nested too deeply');
        const partEnd = isIndefinite ? undefined : this.position + length;
        open.push({ end: partEnd, limit: partEnd ?? limit });
      } else if (identifier !== TAG.octetString) throw noSignedData('the content is no octet string');
      else if (isIndefinite) throw noSignedData('a value without parts has no length');
      else await this.#copy(length, pieces);
    }
    await pieces.flush();
  }

  /** Parts of up to 127 bytes that are there as a whole. There may be millions, not worth a promise each. */
  #shortParts(pieces: Pieces, limit: number): void {
    const chunk = this.#chunk;
    const stop = Math.min(chunk.length, limit - this.#start);
    let at = this.#at;
    while (at + 2 <= stop && chunk[at] === TAG.octetString) {
      const length = chunk[at + 1] ?? 0;
      if (length >= 0x80 || at + 2 + length > stop || !pieces.takes(chunk, at + 2, length)) break;
      at += 2 + length;
    }
    this.#at = at;
  }

  async #copy(length: number, pieces: Pieces): Promise<void> {
    for (let left = length; left > 0; ) {
      const piece = this.#chunk.subarray(this.#at, this.#at + left);
      this.#at += piece.length;
      left -= piece.length;
      if (piece.length > 0) await pieces.add(piece);
      else if (!(await this.#next())) throw noSignedData('it ends too early');
    }
  }

  #byte(): number | undefined {
    const byte = this.#chunk[this.#at];
    if (byte !== undefined) this.#at++;
    return byte;
  }

  async #nextByte(): Promise<number> {
    if (!(await this.#next())) throw noSignedData('it ends too early');
    return this.#byte() ?? 0;
  }

  /** The next chunk that is not empty, in place of the one that was read; `false` at the end. */
  async #next(): Promise<boolean> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      if (value.length === 0) continue;
      this.#start += this.#chunk.length;
      this.#chunk = value;
      this.#at = 0;
      return true;
    }
  }
}

/** Puts small parts together. */
class Pieces {
  readonly #give: (piece: Uint8Array) => unknown;
  #gathered = EMPTY;
  #length = 0;

  constructor(give: (piece: Uint8Array) => unknown) {
    this.#give = give;
  }

  /** Takes a part that fits into what is being gathered. */
  takes(bytes: Uint8Array, start: number, length: number): boolean {
    const gathered = this.#gathered;
    const at = this.#length;
    if (length > gathered.length - at) return false;
    // Making a view of a few bytes takes longer than copying them.
    if (length > 32) gathered.set(bytes.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) gathered[at + i] = bytes[start + i] ?? 0;
    this.#length = at + length;
    return true;
  }

  async add(piece: Uint8Array): Promise<void> {
    if (this.takes(piece, 0, piece.length)) return;
    await this.flush();
    if (piece.length >= PIECE_BYTES) await this.#give(piece);
    else {
      this.#gathered = new Uint8Array(PIECE_BYTES);
      this.takes(piece, 0, piece.length);
    }
  }

  async flush(): Promise<void> {
    const piece = this.#gathered.subarray(0, this.#length);
    this.#gathered = EMPTY;
    this.#length = 0;
    if (piece.length > 0) await this.#give(piece);
  }
}
