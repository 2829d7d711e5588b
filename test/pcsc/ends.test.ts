/** Every end of a process that used the library: the next program must be asked for the PIN. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { JpkiApplet, openJpki } from '../../src/jpki/index.js';
import { connectCard } from '../../src/transport/pcsc.js';
import { VIRTUAL_PINS, VirtualCard, type VirtualCardQuirks } from '../../src/virtual/index.js';
import { connectVpcd, type VpcdSession } from '../../src/virtual/vpcd.js';
import { compiled } from '../support/compiled.js';
import { send, virtualCard } from '../support/virtual.js';
import { PcscHarness, requirePcsc } from './harness.js';
import { WrappedCard } from './harness-wrapped-card.js';

const PROGRAM = compiled('test/pcsc/harness-ends.ts');

/** A card that takes its time for a VERIFY with a PIN in it: until the test says so, which may be never. */
class SlowCard extends WrappedCard {
  /** The PIN has arrived, and the card has compared it. */
  readonly working: Promise<void>;
  readonly #answer: Promise<void>;
  #arrived = (): void => undefined;
  finish = (): void => undefined;

  constructor(card: VirtualCard) {
    super(card);
    this.working = new Promise((resolve) => {
      this.#arrived = resolve;
    });
    this.#answer = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  override process(command: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const answer = this.card.process(command);
    if (command[1] !== 0x20 || command.length <= 5) return answer;
    this.#arrived();
    return this.#answer.then(() => answer);
  }
}

