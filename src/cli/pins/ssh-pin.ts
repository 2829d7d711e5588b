/** The PIN for a signature that an SSH program asks for: on the terminal, or by the program in SSH_ASKPASS (ssh(1)). */
import { spawn } from 'node:child_process';
import { HOLDER_PINS, JpkiError, type PinCounter } from '../../index.js';
import type { SshSignRequest } from '../../ssh/index.js';
import type { Context } from '../context.js';
import { fileError } from '../failure.js';
import { inForeground, isReadByKey } from '../terminal/job-control.js';
import { Keyboard } from '../terminal/keyboard.js';
import { capital, cutTo, printable } from '../terminal/screen.js';
import { secretBytes } from '../terminal/secret-input.js';
import { bilingual, type Texts } from '../text/index.js';
import { PinEntry, pinOf } from './pin-entry.js';
import { linesOf } from './pin-file.js';

/** Longer ones, of a hostile program, would push what matters off the screen. */
const MAX_NAME_COLUMNS = 64;
/** No line with a PIN in it is longer. */
const MAX_ANSWER = 1024;

/** What the signature is for, in a line or two. */
export function purposeLines(request: SshSignRequest, { ssh }: Texts): string[] {
  const named = (text: string) => cutTo(MAX_NAME_COLUMNS, printable(text));
  const purpose =
    request.kind === 'file'
      ? [ssh.file(named(request.namespace))]
      : [ssh.login(named(request.user)), request.hostKey ? ssh.hostKey(request.hostKey) : ssh.noHostKey];
  const through = request.forwardedThrough.map((key) => (key ? ssh.forwarded(key) : ssh.forwardedUnproven));
  return [...purpose, ...through];
}

/** @throws JpkiError `ABORTED` where nobody gives one, `UNSUPPORTED` where nobody can be asked */
export function askSshPin(
  context: Context,
  request: SshSignRequest,
  counter: PinCounter,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { env, input, err, texts } = context;
  const lines = purposeLines(request, texts);
  const program = env['SSH_ASKPASS'] || undefined;
  const wanted = env['SSH_ASKPASS_REQUIRE'];
  // In the background the terminal is another program's, of which the shell is one that runs commands; and so it is where
  // a program reads it key by key, as ssh does in a session: that one would get keys of the PIN.
  const hasTerminal = input.isTTY === true && err.isTerminal && inForeground() && !isReadByKey();
  const prefersProgram = wanted === 'force' || wanted === 'prefer' || !hasTerminal;
  if (program !== undefined && wanted !== 'never' && prefersProgram)
    return askProgram(context, program, lines, counter, signal);
  if (hasTerminal) return askOnTerminal(context, lines, counter, signal);
  throw new JpkiError(
    'UNSUPPORTED',
    bilingual(({ ssh }) => ssh.cannotAsk),
    { remedy: bilingual(({ ssh }) => ssh.cannotAskRemedy) },
  );
}

/** The terminal is taken for the question alone: what is typed at other times is for another program. */
async function askOnTerminal(
  context: Context,
  lines: readonly string[],
  counter: PinCounter,
  gone: AbortSignal,
): Promise<Uint8Array> {
  const { input, err, interrupt } = context;
  const refused = new AbortController();
  const signal = AbortSignal.any([gone, refused.signal]);
  // Ctrl-C refuses this one signature; where nobody waits for that any more, it is meant for the agent.
  const keyboard = new Keyboard(input, err, () => (signal.aborted ? interrupt() : refused.abort()), signal);
  try {
    for (const line of lines) err.line(line);
    using pins = await PinEntry.open({ ...context, out: err, keyboard, signal });
    return await pins.asking('auth').pin(counter);
  } finally {
    await keyboard.close();
  }
}

/** Its one argument is the question, and the first line of what it prints the answer; any other end is a refusal. */
async function askProgram(
  { env, say, texts }: Context,
  program: string,
  lines: readonly string[],
  { triesLeft, maxTries }: PinCounter,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { name, form } = HOLDER_PINS.auth;
  const question = [
    ...lines,
    texts.pin.heading(capital(say(name)), say(form)),
    texts.pin.triesLeft(triesLeft, maxTries),
    texts.pin.askPin,
  ].join('\n');
  const answer = secretBytes(MAX_ANSWER);
  try {
    const length = await answerOfProgram(program, question, answer, { env, signal });
    const [typed, ...others] = linesOf(answer.subarray(0, length));
    for (const line of others) line.fill(0);
    if (typed === undefined) throw new JpkiError('ABORTED');
    return pinOf('auth', typed).pin;
  } finally {
    answer.fill(0);
  }
}

/** How many bytes it printed. Node.js has read them into memory of its own, of which what it hands on is wiped. */
function answerOfProgram(
  program: string,
  question: string,
  answer: Uint8Array,
  { env, signal }: Pick<Context, 'env' | 'signal'>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [question], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...env },
      signal,
    });
    let length = 0;
    child.stdout.on('data', (chunk: Uint8Array) => {
      const room = answer.subarray(length);
      room.set(chunk.subarray(0, room.length));
      length += Math.min(chunk.length, room.length);
      chunk.fill(0);
      // What goes on is no PIN, and may never end: whoever writes it is told that nobody reads.
      if (length === answer.length) child.stdout.destroy();
    });
    child.once('error', (cause) => {
      const failure = fileError((texts) => texts.ssh.askpass(program), cause);
      const message = bilingual((texts) => failure.said(texts)[0]);
      const remedy = bilingual((texts) => failure.said(texts)[1]);
      reject(
        signal.aborted ? new JpkiError('ABORTED') : new JpkiError('UNSUPPORTED', message, { remedy, cause }),
      );
    });
    child.once('close', (code) => {
      if (code === 0) resolve(length);
      else reject(new JpkiError('ABORTED'));
    });
  });
}
