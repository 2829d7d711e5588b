import type { BilingualText, KeyRole, PinRole } from '../errors.js';
import { say } from '../text/index.js';

/**
 * The certificates a card holds: the holder's two, and the CA certificate of each.
 *
 * @category Certificates
 */
export type CertificateFile = 'auth' | 'sign' | 'auth-ca' | 'sign-ca';

const bytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/**
 * Application identifiers on an Individual Number Card [OpenSC, myna].
 *
 * @category The card and its applet
 */
export const AID = {
  /** 公的個人認証AP */
  jpki: bytes('d392f000260100000001'),
  /** 券面入力補助AP */
  'input-support': bytes('d3921000310001010408'),
  /** 券面事項確認AP */
  'surface-check': bytes('d3921000310001010402'),
  /** 住基AP */
  registry: bytes('d3921000310001010401'),
  /** 共通カードAP */
  common: bytes('d3921000310001010100'),
} as const;

/**
 * An application of the card: `jpki`, `input-support`, `surface-check`, `registry` or `common`.
 *
 * @category The card and its applet
 */
export type ApplicationName = keyof typeof AID;
/**
 * An application of the card other than JPKI.
 *
 * @category PINs
 */
export type OtherApplicationName = Exclude<ApplicationName, 'jpki'>;

/**
 * Files of the JPKI application [OpenSC, myna, myna-card]. The short EF identifier is the low byte of each; a
 * signature command and a VERIFY name a file by it with bit 8 set.
 */
export const JPKI_FILE = {
  signCertificate: 0x0001,
  signCaCertificate: 0x0002,
  tokenInfo: 0x0006,
  certificateAvailability: 0x0008,
  authCertificate: 0x000a,
  authCaCertificate: 0x000b,
  authKey: 0x0017,
  authPin: 0x0018,
  signKey: 0x001a,
  signPin: 0x001b,
} as const;

/**
 * Files of the card input support application [myna-card]. The PIN opens the first three; check number A the first and
 * the third, B the second and the third.
 */
export const TEXT_FILE = {
  myNumber: 0x0001,
  attributes: 0x0002,
  /** Digests of the two before, and the issuer's signature over them. */
  proof: 0x0003,
  /** The certificate of the key that signed them. */
  certificate: 0x0004,
  basicInformation: 0x0005,
  pin: 0x0011,
  checkNumberA: 0x0014,
  checkNumberB: 0x0015,
} as const;

/** Tags of the data objects in these files [myna-card]. */
export const TEXT_TAG = {
  myNumber: 0xff10,
  attributes: 0xff20,
  offsets: 0xdf21,
  name: 0xdf22,
  address: 0xdf23,
  birthDate: 0xdf24,
  sex: 0xdf25,
  proof: 0xff30,
  myNumberDigest: 0xdf31,
  attributesDigest: 0xdf32,
  proofSignature: 0xdf33,
  certificate: 0x7f21,
  certificateBody: 0x5f4e,
  certificateSignature: 0x5f37,
  basicInformation: 0xff40,
  version: 0xdf41,
  keyId: 0xdf42,
  unknown: 0xdf43,
  exponent: 0x90,
  modulus: 0x91,
} as const;

/** Length of file 0001 in bytes: the object of 15 bytes and two of filler, which its digest covers [myna-card]. */
export const MY_NUMBER_FILE_LENGTH = 17;
/** Length of the name of a key in bytes [myna-card]. */
export const KEY_ID_LENGTH = 16;

/** The one file of records that is read: record 1 of this file of the common application [myna-card]. */
export const CARD_RECORD_FILE = 0x0001;
/** Value of that record: serial number of 15 digits, municipality of 5, expiry YYYYMMDD [myna-card]. */
export const CARD_RECORD_LENGTH = 28;

/** One reference on the card that a PIN or check number is presented to. */
export interface PinPlace {
  readonly role: PinRole;
  readonly application: ApplicationName;
  /** Reference data file, whose low byte is its short identifier. */
  readonly file: number;
}

/** Where each is; the resident registry PIN is in two places. */
export const PIN_PLACE = {
  auth: { role: 'auth', application: 'jpki', file: JPKI_FILE.authPin },
  sign: { role: 'sign', application: 'jpki', file: JPKI_FILE.signPin },
  'input-support': { role: 'input-support', application: 'input-support', file: TEXT_FILE.pin },
  'check-number-a': { role: 'check-number-a', application: 'input-support', file: TEXT_FILE.checkNumberA },
  'check-number-b': { role: 'check-number-b', application: 'input-support', file: TEXT_FILE.checkNumberB },
} as const satisfies Readonly<Record<Exclude<PinRole, 'registry'>, PinPlace>>;

/**
 * An application that holds a reference of the resident registry PIN; official software changes both [myna-card].
 *
 * @category PINs
 */
