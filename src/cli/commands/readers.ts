/** `jpki readers`. */
import { JpkiError, listReaders, type ReaderInfo } from '../../index.js';
import { openPhoneListener, phonePortOf, timeoutOf } from '../card.js';
import type { Context, Run } from '../context.js';
import { rows } from '../terminal/screen.js';

export const readers: Run = async (context) => {
  const { options, json, out, texts } = context;
  const port = options.has('virtual') ? undefined : phonePortOf(context);
  const wanted = options.value('reader') ?? '';
  const list =
    port === undefined
      ? (await allReaders(context)).filter(({ name }) => name.includes(wanted))
      : [await phoneReader(context, port)];
  if (json) {
    out.json({
      readers: list.map(({ name, state, atr }) => ({
        name,
        state,
        atr: atr ? Buffer.from(atr).toString('hex') : null,
      })),
    });
    return;
  }
  if (list.length === 0) throw new JpkiError('NO_READER');
  out.lines(
    rows(
      list.map(({ name, state }) => [name, texts.readers[state]]),
      { indent: 0 },
    ),
  );
};

async function allReaders({ options }: Context): Promise<ReaderInfo[]> {
  if (options.has('virtual')) {
    const { openVirtualCard } = await import('../virtual-card.js');
    const { card, save } = await openVirtualCard(options.value('virtual'));
    await save();
    const { readerName, atr } = card.connect();
    return [{ name: readerName, state: 'present', atr }];
  }
  return listReaders();
}

/** A phone that connects while it is waited for, with whatever card is on it. */
async function phoneReader(context: Context, port: number): Promise<ReaderInfo> {
  const listener = await openPhoneListener(context, port);
  try {
    const { signal } = context;
    const connection = await listener.connect({ signal, timeoutMs: timeoutOf(context) });
    const { readerName: name, atr } = connection;
    await connection.disconnect();
    return { name, state: 'present', atr };
  } finally {
    await listener.close();
  }
}
