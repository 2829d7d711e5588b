/** A CMS message as other programs write it: its bytes, PEM, or a mail. What is something else is called by its name. */
import { CliFailure } from './failure.js';
import type { Entry } from './text/index.js';

/** What is held in memory to be decoded, in bytes. */
const MAX_TEXT_BYTES = 64 * 1024 * 1024;

const PEM = /^\s*-----BEGIN ([^\r\n-]+)-----/;
/** RFC 7468 sections 8 and 9, and what openssl 0.9 wrote. */
const MESSAGES = ['CMS', 'PKCS7', 'PKCS #7 SIGNED DATA'];
/** The header of a mail with a signature beside its content (RFC 8551 section 3.5.3), and with the content in it (3.5.2). */
const MULTIPART = /^content-type:\s*multipart\/signed/im;
const OPAQUE = /^content-type:\s*application\/(?:x-)?pkcs7-mime/im;
/** Behind the empty line, to the end. */
const MAIL_BODY = /\r?\n\r?\n([A-Za-z0-9+/=\s]+)$/;

/** What a file is, by its first bytes: `message` also stands for what says so in text. */
export function kindOf(head: Uint8Array): 'pdf' | 'message' | 'other' {
  if (Buffer.from(head.subarray(0, 5)).toString() === '%PDF-') return 'pdf';
  // X.690: a SEQUENCE, constructed, whose length does not fit into seven bits; a text may begin with the digit 0.
  const isSequence = head[0] === 0x30 && (head[1] ?? 0) >= 0x80;
  return isSequence || isText(head) ? 'message' : 'other';
}

function isText(head: Uint8Array): boolean {
  const text = Buffer.from(head).toString('latin1');
  return PEM.test(text) || MULTIPART.test(headerOf(text)) || OPAQUE.test(headerOf(text));
}

const headerOf = (text: string): string => text.split(/\r?\n\r?\n/, 1)[0] ?? '';

/** The bytes of the message, which are not held where they come as they are. */
export async function* messageIn(
  chunks: AsyncGenerator<Uint8Array>,
  path: string,
): AsyncGenerator<Uint8Array> {
  const { value: first } = await chunks.next();
  if (first === undefined) return;
  if (!isText(first)) {
    yield first;
    yield* chunks;
    return;
  }
  const pieces: Uint8Array[] = [first];
  let length = first.length;
  for await (const piece of chunks) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_TEXT_BYTES)
      throw isNoMessage(
        ({ sign }) => sign.textTooLarge(path, MAX_TEXT_BYTES),
        ({ sign }) => sign.textTooLargeRemedy,
      );
  }
  yield Buffer.from(base64In(Buffer.concat(pieces).toString('latin1'), path), 'base64');
}

function base64In(text: string, path: string): string {
  const label = PEM.exec(text)?.[1];
  if (label !== undefined && MESSAGES.includes(label))
    return new RegExp(`-----BEGIN ${label}-----([^-]*)-----END ${label}-----`).exec(text)?.[1] ?? '';
  if (label !== undefined)
    throw isNoMessage(
      ({ sign }) => sign.otherPem(path, label),
      ({ sign }) => sign.otherPemRemedy,
    );
  const body = OPAQUE.test(headerOf(text)) ? MAIL_BODY.exec(text)?.[1] : undefined;
  if (body !== undefined) return body;
  throw isNoMessage(
    ({ sign }) => sign.mail(path),
    ({ sign }) => sign.mailRemedy,
  );
}

function isNoMessage(what: Entry, remedy: Entry): CliFailure {
  return new CliFailure((texts) => [what(texts), remedy(texts)]);
}
