/** What can be said about a certificate on the card, as data: for the screen, for JSON, and for the ways out. */
import { type Holder, type JpkiCertificate, verifyCertificate } from '../certificate/index.js';
import { type BilingualText, JpkiError, type KeyRole, type Language } from '../errors.js';
import type { JpkiApplet } from '../jpki/applet.js';
import type { CertificateState } from '../recovery/index.js';
import { isAnswer } from './card.js';

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
async function isVirtual(certificate: JpkiCertificate): Promise<boolean> {
  if (certificate.hierarchy !== 'other') return false;
  // The office brings its crypto along: not for a real card.
  const { VIRTUAL_ORGANIZATION } = await import('../virtual/issuance.js');
  return certificate.issuer.get('O') === VIRTUAL_ORGANIZATION;
}

const NOTHING = { virtual: false, trusted: false, findings: [], notChecked: [], error: undefined } as const;

/** A certificate that was not read, on a card that has it or not, or does not say. */
export function unread(role: KeyRole, present: boolean | undefined): CertificateReport {
  const state = present === false ? 'absent' : 'not-read';
  return { role, present, certificate: undefined, state, ...NOTHING };
}

/** Reads and judges the certificate of a role. One that asks for a PIN first, or makes no sense, is no error here. */
export async function reportCertificate(
  applet: JpkiApplet,
  role: KeyRole,
  at: Date,
): Promise<CertificateReport> {
  try {
    return await judge(await applet.readCertificate(role), role, await issuerOf(applet, role), at);
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

async function judge(
  certificate: JpkiCertificate,
  role: KeyRole,
  issuer: JpkiCertificate | undefined,
  at: Date,
): Promise<CertificateReport> {
  const { trusted, findings, notChecked } = await verifyCertificate(certificate, {
    purpose: role,
    issuer,
    at,
  });
  const state = certificate.isValidAt(at) ? 'valid' : 'expired';
  const virtual = await isVirtual(certificate);
  return {
    role,
    present: true,
    certificate,
    state,
    virtual,
    trusted,
    findings,
    notChecked,
    error: undefined,
  };
}

/** The same, with stable keys. Holder data is not in it. */
export function certificateJson(report: CertificateReport, at: Date, language: Language) {
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
      fingerprintSha256: certificate.fingerprintSha256,
      trusted,
      virtual,
      findings: findings.map(({ code, text }) => ({ code, message: text[language] })),
      notChecked: notChecked.map((text) => text[language]),
    }),
    ...(error && { error: { code: error.code, message: error.inLanguage(language).message } }),
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
