/** Everything the library says to people, in English. `ja.ts` has the same entries; the compiler misses none. */
export const en = {
  /** `errors.ts` and `arguments.ts`. */
  error: {},
  argument: {},

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {},
  card: {},

  /** `certificate/`. */
  certificate: {},

  /** `signature/`. */
  signature: {},

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;
