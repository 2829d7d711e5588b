import { sha256 } from '@noble/hashes/sha2.js';
import {
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkObject,
  checkThat,
  fieldsOf,
  integerFrom,
  oneOf,
  required,
  type SomeOf,
} from '../arguments.js';
import { fromHex, toHex } from '../bytes.js';
import type { TrustAnchor } from '../certificate/index.js';
import { JpkiError, type KeyRole } from '../errors.js';
import { readBerTlvHeader } from '../iso7816/index.js';
import {
  type ApplicationName,
  CERTIFICATE_FILE,
  CERTIFICATE_PRESENT,
  JPKI_FILE,
  OTHER_PINS,
  type OtherApplicationName,
  PIN_FILE,
  TOKEN_LABEL,
} from '../jpki/files.js';
import { PIN_RULES } from '../jpki/pin.js';
import {
  type CardConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import {
  type CardFile,
  type CardMemory,
  keyFile,
  loadMemory,
  type PinFile,
  pinFile,
  saveMemory,
  type VirtualCardState,
} from './card-memory.js';
import { CardProcessor } from './card-processor.js';
import { CardReader } from './card-reader.js';
import {
  ISSUANCE_CHECKS,
  type IssuanceOptions,
  type IssuedCredentials,
  issueCredentials,
} from './issuance.js';
import { quirksFrom, type ReaderFault, type VirtualCardQuirks } from './quirks.js';

/** Contact ATR of an Individual Number Card [OpenSC]. */
const ATR = fromHex('3be000ff8131fe4514') ?? new Uint8Array(0);

/**
 * The PINs of a virtual card that was issued without others: public, and worth nothing on any real card.
 * `registry` and `input-support` are the other two that a holder sets.
 */
export const VIRTUAL_PINS = {
  auth: '1234',
  sign: 'VIRTUAL1',
  registry: '1234',
  'input-support': '1234',
} as const;

type VirtualPin = keyof typeof VIRTUAL_PINS;
type Pins = Readonly<Record<VirtualPin, string>>;
type Tries = Readonly<Record<VirtualPin, number>>;

/** What holds the keys: a card, the older 住民基本台帳カード, or a phone that stands in for one. */
export type VirtualToken = 'card' | 'older-card' | 'android' | 'iphone';

/** Labels of the token information file [myna, myna-card]. */
const TOKEN_LABELS: Readonly<Record<VirtualToken, string>> = {
  card: TOKEN_LABEL.card,
  /** 住民基本台帳カード, the card before this one [TRETJapanNFCReader]. */
  'older-card': TOKEN_LABEL['juki-card'],
  android: TOKEN_LABEL.android,
  iphone: TOKEN_LABEL.iphone,
};

/** What a virtual card is issued with. A value of another type or range is `INVALID_ARGUMENT`. */
export interface VirtualCardOptions extends IssuanceOptions {
  /** PINs other than `VIRTUAL_PINS`. Not checked against the PIN rules: a card takes any 1 to 16 bytes. */
  readonly pins?: SomeOf<Pins> | undefined;
  /** Tries that are left of a PIN, 0 where it is locked; default all of them: 5 of `sign`, 3 of the others. */
  readonly triesLeft?: SomeOf<Tries> | undefined;
  /** Default `card`; a phone asks for the authentication PIN before its certificate is read. */
  readonly token?: VirtualToken | undefined;
  /** Bytes behind each certificate, up to the size of its file, 0 to 32768; default 2048 bytes of FF. */
  readonly filler?: { readonly byte: 0x00 | 0xff; readonly fileLength: number } | undefined;
  /** Where it behaves as other cards do. */
  readonly quirks?: SomeOf<VirtualCardQuirks> | undefined;
}

const DEFAULT_FILLER = { byte: 0xff, fileLength: 2048 } as const;
/** An offset has 15 bits, so nothing behind is within reach of READ BINARY with a short Le. */
const MAX_FILE_LENGTH = 32768;

const checkPin = checkThat(
  { en: 'a string of 1 to 16 bytes in UTF-8', ja: 'UTF-8 で 1 から 16 バイトの文字列' },
  (value) => {
    const length = typeof value === 'string' ? new TextEncoder().encode(value).length : 0;
    return length >= 1 && length <= 16;
  },
);
const PIN_CHECKS: ChecksOf<SomeOf<Pins>> = {
  auth: checkPin,
  sign: checkPin,
  registry: checkPin,
  'input-support': checkPin,
};
/** Of the two PINs of other applications that a holder sets. */
const HOLDER_TRIES = 3;
const TRIES_CHECKS: ChecksOf<SomeOf<Tries>> = {
  auth: integerFrom(0, PIN_RULES.auth.maxTries),
  sign: integerFrom(0, PIN_RULES.sign.maxTries),
  registry: integerFrom(0, HOLDER_TRIES),
  'input-support': integerFrom(0, HOLDER_TRIES),
};
const checkTries = fieldsOf(TRIES_CHECKS);
const CARD_CHECKS: ChecksOf<VirtualCardOptions> = {
  ...ISSUANCE_CHECKS,
  pins: fieldsOf<SomeOf<Pins>>(PIN_CHECKS),
  triesLeft: checkTries,
  token: oneOf(...Object.keys(TOKEN_LABELS)),
  filler: fieldsOf<NonNullable<VirtualCardOptions['filler']>>({
    byte: required(oneOf(0x00, 0xff)),
    fileLength: required(integerFrom(0, MAX_FILE_LENGTH)),
  }),
  // Each of them by quirksFrom.
  quirks: checkObject,
};
const checkShare = oneOf('exclusive', 'shared');

/**
 * An Individual Number Card in software: the same commands, refusals, counters and security status as were measured
 * on real ones, on keys and certificates made for it. For tests and development only.
 *
 * @example
 * const card = await VirtualCard.issue();
 * const applet = await JpkiApplet.select(card.connect());
 */
export class VirtualCard {
  readonly #memory: CardMemory;
  readonly #processor: CardProcessor;
  readonly #reader: CardReader;
  #connections = 0;
  #heldExclusively = false;

  private constructor(memory: CardMemory) {
    this.#memory = memory;
    this.#processor = new CardProcessor(memory);
    this.#reader = new CardReader(this.#processor, memory.quirks);
  }

  /**
   * Makes keys, a hierarchy of two CAs that can be mistaken for no real one, and certificates with the profile of a
   * real card for a holder you name, or for a fictional one.
   *
   * @throws JpkiError `INVALID_ARGUMENT`, also for a quirk that does not exist
   */
  static async issue(options: VirtualCardOptions = {}): Promise<VirtualCard> {
    const checked = checkedOptions(options, CARD_CHECKS);
    const phone = checked.token === 'android' ? { authCertificateNeedsPin: true } : {};
    const quirks = quirksFrom(checked.quirks ?? {}, phone);
    const pins = { ...VIRTUAL_PINS, ...checkedOptions<SomeOf<Pins>>(checked.pins, PIN_CHECKS, 'pins') };
    const credentials = await issueCredentials(checked);
    const applications = new Map<ApplicationName, Map<number, CardFile>>([
      ['jpki', jpkiFiles(credentials, checked, pins)],
      ...otherApplications(pins),
    ]);
    return new VirtualCard(withTriesLeft({ atr: ATR, quirks, applications }, checked.triesLeft));
  }

  /**
   * A card as it was when saved: a locked PIN stays locked.
   *
   * @param options `triesLeft`, as for a new card, where it should not be as it was
   * @throws JpkiError `INVALID_ARGUMENT` when the state is none
   */
  static fromJSON(state: VirtualCardState, options: Pick<VirtualCardOptions, 'triesLeft'> = {}): VirtualCard {
    const { triesLeft } = checkedOptions(options, { triesLeft: checkTries });
    return new VirtualCard(withTriesLeft(loadMemory(state), triesLeft));
  }

  /** Everything that outlives a power-off; `JSON.stringify` takes it. Holds private keys, but no PIN as text. */
  toJSON(): VirtualCardState {
    return saveMemory(this.#memory);
  }

  get atr(): Uint8Array {
    return this.#memory.atr.slice();
  }

  /** Tries left of each PIN that is on the card, without asking the card. */
  get triesLeft(): Partial<Tries> {
    const tries = VIRTUAL_PIN_NAMES.map(
      (name) => [name, pinFiles(this.#memory, name)[0]?.triesLeft] as const,
    );
    return Object.fromEntries(tries.filter(([, left]) => left !== undefined));
  }

  /**
   * The two CAs that issued the card's certificates, to believe in a test: `auth`, then `sign`. Everybody can have their
   * private keys.
   *
   * @example
   * await verifyCms(cms, { content, anchors: card.trustAnchors });
   */
  get trustAnchors(): readonly TrustAnchor[] {
    return (['auth', 'sign'] as const).flatMap((purpose) => {
      const file = this.#memory.applications.get('jpki')?.get(CERTIFICATE_FILE[`${purpose}-ca`].file);
      const der = file?.kind === 'binary' ? certificateIn(file.content) : undefined;
      return der === undefined ? [] : [{ name: 'virtual card', purpose, sha256: toHex(sha256(der)) }];
    });
  }

  /** Gives the card power, or resets it when it has some. */
  powerOn(): void {
    this.#processor.reset();
  }

  /** Ends every security status. */
  powerOff(): void {
    this.#processor.powerOff();
  }

  /** A warm reset: what was verified stays verified. */
  reset(): void {
    this.#processor.reset();
  }

  /**
   * One command APDU in, one response APDU out; never throws for what a command holds. Where a quirk makes the exchange
   * fail in the reader, out comes less than a status word: one byte where the card stays, none where it is lost.
   *
   * @throws JpkiError `INVALID_ARGUMENT` for no bytes
   */
  process(command: Uint8Array): Uint8Array {
    checkBytes('command', command);
    const response = this.#reader.exchange(command);
    if (typeof response !== 'string') return response;
    return new Uint8Array(response === 'fails' ? 1 : 0);
  }

  /**
   * A connection straight to the card, without a reader.
   *
   * @param options `share`, `exclusive` or `shared`; default `exclusive`
   * @throws JpkiError `SHARING_VIOLATION` while an exclusive connection lives, or any when an exclusive one is asked for;
   * `INVALID_ARGUMENT`
   */
  connect(options: { readonly share?: 'exclusive' | 'shared' | undefined } = {}): CardConnection {
    const { share } = checkedOptions(options, { share: checkShare });
    const exclusive = share !== 'shared';
    if (this.#heldExclusively || (exclusive && this.#connections > 0))
      throw new JpkiError('SHARING_VIOLATION');
    this.#connections++;
    this.#heldExclusively = exclusive;
    return new VirtualConnection(this, this.#reader, exclusive, () => {
      this.#connections--;
      this.#heldExclusively = false;
    });
  }
}

/** What each exchange after a fault of the reader is, as PC/SC has it: 80100068, 80100069. */
const LOST_AFTER = {
  fails: undefined,
  resets: 'CARD_RESET',
  removes: 'CARD_REMOVED',
} as const satisfies Record<ReaderFault, string | undefined>;

class VirtualConnection implements CardConnection {
  readonly readerName = 'Virtual card';
  readonly atr: Uint8Array;
  readonly exclusive: boolean;
  readonly #card: VirtualCard;
  readonly #reader: CardReader;
  readonly #release: () => void;
  readonly #watch = new OpenKeyWatch();
  #open = true;
  /** How the card was lost to this connection, as it would be to a PC/SC handle. */
  #lost: 'CARD_RESET' | 'CARD_REMOVED' | undefined;

  constructor(card: VirtualCard, reader: CardReader, exclusive: boolean, release: () => void) {
    this.#card = card;
    this.#reader = reader;
    this.atr = card.atr;
    this.exclusive = exclusive;
    this.#release = release;
  }

  async transmit(command: Uint8Array): Promise<Uint8Array> {
    checkBytes('command', command);
    if (!this.#open) throw new JpkiError('CLOSED');
    if (this.#lost !== undefined) throw new JpkiError(this.#lost);
    this.#watch.sending(command);
    const response = this.#reader.exchange(command);
    if (typeof response === 'string') {
      this.#lost = LOST_AFTER[response];
      throw new JpkiError('TRANSPORT');
    }
    // Less than a status word is no answer through PC/SC either.
    if (response.length < 2) throw new JpkiError('TRANSPORT');
    this.#watch.answered(command, response);
    return response;
  }

  async disconnect(asked?: Disposition): Promise<void> {
    if (asked !== undefined) checkDisposition('disposition', asked);
    if (!this.#open) return;
    this.#open = false;
    const disposition = asked ?? (this.#watch.mayBeOpen ? 'unpower' : 'leave');
    if (disposition === 'unpower') this.#card.powerOff();
    if (disposition === 'reset') this.#card.reset();
    this.#release();
  }
}

function jpkiFiles(
  credentials: IssuedCredentials,
  options: VirtualCardOptions,
  pins: Readonly<Record<KeyRole, string>>,
): Map<number, CardFile> {
  const { certificates, privateKeys } = credentials;
  const filler = options.filler ?? DEFAULT_FILLER;
  const certificate = (der: Uint8Array | undefined, pin?: number): CardFile => {
    const content = new Uint8Array(Math.max(der?.length ?? 0, filler.fileLength)).fill(filler.byte);
    if (der !== undefined) content.set(der);
    return { kind: 'binary', content, pin };
  };
  const free = (content: Uint8Array): CardFile => ({ kind: 'binary', content, pin: undefined });
  const present = (der: Uint8Array | undefined): number => (der === undefined ? 0x00 : CERTIFICATE_PRESENT);
  const files = new Map<number, CardFile>([
    [JPKI_FILE.signCertificate, certificate(certificates.sign, JPKI_FILE.signPin)],
    [JPKI_FILE.signCaCertificate, certificate(certificates['sign-ca'])],
    [JPKI_FILE.tokenInfo, free(tokenInfo(TOKEN_LABELS[options.token ?? 'card']))],
    [
      JPKI_FILE.certificateAvailability,
      free(Uint8Array.of(present(certificates.sign), present(certificates.auth), 0x00)),
    ],
    [JPKI_FILE.authCertificate, certificate(certificates.auth)],
    [JPKI_FILE.authCaCertificate, certificate(certificates['auth-ca'])],
    [JPKI_FILE.authKey, keyFile(privateKeys.auth, JPKI_FILE.authPin)],
    [JPKI_FILE.authPin, pinFile(pins.auth, PIN_RULES.auth.maxTries)],
    [JPKI_FILE.signPin, pinFile(pins.sign, PIN_RULES.sign.maxTries)],
  ]);
  if (privateKeys.sign !== undefined) {
    files.set(JPKI_FILE.signKey, keyFile(privateKeys.sign, JPKI_FILE.signPin));
  }
  return files;
}

/** A certificate without the filler behind it. */
function certificateIn(content: Uint8Array): Uint8Array | undefined {
  const header = content[0] === 0x30 ? readBerTlvHeader(content) : undefined;
  return header && content.subarray(0, header.headerLength + header.valueLength);
}

const VIRTUAL_PIN_NAMES = Object.keys(VIRTUAL_PINS) as VirtualPin[];

/** Where the reference data of each PIN are; one PIN of the holder is in two applications [myna-card]. */
const PIN_PLACES: Readonly<Record<VirtualPin, readonly (readonly [ApplicationName, number])[]>> = {
  auth: [['jpki', PIN_FILE.auth]],
  sign: [['jpki', PIN_FILE.sign]],
  registry: [holderPin('registry'), holderPin('common')],
  'input-support': [holderPin('input-support')],
};

function holderPin(application: OtherApplicationName): readonly [ApplicationName, number] {
  const pin = OTHER_PINS[application].find(({ setByHolder }) => setByHolder);
  return [application, pin?.file ?? 0];
}

function pinFiles({ applications }: CardMemory, name: VirtualPin): PinFile[] {
  return PIN_PLACES[name].flatMap(([application, id]) => {
    const file = applications.get(application)?.get(id);
    return file?.kind === 'pin' ? [file] : [];
  });
}

/** The same memory, with other counters. */
function withTriesLeft(memory: CardMemory, triesLeft: SomeOf<Tries> = {}): CardMemory {
  for (const name of VIRTUAL_PIN_NAMES) {
    const tries = triesLeft[name];
    if (tries === undefined) continue;
    for (const file of pinFiles(memory, name)) {
      // A saved state may say another maximum than a new card has.
      integerFrom(0, file.maxTries)(`triesLeft.${name}`, tries);
      file.triesLeft = tries;
    }
  }
  return memory;
}

/** Where no source gives the number of tries. */
const ASSUMED_TRIES = 10;
/** A reference of the card input support application that is locked on every card seen, and guards nothing known [myna-card text.rs]. */
const BLOCKED_REFERENCE = 0x0012;

function otherApplications(pins: Pins): [ApplicationName, Map<number, CardFile>][] {
  // One PIN of the holder is in two applications [myna-card].
  const values: Readonly<Record<string, string | undefined>> = { ...pins, common: pins.registry };
  return Object.entries(OTHER_PINS).map(([name, list]) => {
    const files = new Map(
      list.map(({ file, setByHolder, maxTries }): [number, CardFile] => [
        file,
        // The check numbers of a real card are printed on it; zeros are on none.
        pinFile((setByHolder ? values[name] : undefined) ?? '000000', maxTries ?? ASSUMED_TRIES),
      ]),
    );
    if (name === 'input-support')
      files.set(BLOCKED_REFERENCE, { ...pinFile('000000', ASSUMED_TRIES), triesLeft: 0 });
    return [name as ApplicationName, files];
  });
}

/** File 0006 with the values of an observed card, but no card's serial number [myna-card]. */
function tokenInfo(label: string): Uint8Array {
  const text = (value: string, length: number): Uint8Array =>
    new TextEncoder().encode(value.padEnd(length, ' '));
  const UNAVAILABLE = 0xffffffff;
  // flags, max sessions, sessions, max rw, rw, max PIN length, min PIN length, four memory figures
  const numbers = [0x040d, 1, 0, 1, 0, 16, 6, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE];
  const file = new Uint8Array(160);
  file.set(text(label, 32), 0);
  file.set(text('', 32), 32);
  file.set(text('E16R01NJ', 16), 64);
  file.set(text('0000000000000000', 16), 80);
  const view = new DataView(file.buffer);
  for (const [i, number] of numbers.entries()) view.setUint32(96 + 4 * i, number);
  file.set(text('0301', 4), 140);
  file.set(text('9'.repeat(16), 16), 144);
  return file;
}
