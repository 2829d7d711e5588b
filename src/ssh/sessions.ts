/**
 * Which servers a program says that it talks to (`session-bind@openssh.com`, PROTOCOL.agent of OpenSSH): each with the server's
 * own signature over the session, so that no host in between can pass for another.
 */
import { concatBytes, equalBytes, toBase64Url } from '../bytes.js';
import { nodeModule } from '../node-module.js';
import { fingerprintOf } from './public-key.js';
import type { LoginData, SshLoginRequest } from './request.js';
import { magnitudeOf, SshReader, sshString } from './wire.js';

/** More hops than anybody makes, and as many as OpenSSH's agent takes. */
const MAX_SESSIONS = 16;

interface BoundSession {
  readonly id: Uint8Array;
  /** `undefined` where the server has not proven that it is its own. */
  readonly hostKey: Uint8Array | undefined;
  /** Whether the agent was forwarded to that server, rather than a login made there. */
  readonly isForwarding: boolean;
}

/** What one client of the agent has proven. */
export class SshSessions {
  readonly #bound: BoundSession[] = [];

  /** Takes the contents of the message; whether it was accepted, as OpenSSH's agent does. */
  bind(contents: Uint8Array): boolean {
    const reader = new SshReader(contents);
    const [hostKey, id, signature] = [reader.string().slice(), reader.string().slice(), reader.string()];
    const isForwarding = reader.byte() !== 0;
    const last = this.#bound.at(-1);
    // After a login nobody is behind this client who could have another session.
    if (last && !last.isForwarding) return false;
    const isProven = reader.isWhole && isSignedByHost(hostKey, id, signature);
    const same = this.#bound.find((session) => session.hostKey && equalBytes(session.id, id));
    if (isProven && same?.hostKey) return equalBytes(same.hostKey, hostKey);
    if (this.#bound.length === MAX_SESSIONS) return false;
    if (isProven) this.#bound.push({ id, hostKey, isForwarding });
    // The program forwards the agent all the same: what is asked from there must not pass for asked from here.
    else if (isForwarding || !reader.isWhole)
      this.#bound.push({ id, hostKey: undefined, isForwarding: true });
    return isProven;
  }

  /** Host keys of the servers that the agent was forwarded through; `undefined` for one that has not proven its own. */
  get forwardedThrough(): readonly (string | undefined)[] {
    return this.#bound
      .filter(({ isForwarding }) => isForwarding)
      .map(({ hostKey }) => hostKey && fingerprintOf(plainKey(hostKey)));
  }

  /** Where a login goes; `undefined` where it goes to another server than the one that was proven. */
  destinationOf({ sessionId, user, hostKey }: LoginData): SshLoginRequest | undefined {
    const last = this.#bound.at(-1);
    const proven = last && !last.isForwarding ? last : undefined;
    if (proven && !equalBytes(proven.id, sessionId)) return undefined;
    if (proven?.hostKey && hostKey && !equalBytes(proven.hostKey, hostKey)) return undefined;
    const known = proven?.hostKey ?? hostKey;
    return {
      kind: 'login',
      user,
      hostKey: known && fingerprintOf(plainKey(known)),
      forwardedThrough: this.forwardedThrough,
    };
  }
}

/** A curve of RFC 5656 section 10.1 as Node.js calls it, its hash, and the bytes of a number. */
interface Curve {
  readonly crv: string;
  readonly hash: string;
  readonly bytes: number;
}

const CURVES: ReadonlyMap<string, Curve> = /* @__PURE__ */ new Map([
  ['ecdsa-sha2-nistp256', { crv: 'P-256', hash: 'SHA256', bytes: 32 }],
  ['ecdsa-sha2-nistp384', { crv: 'P-384', hash: 'SHA384', bytes: 48 }],
  ['ecdsa-sha2-nistp521', { crv: 'P-521', hash: 'SHA512', bytes: 66 }],
]);

/** RFC 8332 section 3. */
const RSA_HASHES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['rsa-sha2-256', 'SHA256'],
  ['rsa-sha2-512', 'SHA512'],
]);

