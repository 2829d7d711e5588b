/** `jpki cert show` and `jpki cert export`. */
import { JLIS_TRUST_ANCHORS, type JpkiCertificate } from '../certificate/index.js';
import { JpkiError, type KeyRole } from '../errors.js';
import type { CertificateFile } from '../jpki/files.js';
import { type OpenCard, readAvailability, withCard } from './card.js';
import {
  type CertificateReport,
  certificateJson,
  holderJson,
  reportCertificate,
} from './certificate-report.js';
import { certificateRows, holderRows, verdictValues } from './certificate-view.js';
import type { Run } from './commands.js';
import type { Context } from './context.js';
import { usageError } from './failure.js';
import { BLANK, heading, paragraph, type Row, rows } from './layout.js';
import { OutputFile, PRIVATE, PUBLIC } from './output-file.js';
import { PinEntry } from './pin-entry.js';
import type { Line } from './screen.js';
import { ARGUMENT_TEXTS } from './texts-arguments.js';
import { CARD_TEXTS } from './texts-card.js';
import { CERTIFICATE_TEXTS as TEXT } from './texts-certificate.js';
import { STATUS_TEXTS } from './texts-status.js';

const FILES: readonly CertificateFile[] = ['auth', 'sign', 'auth-ca', 'sign-ca'];

export const certShow: Run = async (context) => {
  const file = fileOf(context);
  const at = new Date();
  const { certificate, report, virtual } = await withReadable(context, file, async (card) => {
    if (file === 'auth' || file === 'sign') {
      const judged = await reportCertificate(card.applet, file, at);
      if (judged.error) throw judged.error;
      return { certificate: judged.certificate, report: judged, virtual: card.virtual || judged.virtual };
    }
    const ca = await card.applet.readCertificate(file);
    return { certificate: ca, report: undefined, virtual: card.virtual };
  });
  if (certificate === undefined) {
    const role = file === 'sign' || file === 'sign-ca' ? 'sign' : 'auth';
    throw new JpkiError(report?.present === false ? 'CERTIFICATE_ABSENT' : 'PIN_REQUIRED', undefined, {
      role,
    });
  }
  if (context.json) {
    context.out.json(report ? leafJson(file, report, at, context) : caJson(file, certificate));
    return undefined;
  }
  context.out.lines([
    heading(context.say(TEXT.titles[file])),
    ...(virtual ? [paragraph({ text: context.say(STATUS_TEXTS.virtual), style: 'yellow' })] : []),
    ...rows([...certificateRows(certificate, context.say), verdictRow(certificate, report, context)]),
    ...holderLines(certificate, context),
  ]);
  return undefined;
};

export const certExport: Run = async (context) => {
  const { options, out, say, help } = context;
  const file = fileOf(context);
  const format = options.value('format') ?? 'pem';
  if (format !== 'pem' && format !== 'der')
    throw usageError(ARGUMENT_TEXTS.badValue('--format', 'pem|der'), ...help);
  const path = options.value('out');
  if (path === undefined && format === 'der' && !context.json && out.isTerminal)
    throw usageError(TEXT.derOnTerminal, ...help);

  const namesPerson = file === 'sign';
  const mode = namesPerson ? PRIVATE : PUBLIC;
  const output =
    path === undefined
      ? undefined
      : await OutputFile.prepare(context, path, { reads: [], mode, namesPerson });

  const certificate = await withReadable(
    context,
    file,
    ({ applet }) => applet.readCertificate(file),
    async (pins) => output?.consent((question) => pins.confirms(question)),
  );
  const content = format === 'der' ? certificate.der : new TextEncoder().encode(certificate.toPem());
  await output?.write(content);
  if (context.json) {
    const { fingerprintSha256 } = certificate;
    const told = { certificate: file, fingerprintSha256, pem: certificate.toPem() };
    (output?.report ?? out).json({ ...told, ...(path && { out: path }) });
  } else if (output) output.report.line(say(TEXT.written(output.path)));
  else out.bytes(content);
  return undefined;
};

function fileOf({ operands, help }: Context): CertificateFile {
  const file = FILES.find((name) => name === operands[0]);
  if (file === undefined) throw usageError(ARGUMENT_TEXTS.badOperand(FILES.join('|')), ...help);
  return file;
}

/** Opens the card and presents the PIN if this certificate asks for one. `before` may ask for something else first. */
async function withReadable<T>(
  context: Context,
  file: CertificateFile,
  use: (card: OpenCard) => Promise<T>,
  before?: (pins: PinEntry) => Promise<void>,
): Promise<T> {
  const need = file === 'sign' ? 'always' : file === 'auth' ? 'perhaps' : 'never';
  using pins = await PinEntry.open(context, 'current', need);
  await before?.(pins);
  // Awaited here, so that the PINs live until it is done.
  return await withCard(context, async (card) => {
    const { applet, progress } = card;
    if (file === 'auth' || file === 'sign') {
      await requirePresent(card, file);
      if (file === 'sign' || (await asksForPin(card))) await pins.verify(applet, file);
    }
    progress.step(CARD_TEXTS.readingCertificate);
    return use(card);
  });
}

/** Before a PIN is asked for: there may be nothing behind it. */
export async function requirePresent(card: OpenCard, role: KeyRole): Promise<void> {
  const availability = await readAvailability(card);
  if (availability[role] === false) throw new JpkiError('CERTIFICATE_ABSENT', undefined, { role });
}

/** A phone gives the authentication certificate only after the PIN [myna]; trying costs no PIN try. */
async function asksForPin({ applet, progress }: OpenCard): Promise<boolean> {
  progress.step(CARD_TEXTS.readingCertificate);
  try {
    await applet.readCertificateDer('auth');
    return false;
  } catch (error) {
    progress.end();
    if (error instanceof JpkiError && error.code === 'PIN_REQUIRED') return true;
    throw error;
  }
}

function verdictRow(
  certificate: JpkiCertificate,
  report: CertificateReport | undefined,
  { say }: Context,
): Row {
  const label = say(TEXT.verdict);
  if (report) return { label, values: verdictValues(report, say) };
  const anchor = anchorOf(certificate);
  return { label, values: [say(anchor ? TEXT.knownAnchor(anchor.name) : TEXT.unknownAnchor)] };
}

function anchorOf({ fingerprintSha256 }: JpkiCertificate) {
  return JLIS_TRUST_ANCHORS.find(({ sha256 }) => sha256 === fingerprintSha256);
}

function holderLines({ holder }: JpkiCertificate, { say }: Context): Line[] {
  return holder ? [BLANK, heading(say(TEXT.holder)), ...rows(holderRows(holder, say))] : [];
}

function leafJson(file: CertificateFile, report: CertificateReport, at: Date, { language }: Context) {
  const { certificate } = report;
  return {
    certificate: file,
    ...certificateJson(report, at, language),
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
