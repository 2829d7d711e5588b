import createDebug from 'debug';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { JpkiApplet } from '../../src/jpki/applet.js';
import { readOtherPinCounters } from '../../src/jpki/other-pins.js';
import { recordTranscript } from '../../src/transcript/index.js';
import { VIRTUAL_PINS, VirtualCard } from '../../src/virtual/index.js';
import { everythingOf, findSecret } from '../support/canary.js';
import { Intercepted } from '../support/connections.js';
import { saved } from '../support/issued.js';

const random = (alphabet: string, length: number): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => alphabet[byte % alphabet.length]).join(
    '',
  );
const randomPins = () => ({
  auth: random('0123456789', 4),
  sign: `K${random('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 9)}7`,
  nextAuth: random('0123456789', 4),
  nextSign: `Q${random('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 12)}3`,
  wrongAuth: random('0123456789', 4),
  wrongSign: `Z${random('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 10)}5`,
  malformed: `${random('0123456789', 9)}x`,
});
type Pins = ReturnType<typeof randomPins>;

const written: string[] = [];
const log = createDebug.log;
beforeEach(() => {
  written.length = 0;
  createDebug.enable('jpki:*');
  createDebug.log = (...parts: unknown[]) => written.push(parts.map(String).join(' '));
});
afterEach(() => {
  createDebug.disable();
  createDebug.log = log;
});

/** Uses every PIN, right and wrong, with and without faults, and gives everything that came out. */
async function run(pins: Pins, plant?: (secret: string) => string): Promise<string> {
  const outputs: string[] = [];
  const keep = (value: unknown): void => void outputs.push(everythingOf(value));
  const issued = await VirtualCard.issue({ authority: saved().authority, pins });
  for (const fault of ['none', 'break', 'rubbish', 'silence'] as const) {
    for (const asBytes of [false, true]) {
      const card = VirtualCard.fromJSON(issued.toJSON());
      let broken = false;
      const faulty = new Intercepted(card.connect(), async (number, command, send) => {
        const answer = await send();
        const strikes =
          !broken && number > 2 && command.length > 5 && (command[1] === 0x20 || command[1] === 0x24);
        if (fault === 'none' || !strikes) return answer;
        broken = true;
        if (fault === 'break') throw new Error('link broken');
        if (fault === 'silence') return new Promise(() => undefined);
        return Uint8Array.of(0x42);
      });
      const connection = recordTranscript(faulty);
      const applet = await JpkiApplet.select(connection, { exchangeTimeoutMs: 20 });
      const give = (pin: string): string | Uint8Array => (asBytes ? new TextEncoder().encode(pin) : pin);
      const attempt = async (work: () => Promise<unknown>): Promise<void> => {
        keep(await work().catch((error: unknown) => error));
        keep(applet);
      };
      await attempt(() => applet.verifyPin('auth', give(pins.malformed)));
      await attempt(() => applet.changePin('sign', give(pins.sign), give(pins.malformed)));
      await attempt(() => applet.verifyPin('auth', give(pins.wrongAuth)));
      await attempt(() => applet.verifyPin('sign', give(pins.wrongSign)));
      await attempt(() => applet.verifyPin('auth', give(pins.auth)));
      await attempt(() => applet.changePin('auth', give(pins.auth), give(pins.nextAuth)));
      await attempt(() => applet.changePin('sign', give(pins.sign), give(pins.nextSign)));
      await attempt(() => applet.readCertificate('sign'));
      await attempt(() => applet.sign('auth', new Uint8Array(1)));
      await attempt(() => applet.readStatus());
      await attempt(() => readOtherPinCounters(connection));
      await attempt(() => applet.close());
      outputs.push(connection.text());
      keep(card.toJSON());
    }
  }
  outputs.push(...written);
  if (plant !== undefined) outputs.push(plant(pins.nextSign));
  return outputs.join('\n');
}

/**
 * A four-digit PIN stands somewhere in a megabyte of hexadecimal by chance, in the same place never: what leaks, leaks
 * in every run, whatever the PINs are.
 */
async function leaks(plant?: (secret: string) => string): Promise<string[]> {
  const sets: Set<string>[] = [];
  for (let i = 0; i < 3; i++) {
    written.length = 0;
    const pins = randomPins();
    const output = await run(pins, plant);
    const found = new Set<string>();
    for (const [name, pin] of Object.entries(pins)) {
      for (const spelling of findSecret(output, pin)) found.add(`${name} as ${spelling}`);
    }
    sets.push(found);
  }
  const [first, ...rest] = sets;
  return [...(first ?? [])].filter((leak) => rest.every((set) => set.has(leak)));
}

it('no PIN is in anything a run produces: traces, errors, results, transcripts, saved state', async () => {
  expect(written).toEqual([]);
  const found = await leaks();
  expect(written.length).toBeGreaterThan(50);
  expect(found).toEqual([]);
}, 120_000);

it.each([
  ['text', (secret: string) => `pin=${secret};`],
  ['hexadecimal', (secret: string) => Buffer.from(secret).toString('hex')],
  [
    'spaced upper-case hexadecimal',
    (secret: string) => Buffer.from(secret).toString('hex').toUpperCase().replace(/../g, '$& '),
  ],
  ['base64 in the middle of other bytes', (secret: string) => Buffer.from(`xx${secret}y`).toString('base64')],
  ['an inspected array', (secret: string) => everythingOf(new TextEncoder().encode(secret))],
])('a PIN planted as %s is found', async (_name, plant) => {
  const secret = randomPins().sign;
  expect(findSecret(plant(secret), secret)).not.toEqual([]);
  expect(findSecret(plant(VIRTUAL_PINS.sign), secret)).toEqual([]);
});

it('a PIN planted in a whole run is found', async () => {
  expect(await leaks((secret) => `log: ${secret}`)).toContain('nextSign as text');
}, 120_000);
