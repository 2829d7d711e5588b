import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/bytes.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import type { CertificateFile } from '../../src/jpki/files.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { verifyLoginToken } from '../../src/signature/index.js';
import { replayTranscript } from '../../src/transcript/index.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const SIGN = '001b';

const CARD = () => ['--virtual', file('card.json')];
const json = (text: string) => JSON.parse(text);
const stateOf = (name: string) => json(readFileSync(file(name), 'utf8'));
const triesLeft = (pin: string): number => stateOf('card.json').applications.jpki[pin].triesLeft;

/** A PIN file that only its owner reads. */
function pinFile(content: string, mode = 0o600): string {
  const path = file(`pin-${content.length}-${mode}`);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

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
    expect(otherPins).toHaveLength(8);
    expect(otherPins[0]).toMatchObject({ application: 'registry', triesLeft: 3, maxTries: 3 });
  });
});

describe('jpki cert export', () => {
  it.each(['auth', 'auth-ca', 'sign-ca'] as const)(
    'gives %s as the card has it, PEM and DER',
    async (name) => {
      const der = await derOf(name);
      const { stdout } = await jpki(['cert', 'export', name, ...CARD()]);
      expect(stdout).toBe(JpkiCertificate.parse(der).toPem());
      await jpki(['cert', 'export', name, '--format', 'der', '--out', file('out.cer'), ...CARD()]);
      expect(toHex(readFileSync(file('out.cer')))).toBe(toHex(der));
    },
  );

  it('gives the signature certificate after its PIN', async () => {
    const args = ['cert', 'export', 'sign', '--pin-file', '-', '--json', ...CARD()];
    const { stdout } = await jpki(args, { input: 'VIRTUAL1\n' });
    expect(json(stdout).pem).toBe(JpkiCertificate.parse(await derOf('sign')).toPem());
  });

  it('does not ask for a PIN where there is no certificate behind it', async () => {
    const child = await VirtualCard.issue({ signatureCertificate: false });
    await writeCard(file('child.json'), {}, child.toJSON());
    for (const args of [
      ['cert', 'show', 'sign'],
      ['sign', file('child.json')],
    ]) {
      const words = [...args, '--virtual', file('child.json'), '--json', '--pin-file', '-'];
      const { status, stderr } = await jpki(words, { input: 'WRONG123' });
      expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'CERTIFICATE_ABSENT' });
    }
    expect(stateOf('child.json').applications.jpki[SIGN].triesLeft).toBe(5);
  });
});

