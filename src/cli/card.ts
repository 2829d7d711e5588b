/** Getting hold of a card, real or virtual, and letting go of it whatever happens. */
import {
  type CardConnection,
  type CardRecord,
  type CertificateState,
  JpkiApplet,
  JpkiError,
  type KeyRole,
  type OpenOptions,
  openJpki,
  type PinDevice,
  readCardRecord,
  type WaitingReason,
} from '../index.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { pinFiles, refuseOver } from './output-file.js';
import { Progress } from './terminal/screen.js';

export interface OpenCard {
  readonly applet: JpkiApplet;
  readonly connection: CardConnection;
  /** Whether it is the command's own virtual card. One in the PC/SC service shows only by its certificates. */
  readonly virtual: boolean;
  readonly progress: Progress;
}

export interface CardOptions {
  /** What stands between the card and the library. */
  readonly wrap?: (connection: CardConnection) => CardConnection;
  /** Whether the command may begin anew: until a PIN was asked for. Default: it may not. */
  readonly mayBeginAnew?: () => boolean;
  /** How long to wait when the user has not said. Default 30 seconds. */
  readonly timeoutMs?: number;
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
  const { ending, afterwards } = context;
  const progress = new Progress(context.err);
  const stored = context.options.has('virtual') ? await openStored(context, progress) : undefined;
  const once = async (extendedReads: boolean): Promise<T> => {
    const opening: OpenOptions = {
      extendedReads,
      through: (opened) => ending.card.hold(options.wrap ? options.wrap(opened) : opened),
    };
    const applet = stored
      ? await selectStored(stored.card.connect(), opening)
      : await waitForCard(context, options, opening);
    const { connection } = applet;
    try {
      return await use({ applet, connection, virtual: stored !== undefined, progress });
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
    await stored?.save().catch((error: unknown) => afterwards.push(error));
  }
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
async function selectStored(
  opened: CardConnection,
  { through, extendedReads }: OpenOptions,
): Promise<JpkiApplet> {
  const connection = through?.(opened) ?? opened;
  try {
    return await JpkiApplet.select(connection, { extendedReads });
  } catch (error) {
    await connection.disconnect().catch(() => undefined);
    throw error;
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_S = 86_400;
/** How often the line that says what is missing is brought up to date. */
const SHOW_AGAIN_MS = 3_000;

/** Milliseconds to wait for a reader and a card. */
function timeoutOf({ options, help }: Context, otherwise = DEFAULT_TIMEOUT_MS): number {
  const text = options.value('timeout');
  if (text === undefined) return otherwise;
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_TIMEOUT_S))
    throw usageError((texts) => texts.arguments.badValue('--timeout', `0-${MAX_TIMEOUT_S}`), ...help);
  return seconds * 1000;
}

/** Waits for a card with the applet; on a terminal it says what for. */
async function waitForCard(
  context: Context,
  options: CardOptions,
  opening: OpenOptions,
): Promise<JpkiApplet> {
  const { signal, err, texts } = context;
  const reader = context.options.value('reader');
  const timeoutMs = timeoutOf(context, options.timeoutMs);
  const end = Date.now() + timeoutMs;
  let reason: WaitingReason | undefined;
  const show = () => {
    if (reason === undefined) return;
    const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    err.transient(texts.card.waitingFor(texts.card.waiting[reason], seconds));
  };
  const onWaiting = (why: WaitingReason) => {
    reason = why;
    show();
  };
  const clock = setInterval(show, SHOW_AGAIN_MS);
  try {
    return await openJpki({
      ...opening,
      signal,
      timeoutMs,
      onWaiting,
      ...(reader !== undefined && { reader }),
    });
  } finally {
    clearInterval(clock);
    if (signal.aborted) err.clearTransient();
  }
}
