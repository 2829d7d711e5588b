/** Getting hold of a card, real or virtual, and letting go of it whatever happens. */
import {
  type CardConnection,
  type CardListener,
  type CardRecord,
  type CertificateState,
  JpkiApplet,
  JpkiError,
  type KeyRole,
  type ListenerConnectOptions,
  openCardListener,
  openJpki,
  type PinDevice,
  readCardRecord,
  type WaitingReason,
} from '../index.js';
import type { VirtualCard } from '../virtual/index.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { pinFiles, refuseOver } from './output-file.js';
import { Progress } from './terminal/screen.js';

export interface OpenCard {
  readonly applet: JpkiApplet;
  readonly connection: CardConnection;
  /** The command's own virtual card, where it is that. One in the PC/SC service shows only by its certificates. */
  readonly virtual: VirtualCard | undefined;
  readonly progress: Progress;
}

export interface CardOptions {
  /** What stands between the card and the library. */
  readonly wrap?: (connection: CardConnection) => CardConnection;
  /** Whether the command may begin anew: until a PIN was asked for. Default: it may not. */
  readonly mayBeginAnew?: () => boolean;
  /** How long to wait for a card on a reader when the user has not said. Default 30 seconds, as for a phone. */
  readonly timeoutMs?: number;
  /** The reader to look at, in place of the one that the user may have named. */
  readonly reader?: RegExp;
}

/**
 * Opens the card that the options ask for, runs `use`, and closes it: unpowered if a PIN was verified, and a virtual
 * one saved, also after an error or Ctrl-C.
 */
export async function withCard<T>(
  context: Context,
  use: (card: OpenCard) => Promise<T>,
  options: CardOptions = {},
): Promise<T> {
  const progress = new Progress(context.err);
  const place = await openPlace(context, progress, options);
  const { virtual } = place;
  const once = async (extendedReads: boolean): Promise<T> => {
    // Who names a phone is about to connect it.
    const otherwise = phonePortOf(context) === undefined ? options.timeoutMs : undefined;
    const applet = await place.open({ extendedReads, timeoutMs: timeoutOf(context, otherwise) });
    const { connection } = applet;
    try {
      return await use({ applet, connection, virtual, progress });
    } finally {
      // A card that could not be let go of is told at the end of the run, behind what came first.
      await applet.close().catch(() => undefined);
    }
  };
  const extendedReads = !context.options.has('short-reads');
  try {
    return await once(extendedReads);
  } catch (error) {
    // Some readers reset the card over an extended-length read. Before the PIN it costs nothing to go on without such reads.
    const isReset = error instanceof JpkiError && error.code === 'CARD_RESET';
    if (!isReset || !extendedReads || options.mayBeginAnew?.() !== true) throw error;
    return await once(false);
  } finally {
    progress.end();
    await place.close();
  }
}

