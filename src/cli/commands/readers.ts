/** `jpki readers`. */
import { JpkiError, listReaders, type ReaderInfo } from '../../index.js';
import type { Context, Run } from '../context.js';
import { rows } from '../terminal/screen.js';

export const readers: Run = async (context) => {
  const { options, json, out, texts } = context;
  const wanted = options.value('reader') ?? '';
  const list = (await allReaders(context)).filter(({ name }) => name.includes(wanted));
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
