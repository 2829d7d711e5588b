/**
 * Card readers through PC/SC, the smart card service of Linux, macOS and Windows, by the optional packages `koffi`
 * (comes compiled) or `pcsclite` (is compiled at installation, and works on the main thread only).
 */
import { checkedOptions, checkSignal } from '../arguments.js';
import { nodeModule } from '../node-module.js';
import type { CardConnection } from './connection.js';
import type { BindingName } from './pcsc/binding.js';
import { CONNECT_CHECKS, type ConnectOptions, checkThread, connectWith } from './pcsc/connect.js';
import { checkBinding, loadPcsc } from './pcsc/load.js';
import { threadWaits } from './pcsc/patience.js';
import { listWith, type ReaderEvent, type ReaderInfo, watchWith } from './pcsc/readers.js';

export type { BindingName, ReaderState } from './pcsc/binding.js';
export type { ConnectOptions, WaitingReason } from './pcsc/connect.js';
export type { ReaderEvent, ReaderInfo } from './pcsc/readers.js';

/**
 * Which package reaches the PC/SC service.
 *
 * @category Readers and connections
 */
export interface BindingOptions {
  /**
   * Default: the environment variable `JPKI_PCSC`, else the first that is installed and works of `koffi` and `pcsclite`.
   */
  readonly binding?: BindingName | undefined;
}

/**
 * Which package reaches the PC/SC service here: for a support screen, or to see at the start that one does.
 *
 * @throws JpkiError `PCSC_UNAVAILABLE` none is installed, or none works; `INVALID_ARGUMENT` another name in `JPKI_PCSC`;
 * `UNSUPPORTED` in a browser
 * @example
 * console.log(await findBinding()); // koffi
 * @category Readers and connections
 */
export async function findBinding(): Promise<BindingName> {
  return (await loadPcsc()).name;
}

/**
 * Whether a call of the PC/SC service has been given up on and still waits, for a card or a reader that does not answer.
 * It holds a thread, and the process does not end, not by `process.exit` either, until it is answered.
 *
 * @example
 * if (pcscStillWaits()) process.kill(process.pid, 'SIGKILL');
 * @category Readers and connections
 */
export function pcscStillWaits(): boolean {
  return threadWaits();
}

/**
 * The readers plugged in now, and what is in them.
 *
 * @throws JpkiError at once `INVALID_ARGUMENT`; `PCSC_UNAVAILABLE` `SERVICE_UNAVAILABLE` `TRANSPORT`; after 6 s
 * `SERVICE_UNAVAILABLE` when the service does not answer (through `pcsclite` it is waited for)
 * @example
 * for (const { name, state } of await listReaders()) console.log(name, state);
 * @category Readers and connections
 */
export async function listReaders(options: BindingOptions = {}): Promise<ReaderInfo[]> {
  const { binding } = checkedOptions(options, { binding: checkBinding });
  return listWith(await loadPcsc(binding));
}

/**
 * Reports readers and cards as they come and go, beginning with those already there. Goes on when the PC/SC service
 * restarts: its readers are reported removed, then added again. Leaving the loop or aborting ends the watch and frees
 * everything; an abort ends the iteration without throwing.
 *
 * @param options `signal`, an AbortSignal, ends the watch, default: none; `binding` as for `listReaders`
 * @throws JpkiError at once `INVALID_ARGUMENT`; from the first step `PCSC_UNAVAILABLE`, and `SERVICE_UNAVAILABLE` when
 * the service is not running (on Windows it waits for it: there the service runs only while a reader is plugged in)
 * @example
 * for await (const event of watchReaders()) if (event.type === 'card-inserted') console.log(event.reader);
 * @category Readers and connections
 */
export function watchReaders(
  options: { signal?: AbortSignal | undefined } & BindingOptions = {},
): AsyncIterable<ReaderEvent> {
  const { signal, binding } = checkedOptions(options, { signal: checkSignal, binding: checkBinding });
  return watchWith(() => loadPcsc(binding), signal);
}

/**
 * Waits for a reader and a card and opens it, by default so that nobody else can reach it meanwhile.
 *
 * @throws JpkiError at once: `INVALID_ARGUMENT` `PCSC_UNAVAILABLE` `ABORTED`, `SERVICE_UNAVAILABLE` when the service is
 * not running, `UNSUPPORTED` in a worker thread without `unpowerOnExit: false`, `SHARING_VIOLATION` with `busy: 'fail'`;
 * when the time is over: `NO_READER` `NO_CARD` `CARD_MUTE` `SHARING_VIOLATION`, or `SERVICE_UNAVAILABLE` when the service
 * stopped and stayed away or does not answer (which takes 5 to 12 s to tell, however short the time)
 * @example
 * const connection = await connectCard({ timeoutMs: 60_000 });
 * await connection.disconnect();
 * @category Readers and connections
 */
export async function connectCard(options: ConnectOptions = {}): Promise<CardConnection> {
  return openCardFor(options, async (connection) => connection);
}

/** As `connectCard`, with what `use` makes of the card; one that `use` will not have is followed by the next. */
export async function openCardFor<T>(
  options: ConnectOptions,
  use: (connection: CardConnection) => Promise<T>,
): Promise<T> {
  const checked = checkedOptions(options, CONNECT_CHECKS);
  const pcsc = await loadPcsc(checked.binding);
  checkThread(nodeModule('node:worker_threads').isMainThread, checked.unpowerOnExit);
  return connectWith(pcsc, checked, use);
}
