import { describe, expect, it } from 'vitest';
import { JpkiError } from '../../src/errors.js';
import { recordTranscript, replayTranscript } from '../../src/transcript/index.js';
import type { CardConnection } from '../../src/transport/connection.js';
import { callables } from './api.js';
import { CALLS, type Call, newConnection, sent, type Takes } from './calls.js';

const API = callables();
const ASYNC = new Set(API.filter(({ isAsync }) => isAsync).map(({ name }) => name));

/** The arguments with one value in the place of the good one. */
async function argumentsWith(call: Call, path: string, value: unknown): Promise<unknown[]> {
  return Object.values(replaced(await call.args(), path.split('.'), value));
}

function replaced(
  object: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [name = '', ...rest] = path;
  const inner =
    rest.length === 0 ? value : replaced((object[name] ?? {}) as Record<string, unknown>, rest, value);
  return { ...object, [name]: inner };
}

interface Outcome {
  readonly error: unknown;
  /** Whether it was thrown instead of rejected. */
  readonly thrown: boolean;
}

async function outcomeOf(call: Call, args: readonly unknown[]): Promise<Outcome> {
  let result: unknown;
  try {
    result = call.call(...(args as never[]));
  } catch (error) {
    return { error, thrown: true };
  }
  return {
    error: await Promise.resolve(result).then(
      () => undefined,
      (error: unknown) => error,
    ),
    thrown: false,
  };
}

const ROWS = Object.entries(CALLS).flatMap(([name, call]) =>
  Object.entries(call.takes).flatMap(([path, takes]): [string, string, Call, Takes][] =>
    typeof takes === 'string' ? [] : [[name, path, call, takes]],
  ),
);

function shown(value: unknown): string {
  try {
    return typeof value === 'function' || typeof value === 'symbol'
      ? String(value)
      : `${Object.prototype.toString.call(value)} ${value}`;
  } catch {
    return `a ${typeof value} that cannot be looked at`;
  }
}

describe('the table of arguments and options', () => {
  it('has everything that the entry points take, and nothing else', () => {
    const missing = API.flatMap(({ name, paths }) => {
      const takes = CALLS[name]?.takes ?? {};
      const left = Object.keys(takes).filter((path) => typeof takes[path] === 'string');
      const covered = (path: string) => path in takes || left.some((top) => path.startsWith(`${top}.`));
      return paths.filter((path) => !covered(path)).map((path) => `${name}: ${path}`);
    });
    expect(missing).toEqual([]);
    const known = new Set(API.flatMap(({ name, paths }) => paths.map((path) => `${name}: ${path}`)));
    const gone = Object.entries(CALLS).flatMap(([name, { takes }]) =>
      Object.keys(takes).map((path) => `${name}: ${path}`),
    );
    expect(gone.filter((row) => !known.has(row))).toEqual([]);
  });
});

describe('an argument without a default', () => {
  it('is missed by name, whichever function it is left out of', () => {
    const notTried = API.flatMap(({ name, needed }) =>
      // Of options that are needed, the one that is: below.
      needed
        .filter((argument) => argument !== 'options')
        .flatMap((argument) => {
          const takes = CALLS[name]?.takes[argument];
          return typeof takes === 'object' && !takes.bad.includes(undefined) ? [`${name}: ${argument}`] : [];
        }),
    );
    expect(notTried).toEqual([]);
  });
});

describe('an option that is left out', () => {
  it('may be `undefined` as well, also where a program is compiled with exactOptionalPropertyTypes', () => {
    expect(
      API.flatMap(({ name, exact }) =>
        // A saved state has no options.
        name === 'VirtualCard.fromJSON' ? [] : exact.map((path) => `${name}: ${path}`),
      ),
    ).toEqual([]);
  });
});

describe('what cannot be used is refused in both languages before anything is sent', () => {
  it.each(ROWS)('%s: %s', async (name, path, call, { bad, code = 'INVALID_ARGUMENT' }) => {
    for (const value of bad) {
      const args = await argumentsWith(call, path, value);
      const before = sent;
      const { error, thrown } = await outcomeOf(call, args);
      const what = `${name} with ${path} = ${shown(value)}`;
      expect(error, what).toBeInstanceOf(JpkiError);
      if (!(error instanceof JpkiError)) return;
      expect(error.code, `${what}: ${error.message}`).toBe(code);
      expect(thrown, `${what} threw`).toBe(!ASYNC.has(name));
      expect(sent, `${what} sent something`).toBe(before);
      if (code !== 'INVALID_ARGUMENT') continue;
      const option = path.split('.').at(-1) ?? '';
      const inJapanese = error.inLanguage('ja').message;
      expect(error.message, what).toContain(option);
      expect(inJapanese, what).toContain(option);
      expect(inJapanese, what).toMatch(/\p{Script=Hiragana}/u);
    }
  });
});

describe('options that are needed', () => {
  it.each([
    ['verifyCertificate', 'purpose'],
    ['createLoginToken', 'audience'],
    ['verifyLoginToken', 'audience'],
    ['createSshAgent', 'pin'],
  ])('of %s are missed by name when there are no options at all', async (name, needed) => {
    const call = CALLS[name];
    if (!call) throw new Error('it is not in the table');
    const { error } = await outcomeOf(call, await argumentsWith(call, 'options', undefined));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(needed) });
  });
});

describe('what can be used is not refused', () => {
  it.each(ROWS)('%s: %s', async (name, path, call, { good }) => {
    for (const value of good) {
      const { error } = await outcomeOf(call, await argumentsWith(call, path, value));
      const message = `${name} with ${path} = ${shown(value)}: ${error}`;
      expect(error instanceof JpkiError ? error.code : undefined, message).not.toBe('INVALID_ARGUMENT');
      expect(error instanceof TypeError, message).toBe(false);
    }
  });
});

describe('every connection', () => {
  const connect = (): CardConnection => newConnection();
  const text = recordTranscript(newConnection()).text();
  it.each<[string, () => CardConnection]>([
    ['to a virtual card', connect],
    ['that records', () => recordTranscript(connect())],
    ['that replays', () => replayTranscript(text)],
  ])('%s is as it was after a command or disposition that is none', async (_what, open) => {
    const connection = open();
    for (const command of [undefined, '00b0', [0x00, 0xb0]])
      await expect(connection.transmit(command as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    for (const disposition of ['Unpower', 2, null])
      await expect(connection.disconnect(disposition as never)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
    await connection.disconnect();
    await expect(connection.transmit(Uint8Array.of(0, 0xb0, 0, 0))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});
