import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import type { CertificateFile } from '../../src/jpki/files.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { replayTranscript } from '../../src/transcript/index.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { saved } from '../support/issued.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const SIGN = '001b';

const CARD = () => ['--virtual', file('card.json')];
const json = (text: string) => JSON.parse(text);
const stateOf = (name: string) => json(readFileSync(file(name), 'utf8'));
const triesLeft = (pin: string): number => stateOf('card.json').applications.jpki[pin].triesLeft;

/** What the card itself holds. */
async function derOf(name: CertificateFile): Promise<Uint8Array> {
  const card = VirtualCard.fromJSON(stateOf('card.json'));
  await using applet = await JpkiApplet.select(card.connect());
  if (name === 'sign') await applet.verifyPin('sign', 'VIRTUAL1');
  return applet.readCertificateDer(name);
}

beforeEach(async () => {
  await writeCard(file('card.json'));
});

describe('jpki status --json', () => {
  it('gives reader, token, PINs and certificates under stable keys', async () => {
    const { status, stdout, stderr } = await jpki(['status', '--json', ...CARD()]);
    expect(JSON.parse(stdout).certificates.auth.expiry).toMatchObject({ state: 'valid', remarks: [] });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const auth = JpkiCertificate.parse(await derOf('auth'));
    expect(json(stdout)).toMatchObject({
      reader: 'Virtual card',
      atr: '3be000ff8131fe4514',
      virtual: true,
      token: { label: 'JPKIAPICCTOKEN2', kind: 'card' },
      pins: {
        auth: { triesLeft: 3, maxTries: 3, locked: false },
        sign: { triesLeft: 5, maxTries: 5, locked: false },
      },
      certificates: {
        auth: {
          present: true,
          read: true,
          state: 'valid',
          notAfter: auth.notAfter.toISOString(),
          fingerprintSha256: auth.fingerprintSha256,
          trusted: false,
          virtual: true,
        },
        sign: { present: true, read: false, state: 'not-read' },
      },
      ways: [],
    });
  });

  it('names the ways out of a locked PIN, and the other PINs when asked', async () => {
    await writeCard(file('card.json'), { [SIGN]: 0 });
    const { stdout } = await jpki(['status', '--json', '--all-pins', ...CARD()]);
    const { pins, ways, otherPins } = json(stdout);
    expect(pins.sign).toEqual({ triesLeft: 0, maxTries: 5, locked: true });
    expect(ways.map(({ pin, way }: { pin: string; way: string }) => [pin, way])).toEqual([
      ['sign', 'kiosk'],
      ['sign', 'counter'],
    ]);
    expect(otherPins).toHaveLength(7);
    expect(otherPins[0]).toMatchObject({ application: 'registry', triesLeft: 3, maxTries: 3 });
  });
});

