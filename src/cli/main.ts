#!/usr/bin/env node
/** The `jpki` command. A signal ends what is going on, lets go of the card, and then ends the process. */
import { SIGNAL_EXIT } from './exit-codes.js';
import { run } from './run.js';

/** A card or reader that hangs must not keep the user from leaving. */
const LEAVE_AFTER_MS = 5_000;

async function main(): Promise<void> {
  const controller = new AbortController();
  let signalExit: number | undefined;
  for (const [name, exitCode] of Object.entries(SIGNAL_EXIT)) {
    // Without a terminal nothing can hang up, and what nohup has set to be ignored must stay so.
    if (name === 'SIGHUP' && ![process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY))
      continue;
    process.on(name, () => {
      if (signalExit !== undefined) return;
      signalExit = exitCode;
      process.exitCode = exitCode;
      controller.abort();
      setTimeout(() => process.exit(exitCode), LEAVE_AFTER_MS).unref();
    });
  }
  const exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: controller.signal,
    // Not `process.kill`: on Windows that ends a process at once, whoever listens.
    interrupt: () => process.emit('SIGINT'),
  });
  process.exitCode = signalExit ?? exitCode;
}

void main();
