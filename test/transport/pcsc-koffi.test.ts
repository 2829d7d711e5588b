import koffi, { type TypeObject } from 'koffi';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PcscBinding, ReaderChange, ReaderWatch } from '../../src/transport/pcsc/binding.js';
import { koffiBinding } from '../../src/transport/pcsc/koffi-binding.js';

type Native = (...values: never[]) => number;
type Done = (error: Error | null, code: number) => void;

/** winscard.h */
const TIMEOUT = 0x8010000a;
const NO_READERS = 0x8010002e;
const INSUFFICIENT_BUFFER = 0x80100008;
const UNKNOWN_READER = 0x80100009;

interface Asked {
  szReader: Uint8Array;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: Uint8Array;
}

type TypeSpec = Parameters<typeof koffi.type>[0];

/** What C sees of a type: a number of so many bits, with a sign or not, or what is pointed to. */
function inC(type: TypeSpec): string {
  const { primitive, ref } = koffi.type(type);
  return ref ? `*${ref.primitive}` : primitive;
}

/** A library of the system that is made up, below a real koffi, whose types are what the real one would be given. */
function system(platform: NodeJS.Platform, functions: Record<string, Native>) {
  const [names, structures]: [string[], { size: number; members: string[] }[]] = [[], []];
  const declared: Record<string, string[]> = {};
  const loaded: string[] = [];
  const noted =
    (make: typeof koffi.struct | typeof koffi.pack) =>
    (members: Record<string, string>): TypeObject => {
      const type = make(members);
      structures.push({ size: koffi.sizeof(type), members: Object.keys(members) });
      return type;
    };
  const library = {
    func: (_convention: string, name: string, result: TypeSpec, given: TypeSpec[]) => {
      names.push(name);
      declared[name] = [result, ...given].map(inC);
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
  return { binding, names, declared, structures, loaded };
}

/** Lists `readers`, and answers each look at them with what `look` makes of it. */
function readers(
  list: () => readonly string[],
  look: (asked: Asked[], timeoutMs: number) => number,
  encoding: 'utf8' | 'latin1' = 'utf8',
) {
  let looks = 0;
  return {
    looks: () => looks,
    functions: (bytes: 1 | 2): Record<string, Native> => ({
      SCardListReaders: (_context: unknown, _groups: unknown, buffer: Uint8Array, length: [number]) => {
        const names = list();
        if (names.length === 0) return NO_READERS;
        const text = Buffer.from(`${names.join('\0')}\0\0`, bytes === 2 ? 'utf16le' : encoding);
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
    const { binding, loaded, structures } = system(platform, {});
    expect(loaded).toEqual([path]);
    // Windows stops the service with the last reader.
    expect(binding.serviceStopsWithoutReaders).toBe(platform === 'win32');
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
    // LONG, DWORD and a handle (SCARDCONTEXT, SCARDHANDLE), by hand from winscard.h, wintypes.h and pcsclite.h.
    ['linux', 'Int64', 'UInt64', 'Int64', ''],
    ['darwin', 'Int32', 'UInt32', 'Int32', ''],
    ['win32', 'Int32', 'UInt32', 'UInt64', 'W'],
  ] as const)('of %s is called with %s, %s and %s', (platform, long, dword, handle, wide) => {
    expect(system(platform, {}).declared).toEqual({
      SCardEstablishContext: [long, dword, '*Void', '*Void', `*${handle}`],
      SCardReleaseContext: [long, handle],
      [`SCardListReaders${wide}`]: [long, handle, '*Void', '*Void', `*${dword}`],
      [`SCardGetStatusChange${wide}`]: [long, handle, dword, '*Record', dword],
      [`SCardConnect${wide}`]: [long, handle, '*Void', dword, dword, `*${handle}`, `*${dword}`],
      SCardDisconnect: [long, handle, dword],
      SCardTransmit: [long, handle, '*Record', '*Void', dword, '*Void', '*Void', `*${dword}`],
    });
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

  // By a hand-written reader.conf, which pcscd takes as it is.
  it.each([
    ['latin1', 'Lecteur été'],
    ['utf8', 'カードリーダー'],
    ['utf8', 'Lecteur été'],
  ] as const)('of linux is asked for a reader by the bytes of its name, %s: %s', async (encoding, name) => {
    const written = Buffer.from(`${name}\0`, encoding);
    const fake = readers(
      () => [name, 'b'],
      (asked) => {
        if (!written.equals(asked[0]?.szReader ?? new Uint8Array())) return 0x80100009;
        for (const record of asked) record.dwEventState = PRESENT;
        return 0;
      },
      encoding,
    );
    const opened: Uint8Array[] = [];
    const { binding } = system('linux', {
      ...fake.functions(1),
      SCardConnect: (_context: unknown, reader: Uint8Array) => {
        opened.push(reader);
        return 0;
      },
    });
    const { watch } = await watching(binding, settled);
    expect([...watch.readers.keys()]).toEqual([name, 'b']);
    await watch.close();
    await binding.connect(name, 'exclusive');
    expect(opened.map((bytes) => [...bytes])).toEqual([[...written]]);
  });

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

  it.each([
    ['SCARD_STATE_UNKNOWN', 0x4],
    ['SCARD_STATE_UNAVAILABLE', 0x8],
  ])('that goes on listing a reader which is gone (%s) is not asked without a pause', async (_name, gone) => {
    const fake = readers(
      () => ['a'],
      ([a]) => {
        if (a) a.dwEventState = CHANGED | gone;
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

  it('without a reader is no failure', async () => {
    const none = readers(
      () => [],
      () => 0,
    );
    const { watch, changes, failure } = await watching(system('linux', none.functions(1)).binding, settled);
    expect([failure, watch.readers.size]).toEqual([undefined, 0]);
    await watch.close();
    expect(changes).toEqual([{ type: 'listed' }]);
  });

  it('that never has room enough for the names is given up', async () => {
    let asked = 0;
    const { binding } = system('linux', {
      SCardListReaders: () => {
        asked += 1;
        return INSUFFICIENT_BUFFER;
      },
    });
    const { failure, watch } = await watching(binding, () => false);
    expect(failure).toMatchObject({ code: 'TRANSPORT' });
    // From 4096 characters to a million.
    expect(asked).toBe(9);
    await watch.close();
  });

  it('tells of the readers that changed alone, and that an empty one has no answer to reset', async () => {
    let looks = 0;
    const fake = readers(
      () => ['a', 'b'],
      ([a, b]) => {
        looks += 1;
        if (looks > 2 || !a || !b) return TIMEOUT;
        // At the second look one of them is as it was.
        a.dwEventState = looks === 1 ? CHANGED | 0x10 : CHANGED | 0x1_0020;
        b.dwEventState = looks === 1 ? CHANGED | 0x10 : 0;
        return 0;
      },
    );
    const { watch, changes } = await watching(
      system('linux', fake.functions(1)).binding,
      (_, seen) => seen.filter(({ type }) => type === 'status').length === 3,
    );
    await watch.close();
    expect(changes.flatMap((c) => (c.type === 'status' ? [c.name] : []))).toEqual(['a', 'b', 'a']);
    expect(watch.readers.get('b')).toEqual({ state: 0x10, atr: undefined });
  });

  it('that does not know a reader which was pulled a moment ago is asked again', async () => {
    let list = ['a'];
    const fake = readers(
      () => list,
      () => {
        list = [];
        return UNKNOWN_READER;
      },
    );
    const { watch, changes, failure } = await watching(
      system('linux', fake.functions(1)).binding,
      ({ readers: seen }, told) => told.length > 1 && seen.size === 0,
    );
    await watch.close();
    expect(failure).toBeUndefined();
    expect(changes.map(({ type }) => type)).toContain('removed');
  });

  describe('after the watch was closed', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    it.each<[string, number, number]>([
      ['a new reader', 0, 0],
      ['a list that fails', 0x8010001e, 0],
      ['a change', -1, 0],
      ['a look that fails', -1, 0x8010001e],
      ['a reader that is not known', -1, UNKNOWN_READER],
    ])('tells nothing more, and no time goes by: %s', async (_what, listing, looking) => {
      const told: unknown[] = [];
      let close = () => {};
      const isListing = listing >= 0;
      const fake = readers(
        () => ['a'],
        ([a]) => {
          if (a) a.dwEventState = CHANGED | 0x10;
          if (!isListing) close();
          return looking;
        },
      );
      const functions = fake.functions(1);
      const list = functions['SCardListReaders'];
      const { binding } = system('linux', {
        ...functions,
        SCardListReaders: (...values: never[]) => {
          if (isListing) close();
          return listing > 0 ? listing : (list?.(...values) ?? 0);
        },
      });
      const watch = await binding.watch({
        changed: (change) => told.push(change),
        failed: (error) => told.push(error),
      });
      await new Promise<void>((resolve) => {
        close = () => {
          told.length = 0;
          resolve(watch.close());
        };
      });
      expect(told).toEqual([]);
      expect(fake.looks()).toBe(isListing ? 0 : 1);
    });

    it('wakes from the pause between two looks', async () => {
      const none = readers(
        () => [],
        () => 0,
      );
      const { watch } = await watching(system('linux', none.functions(1)).binding, settled);
      await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
      await watch.close();
      expect(vi.getTimerCount()).toBe(0);
    });
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
    const requests: unknown[] = [];
    const { binding } = system('linux', {
      SCardConnect: (...values: unknown[]) => {
        (values[5] as [number])[0] = 2;
        return 0;
      },
      SCardTransmit: (
        _c: never,
        request: unknown,
        command: Uint8Array,
        n: number,
        _r: never,
        out: Uint8Array,
        length: [number],
      ) => {
        requests.push(request);
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
    // The protocol that the connection chose (T=1), and the length of SCARD_IO_REQUEST: two DWORDs.
    expect(requests).toEqual([{ dwProtocol: 2, cbPciLength: 16 }]);
  });

  it('that fails at a command says why', async () => {
    const { binding } = system('linux', { SCardTransmit: () => 0x80100069 });
    const card = await binding.connect('a', 'exclusive');
    await expect(card.transmit(Uint8Array.of(0x00, 0x20, 0x00, 0x80), 258)).rejects.toMatchObject({
      code: 'CARD_REMOVED',
    });
  });
});
