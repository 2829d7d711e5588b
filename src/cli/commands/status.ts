/** `jpki status`: what a holder needs to know of a card, without a PIN. */
import {
  certificateExpiry,
  HOLDER_PINS,
  type OtherPinCounter,
  type PinCounter,
  type PinReference,
  readOtherPinCounters,
  recoveryOptions,
} from '../../index.js';
import { StatusWord, SW } from '../../iso7816/index.js';
import { ifThere, type OpenCard, readAvailability, readRecord, withCard } from '../card.js';
import {
  type CertificateReport,
  certificateJson,
  certificateValues,
  reportCertificate,
  timeInJapan,
  unread,
} from '../certificate.js';
import type { Context, Run } from '../context.js';
import { EXIT, type ExitCode } from '../failure.js';
import {
  capital,
  heading,
  type Line,
  labelWidth,
  paragraph,
  type Row,
  rows,
  type Segment,
  section,
} from '../terminal/screen.js';
import type { Texts, Words } from '../text/index.js';
import {
  deviceOf,
  HOLDERS_APPLICATIONS,
  holderCounters,
  isInTrouble,
  ROLES,
  waysInShort,
  waysJson,
} from '../ways.js';

type Status = Awaited<ReturnType<typeof readStatus>>;

export const status: Run = async (context): Promise<ExitCode> => {
  if (context.options.has('watch')) {
    const { watchCards } = await import('./status-watch.js');
    return watchCards(context, {
      read: (options) => withCard(context, (card) => readStatus(context, card), options),
      show: (result) => context.out.lines(statusScreen(result, context)),
      json: (result) => statusJson(result, context),
    });
  }
  const result = await withCard(context, (card) => readStatus(context, card));
  if (context.json) context.out.json(statusJson(result, context));
  else context.out.lines(statusScreen(result, context));
  return EXIT.done;
};

async function readStatus(context: Context, card: OpenCard) {
  const { applet, connection, progress } = card;
  const { texts } = context;
  const at = new Date();
  progress.step(texts.card.readingStatus);
  const { pins } = await applet.readStatus();
  const availability = await readAvailability(card);
  progress.step(texts.card.readingCertificate);
  const auth =
    availability.auth === false
      ? unread('auth', false)
      : await reportCertificate(applet, 'auth', at, context.json);
  const certificates = {
    auth: { ...auth, present: auth.present ?? availability.auth },
    // It is read only after its PIN, which a status does not ask for.
    sign: unread('sign', availability.sign),
  };
  // What gives its authentication certificate without a PIN needs no name: it is the card that was put on the reader.
  const isNamed = context.json || context.options.has('all-pins') || auth.certificate === undefined;
  const token = isNamed ? await ifThere(applet.readTokenInfo()) : null;
  let otherPins: OtherPinCounter[] | undefined;
  if (context.options.has('all-pins')) {
    progress.step(texts.card.readingOtherPins);
    const applications = context.json ? undefined : HOLDERS_APPLICATIONS;
    otherPins = await readOtherPinCounters(connection, { applications });
  }
  const device = deviceOf(token);
  const record = await readRecord(card, certificates.auth.state, device, context.options.has('all-pins'));
  const counters = holderCounters(pins, otherPins);
  // The other JPKI PIN, in order or not, decides whether a kiosk is open.
  const known = Object.entries(counters).map(([pin, counter]) => [pin, { counter }]);
  const states = { auth: certificates.auth.state, sign: certificates.sign.state };
  const options = recoveryOptions({
    ...{ at, pins: Object.fromEntries(known), certificates: states, device },
    cardExpiry: record?.expiry,
  });
  return {
    at,
    reader: connection.readerName,
    atr: Buffer.from(connection.atr).toString('hex'),
    virtual: card.virtual !== undefined || certificates.auth.virtual,
    /** `undefined` on a card that does not say. */
    token,
    /** `null` where it was not read, `undefined` where the card has none. */
    record,
    pins,
    otherPins,
    certificates,
    /** For the PINs in trouble. One about which nobody complains is no key to another either. */
    ways: options.filter(({ pin }) => isInTrouble(counters[pin])),
    /** What to do about a certificate that has expired or is missing. */
    certificateNotes: ROLES.flatMap((role) => notesOn(certificates[role], at)),
  };
}

/** What the library says of a certificate that is missing, or that ends soon or has ended. */
function notesOn({ role, state, certificate }: CertificateReport, at: Date) {
  const remarks = certificate ? certificateExpiry(certificate, at).remarks : [];
  const [change] = recoveryOptions({
    pins: { [role]: { holder: 'known' } },
    certificates: { [role]: state },
  });
  const absent = (change?.notes ?? []).filter(({ code }) => code === 'certificate-absent');
  return [...remarks, ...absent].map(({ code, text }) => ({ role, code, text }));
}

