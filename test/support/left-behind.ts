/**
 * The unit tests run file after file in one process: what one leaves behind in it (a variable that switches a trace on, a
 * listener for a signal) is found by whichever happens to come next. So the file that leaves it fails.
 */
import createDebug from 'debug';
import { afterAll, beforeAll, expect } from 'vitest';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGTSTP', 'SIGCONT', 'exit', 'beforeExit'];

const ofProcess = () => ({
  variables: { ...process.env },
  directory: process.cwd(),
  exitCode: process.exitCode,
  listeners: SIGNALS.map((name) => `${name} ${process.listenerCount(name)}`),
  trace: createDebug.log,
});

let before: ReturnType<typeof ofProcess>;
beforeAll(() => {
  before = ofProcess();
});
afterAll(() => expect(ofProcess()).toEqual(before));
