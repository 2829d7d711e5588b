/** Everything the library says to people, in English. `ja.ts` has the same entries; the compiler misses none. */
export const en = {
  /** `errors.ts` and `arguments.ts`. */
  error: {
    PCSC_UNAVAILABLE: {
      summary: 'No package that reaches card readers is installed.',
      remedy: 'Install it: "npm install koffi" ("npm install -g koffi" for a command installed with -g).',
    },
    SERVICE_UNAVAILABLE: {
      summary: 'The PC/SC service is not running.',
      remedy:
        'Start it: on Linux "sudo systemctl start pcscd"; on Windows start the service "Smart Card" (it stops while no reader is plugged in); on macOS plug the reader in again.',
    },
    NO_READER: {
      summary: 'No card reader was found.',
      remedy:
        'Plug in a PC/SC card reader that supports the Individual Number Card, and check its name if you asked for one by name.',
    },
    NO_CARD: {
      summary: 'There is no card on the reader.',
      remedy: 'Put the card flat on the reader (or into its slot, chip first) and keep it there.',
    },
    CARD_REMOVED: {
      summary: 'The card was taken away.',
      remedy: 'Put the card flat on the reader, keep it there until the end, and start again.',
    },
    CARD_RESET: {
      summary: 'Another program reset the card.',
      remedy: 'Close the other program that uses the card and start again.',
    },
    CARD_MUTE: {
      summary: 'The card does not answer.',
      remedy:
        'Take the card off, put it flat on the reader and keep it there; for a slot, check that the chip goes in first and is clean.',
    },
    SHARING_VIOLATION: {
      summary: 'Another program is using the card.',
      remedy:
        'Close the other program that uses the card (browser, e-Tax, JPKI client software) and try again.',
    },
    TIMEOUT: {
      summary: 'The card or reader took too long.',
      remedy:
        'Take the card off, put it back flat, and try again; unplug and plug in the reader if it stays silent.',
    },
    ABORTED: {
      summary: 'The operation was aborted.',
      remedy: 'Start it again when you want it done.',
    },
    CLOSED: {
      summary: 'The connection to the card is closed.',
      remedy: 'Open the card again.',
    },
    TRANSPORT: {
      summary: 'The exchange with the card failed.',
      remedy:
        'Put the card flat on the reader, keep it there, and open it again; try another USB port if it happens often.',
    },
    NOT_JPKI: {
      summary: 'This card has no JPKI application.',
      remedy: 'Use an Individual Number Card (マイナンバーカード); another card may be on the reader.',
    },
    MALFORMED_RESPONSE: {
      summary: 'The card sent something that cannot be understood.',
      remedy:
        'Take the card off, put it back and try again; if it happens every time, report it with a redacted transcript.',
    },
    STATUS_WORD: {
      summary: 'The card refused the command.',
      remedy:
        'Take the card off, put it back and try again; if it happens every time, report the status word.',
    },
    PIN_FORMAT: {
      summary: 'This cannot be the PIN; nothing was sent to the card.',
      remedy:
        'The authentication PIN is exactly 4 digits; the signature PIN is 6 to 16 upper-case letters and digits, half-width.',
    },
    PIN_INCORRECT: {
      summary: 'The PIN is wrong.',
      remedy:
        "Check which of the card's PINs is asked for before you try again; do not guess, because the PIN locks when no try is left.",
    },
    PIN_LOCKED: {
      summary: 'The PIN is locked.',
      remedy:
        'No software can unlock it: reset it at a municipal counter, or at a kiosk in a convenience store if the other JPKI PIN is known (JPKI暗証番号リセット, www.jpki.go.jp).',
    },
    PIN_LAST_TRY: {
      summary: 'Only one try is left, so the PIN was not sent.',
      remedy:
        'Be sure of the PIN, then allow the last try explicitly (allowLastTry); a wrong PIN now locks it.',
    },
    PIN_REQUIRED: {
      summary: 'The card asks for the PIN first.',
      remedy: 'Verify the PIN of this key, then repeat the operation.',
    },
    PIN_CHANGE_UNCERTAIN: {
      summary: 'The link broke while the PIN was being changed: either PIN may be in force.',
      remedy:
        'Verify the new PIN first. If the card accepts it, the change was made; if it is wrong, one try is spent and the old PIN holds: verify it, and the counter is full again.',
    },
    CERTIFICATE_ABSENT: {
      summary: 'The card holds no such certificate.',
      remedy:
        'A municipal counter can issue it; people under fifteen normally have no signature certificate.',
    },
    CERTIFICATE_INVALID: {
      summary: 'The certificate cannot be read or believed.',
      remedy:
        'Do not rely on it. If it came from a card, read it again; if it came from somebody else, ask for a new one.',
    },
    SIGNATURE_INVALID: {
      summary: 'The signature does not fit the data and the certificate.',
      remedy: 'Do not rely on it; if it was just made, sign again with the card kept still.',
    },
    UNSUPPORTED: {
      summary: 'This is not supported here.',
      remedy: 'Use a card, a program or a system that can do it.',
    },
    INVALID_ARGUMENT: {
      summary: 'The program passed a value that cannot be used.',
      remedy: 'Correct the call: the message says which value and why.',
    },
  },
  argument: {
    mustBe: (name: string, values: string) => `${name} must be ${values}.`,
    oneOf: (values: readonly string[]) => `one of ${values.join(', ')}`,
    wholeNumber: (min: number, max: number) => `a whole number from ${min} to ${max}`,
    bytesOf: (min: number, max: number) => `a Uint8Array of ${min} to ${max} bytes`,
    object: 'an object',
    array: 'an array',
    bytes: 'a Uint8Array',
    boolean: 'true or false',
    date: 'a valid Date',
    string: 'a string',
    text: 'a string that is not empty',
    function: 'a function',
    signal: 'an AbortSignal',
    timeout: 'a number of milliseconds, 0 or more, or Infinity',
    timeLimit: 'a number of milliseconds above 0, or Infinity',
    language: '"en" or "ja"',
    role: '"auth" or "sign"',
    errorCode: 'one of JpkiErrorCode',
    bilingual: 'an object of two strings, { en, ja }',
    message: 'a string, or an object of two strings, { en, ja }',
  },

  /** `transport/`. */
  reader: {},

  /** `iso7816/`. */
  apdu: {},

  /** `jpki/`. */
  pin: {
    auth: {
      type: 'The authentication PIN must be given as a string or a Uint8Array.',
      length: (_least: number, most: number) =>
        `The authentication PIN is exactly ${most} digits long; nothing was sent to the card.`,
      alphabet: 'The authentication PIN holds only half-width digits; nothing was sent to the card.',
    },
    sign: {
      type: 'The signature PIN must be given as a string or a Uint8Array.',
      length: (least: number, most: number) =>
        `The signature PIN is ${least} to ${most} characters long; nothing was sent to the card.`,
      alphabet:
        'The signature PIN holds only half-width upper-case letters and digits; nothing was sent to the card.',
    },
    newPin:
      'A new signature PIN must hold at least one letter and at least one digit; nothing was sent to the card.',
    ofCurrent: (refusal: string) => `The current PIN: ${refusal}`,
    ofNext: (refusal: string) => `The new PIN: ${refusal}`,
    samePin: 'The new PIN is the current one; nothing was sent to the card.',
    number: 'a number',
    weakness: {
      'birth-date': 'It can be guessed from the date of birth, which is printed on the card.',
      repeat: 'It repeats the same few characters.',
      sequence: 'It holds digits or letters in ascending or descending order.',
      keyboard: 'It holds keys that lie side by side on a keyboard or a keypad.',
    },
    querying: 'Reading the retry counter',
    verifying: 'Verifying the PIN',
    counterUnknown: 'The card does not say how many tries are left, so the PIN was not sent.',
    shared: 'The connection is shared with other programs, so the PIN was not sent.',
    sharedFile:
      'This card knows a PIN only by the file that was selected last, which another program on the shared connection can change; the PIN was not sent.',
    connectExclusively:
      'Connect exclusively (the default), or pass allowShared if every program on this machine may use the key.',
    readTheCounter:
      'Read the counter before the PIN is entered again ("jpki status"). If the counter looks right and this happens every time, the reader is at fault: use another one.',
    incorrect: (triesLeft: number) =>
      `The PIN is wrong; ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left.`,
    incorrectAndLocked: 'The PIN is wrong and is now locked.',
    mayBeSpent: (message: string) =>
      `${message} The PIN may have reached the card, so a try may be spent; read the counter before the next one.`,
    uncertain: (word: string, meaning: string) =>
      `The answer to the PIN was ${word} (${meaning}), which does not fit what the card said before: the PIN may have been taken, or a try may be spent.`,
    impossible: (word: string, maxTries: number) =>
      `The card answered ${word} when asked for the tries left, but this PIN never has more than ${maxTries}.`,
    changeRefused: (word: string, meaning: string) =>
      `The card refused the new PIN with ${word} (${meaning}); the old PIN still holds.`,
    changeUncertain: (word: string, meaning: string) =>
      `The card answered ${word} (${meaning}) to the change: either PIN may be in force.`,
  },
  card: {
    answered: (doing: string, word: string, meaning: string) =>
      `${doing}: the card answered ${word} (${meaning}).`,
    notSelected: (word: string, meaning: string) =>
      `The card did not let the JPKI application be selected: ${word} (${meaning}).`,
    selecting: 'Selecting a file',
    signing: 'Signing',
    reading: 'Reading a file',
    readStrategy: 'a ReadStrategy',
    dataToSign: 'a Uint8Array or an async iterable of them',
    noPss: 'This card has no RSASSA-PSS; use RSASSA-PKCS1-v1_5-SHA-256.',
    asNamed: 'Use the way the message names.',
    lengthsTried: (message: string, lengths: string) => `${message} Reads of ${lengths} bytes were tried.`,
    nothingCame: (offset: number, word: string, meaning: string) =>
      `Reading a file from byte ${offset} on brought no usable data: ${word} (${meaning}).`,
    resetInRead: (length: number, isExtended: boolean) =>
      `The card was reset in ${isExtended ? 'an extended-length' : 'a'} read of ${length} bytes: this reader may not carry such reads.`,
    lostInRead: (length: number, isExtended: boolean) =>
      `The card was lost in ${isExtended ? 'an extended-length' : 'a'} read of ${length} bytes: unless it was taken away, this reader may not carry such reads.`,
    withoutExtended:
      'Put the card back and start again without extended-length reads: --short-reads for the command, extendedReads: false for a program (or one ReadStrategy for all its sessions, which remembers).',
    withLess:
      'Put the card back and start again; if it happens every time, use another reader. A program that hands one ReadStrategy to all its sessions asks this reader for less from now on.',
    checkNumber: (letter: 'A' | 'B') => `check number ${letter}`,
    registryPin: 'resident registry PIN',
    inputSupportPin: 'card input support PIN',
    birthDate: 'date of birth',
  },

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
