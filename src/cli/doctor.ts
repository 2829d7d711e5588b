/** `jpki doctor`: what works between here and the card, what does not, and what to do next. */
import { engines } from '../../package.json';
import { JpkiError } from '../errors.js';
import type { ReaderInfo } from '../transport/pcsc.js';
import { ifThere, withCard } from './card.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { padTo } from './display-width.js';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.js';
import { CliFailure } from './failure.js';
import { labelWidth } from './layout.js';
import type { Line } from './screen.js';
import { DOCTOR_TEXTS as TEXT } from './texts-doctor.js';
import { VERSION } from './version.js';

type CheckName = keyof typeof TEXT.names;

interface Check {
  readonly name: CheckName;
  readonly state: 'ok' | 'problem' | 'skipped';
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** What to do next, where something is wrong. */
  readonly remedy?: string;
}

/** Looks at one thing: says what it found, or throws what is wrong with it. */
type Look = (context: Context) => Promise<string>;

export const doctor: Run = async (context) => {
  const checks: Check[] = [];
  let exitCode: ExitCode = EXIT.done;
  for (const [name, look] of looksFor(context)) {
    if (exitCode !== EXIT.done) {
      checks.push({ name, state: 'skipped', detail: context.say(TEXT.skipped) });
      continue;
    }
    try {
      checks.push({ name, state: 'ok', detail: await look(context) });
    } catch (error) {
      checks.push({ name, state: 'problem', ...problemOf(error, context) });
      exitCode = error instanceof JpkiError ? exitCodeOf(error) : EXIT.failed;
    }
  }
  if (context.json) context.out.json({ ok: exitCode === EXIT.done, checks });
  else context.out.lines(screen(checks, context));
  return exitCode;
};

function looksFor({ options }: Context): [CheckName, Look][] {
  const applet: [CheckName, Look] = ['applet', lookAtApplet];
  if (options.has('virtual')) return [['package', lookAtPackage], applet];
  let listed: Promise<ReaderInfo[]> | undefined;
  const list = () => {
    listed ??= wantedReaders(options.value('reader') ?? '');
    return listed;
  };
  return [
    ['package', lookAtPackage],
    ['binding', lookAtBinding],
    ['service', lookAtService(list)],
    ['reader', lookAtReader(list)],
    ['card', lookAtCard(list)],
    applet,
  ];
}

async function wantedReaders(wanted: string): Promise<ReaderInfo[]> {
  const { listReaders } = await import('../transport/pcsc.js');
  return (await listReaders()).filter(({ name }) => name.includes(wanted));
}

async function lookAtPackage(): Promise<string> {
  const needed = engines.node.replace(/^>=/, '');
  const [is, least] = [process.versions.node, needed].map((text) => text.split('.').map(Number));
  const tooOld = (is?.[0] ?? 0) - (least?.[0] ?? 0) || (is?.[1] ?? 0) - (least?.[1] ?? 0);
  if (tooOld < 0) throw new CliFailure('FILE', TEXT.oldNode(process.versions.node), TEXT.newerNode(needed));
  return `jpki-card ${VERSION}, Node.js ${process.versions.node}`;
}

async function lookAtBinding({ say }: Context): Promise<string> {
  const { loadPcsc } = await import('../transport/pcsc/load.js');
  const { name } = await loadPcsc();
  return say(TEXT.loads(name));
}

type List = () => Promise<ReaderInfo[]>;

const lookAtService =
  (list: List): Look =>
  async ({ say }) => {
    await list();
    return say(TEXT.answers);
  };

const lookAtReader =
  (list: List): Look =>
  async () => {
    const readers = await list();
    if (readers.length === 0) throw new JpkiError('NO_READER');
    return readers.map(({ name }) => name).join(', ');
  };

const lookAtCard =
  (list: List): Look =>
  async ({ say }) => {
    const readers = await list();
    const answering = readers.filter(({ state }) => state === 'present' || state === 'in-use');
    if (answering.length > 0) return say(TEXT.cardIn(answering.map(({ name }) => name).join(', ')));
    throw new JpkiError(readers.some(({ state }) => state === 'mute') ? 'CARD_MUTE' : 'NO_CARD');
  };

async function lookAtApplet(context: Context): Promise<string> {
  return withCard(
    context,
    async ({ applet, virtual }) => {
      const { label = '?' } = (await ifThere(applet.readTokenInfo())) ?? {};
      const { auth, sign } = (await applet.readStatus()).pins;
      // Neither was told: the error of one of them says why.
      if (auth.statusWord !== undefined && sign.statusWord !== undefined) await applet.readPinCounter('auth');
      return context.say(virtual ? TEXT.virtualApplet(label) : TEXT.applet(label));
    },
    // For a card that another program looks at first, as some do with every new one.
    { timeoutMs: 3_000 },
  );
}

function problemOf(error: unknown, { language }: Context): Pick<Check, 'detail' | 'remedy'> {
  if (error instanceof JpkiError) {
    const { message, remedy } = error.inLanguage(language);
    return { detail: message, remedy };
  }
  if (!(error instanceof CliFailure)) throw error;
  return { detail: error.texts.message[language], remedy: error.texts.remedy[language] };
}

const STYLES = { ok: 'green', problem: 'red', skipped: 'dim' } as const;

function screen(checks: readonly Check[], { say }: Context): Line[] {
  const named = checks.map((check) => ({ ...check, label: say(TEXT.names[check.name]) }));
  const states = checks.map(({ state }) => ({ label: say(TEXT.states[state]) }));
  const [stateWidth, nameWidth] = [labelWidth(states) + 2, labelWidth(named) + 2];
  return named.flatMap(({ state, label, detail, remedy }): Line[] => {
    const hang = stateWidth + nameWidth;
    const mark = { text: padTo(stateWidth, say(TEXT.states[state])), style: STYLES[state] };
    return [
      { hang, segments: [mark, padTo(nameWidth, label), detail] },
      ...(remedy === undefined
        ? []
        : [{ indent: hang, segments: [{ text: say(TEXT.next), style: 'bold' as const }, remedy] }]),
    ];
  });
}