describe('jpki status', () => {
  const screen = async (quirks: object, state = stateOf('card.json'), args: readonly string[] = []) => {
    await writeCard(file('odd.json'), {}, { ...state, quirks });
    const run = await jpki(['status', '--lang', 'en', ...args, '--virtual', file('odd.json')]);
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    return run.stdout.replace(/\s+/g, ' ');
  };

  it('names a 住民基本台帳カード as the other card that it is', async () => {
    // It has a signature certificate only.
    const quirks = { absentFiles: ['jpki/000a'] };
    const card = await VirtualCard.issue({ authority: saved().authority, token: 'older-card', quirks });
    await writeCard(file('odd.json'), {}, card.toJSON());
    for (const [lang, words] of [
      ['en', 'Basic Resident Register Card'],
      ['ja', '住民基本台帳カード'],
    ] as const) {
      const { stdout } = await jpki(['status', '--lang', lang, '--virtual', file('odd.json')]);
      expect(stdout).toContain(words);
    }
    const { stdout } = await jpki(['status', '--json', '--virtual', file('odd.json')]);
    expect(json(stdout).token.kind).toBe('juki-card');
  });

  it.each([
    ['token information', ['jpki/0006'], 'Kind of a kind that is not known here'],
    ['certificate availability', ['jpki/0008'], 'Signature the card does not say whether it has one'],
    ['signature PIN', ['jpki/001b'], 'Signature PIN not on this card'],
    ['user authentication PIN', ['jpki/0018'], 'User authentication PIN not on this card'],
    ['CA certificate', ['jpki/000b'], 'User authentication until'],
  ])('reports the rest of a card without its %s', async (_what, absentFiles, words) => {
    const text = await screen({ absentFiles }, undefined, ['--all-pins']);
    expect(text).toContain(words);
    expect(text).toMatch(/\d of \d tries left/);
    expect(text).toContain('issued by the virtual card itself');
  });

  it('reports the rest where a reader brings no data at all', async () => {
    const text = await screen({ longestRead: 1, longRead: 0x9000 });
    expect(text).toContain('3 of 3 tries left');
    expect(text).toContain('User authentication could not be read');
    expect(text).toContain('Reads of 2048, 256, 240, 192, 128, 64, 32 bytes were tried');
    expect(text).not.toContain('on this card');
    expect(text).not.toContain('on the card');
    const { stdout } = await jpki(['status', '--json', '--virtual', file('odd.json')]);
    expect(json(stdout).certificates.auth).toMatchObject({ present: null, read: false, state: 'not-read' });
  });

  it('reports the rest of a card without either PIN, which jpki doctor calls a problem', async () => {
    const text = await screen({ absentFiles: ['jpki/0018', 'jpki/001b'] });
    expect(text).toContain('User authentication PIN not on this card Signature PIN not on this card');
    expect(text).toContain('issued by the virtual card itself');
    const { status, stdout } = await jpki(['doctor', '--json', '--virtual', file('odd.json')]);
    expect(status).toBe(1);
    expect(json(stdout).checks.at(-1)).toMatchObject({ name: 'applet', state: 'problem' });
  });

  it('shows both numbers of the resident registry PIN where they differ, and is locked where either is', async () => {
    for (const [application, words] of [
      ['common', 'LOCKED resident registry application: 3 of 3 tries left common application: LOCKED'],
      ['registry', 'LOCKED resident registry application: LOCKED common application: 3 of 3 tries left'],
    ] as const) {
      const state = stateOf('card.json');
      state.applications[application]['001c'].triesLeft = 0;
      expect(await screen({}, state, ['--all-pins'])).toContain(`Resident registry PIN ${words}`);
      // The locked reference of the card input support application, which guards nothing, is not among them.
      const { stdout } = await jpki(['status', '--json', '--all-pins', '--virtual', file('odd.json')]);
      const locked = json(stdout).otherPins.filter((pin: { locked: boolean }) => pin.locked);
      expect(locked.map((pin: { application: string }) => pin.application)).toEqual(['registry']);
    }
    expect(await screen({}, undefined, ['--all-pins'])).toContain(
      'Resident registry PIN 3 of 3 tries left Card',
    );
  });
});

describe('a reader that loses the card over an extended-length read', () => {
  it('is told as that, and carries the card with --short-reads', async () => {
    await writeCard(file('odd.json'), {}, { ...stateOf('card.json'), quirks: { extendedLength: 'resets' } });
    const args = ['cert', 'show', 'auth-ca', '--lang', 'en', '--virtual', file('odd.json')];
    const { status, stderr } = await jpki(args);
    expect(status).not.toBe(0);
    expect(stderr).toContain('The card was reset in an extended-length read');
    expect(stderr).toContain('--short-reads');
    expect((await jpki([...args, '--short-reads'])).status).toBe(0);
  });
});

describe('--virtual', () => {
  const fingerprint = async (...args: string[]): Promise<string> =>
    json((await jpki(['status', '--json', ...args])).stdout).certificates.auth.fingerprintSha256;

  it('shows the same card each time without a file, as new, and one with keys of its own in a new file', async () => {
    writeFileSync(file('wrong'), '0000', { mode: 0o600 });
    const wrong = await jpki(['pin', 'verify', 'auth', '--pin-file', file('wrong'), '--virtual']);
    expect(wrong.status).toBe(4);
    const { stdout } = await jpki(['status', '--json', '--virtual']);
    expect(json(stdout).pins.auth.triesLeft).toBe(3);
    const shown = await fingerprint('--virtual');
    expect(await fingerprint('--virtual')).toBe(shown);
    expect(await fingerprint('--virtual', file('new-card.json'))).not.toBe(shown);
  });
});

