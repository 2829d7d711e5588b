import {
  type ChecksOf,
  checkedOptions,
  checkRole,
  checkSignal,
  checkTimeLimit,
  oneOf,
} from '../arguments.js';
import { JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type KeyRole, throwIfAborted } from '../errors.js';
import type { OperationOptions } from '../iso7816/index.js';
import type { CardConnection } from '../transport/connection.js';
import { Calls } from './calls.js';
import {
  AVAILABILITY_LENGTH,
  CERTIFICATE_FILE,
  CERTIFICATE_PRESENT,
  type CertificateFile,
  JPKI_FILE,
  PIN_PLACE,
  TOKEN_INFO_LENGTH,
  TOKEN_LABEL_LENGTH,
} from './files.js';
import type { PinInput } from './pin.js';
import { type PinCounter, readCounter, readCounters } from './pin-counter.js';
import { changePin, verifyPin } from './pin-operations.js';
import {
  checkGivenPin,
  PIN_CHECKS,
  type PinCallback,
  type PinOptions,
  VERIFY_CHECKS,
  type VerifyOptions,
  wipingPin,
} from './pin-options.js';
import { DER_CERTIFICATE, readFile, readObject, tryExtendedRead } from './read-file.js';
import { READ_CHECKS, type ReadOptions } from './read-strategy.js';
import { CardSession, trace } from './session.js';
import { checkScheme, type SignableData, type SignatureScheme, sign } from './sign.js';
import { parseTokenInfo, type TokenInfo } from './token-info.js';

export type { OperationOptions };

/**
 * How to talk to the card.
 *
 * @category The card and its applet
 */
export interface AppletOptions extends ReadOptions {
  /**
   * How long one exchange with the card may take, in milliseconds, more than 0; default 30000, `Infinity` for no limit.
   * It is the connection's: given again for a connection that an applet was opened on before, it applies to both from
   * then on. Anything else is `INVALID_ARGUMENT`.
   */
  readonly exchangeTimeoutMs?: number | undefined;
  /**
   * How long the exchanges of one operation (one call of a method) may take together, in milliseconds; default 120000,
   * `Infinity` for no limit. No exchange is begun after it, and none is cut short by it: a call ends within this and one
   * `exchangeTimeoutMs`, with `TIMEOUT`, however slowly a card hands out its data.
   */
  readonly operationTimeoutMs?: number | undefined;
}

/**
 * How to sign.
 *
 * @category Signatures
 */
export interface SignOptions extends OperationOptions {
  /** Default `RSASSA-PKCS1-v1_5-SHA-256`. */
  readonly scheme?: SignatureScheme | undefined;
}

export const APPLET_CHECKS: ChecksOf<AppletOptions> = {
  exchangeTimeoutMs: checkTimeLimit,
  operationTimeoutMs: checkTimeLimit,
  ...READ_CHECKS,
};
const SIGN_CHECKS: ChecksOf<SignOptions> = { scheme: checkScheme, signal: checkSignal };

const checkCertificateFile = oneOf(...Object.keys(CERTIFICATE_FILE));

/**
 * Which of the holder's certificates the card says it has (file 0008).
 *
 * @category Certificates
 */
export interface CertificateAvailability {
  readonly auth: boolean;
  readonly sign: boolean;
  /** The three bytes; what the third says is not known. */
  readonly raw: Uint8Array;
}

/**
 * Where both PINs stand.
 *
 * @category The card and its applet
 */
export interface JpkiStatus {
  readonly pins: Readonly<Record<KeyRole, PinCounter>>;
}

/**
 * The JPKI application of an Individual Number Card, over one connection. Operations queue: however many callers,
 * the exchanges of one are never mixed with another's. Always close it, or use `await using`.
 *
 * Every method may also throw what the connection throws (`CARD_REMOVED`, `CARD_RESET`, `TRANSPORT`, `TIMEOUT`, …),
 * `MALFORMED_RESPONSE`, `STATUS_WORD`, `INVALID_ARGUMENT` before anything is sent, `ABORTED` where a `signal` was given,
 * and `CLOSED` after `close`.
 *
 * @example
 * await using applet = await JpkiApplet.select(connection);
 * const { pins } = await applet.readStatus();
 * @category The card and its applet
 */
