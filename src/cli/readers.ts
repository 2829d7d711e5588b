/** `jpki readers`. */
import { toHex } from '../bytes.js';
import { JpkiError } from '../errors.js';
import type { ReaderInfo } from '../transport/pcsc.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { rows } from './layout.js';
import { READER_TEXTS as TEXT } from './texts-readers.js';

export const readers: Run = async (context) => {
  const { options, json, out, say } = context;
  const wanted = options.value('reader');
  const list = (await allReaders(context)).filter(
    ({ name }) => wanted === undefined || name.includes(wanted),
  );
  if (json) {
    out.json({
      readers: list.map(({ name, state, atr }) => ({ name, state, atr: atr ? toHex(atr) : null })),
    });
    return undefined;
  }
  if (list.length === 0) throw new JpkiError('NO_READER');
  out.lines(
    rows(
      list.map(({ name, state }) => ({ label: name, values: [say(TEXT[state])] })),
      { indent: 0 },
    ),
  );
  return undefined;
};

async function allReaders({ options }: Context): Promise<ReaderInfo[]> {
  if (options.has('virtual')) {
    const { openVirtualCard } = await import('./virtual-state.js');
    const { card, save } = await openVirtualCard(options.value('virtual'));
    await save();
    const { readerName, atr } = card.connect();
    return [{ name: readerName, state: 'present', atr }];
  }
  const { listReaders } = await import('../transport/pcsc.js');
  return listReaders();
}
