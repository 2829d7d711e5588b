/** What can be said about a certificate on the card: as data, on the screen, and in JSON. */
import {
  type BilingualText,
  type CertificateState,
  certificateExpiry,
  type Holder,
  type JpkiApplet,
  type JpkiCertificate,
  JpkiError,
  type KeyRole,
  verifyCertificate,
} from '../index.js';
import { isAnswer } from './card.js';
import { BULLET, type Row, type Segment } from './terminal/screen.js';
import type { Texts, Words } from './text/index.js';

export interface CertificateReport {
  readonly role: KeyRole;
  /** `undefined` when the card does not say. */
  readonly present: boolean | undefined;
  /** `undefined` when it was not read: for want of a PIN, or because it cannot be understood. */
  readonly certificate: JpkiCertificate | undefined;
  readonly state: CertificateState;
  /** Issued by a virtual card's own office. */
  readonly virtual: boolean;
  /** Issued under an anchor of J-LIS and within its dates. Never that it is not revoked. */
  readonly trusted: boolean;
  readonly findings: readonly { readonly code: string; readonly text: BilingualText }[];
  readonly notChecked: readonly BilingualText[];
  /** Why a certificate could not be read, or not be understood. */
  readonly error: JpkiError | undefined;
}

/** Whether a virtual card's office issued it, by the name that no real one has. */
export async function isVirtual(certificate: JpkiCertificate): Promise<boolean> {
  if (certificate.hierarchy !== 'other') return false;
  // The office brings its crypto along: not for a real card.
  const { VIRTUAL_ORGANIZATION } = await import('../virtual/index.js');
  return certificate.issuer.get('O') === VIRTUAL_ORGANIZATION;
}

/** Whether a card's authentication certificate says that it is a virtual one. What cannot be read says nothing. */
export async function isVirtualCard(applet: JpkiApplet): Promise<boolean> {
  try {
    return await isVirtual(await applet.readCertificate('auth'));
  } catch (error) {
    if (error instanceof JpkiError) return false;
    throw error;
  }
}

/** A certificate that was not read, on a card that has it or not, or does not say. */
export function unread(role: KeyRole, present: boolean | undefined): CertificateReport {
  const state = present === false ? 'absent' : 'not-read';
  const nothing = { virtual: false, trusted: false, findings: [], notChecked: [], error: undefined };
  return { role, present, certificate: undefined, state, ...nothing };
}

/**
 * Reads and judges the certificate of a role. One that asks for a PIN first, or makes no sense, is no error here.
 *
 * @param findings whether they are shown of a virtual card's certificate too, whose CA is not asked for else
 */
export async function reportCertificate(
  applet: JpkiApplet,
  role: KeyRole,
  at: Date,
  findings: boolean,
): Promise<CertificateReport> {
  try {
    const certificate = await applet.readCertificate(role);
    const virtual = await isVirtual(certificate);
    const issuer = virtual && !findings ? undefined : await issuerOf(applet, role);
    const verdict = await verifyCertificate(certificate, { purpose: role, issuer, at });
    const { trusted, notChecked } = verdict;
    const { state: atMoment } = certificateExpiry(certificate, at);
    const state = atMoment === 'not-yet-valid' ? 'expired' : atMoment;
    const judged = { certificate, state, virtual, trusted, findings: verdict.findings, notChecked } as const;
    return { ...unread(role, true), ...judged };
  } catch (error) {
    if (!(error instanceof JpkiError)) throw error;
    if (error.code === 'CERTIFICATE_ABSENT') return unread(role, false);
    if (error.code === 'PIN_REQUIRED') return unread(role, true);
    if (error.code === 'CERTIFICATE_INVALID') return { ...unread(role, true), error };
    // What the card itself says or refuses, unlike a broken line, does not spoil the rest of a report. It may be there or not.
    if (isAnswer(error)) return { ...unread(role, undefined), error };
    throw error;
  }
}

/** The CA certificate on the card; a card without a usable one makes a verdict without an issuer. */
async function issuerOf(applet: JpkiApplet, role: KeyRole): Promise<JpkiCertificate | undefined> {
  try {
    return await applet.readCertificate(`${role}-ca`);
  } catch (error) {
    if (error instanceof JpkiError && (error.code.startsWith('CERTIFICATE_') || isAnswer(error)))
      return undefined;
    throw error;
  }
}

/** The same, with stable keys. Holder data is not in it. */
export function certificateJson(report: CertificateReport, at: Date, { language, say }: Words) {
  const { present, certificate, state, virtual, trusted, findings, notChecked, error } = report;
  return {
    present: present ?? null,
    read: certificate !== undefined,
    state,
    ...(certificate && {
      subject: String(certificate.subject),
      issuer: String(certificate.issuer),
      serialNumber: certificate.serialNumber,
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
      daysLeft: certificate.daysLeft(at),
      expiry: expiryJson(certificate, at, say),
      fingerprintSha256: certificate.fingerprintSha256,
      trusted,
      virtual,
      findings: findings.map(({ code, text }) => ({ code, message: say(text) })),
      notChecked: notChecked.map(say),
    }),
    ...(error && { error: { code: error.code, message: error.inLanguage(language).message } }),
  };
}

