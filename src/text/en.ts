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
  certificate: {
    unreadable: (reason: string) => `The certificate cannot be read: ${reason}.`,
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason: string) => `The bytes are no CMS SignedData: ${reason}.`,
    noSignedDataRemedy: 'Check that this is the signature file, whole, and in DER or BER (not PEM).',
  },

  /** `recovery/`. */
  recovery: {},

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;
