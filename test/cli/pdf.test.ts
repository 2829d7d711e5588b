import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { handSigned, pdfOf, update } from '../pdf/documents.js';
import { signerOf } from '../signature/support.js';
import { jpki, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const CARD = () => ['--virtual', file('card.json')];
const PIN = () => ['--pin-file', file('pin')];
const codesOf = (stdout: string): string[] =>
  JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);

beforeAll(async () => {
  await writeCard(file('card.json'));
  writeFileSync(file('pin'), 'VIRTUAL1', { mode: 0o600 });
  writeFileSync(file('contract.pdf'), pdfOf());
});

const sign = (...more: string[]) => jpki(['sign', file('contract.pdf'), ...PIN(), ...CARD(), ...more]);

describe('jpki sign --pdf and jpki verify', () => {
  it.each([
    ['without a profile', []],
    ['for the registry', ['--profile', 'registry']],
  ])('make and accept a signature inside the document, %s', async (_name, more) => {
    const { status, stdout } = await sign('--pdf', '--force', '--json', ...more);
    expect([status, JSON.parse(stdout)]).toMatchObject([0, { signed: file('contract-signed.pdf') }]);
    const signed = readFileSync(file('contract-signed.pdf'));
    expect(signed.subarray(0, pdfOf().length)).toEqual(Buffer.from(pdfOf()));
    const verdict = await jpki(['verify', file('contract-signed.pdf'), '--json', ...CARD()]);
    expect([verdict.status, JSON.parse(verdict.stdout)]).toMatchObject([
      0,
      { valid: true, signatures: [{ coversWholeFile: true, holder: { name: '仮想　見本子' } }] },
    ]);
  });

  it.each(['en', 'ja'])('say who signed, what of the file, and what was not checked: %s', async (lang) => {
    await sign('--pdf', '--force');
    const { stdout } = await jpki(['verify', file('contract-signed.pdf'), '--lang', lang, ...CARD()]);
    const words =
      lang === 'en' ? ['is good', 'the whole file', 'revoked'] : ['有効です', 'ファイル全体', '失効'];
    for (const word of ['仮想　見本子', 'Signature1', ...words]) expect(stdout).toContain(word);
  });

  it('refuse a document that was changed, and a virtual card for one of J-LIS', async () => {
    await sign('--pdf', '--force');
    expect(codesOf((await jpki(['verify', file('contract-signed.pdf'), '--json'])).stdout)).toEqual([
      'ISSUER_NOT_ANCHORED',
    ]);
    writeFileSync(
      file('changed.pdf'),
      update(new Uint8Array(readFileSync(file('contract-signed.pdf'))), { 40: '<< >>' }),
    );
    const { status, stdout } = await jpki(['verify', file('changed.pdf'), '--json', ...CARD()]);
    expect([status, codesOf(stdout)[0]]).toEqual([1, 'CHANGED_AFTER_SIGNING']);
  });

  it('take the CA certificate of a signature without one from --ca', async () => {
    const { certificate, ca } = signerOf('sign');
    writeFileSync(file('bare.pdf'), await handSigned(pdfOf(), { message: { certificates: [certificate] } }));
    writeFileSync(file('ca.der'), ca);
    const verified = (...more: string[]) => jpki(['verify', file('bare.pdf'), '--json', ...CARD(), ...more]);
    expect(codesOf((await verified()).stdout)).toEqual(['ISSUER_MISSING']);
    const { status, stdout } = await verified('--ca', file('ca.der'));
    expect([status, codesOf(stdout)]).toEqual([0, []]);
    expect(JSON.parse(stdout).signatures[0].notes).toMatchObject([{ code: 'SIGNING_CERTIFICATE_ABSENT' }]);
  });

  it('leave a signature beside the document as it was', async () => {
    expect((await sign()).status).toBe(0);
    expect((await jpki(['verify', file('contract.pdf.p7s'), ...CARD()])).status).toBe(0);
  });

  it.each([
    ['--pdf with --attached', ['--pdf', '--attached'], 'USAGE'],
    ['--profile without --pdf', ['--profile', 'pades'], 'USAGE'],
    ['another profile', ['--pdf', '--profile', 'a'], 'USAGE'],
    ['a file that is there', ['--pdf'], 'USAGE'],
  ])('refuse %s before the card', async (_name, more, code) => {
    writeFileSync(file('contract-signed.pdf'), '');
    const { status, stderr } = await sign('--json', ...more);
    expect([status, JSON.parse(stderr).error.code]).toEqual([2, code]);
  });

  it('write nothing for what is no PDF', async () => {
    writeFileSync(file('text.pdf'), 'text');
    const { status, stderr } = await jpki(['sign', file('text.pdf'), '--pdf', '--json', ...PIN(), ...CARD()]);
    expect([status, JSON.parse(stderr).error.code]).toEqual([1, 'PDF_REFUSED']);
    expect(existsSync(file('text-signed.pdf'))).toBe(false);
  });
});
