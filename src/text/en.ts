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
  virtual: {
    /** What issuing takes. */
    certificateDate: 'a Date of the years 1950 to 9999',
    birthDate: 'a birth date written EYYYYMMDD, an era digit and eight digits',
    substitutes: 'digits 0 and 1, one a character',
  },
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;
