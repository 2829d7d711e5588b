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
      change:
        'Wherever you are: with this software and a card reader, or with the official JPKI client software',
      changeOther:
        'Wherever you are: with the official JPKI client software (this software does not change this PIN)',
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
      kiosk: (opens: string, closes: string, reservationHours: number) =>
        `Kiosk ${opens} to ${closes} Japan time, as far as the store is open, within ${reservationHours} hours of the reservation. The app takes reservations around the clock except during maintenance.`,
      kioskOpen: 'The kiosks are within their hours now.',
      kioskClosed: (opens: string) =>
        `The kiosks are closed now and open at ${opens}; the app takes the reservation now.`,
    },
    confirm: {
      change: (year: number, month: number) =>
        `Confirm at www.jpki.go.jp which software changes which PIN (checked ${year}-${twoDigits(month)}).`,
      kiosk: (year: number, month: number) =>
        `Stores change: confirm the list at www.jpki.go.jp, JPKI暗証番号リセット (checked ${year}-${twoDigits(month)}).`,
      counter: (year: number, month: number) =>
        `Confirm with the municipality what to bring and when it is open (checked ${year}-${twoDigits(month)}).`,
    },
    need: {
      card: 'The Individual Number Card',
      currentPin: (pin: string) => `The current ${pin}`,
      otherPin: (pin: string, form: string) => `The ${pin} (${form})`,
      phone: 'A phone that can read the card, with the app JPKI暗証番号リセット',
      reservation: (pin: string, faceMatch: boolean) =>
        `A reservation made with the app beforehand, which reads the card with the ${pin}${faceMatch ? " and matches the holder's face" : ''}`,
      photoId: 'A photo identity document such as a driving licence (without a photo: two documents)',
    },
    condition: {
      pinKnown: 'You are sure of the current PIN; if you have any doubt, do not enter it',
      pinNotLocked: 'It is not locked: the tries left were not read (reading them costs no try)',
      softwareOffersPin:
        'The software offers this PIN, which is not confirmed here; if it does not, the counter remains',
      otherPinKnown: (pin: string) => `You are sure of the ${pin}`,
      otherPinNotLocked: (pin: string) =>
        `The ${pin} is not locked: its tries left were not read (reading them costs no try)`,
      signCertificateValid: (certificate: string) =>
        `The card has a ${certificate} and it has not expired (not read); people under fifteen normally have none`,
      authCertificateValid: (certificate: string) =>
        `The card has a ${certificate} and it has not expired (not read)`,
      notRevoked:
        'Neither certificate has been revoked (the card cannot tell; ask the municipality if in doubt)',
      detailsUnchanged:
        'Name, birth date, sex and address have not changed since the certificates were issued',
    },
    note: {
      doNotGuess: (triesLeft: number | undefined) =>
        `Do not guess: wrong tries add up and lock the PIN${triesLeft === undefined ? '' : ` (tries left: ${triesLeft})`}. If you noted it on a sheet when you received the card, look there.`,
      lastTry: 'One try is left: one wrong entry locks the PIN.',
      staysLocked: 'Nothing unlocks with time, and no software can unlock it.',
      lockNotRead:
        'The tries left were not read: read them first to see which PIN is locked (reading them costs no try).',
      reservationAlone:
        'The reservation alone changes nothing; the new PIN is in force as soon as you have finished at the kiosk.',
      faceMatch: (failures: number) =>
        `After ${failures} failed face matches in a row the app is restricted for a while.`,
      sameVisit: (pins: readonly string[]) => `The same visit resets: ${pins.join(', ')}.`,
      certificateExpired: (certificate: string) =>
        `The ${certificate} has expired: a new PIN does not renew it, the municipal counter does.`,
      certificateAbsent: (certificate: string, notUnderFifteen: string) =>
        `The card has no ${certificate}, so this PIN is of no use until the municipal counter issues one${notUnderFifteen}.`,
      kioskNotForThisPin: 'A kiosk in a store cannot reset this PIN.',
      kioskOtherPinLost: (pin: string) =>
        `A kiosk in a store cannot reset it, because it asks for the ${pin}.`,
      kioskCertificateExpired: (certificate: string) =>
        `A kiosk in a store cannot reset it, because the ${certificate} has expired; the counter renews it.`,
      kioskCertificateAbsent: (certificate: string, notUnderFifteen: string) =>
        `A kiosk in a store cannot reset it, because the card has no ${certificate}; the counter issues one${notUnderFifteen}.`,
    },
    /** Goes behind a sentence on issuing a certificate. */
    notUnderFifteen: { sign: ' (normally not to people under fifteen)', auth: '' },
  },

  /** `transcript/`. */
  transcript: {},

  /** `virtual/`. */
  virtual: {},
};

/** What a catalogue of another language must have. */
export type Texts = typeof en;

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
