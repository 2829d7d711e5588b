/**
 * Signals that end Node.js where nothing listens (measured on Linux; https://nodejs.org/api/process.html#signal-events).
 * Not among them: a fault of the process itself (SIGSEGV, SIGBUS, SIGFPE, SIGILL), after which no JavaScript may run;
 * SIGPROF, which a profiler sends; SIGPIPE and SIGXFSZ, which Node.js ignores. A system that lacks one never sends it.
 */
export const ENDING_SIGNALS = [
  ...(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGBREAK', 'SIGABRT', 'SIGALRM', 'SIGVTALRM'] as const),
  ...(['SIGXCPU', 'SIGUSR2', 'SIGTRAP', 'SIGSYS', 'SIGIO', 'SIGPWR', 'SIGSTKFLT'] as const),
] as const;
