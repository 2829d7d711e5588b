/**
 * Preloaded into a process whose memory a test searches: at its exit it says on standard error what its id and its exit
 * code are, and stays until it is killed (for a minute at most, in case nobody does). No garbage is collected first: what
 * was not wiped is found for certain then, while memory that was freed is partly written over. While it runs, `gc` lets
 * it move what is on the heap of V8, which leaves the old place as it was.
 */
import { writeSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');

if (isMainThread) {
  process.on('exit', (code) => {
    writeSync(2, `stays: ${process.pid} ${code}\n`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  });
}
