/**
 * No card is left open by a process that ends: `process.exit`, an exception, a loop that runs dry, a signal. Only what no
 * program can see coming (SIGKILL, a crash of Node.js itself, a power cut) is excused. What a verified PIN has opened is
 * closed by nothing but a loss of power [myna-card].
 */
import { ENDING_SIGNALS } from '../../ending-signals.js';
import { createTrace } from '../../trace.js';

const trace = createTrace('jpki:pcsc');

/** Begins to take the power from one card, at once; settles when that is done. Waits for an exchange under way. */
type Unpower = () => Promise<void>;

/**
 * A terminal's Ctrl-C reaches a program twice where a parent passes it on (npm, a shell script), within milliseconds. A
 * signal that comes later than this is a second wish to end.
 */
const SAME_SIGNAL_MS = 1_000;

interface Guard {
  readonly cards: Set<Unpower>;
  /** Takes the listeners of this guard away; they are there while a card is in it. */
  stopListening?: (() => void) | undefined;
  /** When a signal began to end the process, by `performance.now`. */
  endingSince?: number;
}

/**
 * One for all copies of this library in a process (ESM and CommonJS, two versions): two that listen would each take the
 * other for a handler of the program's own, and the signal would end nothing.
 */
const GUARD = Symbol.for('jpki-card unpower at exit');
const shared = globalThis as { [GUARD]?: Guard };
shared[GUARD] ??= { cards: new Set() };
const guard = shared[GUARD];

/**
 * Has the card unpowered when the process ends; gives what ends that. While nothing is guarded no hook is in force, so a
 * program that never sent a PIN ends as if this library were not there.
 */
export function unpowerAtExit(unpower: Unpower): () => void {
  guard.stopListening ??= listen();
  guard.cards.add(unpower);
  return () => {
    guard.cards.delete(unpower);
    if (guard.cards.size > 0 || guard.endingSince !== undefined) return;
    guard.stopListening?.();
    guard.stopListening = undefined;
  };
}

/**
 * Before the listeners of the program: one for `exit` may throw or exit itself, and nobody after it is called; one for a
 * signal may be there `once`, and would be gone when `onSignal` looks for it.
 */
function listen(): () => void {
  process.prependListener('exit', unpowerAll);
  for (const signal of ENDING_SIGNALS) process.prependListener(signal, onSignal);
  return stopListening;
}

function stopListening(): void {
  process.off('exit', unpowerAll);
  for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
}

/** On `exit` too it is enough to begin: libuv ends its threads only when they have done what they were given. */
function unpowerAll(): Promise<unknown> {
  const begun = [...guard.cards];
  guard.cards.clear();
  if (begun.length > 0) trace('the process ends: unpowering %d card(s)', begun.length);
  return Promise.allSettled(begun.map((begin) => begin()));
}

/**
 * Ends the program by the signal that would have ended it, as soon as no card is open any more: the time that a card takes
 * for its answer. One more signal is somebody who will not wait.
 *
 * The package signal-exit takes its listeners off before it calls anybody: a Ctrl-C that was passed on twice then ended
 * the process while the card was still being unpowered. So the listeners here stay until the end.
 */
function onSignal(signal: NodeJS.Signals): void {
  if (handledElsewhere(signal)) return;
  const now = performance.now();
  if (guard.endingSince === undefined) {
    guard.endingSince = now;
    void unpowerAll().then(async () => {
      // The program goes on until then, and may have sent a PIN to another card.
      while (guard.cards.size > 0) await unpowerAll();
      endBy(signal);
    });
  } else if (now - guard.endingSince > SAME_SIGNAL_MS) endBy(signal);
}

function endBy(signal: NodeJS.Signals): void {
  stopListening();
  // Windows makes SIGHUP when a console window closes, and has no way to send one.
  process.kill(process.pid, process.platform === 'win32' && signal === 'SIGHUP' ? 'SIGINT' : signal);
}

/** Whether the program itself does something about the signal: it then decides how it goes on. */
function handledElsewhere(signal: NodeJS.Signals): boolean {
  const symbol = Symbol.for('signal-exit emitter');
  // The packages signal-exit 4 and 3 only look on, as this one does, and count themselves here.
  const others = globalThis as { [symbol]?: { count?: number } };
  const older = process as { __signal_exit_emitter__?: { count?: number } };
  const onlookers = (others[symbol]?.count ?? 0) + (older.__signal_exit_emitter__?.count ?? 0);
  return process.listenerCount(signal) > 1 + onlookers;
}
