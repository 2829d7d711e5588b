/** The text on the virtual card as opensc-explorer reads it, which knows nothing of this project, and as a program does through the service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CardText, verifyCardText } from '../../src/card-text/index.js';
import { changeRegistryPin, JpkiApplet, openJpki, readCardRecord } from '../../src/jpki/index.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { ascii, send, virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

const TEXT = '00A4040C0AD3921000310001010408';
const COMMON = '00A4040C0AD3921000310001010100';
const VERIFY = `0020009104${ascii(VIRTUAL_PINS['input-support'])}`;

describe.skipIf(requirePcsc(['opensc-explorer']))('the text on the card, through the PC/SC service', () => {
  let pcsc: PcscHarness;
  let folder: string;
  let session: VpcdSession;
  let card: VirtualCard;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jpki-text-'));
    pcsc = await PcscHarness.create();
    await pcsc.start();
    card = VirtualCard.fromJSON((await virtualCard()).toJSON());
    session = await connectVpcd(card, { port: pcsc.ports[0] });
  });
  afterAll(async () => {
    await session?.close();
    await pcsc.dispose();
    rmSync(folder, { recursive: true });
  });

  /** What each APDU of a script is answered: data and status word, in hexadecimal. */
  async function explore(commands: readonly string[]): Promise<string[]> {
    const script = join(folder, 'script');
    writeFileSync(script, `${commands.map((command) => `apdu ${command}`).join('\n')}\n`, { mode: 0o600 });
    // The card has no master file, which is what it would select at its start.
    const { status, stdout, stderr } = await pcsc.run('opensc-explorer', [
      ...['--reader', '0', '--card-driver', 'default', '--mf', `aid:${COMMON.slice(10)}`, script],
    ]);
    if (status !== 0) throw new Error(`opensc-explorer: ${stderr}`);
    return stdout
      .toString('latin1')
      .split(/Sending: /)
      .slice(1)
      .map((answer) => {
        const [, sw1 = '', sw2 = ''] = /SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})/.exec(answer) ?? [];
        // Sixteen bytes a line, then the same as text.
        const lines = answer.split('\n').slice(1);
        const data = lines.map((line) => /^(?:[0-9A-F]{2} ){1,16}/.exec(line.slice(0, 48))?.[0] ?? '');
        return `${data.join('').replaceAll(' ', '')}${sw1}${sw2}`.toLowerCase();
      });
  }

  it('is read byte for byte by opensc-explorer, after the PIN, and refused before', async () => {
    const reads = [
      '00B0810011',
      '00B0820000',
      '00B0830000',
      '00B0010000',
      '00B0840000',
      '00B0010000',
      '00B0850000',
    ];
    const before = await explore([TEXT, ...reads.slice(0, 3)]);
    expect(before).toEqual(['9000', '6982', '6982', '6982']);
    const answers = await explore([TEXT, VERIFY, ...reads]);
    const copy = VirtualCard.fromJSON(card.toJSON());
    expect(answers).toEqual([TEXT, VERIFY, ...reads].map((command) => send(copy, command)));
    // And what they are, by the table of docs/card.md.
    expect(answers[2]).toBe(`ff100c${ascii('999999999999')}ffff9000`);
    expect(Buffer.from(answers[3] ?? '', 'hex').toString()).toContain('仮想　見本子');

    await using text = await CardText.select(await connectCard({ reader: pcsc.readerNames[0] }));
    await text.verifyPin(VIRTUAL_PINS['input-support']);
    const { file } = await text.readAttributes();
    expect(`${Buffer.from(file).toString('hex')}9000`).toBe(answers[3]);
    using number = await text.readMyNumber();
    expect(`${Buffer.from(number.file).toString('hex')}9000`).toBe(answers[2]);
    const proof = await text.readProof();
    const whole = (first: number) => `${answers[first]?.slice(0, -4)}${answers[first + 1]?.slice(0, -4)}`;
    expect(Buffer.from(proof.proof).toString('hex')).toBe(whole(4));
    expect(Buffer.from(proof.certificate).toString('hex').slice(0, 1024)).toBe(whole(6));
    const verdict = await verifyCardText(proof, { attributes: file, issuers: card.textIssuers });
    expect(verdict.matches).toBe(true);
  });

  it("the card's record too", async () => {
    const answers = await explore([COMMON, '00A4020C020001', '00B2010400']);
    const record = Buffer.from(answers[2] ?? '', 'hex');
    expect(record.subarray(0, 2).toString('hex')).toBe('011c');
    await using applet = await openJpki({ reader: pcsc.readerNames[0], timeoutMs: 10_000 });
    const { expiry, municipalityCode } = (await readCardRecord(applet.connection)) ?? {};
    expect(record.subarray(17, 30).toString()).toBe(`${municipalityCode}${expiry?.iso.replaceAll('-', '')}`);
  });

  it('a PIN that is verified is gone when the program is, and a changed one holds', async () => {
    const connection = await connectCard({ reader: pcsc.readerNames[0] });
    const applet = await JpkiApplet.select(connection);
    await changeRegistryPin(connection, VIRTUAL_PINS.registry, '8642');
    const text = await CardText.select(connection);
    await text.verifyPin(VIRTUAL_PINS['input-support']);
    await applet.close();
    expect(await explore([TEXT, '00B0820000'])).toEqual(['9000', '6982']);
    const verify = `0020009C04${ascii('8642')}`;
    for (const aid of ['00A4040C0AD3921000310001010401', COMMON])
      expect(await explore([aid, verify])).toEqual(['9000', '9000']);
  });
});
