/** An agent on a virtual card, and a client that says what it likes. The messages are written here as the standards have them. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for the sockets and files of a test file, gone afterwards. */
export function ownFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-ssh-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name) => join(folder, name);
}

/** RFC 4251 section 5. */
export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
export const str = (value: string | Uint8Array): Buffer => {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes]);
};

/** A login as RFC 4252 section 7 has it, or with the method of OpenSSH that names the host key. */
export function loginData(
  publicKey: Uint8Array,
  {
    sessionId = randomBytes(32),
    user = 'taro',
    service = 'ssh-connection',
    hostKey,
    flag = 1,
    type = 50,
  }: {
    sessionId?: Uint8Array;
    user?: string;
    service?: string;
    hostKey?: Uint8Array | undefined;
    flag?: number;
    type?: number;
  } = {},
): Buffer {
  return Buffer.concat([
    str(sessionId),
    Buffer.of(type),
    str(user),
    str(service),
    str(hostKey ? 'publickey-hostbound-v00@openssh.com' : 'publickey'),
    Buffer.of(flag),
    str('rsa-sha2-512'),
    str(publicKey),
    ...(hostKey ? [str(hostKey)] : []),
  ]);
}

/** PROTOCOL.sshsig of OpenSSH. */
export function fileData(namespace = 'file'): Buffer {
  return Buffer.concat([Buffer.from('SSHSIG'), str(namespace), str(''), str('sha512'), str(randomBytes(64))]);
}

/** Messages of draft-miller-ssh-agent, without their length. */
export const LIST = Buffer.of(11);
export const signRequest = (publicKey: Uint8Array, data: Uint8Array, flags = 4): Buffer =>
  Buffer.concat([Buffer.of(13), str(publicKey), str(data), u32(flags)]);

/** One connection to an agent. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #changed: () => void = () => undefined;

  static async open(path: string): Promise<RawClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#changed());
  }

  /** Bytes as they are. */
  write(...bytes: readonly Uint8Array[]): void {
    this.#socket.write(Buffer.concat(bytes));
  }

  /** The next answer, without its length; `undefined` when the agent has hung up. */
  async answer(): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#received.length >= 4 ? this.#received.readUInt32BE(0) : Number.POSITIVE_INFINITY;
      if (this.#received.length >= 4 + length) {
        const answer = this.#received.subarray(4, 4 + length);
        this.#received = this.#received.subarray(4 + length);
        return answer;
      }
      if (this.#socket.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  ask(message: Uint8Array): Promise<Buffer | undefined> {
    this.write(str(message));
    return this.answer();
  }

  /** Hangs up. */
  leave(): void {
    this.#socket.destroy();
  }
}
