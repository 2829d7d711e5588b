/** A certificate on the screen: in one cell of the status, and in full. */
import type { Holder, JpkiCertificate } from '../certificate/index.js';
import type { BilingualText } from '../errors.js';
import type { CertificateReport } from './certificate-report.js';
import { dayInJapan } from './dates.js';
import { messageOf } from './failure.js';
import { BULLET, type Row } from './layout.js';
import type { Segment } from './screen.js';
import { CERTIFICATE_TEXTS, HOLDER_TEXTS } from './texts-certificate.js';
import { STATUS_TEXTS as TEXT } from './texts-status.js';

type Say = (text: BilingualText) => string;

/** What is known of a certificate, one sentence a line. */
export function certificateValues(report: CertificateReport, at: Date, say: Say): Segment[] {
  const { certificate, present, role, error } = report;
  if (present === false) return [say(TEXT.absent)];
  if (error) {
    const text = error.code === 'CERTIFICATE_INVALID' ? TEXT.unreadable : TEXT.notRead;
    return [{ text: say(text), style: 'red' }, say(messageOf(error))];
  }
  if (present === undefined) return [say(TEXT.notSaid)];
  if (certificate === undefined) return [say(TEXT.needsPin(role))];
  return [validity(certificate, at, say), ...verdictValues(report, say)];
}

function validity(certificate: JpkiCertificate, at: Date, say: Say): Segment {
  const { notBefore, notAfter } = certificate;
  if (at < notBefore) return { text: say(TEXT.notYet(dayInJapan(notBefore))), style: 'red' };
  if (at > notAfter) return { text: say(TEXT.expired(dayInJapan(notAfter))), style: 'red' };
  return say(TEXT.until(dayInJapan(notAfter), certificate.daysLeft(at)));
}

/** Whose it is and whether to believe it. What was not checked stands beside every good word. */
export function verdictValues(report: CertificateReport, say: Say): Segment[] {
  if (report.trusted) return [say(TEXT.trusted), ...report.notChecked.map(say)];
  if (report.virtual) return [say(TEXT.virtualIssuer)];
  return [
    { text: say(TEXT.notTrusted), style: 'red' },
    ...report.findings.map(({ text }) => BULLET + say(text)),
  ];
}

/** Every field of a certificate. */
export function certificateRows(certificate: JpkiCertificate, say: Say): Row[] {
  const { subject, issuer, serialNumber, notBefore, notAfter, policy, keyUsage, fingerprintSha256 } =
    certificate;
  const dates = CERTIFICATE_TEXTS.fromTo(dayInJapan(notBefore), dayInJapan(notAfter));
  const rows: [BilingualText, string | undefined][] = [
    [CERTIFICATE_TEXTS.subject, String(subject)],
    [CERTIFICATE_TEXTS.issuer, String(issuer)],
    [CERTIFICATE_TEXTS.serialNumber, serialNumber],
    [CERTIFICATE_TEXTS.validity, say(dates)],
    [CERTIFICATE_TEXTS.policy, policy],
    [CERTIFICATE_TEXTS.keyUsage, keyUsage?.join(', ')],
    [CERTIFICATE_TEXTS.fingerprint, fingerprintSha256],
  ];
  return rows.map(([label, value]) => ({
    label: say(label),
    values: [value ?? say(CERTIFICATE_TEXTS.none)],
  }));
}

/** The holder that a signature certificate names. */
export function holderRows(holder: Holder, say: Say): Row[] {
  const { name, nameSubstitutes, birthDate, sex, address, addressSubstitutes } = holder;
  const withSubstitutes = (text: string, substitutes: Holder['nameSubstitutes']): Segment[] => {
    const list = (substitutes ?? []).map(({ character }) => character).join(' ');
    if (substitutes === undefined) return [text, say(HOLDER_TEXTS.substitutesUnknown)];
    return list === '' ? [text] : [text, say(HOLDER_TEXTS.substitutes(list))];
  };
  return [
    { label: say(HOLDER_TEXTS.name), values: withSubstitutes(name, nameSubstitutes) },
    { label: say(HOLDER_TEXTS.birthDate), values: [say(HOLDER_TEXTS.bornOn(birthDate))] },
    { label: say(HOLDER_TEXTS.sex), values: [say(HOLDER_TEXTS.sexes[sex])] },
    {
      label: say(HOLDER_TEXTS.address),
      values: address === '' ? [say(CERTIFICATE_TEXTS.none)] : withSubstitutes(address, addressSubstitutes),
    },
  ];
}
