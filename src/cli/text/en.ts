/** Everything the command says, in English. `ja.ts` has the same entries; the compiler misses none. */
/** A date of birth as the certificate has it: what it leaves open is `undefined`. */
export interface BornOn {
  readonly iso: string | undefined;
  readonly year: number | undefined;
  readonly month: number | undefined;
  readonly day: number | undefined;
  readonly era: { readonly en: string; readonly ja: string } | undefined;
  readonly eraYear: number | undefined;
}

export const en = {
  language: 'en' as 'en' | 'ja',

  arguments: {
    unknownOption: (option: string | undefined, guess: string | undefined) => `Unknown option${option === undefined ? '' : ` ${option}`}.${guess === undefined ? '' : ` Did you mean --${guess}?`}`,
    noPinHere: 'A PIN is never taken from the command line, where other users and the shell history see it. It is asked for on the terminal, or read with --pin-file.',
    valueMissing: (option: string) => `The option ${option} needs a value.`,
    valueNotTaken: (option: string) => `The option ${option} takes no value.`,
    badValue: (option: string, allowed: string) => `The option ${option} takes ${allowed}.`,
    badOperand: (allowed: string) => `Say which one: ${allowed}.`,
    unknownCommand: (guess: string | undefined) => `There is no such command.${guess === undefined ? '' : ` Did you mean "jpki ${guess}"?`}`,
    commandMissing: 'Say what to do: no command was given.',
    tooManyWords: 'There are more words than this command takes.',
    wordMissing: 'Something is missing.',
    optionMissing: (option: string) => `The option ${option} is needed.`,
    more: (usage: string, help: string) => `${usage} (more with "${help}")`,
  },

  options: {
    reader: 'the reader whose name holds NAME',
    virtual: 'a virtual card instead of a reader (not real); kept in FILE.json if given, made when absent (--virtual=FILE for other names)',
    timeout: 'how long to wait for reader and card (30)',
    json: 'JSON on stdout, errors as JSON on stderr',
    lang: 'language (otherwise by locale)',
    debug: 'trace on stderr, without PINs',
    help: 'this help',
    version: 'the version',
    'all-pins': 'also the PINs of the other applications',
    'short-reads': 'no extended-length reads, for a reader that loses the card over them',
    'pin-file': 'read the PIN from a file instead of the terminal: one line; "-" is standard input',
    'new-pin-file': 'the new PIN; otherwise it is the second line of --pin-file',
    'allow-last-try': 'send the PIN even if one try is left: a wrong one locks it',
    out: 'where to write',
    force: 'replace a file that is there already; on a terminal it is asked otherwise',
    format: 'form of the certificate (pem)',
    attached: 'put the content into the signature file (default: a detached signature)',
    content: 'the signed file, for a detached signature',
    ca: 'CA certificates (PEM or DER) for a signature without its own, or those of the card; believed only if J-LIS has issued them',
    audience: 'the service that the token is for',
    nonce: 'the challenge that the service gave',
    'no-card': 'do not look for a card',
    auth: 'the user authentication PIN, as the holder says',
    sign: 'the signature PIN, as the holder says',
    registry: 'the resident registry PIN',
    'input-support': 'the card input support PIN',
    state: 'keep the card in FILE: loaded at the start, made when absent, saved at the end',
    host: 'where the virtual reader is (127.0.0.1)',
    port: 'its TCP port (35963; second slot 35964)',
    locked: 'this PIN is locked',
    tries: 'this PIN has N tries left',
    token: 'what it stands in for (card)',
    quirk: 'behave as some other cards or readers do',
    expired: 'certificates that have expired',
    'no-signature': 'no signature certificate, as for people under fifteen',
  },

  commands: {
    readers: {
      summary: 'the card readers, and what is in them',
      examples: {
        'jpki readers': 'list them',
      },
    },
    status: {
      summary: 'PINs, tries left and certificates of a card, and what to do if something is wrong',
      details: ['Asks for no PIN and spends no try.'],
      examples: {
        'jpki status': 'the card on the reader',
        'jpki status --all-pins --lang en': 'all counters, in English',
        'jpki status --virtual --json': 'a virtual card, as JSON',
      },
    },
    'cert show': {
      summary: 'a certificate of the card in words',
      details: ['auth: user authentication; sign: signature, which names the holder and is read only after the signature PIN; auth-ca and sign-ca: the CA certificate of each.'],
      examples: {
        'jpki cert show auth': 'no PIN needed',
        'jpki cert show sign': 'with the holder',
      },
    },
    'cert export': {
      summary: 'a certificate of the card as PEM or DER',
      examples: {
        'jpki cert export auth': 'PEM on stdout',
        'jpki cert export sign --format der --out sign.cer': 'DER into a file',
      },
    },
    'pin verify': {
      summary: 'check that a PIN is right',
      details: ['A wrong PIN spends a try; a right one makes the counter full again. The last try is spent only when you say so.'],
      examples: {
        'jpki pin verify sign': 'asks for the PIN',
        'jpki pin verify auth --pin-file ~/.auth-pin': 'without a terminal',
      },
    },
    'pin change': {
      summary: 'change a PIN that is known',
      details: ['A locked or forgotten PIN cannot be changed here: see "jpki recover".'],
      examples: {
        'jpki pin change sign': 'asks for the current PIN, and twice for the new one',
        'jpki pin change auth --pin-file pins.txt': 'first line current, second line new',
      },
    },
    sign: {
      summary: 'sign a file (CMS, .p7s) with the signature key',
      details: ['The signature names you: name, address, date of birth and sex are in the certificate that goes with it.'],
      examples: {
        'jpki sign contract.pdf': 'makes contract.pdf.p7s beside it',
        'jpki sign order.xml --attached --out order.p7m': 'one file with content and signature',
      },
    },
    verify: {
      summary: 'check a signed file; needs no card',
      details: [
        'Good means: the content is what was signed, and the certificate was issued by J-LIS and is within its dates. Whether it has been revoked cannot be checked here. The CA certificates of J-LIS need not be in the signature. With --virtual FILE the signatures of that virtual card count too. --out writes the content that is in the signature.',
      ],
      examples: {
        'jpki verify contract.pdf.p7s': 'with contract.pdf beside it',
        'jpki verify reply.p7s --content reply.pdf': 'with a file of another name',
      },
    },
    'login-token': {
      summary: 'a token that logs in to a service',
      details: ['Give the address you yourself connect to as audience, never one that somebody sends you. The token is good once, for two minutes.'],
      examples: {
        'jpki login-token --audience https://service.example.jp --nonce 8f2c61d0': 'asks for the authentication PIN',
      },
    },
    recover: {
      summary: 'the ways out when a PIN is wrong, forgotten or locked',
      details: ['Reads the counters of a card if there is one, asks what the holder remembers, and shows which way is open, what it needs, where and when. STATE is known, forgotten or locked.'],
      examples: {
        'jpki recover': 'asks',
        'jpki recover --no-card --sign locked --auth known': 'at a support desk, without the card',
      },
    },
    emulate: {
      summary: 'put a virtual card into the PC/SC service, to test any program',
      details: [
        'Needs the virtual reader of vsmartcard (vpcd) in the PC/SC service. The PINs of a new card are 1234 (authentication) and VIRTUAL1 (signature). Runs until Ctrl-C.',
        'Quirks of cards: shortIds (true, or a word 69xx or 6axx), changeByShortId, pinCounter, firstCommandFails, getResponse, authCertificateNeedsPin, cardSideHashing, selectClearsStatus, fci (true, false), lockedQuery (63c0, 6983, 6984), lockedVerify (6983, 6984), verifiedQuery (counter, 9000), endOfFile (shorter, 6282, 6c, 6700), maxRead (1-65536), selectRefusal (a word 64xx to 6fxx), tokenInfoLength (160, 32), absentApplications (registry,common,...), absentFiles (jpki/0008,common/001c,...).',
        'Quirks of readers: longestRead (1-65536) and, for a longer one, longRead (a word 62xx to 6fxx, 9000, cut, fails, resets, removes); leZero (true, 9000, or a word 62xx to 6fxx), extendedLength and fourByteVerify (true, false, a word 67xx to 6fxx, fails, resets, removes), endlessWrongLe (true, false), inventedWord (false, 6300, 6301, 637f) and inventedFor (select,read,query,verify,change,sign). In the virtual reader resets and removes both take the card out for a second.',
      ],
      examples: {
        'jpki emulate --state card.json': 'the same card each time',
        'jpki emulate --locked sign --tries auth=1': 'a card in trouble',
        'jpki emulate --quirk shortIds=6a82 --quirk pinCounter=false': 'a card that behaves differently',
        'jpki emulate --quirk longestRead=240 --quirk longRead=cut': 'a reader that cuts long answers off',
      },
    },
    record: {
      summary: 'record the exchanges with a card, naming nobody',
      details: ['Status and authentication certificate; no PIN is asked for.'],
      examples: {
        'jpki record card.txt': 'for a report or a test',
      },
    },
    doctor: {
      summary: 'what works, what does not, what to do next',
      examples: {
        'jpki doctor': 'from the package to the card',
      },
    },
  },

  help: {
    about: "jpki: the JPKI application of Japan's Individual Number Card (My Number Card), over a card reader or on a virtual card.",
    usage: 'Usage',
    commands: 'Commands',
    options: 'Options',
    globalOptions: 'Options of every command',
    exitCodes: 'Exit codes',
    examples: 'Examples',
    pins: 'PINs',
    pinsText: 'A PIN is asked for on the terminal and shown as *, as is everything else you type, or read with --pin-file; never give it on the command line. The tries left are shown first, and the last one is used only if you say so. The virtual card of --virtual has 1234 (authentication) and VIRTUAL1 (signature).',
    topExamples: {
      'jpki status': 'how the card is',
      'jpki status --virtual': 'the same without card and reader',
      'jpki recover': 'a PIN is locked or forgotten',
      'jpki doctor': 'nothing works',
    },
  },

  exitCodes: {
    0: 'done',
    1: 'failed',
    2: 'wrong usage; nothing was done',
    3: 'no reader or card (also: PC/SC missing or stopped, card taken away)',
    4: 'PIN wrong, or not in the form of a PIN (then nothing was sent)',
    5: 'PIN locked, or last try refused',
    '128+n': 'ended by signal n (130: Ctrl-C or Ctrl-D, 143: SIGTERM; 137: by force, because card or reader stayed silent)',
  },

  report: {
    whatToDo: 'What to do: ',
    colon: ': ',
    usage: 'Usage: ',
    output: 'The output cannot be written',
    internal: 'The command itself failed.',
    internalRemedy: 'Run it again with --debug, and report what it prints.',
  },

  remedies: {
    PIN_INCORRECT: 'Check which of the card\'s PINs is asked for before you try again, and do not guess. If you are not sure, "jpki recover" shows the ways out.',
    PIN_LAST_TRY: 'If you are sure of the PIN, run it again and say yes when asked (in a script: --allow-last-try); a wrong PIN now locks it. If not, "jpki recover" shows the ways out.',
    PIN_LOCKED: 'No software can unlock it. "jpki recover" shows where it can be reset and what that needs.',
  },

  fileReasons: {
    ENOENT: 'there is no such file or folder',
    EEXIST: 'there is a file of that name already',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'part of the path is no folder',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file would be too large',
    // What Linux and macOS answer when a socket is opened.
    ENXIO: 'it is neither a file nor a pipe',
    EOPNOTSUPP: 'it is neither a file nor a pipe',
    EROFS: 'the disk is read-only',
  },

  file: {
    failed: (name: string, reason: string) => `${name}: ${reason}.`,
    unknownReason: 'unknown reason',
    failedRemedy: 'Check the name, and who may read or write there.',
    notAFile: (path: string) => `${path} is neither a regular file nor a pipe.`,
    notAFileRemedy: 'Name a file; what a program writes can be given as a pipe.',
    emptyPipe: (path: string) => `Nothing was written into the pipe ${path}.`,
    again: 'Check the program that writes into it, and run the command again.',
    noCertificate: (path: string) => `${path} holds no certificate that can be read.`,
    noCertificateRemedy: 'Give CA certificates as a file in PEM or DER, of at most 64 KiB.',
    tooLargeToAttach: (path: string, most: number) => `${path} is too large to be put into its signature (at most ${most / 1024 / 1024} MiB).`,
    signDetached: 'Leave --attached out: a detached signature, beside the file, takes a file of any size.',
    changed: (path: string) => `${path} was changed while it was being signed; no signature was written.`,
    changedRemedy: 'Run it again when nothing writes to the file any more.',
    sameFile: 'The output would be written over a file that this command reads.',
    link: (path: string) => `${path} is a link, and nothing is written through a link.`,
    linkRemedy: 'Remove the link, or name another file.',
    exists: (path: string) => `${path} is there already; in a script it is replaced only with --force.`,
    replace: (path: string) => `${path} is there already. Type "yes" to replace it, anything else to stop: `,
    kept: (path: string) => `${path} was left as it is; nothing was done.`,
    keptRemedy: 'Name another file, or run it again and say yes.',
    appeared: (path: string) => `Meanwhile somebody else has written ${path}; it was left as it is.`,
    appearedRemedy: 'Look at that file, and run the command again with another name.',
  },

  card: {
    waiting: {
      'no-reader': 'Waiting for a card reader: plug it in',
      'no-service': 'The PC/SC service stopped: waiting until it is back',
      'no-card': 'Waiting for the card: put it on the reader',
      'in-use': 'Another program is using the card: waiting until it is done',
      mute: 'The card does not answer: take it off and put it flat on the reader',
    },
    waitingFor: (what: string, seconds: number) => `${what} (${seconds} s, Ctrl-C stops)`,
    makingCard: 'Making a virtual card...',
    readingStatus: 'Reading the card...',
    readingCertificate: 'Reading the certificate...',
    readingOtherPins: 'Reading the counters of the other applications...',
    signing: 'Signing: keep the card still...',
    stillWorking: 'The card is still working: keep it on the reader until it has answered, then this command ends. If the answer never comes, press Ctrl-C once more.',
    notLetGo: 'The card could not be unpowered, so a PIN that was entered may still be in force.',
    takeItOff: 'Take the card off the reader: that ends it. It can then be put back.',
    notAState: 'The state file is not that of a virtual card.',
    notAStateRemedy: 'Name another file: one that does not exist is made.',
  },

  readers: {
    empty: 'no card',
    present: 'card',
    'in-use': 'card, in use by another program',
    mute: 'card that does not answer',
  },

  pin: {
    heading: (name: string, form: string) => `${name} (${form})`,
    triesLeft: (left: number | undefined, max: number) => (left === undefined ? 'Tries left: the card does not say' : `Tries left: ${left} of ${max}`),
    lastTry: 'This is the last try. If the PIN is wrong, it locks, and no software can unlock it. If you are not sure, stop here and run "jpki recover".',
    triesUnknown: 'The card does not say how many tries are left: this may be the last one, and a wrong PIN may lock it.',
    reallyLastTry: 'Type "yes" to enter the PIN all the same, anything else to stop: ',
    askPin: 'PIN: ',
    askCurrent: 'Current PIN: ',
    askNext: 'New PIN: ',
    askNextAgain: 'New PIN again: ',
    nextForm: (form: string) => `The new PIN: ${form}. Choose none that others can guess: no date of birth, no telephone number.`,
    adjusted: 'Note: what was entered was turned into the form the card knows (half-width, capital letters, no spaces).',
    advice: 'This PIN is easy to guess:',
    useAnyway: 'Type "yes" to use it all the same, anything else to choose another: ',
    differ: 'The two do not match. Once more.',
    tooOften: 'No usable PIN was entered; nothing was sent to the card.',
    again: 'Run the command again when you have it at hand.',
    notInteractive: 'The PIN can be asked for only on a terminal, with no output redirected. Give it with --pin-file.',
    newPinFileAlone: 'The option --new-pin-file needs --pin-file beside it.',
    oneInput: 'Standard input can be only one of the two files.',
    inputIsTerminal: 'Standard input is a terminal, where the PIN would be seen. Leave --pin-file out to be asked for it.',
    fileIsTerminal: 'The PIN file is a terminal, where the PIN would be seen. Leave --pin-file out to be asked for it.',
    fileKind: 'The PIN file is a device, neither a file nor a pipe.',
    pinFile: 'The PIN file cannot be read',
    fileTooLong: 'The PIN file is too long to be one.',
    fileLines: (expected: number) => `The PIN file does not hold ${expected === 1 ? 'one line' : 'two lines, the current PIN and the new one'}.`,
    fileRemedy: 'A PIN file holds one PIN a line and nothing else.',
    readableByOthers: 'Warning: others on this machine can read the PIN file; "chmod 600" it.',
    verified: (name: string) => `The ${name} is right. Its counter is full again.`,
    changed: (name: string) => `The ${name} was changed.`,
    notChanged: (name: string) => `Stopped: the ${name} was not changed.`,
  },

  status: {
    card: 'Card',
    reader: 'Reader',
    kind: 'Kind',
    kinds: {
      card: 'Individual Number Card',
      'juki-card': 'Basic Resident Register Card (住民基本台帳カード), the card before the Individual Number Card; it has a signature certificate only',
      android: 'certificates on an Android phone',
      iphone: 'certificates on an iPhone',
      unknown: 'of a kind that is not known here',
    },
    virtual: 'VIRTUAL: this is no real card. It names nobody and proves nothing.',
    pins: 'PINs',
    otherPins: 'PINs of the other applications',
    tries: (left: number, max: number | undefined) => `${left}${max === undefined ? '' : ` of ${max}`} ${left === 1 && max === undefined ? 'try' : 'tries'} left`,
    triesUnknown: 'tries left: the card does not say',
    locked: 'LOCKED',
    lastTry: 'the next wrong one locks it',
    applications: {
      registry: 'resident registry',
      'input-support': 'card input support',
      'surface-check': 'card surface check',
      common: 'common',
    },
    nameIn: (name: string, application: string) => `${name} (${application})`,
    refused: (word: string) => `tries left: the card does not say (${word})`,
    /** The resident registry PIN, whose two references do not agree. */
    inApplication: (application: string, value: string) => `${application} application: ${value}`,
    pinAbsent: 'not on this card',
    /** The name that a kiosk or an app has for a PIN. */
    onScreens: (name: string) => `on official screens: ${name}`,
    certificates: 'Certificates',
    role: {
      auth: 'User authentication',
      sign: 'Signature',
    },
    certificateOf: { auth: 'User authentication certificate', sign: 'Signature certificate' },
    absent: 'not on this card',
    notSaid: 'the card does not say whether it has one',
    needsPin: (role: string) => `on the card; it is read with its PIN (jpki cert show ${role})`,
    notRead: 'could not be read',
    unreadable: 'on the card, but it cannot be understood',
    until: (day: string, daysLeft: number) => `until ${day} (${daysLeft} ${daysLeft === 1 ? 'day' : 'days'} left)`,
    expired: (day: string) => `EXPIRED on ${day}`,
    notYet: (day: string) => `not valid before ${day}`,
    trusted: 'issued by J-LIS and within its dates',
    notTrusted: 'NOT to be believed, because:',
    virtualIssuer: 'issued by the virtual card itself: worth nothing outside a test',
    whatToDo: 'What to do',
    allWays: '"jpki recover" shows each way in full: what it needs, where and when.',
  },

  certificate: {
    titles: {
      auth: 'User authentication certificate',
      sign: 'Signature certificate',
      'auth-ca': 'CA certificate for user authentication',
      'sign-ca': 'CA certificate for signature',
    },
    subject: 'Subject',
    issuer: 'Issuer',
    serialNumber: 'Serial number',
    validity: 'Dates',
    day: (year: number, month: number, day: number) => `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`,
    fromTo: (from: string, to: string) => `${from} to ${to}`,
    policy: 'Policy',
    keyUsage: 'Key usage',
    fingerprint: 'SHA-256',
    none: '(none)',
    verdict: 'Verdict',
    holder: 'Holder',
    knownAnchor: (name: string) => `the CA certificate ${name} of J-LIS (by its fingerprint)`,
    unknownAnchor: 'none of the CA certificates of J-LIS that are known here',
    written: (path: string) => `Written to ${path}.`,
    derOnTerminal: 'DER is not for a terminal: give --out FILE or send it to a pipe.',
  },

  holder: {
    name: 'Name',
    birthDate: 'Date of birth',
    sex: 'Sex',
    address: 'Address',
    sexes: {
      male: 'male',
      female: 'female',
      unknown: 'unknown',
    },
    substitutes: (characters: string) => `(a substitute stands for the real character: ${characters})`,
    substitutesUnknown: '(it may hold substitutes; the certificate does not say where)',
    bornOn: ({ iso, year, month, day, era, eraYear }: BornOn) => {
      const known = iso ?? `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
      return era && eraYear ? `${known} (${era.en} ${eraYear})` : known;
    },
  },

  sign: {
    readingFile: 'Reading the file...',
    signedDetached: (target: string, path: string) => `Signed: ${target}. Keep it beside ${path}, which it is worthless without.`,
    signedAttached: (target: string) => `Signed: ${target}, with the content in it.`,
    valid: 'The signature is good: the content is what was signed, by the signer below.',
    invalid: 'The signature is NOT good. Do not rely on it, nor on whom it names.',
    signer: 'Signer',
    claimedSigner: 'Named as signer, without proof',
    trustAnchor: 'Issued under',
    virtualAnchor: 'the virtual card itself: not real, worth nothing outside a test',
    signedAt: 'Signed at',
    claimedTime: (time: string) => `${time} Japan time, as the signer claims`,
    contentWas: (path: string) => `Checked with the content of ${path}.`,
    nothingToWrite: 'The signature is detached: there is no content in it to write.',
    contentIsYours: 'Leave --out out; the content is the file that you gave.',
  },

  recovery: {
    needs: 'Needs',
    steps: 'Steps',
    where: 'Where',
    when: 'When',
    check: 'Check first',
    note: 'Note',
    confirm: 'Confirm',
    waysOpen: 'Ways that are open',
    nothingWrong: 'No PIN is locked or close to it. Say which one is forgotten, for example --sign forgotten.',
    nothingToGoBy: 'Without a card, say what the holder remembers, for example --sign forgotten --auth known.',
    noCardRead: (why: string) => `No card was read (${why.replace(/\.$/, '')}), so what it would say is to be checked.`,
    fourPins: 'The four PINs of the card',
    whichPins: (someInTrouble: boolean) => `Which one is it about? Type its number, or several such as 1 2.${someInTrouble ? ' Enter alone: those that are locked or have one try left.' : ''}`,
    whatAbout: (name: string) => `What about the ${name}? 1 forgotten (or Enter), 2 told that it is locked, 3 known.`,
    sureOf: (name: string) => `Does the holder know the ${name}? 1 yes, for sure, 2 no, 3 not sure (or Enter).`,
    number: 'Number: ',
    onlyNumbers: 'Type only a number that was offered; between several, a space.',
    forgotten: 'Forgotten.',
    toldLocked: 'Told that it is locked.',
    known: 'Known.',
    surelyKnown: 'Known for sure.',
    notKnown: 'Not known.',
    notSure: 'Not sure.',
  },

  doctor: {
    names: {
      package: 'Package',
      binding: 'Reader access',
      service: 'PC/SC service',
      reader: 'Reader',
      card: 'Card',
      applet: 'JPKI',
    },
    states: {
      ok: 'OK',
      problem: 'PROBLEM',
      skipped: '-',
    },
    skipped: 'not checked, because of the problem above',
    next: 'Next: ',
    loads: (name: string) => `${name} is installed, and loads`,
    answers: 'runs, and answers',
    cardIn: (reader: string) => `in ${reader}`,
    applet: (label: string) => `answers, and tells the tries left (${label})`,
    virtualApplet: (label: string) => `a virtual card, not real, answers (${label})`,
    oldNode: (version: string) => `Node.js ${version} is too old.`,
    newerNode: (version: string) => `Install Node.js ${version} or newer.`,
  },

  emulate: {
    inReader: 'A virtual card is in the PC/SC service',
    reader: 'Virtual reader',
    publicPins: 'PINs as issued',
    pinsAre: (auth: string, sign: string) => `authentication ${auth}, signature ${sign} (public, and worth nothing on a real card)`,
    state: 'State file',
    notKept: 'none: the card is gone when this ends',
    ctrlC: 'Ctrl-C takes it out.',
    takenOut: 'The PC/SC service has let go of the virtual card.',
    alreadyIssued: (option: string) => `The state file holds a card already; ${option} is for a new one.`,
    noSuchQuirk: 'There is no such quirk, or it cannot have that value. "jpki emulate --help" lists them.',
  },

  record: {
    written: (path: string) => `Recorded in ${path}: status and authentication certificate, without PINs and without what names the holder. Read it through before you pass it on.`,
  },
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;

function padded(value: number | undefined, length: number): string {
  return value === undefined ? '?'.repeat(length) : String(value).padStart(length, '0');
}