describe('a hostile card', () => {
  it('cannot steer the terminal with what it calls itself', async () => {
    const card = stateOf('card.json');
    const label = Buffer.alloc(160, ' ');
    label.write('\u001b]0;owned\u0007\u001b[2J\u009b31m', 'latin1');
    card.applications.jpki['0006'].content = label.toString('base64');
    await writeCard(file('hostile.json'), {}, card);
    for (const args of [
      ['status', '--all-pins'],
      ['status', '--json'],
      ['doctor'],
      ['status', '--all-pins', '--debug'],
    ]) {
      const { status, stdout, stderr } = await jpki([...args, '--virtual', file('hostile.json')]);
      expect(status).toBe(0);
      expect(stdout + stderr).toContain('owned');
      expect(stdout + stderr).not.toMatch(/[^\n\P{Cc}]/u);
    }
  });
});

describe('jpki cert show and export', () => {
  it.each(['auth', 'sign', 'auth-ca', 'sign-ca'])(
    'say that a certificate is absent where its file is, and the availability too: %s',
    async (name) => {
      const absentFiles = ['jpki/0001', 'jpki/0002', 'jpki/000a', 'jpki/000b', 'jpki/0008'];
      await writeCard(file('odd.json'), {}, { ...stateOf('card.json'), quirks: { absentFiles } });
      for (const command of ['show', 'export']) {
        const args = ['cert', command, name, '--json', '--pin-file', '-', '--virtual', file('odd.json')];
        const { stderr } = await jpki(args, { input: name === 'sign' ? 'VIRTUAL1' : '1234' });
        expect(json(stderr).error.code).toBe('CERTIFICATE_ABSENT');
      }
    },
  );
});

describe('jpki cert export', () => {
  it.each(['auth', 'auth-ca', 'sign-ca'] as const)(
    'gives %s as the card has it, PEM and DER',
    async (name) => {
      const der = await derOf(name);
      const { stdout } = await jpki(['cert', 'export', name, ...CARD()]);
      expect(stdout).toBe(JpkiCertificate.parse(der).toPem());
      await jpki(['cert', 'export', name, '--format', 'der', '--out', file(`${name}.cer`), ...CARD()]);
      expect(toHex(readFileSync(file(`${name}.cer`)))).toBe(toHex(der));
    },
  );

  it('gives the signature certificate after its PIN', async () => {
    const args = ['cert', 'export', 'sign', '--pin-file', '-', '--json', ...CARD()];
    const { stdout } = await jpki(args, { input: 'VIRTUAL1\n' });
    expect(json(stdout).pem).toBe(JpkiCertificate.parse(await derOf('sign')).toPem());
  });

  it('does not ask for a PIN where there is no certificate behind it', async () => {
    const child = await VirtualCard.issue({ authority: saved().authority, signatureCertificate: false });
    await writeCard(file('child.json'), {}, child.toJSON());
    writeFileSync(file('order.txt'), 'an order');
    for (const args of [
      ['cert', 'show', 'sign'],
      ['sign', file('order.txt')],
    ]) {
      const words = [...args, '--virtual', file('child.json'), '--json', '--pin-file', '-'];
      const { status, stderr } = await jpki(words, { input: 'WRONG123' });
      expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'CERTIFICATE_ABSENT' });
    }
    expect(stateOf('child.json').applications.jpki[SIGN].triesLeft).toBe(5);
  });
});

describe('jpki record', () => {
  it('writes a transcript that replays and names nobody, and no file over another', async () => {
    const args = ['record', file('card.txt'), ...CARD()];
    expect((await jpki(args)).status).toBe(0);
    const text = readFileSync(file('card.txt'), 'utf8');
    const subject = String(JpkiCertificate.parse(await derOf('auth')).subject).split('CN=')[1] ?? '?';
    expect(text).not.toContain(toHex(new TextEncoder().encode(subject)).toUpperCase());
    const applet = await JpkiApplet.select(replayTranscript(text));
    expect((await applet.readStatus()).pins.sign.triesLeft).toBe(5);
    expect((await applet.readTokenInfo()).kind).toBe('card');
    await applet.readCertificateAvailability();
    expect((await applet.readCertificate('auth')).role).toBe('auth');
    expect((await applet.readCertificate('auth-ca')).isCa).toBe(true);
    await applet.close();
    expect(statSync(file('card.txt')).mode & 0o777).toBe(0o600);
    const again = await jpki(args);
    expect(again).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('replaced only with --force'),
    });
  });
});

