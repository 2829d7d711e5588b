/**
 * No card is left open by a process that ends: `process.exit`, an exception, a loop that runs dry, a signal. Only what no
 * program can see coming (SIGKILL, a crash of Node.js itself, a power cut) is excused. What a verified PIN has opened is
 * closed by nothing but a loss of power [myna-card].
 */
import debug from 'debug';
import { onExit } from 'signal-exit';

const trace = debug('jpki:pcsc');

/** Begins to take the power from one card, at once; settles when that is done. Waits for an exchange under way. */
type Unpower = () => Promise<void>;

/**
 * A terminal's Ctrl-C reaches a program twice where a parent passes it on (npm, a shell script), within milliseconds. A
 * signal that comes later than this is a second wish to end.
 */
const SAME_SIGNAL_MS = 1_000;

const guarded = new Set<Unpower>();
let stopListening: (() => void) | undefined;

/**
 * Has the card unpowered when the process ends; gives what ends that. While nothing is guarded no hook is in force, so a
 * program that never sent a PIN ends as if this library were not there.
 */
export function unpowerAtExit(unpower: Unpower): () => void {
  guarded.add(unpower);
  stopListening ??= onExit((_code, signal) => {
    if (guarded.size === 0) return;
    trace('the process ends: unpowering %d card(s)', guarded.size);
    const done = Promise.allSettled([...guarded].map((begin) => begin()));
    // Not by a signal: libuv ends its threads only when they have done what is begun.
    if (signal === null) return;
    void done.then(endBy(signal));
    return true;
  });
  return () => {
    guarded.delete(unpower);
    if (guarded.size > 0) return;
    stopListening?.();
    stopListening = undefined;
  };
}

/**
 * Called on the signal that ends the program; gives what ends it by that signal, as if nobody had listened. Until then,
 * the time that the card takes for its answer, the signal is kept from ending it; but one more is somebody who will not
 * wait.
 */
function endBy(signal: NodeJS.Signals): () => void {
  const since = performance.now();
  const onSignal = () => {
    if (performance.now() - since > SAME_SIGNAL_MS) end();
  };
  const end = () => {
    process.off(signal, onSignal);
    // Windows makes SIGHUP when a console window closes, and has no way to send one.
    process.kill(process.pid, process.platform === 'win32' && signal === 'SIGHUP' ? 'SIGINT' : signal);
  };
  process.on(signal, onSignal);
  return end;
}
