/**
 * What this library uses of the package pcsclite 1.0.1 (its own types hold `any`, and it may not be installed).
 * `lib/pcsclite.js` of the package is the event side, `src/cardreader.cpp` and `src/pcsclite.cpp` the native side.
 */
declare module 'pcsclite' {
  type NativeError = Error | null | undefined;

  export interface NativeReader {
    readonly name: string;
    /** `state` holds SCARD_STATE_* bits and, in its upper 16 bits, how many cards came and went. */
    on(event: 'status', listener: (status: { state: number; atr?: Uint8Array }) => void): unknown;
    on(event: 'error', listener: (error: Error) => void): unknown;
    on(event: 'end', listener: () => void): unknown;
    connect(
      options: { share_mode: number; protocol: number },
      callback: (error: NativeError, protocol?: number) => void,
    ): void;
    disconnect(disposition: number, callback: (error?: NativeError) => void): void;
    /** `command` must be a Buffer; `responseLength` is the room for the response in bytes. */
    transmit(
      command: Uint8Array,
      responseLength: number,
      protocol: number,
      callback: (error: NativeError, response?: Uint8Array) => void,
    ): void;
    /** Ends the thread that watches this reader; `connect` still works afterwards. */
    close(): unknown;
  }

  export interface NativeMonitor {
    on(event: 'reader', listener: (reader: NativeReader) => void): unknown;
    on(event: 'error', listener: (error: Error) => void): unknown;
    /** Called by the package itself on the next tick; the callback gets the names of all readers, each ended by a NUL. */
    start(callback: (error: NativeError, names?: Uint8Array) => void): void;
    close(): unknown;
  }

  /** Starts to watch the readers. Throws when the PC/SC service is not running. */
  export default function pcsclite(): NativeMonitor;
}
