/** `jpki ssh-agent`: the authentication key for ssh, git and ssh-keygen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { JpkiError } from '../../index.js';
import { createSshAgent, type SshSignRequest } from '../../ssh/index.js';
import { openPlace } from '../card.js';
import type { Context, Run } from '../context.js';
import { EXIT, fileError, report, usageError } from '../failure.js';
import { askSshPin, purposeLines } from '../pins/ssh-pin.js';
import { BLANK, heading, Progress, paragraph, type Row, rows } from '../terminal/screen.js';

/** Where OpenSSH for Windows looks for an agent. */
const WINDOWS_PIPE = '\\\\.\\pipe\\openssh-ssh-agent';
const MAX_HOLD_MINUTES = 1440;

export const sshAgent: Run = async (context) => {
  const { operands, options, signal, err, afterwards } = context;
  const holdMinutes = holdOf(context);
  const progress = new Progress(err);
  const place = await openPlace(context, progress);
  const extendedReads = !options.has('short-reads');
  /** Settles when the last question is over, and the terminal given back. */
  let question: Promise<unknown> = Promise.resolve();
  const agent = createSshAgent((how) => place.open({ ...how, extendedReads }), {
    pin: (request, counter, { signal: asked }) => {
      // One at a time: the terminal of the last one may not have been given back yet.
      const answer = question.then(() => askSshPin(context, request, counter, asked));
      question = answer.catch(() => undefined);
      return answer;
    },
    holdMs: holdMinutes * 60_000,
  });
  let socket: Awaited<ReturnType<typeof socketPlace>> | undefined;
  try {
    socket = await socketPlace(context);
    await agent.listen(socket.path, {
      // A program that has the terminal would have the line in its screen.
      onSigned: (request) => operands.length === 0 && tellSigned(context, request),
      // Who reads that a question has ended may press Ctrl-C, which the terminal must be ready for.
      onRefused: (error) => void question.then(() => tellRefused(context, error)),
    });
    if (operands.length > 0) return await runWith(context, socket.path);
    announce(context, socket.path, holdMinutes);
    if (!signal.aborted) await once(signal, 'abort');
    return EXIT.done;
  } finally {
    await agent.close().catch((error: unknown) => afterwards.push(error));
    await question;
    await place.close();
    await socket?.remove();
  }
};

function holdOf({ options, help }: Context): number {
  const text = options.value('hold') ?? '0';
  const minutes = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes <= MAX_HOLD_MINUTES))
    throw usageError((texts) => texts.arguments.badValue('--hold', `0-${MAX_HOLD_MINUTES}`), ...help);
  return minutes;
}

/** Where the socket is, and what takes its folder away if it is one of ours. */
async function socketPlace({ options }: Context): Promise<{ path: string; remove(): Promise<void> }> {
  const given = options.value('socket') ?? (process.platform === 'win32' ? WINDOWS_PIPE : undefined);
  // Programs look for it from other folders than this one.
  if (given !== undefined) return { path: resolve(given), remove: async () => undefined };
  const parent = resolve(tmpdir());
  // Made with mode 0700.
  const folder = await mkdtemp(join(parent, 'jpki-ssh-')).catch((cause: unknown) => {
    throw fileError(parent, cause);
  });
  return {
    path: join(folder, 'agent.sock'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs the command that was given, with the agent in its environment; gives its exit code, as a shell has it. */
async function runWith({ operands, ending, env, input }: Context, path: string): Promise<number> {
  const [command = '', ...words] = operands;
  const child = spawn(command, words, {
    stdio: 'inherit',
    env: { ...env, SSH_AUTH_SOCK: path, SSH_AGENT_PID: String(process.pid) },
  });
  // The keys of a terminal reach both; any other signal was meant for the two of us.
  ending.handOver = (signal) => {
    if (input.isTTY !== true || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) child.kill(signal);
  };
  try {
    return await exitCodeOf(child);
  } catch (cause) {
    throw fileError(command, cause);
  } finally {
    ending.handOver = undefined;
  }
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((done, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => done(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

function announce({ json, out, err, texts }: Context, path: string, holdMinutes: number): void {
  if (json) {
    out.json({ socket: path, pid: process.pid });
    return;
  }
  // For "eval", as ssh-agent prints it.
  out.raw(`SSH_AUTH_SOCK=${quoted(path)}; export SSH_AUTH_SOCK;\n`);
  const list: Row[] = [[texts.ssh.socket, path]];
  err.lines([
    heading(texts.ssh.serving),
    ...rows(list),
    paragraph(texts.ssh.pinEach),
    ...(holdMinutes > 0 ? [paragraph(texts.ssh.held(holdMinutes))] : []),
    BLANK,
    paragraph(texts.ssh.ctrlC, 0),
  ]);
}

/** One word for a shell (POSIX, "Quoting"). */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function tellSigned({ err, texts }: Context, request: SshSignRequest): void {
  const [first = '', ...others] = purposeLines(request, texts);
  err.line(texts.ssh.signed([first, ...others.map((line) => `(${line})`)].join(' ')));
}

function tellRefused(context: Context, error: JpkiError): void {
  const { err, json, options } = context;
  report([error], err, context, { json, debug: options.has('debug') });
}
