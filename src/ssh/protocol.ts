/** The messages of the agent protocol (draft-miller-ssh-agent), of which an agent on a card answers three. */
import { concatBytes, equalBytes } from '../bytes.js';
import { JpkiError } from '../errors.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import type { SshPublicKey } from './public-key.js';
import type { SshSignRequest } from './request.js';
import { SshReader, sshString, sshUint32 } from './wire.js';

const trace = createTrace('jpki:ssh');

const MESSAGE = {
  failure: 5,
  success: 6,
  requestIdentities: 11,
  identitiesAnswer: 12,
  signRequest: 13,
  signResponse: 14,
  extension: 27,
} as const;

/**
 * Flags of a sign request, with the hash and the name of the signature (RFC 8332 section 3); of both OpenSSH's agent takes
 * the first. None of them would be SHA-1.
 */
const ALGORITHMS = [
  { flag: 2, hash: 'SHA-256', name: 'rsa-sha2-256' },
  { flag: 4, hash: 'SHA-512', name: 'rsa-sha2-512' },
] as const;

const SESSION_BIND = 'session-bind@openssh.com';

const FAILURE = Uint8Array.of(MESSAGE.failure);
const SUCCESS = Uint8Array.of(MESSAGE.success);

/** @throws JpkiError `UNSUPPORTED` */
export type RequestExplainer = (publicKey: Uint8Array, data: Uint8Array) => SshSignRequest;

/** What an answer is made with. */
export interface AgentOperations {
  bind(contents: Uint8Array): boolean;
  publicKeys(): Promise<readonly SshPublicKey[]>;
  readonly explain: RequestExplainer;
  sign(
    request: SshSignRequest,
    publicKey: Uint8Array,
    data: Uint8Array,
    hash: 'SHA-256' | 'SHA-512',
  ): Promise<Uint8Array>;
  readonly onSigned: ((request: SshSignRequest) => void) | undefined;
  readonly onRefused: ((error: JpkiError, request: SshSignRequest | undefined) => void) | undefined;
}

/** The answer to one message, without its length. What is not known, or cannot be done, is a failure. */
export async function answerTo(message: Uint8Array, agent: AgentOperations): Promise<Uint8Array> {
  const contents = message.subarray(1);
  trace('message %d, %d bytes', message[0], message.length);
  switch (message[0]) {
    case MESSAGE.requestIdentities:
      return contents.length === 0 ? identities(agent) : FAILURE;
    case MESSAGE.signRequest:
      return signature(new SshReader(contents), agent);
    case MESSAGE.extension: {
      const start = sshString(SESSION_BIND);
      const isBind = equalBytes(contents.subarray(0, start.length), start);
      return isBind && agent.bind(contents.subarray(start.length)) ? SUCCESS : FAILURE;
    }
    default:
      return FAILURE;
  }
}

/** Without a card there are none: a program that has other keys goes on with those. */
async function identities({ publicKeys, onRefused }: AgentOperations): Promise<Uint8Array> {
  let keys: readonly SshPublicKey[] = [];
  try {
    keys = await publicKeys();
  } catch (error) {
    onRefused?.(refusalOf(error), undefined);
  }
  const entries = keys.flatMap(({ blob, comment }) => [sshString(blob), sshString(comment)]);
  return concatBytes(Uint8Array.of(MESSAGE.identitiesAnswer), sshUint32(keys.length), ...entries);
}

async function signature(reader: SshReader, agent: AgentOperations): Promise<Uint8Array> {
  const { explain, sign, onSigned, onRefused } = agent;
  const [publicKey, data, flags] = [reader.string(), reader.string(), reader.uint32()];
  if (!reader.isWhole) return FAILURE;
  let request: SshSignRequest | undefined;
  let signed: Uint8Array;
  try {
    request = explain(publicKey, data);
    const algorithm = ALGORITHMS.find(({ flag }) => (flags & flag) !== 0);
    if (algorithm === undefined) throw sha1();
    const bytes = await sign(request, publicKey, data, algorithm.hash);
    signed = concatBytes(sshString(algorithm.name), sshString(bytes));
  } catch (error) {
    onRefused?.(refusalOf(error), request);
    return FAILURE;
  }
  onSigned?.(request);
  return concatBytes(Uint8Array.of(MESSAGE.signResponse), sshString(signed));
}

/** What a program's own callback throws is its refusal. */
function refusalOf(error: unknown): JpkiError {
  return JpkiError.is(error) ? error : new JpkiError('ABORTED', undefined, { cause: error });
}

function sha1(): JpkiError {
  return new JpkiError(
    'UNSUPPORTED',
    say((t) => t.ssh.sha1),
    { remedy: say((t) => t.ssh.newerProgram) },
  );
}
