/** Exchanges and wall time of whole programs, ours and OpenSC's, on one virtual card through one PC/SC service. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import { PcscHarness } from '../pcsc/harness.js';
import { missingForPcsc } from '../pcsc/harness-requirements.js';
import { WrappedCard } from '../pcsc/harness-wrapped-card.js';
import { benchBindings } from './bindings.js';
import { median, paired, timed } from './measure.js';

const OURS = fileURLToPath(new URL('./program.mjs', import.meta.url));
const PIN_VARIABLE = 'JPKI_BENCH_PIN';
const READER = ['--reader', '0'];

interface Comparison {
  readonly operation: string;
  readonly title: string;
  /** OpenSC's way, or why it has none. */
  readonly opensc: { tool: string; args: readonly string[]; pin?: string } | string;
}

const input = join(tmpdir(), `jpki-bench-${process.pid}`);

const COMPARISONS: readonly Comparison[] = [
  {
    operation: 'status',
    title: 'status of both PINs',
    opensc: { tool: 'pkcs15-tool', args: [...READER, '--list-pins'] },
  },
  {
    operation: 'certificate-auth',
    title: 'authentication certificate',
    opensc: { tool: 'pkcs15-tool', args: [...READER, '--read-certificate', '1'] },
  },
  {
    operation: 'certificate-sign',
    title: 'signature certificate with its PIN',
    opensc: {
      tool: 'pkcs15-tool',
      args: [...READER, '--read-certificate', '2', '--verify-pin', '--auth-id', '2'],
      pin: VIRTUAL_PINS.sign,
    },
  },
  {
    operation: 'signature',
    title: 'signature with the authentication key, from cold',
    opensc: {
      tool: 'pkcs11-tool',
      args: [
        '--sign',
        '--mechanism',
        'SHA256-RSA-PKCS',
        '--id',
        '01',
        '--login',
        '--input-file',
        input,
        '--output-file',
        '/dev/null',
      ],
      pin: VIRTUAL_PINS.auth,
    },
  },
  { operation: 'cms', title: 'CMS of a small file', opensc: 'makes none' },
];

export async function benchWire(rounds: number): Promise<string[]> {
  const missing = missingForPcsc();
  if (missing !== undefined) return [`Not measured. ${missing}`];
  const noOpensc = missingForPcsc(['pkcs15-tool', 'pkcs11-tool']) !== undefined;
  writeFileSync(input, 'what is signed');
  const pcsc = await PcscHarness.create();
  try {
    await pcsc.start();
    const card = new WrappedCard(await VirtualCard.issue());
    const session = await connectVpcd(card, { port: pcsc.ports[0] });
    const lines = [
      '| operation | exchanges | OpenSC | ratio | wall, ms | OpenSC, ms | ratio |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ];
    const run = async (
      command: string,
      args: readonly string[],
    ): Promise<{ ms: number; exchanges: number }> => {
      const before = card.commands;
      const ms = await timed(async () => {
        const { status, stderr } = await pcsc.run(command, args);
        if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
      });
      return { ms, exchanges: card.commands - before };
    };
    for (const { operation, title, opensc } of COMPARISONS) {
      let ourExchanges = 0;
      let theirExchanges = 0;
      const ours = async (): Promise<number> => {
        const { ms, exchanges } = await run(process.execPath, [OURS, operation, pcsc.readerNames[0]]);
        ourExchanges = exchanges;
        return ms;
      };
      if (typeof opensc === 'string' || noOpensc) {
        const times = [];
        for (let i = 0; i < rounds; i++) times.push(await ours());
        const why = typeof opensc === 'string' ? opensc : 'not installed';
        lines.push(`| ${title} | ${ourExchanges} | ${why} | | ${median(times).toFixed(0)} | | |`);
        continue;
      }
      const { tool, args, pin } = opensc;
      if (pin !== undefined) process.env[PIN_VARIABLE] = pin;
      const pinArgs = pin === undefined ? [] : ['--pin', `env:${PIN_VARIABLE}`];
      const theirs = async (): Promise<number> => {
        const { ms, exchanges } = await run(tool, [...args, ...pinArgs]);
        theirExchanges = exchanges;
        return ms;
      };
      const { a, b, ratio } = await paired(rounds, ours, theirs);
      lines.push(
        `| ${title} | ${ourExchanges} | ${theirExchanges} | ${(ourExchanges / theirExchanges).toFixed(2)} | ${a.toFixed(0)} | ${b.toFixed(0)} | ${ratio.toFixed(2)} |`,
      );
    }
    await session.close();
    lines.push('', ...(await benchBindings(pcsc, await VirtualCard.issue(), rounds)));
    return lines;
  } finally {
    await pcsc.dispose();
  }
}