describe('jpki recover', () => {
  const ways = async (...args: string[]) => {
    const { status, stdout } = await jpki(['recover', '--json', ...args]);
    expect(status).toBe(0);
    return json(stdout).ways.map(({ pin, way }: { pin: string; way: string }) => `${pin} ${way}`);
  };

  it('answers from what the holder says', async () => {
    expect(await ways('--no-card', '--sign', 'locked', '--auth', 'known')).toEqual([
      'sign kiosk',
      'sign counter',
    ]);
    expect(await ways('--no-card', '--sign', 'locked', '--auth', 'forgotten')).toEqual([
      'sign counter',
      'auth counter',
    ]);
    expect(await ways('--no-card', '--auth', 'known')).toEqual(['auth change', 'auth counter']);
  });

  it('believes the card where both speak', async () => {
    await writeCard(file('card.json'), { [AUTH]: 0 });
    expect(await ways('--sign', 'forgotten', '--auth', 'known', ...CARD())).toEqual([
      'sign counter',
      'auth counter',
    ]);
  });

  it('without card and without anything said is a usage error', async () => {
    expect((await jpki(['recover', '--no-card'])).status).toBe(2);
  });
});

describe('jpki doctor --virtual', () => {
  it('says what works, check by check', async () => {
    const { status, stdout } = await jpki(['doctor', '--json', ...CARD()]);
    expect(status).toBe(0);
    const { ok, checks } = json(stdout);
    expect(ok).toBe(true);
    expect(checks.map(({ name, state }: { name: string; state: string }) => [name, state])).toEqual([
      ['package', 'ok'],
      ['applet', 'ok'],
    ]);
  });

  it('says what does not, and what to do', async () => {
    const card = VirtualCard.fromJSON({ ...stateOf('card.json'), quirks: { absentApplications: ['jpki'] } });
    await writeCard(file('foreign.json'), {}, card.toJSON());
    const { status, stdout } = await jpki(['doctor', '--virtual', file('foreign.json')]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^PROBLEM +JPKI +This card has no JPKI application\.\n +Next: \S/m);
  });
});

describe('the state file of a virtual card', () => {
  it('is made when absent, for its owner alone, and nothing is left beside it', async () => {
    const path = file('new.json');
    expect((await jpki(['readers', '--virtual', path])).status).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(json(readFileSync(path, 'utf8')).format).toBe('jpki-card-virtual');
    expect(readdirSync(file('.')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('may be a link, which stays one', async () => {
    symlinkSync(file('card.json'), file('link.json'));
    await jpki(['pin', 'verify', 'auth', '--pin-file', '-', '--virtual', file('link.json')], {
      input: '9999',
    });
    expect(triesLeft(AUTH)).toBe(2);
  });

  it.each(['', '{', '{}', '[]', '{"format":"jpki-card-virtual","version":2}'])(
    'that holds %j is left alone',
    async (content) => {
      writeFileSync(file('broken.json'), content);
      const { status, stderr } = await jpki(['status', '--virtual', file('broken.json'), '--json']);
      expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'FILE' });
      expect(readFileSync(file('broken.json'), 'utf8')).toBe(content);
    },
  );
});

describe('a PIN file', () => {
  it.each([
    [
      'ends in half a character',
      Buffer.from([...Buffer.from('VIRTUAL1'), 0xe3, 0x81]),
      { status: 4, code: 'PIN_FORMAT' },
    ],
    [
      'holds two PINs with line ends of another system',
      Buffer.from('VIRT\rUAL1'),
      { status: 1, code: 'FILE' },
    ],
  ])('that %s is refused, and no try is spent', async (_name, bytes, expected) => {
    writeFileSync(file('pin'), bytes, { mode: 0o600 });
    const { status, stderr } = await jpki([
      'pin',
      'verify',
      'sign',
      '--json',
      '--pin-file',
      file('pin'),
      ...CARD(),
    ]);
    expect({ status, code: json(stderr).error.code }).toEqual(expected);
    expect(triesLeft(SIGN)).toBe(5);
  });

  it('with line ends of Windows is read', async () => {
    writeFileSync(file('pin'), 'VIRTUAL1\r\n', { mode: 0o600 });
    expect((await jpki(['pin', 'verify', 'sign', '--pin-file', file('pin'), ...CARD()])).status).toBe(0);
  });

  it('whose name is a PIN typed by mistake is not said back, also not with --debug', async () => {
    const { status, stdout, stderr } = await jpki([
      'pin',
      'verify',
      'sign',
      '--debug',
      '--pin-file',
      'MISTYPED7',
      ...CARD(),
    ]);
    expect(status).toBe(1);
    expect(stdout + stderr).not.toContain('MISTYPED7');
  });
});
