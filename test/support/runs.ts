/** How many random cases a test has; `npm run fuzz` says more, others each time. */
export function runsOf(few: number): number {
  return Number(process.env['JPKI_FUZZ_RUNS'] ?? few);
}
