/** An SSH agent on the authentication key of a card. */
import {
  type ChecksOf,
  checkBytes,
  checkedOptions,
  checkFunction,
  checkSignal,
  checkText,
  checkThat,
  oneOf,
  required,
} from '../arguments.js';
import { equalBytes } from '../bytes.js';
import { JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type JpkiErrorCode, throwIfAborted } from '../errors.js';
import type { OperationOptions } from '../iso7816/index.js';
import type { JpkiApplet } from '../jpki/applet.js';
import type { PinInput } from '../jpki/pin.js';
import type { PinCounter } from '../jpki/pin-counter.js';
import { checkApplet, signChecked } from '../signature/card-signature.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import { listenForClients, type SshAgentServer } from './listen.js';
import { answerTo, type RequestExplainer } from './protocol.js';
import { type SshPublicKey, sshPublicKey } from './public-key.js';
import { readRequest, type SshSignRequest } from './request.js';
import { SshSessions } from './sessions.js';

export type { SshAgentServer };

const trace = createTrace('jpki:ssh');

/**
 * Opens the card anew each time it is needed; the agent closes what it gives. `openJpki` is one. It is given a `signal`, and
 * where a program only wants to know which keys there are `timeoutMs: 0`, so that no login waits for a card that nobody asked
 * for.
 */
export type AppletSource = (options: {
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}) => JpkiApplet | Promise<JpkiApplet>;

/**
 * Asks the holder for the authentication PIN, with what is to be signed and the tries left; whatever it throws is a refusal.
 * The signal is aborted when the program that asked is gone.
 */
export type SshPinCallback = (
  request: SshSignRequest,
  counter: PinCounter,
  options: { readonly signal: AbortSignal },
) => PinInput | Promise<PinInput>;

/** How an agent works. A value of another type or range is `INVALID_ARGUMENT`. */
export interface SshAgentOptions {
  /** Where the PIN comes from. Never asked for the last try: an agent does not spend it. */
  readonly pin: SshPinCallback;
  /**
   * How long the card is kept after a signature, in milliseconds from the last one on, up to 86400000: it then signs without
   * a PIN, and no other program can use it. Default 0: the card is let go of, without power, after each signature.
   */
  readonly holdMs?: number | undefined;
}

/** How to make one signature. */
export interface SshAgentSignOptions extends OperationOptions {
  /** Default `SHA-512`, which is rsa-sha2-512; `SHA-256` is rsa-sha2-256. SHA-1 is not to be had. */
  readonly hash?: 'SHA-256' | 'SHA-512' | undefined;
}

/** Where programs reach an agent, and what is told of them. */
export interface SshListenOptions {
  /** After each signature. */
  readonly onSigned?: ((request: SshSignRequest) => void) | undefined;
  /** Why a program was answered with a failure; without a request where it asked for the keys. */
  readonly onRefused?: ((error: JpkiError, request: SshSignRequest | undefined) => void) | undefined;
}

/** An agent. Closed at the end of an `await using` block. */
export interface SshAgent extends AsyncDisposable {
  /**
   * The key of the card that is there now, without a PIN: two exchanges with short identifiers and extended length. Where
   * the card is away, or another program has it, the key that was seen last.
   *
   * @throws JpkiError what the source and `readCertificate` throw, where no key was seen yet; `CLOSED`, `ABORTED`
   */
  publicKeys(options?: OperationOptions): Promise<readonly SshPublicKey[]>;
  /**
   * Signs an SSH login or an SSH signature, and nothing else: five exchanges from the SELECT on, with the PIN. The signature
   * has 256 bytes, without the name of the algorithm.
   *
   * @param publicKey blob of the key to sign with: another card than that key's is told before a PIN is asked for
   * @param data what is signed, whole, not its hash
   * @throws JpkiError `UNSUPPORTED` (neither a login nor a signature of SSH), `CERTIFICATE_ABSENT` (a card with another key),
   * `PIN_LAST_TRY`, and what the source, `verifyPin` and `sign` throw
   */
  sign(publicKey: Uint8Array, data: Uint8Array, options?: SshAgentSignOptions): Promise<Uint8Array>;
  /**
   * Serves SSH programs on a Unix socket, mode 0600, in a folder that nobody else may look into (0700), which is made where
   * it is absent; on Windows on a named pipe (`\\.\pipe\openssh-ssh-agent`), which has not been tried. Node.js only.
   *
   * @throws JpkiError `INVALID_ARGUMENT` (open to others, in use, or no place for a socket), `UNSUPPORTED` in a browser
   */
  listen(path: string, options?: SshListenOptions): Promise<SshAgentServer>;
  /** Ends what is under way, takes the sockets away, and lets go of the card. A second call does nothing more. */
  close(): Promise<void>;
}

const MAX_HOLD_MS = 86_400_000;

