/**
 * Stopping and going on, as a shell with job control expects it: the terminal is given back before the process stops, and
 * taken again when it goes on, because whoever had it in between has set its modes (termios(3), bash "Job Control").
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';

const MOMENT_MS = 100;

/** Until everything that has been typed by now is read: the event loop reads it between two of its check phases. */
export async function untilRead(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

interface Job {
  /** Aborted when the command ends: then nothing is stopped or taken any more. */
  readonly signal: AbortSignal;
  readonly giveBack: () => Promise<void>;
  readonly takeAgain: () => void;
}

export class JobControl {
  readonly #job: Job;
  #open = false;
  /** Since the terminal was given back, until it is taken again. */
  #away: object | undefined;

  constructor(job: Job) {
    this.#job = job;
  }

  open(): void {
    // Windows has neither these signals nor shells that stop anything.
    if (process.platform === 'win32') return;
    this.#open = true;
    process.on('SIGTSTP', this.#onStop);
    process.on('SIGCONT', this.#onContinue);
  }

  close(): void {
    this.#open = false;
    process.off('SIGTSTP', this.#onStop);
    process.off('SIGCONT', this.#onContinue);
  }

  /** Whether the terminal's modes are ours to set: in the background it is the shell's, and setting them would stop us. */
  get hasTerminal(): boolean {
    return !this.#away && inForeground();
  }

  /** What Ctrl-Z does: the terminal stops the whole group, `npx` and scripts included, but not in raw mode. */
  stopGroup(): void {
    void this.#stop(0);
  }

  readonly #onStop = (): void => void this.#stop(process.pid);

  async #stop(target: number): Promise<void> {
    if (this.#isOver || this.#away) return;
    const away = {};
    this.#away = away;
    await this.#job.giveBack();
    if (this.#isOver) return;
    // What the signal does when nobody listens: a group that no shell would wake again is not stopped.
    process.off('SIGTSTP', this.#onStop);
    process.kill(target, 'SIGTSTP');
    process.on('SIGTSTP', this.#onStop);
    await this.#stayAway(away);
  }

  readonly #onContinue = (): void => {
    if (this.#isOver) return;
    if (inForeground()) {
      this.#away = undefined;
      this.#job.takeAgain();
    } else if (this.#away === undefined) {
      this.#away = {};
      void this.#stayAway(this.#away);
    }
  };

  /** After "bg" stops again, as any program does that needs the terminal; takes it also when there was no stop and no SIGCONT. */
  async #stayAway(away: object): Promise<void> {
    const isWanted = () => this.#away === away && !this.#isOver && inForeground();
    for (;;) {
      await untilRead();
      if (isWanted()) this.#onContinue();
      // What "kill %1" sends comes with a SIGCONT, and may be heard after it.
      else await setTimeout(MOMENT_MS);
      if (isWanted()) this.#onContinue();
      if (this.#away !== away || this.#isOver) return;
      process.kill(process.pid, 'SIGSTOP');
    }
  }

  get #isOver(): boolean {
    return !this.#open || this.#job.signal.aborted;
  }
}

/** Whether our process group is the one the terminal listens to; so taken where there is no job control or no telling. */
export function inForeground(): boolean {
  if (process.platform === 'win32') return true;
  const [group, foreground] = process.platform === 'linux' ? groupsFromProc() : groupsFromPs();
  return !group || !foreground || foreground <= 0 || group === foreground;
}

/**
 * Whether somebody has told the terminal on standard input to hand on each key as it is typed (termios(3), `ICANON` off).
 * Not so taken where there is no telling.
 */
export function isReadByKey(): boolean {
  if (process.platform === 'win32') return false;
  const { stdout } = spawnSync('stty', ['-a'], { stdio: ['inherit', 'pipe', 'ignore'], encoding: 'latin1' });
  return /(^|\s)-icanon\b/.test(stdout ?? '');
}

/** proc(5): behind the name in parentheses come state, ppid, pgrp, session, tty_nr, tpgid. */
function groupsFromProc(): readonly (number | undefined)[] {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [Number(fields[2]), Number(fields[5])];
  } catch {
    return [];
  }
}

function groupsFromPs(): readonly (number | undefined)[] {
  const { stdout } = spawnSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], {
    encoding: 'latin1',
  });
  return (stdout ?? '').trim().split(/\s+/).map(Number);
}
