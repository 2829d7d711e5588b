/** What the page is told of the cards on the readers: no PIN, no name, no number, nothing that names the holder. */
import {
  certificateExpiry,
  type JpkiApplet,
  JpkiError,
  openJpki,
  type ReaderEvent,
  recoveryOptions,
  watchReaders,
} from 'jpki-card';

export interface Reader {
  readonly name: string;
  readonly state: 'empty' | 'reading' | 'read' | 'failed';
  readonly card?: Awaited<ReturnType<typeof readCard>>;
  readonly error?: { readonly code: string; readonly en: Words; readonly ja: Words };
}
interface Words {
  readonly message: string;
  readonly remedy: string;
}

/** All readers, each time that something changes with one of them; ends when `signal` is aborted. */
export async function* readersAndCards(signal: AbortSignal): AsyncGenerator<readonly Reader[]> {
  const readers = new Map<string, Reader>();
  const now = () => [...readers.values()];
  yield now();
  for await (const event of watchReaders({ signal })) {
    if (event.type === 'reader-removed') readers.delete(event.reader);
    else readers.set(event.reader, { name: event.reader, state: afterwards(event) });
    yield now();
    if (event.type !== 'card-inserted') continue;
    readers.set(event.reader, await readerWithCard(event.reader, signal));
    yield now();
  }
}

const afterwards = ({ type }: ReaderEvent): Reader['state'] =>
  type === 'card-inserted' ? 'reading' : 'empty';

async function readerWithCard(name: string, signal: AbortSignal): Promise<Reader> {
  const reader = new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
  try {
    await using applet = await openJpki({ reader, signal, timeoutMs: 10_000 });
    return { name, state: 'read', card: await readCard(applet) };
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    const [en, ja] = [error.inLanguage('en'), error.inLanguage('ja')];
    return { name, state: 'failed', error: { code: error.code, en, ja } };
  }
}

async function readCard(applet: JpkiApplet) {
  const { pins } = await applet.readStatus();
  const certificate = await applet.readCertificate('auth').catch(() => undefined);
  const expiry = certificate && certificateExpiry(certificate);
  const ways = recoveryOptions({
    pins: { sign: { counter: pins.sign }, auth: { counter: pins.auth } },
    certificates: { auth: expiry?.state === 'not-yet-valid' ? undefined : expiry?.state },
  });
  return {
    pins: (['auth', 'sign'] as const).map((pin) => {
      const { triesLeft, maxTries, locked } = pins[pin];
      return { pin, triesLeft, maxTries, locked };
    }),
    endsAt: expiry?.endsAt,
    remarks: expiry?.remarks.map(({ text }) => text) ?? [],
    ways: ways
      .filter(
        ({ pin }) => (pin === 'auth' || pin === 'sign') && (pins[pin].locked || pins[pin].triesLeft === 1),
      )
      .map(({ pin, title, answer, needs, steps, where, confirm, page }) => {
        const texts = (list: readonly { readonly text: { en: string; ja: string } }[]) =>
          list.map(({ text }) => text);
        return { pin, title, answer, needs: texts(needs), steps: texts(steps), where, confirm, page };
      }),
  };
}
