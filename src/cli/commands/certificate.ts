/** `jpki cert show` and `jpki cert export`. */
import {
  type CertificateFile,
  JLIS_TRUST_ANCHORS,
  type JpkiCertificate,
  JpkiError,
  type KeyRole,
} from '../../index.js';
import { type OpenCard, requirePresent, withCard } from '../card.js';
import {
  type CertificateReport,
  certificateJson,
  certificateRows,
  holderJson,
  holderRows,
  reportCertificate,
  verdictValues,
} from '../certificate.js';
import type { Context, Run } from '../context.js';
import { usageError } from '../failure.js';
import { OutputFile, PUBLIC } from '../output-file.js';
import { PinEntry } from '../pins/pin-entry.js';
import { heading, paragraph, type Row, rows, section } from '../terminal/screen.js';

const FILES: readonly CertificateFile[] = ['auth', 'sign', 'auth-ca', 'sign-ca'];

export const certShow: Run = async (context) => {
  const file = fileOf(context);
  const at = new Date();
  const { certificate, report, virtual } = await withReadable(context, file, async (card) => {
    if (file === 'auth' || file === 'sign') {
      const judged = await reportCertificate(card.applet, file, at, context.json);
      if (judged.error) throw judged.error;
      const virtual = card.virtual !== undefined || judged.virtual;
      return { certificate: judged.certificate, report: judged, virtual };
    }
    const ca = await card.applet.readCertificate(file);
    return { certificate: ca, report: undefined, virtual: card.virtual !== undefined };
  });
  if (certificate === undefined) {
    const code = report?.present === false ? 'CERTIFICATE_ABSENT' : 'PIN_REQUIRED';
    throw new JpkiError(code, undefined, { role: roleOf(file) });
  }
  if (context.json) {
    context.out.json(report ? leafJson(file, report, at, context) : caJson(file, certificate));
    return;
  }
  const { holder } = certificate;
  context.out.lines([
    heading(context.texts.certificate.titles[file]),
    ...(virtual ? [paragraph({ text: context.texts.status.virtual, style: 'yellow' })] : []),
    ...rows([...certificateRows(certificate, context), verdictRow(certificate, report, context)]),
    ...(holder ? section(context.texts.certificate.holder, ...rows(holderRows(holder, context))) : []),
  ]);
};

export const certExport: Run = async (context) => {
  const { options, out, texts, help } = context;
  const file = fileOf(context);
  const format = options.value('format') ?? 'pem';
  if (format !== 'pem' && format !== 'der')
    throw usageError((texts) => texts.arguments.badValue('--format', 'pem|der'), ...help);
  const path = options.value('out');
  if (path === undefined && format === 'der' && !context.json && out.isTerminal)
    throw usageError((texts) => texts.certificate.derOnTerminal, ...help);

  const mode = file === 'sign' ? undefined : PUBLIC;
  const output = path === undefined ? undefined : await OutputFile.prepare(context, path, [], mode);

  const certificate = await withReadable(
    context,
    file,
    ({ applet }) => applet.readCertificate(file),
    async () => output?.consent(),
  );
  const content = format === 'der' ? certificate.der : new TextEncoder().encode(certificate.toPem());
  await output?.write(content);
  if (context.json) {
    const { fingerprintSha256 } = certificate;
    const told = { certificate: file, fingerprintSha256, pem: certificate.toPem() };
    (output?.report ?? out).json({ ...told, ...(path && { out: path }) });
  } else if (output) output.report.line(texts.certificate.written(output.path));
  else out.raw(content);
};

function fileOf({ operands, help }: Context): CertificateFile {
  const file = FILES.find((name) => name === operands[0]);
  if (file === undefined) throw usageError((texts) => texts.arguments.badOperand(FILES.join('|')), ...help);
  return file;
}

function roleOf(file: CertificateFile): KeyRole {
  return file === 'sign' || file === 'sign-ca' ? 'sign' : 'auth';
}

/** Opens the card and presents the PIN if this certificate asks for one. `before` may ask for something else first. */
export async function withReadable<T>(
  context: Context,
  file: CertificateFile,
  use: (card: OpenCard) => Promise<T>,
  before?: () => Promise<void>,
): Promise<T> {
  const need = file === 'sign' ? 'always' : file === 'auth' ? 'perhaps' : 'never';
  using pins = await PinEntry.open(context, 'current', need);
  await before?.();
  // Awaited here, so that the PINs live until it is done.
  return await withCard(
    context,
    async (card) => {
      const { applet, progress } = card;
      // It says so before the PIN is asked for; the authentication certificate is read without one, or tried.
      if (file === 'sign') await requirePresent(card, file);
      progress.step(context.texts.card.readingCertificate);
      if (need !== 'never') await applet.readCertificateDer(file, pins.asking(roleOf(file), progress));
      return use(card);
    },
    { mayBeginAnew: () => file === 'sign' && !pins.wasAsked },
  );
}

function verdictRow(
  certificate: JpkiCertificate,
  report: CertificateReport | undefined,
  context: Context,
): Row {
  const { verdict: label, knownAnchor, unknownAnchor } = context.texts.certificate;
  if (report) return [label, ...verdictValues(report, context)];
  const anchor = anchorOf(certificate);
  return [label, anchor ? knownAnchor(anchor.name) : unknownAnchor];
}

function anchorOf({ fingerprintSha256 }: JpkiCertificate) {
  return JLIS_TRUST_ANCHORS.find(({ sha256 }) => sha256 === fingerprintSha256);
}

function leafJson(file: CertificateFile, report: CertificateReport, at: Date, context: Context) {
  const { certificate } = report;
  return {
    certificate: file,
    ...certificateJson(report, at, context),
    policy: certificate?.policy ?? null,
    keyUsage: certificate?.keyUsage ?? null,
    ...(certificate?.holder && { holder: holderJson(certificate.holder) }),
  };
}

function caJson(file: CertificateFile, certificate: JpkiCertificate) {
  return {
    certificate: file,
    subject: String(certificate.subject),
    issuer: String(certificate.issuer),
    serialNumber: certificate.serialNumber,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    fingerprintSha256: certificate.fingerprintSha256,
    anchor: anchorOf(certificate)?.name ?? null,
  };
}