export class JpkiApplet implements AsyncDisposable {
  /**
   * The connection it speaks over, for what else is on the card (`readOtherPinCounters`, `CardText`).
   *
   * @category The card and its applet
   */
  readonly connection: CardConnection;
  readonly #calls: Calls;
  readonly #ders = new Map<CertificateFile, Uint8Array>();
  readonly #certificates = new Map<CertificateFile, JpkiCertificate>();

  private constructor(session: CardSession) {
    this.#calls = new Calls(session, 'jpki');
    this.connection = session.channel.connection;
  }

  /**
   * Selects the application: one exchange, two on a card that answers 6F00 to its first command. That it succeeds is
   * what makes a card an Individual Number Card; the ATR says nothing [myna].
   *
   * @throws JpkiError `NOT_JPKI`, `INVALID_ARGUMENT`
   * @example
   * await using applet = await JpkiApplet.select(await connectCard({ timeoutMs: 60_000 }));
   * @category The card and its applet
   */
  static async select(
    connection: CardConnection,
    options: AppletOptions & OperationOptions = {},
  ): Promise<JpkiApplet> {
    const session = CardSession.of(connection, options);
    await session.told(() => session.select('jpki', options));
    return new JpkiApplet(session);
  }

  /**
   * The token information file, 160 bytes, or its label alone: one exchange with short identifiers.
   *
   * @example
   * const { label } = await applet.readTokenInfo(); // 'JPKIAPICCTOKEN2'
   * @category The card and its applet
   */
  async readTokenInfo(options: OperationOptions = {}): Promise<TokenInfo> {
    return this.#calls.told(async () => {
      return parseTokenInfo(
        await this.#readFile(JPKI_FILE.tokenInfo, options, TOKEN_INFO_LENGTH, TOKEN_LABEL_LENGTH),
      );
    });
  }

  /**
   * Which certificates are on the card, without a PIN: one exchange with short identifiers.
   *
   * @example
   * const { auth, sign } = await applet.readCertificateAvailability(); // whether each is on the card
   * @category Certificates
   */
  async readCertificateAvailability(options: OperationOptions = {}): Promise<CertificateAvailability> {
    return this.#calls.told(async () => {
      const raw = await this.#readFile(JPKI_FILE.certificateAvailability, options, AVAILABILITY_LENGTH);
      return { sign: raw[0] === CERTIFICATE_PRESENT, auth: raw[1] === CERTIFICATE_PRESENT, raw };
    });
  }

  /**
   * Tries left of one PIN; spends none (JICSAP 6.4.9(5)). One exchange with short identifiers.
   *
   * @example
   * const { triesLeft, locked } = await applet.readPinCounter('sign');
   * @category PINs
   */
  async readPinCounter(role: KeyRole, options: OperationOptions = {}): Promise<PinCounter> {
    return this.#calls.told(() => {
      checkRole('role', role);
      return this.#calls.run(
        async (send) => (await readCounter(this.#calls.session, send, PIN_PLACE[role])).counter,
        options,
      );
    });
  }

  /**
   * Tries left of both PINs; two exchanges with short identifiers. A PIN that the card lacks spoils its own answer only.
   *
   * @example
   * const { pins } = await applet.readStatus();
   * console.log(pins.auth.triesLeft, pins.sign.triesLeft);
   * @category The card and its applet
   */
  async readStatus(options: OperationOptions = {}): Promise<JpkiStatus> {
    return this.#calls.told(() =>
      this.#calls.run(async (send) => ({ pins: await readCounters(this.#calls.session, send) }), options),
    );
  }

  /**
   * Presents a PIN. Format first, then the counter, then the PIN: two exchanges with short identifiers. Strict about
   * the characters: see `normalizePin` for what a person types. Bytes given as the PIN are wiped. A function is asked for
   * the PIN when the counter is known.
   *
   * @throws JpkiError `PIN_FORMAT` `PIN_LOCKED` `PIN_LAST_TRY` `SHARING_VIOLATION` `ABORTED` (no try spent),
   * `PIN_INCORRECT` (with `triesLeft`)
   * @example
   * await applet.verifyPin('auth', ({ triesLeft }) => ask(`PIN, ${triesLeft} tries left: `));
   * @category PINs
   */
  async verifyPin(role: KeyRole, pin: PinInput | PinCallback, options: VerifyOptions = {}): Promise<void> {
    await this.#calls.withPins([pin], async () => {
      checkRole('role', role);
      const checked = checkedOptions(options, VERIFY_CHECKS);
      await verifyPin(this.#calls.session, [PIN_PLACE[role]], pin, checked);
    });
  }

  /**
   * Replaces a PIN that is known and not locked: counter, VERIFY, CHANGE, three exchanges with short identifiers.
   * Bytes given as PINs are wiped.
   *
   * @throws JpkiError what `verifyPin` throws; `STATUS_WORD` when the card refused the new PIN and the old one holds;
   * `PIN_CHANGE_UNCERTAIN` when the link broke after the change was sent
   * @example
   * await applet.changePin('auth', () => ask('Current PIN: '), () => ask('New PIN: '));
   * @category PINs
   */
  async changePin(
    role: KeyRole,
    current: PinInput | PinCallback,
    next: PinInput | PinCallback,
    options: VerifyOptions = {},
  ): Promise<void> {
    await this.#calls.withPins([current, next], async () => {
      checkRole('role', role);
      const checked = checkedOptions(options, VERIFY_CHECKS);
      await changePin(this.#calls.session, [PIN_PLACE[role]], current, next, checked);
    });
  }

  /**
   * A certificate as the card holds it, DER without the filler behind it: one exchange where card and reader carry
   * extended length, else ceil(n/256) for n bytes. A second call costs none.
   *
   * The signature certificate is behind its PIN, and on a phone the authentication certificate too. With `pin` the PIN is
   * presented where the card asks for it: counter, VERIFY, and for `sign` a read before them that finds out whether one of
   * extended length may follow.
   *
   * @throws JpkiError `CERTIFICATE_ABSENT`; `PIN_REQUIRED` before the PIN; with `pin` what `verifyPin` throws
   * @example
   * const der = await applet.readCertificateDer('sign', { pin: () => ask('Signature PIN: ') });
   * @category Certificates
   */
  async readCertificateDer(file: CertificateFile, options: PinOptions = {}): Promise<Uint8Array> {
    return wipingPin(options, () =>
      this.#calls.told(() => this.#readDer(file, checkedOptions(options, PIN_CHECKS))),
    );
  }

  /**
   * A certificate, parsed. Believe it only after `verifyCertificate`.
   *
   * @throws JpkiError what `readCertificateDer` throws, and `CERTIFICATE_INVALID`
   * @example
   * const certificate = await applet.readCertificate('sign', { pin: () => ask('Signature PIN: ') });
   * console.log(certificate.holder?.name, certificate.daysLeft());
   * @category Certificates
   */
  async readCertificate(file: CertificateFile, options: PinOptions = {}): Promise<JpkiCertificate> {
    return wipingPin(options, () =>
      this.#calls.told(async () => {
        const checked = checkedOptions(options, PIN_CHECKS);
        throwIfAborted(checked.signal);
        const known = this.#certificates.get(file);
        if (known !== undefined && !this.#calls.isClosed) return known;
        const certificate = JpkiCertificate.parse(await this.#readDer(file, checked));
        this.#certificates.set(file, certificate);
        return certificate;
      }),
    );
  }

  /**
   * Signs with the key of a role, whose PIN must have been verified: one exchange with short identifiers. Data is
   * hashed here, chunk by chunk where it comes in chunks. The signature has 256 bytes.
   *
   * @param options `scheme`, one of `SignatureScheme`; default `RSASSA-PKCS1-v1_5-SHA-256`
   * @throws JpkiError `PIN_REQUIRED`, `UNSUPPORTED` (a card without PSS), `INVALID_ARGUMENT`
   * @example
   * await applet.verifyPin('auth', () => ask('PIN: '));
   * const signature = await applet.sign('auth', new TextEncoder().encode('hello')); // 256 bytes
   * @category Signatures
   */
  async sign(role: KeyRole, data: SignableData, options: SignOptions = {}): Promise<Uint8Array> {
    return this.#calls.told(() => {
      this.#calls.checkOpen();
      checkRole('role', role);
      const { scheme = 'RSASSA-PKCS1-v1_5-SHA-256', signal } = checkedOptions(options, SIGN_CHECKS);
      return sign(this.#calls.session, role, data, scheme, { signal });
    });
  }

  /**
   * Ends the connection when the operation under way is done. Where a PIN was sent, whatever came back, or a key was found
   * open, the card is unpowered, because nothing else takes the key out of reach of the next program [myna-card]; else it
   * is left as it was.
   *
   * What goes wrong here is thrown only where the last call of a method, and the last call with a PIN, succeeded. After one
   * that failed its error is the one to be told (a `PIN_CHANGE_UNCERTAIN`, a try that may be spent): an error of `close`, in `finally` or at the end
   * of `await using`, would take its place.
   *
   * @example
   * const applet = await openJpki();
   * try {
   *   console.log(await applet.readStatus());
   * } finally {
   *   await applet.close();
   * }
   * @category The card and its applet
   */
  close(): Promise<void> {
    return this.#calls.close();
  }

  /**
   * `close`, at the end of an `await using` block.
   *
   * @category The card and its applet
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #readDer(file: CertificateFile, { pin, ...options }: PinOptions): Promise<Uint8Array> {
    this.#calls.checkOpen();
    checkCertificateFile('file', file);
    throwIfAborted(options.signal);
    const known = this.#ders.get(file);
    if (known !== undefined) return known.slice();
    const { file: id, role } = CERTIFICATE_FILE[file];
    checkGivenPin(role, pin);
    const operation = { signal: options.signal };
    const read = () =>
      this.#calls.run(
        async (send) =>
          this.#ders.get(file) ??
          readObject(this.#calls.session, send, id, { ...DER_CERTIFICATE, pins: [PIN_PLACE[role]] }),
        operation,
      );
    let der: Uint8Array | undefined;
    if (pin === undefined) der = await read();
    else if (file === 'sign' && !this.#calls.session.hasVerified(PIN_PLACE[role])) {
      await this.#calls.run((send) => tryExtendedRead(this.#calls.session, send, id), operation);
      await this.verifyPin(role, pin, options);
      der = await read();
    } else {
      try {
        der = await read();
      } catch (error) {
        if (!(error instanceof JpkiError) || error.code !== 'PIN_REQUIRED') throw error;
        await this.verifyPin(role, pin, options);
        der = await read();
      }
    }
    trace('certificate %s: %s', file, der === undefined ? 'absent' : `${der.length} bytes`);
    if (der === undefined) throw new JpkiError('CERTIFICATE_ABSENT', undefined, { role });
    this.#ders.set(file, der);
    return der.slice();
  }

  async #readFile(
    file: number,
    options: OperationOptions,
    length: number,
    least = length,
  ): Promise<Uint8Array> {
    const bytes = await this.#calls.run(
      (send) => readFile(this.#calls.session, send, file, length, least),
      options,
    );
    if (bytes === undefined)
      throw new JpkiError('MALFORMED_RESPONSE', 'The card lacks a file that every JPKI application has.');
    return bytes;
  }
}
