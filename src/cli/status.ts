/** `jpki status`: what a holder needs to know of a card, without a PIN. */
import { toHex } from '../bytes.js';
import type { BilingualText, KeyRole } from '../errors.js';
import { StatusWord, SW } from '../iso7816/index.js';
import { type OtherPinCounter, type PinReference, readOtherPinCounters } from '../jpki/other-pins.js';
import type { PinCounter } from '../jpki/pin-counter.js';
import type { TokenInfo } from '../jpki/token-info.js';
import { HOLDER_PINS, type RecoveryOption, recoveryOptions } from '../recovery/index.js';
import { ifThere, type OpenCard, readAvailability, withCard } from './card.js';
import { type CertificateReport, certificateJson, reportCertificate, unread } from './certificate-report.js';
import { certificateValues } from './certificate-view.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { holderCounters, isInTrouble } from './holder-pins.js';
import { BLANK, heading, labelWidth, paragraph, type Row, rows } from './layout.js';
import { waysInShort, waysJson } from './recovery-view.js';
import type { Line, Segment } from './screen.js';
import { CARD_TEXTS } from './texts-card.js';
import { capital } from './texts-pin.js';
import { REPORT_TEXTS } from './texts-report.js';
import { STATUS_TEXTS as TEXT } from './texts-status.js';

const ROLES: readonly KeyRole[] = ['auth', 'sign'];

interface CertificateNote {
  readonly role: KeyRole;
  readonly text: BilingualText;
}

interface Status {
  readonly at: Date;
  readonly reader: string;
  readonly atr: string;
  readonly virtual: boolean;
  /** `undefined` on a card that does not say. */
  readonly token: TokenInfo | undefined;
  readonly pins: Readonly<Record<KeyRole, PinCounter>>;
  readonly otherPins: readonly OtherPinCounter[] | undefined;
  readonly certificates: Readonly<Record<KeyRole, CertificateReport>>;
  /** Ways out for the PINs that are locked or one try from it. */
  readonly ways: readonly RecoveryOption[];
  /** What to do about a certificate that has expired or is missing. */
  readonly certificateNotes: readonly CertificateNote[];
}

export const status: Run = async (context) => {
  const result = await withCard(context, (card) => readStatus(context, card));
  if (context.json) context.out.json(statusJson(result, context));
  else context.out.lines(statusScreen(result, context));
  return undefined;
};

async function readStatus(context: Context, card: OpenCard): Promise<Status> {
  const { applet, connection, progress } = card;
  const at = new Date();
  progress.step(CARD_TEXTS.readingStatus);
  const { pins } = await applet.readStatus();
  const token = await ifThere(applet.readTokenInfo());
  const availability = await readAvailability(card);
  progress.step(CARD_TEXTS.readingCertificate);
  const auth =
    availability.auth === false ? unread('auth', false) : await reportCertificate(applet, 'auth', at);
  const certificates = {
    auth: { ...auth, present: auth.present ?? availability.auth },
    // It is read only after its PIN, which a status does not ask for.
    sign: unread('sign', availability.sign),
  };
  let otherPins: OtherPinCounter[] | undefined;
  if (context.options.has('all-pins')) {
    progress.step(CARD_TEXTS.readingOtherPins);
    otherPins = await readOtherPinCounters(connection);
  }
  return {
    at,
    reader: connection.readerName,
    atr: toHex(connection.atr),
    virtual: card.virtual || certificates.auth.virtual,
    token,
    pins,
    otherPins,
    certificates,
    ways: waysOut({ pins, otherPins, certificates }, at),
    certificateNotes: notesOn(certificates),
  };
}

/** The ways out for the PINs that are in trouble. One about which nobody complains is no key to another either. */
function waysOut(
  { pins, otherPins, certificates }: Pick<Status, 'pins' | 'otherPins' | 'certificates'>,
  at: Date,
): RecoveryOption[] {
  const counters = holderCounters(pins, otherPins);
  // The other JPKI PIN, in order or not, decides whether a kiosk is open.
  const known = Object.entries(counters).map(([pin, counter]) => [pin, { counter }]);
  const states = { auth: certificates.auth.state, sign: certificates.sign.state };
  const options = recoveryOptions({ at, pins: Object.fromEntries(known), certificates: states });
  return options.filter(({ pin }) => isInTrouble(counters[pin]));
}

const CERTIFICATE_NOTES: ReadonlySet<string> = new Set(['certificate-expired', 'certificate-absent']);

/** With PINs that are in order, what the library says about changing one is what it says about its certificate. */
function notesOn(certificates: Status['certificates']): CertificateNote[] {
  return ROLES.flatMap((role) => {
    const [change] = recoveryOptions({
      pins: { [role]: { holder: 'known' } },
      certificates: { [role]: certificates[role].state },
    });
    return (change?.notes ?? [])
      .filter(({ code }) => CERTIFICATE_NOTES.has(code))
      .map(({ text }) => ({ role, text }));
  });
}

