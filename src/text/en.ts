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
      remedy: 'Start it: on Linux "sudo systemctl start pcscd"; on Windows start the service "Smart Card" (it stops while no reader is plugged in); on macOS plug the reader in again.',
    },
    NO_READER: {
      summary: 'No card reader was found.',
      remedy: 'Plug in a PC/SC card reader that supports the Individual Number Card, and check its name if you asked for one by name.',
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
      remedy: 'Take the card off, put it flat on the reader and keep it there; for a slot, check that the chip goes in first and is clean.',
    },
    SHARING_VIOLATION: {
      summary: 'Another program is using the card.',
      remedy: 'Close the other program that uses the card (browser, e-Tax, JPKI client software) and try again.',
    },
    TIMEOUT: {
      summary: 'The card or reader took too long.',
      remedy: 'Take the card off, put it back flat, and try again; unplug and plug in the reader if it stays silent.',
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
      remedy: 'Put the card flat on the reader, keep it there, and open it again; try another USB port if it happens often.',
    },
    NOT_JPKI: {
      summary: 'This card has no JPKI application.',
      remedy: 'Use an Individual Number Card (マイナンバーカード); another card may be on the reader.',
    },
    MALFORMED_RESPONSE: {
      summary: 'The card sent something that cannot be understood.',
      remedy: 'Take the card off, put it back and try again; if it happens every time, report it with a redacted transcript.',
    },
    STATUS_WORD: {
      summary: 'The card refused the command.',
      remedy: 'Take the card off, put it back and try again; if it happens every time, report the status word.',
    },
    PIN_FORMAT: {
      summary: 'This cannot be the PIN; nothing was sent to the card.',
      remedy: 'The authentication PIN is exactly 4 digits; the signature PIN is 6 to 16 upper-case letters and digits, half-width.',
    },
    PIN_INCORRECT: {
      summary: 'The PIN is wrong.',
      remedy: "Check which of the card's PINs is asked for before you try again; do not guess, because the PIN locks when no try is left.",
    },
    PIN_LOCKED: {
      summary: 'The PIN is locked.',
      remedy: 'No software can unlock it: reset it at a municipal counter, or at a kiosk in a convenience store if the other JPKI PIN is known (JPKI暗証番号リセット, www.jpki.go.jp).',
    },
    PIN_LAST_TRY: {
      summary: 'Only one try is left, so the PIN was not sent.',
      remedy: 'Be sure of the PIN, then allow the last try explicitly (allowLastTry); a wrong PIN now locks it.',
    },
    PIN_REQUIRED: {
      summary: 'The card asks for the PIN first.',
      remedy: 'Verify the PIN of this key, then repeat the operation.',
    },
    PIN_CHANGE_UNCERTAIN: {
      summary: 'The link broke while the PIN was being changed: either PIN may be in force.',
      remedy: 'Verify the new PIN first. If the card accepts it, the change was made; if it is wrong, one try is spent and the old PIN holds: verify it, and the counter is full again.',
    },
    CERTIFICATE_ABSENT: {
      summary: 'The card holds no such certificate.',
      remedy: 'A municipal counter can issue it; people under fifteen normally have no signature certificate.',
    },
    CERTIFICATE_INVALID: {
      summary: 'The certificate cannot be read or believed.',
      remedy: 'Do not rely on it. If it came from a card, read it again; if it came from somebody else, ask for a new one.',
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
    pin: 'text, bytes, or a function that asks for one',
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

  /** `trace.ts`. */
  trace: {
    unavailable: 'No trace, because the package debug cannot be loaded',
  },
  /** `node-module.ts`. */
  node: { needed: 'This needs Node.js 20.19 or newer; a browser cannot do it.' },

  /** `transport/`. */
  reader: {
    interrupted: 'The exchange broke off: the card was probably moved or taken away.',
    serviceStopped: 'The PC/SC service stopped.',
    readerGone: 'The card reader was unplugged.',
    failed: (detail: string) => `The exchange with the card failed (PC/SC: ${detail}).`,
    noAnswer: 'The PC/SC service does not answer.',
    restartService: 'Unplug the reader and plug it in again. If that does not help restart the service: on Linux "sudo systemctl restart pcscd", on Windows the service "Smart Card"; on macOS restart the computer.',
    name: 'a string or a RegExp',
    inUse: (reader: string) => `Another program is using the card in ${reader}.`,
    ofReader: (reader: string, message: string) => `${reader}: ${message}`,
    lookedAt: (message: string, readers: string) => `${message} Looked at: ${readers}.`,
    noneCalled: (wanted: string, readers: string) => `No card reader is called ${wanted}. There is: ${readers}.`,
    worker: 'A worker thread that is terminated cannot take the power from its card.',
    mainThread: 'Open the card on the main thread; or with unpowerOnExit: false, and never terminate the worker before it has closed the card.',
    pcscliteThread: 'The package pcsclite works on the main thread only.',
    koffiOrMainThread: 'Use the package koffi, or the main thread.',
    variable: (names: string) => `The environment variable JPKI_PCSC must be one of ${names}.`,
    correctVariable: 'Correct the variable, or unset it.',
    noLibrary: 'This system has no PC/SC library.',
    installLibrary: 'Install it: on Debian or Ubuntu "sudo apt-get install pcscd libpcsclite1", on Fedora "sudo dnf install pcsc-lite pcsc-lite-libs pcsc-lite-ccid"; on macOS and Windows it is part of the system.',
    run: (command: string, more: string) => `Run "${command}".${more}`,
    compiler: ' It is compiled: on Debian or Ubuntu first "sudo apt-get install build-essential python3 libpcsclite-dev pcscd", elsewhere a C++ compiler and Python 3. The package koffi needs neither.',
    bundled: ' In a bundle or a single executable see docs/bundlers.md.',
    koffi: {
      notInstalled: 'The package koffi is not installed.',
      notBuilt: 'The package koffi is there, but not its compiled part for this system.',
    },
    pcsclite: {
      notInstalled: 'The package pcsclite is not installed, or its build failed.',
      notBuilt: 'The package pcsclite is installed but not built, or not for this system.',
      otherVersion: 'The package pcsclite is built for another version of Node.js.',
    },
  },

  /** `iso7816/`. */
  apdu: {
    notACommand: (reason: string) => `Not a command APDU: ${reason}`,
    tooMuchData: (length: number, most: number) => `${length} bytes of data, at most ${most} fit`,
    notShort: 'too long for the short form',
    noHeader: (length: number) => `${length} bytes, the header alone is 4`,
    cutOff: 'the extended length field is cut off',
    zeroLc: 'an extended Lc of zero',
    wrongLc: (lc: number, rest: number) => `Lc says ${lc} bytes of data, ${rest} follow`,
    cla: 'the class byte CLA, 0 to 255',
    ins: 'the instruction byte INS, 0 to 255 and neither 6X nor 9X',
    p1: 'the parameter byte P1, 0 to 255',
    p2: 'the parameter byte P2, 0 to 255',
    le: (most: number) => `an Le of 1 to ${most}, or left out`,
    command: 'a CommandApdu',
    statusWord: 'a StatusWord',
    stillSilent: 'The card left a command unanswered; the connection cannot be used any more.',
    takeItOff: 'Take the card off the reader: a PIN that was entered may still be in force until then.',
    tooSlow: (limitMs: number) => `The card answers too slowly: the operation was stopped after ${limitMs} ms.`,
    triesLeft: (tries: number) => `PIN wrong or counter asked for, ${tries} ${tries === 1 ? 'try' : 'tries'} left`,
    bytesAvailable: (count: number) => (count === 256 ? '256 or more bytes to fetch' : `${count} more bytes to fetch`),
    exactLe: (le: number) => `wrong Le, ${le} is right`,
    undefinedWord: 'a word that ISO/IEC 7816-4 does not define',
    words: {
      DONE: 'done',
      END_OF_FILE: 'end of file reached before the length asked for',
      WRONG_PIN_NO_COUNTER: 'PIN wrong, tries left not told',
      WRONG_LENGTH: 'wrong length',
      LOGICAL_CHANNEL_UNSUPPORTED: 'logical channel not supported',
      SECURE_MESSAGING_UNSUPPORTED: 'secure messaging not supported',
      CHAINING_UNSUPPORTED: 'command chaining not supported',
      INCOMPATIBLE_FILE: 'the command does not fit the kind of file',
      SECURITY_STATUS_NOT_SATISFIED: 'PIN needed first',
      METHOD_BLOCKED: 'PIN locked',
      REFERENCE_DATA_UNUSABLE: 'PIN locked',
      CONDITIONS_NOT_SATISFIED: 'conditions of use not satisfied',
      NO_CURRENT_FILE: 'no current file',
      NO_SECURE_MESSAGING_SESSION: 'no secure messaging session',
      WRONG_DATA: 'wrong data',
      FILE_NOT_FOUND: 'no such file or application',
      WRONG_P1_P2: 'wrong P1 or P2',
      REFERENCE_NOT_FOUND: 'no such key or PIN',
      WRONG_OFFSET: 'offset past the end of the file',
      INS_UNSUPPORTED: 'instruction not supported',
      CLA_UNSUPPORTED: 'class not supported',
      UNSPECIFIED: 'no precise diagnosis',
    },
    /** By SW1, where the exact word has no text. */
    classes: {
      '62': 'warning, nothing changed',
      '63': 'warning, state changed',
      '64': 'execution error, nothing changed',
      '65': 'execution error, state changed',
      '66': 'execution error, security-related',
      '67': 'wrong length',
      '68': 'function in CLA not supported',
      '69': 'command not allowed',
      '6a': 'wrong parameters',
      '6b': 'wrong parameters',
      '6d': 'instruction not supported',
      '6e': 'class not supported',
    },
  },

  /** `jpki/`. */
  pin: {
    auth: {
      type: 'The authentication PIN must be given as a string or a Uint8Array.',
      length: (_least: number, most: number) => `The authentication PIN is exactly ${most} digits long; nothing was sent to the card.`,
      alphabet: 'The authentication PIN holds only half-width digits; nothing was sent to the card.',
    },
    sign: {
      type: 'The signature PIN must be given as a string or a Uint8Array.',
      length: (least: number, most: number) => `The signature PIN is ${least} to ${most} characters long; nothing was sent to the card.`,
      alphabet: 'The signature PIN holds only half-width upper-case letters and digits; nothing was sent to the card.',
    },
    newPin: 'A new signature PIN must hold at least one letter and at least one digit; nothing was sent to the card.',
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
    sharedFile: 'This card knows a PIN only by the file that was selected last, which another program on the shared connection can change; the PIN was not sent.',
    connectExclusively: 'Connect exclusively (the default), or pass allowShared if every program on this machine may use the key.',
    readTheCounter: 'Read the counter before the PIN is entered again ("jpki status"). If the counter looks right and this happens every time, the reader is at fault: use another one.',
    incorrect: (triesLeft: number) => `The PIN is wrong; ${triesLeft} ${triesLeft === 1 ? 'try' : 'tries'} left.`,
    incorrectAndLocked: 'The PIN is wrong and is now locked.',
    mayBeSpent: (message: string) => `${message} The PIN may have reached the card, so a try may be spent; read the counter before the next one.`,
    uncertain: (word: string, meaning: string) => `The answer to the PIN was ${word} (${meaning}), which does not fit what the card said before: the PIN may have been taken, or a try may be spent.`,
    impossible: (word: string, maxTries: number) => `The card answered ${word} when asked for the tries left, but this PIN never has more than ${maxTries}.`,
    changeRefused: (word: string, meaning: string) => `The card refused the new PIN with ${word} (${meaning}); the old PIN still holds.`,
    changeUncertain: (word: string, meaning: string) => `The card answered ${word} (${meaning}) to the change: either PIN may be in force.`,
  },
  card: {
    answered: (doing: string, word: string, meaning: string) => `${doing}: the card answered ${word} (${meaning}).`,
    notSelected: (word: string, meaning: string) => `The card did not let the JPKI application be selected: ${word} (${meaning}).`,
    selecting: 'Selecting a file',
    signing: 'Signing',
    reading: 'Reading a file',
    readStrategy: 'a ReadStrategy',
    dataToSign: 'a Uint8Array or an async iterable of them',
    noPss: 'This card has no RSASSA-PSS; use RSASSA-PKCS1-v1_5-SHA-256.',
    asNamed: 'Use the way the message names.',
    lengthsTried: (message: string, lengths: string) => `${message} Reads of ${lengths} bytes were tried.`,
    nothingCame: (offset: number, word: string, meaning: string) => `Reading a file from byte ${offset} on brought no usable data: ${word} (${meaning}).`,
    resetInRead: (length: number, isExtended: boolean) => `The card was reset in ${isExtended ? 'an extended-length' : 'a'} read of ${length} bytes: this reader may not carry such reads.`,
    lostInRead: (length: number, isExtended: boolean) => `The card was lost in ${isExtended ? 'an extended-length' : 'a'} read of ${length} bytes: unless it was taken away, this reader may not carry such reads.`,
    withoutExtended: 'Put the card back and start again without extended-length reads: --short-reads for the command, extendedReads: false for a program (or one ReadStrategy for all its sessions, which remembers).',
    withLess: 'Put the card back and start again; if it happens every time, use another reader. A program that hands one ReadStrategy to all its sessions asks this reader for less from now on.',
    checkNumber: (letter: 'A' | 'B') => `check number ${letter}`,
    birthDate: 'date of birth',
  },

  /** `certificate/`. */
  certificate: {
    unreadable: (reason: string) => `The certificate cannot be read: ${reason}.`,
    aCertificate: 'a JpkiCertificate',
    aName: 'a DistinguishedName',
    aFingerprint: 'a fingerprint of 64 hexadecimal digits',
    era: { meiji: 'Meiji', taisho: 'Taisho', showa: 'Showa', heisei: 'Heisei', reiwa: 'Reiwa' },
    /** What a verdict finds wrong, by its code; without the full stop, because a detail may follow. */
    finding: {
      CERTIFICATE_EXPIRED: 'The certificate has expired',
      CERTIFICATE_NOT_YET_VALID: 'The certificate is not valid yet',
      CERTIFICATE_IS_CA: 'The certificate is that of a CA, not of a person',
      CERTIFICATE_KEY_USAGE: 'The key usage is not that of a certificate for this purpose',
      CERTIFICATE_POLICY: 'The policy is not that of a certificate for this purpose',
      CERTIFICATE_KEY: 'The public key is not an RSA key of 2048 to 4096 bits with exponent 65537',
      CERTIFICATE_ALGORITHM: 'The certificate is signed with another algorithm than sha256WithRSAEncryption',
      CERTIFICATE_CRITICAL_EXTENSION: 'The certificate has a critical extension that is not known here',
      CERTIFICATE_SIGNATURE: 'The signature on the certificate was not made with the key of the CA certificate given: that is of another generation, or the certificate is forged or changed',
      ISSUER_MISSING: "The issuer's CA certificate was not given, so nothing about the origin could be checked",
      ISSUER_NAME: 'The CA certificate is that of another issuer than the one the certificate names',
      ISSUER_NOT_ANCHORED: 'The CA certificate is none of the trust anchors',
      ISSUER_OTHER_PURPOSE: 'The CA certificate is a trust anchor for the other purpose only',
      ISSUER_NOT_CA: "The issuer's certificate is not that of a CA",
      ISSUER_KEY_USAGE: "The issuer's certificate does not allow its key to sign certificates",
      ISSUER_EXPIRED: 'The CA certificate has expired',
      ISSUER_NOT_YET_VALID: 'The CA certificate is not valid yet',
      ISSUER_KEY: "The CA's public key is not an RSA key of 2048 to 4096 bits with exponent 65537",
      ISSUER_CRITICAL_EXTENSION: 'The CA certificate has a critical extension that is not known here',
    },
    /** A finding as a sentence. */
    remark: (text: string, detail: string | undefined) => (detail === undefined ? `${text}.` : `${text} (${detail}).`),
    verdict: {
      untrusted: (findings: readonly { readonly en: string; readonly ja: string }[]) => ['Do not believe this certificate.', ...findings.map(({ en }) => en)].join(' '),
      byJlis: (anchor: string, at: string) => `Issued by J-LIS (${anchor}), and within its dates at ${at}.`,
      byAnother: (anchor: string, at: string) => `Issued under the trust anchor "${anchor}", which is not J-LIS's, and within its dates at ${at}.`,
      /** Behind the other two. */
      and: (said: string, notChecked: string) => `${said} ${notChecked}`,
      revocationNotChecked: 'Whether it has been revoked was not checked: only accredited verifiers can ask J-LIS for that (Article 17 of the Act on public personal authentication).',
    },
  },

  /** `signature/`. */
  signature: {
    noSignedData: (reason: string) => `The bytes are no CMS SignedData: ${reason}.`,
    noSignedDataRemedy: 'Check that this is the signature file, whole, and in DER or BER (not PEM).',
    doesNotFit: "The card's signature does not fit its certificate; nothing was handed out.",
    cms: {
      aSigningTime: 'a Date of the years 0 to 9999',
      aDigest: (hash: string, length: number) => `the ${length} bytes of a ${hash} digest`,
      detachedOnly: 'A stream or a digest can only be signed detached: set { detached: true }, or give the content as one Uint8Array.',
      /** What a verdict on a message finds wrong or worth knowing, by its code; see `certificate.remark`. */
      finding: {
        NO_SIGNERS: 'Nobody has signed the message',
        CONTENT_MISSING: 'The signature is detached, and the content was not given',
        CONTENT_GIVEN_TWICE: 'The message has its own content, and another was given: check it without one and take the content it has',
        CONTENT_TYPE: 'What was signed is no plain data but of another content type',
        CONTENT_NOT_WHOLE: 'A signature without signed attributes can only be checked with the content given as one Uint8Array',
        CONTENT_IS_ATTRIBUTES: 'What passes for the content may be the signed attributes of another message',
        DIGEST_ALGORITHM: 'The hash is not SHA-256, SHA-384 or SHA-512',
        SIGNATURE_ALGORITHM: 'The signature algorithm is not RSASSA-PKCS1-v1_5',
        ALGORITHM_MISMATCH: 'The signature algorithm names another hash than the digest algorithm',
        CONTENT_TYPE_ATTRIBUTE: 'The signed attributes do not name the content type exactly once as the message does',
        MESSAGE_DIGEST_MISSING: 'The signed attributes have no message digest',
        MESSAGE_DIGEST_REPEATED: 'The signed attributes have more than one message digest',
        MESSAGE_DIGEST_LENGTH: 'The message digest is that of another hash',
        MESSAGE_DIGEST: 'The content is not what was signed: its hash differs from the message digest',
        ATTRIBUTE_REPEATED: 'A signed attribute that must have one value has several or none',
        ATTRIBUTE_MALFORMED: 'A signed attribute cannot be read',
        SIGNING_CERTIFICATE: 'The signature was made for another certificate than the one in the message',
        SIGNER_CERTIFICATE_MISSING: "The signer's certificate is not in the message",
        SIGNER_CERTIFICATE_AMBIGUOUS: "Several certificates in the message pass for the signer's",
        SIGNATURE: "The signature was not made with the certificate's key, or what it was made over was changed",
        SIGNED_ATTRIBUTES_ABSENT: 'There are no signed attributes, so nothing says when it was signed',
        SIGNING_CERTIFICATE_ABSENT: 'The signature does not name its certificate by fingerprint (signingCertificateV2)',
      },
    },
    jws: {
      aPayload: 'a Uint8Array, a string, or an object',
      reserved: (parameter: string) => `header.${parameter} cannot be set.`,
      noJson: 'The payload or header is no JSON.',
      tooLong: 'The payload is longer than 16 MiB, or the header than 8192 bytes.',
      /** What a verdict on a JWS finds wrong, by its code. */
      finding: {
        JWS_MALFORMED: 'This is no compact JWS with a JSON header, or it is longer than 32 Mi characters (its header: 32768).',
        JWS_REPEATED_NAME: 'The header has one name twice.',
        JWS_ALGORITHM: 'The algorithm is not RS256, RS384 or RS512.',
        JWS_CRITICAL: 'The header has parameters that change what the signature means (crit, b64).',
        JWS_TYPE: 'This is a login token, which signs nothing but a login.',
        JWS_CERTIFICATES: "The header does not hold the signer's certificate, alone or with its CA's (x5c).",
        JWS_SIGNATURE: "The signature was not made with the certificate's key, or the JWS was changed.",
      },
    },
    login: {
      seconds: 'a number of seconds, 0 or more',
      tooLong: 'audience and nonce are too long for a login token.',
      /** What a verdict on a token finds wrong, by its code. */
      finding: {
        TOKEN_MALFORMED: 'The token is no compact JWS with a JSON header and JSON claims, or is longer than 16384 characters.',
        TOKEN_REPEATED_NAME: 'The header or the claims have one name twice.',
        TOKEN_ALGORITHM: 'The algorithm is not RS256, RS384 or RS512.',
        TOKEN_TYPE: 'The token is not of the type for logging in (jpki-login+jwt).',
        TOKEN_HEADER: 'The header has parameters other than alg, typ and x5c.',
        TOKEN_CERTIFICATES: "The header does not hold exactly two certificates (x5c): the holder's and its CA's.",
        TOKEN_AUDIENCE: 'The token is for somebody else.',
        TOKEN_NONCE: 'The token answers another challenge.',
        TOKEN_CHALLENGE: 'The challenge that the token answers is unknown here, was answered already, or has expired.',
        TOKEN_TIMES: 'The token does not say in whole seconds when it was made and when it expires.',
        TOKEN_NOT_YET_VALID: 'The token was made in the future: one of the two clocks is wrong.',
        TOKEN_EXPIRED: 'The token has expired.',
        TOKEN_TOO_OLD: 'The token is older than the server accepts.',
        TOKEN_SIGNATURE: "The signature was not made with the certificate's key, or the token was changed.",
      },
    },
  },

  /** `recovery/`. */
  recovery: {
    /** The four PINs that a holder has set. `form` is what tells one from the others. */
    pins: {
      sign: {
        name: 'signature PIN',
        form: '6 to 16 upper-case letters and digits, both kinds',
        use: 'e-Tax and other filings that sign a document',
      },
      auth: {
        name: 'user authentication PIN',
        form: '4 digits',
        use: 'logging in to Mynaportal, certificates at a convenience store, health insurance',
      },
      registry: {
        name: 'resident registry PIN',
        form: '4 digits',
        use: 'moving in or out, changes at the municipal counter',
      },
      'input-support': {
        name: 'card input support PIN',
        form: '4 digits',
        use: 'reading name, address and My Number as text',
      },
    },
    certificates: { sign: 'signature certificate', auth: 'user authentication certificate' },
    title: {
      change: (pin: string) => `Change the ${pin} yourself, with the current PIN`,
      kiosk: (pin: string) => `Reset the ${pin} at a kiosk in a store`,
      counter: (pin: string) => `Reset the ${pin} at the municipal counter`,
    },
    where: {
      change: 'Wherever you are: with this software and a card reader, or with the official JPKI client software',
      changeOther: 'Wherever you are: with the official JPKI client software (this software does not change this PIN)',
      kiosk: {
        sign: 'Multi-function copiers (kiosks) at 7-Eleven, FamilyMart, Lawson, MINISTOP and others',
        auth: 'Multi-function copiers (kiosks) at 7-Eleven nationwide and AEON Retail stores only',
      },
      counter: 'The counter of the municipality where you are registered as a resident',
    },
    hours: {
      always: 'At any time',
      alwaysNow: 'You can do it now.',
      office: 'Office hours, which differ from municipality to municipality',
      officeNow: 'Whether it is open now is not known here: ask the municipality.',
      kiosk: (opens: string, closes: string, reservationHours: number) => `Kiosk ${opens} to ${closes} Japan time, as far as the store is open, within ${reservationHours} hours of the reservation. The app takes reservations around the clock except during maintenance.`,
      kioskOpen: 'The kiosks are within their hours now.',
      kioskClosed: (opens: string) => `The kiosks are closed now and open at ${opens}; the app takes the reservation now.`,
    },
    confirm: {
      change: (year: number, month: number) => `Confirm at www.jpki.go.jp which software changes which PIN (checked ${year}-${twoDigits(month)}).`,
      kiosk: (year: number, month: number) => `Stores change: confirm the list at www.jpki.go.jp, JPKI暗証番号リセット (checked ${year}-${twoDigits(month)}).`,
      counter: (year: number, month: number) => `Confirm with the municipality what to bring and when it is open (checked ${year}-${twoDigits(month)}).`,
    },
    need: {
      card: 'The Individual Number Card',
      currentPin: (pin: string) => `The current ${pin}`,
      otherPin: (pin: string, form: string) => `The ${pin} (${form})`,
      phone: 'A phone that can read the card, with the app JPKI暗証番号リセット',
      reservation: (pin: string, faceMatch: boolean) => `A reservation made with the app beforehand, which reads the card with the ${pin}${faceMatch ? " and matches the holder's face" : ''}`,
      photoId: 'A photo identity document such as a driving licence (without a photo: two documents)',
    },
    condition: {
      pinKnown: 'You are sure of the current PIN; if you have any doubt, do not enter it',
      pinNotLocked: 'It is not locked: the tries left were not read (reading them costs no try)',
      softwareOffersPin: 'The software offers this PIN, which is not confirmed here; if it does not, the counter remains',
      otherPinKnown: (pin: string) => `You are sure of the ${pin}`,
      otherPinNotLocked: (pin: string) => `The ${pin} is not locked: its tries left were not read (reading them costs no try)`,
      signCertificateValid: (certificate: string) => `The card has a ${certificate} and it has not expired (not read); people under fifteen normally have none`,
      authCertificateValid: (certificate: string) => `The card has a ${certificate} and it has not expired (not read)`,
      notRevoked: 'Neither certificate has been revoked (the card cannot tell; ask the municipality if in doubt)',
      detailsUnchanged: 'Name, birth date, sex and address have not changed since the certificates were issued',
    },
    note: {
      doNotGuess: (triesLeft: number | undefined) => `Do not guess: wrong tries add up and lock the PIN${triesLeft === undefined ? '' : ` (tries left: ${triesLeft})`}. If you noted it on a sheet when you received the card, look there.`,
      lastTry: 'One try is left: one wrong entry locks the PIN.',
      staysLocked: 'Nothing unlocks with time, and no software can unlock it.',
      lockNotRead: 'The tries left were not read: read them first to see which PIN is locked (reading them costs no try).',
      reservationAlone: 'The reservation alone changes nothing; the new PIN is in force as soon as you have finished at the kiosk.',
      faceMatch: (failures: number) => `After ${failures} failed face matches in a row the app is restricted for a while.`,
      sameVisit: (pins: readonly string[]) => `The same visit resets: ${pins.join(', ')}.`,
      certificateExpired: (certificate: string) => `The ${certificate} has expired: a new PIN does not renew it, the municipal counter does.`,
      certificateAbsent: (certificate: string, notUnderFifteen: string) => `The card has no ${certificate}, so this PIN is of no use until the municipal counter issues one${notUnderFifteen}.`,
      kioskNotForThisPin: 'A kiosk in a store cannot reset this PIN.',
      kioskOtherPinLost: (pin: string) => `A kiosk in a store cannot reset it, because it asks for the ${pin}.`,
      kioskCertificateExpired: (certificate: string) => `A kiosk in a store cannot reset it, because the ${certificate} has expired; the counter renews it.`,
      kioskCertificateAbsent: (certificate: string, notUnderFifteen: string) => `A kiosk in a store cannot reset it, because the card has no ${certificate}; the counter issues one${notUnderFifteen}.`,
    },
    /** Goes behind a sentence on issuing a certificate. */
    notUnderFifteen: { sign: ' (normally not to people under fifteen)', auth: '' },
  },

  /** `transcript/`. */
  transcript: {
    /** Of a replay. */
    ended: (sent: string) => `The transcript has ended, but the program went on: ${sent}`,
    mismatch: (line: number, expected: string, sent: string) => `Line ${line} of the transcript has: ${expected} The program did: ${sent}`,
    mismatchRemedy: 'Run the program that the transcript was recorded with, or record it again with this one.',
  },

  /** `virtual/`. */
  virtual: {
    /** What issuing takes. */
    certificateDate: 'a Date of the years 1950 to 9999',
    birthDate: 'a birth date written EYYYYMMDD, an era digit and eight digits',
    substitutes: 'digits 0 and 1, one a character',
    pin: 'a string of 1 to 16 bytes in UTF-8',
    /** A quirk. */
    statusWord: (first: string, last: string, others: readonly string[]) => `a status word from ${first} to ${last}${others.map((one) => `, or ${one}`).join('')}`,
    fileName: 'an application and a file, as in "jpki/0008"',
    noSuchQuirk: 'left out: there is no such quirk',
    /** The virtual reader. */
    tooLong: (length: number) => `The virtual card answered ${length} bytes; at most 65535 can be sent.`,
    notServed: (host: string, port: number) => `No virtual reader takes a card at ${host}:${port}.`,
    notServedRemedy: 'Install the virtual reader and the PC/SC service ("sudo apt-get install vsmartcard-vpcd pcscd"), then start the service: "sudo systemctl start pcscd", or "sudo pcscd" where there is no systemd.',
    slotBusy: (host: string, port: number) => `The virtual reader at ${host}:${port} does not take the card.`,
    slotBusyRemedy: (otherPort: number) => `Another virtual card may be in it: end that program, or use the other slot (port ${otherPort}).`,
  },
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
