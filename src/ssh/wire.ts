/** The data types of the SSH protocol (RFC 4251 section 5), which the agent protocol uses too. */
import { concatBytes } from '../bytes.js';

/** A number of four bytes, big-endian. */
export function sshUint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Its length in four bytes, and the bytes or the UTF-8 of the text. */
export function sshString(value: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return concatBytes(sshUint32(bytes.length), bytes);
}

/** A positive number, big-endian without leading zeros, with one where the first bit would be taken for a sign. */
export function sshMpint(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  const isNegative = (magnitude[0] ?? 0) >= 0x80;
  return sshString(isNegative ? concatBytes(Uint8Array.of(0), magnitude) : magnitude);
}

/** The magnitude of an mpint, without its leading zeros. */
export function magnitudeOf(mpint: Uint8Array): Uint8Array {
  const first = mpint.findIndex((byte) => byte !== 0);
  return first < 0 ? mpint.subarray(mpint.length) : mpint.subarray(first);
}

/**
 * Reads what somebody else wrote. A value that is not there, or reaches past the end, is read as 0 or nothing: whether all
 * was there, and nothing besides, says `isWhole` when the last is read.
 */
export class SshReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #isCutOff = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#take(1)[0] ?? 0;
  }

  uint32(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#take(4);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  }

  /** A view of the bytes that were given. */
  string(): Uint8Array {
    return this.#take(this.uint32());
  }

  /** What is no UTF-8 in it becomes U+FFFD. */
  text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.string());
  }

  /** Whether everything was there, and nothing is left. */
  get isWhole(): boolean {
    return !this.#isCutOff && this.#at === this.#bytes.length;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#at) this.#isCutOff = true;
    if (this.#isCutOff) return this.#bytes.subarray(0, 0);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

/** Longer than any message that a client has reason to send, and what OpenSSH's own agent takes (authfd.h). */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/**
 * Cuts a stream into messages of the agent protocol (draft-miller-ssh-agent section 3), each behind its length. Keeps what
 * came of one message, never room for what its length announces, and no chunk: one for each byte would take a hundred times
 * its room.
 */
export class MessageCutter {
  #bytes = new Uint8Array(0);
  #length = 0;

  /** The messages that are whole by now; `undefined` once a length is none that a message has. */
  push(chunk: Uint8Array): Uint8Array[] | undefined {
    this.#append(chunk);
    const messages: Uint8Array[] = [];
    let start = 0;
    for (;;) {
      const rest = this.#bytes.subarray(start, this.#length);
      if (rest.length < 4) break;
      const length = new SshReader(rest).uint32();
      if (length === 0 || length > MAX_MESSAGE_BYTES) return undefined;
      if (rest.length < 4 + length) break;
      messages.push(rest.slice(4, 4 + length));
      start += 4 + length;
    }
    this.#bytes.copyWithin(0, start, this.#length);
    this.#length -= start;
    if (this.#length === 0) this.#bytes = new Uint8Array(0);
    return messages;
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }
}