describe.skipIf(requirePcsc())('a process that ends without closing the card', () => {
  let pcsc: PcscHarness;
  const issued = virtualCard();
  let session: VpcdSession | undefined;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    pcsc = await PcscHarness.create();
    await pcsc.start();
  });
  afterAll(() => pcsc.dispose());
  afterEach(async () => {
    for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
    await session?.close();
    session = undefined;
    // The service looks every 0.4 s, and does not see the next card if it comes between two looks.
    const seen = (what: string) => pcsc.log.split(what).length;
    await expect.poll(() => seen('Card inserted') - seen('Card Removed'), { timeout: 5_000 }).toBeLessThan(1);
  });

  async function newCard(quirks: Partial<VirtualCardQuirks> = {}): Promise<VirtualCard> {
    return VirtualCard.fromJSON({ ...(await issued).toJSON(), quirks });
  }
  const removals = () => pcsc.log.split('Card Removed').length;
  async function insert(card: WrappedCard): Promise<void> {
    session = await connectVpcd(card, { port: pcsc.ports[0] });
  }

  /** Starts the program, which connects after `go`. */
  function start(how: string, end: string) {
    const child = spawn(process.execPath, [PROGRAM, how, end], { stdio: 'pipe' });
    children.push(child);
    let output = '';
    let errors = '';
    const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk;
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (output.includes(text)) resolve();
        };
        child.stdout.on('data', look);
        child.once('close', () => reject(new Error(`"${text}" was not said: ${output}${errors}`)));
        look();
      });
    const go = () => says('ready').then(() => child.stdin.write('go'));
    return { child, ended, says, go };
  }

  /** What the next program gets for a signature, from a card that nobody has touched in between. */
  async function next(): Promise<string> {
    const applet = await openJpki({ timeoutMs: 10_000 });
    try {
      return `${(await applet.sign('auth', new Uint8Array(1))).length} bytes`;
    } catch (error) {
      return String((error as { code?: string }).code);
    } finally {
      await applet.close();
    }
  }

  it.each<[how: string, end: string, signal: NodeJS.Signals | undefined, exit: number | NodeJS.Signals]>([
    ['verify', 'exit', undefined, 0],
    ['verify', 'exit with a code', undefined, 7],
    ['verify', 'exitCode', undefined, 7],
    ['verify', 'exit in an exit handler', undefined, 7],
    ['verify', 'exit in an earlier exit handler', undefined, 7],
    ['verify', 'exception in an earlier exit handler', undefined, 1],
    ['verify', 'earlier handler for once', 'SIGTERM', 7],
    ['verify', 'exception', undefined, 1],
    ['verify', 'exception in a timer', undefined, 1],
    ['verify', 'rejection', undefined, 1],
    ['verify', 'dry', undefined, 0],
    ['verify', 'signal to itself', undefined, 'SIGTERM'],
    ['verify', 'wait', 'SIGINT', 'SIGINT'],
    ['verify', 'wait', 'SIGTERM', 'SIGTERM'],
    ['verify', 'wait', 'SIGHUP', 'SIGHUP'],
    ['verify', 'wait', 'SIGQUIT', 'SIGQUIT'],
    ['verify', 'wait', 'SIGUSR2', 'SIGUSR2'],
    ['verify', 'wait', 'SIGALRM', 'SIGALRM'],
    ['verify', 'wait', 'SIGXCPU', 'SIGXCPU'],
    ['verify', 'wait', 'SIGABRT', 'SIGABRT'],
    ['verify', 'own handler', 'SIGTERM', 7],
    ['verify', 'own handler', 'SIGINT', 'SIGINT'],
    ['change', 'exit', undefined, 0],
    ['raw', 'exit', undefined, 0],
    ['raw', 'wait', 'SIGTERM', 'SIGTERM'],
  ])('%s, then %s %s, leaves no key open', async (how, end, signal, exit) => {
    await insert(new WrappedCard(await newCard()));
    const { child, ended, says, go } = start(how, end);
    await go();
    if (signal !== undefined) {
      await says('open');
      child.kill(signal);
    }
    expect(await ended).toEqual(typeof exit === 'number' ? [exit, null] : [null, exit]);
    expect(await next()).toBe('PIN_REQUIRED');
  });

  it.each(['found by its counter', 'found by a signature', 'found by the other counters'])(
    'a key that was open before, %s, is not handed on',
    async (how) => {
      const card = await newCard({ verifiedQuery: 0x9000 });
      await insert(new WrappedCard(card));
      const { ended, says, go } = start(how, 'exit');
      await says('ready');
      const before = await connectCard({ timeoutMs: 10_000 });
      await (await JpkiApplet.select(before)).verifyPin('auth', VIRTUAL_PINS.auth);
      if (how === 'found by the other counters') {
        // SELECT of the input support application and of its PIN, VERIFY.
        for (const command of ['00a4040c0ad3921000310001010408', '00a4020c020011', '002000800431323334'])
          await before.transmit(new Uint8Array(Buffer.from(command, 'hex')));
      }
      await before.disconnect('leave');
      await go();
      expect(await ended).toEqual([0, null]);
      expect(await next()).toBe('PIN_REQUIRED');
    },
  );

  it("a handler of the program's own still has the card, and ends as it likes", async () => {
    await insert(new WrappedCard(await newCard()));
    const { child, ended, says, go } = start('verify', 'handler that goes on');
    await go();
    await says('open');
    child.kill('SIGTERM');
    await says('signed 256');
    expect(await ended).toEqual([7, null]);
    expect(await next()).toBe('PIN_REQUIRED');
  });

  it.each<[end: string, signal: NodeJS.Signals | undefined, exit: number | NodeJS.Signals]>([
    ['exit', undefined, 0],
    ['exception', undefined, 1],
    ['dry', undefined, 0],
    ['wait', 'SIGTERM', 'SIGTERM'],
    ['wait', 'SIGINT', 'SIGINT'],
  ])('in the middle of a VERIFY, by %s %s, waits for the card and unpowers it', async (end, signal, exit) => {
    const card = new SlowCard(await newCard());
    await insert(card);
    const { child, ended, go } = start('slow', end);
    await go();
    await card.working;
    child.stdin.write('end');
    if (signal !== undefined) {
      child.kill(signal);
      // What npm and shells do with a Ctrl-C: it is one wish to end, not two.
      child.kill(signal);
    }
    card.finish();
    expect(await ended).toEqual(typeof exit === 'number' ? [exit, null] : [null, exit]);
    expect(await next()).toBe('PIN_REQUIRED');
  });

  it('after another signal, a second later, does not wait for a card that never answers', async () => {
    const card = new SlowCard(await newCard());
    await insert(card);
    const { child, ended, go } = start('slow', 'wait');
    await go();
    await card.working;
    const again = setInterval(() => child.kill('SIGTERM'), 250);
    expect(await ended).toEqual([null, 'SIGTERM']);
    clearInterval(again);
    card.finish();
  });

  it('leaves the key open where only SIGKILL ends it, or where it asked for that', async () => {
    for (const [how, end, signal] of [
      ['verify', 'wait', 'SIGKILL'],
      ['unguarded', 'exit', undefined],
    ] as const) {
      const card = await newCard();
      await insert(new WrappedCard(card));
      const { child, ended, says, go } = start(how, end);
      await go();
      await says('open');
      if (signal) child.kill(signal);
      await ended;
      // COMPUTE DIGITAL SIGNATURE, asked of the card itself: pcscd will take its power in a moment.
      expect(send(card, '00A4040C0AD392F000260100000001', '802A0097040102030400').slice(-4)).toBe('9000');
      // The service looks every 0.4 s, and takes a card that was swapped between two looks for the old one.
      const before = removals();
      await session?.close();
      await expect.poll(removals, { timeout: 5_000 }).toBeGreaterThan(before);
    }
  });

  it('is ended by nothing of this library once the card is closed', async () => {
    await insert(new WrappedCard(await newCard()));
    const applet = await openJpki({ timeoutMs: 10_000 });
    const before = process.listenerCount('SIGTERM');
    await applet.readStatus();
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await applet.verifyPin('auth', VIRTUAL_PINS.auth);
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    await applet.close();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