function expiryJson(certificate: JpkiCertificate, at: Date, say: Words['say']) {
  const { state, renewableFrom, insuranceUntil, remarks } = certificateExpiry(certificate, at);
  return {
    state,
    renewableFrom: renewableFrom.toISOString(),
    insuranceUntil: insuranceUntil.toISOString(),
    remarks: remarks.map(({ code, text }) => ({ code, text: say(text) })),
  };
}

/** The holder with stable keys; what the certificate leaves open is null. */
export function holderJson({ birthDate, ...holder }: Holder) {
  const { iso, year, month, day, era, eraYear } = birthDate;
  return {
    name: holder.name,
    nameSubstitutes: holder.nameSubstitutes ?? null,
    sex: holder.sex,
    birthDate: {
      iso: iso ?? null,
      year: year ?? null,
      month: month ?? null,
      day: day ?? null,
      era: era?.id ?? null,
      eraYear: eraYear ?? null,
    },
    address: holder.address,
    addressSubstitutes: holder.addressSubstitutes ?? null,
  };
}

/** Dates as the holder of a card counts them: in Japan, which has no daylight saving (none since 1951). */
const JAPAN_OFFSET_MS = 9 * 3_600_000;

export function timeInJapan(time: Date): string {
  return new Date(time.getTime() + JAPAN_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}

function dayInJapan(date: Date, { certificate }: Texts): string {
  const there = new Date(date.getTime() + JAPAN_OFFSET_MS);
  return certificate.day(there.getUTCFullYear(), there.getUTCMonth() + 1, there.getUTCDate());
}

/** What is known of a certificate, one sentence a line. */
export function certificateValues(report: CertificateReport, at: Date, words: Words): Segment[] {
  const { texts, language } = words;
  const { certificate, present, role, error } = report;
  if (present === false) return [texts.status.absent];
  if (error) {
    const text = error.code === 'CERTIFICATE_INVALID' ? texts.status.unreadable : texts.status.notRead;
    return [{ text, style: 'red' }, error.inLanguage(language).message];
  }
  if (present === undefined) return [texts.status.notSaid];
  if (certificate === undefined) return [texts.status.needsPin(role)];
  return [validity(certificate, at, texts), ...verdictValues(report, words)];
}

function validity(certificate: JpkiCertificate, at: Date, texts: Texts): Segment {
  const { notBefore, notAfter } = certificate;
  if (at < notBefore) return { text: texts.status.notYet(dayInJapan(notBefore, texts)), style: 'red' };
  if (at > notAfter) return { text: texts.status.expired(dayInJapan(notAfter, texts)), style: 'red' };
  return texts.status.until(dayInJapan(notAfter, texts), certificate.daysLeft(at));
}

/** Whose it is and whether to believe it. What was not checked stands beside every good word. */
export function verdictValues(report: CertificateReport, { texts, say }: Words): Segment[] {
  if (report.trusted) return [texts.status.trusted, ...report.notChecked.map(say)];
  if (report.virtual) return [texts.status.virtualIssuer];
  return [
    { text: texts.status.notTrusted, style: 'red' },
    ...report.findings.map(({ text }) => BULLET + say(text)),
  ];
}

/** Every field of a certificate. */
export function certificateRows(certificate: JpkiCertificate, { texts }: Words): Row[] {
  const { subject, issuer, serialNumber, notBefore, notAfter, policy, keyUsage, fingerprintSha256 } =
    certificate;
  const dates = texts.certificate.fromTo(dayInJapan(notBefore, texts), dayInJapan(notAfter, texts));
  const { none } = texts.certificate;
  return [
    [texts.certificate.subject, String(subject)],
    [texts.certificate.issuer, String(issuer)],
    [texts.certificate.serialNumber, serialNumber ?? none],
    [texts.certificate.validity, dates],
    [texts.certificate.policy, policy ?? none],
    [texts.certificate.keyUsage, keyUsage?.join(', ') ?? none],
    [texts.certificate.fingerprint, fingerprintSha256],
  ];
}

/** The holder that a signature certificate names. */
export function holderRows(holder: Holder, { texts }: Words): Row[] {
  const { name, nameSubstitutes, birthDate, sex, address, addressSubstitutes } = holder;
  const { none } = texts.certificate;
  const withSubstitutes = (text: string, substitutes: Holder['nameSubstitutes']): Segment[] => {
    if (substitutes === undefined) return [text, texts.holder.substitutesUnknown];
    const list = substitutes.map(({ character }) => character).join(' ');
    return list === '' ? [text] : [text, texts.holder.substitutes(list)];
  };
  return [
    [texts.holder.name, ...withSubstitutes(name, nameSubstitutes)],
    [texts.holder.birthDate, texts.holder.bornOn(birthDate)],
    [texts.holder.sex, texts.holder.sexes[sex]],
    [texts.holder.address, ...(address === '' ? [none] : withSubstitutes(address, addressSubstitutes))],
  ];
}