function statusScreen(result: Status, { say }: Context): Line[] {
  const { token, reader, pins, otherPins, certificates } = result;
  const kind = say(TEXT.kinds[token?.kind ?? 'unknown']);
  const card: Row[] = [
    { label: say(TEXT.reader), values: [reader] },
    { label: say(TEXT.kind), values: [token?.kind === 'unknown' ? `${kind} (${token.label})` : kind] },
  ];
  const pinRows = ROLES.map((role): Row => {
    return { label: capital(say(HOLDER_PINS[role].name)), values: pinValues(pins[role], say) };
  });
  const otherRows = (otherPins ?? []).map((pin): Row => {
    return { label: capital(say(otherName(pin))), values: otherValues(pin, say) };
  });
  const certificateRows = ROLES.map((role): Row => {
    return { label: say(TEXT.role[role]), values: certificateValues(certificates[role], result.at, say) };
  });
  const width = labelWidth([...card, ...pinRows, ...otherRows, ...certificateRows]);
  return [
    heading(say(TEXT.card)),
    ...rows(card, { width }),
    ...(result.virtual ? [paragraph({ text: say(TEXT.virtual), style: 'yellow' })] : []),
    BLANK,
    heading(say(TEXT.pins)),
    ...rows(pinRows, { width }),
    ...(otherPins ? [BLANK, heading(say(TEXT.otherPins)), ...rows(otherRows, { width })] : []),
    BLANK,
    heading(say(TEXT.certificates)),
    ...rows(certificateRows, { width }),
    ...whatToDo(result, say),
  ];
}

function whatToDo({ ways, certificateNotes }: Status, say: Context['say']): Line[] {
  if (ways.length === 0 && certificateNotes.length === 0) return [];
  return [
    BLANK,
    heading(say(TEXT.whatToDo)),
    ...waysInShort(ways, say),
    ...certificateNotes.map(({ role, text }) => {
      return paragraph(`${capital(say(HOLDER_PINS[role].name))}${say(REPORT_TEXTS.colon)}${say(text)}`);
    }),
    ...(ways.length === 0 ? [] : [paragraph(say(TEXT.allWays))]),
  ];
}

function counterValues(
  {
    triesLeft,
    maxTries,
    locked,
  }: { triesLeft: number | undefined; maxTries: number | undefined; locked: boolean },
  say: Context['say'],
): Segment[] {
  if (locked) return [{ text: say(TEXT.locked), style: 'red' }];
  if (triesLeft === undefined) return [say(TEXT.triesUnknown)];
  const tries = say(TEXT.tries(triesLeft, maxTries));
  if (triesLeft > 1) return [tries];
  return [
    { text: tries, style: 'yellow' },
    { text: say(TEXT.lastTry), style: 'yellow' },
  ];
}

/** A counter, or why there is none. */
function pinValues(pin: PinCounter | OtherPinCounter, say: Context['say']): Segment[] {
  const { statusWord } = pin;
  const values =
    statusWord === undefined || pin.triesLeft !== undefined
      ? counterValues(pin, say)
      : [say(isNotThere(statusWord) ? TEXT.pinAbsent : TEXT.refused(hexWord(statusWord)))];
  const references = 'references' in pin ? (pin.references ?? []) : [];
  const isSame = references.every(
    ({ triesLeft, present }) => triesLeft === references[0]?.triesLeft && present === references[0]?.present,
  );
  if (isSame) return values;
  return [...values, ...references.map((reference) => say(referenceText(reference, pin.maxTries)))];
}

function referenceText(reference: PinReference, maxTries: number | undefined): BilingualText {
  const { application, present, locked, triesLeft } = reference;
  const value = locked
    ? TEXT.locked
    : triesLeft === undefined
      ? TEXT.triesUnknown
      : TEXT.tries(triesLeft, maxTries);
  return TEXT.inApplication(TEXT.applications[application], present ? value : TEXT.pinAbsent);
}

/** No such file, no such reference data: the words for a PIN that the card lacks. */
function isNotThere(statusWord: number): boolean {
  return statusWord === SW.FILE_NOT_FOUND || statusWord === SW.REFERENCE_NOT_FOUND;
}

function hexWord(statusWord: number): string {
  return String(new StatusWord(statusWord));
}

function wordJson(statusWord: number | undefined): { statusWord?: string } {
  return statusWord === undefined ? {} : { statusWord: hexWord(statusWord) };
}

/** A holder knows the names of the four PINs; a check number says nothing without its application. */
function otherName({ name, application, setByHolder }: OtherPinCounter): BilingualText {
  return setByHolder ? name : TEXT.nameIn(name, TEXT.applications[application]);
}

function otherValues(pin: OtherPinCounter, say: Context['say']): Segment[] {
  return pin.present ? pinValues(pin, say) : [say(TEXT.pinAbsent)];
}

function statusJson(result: Status, { language, say }: Context) {
  const { at, reader, atr, virtual, token, pins, otherPins, certificates, ways, certificateNotes } = result;
  const pinJson = ({ triesLeft, maxTries, locked, statusWord }: PinCounter) => {
    return { triesLeft: triesLeft ?? null, maxTries, locked, ...wordJson(statusWord) };
  };
  return {
    reader,
    atr,
    virtual,
    token: token ? { label: token.label, kind: token.kind, model: token.model ?? null } : null,
    pins: { auth: pinJson(pins.auth), sign: pinJson(pins.sign) },
    ...(otherPins && {
      otherPins: otherPins.map((pin) => ({
        application: pin.application,
        name: say(pin.name),
        setByHolder: pin.setByHolder,
        present: pin.present,
        triesLeft: pin.triesLeft ?? null,
        maxTries: pin.maxTries ?? null,
        locked: pin.locked,
        ...wordJson(pin.statusWord),
        ...(pin.references && {
          references: pin.references.map(({ application, present, triesLeft, locked, statusWord }) => ({
            application,
            present,
            triesLeft: triesLeft ?? null,
            locked,
            ...wordJson(statusWord),
          })),
        }),
      })),
    }),
    certificates: {
      auth: certificateJson(certificates.auth, at, language),
      sign: certificateJson(certificates.sign, at, language),
    },
    ways: waysJson(ways, say),
    notes: certificateNotes.map(({ role, text }) => ({ pin: role, text: say(text) })),
  };
}
