/**
 * The wire between the virtual reader of vsmartcard (`vpcd`) and what passes for a card in it: messages behind a length of two
 * bytes, big-endian (vpcd.h of vsmartcard).
 */

/** The port in `/etc/reader.conf.d/vpcd` as Debian ships it, and in the app for phones: `DEVICENAME /dev/null:0x8C7B`. */
export const VPCD_PORT = 0x8c7b;

/** One-byte messages of the reader; anything longer is a command APDU. */
export const CONTROL = { powerOff: 0, powerOn: 1, reset: 2, atr: 4 } as const;

const LENGTH_BYTES = 2;
export const MAX_VPCD_MESSAGE = 0xffff;

/** A message behind its length. */
export function framed(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(LENGTH_BYTES + message.length);
  new DataView(frame.buffer).setUint16(0, message.length);
  frame.set(message, LENGTH_BYTES);
  return frame;
}

/** Cuts the byte stream into messages, however TCP split or joined them. Never holds more than one message. */
export class MessageReader {
  readonly #pending = new Uint8Array(LENGTH_BYTES + MAX_VPCD_MESSAGE);
  readonly #view = new DataView(this.#pending.buffer);
  #filled = 0;

  *push(chunk: Uint8Array): Generator<Uint8Array> {
    let offset = 0;
    while (offset < chunk.length) {
      const wanted = this.#filled < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + this.#view.getUint16(0);
      const part = chunk.subarray(offset, offset + wanted - this.#filled);
      this.#pending.set(part, this.#filled);
      this.#filled += part.length;
      offset += part.length;
      if (this.#filled < LENGTH_BYTES) continue;
      const total = LENGTH_BYTES + this.#view.getUint16(0);
      if (this.#filled < total) continue;
      this.#filled = 0;
      yield this.#pending.slice(LENGTH_BYTES, total);
    }
  }
}
