import koffi, { type TypeObject } from 'koffi';
import { describe, expect, it } from 'vitest';
import type { PcscBinding, ReaderChange, ReaderWatch } from '../../src/transport/pcsc/binding.js';
import { koffiBinding } from '../../src/transport/pcsc/koffi-binding.js';

type Native = (...values: never[]) => number;
type Done = (error: Error | null, code: number) => void;

/** winscard.h */
const TIMEOUT = 0x8010000a;
const NO_READERS = 0x8010002e;
const INSUFFICIENT_BUFFER = 0x80100008;

interface Asked {
  szReader: string;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: Uint8Array;
}

/** A library of the system that is made up, below a real koffi, whose types are what the real one would be given. */
function system(platform: NodeJS.Platform, functions: Record<string, Native>) {
  const [names, structures]: [string[], { size: number; members: string[] }[]] = [[], []];
  const loaded: string[] = [];
  const noted =
    (make: typeof koffi.struct | typeof koffi.pack) =>
    (members: Record<string, string>): TypeObject => {
      const type = make(members);
      structures.push({ size: koffi.sizeof(type), members: Object.keys(members) });
      return type;
    };
  const library = {
    func: (_convention: string, name: string) => {
      names.push(name);
      return {
        async: (...values: unknown[]) => {
          const done = values.pop() as Done;
          const native = functions[name.replace(/W$/, '')] ?? (() => 0);
          // A return code is a signed number to C.
          setImmediate(() => done(null, native(...(values as never[])) | 0));
        },
      };
    },
  };
  const made = {
    ...koffi,
    load: (path: string) => {
      loaded.push(path);
      return library;
    },
    struct: noted(koffi.struct),
    pack: noted(koffi.pack),
  };
  const binding = koffiBinding(made as unknown as Parameters<typeof koffiBinding>[0], platform);
  return { binding, names, structures, loaded };
}

/** Lists `readers`, and answers each look at them with what `look` makes of it. */
function readers(list: () => readonly string[], look: (asked: Asked[], timeoutMs: number) => number) {
  let looks = 0;
  return {
    looks: () => looks,
    functions: (bytes: 1 | 2): Record<string, Native> => ({
      SCardListReaders: (_context: unknown, _groups: unknown, buffer: Uint8Array, length: [number]) => {
        const names = list();
        if (names.length === 0) return NO_READERS;
        const text = Buffer.from(`${names.join('\0')}\0\0`, bytes === 2 ? 'utf16le' : 'utf8');
        if (length[0] * bytes < text.length) return INSUFFICIENT_BUFFER;
        buffer.set(text);
        length[0] = text.length / bytes;
        return 0;
      },
      SCardGetStatusChange: (_context: unknown, timeoutMs: number, asked: Asked[]) => {
        looks += 1;
        return look(asked, timeoutMs);
      },
    }),
  };
}

/** Resolves when `until` says so. */
async function watching(
  binding: PcscBinding,
  until: (watch: ReaderWatch, changes: ReaderChange[]) => boolean,
): Promise<{ watch: ReaderWatch; changes: ReaderChange[]; failure: unknown }> {
  const changes: ReaderChange[] = [];
  let failure: unknown;
  let tell = () => {};
  const watch = await binding.watch({
    changed: (change) => {
      changes.push(change);
      tell();
    },
    failed: (error) => {
      failure = error;
      tell();
    },
  });
  await new Promise<void>((resolve) => {
    tell = () => {
      if (failure || until(watch, changes)) resolve();
    };
    tell();
  });
  return { watch, changes, failure };
}

const settled = (watch: ReaderWatch) => watch.settled;
const CHANGED = 0x2;
const PRESENT = 0x22;

