import { writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { VirtualCard, type VirtualCardState } from '../../src/virtual/index.js';
import { pdfOf } from '../pdf/documents.js';
import { saved } from '../support/issued.js';
import { issuedState } from '../support/virtual.js';
import { jpki, screenFile, settled, temporaryFolder, writeCard } from './support.js';

const file = temporaryFolder();
const AUTH = '0018';
const SIGN = '001b';
const LANGUAGES = ['en', 'ja'] as const;

beforeAll(async () => {
  await writeCard(file('fresh.json'));
  writeFileSync(file('mail.eml'), 'Content-Type: multipart/signed; boundary="x"\n\n--x\n');
  writeFileSync(file('ca.pem'), '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  writeFileSync(file('contract.pdf'), pdfOf());
  await writeCard(file('locked.json'), { [SIGN]: 0 });
  await writeCard(file('last-try.json'), { [AUTH]: 1 });
  await writeCard(file('both-locked.json'), { [AUTH]: 0, [SIGN]: 0 });
  const { authority } = saved();
  const past = { notBefore: new Date('2020-01-01'), notAfter: new Date('2025-04-15T14:59:59Z') };
  const expired = await VirtualCard.issue({ authority, ...past });
  const child = await VirtualCard.issue({ authority, signatureCertificate: false });
  await writeCard(file('expired.json'), {}, expired.toJSON());
  await writeCard(file('child.json'), {}, child.toJSON());
  const ended = await VirtualCard.issue({ authority, ...past, cardExpiry: '20250415' });
  await writeCard(file('ended.json'), { [SIGN]: 0 }, ended.toJSON());
  const soon = new Date(Date.now() + 40 * 86_400_000);
  const expiring = await VirtualCard.issue({ authority, notBefore: past.notBefore, notAfter: soon });
  await writeCard(file('expiring.json'), {}, expiring.toJSON());
  await writeCard(file('without-pins.json'), { [AUTH]: 0, [SIGN]: 0 }, child.toJSON());
  await writeCard(file('phone.json'), {}, await phone());
  const { quirks: _, ...onPhone } = await phone();
  const lockedPhone = { ...onPhone, quirks: { authCertificateNeedsPin: true } };
  await writeCard(file('phone-locked.json'), { [AUTH]: 0 }, lockedPhone);
});

/** The test file's card as a phone holds it, with counters that are not told. */
async function phone(): Promise<VirtualCardState> {
  const state = await issuedState();
  const tokenInfo = state.applications.jpki?.['0006'];
  if (tokenInfo?.kind !== 'binary') throw new Error('no token information');
  const content = Buffer.from(tokenInfo.content, 'base64');
  content.write('JPKIAPGPSETOKEN'.padEnd(32));
  tokenInfo.content = content.toString('base64');
  return {
    ...state,
    quirks: { authCertificateNeedsPin: true, pinCounter: false, absentApplications: ['common'] },
  };
}

interface Scene {
  readonly name: string;
  /** `@` stands before a file of this test. */
  readonly args: readonly string[];
  /** State file of the virtual card. */
  readonly card?: string;
  readonly input?: string;
  readonly status?: number;
}

const SCENES: readonly Scene[] = [
  { name: 'status', args: ['status'], card: 'fresh' },
  { name: 'status-all-pins', args: ['status', '--all-pins'], card: 'fresh' },
  { name: 'status-locked', args: ['status'], card: 'locked' },
  { name: 'status-last-try', args: ['status'], card: 'last-try' },
  { name: 'status-both-locked', args: ['status'], card: 'both-locked' },
  { name: 'status-expired', args: ['status'], card: 'expired' },
  { name: 'status-card-ended', args: ['status'], card: 'ended' },
  { name: 'recover-card-ended', args: ['recover'], card: 'ended' },
  { name: 'text-show', args: ['text', 'show', '--pin-file', '-'], card: 'fresh', input: '1234\n' },
  {
    name: 'text-show-my-number',
    args: ['text', 'show', '--my-number', '--pin-file', '-'],
    card: 'fresh',
    input: '1234\n',
  },
  { name: 'help-text', args: ['text', '--help'] },
  { name: 'status-no-signature', args: ['status'], card: 'child' },
  { name: 'status-expiring', args: ['status'], card: 'expiring' },
  {
    name: 'recover-expiring',
    args: ['recover', '--sign', 'forgotten', '--auth', 'known'],
    card: 'expiring',
  },
  { name: 'status-without-pins', args: ['status'], card: 'without-pins' },
  { name: 'status-phone-locked', args: ['status'], card: 'phone-locked' },
  { name: 'recover-phone', args: ['recover', '--auth', 'locked'], card: 'phone-locked' },
  { name: 'status-phone', args: ['status', '--all-pins'], card: 'phone' },
  { name: 'cert-auth', args: ['cert', 'show', 'auth'], card: 'fresh' },
  {
    name: 'cert-sign',
    args: ['cert', 'show', 'sign', '--pin-file', '-'],
    card: 'fresh',
    input: 'VIRTUAL1\n',
  },
  {
    name: 'pin-locked',
    args: ['pin', 'verify', 'sign', '--pin-file', '-'],
    card: 'locked',
    input: 'VIRTUAL1',
    status: 5,
  },
  {
    name: 'pin-last-try-refused',
    args: ['pin', 'verify', 'auth', '--pin-file', '-'],
    card: 'last-try',
    input: '1234',
    status: 5,
  },
  { name: 'recover-locked', args: ['recover'], card: 'locked' },
  { name: 'recover-nothing-wrong', args: ['recover'], card: 'fresh' },
  { name: 'recover-without-card', args: ['recover', '--no-card', '--auth', 'forgotten', '--sign', 'known'] },
  {
    name: 'recover-all-lost',
    args: [
      'recover',
      '--no-card',
      ...['auth', 'sign', 'registry', 'input-support'].flatMap((pin) => [`--${pin}`, 'forgotten']),
    ],
  },
  { name: 'verify-mail', args: ['verify', '@mail.eml'], status: 1 },
  { name: 'verify-certificate', args: ['verify', '@ca.pem'], status: 1 },
  { name: 'verify-nothing-beside', args: ['verify', '@contract.pdf'], status: 1 },
  { name: 'completion-unknown-shell', args: ['completion', 'tcsh'], status: 2 },
  { name: 'usage-pin-on-command-line', args: ['pin', 'verify', 'auth', '--pin', '9753'], status: 2 },
  { name: 'doctor-virtual', args: ['doctor'], card: 'fresh' },
  { name: 'help', args: ['--help'] },
  { name: 'help-pin', args: ['pin', '--help'] },
  { name: 'help-ssh-agent', args: ['ssh-agent', '--help'] },
];

describe('a screen between pipes is the one that is kept in fixtures/screens', () => {
  for (const { name, args, card, input = '', status = 0 } of SCENES) {
    it.each(LANGUAGES)(`${name}, %s`, async (language) => {
      const virtual = card === undefined ? [] : ['--virtual', file(`${card}.json`)];
      const words = args.map((word) => (word.startsWith('@') ? file(word.slice(1)) : word));
      const shown = await jpki([...words, ...virtual, '--lang', language], { input });
      expect(shown.status).toBe(status);
      const screen = (shown.stdout + shown.stderr).replaceAll(`${file('')}/`, '');
      await expect(settled(screen)).toMatchFileSnapshot(screenFile(name, language));
    });
  }
});