/** Where the card is that the options ask for: in a reader, on a phone, or in memory. */
export interface CardPlace {
  /** Where it is in memory. */
  readonly virtual: VirtualCard | undefined;
  /** Opens the card, which whoever asked closes; as often as it is needed. */
  open(how: {
    readonly extendedReads: boolean;
    /** Default what the user has said, else 30 seconds. */
    readonly timeoutMs?: number | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<JpkiApplet>;
  /** At the end of the run: a virtual card is saved, a phone let go of. What goes wrong is told behind the rest. */
  close(): Promise<void>;
}

export async function openPlace(
  context: Context,
  progress: Progress,
  { wrap = (connection) => connection, reader }: Pick<CardOptions, 'wrap' | 'reader'> = {},
): Promise<CardPlace> {
  const { ending, afterwards, signal: ofRun } = context;
  const through = (opened: CardConnection) => ending.card.hold(wrap(opened));
  if (context.options.has('virtual')) {
    const { card, save } = await openStored(context, progress);
    return {
      virtual: card,
      open: ({ extendedReads }) => selectHeld(through(card.connect()), { extendedReads }),
      close: () => save().catch((error: unknown) => void afterwards.push(error)),
    };
  }
  const port = phonePortOf(context);
  if (port === undefined) {
    if (context.options.has('allow-remote'))
      throw usageError((texts) => texts.card.remoteOfPhone, ...context.help);
    const open: CardPlace['open'] = ({ extendedReads, timeoutMs, signal = ofRun }) =>
      waitForCard(context, timeoutMs, signal, (waiting) =>
        openJpki({
          ...{ through, extendedReads, signal, ...waiting },
          ...((reader || context.options.has('reader')) && {
            reader: reader ?? context.options.value('reader'),
          }),
        }),
      );
    return { virtual: undefined, open, close: async () => undefined };
  }
  const listener = await openPhoneListener(context, port);
  return {
    virtual: undefined,
    open: ({ extendedReads, timeoutMs, signal = ofRun }) =>
      waitForCard(context, timeoutMs, signal, async (waiting) =>
        selectHeld(through(await listener.connect({ signal, ...waiting })), { extendedReads }),
      ),
    close: () => listener.close(),
  };
}

/** `--reader phone`, or `phone:PORT`: the port to listen on; `undefined` for a reader of the PC/SC service. */
export function phonePortOf({ options, help }: Context): number | undefined {
  const [name, text = '35963', ...more] = (options.value('reader') ?? '').split(':');
  if (name !== 'phone') return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535 || more.length > 0)
    throw usageError((texts) => texts.arguments.badValue('--reader phone:PORT', '1-65535'), ...help);
  return port;
}

/** Listens for a phone; where others reach it, not before the user was told what that means. */
export async function openPhoneListener(context: Context, port: number): Promise<CardListener> {
  const host = context.options.value('allow-remote');
  if (host === undefined) return openCardListener({ port });
  context.err.line({ text: context.texts.card.inClear(host, port), style: 'yellow' });
  return openCardListener({ host, port, allowRemote: true });
}

/** Whether an error is what the card answered: the next question may have an answer all the same. */
export function isAnswer({ code }: JpkiError): boolean {
  return code === 'MALFORMED_RESPONSE' || code === 'STATUS_WORD';
}

/** What a card may lack without the rest being worth less; `undefined` where it does. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof JpkiError && isAnswer(error)) return undefined;
    throw error;
  });
}

/**
 * Which certificates the card has, as it says itself; `undefined` where it does not. Before a PIN is asked for, and
 * before a certificate is called absent.
 */
export async function readAvailability({ applet }: OpenCard): Promise<Partial<Record<KeyRole, boolean>>> {
  return (await ifThere(applet.readCertificateAvailability())) ?? {};
}

/** Before a PIN is asked for: there may be nothing behind it. */
export async function requirePresent(card: OpenCard, role: KeyRole): Promise<void> {
  const availability = await readAvailability(card);
  if (availability[role] === false) throw new JpkiError('CERTIFICATE_ABSENT', undefined, { role });
}

/**
 * When the card ends, and where it is from, where that is worth its exchanges: `always`, or where the authentication
 * certificate, which ends no later than the card, does not say that there is time. Not of a phone, which has none. `null` where it was not read.
 */
export async function readRecord(
  { connection }: OpenCard,
  auth: CertificateState,
  device: PinDevice,
  always = false,
): Promise<CardRecord | null | undefined> {
  const isWorthIt = device === 'card' && (always || auth !== 'valid');
  return isWorthIt ? ifThere(readCardRecord(connection)) : null;
}

async function openStored({ options, texts, ...context }: Context, progress: Progress) {
  const { openVirtualCard } = await import('./virtual-card.js');
  const path = options.value('virtual');
  await refuseOver(path, pinFiles(options), context);
  progress.step(texts.card.makingCard);
  try {
    return await openVirtualCard(path);
  } finally {
    progress.end();
  }
}

/** As `openJpki` does with a card in a reader. */
async function selectHeld(
  connection: CardConnection,
  options: { readonly extendedReads: boolean },
): Promise<JpkiApplet> {
  try {
    return await JpkiApplet.select(connection, options);
  } catch (error) {
    await connection.disconnect().catch(() => undefined);
    throw error;
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_S = 86_400;
type WaitOptions = Required<Pick<ListenerConnectOptions, 'timeoutMs' | 'onWaiting'>>;

/** How often the line that says what is missing is brought up to date. */
const SHOW_AGAIN_MS = 3_000;

/** Milliseconds to wait for a reader and a card. */
export function timeoutOf({ options, help }: Context, otherwise = DEFAULT_TIMEOUT_MS): number {
  const text = options.value('timeout');
  if (text === undefined) return otherwise;
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_TIMEOUT_S))
    throw usageError((texts) => texts.arguments.badValue('--timeout', `0-${MAX_TIMEOUT_S}`), ...help);
  return seconds * 1000;
}

/** Waits for a card; on a terminal it says what for. */
async function waitForCard(
  context: Context,
  timeoutMs = timeoutOf(context),
  signal: AbortSignal,
  open: (waiting: WaitOptions) => Promise<JpkiApplet>,
): Promise<JpkiApplet> {
  const { err, texts } = context;
  const end = Date.now() + timeoutMs;
  const waiting = phonePortOf(context) === undefined ? texts.card.waiting : texts.card.waitingForPhone;
  let reason: WaitingReason | undefined;
  const show = () => {
    if (reason === undefined || timeoutMs === 0) return;
    const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    err.transient(texts.card.waitingFor(waiting[reason], seconds));
  };
  const onWaiting = (why: WaitingReason) => {
    reason = why;
    show();
  };
  const clock = setInterval(show, SHOW_AGAIN_MS);
  try {
    return await open({ timeoutMs, onWaiting });
  } finally {
    clearInterval(clock);
    if (signal.aborted) err.clearTransient();
  }
}