describe('jpki pin', () => {
  const verify = (input: string, ...more: string[]) =>
    jpki(['pin', 'verify', 'auth', '--pin-file', '-', '--json', ...CARD(), ...more], { input });

  it.each(['1234', '1234\n', '1234\r\n', '\ufeff1234\n', '１２３４\n', ' 1234 \n'])(
    'verifies a PIN file of %j',
    async (input) => {
      expect(await verify(input)).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('"verified": true'),
      });
    },
  );

  it('says when it changed what the file holds', async () => {
    const { stderr } = await verify('１２３４\n');
    expect(stderr).toBe(
      'Note: what was entered was turned into the form the card knows (half-width, capital letters, no spaces).\n',
    );
    expect((await verify('1234\n')).stderr).toBe('');
  });

  it('counts down, keeps the last try, spends it only when allowed, and then it is locked', async () => {
    const tell = async (...more: string[]) => {
      const { status, stderr } = await verify('9999', ...more);
      const { code, triesLeft: left, role } = json(stderr).error;
      return [status, code, left, role, triesLeft(AUTH)];
    };
    expect(await tell()).toEqual([4, 'PIN_INCORRECT', 2, 'auth', 2]);
    expect(await tell()).toEqual([4, 'PIN_INCORRECT', 1, 'auth', 1]);
    expect(await tell()).toEqual([5, 'PIN_LAST_TRY', 1, 'auth', 1]);
    expect(await tell('--allow-last-try')).toEqual([5, 'PIN_INCORRECT', 0, 'auth', 0]);
    expect(await tell('--allow-last-try')).toEqual([5, 'PIN_LOCKED', 0, 'auth', 0]);
  });

  it.each(['', '\n', '123', 'abcd', '12345', '1234\n5678', '1234\n\n'])(
    'sends nothing for a PIN file of %j',
    async (input) => {
      const { status, stdout, stderr } = await verify(input);
      expect([1, 4]).toContain(status);
      expect(stdout).toBe('');
      expect(['PIN_FORMAT', 'FILE']).toContain(json(stderr).error.code);
      expect(triesLeft(AUTH)).toBe(3);
    },
  );

  it('reads no more of a PIN file than a PIN can take', async () => {
    const { status, stderr } = await verify('1'.repeat(5000));
    expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'FILE' });
    const endless = await jpki(['pin', 'verify', 'auth', '--pin-file', '/dev/zero', '--json', ...CARD()]);
    expect(json(endless.stderr).error.code).toBe('FILE');
  });

  it('stops waiting for a PIN file when it is interrupted', async () => {
    const args = ['pin', 'verify', 'auth', '--pin-file', '-', '--json', ...CARD()];
    const { status, stderr } = await jpki(args, { input: '12', signal: AbortSignal.timeout(10) });
    expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'ABORTED' });
    expect(triesLeft(AUTH)).toBe(3);
  });

  it('warns of a PIN file that others can read, and uses it', async () => {
    const args = (path: string) => ['pin', 'verify', 'auth', '--pin-file', path, ...CARD()];
    expect((await jpki(args(pinFile('1234\n', 0o644)))).stderr).toMatch(
      /^Warning: others .* "chmod 600" it\.\n$/,
    );
    expect(await jpki(args(pinFile('1234\n', 0o600)))).toMatchObject({ status: 0, stderr: '' });
  });

  it('never says the path of a PIN file back', async () => {
    const { status, stderr } = await jpki(['pin', 'verify', 'auth', '--pin-file', file('8642'), ...CARD()]);
    expect(status).toBe(1);
    expect(stderr).not.toContain('8642');
  });

  it('asks on a terminal only: between pipes it says how to give the PIN', async () => {
    for (const args of [
      ['pin', 'verify', 'auth'],
      ['pin', 'change', 'auth'],
      ['cert', 'show', 'sign'],
    ]) {
      const { status, stderr } = await jpki([...args, ...CARD()], { input: '1234\n' });
      expect(status).toBe(2);
      expect(stderr).toContain('--pin-file');
    }
    expect(triesLeft(AUTH)).toBe(3);
  });

  it('changes a PIN from two lines, or from two files', async () => {
    const change = (...more: string[]) => jpki(['pin', 'change', 'sign', ...CARD(), ...more]);
    expect((await change('--pin-file', pinFile('VIRTUAL1\nNEWPIN77\n'))).status).toBe(0);
    expect(
      (await change('--pin-file', pinFile('NEWPIN77'), '--new-pin-file', pinFile('OTHER888\n'))).status,
    ).toBe(0);
    const check = (pin: string) =>
      jpki(['pin', 'verify', 'sign', '--pin-file', '-', ...CARD()], { input: pin });
    expect((await check('OTHER888')).status).toBe(0);
    expect((await check('NEWPIN77')).status).toBe(4);
  });

  it.each([
    ['VIRTUAL1\nLETTERS\n', 'PIN_FORMAT', 4],
    ['VIRTUAL1\nVIRTUAL1\n', 'PIN_FORMAT', 4],
    ['VIRTUAL1\n', 'FILE', 1],
    ['VIRTUAL1\nNEWPIN77\nNEWPIN77\n', 'FILE', 1],
  ])('changes nothing, and sends nothing, for %j', async (input, code, exit) => {
    const args = ['pin', 'change', 'sign', '--pin-file', '-', '--json', ...CARD()];
    const { status, stderr } = await jpki(args, { input });
    expect({ status, code: json(stderr).error.code }).toEqual({ status: exit, code });
    expect(triesLeft(SIGN)).toBe(5);
  });

  it.each([
    [['--new-pin-file', '-'], 'needs --pin-file'],
    [['--pin-file', '-', '--new-pin-file', '-'], 'only one of the two'],
  ])('refuses %j as a usage error', async (more, message) => {
    const { status, stderr } = await jpki(['pin', 'change', 'auth', ...more, ...CARD()], {
      input: '1234\n5678',
    });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('jpki sign and verify', () => {
  beforeAll(() => writeFileSync(file('contract.txt'), '契約書\n'));
  const sign = (...more: string[]) =>
    jpki(['sign', file('contract.txt'), '--pin-file', pinFile('VIRTUAL1'), ...CARD(), ...more]);
  const verify = async (path: string, ...more: string[]) => {
    const { status, stdout } = await jpki(['verify', path, '--json', ...more]);
    const { valid, findings, signers } = json(stdout);
    return { status, valid, codes: findings.map(({ code }: { code: string }) => code), signers };
  };

  it('make and accept a detached signature beside its file', async () => {
    expect((await sign()).status).toBe(0);
    const good = await verify(file('contract.txt.p7s'), ...CARD());
    expect(good).toMatchObject({ status: 0, valid: true, codes: [] });
    expect(good.signers[0].holder.name).toBe('仮想　見本子');
  });

  it('do not take a virtual card for one of J-LIS', async () => {
    await sign();
    expect(await verify(file('contract.txt.p7s'))).toMatchObject({
      status: 1,
      valid: false,
      codes: ['ISSUER_NOT_ANCHORED'],
    });
  });

  it('refuse a file that was changed, and another file', async () => {
    await sign();
    writeFileSync(file('other.txt'), '別の契約書\n');
    const other = await verify(file('contract.txt.p7s'), '--content', file('other.txt'), ...CARD());
    expect(other).toMatchObject({ status: 1, valid: false, codes: ['MESSAGE_DIGEST'] });
  });

  it('put the content into the signature, and take it out once it is verified', async () => {
    await sign('--attached', '--out', file('contract.p7m'));
    const { status } = await verify(file('contract.p7m'), '--out', file('out.txt'), ...CARD());
    expect(status).toBe(0);
    expect(readFileSync(file('out.txt'), 'utf8')).toBe('契約書\n');
    const refused = await verify(file('contract.p7m'), '--out', file('unproven.txt'));
    expect(refused.status).toBe(1);
    expect(existsSync(file('unproven.txt'))).toBe(false);
  });

  it('never write over the file that is signed, and look before a PIN is asked for', async () => {
    expect((await sign('--out', file('contract.txt'))).status).toBe(2);
    expect((await sign('--out', file('no/such/folder.p7s'))).status).toBe(1);
    const absent = ['sign', file('absent.txt'), '--pin-file', '-', ...CARD()];
    expect((await jpki(absent, { input: 'WRONG123' })).stderr).toContain('there is no such file or folder');
    expect(triesLeft(SIGN)).toBe(5);
  });

  it('say that what is no signature is none', async () => {
    const { status, stderr } = await jpki(['verify', file('contract.txt'), '--json']);
    expect({ status, code: json(stderr).error.code }).toEqual({ status: 1, code: 'SIGNATURE_INVALID' });
  });
});

describe('jpki login-token', () => {
  it('makes a token that a server accepts for its audience and nonce', async () => {
    const args = [
      'login-token',
      '--audience',
      'https://a.example',
      '--nonce',
      'n-1',
      '--pin-file',
      '-',
      ...CARD(),
    ];
    const { status, stdout } = await jpki(args, { input: '1234' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const sha256 = JpkiCertificate.parse(await derOf('auth-ca')).fingerprintSha256;
    const anchors = [{ name: 'virtual', purpose: 'auth', sha256 }] as const;
    const verdict = await verifyLoginToken(stdout.trim(), {
      audience: 'https://a.example',
      nonce: 'n-1',
      anchors,
    });
    expect(verdict.valid).toBe(true);
  });

  it('needs both', async () => {
    const { status, stderr } = await jpki(['login-token', '--nonce', 'x', '--pin-file', '-', ...CARD()]);
    expect(status).toBe(2);
    expect(stderr).toContain('--audience');
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
      status: 1,
      stderr: expect.stringContaining('a file of that name already'),
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
