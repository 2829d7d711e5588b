/** OpenSC, which knows nothing of this project, takes the virtual card for a real one. */
import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openJpki } from '../../src/jpki/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';

const ROLES = { auth: { id: '01', authId: '1' }, sign: { id: '02', authId: '2' } } as const;

describe.skipIf(requirePcsc(['pkcs15-tool', 'pkcs11-tool', 'openssl']))('OpenSC on the virtual card', () => {
  let pcsc: PcscHarness;
  let folder: string;
  let session: VpcdSession;
  let card: VirtualCard;
  const issued = virtualCard();

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'jpki-opensc-'));
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterAll(async () => {
    await pcsc.dispose();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    card = VirtualCard.fromJSON((await issued).toJSON());
    session = await connectVpcd(card, { port: pcsc.ports[0] });
  });
  afterEach(async () => {
    delete process.env['JPKI_TEST_PIN'];
    await session.close();
  });

  /** PINs go by environment, where OpenSC takes them, and never on a command line. */
  async function opensc(tool: string, args: readonly string[], pin?: string): Promise<Buffer> {
    if (pin !== undefined) process.env['JPKI_TEST_PIN'] = pin;
    const result = await pcsc.run(tool, pin === undefined ? args : [...args, '--pin', 'env:JPKI_TEST_PIN']);
    if (result.status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${result.stderr}`);
    return result.stdout;
  }

  const openReader = () => openJpki({ reader: pcsc.readerNames[0], timeoutMs: 10_000 });

  it('lists the two PINs with their tries', async () => {
    const list = (await opensc('pkcs15-tool', ['--reader', '0', '--list-pins'])).toString();
    const tries = [...list.matchAll(/PIN \[(.+)\][\s\S]*?Tries left\s*:\s*(\d+)/g)].map(([, name, left]) => [
      name,
      left,
    ]);
    expect(tries).toEqual([
      ['User Authentication PIN', '3'],
      ['Digital Signature PIN', '5'],
    ]);
  });

  it('reads all four certificates byte for byte, the signature one with its PIN', async () => {
    const fromOpensc: Record<string, Buffer> = {};
    for (const [file, id, pin] of [
      ['auth', '1', undefined],
      ['sign', '2', VIRTUAL_PINS.sign],
      ['auth-ca', '3', undefined],
      ['sign-ca', '4', undefined],
    ] as const) {
      const asking = pin === undefined ? [] : ['--verify-pin', '--auth-id', '2'];
      const pem = await opensc('pkcs15-tool', ['--reader', '0', '--read-certificate', id, ...asking], pin);
      fromOpensc[file] = new X509Certificate(pem).raw;
    }
    await using applet = await openReader();
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    for (const file of ['auth', 'sign', 'auth-ca', 'sign-ca'] as const) {
      expect(
        Buffer.from(await applet.readCertificateDer(file)).equals(fromOpensc[file] ?? Buffer.alloc(0)),
        file,
      ).toBe(true);
    }
  });

  it('is given random bytes, as many as it asks for', async () => {
    const random = (bytes: string) => opensc('pkcs11-tool', ['--generate-random', bytes]);
    const [first, second] = [await random('100'), await random('100')];
    expect([first.length, second.length]).toEqual([100, 100]);
    expect(first.equals(second)).toBe(false);
  });

  it('finds no error in the test that it has for cards', async () => {
    process.env['JPKI_TEST_PIN'] = VIRTUAL_PINS.auth;
    const arguments_ = ['--test', '--login', '--slot-index', '0', '--pin', 'env:JPKI_TEST_PIN'];
    const { stdout } = await pcsc.run('pkcs11-tool', arguments_);
    // Random numbers, digests and signatures; a failed test is counted in the last line.
    expect(stdout.toString()).toMatch(/C_GenerateRandom\(\):\n.*\n\s*seems to be OK/);
    expect(stdout.toString().trim()).toMatch(/No errors$/);
  });

  it.each(['auth', 'sign'] as const)('signs with the %s key, and openssl verifies it', async (role) => {
    const data = join(folder, 'data');
    const signature = join(folder, 'signature');
    const publicKey = join(folder, 'key.pem');
    writeFileSync(data, 'what is signed');
    await opensc(
      'pkcs11-tool',
      [
        '--sign',
        '--mechanism',
        'SHA256-RSA-PKCS',
        '--id',
        ROLES[role].id,
        '--login',
        '--input-file',
        data,
        '--output-file',
        signature,
        '--slot-index',
        role === 'auth' ? '0' : '1',
      ],
      VIRTUAL_PINS[role],
    );
    await using applet = await openReader();
    await applet.verifyPin('sign', VIRTUAL_PINS.sign);
    const certificate = new X509Certificate(await applet.readCertificateDer(role));
    writeFileSync(publicKey, certificate.publicKey.export({ type: 'spki', format: 'pem' }));
    const { stdout } = await pcsc.run('openssl', [
      'dgst',
      '-sha256',
      '-verify',
      publicKey,
      '-signature',
      signature,
      data,
    ]);
    expect(stdout.toString().trim()).toBe('Verified OK');
  });

  it('makes the same signature as our library through the same service', async () => {
    const data = join(folder, 'data');
    const signature = join(folder, 'signature');
    writeFileSync(data, 'what is signed');
    await opensc(
      'pkcs11-tool',
      [
        '--sign',
        '--mechanism',
        'SHA256-RSA-PKCS',
        '--id',
        '01',
        '--login',
        '--input-file',
        data,
        '--output-file',
        signature,
      ],
      VIRTUAL_PINS.auth,
    );
    await using applet = await openReader();
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    const ours = Buffer.from(await applet.sign('auth', new TextEncoder().encode('what is signed')));
    expect(ours.equals(readFileSync(signature))).toBe(true);
    const certificate = await applet.readCertificate('auth');
    const key = createPublicKey({ key: Buffer.from(certificate.spki), format: 'der', type: 'spki' });
    expect(verify('sha256', Buffer.from('what is signed'), key, ours)).toBe(true);
  });

  it('locks a PIN, which our library then reports, and the other one is untouched', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(
        opensc('pkcs15-tool', ['--reader', '0', '--verify-pin', '--auth-id', '1'], '0000'),
      ).rejects.toThrow();
    }
    await using applet = await openReader();
    const { pins } = await applet.readStatus();
    expect(pins.auth).toMatchObject({ triesLeft: 0, locked: true });
    expect(pins.sign).toMatchObject({ triesLeft: 5, locked: false });
    await expect(applet.verifyPin('auth', VIRTUAL_PINS.auth)).rejects.toMatchObject({ code: 'PIN_LOCKED' });
  });

  it.each(['auth', 'sign'] as const)(
    'verifies the %s PIN that our library changed, and refuses the old one',
    async (role) => {
      const next = role === 'auth' ? '8642' : 'CHANGED7';
      const applet = await openReader();
      await applet.changePin(role, VIRTUAL_PINS[role], next);
      await applet.close();
      const verifyPin = (pin: string) =>
        opensc('pkcs15-tool', ['--reader', '0', '--verify-pin', '--auth-id', ROLES[role].authId], pin);
      await expect(verifyPin(VIRTUAL_PINS[role])).rejects.toThrow();
      await verifyPin(next);
    },
  );
});
