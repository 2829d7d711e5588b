import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CMS } from '../../src/asn1/oid.js';
import { JpkiCertificate } from '../../src/certificate/index.js';
import { messageIn } from '../../src/cli/signed-message.js';
import { JpkiApplet } from '../../src/jpki/index.js';
import { verifyLoginToken } from '../../src/signature/index.js';
import { VirtualCard } from '../../src/virtual/index.js';
import { openssl, skipWithoutOpenssl } from '../openssl/openssl.js';
import { pdfOf } from '../pdf/documents.js';
import { implicitSetOf, nullValue, time } from '../signature/der-write.js';
import { attribute, authority, craftCms, type SignerCraft, signerOf } from '../signature/support.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const CARD = () => ['--virtual', file('card.json')];
const json = (text: string) => JSON.parse(text);
const stateOf = (name: string) => json(readFileSync(file(name), 'utf8'));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

beforeAll(async () => {
  await writeCard(file('card.json'));
  writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
  writeFileSync(file('contract.txt'), '契約書\n');
});

describe('jpki sign and verify', () => {
  const sign = (...more: string[]) =>
    jpki(['sign', file('contract.txt'), '--pin-file', file('pin'), ...CARD(), ...more]);
  const verify = async (path: string, ...more: string[]) => {
    const { status, stdout } = await jpki(['verify', path, '--json', ...more]);
    const { valid, findings, signers } = json(stdout);
    return { status, valid, codes: findings.map(({ code }: { code: string }) => code), signers };
  };

  it('make and accept a detached signature beside its file', async () => {
    expect((await sign('--force')).status).toBe(0);
    const good = await verify(file('contract.txt.p7s'), ...CARD());
    expect(good).toMatchObject({ status: 0, valid: true, codes: [] });
    expect(good.signers[0].holder.name).toBe('仮想　見本子');
  });

  it('find the signature beside the file that was signed', async () => {
    await sign('--force');
    expect(await verify(file('contract.txt'), ...CARD())).toMatchObject({ status: 0, valid: true });
    writeFileSync(file('contract.txt'), '契約書!\n');
    expect(await verify(file('contract.txt'), ...CARD())).toMatchObject({ codes: ['MESSAGE_DIGEST'] });
    writeFileSync(file('contract.txt'), '契約書\n');
  });

  it('take a PDF for the document whose signature is beside it, unless it has its own', async () => {
    writeFileSync(file('own.pdf'), pdfOf());
    const signing = ['--pin-file', file('pin'), ...CARD()];
    const shown = async () => (await jpki(['verify', file('own.pdf'), '--lang', 'en', ...CARD()])).stdout;
    expect(await shown()).toContain('no signature');
    await jpki(['sign', file('own.pdf'), ...signing]);
    expect(await shown()).toContain(`Checked with the content of ${file('own.pdf')}`);
    await jpki(['sign', file('own.pdf'), '--pdf', '--out', file('own-signed.pdf'), ...signing]);
    copyFileSync(file('own-signed.pdf'), file('own.pdf'));
    expect(await shown()).toContain('every signature in it is good');
  });

  describe.skipIf(skipWithoutOpenssl)('read what openssl makes of a signature', () => {
    const verdictOn = async (name: string, bytes: Uint8Array | string) => {
      writeFileSync(file(name), bytes);
      return jpki(['verify', file(name), '--lang', 'en', ...CARD()]);
    };
    const attached = async (): Promise<Buffer> => {
      await sign('--attached', '--out', file('contract.p7m'), '--force');
      return readFileSync(file('contract.p7m'));
    };

    it.each([
      ['CMS in PEM', ['-cmsout', '-outform', 'PEM']],
      ['a mail with the content in it', ['-cmsout', '-outform', 'SMIME']],
    ])('%s', async (_name, options) => {
      const signed = await attached();
      const text = openssl(['cms', '-inform', 'DER', ...options], signed);
      expect(await verdictOn('openssl.txt', text)).toMatchObject({ status: 0, stderr: '' });
      expect(await verdictOn('openssl.txt', text.toString().replace(/\n/g, '\r\n'))).toMatchObject({
        status: 0,
      });
      // Through a pipe in pieces, too.
      const read: Uint8Array[] = [];
      for await (const piece of messageIn(pieces(text, 1000), 'x')) read.push(piece);
      expect(Buffer.concat(read)).toEqual(signed);
    });

    it('PKCS #7 in PEM', async () => {
      const text = openssl(['pkcs7', '-inform', 'DER', '-outform', 'PEM'], await attached());
      expect(text.toString()).toContain('BEGIN PKCS7');
      expect(await verdictOn('openssl.pem', text)).toMatchObject({ status: 0, stderr: '' });
    });

    it('in PEM beside its file', async () => {
      await sign('--force');
      const text = openssl(
        ['cms', '-inform', 'DER', '-cmsout', '-outform', 'PEM'],
        readFileSync(file('contract.txt.p7s')),
      );
      expect(await verdictOn('contract.txt.p7s', text)).toMatchObject({ status: 0, stderr: '' });
    });

    it('and name what is no signature', async () => {
      const mail = 'MIME-Version: 1.0\nContent-Type: multipart/signed; boundary="x"\n\n--x\n';
      const { status, stderr } = await verdictOn('mail.eml', mail);
      expect({ status, stderr: stderr.replace(/\s+/g, ' ') }).toEqual({
        status: 1,
        stderr: expect.stringMatching(/mail\.eml is a signed mail \(S\/MIME\).*openssl cms -cmsout/),
      });
      const certificate = openssl(['x509', '-inform', 'DER'], authority.sign.certificate);
      expect((await verdictOn('ca.pem', certificate)).stderr).toMatch(/no signature: CERTIFICATE/);
      expect((await verdictOn('broken.pem', '-----BEGIN CMS-----\nMIIB')).status).toBe(1);
    });
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
    expect(stateOf('card.json').applications.jpki['001b'].triesLeft).toBe(5);
  });

  describe('with a message that lacks its CA certificate', () => {
    const bare = file('bare.p7m');
    const [pem, der] = [file('ca.pem'), file('ca.der')];

    beforeAll(async () => {
      const { certificate, ca } = signerOf('sign');
      writeFileSync(bare, await craftCms({ certificates: [certificate] }));
      writeFileSync(der, ca);
      const others = `in front\n${JpkiCertificate.parse(authority.auth.certificate).toPem()}`;
      writeFileSync(pem, others + JpkiCertificate.parse(ca).toPem());
    });

    it.each<[string, string[], string[]]>([
      ['without it', [], ['ISSUER_MISSING']],
      ['from a file in PEM with several', ['--ca', pem], []],
      ['from a file in DER', ['--ca', der], []],
      ['from several files', ['--ca', pem, '--ca', der], []],
      ['from the card', ['--ca', 'card'], []],
    ])('judge it %s', async (_name, options, expected) => {
      const { codes, valid } = await verify(bare, ...options, ...CARD());
      expect({ codes, valid }).toEqual({ codes: expected, valid: expected.length === 0 });
    });

    it('do not believe the file that --ca names', async () => {
      expect(await verify(bare, '--ca', der)).toMatchObject({ status: 1, codes: ['ISSUER_NOT_ANCHORED'] });
    });

    it('say that a file holds no certificate', async () => {
      const { status, stderr } = await jpki(['verify', bare, '--ca', bare, '--lang', 'en', ...CARD()]);
      expect(status).toBe(1);
      expect(stderr).toContain('holds no certificate that can be read');
    });

    it('never write the content over a CA certificate', async () => {
      const args = ['verify', bare, '--ca', der, '--out', der, '--force', ...CARD()];
      expect((await jpki(args)).status).toBe(2);
    });
  });

  it('say who claims to have signed when, and what was not checked', async () => {
    const unsigned = implicitSetOf(1, attribute('1.2.840.113549.1.9.16.2.14', nullValue()));
    const attributes: SignerCraft['attributes'] = (all) => ({
      ...all,
      signingTime: [attribute(CMS.signingTime, time(new Date('2001-02-03T04:05:06Z')))],
    });
    writeFileSync(file('stamped.p7m'), await craftCms({ signers: [{ attributes, more: [unsigned] }] }));
    const screen = async (lang: string) =>
      (await jpki(['verify', file('stamped.p7m'), '--lang', lang, ...CARD()])).stdout.replace(/\s+/g, ' ');
    const english = await screen('en');
    for (const said of [
      '仮想　見本子'.replace('\u3000', ' '),
      '2001-02-03 13:05:06 Japan time, as the signer claims',
      "outside the dates of the signer's certificate",
      'There is a timestamp, which was not checked',
      'Whether it has been revoked was not checked',
    ])
      expect(english).toContain(said);
    const japanese = await screen('ja');
    for (const said of ['有効期間外', 'タイムスタンプ', '失効しているかどうかは確認していません'])
      expect(japanese.replaceAll(' ', '')).toContain(said);
    const { stdout } = await jpki(['verify', file('stamped.p7m'), '--json', ...CARD()]);
    const notes = json(stdout).notes.map(({ code }: { code: string }) => code);
    expect(notes).toEqual(
      expect.arrayContaining(['SIGNING_TIME_OUTSIDE_CERTIFICATE', 'TIMESTAMP_NOT_CHECKED']),
    );
  });

  it('say that what is no signature is none', async () => {
    writeFileSync(file('plain.txt'), '契約書\n');
    const { status, stderr } = await jpki(['verify', file('plain.txt'), '--json']);
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
    await using applet = await JpkiApplet.select(VirtualCard.fromJSON(stateOf('card.json')).connect());
    const sha256 = JpkiCertificate.parse(await applet.readCertificateDer('auth-ca')).fingerprintSha256;
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
