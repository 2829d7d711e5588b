import { type ChecksOf, checkedOptions, checkSignal, oneOf } from '../arguments.js';
import { wipe } from '../bytes.js';
import { JpkiError } from '../errors.js';
import type { OperationOptions } from '../iso7816/index.js';
import type { AppletOptions } from '../jpki/applet.js';
import { Calls } from '../jpki/calls.js';
import { MY_NUMBER_FILE_LENGTH, PIN_PLACE, type PinPlace, TEXT_FILE, TEXT_TAG } from '../jpki/files.js';
import type { PinInput } from '../jpki/pin.js';
import { type PinCounter, readCounter } from '../jpki/pin-counter.js';
import { changePin, verifyPin } from '../jpki/pin-operations.js';
import { type PinCallback, VERIFY_CHECKS, type VerifyOptions } from '../jpki/pin-options.js';
import { readFile, readObject } from '../jpki/read-file.js';
import { CardSession } from '../jpki/session.js';
import type { CardConnection } from '../transport/connection.js';
import { type CardAttributes, parseCardAttributes } from './attributes.js';
import { digitsOf, ObjectFile } from './data-objects.js';
import { MyNumber } from './my-number.js';

/** What opens the text: its PIN, or a check number (照合番号). */
export type TextPinRole = 'input-support' | 'check-number-a' | 'check-number-b';

const PIN = PIN_PLACE['input-support'];
const NUMBER_A = PIN_PLACE['check-number-a'];
const NUMBER_B = PIN_PLACE['check-number-b'];
const PLACES: Readonly<Record<TextPinRole, PinPlace>> = {
  'input-support': PIN,
  'check-number-a': NUMBER_A,
  'check-number-b': NUMBER_B,
};
const checkTextPinRole = oneOf(...Object.keys(PLACES));
const checkLetter = oneOf('A', 'B');

/** Twelve digits, and three bytes of header. */
const LEAST_NUMBER_FILE = 15;

const OPERATION_CHECKS: ChecksOf<OperationOptions> = { signal: checkSignal };

/** What the application says of itself, without any PIN (file 0005). Nothing of it is signed [myna-card]. */
export interface TextBasicInformation {
  /** Four bytes: version of the specification, extended length, vendor and vendor's own; seen 01 03 0E 01. */
  readonly version: Uint8Array;
  /** Seven digits that name a key; it is not the one that signs the text, and what it is for is not known. */
  readonly keyNumber: string;
  /** 128 bytes whose meaning is not known. */
  readonly unknown: Uint8Array;
}

/** What proves the text: for `verifyCardText`, here or on another machine. */
export interface CardTextProof {
  /** File 0003: digests of the other files, and a signature over them. */
  readonly proof: Uint8Array;
  /** File 0004: the certificate of the key that signed. */
  readonly certificate: Uint8Array;
}

/**
 * The text on an Individual Number Card: the card input support application (券面事項入力補助AP), over the same connection and
 * with the same care for PINs as `JpkiApplet`. Both may be open on one connection; their operations queue, and closing one
 * closes the connection for both. Always close it, or use `await using`.
 *
 * Which file is opened by what [myna-card]: the PIN opens all; check number A the Individual Number, and not the
 * attributes; check number B the attributes, and not the Individual Number. Either opens the proof.
 *
 * Every method may also throw what the connection throws, `MALFORMED_RESPONSE`, `STATUS_WORD`, `INVALID_ARGUMENT` before
 * anything is sent, `ABORTED` where a `signal` was given, and `CLOSED` after `close`.
 *
 * @example
 * await using text = await CardText.select(connection);
 * await text.verifyPin(() => ask('Card input PIN: '));
 * const { name, address } = await text.readAttributes();
 */
export class CardText implements AsyncDisposable {
  readonly connection: CardConnection;
  readonly #calls: Calls;

  private constructor(session: CardSession) {
    this.#calls = new Calls(session, 'input-support');
    this.connection = session.channel.connection;
  }

