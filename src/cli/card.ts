/** Getting hold of a card, real or virtual, and letting go of it whatever happens. */
import { type BilingualText, JpkiError, type JpkiErrorCode, type KeyRole } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import { selectOrLetGo } from '../jpki/open.js';
import type { CardConnection } from '../transport/connection.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { pinFiles, refuseOver } from './output-file.js';
import { Progress } from './progress.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { CARD_TEXTS as TEXT } from './texts-card.js';

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
  const progress = new Progress(context);
  const stored = context.options.has('virtual') ? await openStored(context, progress) : undefined;
  try {
    const extendedReads = !context.options.has('short-reads');
    const select = async (opened: CardConnection) => {
      const connection = ending.card.hold(options.wrap ? options.wrap(opened) : opened);
      return { connection, applet: await selectOrLetGo(connection, { extendedReads }) };
    };
    const { connection, applet } = stored
      ? await select(stored.card.connect())
      : await waitForCard(context, options, select);
    try {
      return await use({ applet, connection, virtual: stored !== undefined, progress });
    } finally {
      // A card that could not be let go of is told at the end of the run, behind what came first.
      await applet.close().catch(() => undefined);
    }
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

async function openStored(context: Context, progress: Progress) {
  const { openVirtualCard } = await import('./virtual-state.js');
  const path = context.options.value('virtual');
  await refuseOver(path, pinFiles(context), context);
  progress.step(TEXT.makingCard);
  try {
    return await openVirtualCard(path);
  } finally {
    progress.end();
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_TIMEOUT_S = 86_400;
/** How often the line that says what is missing is brought up to date. */
const SHOW_AGAIN_MS = 3_000;

/** Milliseconds to wait for a reader and a card. */
export function timeoutOf({ options, help }: Context, otherwise = DEFAULT_TIMEOUT_MS): number {
  const text = options.value('timeout');
  if (text === undefined) return otherwise;
  const seconds = /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_TIMEOUT_S))
    throw usageError(ARGUMENT_TEXTS.badValue('--timeout', `0-${MAX_TIMEOUT_S}`), ...help);
  return seconds * 1000;
}

/** Waits for a card that `select` takes; on a terminal it says what for. */
async function waitForCard<T>(
  context: Context,
  options: CardOptions,
  select: (connection: CardConnection) => Promise<T>,
): Promise<T> {
  const { openCardFor } = await import('../transport/pcsc.js');
  const { signal, err, say } = context;
  const reader = context.options.value('reader');
  const timeoutMs = timeoutOf(context, options.timeoutMs);
  const end = Date.now() + timeoutMs;
  let show = () => {};
  let shown: JpkiErrorCode | undefined;
  const waits = ({ code }: JpkiError) => {
    const text = waitingFor(code);
    if (text === undefined || code === shown) return;
    shown = code;
    show = () => err.transient(say(text(Math.max(0, Math.ceil((end - Date.now()) / 1000)))));
    show();
  };
  const clock = setInterval(() => show(), SHOW_AGAIN_MS);
  try {
    return await openCardFor(
      { signal, timeoutMs, ...(reader !== undefined && { reader }) },
      select,
      err.isTerminal ? waits : undefined,
    );
  } finally {
    clearInterval(clock);
    if (signal.aborted) err.clearTransient();
  }
}

/** What the user must do so that the waiting ends; nothing where waiting does not help. */
function waitingFor(code: JpkiErrorCode) {
  const texts: Partial<Record<JpkiErrorCode, (seconds: number) => BilingualText>> = TEXT.waiting;
  return texts[code];
}
