/** examples/kiosk in a real browser, with cards that are put on a reader of the PC/SC service and taken away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VirtualCard } from '../../src/virtual/index.js';
import { connectVpcd, type PoweredCard, type VpcdSession } from '../../src/virtual/vpcd.js';
import { writeCard } from '../cli/support.js';
import { virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { untilEmpty } from './harness-empty.js';

const CHROMIUM = '/usr/bin/chromium';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

describe.skipIf(requirePcsc(['chromium']))('the page of examples/kiosk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jpki-kiosk-'));
  let pcsc: PcscHarness;
  let browser: Browser;
  let server: ChildProcess;
  let address = '';
  let context: BrowserContext;
  let page: Page;
  let session: VpcdSession | undefined;
  const wrong: string[] = [];

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
    ({ server, address } = await serve());
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      // As root, which the tests may run as, Chromium starts in no other way.
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    });
  }, 60_000);
  beforeEach(async () => {
    context = await browser.newContext();
    page = await context.newPage();
    wrong.length = 0;
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', (error) => wrong.push(String(error)));
    await page.goto(address);
  });
  afterEach(async () => {
    await session?.close();
    session = undefined;
    await context.close();
    expect(wrong).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    if (server) await end(server);
    await pcsc?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(): Promise<{ server: ChildProcess; address: string }> {
    const started = spawn(process.execPath, ['--import', TSX, join(ROOT, 'examples/kiosk/server.ts')], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(started.stdout, 'data');
    return { server: started, address: String(line).trim() };
  }
  async function end(started: ChildProcess): Promise<unknown> {
    const exit = once(started, 'exit');
    started.kill('SIGTERM');
    return exit;
  }

  const said = (text: string | RegExp) =>
    page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 10_000 });
  async function put(card: PoweredCard): Promise<void> {
    await untilEmpty(pcsc.readerNames[0]);
    session = await connectVpcd(card, { port: pcsc.ports[0] });
  }

  it('shows a card as it is put down, and that it was taken away', async () => {
    await said('カードをリーダーに置いてください');
    await put(await virtualCard());
    await said('ロックされた暗証番号はありません');
    const reader = page.getByRole('region', { name: 'Virtual PCD 00 00' });
    expect(await reader.locator('dd').allTextContents()).toEqual([
      '残り 3 回（最大 3 回）',
      '残り 5 回（最大 5 回）',
      expect.stringMatching(/^20\d\d年\d{1,2}月\d{1,2}日$/),
    ]);
    await session?.close();
    await said(/^カードをリーダーに置いてください。$/);
  });

  it('shows the way out of a locked PIN, in both languages, by the keyboard alone', async () => {
    const path = await writeCard(join(folder, 'locked.json'), { '001b': 0 });
    await put(VirtualCard.fromJSON(JSON.parse(readFileSync(path, 'utf8'))));
    await said('署名用の暗証番号（英数字 6〜16 文字）がロックされています');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await said('Locked: Signature PIN');
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    expect(await page.getByRole('button', { name: 'English' }).getAttribute('aria-pressed')).toBe('true');
    const [kiosk] = await page.locator('summary').all();
    expect(await kiosk?.textContent()).toMatch(/kiosk in a store.*4 digits/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const steps = page.locator('details[open] ol li');
    await steps.first().waitFor();
    expect(await steps.count()).toBeGreaterThan(3);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await said('ロックされています');
  });

  it('tells what to do about a card that is none, and about one with one try left', async () => {
    const nothing = () => {};
    await put({
      ...{ atr: Uint8Array.of(0x3b, 0x00), powerOn: nothing, powerOff: nothing, reset: nothing },
      process: () => Uint8Array.of(0x6a, 0x82),
    });
    await said('読み取れませんでした');
    await session?.close();
    await said('カードをリーダーに置いてください');
    const path = await writeCard(join(folder, 'last.json'), { '0018': 1 });
    await put(VirtualCard.fromJSON(JSON.parse(readFileSync(path, 'utf8'))));
    await said('利用者証明用の暗証番号（数字 4 桁）は残り 1 回です');
  });

  it('names its parts for who hears them, and has nowhere to type', async () => {
    expect(await page.locator('input, textarea, [contenteditable]').count()).toBe(0);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('マイナンバーカードの状態');
    expect(await page.getByRole('status').getAttribute('aria-live')).toBe('polite');
    for (const region of await page.locator('section').all())
      expect(await page.locator(`#${await region.getAttribute('aria-labelledby')}`).count()).toBe(1);
  });

  it('gives nothing that names the holder', async () => {
    await put(await virtualCard());
    await said('ロックされた暗証番号はありません');
    const state = await page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const events = new EventSource('events');
          events.onmessage = ({ data }) => {
            events.close();
            resolve(data);
          };
        }),
    );
    const certificate = JSON.stringify(await page.content()) + state;
    for (const secret of ['仮想', '見本', 'PRIVATE', 'serialNumber', 'subject'])
      expect(certificate).not.toContain(secret);
    expect(Object.keys(JSON.parse(state)[0].card).sort()).toEqual(['endsAt', 'pins', 'remarks', 'ways']);
  });

  it('is only for who has the address, on this computer, under its own name', async () => {
    const { host, pathname } = new URL(address);
    const status = (path: string, headers: Record<string, string> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        const url = new URL(path, address);
        request({ host: '127.0.0.1', port: url.port, path, headers: { host, ...headers } }, (response) => {
          response.destroy();
          resolve(response.statusCode);
        })
          .once('error', reject)
          .end();
      });
    expect(await status(pathname)).toBe(200);
    for (const path of [
      '/',
      '/events',
      `/${'x'.repeat(32)}/`,
      `${pathname}../server.ts`,
      `${pathname}__proto__`,
    ])
      expect(await status(path)).toBe(404);
    expect(await status(pathname, { host: 'evil.example' })).toBe(404);
    expect(await status(`${pathname}events`, { origin: 'https://evil.example' })).toBe(404);
  });

  it('says that it has stopped when the server ends, which leaves nothing behind', async () => {
    const another = await serve();
    await page.goto(another.address);
    await said('カードをリーダーに置いてください');
    expect(await end(another.server)).toEqual([0, null]);
    await said('表示が止まっています');
    wrong.length = 0;
  });
});
