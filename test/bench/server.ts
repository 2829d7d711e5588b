/** What a server does: logins and signatures judged, beside what one would put together from jose and pkijs. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as jose from 'jose';
import * as pkijs from 'pkijs';
import type { TrustAnchor } from '../../src/index.js';
import type { VirtualCard } from '../../src/virtual/index.js';
import { type Built, DIST } from './built.js';
import { paired, perSecond } from './measure.js';

const SIGNERS = 16;
const CERTIFICATES = 32;
const WORKER_SECONDS = 2;

type Row = (what: string, measured: string, target?: string) => void;
const rate = (value: number): string => `${Math.round(value).toLocaleString('en')} /s`;
/** Milliseconds of one `work`, over half a second. */
const batch = (work: () => Promise<unknown>) => async (): Promise<number> =>
  1000 / (await perSecond(work, 0.5));

export async function benchServer(rounds: number, built: Built, row: Row): Promise<void> {
  const authority = await built.virtual.issueAuthority();
  const card = await built.virtual.VirtualCard.issue({ authority });
  await using applet = await built.library.JpkiApplet.select(card.connect());
  const pins = built.virtual.VIRTUAL_PINS;
  const login = { audience: 'https://example.jp', nonce: 'f3b1c2' };
  const token = await built.library.createLoginToken(applet, { ...login, pin: pins.auth });
  const ca = { auth: authority.auth.certificate, sign: authority.sign.certificate };
  const anchors = (['auth', 'sign'] as const).map((purpose): TrustAnchor => {
    const { fingerprintSha256: sha256 } = built.library.JpkiCertificate.parse(ca[purpose]);
    return { name: 'virtual', purpose, sha256 };
  });
  await benchLogin(rounds, built, row, { login, token, anchors, ca: ca.auth });
  await benchWorkers(row, { login, token, anchors });
  await benchSigners(rounds, built, row, { authority, anchors });
}

interface Login {
  readonly login: { readonly audience: string; readonly nonce: string };
  readonly token: string;
  readonly anchors: readonly TrustAnchor[];
}

async function benchLogin(
  rounds: number,
  { library }: Built,
  row: Row,
  { login, token, anchors, ca }: Login & { readonly ca: Uint8Array },
): Promise<void> {
  const ours = async (): Promise<void> => {
    const verdict = await library.verifyLoginToken(token, { ...login, anchors });
    if (!verdict.valid) throw new Error('the token must be valid');
  };
  const root = pkijs.Certificate.fromBER(Buffer.from(ca));
  // No dates, no usages, no policies, no strict DER: two signatures, the audience and the time of the token.
  const peers = async (): Promise<void> => {
    const [der = ''] = jose.decodeProtectedHeader(token).x5c ?? [];
    const certificate = pkijs.Certificate.fromBER(Buffer.from(der, 'base64'));
    if (!(await certificate.verify(root))) throw new Error('the certificate must be valid');
    const key = await jose.importX509(
      `-----BEGIN CERTIFICATE-----\n${der}\n-----END CERTIFICATE-----`,
      'RS256',
    );
    await jose.jwtVerify(token, key, { audience: login.audience });
  };
  const both = await paired(rounds, batch(ours), batch(peers));
  row('the two signatures of a login checked with pkijs and jose', rate(1000 / both.b));
  row('`verifyLoginToken` over these', both.ratio.toFixed(2));
}

/** Each thread loads the package and checks tokens for a while; what all of them did in a second. */
async function benchWorkers(row: Row, { login, token, anchors }: Login): Promise<void> {
  const program = `
    const { workerData, parentPort } = require('node:worker_threads');
    import(workerData.index).then(async ({ verifyLoginToken }) => {
      const check = () => verifyLoginToken(workerData.token, workerData.options);
      for (let i = 0; i < 50; i++) await check();
      parentPort.postMessage('ready');
      await new Promise((resolve) => parentPort.once('message', resolve));
      let count = 0;
      for (const end = performance.now() + workerData.seconds * 1000; performance.now() < end; count++) await check();
      parentPort.postMessage(count);
      parentPort.close();
    });`;
  const workerData = {
    index: join(DIST, 'index.js'),
    ...{ token, options: { ...login, anchors }, seconds: WORKER_SECONDS },
  };
  const together = async (threads: number): Promise<number> => {
    const workers = Array.from({ length: threads }, () => new Worker(program, { eval: true, workerData }));
    const next = () =>
      Promise.all(
        workers.map(
          (worker) =>
            new Promise((resolve, reject) => {
              worker.once('message', resolve);
              worker.once('error', reject);
            }),
        ),
      );
    await next();
    const counted = next();
    for (const worker of workers) worker.postMessage('go');
    const counts = (await counted) as number[];
    return counts.reduce((sum, count) => sum + count, 0) / WORKER_SECONDS;
  };
  const [one, two] = [await together(1), await together(2)];
  row('`verifyLoginToken` in one worker thread', rate(one));
  row('the same in two worker threads together', rate(two));
  row('two threads over one', (two / one).toFixed(2), 'near 2 on two free cores');
}

