/**
 * Records fixtures/ anew: `npm run fixtures`. The virtual card is in a real PC/SC service (pcscd with vpcd); our
 * programs reach it through pcsclite and are recorded at their connection, OpenSC's are recorded at the card.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordTranscript } from '../../src/transcript/index.js';
import { TranscriptRecorder } from '../../src/transcript/record.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd } from '../../src/virtual/vpcd.js';
import { PROGRAMS } from '../support/programs.js';
import { PcscHarness } from './harness.js';
import { WrappedCard } from './harness-wrapped-card.js';

const FOLDER = new URL('../../fixtures/', import.meta.url);

const OPENSC: readonly {
  name: string;
  about: string;
  tool: string;
  args: readonly string[];
  pin?: string;
}[] = [
  { name: 'opensc-list-pins', about: 'pkcs15-tool --list-pins', tool: 'pkcs15-tool', args: ['--list-pins'] },
  {
    name: 'opensc-read-certificate-auth',
    about: 'pkcs15-tool --read-certificate 1',
    tool: 'pkcs15-tool',
    args: ['--read-certificate', '1'],
  },
  {
    name: 'opensc-read-certificate-sign',
    about: 'pkcs15-tool --read-certificate 2 --verify-pin --auth-id 2',
    tool: 'pkcs15-tool',
    args: ['--read-certificate', '2', '--verify-pin', '--auth-id', '2'],
    pin: VIRTUAL_PINS.sign,
  },
  {
    name: 'opensc-sign-auth',
    about: 'pkcs11-tool --sign --mechanism SHA256-RSA-PKCS --id 01 --login',
    tool: 'pkcs11-tool',
    args: [
      '--sign',
      '--mechanism',
      'SHA256-RSA-PKCS',
      '--id',
      '01',
      '--login',
      '--input-file',
      fileURLToPath(import.meta.url),
      '--output-file',
      '/dev/null',
    ],
    pin: VIRTUAL_PINS.auth,
  },
];

function write(name: string, about: string, text: string): void {
  const [first = '', ...rest] = text.split('\n');
  const comment = [
    `# ${about}.`,
    '# Recorded from the virtual card in pcscd with vpcd; its holder does not exist.',
  ];
  writeFileSync(new URL(`${name}.txt`, FOLDER), [first, ...comment, ...rest].join('\n'));
}

/** Commands and answers recorded where the card is, because the program is not ours. */
class RecordedCard extends WrappedCard {
  constructor(
    card: VirtualCard,
    private readonly recorder: TranscriptRecorder,
  ) {
    super(card);
  }

  protected override answer(command: Uint8Array): Uint8Array {
    const exchange = this.recorder.send(command);
    const response = super.answer(command);
    exchange.answer(response);
    return response;
  }
}

const pcsc = await PcscHarness.create();
try {
  await pcsc.start();
  mkdirSync(FOLDER, { recursive: true });
  for (const file of readdirSync(FOLDER)) if (file.endsWith('.txt')) rmSync(new URL(file, FOLDER));

  for (const { name, about, card, redact, run } of PROGRAMS) {
    const session = await connectVpcd(await VirtualCard.issue(card), { port: pcsc.ports[0] });
    const recording = recordTranscript(await connectCard({ reader: pcsc.readerNames[0] }), { redact });
    await run(recording);
    write(name, about[0]?.toUpperCase() + about.slice(1), recording.text());
    await session.close();
  }

  for (const { name, about, tool, args, pin } of OPENSC) {
    const card = await VirtualCard.issue();
    const recorder = new TranscriptRecorder(
      { readerName: pcsc.readerNames[0], atr: card.atr, exclusive: false },
      'personal',
    );
    const recorded = new RecordedCard(card, recorder);
    const session = await connectVpcd(recorded, { port: pcsc.ports[0] });
    process.env['JPKI_FIXTURE_PIN'] = pin ?? '';
    const pinArgs = pin === undefined ? [] : ['--pin', 'env:JPKI_FIXTURE_PIN'];
    const readerArgs = tool === 'pkcs15-tool' ? ['--reader', '0'] : [];
    const { status, stderr } = await pcsc.run(tool, [...readerArgs, ...args, ...pinArgs]);
    if (status !== 0) throw new Error(`${about}: ${stderr}`);
    await session.close();
    write(name, `What OpenSC sends for "${about}"`, recorder.text());
  }
} finally {
  await pcsc.dispose();
}
