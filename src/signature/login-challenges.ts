/** The server's side of logins: a nonce that is given once, and forgotten at the first answer. */
import {
  type ChecksOf,
  checkedOptions,
  checkFunction,
  checkText,
  fieldsOf,
  integerFrom,
  required,
} from '../arguments.js';
import { toBase64Url } from '../bytes.js';
import type { TrustAnchor } from '../certificate/index.js';
import { checkAnchors } from '../certificate/trust-anchors.js';
import { type LoginVerdict, rejectedLogin, verifyLoginToken } from './login.js';
import { readLoginToken } from './login-token.js';

/** Bytes of a nonce: 256 bits of the platform's generator, twice what nobody can guess. */
const NONCE_BYTES = 32;

/** What `issue` makes, in base64url: nothing else of a stranger's is ever asked for in a store. */
const NONCE = /^[A-Za-z0-9_-]{43}$/;

/** How long a challenge waits for its answer, where the server does not say, in seconds: time to find card and PIN. */
const DEFAULT_EXPIRES_IN_SECONDS = 300;

const SECONDS_OF_A_DAY = 86_400;

/** Most challenges that wait in memory, about 20 MB; beyond it the oldest is forgotten. */
const MAX_IN_MEMORY = 100_000;

/**
 * Where challenges wait for their answer. Servers that answer for each other share one: with Redis `put` is
 * `SET nonce 1 NX EX seconds`, and `take` is `GETDEL nonce`. What a store throws goes through unchanged.
 *
 * @category Logins
 */
export interface ChallengeStore {
  /** Keeps a nonce, 43 characters of base64url, for so many seconds. */
  put(nonce: string, expiresInSeconds: number): Promise<void>;
  /**
   * Forgets a nonce, and resolves to `true` if it was there and had not expired. In one step: of any number of calls at
   * the same moment one gets `true`.
   */
  take(nonce: string): Promise<boolean>;
}

/**
 * How a service gives challenges and whom it believes. A value of another type or range is `INVALID_ARGUMENT`.
 *
 * @category Logins
 */
export interface LoginChallengesOptions {
  /** What the service is called, a string that is not empty: `audience` of `verifyLoginToken`. */
  readonly audience: string;
  /** Where challenges wait; default the memory of this process, at most 100000, of which the oldest is forgotten first. */
  readonly store?: ChallengeStore | undefined;
  /** Whole seconds that a challenge waits for its answer, 1 to 86400; default 300. */
  readonly expiresInSeconds?: number | undefined;
  /** Whom to believe, instead of the authentication CAs of J-LIS. */
  readonly anchors?: readonly TrustAnchor[] | undefined;
}

const CHECKS: ChecksOf<LoginChallengesOptions> = {
  audience: required(checkText),
  store: fieldsOf<ChallengeStore>({ put: required(checkFunction), take: required(checkFunction) }),
  expiresInSeconds: integerFrom(1, SECONDS_OF_A_DAY),
  anchors: checkAnchors,
};

/**
 * Gives challenges and judges their answers, each once: what `verifyLoginToken` leaves to the server. A nonce has 256 bits
 * of the platform's random generator.
 *
 * It does not know browsers. Keep the nonce in the session that asked for it, and compare it with `claims.nonce` of the
 * verdict, or somebody can log another person's browser in to an account of their own. Limit how many challenges one
 * client may ask for.
 *
 * @example
 * const challenges = new LoginChallenges({ audience: 'https://service.example.jp' });
 * const verdict = await challenges.answer(token); // made for a nonce that challenges.issue() gave
 * @category Logins
 */
export class LoginChallenges {
  readonly #audience: string;
  readonly #store: ChallengeStore;
  readonly #expiresInSeconds: number;
  readonly #anchors: readonly TrustAnchor[] | undefined;

  /** @throws JpkiError `INVALID_ARGUMENT` */
  constructor(options: LoginChallengesOptions) {
    const {
      audience,
      store = new ChallengeMemory(),
      expiresInSeconds = DEFAULT_EXPIRES_IN_SECONDS,
      anchors,
    } = checkedOptions(options, CHECKS);
    this.#audience = audience;
    this.#store = store;
    this.#expiresInSeconds = expiresInSeconds;
    this.#anchors = anchors;
  }

  /**
   * A new nonce for one login: 43 characters, which the client puts into its token.
   *
   * @throws what the store throws
   * @example
   * response.json({ challenge: await challenges.issue() });
   */
  async issue(): Promise<string> {
    const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
    await this.#store.put(nonce, this.#expiresInSeconds);
    return nonce;
  }

  /**
   * Judges the answer to a challenge, and forgets the challenge whatever the verdict is. A token for a challenge that is
   * unknown, answered or expired gets the finding `TOKEN_CHALLENGE`, and no signature is computed for it.
   *
   * The nonce is taken from the token before anything about it is believed. That is safe: whoever knows an open
   * nonce can use it up, and can do nothing else with it.
   *
   * @throws what the store throws; whatever is wrong with the token is in the verdict
   * @example
   * const verdict = await challenges.answer(token);
   * if (verdict.valid && verdict.claims.nonce === nonce) console.log(verdict.subject);
   */
  async answer(token: string): Promise<LoginVerdict> {
    const parts = readLoginToken(token);
    if (typeof parts === 'string') return rejectedLogin([parts]);
    const nonce = parts.claims.get('nonce');
    if (typeof nonce !== 'string' || !NONCE.test(nonce)) return rejectedLogin(['TOKEN_CHALLENGE']);
    // `true` alone: a store that answers with what it found must not log anybody in by accident.
    if ((await this.#store.take(nonce)) !== true) return rejectedLogin(['TOKEN_CHALLENGE']);
    return verifyLoginToken(token, {
      audience: this.#audience,
      nonce,
      anchors: this.#anchors,
      // An answer is no older than its challenge.
      maxAgeSeconds: this.#expiresInSeconds,
    });
  }
}

/** For one process. No timer: what has expired is thrown out when something new comes in. */
class ChallengeMemory implements ChallengeStore {
  /** When each expires, in milliseconds, the oldest first. */
  readonly #expiries = new Map<string, number>();

  async put(nonce: string, expiresInSeconds: number): Promise<void> {
    const now = Date.now();
    for (const [oldest, expiry] of this.#expiries) {
      if (expiry > now && this.#expiries.size < MAX_IN_MEMORY) break;
      this.#expiries.delete(oldest);
    }
    this.#expiries.set(nonce, now + expiresInSeconds * 1000);
  }

  async take(nonce: string): Promise<boolean> {
    const expiry = this.#expiries.get(nonce);
    this.#expiries.delete(nonce);
    return expiry !== undefined && expiry > Date.now();
  }
}