/** How many fields the key of a type has behind that, also in a certificate (PROTOCOL.certkeys of OpenSSH). */
const KEY_FIELDS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ...[...CURVES.keys()].map((type) => [type, 2] as const),
]);
const CERTIFICATE = '-cert-v01@openssh.com';

/** The key that a host certificate is for, which is the one that signs and that fingerprints are of; any other as it is. */
function plainKey(hostKey: Uint8Array): Uint8Array {
  const reader = new SshReader(hostKey);
  const name = reader.text();
  const type = name.slice(0, -CERTIFICATE.length);
  const count = name.endsWith(CERTIFICATE) ? KEY_FIELDS.get(type) : undefined;
  if (count === undefined) return hostKey;
  // A random number.
  reader.string();
  const fields = Array.from({ length: count }, () => sshString(reader.string()));
  return concatBytes(sshString(type), ...fields);
}

/** Whether a server signed these bytes with its host key. A kind of key that is not known here has signed nothing. */
function isSignedByHost(hostKey: Uint8Array, data: Uint8Array, signature: Uint8Array): boolean {
  const key = new SshReader(plainKey(hostKey));
  const reader = new SshReader(signature);
  const [type, algorithm, bytes] = [key.text(), reader.text(), reader.string()];
  if (!reader.isWhole) return false;
  try {
    if (type === 'ssh-ed25519') return type === algorithm && isSignedByEd25519(key, data, bytes);
    if (type === 'ssh-rsa') return isSignedByRsa(key, RSA_HASHES.get(algorithm), data, bytes);
    return type === algorithm && isSignedByEcdsa(key, CURVES.get(type), data, bytes);
  } catch {
    // Numbers that are no key: nothing can have been signed with it.
    return false;
  }
}

function isSignedByEd25519(key: SshReader, data: Uint8Array, signature: Uint8Array): boolean {
  const { createPublicKey, verify } = nodeModule('node:crypto');
  const x = key.string();
  if (!key.isWhole) return false;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(x) };
  return verify(null, data, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

function isSignedByRsa(
  key: SshReader,
  hash: string | undefined,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { createPublicKey, verify } = nodeModule('node:crypto');
  const [e, n] = [magnitudeOf(key.string()), magnitudeOf(key.string())];
  if (!key.isWhole || hash === undefined) return false;
  const jwk = { kty: 'RSA', e: toBase64Url(e), n: toBase64Url(n) };
  return verify(hash, data, createPublicKey({ key: jwk, format: 'jwk' }), signature);
}

function isSignedByEcdsa(
  key: SshReader,
  curve: Curve | undefined,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { createPublicKey, verify } = nodeModule('node:crypto');
  // The name of the curve again, which the type has told.
  key.string();
  const point = key.string();
  const numbers = new SshReader(signature);
  const [r, s] = [magnitudeOf(numbers.string()), magnitudeOf(numbers.string())];
  if (!key.isWhole || !numbers.isWhole || curve === undefined) return false;
  // An uncompressed point (SEC 1 section 2.3.3).
  if (point[0] !== 4 || point.length !== 1 + 2 * curve.bytes) return false;
  const [x, y] = [point.subarray(1, 1 + curve.bytes), point.subarray(1 + curve.bytes)];
  const jwk = { kty: 'EC', crv: curve.crv, x: toBase64Url(x), y: toBase64Url(y) };
  if (r.length > curve.bytes || s.length > curve.bytes) return false;
  const padded = (number: Uint8Array) => concatBytes(new Uint8Array(curve.bytes - number.length), number);
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
  return verify(
    curve.hash,
    data,
    { key: publicKey, dsaEncoding: 'ieee-p1363' },
    concatBytes(padded(r), padded(s)),
  );
}
