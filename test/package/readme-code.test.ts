import { X509Certificate } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseAgent } from 'ssh2';
import ts from 'typescript';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import * as cardText from '../../src/card-text/index.js';
import { JLIS_CA_CERTIFICATES } from '../../src/certificate/jlis-ca.js';
import * as main from '../../src/index.js';
import * as pdf from '../../src/pdf/index.js';
import * as cms from '../../src/signature/cms.js';
import * as ssh from '../../src/ssh/index.js';
import * as transcript from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import * as virtual from '../../src/virtual/index.js';
import { pdfOf } from '../pdf/documents.js';
import { virtualCard } from '../support/virtual.js';
import { type Block, PAIRS, readReadme, type Surroundings, withoutTypes } from './readme.js';
import { compile, namesDeclaredIn } from './snippets.js';

// A reader with a virtual card: what the snippets do must not depend on the machine.
vi.mock('../../src/transport/pcsc.js', () => ({
  connectCard: async () => (await virtualCard()).connect(),
  openCardFor: async (_options: unknown, use: (connection: CardConnection) => unknown) =>
    use((await virtualCard()).connect()),
  listReaders: async () => [{ name: 'Reader', state: 'present' }],
  watchReaders: async function* () {
    yield { type: 'card-inserted', reader: 'Reader' };
  },
}));
vi.mock('../../src/transport/phone.js', () => ({
  listenForCard: async () => (await virtualCard()).connect(),
}));
vi.mock('../../src/virtual/vpcd.js', () => ({
  connectVpcd: async () => ({ closed: Promise.resolve(), close: async () => {} }),
}));

const NAMES = ['applet', 'signal', 'pin', 'typed', 'current', 'next', 'nonce', 'token'] as const;
const CHALLENGE = { audience: 'https://service.example.jp', nonce: 'Zm9yIG9uZSBsb2dpbg' };

const blocks = PAIRS.flatMap((name) => readReadme(name).blocks).filter(({ language }) => language === 'ts');
const folder = mkdtempSync(join(tmpdir(), 'jpki-readme-'));
writeFileSync(join(folder, 'contract.pdf'), pdfOf());
writeFileSync(
  join(folder, 'ca.pem'),
  main.JpkiCertificate.parse(Buffer.from(JLIS_CA_CERTIFICATES['signca03'] ?? '', 'base64')).toPem(),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the snippets of README and documents', () => {
  it('are sound TypeScript against the sources', () => {
    expect(blocks.length).toBeGreaterThan(15);
    expect(problemsOf(blocks)).toEqual([]);
  });

  it('are sound JavaScript where they configure a bundler', () => {
    const configurations = PAIRS.flatMap((name) => readReadme(name).blocks).filter(
      ({ language }) => language === 'js',
    );
    expect(configurations.length).toBeGreaterThan(3);
    for (const { code } of configurations)
      expect(ts.transpileModule(code, { reportDiagnostics: true }).diagnostics).toEqual([]);
  });

  it('are checked: a wrong one is found', () => {
    const wrong = (code: string) => problemsOf([{ file: 'README.md', language: 'ts', line: 1, code }]);
    expect(wrong("import { openCard } from 'jpki-card';\nvoid openCard;")).toEqual([
      expect.stringMatching(/^README.md:1: .*openCard/),
    ]);
    expect(wrong('await applet.verifyPin(pin);')).toEqual([expect.stringMatching(/^README.md:1: /)]);
    expect(wrong('console.log(nothing);')).toEqual([expect.stringMatching(/nothing/)]);
  });

  describe('run on the virtual card', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    afterEach(() => {
      log.mockClear();
      error.mockClear();
    });

    /** What each snippet prints, by its first line of code after the imports; each must be in one of the calls. */
    const PRINTS: readonly (readonly [snippet: string, printed: RegExp])[] = [
      ['pins.auth.maxTries} tries left', /^3 of 3 tries left$/],
      ['VIRTUAL_PINS.auth);', /^256 bytes$/],
      ['finally {', /^JPKIAPICCTOKEN2$/],
      ['watchReaders', /^card-inserted,Reader$/],
      ['pinAdvice', /^5 tries left$/],
      ['recoveryOptions', /signature PIN/],
      ['verifyCardText', /^false,/],
      ["purpose: 'auth', issuer });", /^false,Do not believe/],
      ['RSASSA-PSS', /^256,/],
      ['signCms', /^ISSUER_NOT_ANCHORED,/],
      ['verifyPdf(signed)', /^ISSUER_NOT_ANCHORED,/],
      ['accountKey', /^nobody$/],
      ['signJws', /^3$/],
      ['token.length', /^[3-9]\d{3}$/],
      ['verifyJws', /^JWS_TYPE,/],
      ['claims.nonce === challenge', /^nobody$/],
      ['nonce = await challenges.issue', /^[0-9a-f]+@/],
      ['verdict.certificateVerdict', /^ISSUER_NOT_ANCHORED,/],
      ['createSshAgent', /^ssh-rsa AAAA\S+ jpki-card auth, until /],
      ['listenForCard', /^Virtual card,3$/],
      ['switch (error.code)', /^wrong, 2 tries left$/],
      ['same.connect()', /^Virtual card$/],
      ['const fresh', /^PIN_INCORRECT,2$/],
      ['leaves.atr', /^\d+,\d+,CERTIFICATE_EXPIRED$/],
      ['anchors: card.trustAnchors,', /^true$/],
      ['serverWith()', /^logged in$/],
      ['receivedAt', /ISSUER_NOT_ANCHORED/],
      ['new X509Certificate(pem)', /^[0-9a-f]{64}$/],
      ['replayTranscript', /^3$/],
    ];

    it.each(PRINTS)('among them one with %s', (snippet) => {
      expect(blocks.filter(({ code }) => code.includes(snippet))).not.toEqual([]);
    });

    it.each(blocks.map((block) => [block.file, block.line, block] as const))(
      '%s line %i',
      async (_file, _line, { code }) => {
        await runSnippet(code, await surroundings(code));
        const printed = log.mock.calls.map((values) => values.join());
        for (const [snippet, pattern] of PRINTS)
          if (code.includes(snippet)) expect(printed).toContainEqual(expect.stringMatching(pattern));
      },
    );
  });
});