export type RegistryApplication = 'registry' | 'common';

/** Its two references. */
export const REGISTRY_PLACE = {
  registry: { role: 'registry', application: 'registry', file: 0x001c },
  common: { role: 'registry', application: 'common', file: 0x001c },
} as const satisfies Readonly<Record<RegistryApplication, PinPlace>>;

/** Private key file of each role. */
export const KEY_FILE: Readonly<Record<KeyRole, number>> = {
  auth: JPKI_FILE.authKey,
  sign: JPKI_FILE.signKey,
};

/** Elementary file of each certificate, and the role whose PIN may be asked for before it is read. */
export const CERTIFICATE_FILE: Readonly<Record<CertificateFile, { file: number; role: KeyRole }>> = {
  auth: { file: JPKI_FILE.authCertificate, role: 'auth' },
  sign: { file: JPKI_FILE.signCertificate, role: 'sign' },
  'auth-ca': { file: JPKI_FILE.authCaCertificate, role: 'auth' },
  'sign-ca': { file: JPKI_FILE.signCaCertificate, role: 'sign' },
};

/** Length of the token information file in bytes [myna-card]. */
export const TOKEN_INFO_LENGTH = 160;
/** First field of the file, by what it stands for [myna, myna-card]; the older card's in TRETJapanNFCReader. */
export const TOKEN_LABEL = {
  card: 'JPKIAPICCTOKEN2',
  'juki-card': 'JPKIAPICCTOKEN',
  android: 'JPKIAPGPSETOKEN',
  iphone: 'JPKIAPIOSTOKEN',
} as const;
/** Length of its first field, which is all that a peer reads and recorded [myna]. */
export const TOKEN_LABEL_LENGTH = 32;
/** Length of the certificate availability file in bytes [myna-card]. */
export const AVAILABILITY_LENGTH = 3;
/** Byte of the availability file that says a certificate is there [myna-card]. */
export const CERTIFICATE_PRESENT = 0x8f;

/** P2 of VERIFY, CHANGE REFERENCE DATA and the signature command: this file by short identifier, or the current one. */
export const CURRENT_FILE = 0x80;
export const byShortId = (file: number): number => 0x80 | (file & 0x1f);

/** What P1 of the signature command makes of its data, measured on a card [myna-card]. */
export const SIGNATURE_P1 = {
  /** Pads 1 to 245 bytes with PKCS #1 v1.5, nothing added; the one every card generation is known to take. */
  PAD_ONLY: 0x00,
  HASH_AND_PAD_BARE: 0x01,
  WRAP_SHA256: 0x02,
  HASH_AND_WRAP_SHA256: 0x03,
  PSS_SHA256: 0x04,
  HASH_AND_PSS_SHA256: 0x05,
} as const;

/**
 * A PIN or check number of an application other than JPKI.
 *
 * @category PINs
 */
export interface OtherPin {
  /** Reference data file, two bytes. */
  readonly file: number;
  readonly name: BilingualText;
  /** One of the four PINs that the holder set at the counter; the two JPKI ones are the other two. */
  readonly setByHolder: boolean;
  /** 3 for the two 4-digit PINs of the holder; `undefined` where no source says. */
  readonly maxTries: number | undefined;
}

/* @__NO_SIDE_EFFECTS__ */
const checkNumber = (file: number, letter: 'A' | 'B'): OtherPin => ({
  file,
  name: say((t) => t.card.checkNumber(letter)),
  setByHolder: false,
  maxTries: undefined,
});

/** PINs of the other four applications [myna, myna-card]; their tries as docs/card.md section 6 has them. */
export const OTHER_PINS: Readonly<Record<OtherApplicationName, readonly OtherPin[]>> = {
  registry: [
    {
      file: REGISTRY_PLACE.registry.file,
      name: say((t) => t.recovery.pins.registry.name),
      setByHolder: true,
      maxTries: 3,
    },
  ],
  'input-support': [
    {
      file: TEXT_FILE.pin,
      name: say((t) => t.recovery.pins['input-support'].name),
      setByHolder: true,
      maxTries: 3,
    },
    checkNumber(TEXT_FILE.checkNumberA, 'A'),
    checkNumber(TEXT_FILE.checkNumberB, 'B'),
  ],
  'surface-check': [
    checkNumber(0x0013, 'A'),
    checkNumber(0x0012, 'B'),
    {
      file: 0x0011,
      name: say((t) => t.card.birthDate),
      setByHolder: false,
      maxTries: undefined,
    },
  ],
  common: [
    // The second reference of the resident registry PIN: official software changes both [myna-card].
    {
      file: REGISTRY_PLACE.common.file,
      name: say((t) => t.recovery.pins.registry.name),
      setByHolder: true,
      maxTries: 3,
    },
  ],
};
