/** `npm run bench`: one run on one machine, printed as Markdown. docs/benchmark.md holds one such run. */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { benchProcess } from './process.js';
import { benchWire } from './wire.js';

const rounds = Number(process.argv[2] ?? 7);

const openscVersion = (): string => {
  try {
    return execFileSync('opensc-tool', ['--info'], { encoding: 'utf8' }).split(' [')[0] ?? '';
  } catch {
    return 'OpenSC not installed';
  }
};

console.log('# Benchmark\n');
console.log(
  [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${type()} ${release()}`,
    `Node.js ${process.version}`,
    openscVersion(),
  ].join(', '),
);
console.log(`Medians of ${rounds} paired runs after a warm-up.\n`);
console.log('## On the wire\n');
console.log('Whole programs on one virtual card through pcscd and vpcd; exchanges counted by the card.\n');
for (const line of await benchWire(rounds)) console.log(line);
console.log('\n## In the process\n');
for (const line of await benchProcess(rounds)) console.log(line);
// pcsclite keeps a handle open when a reader of its own is closed while an event is under way.
process.exit(0);