const AGENT_CHECKS: ChecksOf<SshAgentOptions> = {
  pin: required(checkFunction),
  holdMs: checkThat(
    (t) => t.ssh.holdMs(MAX_HOLD_MS),
    (value) => typeof value === 'number' && value >= 0 && value <= MAX_HOLD_MS,
  ),
};
const SIGN_CHECKS: ChecksOf<SshAgentSignOptions> = {
  hash: oneOf('SHA-256', 'SHA-512'),
  signal: checkSignal,
};
const LISTEN_CHECKS: ChecksOf<SshListenOptions> = { onSigned: checkFunction, onRefused: checkFunction };

/** With these a card is away for now, and its key is the one it was. */
const AWAY: ReadonlySet<JpkiErrorCode> = new Set([
  'NO_READER',
  'NO_CARD',
  'NOT_JPKI',
  'CARD_REMOVED',
  'CARD_RESET',
  'CARD_MUTE',
  'SHARING_VIOLATION',
  'SERVICE_UNAVAILABLE',
  'TIMEOUT',
  'TRANSPORT',
]);

/** With these a card that was kept is no longer the one whose PIN was verified; it is opened anew. */
const LOST: ReadonlySet<JpkiErrorCode> = new Set([...AWAY, 'PIN_REQUIRED', 'CLOSED', 'STATUS_WORD']);

/**
 * An SSH agent on the authentication key of a card; the signature key is never used. Each signature asks for the PIN, on a
 * card that is opened for it and is without power again when it is made, so that other programs can have the card between
 * two. One signature is made at a time, however many ask.
 *
 * @throws JpkiError `INVALID_ARGUMENT`
 * @example
 * await using agent = createSshAgent(openJpki, {
 *   pin: (request, { triesLeft }) => ask(`PIN for ${request.kind}, ${triesLeft} tries left: `),
 * });
 * await agent.listen('/run/user/1000/jpki/agent.sock');
 */
export function createSshAgent(source: AppletSource, options: SshAgentOptions): SshAgent {
  checkFunction('source', source);
  const { pin, holdMs = 0 } = checkedOptions(options, AGENT_CHECKS);
  return new CardAgent(source, pin, holdMs);
}

/** A card that is kept with its PIN verified. */
interface Kept {
  readonly applet: JpkiApplet;
  readonly certificate: JpkiCertificate;
  readonly key: SshPublicKey;
  timer?: ReturnType<typeof setTimeout>;
}

class CardAgent implements SshAgent {
  readonly #source: AppletSource;
  readonly #pin: SshPinCallback;
  readonly #holdMs: number;
  readonly #servers = new Set<SshAgentServer>();
  /** Settles when every operation that was begun is done. Never rejects. */
  #tail: Promise<unknown> = Promise.resolve();
  /** Each operation that was begun, with what ends it. */
  readonly #underWay = new Set<AbortController>();
  #lastSeen: SshPublicKey | undefined;
  #kept: Kept | undefined;
  #closed: Promise<void> | undefined;

  constructor(source: AppletSource, pin: SshPinCallback, holdMs: number) {
    this.#source = source;
    this.#pin = pin;
    this.#holdMs = holdMs;
  }

