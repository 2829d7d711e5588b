import { orUndefined } from '../asn1/der.js';
import { readBerTlvHeader } from '../iso7816/index.js';
import { AVAILABILITY_LENGTH, JPKI_FILE, TOKEN_INFO_LENGTH } from '../jpki/files.js';
import type { FilePosition, Piece } from './exchange.js';
import { redactCertificate, StandIns, zeroUtf8 } from './redact-certificate.js';

/** A file as far as it was read. */
interface FileImage {
  readonly content: Uint8Array;
  /** 1 where `content` was read. */
  readonly known: Uint8Array;
}

/** A file as a transcript may show it. */
interface RedactedFile {
  readonly content: Uint8Array;
  /** 1 where `content` may be shown. */
  readonly shown: Uint8Array;
}

type Redact = (image: FileImage, standIns: StandIns) => RedactedFile;

/**
 * The files of the JPKI application that may be shown, and what of them (docs/card.md section 2). A file that becomes
 * known elsewhere is not public for that.
 */
const REDACTED_FILES: ReadonlyMap<number, Redact> = new Map([
  [JPKI_FILE.signCertificate, certificateFile],
  [JPKI_FILE.signCaCertificate, certificateFile],
  [JPKI_FILE.tokenInfo, tokenInformation],
  [JPKI_FILE.certificateAvailability, availability],
  [JPKI_FILE.authCertificate, certificateFile],
  [JPKI_FILE.authCaCertificate, certificateFile],
]);

/**
 * What was read of the files that a redacted transcript shows. A certificate comes in pieces, and only the whole of it
 * says which bytes are personal, so the pieces are kept here and nothing of them is handed out before.
 */
export class RedactedFiles {
  readonly #reads = new Map<number, { offset: number; bytes: Uint8Array }[]>();
  readonly #standIns = new StandIns();

  /** Keeps the data of a response; `false` when the file is none that is ever shown. */
  add({ application, file, offset }: FilePosition, bytes: Uint8Array): boolean {
    if (application !== 'jpki' || !REDACTED_FILES.has(file)) return false;
    const reads = this.#reads.get(file) ?? [];
    this.#reads.set(file, reads);
    reads.push({ offset, bytes: bytes.slice() });
    return true;
  }

  /** What to show for `length` bytes at a position, as everything read until now allows. */
  redact(): (position: FilePosition, length: number) => Piece[] {
    const files = new Map<number, RedactedFile>();
    for (const [file, reads] of this.#reads) {
      const image = assemble(reads);
      const redacted = image && REDACTED_FILES.get(file)?.(image, this.#standIns);
      if (redacted !== undefined) files.set(file, redacted);
    }
    return ({ file, offset }, length) => {
      const redacted = files.get(file);
      return redacted === undefined ? [length] : piecesOf(redacted, offset, offset + length);
    };
  }
}

/** `undefined` when two reads contradict each other: then they were not of one file. */
function assemble(reads: readonly { offset: number; bytes: Uint8Array }[]): FileImage | undefined {
  const length = reads.reduce((end, { offset, bytes }) => Math.max(end, offset + bytes.length), 0);
  const content = new Uint8Array(length);
  const known = new Uint8Array(length);
  for (const { offset, bytes } of reads) {
    for (const [i, byte] of bytes.entries()) {
      if (known[offset + i] === 1 && content[offset + i] !== byte) return undefined;
      content[offset + i] = byte;
      known[offset + i] = 1;
    }
  }
  return { content, known };
}

function piecesOf({ content, shown }: RedactedFile, start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = start; at < end; ) {
    const visible = shown[at] === 1;
    let to = at + 1;
    while (to < end && (shown[to] === 1) === visible) to++;
    pieces.push(visible ? content.slice(at, to) : to - at);
    at = to;
  }
  return pieces;
}

/** A certificate and the filler behind it. Where it is not whole, or is none, only tag and length of it are shown. */
function certificateFile({ content, known }: FileImage, standIns: StandIns): RedactedFile {
  const gap = known.indexOf(0);
  const start = content.slice(0, gap < 0 ? content.length : gap);
  const header = start[0] === 0x30 ? orUndefined(() => readBerTlvHeader(start)) : undefined;
  const { headerLength = 0, valueLength = 0 } = header ?? {};
  const length = headerLength + valueLength;
  const redacted = new Uint8Array(content);
  const shown = new Uint8Array(content.length);
  const isWhole = length > 0 && length <= start.length;
  const certificate = isWhole ? redactCertificate(start.subarray(0, length), standIns) : undefined;
  if (certificate !== undefined) redacted.set(certificate);
  shown.fill(1, 0, certificate?.length ?? headerLength);
  if (start.length > 0 && isFiller(content.subarray(length))) shown.fill(1, length);
  return { content: redacted, shown };
}

function isFiller(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x00 || byte === 0xff);
}

/** Of the CK_TOKEN_INFO in file 0006, start and end in bytes: label, manufacturer and model; then, numbers between. */
const TOKEN_TEXTS = [0, 80] as const;
const TOKEN_SERIAL_NUMBER = [80, 96] as const;
const TOKEN_UTC_TIME = [144, 160] as const;

/** Serial number and time become zeros; the rest is the same on every card of the kind. */
function tokenInformation({ content }: FileImage): RedactedFile {
  const redacted = content.slice();
  const shown = new Uint8Array(content.length);
  const texts = String.fromCharCode(...content.subarray(...TOKEN_TEXTS));
  // Every label seen begins so and has 32 bytes, padded with spaces or 00 [myna, myna-card]; what does not is no token
  // information.
  if (!/^JPKIAP[A-Z0-9]+(?: *|\0*)$/.test(texts.slice(0, 32)) || /[^ -~]/.test(texts.slice(32)))
    return { content: redacted, shown };
  for (const [start, end] of [TOKEN_SERIAL_NUMBER, TOKEN_UTC_TIME]) {
    const field = content.subarray(start, end);
    // Sixteen '9' is how a token says that it has no clock.
    if (field.some((byte) => byte !== 0x39)) redacted.set(zeroUtf8(field), start);
  }
  shown.fill(1, 0, TOKEN_INFO_LENGTH);
  if (isFiller(content.subarray(TOKEN_INFO_LENGTH))) shown.fill(1, TOKEN_INFO_LENGTH);
  return { content: redacted, shown };
}

function availability({ content }: FileImage): RedactedFile {
  const shown = new Uint8Array(content.length).fill(1, 0, AVAILABILITY_LENGTH);
  return { content, shown };
}