  /**
   * Selects the application: one exchange, two on a card that answers 6F00 to its first command.
   *
   * @throws JpkiError `UNSUPPORTED` where the card, or the phone that stands in for one, has no such application;
   * `INVALID_ARGUMENT`
   * @example
   * await using text = await CardText.select(await connectCard());
   */
  static async select(
    connection: CardConnection,
    options: AppletOptions & OperationOptions = {},
  ): Promise<CardText> {
    const session = CardSession.of(connection, options);
    await session.told(() => session.select('input-support', options));
    return new CardText(session);
  }

  /**
   * Tries left of the PIN or a check number; spends none. One exchange with short identifiers.
   *
   * @example
   * const { triesLeft } = await text.readPinCounter('input-support');
   */
  async readPinCounter(role: TextPinRole, options: OperationOptions = {}): Promise<PinCounter> {
    return this.#calls.told(async () => {
      checkTextPinRole('role', role);
      const { session } = this.#calls;
      return this.#calls.run(
        async (send) => (await readCounter(session, send, PLACES[role])).counter,
        checkedOptions(options, OPERATION_CHECKS),
      );
    });
  }

  /**
   * Presents the card input PIN (券面事項入力補助用), four digits, as `JpkiApplet.verifyPin` presents another: counter, then PIN.
   *
   * @throws JpkiError what `JpkiApplet.verifyPin` throws, with the role `input-support`
   * @example
   * await text.verifyPin(({ triesLeft }) => ask(`Card input PIN, ${triesLeft} tries left: `));
   */
  async verifyPin(pin: PinInput | PinCallback, options: VerifyOptions = {}): Promise<void> {
    await this.#verify(() => PIN, pin, options);
  }

  /**
   * Presents a check number, with the care of a PIN: it spends a try where it is wrong, and only a municipal counter is known
   * to reset one that is locked. A is the Individual Number; for B see `checkNumberB`.
   *
   * @throws JpkiError what `JpkiApplet.verifyPin` throws, with the role `check-number-a` or `check-number-b`
   * @example
   * await text.verifyCheckNumber('B', checkNumberB({ birthDate, expiryYear: 2035, securityCode }));
   */
  async verifyCheckNumber(
    letter: 'A' | 'B',
    number: PinInput | PinCallback,
    options: VerifyOptions = {},
  ): Promise<void> {
    const place = () => {
      checkLetter('letter', letter);
      return letter === 'A' ? NUMBER_A : NUMBER_B;
    };
    await this.#verify(place, number, options);
  }

  /**
   * Replaces the card input PIN, which is known and not locked: counter, VERIFY, CHANGE.
   *
   * @throws JpkiError what `JpkiApplet.changePin` throws, with the role `input-support`
   * @example
   * await text.changePin(() => ask('Current PIN: '), () => ask('New PIN: '));
   */
  async changePin(
    current: PinInput | PinCallback,
    next: PinInput | PinCallback,
    options: VerifyOptions = {},
  ): Promise<void> {
    await this.#calls.withPins([current, next], async () => {
      const checked = checkedOptions(options, VERIFY_CHECKS);
      await changePin(this.#calls.session, [PIN], current, next, checked);
    });
  }

  /**
   * Name, address, birth date and sex, after the PIN or check number B. One exchange for up to 256 bytes, or where reads of
   * extended length are known to be carried; else one for each 256 bytes.
   *
   * @throws JpkiError `PIN_REQUIRED`
   * @example
   * const { name, address, birthDate, sex } = await text.readAttributes();
   */
  async readAttributes(options: OperationOptions = {}): Promise<CardAttributes> {
    const what = { tag: TEXT_TAG.attributes, what: 'text of the four attributes', pins: [PIN, NUMBER_B] };
    return parseCardAttributes(await this.#readObject(TEXT_FILE.attributes, what, options));
  }

  /**
   * The Individual Number, after the PIN or check number A: one exchange. Nothing else reads it. See `MyNumber` for what the
   * law says, and for wiping it.
   *
   * @throws JpkiError `PIN_REQUIRED`
   * @example
   * using number = await text.readMyNumber(); // wiped at the end of the block
   */
  async readMyNumber(options: OperationOptions = {}): Promise<MyNumber> {
    return this.#calls.told(async () => {
      const { session } = this.#calls;
      const bytes = await this.#calls.run(
        (send) =>
          readFile(session, send, TEXT_FILE.myNumber, MY_NUMBER_FILE_LENGTH, LEAST_NUMBER_FILE, [
            PIN,
            NUMBER_A,
          ]),
        checkedOptions(options, OPERATION_CHECKS),
      );
      try {
        return new MyNumber(isThere(bytes));
      } finally {
        if (bytes !== undefined) wipe(bytes);
      }
    });
  }

  /**
   * What the application says of itself; no PIN is needed. One exchange.
   *
   * @example
   * const { keyNumber } = await text.readBasicInformation(); // which of the issuer's keys signed the text
   */
  async readBasicInformation(options: OperationOptions = {}): Promise<TextBasicInformation> {
    const what = { tag: TEXT_TAG.basicInformation, what: 'basic information' };
    const file = new ObjectFile(
      await this.#readObject(TEXT_FILE.basicInformation, what, options),
      what.tag,
      what.what,
    );
    const keyNumber = digitsOf(file.one(TEXT_TAG.keyId, 16).value.subarray(0, 7));
    if (keyNumber === undefined) throw file.malformed('the name of the key is not digits');
    const [version, unknown] = [file.one(TEXT_TAG.version, 4), file.one(TEXT_TAG.unknown)];
    return { version: version.value, keyNumber, unknown: unknown.value };
  }

  /**
   * What proves the text, after the PIN or a check number: two exchanges where reads of extended length are known to be carried,
   * else five.
   *
   * @throws JpkiError `PIN_REQUIRED`
   * @example
   * const { file } = await text.readAttributes();
   * const verdict = await verifyCardText(await text.readProof(), { attributes: file });
   */
  async readProof(options: OperationOptions = {}): Promise<CardTextProof> {
    const pins = [PIN, NUMBER_A, NUMBER_B];
    return {
      proof: await this.#readObject(TEXT_FILE.proof, { tag: TEXT_TAG.proof, what: 'proof', pins }, options),
      certificate: await this.#readObject(
        TEXT_FILE.certificate,
        { tag: TEXT_TAG.certificate, what: 'certificate' },
        options,
      ),
    };
  }

  /**
   * Ends the connection, as `JpkiApplet.close` does: unpowered where a PIN or a check number was sent.
   *
   * @example
   * const text = await CardText.select(connection);
   * try {
   *   console.log(await text.readPinCounter('input-support'));
   * } finally {
   *   await text.close();
   * }
   */
  close(): Promise<void> {
    return this.#calls.close();
  }

  /** `close`, at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #verify(place: () => PinPlace, pin: PinInput | PinCallback, options: VerifyOptions): Promise<void> {
    await this.#calls.withPins([pin], async () => {
      await verifyPin(this.#calls.session, [place()], pin, checkedOptions(options, VERIFY_CHECKS));
    });
  }

  async #readObject(
    file: number,
    what: Parameters<typeof readObject>[3],
    options: OperationOptions,
  ): Promise<Uint8Array> {
    return this.#calls.told(async () => {
      const { session } = this.#calls;
      const checked = checkedOptions(options, OPERATION_CHECKS);
      return isThere(await this.#calls.run((send) => readObject(session, send, file, what), checked));
    });
  }
}

function isThere(bytes: Uint8Array | undefined): Uint8Array {
  if (bytes === undefined)
    throw new JpkiError('MALFORMED_RESPONSE', 'The card lacks a file that every card with text has.');
  return bytes;
}
