/** `jpki emulate`: a virtual card in the PC/SC service, for any program of any language. */
import { once } from 'node:events';
import { HOLDER_PINS, JpkiError, type KeyRole, PIN_RULES } from '../../index.js';
import {
  connectVpcd,
  isQuirk,
  VIRTUAL_PINS,
  type VirtualCardOptions,
  type VirtualCardQuirks,
  type VirtualToken,
} from '../../virtual/index.js';
import type { Context, Run } from '../context.js';
import { usageError, withRemedy } from '../failure.js';
import { fileWord } from '../next-command.js';
import type { OptionName } from '../options.js';
import { BLANK, capital, heading, paragraph, type Row, rows, type Segment } from '../terminal/screen.js';
import { bilingual } from '../text/index.js';
import { openVirtualCard } from '../virtual-card.js';
import { ROLES } from '../ways.js';

const TOKENS: readonly VirtualToken[] = ['card', 'older-card', 'android', 'iphone'];
/** What is decided when a card is issued, not when it is taken out of its file. */
const ISSUING: readonly OptionName[] = ['token', 'quirk', 'expired', 'no-signature'];

type Tries = { [role in KeyRole]?: number };

export const emulate: Run = async (context) => {
  const { options, help, signal, afterwards } = context;
  const path = options.value('state') ?? options.value('virtual');
  const tries = triesOf(context);
  const address = { host: options.value('host') ?? '127.0.0.1', port: portOf(context) };
  const { card, loaded, save } = await openVirtualCard(path, { ...issuanceOf(context), triesLeft: tries });
  const [issuing] = ISSUING.filter((name) => options.has(name));
  if (loaded && issuing !== undefined)
    throw usageError((texts) => texts.emulate.alreadyIssued(`--${issuing}`), ...help);
  // Kept from the start: a card that is killed without warning is still there.
  await save();
  const session = await connectVpcd(card, address).catch((error: unknown) => {
    if (path === undefined || !(error instanceof JpkiError) || error.code === 'ABORTED') throw error;
    const command = `jpki status --virtual=${fileWord(path)}`;
    throw withRemedy(error, ({ emulate: texts }, remedy) => texts.saved(remedy, path, command));
  });
  try {
    announce(context, card.triesLeft, { ...address, path });
    if (!signal.aborted) await Promise.race([once(signal, 'abort'), session.closed]);
  } finally {
    await session.close();
    await save().catch((error: unknown) => afterwards.push(error));
  }
  if (!signal.aborted)
    throw new JpkiError(
      'SERVICE_UNAVAILABLE',
      bilingual(({ emulate: texts }) => texts.takenOut),
    );
};

function portOf({ options, help }: Context): number {
  const text = options.value('port') ?? '35963';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535)
    throw usageError((texts) => texts.arguments.badValue('--port', '1-65535'), ...help);
  return port;
}

function triesOf({ options, help }: Context): Tries {
  const tries: Tries = {};
  for (const text of options.values('tries')) {
    const [name, count = ''] = text.split('=', 2);
    const role = ROLES.find((candidate) => candidate === name);
    if (role === undefined || !/^\d$/.test(count) || Number(count) > PIN_RULES[role].maxTries)
      throw usageError((texts) => texts.arguments.badValue('--tries', 'auth=0..3|sign=0..5'), ...help);
    tries[role] = Number(count);
  }
  for (const text of options.values('locked')) {
    const role = ROLES.find((candidate) => candidate === text);
    if (role === undefined)
      throw usageError((texts) => texts.arguments.badValue('--locked', 'auth|sign'), ...help);
    tries[role] = 0;
  }
  return tries;
}

function issuanceOf(context: Context): VirtualCardOptions {
  const { options, help } = context;
  const token = TOKENS.find((name) => name === (options.value('token') ?? 'card'));
  if (token === undefined)
    throw usageError((texts) => texts.arguments.badValue('--token', TOKENS.join('|')), ...help);
  return {
    token,
    quirks: quirksOf(context),
    ...(options.has('no-signature') && { signatureCertificate: false }),
    ...(options.has('expired') && { notBefore: daysAgo(1827), notAfter: daysAgo(1) }),
  };
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

/** `name=value` as the library spells it: true, false, a status word such as 6984, a number, or a word. */
function quirksOf({ options, help }: Context): Partial<VirtualCardQuirks> {
  const quirks: Record<string, unknown> = {};
  for (const text of options.values('quirk')) {
    const [name = '', value = ''] = text.split('=', 2);
    const known = quirkValues(value).find((candidate) => isQuirk(name, candidate));
    if (known === undefined) throw usageError((texts) => texts.emulate.noSuchQuirk, ...help);
    quirks[name] = known;
  }
  return quirks;
}

function quirkValues(text: string): unknown[] {
  return [
    ...(text === 'true' ? [true] : []),
    ...(text === 'false' ? [false] : []),
    // Decimal first: a number of bytes is written so, and no status word is below 9999.
    ...(/^\d{1,5}$/.test(text) ? [Number(text)] : []),
    ...(/^(0x)?[0-9a-f]{1,4}$/i.test(text) ? [Number.parseInt(text.replace(/^0x/i, ''), 16)] : []),
    text,
    text.split(','),
  ];
}

function announce(
  { json, out, say, texts }: Context,
  { auth = 0, sign = 0 }: Tries,
  { host, port, path }: { host: string; port: number; path: string | undefined },
): void {
  const triesLeft = { auth, sign };
  if (json) {
    const pins = { auth: { triesLeft: auth }, sign: { triesLeft: sign } };
    out.json({ emulating: { host, port, state: path ?? null, virtual: true, pins } });
    return;
  }
  const pinRows = ROLES.map((role): Row => {
    const { maxTries } = PIN_RULES[role];
    const left = triesLeft[role];
    const value: Segment =
      left === 0 ? { text: texts.status.locked, style: 'red' } : texts.status.tries(left, maxTries);
    return [capital(say(HOLDER_PINS[role].name)), value];
  });
  out.lines([
    heading(texts.emulate.inReader),
    paragraph({ text: texts.status.virtual, style: 'yellow' }),
    BLANK,
    ...rows([
      [texts.emulate.reader, `${host}:${port}`],
      ...pinRows,
      [texts.emulate.publicPins, texts.emulate.pinsAre(VIRTUAL_PINS.auth, VIRTUAL_PINS.sign)],
      [texts.emulate.state, path ?? texts.emulate.notKept],
    ]),
    BLANK,
    paragraph(texts.emulate.ctrlC, 0),
  ]);
}
