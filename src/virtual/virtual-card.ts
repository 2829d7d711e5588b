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
import { toHex } from '../bytes.js';
import type { TrustAnchor } from '../certificate/trust-anchors.js';
import { JpkiError, ROLES } from '../errors.js';
import { sha256 } from '../hashes.js';
import { readBerTlvHeader } from '../iso7816/index.js';
import { CERTIFICATE_FILE } from '../jpki/files.js';
import { PIN_RULES } from '../jpki/pin.js';
import {
  type CardConnection,
  checkDisposition,
  type Disposition,
  OpenKeyWatch,
} from '../transport/connection.js';
import {
  ASSUMED_TRIES,
  type CardMemory,
  loadMemory,
  newMemory,
  pinFiles,
  saveMemory,
  TOKEN_LABELS,
  VIRTUAL_PINS,
  VIRTUAL_REFERENCES,
  type VirtualCardState,
  type VirtualPin,
  type VirtualReference,
  type VirtualToken,
  withTriesLeft,
} from './card-memory.js';
import { CardProcessor } from './card-processor.js';
import { ISSUANCE_CHECKS, type IssuanceOptions, issueCredentials } from './issuance.js';
import { CardReader, quirksFrom, type ReaderFault, type VirtualCardQuirks } from './quirks.js';
import type { TextIssuer } from './text-files.js';

/** What a virtual card is issued with. A value of another type or range is `INVALID_ARGUMENT`. */
export interface VirtualCardOptions extends IssuanceOptions {
  /** PINs other than `VIRTUAL_PINS`. Not checked against the PIN rules: a card takes any 1 to 16 bytes. */
  readonly pins?: SomeOf<Record<VirtualPin, string>> | undefined;
  /** Tries that are left, 0 where it is locked; default all of them: 5 of `sign`, 10 of a check number, 3 of the others. */
  readonly triesLeft?: SomeOf<Record<VirtualReference, number>> | undefined;
  /** Default `card`; a phone asks for the authentication PIN before its certificate is read. */
  readonly token?: VirtualToken | undefined;
  /** Bytes behind each certificate, up to the size of its file, 0 to 32768; default 2048 bytes of FF. */
  readonly filler?: { readonly byte: 0x00 | 0xff; readonly fileLength: number } | undefined;
  /** Where it behaves as other cards do. */
  readonly quirks?: SomeOf<VirtualCardQuirks> | undefined;
}

/** An offset has 15 bits, so nothing behind is within reach of READ BINARY with a short Le. */
const MAX_FILE_LENGTH = 32768;

type Pins = NonNullable<VirtualCardOptions['pins']>;
type Tries = NonNullable<VirtualCardOptions['triesLeft']>;

const checkPin = checkThat(
  (t) => t.virtual.pin,
  (value) => {
    const length = typeof value === 'string' ? new TextEncoder().encode(value).length : 0;
    return length >= 1 && length <= 16;
  },
);
const PIN_CHECKS: ChecksOf<Pins> = {
  auth: checkPin,
  sign: checkPin,
  registry: checkPin,
  'input-support': checkPin,
};
/** Of the two PINs of other applications that a holder sets. */
const HOLDER_TRIES = 3;
const TRIES_CHECKS: ChecksOf<Tries> = {
  auth: integerFrom(0, PIN_RULES.auth.maxTries),
  sign: integerFrom(0, PIN_RULES.sign.maxTries),
  registry: integerFrom(0, HOLDER_TRIES),
  'input-support': integerFrom(0, HOLDER_TRIES),
  'check-number-a': integerFrom(0, ASSUMED_TRIES),
  'check-number-b': integerFrom(0, ASSUMED_TRIES),
};
const checkTries = fieldsOf(TRIES_CHECKS);
const CARD_CHECKS: ChecksOf<VirtualCardOptions> = {
  ...ISSUANCE_CHECKS,
  pins: fieldsOf<Pins>(PIN_CHECKS),
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
   * @example
   * const card = await VirtualCard.issue({ triesLeft: { sign: 1 } }); // its signature PIN is one wrong one from its lock
   */
  static async issue(options: VirtualCardOptions = {}): Promise<VirtualCard> {
    const checked = checkedOptions(options, CARD_CHECKS);
    const phone = checked.token === 'android' ? { authCertificateNeedsPin: true } : {};
    const quirks = quirksFrom(checked.quirks ?? {}, phone);
    const pins = { ...VIRTUAL_PINS, ...checkedOptions<Pins>(checked.pins, PIN_CHECKS, 'pins') };
    const credentials = await issueCredentials(checked);
    const memory = newMemory(credentials, { ...checked, pins }, quirks);
    return new VirtualCard(withTriesLeft(memory, checked.triesLeft));
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

  /** Tries left of each PIN and check number that is on the card, without asking the card. */
  get triesLeft(): Partial<Readonly<Record<VirtualReference, number>>> {
    const tries = VIRTUAL_REFERENCES.map(
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
    return ROLES.flatMap((purpose) => {
      const file = this.#memory.applications.get('jpki')?.get(CERTIFICATE_FILE[`${purpose}-ca`].file);
      const der = file?.kind === 'binary' ? certificateIn(file.content) : undefined;
      return der === undefined ? [] : [{ name: 'virtual card', purpose, sha256: toHex(sha256(der)) }];
    });
  }

  /**
   * The key that signed the text on the card, to believe in a test; none on a card that was saved without text.
   *
   * @example
   * await verifyCardText(proof, { attributes: attributes.file, issuers: card.textIssuers });
   */
  get textIssuers(): readonly TextIssuer[] {
    const { textIssuer } = this.#memory;
    return textIssuer === undefined
      ? []
      : [{ keyId: textIssuer.keyId.slice(), modulus: textIssuer.modulus.slice() }];
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

/** A certificate without the filler behind it. */
function certificateIn(content: Uint8Array): Uint8Array | undefined {
  const header = content[0] === 0x30 ? readBerTlvHeader(content) : undefined;
  return header && content.subarray(0, header.headerLength + header.valueLength);
}
