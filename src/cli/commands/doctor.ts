/** `jpki doctor`: what works between here and the card, what does not, and what to do next. */
import { engines, version } from '../../../package.json';
import { findBinding, JpkiError, listReaders, type ReaderInfo } from '../../index.js';
import { ifThere, phonePortOf, withCard } from '../card.js';
import type { Context, Run } from '../context.js';
import { CliFailure, EXIT, type ExitCode, exitCodeOf } from '../failure.js';
import { type Line, labelWidth, padTo } from '../terminal/screen.js';
import type { Texts } from '../text/index.js';

type CheckName = keyof Texts['doctor']['names'];

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
      checks.push({ name, state: 'skipped', detail: context.texts.doctor.skipped });
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

/** Each is done only where nothing was wrong before it. */
function looksFor(context: Context): [CheckName, Look][] {
  const { options, texts } = context;
  let readers: ReaderInfo[] = [];
  const ofReaders: [CheckName, Look][] = [
    ['binding', async () => texts.doctor.loads(await findBinding())],
    [
      'service',
      async () => {
        const wanted = options.value('reader') ?? '';
        readers = (await listReaders()).filter(({ name }) => name.includes(wanted));
        return texts.doctor.answers;
      },
    ],
    [
      'reader',
      async () => {
        if (readers.length === 0) throw new JpkiError('NO_READER');
        return namesOf(readers);
      },
    ],
    [
      'card',
      async () => {
        const answering = readers.filter(({ state }) => state === 'present' || state === 'in-use');
        if (answering.length > 0) return texts.doctor.cardIn(namesOf(answering));
        throw new JpkiError(readers.some(({ state }) => state === 'mute') ? 'CARD_MUTE' : 'NO_CARD');
      },
    ],
  ];
  // A phone that has connected stays so for one look only: it is the reader, the card and the application in one.
  if (!options.has('virtual') && phonePortOf(context) !== undefined)
    return [
      ['package', lookAtPackage],
      ['phone', lookAtApplet],
    ];
  return [['package', lookAtPackage], ...(options.has('virtual') ? [] : ofReaders), ['applet', lookAtApplet]];
}

function namesOf(readers: readonly ReaderInfo[]): string {
  return readers.map(({ name }) => name).join(', ');
}

async function lookAtPackage(): Promise<string> {
  const needed = engines.node.replace(/^>=/, '');
  const [is, least] = [process.versions.node, needed].map((text) => text.split('.').map(Number));
  const tooOld = (is?.[0] ?? 0) - (least?.[0] ?? 0) || (is?.[1] ?? 0) - (least?.[1] ?? 0);
  if (tooOld < 0)
    throw new CliFailure(({ doctor }) => [doctor.oldNode(process.versions.node), doctor.newerNode(needed)]);
  return `jpki-card ${version}, Node.js ${process.versions.node}`;
}

async function lookAtApplet(context: Context): Promise<string> {
  const isPhone = phonePortOf(context) !== undefined;
  return withCard(
    context,
    async ({ applet, virtual }) => {
      const { label = '?' } = (await ifThere(applet.readTokenInfo())) ?? {};
      const { auth, sign } = (await applet.readStatus()).pins;
      // Neither was told: the error of one of them says why.
      if (auth.statusWord !== undefined && sign.statusWord !== undefined) await applet.readPinCounter('auth');
      const { applet: answers, phoneApplet, virtualApplet } = context.texts.doctor;
      return (virtual ? virtualApplet : isPhone ? phoneApplet : answers)(label);
    },
    // For a card that another program looks at first, as some do with every new one.
    { timeoutMs: 3_000 },
  );
}

function problemOf(error: unknown, { language, texts }: Context): Pick<Check, 'detail' | 'remedy'> {
  if (error instanceof JpkiError) {
    const { message, remedy } = error.inLanguage(language);
    return { detail: message, remedy };
  }
  if (!(error instanceof CliFailure)) throw error;
  const [detail, remedy] = error.said(texts);
  return { detail, remedy };
}

const STYLES = { ok: 'green', problem: 'red', skipped: 'dim' } as const;

function screen(checks: readonly Check[], { texts }: Context): Line[] {
  const { names, states: words, next } = texts.doctor;
  const stateWidth = labelWidth(checks.map(({ state }) => [words[state]])) + 2;
  const nameWidth = labelWidth(checks.map(({ name }) => [names[name]])) + 2;
  return checks.flatMap(({ state, name, detail, remedy }): Line[] => {
    const hang = stateWidth + nameWidth;
    const mark = { text: padTo(stateWidth, words[state]), style: STYLES[state] };
    return [
      { hang, segments: [mark, padTo(nameWidth, names[name]), detail] },
      ...(remedy === undefined
        ? []
        : [{ indent: hang, segments: [{ text: next, style: 'bold' as const }, remedy] }]),
    ];
  });
}
