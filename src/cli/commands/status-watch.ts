/** `jpki status --watch`: a desk puts one card after another on the reader. What is wrong with one does not end the watch. */
import { JpkiError, watchReaders } from '../../index.js';
import { phonePortOf } from '../card.js';
import type { Context } from '../context.js';
import { EXIT, type ExitCode, report, reportOf, usageError } from '../failure.js';
import { heading } from '../terminal/screen.js';

/** A card that was just put down is there: what is waited for is another program, or a card that comes to rest. */
const WAIT_MS = 10_000;

/** What a status is read with, and how it is shown and written down. */
export interface OneCard<T> {
  read(options: { readonly reader: RegExp; readonly timeoutMs: number }): Promise<T>;
  show(result: T): void;
  json(result: T): object;
}

export async function watchCards<T>(context: Context, card: OneCard<T>): Promise<ExitCode> {
  const { options, out, err, json, texts, signal, help } = context;
  if (options.has('virtual') || phonePortOf(context) !== undefined)
    throw usageError((all) => all.status.watchIsForReaders, ...help);
  const wanted = options.value('reader') ?? '';
  const waiting = () => err.transient(texts.status.putCardDown);
  waiting();
  for await (const { type, reader } of watchReaders({ signal })) {
    if (!reader.includes(wanted)) continue;
    if (type === 'card-inserted') await oneCard(context, reader, card);
    else if (!json) out.line(texts.status.events[type](reader));
    if (!signal.aborted) waiting();
  }
  err.clearTransient();
  // Ended by a signal, which gives the exit code.
  return EXIT.done;
}

async function oneCard<T>(context: Context, reader: string, card: OneCard<T>): Promise<void> {
  const { out, err, json, texts, options, signal } = context;
  const at = new Date();
  if (!json) out.lines([heading(texts.status.cardAt(clock(at), reader))]);
  const started = { at: at.toISOString() };
  try {
    const result = await card.read({ reader: exactly(reader), timeoutMs: WAIT_MS });
    if (json) out.jsonLine({ ...started, ...card.json(result) });
    else card.show(result);
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    if (signal.aborted) return;
    if (json) out.jsonLine({ ...started, reader, error: reportOf(error, context) });
    else report([error], err, context, { json: false, debug: options.has('debug') });
  }
}

/** The clock on the wall of whoever looks at the screen. */
const clock = (at: Date): string => at.toLocaleTimeString('sv-SE');

/** Of two readers of one kind the name of one may begin that of the other. */
const exactly = (name: string): RegExp => new RegExp(`^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
