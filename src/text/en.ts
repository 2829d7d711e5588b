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
  transcript: {
    /** Of a replay. */
    ended: (sent: string) => `The transcript has ended, but the program went on: ${sent}`,
    mismatch: (line: number, expected: string, sent: string) =>
      `Line ${line} of the transcript has: ${expected} The program did: ${sent}`,
    mismatchRemedy:
      'Run the program that the transcript was recorded with, or record it again with this one.',
  },

  /** `virtual/`. */
  virtual: {
    /** What issuing takes. */
    certificateDate: 'a Date of the years 1950 to 9999',
    birthDate: 'a birth date written EYYYYMMDD, an era digit and eight digits',
    substitutes: 'digits 0 and 1, one a character',
    pin: 'a string of 1 to 16 bytes in UTF-8',
    /** A quirk. */
    statusWord: (first: string, last: string, others: readonly string[]) =>
      `a status word from ${first} to ${last}${others.map((one) => `, or ${one}`).join('')}`,
    fileName: 'an application and a file, as in "jpki/0008"',
    noSuchQuirk: 'left out: there is no such quirk',
    /** The virtual reader. */
    tooLong: (length: number) => `The virtual card answered ${length} bytes; at most 65535 can be sent.`,
    notServed: (host: string, port: number) => `No virtual reader takes a card at ${host}:${port}.`,
    notServedRemedy:
      'Install the virtual reader and the PC/SC service ("sudo apt-get install vsmartcard-vpcd pcscd"), then start the service: "sudo systemctl start pcscd", or "sudo pcscd" where there is no systemd.',
    slotBusy: (host: string, port: number) => `The virtual reader at ${host}:${port} does not take the card.`,
    slotBusyRemedy: (otherPort: number) =>
      `Another virtual card may be in it: end that program, or use the other slot (port ${otherPort}).`,
  },
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;