function statusScreen(result: Status, context: Context): Line[] {
  const { say, texts } = context;
  const { token, reader, pins, otherPins, certificates } = result;
  const card: Row[] = [[texts.status.reader, reader]];
  if (token !== null) {
    const kind = texts.status.kinds[token?.kind ?? 'unknown'];
    card.push([texts.status.kind, token?.kind === 'unknown' ? `${kind} (${token.label})` : kind]);
  }
  if (result.record) {
    const { expiry, municipalityCode } = result.record;
    const day = texts.certificate.day(expiry.year, expiry.month, expiry.day);
    const isOver = timeInJapan(result.at).slice(0, 10) > expiry.iso;
    const text = texts.status.expiryOf(day, isOver);
    card.push([texts.status.expiry, isOver ? { text, style: 'red' } : text]);
    card.push([texts.status.municipality, municipalityCode]);
  }
  const pinRows = ROLES.map((role): Row => {
    const { name, onScreens } = HOLDER_PINS[role];
    const called =
      onScreens === undefined || isNotThere(pins[role]) ? [] : [texts.status.onScreens(onScreens)];
    return [capital(say(name)), ...pinValues(pins[role], texts), ...called];
  });
  const otherRows = (otherPins ?? []).map((pin): Row => {
    const values = pin.present ? pinValues(pin, texts) : [texts.status.pinAbsent];
    return [capital(otherName(pin, context)), ...values];
  });
  const certificateRows = ROLES.map((role): Row => {
    return [texts.status.role[role], ...certificateValues(certificates[role], result.at, context)];
  });
  const width = labelWidth([...card, ...pinRows, ...otherRows, ...certificateRows]);
  return [
    heading(texts.status.card),
    ...rows(card, { width }),
    ...(result.virtual ? [paragraph({ text: texts.status.virtual, style: 'yellow' })] : []),
    ...section(texts.status.pins, ...rows(pinRows, { width })),
    ...(otherPins ? section(texts.status.otherPins, ...rows(otherRows, { width })) : []),
    ...section(texts.status.certificates, ...rows(certificateRows, { width })),
    ...whatToDo(result, context),
  ];
}

function whatToDo({ ways, certificateNotes }: Status, words: Words): Line[] {
  const { say, texts } = words;
  if (ways.length === 0 && certificateNotes.length === 0) return [];
  return section(
    texts.status.whatToDo,
    ...waysInShort(ways, words),
    ...certificateNotes.map(({ role, text }) => {
      return paragraph(`${texts.status.certificateOf[role]}${texts.report.colon}${say(text)}`);
    }),
    ...(ways.length === 0 ? [] : [paragraph(texts.status.allWays)]),
  );
}

type Counter = Pick<OtherPinCounter, 'triesLeft' | 'maxTries' | 'locked' | 'statusWord'>;

function triesText({ locked, triesLeft, maxTries }: Counter, { status }: Texts): string {
  if (locked) return status.locked;
  return triesLeft === undefined ? status.triesUnknown : status.tries(triesLeft, maxTries);
}

function counterValues(pin: Counter, texts: Texts): Segment[] {
  const text = triesText(pin, texts);
  if (pin.locked) return [{ text, style: 'red' }];
  if (pin.triesLeft === undefined || pin.triesLeft > 1) return [text];
  return [
    { text, style: 'yellow' },
    { text: texts.status.lastTry, style: 'yellow' },
  ];
}

/** No such file, no such reference data: the words for a PIN that the card lacks. */
function isNotThere({ statusWord }: Pick<Counter, 'statusWord'>): boolean {
  return statusWord === SW.FILE_NOT_FOUND || statusWord === SW.REFERENCE_NOT_FOUND;
}

/** A counter, or why there is none. */
function pinValues(pin: PinCounter | OtherPinCounter, texts: Texts): Segment[] {
  const { statusWord } = pin;
  const values =
    statusWord === undefined || pin.triesLeft !== undefined
      ? counterValues(pin, texts)
      : [isNotThere(pin) ? texts.status.pinAbsent : texts.status.refused(hexWord(statusWord))];
  const references = 'references' in pin ? (pin.references ?? []) : [];
  const isSame = references.every(
    ({ triesLeft, present }) => triesLeft === references[0]?.triesLeft && present === references[0]?.present,
  );
  if (isSame) return values;
  return [...values, ...references.map((reference) => referenceText(reference, pin.maxTries, texts))];
}

function referenceText(reference: PinReference, maxTries: number | undefined, texts: Texts): string {
  const { status } = texts;
  const value = reference.present ? triesText({ ...reference, maxTries }, texts) : status.pinAbsent;
  return status.inApplication(status.applications[reference.application], value);
}

function hexWord(statusWord: number): string {
  return String(new StatusWord(statusWord));
}

/** A holder knows the names of the four PINs; a check number says nothing without its application. */
function otherName({ name, application, setByHolder }: OtherPinCounter, { say, texts }: Words): string {
  return setByHolder ? say(name) : texts.status.nameIn(say(name), texts.status.applications[application]);
}

function statusJson(result: Status, words: Words) {
  const { say } = words;
  const { at, reader, atr, virtual, token, record, pins, otherPins, certificates, ways, certificateNotes } =
    result;
  const wordJson = ({ statusWord }: Pick<Counter, 'statusWord'>) =>
    statusWord === undefined ? {} : { statusWord: hexWord(statusWord) };
  const pinJson = (pin: Counter) => {
    const { triesLeft = null, maxTries = null, locked } = pin;
    return { triesLeft, maxTries, locked, ...wordJson(pin) };
  };
  return {
    reader,
    atr,
    virtual,
    token: token ? { label: token.label, kind: token.kind, model: token.model ?? null } : null,
    card: record ? { expiry: record.expiry.iso, municipalityCode: record.municipalityCode } : null,
    pins: { auth: pinJson(pins.auth), sign: pinJson(pins.sign) },
    ...(otherPins && {
      otherPins: otherPins.map((pin) => ({
        application: pin.application,
        name: say(pin.name),
        setByHolder: pin.setByHolder,
        present: pin.present,
        ...pinJson(pin),
        ...(pin.references && {
          references: pin.references.map((reference) => {
            const { application, present, triesLeft = null, locked } = reference;
            return { application, present, triesLeft, locked, ...wordJson(reference) };
          }),
        }),
      })),
    }),
    certificates: {
      auth: certificateJson(certificates.auth, at, words),
      sign: certificateJson(certificates.sign, at, words),
    },
    ways: waysJson(ways, words),
    notes: certificateNotes.map(({ role, code, text }) => ({ certificate: role, code, text: say(text) })),
  };
}