describe('the PC/SC library of the system', () => {
  // By hand from winscard.h and pcsclite.h, for 64 bits: two pointers, three DWORDs, the ATR; and two DWORDs.
  it.each([
    ['linux', 'libpcsclite.so.1', 2 * 8 + 3 * 8 + 33 + 7, 16],
    ['darwin', '/System/Library/Frameworks/PCSC.framework/PCSC', 2 * 8 + 3 * 4 + 33, 8],
    ['win32', 'winscard.dll', 2 * 8 + 3 * 4 + 36, 8],
  ] as const)('of %s is %s, with structures of its own size', (platform, path, state, request) => {
    const { loaded, structures } = system(platform, {});
    expect(loaded).toEqual([path]);
    expect(structures).toEqual([
      {
        size: state,
        members: ['szReader', 'pvUserData', 'dwCurrentState', 'dwEventState', 'cbAtr', 'rgbAtr'],
      },
      { size: request, members: ['dwProtocol', 'cbPciLength'] },
    ]);
  });

  it.each([
    ['linux', ''],
    ['darwin', ''],
    ['win32', 'W'],
  ] as const)('of %s has functions with text that end in "%s"', (platform, wide) => {
    expect(system(platform, {}).names.sort()).toEqual(
      [
        `SCardConnect${wide}`,
        'SCardDisconnect',
        'SCardEstablishContext',
        `SCardGetStatusChange${wide}`,
        `SCardListReaders${wide}`,
        'SCardReleaseContext',
        'SCardTransmit',
      ].sort(),
    );
  });

  it.each([
    ['linux', 1],
    ['win32', 2],
  ] as const)(
    'of %s tells names in Japanese, however many, and what is in the readers',
    async (platform, bytes) => {
      // 400 names need more than the first room.
      const names = Array.from({ length: 400 }, (_, i) => `カードリーダー ${i}`);
      const fake = readers(
        () => names,
        (asked) => {
          for (const record of asked) {
            record.dwEventState = PRESENT;
            record.cbAtr = 2;
            record.rgbAtr.set([0x3b, 0x80]);
          }
          return 0;
        },
      );
      const { watch } = await watching(system(platform, fake.functions(bytes)).binding, settled);
      expect([...watch.readers.keys()]).toEqual(names);
      expect(watch.readers.get('カードリーダー 399')).toEqual({
        state: 0x20,
        atr: Uint8Array.of(0x3b, 0x80),
      });
      await watch.close();
    },
  );

  it('that does not answer is SERVICE_UNAVAILABLE, at the first call and later', async () => {
    const silent = system('linux', { SCardEstablishContext: () => 0x8010001d });
    const nobody = { changed: () => {}, failed: () => {} };
    await expect(silent.binding.watch(nobody)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(silent.binding.connect('x', 'shared')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    const stopped = system('linux', { SCardListReaders: () => 0x8010001e });
    const { failure, watch } = await watching(stopped.binding, () => false);
    expect(failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await watch.close();
  });

  it('is asked without waiting for what is not known yet, and then waits for a change of exactly that', async () => {
    const timeouts: number[] = [];
    const known: number[] = [];
    const fake = readers(
      () => ['a'],
      ([a], timeoutMs) => {
        timeouts.push(timeoutMs);
        known.push(a?.dwCurrentState ?? -1);
        if (timeouts.length === 2) return TIMEOUT;
        if (a) a.dwEventState = CHANGED | (timeouts.length === 1 ? 0x1_0010 : 0x2_0020);
        return 0;
      },
    );
    const { watch, changes } = await watching(
      system('linux', fake.functions(1)).binding,
      (_, seen) => seen.filter(({ type }) => type === 'status').length === 2,
    );
    await watch.close();
    expect(timeouts.slice(0, 3)).toEqual([0, 200, 200]);
    expect(known.slice(0, 3)).toEqual([0, 0x1_0010, 0x1_0010]);
    expect(changes.map(({ type }) => type)).toEqual(['added', 'status', 'listed', 'status']);
  });

  it('that goes on listing a reader which is gone is not asked without a pause', async () => {
    const fake = readers(
      () => ['a'],
      ([a]) => {
        if (a) a.dwEventState = CHANGED | 0x8;
        return 0;
      },
    );
    const { watch, changes } = await watching(
      system('linux', fake.functions(1)).binding,
      (_, seen) => seen.filter(({ type }) => type === 'removed').length === 1,
    );
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(fake.looks()).toBe(1);
    await watch.close();
    expect(changes.map(({ type }) => type)).toContain('removed');
  });

  it('reports a reader that came and one that went', async () => {
    let list = ['a'];
    const fake = readers(
      () => list,
      (asked, timeoutMs) => {
        for (const record of asked) record.dwEventState = CHANGED | 0x10;
        if (timeoutMs === 0) return 0;
        list = ['b'];
        return TIMEOUT;
      },
    );
    const { watch, changes } = await watching(
      system('linux', fake.functions(1)).binding,
      ({ readers: seen }) => seen.get('b')?.state !== undefined,
    );
    await watch.close();
    expect(
      changes.filter(({ type }) => type !== 'listed').map((c) => [c.type, 'name' in c && c.name]),
    ).toEqual([
      ['added', 'a'],
      ['status', 'a'],
      ['removed', 'a'],
      ['added', 'b'],
      ['status', 'b'],
    ]);
  });

  it('is given its context back by every end: a watch closed, a card closed, a card that cannot be opened', async () => {
    const contexts: number[] = [];
    let next = 7;
    const functions: Record<string, Native> = {
      SCardEstablishContext: (_scope: unknown, _1: unknown, _2: unknown, given: [number]) => {
        given[0] = next++;
        return 0;
      },
      SCardReleaseContext: (context: number) => {
        contexts.push(context);
        return 0;
      },
      SCardListReaders: () => NO_READERS,
      SCardConnect: (context: number) => (context === 9 ? 0x8010000b : 0),
      SCardDisconnect: () => 0x80100069,
    };
    const { binding } = system('linux', functions);
    await (await watching(binding, settled)).watch.close();
    const card = await binding.connect('a', 'exclusive');
    await expect(card.disconnect(2)).rejects.toMatchObject({ code: 'CARD_REMOVED' });
    await expect(binding.connect('a', 'exclusive')).rejects.toMatchObject({ code: 'SHARING_VIOLATION' });
    expect(contexts).toEqual([7, 8, 9]);
  });

  it('sends a copy of the command, which is wiped when the answer is there', async () => {
    const sent: Uint8Array[] = [];
    const seen: number[][] = [];
    const { binding } = system('linux', {
      SCardTransmit: (
        _c: never,
        _s: never,
        command: Uint8Array,
        n: number,
        _r: never,
        out: Uint8Array,
        length: [number],
      ) => {
        sent.push(command);
        seen.push([...command.subarray(0, n)]);
        out.set([0x90, 0x00]);
        length[0] = 2;
        return 0;
      },
    });
    const card = await binding.connect('a', 'exclusive');
    const command = Uint8Array.of(0x00, 0x20, 0x00, 0x80, 0x04, 0xaa, 0xbb, 0xcc, 0xdd);
    const exchange = card.transmit(command, 258);
    // Whoever gave up waiting wipes his own before the library has read it.
    const given = [...command];
    command.fill(0);
    expect([...(await exchange)]).toEqual([0x90, 0x00]);
    expect(seen).toEqual([given]);
    expect(sent.map((bytes) => [...bytes])).toEqual([given.map(() => 0)]);
  });
});
