/**
 * A program that is as careful with PINs as a JavaScript program can be, and stays for a test that searches its memory
 * (test/support/stays.mjs). Arguments: what happens, the role. Standard input: PIN, new PIN.
 */
import { readSync } from 'node:fs';
import { JpkiError, type KeyRole } from '../../src/errors.js';
import { JpkiApplet, PIN_RULES, type VerifyOptions } from '../../src/jpki/index.js';
import { recordTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';

const [what = '', role] = process.argv.slice(2) as [string, KeyRole];

const { maxLength } = PIN_RULES[role];
const input = new Uint8Array(new ArrayBuffer(2 * maxLength));
for (let length = 0; length < input.length; ) {
  const read = readSync(0, input, length, input.length - length, null);
  if (read === 0) throw new Error('the input is too short');
  length += read;
}
const pin = input.subarray(0, maxLength);
const next = input.subarray(maxLength);

type Answer = () => Promise<Uint8Array>;
const word =
  (statusWord: number): Answer =>
  async () =>
    Uint8Array.of(statusWord >> 8, statusWord & 0xff);
const done = word(0x9000);
const broken: Answer = () => Promise.reject(new Error('the cable is out'));

interface Forgetful {
  readonly query?: Answer;
  readonly verify?: Answer;
  readonly change?: Answer;
  readonly exclusive?: boolean;
  readonly meanwhile?: () => void;
}

/** A card that keeps nothing of what it is sent. */
function card({
  query = word(0x63c3),
  verify = done,
  change = done,
  exclusive = true,
  meanwhile = () => undefined,
}: Forgetful = {}): CardConnection {
  return {
    readerName: 'Forgetful',
    atr: new Uint8Array(2),
    exclusive,
    async transmit(command) {
      // As the transport over PC/SC gives it to native code.
      Buffer.from(command.buffer, command.byteOffset, command.byteLength);
      meanwhile();
      if (command[1] === 0x24) return change();
      if (command[1] !== 0x20) return done();
      return command.length > 5 ? verify() : query();
    },
    async disconnect() {},
  };
}

async function use(connection: CardConnection, options: VerifyOptions = {}) {
  const applet = await JpkiApplet.select(connection);
  try {
    await applet.changePin(role, pin, next, options);
  } catch (error) {
    console.error(`code: ${error instanceof JpkiError ? error.code : error}`);
  }
  await applet.close();
}

/** What somebody keeps who does not wipe. */
const kept: Uint8Array[] = [];

const HAPPENINGS: Readonly<Record<string, () => Promise<unknown>>> = {
  'it was changed': () => use(card()),
  'it was verified': async () => {
    const applet = await JpkiApplet.select(card());
    await applet.verifyPin(role, pin);
    await applet.verifyPin(role, next);
    await applet.close();
  },
  'the garbage was collected meanwhile': () => use(card({ meanwhile: () => globalThis.gc?.() })),
  'it was wrong': () => use(card({ verify: word(0x63c2) })),
  'it was locked': () => use(card({ query: word(0x63c0) })),
  'one try was left': () => use(card({ query: word(0x63c1) })),
  'the card refused the new one': () => use(card({ change: word(0x6a80) })),
  'the link broke at VERIFY': () => use(card({ verify: broken })),
  'the link broke at CHANGE': () => use(card({ change: broken })),
  'the caller had aborted': () => use(card(), { signal: AbortSignal.abort() }),
  'the connection was shared': () => use(card({ exclusive: false })),
  'the new one was malformed': () => {
    next[maxLength - 1] = 0x2d;
    return use(card());
  },
  'the exchange was recorded': async () => {
    const recording = recordTranscript(card(), { redact: 'none' });
    await use(recording);
    recording.text();
  },
  'nobody wiped it': async () => {
    kept.push(Uint8Array.of(0x00, 0x20, 0x00, 0x80, maxLength, ...pin));
    kept.push(Uint8Array.of(0x00, 0x24, 0x01, 0x80, maxLength, ...next));
    await use(card());
  },
};

const happening = HAPPENINGS[what];
if (happening === undefined) throw new Error(`nothing is called ${what}`);
await happening();