  async publicKeys(options: OperationOptions = {}): Promise<readonly SshPublicKey[]> {
    const { signal } = checkedOptions(options, { signal: checkSignal });
    // Somebody is asked for a PIN: another program that only looks does not wait for the answer.
    if (this.#underWay.size > 0 && this.#lastSeen && this.#closed === undefined) return [this.#lastSeen];
    return this.#inTurn(signal, async (end) => {
      if (this.#kept) return [this.#kept.key];
      try {
        return [(await this.#opened({ timeoutMs: 0, signal: end }, async (card) => card)).key];
      } catch (error) {
        if (!JpkiError.is(error) || !AWAY.has(error.code) || !this.#lastSeen) throw error;
        trace('the card is away: %s', error.code);
        return [this.#lastSeen];
      }
    });
  }

  async sign(
    publicKey: Uint8Array,
    data: Uint8Array,
    options: SshAgentSignOptions = {},
  ): Promise<Uint8Array> {
    checkBytes('publicKey', publicKey);
    checkBytes('data', data);
    const { hash = 'SHA-512', signal } = checkedOptions(options, SIGN_CHECKS);
    const request = this.#explain(publicKey, data, new SshSessions());
    return this.#sign(request, publicKey, data, hash, signal);
  }

  async listen(path: string, options: SshListenOptions = {}): Promise<SshAgentServer> {
    checkText('path', path);
    const { onSigned, onRefused } = checkedOptions(options, LISTEN_CHECKS);
    this.#throwIfClosed();
    const server = await listenForClients(path, () => {
      const sessions = new SshSessions();
      const explain: RequestExplainer = (key, data) => this.#explain(key, data, sessions);
      return (message, signal) =>
        answerTo(message, {
          bind: (contents) => sessions.bind(contents),
          publicKeys: () => this.publicKeys({ signal }),
          explain,
          sign: (request, key, data, hash) => this.#sign(request, key, data, hash, signal),
          onSigned,
          onRefused,
        });
    });
    this.#servers.add(server);
    if (this.#closed === undefined) return server;
    await server.close();
    throw new JpkiError('CLOSED');
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const end of this.#underWay) end.abort(new JpkiError('CLOSED'));
    await Promise.all([...this.#servers].map((server) => server.close()));
    await this.#tail;
    await this.#letGo();
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined) throw new JpkiError('CLOSED');
  }

  /** What the bytes are, and for whom. */
  #explain(publicKey: Uint8Array, data: Uint8Array, sessions: SshSessions): SshSignRequest {
    const request = readRequest(data, publicKey);
    if (request?.kind === 'file') return { ...request, forwardedThrough: sessions.forwardedThrough };
    const login = request && sessions.destinationOf(request);
    if (login) return login;
    throw new JpkiError(
      'UNSUPPORTED',
      say((t) => (request ? t.ssh.otherSession : t.ssh.notSsh)),
      { remedy: say((t) => t.ssh.onlySsh) },
    );
  }

  async #sign(
    request: SshSignRequest,
    publicKey: Uint8Array,
    data: Uint8Array,
    hash: 'SHA-256' | 'SHA-512',
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> {
    return this.#inTurn(signal, async (end) => {
      const again = await this.#signAgain(publicKey, data, hash, end);
      if (again) return again;
      return this.#opened({ signal: end }, async (card) => {
        if (!equalBytes(card.key.blob, publicKey)) throw otherCard();
        const ask = async (counter: PinCounter) => this.#pin(request, counter, { signal: end });
        await card.applet.verifyPin('auth', ask, { signal: end });
        const signature = await signChecked(card.applet, 'auth', hash, card.certificate, data, {
          signal: end,
        });
        if (this.#holdMs > 0) this.#keep(card);
        return signature;
      });
    });
  }

  /** With the card that was kept; `undefined` where there is none any more. */
  async #signAgain(
    publicKey: Uint8Array,
    data: Uint8Array,
    hash: 'SHA-256' | 'SHA-512',
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const kept = this.#kept;
    if (kept === undefined || !equalBytes(kept.key.blob, publicKey)) return undefined;
    clearTimeout(kept.timer);
    try {
      const signature = await signChecked(kept.applet, 'auth', hash, kept.certificate, data, { signal });
      this.#keep(kept);
      return signature;
    } catch (error) {
      const isLost = JpkiError.is(error) && LOST.has(error.code);
      trace('the card that was kept: %o', error);
      await this.#letGo().catch((second: unknown) => trace('closing after an error: %o', second));
      if (isLost) return undefined;
      throw error;
    }
  }

  #keep(card: Kept): void {
    this.#kept = card;
    const timer = setTimeout(() => {
      // In turn: a signature may have begun with it in the meantime, and begins its time anew.
      this.#inTurn(undefined, async () => {
        if (this.#kept?.timer === timer) await this.#letGo();
      }).catch((error: unknown) => trace('letting go of the card: %o', error));
    }, this.#holdMs);
    card.timer = timer;
  }

  /** Lets go of the card that is kept. */
  async #letGo(): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    clearTimeout(kept?.timer);
    await kept?.applet.close();
  }

  /** Opens the card, reads its key, runs `use`, and closes it unless it is kept. The first error is the one that is told. */
  async #opened<T>(options: Parameters<AppletSource>[0], use: (card: Kept) => Promise<T>): Promise<T> {
    // It may be another card than the one that is asked for.
    await this.#letGo();
    const applet = await this.#source(options);
    let result: T;
    try {
      checkApplet('source()', applet);
      // Read anew, so that an applet of the package's other build is as good.
      const { der } = await applet.readCertificate('auth', { signal: options.signal });
      const certificate = JpkiCertificate.parse(der);
      const key = sshPublicKey(certificate);
      this.#lastSeen = key;
      result = await use({ applet, certificate, key });
    } catch (error) {
      await applet?.close?.().catch((second: unknown) => trace('closing after an error: %o', second));
      throw error;
    }
    if (this.#kept?.applet !== applet) await applet.close();
    return result;
  }

  /** One operation at a time; `end` is aborted when the caller or the agent ends it. */
  async #inTurn<T>(signal: AbortSignal | undefined, operation: (end: AbortSignal) => Promise<T>): Promise<T> {
    this.#throwIfClosed();
    throwIfAborted(signal);
    const end = new AbortController();
    const stop = () => end.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    const before = this.#tail;
    this.#underWay.add(end);
    const aborted = new Promise<void>((resolve) => {
      end.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const result = Promise.race([before, aborted]).then(() => {
      throwIfAborted(end.signal);
      return operation(end.signal);
    });
    this.#tail = Promise.allSettled([before, result]);
    try {
      return await result;
    } finally {
      this.#underWay.delete(end);
      signal?.removeEventListener('abort', stop);
    }
  }
}

function otherCard(): JpkiError {
  return new JpkiError(
    'CERTIFICATE_ABSENT',
    say((t) => t.ssh.otherCard),
    { role: 'auth', remedy: say((t) => t.ssh.otherCardRemedy) },
  );
}