/** One signer and two certificates, against sixteen and thirty-two. openssl makes the messages. */
async function benchSigners(
  rounds: number,
  { cms, virtual }: Built,
  row: Row,
  {
    authority,
    anchors,
  }: {
    readonly authority: Awaited<ReturnType<Built['virtual']['issueAuthority']>>;
    readonly anchors: readonly TrustAnchor[];
  },
): Promise<void> {
  const cards = await Promise.all(
    Array.from({ length: SIGNERS }, () => virtual.VirtualCard.issue({ authority })),
  );
  const strangers = await Promise.all(
    Array.from({ length: CERTIFICATES - SIGNERS - 1 }, () => virtual.issueAuthority()),
  );
  const cas = [authority, ...strangers].map(({ sign }) => sign.certificate);
  const [small, large] = [signedBy(cards.slice(0, 1), cas.slice(0, 1)), signedBy(cards, cas)];
  const judge = (message: Uint8Array, signers: number) => async (): Promise<void> => {
    const verdict = await cms.verifyCms(message, { anchors });
    if (!verdict.valid || verdict.signers.length !== signers) throw new Error('the message must be valid');
  };
  const both = await paired(rounds, batch(judge(large, SIGNERS)), batch(judge(small, 1)));
  row('`verifyCms`, 1 signer, 2 certificates', `${both.b.toFixed(2)} ms`);
  row(`the same, ${SIGNERS} signers, ${CERTIFICATES} certificates`, `${both.a.toFixed(2)} ms`);
  row(`${SIGNERS} signers over ${SIGNERS} times one`, (both.ratio / SIGNERS).toFixed(2), 'about 1: linear');

  const trusted = cas.slice(0, 1).map((der) => pkijs.Certificate.fromBER(Buffer.from(der)));
  const { content } = pkijs.ContentInfo.fromBER(Buffer.from(small));
  const peer = async (): Promise<void> => {
    const signedData = new pkijs.SignedData({ schema: content });
    const good = await signedData.verify({ signer: 0, trustedCerts: trusted, checkChain: true });
    if (!good) throw new Error('the message must be valid');
  };
  const peers = await paired(rounds, batch(judge(small, 1)), batch(peer));
  row('the same message of 1 signer checked by pkijs with its chain', `${peers.b.toFixed(2)} ms`);
  row('`verifyCms` over pkijs', peers.ratio.toFixed(2));
}

/** The signature certificate and key in a virtual card's state. */
const FILES = { certificate: '0001', key: '001a' } as const;

function signedBy(cards: readonly VirtualCard[], cas: readonly Uint8Array[]): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-bench-signers-'));
  const pem = (label: string, der: Uint8Array) =>
    `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  try {
    const signers = cards.flatMap((card, i) => {
      const files = card.toJSON().applications.jpki ?? {};
      const [certificate, key] = [files[FILES.certificate], files[FILES.key]];
      if (certificate?.kind !== 'binary' || key?.kind !== 'key')
        throw new Error('the card has no such files');
      const content = Buffer.from(certificate.content, 'base64');
      const der = content.subarray(0, 4 + content.readUInt16BE(2));
      return [
        ...['-signer', write(`${i}.crt`, pem('CERTIFICATE', der))],
        ...['-inkey', write(`${i}.key`, pem('PRIVATE KEY', Buffer.from(key.pkcs8, 'base64')))],
      ];
    });
    const words = ['-certfile', write('cas.pem', cas.map((der) => pem('CERTIFICATE', der)).join(''))];
    const input = write('content', 'a small file');
    const common = ['cms', '-sign', '-binary', '-nodetach', '-outform', 'DER', '-md', 'sha256', '-in', input];
    return new Uint8Array(
      execFileSync('openssl', [...common, ...signers, ...words], { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
