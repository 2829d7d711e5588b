/**
 * What is to be signed. The key of a card logs in to more than SSH servers, so bytes that are neither an SSH login nor an SSH
 * signature are not signed: whoever reaches the agent, from a forwarded host too, could have anything else signed with it.
 */
import { equalBytes } from '../bytes.js';
import { SshReader } from './wire.js';

/** A login to an SSH server (RFC 4252 section 7). The texts come from whoever asks: show them, and believe none. */
export interface SshLoginRequest {
  readonly kind: 'login';
  /** Whom the program logs in as. */
  readonly user: string;
  /**
   * Fingerprint of the server's host key, `SHA256:...`: proven by the server, or part of what is signed, so that the signature
   * is worth nothing elsewhere. `undefined` where the program did not say (session-bind, OpenSSH 8.9 and newer).
   */
  readonly hostKey: string | undefined;
  /**
   * Fingerprints of the host keys of the servers that the agent was forwarded through, from the nearest on, `undefined` for
   * one that did not prove its own; none for a program on this machine.
   */
  readonly forwardedThrough: readonly (string | undefined)[];
}

/** A signature of `ssh-keygen -Y sign`, which git makes too (PROTOCOL.sshsig of OpenSSH). */
export interface SshFileRequest {
  readonly kind: 'file';
  /** What it is for: `git`, `file`, or another word that both sides agreed on. */
  readonly namespace: string;
  /**
   * Fingerprints of the host keys of the servers that the agent was forwarded through, from the nearest on, `undefined` for
   * one that did not prove its own; none for a program on this machine.
   */
  readonly forwardedThrough: readonly (string | undefined)[];
}

/** What a signature is asked for. */
export type SshSignRequest = SshLoginRequest | SshFileRequest;

/** What the bytes of a login say, before it is known which server it goes to. */
export interface LoginData {
  readonly kind: 'login';
  readonly sessionId: Uint8Array;
  readonly user: string;
  /** The server's key where the bytes name it (publickey-hostbound). */
  readonly hostKey: Uint8Array | undefined;
}

type FileData = Pick<SshFileRequest, 'kind' | 'namespace'>;

/** SSH_MSG_USERAUTH_REQUEST of RFC 4252 section 6. */
const USERAUTH_REQUEST = 50;
/** The method of RFC 4252 section 7, and the one of OpenSSH 8.9 whose bytes name the host key. */
const PUBLIC_KEY = 'publickey';
const PUBLIC_KEY_HOSTBOUND = 'publickey-hostbound-v00@openssh.com';
const SIGNATURE_MAGIC = new TextEncoder().encode('SSHSIG');

/** A session identifier is a hash (RFC 4253 section 7.2). */
const MIN_SESSION_ID = 20;
const MAX_SESSION_ID = 64;

/** `undefined` for bytes that are neither, or are not for this key. */
export function readRequest(data: Uint8Array, publicKey: Uint8Array): LoginData | FileData | undefined {
  return readFile(data) ?? readLogin(data, publicKey);
}

function readFile(data: Uint8Array): FileData | undefined {
  if (!equalBytes(data.subarray(0, SIGNATURE_MAGIC.length), SIGNATURE_MAGIC)) return undefined;
  const reader = new SshReader(data.subarray(SIGNATURE_MAGIC.length));
  const namespace = reader.text();
  // Reserved, the name of the hash, and the hash.
  for (let i = 0; i < 3; i++) reader.string();
  return reader.isWhole && namespace !== '' ? { kind: 'file', namespace } : undefined;
}

function readLogin(data: Uint8Array, publicKey: Uint8Array): LoginData | undefined {
  const reader = new SshReader(data);
  const sessionId = reader.string();
  const type = reader.byte();
  const user = reader.text();
  const service = reader.text();
  const method = reader.text();
  const hasSignature = reader.byte();
  // The name of the algorithm: the server compares it with the signature's.
  reader.string();
  const key = reader.string();
  const hostKey = method === PUBLIC_KEY_HOSTBOUND ? reader.string() : undefined;
  const isLogin =
    reader.isWhole &&
    sessionId.length >= MIN_SESSION_ID &&
    sessionId.length <= MAX_SESSION_ID &&
    type === USERAUTH_REQUEST &&
    service === 'ssh-connection' &&
    (method === PUBLIC_KEY || hostKey !== undefined) &&
    hasSignature === 1 &&
    equalBytes(key, publicKey);
  return isLogin ? { kind: 'login', sessionId, user, hostKey } : undefined;
}
