/** The process of a command. A signal ends what is going on, lets go of the card, and then ends the process. */
import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { ENDING_SIGNALS } from '../ending-signals.js';
import { Ending } from './ending.js';
import { EXIT } from './failure.js';
import { run } from './run.js';
import { SecretInput } from './terminal/secret-input.js';

/** With everything said and done Node.js ends by itself, sooner than this; on a busy machine it may take its time. */
const LINGER_MS = { whenStopped: 1_000, whenDone: 10_000 } as const;

/** Those of the signals that leave no core file: it would hold whatever PIN was typed. */
const WITHOUT_CORE: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM']);

const stdin = new SecretInput(0);

export async function runCommand(args: readonly string[]): Promise<void> {
  const ending = new Ending();
  let signal: NodeJS.Signals | undefined;
  // What nohup or a shell has set to be ignored Node.js sets back when it starts, before anybody could look: so a
  // hang-up always ends the command, and it may as well end well.
  for (const name of ENDING_SIGNALS.filter((name) => name in constants.signals)) {
    process.on(name, () => {
      if (ending.handOver) return ending.handOver(name);
      signal ??= name;
      ending.ask();
    });
  }
  // Also a promise that was rejected and that nobody looks at.
  process.on('uncaughtException', (error) => {
    // For a failure in the very report of one; else the run gives the code.
    process.exitCode = EXIT.failed;
    ending.fail(error);
  });
  const runDry = () => ending.fail(new Error('nothing is left to wait for, and the command is not done'));
  process.on('beforeExit', runDry);
  process.on('exit', closeWhatHungUp);
  const exitCode = await run(args, {
    stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    ending,
    // Not `process.kill`: on Windows that ends a process at once, whoever listens.
    interrupt: () => process.emit('SIGINT'),
  });
  process.off('beforeExit', runDry);
  const endedBy = signal;
  // As shells have it.
  process.exitCode = endedBy ? 128 + constants.signals[endedBy] : exitCode;
  // Still here then: a thread waits for a card or a reader that does not answer, and `process.exit` would wait for it.
  const end = () => (endedBy === undefined ? endWith(exitCode) : endByForce(endedBy));
  setTimeout(async () => {
    // Loaded only here: a command without a card has ended before.
    const pcscWaits = async () => (await import('../index.js')).pcscStillWaits();
    if (endedBy !== undefined || ending.card.isBusy || (await pcscWaits())) await end();
    else setTimeout(end, LINGER_MS.whenDone - LINGER_MS.whenStopped).unref();
  }, LINGER_MS.whenStopped).unref();
}

/**
 * Node.js sets the modes of its terminals back when it ends, and where one has hung up it aborts instead, which may leave a
 * core file with the PIN in it. It leaves out what is closed.
 */
function closeWhatHungUp(): void {
  for (const [fd, { isTTY }] of [stdin, process.stdout, process.stderr].entries())
    if (isTTY && !isatty(fd)) closeSync(fd);
}

/** Ends the process without its threads, by the function of the system that `process.exit` would call at the very end. */
async function endWith(exitCode: number): Promise<void> {
  stdin.setRawMode(false);
  try {
    const { default: koffi } = await import('koffi');
    if (process.platform === 'win32') {
      // processthreadsapi.h: -1 is what GetCurrentProcess gives.
      const terminate = koffi
        .load('kernel32.dll')
        .func('__stdcall', 'TerminateProcess', 'int', ['intptr_t', 'uint32']);
      terminate(-1, exitCode);
    } else koffi.load(null).func('void _exit(int)')(exitCode);
  } catch {
    // With pcsclite alone there is no way but this one.
  }
  endByForce('SIGKILL');
}

function endByForce(signal: NodeJS.Signals): void {
  // Node.js does so when it ends, but not when it is ended.
  stdin.setRawMode(false);
  process.removeAllListeners(signal);
  process.kill(process.pid, WITHOUT_CORE.has(signal) ? signal : 'SIGKILL');
}
