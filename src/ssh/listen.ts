/** The socket of an agent: who may reach it, and how much of what they send is kept. */
import type { Server, Socket } from 'node:net';
import { concatBytes } from '../bytes.js';
import { invalidArgument, JpkiError } from '../errors.js';
import { nodeModule } from '../node-module.js';
import { say } from '../text/index.js';
import { createTrace } from '../trace.js';
import { MAX_MESSAGE_BYTES, MessageCutter, sshUint32 } from './wire.js';

const trace = createTrace('jpki:ssh');

/** A socket that SSH programs reach an agent on. */
export interface SshAgentServer {
  /** For `SSH_AUTH_SOCK`. */
  readonly path: string;
  /** Ends what its clients asked for, and takes the socket away. A second call does nothing more. */
  close(): Promise<void>;
}

/** The answer to one message of a client; the signal is aborted when the client is gone. */
type Answer = (message: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>;

/** `sun_path` of macOS, without the byte that ends it; Linux has four more (unix(4), unix(7)). */
const MAX_PATH_BYTES = 103;
/** Enough for every window of a desk: one more is a program that has lost its way. */
const MAX_CLIENTS = 64;
/** A client waits for its answer before it asks on: one that goes on and on is hung up on. */
const MAX_WAITING_BYTES = 2 * MAX_MESSAGE_BYTES;
/** What a short message takes besides its bytes, about. */
const MESSAGE_OVERHEAD = 100;

/** Serves clients on a socket that nobody else reaches. `newClient` is called for each. */
export async function listenForClients(path: string, newClient: () => Answer): Promise<SshAgentServer> {
  const { createServer } = nodeModule('node:net');
  const isPipe = /^\\\\[.?]\\pipe\\/i.test(path);
  const clients = new Set<Client>();
  const server = createServer((socket) => {
    const client = new Client(socket, newClient());
    clients.add(client);
    socket.once('close', () => clients.delete(client));
  });
  server.maxConnections = MAX_CLIENTS;
  if (!isPipe) await preparePlace(path);
  await listening(server, path);
  server.on('error', (error) => trace('socket: %s', error.message));
  if (!isPipe) await nodeModule('node:fs/promises').chmod(path, 0o600);
  trace('listening on %s', path);
  let closed: Promise<void> | undefined;
  return {
    path,
    close() {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients) client.end();
      });
      return closed;
    },
  };
}

/**
 * The folder is nobody else's, because the mode of a socket is not heeded on every system; a socket that nobody listens on
 * any more is taken away.
 */
async function preparePlace(path: string): Promise<void> {
  const { lstat, mkdir, rm, stat } = nodeModule('node:fs/promises');
  // Node.js would cut it off, and make a socket of another name.
  if (new TextEncoder().encode(path).length > MAX_PATH_BYTES) throw noPlace({ code: 'ENAMETOOLONG' });
  // A browser's bundle has no `node:path`; Windows has pipes.
  const folder = path.slice(0, path.lastIndexOf('/') + 1) || '.';
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = await stat(folder);
    // Root is let into the folders of others, who may put a socket of their own in its place.
    const isOurs = uid === nodeModule('node:os').userInfo().uid;
    if ((mode & 0o077) !== 0 || !isOurs) throw invalidArgument('path', (t) => t.ssh.folder);
    const there = await lstat(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (there?.isSocket() && !(await isServed(path))) await rm(path);
  } catch (error) {
    throw JpkiError.is(error) ? error : noPlace(error);
  }
}

/** Whether somebody listens on a socket. */
function isServed(path: string): Promise<boolean> {
  const { connect } = nodeModule('node:net');
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(codeOf(error) !== 'ECONNREFUSED'));
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(noPlace(error));
    server.once('error', fail);
    server.listen(path, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function noPlace(cause: unknown): JpkiError {
  const code = codeOf(cause) ?? '';
  return new JpkiError(
    'INVALID_ARGUMENT',
    say((t) => t.ssh.noPlace(code)),
    { argument: 'path', remedy: say((t) => t.ssh.noPlaceRemedy), cause },
  );
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return code === undefined ? undefined : String(code);
}

/** One program that is connected: its messages are answered one after the other. */
class Client {
  readonly #socket: Socket;
  readonly #answer: Answer;
  readonly #gone = new AbortController();
  readonly #messages = new MessageCutter();
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isAnswering = false;

  constructor(socket: Socket, answer: Answer) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('error', (error) => trace('client: %s', error.message));
    // Also one that has said all it wants to say: nobody would hear the answer.
    for (const event of ['end', 'close']) socket.once(event, () => this.end());
  }

  end(): void {
    this.#gone.abort();
    this.#waiting.length = 0;
    this.#socket.destroy();
  }

  /** Never paused: a socket that is not read from does not tell that its client is gone. */
  #onData(chunk: Uint8Array): void {
    const messages = this.#messages.push(chunk);
    for (const message of messages ?? []) {
      this.#waiting.push(message);
      this.#waitingBytes += message.length + MESSAGE_OVERHEAD;
    }
    if (messages === undefined || this.#waitingBytes > MAX_WAITING_BYTES) {
      trace('client: a length that no message has, or too many messages');
      this.end();
    } else if (!this.#isAnswering) void this.#answerAll();
  }

  /** Settles when the client has read on, or is gone. */
  #drained(): Promise<void> {
    const socket = this.#socket;
    return new Promise((resolve) => {
      const goOn = () => {
        socket.off('drain', goOn).off('close', goOn);
        resolve();
      };
      socket.on('drain', goOn).on('close', goOn);
    });
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    for (let message = this.#waiting.shift(); message; message = this.#waiting.shift()) {
      this.#waitingBytes -= message.length + MESSAGE_OVERHEAD;
      try {
        const answer = await this.#answer(message, this.#gone.signal);
        if (this.#socket.destroyed) return;
        const isTaken = this.#socket.write(concatBytes(sshUint32(answer.length), answer));
        // What nobody reads is not kept.
        if (!isTaken) await this.#drained();
      } catch (error) {
        // A callback of the program that threw: the client is not left to wait.
        trace('client: %o', error);
        this.end();
        throw error;
      }
    }
    this.#isAnswering = false;
  }
}