async function surroundings(code: string): Promise<Surroundings> {
  const applet = await main.JpkiApplet.select((await virtualCard()).connect());
  const role = /verifyPin\('sign'|signCms|signPdf/.test(code) ? 'sign' : 'auth';
  return {
    applet,
    signal: AbortSignal.timeout(60_000),
    pin: virtual.VIRTUAL_PINS[role],
    typed: role === 'sign' ? 'ｖｉｒｔｕａｌ１' : '9999',
    current: virtual.VIRTUAL_PINS.auth,
    next: '8046',
    nonce: CHALLENGE.nonce,
    token: /verifyLoginToken|verifyJws|LoginChallenges/.test(code) ? await tokenFrom(applet) : '',
  };
}

async function tokenFrom(applet: main.JpkiApplet): Promise<string> {
  await applet.verifyPin('auth', virtual.VIRTUAL_PINS.auth);
  return main.createLoginToken(applet, CHALLENGE);
}

/** Logs in nowhere. That the snippet's agent logs in is shown with a server, in test/pcsc/ssh.test.ts. */
class ClientWithoutServer {
  on(): this {
    return this;
  }

  connect(): void {}
}

/** Files of a snippet are in the folder of this test. */
const MODULES: Readonly<Record<string, unknown>> = {
  'jpki-card': main,
  'jpki-card/card-text': cardText,
  'jpki-card/cms': cms,
  'jpki-card/pdf': pdf,
  'jpki-card/ssh': ssh,
  'jpki-card/transcript': transcript,
  'jpki-card/virtual': virtual,
  ssh2: { BaseAgent, Client: ClientWithoutServer },
  'node:crypto': { X509Certificate },
  'node:fs': { createReadStream: (path: string) => createReadStream(join(folder, path)) },
  'node:fs/promises': {
    readFile: (path: string, encoding: BufferEncoding) => readFile(join(folder, path), encoding),
    writeFile: (path: string, data: string | Uint8Array, options: object) =>
      writeFile(join(folder, path), data, options),
  },
};

async function runSnippet(code: string, around: Surroundings): Promise<void> {
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const declared = namesDeclaredIn(code);
  const given = NAMES.filter((name) => !declared.has(name));
  const load = (name: string): unknown => MODULES[name];
  const snippet = new AsyncFunction('require', 'exports', ...given, withoutTypes(code));
  await snippet(load, {}, ...given.map((name) => around[name]));
}

/** What the compiler says of the snippets, which find around them what the text says is there. */
function problemsOf(snippets: readonly Block[]): string[] {
  return compile(snippets, (declared) => [
    "import type { Surroundings } from './readme.js';",
    ...NAMES.filter((name) => !declared.has(name)).map(
      (name) => `declare const ${name}: Surroundings['${name}'];`,
    ),
  ]);
}
